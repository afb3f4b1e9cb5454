"""The day in the treatment room and afterwards: arrival, note, signature, bills and papers."""

import hashlib
import io
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from pypdf import PdfReader

from frontdesk.demo.steps import Day, Row
from frontdesk.demo.steps_at_the_desk import name_of
from frontdesk.demo.visitor import expect, until

Lines = Iterator[str]

GST = Decimal("0.15")
FACE_TO_FACE = 35
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NEEDLE = {"gauge": "0.25x40", "retention_minutes": 25, "deqi": True}


def arrive(day: Day) -> Lines:
    for step, status in (("arrive", "arrived"), ("start", "in_treatment")):
        row = day.practitioner.post(f"appointments/{day.appointment['id']}/{step}/", status=200)
        expect(row["status"], status, f"The status after {step}")
        yield f"{step}: {row['status']}"


def chart(day: Day) -> Lines:
    day.treatment = day.practitioner.post(
        "treatments/",
        appointment=day.appointment["id"],
        patient=day.patient["id"],
        practitioner=day.treats["id"],
        case=day.case["id"],
        started_at=day.now().isoformat(timespec="seconds"),
        complaint="Pain deep in the right buttock and over the outer hip since a fall.",
        subjective="7/10 on stairs. Wakes when turning onto the right side. No numbness.",
        objective="Tender over gluteus medius and greater trochanter. Straight leg raise clear.",
        assessment="Sprain of the hip with gluteal tendinitis. 气滞血瘀, Gallbladder channel.",
        plan="Weekly for six weeks. Side-lying with a pillow between the knees.",
        tongue={"body_colour": "dusky", "note": "Slight."},
        pulse={"qualities": ["wiry"]},
        patterns=["Qi and blood stagnation"],
        needlings=[
            {"point": "GB29", "side": "right", "depth_mm": 40, "needles_in": 1, "needles_out": 1, **NEEDLE},
            {"point": "GB30", "side": "right", "depth_mm": 60, "needles_in": 1, "needles_out": 1, **NEEDLE},
            {"point": "GB34", "side": "both", "depth_mm": 30, "needles_in": 2, "needles_out": 2, **NEEDLE},
        ],
        cuppings=[{"kind": "fire", "sites": "Right buttock", "minutes": 8, "cups": 2, "marks": "Purple"}],
        moxibustions=[{"kind": "needle", "point": "GB30", "minutes": 10}],
        face_to_face_minutes=FACE_TO_FACE,
        needles_in=4,
        needles_out=3,
    )
    points = ", ".join(f"{row['point']} {row['side']}" for row in day.treatment["needlings"])
    yield f"note {day.treatment['id']}, {day.treatment['status']}: {points}"
    cups, moxa = day.treatment["cuppings"][0], day.treatment["moxibustions"][0]
    yield f"{cups['cups']} cups; moxa on the needle at {moxa['point']}"


def sign(day: Day) -> Lines:
    path = f"treatments/{day.treatment['id']}/"
    problem = day.practitioner.refused("POST", f"{path}sign/", status=422, code="needles_unaccounted")
    yield f"422 {problem['code']}: {problem['detail']}"
    day.practitioner.patch(path, needles_out=4)
    day.treatment = day.practitioner.post(f"{path}sign/", status=200)
    expect(day.treatment["status"], "signed", "The status of the note")
    expect(day.practitioner.get(f"{path}verify/")["verified"], True, "That the note is as it was signed")
    visit = day.practitioner.get(f"appointments/{day.appointment['id']}/")
    expect(visit["status"], "completed", "The status of the visit")
    signed_at, digest = day.treatment["signed_at"], day.treatment["content_hash"]
    yield f"4 in, 4 out: signed at {signed_at}; hash {digest[:16]}..., verified"


def try_to_change(day: Day) -> Lines:
    path = f"treatments/{day.treatment['id']}/"
    problem = day.practitioner.refused("PATCH", path, status=409, code="note_signed", json={"plan": "Nothing"})
    yield f"409 {problem['code']}: {problem['detail']}"
    problem = day.desk.refused("GET", path, status=403, code="permission_denied")
    yield f"the front desk: 403 {problem['code']}"


