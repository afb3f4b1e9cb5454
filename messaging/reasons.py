"""Why a message is not sent, or how it failed: codes that stay, and the words people read for them."""

from django.db.models import TextChoices


class Reason(TextChoices):
    NOT_WANTED = "not_wanted", "The patient wants no reminders this way."
    NO_ADDRESS = "no_address", "The patient has no address or number for this."
    NO_MOBILE = "no_mobile", "That is not the number of a mobile, and only a mobile takes text messages."
    NO_GATEWAY = "no_gateway", "Nothing is set up to send this kind of message."
    NO_TEXT = "no_text", "There is no text for this kind of message."
    ARCHIVED = "archived", "The patient's record is archived."
    RULE_OFF = "rule_off", "The reminder rule was switched off."
    MOVED = "moved", "The appointment was moved."
    CANCELLED = "cancelled", "The appointment was cancelled."
    MISSED = "missed", "The appointment was missed."
    ARRIVED = "arrived", "The patient has already come."
    GONE = "gone", "The appointment is no longer expected."
    TOO_LATE = "too_late", "The appointment had begun."
    LET_PASS = "let_pass", "It was due before the clinic began to send reminders from here."
    NOT_SEEN = "not_seen", "Nobody has noted that the patient came."
    ANSWERED = "answered", "The patient has already answered."
    EXPIRED = "expired", "The question is no longer open."
    WITHDRAWN = "withdrawn", "The question was taken back."
    SUPERSEDED = "superseded", "A later reminder of the same appointment was due as well."
    NO_LONGER_SO = "no_longer_so", "What it was to tell is no longer so."
    NOT_DRAWN = "not_drawn", "What it encloses is still being drawn."
    NO_PAPER = "no_paper", "What it encloses could not be drawn."
    REFUSED = "refused", "The receiving side refuses this address or message."
    AWAY = "away", "The receiving side is away; it is tried again."
    BUSY = "busy", "The receiving side takes nothing just now; it is tried again."
    ANSWER_LOST = "answer_lost", "It was handed over and no answer came: it may have gone out."
    GAVE_UP = "gave_up", "It could not be handed over for a whole day."


def in_words(code: str) -> str:
    """The sentence for a code; the code itself, spaced, where it is none of ours."""
    return Reason(code).label if code in Reason.values else code.replace("_", " ")
