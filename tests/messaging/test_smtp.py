import socket
import threading

import pytest

from messaging.gateways import Away, Letter, NotTaken, Refused
from messaging.smtp import EmailGateway, message_for


def letter(**changes) -> Letter:
    return Letter(
        **{
            "key": "message-7",
            "recipient": "aroha@example.nz",
            "subject": "Your appointment on Tue 24 Nov, 9:15 am",
            "text": "Kia ora Aroha\n",
            "html": "<p>Kia ora Aroha</p>",
        }
        | changes
    )


@pytest.fixture
def gateway(post_office):
    gateway = EmailGateway()
    gateway.open()
    yield gateway
    gateway.close()


def test_a_letter_is_plain_text_first_and_keeps_its_message_id(gateway, post_office, settings):
    settings.DEFAULT_FROM_EMAIL = "Harakeke <reception@harakeke.example>"
    gateway.send(letter())
    gateway.send(letter())
    first, again = post_office.letters
    assert first["Message-ID"] == again["Message-ID"] == "<message-7@harakeke.example>"
    assert [part.get_content_type() for part in first.iter_parts()] == ["text/plain", "text/html"]
    assert first["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [("550 no such person", Refused, "refused"), ("452 full", NotTaken, "busy"), ("421 closing", Away, "away")],
)
def test_an_answer_to_the_address_is_told_apart(gateway, post_office, answer, kind, code):
    post_office.to_address["aroha@example.nz"] = answer
    with pytest.raises(NotTaken) as error:
        gateway.send(letter())
    assert (type(error.value), error.value.code) == (kind, code)
    assert post_office.letters == []


@pytest.mark.parametrize(
    ("answer", "kind"), [("554 not like this", Refused), ("451 later", NotTaken), ("421 closing", Away)]
)
def test_an_answer_to_the_content_is_told_apart(gateway, post_office, answer, kind):
    post_office.to_content = answer
    with pytest.raises(NotTaken) as error:
        gateway.send(letter())
    assert type(error.value) is kind


def test_a_refusal_does_not_spoil_the_line_for_the_next(gateway, post_office):
    post_office.to_address["aroha@example.nz"] = "550 no such person"
    with pytest.raises(Refused):
        gateway.send(letter())
    gateway.send(letter(recipient="wei@example.nz"))
    assert post_office.recipients == ["wei@example.nz"]


def test_a_line_lost_before_the_content_has_lost_nothing(gateway, post_office):
    gateway.connection.connection.sock.shutdown(socket.SHUT_RDWR)
    with pytest.raises(Away):
        gateway.send(letter())


def test_a_line_lost_within_the_content_is_an_answer_that_nobody_knows(gateway, post_office):
    post_office.to_content = "drop"
    with pytest.raises(ConnectionError) as error:
        gateway.send(letter())
    assert "aroha" not in str(error.value)
    assert post_office.tries == 1


def test_nobody_at_home_is_away(post_office):
    post_office.close()
    with pytest.raises(Away):
        EmailGateway().open()


def test_a_house_that_answers_nothing_is_away(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "messaging.smtp.SmtpBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 0.2
        with pytest.raises(Away):
            EmailGateway().open()


def test_a_house_that_falls_silent_within_the_content_leaves_it_unknown(settings):
    """The content is taken, the answer never comes."""

    def half_a_conversation(server):
        line, _ = server.accept()
        with line:
            line.sendall(b"220 here\r\n")
            while data := line.recv(4096):
                command = data[:4].upper()
                if command == b"DATA":
                    line.sendall(b"354 go on\r\n")
                elif command in {b"EHLO", b"MAIL", b"RCPT"}:
                    line.sendall(b"250 OK\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=half_a_conversation, args=[server])
        thread.start()
        settings.EMAIL_BACKEND = "messaging.smtp.SmtpBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        settings.EMAIL_TIMEOUT = 0.3
        gateway = EmailGateway()
        gateway.open()
        with pytest.raises(ConnectionError):
            gateway.send(letter())
        gateway.close()
        thread.join(5)
    assert not thread.is_alive()


@pytest.mark.parametrize("field", ["subject", "recipient"])
def test_a_header_cannot_be_smuggled_in(gateway, post_office, field):
    with pytest.raises(Refused):
        gateway.send(letter(**{field: "aroha@example.nz\nBcc: everybody@example.nz"}))
    assert post_office.letters == []


def test_an_unwritable_address_is_refused(gateway):
    with pytest.raises(Refused):
        gateway.send(letter(recipient="no address at all <"))


def test_a_macron_and_a_hanzi_arrive(gateway, post_office):
    gateway.send(letter(subject="Tāmati 陈伟", text="Kia ora Tāmati 陈伟\n", html=""))
    arrived = post_office.letters[0]
    assert (arrived["Subject"], arrived.get_content().split()) == ("Tāmati 陈伟", ["Kia", "ora", "Tāmati", "陈伟"])


def test_nothing_of_the_key_says_whose_letter_it_is(settings):
    assert message_for(letter(key="message-12")).extra_headers["Message-ID"].startswith("<message-12@")