def bill(day: Day) -> Lines:
    rate, service = _rate(day)
    hours = _cents(Decimal(FACE_TO_FACE) / 60)
    excl = _cents(Decimal(rate["amount"]) * hours)
    day.acc_invoice = _bill(day, payer=day.case["payer"], amounts=(excl, _cents(excl * GST)))
    yield f"to ACC: {_in_words(day.acc_invoice)} ({hours} hours of {service} at {rate['amount']})"
    total = Decimal(rate["surcharge"])
    excl = total - _cents(total * 3 / 23)  # the part of the tax in a price that holds it, at 15 per cent
    day.own_invoice = _bill(day, payer=None, amounts=(excl, total - excl))
    yield f"to {name_of(day.patient)}: {_in_words(day.own_invoice)}"
    path = f"invoices/{day.own_invoice['id']}/"
    problem = day.desk.refused("PATCH", path, status=409, code="invoice_issued", json={"note": "Half price"})
    yield f"changed afterwards: 409 {problem['code']}"
    again = {"treatments": [day.treatment["id"]], "payer": day.case["payer"]}
    problem = day.desk.refused("POST", "invoices/", status=409, code="already_billed", json=again)
    yield f"billed twice: 409 {problem['code']}"


def _rate(day: Day) -> tuple[Row, str]:
    """ACC's rate of today for this kind of visit, and the service's code."""
    services = day.desk.get("services/", page_size=200)["results"]
    service = next(row for row in services if day.kind["id"] in row["appointment_types"])
    rates = day.desk.get("rates/", service=service["id"], payer=day.case["payer"], page_size=200)["results"]
    today = str(day.today())
    rate = next(row for row in rates if row["valid_from"] <= today <= (row["valid_to"] or today))
    expect(rate["unit"], "hourly", "The unit of ACC's rate")
    return rate, service["code"]


def _bill(day: Day, *, payer: int | None, amounts: tuple[Decimal, Decimal]) -> Row:
    draft = day.desk.post("invoices/", treatments=[day.treatment["id"]], payer=payer)
    expect(draft["number"], None, "The number of a draft")
    invoice = day.desk.post(f"invoices/{draft['id']}/issue/", status=200)
    expect((Decimal(invoice["amount_excl"]), Decimal(invoice["gst"])), amounts, "Amount and GST")
    return invoice


def _in_words(invoice: Row) -> str:
    return f"{invoice['label']}, {invoice['amount_excl']} + {invoice['gst']} GST = {invoice['total']}"


def print_papers(day: Day) -> Lines:
    claim = [day.case["claim_number"], _day(day.case["date_of_injury"]), "S532."]
    wanted = [
        ("acc_schedule", day.acc_invoice, [*claim, day.patient["nhi"]]),
        ("invoice", day.acc_invoice, [*claim, "N2152", "35 min"]),
        ("invoice", day.own_invoice, [name_of(day.patient)]),
    ]
    for kind, invoice, words in wanted:
        said = [*words, invoice["label"], _day(day.today()), invoice["amount_excl"], invoice["gst"], invoice["total"]]
        document, pages = _paper(day, kind, invoice["id"])
        text = "\n".join(page.extract_text() for page in pages)
        missing = [word for word in said if word not in text]
        expect(missing, [], f"What is missing on {document['title']!r}")
        yield f"{document['title']}: {document['size']} bytes, {len(pages)} page, shows {', '.join(said)}"


def _paper(day: Day, kind: str, subject: int) -> tuple[Row, list]:
    """Asks for a paper, waits for the worker, and opens the file."""
    asked = day.desk.ask("POST", "documents/", status=202, json={"kind": kind, "subject": subject})
    document = until(
        lambda: (row := day.desk.get(f"documents/{asked['id']}/"))["state"] in {"ready", "failed"} and row,
        seconds=90,
        what=f"The drawing of {kind}",
        pause=0.2,
    )
    expect(document["state"], "ready", f"The state of {kind}")
    content = day.desk.get(f"documents/{document['id']}/file/").content
    expect(hashlib.sha256(content).hexdigest(), document["sha256"], "The digest of the file")
    again = day.desk.ask("POST", "documents/", status=202, json={"kind": kind, "subject": subject})
    expect(again["id"], document["id"], "The paper that is asked for a second time")
    return document, PdfReader(io.BytesIO(content)).pages


def _day(day: date | str) -> str:
    """As the papers write it: 24 Nov 2026."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
