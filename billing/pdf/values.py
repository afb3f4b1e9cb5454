"""What each billing paper needs to be drawn: plain, frozen values, and sums over them.

Amounts are `Decimal` with two places, dates are the location's own, an empty string is "not given". The sums are
properties, so that a paper can never show a total that its lines do not add up to.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who is billed, or who paid: a patient, ACC, an insurer, an employer."""

    name: str
    address: tuple[str, ...] = ()
    reference: str = ""
    """Their own name for us or for this: a member or policy number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    code: str
    """As recorded, case kept: Read codes differ by case."""
    description: str = ""
    side: str = ""
    """`left`, `right`, `both` or empty."""
    system: str = "read2"
    """`read2`, `snomed` or `icd10cm`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One service or product. What the invoice says once for all its lines stays empty here."""

    service_on: date
    description: str
    amount_excl: Decimal
    gst: Decimal = NOTHING
    service_code: str = ""
    quantity: Decimal = Decimal(1)
    unit: str = ""
    """`hours` for an hourly service; empty for a flat fee or pieces."""
    minutes: int | None = None
    """Time taken; ACC asks for it beside hours."""
    practitioner: str = ""
    patient_name: str = ""
    claim_number: str = ""
    purchase_order_number: str = ""

    @property
    def total(self) -> Decimal:
        return self.amount_excl + self.gst


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLine:
    """Money received, or a credit note set against the invoice."""

    paid_on: date
    method: str
    amount: Decimal
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice, a credit note (`credit_of` names the invoice it credits) or, without a number, a draft."""

    number: str
    issued_on: date
    recipient: Party
    lines: tuple[InvoiceLine, ...]
    gst_registered: bool
    due_on: date | None = None
    patient_name: str = ""
    claim_number: str = ""
    date_of_injury: date | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    purchase_order_number: str = ""
    payments: tuple[PaymentLine, ...] = ()
    bank_account: str = ""
    payment_reference: str = ""
    note: str = ""
    credit_of: str = ""
    credit_reason: str = ""

    @property
    def amount_excl(self) -> Decimal:
        return sum((line.amount_excl for line in self.lines), NOTHING)

    @property
    def gst(self) -> Decimal:
        return sum((line.gst for line in self.lines), NOTHING)

    @property
    def total(self) -> Decimal:
        return self.amount_excl + self.gst

    @property
    def paid(self) -> Decimal:
        return sum((payment.amount for payment in self.payments), NOTHING)

    @property
    def balance(self) -> Decimal:
        return self.total - self.paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """The practice as a payer knows it. `vendor_id` is ACC's: letters, digits and `/`, at most 12."""

    name: str
    vendor_id: str = ""
    gst_number: str = ""
    phone: str = ""
    address: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleLine:
    """One service on a treatment schedule; the items are those of ACC's electronic invoice line."""

    number: int
    claim_number: str
    patient_name: str
    nhi: str
    """Empty for payers outside the health service, who have no use for it."""
    date_of_birth: date
    date_of_injury: date | None
    diagnosis: Diagnosis
    service_code: str
    service_on: date
    provider_name: str
    provider_id: str
    billing_method: str
    """`flat fee`, `hours`, `minutes`, `units` or `distance`."""
    value: Decimal
    amount_excl: Decimal
    gst: Decimal = NOTHING
    description: str = ""
    purchase_order_number: str = ""
    policy_number: str = ""
    comment: str = ""

    @property
    def total(self) -> Decimal:
        return self.amount_excl + self.gst


DECLARATION = (
    "I declare that each service on this schedule was given to the person named, on the day shown and by the provider "
    "named; that it treated the injury the claim covers; that clinical notes are kept for each; and that none of them "
    "has been claimed before."
)
"""Our own words. A practice whose agreement with ACC asks for other words passes those."""

DECLARATION_TO_OTHERS = (
    "I declare that each service on this schedule was given to the person named, on the day shown and by the provider "
    "named; that clinical notes are kept for each; and that none of them has been claimed before."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The treatment schedule of one payer invoice or one claim. Another payer than ACC is not asked for what only ACC
    has."""

    schedule_number: str
    declared_on: date
    vendor: Vendor
    recipient: Party
    lines: tuple[ScheduleLine, ...]
    gst_registered: bool
    to_acc: bool = True
    declared_by: str = ""
    contract_id: str = ""
    comment: str = ""
    declaration: str = DECLARATION

    @property
    def amount_excl(self) -> Decimal:
        return sum((line.amount_excl for line in self.lines), NOTHING)

    @property
    def gst(self) -> Decimal:
        return sum((line.gst for line in self.lines), NOTHING)

    @property
    def total(self) -> Decimal:
        return self.amount_excl + self.gst


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptAllocation:
    """The part of a payment that went to one invoice, and what that invoice still owes after it."""

    invoice_number: str
    issued_on: date
    invoice_total: Decimal
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A payment; a refund has a negative amount and names the payment that it gives back."""

    number: str
    received_on: date
    received_from: Party
    method: str
    amount: Decimal
    allocations: tuple[ReceiptAllocation, ...] = ()
    reference: str = ""
    note: str = ""
    refund_of: str = ""

    @property
    def unallocated(self) -> Decimal:
        return self.amount - sum((allocation.amount for allocation in self.allocations), NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """One movement on an account: an invoice is a positive amount, a payment or a credit a negative one."""

    entered_on: date
    kind: str
    number: str
    amount: Decimal
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An account from one day to another, both included."""

    account: Party
    issued_on: date
    from_on: date
    to_on: date
    opening_balance: Decimal
    entries: tuple[StatementEntry, ...]
    ageing: tuple[tuple[str, Decimal], ...] = ()
    """What the closing balance is made of, oldest last: `("Not yet due", ...), ("30 days", ...)`."""
    bank_account: str = ""
    payment_reference: str = ""
    note: str = ""

    @property
    def closing_balance(self) -> Decimal:
        return self.opening_balance + sum((entry.amount for entry in self.entries), NOTHING)
