"""The page behind the link in an offer from the waiting list."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from appointments import tasks
from appointments.waiting import answering
from clinic.errors import Conflict, Refusal
from clinic.pages import PublicPage
from clinic.queueing import soon

# Answered, as they wished: nothing to be sorry for.
ANSWERED = {"offer_taken": "confirmed", "offer_declined": "asked"}


class OfferPage(PublicPage):
    """GET shows the time that is held; POST takes it or passes it on."""

    template = "appointments/offer.html"
    heading = "A time for you"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            offer = answering.offered_by(token=token, now=timezone.now())
        except Refusal as refusal:
            return self._closed(refusal)
        zone = offer.appointment.location.zone
        times = {
            name: moment.astimezone(zone)
            for name, moment in (
                ("starts_at", offer.appointment.starts_at),
                ("ends_at", offer.appointment.ends_at),
                ("expires_at", offer.expires_at),
            )
        }
        moving = offer.entry.moving
        return self.page(
            {
                "offer": offer,
                "appointment": offer.appointment,
                "moving_at": moving.starts_at.astimezone(zone) if moving else None,
            }
            | times
        )

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        answer = answering.ANSWERS.get(request.POST.get("action", ""))
        if answer is None:
            return self.sorry("Choose one of the two answers.", status=400)
        try:
            answer(token=token, now=timezone.now())
        except Conflict as conflict:
            if conflict.code not in ANSWERED:
                return self._closed(conflict)
        except Refusal as refusal:
            return self._closed(refusal)
        soon(tasks.sweep_waiting_list)
        return redirect("offer-page", token=token)

    def _closed(self, refusal: Refusal) -> HttpResponse:
        if refusal.code in ANSWERED:
            return self.page({"sentence": refusal.detail, "mood": ANSWERED[refusal.code]})
        return self.sorry(refusal.detail, status=refusal.status)


urlpatterns = [path("w/<str:token>/", OfferPage.as_view(), name="offer-page")]
