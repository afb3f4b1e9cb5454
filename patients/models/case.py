from datetime import date

import pghistory
from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db import models

from clinic.models.base import Dated
from patients import acc_numbers, diagnoses
from patients.models.patient import Patient
from patients.models.payer import Payer
from patients.models.safety import OfPatientQuerySet


class ClaimNumberFormField(forms.CharField):
    """Counted as it is kept, without the spaces and dashes people write."""

    def to_python(self, value):
        return acc_numbers.normalised(super().to_python(value))

    def widget_attrs(self, widget):
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class ClaimNumberField(models.CharField):
    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": ClaimNumberFormField} | kwargs)

    def to_python(self, value):
        value = super().to_python(value)
        return acc_numbers.normalised(value) if value is not None else value

    def get_prep_value(self, value):
        return self.to_python(super().get_prep_value(value))


class CaseQuerySet(OfPatientQuerySet):
    def open(self):
        return self.filter(closed_on__isnull=True)


class CoverStatus(models.TextChoices):
    """The values ACC's claim query answers with (developer.acc.co.nz, query APIs; the published list may be
    incomplete), and ours for a claim nobody has asked about."""

    UNKNOWN = "unknown", "Not known"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    INTERIM_ACCEPT = "interim_accept", "Interim accept"
    ACCEPT = "accept", "Accept"
    PENDING_ACCEPT = "pending_accept", "Pending accept"
    ACCREDITED_EMPLOYER = "accredited_employer", "Accredited employer"
    PENDING_ACCREDITED_EMPLOYER = "pending_accredited_employer", "Pending accredited employer"
    DECLINE = "decline", "Decline"
    PENDING_DECLINE = "pending_decline", "Pending decline"
    DUPLICATE = "duplicate", "Duplicate"
    PENDING_HELD = "pending_held", "Pending held"
    HELD = "held", "Held"
    INVESTIGATING_GRADUAL_PROCESS = "investigating_gradual_process", "Investigating gradual process"


