"""What the booking page asks of a person. A field says what it is for, and what is wrong with it, beside itself."""

from datetime import date
from typing import Any

from django import forms

from messaging import gateways
from messaging.models import Channel

PHONE = r"^\+?[0-9 ()./-]{6,28}$"


def _text(autocomplete: str, **attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": autocomplete, **attrs})


def _number(autocomplete: str, length: int) -> forms.TextInput:
    return _text(autocomplete, inputmode="numeric", maxlength=str(length))


class WhoForm(forms.Form):
    """Everything but what, with whom and when."""

    error_css_class = "wrong"

    first_name = forms.CharField(
        label="First name",
        max_length=80,
        widget=_text("given-name"),
        error_messages={"required": "Give your first name."},
    )
    last_name = forms.CharField(
        label="Last name",
        max_length=80,
        widget=_text("family-name"),
        error_messages={"required": "Give your last name."},
    )
    day = forms.CharField(required=False, widget=_number("bday-day", 2))
    month = forms.CharField(required=False, widget=_number("bday-month", 2))
    year = forms.CharField(required=False, widget=_number("bday-year", 4))
    email = forms.EmailField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="We send a code there, and what you have booked.",
        error_messages={
            "required": "Give your e-mail address.",
            "invalid": "Write the e-mail address in full, such as ngaio@example.nz.",
        },
    )
    phone = forms.RegexField(
        PHONE,
        label="Telephone",
        widget=_text("tel", type="tel", inputmode="tel"),
        help_text="In case we have to reach you on the day.",
        error_messages={
            "required": "Give a telephone number.",
            "invalid": "Write the number in digits, such as 021 555 0177.",
        },
    )
    channel = forms.ChoiceField(
        label="How shall we send the code?",
        choices=[(Channel.EMAIL, "By e-mail"), (Channel.SMS, "As a text message")],
        widget=forms.RadioSelect,
        initial=Channel.EMAIL,
        required=False,
    )
    # People see no such field; programs that fill in whatever they find are told to leave it alone.
    website = forms.CharField(required=False, label="Leave this empty", widget=_text("off", tabindex="-1"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if gateways.for_channel(Channel.SMS) is None:
            del self.fields["channel"]
        else:
            self.fields["email"].help_text = "For the code, unless you would rather have a text message."
            self.fields["phone"].help_text = "A mobile, if the code is to come as a text message."

    def clean(self) -> dict[str, Any]:
        """What `reserving.reserve` takes of the person."""
        asked = super().clean()
        if asked.pop("website", ""):
            self.add_error(None, "Something was filled in that no person sees. Try again without a program's help.")
        year, month, day = (asked.pop(name, "") for name in ("year", "month", "day"))
        try:
            asked["date_of_birth"] = date(int(year), int(month), int(day))
        except (ValueError, OverflowError):
            self.add_error("day", "Give your date of birth with day, month and year, such as 4 5 1990.")
        else:
            if asked["date_of_birth"].year < 1900:
                self.add_error("day", "Write the year with four digits, such as 1990.")
        asked["channel"] = asked.get("channel") or Channel.EMAIL
        return asked


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=_text("one-time-code", inputmode="numeric", pattern="[0-9 ]*"),
        error_messages={"required": "Type the six digits that we sent you."},
    )
