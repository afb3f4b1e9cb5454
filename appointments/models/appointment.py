from collections.abc import Iterable
from typing import NamedTuple

import pghistory
import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F, Q

from appointments.models.hours import TimeOff
from appointments.models.series import Series
from appointments.models.types import AppointmentType
from appointments.statuses import EXPECTED, LIVE, Status
from clinic.models import Device, Location, Practitioner, Room
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Case, Patient


class AppointmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        if user.may(Permission.SEE_BOOK):
            return self
        if user.may(Permission.OWN_RECORD):
            return self.filter(patient__user=user)
        return self.none()

    def live(self):
        """Those that hold their time: neither cancelled nor missed."""
        return self.filter(status__in=LIVE)

    def lapsed(self, now):
        """Holds that have run out and that no sweep has ended yet."""
        return self.filter(status=Status.PENDING, held_until__lte=now)

    def without_ended_holds(self):
        """Without the holds that came to nothing: nobody was ever to come."""
        return self.exclude(status=Status.CANCELLED, cancel_reason__in=self.model.ENDS_OF_HOLDS)

    def between(self, begins, ends):
        return self.filter(starts_at__lt=ends, ends_at__gt=begins)

    def to_come(self, *, now):
        """Those that can still be moved or cancelled: neither past nor attended."""
        return self.filter(status__in=EXPECTED, starts_at__gt=now)


