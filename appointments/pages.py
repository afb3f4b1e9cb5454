"""The page behind the link in a reminder."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from appointments import answering, attending
from appointments.online import moving
from clinic.errors import Conflict, Refusal
from clinic.pages import PublicPage

# Saying the same thing twice is no mistake of a person's: the page shows what holds.
SAID_ALREADY = {
    "confirm": {"already_confirmed"},
    "cancel": {"appointment_cancelled"},
    "ask_to_cancel": {"already_asked"},
}
CANCELLED = {
    "heading": "Your appointment is cancelled",
    "sentence": "Thank you for telling us. The time is free for somebody else now; give us a call to book another.",
    "mood": "confirmed",
}


class ReminderPage(PublicPage):
    """GET shows the visit; POST confirms it, cancels it or asks to."""

    template = "appointments/reminder.html"
    heading = "About your appointment"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            appointment = answering.asked_about(token=token, now=timezone.now())
        except Refusal as refusal:
            return self.sorry(refusal.detail, status=refusal.status)
        zone, now = appointment.location.zone, timezone.now()
        until, move_until = answering.may_cancel_until(appointment), moving.may_move_until(appointment)
        return self.page(
            {
                "appointment": appointment,
                "token": token,
                "starts_at": appointment.starts_at.astimezone(zone),
                "ends_at": appointment.ends_at.astimezone(zone),
                "cancel_until": until and until.astimezone(zone),
                "may_cancel": until is not None and now <= until,
                "may_move": move_until is not None and now <= move_until,
                "moved": "moved" in request.GET,
                "is_late": bool(attending.why_late(appointment, now=now)),
            }
        )

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        action = request.POST.get("action", "")
        answer = answering.ANSWERS.get(action)
        if answer is None:
            return self.sorry("Choose one of the answers.", status=400)
        try:
            answer(token=token, now=timezone.now())
        except Conflict as conflict:
            if conflict.code not in SAID_ALREADY.get(action, ()):
                return self.sorry(conflict.detail, status=conflict.status)
        except Refusal as refusal:
            return self.sorry(refusal.detail, status=refusal.status)
        if action == "cancel":
            return self.page(CANCELLED | {"token": token})
        return redirect("reminder-page", token=token)


urlpatterns = [path("r/<str:token>/", ReminderPage.as_view(), name="reminder-page")]
