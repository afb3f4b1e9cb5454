"""What the summary of an injury claim needs to be drawn: plain, frozen values."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedDiagnosis:
    code: str
    description: str
    system: str
    side: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOrder:
    """A purchase order; `expires_on` is its last day."""

    number: str
    sessions: int
    approved_on: date
    valid_from: date
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InjuryClaim:
    """An ACC case as the clinic knows it. An empty string or None is "not recorded"."""

    claim_number: str
    patient: str
    preferred_name: str
    date_of_birth: date
    nhi: str
    address: str
    phone: str
    email: str
    ethnicities: str
    occupation: str
    employer: str
    date_of_injury: date
    accident_description: str
    cover_status: str
    cover_decided_on: date | None
    diagnoses: tuple[ClaimedDiagnosis, ...]
    gp: str
    referrer: str
    other_providers: tuple[str, ...]
    sessions_elsewhere: int
    approved_sessions: int | None
    opened_on: date
    closed_on: date | None
    orders: tuple[ClaimOrder, ...] = ()