@pghistory.track()
class Case(Dated):
    """One injury or complaint and who pays for it (FHIR EpisodeOfCare).

    `cover_status` is that of the `CoverDecision` taken down last. The fields from `policy_number` on are of the policy
    that an insurer's case rests on."""

    class Kind(models.TextChoices):
        ACC = "acc", "ACC"
        INSURER = "insurer", "Insurer"
        PRIVATE = "private", "Private"

    class Relationship(models.TextChoices):
        """Of the patient to who is insured: the four that item 6 of the CMS-1500 knows."""

        SELF = "self", "The patient"
        SPOUSE = "spouse", "Spouse or partner"
        CHILD = "child", "Child"
        OTHER = "other", "Other"

    class Cause(models.TextChoices):
        """What it came from, as item 10 of the CMS-1500 asks. Empty: nobody has said."""

        NO_ACCIDENT = "none", "No accident"
        EMPLOYMENT = "employment", "Work"
        CAR = "auto", "A car accident"
        OTHER = "other", "Another accident"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="cases")
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, null=True, blank=True, related_name="cases")
    contribution_payer = models.ForeignKey(
        Payer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contributes_to",
        help_text="Who pays the patient's part instead of the patient, such as an employer.",
    )
    employer = models.CharField(max_length=120, blank=True)
    claim_number = ClaimNumberField(max_length=12, blank=True)
    date_of_injury = models.DateField(null=True, blank=True)
    accident_description = models.TextField(blank=True)
    caused_by = models.CharField(
        max_length=10, choices=Cause.choices, blank=True, help_text="US insurers send back claims that do not say."
    )
    accident_state = models.CharField(
        max_length=2, blank=True, help_text="The US state of a car accident, such as OR."
    )
    cover_status = models.CharField(max_length=30, choices=CoverStatus.choices, default=CoverStatus.UNKNOWN)
    cover_decided_on = models.DateField(null=True, blank=True)
    approved_sessions = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="In all, for this case. Empty: as many as the payer's rules give."
    )
    sessions_elsewhere = models.PositiveSmallIntegerField(default=0)
    first_elsewhere_on = models.DateField(
        null=True, blank=True, help_text="Of the sessions elsewhere, the first: ACC's weeks run from it."
    )
    purchase_order_number = models.CharField(
        max_length=20, blank=True, help_text="The first one taken down, unless another is written here."
    )
    policy_number = models.CharField(max_length=40, blank=True, help_text="Member number, or id of the insured.")
    policy_group = models.CharField(max_length=40, blank=True)
    policy_plan = models.CharField(max_length=80, blank=True)
    policy_expires_on = models.DateField(null=True, blank=True, help_text="Its last day.")
    insured_name = models.CharField(max_length=120, blank=True, help_text="If not the patient.")
    insured_relationship = models.CharField(
        max_length=6, choices=Relationship.choices, blank=True, help_text="Of the patient to the insured."
    )
    insured_date_of_birth = models.DateField(null=True, blank=True)
    approved_amount = models.DecimalField(
        max_digits=10, decimal_places=2, null=True, blank=True, help_text="In all, without GST."
    )
    approval_required = models.BooleanField(default=False, help_text="The insurer approves before treatment begins.")
    approval_number = models.CharField(max_length=30, blank=True)
    referrer = models.CharField(max_length=120, blank=True, help_text="Optional: ACC acupuncture needs no referral.")
    other_providers = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(claim_number="") | models.Q(claim_number__regex=acc_numbers.ANY),
                name="case_claim_number_form",
                violation_error_code="claim_number_malformed",
                violation_error_message="A claim number has up to 12 letters and digits, such as AB12345.",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="private", payer__isnull=True)
                | (~models.Q(kind="private") & models.Q(payer__isnull=False)),
                name="case_payer_fits_kind",
                violation_error_code="payer_does_not_fit",
                violation_error_message="An ACC or insurer case names who pays; a private case does not.",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="acc") | models.Q(date_of_injury__isnull=False),
                name="case_acc_has_date_of_injury",
                violation_error_code="date_of_injury_missing",
                violation_error_message="An ACC case needs the date of injury.",
            ),
            models.CheckConstraint(
                condition=models.Q(date_of_injury__isnull=True) | models.Q(date_of_injury__lte=models.F("opened_on")),
                name="case_injury_before_it_opens",
                violation_error_code="date_of_injury_later",
                violation_error_message="The injury lies after the day the case was opened.",
            ),
            models.CheckConstraint(
                condition=models.Q(first_elsewhere_on__isnull=True) | models.Q(sessions_elsewhere__gte=1),
                name="case_first_elsewhere_of_some",
                violation_error_code="no_sessions_elsewhere",
                violation_error_message="Say how many sessions were elsewhere, or leave the first one's day empty.",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_on__isnull=True) | models.Q(closed_on__gte=models.F("opened_on")),
                name="case_closes_after_it_opens",
                violation_error_code="closed_before_opened",
                violation_error_message="A case cannot close before it was opened.",
            ),
            models.CheckConstraint(
                condition=models.Q(contribution_payer__isnull=True)
                | ~models.Q(contribution_payer=models.F("payer"))
                | models.Q(payer__isnull=True),
                name="case_contribution_payer_is_another",
                violation_error_code="contribution_payer_same",
                violation_error_message="Who pays the patient's part is somebody else than who pays the claim.",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_amount__isnull=True) | models.Q(approved_amount__gte=0),
                name="case_approved_amount_positive",
                violation_error_code="approved_amount_negative",
                violation_error_message="An approved amount is nought or more.",
            ),
            models.CheckConstraint(
                condition=models.Q(insured_date_of_birth__isnull=True)
                | models.Q(insured_date_of_birth__gte=date(1890, 1, 1))
                & models.Q(insured_date_of_birth__lte=models.F("opened_on")),
                name="case_insured_birth_plausible",
                violation_error_code="date_of_birth_implausible",
                violation_error_message="That date of birth of the insured cannot be right.",
            ),
            models.CheckConstraint(
                condition=models.Q(accident_state="")
                | models.Q(accident_state__regex=r"^[A-Z]{2}$", caused_by="auto"),
                name="case_accident_state_of_a_car",
                violation_error_code="accident_state_malformed",
                violation_error_message="The state of a car accident has two capital letters, such as OR.",
            ),
            models.UniqueConstraint(
                fields=["claim_number", "patient"],
                condition=~models.Q(claim_number=""),
                name="case_claim_number_once_per_patient",
                violation_error_code="case_exists",
                violation_error_message="This patient already has a case with that claim number.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def warnings(self) -> list[dict[str, str]]:
        """What a person should look at though nothing is refused: `{code, field, detail}`. Reads the diagnoses."""
        named = self.diagnoses.all()
        found = [
            _warning(code, "diagnoses", sentence)
            for diagnosis in named
            for code, sentence in diagnoses.remarks(diagnosis.system, diagnosis.code, diagnosis.side)
        ]
        if self.kind != self.Kind.ACC:
            return found
        if self.claim_number and not acc_numbers.is_well_formed(self.claim_number):
            sentence = "This is not how ACC claim numbers usually look, such as AB12345. Compare it once more."
            found.insert(0, _warning("claim_number_unusual", "claim_number", sentence))
        read = [diagnosis.code for diagnosis in named if diagnosis.system == diagnoses.READ2]
        if read and all(diagnoses.is_gradual(code) for code in read):
            sentence = "All Read codes are of chapter N, diseases. ACC asks for the injury that led to them."
            found.append(_warning("diagnoses_without_injury", "diagnoses", sentence))
        return found


def _warning(code: str, field: str, detail: str) -> dict[str, str]:
    return {"code": code, "field": field, "detail": detail}
