"""E-mail through Django's mail. What SMTP said decides what became of a letter: taken, not taken, or nobody knows."""

import smtplib
from contextlib import suppress
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends import smtp

from messaging.gateways import Away, Letter, NotTaken, Refused
from messaging.reasons import Reason


class _NotesTheHandOver:
    """Notes when the content of a letter begins to leave: before that, a lost line has lost nothing."""

    handing_over = False

    def sendmail(self, *args, **kwargs):
        self.handing_over = False
        return super().sendmail(*args, **kwargs)

    def data(self, msg):
        self.handing_over = True
        return super().data(msg)


class _Smtp(_NotesTheHandOver, smtplib.SMTP):
    pass


class _SmtpSsl(_NotesTheHandOver, smtplib.SMTP_SSL):
    pass


class SmtpBackend(smtp.EmailBackend):
    @property
    def connection_class(self):
        return _SmtpSsl if self.use_ssl else _Smtp


class EmailGateway:
    """SMTP knows no keys: a letter whose answer was lost is not sent again by itself."""

    honours_keys = False
    key_life = timedelta(0)

    def __init__(self) -> None:
        self.connection = get_connection()

    def open(self) -> None:
        try:
            self.connection.open()
        except OSError:  # every error of smtplib is one
            raise Away(Reason.AWAY) from None

    def send(self, letter: Letter) -> None:
        """The errors of smtplib quote addresses, so none of them leaves this method but as a code."""
        try:
            self.connection.send_messages([message_for(letter)])
        except smtplib.SMTPRecipientsRefused as error:
            raise self._by_code(min(code for code, _ in error.recipients.values())) from None
        except smtplib.SMTPSenderRefused:
            # The house's own address: somebody has to set it right, and then every letter can go.
            raise Away(Reason.AWAY) from None
        except smtplib.SMTPResponseException as error:
            raise self._by_code(error.smtp_code) from None
        except OSError as error:
            if self._was_handing_over():
                raise ConnectionError(type(error).__name__) from None
            raise Away(Reason.AWAY) from None
        except ValueError:
            # An address or a header that cannot be written: nothing was sent.
            raise Refused(Reason.REFUSED) from None

    def close(self) -> None:
        # The line may be dead already; Django has let go of it before it raises.
        with suppress(OSError):
            self.connection.close()

    def _by_code(self, code: int) -> NotTaken:
        """An explicit answer: 5xx is final, 421 ends the conversation, everything else may pass."""
        if code == 421:
            return Away(Reason.AWAY)
        return Refused(Reason.REFUSED) if 500 <= code < 600 else NotTaken(Reason.BUSY)

    def _was_handing_over(self) -> bool:
        """A backend that cannot tell is taken to have begun."""
        return getattr(getattr(self.connection, "connection", None), "handing_over", True)


def message_for(letter: Letter) -> EmailMultiAlternatives:
    """Plain text first. The Message-ID is the letter's key, so that a mailbox recognises a repeat."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=[letter.recipient],
        headers={"Message-ID": f"<{letter.key}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    for enclosure in letter.enclosures:
        message.attach(enclosure.name, enclosure.content, enclosure.kind)
    return message
