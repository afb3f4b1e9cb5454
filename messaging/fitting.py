"""Whether a text message fits in one part once its places are filled, said to whoever writes the text."""

from datetime import UTC, datetime

from django.conf import settings

from clinic.models import Practice, Practitioner
from messaging import parts, wording
from messaging.models import Channel, MessageTemplate

# As long as the address of a visit is beyond the clinic's own.
LINK = "r/" + "x" * 70 + "/"
LONG_MOMENT = datetime(2026, 11, 25, 10, 45, tzinfo=UTC)


def said_of(template: MessageTemplate) -> str:
    """`One part: 131 of 160 signs.`, or how many it takes and which signs make them short; nothing of an e-mail."""
    if template.channel != Channel.SMS:
        return ""
    length = parts.length(parts.plain(wording.filled(template.body, usual_words()).strip()))
    if length.parts == 1:
        return f"One part: {length.signs} of {length.fit} signs, with the longest name of a practitioner."
    said = f"{length.parts} parts are paid for: {length.signs} signs, where one part holds {length.fit}."
    if length.outside:
        said += f" Signs outside the alphabet of 160: {' '.join(length.outside)}."
    return said


def usual_words() -> dict[str, str]:
    """The practice's own, and of the rest what is long."""
    practice = Practice.objects.current()
    names = Practitioner.objects.active().values_list("display_name", flat=True)
    return {
        "first_name": "Cassandra",
        "when": wording.spoken(LONG_MOMENT),
        "until": wording.spoken(LONG_MOMENT),
        "practitioner": max(names, key=len, default=""),
        "place": wording.one_line(practice.address.replace("\n", ", ")),
        "link": f"{settings.PUBLIC_URL}/{LINK}",
        "practice": practice.name,
        "phone": practice.phone,
        "invoice": "Invoice 2026-00001",
        "to_pay": "",
        "code": "123456",
    }
