from patients.models.case import Case, CoverStatus, Diagnosis
from patients.models.consent import Consent, ConsentKind, ConsentText
from patients.models.history import HistoryEntry, Medication, Screening
from patients.models.patient import Patient
from patients.models.payer import Payer
from patients.models.safety import Alert, Contact

__all__ = [
    "Alert",
    "Case",
    "Consent",
    "ConsentKind",
    "ConsentText",
    "Contact",
    "CoverStatus",
    "Diagnosis",
    "HistoryEntry",
    "Medication",
    "Patient",
    "Payer",
    "Screening",
]
