"""The visit in its patient's own calendar: from the link's page, and enclosed in the reminder's letter."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from appointments import attending, links, reminding
from appointments.models import Appointment
from messaging.delivering import deliver
from messaging.sweeping import sweep
from tests.appointments.feeds.reading import entries, moment, read
from tests.visits import AUCKLAND, make_visit


@pytest.fixture
def visit(cast, texts):
    start = timezone.localtime(timezone.now(), AUCKLAND).replace(minute=15, second=0, microsecond=0)
    return make_visit(cast, start + timedelta(days=2), note="note for the desk")


def place(visit: Appointment) -> str:
    return f"/r/{links.token_for(visit)}/appointment.ics"


def test_the_page_of_the_link_offers_the_file(visit, cast):
    page = Client().get(f"/r/{links.token_for(visit)}/").content.decode()
    assert f'href="{place(visit)}"' in page
    answer = Client().get(place(visit))
    assert (answer["Content-Type"], answer["Content-Disposition"], answer["Cache-Control"]) == (
        "text/calendar; charset=utf-8",
        'attachment; filename="appointment.ics"',
        "no-store",
    )
    calendar = read(answer.content)
    [event] = calendar.all("VEVENT")
    assert (event["SUMMARY"], event["STATUS"], event["SEQUENCE"], event["URL"]) == (
        "Appointment at Harakeke Acupuncture",
        "CONFIRMED",
        "0",
        links.address_for(visit),
    )
    assert event["LOCATION"] == "Te Aro, 12 Example Street, Te Aro, Wellington 6011"
    assert event["DESCRIPTION"] == (
        f"With Mere Ngata. To confirm or cancel: {links.address_for(visit)} or {cast.practice.phone}"
    )
    assert moment(calendar, event, "DTSTART") == visit.starts_at


def test_nothing_clinical_and_no_name_of_the_patient_is_in_it(visit, cast):
    content = Client().get(place(visit)).content.decode()
    for word in ("Aroha", "Tāmati", "Follow-up", "note for the desk", cast.aroha.nhi):
        assert word not in content, word


def test_the_file_of_a_cancelled_visit_takes_it_out_again(visit, cast):
    before = place(visit)
    [uid] = [event["UID"] for event in entries(Client().get(before).content)]
    attending.cancel(appointment=visit, reason="patient", by=cast.desk, now=timezone.now())
    [event] = entries(Client().get(before).content)
    assert (event["UID"], event["STATUS"], event["SEQUENCE"]) == (uid, "CANCELLED", "1")


def test_the_link_to_a_time_that_is_no_more_gives_no_file(visit):
    before = place(visit)
    Appointment.objects.filter(pk=visit.pk).update(starts_at=visit.starts_at - timedelta(hours=1))
    assert Client().get(before).status_code == 409
    Appointment.objects.filter(pk=visit.pk).update(status="cancelled", cancel_reason="clinic")
    assert Client().get(before).status_code == 409
    assert Client().get("/r/nonsense/appointment.ics").status_code == 404


def test_a_reminder_by_mail_encloses_the_file(visit, post_office):
    reminding.plan_for(visit, now=timezone.now())
    due = visit.starts_at - timedelta(hours=1)
    [ids] = sweep(now=due)
    deliver(message_ids=ids, clock=lambda: due)
    [enclosed] = post_office.letters[0].iter_attachments()
    assert (enclosed.get_filename(), enclosed.get_content_type()) == ("appointment.ics", "text/calendar")
    [event] = entries(enclosed.get_payload(decode=True))
    assert event["URL"] == links.address_for(visit)
