"""ACC treatment schedule: what one payer invoice or one claim batch asks ACC to pay, line by line.

The items are those of ACC's electronic invoice (specification v09 of December 2017: vendor, schedule header, line,
provider, patient, billing, trailer); a schedule holds at most 200 lines.
"""

from collections.abc import Iterator

from billing.pdf.invoice import count
from billing.pdf.values import AccLine, AccSchedule
from clinic.blocks import Block, Column, Fields, Signature, Table, Text, Together, Totals
from clinic.pdf import A4, Sheet, money

TITLE = "ACC treatment schedule"


def title(schedule: AccSchedule) -> str:
    return TITLE


def story(schedule: AccSchedule, *, paper: Sheet = A4) -> list[Block | Together]:
    rows = [_row(line, schedule, paper) for line in schedule.lines]
    return [
        Fields(_about(schedule, paper)),
        Table(_columns(schedule), rows, dense=True, empty="No lines."),
        Together(
            Totals(_trailer(schedule)),
            Text(schedule.declaration, gap=1.5),
            Signature(
                [
                    ("Signature", "", 2),
                    ("Name", schedule.declared_by, 2),
                    ("Declaration date", paper.date(schedule.declared_on), 2),
                ]
            ),
        ),
    ]


def _about(schedule: AccSchedule, paper: Sheet) -> Iterator[tuple[str, str, int]]:
    vendor = schedule.vendor
    yield "To", "\n".join([schedule.recipient.name, *schedule.recipient.address]), 3
    yield "Schedule number", schedule.schedule_number, 1
    yield "Declaration date", paper.date(schedule.declared_on), 2
    yield "Vendor", "\n".join([vendor.name, *vendor.address]), 3
    yield "Vendor ID", vendor.vendor_id, 1
    yield "GST number", vendor.gst_number if schedule.gst_registered else "Not registered", 1
    yield "Phone", vendor.phone, 1
    if schedule.contract_id:
        yield "Contract", schedule.contract_id, 1
    if schedule.comment:
        yield "Comment", schedule.comment, 3


def _columns(schedule: AccSchedule) -> list[Column]:
    amounts = [Column("Excl. GST", 14.5, "money"), Column("GST", 12.5, "money")] if schedule.gst_registered else []
    return [
        Column("Line", 6, "right"),
        Column(["Claim", "PO number"], 17.5),
        Column(["Patient", "NHI, born"]),
        Column(["Injury", "Read code, side"]),
        Column(["Service", "Provider"]),
        *amounts,
        Column("Amount", 15.5, "money"),
    ]


def _row(line: AccLine, schedule: AccSchedule, paper: Sheet) -> list[str | list[str]]:
    diagnosis = line.diagnosis
    amounts = [money(line.amount_excl), money(line.gst)] if schedule.gst_registered else []
    return [
        str(line.number),
        [line.claim_number, f"PO {line.purchase_order_number}" if line.purchase_order_number else ""],
        [line.patient_name, line.nhi, f"born {paper.date(line.date_of_birth)}"],
        [paper.date(line.date_of_injury), f"{diagnosis.code} {diagnosis.side}".strip(), diagnosis.description],
        [
            paper.date(line.service_on),
            f"{line.service_code} · {line.billing_method} × {count(line.value)}",
            line.description,
            f"{line.provider_name} · {line.provider_id}",
            line.comment,
        ],
        *amounts,
        money(line.total),
    ]


def _trailer(schedule: AccSchedule) -> Iterator[tuple[str, str, bool]]:
    yield "Number of lines", str(len(schedule.lines)), False
    if schedule.gst_registered:
        yield "Total excluding GST", money(schedule.amount_excl), False
        yield "GST", money(schedule.gst), False
    yield "Total claimed" + (" including GST" if schedule.gst_registered else ""), money(schedule.total), True
