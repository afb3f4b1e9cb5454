from patients.models.case import Case, CoverStatus
from patients.models.consent import Consent, ConsentKind, ConsentText
from patients.models.cover import CoverDecision, PurchaseOrder
from patients.models.diagnosis import Diagnosis
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
    "CoverDecision",
    "CoverStatus",
    "Diagnosis",
    "HistoryEntry",
    "Medication",
    "Patient",
    "Payer",
    "PurchaseOrder",
    "Screening",
]
