"""Gathers what the treatment schedule of a claim shows, from the particulars written down when it was submitted."""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import Claim
from billing.pdf import schedule as schedule_paper
from billing.pdf import values
from clinic import documents
from clinic.errors import Refusal
from clinic.models import Practice
from clinic.pdf import A4, LETTER
from patients.models import Payer


def schedule(subject: int) -> documents.Paper:
    """Raises 422 `claim_not_submitted`: what a draft will say is not settled."""
    claim = Claim.objects.exclude(number=None).filter(pk=subject).first()
    if claim is None:
        raise Refusal("claim_not_submitted", "Only a submitted claim can be printed.", field="subject")
    said = claim.particulars
    return documents.compose(
        schedule_paper,
        _schedule(said),
        practice=Practice.objects.current(),
        number=claim.label,
        # Of many people: it belongs to no single record.
        patient_id=None,
        sheet=LETTER if said["recipient"]["us_style"] else A4,
    )


def _schedule(said: dict[str, Any]) -> values.Schedule:
    recipient, vendor = said["recipient"], said["vendor"]
    to_acc = recipient["kind"] == Payer.Kind.ACC
    return values.Schedule(
        schedule_number=said["label"],
        declared_on=date.fromisoformat(said["submitted_on"]),
        declared_by=said["submitted_by"],
        gst_registered=vendor["gst_registered"] and not recipient["us_style"],
        to_acc=to_acc,
        declaration=values.DECLARATION if to_acc else values.DECLARATION_TO_OTHERS,
        recipient=values.Party(name=recipient["name"], address=tuple(recipient["address"])),
        vendor=values.Vendor(
            name=vendor["name"],
            vendor_id=vendor["vendor_id"],
            gst_number=vendor["gst_number"],
            phone=vendor["phone"],
            address=tuple(vendor["address"]),
        ),
        lines=tuple(_line(line, recipient) for line in said["lines"]),
    )


def _line(said: dict[str, Any], recipient: dict[str, Any]) -> values.ScheduleLine:
    patient, practitioner = said["patient"], said["practitioner"]
    return values.ScheduleLine(
        number=said["position"],
        claim_number=said["claim_number"],
        policy_number=said["policy_number"],
        purchase_order_number=said["purchase_order_number"],
        patient_name=patient["name"],
        # An insurer is no health agency: it has no use for the number of the health service.
        nhi="" if recipient["kind"] == Payer.Kind.INSURER else patient["nhi"],
        date_of_birth=date.fromisoformat(patient["date_of_birth"]),
        date_of_injury=date.fromisoformat(said["date_of_injury"]) if said["date_of_injury"] else None,
        diagnosis=_diagnosis(said["diagnoses"]),
        service_code=said["service_code"],
        service_on=date.fromisoformat(said["service_on"]),
        provider_name=practitioner["name"],
        provider_id=_provider_id(practitioner, recipient),
        billing_method=said["unit"] or "flat fee",
        value=Decimal(said["quantity"]),
        amount_excl=Decimal(said["amount_excl"]),
        gst=Decimal(said["gst"]),
        description=said["description"],
    )


def _provider_id(practitioner: dict[str, Any], recipient: dict[str, Any]) -> str:
    if recipient["us_style"]:
        return practitioner["npi"]
    return "" if recipient["kind"] == Payer.Kind.INSURER else practitioner["acc_provider_id"]


def _diagnosis(said: list[dict[str, Any]]) -> values.Diagnosis:
    """The primary one: it was written down first."""
    if not said:
        return values.Diagnosis(code="")
    first = said[0]
    side = "" if first["side"] == "not_applicable" else first["side"]
    return values.Diagnosis(code=first["code"], description=first["description"], side=side, system=first["system"])
