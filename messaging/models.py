import pghistory
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from clinic.models import Document, User
from clinic.models.base import Dated
from clinic.permissions import Permission
from messaging import wording
from patients.models import Patient, Payer


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    SMS = "sms", "Text message"


class Occasion(models.TextChoices):
    """What a message is about. The composition names a guard for each subject that can change its mind."""

    APPOINTMENT_REMINDER = "appointment_reminder", "Reminder of an appointment"
    WAITLIST_OFFER = "waitlist_offer", "Time offered from the waiting list"
    OUTCOME_QUESTION = "outcome_question", "Question how somebody is"
    SESSIONS_RUNNING_OUT = "sessions_running_out", "Approved sessions are running out"
    INVOICE = "invoice", "Invoice"
    BOOKING_CODE = "booking_code", "Code of a booking online"
    BOOKED_ONLINE = "booked_online", "Booked online"


# What those who may not see money do not see here either.
ABOUT_MONEY = (Occasion.INVOICE,)


def known_places(text: str) -> None:
    if unknown := wording.unknown_places(text):
        known = ", ".join(f"{{{name}}}" for name in wording.PLACES)
        raise ValidationError(f"Nothing fills {', '.join(unknown)}. Known places: {known}.", code="unknown_place")


def no_secrets(text: str) -> None:
    if any(f"{{{place}}}" in text for place in wording.SECRETS):
        raise ValidationError("A code does not belong in a subject: subjects show on locked screens.", code="secret")


def no_line_breaks(text: str) -> None:
    if wording.has_breaks(text):
        raise ValidationError("A subject is one line.", code="subject_has_breaks")


class SetUpQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_MESSAGES) else self.none()


