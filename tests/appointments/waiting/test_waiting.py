"""Who waits, what is offered to them in which order, and what becomes of it."""

from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from appointments import attending, booking, holding
from appointments.hours import resting
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from appointments.waiting import answering, entering, giving, links, matching, offering
from appointments.waiting.matching import PartsOfDay, Wanted
from clinic.errors import Conflict, Refusal, refusal_for
from clinic.models import Practice
from messaging.delivering import deliver
from messaging.models import Message
from messaging.sweeping import sweep as sweep_messages
from tests.appointments.waiting.conftest import NOW, held, offered_to, open_offers, wait
from tests.cast import Cast, api, make_case, make_patient, make_type, open_hours
from tests.counting import queries_while_growing
from tests.pages import browser
from tests.visits import AUCKLAND, make_visit, nz

pytestmark = pytest.mark.django_db

NINE = nz("2026-11-03 09:00")
SOON = NOW + timedelta(minutes=1)
OVER = NOW + timedelta(minutes=121)


def sweep(now=NOW) -> int:
    return offering.sweep(now=now)


def token(entry: WaitlistEntry) -> str:
    return links.token_for(entry.offers.latest("pk"))


def test_a_free_time_is_held_for_who_waits_and_told_by_a_link(clinic: Cast, kind, post_office):
    entry = wait(clinic, kind, patient=clinic.aroha)
    assert sweep() == 1
    [hold] = held()
    assert (hold.patient, hold.starts_at, hold.held_until) == (clinic.aroha, NINE, NOW + timedelta(minutes=120))
    for ids in sweep_messages(now=SOON):
        deliver(message_ids=ids, clock=lambda: SOON)
    [letter] = post_office.letters
    assert letter["To"] == "aroha@example.nz"
    assert f"/w/{token(entry)}/" in str(letter.get_body(("plain",)).get_content())
    assert "Tue 3 Nov, 9:00 am" in str(letter.get_body(("plain",)).get_content())
    assert "until Mon 2 Nov, 11:00 am" in str(letter.get_body(("plain",)).get_content())


def test_the_time_goes_in_order_of_urgency_and_then_of_waiting(clinic: Cast, kind):
    usual = wait(clinic, kind)
    later = wait(clinic, kind, now=SOON)
    urgent = wait(clinic, kind, urgency=1, now=SOON)
    assert (sweep(), sweep()) == (1, 0)
    assert [offered_to(entry) for entry in (urgent, usual, later)] == [[("open", "pending")], [], []]
    answering.decline(token=token(urgent), now=SOON)
    sweep(SOON)
    assert [offered_to(entry)[-1:] for entry in (urgent, usual, later)] == [
        [("declined", "cancelled")], [("open", "pending")], [],
    ]  # fmt: skip
    sweep(SOON + timedelta(minutes=121))
    assert [offered_to(entry)[-1:] for entry in (usual, later)] == [[("expired", "cancelled")], [("open", "pending")]]


def test_what_was_declined_or_let_pass_is_not_offered_to_them_again(clinic: Cast, kind):
    entry = wait(clinic, kind)
    sweep()
    answering.decline(token=token(entry), now=SOON)
    assert (sweep(SOON), offered_to(entry)) == (0, [("declined", "cancelled")])
    entering.change(entry=entry, until_on=date(2026, 11, 10), by=clinic.desk, now=SOON)
    assert sweep(SOON) == 1
    assert entry.offers.latest("pk").starts_at == nz("2026-11-10 09:00")


def test_who_takes_the_time_has_it_with_its_reminder_and_waits_no_more(clinic: Cast, kind):
    entry = wait(clinic, kind)
    sweep()
    offer = answering.take(token=token(entry), now=SOON)
    entry.refresh_from_db()
    assert (offer.state, offer.appointment.status) == ("taken", "booked")
    assert (entry.state, entry.appointment) == ("fulfilled", offer.appointment)
    assert Message.objects.filter(occasion="appointment_reminder", subject_id=offer.appointment_id).count() == 1
    assert (sweep(OVER), len(held())) == (0, 0)