@pghistory.track()
class Appointment(Dated):
    """A patient's visit in the book. One id for life: moving it changes its times, never its identity."""

    class CancelReason(models.TextChoices):
        PATIENT = "patient", "The patient cancelled"
        LATE = "late", "The patient cancelled late"
        PRACTITIONER = "practitioner", "The practitioner is away"
        CLINIC = "clinic", "The clinic is closed"
        MISTAKE = "mistake", "Booked by mistake"
        LET_GO = "let_go", "The hold was given back"
        EXPIRED = "expired", "The hold ran out"

    ENDS_OF_HOLDS = frozenset({CancelReason.LET_GO, CancelReason.EXPIRED})
    # What a person may give as the reason, with its sentence.
    REASONS_GIVEN = [choice for choice in CancelReason.choices if choice[0] not in {"let_go", "expired"}]

    patient = models.ForeignKey(
        Patient,
        on_delete=models.PROTECT,
        null=True,
        related_name="appointments",
        help_text="Empty only while a time is held for somebody who has not shown who they are.",
    )
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="appointments")
    appointment_type = models.ForeignKey(AppointmentType, on_delete=models.PROTECT, related_name="appointments")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="appointments")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="appointments")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="appointments")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.BOOKED)
    held_until = models.DateTimeField(
        null=True, blank=True, help_text="Of a pending visit: when its time is free again unless it is kept."
    )
    note = models.CharField(max_length=300, blank=True, help_text="For the front desk; nothing clinical.")
    overlap_reason = models.CharField(
        max_length=200, blank=True, help_text="Why it was squeezed in over another visit. Empty: it was not."
    )
    cancel_reason = models.CharField(max_length=12, choices=CancelReason.choices, blank=True)
    # What was typed, and what was decided about its being late.
    cancel_note = models.CharField(max_length=600, blank=True)
    cancel_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the patient asked to cancel; the front desk answers."
    )

    # Its index is the one below: most visits belong to no series.
    series = models.ForeignKey(
        Series, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="appointments"
    )
    occurrence_at = models.DateTimeField(
        null=True, blank=True, help_text="When its series has it. A visit that was moved by itself is at another time."
    )
    calendar_sequence = models.PositiveIntegerField(
        default=0, editable=False, help_text="Raised by the database with each change that a calendar has to follow."
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        triggers = [
            # Calendars take the entry with the higher number for the newer one, so nothing may bypass the count, and
            # nothing that is saved from an older reading may lower it.
            pgtrigger.Trigger(
                name="calendar_sequence_raised",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    NEW.calendar_sequence = OLD.calendar_sequence;
                    IF (OLD.starts_at, OLD.ends_at, OLD.location_id, OLD.room_id, OLD.practitioner_id,
                        OLD.status = 'pending', OLD.status IN ('cancelled', 'missed'))
                        IS DISTINCT FROM
                       (NEW.starts_at, NEW.ends_at, NEW.location_id, NEW.room_id, NEW.practitioner_id,
                        NEW.status = 'pending', NEW.status IN ('cancelled', 'missed'))
                    THEN NEW.calendar_sequence = OLD.calendar_sequence + 1; END IF;
                    RETURN NEW;
                """,
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(series__isnull=True, occurrence_at__isnull=True)
                | Q(series__isnull=False, occurrence_at__isnull=False),
                name="appointment_of_series_has_occurrence",
                violation_error_code="occurrence_missing",
                violation_error_message="A visit of a series says which of its occurrences it is.",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="appointment_ends_after_it_starts",
                violation_error_code="ends_before_it_begins",
                violation_error_message="The appointment ends before it begins.",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(cancel_reason=""),
                name="appointment_cancelled_has_reason",
                violation_error_code="cancel_reason_missing",
                violation_error_message="A cancelled appointment says why.",
            ),
            models.CheckConstraint(
                condition=Q(patient__isnull=False)
                | Q(status="pending")
                | Q(status="cancelled", cancel_reason__in=["let_go", "expired"]),
                name="appointment_patient_known_unless_held",
                violation_error_code="patient_unknown",
                violation_error_message="It is not known yet who comes: the time is held until they have shown it.",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", held_until__isnull=False)
                | (~Q(status="pending") & Q(held_until__isnull=True)),
                name="appointment_held_while_pending",
                violation_error_code="held_until_mismatch",
                violation_error_message="A pending visit is held until some time, and no other is.",
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="appointment_starts"),
            models.Index(fields=["held_until"], condition=Q(status="pending"), name="appointment_held"),
            models.Index(fields=["practitioner", "starts_at"], name="appointment_practitioner"),
            models.Index(fields=["patient", "starts_at"], name="appointment_patient"),
            models.Index(
                fields=["series", "occurrence_at"], condition=Q(series__isnull=False), name="appointment_series"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.patient_id} at {self.starts_at:%Y-%m-%d %H:%M}Z"

    @property
    def who(self) -> str:
        """Who comes, or that nobody knows yet. Queries, unless `patient` was selected."""
        return str(self.patient) if self.patient_id else "Booking online"

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


# One look into the index for each resource. Written out, because the ORM compares `resource_id` with a number that
# PostgreSQL takes for a smaller kind of integer, which no GiST index is searched with: it would read the whole time of
# everybody instead. Firm and squeezed rows have an index each.
_MEETING = """
    SELECT taken.id, taken.resource_kind, taken.resource_id, floor(extract(epoch FROM lower(taken.during)))::bigint,
           ceil(extract(epoch FROM upper(taken.during)))::bigint, taken.appointment_id, taken.time_off_id
    FROM unnest(%s::varchar[], %s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS asked(kind, number, begins, ends)
    CROSS JOIN LATERAL (
        SELECT * FROM appointments_occupancy AS firm
        WHERE resource_kind = kind AND resource_id = number AND during && tstzrange(begins, ends) AND NOT squeezed
        UNION ALL
        SELECT * FROM appointments_occupancy AS shared
        WHERE resource_kind = kind AND resource_id = number AND during && tstzrange(begins, ends) AND squeezed
    ) AS taken
"""


class Taken(NamedTuple):
    """A row of occupancy as it is read in bulk. `begins` and `ends` are seconds since 1970, rounded outwards: a range
    of moments takes twenty times as long to read."""

    pk: int
    resource_kind: str
    resource_id: int
    begins: int
    ends: int
    appointment_id: int | None
    time_off_id: int | None


class OccupancyQuerySet(models.QuerySet):
    def taken(self, asked: Iterable[tuple[str, int, DateTimeTZRange]]) -> list[Taken]:
        """What of those resources is taken in those times, whoever has it; once for each time that it meets."""
        asked = [(kind, number, during.lower, during.upper) for kind, number, during in asked]
        lists = [list(values) for values in zip(*asked, strict=True)] or [[]] * 4
        with connection.cursor() as cursor:
            cursor.execute(_MEETING, lists)
            return [Taken(*row) for row in cursor.fetchall()]

    def meeting(self, rows: Iterable["Occupancy"]) -> "OccupancyQuerySet":
        """The rows of the same resources that overlap `rows`, and those themselves; looked for at once."""
        found = self.model.objects.taken((row.resource_kind, row.resource_id, row.during) for row in rows)
        return self.filter(pk__in={taken.pk for taken in found})

    def during(self, begins, ends):
        return self.filter(during__overlap=(begins, ends))


class Occupancy(models.Model):
    """Somebody or something is taken for a time. One exclusion constraint over this table is why nobody can be in
    two places: practitioners during their hands-on segments and time off, rooms, patients and devices throughout.

    What is `squeezed` is shared on purpose, and stands under a row of another visit that is not (`sharing.py`).
    """

    class Kind(models.TextChoices):
        DEVICE = "device", "Device"
        PATIENT = "patient", "Patient"
        PRACTITIONER = "practitioner", "Practitioner"
        ROOM = "room", "Room"

    resource_kind = models.CharField(max_length=12, choices=Kind.choices)
    resource_id = models.BigIntegerField()
    during = DateTimeRangeField()
    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, null=True, blank=True, related_name="occupancies"
    )
    time_off = models.ForeignKey(TimeOff, on_delete=models.CASCADE, null=True, blank=True, related_name="occupancies")
    squeezed = models.BooleanField(default=False)

    objects = OccupancyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "occupancy"
        indexes = [
            models.Index(
                fields=["resource_kind", "resource_id"], condition=Q(squeezed=True), name="occupancy_squeezed"
            )
        ]
        constraints = [
            ExclusionConstraint(
                name="occupancy_no_two_places",
                expressions=[
                    ("resource_kind", RangeOperators.EQUAL),
                    ("resource_id", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(squeezed=False),
                violation_error_code="slot_taken",
                violation_error_message="That time has just been taken.",
            ),
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__startswith__isnull=False, during__endswith__isnull=False),
                name="occupancy_bounded",
                violation_error_code="occupancy_unbounded",
                violation_error_message="A taken time has a beginning and an end.",
            ),
            models.CheckConstraint(
                condition=Q(appointment__isnull=False, time_off__isnull=True)
                | Q(appointment__isnull=True, time_off__isnull=False),
                name="occupancy_has_one_owner",
                violation_error_code="occupancy_owner",
                violation_error_message="A taken time belongs to an appointment or to time off.",
            ),
            models.CheckConstraint(
                condition=Q(squeezed=False) | Q(resource_kind__in=["practitioner", "room"], appointment__isnull=False),
                name="occupancy_shared_by_visits",
                violation_error_code="occupancy_not_shared",
                violation_error_message="Only a practitioner and a room can be shared, and only by visits.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_kind} {self.resource_id}"
