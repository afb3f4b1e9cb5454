import pghistory
import pgtrigger
from django.db import models

from patients import diagnoses
from patients.models.case import Case


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
            models.CheckConstraint(
                condition=~models.Q(system="read2") | models.Q(code__regex=diagnoses.READ2_FORM),
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
                condition=~models.Q(system="icd10cm") | models.Q(code__regex=diagnoses.ICD10CM_FORM),
                name="diagnosis_icd10cm_form",
                violation_error_code="icd_code_malformed",
                violation_error_message="An ICD-10-CM code looks like M76.01 or S76.011A.",
            ),
        ]
        triggers = [
            # At the end of the transaction: while diagnoses are replaced as a whole there is a moment without one.
            pgtrigger.Trigger(
                name="one_is_primary",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM patients_diagnosis AS of_case WHERE of_case.case_id IN (OLD.case_id, NEW.case_id)
                        GROUP BY of_case.case_id HAVING NOT bool_or(of_case."primary")
                    ) THEN
                        RAISE EXCEPTION 'one_primary_diagnosis: A case has one primary diagnosis.'
                        USING ERRCODE = '23000';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"
