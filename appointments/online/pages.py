"""The booking page, `/book/`: plain addresses and forms, a step each, and no script.

The steps before a person is named are GETs, so that a clinic can link to any of them from its own site:
`/book/?type=3`, `/book/?type=3&with=any`, `/book/?type=3&with=2&at=2026-12-01T10:00:00+13:00`.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from appointments import answering, links
from appointments.models import OnlineBooking
from appointments.online import offering, reserving, verifying
from appointments.online.choosing import Choice, minutes_of, others_near, times_of
from appointments.online.forms import CodeForm, WhoForm
from appointments.suggesting import ABOUT_TIME
from clinic.api.throttling import PublicThrottle
from clinic.errors import Refusal
from clinic.models import Practice
from clinic.pages import PublicPage
from clinic.queueing import soon
from messaging.tasks import sweep

# One page, one style sheet, its own form, and nobody's frame.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Refusals that another time answers.
TIMELY = ABOUT_TIME | {"notice_too_short", "past_horizon", "no_room", "no_device", "type_not_offered"}
SENTENCES = {
    "slot_taken": "That time has just been taken. Nothing you typed is lost: choose another.",
    "patient_too_young": "This kind of visit is for older patients. Choose another, or give us a call.",
    "patient_too_old": "This kind of visit is for younger patients. Choose another, or give us a call.",
    "new_patients_only": "This kind of visit is for people who have not been here before. Choose another kind.",
    "known_patients_only": "This kind of visit is for people who have been here before. Choose another kind.",
}


class BookingPage(PublicPage):
    heading = "Book a visit"

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        response["Content-Security-Policy"] = POLICY
        return response

    def refused(self, refusal: Refusal) -> HttpResponse:
        response = self.sorry(SENTENCES.get(refusal.code, refusal.detail), status=refusal.status)
        if hasattr(refusal, "wait"):
            response["Retry-After"] = str(refusal.wait + 1)
        return response


class ChoosePage(BookingPage):
    """What, with whom, when and who: each asked where the address does not say it. POST reserves."""

    template = "appointments/online/kinds.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._step(Choice(request.GET))
        except Refusal as refusal:
            return self.refused(refusal)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            choice = Choice(request.GET.dict() | request.POST.dict())
            if choice.kind is None or choice.at is None:
                return self._step(choice)
            return self._reserve(choice, WhoForm(request.POST))
        except Refusal as refusal:
            return self.refused(refusal)

    def _step(self, choice: Choice) -> HttpResponse:
        if choice.kind is None:
            kinds = [
                {"kind": kind, "minutes": minutes_of(kind), "for_whom": offering.for_whom(kind)}
                for kind in choice.kinds
            ]
            return self._page("kinds", choice, {"kinds": kinds})
        if choice.is_with_open:
            return self._page("with", choice, {})
        if choice.at is None:
            return self._page("times", choice, times_of(choice))
        return self._page("who", choice, {"form": WhoForm()})

    def _reserve(self, choice: Choice, form: WhoForm) -> HttpResponse:
        if not form.is_valid():
            return self._page("who", choice, {"form": form}, status=422)
        asker = PublicThrottle().get_ident(self.request)
        try:
            _, token = reserving.reserve(
                appointment_type=choice.kind,
                practitioner=choice.practitioner,
                starts_at=choice.at,
                asker=asker,
                now=choice.now,
                **form.cleaned_data,
            )
        except Refusal as refusal:
            return self._refused_in_place(choice, form, refusal)
        soon(sweep)
        return redirect("book-code", token=token)

    def _refused_in_place(self, choice: Choice, form: WhoForm, refusal: Refusal) -> HttpResponse:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, SENTENCES.get(refusal.code, refusal.detail))
        said: dict[str, Any] = {"form": form}
        if refusal.code in TIMELY:
            said["others"] = others_near(choice)
        response = self._page("who", choice, said, status=refusal.status)
        if hasattr(refusal, "wait"):
            response["Retry-After"] = str(refusal.wait + 1)
        return response

    def _page(self, step: str, choice: Choice, said: dict, *, status: int = 200) -> HttpResponse:
        self.template = f"appointments/online/{step}.html"
        return self.page({"choice": choice} | said, status=status)


class CodePage(BookingPage):
    """The code is typed here; with the right one it says what is booked. POST `resend` asks for the code again."""

    template = "appointments/online/code.html"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            return self._shown(reserving.found(token), CodeForm())
        except Refusal as refusal:
            return self.refused(refusal)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        form = CodeForm(request.POST)
        try:
            if "resend" in request.POST:
                return self._resend(token)
            booking = reserving.found(token)
            if booking.verified_at is None and form.is_valid():
                verifying.verify(token=token, code=form.cleaned_data["code"], now=timezone.now())
                soon(sweep)
            elif booking.verified_at is None:
                return self._shown(booking, form, status=422)
        except Refusal as refusal:
            if refusal.code != "code_wrong":
                return self.refused(refusal)
            form.add_error("code", refusal.detail)
            return self._shown(reserving.found(token), form, status=refusal.status)
        return redirect("book-code", token=token)

    def _resend(self, token: str) -> HttpResponse:
        form = CodeForm()
        try:
            booking = reserving.resend(token=token, now=timezone.now())
        except Refusal as refusal:
            if refusal.status != 429:
                raise
            return self._shown(reserving.found(token), form, status=429, told=refusal.detail)
        soon(sweep)
        return self._shown(booking, form, told="We have sent the code once more.")

    def _shown(self, booking: OnlineBooking, form: CodeForm, *, status: int = 200, told: str = "") -> HttpResponse:
        visit, zone = booking.appointment, booking.appointment.location.zone
        said: dict[str, Any] = {
            "booking": booking,
            "visit": visit,
            "starts_at": visit.starts_at.astimezone(zone),
            "ends_at": visit.ends_at.astimezone(zone),
            "form": form,
            "told": told,
        }
        if booking.verified_at is not None:
            self.template = "appointments/online/done.html"
            # The link of their letters is for whoever has shown that the address on record is theirs.
            if booking.email == visit.patient.email.lower():
                said["calendar"] = reverse("visit-file", args=[links.token_for(visit)])
            said["cancel_until"] = (until := answering.may_cancel_until(visit)) and until.astimezone(zone)
            return self.page(said | {"hours": Practice.objects.current().late_cancel_hours})
        reserving.refuse_over(booking, now=timezone.now())
        return self.page(said | {"held_until": visit.held_until.astimezone(zone)}, status=status)


urlpatterns = [
    path("book/", ChoosePage.as_view(), name="book"),
    path("book/<str:token>/", CodePage.as_view(), name="book-code"),
]
