"""The whole clinic, started as `make run` starts it, and everything that follows over HTTP only."""

import signal
from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest
from celery import Celery

from config.private_servers import PrivatePostgres
from frontdesk.demo import day as demo_day
from frontdesk.demo.steps import Day
from frontdesk.demo.visitor import Person
from tests.config.clinics import Clinic

PASSWORD = "a-password-for-tests"
KEPT = ("patients", "cases", "appointments", "messages", "treatments", "invoices", "documents")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    clinic = Clinic(tmp_path_factory.mktemp("journey") / "var", DEMO_PASSWORD=PASSWORD)
    try:
        assert clinic.opens(), clinic.log.read_text()[-4000:]
        yield clinic
    finally:
        if clinic.process.poll() is None:
            clinic.ends(signal.SIGTERM)
        PrivatePostgres(clinic.var / "servers").remove()


def url_of(clinic: Clinic) -> str:
    return f"http://127.0.0.1:{clinic.port}"


@pytest.fixture(scope="module")
def lived(clinic) -> Day:
    """A whole day, its reminder brought by beat's own sweep."""
    return live(clinic)


def live(clinic: Clinic, say: Callable[[str], None] = print) -> Day:
    today = Day(url_of(clinic), password=PASSWORD, mailbox=clinic.var / "mail")
    demo_day.run(today, say=say)
    return today


def test_a_clinic_day_from_the_first_call_to_what_acc_pays(lived):
    assert lived.treatment["status"] == "signed"
    assert (lived.acc_invoice["status"], lived.own_invoice["status"]) == ("issued", "issued")
    assert lived.claim["status"] == "settled"


def test_the_same_day_runs_a_second_time_right_after_the_first(clinic, lived):
    lines = []

    def say(line: str) -> None:
        lines.append(line)
        if "planned, due" in line:  # the worker sweeps when it is told to; nobody has to wait for beat's minute
            sweep_now(clinic)

    second = live(clinic, say)
    assert second.patient["id"] != lived.patient["id"]
    assert second.own_invoice["number"] > lived.own_invoice["number"]
    assert len([line for line in lines if line[:2].strip().isdigit()]) == len(demo_day.STEPS)


def sweep_now(clinic: Clinic) -> None:
    broker = demo_day.running(clinic.var)["REDIS_URL"]
    with Celery(broker=broker, set_as_current=False) as queue:  # the tests after this one have a queue of their own
        queue.send_task("messaging.tasks.sweep")


@pytest.fixture
def nothing_is_written(lived):
    """Counts every kind of row before and after."""

    def counts() -> dict[str, int]:
        return {name: lived.owner.get(f"{name}/", page_size=1)["count"] for name in KEPT}

    before = counts()
    yield
    assert counts() == before


def appointment(lived: Day, **changes) -> dict:
    """What would book the patient of the day once more, but for the changes."""
    return {
        "patient": lived.patient["id"],
        "appointment_type": lived.kind["id"],
        "practitioner": lived.treats["id"],
        "starts_at": lived.slot["starts_at"],
    } | changes


