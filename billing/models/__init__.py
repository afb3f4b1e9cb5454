from billing.models.bank import BankFormat, BankLine, BankStatement
from billing.models.claim import Claim, ClaimLine, ClaimLineStep
from billing.models.credit import CreditLine, CreditNote, WriteOff
from billing.models.invoice import BilledPart, Counter, Invoice, InvoiceLine
from billing.models.package import Package, PackageUse
from billing.models.payment import Allocation, Payment
from billing.models.rates import Rate, Service
from billing.models.remittance import Remittance, RemittanceRow
from billing.models.statement import Statement

__all__ = [
    "Allocation",
    "BankFormat",
    "BankLine",
    "BankStatement",
    "BilledPart",
    "Claim",
    "ClaimLine",
    "ClaimLineStep",
    "Counter",
    "CreditLine",
    "CreditNote",
    "Invoice",
    "InvoiceLine",
    "Package",
    "PackageUse",
    "Payment",
    "Rate",
    "Remittance",
    "RemittanceRow",
    "Service",
    "Statement",
    "WriteOff",
]
