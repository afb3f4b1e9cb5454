"""The code of a booking online as a text message, from the form to the visit."""

import re

import pytest

from appointments.models import Appointment, OnlineBooking
from messaging.models import Message
from tests import textserver
from tests.appointments.online.conftest import deliver_all, reserve, verify
from tests.pages import browser
from tests.textserver import SENDER, TOKEN, Provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    with textserver.opened() as provider:
        settings.SMS_SENDER, settings.SMS_TOKEN, settings.SMS_URL = SENDER, TOKEN, provider.url
        settings.MESSAGE_GATEWAYS = settings.MESSAGE_GATEWAYS | {"sms": "messaging.sms.TnzGateway"}
        yield provider


def test_the_code_comes_as_a_text_and_books(clinic, kind, ten, post_office, provider: Provider):
    held = reserve(kind, ten, channel="sms")
    assert (held.status_code, held.json()["channel"]) == (201, "sms")
    deliver_all()
    assert (post_office.letters, [text["Number"] for text in provider.texts]) == ([], ["+64215550177"])
    code = re.search(r"your code is (\d{6})", provider.texts[0]["Message"])[1]
    assert code not in repr(list(Message.objects.values()))
    assert verify(held.json()["token"], code).status_code == 200
    deliver_all()
    visit = Appointment.objects.get()
    assert (visit.status, visit.patient.last_name) == ("booked", "Marama")
    assert "booked " in provider.texts[1]["Message"]
    assert "/r/" in provider.texts[1]["Message"]
    assert list(Message.objects.filter(state="sent").values_list("channel", flat=True)) == ["sms", "sms"]


def test_a_landline_gets_no_code_by_text_and_holds_nothing(clinic, kind, ten, provider: Provider):
    refused = reserve(kind, ten, channel="sms", phone="09 555 0100")
    assert (refused.status_code, refused.json()["code"]) == (422, "no_mobile")
    assert refused.json()["errors"][0]["field"] == "phone"
    assert not OnlineBooking.objects.exists()
    assert reserve(kind, ten, phone="09 555 0100").status_code == 201


def test_without_a_gateway_the_code_comes_by_email_whatever_was_asked(clinic, kind, ten):
    assert reserve(kind, ten, channel="sms", phone="09 555 0100").json()["channel"] == "email"


def test_the_page_says_so_beside_the_number_and_keeps_what_was_typed(clinic, kind, ten, provider: Provider):
    place = f"/book/?type={kind.pk}&with=any"
    person = {"first_name": "Ngaio", "last_name": "Marama", "day": "4", "month": "5", "year": "1990"}
    person |= {"email": "ngaio@example.nz", "phone": "09 555 0100", "channel": "sms", "at": ten.isoformat()}
    page = browser().post(place, person)
    assert page.status_code == 422
    text = page.content.decode()
    assert '<p class="error" id="id_phone_error">Give the number of a mobile' in text
    assert 'value="09 555 0100"' in text
    assert re.search(r'value="sms"[^>]*checked', text)
    assert browser().post(place, person | {"phone": "021 555 0177"}).status_code == 302
