"""Pages for people who are not signed in, with a phone in one hand, with or without JavaScript.

Here is what all of them have in common, and the one behind the QR code of every paper.
"""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views import View

from clinic import pdf
from clinic.api.throttling import PublicThrottle
from clinic.models import Document, Practice


class PublicPage(View):
    """A page at the end of a link. GET shows and changes nothing, because mail programs open links before people do.

    A subclass names its `template`, which extends `clinic/public_page.html`, and the `heading` of what it has to say
    when there is nothing else to show.
    """

    throttle_scope = "public"
    template: str
    heading: str

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        throttle = PublicThrottle()
        if throttle.allow_request(request, self):
            response = super().dispatch(request, *args, **kwargs)
        else:
            response = self.sorry("That was too often. Wait a minute and try again.", status=429)
            response["Retry-After"] = str(int(throttle.wait() or 0) + 1)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        # Not "no-referrer": a browser then names no origin with a form either, and the form is refused.
        response["Referrer-Policy"] = "same-origin"
        return response

    def sorry(self, sentence: str, *, status: int) -> HttpResponse:
        return self.page({"sentence": sentence}, status=status)

    def page(self, context: dict, *, status: int = 200) -> HttpResponse:
        common = {"practice": Practice.objects.current(), "heading": self.heading}
        return render(self.request, self.template, common | context, status=status)


class VerifyPage(PublicPage):
    """Whether a paper came from here, and the digest to compare its file with. It names nobody."""

    template = "clinic/verify.html"
    heading = "Is this paper from us?"

    def get(self, request: HttpRequest, digest: str) -> HttpResponse:
        known = re.fullmatch(rf"[0-9a-f]{{{pdf.DIGEST_LENGTH},64}}", digest)
        papers = list(Document.objects.drawn_with(digest)) if known else []
        if not papers:
            return self.sorry(
                "We have drawn no paper with this code. Compare it with the code at the foot of the paper, or ask us.",
                status=404,
            )
        return self.page({"papers": papers})


urlpatterns = [path("verify/<str:digest>/", VerifyPage.as_view(), name="verify-page")]
