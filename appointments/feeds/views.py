import hashlib

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.negotiation import BaseContentNegotiation

from appointments.feeds import granting
from appointments.feeds.calendars import calendar_file
from appointments.feeds.gathering import entries_of
from appointments.feeds.serializers import CalendarFeedSerializer, GrantedFeedSerializer
from appointments.models import CalendarFeed
from clinic.api.permissions import ANYONE
from clinic.api.throttling import PublicThrottle
from clinic.api.views import NeedlebookView, ReadsViewSet
from clinic.models import Practice
from clinic.permissions import Permission

CALENDAR = "text/calendar; charset=utf-8"


class CalendarFeedViewSet(ReadsViewSet):
    """Addresses at which calendar programs read a practitioner's visits: one's own, or all for who sets up."""

    queryset = CalendarFeed.objects.select_related("practitioner")
    serializer_class = CalendarFeedSerializer
    also_tagged = [GrantedFeedSerializer]
    required_permissions = dict.fromkeys(["list", "retrieve", "create", "revoke"], Permission.SEE_BOOK)
    problems = {"create": ["422"], "revoke": ["409"]}
    filterset_fields = {"practitioner": ["exact"], "revoked_at": ["isnull"]}
    ordering_fields = ["created_at", "last_used_at"]
    shown_once = frozenset({"address"})

    @extend_schema(responses={201: GrantedFeedSerializer})
    def create(self, request):
        """The answer holds the address, this once: it is kept nowhere."""
        feed, address = granting.grant(**self.asked(), by=request.user, now=self.now)
        answer = self.answer(feed, status_code=status.HTTP_201_CREATED)
        answer.data["address"] = address
        return answer

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def revoke(self, request, pk=None):
        return self.answer(granting.revoke(feed=self.get_object(), by=request.user, now=self.now))


class WhateverIsAccepted(BaseContentNegotiation):
    """A calendar is a calendar, whatever a program says it would like."""

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class CalendarFeedFileView(NeedlebookView):
    """What calendar programs subscribe to. The token in the address is all that is needed."""

    authentication_classes = []
    content_negotiation_class = WhateverIsAccepted
    throttle_classes = [PublicThrottle]
    throttle_scope = "feeds"
    required_permissions = {"get": ANYONE}
    problems = {"get": ["404"]}

    @extend_schema(
        parameters=[OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 304])],
        responses={(200, CALENDAR): OpenApiTypes.STR, 304: None},
    )
    def get(self, request, token):
        feed = granting.feed_of(token=token, now=self.now)
        practice = Practice.objects.current()
        entries = entries_of(feed, practice=practice, now=self.now)
        name = f"{feed.practitioner.display_name}, {practice.name}"
        # Of what the file is made of, so that an unchanged one is not even written.
        etag = f'"{hashlib.sha256(repr((name, entries)).encode()).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Referrer-Policy": "no-referrer"}
        if etag in _tags(request.headers.get("If-None-Match", "")):
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(calendar_file(entries, name=name), content_type=CALENDAR, headers=headers)


def _tags(header: str) -> set[str]:
    """Weak or not: proxies weaken what they compress."""
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
