"""Letting a calendar program read a practitioner's visits, and no longer."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from appointments.models import CalendarFeed
from clinic.acting import acting
from clinic.errors import Conflict, NotAllowed, Refusal
from clinic.models import Practitioner, User
from clinic.permissions import Permission

# A program that asks every few minutes need not write a row each time.
USE_NOTED_EVERY = timedelta(minutes=10)


class NoSuchFeed(Refusal):
    """Unknown, revoked, or of somebody who has left: whoever asks is told the same."""

    status = 404

    def __init__(self) -> None:
        super().__init__("feed_unknown", "There is no calendar at this address. Make a new one in Needlebook.")


def grant(
    *,
    practitioner: Practitioner,
    name: str,
    shows: str = CalendarFeed.Shows.INITIALS,
    by: User,
    now: datetime,
) -> tuple[CalendarFeed, str]:
    """The feed, and its address: the only time that it is known. Raises 403 `not_your_calendar`, 422
    `practitioner_archived`."""
    if not _may_keep(practitioner, by):
        raise NotAllowed(
            "not_your_calendar", "This is not your calendar. Whoever sets up the practice can make a feed of it."
        )
    if practitioner.archived_at is not None:
        raise Refusal("practitioner_archived", f"{practitioner} no longer works here.", field="practitioner")
    token = secrets.token_urlsafe(32)
    with acting(by, reason="grant_feed"):
        feed = CalendarFeed.objects.create(practitioner=practitioner, name=name, shows=shows, digest=_digest(token))
    return feed, _address(token)


def revoke(*, feed: CalendarFeed, by: User, now: datetime) -> CalendarFeed:
    """From now on nothing is told at its address. Raises 403 `not_your_calendar`, 409 `already_revoked`."""
    with acting(by, reason="revoke_feed"):
        feed = CalendarFeed.objects.select_for_update(of=("self",)).select_related("practitioner").get(pk=feed.pk)
        if not _may_keep(feed.practitioner, by):
            raise NotAllowed("not_your_calendar", "This is not your calendar.")
        if feed.revoked_at is not None:
            raise Conflict("already_revoked", "This calendar feed is revoked already.")
        feed.revoked_at = now
        feed.save(update_fields=["revoked_at", "updated_at"])
    return feed


def feed_of(*, token: str, now: datetime) -> CalendarFeed:
    """The feed of an address, its use noted. Raises `NoSuchFeed`."""
    feed = CalendarFeed.objects.live().select_related("practitioner").filter(digest=_digest(token)).first()
    if feed is None:
        raise NoSuchFeed
    unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    CalendarFeed.objects.filter(unnoted, pk=feed.pk).update(last_used_at=now)
    return feed


def _may_keep(practitioner: Practitioner, by: User) -> bool:
    return by.may(Permission.SET_UP) or practitioner.user_id == by.pk


def _digest(token: str) -> str:
    """Without salt: the token is 256 random bits, which nobody finds by trying."""
    return hashlib.sha256(token.encode()).hexdigest()


def _address(token: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('calendar-feed-file', args=[token])}"
