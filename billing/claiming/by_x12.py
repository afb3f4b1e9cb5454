"""Claims to US insurers as 837P files, which lie in the storage for whoever carries them to the clearing house.

What the file says, its control number and its clock are written down when the claim is submitted, so that each try
writes the same bytes to the same place.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings

from billing.claiming import files
from billing.claiming.by_file import Carried
from billing.claiming.channels import Batch, Receipt, Refused
from billing.models import Claim, ClaimLine, Counter
from billing.pdf.us_values import TooManyDiagnoses
from billing.us.checking import too_many, unwritable
from billing.us.particulars import claim_from
from billing.us.text import Unwritable
from billing.us.x12.envelope import Envelope
from billing.us.x12.professional import claim_file
from billing.us.x12.segments import Unfit
from clinic.errors import Refusal
from clinic.models import Practice
from patients.models import Payer

COUNTER = "x12"


class X12File(Carried):
    def submit(self, batch: Batch) -> Receipt:
        if "x12" not in batch.content:
            raise Refused("channel_changed", "This claim was made for another way of sending. Prepare it anew.")
        files.keep(key=batch.key, channel="x12", content=file_of(batch.content))
        return Receipt(reference=str(batch.content["x12"]["control_number"]))


def beside(claim: Claim, lines: Sequence[ClaimLine], practice: Practice) -> dict[str, Any]:
    """Under `x12`, what the file says beside the claim itself; nothing for other ways. Takes a control number.

    Raises 422 `clearing_house_missing`, and what the file cannot do without, before the claim is submitted.
    """
    if claim.payer.claim_channel != Payer.ClaimChannel.X12:
        return {}
    if not (settings.X12_SENDER_ID and settings.X12_RECEIVER_ID and settings.X12_RECEIVER_NAME):
        raise Refusal("clearing_house_missing", "No clearing house is set up for files to US insurers yet.")
    counter = Counter.objects.locked(COUNTER)
    said = {
        "control_number": counter.advance(),
        "at": claim.submitted_at.astimezone(practice.zone).replace(tzinfo=None).isoformat(timespec="minutes"),
        "sender_id": settings.X12_SENDER_ID,
        "receiver_id": settings.X12_RECEIVER_ID,
        "receiver_name": settings.X12_RECEIVER_NAME,
        "submitter": practice.us_name or practice.name,
        "contact": str(claim.submitted_by),
        "phone": practice.phone,
        "test": not settings.X12_IN_EARNEST,
        "claims": _claims(lines),
    }
    _refuse_unfit({"x12": said})
    return {"x12": said}


def _claims(lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    """One for each invoice: its particulars with the lines that are claimed, at what is left of them."""
    by_invoice: dict[int, list[ClaimLine]] = {}
    for line in lines:
        by_invoice.setdefault(line.invoice_line.invoice_id, []).append(line)
    return [_claim(rows) for _, rows in sorted(by_invoice.items())]


def _claim(rows: Sequence[ClaimLine]) -> dict[str, Any]:
    invoice = rows[0].invoice_line.invoice
    # Read anew: the invoice was issued in this very transaction.
    invoice.refresh_from_db(fields=["number", "issued_on", "particulars"])
    claimed = {row.invoice_line.position: row.claimed for row in rows}
    lines = [
        {**line, "amount_excl": str(claimed[line["position"]]), "gst": "0.00"}
        for line in invoice.particulars["lines"]
        if line["position"] in claimed
    ]
    return {
        "number": invoice.label,
        "issued_on": invoice.issued_on.isoformat(),
        "particulars": {**invoice.particulars, "lines": lines},
    }


def file_of(content: dict[str, Any]) -> bytes:
    """The 837P file of a submitted claim, from its particulars: the same bytes each time."""
    said = content["x12"]
    envelope = Envelope(
        **{
            name: said[name]
            for name in (
                "sender_id", "receiver_id", "receiver_name", "submitter", "contact", "phone", "control_number", "test",
            )
        },
        at=datetime.fromisoformat(said["at"]),
    )  # fmt: skip
    claims = [
        claim_from(row["particulars"], number=row["number"], issued_on=date.fromisoformat(row["issued_on"]))
        for row in said["claims"]
    ]
    return claim_file(claims, envelope).encode("ascii")


def _refuse_unfit(content: dict[str, Any]) -> None:
    try:
        file_of(content)
    except Unfit as error:
        raise Refusal(error.code, error.detail) from error
    except Unwritable as error:
        raise unwritable(error) from error
    except TooManyDiagnoses as error:
        raise too_many(error) from error
