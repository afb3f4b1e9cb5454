"""A calendar program subscribes: what it is told as visits are booked, moved, cancelled and brought back."""

import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments import attending, booking
from appointments.feeds import gathering, granting
from appointments.hours import resting
from appointments.models import Appointment, CalendarFeed
from clinic.errors import Conflict, NotAllowed, Refusal, refusal_for
from clinic.logs import WithoutTokens
from clinic.models import AnsweredRequest, Practice
from tests import cast as people
from tests.appointments.feeds.reading import entries, moment, read
from tests.cast import api
from tests.pages import browser, save
from tests.visits import make_visit, nz


def book(cast, kind, at: datetime, **fields) -> Appointment:
    return booking.book(
        **{"patient": cast.aroha, "practitioner": cast.mere, "appointment_type": kind, "starts_at": at}
        | fields
        | {"by": cast.desk, "now": timezone.now()}
    )


class Phone:
    """A program that subscribes: it keeps the newest of each entry, and its ETag."""

    def __init__(self, address: str) -> None:
        self.address, self.etag = address, ""

    def looks(self) -> list[tuple[str, int, str, datetime]]:
        answer = Client().get(self.address, headers={"If-None-Match": self.etag} if self.etag else {})
        self.status = answer.status_code
        if self.status == 200:
            self.etag, self.calendar = answer["ETag"], read(answer.content)
        return [
            (event["SUMMARY"], int(event["SEQUENCE"]), event["STATUS"], moment(self.calendar, event, "DTSTART"))
            for event in self.calendar.all("VEVENT")
        ]

    @property
    def uids(self) -> list[str]:
        return [event["UID"] for event in self.calendar.all("VEVENT")]


def test_a_subscribing_program_follows_a_visit_through_its_life(cast, kind, monday, address):
    phone, who = Phone(address), {"by": cast.desk, "now": timezone.now()}
    visit = book(cast, kind, monday)
    assert phone.looks() == [("Appointment A. T.", 0, "CONFIRMED", monday)]
    [uid] = phone.uids
    later = monday + timedelta(hours=2)
    booking.move(appointment=visit, starts_at=later, **who)
    assert phone.looks() == [("Appointment A. T.", 1, "CONFIRMED", later)]
    attending.step("confirm", appointment=visit, **who)
    assert phone.looks() == [("Appointment A. T.", 1, "CONFIRMED", later)]
    attending.cancel(appointment=visit, reason="clinic", **who)
    assert phone.looks() == [("Appointment A. T.", 2, "CANCELLED", later)]
    attending.undo(appointment=visit, **who)
    assert phone.looks() == [("Appointment A. T.", 3, "CONFIRMED", later)]
    assert phone.uids == [uid]


def test_the_entry_says_room_and_location_and_leads_to_the_visits_page(cast, kind, monday, address):
    visit = book(cast, kind, monday)
    [event] = entries(Client().get(address).content)
    assert (event["LOCATION"], event["URL"]) == (
        "Kōwhai, Te Aro",
        f"http://127.0.0.1:8000/admin/appointments/appointment/{visit.pk}/change/",
    )


@pytest.mark.parametrize(
    ("shows", "summary"),
    [("nothing", "Appointment"), ("initials", "Appointment A. T."), ("first_name", "Appointment Aroha")],
)
def test_no_clinical_word_and_of_the_patient_only_what_the_feed_may_show(cast, kind, monday, shows, summary):
    _, address = granting.grant(
        practitioner=cast.mere, name="Phone", shows=shows, by=cast.practitioner, now=timezone.now()
    )
    case = people.make_case(cast.aroha, title="Gluteal tendinitis")
    book(cast, kind, monday, case=case, note="Warfarin, be careful")
    resting.take(
        practitioner=cast.mere,
        starts_at=monday + timedelta(hours=3),
        ends_at=monday + timedelta(hours=5),
        reason="Own surgery",
        by=cast.desk,
        now=timezone.now(),
    )
    content = Client().get(address.removeprefix("http://127.0.0.1:8000")).content
    assert [event["SUMMARY"] for event in entries(content)] == [summary, "Away"]
    # Entries are known by random letters and digits, which may hold any three.
    said = re.sub(rb"(?m)^UID:.*\r\n(?: .*\r\n)*", b"", content).decode()
    for word in ("Tāmati", "Cupping", "Gluteal", "Warfarin", "surgery", "hip", cast.aroha.nhi, "555", "example.nz"):
        assert word not in said, word