def problem_of(answer: httpx.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert body["status"] == answer.status_code
    return answer.status_code, answer.headers["Content-Type"], body["code"]


def send(person: Person, method: str, path: str, **kwargs) -> tuple[int, str, str]:
    return problem_of(person.http.request(method, f"/api/v1/{path}", **kwargs))


PROBLEM = "application/problem+json"


@pytest.mark.parametrize("path", ["patients/", "cases/", "appointments/", "treatments/", "invoices/", "documents/"])
@pytest.mark.parametrize("body", [b'{"patient": 1,', b"\xff\xfe", b'{"a": NaN}'])
def test_malformed_json_is_400(lived, nothing_is_written, path, body):
    headers = {"Content-Type": "application/json"}
    assert send(lived.owner, "POST", path, content=body, headers=headers) == (400, PROBLEM, "parse_error")


@pytest.mark.parametrize("body", [b"[]", b'"a"', b"12", b"null"])
def test_json_that_is_no_object_is_400(lived, nothing_is_written, body):
    headers = {"Content-Type": "application/json"}
    assert send(lived.desk, "POST", "appointments/", content=body, headers=headers) == (400, PROBLEM, "invalid")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"patient": "nobody"}, "patient"),
        ({"patient": 999_999_999}, "patient"),
        ({"patient": None}, "patient"),
        ({"practitioner": [1]}, "practitioner"),
        ({"appointment_type": {"id": 1}}, "appointment_type"),
        ({"room": 10**30}, "room"),
        ({"note": ["a"]}, "note"),
        ({"starts_at": 12}, "starts_at"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": "2026-11-24T09:00:00"}, "starts_at"),
    ],
)
def test_wrong_types_unknown_ids_and_times_without_offset_name_their_field(lived, nothing_is_written, changes, field):
    answer = lived.desk.http.post("/api/v1/appointments/", json=appointment(lived, **changes))
    assert problem_of(answer) == (400, PROBLEM, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("path", ["patients/999999999/", "patients/nobody/", "appointments/0/", "nothing/"])
def test_what_is_not_there_is_404(lived, path):
    assert send(lived.owner, "GET", path) == (404, PROBLEM, "not_found")


def test_a_visit_in_the_past_is_refused(lived, nothing_is_written):
    body = appointment(lived, starts_at="2020-02-03T09:00:00+13:00")
    assert send(lived.desk, "POST", "appointments/", json=body) == (422, PROBLEM, "in_the_past")


def test_time_off_that_ends_before_it_begins_is_refused(lived, nothing_is_written):
    before = lived.desk.get("time-off/")["count"]
    body = {
        "practitioner": lived.treats["id"],
        "starts_at": "2031-01-07T12:00:00+13:00",
        "ends_at": "2031-01-07T09:00:00+13:00",
    }
    assert send(lived.desk, "POST", "time-off/", json=body) == (422, PROBLEM, "ends_before_it_begins")
    assert lived.desk.get("time-off/")["count"] == before


def test_days_the_wrong_way_round_are_refused(lived):
    query = {"appointment_type": lived.kind["id"], "from": "2031-01-07", "to": "2031-01-06"}
    assert send(lived.desk, "GET", "availability/", params=query) == (422, PROBLEM, "ends_before_it_begins")


def test_a_signed_note_stays_as_it_was_whatever_is_sent(lived, nothing_is_written):
    path = f"treatments/{lived.treatment['id']}/"
    needling = {"point": "GB30", "side": "left"}
    for changes in ({"plan": "Nothing"}, {"needlings": [needling]}, {"cuppings": []}, {"needles_out": 3}):
        assert send(lived.practitioner, "PATCH", path, json=changes) == (409, PROBLEM, "note_signed")
    assert send(lived.practitioner, "POST", f"{path}sign/") == (409, PROBLEM, "note_signed")
    assert send(lived.practitioner, "DELETE", path) == (409, PROBLEM, "note_signed")
    kept = {name: value for name, value in lived.practitioner.get(path).items() if name != "updated_at"}
    assert kept == {name: value for name, value in lived.treatment.items() if name != "updated_at"}


def test_an_issued_invoice_stays_as_it_was_whatever_is_sent(lived, nothing_is_written):
    path = f"invoices/{lived.own_invoice['id']}/"
    assert send(lived.desk, "PATCH", path, json={"note": "Half price"}) == (409, PROBLEM, "invoice_issued")
    assert send(lived.desk, "POST", f"{path}issue/") == (409, PROBLEM, "invoice_issued")
    assert send(lived.desk, "DELETE", path) == (409, PROBLEM, "invoice_issued")
    assert lived.desk.get(path) == lived.own_invoice


def test_a_note_with_one_impossible_part_is_not_half_written(lived, nothing_is_written):
    """The second needling is refused by a rule after the first has passed."""
    needlings = [{"point": "GB30", "side": "right"}, {"point": "GV20", "side": "left"}]
    body = {
        "patient": lived.patient["id"],
        "practitioner": lived.treats["id"],
        "started_at": lived.now().isoformat(),
        "needlings": needlings,
    }
    assert send(lived.practitioner, "POST", "treatments/", json=body) == (422, PROBLEM, "side_impossible")


def test_a_case_with_one_impossible_diagnosis_is_not_half_written(lived, nothing_is_written):
    diagnosis = {"system": "read2", "code": "S532.", "description": "Sprain, hip joint", "primary": True}
    body = {
        "patient": lived.patient["id"],
        "title": "Knee",
        "kind": "private",
        "diagnoses": [diagnosis, diagnosis | {"code": "not a Read code", "primary": False}],
    }
    assert send(lived.desk, "POST", "cases/", json=body) == (422, PROBLEM, "read_code_malformed")


def test_who_is_not_signed_in_is_told_so(lived):
    with httpx.Client(base_url=lived.url) as nobody:
        for path in KEPT:
            assert problem_of(nobody.get(f"/api/v1/{path}/")) == (401, PROBLEM, "not_authenticated")


def test_no_line_of_any_log_names_the_patient(clinic, lived):
    """Web, worker, mailbox and servers write into one log. The database itself refuses the second of an NHI number."""
    names = ("nhi", "first_name", "last_name", "date_of_birth", "email", "phone")
    body = {name: lived.patient[name] for name in names} | {"confirm_new": True}
    assert send(lived.desk, "POST", "patients/", json=body) == (409, PROBLEM, "nhi_taken")
    log = clinic.log.read_text()
    assert "patient_nhi_once" in log
    private = [lived.patient[name] for name in names]
    private += [lived.case["claim_number"], lived.treatment["complaint"], lived.treatment["plan"]]
    assert [text for text in private if text in log] == []


def test_the_clinic_closes_in_order(clinic):
    """Last: whatever the tests before have done to it, it ends when it is asked to."""
    with suppress(httpx.TransportError):
        httpx.get(f"{url_of(clinic)}/health/live")
    assert clinic.ends(signal.SIGINT) == 0
