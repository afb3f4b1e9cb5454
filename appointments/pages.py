"""The page behind the link in a reminder: for a person with a phone in one hand, with or without JavaScript."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views import View
from rest_framework.throttling import ScopedRateThrottle

from appointments import answering
from clinic.errors import Conflict, Refusal
from clinic.models import Practice

# Saying the same thing twice is no mistake of a person's: the page shows what holds.
SAID_ALREADY = frozenset({"already_confirmed", "already_asked"})


class ReminderPage(View):
    """GET shows and changes nothing, because mail programs open links before people do; POST answers."""

    throttle_scope = "public"

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        throttle = ScopedRateThrottle()
        if throttle.allow_request(request, self):
            response = super().dispatch(request, *args, **kwargs)
        else:
            response = self._sorry(request, "That was too often. Wait a minute and try again.", status=429)
            response["Retry-After"] = str(int(throttle.wait() or 0) + 1)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "no-referrer"
        return response

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            appointment = answering.asked_about(token=token, now=timezone.now())
        except Refusal as refusal:
            return self._sorry(request, refusal.detail, status=refusal.status)
        zone = appointment.location.zone
        times = {"starts_at": appointment.starts_at.astimezone(zone), "ends_at": appointment.ends_at.astimezone(zone)}
        return self._page(request, {"appointment": appointment} | times)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        answer = answering.ANSWERS.get(request.POST.get("action", ""))
        if answer is None:
            return self._sorry(request, "Choose one of the two answers.", status=400)
        try:
            answer(token=token, now=timezone.now())
        except Conflict as conflict:
            if conflict.code not in SAID_ALREADY:
                return self._sorry(request, conflict.detail, status=conflict.status)
        except Refusal as refusal:
            return self._sorry(request, refusal.detail, status=refusal.status)
        return redirect("reminder-page", token=token)

    def _sorry(self, request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
        return self._page(request, {"sentence": sentence}, status=status)

    def _page(self, request: HttpRequest, context: dict, *, status: int = 200) -> HttpResponse:
        practice = Practice.objects.current()
        return render(request, "appointments/reminder.html", {"practice": practice} | context, status=status)


urlpatterns = [path("r/<str:token>/", ReminderPage.as_view(), name="reminder-page")]
