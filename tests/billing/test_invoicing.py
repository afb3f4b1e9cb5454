"""What a treatment costs whom, numbers without gaps, and invoices that nobody changes after the issue."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, models, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from appointments.models import Appointment
from billing import invoicing
from billing.models import Counter, Invoice, InvoiceLine, Rate, Service
from clinic.errors import Conflict, Refusal, refusal_for
from clinic.models import Practice, Practitioner, User
from clinic.money import cents, gst_on, split_inclusive
from patients.models import Case, Patient, Payer
from tests.billing.test_selling import REFUSED_SALES
from tests.cast import Cast, api, make_case, make_patient, make_type
from tests.rivals import at_once
from tests.visits import AUCKLAND, make_visit, nz
from treatments import charting, signing
from treatments.models import Treatment

pytestmark = pytest.mark.django_db

NOW = nz("2026-11-02 12:00")
URL = "/api/v1/invoices/"


@pytest.fixture
def service(db) -> Service:
    row = Service.objects.create(code="ACU1", name="Acupuncture")
    row.appointment_types.add(make_type())
    return row


def rate(service: Service, payer: Payer | None, amount: str, **fields) -> Rate:
    return Rate.objects.create(
        service=service, payer=payer, amount=amount, **({"valid_from": date(2026, 1, 1)} | fields)
    )


def signed(cast: Cast, *, case: Case | None = None, started_at=NOW - timedelta(hours=2), **fields) -> Treatment:
    patient = fields.pop("patient", case.patient if case else cast.aroha)
    visit = make_visit(cast, started_at, patient=patient)
    note = charting.begin(
        patient=patient, practitioner=cast.mere, appointment=visit, case=case, started_at=started_at,
        complaint="Hip", by=cast.practitioner, now=max(NOW, started_at), **fields,
    )  # fmt: skip
    return signing.sign(treatment=note, by=cast.practitioner, now=max(NOW, started_at))


def draft(cast: Cast, *treatments: Treatment, payer: Payer | None = None) -> Invoice:
    return invoicing.draft(treatments=treatments, payer=payer, by=cast.desk, now=NOW)


def issue(cast: Cast, invoice: Invoice, now=NOW) -> Invoice:
    return invoicing.issue(invoice=invoice, by=cast.desk, now=now)


def lines(invoice: Invoice) -> list[tuple]:
    return [
        (row.description, row.quantity, row.unit, row.amount_excl, row.gst)
        for row in invoice.lines.order_by("position")
    ]


# Who pays what


def test_a_treatment_is_split_between_the_payer_and_the_patient_to_the_cent(cast: Cast, service: Service):
    rate(service, cast.acc, "78.26", surcharge="25.00")
    note = signed(cast, case=make_case(cast.aroha))
    to_acc, to_patient = draft(cast, note, payer=cast.acc), draft(cast, note)
    assert lines(to_acc) == [("Acupuncture", Decimal("1.00"), "", Decimal("78.26"), Decimal("11.74"))]
    assert lines(to_patient) == [
        ("Acupuncture, patient's contribution", Decimal("1.00"), "", Decimal("21.74"), Decimal("3.26"))
    ]
    said = api(cast.desk).get(f"{URL}{to_acc.pk}/").json()
    assert (said["amount_excl"], said["gst"], said["total"]) == ("78.26", "11.74", "90.00")
    said = api(cast.desk).get(f"{URL}{to_patient.pk}/").json()
    assert (said["amount_excl"], said["gst"], said["total"]) == ("21.74", "3.26", "25.00")


def test_a_private_visit_is_the_patients_alone(cast: Cast, service: Service):
    rate(service, None, "82.61")
    note = signed(cast, case=make_case(cast.aroha, kind="private", diagnoses=[]))
    assert lines(draft(cast, note)) == [("Acupuncture", Decimal("1.00"), "", Decimal("82.61"), Decimal("12.39"))]


def test_an_hourly_rate_counts_the_face_to_face_minutes(cast: Cast, service: Service):
    rate(service, cast.acc, "73.72", unit="hourly", surcharge="10.00")
    note = signed(cast, case=make_case(cast.aroha), face_to_face_minutes=50)
    assert lines(draft(cast, note, payer=cast.acc)) == [
        ("Acupuncture", Decimal("0.83"), "hours", Decimal("61.19"), Decimal("9.18"))
    ]
    without = signed(cast, case=make_case(cast.aroha))
    with pytest.raises(Refusal) as refused:
        draft(cast, without, payer=cast.acc)
    assert refused.value.code == "minutes_missing"
    assert draft(cast, without).lines.get().amount_excl == Decimal("8.70")


def test_the_rate_of_the_date_of_service_holds_on_the_wall_of_the_clinic(cast: Cast, service: Service):
    rate(service, cast.acc, "70.00", valid_to=date(2026, 11, 30))
    rate(service, cast.acc, "75.00", valid_from=date(2026, 12, 1))
    case = make_case(cast.aroha)
    last = signed(cast, case=case, started_at=nz("2026-11-30 23:30"))
    first = signed(cast, case=case, started_at=nz("2026-12-01 00:30"))  # still the day before in UTC
    invoice = draft(cast, first, last, payer=cast.acc)
    assert [(row.service_on, row.amount_excl) for row in invoice.lines.order_by("position")] == [
        (date(2026, 11, 30), Decimal("70.00")),
        (date(2026, 12, 1), Decimal("75.00")),
    ]


def test_a_practice_without_gst_charges_none(cast: Cast, service: Service):
    Practice.objects.update(gst_registered=False, gst_number="")
    rate(service, cast.acc, "78.26", surcharge="25.00")
    note = signed(cast, case=make_case(cast.aroha))
    assert lines(draft(cast, note, payer=cast.acc))[0][3:] == (Decimal("78.26"), Decimal("0.00"))
    assert lines(draft(cast, note))[0][3:] == (Decimal("25.00"), Decimal("0.00"))


def test_the_service_with_a_rate_for_the_payer_is_billed(cast: Cast, service: Service):
    """A kind of visit can be one code for ACC and another for private patients."""
    private = Service.objects.create(code="ACU0", name="Private visit")
    private.appointment_types.add(*service.appointment_types.all())
    rate(private, None, "82.61")
    rate(service, cast.acc, "78.26")
    assert draft(cast, signed(cast)).lines.get().service == private
    assert draft(cast, signed(cast, case=make_case(cast.aroha)), payer=cast.acc).lines.get().service == service


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=30))
@hypothesis_settings(max_examples=300, deadline=None)
def test_lines_round_once_and_add_up_to_the_cent(amounts):
    """What the patient pays with tax is exactly what was agreed; what the payer pays is the rate and its tax."""
    day = date(2026, 11, 2)
    for amount, surcharge in amounts:
        excl, gst = split_inclusive(Decimal(surcharge) / 100, on=day)
        assert excl + gst == Decimal(surcharge) / 100
        assert abs(gst - excl * Decimal("0.15")) <= Decimal("0.01")
        base = Decimal(amount) / 100
        assert gst_on(base, on=day) == cents(base * Decimal("0.15"))


# Refusals


def no_service(cast, service):
    service.appointment_types.clear()
    return {"treatments": [signed(cast)]}


def no_rate(cast, service):
    return {"treatments": [signed(cast)]}


def two_patients(cast, service):
    return {"treatments": [signed(cast), signed(cast, patient=make_patient())]}


def two_cases(cast, service):
    return {"treatments": [signed(cast, case=make_case(cast.aroha)), signed(cast, case=make_case(cast.aroha))]}


def unsigned(cast, service):
    note = charting.begin(patient=cast.aroha, practitioner=cast.mere, started_at=NOW, by=cast.practitioner, now=NOW)
    return {"treatments": [note]}


def other_payer(cast, service):
    return {"treatments": [signed(cast, case=make_case(cast.aroha))], "payer": cast.southern}


def payer_of_nobody(cast, service):
    return {"treatments": [signed(cast)], "payer": cast.acc}


def fully_covered(cast, service):
    rate(service, cast.acc, "78.26")
    return {"treatments": [signed(cast, case=make_case(cast.aroha))]}


def before_gst(cast, service):
    rate(service, None, "5.00", valid_from=date(1980, 1, 1))
    return {"treatments": [signed(cast, started_at=nz("1985-03-04 09:00"))]}


def without_minutes(cast, service):
    rate(service, None, "70.00", unit="hourly")
    return {"treatments": [signed(cast)]}


REFUSALS = [
    ("no_service", no_service),
    ("no_rate", no_rate),
    ("different_patients", two_patients),
    ("different_patients", two_cases),
    ("note_not_signed", unsigned),
    ("payer_of_no_case", other_payer),
    ("payer_of_no_case", payer_of_nobody),
    ("nothing_to_bill", fully_covered),
    ("nothing_to_bill", lambda cast, service: {"treatments": []}),
    ("no_gst_rate", before_gst),
    ("minutes_missing", without_minutes),
]


@pytest.mark.parametrize(("code", "prepare"), REFUSALS)
def test_what_cannot_be_billed_is_refused_and_leaves_nothing(cast: Cast, service: Service, code: str, prepare):
    asked = {"payer": None} | prepare(cast, service)
    with pytest.raises(Refusal) as refused:
        invoicing.draft(**asked, by=cast.desk, now=NOW)
    assert (refused.value.code, refused.value.status) == (code, 422)
    assert (Invoice.objects.count(), InvoiceLine.objects.count()) == (0, 0)


def test_each_refusal_of_billing_is_tested():
    folder = Path(settings.BASE_DIR) / "billing"
    codes = {
        code
        for name in ("invoicing.py", "pricing.py", "lines.py")
        for code in re.findall(r'(?:Refusal|Conflict|NotAllowed)\(\s*"(\w+)"', (folder / name).read_text())
    }
    assert codes == {code for code, _ in [*REFUSALS, *REFUSED_SALES]} | {
        "invoice_issued",
        "invoice_not_issued",
        "on_a_claim",
    }


def test_a_note_without_a_visit_is_billed_only_where_there_is_one_service(cast: Cast, service: Service):
    rate(service, None, "82.61")
    note = charting.begin(
        patient=cast.aroha, practitioner=cast.mere, started_at=NOW, complaint="Hip", by=cast.practitioner, now=NOW
    )
    note = signing.sign(treatment=note, by=cast.practitioner, now=NOW)
    assert draft(cast, note).lines.get().service == service
    Invoice.objects.all().delete()
    Service.objects.create(code="ACU2", name="Long visit")
    with pytest.raises(Refusal) as refused:
        draft(cast, note)
    assert refused.value.code == "no_service"


def test_a_treatment_is_billed_once_to_each_party(cast: Cast, service: Service):
    rate(service, cast.acc, "78.26", surcharge="25.00")
    note = signed(cast, case=make_case(cast.aroha))
    client = api(cast.desk)
    first = client.post(URL, {"treatments": [note.pk], "payer": cast.acc.pk})
    assert first.status_code == 201
    assert client.post(URL, {"treatments": [note.pk]}).status_code == 201
    for body in ({"treatments": [note.pk], "payer": cast.acc.pk}, {"treatments": [note.pk]}):
        again = client.post(URL, body)
        assert (again.status_code, again.json()["code"]) == (409, "already_billed")
    twice = signed(cast, case=note.case)
    doubled = client.post(URL, {"treatments": [twice.pk, twice.pk], "payer": cast.acc.pk})
    assert (doubled.status_code, doubled.json()["code"]) == (409, "already_billed")
    assert Invoice.objects.count() == 2
    assert client.delete(f"{URL}{first.json()['id']}/").status_code == 204
    assert client.post(URL, {"treatments": [note.pk], "payer": cast.acc.pk}).status_code == 201


# Issuing


@pytest.fixture
def drafts(cast: Cast, service: Service) -> Callable[[int], list[Invoice]]:
    rate(service, cast.acc, "78.26", surcharge="25.00")
    case = make_case(cast.aroha)
    return lambda count: [draft(cast, signed(cast, case=case), payer=cast.acc) for _ in range(count)]


def test_issuing_numbers_dates_and_writes_down_what_the_paper_says(cast: Cast, drafts):
    first, second = (issue(cast, invoice) for invoice in drafts(2))
    assert [(row.number, row.label) for row in (first, second)] == [(1, "INV-000001"), (2, "INV-000002")]
    assert (first.issued_on, first.due_on, first.issued_by) == (date(2026, 11, 2), date(2026, 11, 16), cast.desk)
    assert second.previous_hash == first.content_hash
    said = first.particulars
    assert (said["recipient"]["name"], said["patient"]["name"]) == ("ACC", "Aroha Tāmati")
    assert [(line["amount_excl"], line["gst"]) for line in said["lines"]] == [("78.26", "11.74")]


def test_the_day_of_issue_is_the_day_on_the_wall(cast: Cast, drafts):
    just_after_midnight = nz("2026-11-03 00:10")
    assert issue(cast, drafts(1)[0], now=just_after_midnight).issued_on == date(2026, 11, 3)
    assert just_after_midnight.tzinfo == AUCKLAND


def test_a_draft_has_no_number_and_takes_a_note_and_an_issued_one_nothing(cast: Cast, drafts):
    client, invoice = api(cast.desk), drafts(1)[0]
    assert client.get(f"{URL}{invoice.pk}/").json()["number"] is None
    assert client.patch(f"{URL}{invoice.pk}/", {"note": "Thanks"}).json()["note"] == "Thanks"
    verified = client.get(f"{URL}{invoice.pk}/verify/")
    assert (verified.status_code, verified.json()["code"]) == (409, "invoice_not_issued")
    assert client.post(f"{URL}{invoice.pk}/issue/").json()["label"] == "INV-000001"
    for response in (
        client.patch(f"{URL}{invoice.pk}/", {"note": "Other"}),
        client.delete(f"{URL}{invoice.pk}/"),
        client.post(f"{URL}{invoice.pk}/issue/"),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "invoice_issued")
    assert client.get(f"{URL}{invoice.pk}/verify/").json()["verified"] is True


def test_an_invoice_without_lines_is_not_issued(cast: Cast, drafts):
    invoice = drafts(1)[0]
    invoice.lines.all().delete()
    with pytest.raises(Refusal) as refused:
        issue(cast, invoice)
    assert refused.value.code == "nothing_to_bill"
    assert Counter.objects.filter(last__gt=0).count() == 0


# Frozen and chained


def refused_by_the_database(sql: str, params: list[Any]) -> str:
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
    return refusal_for(refused.value).code


def test_no_column_of_an_issued_invoice_or_its_lines_changes_by_raw_sql(cast: Cast, drafts):
    issued, open_draft = drafts(2)
    issue(cast, issued)
    for model, row in ((Invoice, issued), (InvoiceLine, issued.lines.get())):
        table = model._meta.db_table
        for field in model._meta.concrete_fields:
            sql = f"UPDATE {table} SET {field.column} = {field.column} WHERE id = %s"
            assert refused_by_the_database(sql, [row.pk]) == "invoice_issued", field.name
        assert refused_by_the_database(f"DELETE FROM {table} WHERE id = %s", [row.pk]) == "invoice_issued"
    table, other = InvoiceLine._meta.db_table, open_draft.lines.get()
    columns = ", ".join(f.column for f in InvoiceLine._meta.concrete_fields if f.name not in {"id", "invoice"})
    statements = [
        (f"UPDATE {table} SET invoice_id = %s WHERE id = %s", [issued.pk, other.pk]),
        (f"UPDATE {table} SET invoice_id = %s WHERE id = %s", [open_draft.pk, issued.lines.get().pk]),
        (f"INSERT INTO {table} (invoice_id, {columns}) SELECT %s, {columns} FROM {table} WHERE id = %s",
         [issued.pk, other.pk]),
    ]  # fmt: skip
    assert [refused_by_the_database(*statement) for statement in statements] == ["invoice_issued"] * 3
    sql = f"UPDATE {Invoice._meta.db_table} SET status = 'issued', number = 7 WHERE id = %s"
    assert refused_by_the_database(sql, [open_draft.pk]) == "invoice_incomplete"


BOOKKEEPING = {"created_at", "updated_at", "status"}


def other_value(row: models.Model, field: models.Field, world: dict[type, Any]) -> Any:
    value = getattr(row, field.attname)
    if field.is_relation:
        return world[field.related_model]
    if field.choices:
        return next(choice for choice, _ in field.choices if choice != value)
    kind = field.get_internal_type()
    changed: dict[str, Callable[[], Any]] = {
        "DecimalField": lambda: value + Decimal("0.01"),
        "DateField": lambda: value + timedelta(days=1),
        "DateTimeField": lambda: value + timedelta(microseconds=1),
        "JSONField": lambda: {**value, "patient": {**value["patient"], "name": "Aroha Tamati"}},
        "ArrayField": lambda: [*value, "41"],
    }
    if kind in changed:
        return changed[kind]()
    if isinstance(value, str):
        return f"{value[:-1]}{'0' if value[-1:] != '0' else '1'}"
    return (value or 0) + 41


def tampered(row: models.Model, field: models.Field, value: Any, invoice: Invoice) -> bool:
    """What verifying says after an owner of the tables, triggers off and constraints dropped, changed one value."""
    table = row._meta.db_table
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for constraint in row._meta.constraints:
                drop = (
                    "DROP INDEX IF EXISTS"
                    if getattr(constraint, "condition", None) and isinstance(constraint, models.UniqueConstraint)
                    else f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS"
                )
                cursor.execute(f"{drop} {constraint.name}")
        type(row)._base_manager.filter(pk=row.pk).update(**{field.attname: value})
        outcome = invoicing.verify(Invoice.objects.get(pk=invoice.pk))["verified"]
        transaction.set_rollback(True)
    return outcome


def test_verifying_finds_any_changed_column_of_an_invoice_and_its_lines(cast: Cast, drafts, service: Service):
    first, second = (issue(cast, invoice) for invoice in drafts(2))
    person = make_patient()
    world = {
        Patient: person.pk, Payer: cast.southern.pk, Case: make_case(cast.aroha).pk, User: cast.owner.pk,
        Treatment: signed(cast).pk, Service: Service.objects.create(code="X", name="X").pk, Invoice: first.pk,
            Appointment: Appointment.objects.first().pk,
    }  # fmt: skip
    unnoticed, tried = [], 0
    for row in (second, second.lines.get()):
        for field in row._meta.concrete_fields:
            if field.primary_key or field.name in BOOKKEEPING:
                continue
            tried += 1
            if tampered(row, field, other_value(row, field, world), second):
                unnoticed.append(f"{row._meta.model_name}.{field.name}")
    assert unnoticed == []
    assert tried > 20
    assert invoicing.verify(second)["verified"] is True


def test_an_invoice_verifies_whatever_its_names_become_later(cast: Cast, drafts, service: Service):
    invoice = issue(cast, drafts(1)[0])
    Service.objects.update(code="NEW", name="Renamed")
    Practitioner.objects.update(display_name="Married", acc_provider_id="Z1")
    Patient.objects.update(last_name="Moved")
    assert invoicing.verify(Invoice.objects.get(pk=invoice.pk))["verified"] is True


# At once


@pytest.mark.django_db(transaction=True)
def test_invoices_issued_at_once_with_some_that_die_have_numbers_without_gaps_or_doubles(transactional_db, cast: Cast):
    service = Service.objects.create(code="ACU1", name="Acupuncture")
    service.appointment_types.add(make_type())
    rate(service, cast.acc, "78.26")
    case = make_case(cast.aroha)
    invoices = [draft(cast, signed(cast, case=case), payer=cast.acc) for _ in range(50)]

    def well(invoice: Invoice) -> Callable:
        return lambda: issue(cast, invoice)

    def rolled_back(invoice: Invoice) -> Callable:
        def act():
            with transaction.atomic():
                issue(cast, invoice)
                raise RuntimeError("the worker ends here")

        return act

    def killed(invoice: Invoice) -> Callable:
        def act():
            with transaction.atomic():
                issue(cast, invoice)
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        return act

    fates = [well, killed, well, rolled_back, killed] * 10
    outcomes = at_once([fate(invoice) for fate, invoice in zip(fates, invoices, strict=True)], together=25)
    issued = [outcome for outcome in outcomes if isinstance(outcome, Invoice)]
    assert len(issued) == 20
    assert {type(outcome) for outcome in outcomes} == {Invoice, RuntimeError, OperationalError}
    assert list(Invoice.objects.exclude(number=None).order_by("number").values_list("number", flat=True)) == [
        *range(1, 21)
    ]
    for invoice in Invoice.objects.filter(status="draft").order_by("pk"):
        issue(cast, invoice)
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [*range(1, 51)]
    assert all(invoicing.verify(invoice)["verified"] for invoice in Invoice.objects.all())


@pytest.mark.django_db(transaction=True)
def test_one_invoice_issued_by_many_at_once_gets_one_number(transactional_db, cast: Cast):
    service = Service.objects.create(code="ACU1", name="Acupuncture")
    service.appointment_types.add(make_type())
    rate(service, None, "78.26")
    invoice = draft(cast, signed(cast))
    outcomes = at_once([lambda: issue(cast, invoice) for _ in range(8)])
    assert len([outcome for outcome in outcomes if isinstance(outcome, Invoice)]) == 1
    refused = [outcome for outcome in outcomes if not isinstance(outcome, Invoice)]
    assert {(type(outcome), outcome.code) for outcome in refused} == {(Conflict, "invoice_issued")}
    assert Counter.objects.get().last == 1


@pytest.mark.django_db(transaction=True)
def test_one_treatment_billed_by_many_at_once_is_on_one_invoice(transactional_db, cast: Cast):
    service = Service.objects.create(code="ACU1", name="Acupuncture")
    service.appointment_types.add(make_type())
    rate(service, None, "78.26")
    note = signed(cast)
    outcomes = at_once([lambda: draft(cast, note) for _ in range(8)])
    assert len([outcome for outcome in outcomes if isinstance(outcome, Invoice)]) == 1
    errors = [outcome for outcome in outcomes if not isinstance(outcome, Invoice)]
    assert {refusal_for(error).code for error in errors} == {"already_billed"}
    assert (Invoice.objects.count(), InvoiceLine.objects.count()) == (1, 1)


def test_the_list_of_invoices_costs_the_same_for_1_and_10(cast: Cast, drafts, django_assert_max_num_queries):
    client, costs = api(cast.billing), []
    for count in (1, 9):
        drafts(count)
        client.get(URL)
        with django_assert_max_num_queries(20) as captured:
            answer = client.get(URL).json()
        costs.append(len(captured))
        assert {row["total"] for row in answer["results"]} == {"90.00"}
    assert (answer["count"], len(set(costs))) == (10, 1)
