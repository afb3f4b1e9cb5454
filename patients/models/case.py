import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models

from clinic.models.base import Dated
from patients import acc_numbers
from patients.models.patient import Patient
from patients.models.payer import Payer
from patients.models.safety import OfPatientQuerySet


class ClaimNumberField(models.CharField):
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
    """One injury or complaint and who pays for it (FHIR EpisodeOfCare)."""

    class Kind(models.TextChoices):
        ACC = "acc", "ACC"
        INSURER = "insurer", "Insurer"
        PRIVATE = "private", "Private"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="cases")
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, null=True, blank=True, related_name="cases")
    claim_number = ClaimNumberField(max_length=12, blank=True)
    date_of_injury = models.DateField(null=True, blank=True)
    accident_description = models.TextField(blank=True)
    cover_status = models.CharField(max_length=30, choices=CoverStatus.choices, default=CoverStatus.UNKNOWN)
    cover_decided_on = models.DateField(null=True, blank=True)
    approved_sessions = models.PositiveSmallIntegerField(null=True, blank=True)
    sessions_elsewhere = models.PositiveSmallIntegerField(default=0)
    purchase_order_number = models.CharField(max_length=20, blank=True)
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
                condition=models.Q(closed_on__isnull=True) | models.Q(closed_on__gte=models.F("opened_on")),
                name="case_closes_after_it_opens",
                violation_error_code="closed_before_opened",
                violation_error_message="A case cannot close before it was opened.",
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
        found = []
        if self.kind != self.Kind.ACC:
            return found
        if self.claim_number and not acc_numbers.is_well_formed(self.claim_number):
            found.append(
                {
                    "code": "claim_number_unusual",
                    "field": "claim_number",
                    "detail": "This is not how ACC claim numbers usually look, such as AB12345. Compare it once more.",
                }
            )
        codes = [diagnosis.code for diagnosis in self.diagnoses.all() if diagnosis.system == Diagnosis.System.READ2]
        # Chapter N holds diseases of the musculoskeletal system; ACC covers injuries and what they caused.
        if codes and all(code.startswith("N") for code in codes):
            found.append(
                {
                    "code": "diagnoses_without_injury",
                    "field": "diagnoses",
                    "detail": "All Read codes are of chapter N, diseases. ACC asks for the injury that led to them.",
                }
            )
        return found


# With its deletions: the diagnoses of a case are replaced as a whole, and what they were before must stay readable.
@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Diagnosis(models.Model):
    """A coded diagnosis. A code means nothing without its system; Read codes keep their case."""

    class System(models.TextChoices):
        READ2 = "read2", "Read v2"
        SNOMED = "snomed", "SNOMED CT"
        ICD10CM = "icd10cm", "ICD-10-CM"

    class Side(models.TextChoices):
        LEFT = "left", "Left"
        RIGHT = "right", "Right"
        BOTH = "both", "Both"
        NOT_APPLICABLE = "not_applicable", "Not applicable"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="diagnoses")
    system = models.CharField(max_length=7, choices=System.choices)
    code = models.CharField(max_length=18)
    description = models.CharField(max_length=200)
    side = models.CharField(max_length=14, choices=Side.choices, default=Side.NOT_APPLICABLE)
    primary = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "diagnoses"
        ordering = ["-primary", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(primary=True),
                name="diagnosis_one_primary_per_case",
                violation_error_code="one_primary_diagnosis",
                violation_error_message="A case has one primary diagnosis.",
            ),
            models.UniqueConstraint(
                fields=["case", "system", "code", "side"],
                name="diagnosis_once_per_case",
                violation_error_code="diagnosis_twice",
                violation_error_message="This diagnosis is on the case already.",
            ),
            # All 33,880 codes of ACC's published list fit this: five characters, unused ones on the right are dots.
            models.CheckConstraint(
                condition=~models.Q(system="read2") | models.Q(code__regex=r"^(?=.{5}$)[0-9A-Za-z]{1,5}\.{0,4}$"),
                name="diagnosis_read2_form",
                violation_error_code="read_code_malformed",
                violation_error_message="A Read code has five characters, such as N2152 or S57..",
            ),
            models.CheckConstraint(
                condition=~models.Q(system="snomed") | models.Q(code__regex=r"^[1-9][0-9]{5,17}$"),
                name="diagnosis_snomed_form",
                violation_error_code="snomed_code_malformed",
                violation_error_message="A SNOMED CT concept is a number of 6 to 18 digits.",
            ),
            models.CheckConstraint(
                condition=~models.Q(system="icd10cm")
                | models.Q(code__regex=r"^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$"),
                name="diagnosis_icd10cm_form",
                violation_error_code="icd_code_malformed",
                violation_error_message="An ICD-10-CM code looks like M76.01 or S76.011A.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"
