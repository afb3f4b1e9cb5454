"""The way from a needle lot to who had it, and how the lots of a session are noted on the page of its note."""

from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone

from clinic.acts import Act, ActForm, Done
from clinic.models import User
from clinic.permissions import Permission
from clinic.widgets import INPUT, SELECT
from treatments.care import stocking
from treatments.models import LotUse, NeedleLot, Treatment


def _place_of_people(lot: NeedleLot) -> str:
    return reverse("admin:treatments_needlelot_patients", args=[lot.pk])


WHO_HAD = Act(
    name="who-had",
    label="Who had this lot",
    needs=Permission.READ_NOTES,
    leads_to=_place_of_people,
    style="primary",
)


class LotForm(ActForm):
    lot = forms.ModelChoiceField(NeedleLot.objects.none(), empty_label=None, widget=forms.Select(attrs=SELECT))
    needles = forms.IntegerField(
        label="How many needles",
        required=False,
        min_value=1,
        max_value=200,
        help_text="Where it was counted.",
        widget=forms.NumberInput(attrs=INPUT),
    )

    def __init__(self, data: Any = None, *, row: Treatment) -> None:
        super().__init__(data, row=row)
        self.fields["lot"].queryset = NeedleLot.objects.exclude(uses__treatment=row)
        self.fields["lot"].error_messages["required"] = "Write down the box first, under Needle lots."

    def initial_for(self, row: Treatment) -> dict[str, Any]:
        """The lot that was used last is usually the one that is open."""
        last = LotUse.objects.filter(treatment__practitioner=row.practitioner_id).order_by("-pk").first()
        return {"lot": last.lot_id if last else None, "needles": row.needles_in or None}


class StrikeForm(ActForm):
    use = forms.ModelChoiceField(
        LotUse.objects.none(), label="Lot", empty_label=None, widget=forms.Select(attrs=SELECT)
    )

    def __init__(self, data: Any = None, *, row: Treatment) -> None:
        super().__init__(data, row=row)
        self.fields["use"].queryset = row.lot_uses.select_related("lot")
        self.fields["use"].label_from_instance = lambda use: str(use.lot)


def _note_lot(*, row: Treatment, by: User, now: datetime, lot: NeedleLot, needles: int | None) -> Done:
    stocking.note_use(treatment=row, lot=lot, needles=needles, by=by, now=now)
    had_expired = lot.expires_on is not None and lot.expires_on < timezone.localdate(row.started_at)
    return Done("Noted. Mind that this lot had expired." if had_expired else f"Noted: lot {lot.lot_number}.")


def _strike(*, row: Treatment, by: User, now: datetime, use: LotUse) -> Done:
    stocking.strike_use(use=use, by=by, now=now)
    return Done("Struck out.")


# On the page of a note.
NOTE_LOT = Act(
    name="note-lot",
    label="Note the needle lot",
    needs=Permission.WRITE_NOTES,
    possible=lambda note: not note.is_signed,
    form=LotForm,
    do=_note_lot,
)
STRIKE_LOT = Act(
    name="strike-lot",
    label="Strike out a lot",
    needs=Permission.WRITE_NOTES,
    possible=lambda note: not note.is_signed and note.lot_uses.exists(),
    form=StrikeForm,
    do=_strike,
    style="quiet",
)
