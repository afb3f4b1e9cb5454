import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from appointments.models.appointment import Appointment
from appointments.models.types import AppointmentType
from clinic.models import Location, Practitioner, User
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Case, Patient

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class WaitlistEntryQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_BOOK) else self.none()

    def waiting(self):
        return self.filter(state=WaitlistEntry.State.WAITING)

    def in_order(self):
        """As times are offered: the more urgent first, and who has waited longest."""
        return self.order_by("urgency", "waiting_since", "pk")

    def without_an_offer(self):
        open_offers = WaitlistOffer.objects.filter(entry=models.OuterRef("pk"), state=WaitlistOffer.State.OPEN)
        return self.filter(~models.Exists(open_offers))


@pghistory.track()
class WaitlistEntry(Dated):
    """Somebody who would take a time that becomes free, and which: an empty list means any."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        FULFILLED = "fulfilled", "Has a time"
        WITHDRAWN = "withdrawn", "Taken off the list"

    class Urgency(models.IntegerChoices):
        URGENT = 1, "Urgent"
        USUAL = 2, "Usual"
        WHENEVER = 3, "Whenever it suits"

    class Part(models.TextChoices):
        MORNING = "morning", "Morning"
        AFTERNOON = "afternoon", "Afternoon"
        EVENING = "evening", "Evening"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="waitlist_entries")
    appointment_type = models.ForeignKey(AppointmentType, on_delete=models.PROTECT, related_name="waitlist_entries")
    practitioners = models.ManyToManyField(
        Practitioner, blank=True, related_name="waitlist_entries", help_text="None chosen: with anybody."
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="waitlist_entries"
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="waitlist_entries")
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, help_text="0 is Monday. None: any day."
    )
    parts = ArrayField(
        models.CharField(max_length=9, choices=Part.choices),
        default=list,
        blank=True,
        help_text="Parts of the day, as the practice sets them. None: any time.",
    )
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True, help_text="The last day that suits. Empty: no end.")
    urgency = models.PositiveSmallIntegerField(choices=Urgency.choices, default=Urgency.USUAL)
    moving = models.ForeignKey(
        Appointment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="waiting_to_move",
        help_text="The visit that would be moved forward.",
    )
    note = models.CharField(max_length=300, blank=True, help_text="For the front desk; nothing clinical.")
    waiting_since = models.DateTimeField(editable=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING, editable=False)
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="waitlist_entries",
        editable=False,
        help_text="The visit that came of it.",
    )

    objects = WaitlistEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "person waiting"
        verbose_name_plural = "people waiting"
        ordering = ["urgency", "waiting_since", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="waitlist_until_after_from",
                violation_error_code="ends_before_it_begins",
                violation_error_message="The last day lies before the first.",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=list(range(7))),
                name="waitlist_weekdays",
                violation_error_code="weekday_unknown",
                violation_error_message="A week has seven days, 0 (Monday) to 6 (Sunday).",
            ),
            models.CheckConstraint(
                condition=Q(parts__contained_by=["morning", "afternoon", "evening"]),
                name="waitlist_parts",
                violation_error_code="part_unknown",
                violation_error_message="Parts of the day are morning, afternoon and evening.",
            ),
            models.CheckConstraint(
                condition=Q(urgency__in=[1, 2, 3]),
                name="waitlist_urgency",
                violation_error_code="urgency_unknown",
                violation_error_message="Urgent is 1, usual 2, whenever it suits 3.",
            ),
            models.CheckConstraint(
                condition=Q(state="fulfilled", appointment__isnull=False)
                | (~Q(state="fulfilled") & Q(appointment__isnull=True)),
                name="waitlist_fulfilled_by_visit",
                violation_error_code="fulfilled_without_visit",
                violation_error_message="Who no longer waits because they have a time, has a visit.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["urgency", "waiting_since", "id"], condition=Q(state="waiting"), name="waitlist_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.patient_id} waits for {self.appointment_type_id}"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING


class WaitlistOfferQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_BOOK) else self.none()

    def open(self):
        return self.filter(state=WaitlistOffer.State.OPEN)


@pghistory.track()
class WaitlistOffer(Dated):
    """A time that is held for somebody who waits. The hold is a visit of the book like any other, which is why no time
    is offered twice at once; that nobody has two offers at once is the constraint here."""

    class State(models.TextChoices):
        OPEN = "open", "Offered"
        TAKEN = "taken", "Taken"
        DECLINED = "declined", "Declined"
        EXPIRED = "expired", "Not answered in time"
        WITHDRAWN = "withdrawn", "Taken back"

    entry = models.ForeignKey(WaitlistEntry, on_delete=models.PROTECT, related_name="offers")
    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="waitlist_offer")
    starts_at = models.DateTimeField(help_text="The time that was offered, whatever became of the hold.")
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: the sweep."
    )
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = WaitlistOfferQuerySet.as_manager()

    class Meta:
        ordering = ["-offered_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(state="open"),
                name="waitlist_one_open_offer",
                violation_error_code="offer_open",
                violation_error_message="Another time is offered to this patient already.",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("offered_at")),
                name="waitlist_offer_lasts",
                violation_error_code="offer_over_before_it_begins",
                violation_error_message="That offer would be over already.",
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="waitlist_offer_ended",
                violation_error_code="offer_end_missing",
                violation_error_message="An offer that is over says since when.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.starts_at:%Y-%m-%d %H:%M}Z"