def test_the_visit_that_is_moved_forward_keeps_its_id(clinic: Cast, kind):
    visit = booking.book(
        patient=clinic.aroha, practitioner=clinic.mere, appointment_type=kind, starts_at=nz("2026-11-17 09:00"),
        by=clinic.desk, now=NOW,
    )  # fmt: skip
    entry = wait(clinic, kind, patient=clinic.aroha, moving=visit, until_on=None)
    sweep()
    answering.take(token=token(entry), now=SOON)
    visit.refresh_from_db()
    entry.refresh_from_db()
    assert (visit.starts_at, visit.status, entry.appointment) == (NINE, "booked", visit)
    assert Appointment.objects.live().count() == 1


def test_nothing_later_than_the_visit_to_be_moved_is_offered(clinic: Cast, kind):
    visit = booking.book(
        patient=clinic.aroha, practitioner=clinic.mere, appointment_type=kind, starts_at=NINE, by=clinic.desk, now=NOW
    )
    wait(clinic, kind, patient=clinic.aroha, moving=visit, until_on=None)
    assert sweep() == 0


@pytest.mark.parametrize("freed", ["cancel", "move", "give back", "hold runs out", "new hours"])
def test_whatever_frees_a_time_is_found(clinic: Cast, kind, freed: str):
    by = {"by": clinic.desk, "now": NOW}
    visit = {"patient": make_patient(), "practitioner": clinic.mere, "appointment_type": kind, "starts_at": NINE} | by
    if freed == "cancel":
        booked = booking.book(**visit)
        undo = lambda: attending.cancel(appointment=booked, reason="patient", **by)  # noqa: E731
    elif freed == "move":
        booked = booking.book(**visit)
        undo = lambda: booking.move(appointment=booked, starts_at=nz("2026-11-10 09:00"), **by)  # noqa: E731
    elif freed == "give back":
        off = resting.take(practitioner=clinic.mere, starts_at=NINE, ends_at=NINE + timedelta(hours=1), **by)
        undo = lambda: resting.give_back(time_off=off, **by)  # noqa: E731
    elif freed == "hold runs out":
        holding.hold(**visit, until=NOW + timedelta(seconds=30))
        undo = lambda: holding.expire(now=SOON)  # noqa: E731
    else:
        clinic.mere.working_hours.all().delete()
        undo = lambda: open_hours(clinic.mere, clinic.location)  # noqa: E731
    entry = wait(clinic, kind)
    assert sweep() == 0
    undo()
    assert (sweep(SOON), offered_to(entry)) == (1, [("open", "pending")])


@pytest.mark.parametrize("when", ["2026-11-02 07:59", "2026-11-02 20:00"])
def test_nobody_is_written_to_at_night(clinic: Cast, kind, when: str):
    wait(clinic, kind)
    assert sweep(nz(when)) == 0


def test_a_time_that_begins_before_the_offer_is_over_is_not_offered_by_itself(clinic: Cast, kind):
    wait(clinic, kind)
    Practice.objects.update(offers_from=time(0))
    assert (sweep(nz("2026-11-03 07:30")), sweep(nz("2026-11-03 06:55"))) == (0, 1)


def test_notice_of_the_kind_of_visit_is_kept(clinic: Cast, kind):
    kind.min_notice_minutes = 48 * 60
    kind.save()
    wait(clinic, kind)
    assert sweep() == 0


def test_no_time_is_held_for_somebody_whom_nothing_reaches(clinic: Cast, kind):
    wait(clinic, kind, patient=make_patient(reminder_channel="none"))
    wait(clinic, kind, patient=make_patient(email=""))
    archived = wait(clinic, kind)
    archived.patient.archived_at = NOW
    archived.patient.save()
    assert (sweep(), held()) == (0, [])


def test_by_hand_a_time_is_offered_whatever_they_asked_for(clinic: Cast, kind):
    entry = wait(clinic, kind, weekdays=[4], patient=make_patient(reminder_channel="none"))
    assert sweep() == 0
    offer = offering.offer(entry=entry, starts_at=NINE, practitioner=clinic.mere, by=clinic.desk, now=NOW)
    assert (offer.offered_by, Message.objects.get(subject_kind="waitlist_offer").reason) == (clinic.desk, "not_wanted")
    with pytest.raises(Conflict) as refused:
        offering.offer(entry=entry, starts_at=NINE, by=clinic.desk, now=NOW)
    assert refused.value.code == "offer_open"


