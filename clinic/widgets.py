"""Inputs of staff pages. Days and times use the browser's own pickers: no script, right on a tablet, and by keyboard."""

from django import forms
from unfold.widgets import BASE_INPUT_CLASSES, SELECT_CLASSES, TEXTAREA_CLASSES

INPUT = {"class": " ".join([*BASE_INPUT_CLASSES, "nb-input"])}
SELECT = {"class": " ".join([*SELECT_CLASSES, "nb-input"])}
TEXT = {"class": " ".join([*TEXTAREA_CLASSES, "nb-input"]), "rows": 4}


class MomentWidget(forms.SplitDateTimeWidget):
    """A day and a time in five-minute steps, as the clinic books them."""

    def __init__(self) -> None:
        super().__init__(
            date_attrs={**INPUT, "type": "date", "aria-label": "Day"},
            time_attrs={**INPUT, "type": "time", "step": "300", "aria-label": "Time"},
            date_format="%Y-%m-%d",
            time_format="%H:%M",
        )


class MomentField(forms.SplitDateTimeField):
    widget = MomentWidget
