"""Planning messages: a row each, written in the transaction of the act that makes it necessary."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from clinic.models import Document, User
from messaging import gateways
from messaging.models import Channel, Message, Occasion, ReminderRule
from messaging.numbers import international
from messaging.reasons import Reason
from patients.models import Patient, Payer

# What stands where an address was: a message without one goes to somebody on record.
FORGOTTEN = "forgotten"
# Whatever changes afterwards, these stay: their moment has passed.
FINAL = frozenset({Reason.TOO_LATE, Reason.SUPERSEDED, Reason.LET_PASS})


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A message that ought to be sent, or with a `reason`, one that ought not to and should be seen to be missing."""

    person: Patient | User | Payer | None
    occasion: Occasion
    rule: ReminderRule | None
    channel: Channel
    subject_kind: str
    subject_id: int
    subject_starts_at: datetime | None
    due_at: datetime
    reason: str = ""
    paper: Document | None = None
    # Where it goes, where that is not on the record of `person`, or where there is nobody yet.
    address: str = ""

    @property
    def key(self) -> tuple:
        """What a message is unique by."""
        rule_id = self.rule.pk if self.rule else None
        return (self.occasion, rule_id, self.channel, self.subject_kind, self.subject_id, self.subject_starts_at)

    def row(self) -> Message:
        occasion, rule_id, channel, subject_kind, subject_id, subject_starts_at = self.key
        reason = self.reason or obstacle(self.person, self.channel, self.address)
        return Message(
            patient=self.person if isinstance(self.person, Patient) else None,
            user=self.person if isinstance(self.person, User) else None,
            payer=self.person if isinstance(self.person, Payer) else None,
            address=self.address,
            paper=self.paper,
            occasion=occasion,
            rule_id=rule_id,
            channel=channel,
            subject_kind=subject_kind,
            subject_id=subject_id,
            subject_starts_at=subject_starts_at,
            due_at=self.due_at,
            state=Message.State.SKIPPED if reason else Message.State.PLANNED,
            reason=reason,
        )


def address_of(person: Patient | User | Payer | None, channel: str) -> str:
    """Staff and payers are written to by e-mail only."""
    if person is None:
        return ""
    if channel == Channel.EMAIL:
        return person.email
    return person.phone if isinstance(person, Patient) else ""


def obstacle(person: Patient | User | Payer | None, channel: str, address: str = "") -> str:
    """Why nothing can reach this person, or this address, on this channel; or nothing."""
    if not address and not address_of(person, channel):
        return Reason.NO_ADDRESS
    if gateways.for_channel(channel) is None:
        return Reason.NO_GATEWAY
    if channel == Channel.SMS and not international(address or address_of(person, channel)):
        return Reason.NO_MOBILE
    return ""


def plan(intents: Iterable[Intent], *, now: datetime) -> None:
    """Writes one row for each intent, in the caller's transaction. Planning the same again changes nothing.

    A row of the same key that was not handed over is brought up to date: a skipped one is planned after all when its
    reason is gone, a planned one gets its new time, unless it is due or was tried already.
    """
    wanted = {intent.key: intent.row() for intent in intents}
    if not wanted:
        return
    present = {_key(row): row for row in _rows_about(wanted.values())}
    Message.objects.bulk_create([row for key, row in wanted.items() if key not in present], ignore_conflicts=True)
    changed = [row for key, row in present.items() if key in wanted and _brought_up_to_date(row, wanted[key], now)]
    Message.objects.bulk_update(changed, ["state", "reason", "due_at", "updated_at"])


def withdraw(*, subject_kind: str, subject_ids: Collection[int], reason: str, now: datetime) -> None:
    """What was not handed over yet will not be. The subject's row must be locked by the caller: a worker asks for
    that lock before it hands over."""
    Message.objects.open_about(subject_kind, subject_ids).update(
        state=Message.State.SKIPPED, reason=reason, claimed_at=None, updated_at=now
    )


def forget(*, subject_kind: str, subject_ids: Collection[int], now: datetime) -> None:
    """Of messages to somebody who is in no record: where they went and what they said. That they were sent, and when,
    stays. The caller forgets the subjects in the same transaction."""
    withdraw(subject_kind=subject_kind, subject_ids=subject_ids, reason=Reason.NO_LONGER_SO, now=now)
    to_nobody = Message.objects.filter(patient=None, user=None, payer=None)
    to_nobody.filter(subject_kind=subject_kind, subject_id__in=subject_ids).update(
        address=FORGOTTEN, recipient="", subject_line="", body="", updated_at=now
    )


def let_pass(*, now: datetime) -> int:
    """Settles what is due by `now` as not sent, and answers for how many. Once, for a book that was kept elsewhere and
    is brought in: its reminders went out there, or it is too late for them."""
    return Message.objects.due(now=now).update(state=Message.State.SKIPPED, reason=Reason.LET_PASS, updated_at=now)


def _key(row: Message) -> tuple:
    return (row.occasion, row.rule_id, row.channel, row.subject_kind, row.subject_id, row.subject_starts_at)


def _rows_about(rows: Iterable[Message]) -> Iterable[Message]:
    kinds = {row.subject_kind for row in rows}
    ids = {row.subject_id for row in rows}
    return (
        Message.objects.filter(subject_kind__in=kinds, subject_id__in=ids)
        .filter(state__in=[Message.State.PLANNED, Message.State.SKIPPED])
        .exclude(reason__in=FINAL)
        .select_for_update(of=("self",))
        .order_by("pk")
    )


def _brought_up_to_date(row: Message, wanted: Message, now: datetime) -> bool:
    is_settled = row.state == wanted.state and (row.attempts or row.due_at <= now)
    due_at = row.due_at if is_settled else wanted.due_at
    if (row.state, row.reason, row.due_at) == (wanted.state, wanted.reason, due_at):
        return False
    row.state, row.reason, row.due_at, row.updated_at = wanted.state, wanted.reason, due_at, now
    return True