def test_an_offer_that_the_desk_keeps_for_them_fulfils_and_one_it_lets_go_does_not(clinic: Cast, kind):
    entry, other = wait(clinic, kind), wait(clinic, kind, until_on=date(2026, 11, 10))
    sweep()
    first, second = held()
    holding.keep(appointment=first, by=clinic.desk, now=SOON)
    holding.let_go(appointment=second, by=clinic.desk, now=SOON)
    assert offering.settle(now=SOON) == 2
    assert (offered_to(entry), offered_to(other)) == ([("taken", "booked")], [("withdrawn", "cancelled")])
    entry.refresh_from_db()
    assert (entry.state, entry.appointment) == ("fulfilled", first)


def test_a_time_that_is_given_at_once_is_booked_and_who_waited_waits_no_more(clinic: Cast, kind):
    entry = wait(clinic, kind, patient=clinic.aroha, note="Ring the bell")
    visit = giving.give(entry=entry, starts_at=nz("2026-11-03 09:00"), by=clinic.desk, now=NOW)
    entry.refresh_from_db()
    assert (entry.state, entry.appointment, visit.status, visit.note) == (
        "fulfilled",
        visit,
        "booked",
        "Ring the bell",
    )
    with pytest.raises(Conflict) as refused:
        giving.give(entry=entry, starts_at=nz("2026-11-10 09:00"), by=clinic.desk, now=NOW)
    assert refused.value.code == "not_waiting"


def test_a_visit_that_was_to_be_moved_forward_is_moved_when_a_time_is_given(clinic: Cast, kind):
    later = booking.book(
        patient=clinic.aroha, practitioner=clinic.mere, appointment_type=kind, starts_at=nz("2026-11-10 09:00"),
        by=clinic.desk, now=NOW,
    )  # fmt: skip
    entry = wait(clinic, kind, patient=clinic.aroha, moving=later)
    visit = giving.give(entry=entry, starts_at=nz("2026-11-03 09:00"), by=clinic.desk, now=NOW)
    assert (visit.pk, visit.starts_at, Appointment.objects.count()) == (later.pk, nz("2026-11-03 09:00"), 1)


def test_who_has_an_offer_or_a_time_that_is_taken_is_given_nothing(clinic: Cast, kind):
    entry, other = wait(clinic, kind, patient=clinic.aroha), wait(clinic, kind)
    offering.offer(entry=entry, starts_at=nz("2026-11-03 09:00"), by=clinic.desk, now=NOW)
    for who, code in ((entry, "offer_open"), (other, "slot_taken")):
        with pytest.raises(Conflict) as refused:
            giving.give(entry=who, starts_at=nz("2026-11-03 09:00"), practitioner=clinic.mere, by=clinic.desk, now=NOW)
        assert refused.value.code == code
        assert WaitlistEntry.objects.get(pk=who.pk).is_waiting


def test_who_is_taken_off_the_list_gives_back_what_was_offered(clinic: Cast, kind):
    entry, other = wait(clinic, kind), wait(clinic, kind, now=SOON)
    sweep()
    entering.withdraw(entry=entry, by=clinic.desk, now=SOON)
    assert (offered_to(entry), held()) == ([("withdrawn", "cancelled")], [])
    assert Message.objects.due(now=SOON).count() == 1
    assert sweep_messages(now=SOON) == []
    assert Message.objects.get(subject_kind="waitlist_offer").reason == "withdrawn"
    assert (sweep(SOON), offered_to(other)) == (1, [("open", "pending")])
    with pytest.raises(Conflict) as refused:
        entering.withdraw(entry=entry, by=clinic.desk, now=SOON)
    assert refused.value.code == "not_waiting"


# What is refused


def _of(cast: Cast, kind, **fields):
    return make_visit(cast, nz("2026-11-10 09:00"), **({"appointment_type": kind} | fields))


ENTRIES_REFUSED = {
    "patient_archived": lambda cast, kind: {"patient": make_patient(archived_at=NOW)},
    "type_archived": lambda cast, kind: {"appointment_type": make_type("Old", archived_at=NOW)},
    "case_of_another_patient": lambda cast, kind: {"case": make_case(make_patient())},
    "visit_of_another_patient": lambda cast, kind: {"moving": _of(cast, kind, patient=make_patient())},
    "visit_of_another_kind": lambda cast, kind: {"moving": _of(cast, make_type("Other"))},
    "visit_not_to_come": lambda cast, kind: {"moving": _of(cast, kind, status="completed")},
}


