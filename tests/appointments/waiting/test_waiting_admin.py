"""The waiting list on its page: who is put on it, what they want in words, and a time offered by hand."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments.models import WaitlistEntry
from appointments.waiting import entering
from appointments.waiting.wording import wanted_in_words
from tests.cast import Cast
from tests.pages import browser, save, told
from tests.visits import AUCKLAND

pytestmark = pytest.mark.django_db

ADD = reverse("admin:appointments_waitlistentry_add")
LIST = reverse("admin:appointments_waitlistentry_changelist")


@pytest.fixture
def entry(clinic: Cast, kind) -> WaitlistEntry:
    now = timezone.now()
    return entering.enter(
        patient=clinic.aroha, appointment_type=kind, from_on=timezone.localdate(now, AUCKLAND), weekdays=[1],
        by=clinic.desk, now=now,
    )  # fmt: skip


def act(entry: WaitlistEntry, name: str) -> str:
    return reverse("admin:appointments_waitlistentry_act", args=[entry.pk, name])


def test_the_front_desk_puts_somebody_on_the_list(clinic: Cast, kind):
    typed = {
        "patient": clinic.aroha.pk, "appointment_type": kind.pk, "practitioners": [clinic.mere.pk],
        "weekdays": ["0", "3"],
        "parts": ["morning"], "from_on": "2027-01-11", "urgency": "1",
    }  # fmt: skip
    save(browser(clinic.desk), ADD, "waitlistentry_form", **typed)
    entry = WaitlistEntry.objects.get()
    assert (entry.weekdays, entry.parts, entry.urgency, list(entry.practitioners.all())) == (
        [0, 3], ["morning"], 1, [clinic.mere],
    )  # fmt: skip
    assert wanted_in_words(entry) == "Mon or Thu, mornings, from Mon 11 Jan 2027"


def test_the_list_says_who_waits_for_what(clinic: Cast, entry):
    content = browser(clinic.desk).get(LIST).content.decode()
    for words in ("Aroha", "Tue, any time", "Anybody", "(today)", "Waiting"):
        assert words in content, words
    entering.withdraw(entry=entry, by=clinic.desk, now=timezone.now())
    assert "Tue, any time" not in browser(clinic.desk).get(LIST).content.decode()
    assert "Tue, any time" in browser(clinic.desk).get(f"{LIST}?state__exact=withdrawn").content.decode()


def test_a_free_time_is_offered_by_hand(clinic: Cast, entry):
    client = browser(clinic.desk)
    form = client.get(act(entry, "offer")).context["form"]
    (chosen, words), *_ = form.fields["slot"].choices
    assert words.endswith("9:00 am, Mere Ngata")
    answer = client.post(act(entry, "offer"), {"slot": chosen}, follow=True)
    assert "they are told" in told(answer)[0]
    [offer] = entry.offers.open()
    assert offer.starts_at == form.slots[chosen].starts_at
    assert [one["label"] for one in answer.context["acts"]] == ["Take off the list"]


def test_what_they_want_is_changed_and_they_are_taken_off(clinic: Cast, entry):
    client, place = browser(clinic.desk), reverse("admin:appointments_waitlistentry_change", args=[entry.pk])
    since = entry.waiting_since
    last = date(2027, 1, 15) + timedelta(days=3)
    save(client, place, "waitlistentry_form", until_on=str(last), weekdays=["1", "2"])
    entry.refresh_from_db()
    assert (entry.until_on, entry.weekdays, entry.waiting_since) == (last, [1, 2], since)
    answer = client.post(act(entry, "withdraw"), follow=True)
    assert told(answer)[-1] == "Aroha Tāmati is no longer on the waiting list."


def test_a_time_is_booked_for_somebody_at_the_desk(clinic: Cast, entry):
    client = browser(clinic.desk)
    [(chosen, _), *_] = client.get(act(entry, "give")).context["form"].fields["slot"].choices
    answer = client.post(act(entry, "give"), {"slot": chosen}, follow=True)
    entry.refresh_from_db()
    assert "9:00 am, Mere Ngata. Aroha Tāmati no longer waits." in told(answer)[0]
    assert (entry.state, entry.appointment.status, entry.appointment.patient) == ("fulfilled", "booked", clinic.aroha)
    assert answer.context["acts"] == []


@pytest.mark.parametrize(
    ("weekdays", "words"),
    [
        ([], "Any day"), ([3, 0], "Mon or Thu"), ([1, 2], "Tue or Wed"), ([0, 1, 2, 3, 4], "Mon to Fri"),
        ([0, 1, 3], "Mon or Tue or Thu"),
    ],
)  # fmt: skip
def test_days_in_a_row_are_said_as_one(weekdays, words):
    entry = WaitlistEntry(weekdays=weekdays, from_on=date(2027, 1, 11))
    assert wanted_in_words(entry) == f"{words}, any time, from Mon 11 Jan 2027"
