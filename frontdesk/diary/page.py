"""The diary as a page: the day with practitioners or rooms side by side, or a practitioner's week.

The grid is a fragment of its own. The page asks for it again every few seconds with the digest of what it shows, and
gets an empty answer while nothing has changed.
"""

import calendar
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from appointments import standing
from appointments.models import Appointment
from clinic.admin_base import asked_way
from clinic.models import Location, Practitioner
from clinic.permissions import Permission
from frontdesk.diary.columns import Column, by_day, by_practitioner, by_room, hours_of
from frontdesk.diary.ends import ends_of
from frontdesk.diary.gathering import Book
from frontdesk.diary.waiting import waiting_of
from patients.showing import alerts_of_today

VIEWS = {"day": "Practitioners", "rooms": "Rooms", "week": "Week"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What of the diary is looked at. Anything in the address that names nothing is left out, not refused."""

    day: date
    view: str
    location: Location
    practitioner: Practitioner | None

    @classmethod
    def of(cls, request: HttpRequest) -> "Asked | None":
        """None before the practice has a location."""
        locations = list(Location.objects.active().order_by("name", "pk"))
        if not locations:
            return None
        location = next((row for row in locations if str(row.pk) == request.GET.get("location")), locations[0])
        view = request.GET.get("view", "day")
        return cls(
            day=_day(request.GET.get("day", "")) or timezone.localdate(timezone=location.zone),
            view=view if view in VIEWS else "day",
            location=location,
            practitioner=_practitioner(request) if view == "week" else None,
        )

    @property
    def days(self) -> list[date]:
        if self.view != "week":
            return [self.day]
        monday = self.day - timedelta(days=self.day.weekday())
        return [monday + timedelta(days=n) for n in range(7)]

    def columns(self, book: Book) -> list[Column]:
        if self.view == "rooms":
            return by_room(book)
        if self.view == "week":
            return by_day(book, self.practitioner) if self.practitioner else []
        return by_practitioner(book)

    def place(self, **other: Any) -> str:
        said = {"day": self.day, "view": self.view, "location": self.location.pk}
        if self.practitioner:
            said["with"] = self.practitioner.pk
        return f"{reverse('admin:diary')}?{urlencode(said | other)}"


def _day(text: str) -> date | None:
    """Years that have neighbours: a diary has a day before and a day after."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1901 <= day.year < 2200 else None


def _practitioner(request: HttpRequest) -> Practitioner | None:
    """Who is named, else who looks, else the first."""
    found = list(Practitioner.objects.active().order_by("display_name", "pk"))
    named = next((row for row in found if str(row.pk) == request.GET.get("with")), None)
    own = next((row for row in found if row.user_id == request.user.pk), None)
    return named or own or next(iter(found), None)


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    if not request.user.may(Permission.SEE_BOOK):
        raise PermissionDenied
    asked = Asked.of(request)
    if asked is None:
        return TemplateResponse(request, "frontdesk/diary/empty.html", context | {"title": "Diary"})
    grid = grid_of(request, asked)
    if "seen" in request.GET:
        is_seen = request.GET["seen"] == grid.digest
        return HttpResponse(status=204) if is_seen else HttpResponse(grid.html + grid.beside)
    step = timedelta(days=7 if asked.view == "week" else 1)
    return TemplateResponse(
        request,
        "frontdesk/diary/page.html",
        context
        | {
            "title": "Diary",
            "grid": grid.html,
            "beside": grid.beside,
            "asked": asked,
            "spoken": _spoken(asked),
            "before": asked.place(day=asked.day - step),
            "after": asked.place(day=asked.day + step),
            "today": asked.place(day=timezone.localdate(timezone=asked.location.zone)),
            "views": [(title, asked.place(view=view), view == asked.view) for view, title in VIEWS.items()],
            "locations": Location.objects.active().order_by("name", "pk"),
            "practitioners": Practitioner.objects.active().order_by("display_name", "pk"),
            "month": _month(asked),
            "may_book": request.user.may(Permission.KEEP_BOOK),
        },
    )


@dataclass(frozen=True)
class Grid:
    """The grid, what stands beside it, loose ends and waiting list, and the digest under which all are known."""

    html: str
    beside: str
    digest: str


def grid_of(request: HttpRequest, asked: Asked, *, out_of_band: bool = False) -> Grid:
    """`out_of_band`: for an answer that is about something else."""
    book = Book(request.user, asked.location, asked.days, timezone.now())
    columns = asked.columns(book)
    shown = {
        "columns": columns,
        "hours": hours_of(book),
        "steps": max(book.shown(day).steps for day in asked.days),
        "cancelled": book.cancelled if asked.view != "week" else [],
        "kinds": sorted({visit.appointment_type for visit in book.visits}, key=lambda kind: kind.name),
        "place": asked.place(),
        "panel": f"{reverse('admin:diary_book')}?{asked.place().partition('?')[2]}",
        "out_of_band": out_of_band,
        "places": f"{reverse('admin:diary_places')}?{asked.place().partition('?')[2]}",
    }
    rows = render_to_string("frontdesk/diary/columns.html", shown)
    beside = render_to_string("frontdesk/diary/ends.html", {"ends": ends_of(book), "place": asked.place()})
    waiting = {"waiting": waiting_of(book, asked.practitioner), "place": asked.place()}
    beside += render_to_string("frontdesk/diary/waiting.html", waiting)
    digest = hashlib.sha256((rows + beside).encode()).hexdigest()[:16]
    html = render_to_string("frontdesk/diary/grid.html", shown | {"rows": rows, "digest": digest})
    return Grid(html, beside, digest)


def _spoken(asked: Asked) -> str:
    if asked.view != "week":
        return f"{asked.day:%A %-d %B %Y}"
    first, last = asked.days[0], asked.days[-1]
    return f"{first:%-d %B} to {last:%-d %B %Y}, {asked.practitioner or 'nobody'}"


def _month(asked: Asked) -> dict[str, Any]:
    """The month around the day, weeks from Monday, each day with its way."""
    weeks = calendar.Calendar().monthdatescalendar(asked.day.year, asked.day.month)
    today = timezone.localdate(timezone=asked.location.zone)
    first = asked.day.replace(day=1)
    return {
        "title": f"{asked.day:%B %Y}",
        "before": asked.place(day=first - timedelta(days=1)),
        "after": asked.place(day=first + timedelta(days=31)),
        "weeks": [
            [
                {
                    "number": day.day,
                    "place": asked.place(day=day),
                    "spoken": f"{day:%A %-d %B}",
                    "is_shown": day in asked.days,
                    "is_today": day == today,
                    "is_other": day.month != asked.day.month,
                }
                for day in week
            ]
            for week in weeks
        ],
    }


ActsShown = Callable[[HttpRequest, Appointment], list[dict[str, Any]]]


def visit(request: HttpRequest, number: int, acts_shown: ActsShown, back: str = "") -> TemplateResponse:
    """One visit with what can be done with it, beside the grid."""
    if not request.user.may(Permission.SEE_BOOK):
        raise PermissionDenied
    rows = Appointment.objects.visible_to(request.user).select_related(
        "patient", "practitioner", "room", "location", "appointment_type", "case"
    )
    row = get_object_or_404(rows.prefetch_related(alerts_of_today("patient__alerts")), pk=number)
    said = {
        "visit": row,
        "standing": standing.in_words(row, now=timezone.now()),
        "starts_at": timezone.localtime(row.starts_at, row.location.zone),
        "ends_at": timezone.localtime(row.ends_at, row.location.zone),
        "sees_alerts": request.user.may(Permission.SEE_PATIENTS),
        "acts": acts_shown(request, row),
        "back": back or asked_way(request) or reverse("admin:diary"),
    }
    return TemplateResponse(request, "frontdesk/diary/visit.html", said)
