import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, OuterRef, Q, Subquery

from clinic.freezing import freezes_itself, only_added_to
from clinic.models import Practitioner, User
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Case, Patient, PurchaseOrder

# As many as ACC's own form has room for (forms.acc.co.nz/ACC32).
MOST_DIAGNOSES, MOST_SIDES, MOST_ERRORS = 6, 6, 3


class TreatmentRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.READ_NOTES) else self.none()

    def finished(self):
        return self.filter(status=TreatmentRequest.Status.FINISHED)

    def with_answer(self):
        """Adds `approved`: what ACC answered last; None where nothing is taken down yet."""
        latest = RequestAnswer.objects.filter(request=OuterRef("pk")).order_by("-id")
        return self.annotate(approved=Subquery(latest.values("approved")[:1]))


def _at_most(most: int, field: str) -> Q:
    length = Func(field, function="jsonb_array_length", output_field=models.IntegerField())
    return Q(models.lookups.LessThanOrEqual(length, most))


@pghistory.track()
class TreatmentRequest(Dated):
    """What ACC is asked for about a claim, with the fields of its ACC32: more treatment, or another diagnosis or side.

    `diagnoses_to_add`: `[{system, code, description, side}]`. `sides_to_change`: `[{code, side_now, side}]`.
    Finishing writes what is asked, and what goes with it, into `content` and freezes the row; the answer stands in
    rows of its own."""

    class Reason(models.TextChoices):
        MORE_TREATMENT = "more_treatment", "More treatment"
        DIAGNOSIS = "diagnosis", "Add or change a diagnosis or side"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        FINISHED = "finished", "Finished"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="treatment_requests")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="treatment_requests")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="treatment_requests")
    reasons = ArrayField(models.CharField(max_length=14, choices=Reason.choices), verbose_name="asked for")
    sessions_requested = models.PositiveSmallIntegerField("sessions asked for", null=True, blank=True)
    diagnoses_to_add = models.JSONField(default=list, blank=True)
    sides_to_change = models.JSONField(default=list, blank=True)
    lodgement_errors = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    after_surgery = models.BooleanField(default=False, help_text="The treatment follows surgery on this injury.")
    supporting_information = models.TextField(
        blank=True, help_text="How the condition now comes from the injury, and what more treatment is to reach."
    )
    patient_declared_on = models.DateField(
        "patient agreed on", null=True, blank=True, help_text="The day the patient agreed to what is sent."
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT, editable=False)
    standard = models.BooleanField(null=True, editable=False, help_text="Whether it was one of ACC's standard ones.")
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    content = models.JSONField(null=True, blank=True, editable=False)
    content_hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = TreatmentRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reasons__contained_by=["more_treatment", "diagnosis"], reasons__len__gte=1),
                name="request_says_what_for",
                violation_error_code="reasons_missing",
                violation_error_message="Say what is asked for: more treatment, or a change of diagnosis or side.",
            ),
            models.CheckConstraint(
                condition=Q(sessions_requested__isnull=True) | Q(sessions_requested__gte=1),
                name="request_of_sessions",
                violation_error_code="sessions_missing",
                violation_error_message="Ask for one session or more.",
            ),
            models.CheckConstraint(
                condition=_at_most(MOST_DIAGNOSES, "diagnoses_to_add")
                & _at_most(MOST_SIDES, "sides_to_change")
                & Q(lodgement_errors__len__lte=MOST_ERRORS),
                name="request_fits_the_form",
                violation_error_code="too_many_changes",
                violation_error_message="The form has room for six diagnoses, six sides and three lodgement errors.",
            ),
            models.CheckConstraint(
                condition=Q(status="draft", finished_at__isnull=True, finished_by__isnull=True, content__isnull=True)
                | Q(
                    status="finished",
                    finished_at__isnull=False,
                    finished_by__isnull=False,
                    content__isnull=False,
                    standard__isnull=False,
                    patient_declared_on__isnull=False,
                    content_hash__regex=r"^[0-9a-f]{64}$",
                ),
                name="request_finished_is_complete",
                violation_error_code="request_incomplete",
                violation_error_message="A finished request says what it asked for, and who finished it when.",
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(status="draft"),
                name="request_one_draft_per_case",
                violation_error_code="request_begun",
                violation_error_message="A request about this case is being written already.",
            ),
        ]
        triggers = [
            freezes_itself(
                when="finished",
                code="request_finished",
                sentence="This request is finished and stays as it was sent. Write a new one.",
            )
        ]

    def __str__(self) -> str:
        return self.label if self.pk else "New request"

    @property
    def label(self) -> str:
        return f"RT-{self.pk:06d}"

    @property
    def is_finished(self) -> bool:
        return self.status == self.Status.FINISHED


class RequestAnswerQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(request__in=TreatmentRequest.objects.visible_to(user))


class RequestAnswer(Dated):
    """What ACC answered. Written once; the one taken down last holds, so that a review is the next one."""

    request = models.ForeignKey(TreatmentRequest, on_delete=models.PROTECT, related_name="answers")
    approved = models.BooleanField()
    answered_on = models.DateField()
    purchase_order = models.OneToOneField(
        PurchaseOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="answer"
    )
    note = models.CharField(max_length=300, blank=True)
    taken_down_at = models.DateTimeField()
    taken_down_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = RequestAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved=True) | Q(purchase_order__isnull=True),
                name="answer_declined_orders_nothing",
                violation_error_code="declined_with_order",
                violation_error_message="A declined request comes with no purchase order.",
            )
        ]
        triggers = [only_added_to(code="answer_stays", sentence="An answer stays on record. Take down the new one.")]

    def __str__(self) -> str:
        return "Approved" if self.approved else "Declined"