def test_time_off_is_busy_until_it_is_given_back(cast, monday, address):
    phone, who = Phone(address), {"by": cast.desk, "now": timezone.now()}
    off = resting.take(practitioner=cast.mere, starts_at=monday, ends_at=monday + timedelta(hours=4), **who)
    assert phone.looks() == [("Away", 0, "CONFIRMED", monday)]
    [event] = phone.calendar.all("VEVENT")
    assert (event["TRANSP"], moment(phone.calendar, event, "DTEND")) == ("OPAQUE", monday + timedelta(hours=4))
    resting.give_back(time_off=off, **who)
    assert phone.looks() == [("Away", 1, "CANCELLED", monday)]


def test_a_visit_that_somebody_else_takes_over_goes_from_one_feed_into_the_other(cast, kind, monday, address):
    _, of_wei = granting.grant(practitioner=cast.wei, name="Wei", by=cast.owner, now=timezone.now())
    mere, wei = Phone(address), Phone(of_wei.removeprefix("http://127.0.0.1:8000"))
    visit = book(cast, kind, monday)
    mere.looks()
    [uid] = mere.uids
    booking.move(appointment=visit, starts_at=monday, practitioner=cast.wei, by=cast.desk, now=timezone.now())
    assert (mere.looks(), wei.looks()) == ([], [("Appointment A. T.", 1, "CONFIRMED", monday)])
    assert wei.uids == [uid]


def test_a_time_that_is_only_held_is_tentative(cast, kind, monday, address):
    visit = book(cast, kind, monday)
    held = {"status": "pending"}
    if hasattr(visit, "held_until"):
        held["held_until"] = monday
    Appointment.objects.filter(pk=visit.pk).update(**held)
    assert Phone(address).looks() == [("Appointment A. T.", 1, "TENTATIVE", monday)]


def test_what_was_cancelled_is_told_for_a_month(cast, kind, monday, address):
    visit = book(cast, kind, monday)
    attending.cancel(appointment=visit, reason="clinic", by=cast.desk, now=timezone.now())
    days_ago = timezone.now() - gathering.CANCELLED_FOR - timedelta(days=1, hours=1)
    assert len(Phone(address).looks()) == 1
    Appointment.objects.filter(pk=visit.pk).update(updated_at=days_ago)
    assert Phone(address).looks() == []


def test_a_feed_reaches_three_months_back_and_a_year_ahead(cast, kind, address):
    days = (-93, -91, 364, 367)
    now = timezone.now()
    for number in days:
        make_visit(cast, now + timedelta(days=number), note=str(number))
    found = [at for *_, at in Phone(address).looks()]
    assert [round((at - now) / timedelta(days=1)) for at in found] == [-91, 364]


# The count of changes


@pytest.mark.parametrize(
    ("changes", "raised"),
    [
        ({"note": "Ring the bell"}, 0),
        ({"status": "confirmed"}, 0),
        ({"status": "arrived"}, 0),
        ({"status": "missed"}, 1),
        ({"starts_at": nz("2026-11-24 09:55")}, 1),
        ({"ends_at": nz("2026-11-24 11:30")}, 1),
        ({"calendar_sequence": 0}, 0),
        ({"calendar_sequence": 99}, 0),
    ],
)
def test_the_database_counts_what_a_calendar_has_to_follow_and_nothing_else(cast, changes, raised):
    visit = make_visit(cast, nz("2026-11-24 10:00"))
    Appointment.objects.filter(pk=visit.pk).update(**changes)
    visit.refresh_from_db()
    assert visit.calendar_sequence == raised


def test_saving_an_older_reading_does_not_lower_the_count(cast):
    visit = make_visit(cast, nz("2026-11-24 10:00"))
    older = Appointment.objects.get(pk=visit.pk)
    Appointment.objects.filter(pk=visit.pk).update(room=cast.rooms[1])
    older.note = "from before"
    older.save()
    older.refresh_from_db()
    assert (older.calendar_sequence, older.room) == (2, cast.rooms[0])


def test_the_id_of_an_entry_outlives_a_new_domain_and_a_new_secret(cast, kind, monday, address, settings):
    book(cast, kind, monday)
    phone = Phone(address)
    phone.looks()
    before = phone.uids
    settings.PUBLIC_URL, settings.SECRET_KEY = "https://elsewhere.example", "another secret of more than 32 characters"
    phone.etag = ""
    phone.looks()
    assert phone.uids == before


# Polling


