"""From a signed note to a US-style insurer's invoice and its papers: codes, units, refusals, and what is frozen."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from pypdf import PdfReader

from billing import invoicing
from billing.models import InvoiceLine, Rate, Service
from billing.us import papers as us_papers
from clinic import documents
from clinic.errors import Refusal, refusal_for
from patients.models import Case, Payer
from tests.cast import api, make_case, make_patient
from tests.pages import browser, told
from tests.papers import text
from treatments import charting, signing
from treatments.models import Needling

pytestmark = pytest.mark.django_db

RATES = {"97810": "68.00", "97811": "52.00", "97813": "75.50", "97814": "61.25"}
ICD10 = [
    {"system": "icd10cm", "code": "M76.01", "description": "Gluteal tendinitis, right hip", "side": "right"},
    {"system": "icd10cm", "code": "M54.50", "description": "Low back pain", "side": "not_applicable"},
]


@pytest.fixture
def now() -> datetime:
    """Three in the afternoon in Auckland."""
    return datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.fixture
def insurer(cast):
    payer = Payer.objects.create(
        name="Example Mutual of Oregon",
        kind="insurer",
        us_style=True,
        payer_code="EX001",
        address="PO Box 4000\nSalem OR 97301",
    )
    for code, amount in RATES.items():
        service = Service.objects.create(code=code, name=f"Code {code}", taxable=False)
        Rate.objects.create(
            service=service,
            payer=payer,
            unit="unit",
            amount=amount,
            surcharge="20.00" if code in {"97810", "97813"} else "0.00",
            valid_from=date(2020, 1, 1),
        )
    practice = cast.practice
    practice.npi, practice.tax_id, practice.tax_id_kind = "1234567893", "123456789", "ein"
    practice.us_address, practice.gst_registered, practice.gst_number = (
        "1 Sample St\nPortland OR 97205-1234",
        False,
        "",
    )
    practice.save()
    cast.mere.npi = "1234567893"
    cast.mere.save()
    return payer


@pytest.fixture
def case(cast, insurer) -> Case:
    patient = make_patient(
        first_name="Ana", last_name="Māhina", sex="female", address="4418 SE Example Ave\nPortland OR 97215"
    )
    return make_case(
        patient, kind="insurer", payer=insurer, claim_number="", diagnoses=ICD10, policy_number="XYZ9001",
        policy_group="G-1", caused_by="none", date_of_injury=date(2026, 9, 1),
    )  # fmt: skip


def treat(cast, case, now, *, minutes=38, reinsertions=2, electrical=False, sign=True, hours_ago=30):
    note = charting.begin(
        patient=case.patient, practitioner=cast.mere, case=case, started_at=now - timedelta(hours=hours_ago),
        complaint="Hip", face_to_face_minutes=minutes, reinsertions=reinsertions, needles_in=1, needles_out=1,
        needlings=[{"free_location": "Hip", "side": "right", "technique": "electro" if electrical else "even"}],
        by=cast.practitioner, now=now,
    )  # fmt: skip
    return signing.sign(treatment=note, by=cast.practitioner, now=now) if sign else note


def bill(cast, treatment, payer, now, *, issue=True):
    draft = invoicing.draft(treatments=[treatment], payer=payer, by=cast.billing, now=now)
    return invoicing.issue(invoice=draft, by=cast.billing, now=now) if issue else draft


def said(invoice) -> list[tuple]:
    return [
        (line.service.code, line.quantity, line.unit, line.amount_excl)
        for line in invoice.lines.select_related("service").order_by("position")
    ]


def refused(act) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def test_a_treatment_is_billed_by_code_and_unit_at_the_rate_of_a_unit(cast, case, insurer, now):
    invoice = bill(cast, treat(cast, case, now), insurer, now)
    assert said(invoice) == [
        ("97810", Decimal(1), "units", Decimal("68.00")),
        ("97811", Decimal(2), "units", Decimal("104.00")),
    ]


def test_a_current_on_any_needle_makes_the_electrical_codes(cast, case, insurer, now):
    assert Needling.Technique.ELECTRO == "electro"
    invoice = bill(cast, treat(cast, case, now, minutes=23, reinsertions=1, electrical=True), insurer, now)
    assert said(invoice) == [
        ("97813", Decimal(1), "units", Decimal("75.50")),
        ("97814", Decimal(1), "units", Decimal("61.25")),
    ]


def test_the_patients_contribution_is_one_line_a_visit(cast, case, insurer, now):
    invoice = bill(cast, treat(cast, case, now), None, now)
    assert said(invoice) == [("97810", Decimal(1), "", Decimal("20.00"))]


def test_two_treatments_of_a_day_share_one_initial_code(cast, case, insurer, now):
    first = treat(cast, case, now, minutes=15, reinsertions=0, hours_ago=30)
    second = treat(cast, case, now, minutes=15, reinsertions=0, electrical=True, hours_ago=28)
    assert [row[0] for row in said(bill(cast, second, insurer, now))] == ["97814"]
    assert [row[0] for row in said(bill(cast, first, insurer, now))] == ["97810"]


def test_the_day_is_that_of_the_clinics_clock(cast, case, insurer, now):
    """At 11 in the evening and at 1 in the morning in Auckland: one day in UTC, two in the clinic."""
    for hours_ago in (16, 14):
        treatment = treat(cast, case, now, minutes=15, reinsertions=0, hours_ago=hours_ago)
        assert [row[0] for row in said(bill(cast, treatment, insurer, now))] == ["97810"]


def test_a_note_of_that_day_that_is_not_signed_is_waited_for(cast, case, insurer, now):
    first = treat(cast, case, now, hours_ago=30)
    treat(cast, case, now, hours_ago=28, sign=False)
    assert refused(lambda: bill(cast, first, insurer, now)) == "day_not_signed"


def test_an_earlier_treatment_that_is_written_later_gets_no_second_initial_code(cast, case, insurer, now):
    bill(cast, treat(cast, case, now, hours_ago=28), insurer, now)
    earlier = treat(cast, case, now, hours_ago=30)
    assert refused(lambda: bill(cast, earlier, insurer, now)) == "initial_code_billed"


@pytest.mark.parametrize(("minutes", "code"), [(None, "minutes_missing"), (7, "too_short_to_bill")])
def test_a_treatment_without_enough_minutes_is_not_billed(cast, case, insurer, now, minutes, code):
    assert refused(lambda: bill(cast, treat(cast, case, now, minutes=minutes), insurer, now)) == code


def test_a_code_without_a_service_or_without_a_rate_per_unit_is_refused(cast, case, insurer, now):
    treatment = treat(cast, case, now)
    Rate.objects.filter(service__code="97811").update(unit="flat")
    assert refused(lambda: bill(cast, treatment, insurer, now)) == "no_rate"
    Service.objects.filter(code="97811").update(archived_at=now)
    assert refused(lambda: bill(cast, treatment, insurer, now)) == "no_service"


def test_a_rate_per_unit_is_never_taken_for_a_flat_or_hourly_one(cast, case, insurer, now):
    Payer.objects.update(us_style=False)
    treatment = treat(cast, case, now)
    Service.objects.exclude(code="97810").update(archived_at=now)
    assert refused(lambda: bill(cast, treatment, insurer, now)) == "no_rate"


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ("patient_address", "us_address_unclear", "the patient's address"),
        ("practice_address", "us_address_unclear", "the practice's US address"),
        ("insurer_address", "us_address_unclear", "the insurer's address"),
        ("long_name", "cms1500_too_long", "Item 2 of the CMS-1500 takes 28 characters; the patient's name has 33."),
        ("hanzi", "us_text_unwritable", "王"),
        ("no_diagnosis", "us_diagnosis_missing", "ICD-10-CM"),
        ("no_policy", "policy_number_missing", "policy number"),
    ],
)
def test_what_no_form_can_carry_is_refused_before_the_invoice_gets_its_number(
    cast, case, insurer, now, change, code, words
):
    draft = bill(cast, treat(cast, case, now), insurer, now, issue=False)
    patient, practice = case.patient, cast.practice
    if change == "patient_address":
        patient.address = "18 Kōwhai Lane\nWellington 6011"
    elif change == "practice_address":
        practice.us_address = ""
    elif change == "insurer_address":
        insurer.address = "Salem"
    elif change == "long_name":
        patient.last_name = "Featherstonehaugh-Cholmondeley"[:28]
    elif change == "hanzi":
        patient.last_name = "王"
    elif change == "no_diagnosis":
        case.diagnoses.filter(primary=False).delete()
        case.diagnoses.update(system="read2", code="N2152")
    elif change == "no_policy":
        case.policy_number = ""
    for row in (patient, practice, insurer, case):
        row.save()
    with pytest.raises(Refusal) as caught:
        invoicing.issue(invoice=draft, by=cast.billing, now=now)
    assert (caught.value.code, words in caught.value.detail) == (code, True)
    draft.refresh_from_db()
    assert (draft.number, draft.status) == (None, "draft")


def test_a_pointer_to_a_diagnosis_that_is_not_there_is_refused(cast, case, insurer, now):
    draft = bill(cast, treat(cast, case, now), insurer, now, issue=False)
    draft.lines.update(diagnosis_pointers=[3])
    assert refused(lambda: invoicing.issue(invoice=draft, by=cast.billing, now=now)) == "diagnosis_pointer_nowhere"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"modifiers": ["25", "59", "GP", "XS", "GA"]}, "modifier_malformed"),
        ({"modifiers": ["g1"]}, "modifier_malformed"),
        ({"modifiers": ["2"]}, "modifier_malformed"),
        ({"diagnosis_pointers": [13]}, "diagnosis_pointer_malformed"),
        ({"diagnosis_pointers": [0]}, "diagnosis_pointer_malformed"),
        ({"diagnosis_pointers": [1, 2, 3, 4, 5]}, "diagnosis_pointer_malformed"),
    ],
)
def test_a_modifier_or_pointer_of_the_wrong_form_is_refused_by_the_database(cast, case, insurer, now, fields, code):
    draft = bill(cast, treat(cast, case, now), insurer, now, issue=False)
    with pytest.raises(IntegrityError) as caught:
        InvoiceLine.objects.filter(invoice=draft).update(**fields)
    assert refusal_for(caught.value).code == code


def test_a_state_belongs_to_a_car_accident(case):
    for fields in ({"caused_by": "other", "accident_state": "OR"}, {"caused_by": "auto", "accident_state": "or"}):
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            Case.objects.filter(pk=case.pk).update(**fields)
        assert refusal_for(caught.value).code == "accident_state_malformed"


def test_the_papers_say_what_was_issued_whatever_changes_later(cast, case, insurer, now):
    draft = bill(cast, treat(cast, case, now), insurer, now, issue=False)
    draft.lines.filter(position=1).update(modifiers=["GP"], diagnosis_pointers=[2, 1])
    invoice = invoicing.issue(invoice=draft, by=cast.billing, now=now)
    before = {kind: getattr(us_papers, kind)(invoice.pk) for kind in ("superbill", "cms1500", "cms1500_overlay")}
    case.patient.last_name, case.policy_number, insurer.name = "Other", "0", "Other"
    for row in (case.patient, case, insurer):
        row.save()
    for kind, paper in before.items():
        assert getattr(us_papers, kind)(invoice.pk).content_digest == paper.content_digest
        assert "97810 GP" in text(paper.draw()) or kind == "cms1500_overlay"
    assert "MAHINA, ANA" in text(before["cms1500"].draw())
    assert "BA $68.00 1" in text(before["cms1500"].draw())
    assert invoicing.verify(invoice)["verified"] is True


def test_the_papers_are_drawn_over_the_queue_for_who_may_see_money(cast, case, insurer, now):
    invoice = bill(cast, treat(cast, case, now), insurer, now)
    for kind in ("superbill", "cms1500", "cms1500_overlay"):
        document = documents.ask(kind=kind, subject=invoice.pk, by=cast.billing, now=now)
        documents.draw(document_id=document.pk, now=now)
        document.refresh_from_db()
        assert (document.state, document.pages) == ("ready", 1)
        page = PdfReader(BytesIO(document.file.read())).pages[0]
        assert [float(edge) for edge in page.mediabox[2:]] == [612, 792]
    answer = api(cast.practitioner).post("/api/v1/documents/", {"kind": "superbill", "subject": invoice.pk})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_a_superbill_names_no_gst_and_shows_what_is_owed(cast, case, insurer, now):
    invoice = bill(cast, treat(cast, case, now), None, now)
    said = text(us_papers.superbill(invoice.pk).draw())
    assert "Total charge $20.00 Paid $0.00 Balance $20.00" in said
    assert "GST" not in said


def test_a_cms1500_is_refused_for_anything_but_an_issued_invoice_to_a_us_insurer(cast, case, insurer, now):
    treatment = treat(cast, case, now)
    draft = bill(cast, treatment, insurer, now, issue=False)
    to_patient = bill(cast, treatment, None, now)
    assert refused(lambda: us_papers.cms1500(draft.pk)) == "invoice_not_issued"
    assert refused(lambda: us_papers.superbill(draft.pk)) == "invoice_not_issued"
    assert refused(lambda: us_papers.cms1500(to_patient.pk)) == "not_a_us_insurer"
    assert refused(lambda: us_papers.cms1500_overlay(to_patient.pk)) == "not_a_us_insurer"


def test_a_practice_unknown_in_the_us_writes_nothing_of_it_down(cast, now):
    treatment = treat(cast, make_case(make_patient()), now)
    service = Service.objects.create(code="ACU", name="Acupuncture")
    Rate.objects.create(service=service, payer=cast.acc, amount="78.26", valid_from=date(2020, 1, 1))
    invoice = bill(cast, treatment, cast.acc, now)
    assert "us" not in invoice.particulars
    assert refused(lambda: us_papers.superbill(invoice.pk)) == "no_us_particulars"
    assert refused(lambda: us_papers.cms1500(invoice.pk)) == "not_a_us_insurer"


@pytest.fixture
def evaluation(insurer) -> Service:
    service = Service.objects.create(code="99203", name="Evaluation", taxable=False)
    Rate.objects.create(service=service, payer=insurer, amount="110.00", valid_from=date(2020, 1, 1))
    return service


def test_modifiers_pointers_and_an_evaluation_are_entered_on_the_draft(cast, case, insurer, evaluation, now):
    treatment = treat(cast, case, now)
    draft = bill(cast, treatment, insurer, now, issue=False)
    client, first = api(cast.billing), draft.lines.get(position=1)
    answer = client.post(
        f"/api/v1/invoices/{draft.pk}/code-line/",
        {"line": first.pk, "modifiers": ["gp", "59"], "diagnosis_pointers": [2]},
        format="json",
    )
    assert answer.status_code == 200, answer.json()
    assert answer.json()["lines"][0]["modifiers"] == ["GP", "59"]
    answer = client.post(
        f"/api/v1/invoices/{draft.pk}/add-code/",
        {"treatment": treatment.pk, "service": evaluation.pk, "modifiers": ["25"]},
        format="json",
    )
    assert answer.status_code == 200, answer.json()
    assert answer.json()["total"] == "282.00"
    issued = invoicing.issue(invoice=draft, by=cast.billing, now=now)
    assert said(issued)[2] == ("99203", Decimal(1), "units", Decimal("110.00"))
    paper = text(us_papers.cms1500(issued.pk).draw())
    assert "97810 GP 59 B $68.00 1" in paper
    assert "99203 25 AB $110.00 1" in paper


@pytest.mark.parametrize(
    ("path", "change", "status", "code"),
    [
        ("code-line", {"line": "another"}, 422, "line_unknown"),
        ("code-line", {"line": 0}, 400, "does_not_exist"),
        ("code-line", {"modifiers": ["g", "59"]}, 422, "modifier_malformed"),
        ("code-line", {"modifiers": ["GP"] * 5}, 400, "max_length"),
        ("code-line", {"diagnosis_pointers": [13]}, 400, "max_value"),
        ("add-code", {"treatment": "another"}, 422, "treatment_not_on_invoice"),
        ("add-code", {"treatment": 0}, 400, "does_not_exist"),
        ("add-code", {"service": "97811"}, 422, "code_is_reckoned"),
        ("add-code", {"service": "no rate"}, 422, "no_rate"),
    ],
)
def test_a_code_that_does_not_fit_the_draft_is_refused(
    cast, case, insurer, evaluation, now, path, change, status, code
):
    treatment = treat(cast, case, now)
    draft = bill(cast, treatment, insurer, now, issue=False)
    Service.objects.create(code="no rate", name="Unpriced")
    asked = {"line": draft.lines.get(position=1).pk, "treatment": treatment.pk, "service": "99203"} | change
    asked["service"] = Service.objects.get(code=asked["service"]).pk
    another = treat(cast, case, now, hours_ago=80)
    ids = {"line": bill(cast, another, None, now, issue=False).lines.get().pk, "treatment": another.pk}
    asked |= {name: ids[name] for name, value in asked.items() if value == "another"}
    answer = api(cast.billing).post(f"/api/v1/invoices/{draft.pk}/{path}/", asked, format="json")
    found = {answer.json()["code"], *(entry["code"] for entry in answer.json()["errors"])}
    assert (answer.status_code, code in found) == (status, True), answer.json()


def test_an_evaluation_is_added_once_and_only_to_a_draft_of_a_us_insurer(cast, case, insurer, evaluation, now):
    treatment = treat(cast, case, now)
    draft = bill(cast, treatment, insurer, now, issue=False)
    to_patient = bill(cast, treatment, None, now, issue=False)
    client = api(cast.billing)
    asked = {"treatment": treatment.pk, "service": evaluation.pk}

    def post(invoice) -> tuple[int, str]:
        answer = client.post(f"/api/v1/invoices/{invoice.pk}/add-code/", asked, format="json")
        return answer.status_code, answer.json().get("code", "")

    assert post(to_patient) == (422, "not_a_us_insurer")
    assert post(draft) == (200, "")
    assert post(draft) == (409, "already_billed")
    invoicing.issue(invoice=draft, by=cast.billing, now=now)
    assert post(draft) == (409, "invoice_issued")


def test_modifiers_and_pointers_are_typed_on_the_page_of_the_draft(cast, case, insurer, now):
    draft = bill(cast, treat(cast, case, now), insurer, now, issue=False)
    first, second = draft.lines.order_by("position")
    client, place = browser(cast.billing), reverse("admin:billing_invoice_act", args=[draft.pk, "codes"])
    page = client.get(reverse("admin:billing_invoice_change", args=[draft.pk]))
    assert "Modifiers and diagnoses" in [act["label"] for act in page.context["acts"]]
    field = client.get(place).context["form"].fields[f"pointers_{first.pk}"]
    assert (field.label, field.help_text) == (
        "97810, 19 Nov 2026: for diagnoses",
        "None means the first four of 1 M76.01, 2 M54.50.",
    )
    typed = {f"modifiers_{first.pk}": "gp, 25", f"pointers_{first.pk}": "2 1", f"modifiers_{second.pk}": ""}
    assert told(client.post(place, typed, follow=True)) == ["Noted on 1 line."]
    first.refresh_from_db()
    assert (first.modifiers, first.diagnosis_pointers) == (["GP", "25"], [2, 1])
    assert client.get(place).context["form"].fields[f"modifiers_{first.pk}"].initial == "GP 25"


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("modifiers", "GPX", "modifier_malformed"),
        ("modifiers", "A1 A2 A3 A4 A5", "modifier_malformed"),
        ("pointers", "13", "diagnosis_pointer_malformed"),
        ("pointers", "first", "diagnosis_pointer_malformed"),
        ("pointers", "1 2 3 4 5", "diagnosis_pointer_malformed"),
    ],
)
def test_a_modifier_or_pointer_that_cannot_be_is_refused_and_none_is_kept(
    cast, case, insurer, now, field: str, text: str, code: str
):
    draft = bill(cast, treat(cast, case, now), insurer, now, issue=False)
    first, second = draft.lines.order_by("position")
    place = reverse("admin:billing_invoice_act", args=[draft.pk, "codes"])
    typed = {f"modifiers_{second.pk}": "59", f"{field}_{first.pk}": text}
    form = browser(cast.billing).post(place, typed).context["form"]
    assert [error.code for error in form.errors.as_data()[f"{field}_{first.pk}"]] == [code]
    assert draft.lines.exclude(modifiers=[]).count() == 0


def test_an_invoice_to_acc_is_offered_no_modifiers(cast, now):
    acupuncture = Service.objects.create(code="ACU", name="Acupuncture")
    Rate.objects.create(service=acupuncture, payer=cast.acc, amount="50.00", valid_from=date(2020, 1, 1))
    draft = bill(cast, treat(cast, make_case(cast.aroha), now), cast.acc, now, issue=False)
    page = browser(cast.billing).get(reverse("admin:billing_invoice_change", args=[draft.pk]))
    assert "Modifiers and diagnoses" not in [act["label"] for act in page.context["acts"]]
