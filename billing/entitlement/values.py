"""What is asked about and what is answered, as plain values. All days are local days of the practice."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing.entitlement.rules import Source


@dataclass(frozen=True, kw_only=True)
class Order:
    """A purchase order: so many more sessions, from its first day to its last (none: without end)."""

    number: str
    sessions: int
    approved_on: date
    valid_from: date
    expires_on: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.expires_on is None or day <= self.expires_on)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request for more treatment that was finished on a day, and whether its answer was taken down."""

    on: date
    is_answered: bool


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """Who treats, and the last day of the practising certificate (None: not taken down)."""

    practitioner: str
    expires_on: date | None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A case as it is known. `given` are the days of its sessions here, `expected` those of its visits in the book,
    `not_invoiced` those of sessions that no issued invoice to the payer holds; `billed` is what this payer was billed
    without GST, drafts included. `cover_status` is the one known on the day that is asked about."""

    kind: str
    payer: str = ""
    payer_kind: str = ""
    employer: str = ""
    claim_number: str = ""
    date_of_injury: date | None = None
    diagnoses: tuple[tuple[str, str], ...] = ()
    cover_status: str = "unknown"
    approved_sessions: int | None = None
    orders: tuple[Order, ...] = ()
    asked: tuple[Asked, ...] = ()
    sessions_elsewhere: int = 0
    first_elsewhere_on: date | None = None
    given: tuple[date, ...] = ()
    expected: tuple[date, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    not_invoiced: tuple[date, ...] = ()
    policy_number: str = ""
    policy_expires_on: date | None = None
    approved_amount: Decimal | None = None
    approval_required: bool = False
    approval_number: str = ""
    billed: Decimal = Decimal(0)
    closed_on: date | None = None


class Decision(StrEnum):
    COVERED = "covered"
    NOT_COVERED = "not_covered"
    CHECK_MANUALLY = "check_manually"


class Request(StrEnum):
    """What an ACC32 for more treatment has to carry."""

    STANDARD = "standard"
    NON_STANDARD = "non_standard"


@dataclass(frozen=True, slots=True)
class Check:
    """`passed` is None where a person has to look."""

    code: str
    passed: bool | None
    detail: str
    source: Source


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something to look at that changes no answer."""

    code: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Entitlement:
    """Whether one more session on the day `on` is covered, and why.

    `remaining` is what the approvals that hold on that day still have; `approved` and `remaining` are None where no
    number was set. `window_ends_on` is the last day inside the window, None where none runs.
    """

    on: date
    decision: Decision
    payer: str
    checks: tuple[Check, ...]
    approved: int | None
    used: int
    booked: int
    remaining: int | None
    window_ends_on: date | None
    amount_left: Decimal | None
    # Days of the sessions that no approval held, such as a 13th.
    outside: tuple[date, ...]
    # The day of a request for more that nobody has answered yet.
    awaiting_since: date | None
    request: Request | None
    warnings: tuple[Caveat, ...]
    next_step: str

    def check(self, code: str) -> Check | None:
        return next((check for check in self.checks if check.code == code), None)

    @property
    def is_running_out(self) -> bool:
        """Whether one or two sessions are left."""
        return self.remaining is not None and 0 < self.remaining <= RUNNING_OUT

    @property
    def needs_request(self) -> bool:
        """Whether a request for more has to be prepared now: it is running out, and none is on its way."""
        return self.is_running_out and self.awaiting_since is None


RUNNING_OUT = 2
# About sessions that were given: what is late with them does not uncover the next one.
OF_THE_PAST = frozenset({"invoice_within_12_months"})
