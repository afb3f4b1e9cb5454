"""Treatment schedule: what one invoice to a payer or one claim asks to be paid, line by line.

To ACC its items are those of ACC's electronic invoice (specification v09 of December 2017: vendor, schedule header,
line, provider, patient, billing, trailer); such a schedule holds at most 200 lines.
"""

from collections.abc import Iterator

from billing.pdf.invoice import count
from billing.pdf.values import Schedule, ScheduleLine
from clinic.blocks import Block, Column, Fields, Signature, Table, Text, Together, Totals
from clinic.pdf import A4, Sheet, money


def title(schedule: Schedule) -> str:
    return "ACC treatment schedule" if schedule.to_acc else "Treatment schedule"


def story(schedule: Schedule, *, paper: Sheet = A4) -> list[Block | Together]:
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


def _about(schedule: Schedule, paper: Sheet) -> Iterator[tuple[str, str, int]]:
    vendor = schedule.vendor
    yield "To", "\n".join([schedule.recipient.name, *schedule.recipient.address]), 3
    yield "Schedule number", schedule.schedule_number, 1
    yield "Declaration date", paper.date(schedule.declared_on), 2
    yield "Vendor" if schedule.to_acc else "From", "\n".join([vendor.name, *vendor.address]), 3
    if schedule.to_acc:
        yield "Vendor ID", vendor.vendor_id, 1
    if not paper.month_first:
        yield "GST number", vendor.gst_number if schedule.gst_registered else "Not registered", 1
    yield "Phone", vendor.phone, 1
    if schedule.contract_id:
        yield "Contract", schedule.contract_id, 1
    if schedule.comment:
        yield "Comment", schedule.comment, 3


def _columns(schedule: Schedule) -> list[Column]:
    amounts = [Column("Excl. GST", 14.5, "money"), Column("GST", 12.5, "money")] if schedule.gst_registered else []
    claim = ["Claim", "PO number"] if schedule.to_acc else ["Claim", "Policy, order"]
    return [
        Column("Line", 6, "right"),
        Column(claim, 17.5 if schedule.to_acc else 24),
        Column(["Patient", "NHI, born"] if schedule.to_acc else ["Patient", "Born"]),
        Column(["Injury", "Read code, side"] if schedule.to_acc else ["Diagnosis", "Code, side"]),
        Column(["Service", "Provider"]),
        *amounts,
        Column("Amount", 15.5, "money"),
    ]


def _row(line: ScheduleLine, schedule: Schedule, paper: Sheet) -> list[str | list[str]]:
    amounts = [money(line.amount_excl), money(line.gst)] if schedule.gst_registered else []
    return [
        str(line.number),
        _numbers(line),
        [line.patient_name, line.nhi, f"born {paper.date(line.date_of_birth)}"],
        _injury(line, schedule, paper),
        [
            paper.date(line.service_on),
            f"{line.service_code} · {line.billing_method} × {count(line.value)}",
            line.description,
            " · ".join(filter(None, [line.provider_name, line.provider_id])),
            line.comment,
        ],
        *amounts,
        money(line.total),
    ]


def _numbers(line: ScheduleLine) -> list[str]:
    policy = f"Policy {line.policy_number}" if line.policy_number else ""
    order = f"PO {line.purchase_order_number}" if line.purchase_order_number else ""
    return [line.claim_number, policy, order] if line.claim_number or not policy else [policy, order]


def _injury(line: ScheduleLine, schedule: Schedule, paper: Sheet) -> list[str]:
    code = f"{line.diagnosis.code} {line.diagnosis.side}".strip()
    if schedule.to_acc:
        return [paper.date(line.date_of_injury), code, line.diagnosis.description]
    injured = f"injured {paper.date(line.date_of_injury)}" if line.date_of_injury else ""
    return [code, line.diagnosis.description, injured]


def _trailer(schedule: Schedule) -> Iterator[tuple[str, str, bool]]:
    yield "Number of lines", str(len(schedule.lines)), False
    if schedule.gst_registered:
        yield "Total excluding GST", money(schedule.amount_excl), False
        yield "GST", money(schedule.gst), False
    yield "Total claimed" + (" including GST" if schedule.gst_registered else ""), money(schedule.total), True
