"""The page behind the link in a reminder."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from appointments import answering
from clinic.errors import Conflict, Refusal
from clinic.pages import PublicPage

# Saying the same thing twice is no mistake of a person's: the page shows what holds.
SAID_ALREADY = frozenset({"already_confirmed", "already_asked"})


class ReminderPage(PublicPage):
    """GET shows the visit; POST confirms it or asks to cancel."""

    template = "appointments/reminder.html"
    heading = "About your appointment"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            appointment = answering.asked_about(token=token, now=timezone.now())
        except Refusal as refusal:
            return self.sorry(refusal.detail, status=refusal.status)
        zone = appointment.location.zone
        times = {"starts_at": appointment.starts_at.astimezone(zone), "ends_at": appointment.ends_at.astimezone(zone)}
        return self.page({"appointment": appointment} | times)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        answer = answering.ANSWERS.get(request.POST.get("action", ""))
        if answer is None:
            return self.sorry("Choose one of the two answers.", status=400)
        try:
            answer(token=token, now=timezone.now())
        except Conflict as conflict:
            if conflict.code not in SAID_ALREADY:
                return self.sorry(conflict.detail, status=conflict.status)
        except Refusal as refusal:
            return self.sorry(refusal.detail, status=refusal.status)
        return redirect("reminder-page", token=token)


urlpatterns = [path("r/<str:token>/", ReminderPage.as_view(), name="reminder-page")]
