"""Giving a consent and withdrawing it."""

from datetime import datetime

from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, User
from patients import registering
from patients.models import Consent, ConsentText, Patient


def give(
    *,
    patient: Patient,
    kind: str,
    manner: str,
    by: User | None,
    now: datetime,
    text: ConsentText | None = None,
    version: str = "",
    language: str = "en",
    given_at: datetime | None = None,
    given_by: str = "",
) -> Consent:
    """Records that the patient agreed: to `text`; without one, to the text of that `version` if there is one, else to
    a form of the practice's own which `version` names; without either, to the text that is current on that day.

    Raises `consent_in_future`, `consent_text_missing`, `consent_text_not_valid_yet`, `consent_text_does_not_fit`."""
    given_at = given_at or now
    if given_at > now:
        raise Refusal("consent_in_future", "A consent cannot be recorded before it is given.", field="given_at")
    if text is None:
        text = _text_meant(kind, language, version, given_at)
    if text is not None:
        _refuse_unfitting(text, kind, version, given_at)
    with acting(by):
        return Consent.objects.create(
            patient=patient,
            kind=kind,
            text=text,
            version=text.version if text else version,
            manner=manner,
            given_at=given_at,
            given_by=given_by,
        )


def withdraw(
    *, consent: Consent, by: User | None, now: datetime, withdrawn_at: datetime | None = None, note: str = ""
) -> Consent:
    """Ends a consent; what was done under it stays right. Withdrawing the one to messages also stops reminders.

    Raises 409 `consent_withdrawn_already`, `withdrawn_in_future`, `withdrawn_before_given`."""
    withdrawn_at = withdrawn_at or now
    if withdrawn_at > now:
        raise Refusal("withdrawn_in_future", "A consent is withdrawn now or earlier.", field="withdrawn_at")
    with acting(by):
        consent = Consent.objects.select_for_update(of=("self",)).select_related("patient").get(pk=consent.pk)
        if consent.withdrawn_at is not None:
            raise Conflict("consent_withdrawn_already", "This consent was withdrawn before.")
        consent.withdrawn_at, consent.withdrawal_note = withdrawn_at, note
        consent.save(update_fields=["withdrawn_at", "withdrawal_note", "updated_at"])
        if consent.kind == Consent.Kind.MESSAGES and not _still_agreed(consent, now):
            channel = Patient.ReminderChannel.NONE
            registering.correct(patient=consent.patient, by=by, now=now, reminder_channel=channel)
    return consent


def _text_meant(kind: str, language: str, version: str, given_at: datetime) -> ConsentText | None:
    texts = ConsentText.objects.filter(kind=kind, language=language)
    if version:
        return texts.filter(version=version).first()
    text = texts.current(_day(given_at)).first()
    if text is None:
        sentence = "There is no text for this consent yet. Add one, or name the version of your own form."
        raise Refusal("consent_text_missing", sentence, field="text")
    return text


def _refuse_unfitting(text: ConsentText, kind: str, version: str, given_at: datetime) -> None:
    if text.kind != kind or (version and text.version != version):
        raise Conflict("consent_text_does_not_fit", "This text is of another kind or version.", field="text")
    if text.valid_from > _day(given_at):
        sentence = f"This text is in use from {text.valid_from:%-d %B %Y} on."
        raise Refusal("consent_text_not_valid_yet", sentence, field="text")


def _still_agreed(consent: Consent, now: datetime) -> bool:
    others = Consent.objects.filter(patient=consent.patient, kind=consent.kind).exclude(pk=consent.pk)
    return others.standing(now).exists()


def _day(moment: datetime):
    return moment.astimezone(Practice.objects.current().zone).date()