def test_an_unchanged_calendar_is_not_sent_again(cast, kind, monday, address):
    phone = Phone(address)
    book(cast, kind, monday)
    phone.looks()
    first = phone.etag
    phone.looks()
    assert (phone.status, phone.etag) == (304, first)
    again = Client().get(address, headers={"If-None-Match": f'"other", W/{first}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first)
    people.make_patient()  # somebody else's affair
    phone.looks()
    assert phone.status == 304


@pytest.mark.parametrize(
    "change",
    [
        lambda cast: people.Patient.objects.update(first_name="Moana", preferred_name="Moana"),
        lambda cast: type(cast.rooms[0]).objects.filter(pk=cast.rooms[0].pk).update(name="Mataī"),
        lambda cast: type(cast.location).objects.update(timezone="Pacific/Chatham"),
        lambda cast: Practice.objects.update(name="Harakeke"),
        lambda cast: Appointment.objects.update(status="cancelled", cancel_reason="clinic"),
        lambda cast: cast.mere.time_off.create(starts_at=nz("2026-12-01 09:00"), ends_at=nz("2026-12-01 10:00")),
    ],
)
def test_whatever_shows_in_the_calendar_changes_its_tag(cast, kind, monday, address, change):
    book(cast, kind, monday)
    phone = Phone(address)
    phone.looks()
    change(cast)
    phone.looks()
    assert phone.status == 200


def test_a_calendar_costs_the_same_queries_for_1_10_100_and_1000_visits(cast, kind, address):
    counts = []
    for size in (1, 10, 100, 1000):
        begins = timezone.now() - timedelta(days=80)
        made = Appointment.objects.count()
        Appointment.objects.bulk_create(
            Appointment(
                patient=cast.aroha,
                practitioner=cast.mere,
                appointment_type=kind,
                location=cast.location,
                room=cast.rooms[number % 3],
                starts_at=begins + timedelta(hours=number),
                ends_at=begins + timedelta(hours=number, minutes=50),
            )
            for number in range(made, size)
        )
        Client().get(address)
        with CaptureQueriesContext(connection) as captured:
            answer = Client().get(address)
        assert len(entries(answer.content)) == size
        counts.append(len(captured))
    assert counts == counts[:1] * 4


def test_the_last_use_is_noted_now_and_then(cast, address):
    Client().get(address)
    first = CalendarFeed.objects.get().last_used_at
    assert timezone.now() - first < timedelta(minutes=1)
    Client().get(address)
    assert CalendarFeed.objects.get().last_used_at == first
    CalendarFeed.objects.update(last_used_at=first - granting.USE_NOTED_EVERY - timedelta(seconds=1))
    Client().get(address)
    assert CalendarFeed.objects.get().last_used_at > first


@pytest.mark.parametrize("accept", ["text/calendar", "application/json", "image/png", "*/*"])
def test_the_calendar_comes_whatever_a_program_says_it_accepts(cast, address, accept):
    answer = Client().get(address, headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert Client().head(address, headers={"Accept": accept}).status_code == 200


# Who has the address


def test_unknown_revoked_and_left_are_one_answer(cast, address):
    def found(path: str):
        answer = Client().get(path)
        return answer.status_code, answer["Content-Type"], answer.content

    unknown = found("/api/v1/feeds/nobody-knows-this.ics")
    assert (unknown[0], Client().get("/api/v1/feeds/x.ics").json()["code"]) == (404, "feed_unknown")
    cast.mere.archived_at = timezone.now()
    cast.mere.save()
    assert found(address) == unknown
    cast.mere.archived_at = None
    cast.mere.save()
    assert found(address)[0] == 200
    granting.revoke(feed=CalendarFeed.objects.get(), by=cast.practitioner, now=timezone.now())
    assert found(address) == unknown


def test_the_address_is_kept_nowhere(cast):
    asked = {"practitioner": cast.mere.pk, "name": "Phone"}
    client = api(cast.practitioner)
    made = client.post("/api/v1/calendar-feeds/", asked, headers={"Idempotency-Key": "once"})
    token = made.json()["address"].rpartition("/")[2].removesuffix(".ics")
    assert len(token) >= 43
    again = client.post("/api/v1/calendar-feeds/", asked, headers={"Idempotency-Key": "once"})
    assert (again.status_code, again.json()) == (201, made.json() | {"address": None})
    kept = [bytes(AnsweredRequest.objects.get().body).decode(), str(CalendarFeed.objects.values().get())]
    kept += [str(row) for row in CalendarFeed.objects.get().events.values()]
    kept += [client.get("/api/v1/calendar-feeds/").content.decode()]
    assert [text for text in kept if token in text] == []


def test_a_feed_that_keeps_its_token_is_refused(cast):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        CalendarFeed.objects.create(practitioner=cast.mere, name="Phone", digest="the token itself")
    assert refusal_for(refused.value).code == "token_not_hashed"


def test_nobody_but_the_practitioner_and_who_sets_up_makes_or_revokes_one(cast):
    who = {"practitioner": cast.mere, "name": "Phone", "now": timezone.now()}
    for by in (cast.practitioner2, cast.desk, cast.billing):
        with pytest.raises(NotAllowed) as refused:
            granting.grant(**who, by=by)
        assert refused.value.code == "not_your_calendar"
    feed, _ = granting.grant(**who, by=cast.owner)
    with pytest.raises(NotAllowed):
        granting.revoke(feed=feed, by=cast.practitioner2, now=timezone.now())
    assert granting.revoke(feed=feed, by=cast.practitioner, now=timezone.now()).revoked_at is not None


def test_a_feed_of_somebody_who_left_or_revoked_twice_is_refused(cast):
    cast.wei.archived_at = timezone.now()
    with pytest.raises(Refusal) as refused:
        granting.grant(practitioner=cast.wei, name="Phone", by=cast.owner, now=timezone.now())
    assert refused.value.code == "practitioner_archived"
    feed, _ = granting.grant(practitioner=cast.mere, name="Phone", by=cast.owner, now=timezone.now())
    granting.revoke(feed=feed, by=cast.owner, now=timezone.now())
    with pytest.raises(Conflict) as refused:
        granting.revoke(feed=feed, by=cast.owner, now=timezone.now())
    assert refused.value.code == "already_revoked"


def test_a_practitioner_sees_their_own_feeds_only(cast):
    for practitioner in (cast.mere, cast.wei):
        granting.grant(practitioner=practitioner, name="Phone", by=cast.owner, now=timezone.now())
    listed = {
        user.username: [row["practitioner_name"] for row in api(user).get("/api/v1/calendar-feeds/").json()["results"]]
        for user in (cast.owner, cast.practitioner, cast.desk)
    }
    assert listed == {"owner": ["Mere Ngata", "Wei Chen"], "practitioner": ["Mere Ngata"], "desk": []}


def test_addresses_cannot_be_tried_without_end(cast, address):
    answers = [Client().get(f"/api/v1/feeds/{number}.ics").status_code for number in range(120)]
    assert answers == [404] * 120
    limited = Client().get(address)
    assert (limited.status_code, limited.json()["code"], int(limited["Retry-After"]) > 0) == (429, "throttled", True)
    cache.clear()


def test_no_token_reaches_a_log(address):
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (address,), None)
    WithoutTokens().filter(record)
    assert record.getMessage() == "Not Found: /api/v1/feeds/..."


# By hand


def test_the_page_shows_the_address_once(cast, kind, monday):
    add = reverse("admin:appointments_calendarfeed_add")
    client = browser(cast.practitioner)
    shown = save(client, add, "calendarfeed_form", name="Mere's phone")
    assert (shown.status_code, "no-store" in shown["Cache-Control"]) == (200, True)
    address = shown.context["address"]
    assert (address in shown.content.decode(), shown.context["subscribing"][:9]) == (True, "webcal://")
    book(cast, kind, monday)
    assert len(Phone(address.removeprefix("http://127.0.0.1:8000")).looks()) == 1
    feed = CalendarFeed.objects.get()
    assert (feed.practitioner, feed.shows) == (cast.mere, "initials")
    page = client.get(reverse("admin:appointments_calendarfeed_change", args=[feed.pk]))
    token = address.rpartition("/")[2].removesuffix(".ics")
    assert (token in page.content.decode(), [act["label"] for act in page.context["acts"]]) == (False, ["Revoke"])


def test_a_practitioner_chooses_nobody_else(cast):
    form = browser(cast.practitioner).get(reverse("admin:appointments_calendarfeed_add")).context["adminform"].form
    assert list(form.fields["practitioner"].queryset) == [cast.mere]
    assert form.initial["practitioner"] == cast.mere.pk


def test_the_page_of_a_practitioner_leads_to_their_feeds(cast):
    page = browser(cast.owner).get(reverse("admin:clinic_practitioner_change", args=[cast.mere.pk]))
    [place] = [act["place"] for act in page.context["acts"] if act["label"] == "Calendar feeds"]
    assert browser(cast.owner).get(place).status_code == 200


def test_revoking_on_the_page_ends_it(cast, address):
    feed = CalendarFeed.objects.get()
    browser(cast.practitioner).post(reverse("admin:appointments_calendarfeed_act", args=[feed.pk, "revoke"]))
    assert Client().get(address).status_code == 404


def test_an_entry_changed_when_its_patient_was_renamed(cast, kind, monday, address):
    book(cast, kind, monday)
    renamed = datetime(2030, 1, 1, tzinfo=UTC)
    people.Patient.objects.filter(pk=cast.aroha.pk).update(updated_at=renamed)
    [event] = entries(Client().get(address).content)
    assert event["LAST-MODIFIED"] == "20300101T000000Z"