@pytest.mark.parametrize("code", ENTRIES_REFUSED)
def test_who_cannot_wait_for_it_is_refused_by_its_code(clinic: Cast, kind, code: str):
    with pytest.raises(Refusal) as refused:
        wait(clinic, kind, **({"patient": clinic.aroha} | ENTRIES_REFUSED[code](clinic, kind)))
    assert (refused.value.code, WaitlistEntry.objects.count()) == (code, 0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"until_on": date(2026, 11, 1)}, "ends_before_it_begins"),
        ({"weekdays": [7]}, "weekday_unknown"),
        ({"parts": ["night"]}, "part_unknown"),
        ({"urgency": 0}, "urgency_unknown"),
        ({"state": "fulfilled"}, "fulfilled_without_visit"),
    ],
)
def test_the_database_refuses_an_entry_that_cannot_be(clinic: Cast, kind, changes: dict, code: str):
    entry = wait(clinic, kind)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        WaitlistEntry.objects.filter(pk=entry.pk).update(**changes)
    assert refusal_for(refused.value).code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"expires_at": NOW}, "offer_over_before_it_begins"), ({"state": "declined"}, "offer_end_missing")],
)
def test_the_database_refuses_an_offer_that_cannot_be(clinic: Cast, kind, changes: dict, code: str):
    wait(clinic, kind)
    sweep()
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        WaitlistOffer.objects.update(**changes)
    assert refusal_for(refused.value).code == code


def test_the_database_refuses_two_open_offers_to_one_who_waits(clinic: Cast, kind):
    entry = wait(clinic, kind)
    sweep()
    visit = make_visit(clinic, nz("2026-11-10 09:00"))
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        WaitlistOffer.objects.create(
            entry=entry, appointment=visit, starts_at=visit.starts_at, offered_at=NOW, expires_at=OVER
        )
    assert refusal_for(refused.value).code == "offer_open"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"offer_minutes": 5}, "offer_minutes"),
        ({"offers_until": time(7)}, "offer_hours"),
        ({"evening_from": time(11)}, "parts_of_day"),
    ],
)
def test_a_practice_that_could_not_offer_is_refused(clinic: Cast, changes: dict, code: str):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Practice.objects.update(**changes)
    assert refusal_for(refused.value).code == code


# The link


def test_the_page_shows_the_time_and_takes_it(clinic: Cast, kind):
    entry = wait(clinic, kind, from_on=date(2027, 1, 1), until_on=None)
    now = timezone.now()
    offer = offering.offer(
        entry=entry, starts_at=_next_tuesday(now), practitioner=clinic.mere, by=clinic.desk, now=now
    )
    client, place = browser(), f"/w/{links.token_for(offer)}/"
    content = client.get(place).content.decode()
    assert "Kia ora Sione" in content
    assert "9:00&nbsp;am" in content
    assert "Example" not in content.replace("Example Street", "")
    assert open_offers() == 1
    assert client.post(place, {"action": "perhaps"}).status_code == 400
    assert client.post(place, {"action": "take"}).status_code == 302
    assert "This time is yours" in client.get(place).content.decode()
    # Once more, as a thumb does: what holds is shown.
    assert client.post(place, {"action": "take"}).status_code == 302
    assert client.get("/w/never-was/").status_code == 404


def _next_tuesday(now):
    day = timezone.localdate(now, AUCKLAND) + timedelta(days=7)
    day += timedelta(days=(1 - day.weekday()) % 7)
    return nz(f"{day} 09:00")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("taken", "offer_taken"),
        ("declined", "offer_declined"),
        ("withdrawn", "offer_withdrawn"),
        ("expired", "offer_expired"),
    ],
)
def test_a_link_whose_offer_is_over_says_so(clinic: Cast, kind, end: str, code: str):
    wait(clinic, kind)
    sweep()
    offer = WaitlistOffer.objects.get()
    WaitlistOffer.objects.update(state=end, ended_at=NOW)
    for act in (answering.offered_by, answering.take, answering.decline):
        with pytest.raises(Conflict) as refused:
            act(token=links.token_for(offer), now=SOON)
        assert refused.value.code == code


