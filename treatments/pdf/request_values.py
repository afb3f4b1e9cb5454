"""What a request to ACC for further treatment says: plain, frozen values, kept as JSON when it is finished."""

from dataclasses import dataclass
from datetime import date, datetime

from treatments.pdf.report_values import ReportedDiagnosis, ReportedOutcome
from treatments.pdf.values import SignedNote


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCheck:
    detail: str
    passed: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SideChange:
    code: str
    description: str
    side_now: str
    side: str


PATIENT_DECLARATION = (
    "I have been told what this request says and what is sent with it. I agree that the clinic sends it to ACC, and "
    "that ACC may ask the clinic about this injury and its treatment in order to decide."
)
PROVIDER_DECLARATION = (
    "I treated the person named for the injury this claim covers, and what is asked for here is for that injury. What "
    "this request says is true and complete as far as I know, and the person agreed that it is sent."
)
"""Our own words. A practice whose agreement with ACC asks for other words passes those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContent:
    """`notes` and `outcomes` are None in a standard request, which goes without them."""

    number: str
    standard: bool
    checks: tuple[RequestCheck, ...]
    asked_for: tuple[str, ...]
    sessions_requested: int | None
    first_name: str
    last_name: str
    date_of_birth: date
    nhi: str
    address: str
    phone: str
    claim_number: str
    date_of_injury: date
    accident_description: str
    cover_status: str
    diagnoses: tuple[ReportedDiagnosis, ...]
    sessions_given: int
    first_session_on: date | None
    latest_session_on: date | None
    sessions_elsewhere: int
    diagnoses_to_add: tuple[ReportedDiagnosis, ...]
    sides_to_change: tuple[SideChange, ...]
    lodgement_errors: tuple[str, ...]
    supporting_information: str
    practitioner: str
    provider_id: str
    registration_number: str
    vendor_name: str
    vendor_id: str
    vendor_phone: str
    vendor_email: str
    patient_declared_on: date | None
    after_surgery: bool = False
    finished_at: datetime | None = None
    outcomes: tuple[ReportedOutcome, ...] | None = None
    notes: tuple[SignedNote, ...] | None = None
    patient_declaration: str = PATIENT_DECLARATION
    provider_declaration: str = PROVIDER_DECLARATION

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRequest:
    content: RequestContent
    sha256: str