@pghistory.track()
class MessageTemplate(Dated):
    """A text with named places, such as `{first_name}`, `{when}` and `{link}`."""

    occasion = models.CharField(max_length=30, choices=Occasion.choices)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    subject = models.CharField(max_length=120, blank=True, validators=[known_places, no_line_breaks, no_secrets])
    body = models.TextField(max_length=4000, validators=[known_places])

    objects = SetUpQuerySet.as_manager()

    class Meta:
        ordering = ["occasion", "channel"]
        constraints = [
            models.UniqueConstraint(
                fields=["occasion", "channel"],
                name="template_once_per_occasion_and_channel",
                violation_error_code="template_exists",
                violation_error_message="There is a text for this occasion and channel already.",
            ),
            models.CheckConstraint(
                condition=~Q(channel="email") | ~Q(subject=""),
                name="template_email_has_subject",
                violation_error_code="subject_missing",
                violation_error_message="An e-mail needs a subject.",
            ),
            models.CheckConstraint(
                condition=~Q(subject__regex=r"[\r\n]"),
                name="template_subject_is_one_line",
                violation_error_code="subject_has_breaks",
                violation_error_message="A subject is one line.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_occasion_display()} ({self.get_channel_display()})"


@pghistory.track()
class ReminderRule(Dated):
    """When before an appointment to remind: so many hours, or at a time on the wall so many days before."""

    name = models.CharField(max_length=60, unique=True)
    hours_before = models.PositiveSmallIntegerField(null=True, blank=True)
    days_before = models.PositiveSmallIntegerField(null=True, blank=True)
    at = models.TimeField(null=True, blank=True, help_text="Wall-clock time at the location, with days before.")
    active = models.BooleanField(default=True)

    objects = SetUpQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hours_before__isnull=False, days_before__isnull=True, at__isnull=True)
                | Q(hours_before__isnull=True, days_before__isnull=False, at__isnull=False),
                name="reminder_rule_one_way",
                violation_error_code="rule_needs_one_way",
                violation_error_message="Give either hours before, or days before and a time of day.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user):
        if not user.may(Permission.SEE_MESSAGES):
            return self.none()
        return self if user.may(Permission.SEE_MONEY) else self.exclude(occasion__in=ABOUT_MONEY)

    def open_about(self, subject_kind: str, subject_ids):
        """Neither handed over nor settled."""
        open_states = [Message.State.PLANNED, Message.State.CLAIMED]
        return self.filter(subject_kind=subject_kind, subject_id__in=subject_ids, state__in=open_states)

    def due(self, *, now):
        return self.filter(state=Message.State.PLANNED, due_at__lte=now)


# What history keeps cannot be forgotten, so it keeps nothing of messages to an address that is on nobody's record.
_ON_RECORD = "NEW.address = ''"


@pghistory.track(
    pghistory.InsertEvent(condition=pghistory.Condition(_ON_RECORD)),
    pghistory.UpdateEvent(condition=pghistory.Condition(f"OLD.* IS DISTINCT FROM NEW.* AND {_ON_RECORD}")),
    exclude=["body"],
)
class Message(Dated):
    """One message to one person: a row first, a delivery later. The ledger is what was planned and what became of it.

    `unknown`: handed to a gateway that does not recognise repeats, and the answer was lost. A person decides.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        CLAIMED = "claimed", "Being sent"
        HANDED_OVER = "handed_over", "Handed over"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        SKIPPED = "skipped", "Not sent"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Not known if sent"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="messages")
    user = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        help_text="Who of the staff it goes to, where it goes to no patient.",
    )
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, null=True, blank=True, related_name="messages")
    address = models.CharField(
        max_length=254, blank=True, help_text="Where it goes, where that is not on anybody's record."
    )
    occasion = models.CharField(max_length=30, choices=Occasion.choices)
    rule = models.ForeignKey(ReminderRule, on_delete=models.PROTECT, null=True, blank=True, related_name="messages")
    channel = models.CharField(max_length=5, choices=Channel.choices)
    # What it is about, by kind and number: the subject lives floors above.
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    subject_starts_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=11, choices=State.choices, default=State.PLANNED)
    reason = models.CharField(max_length=40, blank=True, help_text="Why it was skipped, or how it failed: a code.")
    paper = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        help_text="What is enclosed. It is drawn before the message leaves.",
    )
    recipient = models.CharField(max_length=254, blank=True)
    subject_line = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["occasion", "rule", "channel", "subject_kind", "subject_id", "subject_starts_at"],
                nulls_distinct=False,
                name="message_once",
                violation_error_code="message_exists",
                violation_error_message="This message is planned already.",
            ),
            models.CheckConstraint(
                condition=Q(patient__isnull=False, user__isnull=True, payer__isnull=True)
                | Q(patient__isnull=True, user__isnull=False, payer__isnull=True)
                | Q(patient__isnull=True, user__isnull=True, payer__isnull=False)
                | (Q(patient__isnull=True, user__isnull=True, payer__isnull=True) & ~Q(address="")),
                name="message_to_one_person",
                violation_error_code="message_to_nobody",
                violation_error_message="A message goes to one: a patient, a payer, or somebody of the staff.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["skipped", "failed"]) | ~Q(reason=""),
                name="message_not_sent_has_reason",
                violation_error_code="reason_missing",
                violation_error_message="A message that is not sent says why.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "delivered"])
                | Q(sent_at__isnull=False, handed_over_at__isnull=False, sent_at__gte=F("handed_over_at")),
                name="message_sent_after_handed_over",
                violation_error_code="sent_before_handed_over",
                violation_error_message="A message is sent after it was handed over.",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="planned"), name="message_due"),
            models.Index(
                fields=["claimed_at"], condition=Q(state__in=["claimed", "handed_over"]), name="message_in_flight"
            ),
            models.Index(fields=["subject_kind", "subject_id"], name="message_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.get_occasion_display()} to {self.person or 'somebody not registered'}"

    @property
    def person(self) -> Patient | User | Payer | None:
        """Who it goes to; nobody, where there is only an address. Queries, unless `patient`, `user` and `payer` were
        selected."""
        return self.patient or self.user or self.payer
