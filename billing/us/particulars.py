"""What a US claim says beside the invoice, as plain values of the day of issue, and the claim read back from them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import Invoice, InvoiceLine
from billing.pdf.us_values import (
    NOTHING,
    BillingProvider,
    Insured,
    Insurer,
    Person,
    PersonName,
    Provider,
    UsClaim,
    UsDiagnosis,
    UsLine,
)
from billing.us.address import parsed
from clinic.errors import Refusal
from clinic.models import Practice, Practitioner
from patients.models import Case, Patient, Payer

SEXES = {"female": "F", "male": "M"}
MOST_POINTERS = 4


def beside(invoice: Invoice, lines: Sequence[InvoiceLine], practice: Practice) -> dict[str, Any]:
    """Under `us`, where the payer is US-style or the practice is known there by an NPI; else nothing."""
    wanted = (invoice.payer and invoice.payer.us_style) or practice.npi
    return {"us": of_invoice(invoice, lines, practice)} if wanted else {}


def of_invoice(invoice: Invoice, lines: Sequence[InvoiceLine], practice: Practice) -> dict[str, Any]:
    """Raises nothing: what is missing is missed by the paper that needs it."""
    practitioners = {line.treatment.practitioner for line in lines if line.treatment}
    return {
        "patient": _of_patient(invoice.patient),
        "insured": _of_insured(invoice.case, invoice.patient) if invoice.case else None,
        "insurer": _of_insurer(invoice.payer) if invoice.payer else None,
        "case": _of_case(invoice.case) if invoice.case else None,
        "practice": {
            "name": practice.us_name or practice.name,
            "address": practice.us_address or practice.address,
            "phone": practice.phone,
            "npi": practice.npi,
            "tax_id": practice.tax_id,
            "tax_id_kind": practice.tax_id_kind,
        },
        "providers": {str(one.pk): _of_provider(one) for one in sorted(practitioners, key=lambda one: one.pk)},
        "lines": {
            str(line.position): {"provider": line.treatment.practitioner_id if line.treatment else None}
            for line in lines
        },
    }


def _of_patient(patient: Patient) -> dict[str, Any]:
    return {
        "first": patient.first_name,
        "last": patient.last_name,
        "date_of_birth": patient.date_of_birth.isoformat(),
        "sex": SEXES.get(patient.sex, ""),
        "address": patient.address,
        "phone": patient.phone,
    }


def _of_insured(case: Case, patient: Patient) -> dict[str, Any]:
    born = case.insured_date_of_birth
    relationship = case.insured_relationship or ("other" if case.insured_name else "self")
    return {
        "relationship": relationship,
        "name": case.insured_name if relationship != "self" else "",
        "date_of_birth": born.isoformat() if born and relationship != "self" else None,
        "policy_number": case.policy_number,
        "group": case.policy_group,
        "plan": case.policy_plan,
    }


def _of_insurer(payer: Payer) -> dict[str, Any]:
    return {"name": payer.name, "address": payer.address, "payer_code": payer.payer_code, "us_style": payer.us_style}


def _of_case(case: Case) -> dict[str, Any]:
    return {
        "caused_by": case.caused_by,
        "accident_state": case.accident_state,
        "referrer": case.referrer,
        "authorization": case.approval_number,
    }


def _of_provider(practitioner: Practitioner) -> dict[str, Any]:
    user = practitioner.user
    return {
        "name": practitioner.display_name,
        "first": user.first_name if user else "",
        "last": user.last_name if user else "",
        "npi": practitioner.npi,
        "licence": practitioner.registration_number,
    }


def claim_of(invoice: Invoice, *, paid: Decimal = NOTHING) -> UsClaim:
    """The claim an issued invoice makes. Raises 422 `no_us_particulars`, `diagnosis_pointer_nowhere`."""
    return claim_from(invoice.particulars, number=invoice.label, issued_on=invoice.issued_on, paid=paid)


def claim_from(said: dict[str, Any], *, number: str, issued_on: date, paid: Decimal = NOTHING) -> UsClaim:
    """As `claim_of`, from an invoice's particulars or a part of them."""
    if "us" not in said:
        raise Refusal(
            "no_us_particulars",
            "This invoice says too little for a US paper. Enter the practice's NPI, credit it and issue it anew.",
            field="subject",
        )
    us, case = said["us"], said["case"] or {}
    diagnoses = tuple(
        UsDiagnosis(code=row["code"], description=row["description"])
        for row in case.get("diagnoses", [])
        if row["system"] == "icd10cm"
    )
    patient = _patient(us["patient"])
    lines = tuple(_line(line, us, len(diagnoses)) for line in said["lines"])
    about = us["case"] or {"caused_by": "", "accident_state": "", "referrer": "", "authorization": ""}
    return UsClaim(
        number=number,
        issued_on=issued_on,
        insurer=_insurer(us["insurer"]) if us["insurer"] else None,
        insured=_insured(us["insured"], patient) if us["insured"] and us["insured"]["policy_number"] else None,
        patient=patient,
        patient_lines=tuple(us["patient"]["address"].splitlines()),
        billing=_billing(us["practice"]),
        diagnoses=diagnoses,
        lines=lines,
        onset_on=date.fromisoformat(case["date_of_injury"]) if case.get("date_of_injury") else None,
        accident=about["caused_by"],
        accident_state=about["accident_state"],
        referrer=about["referrer"],
        authorization=about["authorization"],
        paid=paid,
        signed_by=next((line.provider.display_name for line in lines), ""),
    )


