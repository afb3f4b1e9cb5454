"""The staff pages as a whole: who comes in, what the first page is, and how suggestions are written."""

from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from unfold.sites import UnfoldAdminSite

from appointments.models import Appointment
from clinic.admin_base import NeedlebookAdmin
from frontdesk import banking, chart, claims, report_pages, session, today
from frontdesk.diary import page as diary
from frontdesk.diary.panel import panel, people
from frontdesk.diary.places import places
from frontdesk.diary.steps import styles


class Suggestions(AutocompleteJsonView):
    """What a field suggests while somebody types."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        return super().serialize_result(obj, to_field_name) | {"text": self.model_admin.autocomplete_label(obj)}


class NeedlebookSite(UnfoldAdminSite):
    login_template = "frontdesk/sign_in.html"
    index_title = "Today"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Anybody who holds a permission of staff, by their roles; Django's `is_staff` says nothing here."""
        return request.user.is_active and request.user.is_authenticated and request.user.holds_any_of_staff()

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        return super().get_app_list(request, app_label) if self.has_permission(request) else []

    def register(self, model_or_iterable: Any, admin_class: type | None = None, **options: Any) -> None:
        """Only pages that ask our permissions. Those that packages bring ask Django's, which nobody here holds."""
        if admin_class is not None and issubclass(admin_class, NeedlebookAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list:
        """Our own pages stand among the admin's: the same sign-in, navigation and look."""
        pages = [
            path("claims/", self.admin_view(self.claims_desk), name="claims_desk"),
            path("banking/", self.admin_view(self.banking), name="banking"),
            path("diary/", self.admin_view(self.diary), name="diary"),
            path("diary/book/", self.admin_view(self.diary_book), name="diary_book"),
            path("diary/people/", self.admin_view(people), name="diary_people"),
            path("diary/places/", self.admin_view(places), name="diary_places"),
            path("diary/steps.css", self.admin_view(styles, cacheable=True), name="diary_steps"),
            path("diary/visits/<int:number>/", self.admin_view(self.diary_visit), name="diary_visit"),
            path("reports/", self.admin_view(self.reports), name="reports"),
            path("reports/<slug:name>/", self.admin_view(self.report), name="report"),
            path("session/new/", self.admin_view(session.begin), name="session_new"),
            path("session/chart/", self.admin_view(chart.draw), name="session_chart"),
            path("session/chart/nearest/", self.admin_view(chart.nearest), name="session_nearest"),
            path("session/<int:treatment_id>/", self.admin_view(self.session), name="session"),
        ]
        return [*pages, *super().get_urls()]

    def claims_desk(self, request: HttpRequest) -> HttpResponse:
        return claims.page(request, self.each_context(request))

    def banking(self, request: HttpRequest) -> HttpResponse:
        return banking.page(request, self.each_context(request))

    def diary(self, request: HttpRequest) -> HttpResponse:
        return diary.page(request, self.each_context(request))

    def diary_book(self, request: HttpRequest) -> HttpResponse:
        return panel(request, self.get_model_admin(Appointment).acts_shown)

    def diary_visit(self, request: HttpRequest, number: int) -> HttpResponse:
        return diary.visit(request, number, self.get_model_admin(Appointment).acts_shown)

    def session(self, request: HttpRequest, treatment_id: int) -> HttpResponse:
        return session.page(request, treatment_id, self.each_context(request))

    def reports(self, request: HttpRequest) -> HttpResponse:
        return report_pages.index(request, self.each_context(request))

    def report(self, request: HttpRequest, name: str) -> HttpResponse:
        return report_pages.page(request, name, self.each_context(request))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {
            **self.each_context(request),
            "title": self.index_title,
            **today.page_for(request.user),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "frontdesk/today.html", context)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return Suggestions.as_view(admin_site=self)(request)
