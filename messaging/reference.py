"""The texts and the rule that a new practice begins with. They are rows: the practice makes them its own."""

from datetime import time

from messaging.models import Channel, MessageTemplate, Occasion, ReminderRule

EMAIL_SUBJECT = "Your appointment on {when}"
EMAIL_BODY = """Kia ora {first_name},

this is a reminder of your appointment with {practitioner} on {when}.

Where: {place}

Please let us know whether you are coming, or ask us to cancel:
{link}

You can also call us on {phone}.

{practice}
"""
# Plain letters only, so that a text message stays within one part with most names and links.
SMS_BODY = "{practice}: {when} with {practitioner}. Coming? {link} or call {phone}"

OFFER_SUBJECT = "A time for you: {when}"
OFFER_BODY = """Kia ora {first_name},

a time has become free: {when} with {practitioner}.

Where: {place}

We hold it for you until {until}. Take it, or pass it on to the next who waits:
{link}

You can also call us on {phone}.

{practice}
"""
OFFER_SMS_BODY = "{practice}: {when} is free for you until {until}. {link} or call {phone}"

QUESTION_SUBJECT = "A short question from {practice}"
QUESTION_BODY = """Kia ora {first_name},

how are you? Your answer helps us with your care, and takes about a minute:
{link}

If you would rather talk, call us on {phone}.

{practice}
"""
QUESTION_SMS_BODY = "{practice}: how are you? Your answer takes a minute: {link}"

# To somebody of the staff: neither the patient nor anything clinical is named, the link leads to the case.
RUNNING_OUT_SUBJECT = "A case needs a request for more sessions"
RUNNING_OUT_BODY = """Kia ora {first_name},

one of your cases has few approved sessions left. Please prepare the request for more:
{link}

{practice}
"""

INVOICE_SUBJECT = "{invoice} from {practice}"
INVOICE_BODY = """Kia ora {first_name},

{invoice} is attached.

{to_pay}

If anything is unclear, call us on {phone}.

{practice}
"""

CODE_SUBJECT = "Your code for booking at {practice}"
CODE_BODY = """Kia ora {first_name},

your code is {code}

Type it on the page where you chose {when} with {practitioner}. The time is held for you for a few minutes only.

If you did not ask for it, do nothing: nothing is booked without it.

{practice}
"""
CODE_SMS_BODY = "{practice}: your code is {code}. If you did not ask for it, do nothing."

BOOKED_SUBJECT = "You are booked for {when}"
BOOKED_BODY = """Kia ora {first_name},

you are booked with {practitioner} on {when}.

Where: {place}

If you cannot come, tell us here:
{link}

You can also call us on {phone}.

{practice}
"""
BOOKED_SMS_BODY = "{practice}: booked {when} with {practitioner}. Cannot come? {link} or call {phone}"

TEXTS = (
    (Occasion.APPOINTMENT_REMINDER, Channel.EMAIL, EMAIL_SUBJECT, EMAIL_BODY),
    (Occasion.APPOINTMENT_REMINDER, Channel.SMS, "", SMS_BODY),
    (Occasion.WAITLIST_OFFER, Channel.EMAIL, OFFER_SUBJECT, OFFER_BODY),
    (Occasion.WAITLIST_OFFER, Channel.SMS, "", OFFER_SMS_BODY),
    (Occasion.OUTCOME_QUESTION, Channel.EMAIL, QUESTION_SUBJECT, QUESTION_BODY),
    (Occasion.OUTCOME_QUESTION, Channel.SMS, "", QUESTION_SMS_BODY),
    (Occasion.INVOICE, Channel.EMAIL, INVOICE_SUBJECT, INVOICE_BODY),
    (Occasion.BOOKING_CODE, Channel.EMAIL, CODE_SUBJECT, CODE_BODY),
    (Occasion.BOOKING_CODE, Channel.SMS, "", CODE_SMS_BODY),
    (Occasion.BOOKED_ONLINE, Channel.EMAIL, BOOKED_SUBJECT, BOOKED_BODY),
    (Occasion.BOOKED_ONLINE, Channel.SMS, "", BOOKED_SMS_BODY),
    (Occasion.SESSIONS_RUNNING_OUT, Channel.EMAIL, RUNNING_OUT_SUBJECT, RUNNING_OUT_BODY),
)
FIRST_RULE = {"name": "The day before at 09:00", "days_before": 1, "at": time(9)}


def ensure() -> None:
    """Creates what is missing; what is there stays as the practice has made it.

    The first rule is made only where there is none: a practice that renamed or switched off its rules meant it.
    """
    for occasion, channel, subject, body in TEXTS:
        MessageTemplate.objects.get_or_create(
            occasion=occasion, channel=channel, defaults={"subject": subject, "body": body}
        )
    if not ReminderRule.objects.exists():
        ReminderRule.objects.create(**FIRST_RULE)
