"""Booking online over the API: held, told a code, verified; and all that is refused on the way."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appointments import booking, holding
from appointments.models import Appointment, OnlineBooking
from appointments.online import codes, offering, reserving, verifying
from clinic.errors import Refusal
from clinic.models import Practice
from messaging.models import Message
from patients.models import Patient
from tests.appointments.online.conftest import BOOKINGS, code_in, deliver_all, reserve, typed, verify
from tests.appointments.test_races import overlaps
from tests.cast import Cast, api, make_patient, make_type
from tests.pages import browser
from tests.rivals import at_once

pytestmark = pytest.mark.django_db
KNOWN = {"first_name": "aroha", "last_name": "Tamati", "date_of_birth": "1984-03-09"}


def right_code(token: str) -> str:
    return codes.code_for(codes.digest(token))


def booked(kind, starts_at, **fields) -> Appointment:
    token = reserve(kind, starts_at, **fields).json()["token"]
    assert verify(token, right_code(token)).status_code == 200
    return Appointment.objects.get(online_booking__token_digest=codes.digest(token))


def test_somebody_new_books_and_is_registered_only_with_the_code(clinic: Cast, kind, ten, post_office):
    before = Patient.objects.count()
    held = reserve(kind, ten)
    assert (held.status_code, held.json()["status"], held.json()["practitioner"]) == (201, "pending", "Mere Ngata")
    token, code = held.json()["token"], code_in(post_office)
    assert (Patient.objects.count(), post_office.recipients) == (before, ["ngaio@example.nz"])
    wrong = verify(token, f"{(int(code) + 1) % 10**6:06}")
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["tries_left"]) == (422, "code_wrong", 4)
    answer = verify(token, f"{code[:3]} {code[3:]}")
    assert (answer.status_code, answer.json()["status"], answer.json()["held_until"]) == (200, "booked", None)
    visit = Appointment.objects.get(patient__last_name="Marama")
    assert (visit.starts_at, visit.status, visit.note) == (ten, "booked", "Booked online, new here")
    assert visit.occupancies.filter(resource_kind="patient", resource_id=visit.patient_id).exists()
    assert (visit.patient.email, visit.patient.phone) == ("ngaio@example.nz", "021 555 0177")
    deliver_all()
    told = post_office.letters[-1]
    assert told["To"] == "ngaio@example.nz"
    assert told["Subject"].startswith("You are booked for ")
    assert "/r/" in told.get_body(("plain",)).get_content()
    assert Message.objects.filter(occasion="appointment_reminder", subject_id=visit.pk, state="planned").count() == 1


def test_no_code_and_no_token_is_kept(clinic: Cast, kind, ten, post_office):
    token = reserve(kind, ten).json()["token"]
    code = code_in(post_office)
    kept = repr(list(Message.objects.values())) + repr(list(OnlineBooking.objects.values()))
    kept += repr(list(Message.objects.get().events.values()))
    assert "······" in kept
    assert code not in kept
    assert token not in kept


def test_a_code_opens_its_own_booking_only_and_only_once(clinic: Cast, kind, ten):
    first, other = (
        reserve(kind, ten + timedelta(hours=hour), email=f"n{hour}@example.nz", phone=f"021 555 000{hour}").json()
        for hour in (0, 2)
    )
    assert verify(other["token"], right_code(first["token"])).json()["code"] == "code_wrong"
    assert verify(first["token"], right_code(first["token"])).status_code == 200
    assert verify(first["token"], right_code(first["token"])).json()["code"] == "already_verified"


@pytest.mark.parametrize("repeatable", [False, True])
def test_wrong_codes_are_counted_whatever_is_sent_with_them_and_then_the_time_is_free(clinic, kind, ten, repeatable):
    token = reserve(kind, ten).json()["token"]
    answers = [
        verify(token, "12345", **({"HTTP_IDEMPOTENCY_KEY": f"key-{turn}"} if repeatable else {})).json()["code"]
        for turn in range(6)
    ]
    assert answers == ["code_wrong"] * 4 + ["code_used_up", "hold_expired"]
    assert verify(token, right_code(token)).json()["code"] == "hold_expired"
    visit = Appointment.objects.get()
    assert (visit.status, visit.cancel_reason, visit.patient) == ("cancelled", "let_go", None)
    assert reserve(kind, ten).status_code == 201


def test_a_code_is_of_no_use_once_the_hold_is_over(clinic: Cast, kind, ten):
    token = reserve(kind, ten).json()["token"]
    Appointment.objects.update(held_until=timezone.now())
    assert (verify(token, right_code(token)).status_code, Patient.objects.filter(last_name="Marama").count()) == (
        409,
        0,
    )
    assert reserve(kind, ten).status_code == 201
    assert api().post(f"{BOOKINGS}{token}/resend/").json()["code"] == "hold_expired"


def test_a_code_that_comes_too_late_does_not_leave(clinic: Cast, kind, ten, post_office):
    reserve(kind, ten)
    Appointment.objects.update(held_until=timezone.now())
    deliver_all()
    assert (post_office.letters, Message.objects.get().reason) == ([], "no_longer_so")


def test_the_code_is_sent_again_but_not_at_once_and_not_for_ever(clinic: Cast, kind, ten, post_office):
    token = reserve(kind, ten).json()["token"]
    code = code_in(post_office)
    at_once = api().post(f"{BOOKINGS}{token}/resend/")
    assert (at_once.status_code, at_once.json()["code"]) == (429, "code_just_sent")
    assert 0 < int(at_once["Retry-After"]) <= 62
    for _ in range(2):
        OnlineBooking.objects.update(code_sent_at=timezone.now() - timedelta(minutes=2))
        assert api().post(f"{BOOKINGS}{token}/resend/").status_code == 200
        assert code_in(post_office) == code
    assert len(post_office.letters) == 3
    OnlineBooking.objects.update(code_sent_at=timezone.now() - timedelta(minutes=2))
    assert api().post(f"{BOOKINGS}{token}/resend/").json()["code"] == "codes_used_up"


@pytest.mark.parametrize(
    "asked",
    [{"email": "AROHA@example.nz"}, {"phone": "+64 21 555 0184"}],
    ids=["by e-mail", "by telephone"],
)
def test_somebody_known_is_recognised_and_not_registered_twice(clinic: Cast, kind, ten, asked):
    before = Patient.objects.count()
    visit = booked(kind, ten, **KNOWN | asked)
    assert (visit.patient, Patient.objects.count()) == (clinic.aroha, before)
    message = Message.objects.get(occasion="booked_online")
    assert (message.patient, message.address) == (clinic.aroha, "")


@pytest.mark.parametrize(
    "asked",
    [
        {"email": "other@example.nz"},
        {"email": "aroha@example.nz", "date_of_birth": "1984-03-10"},
        {"email": "aroha@example.nz", "first_name": "Mere"},
    ],
)
def test_who_only_resembles_somebody_is_registered_anew(clinic: Cast, kind, ten, asked):
    visit = booked(kind, ten, **KNOWN | asked)
    assert visit.patient != clinic.aroha
    is_alike = "date_of_birth" not in asked
    assert visit.note == (verifying.MAYBE_KNOWN if is_alike else "Booked online, new here")


def test_of_two_records_of_one_person_none_is_guessed_and_an_archived_one_stays_archived(clinic: Cast, kind, ten):
    twin = make_patient(
        first_name="Aroha", last_name="Tāmati", date_of_birth=date(1984, 3, 9), email="aroha@example.nz"
    )
    visit = booked(kind, ten, **KNOWN | {"email": "aroha@example.nz"})
    assert visit.patient not in {twin, clinic.aroha}
    Patient.objects.exclude(pk=twin.pk).update(archived_at=timezone.now())
    assert booked(kind, ten + timedelta(hours=2), **KNOWN | {"email": "aroha@example.nz"}).patient == twin


def test_nobody_learns_from_a_reservation_whether_somebody_is_known(clinic: Cast, kind, ten):
    """Same status, same fields, same work: no query looks at patients before the code is entered."""
    answers, asked = [], []
    for hour, who in enumerate([{}, KNOWN | {"email": "aroha@example.nz", "phone": clinic.aroha.phone}]):
        with CaptureQueriesContext(connection) as captured:
            answers.append(reserve(kind, ten + timedelta(hours=hour), **who))
        asked.append([query["sql"].split(" FROM ")[0][:60] for query in captured])
        assert not any('FROM "patients_patient"' in query["sql"] for query in captured)
    assert [answer.status_code for answer in answers] == [201, 201]
    assert set(answers[0].json()) == set(answers[1].json())
    assert len(asked[0]) == len(asked[1])
    assert {answer.json()["channel"] for answer in answers} == {"email"}


def test_a_visit_of_the_same_patient_at_that_time_is_told_with_the_code_only(clinic: Cast, kind, ten):
    booking.book(
        patient=clinic.aroha, practitioner=clinic.wei, appointment_type=kind, starts_at=ten, by=clinic.desk,
        now=timezone.now(),
    )  # fmt: skip
    held = reserve(kind, ten, **KNOWN | {"email": "aroha@example.nz", "practitioner": clinic.mere.pk})
    assert held.status_code == 201
    token = held.json()["token"]
    assert verify(token, right_code(token)).json()["code"] == "slot_taken"


def test_limits_of_a_kind_of_visit_hold_online(clinic: Cast, kind, ten):
    now = timezone.now()
    soon = min(slot.starts_at for slot in booking_slots(kind, now))
    assert soon >= now + timedelta(minutes=120)
    refusals = {
        "notice_too_short": {"starts_at": (now + timedelta(minutes=60)).replace(second=0, microsecond=0).isoformat()},
        "past_horizon": {"starts_at": (ten + timedelta(days=70)).isoformat()},
        "date_of_birth_in_future": {"date_of_birth": "2099-01-01"},
    }
    for code, fields in refusals.items():
        assert api().post(BOOKINGS, typed(kind, ten) | fields).json()["code"] == code
    kind.min_age = 40
    kind.save()
    assert reserve(kind, ten).json()["code"] == "patient_too_young"
    kind.min_age, kind.open_to = None, "known"
    kind.save()
    token = reserve(kind, ten).json()["token"]
    assert verify(token, right_code(token)).json()["code"] == "known_patients_only"
    assert not Patient.objects.filter(last_name="Marama").exists()
    kind.bookable_online = False
    kind.save()
    assert reserve(kind, ten).status_code == 400
    asked = {
        "practitioner": None, "starts_at": ten, "asker": "192.0.2.1", "now": now, "first_name": "N", "last_name": "M",
        "date_of_birth": date(1990, 5, 4), "email": "n@example.nz", "phone": "021 555 0101",
    }  # fmt: skip
    with pytest.raises(Refusal) as refused:
        reserving.reserve(appointment_type=kind, **asked)
    assert refused.value.code == "not_bookable_online"


def booking_slots(kind, now):
    today = now.date()
    return offering.starts(kind=kind, practitioner=None, from_on=today, to_on=today + timedelta(days=10), now=now)


def test_a_practice_that_takes_no_bookings_online_says_so(clinic: Cast, kind, ten):
    Practice.objects.update(books_online=False)
    places = ["appointment-types/", f"availability/?appointment_type={kind.pk}&from=2026-12-01"]
    assert {api().get(f"/api/v1/public/{place}").json()["code"] for place in places} == {"not_online"}
    assert reserve(kind, ten).status_code == 404
    assert api().get("/api/v1/public/clinic/").json()["books_online"] is False


def test_only_some_times_are_held_at_once_for_one_address_one_mailbox_and_one_telephone(clinic: Cast, kind, ten):
    for hour in range(2):
        assert reserve(kind, ten + timedelta(hours=hour)).status_code == 201
    refused = reserve(kind, ten + timedelta(hours=3), phone="021 555 0999")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_holds")
    assert 0 < int(refused["Retry-After"]) <= 15 * 60 + 1
    assert reserve(kind, ten + timedelta(hours=3), email="other@example.nz").json()["code"] == "too_many_holds"
    OnlineBooking.objects.all().delete()
    Appointment.objects.all().delete()
    for turn in range(reserving.MOST_HELD_BY_ONE_ADDRESS + 1):
        who = {"email": f"n{turn}@example.nz", "phone": f"021 555 01{turn:02}"}
        answer = reserve(kind, ten + timedelta(hours=turn // 2, days=7 * (turn % 2)), **who)
    assert answer.json()["code"] == "too_many_holds"
    assert (
        reserve(
            kind, ten + timedelta(hours=5), address="192.0.2.99", email="z@example.nz", phone="021 555 9999"
        ).status_code
        == 201
    )


def test_nobody_books_more_visits_online_than_the_practice_takes_of_one_person(clinic: Cast, kind, ten):
    for hour in range(2):
        booked(kind, ten + timedelta(hours=hour))
    token = reserve(kind, ten + timedelta(hours=3)).json()["token"]
    assert verify(token, right_code(token)).json()["code"] == "too_many_open_bookings"
    Practice.objects.update(online_bookings_each=3)
    assert verify(token, right_code(token)).status_code == 200


def test_what_is_told_of_free_times_is_when_and_with_whom(clinic: Cast, kind, ten):
    day = f"{ten.astimezone(clinic.location.zone):%Y-%m-%d}"
    answer = api().get(f"/api/v1/public/availability/?appointment_type={kind.pk}&from={day}").json()
    assert set(answer) == {"slots"}
    assert {frozenset(slot) for slot in answer["slots"]} == {
        frozenset({"starts_at", "ends_at", "practitioner", "practitioner_name", "location"})
    }
    before = len(answer["slots"])
    assert reserve(kind, ten, practitioner=clinic.mere.pk).status_code == 201
    assert (
        reserve(kind, ten, practitioner=clinic.wei.pk, email="w@example.nz", phone="021 555 0111").status_code == 201
    )
    after = api().get(f"/api/v1/public/availability/?appointment_type={kind.pk}&from={day}").json()["slots"]
    assert len(after) < before
    beyond = f"/api/v1/public/availability/?appointment_type={kind.pk}&from=2027-01-01&to=2027-02-15"
    assert api().get(beyond).status_code == 400
    [shown] = api().get("/api/v1/public/appointment-types/").json()
    assert (shown["name"], shown["minutes"], shown["price"], shown["for_whom"]) == ("First visit", 50, "95.00", "")
    assert [row["name"] for row in shown["practitioners"]] == ["Mere Ngata", "Wei Chen"]


def test_kinds_are_told_in_the_same_number_of_queries(clinic: Cast, kind):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api().get("/api/v1/public/appointment-types/").status_code == 200
        return len(captured)

    one = queries()
    for number in range(9):
        make_type(f"Kind {number}", bookable_online=True, open_to="new", min_age=16)
    assert queries() == one
    assert api().get("/api/v1/public/appointment-types/").json()[-1]["for_whom"] == "New patients, from 16 years"


def test_what_was_typed_and_never_verified_is_forgotten_after_a_day(clinic: Cast, kind, ten):
    reserve(kind, ten)
    assert reserving.forget(now=timezone.now() + timedelta(hours=23)) == 0
    holding.expire(now=timezone.now() + timedelta(hours=1))
    assert reserving.forget(now=timezone.now() + timedelta(hours=25)) == 1
    assert (OnlineBooking.objects.count(), Appointment.objects.get().cancel_reason) == (0, "expired")


def test_where_the_code_went_is_forgotten_with_the_booking_and_nothing_else_is(clinic: Cast, kind, ten, post_office):
    token = reserve(kind, ten, first_name="Hinemoa", email="hinemoa@example.nz", phone="021 555 0191").json()["token"]
    deliver_all()
    kept = booked(kind, ten + timedelta(hours=2))
    deliver_all()
    others = list(Message.objects.filter(patient=kept.patient).order_by("pk").values())
    assert len(post_office.letters) == 2
    holding.expire(now=timezone.now() + timedelta(hours=1))
    assert reserving.forget(now=timezone.now() + timedelta(hours=25)) == 1
    told = Message.objects.get(address="forgotten")
    assert (told.state, told.recipient, told.subject_line, told.body) == ("sent", "", "", "")
    assert told.sent_at is not None
    assert list(Message.objects.filter(patient=kept.patient).order_by("pk").values()) == others
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" AS r WHERE r::text ILIKE %s', ["%hinemoa%"])
            assert cursor.fetchone() == (0,), table
    assert api().get(f"{BOOKINGS}{token}/").status_code == 404


def test_a_token_of_nothing_is_404_and_a_held_time_needs_its_patient(clinic: Cast, kind, ten):
    assert api().get(f"{BOOKINGS}nothing/").json()["code"] == "booking_unknown"
    reserve(kind, ten)
    visit = Appointment.objects.get()
    client = api(clinic.desk)
    answer = client.get(f"/api/v1/appointments/{visit.pk}/").json()
    assert (answer["patient"], answer["patient_name"]) == (None, None)
    [listed] = client.get("/api/v1/appointments/").json()["results"]
    assert (listed["patient"], listed["patient_name"]) == (None, None)
    for page in ("/admin/", "/admin/appointments/appointment/", f"/admin/diary/?day={ten:%Y-%m-%d}"):
        assert browser(clinic.desk).get(page).status_code == 200
    held = f"/admin/appointments/appointment/{visit.pk}/change/"
    assert "Booking online" in browser(clinic.desk).get(held).content.decode()
    for step in ("keep", "confirm", "arrive"):
        assert client.post(f"/api/v1/appointments/{visit.pk}/{step}/").json()["code"] == "patient_unknown"
    without = typed(kind, ten) | {"patient": None, "practitioner": clinic.mere.pk}
    assert client.post("/api/v1/appointments/", without).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_of_many_strangers_for_one_time_one_gets_it(clinic: Cast, kind, ten):
    def rival(number: int):
        def act() -> tuple[int, str]:
            who = {"email": f"r{number}@example.nz", "phone": f"021 555 1{number:03}", "practitioner": clinic.mere.pk}
            answer = reserve(kind, ten, address=f"192.0.2.{number}", **who)
            return answer.status_code, answer.json().get("code", "")

        return act

    outcomes = Counter(at_once([rival(number) for number in range(1, 21)]))
    assert outcomes == {(201, ""): 1, (409, "slot_taken"): 19}
    assert (Appointment.objects.live().count(), overlaps()) == (1, 0)
