"""What a person adds to the codes of a US-style insurer's draft, on the page of the invoice."""

import re
from datetime import datetime
from typing import Any

from django import forms

from billing.models import Invoice, InvoiceLine
from billing.us import coding
from billing.us.coding import Codes
from clinic.acts import Act, ActForm, Done
from clinic.models import User
from clinic.permissions import Permission
from clinic.showing import birthday
from clinic.widgets import INPUT

_MODIFIER = re.compile(r"[A-Z0-9]{2}")
_POINTER = re.compile(r"[1-9]|1[0-2]")
MOST = 4


def _tokens(text: str) -> list[str]:
    return text.upper().replace(",", " ").split()


class CodesForm(ActForm):
    """Two fields for each line, with what stands there; blanks part what belongs to one line."""

    def __init__(self, data: Any = None, *, row: Invoice) -> None:
        super().__init__(data, row=row)
        self.lines = list(row.lines.select_related("service").order_by("position"))
        listed = _diagnoses(row)
        for line in self.lines:
            name = f"{line.service.code if line.service else line.description}, {birthday(line.service_on)}"
            self.fields[f"modifiers_{line.pk}"] = _text(
                f"{name}: modifiers", " ".join(line.modifiers), "Such as GP 25."
            )
            pointers = " ".join(map(str, line.diagnosis_pointers))
            self.fields[f"pointers_{line.pk}"] = _text(f"{name}: for diagnoses", pointers, listed)

    def clean(self) -> dict[str, Any]:
        """As the verb asks for it: `codes` of the lines that were changed."""
        cleaned = super().clean()
        given = [(line, self._modifiers(cleaned, line), self._pointers(cleaned, line)) for line in self.lines]
        changed = [
            Codes(line=line, modifiers=modifiers, diagnosis_pointers=pointers)
            for line, modifiers, pointers in given
            if (modifiers, pointers) != (line.modifiers, line.diagnosis_pointers)
        ]
        return {"codes": changed}

    def _modifiers(self, cleaned: dict[str, Any], line: InvoiceLine) -> list[str]:
        tokens = _tokens(cleaned.get(f"modifiers_{line.pk}", ""))
        if len(tokens) > MOST or not all(_MODIFIER.fullmatch(token) for token in tokens):
            sentence = "A line has up to four modifiers of two letters or figures, such as GP or 25."
            self.add_error(f"modifiers_{line.pk}", forms.ValidationError(sentence, code="modifier_malformed"))
        return tokens

    def _pointers(self, cleaned: dict[str, Any], line: InvoiceLine) -> list[int]:
        tokens = _tokens(cleaned.get(f"pointers_{line.pk}", ""))
        if len(tokens) > MOST or not all(_POINTER.fullmatch(token) for token in tokens):
            sentence = "A line points to up to four of the first twelve diagnoses, such as 1 3."
            self.add_error(f"pointers_{line.pk}", forms.ValidationError(sentence, code="diagnosis_pointer_malformed"))
            return []
        return [int(token) for token in tokens]


def _text(label: str, initial: str, help_text: str) -> forms.CharField:
    widget = forms.TextInput(attrs={**INPUT, "autocapitalize": "characters", "spellcheck": "false"})
    return forms.CharField(
        label=label, initial=initial, help_text=help_text, max_length=40, required=False, widget=widget
    )


def _diagnoses(invoice: Invoice) -> str:
    """Counted as pointers count them: the primary one first."""
    rows = invoice.case.diagnoses.filter(system="icd10cm").order_by("-primary", "pk") if invoice.case else []
    listed = ", ".join(f"{number} {row.code}" for number, row in enumerate(rows, 1))
    return f"None means the first four of {listed}." if listed else "The case has no ICD-10-CM diagnosis yet."


def _code(*, row: Invoice, by: User, now: datetime, codes: list[Codes]) -> Done:
    coding.code_lines(invoice=row, codes=codes, by=by, now=now)
    return Done(f"Noted on {len(codes)} line{'' if len(codes) == 1 else 's'}." if codes else "Nothing was changed.")


CODE_LINES = Act(
    name="codes",
    label="Modifiers and diagnoses",
    needs=Permission.KEEP_MONEY,
    possible=lambda row: row.status == Invoice.Status.DRAFT and row.payer is not None and row.payer.us_style,
    form=CodesForm,
    do=_code,
)