def test_a_link_is_of_no_use_once_the_hold_has_run_out_though_no_sweep_has_come(clinic: Cast, kind):
    entry = wait(clinic, kind)
    sweep()
    with pytest.raises(Conflict) as refused:
        answering.take(token=token(entry), now=OVER)
    assert refused.value.code == "offer_expired"


def test_the_list_over_the_api(clinic: Cast, kind):
    desk, now = api(clinic.desk), timezone.now()
    body = {
        "patient": clinic.aroha.pk, "appointment_type": kind.pk, "practitioners": [clinic.mere.pk],
        "from_on": str(timezone.localdate(now, AUCKLAND)), "weekdays": [1], "parts": ["morning"], "urgency": 1,
    }  # fmt: skip
    entry = desk.post("/api/v1/waitlist/", body, format="json").json()
    assert (entry["state"], entry["offers"], entry["practitioners"]) == ("waiting", [], [clinic.mere.pk])
    place = f"/api/v1/waitlist/{entry['id']}/"
    slot = desk.get(f"{place}suiting/").json()["slots"][1]
    told = desk.post(f"{place}offer/", {"starts_at": slot["starts_at"]}, format="json").json()
    assert [(offer["state"], offer["starts_at"]) for offer in told["offers"]] == [("open", slot["starts_at"])]
    assert desk.get("/api/v1/waitlist/?state=waiting&urgency__lte=1").json()["count"] == 1
    changed = desk.patch(place, {"parts": ["evening"], "patient": make_patient().pk}, format="json").json()
    assert (changed["parts"], changed["patient"]) == (["evening"], clinic.aroha.pk)
    answer = api().post(
        f"/api/v1/public/waitlist/{links.token_for(WaitlistOffer.objects.get())}/",
        {"action": "decline"},
        format="json",
    )
    assert (answer.status_code, answer.json()["state"], answer.json()["first_name"]) == (200, "declined", "Aroha")
    assert desk.post(f"{place}withdraw/").json()["state"] == "withdrawn"
    assert desk.patch(place, {"parts": []}, format="json").json()["code"] == "not_waiting"


def test_those_who_wait_are_listed_in_as_many_queries_however_many_there_are(clinic: Cast, kind):
    def make(n: int) -> None:
        entry = wait(clinic, kind, practitioners=[clinic.mere])
        visit = make_visit(clinic, NINE, patient=entry.patient)
        entry.offers.create(appointment=visit, starts_at=NINE, offered_at=NOW, expires_at=OVER)

    counts = queries_while_growing(api(clinic.desk), "/api/v1/waitlist/?page_size=200", make)
    assert len(set(counts)) == 1, counts


# The arithmetic

PARTS = PartsOfDay(afternoon_from=time(12), evening_from=time(17))


@pytest.mark.parametrize(
    ("at", "part"),
    [("08:00", "morning"), ("11:55", "morning"), ("12:00", "afternoon"), ("16:55", "afternoon"), ("17:00", "evening")],
)
def test_a_part_of_the_day_begins_when_the_practice_says(at: str, part: str):
    assert PARTS.of(time.fromisoformat(at)) == part


ANYTHING = {
    "from_on": date(2026, 11, 2), "until_on": None, "weekdays": [], "parts": [], "practitioners": [], "location": None,
    "before": None, "refused": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "suits"),
    [
        ({}, True),
        ({"from_on": date(2026, 11, 4)}, False),
        ({"until_on": date(2026, 11, 2)}, False),
        ({"until_on": date(2026, 11, 3)}, True),
        ({"weekdays": [0, 2]}, False),
        ({"weekdays": [1]}, True),
        ({"parts": ["afternoon"]}, False),
        ({"parts": ["morning"]}, True),
        ({"practitioners": [8]}, False),
        ({"location": 6}, False),
        ({"before": NINE}, False),
        ({"refused": [NINE]}, False),
    ],
)
def test_what_is_not_wanted_does_not_suit(wanted: dict, suits: bool):
    said = Wanted(**(ANYTHING | wanted))
    assert said.suits(NINE, practitioner=7, location=5, zone=AUCKLAND, parts=PARTS) == suits


@given(moment=st.datetimes(timezones=st.just(AUCKLAND)))
def test_decent_hours_are_read_off_the_wall(moment):
    decent = matching.is_decent(moment, begins=time(8), ends=time(20), zone=AUCKLAND)
    assert decent == (8 <= moment.hour < 20)
