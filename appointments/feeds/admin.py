"""Calendar feeds by hand: made, their address shown once, and revoked."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from appointments.feeds import granting
from appointments.models import CalendarFeed
from clinic.acts import Act, Done
from clinic.admin_base import NeedlebookAdmin
from clinic.models import Practitioner, User
from clinic.permissions import Permission
from clinic.showing import moment_shown, state


def _revoke(*, row: CalendarFeed, by: User, now: datetime) -> Done:
    granting.revoke(feed=row, by=by, now=now)
    return Done("Revoked. Whoever has its address finds nothing there any more.")


# On the page of a practitioner, a floor below.
FEEDS_OF_PRACTITIONER = Act(
    name="calendar-feeds",
    label="Calendar feeds",
    needs=Permission.SET_UP,
    leads_to=lambda practitioner: (
        f"{reverse('admin:appointments_calendarfeed_changelist')}?practitioner__id__exact={practitioner.pk}"
    ),
)


@admin.register(CalendarFeed)
class CalendarFeedAdmin(NeedlebookAdmin):
    see = Permission.SEE_BOOK
    list_display = [
        "name",
        "practitioner",
        "shows",
        moment_shown("Made", "created_at"),
        moment_shown("Last used", "last_used_at"),
        "standing",
    ]
    list_filter = ["practitioner"]
    list_select_related = ["practitioner"]
    fields = ["practitioner", "name", "shows"]
    empty_list_sentence = "A feed shows a practitioner's visits in their own calendar. Make one for each device."
    acts = [
        Act(
            name="revoke",
            label="Revoke",
            needs=Permission.SEE_BOOK,
            possible=lambda feed: feed.revoked_at is None,
            do=_revoke,
            style="danger",
        )
    ]

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Practitioners, of their own calendar, and whoever sets the practice up."""
        return request.user.may(Permission.SET_UP) or request.user.may(Permission.WRITE_NOTES)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_view_permission(request, obj)

    @admin.display(description="State", ordering="revoked_at")
    def standing(self, feed: CalendarFeed) -> str:
        return state("archived", "Revoked") if feed.revoked_at else state("active", "In use")

    def why_read_only(self, row: CalendarFeed) -> str:
        if row.revoked_at:
            return "This feed is revoked: nothing is told at its address."
        return (
            "The address was shown when it was made and is kept nowhere. If it is lost, revoke this and make another."
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        own = Practitioner.objects.active().filter(user=request.user).first()
        return {"practitioner": own and own.pk} | super().get_changeform_initial_data(request)

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "practitioner":
            everybody = Practitioner.objects.active()
            sets_up = request.user.may(Permission.SET_UP)
            kwargs["queryset"] = everybody if sets_up else everybody.filter(user=request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: CalendarFeed, form: Any, change: bool) -> None:
        feed, request.feed_address = granting.grant(**form.cleaned_data, by=request.user, now=timezone.now())
        obj.pk = feed.pk

    def response_add(
        self, request: HttpRequest, obj: CalendarFeed, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The address, on this one page: no redirect could carry it without keeping it somewhere."""
        self._name_page(request, f"Calendar feed: {obj.name}")
        context = {
            **self.admin_site.each_context(request),
            "title": request.page_title,
            "opts": self.opts,
            "original": obj,
            "address": request.feed_address,
            "subscribing": f"webcal://{request.feed_address.partition('://')[2]}",
            "back": self.place_of(obj),
        }
        return TemplateResponse(request, "appointments/feed_granted.html", context)
