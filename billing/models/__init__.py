from billing.models.invoice import Counter, Invoice, InvoiceLine
from billing.models.rates import Rate, Service

__all__ = ["Counter", "Invoice", "InvoiceLine", "Rate", "Service"]
