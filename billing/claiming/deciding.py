"""What a person decides about a line that was not paid whole, and about money that belongs to nothing we know."""

from datetime import datetime
from decimal import Decimal

from billing.adjusting import crediting, writing_off
from billing.claiming import preparing, remitting, stepping
from billing.claiming.remittance_rows import Row
from billing.models import BilledPart, Claim, ClaimLine, CreditNote, Invoice, InvoiceLine, RemittanceRow
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import User
from clinic.money import ZERO

Resolution = ClaimLine.Resolution


def bill_to_patient(*, line: ClaimLine, reason: str, by: User, now: datetime) -> Invoice:
    """Credits the payer what it did not pay of a line, and drafts an invoice of that to the patient, or to whoever
    holds their account.

    Raises 409 `nothing_to_decide`, 422 `reason_missing`, and what crediting raises.
    """
    with acting(by, reason="bill to patient"):
        line = _undecided(line)
        charged = line.invoice_line
        part = crediting.Part(line=charged, total=rest_of(line))
        note = crediting.credit(invoice=charged.invoice, parts=[part], reason=_said(reason), by=by, now=now)
        invoice = _draft_to_patient(line, note)
        _resolve(line, Resolution.BILLED_TO_PATIENT, by, now)
    return invoice


def write_off(*, line: ClaimLine, reason: str, by: User, now: datetime) -> ClaimLine:
    """Gives up what the payer did not pay of a line. Raises 409 `nothing_to_decide`, 422 `reason_missing`, and what
    writing off raises."""
    with acting(by, reason="write off"):
        line = _undecided(line)
        writing_off.write_off(
            invoice=line.invoice_line.invoice, amount=rest_of(line), reason=_said(reason), by=by, now=now
        )
        _resolve(line, Resolution.WRITTEN_OFF, by, now)
    return line


def claim_again(*, line: ClaimLine, by: User, now: datetime) -> Claim:
    """Puts a declined or reversed line on a new draft, which carries its chain on. Raises 409 `nothing_to_decide`,
    `still_live` for what was paid in part, and what preparing a claim raises."""
    with acting(by, reason="claim again"):
        line = _undecided(line)
        if line.is_live:
            detail = "What was paid in part stays on its claim. Bill the rest to the patient, or write it off."
            raise Conflict("still_live", detail)
        return preparing.prepare(payer=line.claim.payer, treatments=[line.invoice_line.treatment_id], by=by, now=now)


def rest_of(line: ClaimLine) -> Decimal:
    return line.claimed - (line.awarded or ZERO)


def _said(reason: str) -> str:
    if not reason.strip():
        raise Refusal("reason_missing", "Say why.", field="reason")
    return reason.strip()


def _undecided(line: ClaimLine) -> ClaimLine:
    """The line under its lock, and its claim's."""
    Claim.objects.select_for_update(no_key=True).only("pk").get(pk=line.claim_id)
    ClaimLine.objects.select_for_update(no_key=True).only("pk").get(pk=line.pk)
    rows = ClaimLine.objects.select_related(
        "claim__payer", "invoice_line__service", "invoice_line__invoice__patient__account_holder"
    )
    row = rows.get(pk=line.pk)
    if row.state not in ClaimLine.UNDECIDED or row.resolution:
        detail = row.get_resolution_display() if row.resolution else row.get_state_display()
        raise Conflict("nothing_to_decide", f"There is nothing to decide about this line: {detail.lower()}.")
    if row.claim.lines.filter(resubmission_of=row).exists() or hasattr(row, "resubmitted_as"):
        raise Conflict("nothing_to_decide", "This line is on another claim that is being prepared. Take it off first.")
    return row


def _draft_to_patient(line: ClaimLine, note: CreditNote) -> Invoice:
    """With the amounts that were credited: what was one party's part is now the other's. It is the payer's part still,
    so that it cannot be billed a second time once this is on an invoice."""
    was, credited = line.invoice_line, note.lines.get()
    patient = was.invoice.patient
    invoice = Invoice.objects.create(patient=patient, billed_to=patient.account_holder, case=was.invoice.case)
    charged = InvoiceLine.objects.create(
        invoice=invoice,
        position=1,
        treatment=was.treatment,
        service=was.service,
        share=was.share,
        service_on=was.service_on,
        description=f"{was.description}, not paid by {line.claim.payer}"[:200],
        minutes=was.minutes,
        amount_excl=credited.amount_excl,
        gst=credited.gst,
    )
    if not BilledPart.objects.filter(line=was).exists():
        BilledPart.objects.create(line=charged, treatment=was.treatment, share=was.share, service=was.service)
    return invoice


def _resolve(line: ClaimLine, resolution: str, by: User, now: datetime) -> None:
    line.resolution, line.resolved_at, line.resolved_by = resolution, now, by
    line.save(update_fields=["resolution", "resolved_at", "resolved_by", "updated_at"])
    stepping.settle(Claim.objects.select_for_update(no_key=True).get(pk=line.claim_id))


def settle_row(
    *, row: RemittanceRow, line: ClaimLine | None, note: str = "", by: User, now: datetime
) -> RemittanceRow:
    """What an unknown row was about: a line of the same payer, on which it is then noted, paid from the credit that it
    became; or with no line, nothing of ours, and `note` says what was done.

    Raises 409 `row_settled`, `line_does_not_fit`, 422 `line_of_another_payer`, `reason_missing`.
    """
    with acting(by, reason="settle"):
        rows = RemittanceRow.objects.select_for_update(of=("self",), no_key=True)
        row = rows.select_related("remittance__payment").get(pk=row.pk)
        if row.outcome != RemittanceRow.Outcome.UNKNOWN:
            raise Conflict("row_settled", "What this row is about is known already.")
        if line is None and not note.strip():
            raise Refusal("reason_missing", "Say what was done about it.", field="note")
        row.outcome, row.settled_at, row.settled_by = RemittanceRow.Outcome.SETTLED, now, by
        row.settled_note, row.line = note.strip(), line
        row.save()
        if line is not None:
            _note_on(line, row, by, now)
    return row


def _note_on(line: ClaimLine, row: RemittanceRow, by: User, now: datetime) -> None:
    Claim.objects.select_for_update(no_key=True).only("pk").get(pk=line.claim_id)
    rows = ClaimLine.objects.select_related("claim", "invoice_line__invoice", "resubmitted_as__claim")
    line = rows.select_for_update(of=("self",), no_key=True).get(pk=line.pk)
    if line.claim.payer_id != row.remittance.payer_id:
        raise Refusal("line_of_another_payer", "This line was claimed from another payer.", field="line")
    given = Row(status=row.status, awarded=row.awarded)
    if line.state == ClaimLine.State.SELECTED or (problem := remitting.why_not(line, given)):
        words = problem if line.state != ClaimLine.State.SELECTED else "This line is not submitted yet."
        raise Conflict("line_does_not_fit", words)
    remitting.note_late(line, row, by=by, now=now)
    stepping.settle(Claim.objects.select_for_update(no_key=True).get(pk=line.claim_id))
