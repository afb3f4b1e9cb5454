"""The pages behind a link to pay, the door for a provider's callbacks, and the trial's own page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt

from billing.payments import link_paying
from billing.payments.links import trial
from billing.payments.links.adapter import adapter_in_use
from clinic.errors import Refusal
from clinic.pages import PublicPage


class PayPage(PublicPage):
    """GET shows what is owed; POST leads on to the provider."""

    template = "billing/pay.html"
    heading = "Your invoice"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            invoice = link_paying.asked_about(token=token, now=timezone.now())
        except Refusal as refusal:
            return self._closed(refusal)
        said = {"invoice": invoice, "bank_account": invoice.particulars["practice"]["bank_account"]}
        return self.page(said | {"pays_here": adapter_in_use() is not None})

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            return redirect(link_paying.begin(token=token, now=timezone.now()))
        except Refusal as refusal:
            return self._closed(refusal)

    def _closed(self, refusal: Refusal) -> HttpResponse:
        """Having paid is nothing to be sorry for."""
        if refusal.code == "invoice_settled":
            return self.page({"sentence": refusal.detail, "mood": "confirmed"})
        return self.sorry(refusal.detail, status=refusal.status)


class TrialPage(PublicPage):
    """What a provider would show, for trying things out: two buttons, and no card."""

    template = "billing/trial_payment.html"
    heading = "Trial payment"

    def get(self, request: HttpRequest, attempt: str) -> HttpResponse:
        found = self._attempt(attempt)
        return self.page({"attempt": found}) if found else self._nothing()

    def post(self, request: HttpRequest, attempt: str) -> HttpResponse:
        found = self._attempt(attempt)
        if found is None:
            return self._nothing()
        body, headers = trial.callback_of(found, is_paid=request.POST.get("answer") == "pay")
        try:
            link_paying.settle(name="trial", body=body, headers=headers, now=timezone.now())
        except Refusal as refusal:
            return self.sorry(refusal.detail, status=refusal.status)
        return redirect(found.return_url)

    def _attempt(self, attempt: str) -> trial.Attempt | None:
        return trial.attempt_of(attempt) if settings.PAYMENT_LINK == "trial" else None

    def _nothing(self) -> HttpResponse:
        return self.sorry("There is no such trial payment.", status=404)


@method_decorator(csrf_exempt, name="dispatch")
class CallbackDoor(PublicPage):
    """A provider tells what became of a payment. Its signature is what lets it in."""

    template = "clinic/public_page.html"
    heading = "Payment"

    def post(self, request: HttpRequest, provider: str) -> HttpResponse:
        try:
            link_paying.settle(name=provider, body=request.body, headers=request.headers, now=timezone.now())
        except Refusal as refusal:
            return HttpResponse(refusal.detail, status=refusal.status, content_type="text/plain")
        return HttpResponse(status=204)


urlpatterns = [
    path("pay/trial/<str:attempt>/", TrialPage.as_view(), name="trial-payment"),
    path("pay/callback/<slug:provider>/", CallbackDoor.as_view(), name="payment-callback"),
    path("pay/<str:token>/", PayPage.as_view(), name="pay-page"),
]
