"""The envelopes of an interchange: ISA and IEA around GS and GE around ST and SE, each with number and count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.us.x12.segments import COMPONENT, ELEMENT, END, REPEAT, Unfit, needed, segment

VERSION = "005010X222A1"
NUMBERS = 10**9
"""Control numbers have nine digits; after the last one they begin again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who sends to whom, when, under which number. `at` is the sender's wall clock; `test` marks a trial."""

    sender_id: str
    receiver_id: str
    receiver_name: str
    submitter: str
    contact: str
    phone: str
    """Ten digits."""
    control_number: int
    at: datetime
    test: bool = True
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"


def interchange(transaction: Sequence[str], envelope: Envelope) -> str:
    """One interchange with one group with one transaction, whose own segments stand between ST and SE."""
    number = f"{envelope.control_number % NUMBERS:09}"
    sender, receiver = _id(envelope.sender_id, "sender"), _id(envelope.receiver_id, "receiver")
    short = str(int(number))
    # ISA alone has a fixed width: readers learn the delimiters from its places.
    header = ELEMENT.join(
        [
            "ISA", "00", " " * 10, "00", " " * 10, envelope.sender_qualifier, f"{sender:15}",
            envelope.receiver_qualifier, f"{receiver:15}", f"{envelope.at:%y%m%d}", f"{envelope.at:%H%M}", REPEAT,
            "00501", number, "0", "T" if envelope.test else "P", COMPONENT,
        ]
    )  # fmt: skip
    group = segment("GS", "HC", sender, receiver, f"{envelope.at:%Y%m%d}", f"{envelope.at:%H%M}", short, "X", VERSION)
    body = [segment("ST", "837", "0001", VERSION), *transaction]
    return "\n".join(
        [
            header + END,
            group,
            *body,
            segment("SE", str(len(body) + 1), "0001"),
            segment("GE", "1", short),
            segment("IEA", "1", number),
            "",
        ]
    )


def _id(text: str, whose: str) -> str:
    written = needed(text, what=f"The {whose}'s number with the clearing house", most=15)
    if len(written) < 2:
        raise Unfit("x12_missing", f"The {whose}'s number with the clearing house has at least two characters.")
    return written
