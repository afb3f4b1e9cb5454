"""The page on which a patient gives their visit another time, `/r/{token}/times/`: plain addresses and one form.

The new time is part of the address until it is sent: what is not sent changes nothing.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from appointments import links
from appointments.models import Appointment
from appointments.online import moving
from appointments.online.choosing import OtherTime, minutes_of, others_near, times_of
from appointments.online.pages import TIMELY, BookingPage
from clinic.errors import Refusal
from clinic.queueing import soon
from messaging.tasks import sweep

TAKEN = "That time has just been taken. You keep the one you have: choose another."


class AnotherTimePage(BookingPage):
    """GET shows free times, and one of them to be confirmed; POST moves the visit there."""

    template = "appointments/online/another.html"
    heading = "Another time"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            visit = moving.movable(token=token, now=timezone.now())
        except Refusal as refusal:
            return self.refused(refusal)
        choice = OtherTime(visit, token, request.GET)
        if choice.at is None:
            return self._shown(visit, choice, times_of(choice))
        self.template = "appointments/online/move.html"
        return self._shown(visit, choice, {})

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            visit = moving.movable(token=token, now=timezone.now())
        except Refusal as refusal:
            return self.refused(refusal)
        choice = OtherTime(visit, token, request.GET.dict() | request.POST.dict())
        if choice.at is None:
            return redirect(choice.place())
        try:
            moved = moving.move(token=token, starts_at=choice.at, practitioner=choice.practitioner, now=choice.now)
        except Refusal as refusal:
            return self._refused_in_place(visit, choice, refusal) if refusal.code in TIMELY else self.refused(refusal)
        soon(sweep)
        return redirect(f"{reverse('reminder-page', args=[links.token_for(moved)])}?moved=1")

    def _refused_in_place(self, visit: Appointment, choice: OtherTime, refusal: Refusal) -> HttpResponse:
        self.template = "appointments/online/move.html"
        why = TAKEN if refusal.code == "slot_taken" else refusal.detail
        return self._shown(visit, choice, {"why": why, "others": others_near(choice)}, status=refusal.status)

    def _shown(self, visit: Appointment, choice: OtherTime, said: dict, *, status: int = 200) -> HttpResponse:
        common = {
            "choice": choice,
            "token": choice.token,
            "visit": visit,
            "now_at": visit.starts_at.astimezone(choice.zone),
            "minutes": minutes_of(choice.kind),
        }
        return self.page(common | said, status=status)


urlpatterns = [path("r/<str:token>/times/", AnotherTimePage.as_view(), name="another-time")]
