import pytest

from messaging import reference
from messaging.models import ReminderRule
from tests import postoffice


@pytest.fixture
def post_office(settings):
    with postoffice.opened() as office:
        settings.EMAIL_BACKEND = "messaging.smtp.SmtpBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
        settings.EMAIL_TIMEOUT = 2
        yield office


@pytest.fixture
def texts(db) -> ReminderRule:
    """The texts and the one rule that a new practice begins with: the day before at 09:00."""
    reference.ensure()
    return ReminderRule.objects.get()
