"""Drafting and issuing. A treatment is billed in parts, one invoice to each party that owes one.

Issuing takes the next number from a locked counter, writes down everything the paper will say, and chains its hash
to the invoice before. From then on the database refuses every change.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from appointments.models import Appointment
from billing import lines, particulars
from billing.lines import Sale
from billing.models import BilledPart, Counter, Invoice, InvoiceLine, PackageUse
from billing.payments import allocating, prepaying
from billing.us import checking as us_checking
from clinic import chain
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, User
from patients.models import Case, Patient, Payer
from treatments.models import Treatment

COUNTER = "invoice"
# Of a line's particulars, those that other rows hold: they may change after the issue, the line may not.
OF_OTHER_ROWS = {"service_code": "", "practitioner": "", "acc_provider_id": ""}


def draft(
    *,
    treatments: Sequence[Treatment] = (),
    products: Sequence[Sale] = (),
    missed: Sequence[Appointment] = (),
    patient: Patient | None = None,
    payer: Payer | None = None,
    by: User,
    now: datetime,
) -> Invoice:
    """An invoice to `payer`, or where it is None, to the patient or whoever holds their account.

    `patient` need be said only for products by themselves. Raises 409 `already_billed`, 422 `note_not_signed`,
    `different_patients`, `payer_of_no_case`, `nothing_to_bill`, `patient_missing`, `fee_is_the_patients`, and what
    `billing.lines` refuses. Only what billing may know of a note is read: its date, its minutes, that it is signed.
    """
    practice = Practice.objects.current()
    whose = _whose(treatments, products, missed, patient)
    case = treatments[0].case if treatments else None
    _refuse_debtor(payer, case, missed)
    with acting(by):
        invoice = Invoice.objects.create(
            patient=whose, payer=payer, billed_to=whose.account_holder if payer is None else None, case=case
        )
        today = now.astimezone(practice.zone).date()
        found = [
            *lines.of_treatments(treatments, payer=payer, practice=practice),
            *lines.of_missed(missed, practice=practice),
            *lines.of_products(products, payer=payer, case=case, practice=practice, today=today),
        ]
        if not found:
            raise Refusal(
                "nothing_to_bill", f"Somebody else pays for this: there is nothing for {payer or whose} to pay."
            )
        prepaid = [] if payer or (case and case.payer) else [line for line in found if line.treatment]
        uses = list(prepaying.cover(patient=whose, lines=prepaid))
        _store(invoice, found)
        PackageUse.objects.bulk_create(uses)
    return invoice


def _store(invoice: Invoice, found: Sequence[InvoiceLine]) -> None:
    for position, line in enumerate(found, 1):
        line.invoice, line.position = invoice, position
    InvoiceLine.objects.bulk_create(found)
    BilledPart.objects.bulk_create(
        BilledPart(
            line=line, treatment=line.treatment, appointment=line.appointment, share=line.share, service=line.service
        )
        for line in found
        if line.treatment or line.appointment
    )


def _whose(
    treatments: Sequence[Treatment], products: Sequence[Sale], missed: Sequence[Appointment], patient: Patient | None
) -> Patient:
    """Whom the invoice is about: one patient, and of treatments one case."""
    if not (treatments or products or missed):
        raise Refusal("nothing_to_bill", "Choose at least one treatment, product or missed visit.")
    if any(not treatment.is_signed for treatment in treatments):
        raise Refusal("note_not_signed", "Only signed treatments are billed.", field="treatments")
    people = {row.patient_id: row.patient for row in [*treatments, *missed]} | (
        {patient.pk: patient} if patient else {}
    )
    if len(people) > 1 or len({treatment.case_id for treatment in treatments}) > 1:
        raise Refusal("different_patients", "An invoice is for one patient and one case.", field="treatments")
    if not people:
        raise Refusal("patient_missing", "Say who this is for.", field="patient")
    return next(iter(people.values()))


def _refuse_debtor(payer: Payer | None, case: Case | None, missed: Sequence[Appointment]) -> None:
    if payer is None:
        return
    if case is None or payer.pk not in {case.payer_id, case.contribution_payer_id}:
        raise Refusal("payer_of_no_case", f"{payer} does not pay for this case.", field="payer")
    if missed:
        raise Refusal("fee_is_the_patients", "The fee for a missed visit is the patient's to pay.", field="missed")


def discard(*, invoice: Invoice, by: User, now: datetime) -> None:
    """Throws a draft away. Raises 409 `invoice_issued`, `on_a_claim`."""
    with acting(by):
        draft = locked_draft(invoice)
        if draft.lines.filter(claim_lines__isnull=False).exists():
            raise Conflict("on_a_claim", "This draft is on a claim that is being prepared. Take it off there first.")
        draft.delete()


def issue(*, invoice: Invoice, by: User, now: datetime) -> Invoice:
    """Gives the invoice its number and freezes it; deposits for its visits pay it. Raises 409 `invoice_issued`,
    422 `nothing_to_bill`."""
    practice = Practice.objects.current()
    with acting(by, reason="issue"):
        invoice = locked_draft(invoice)
        billed = list(invoice.lines.select_related("service", "treatment__practitioner__user").order_by("position"))
        if not billed:
            raise Refusal("nothing_to_bill", "This invoice has no lines.")
        counter = Counter.objects.locked(COUNTER)
        today = now.astimezone(practice.zone).date()
        invoice.number = counter.last + 1
        invoice.status = Invoice.Status.ISSUED
        invoice.issued_at, invoice.issued_by, invoice.issued_on = now, by, today
        invoice.due_on = today + timedelta(days=practice.payment_days)
        invoice.particulars = particulars.of_invoice(invoice, billed, practice)
        if invoice.payer and invoice.payer.us_style:
            us_checking.refuse_unfit(invoice)
        invoice.previous_hash = counter.last_hash or chain.BEGINNING
        invoice.content_hash = chain.link(content_of(invoice), previous=invoice.previous_hash)
        invoice.save()
        counter.advance(invoice.content_hash)
        prepaying.sell(invoice=invoice, lines=billed, today=today)
        allocating.use_deposits(invoice=invoice, by=by, now=now)
    return invoice


def locked_draft(invoice: Invoice) -> Invoice:
    Invoice.objects.select_for_update(no_key=True).only("pk").get(pk=invoice.pk)
    row = Invoice.objects.select_related("patient", "payer", "billed_to", "case").get(pk=invoice.pk)
    if row.status != Invoice.Status.DRAFT:
        raise Conflict("invoice_issued", "This invoice is issued. Credit it instead.")
    return row


def content_of(invoice: Invoice) -> dict[str, Any]:
    """What the hash covers: whose the invoice is, its number, its days, and everything the paper says."""
    return {
        "id": invoice.pk,
        "patient_id": invoice.patient_id,
        "payer_id": invoice.payer_id,
        "case_id": invoice.case_id,
        "issued_at": invoice.issued_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "issued_by": invoice.issued_by_id,
        "number": invoice.number,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
        "note": invoice.note,
        **({"billed_to_id": invoice.billed_to_id} if invoice.billed_to_id else {}),
        **invoice.particulars,
    }


def verify(invoice: Invoice) -> dict[str, Any]:
    """Whether an issued invoice, its lines and its place in the chain are as they were issued."""
    if invoice.status != Invoice.Status.ISSUED:
        raise Conflict("invoice_not_issued", "This invoice is a draft: there is nothing to verify.")
    rows = list(invoice.lines.select_related("service", "treatment__practitioner__user").order_by("position"))
    kept = [{**said, **OF_OTHER_ROWS} for said in invoice.particulars["lines"]]
    now_says = [{**particulars.of_line(line), **OF_OTHER_ROWS} for line in rows]
    before = Invoice.objects.filter(number=invoice.number - 1).values_list("content_hash", flat=True).first()
    checks = {
        "content": invoice.content_hash == chain.link(content_of(invoice), previous=invoice.previous_hash),
        "lines": kept == now_says,
        "chain": invoice.previous_hash == (chain.BEGINNING if invoice.number == 1 else before),
    }
    return {"verified": all(checks.values()), "checks": checks, "content_hash": invoice.content_hash}
