"""Inputs of staff pages. Days and times use the browser's own pickers: no script, good on a tablet and by keyboard."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    SELECT_CLASSES,
    TEXTAREA_CLASSES,
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextInputWidget,
)

from clinic.wall import on_the_wall, skipped

INPUT = {"class": " ".join([*BASE_INPUT_CLASSES, "nb-input"])}
SELECT = {"class": " ".join([*SELECT_CLASSES, "nb-input"])}
TEXT = {"class": " ".join([*TEXTAREA_CLASSES, "nb-input"]), "rows": 4}


class DayWidget(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__(attrs={**INPUT, **(attrs or {})}, format="%Y-%m-%d")


class ClockWidget(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__(attrs={**INPUT, "step": "300", **(attrs or {})}, format="%H:%M")


class MomentWidget(forms.SplitDateTimeWidget):
    """A day and a time in five-minute steps, as the clinic books them."""

    template_name = "clinic/widgets/moment.html"

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__(
            attrs=attrs,
            date_attrs={**INPUT, "type": "date", "aria-label": "Day"},
            time_attrs={**INPUT, "type": "time", "step": "300", "aria-label": "Time"},
            date_format="%Y-%m-%d",
            time_format="%H:%M",
        )


def csv_file() -> forms.FileInput:
    """The theme's own: its script writes the name of the chosen file beside every input for a file, and breaks where
    there is no place for that."""
    return UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt"})


class MomentField(forms.SplitDateTimeField):
    """A time on the practice's wall. One that comes twice, when the clocks go back, means the first, and is shown as
    the first; one that they leave out is refused as `nonexistent_local_time`."""

    widget = MomentWidget

    def compress(self, data_list: list) -> datetime | None:
        try:
            return super().compress(data_list)
        except ValidationError as error:
            if error.code != "ambiguous_timezone":
                raise
        zone, (day, at) = timezone.get_current_timezone(), data_list
        moment = on_the_wall(day, at, zone).astimezone(zone)
        if moment.time() != at:
            raise ValidationError(skipped(at), code="nonexistent_local_time")
        return moment


class Lines(forms.CharField):
    """A text area of one thing a line. `read` makes the row of a line, or raises ValidationError; `write` the line."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={**TEXT, "rows": 3}), **kwargs)

    def read(self, line: str) -> Any:
        return line

    def write(self, row: Any) -> str:
        return row

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else "\n".join(self.write(row) for row in value or ())

    def to_python(self, value: Any) -> list[Any]:
        return [self.read(line.strip()) for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or ()) != self.to_python(data)

    def validate(self, value: Any) -> None: ...

    def run_validators(self, value: Any) -> None: ...


# For the pages of every model: pickers of the browser's own, texts that grow with what is written.
OVERRIDES = {
    models.DateField: {"widget": DayWidget},
    models.TimeField: {"widget": ClockWidget},
    models.DateTimeField: {"form_class": MomentField, "widget": MomentWidget},
    models.TextField: {"widget": UnfoldAdminExpandableTextareaWidget},
    models.URLField: {"assume_scheme": "https"},
    ArrayField: {"widget": UnfoldAdminTextInputWidget},
}
