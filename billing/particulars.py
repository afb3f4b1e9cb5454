"""What papers say, as plain values of the day of issue: names move and practices change, what is issued does not."""

from collections.abc import Sequence
from typing import Any

from billing.models import Invoice, InvoiceLine
from billing.us import particulars as us_particulars
from clinic.models import Practice
from patients.models import Case, Patient, Payer


def of_invoice(invoice: Invoice, lines: Sequence[InvoiceLine], practice: Practice) -> dict[str, Any]:
    """All that the papers of this invoice say."""
    return {
        "recipient": of_debtor(invoice.debtor),
        "patient": of_patient(invoice.patient),
        "practice": of_practice(practice),
        "case": _of_case(invoice.case) if invoice.case else None,
        "lines": [of_line(line) for line in lines],
        **us_particulars.beside(invoice, lines, practice),
    }


def of_debtor(debtor: Payer | Patient) -> dict[str, Any]:
    return {"name": str(debtor), "address": debtor.address.splitlines()}


def of_patient(patient: Patient) -> dict[str, Any]:
    return {"name": str(patient), "nhi": patient.nhi or "", "date_of_birth": patient.date_of_birth.isoformat()}


def of_practice(practice: Practice) -> dict[str, Any]:
    return {
        "name": practice.legal_name or practice.name,
        "address": practice.address.splitlines(),
        "phone": practice.phone,
        "gst_registered": practice.gst_registered,
        "gst_number": practice.gst_number,
        "acc_vendor_id": practice.acc_vendor_id,
        "bank_account": practice.bank_account,
    }


def _of_case(case: Case) -> dict[str, Any]:
    return {
        "kind": case.kind,
        "claim_number": case.claim_number,
        "date_of_injury": case.date_of_injury.isoformat() if case.date_of_injury else None,
        "purchase_order_number": case.purchase_order_number,
        "diagnoses": [
            {"system": row.system, "code": row.code, "description": row.description, "side": row.side}
            for row in case.diagnoses.order_by("-primary", "id")
        ],
    }


def of_line(line: InvoiceLine) -> dict[str, Any]:
    practitioner = line.treatment.practitioner if line.treatment else None
    return {
        "position": line.position,
        "treatment": line.treatment_id,
        # Named only where there is one, so that invoices from before there could be one read as they were hashed.
        **({"appointment": line.appointment_id} if line.appointment_id else {}),
        "service": line.service_id,
        "share": line.share,
        "service_on": line.service_on.isoformat(),
        "service_code": line.service.code if line.service else "",
        "description": line.description,
        "quantity": str(line.quantity),
        "unit": line.unit,
        "minutes": line.minutes,
        "amount_excl": str(line.amount_excl),
        "gst": str(line.gst),
        "practitioner": str(practitioner) if practitioner else "",
        "acc_provider_id": practitioner.acc_provider_id if practitioner else "",
        **({"modifiers": line.modifiers} if line.modifiers else {}),
        **({"diagnosis_pointers": line.diagnosis_pointers} if line.diagnosis_pointers else {}),
    }
