"""Which lot of needles was used in which session."""

from datetime import datetime

from clinic.acting import acting
from clinic.models import User
from treatments.charting import locked_draft
from treatments.models import LotUse, NeedleLot, Treatment


def note_use(*, treatment: Treatment, lot: NeedleLot, needles: int | None = None, by: User, now: datetime) -> LotUse:
    """Raises 409 `note_signed`, `lot_noted_already`. An expired lot is noted as well: what was used is what was used,
    and the answer shows that it had expired."""
    with acting(by):
        return LotUse.objects.create(treatment=locked_draft(treatment), lot=lot, needles=needles)


def strike_use(*, use: LotUse, by: User, now: datetime) -> None:
    """Takes a mistaken line out of a draft. Raises 409 `note_signed`."""
    with acting(by):
        locked_draft(use.treatment)
        use.delete()