def _patient(said: dict[str, Any]) -> Person:
    return Person(
        name=PersonName(last=said["last"], first=said["first"]),
        date_of_birth=date.fromisoformat(said["date_of_birth"]),
        sex=said["sex"],
        address=parsed(said["address"]),
        phone=said["phone"],
    )


def _insured(said: dict[str, Any], patient: Person) -> Insured:
    person = patient
    if said["relationship"] != "self":
        born = said["date_of_birth"]
        person = Person(name=named(said["name"]), date_of_birth=date.fromisoformat(born) if born else None)
    return Insured(
        person=person,
        policy_number=said["policy_number"],
        relationship=said["relationship"],
        group=said["group"],
        plan=said["plan"],
    )


def _insurer(said: dict[str, Any]) -> Insurer:
    return Insurer(name=said["name"], payer_code=said["payer_code"], address=parsed(said["address"]))


def _billing(said: dict[str, Any]) -> BillingProvider:
    return BillingProvider(
        name=said["name"],
        address=parsed(said["address"]),
        phone=said["phone"],
        npi=said["npi"],
        tax_id=said["tax_id"],
        tax_id_kind=said["tax_id_kind"],
    )


def _line(said: dict[str, Any], us: dict[str, Any], diagnoses: int) -> UsLine:
    key = us["lines"][str(said["position"])]["provider"]
    provider = us["providers"][str(key)] if key else {"name": "", "first": "", "last": "", "npi": "", "licence": ""}
    pointers = [place - 1 for place in said.get("diagnosis_pointers", [])] or range(min(diagnoses, MOST_POINTERS))
    if any(place >= diagnoses for place in pointers):
        raise Refusal(
            "diagnosis_pointer_nowhere",
            f"Line {said['position']} points to a diagnosis that the case does not have.",
        )
    return UsLine(
        service_on=date.fromisoformat(said["service_on"]),
        code=said["service_code"],
        charge=Decimal(said["amount_excl"]) + Decimal(said["gst"]),
        units=int(Decimal(said["quantity"])) if said["unit"] == "units" else 1,
        provider=Provider(
            name=_provider_name(provider),
            display_name=provider["name"],
            npi=provider["npi"],
            licence=provider["licence"],
        ),
        pointers=tuple(pointers),
        modifiers=tuple(said.get("modifiers", [])),
        description=said["description"],
    )


def _provider_name(said: dict[str, Any]) -> PersonName:
    return PersonName(last=said["last"], first=said["first"]) if said["last"] else named(said["name"])


def named(text: str) -> PersonName:
    """`Parata, Hana` or `Hana Parata`; letters after a name's comma such as `Hana Parata, LAc` are a title."""
    before, _, after = text.partition(",")
    if after and " " not in before.strip():
        return PersonName(last=before.strip(), first=after.strip())
    *first, last = before.split() or [""]
    return PersonName(last=last, first=" ".join(first))
