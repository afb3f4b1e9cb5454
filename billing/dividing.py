"""Billing a treatment to everybody who owes a part of it: the payer of its case, the patient or who pays for them."""

from datetime import datetime

from billing import invoicing
from billing.models import Invoice
from billing.pricing import debtors
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import User
from treatments.models import Treatment


def draft_for_everybody(*, treatment: Treatment, by: User, now: datetime) -> list[Invoice]:
    """A draft to each party that owes a part and has none yet. Raises 409 `already_billed` where nobody is left, and
    what `invoicing.draft` raises; that the patient owes nothing beside a payer is no refusal."""
    billed = set(treatment.billed_parts.values_list("share", flat=True))
    owing = [party for share, party in debtors(treatment.case).items() if share not in billed]
    drafts = []
    with acting(by):
        for party in owing:
            try:
                drafts.append(invoicing.draft(treatments=[treatment], payer=party, by=by, now=now))
            except Refusal as refusal:
                if refusal.code != "nothing_to_bill" or treatment.case is None or treatment.case.payer is None:
                    raise
    if not drafts:
        raise Conflict("already_billed", "Everything of this treatment is billed already.")
    return drafts
