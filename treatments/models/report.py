import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from clinic.freezing import freezes_itself
from clinic.models import Practitioner, User
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models import Case, Consent, Patient


class TreatmentReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.READ_NOTES) else self.none()

    def with_consent(self):
        """Adds `may_share_with_acc`: whether the patient's consent to that stands."""
        standing = Consent.objects.filter(
            patient=OuterRef("patient"), kind=Consent.Kind.ACC_SHARING, withdrawn_at__isnull=True
        )
        return self.annotate(may_share_with_acc=Exists(standing))


@pghistory.track()
class TreatmentReport(Dated):
    """What is told to somebody outside about a case: a GP, ACC, an insurer.

    `summary` and `recommendation` are the practitioner's words; `include` names the parts that are gathered from the
    record. Signing writes what they say at that moment into `content` and freezes the row: what was sent can be
    printed again to the byte, whatever is added to the record later.
    """

    class Audience(models.TextChoices):
        GP = "gp", "GP"
        ACC = "acc", "ACC"
        INSURER = "insurer", "Insurer"

    class Part(models.TextChoices):
        DIAGNOSES = "diagnoses", "Diagnoses with their codes"
        COURSE = "course", "Dates and number of sessions"
        FINDINGS = "findings", "Findings at the start and now"
        POINTS = "points", "Points used"
        BODY_CHART = "body_chart", "Body chart"
        TECHNIQUES = "techniques", "Techniques"
        OUTCOMES = "outcomes", "Outcome scores"
        ADVERSE_EVENTS = "adverse_events", "Adverse events"
        PLAN = "plan", "Treatment plan"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SIGNED = "signed", "Signed"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="treatment_reports")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="treatment_reports")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="treatment_reports")
    audience = models.CharField(max_length=7, choices=Audience.choices)
    recipient = models.TextField(blank=True, help_text="Name and address, a line each.")
    purpose = models.CharField(max_length=200, blank=True, help_text="What it is asked or sent for.")
    summary = models.TextField(blank=True)
    recommendation = models.TextField(blank=True)
    from_on = models.DateField()
    to_on = models.DateField()
    include = ArrayField(models.CharField(max_length=14, choices=Part.choices), default=list, blank=True)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.DRAFT, editable=False)
    signed_at = models.DateTimeField(null=True, blank=True, editable=False)
    signed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    content = models.JSONField(null=True, blank=True, editable=False)
    content_hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = TreatmentReportQuerySet.as_manager()

    class Meta:
        ordering = ["-to_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(audience__in=["gp", "acc", "insurer"]),
                name="report_audience_known",
                violation_error_code="audience_unknown",
                violation_error_message="A report is written for a GP, for ACC or for an insurer.",
            ),
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")),
                name="report_ends_after_it_begins",
                violation_error_code="to_before_from",
                violation_error_message="The last day of the report lies before its first.",
            ),
            models.CheckConstraint(
                condition=Q(
                    include__contained_by=[
                        "diagnoses", "course", "findings", "points", "body_chart", "techniques", "outcomes",
                        "adverse_events", "plan",
                    ]
                ),
                name="report_parts_known",
                violation_error_code="part_unknown",
                violation_error_message="A report has no part of this name.",
            ),
            models.CheckConstraint(
                condition=Q(status="draft", signed_at__isnull=True, signed_by__isnull=True, content__isnull=True)
                | (
                    Q(
                        status="signed",
                        signed_at__isnull=False,
                        signed_by__isnull=False,
                        content__isnull=False,
                        content_hash__regex=r"^[0-9a-f]{64}$",
                    )
                    & ~Q(recipient="")
                    & ~Q(purpose="")
                    & ~Q(summary="")
                ),
                name="report_signed_is_complete",
                violation_error_code="report_incomplete",
                violation_error_message="A signed report says to whom, what for and what, and who signed it when.",
            ),
        ]  # fmt: skip
        triggers = [
            freezes_itself(
                when="signed",
                code="report_signed",
                sentence="This report is signed and stays as it was sent. Write a new one.",
            )
        ]

    def __str__(self) -> str:
        return f"Report R-{self.pk:06d}" if self.pk else "New report"

    @property
    def is_signed(self) -> bool:
        return self.status == self.Status.SIGNED

    def warnings(self) -> list[dict[str, str]]:
        """What to look at before it is sent though nothing is refused: `{code, field, detail}`. Of one that was read
        `with_consent`."""
        if self.is_signed or self.audience != self.Audience.ACC or self.may_share_with_acc:
            return []
        sentence = "No consent to sharing with ACC is on record. Ask the patient before this is sent."
        return [{"code": "consent_to_sharing_missing", "field": "audience", "detail": sentence}]
