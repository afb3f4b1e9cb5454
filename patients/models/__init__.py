from patients.models.case import Case, CoverStatus, Diagnosis
from patients.models.patient import Patient
from patients.models.payer import Payer
from patients.models.safety import Alert, Consent, Contact

__all__ = ["Alert", "Case", "Consent", "Contact", "CoverStatus", "Diagnosis", "Patient", "Payer"]
