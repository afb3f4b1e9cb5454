"""Products, fees for missed visits, packages of sessions, and who pays in the patient's place."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from billing import dividing, invoicing
from billing.adjusting import crediting
from billing.adjusting.crediting import Part
from billing.lines import Sale
from billing.models import BilledPart, Invoice, InvoiceLine, Package, PackageUse, Rate, Service
from clinic.errors import Refusal, refusal_for
from clinic.models import Practice
from patients.models import Case
from tests.cast import Cast, api, make_case, make_patient, make_type
from tests.counting import queries_while_growing
from tests.rivals import at_once
from tests.visits import make_visit, nz
from treatments import charting, signing
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
NOW = nz("2026-11-02 12:00")
URL = "/api/v1/invoices/"


def service(code: str, kind: str, amount: str, **fields) -> Service:
    """With a private price that holds since 2020, with GST."""
    row = Service.objects.create(code=code, name=fields.pop("name", code.capitalize()), kind=kind, **fields)
    Rate.objects.create(service=row, amount=amount, includes_gst=True, valid_from=date(2020, 1, 1))
    return row


@pytest.fixture
def acupuncture(db) -> Service:
    row = service("ACU1", "treatment", "95.00", name="Acupuncture")
    row.appointment_types.add(make_type())
    return row


def ten_of(covered: Service, price: str = "700.00", **fields) -> Service:
    return service("TEN", "package", price, name="Ten visits", sessions=10, covers=covered, **fields)


def signed(cast: Cast, *, case: Case | None = None, patient=None, started_at=NOW) -> Treatment:
    visit = make_visit(cast, started_at, patient=patient or cast.aroha)
    note = charting.begin(
        patient=visit.patient, practitioner=cast.mere, appointment=visit, case=case, started_at=started_at,
        complaint="Hip", by=cast.practitioner, now=max(NOW, started_at),
    )  # fmt: skip
    return signing.sign(treatment=note, by=cast.practitioner, now=max(NOW, started_at))


def draft(cast: Cast, *treatments: Treatment, **asked) -> Invoice:
    return invoicing.draft(treatments=treatments, by=cast.desk, now=NOW, **asked)


def issue(cast: Cast, invoice: Invoice) -> Invoice:
    return invoicing.issue(invoice=invoice, by=cast.desk, now=NOW)


def sold(cast: Cast, package: Service, **fields) -> Package:
    asked = {"patient": cast.aroha} | fields
    issue(cast, draft(cast, products=[Sale(service=package, quantity=asked.pop("quantity", Decimal(1)))], **asked))
    return Package.objects.with_left().latest("pk")


def left_of(package: Package) -> tuple[int, int]:
    row = Package.objects.with_left().get(pk=package.pk)
    return row.used, row.left


def lines(invoice: Invoice) -> list[tuple]:
    return [
        (row.description, str(row.quantity), str(row.amount_excl), str(row.gst))
        for row in invoice.lines.order_by("position")
    ]


def code_of(act) -> str:
    with pytest.raises((Refusal, IntegrityError)) as caught, transaction.atomic():
        act()
    return (caught.value if isinstance(caught.value, Refusal) else refusal_for(caught.value)).code


# Prices


def test_a_price_with_tax_is_what_the_patient_pays(cast: Cast, acupuncture: Service):
    assert lines(draft(cast, signed(cast))) == [("Acupuncture", "1.00", "82.61", "12.39")]


def test_a_service_that_is_not_taxed_has_no_tax_and_its_price_stands(cast: Cast, acupuncture: Service):
    Service.objects.update(taxable=False)
    assert lines(draft(cast, signed(cast))) == [("Acupuncture", "1.00", "95.00", "0.00")]


def test_a_practice_without_gst_charges_the_price_that_its_list_says(cast: Cast, acupuncture: Service):
    Practice.objects.update(gst_registered=False, gst_number="")
    assert lines(draft(cast, signed(cast))) == [("Acupuncture", "1.00", "95.00", "0.00")]


# Who pays in the patient's place


def test_an_employer_pays_the_contribution_and_the_patient_nothing(cast: Cast, acupuncture: Service):
    Rate.objects.create(
        service=acupuncture, payer=cast.acc, amount="78.26", surcharge="25.00", valid_from=date(2020, 1, 1)
    )
    case = make_case(cast.aroha, contribution_payer=cast.southern)
    note = signed(cast, case=case)
    drafts = dividing.draft_for_everybody(treatment=note, by=cast.desk, now=NOW)
    assert [(row.payer, lines(row)) for row in drafts] == [
        (cast.acc, [("Acupuncture", "1.00", "78.26", "11.74")]),
        (cast.southern, [("Acupuncture, patient's contribution", "1.00", "21.74", "3.26")]),
    ]
    assert code_of(lambda: dividing.draft_for_everybody(treatment=note, by=cast.desk, now=NOW)) == "already_billed"
    assert code_of(lambda: draft(cast, note)) == "nothing_to_bill"
    issued = issue(cast, drafts[1])
    asked = api(cast.desk).post("/api/v1/documents/", {"kind": "acc_schedule", "subject": issued.pk})
    assert asked.json()["code"] == "not_an_acc_invoice"


def test_a_private_visit_can_be_paid_by_somebody_else_whole(cast: Cast, acupuncture: Service):
    case = make_case(cast.aroha, kind="private", diagnoses=[], contribution_payer=cast.southern)
    note = signed(cast, case=case)
    (only,) = dividing.draft_for_everybody(treatment=note, by=cast.desk, now=NOW)
    assert (only.payer, lines(only)) == (cast.southern, [("Acupuncture", "1.00", "82.61", "12.39")])


def test_a_payer_without_a_rate_is_refused_in_words_and_none_is_built_in(cast: Cast, acupuncture: Service):
    note = signed(cast, case=make_case(cast.aroha))
    with pytest.raises(Refusal) as refused:
        draft(cast, note, payer=cast.acc)
    assert (refused.value.code, refused.value.detail) == (
        "no_rate",
        "There is no rate of Acupuncture for ACC on 2 November 2026.",
    )


# Products and missed visits


def test_products_stand_beside_a_treatment_or_by_themselves(cast: Cast, acupuncture: Service):
    balm = service("BALM", "product", "12.50", name="Heat balm")
    sales = [Sale(service=balm, quantity=Decimal(3))]
    assert lines(draft(cast, signed(cast), products=sales)) == [
        ("Acupuncture", "1.00", "82.61", "12.39"),
        ("Heat balm", "3.00", "32.61", "4.89"),
    ]
    alone = draft(cast, products=sales, patient=cast.aroha)
    assert (alone.patient, alone.case, len(lines(alone))) == (cast.aroha, None, 1)


@pytest.mark.parametrize(("status", "reason"), [("missed", ""), ("cancelled", "late")])
def test_the_fee_for_a_missed_visit_is_billed_once(cast: Cast, acupuncture: Service, status: str, reason: str):
    service("MISS", "fee", "40.00", name="Missed appointment")
    visit = make_visit(cast, nz("2026-10-30 10:00"), status=status, cancel_reason=reason)
    fee = draft(cast, missed=[visit])
    assert (lines(fee), fee.lines.get().service_on) == (
        [("Missed appointment", "1.00", "34.78", "5.22")],
        date(2026, 10, 30),
    )
    assert code_of(lambda: draft(cast, missed=[visit])) == "already_billed"
    crediting.credit(invoice=issue(cast, fee), reason="Was ill", by=cast.desk, now=NOW)
    assert len(lines(draft(cast, missed=[visit]))) == 1


def test_the_fee_tied_to_the_kind_of_visit_comes_before_the_general_one(cast: Cast, acupuncture: Service):
    service("MISS", "fee", "40.00")
    first = service("MISS1", "fee", "60.00", name="Missed first visit")
    visit = make_visit(cast, nz("2026-10-30 10:00"), status="missed")
    first.appointment_types.add(visit.appointment_type)
    assert draft(cast, missed=[visit]).lines.get().service == first


def test_the_holder_of_an_account_is_billed_for_the_family(cast: Cast, acupuncture: Service):
    child = make_patient(account_holder=cast.aroha)
    invoice = issue(cast, draft(cast, signed(cast, patient=child)))
    assert (invoice.billed_to, invoice.particulars["recipient"]["name"], invoice.particulars["patient"]["name"]) == (
        cast.aroha, str(cast.aroha), str(child),
    )  # fmt: skip
    assert list(Invoice.objects.visible_to(cast.patient_user)) == [invoice]


# Packages


def test_a_package_is_made_when_its_invoice_is_issued(cast: Cast, acupuncture: Service):
    package = ten_of(acupuncture, valid_days=365)
    drafted = draft(cast, products=[Sale(service=package, quantity=Decimal(2))], patient=cast.aroha)
    assert Package.objects.count() == 0
    issue(cast, drafted)
    row = Package.objects.with_left().get()
    assert (row.account, row.service, row.sessions, row.left) == (cast.aroha, acupuncture, 20, 20)
    assert (row.bought_on, row.expires_on) == (date(2026, 11, 2), date(2027, 11, 2))


def test_treatments_use_a_package_up_and_name_the_session(cast: Cast, acupuncture: Service):
    package = sold(cast, ten_of(acupuncture))
    assert lines(draft(cast, *[signed(cast) for _ in range(2)])) == [
        (f"Acupuncture, session {number} of 10 paid with INV-000001", "1.00", "0.00", "0.00") for number in (1, 2)
    ]
    for _ in range(8):
        issue(cast, draft(cast, signed(cast)))
    assert left_of(package) == (10, 0)
    assert lines(draft(cast, signed(cast))) == [("Acupuncture", "1.00", "82.61", "12.39")]


def test_a_package_covers_the_family_and_no_stranger(cast: Cast, acupuncture: Service):
    package = sold(cast, ten_of(acupuncture))
    child = make_patient(account_holder=cast.aroha)
    assert "session 1 of 10" in lines(draft(cast, signed(cast, patient=child)))[0][0]
    assert lines(draft(cast, signed(cast, patient=make_patient())))[0][2] == "82.61"
    assert left_of(package) == (1, 9)


def test_a_package_covers_neither_the_contribution_beside_a_payer_nor_what_it_does_not_name(
    cast: Cast, acupuncture: Service
):
    Rate.objects.create(
        service=acupuncture, payer=cast.acc, amount="78.26", surcharge="25.00", valid_from=date(2020, 1, 1)
    )
    package = sold(cast, ten_of(acupuncture))
    assert lines(draft(cast, signed(cast, case=make_case(cast.aroha))))[0][2] == "21.74"
    assert left_of(package) == (0, 10)


def test_an_expired_package_covers_nothing(cast: Cast, acupuncture: Service):
    package = sold(cast, ten_of(acupuncture, valid_days=10))
    on_the_last_day = signed(cast, started_at=nz("2026-11-12 09:00"))
    day_after = signed(cast, started_at=nz("2026-11-13 09:00"))
    assert [line[2] for line in lines(draft(cast, on_the_last_day, day_after))] == ["0.00", "82.61"]
    assert left_of(package) == (1, 9)


def test_a_session_comes_back_with_its_draft_or_with_the_credit_of_its_line(cast: Cast, acupuncture: Service):
    package = sold(cast, ten_of(acupuncture))
    note = signed(cast)
    invoicing.discard(invoice=draft(cast, note), by=cast.desk, now=NOW)
    assert left_of(package) == (0, 10)
    used = issue(cast, draft(cast, note))
    assert left_of(package) == (1, 9)
    part, use = BilledPart.objects.get(treatment=note), PackageUse.objects.get()
    assert [code_of(part.delete), code_of(use.delete)] == ["already_billed"] * 2
    crediting.credit(invoice=used, reason="Wrong day", by=cast.desk, now=NOW)
    assert left_of(package) == (0, 10)
    assert "session 1 of 10" in lines(draft(cast, note))[0][0]


def test_a_package_is_credited_only_as_far_as_it_is_unused(cast: Cast, acupuncture: Service):
    package = sold(cast, ten_of(acupuncture))
    for _ in range(3):
        issue(cast, draft(cast, signed(cast)))
    sale = package.line.invoice

    def credit(amount: str):
        return crediting.credit(
            invoice=sale, parts=[Part(line=package.line, total=Decimal(amount))], reason="Moves", by=cast.desk, now=NOW
        )

    assert code_of(lambda: credit("490.01")) == "sessions_used"
    credit("70.00")
    assert left_of(package) == (3, 6)
    credit("420.00")
    assert left_of(package) == (3, 0)
    assert lines(draft(cast, signed(cast)))[0][2] == "82.61"


def overdraw(package: Package, line: InvoiceLine, number: int) -> PackageUse:
    return PackageUse.objects.create(package=package, line=line, number=number)


def spare_lines(cast: Cast, count: int) -> list[InvoiceLine]:
    draft = Invoice.objects.create(patient=cast.aroha)
    return InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=draft, position=number, share="patient", service_on=NOW.date(), description="x", amount_excl=0
        )
        for number in range(count)
    )


def test_the_database_refuses_sessions_that_are_not_there(cast: Cast, acupuncture: Service):
    package = sold(cast, ten_of(acupuncture, price="100.01"))
    rows = spare_lines(cast, 12)
    for number in range(10):
        overdraw(package, rows[number], number + 1)
    assert code_of(lambda: overdraw(package, rows[10], 11)) == "package_used_up"
    assert code_of(lambda: overdraw(package, rows[9], 11)) in {"package_used_up", "already_exists"}
    PackageUse.objects.filter(number=10).delete()
    assert code_of(lambda: overdraw(package, rows[10], 9)) == "session_used"
    assert code_of(lambda: overdraw(package, rows[10], 0)) == "session_number_wrong"
    assert code_of(lambda: Package.objects.update(sessions=0)) == "package_empty"
    assert code_of(lambda: Package.objects.update(expires_on=date(2020, 1, 1))) == "ends_before_it_begins"
    PackageUse.objects.all().delete()
    assert code_of(package.delete) == "package_sold"


def test_a_package_without_its_treatment_and_sessions_is_refused(cast: Cast, acupuncture: Service):
    for fields in (
        {"kind": "package"},
        {"kind": "package", "sessions": 10},
        {"kind": "product", "sessions": 10},
        {"kind": "treatment", "valid_days": 30},
    ):
        assert code_of(lambda fields=fields: Service.objects.create(code="P", name="P", **fields)) == (
            "package_incomplete"
        )


def last_session(cast: Cast) -> tuple[Package, list[Treatment]]:
    row = service("ACU1", "treatment", "95.00", name="Acupuncture")
    row.appointment_types.add(make_type())
    package = sold(cast, service("ONE", "package", "90.00", sessions=1, covers=row))
    return package, [signed(cast) for _ in range(6)]


@pytest.mark.django_db(transaction=True)
def test_the_last_session_drafted_by_many_at_once_is_used_once(transactional_db, cast: Cast):
    package, notes = last_session(cast)
    outcomes = at_once([lambda note=note: draft(cast, note) for note in notes])
    assert {type(outcome) for outcome in outcomes} == {Invoice}
    totals = sorted(str(row.total) for row in Invoice.objects.with_totals().filter(status="draft"))
    assert totals == ["0.00", *["95.00"] * 5]
    assert left_of(package) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_without_the_guard_the_same_race_overdraws_it(transactional_db, cast: Cast):
    """The twin: the lock and the trigger gone, several read one session left and take it."""
    package, _ = last_session(cast)
    rows = spare_lines(cast, 6)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_packageuse DISABLE TRIGGER USER")

    def check_then_act(number: int, line: InvoiceLine) -> PackageUse | None:
        with transaction.atomic():
            if left_of(package)[1] < 1:
                return None
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.2)")
            return overdraw(package, line, number)

    try:
        outcomes = at_once([lambda n=n, row=row: check_then_act(n, row) for n, row in enumerate(rows, 1)])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE billing_packageuse ENABLE TRIGGER USER")
    assert len([outcome for outcome in outcomes if isinstance(outcome, PackageUse)]) > 1


# Refusals


def of_treatment(cast, acupuncture):
    return {"products": [Sale(service=acupuncture)], "patient": cast.aroha}


def half_a_package(cast, acupuncture):
    return {"products": [Sale(service=ten_of(acupuncture), quantity=Decimal("0.5"))], "patient": cast.aroha}


def package_to_payer(cast, acupuncture):
    case = make_case(cast.aroha, kind="private", diagnoses=[], contribution_payer=cast.southern)
    sale = Sale(service=ten_of(acupuncture))
    return {"treatments": [signed(cast, case=case)], "products": [sale], "payer": cast.southern}


def product_for_nobody(cast, acupuncture):
    return {"products": [Sale(service=service("BALM", "product", "12.50"))]}


def product_to_payer_alone(cast, acupuncture):
    return product_for_nobody(cast, acupuncture) | {"patient": cast.aroha, "payer": cast.acc}


def product_for_another(cast, acupuncture):
    return product_for_nobody(cast, acupuncture) | {"patient": make_patient(), "treatments": [signed(cast)]}


def product_without_price(cast, acupuncture):
    sale = Sale(service=Service.objects.create(code="TEA", name="Tea", kind="product"))
    return {"products": [sale], "patient": cast.aroha}


def fee_to_payer(cast, acupuncture):
    case = make_case(cast.aroha, kind="private", diagnoses=[], contribution_payer=cast.southern)
    missed = make_visit(cast, NOW - timedelta(days=2), status="missed")
    return {"treatments": [signed(cast, case=case)], "missed": [missed], "payer": cast.southern}


REFUSED_SALES = [
    ("not_a_product", of_treatment),
    ("package_in_parts", half_a_package),
    ("package_to_payer", package_to_payer),
    ("patient_missing", product_for_nobody),
    ("payer_of_no_case", product_to_payer_alone),
    ("different_patients", product_for_another),
    ("no_rate", product_without_price),
    ("fee_is_the_patients", fee_to_payer),
    ("visit_not_missed", lambda cast, _: {"missed": [make_visit(cast, NOW, status="completed")]}),
    ("no_fee", lambda cast, _: {"missed": [make_visit(cast, NOW, status="missed")]}),
    ("nothing_to_bill", lambda cast, _: {}),
]


@pytest.mark.parametrize(("code", "prepare"), REFUSED_SALES)
def test_what_cannot_be_sold_is_refused_and_leaves_nothing(cast: Cast, acupuncture: Service, code: str, prepare):
    asked = prepare(cast, acupuncture)
    with pytest.raises(Refusal) as refused:
        invoicing.draft(**asked, by=cast.desk, now=NOW)
    assert (refused.value.code, refused.value.status, Invoice.objects.count()) == (code, 422, 0)


# Over HTTP


def test_a_visit_a_product_and_a_fee_are_drafted_over_http_and_a_package_is_read(cast: Cast, acupuncture: Service):
    balm, ten = service("BALM", "product", "12.50"), ten_of(acupuncture)
    service("MISS", "fee", "40.00")
    missed, note = make_visit(cast, nz("2026-10-30 10:00"), status="missed"), signed(cast)
    client = api(cast.desk)
    body = {"treatments": [note.pk], "products": [{"service": balm.pk, "quantity": "2"}], "missed": [missed.pk]}
    said = client.post(URL, body).json()
    assert [line["amount_excl"] for line in said["lines"]] == ["82.61", "34.78", "21.74"]
    bought = client.post(URL, {"products": [{"service": ten.pk}], "patient": cast.aroha.pk}).json()
    client.post(f"{URL}{bought['id']}/issue/")
    (row,) = client.get("/api/v1/packages/", {"account": cast.aroha.pk}).json()["results"]
    assert (row["account_name"], row["service_name"], row["used"], row["left"]) == (
        "Aroha Tāmati", "Acupuncture", 0, 10,
    )  # fmt: skip
    changed = client.patch(f"/api/v1/packages/{row['id']}/", {"expires_on": "2040-01-01", "sessions": 99}).json()
    assert (changed["expires_on"], changed["sessions"]) == ("2040-01-01", 10)
    assert client.post(URL, {"treatments": []}).json()["code"] == "nothing_to_bill"


def test_lists_of_packages_and_invoices_cost_the_same_for_1_10_and_100(cast: Cast, acupuncture: Service):
    ten = ten_of(acupuncture)
    client = api(cast.billing)
    costs = queries_while_growing(client, "/api/v1/packages/", lambda number: sold(cast, ten))
    assert len(set(costs)) == 1
    with_hundred = len(client.get(URL, {"page_size": 200}).json()["results"])
    assert with_hundred == 100
