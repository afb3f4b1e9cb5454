"""Billing a treatment to everybody who owes a part of it: the payer of its case, and the patient."""

from datetime import datetime

from billing import invoicing
from billing.models import Invoice
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import User
from patients.models import Payer
from treatments.models import Treatment


def draft_for_everybody(*, treatment: Treatment, by: User, now: datetime) -> list[Invoice]:
    """A draft to each party that owes a part and has none yet. Raises 409 `already_billed` where nobody is left, and
    what `invoicing.draft` raises; that the patient owes nothing beside a payer is no refusal."""
    billed = set(treatment.billed_parts.values_list("share", flat=True))
    payer = treatment.case.payer if treatment.case else None
    parties: list[Payer | None] = [None] if "patient" not in billed else []
    if payer is not None and "payer" not in billed:
        parties.insert(0, payer)
    drafts = []
    with acting(by):
        for party in parties:
            try:
                drafts.append(invoicing.draft(treatments=[treatment], payer=party, by=by, now=now))
            except Refusal as refusal:
                if refusal.code != "nothing_to_bill" or payer is None:
                    raise
    if not drafts:
        raise Conflict("already_billed", "Everything of this treatment is billed already.")
    return drafts
