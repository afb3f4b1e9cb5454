"""Signing in: nobody signs up from outside, and one way of counting attempts and codes for API and pages alike."""

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from clinic.models import User


class StaffAndPatientsAdapter(DefaultAccountAdapter):
    """Accounts are made by the clinic: nobody signs up from outside."""

    def is_open_for_signup(self, request) -> bool:
        return False


class StaffSignInForm(AuthenticationForm):
    """The sign-in page of staff. Who has set up an authenticator gives its code, or a recovery code."""

    code = forms.CharField(
        label="Code",
        required=False,
        help_text="From your authenticator app, if you have set one up.",
        widget=forms.TextInput(
            attrs={"class": " ".join(BASE_INPUT_CLASSES), "autocomplete": "one-time-code", "inputmode": "numeric"}
        ),
    )
    error_messages = {
        "invalid_login": "That name and password do not fit together. Both tell capitals from small letters.",
        "inactive": "This account is closed. Ask the owner of the practice.",
        "not_staff": "This account is not for staff pages.",
        "code_missing": "Add the code from your authenticator app, and your password once more.",
    }

    def clean(self) -> dict:
        """As Django's, but through the adapter, which counts failed attempts for every door together."""
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username and password:
            self.user_cache = get_adapter(self.request).authenticate(
                self.request, username=username, password=password
            )
            if self.user_cache is None:
                raise ValidationError(self.error_messages["invalid_login"], code="invalid_login")
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data

    def confirm_login_allowed(self, user: User) -> None:
        if not user.is_active:
            raise ValidationError(self.error_messages["inactive"], code="inactive")
        if not user.holds_any_of_staff():
            raise ValidationError(self.error_messages["not_staff"], code="not_staff")
        if is_mfa_enabled(user):
            self._confirm_code(user)

    def _confirm_code(self, user: User) -> None:
        code = self.cleaned_data.get("code", "").replace(" ", "")
        if not code:
            raise ValidationError(self.error_messages["code_missing"], code="code_missing")
        with context.request_context(self.request):
            second = AuthenticateForm(user=user, data={"code": code})
            if not second.is_valid():
                raise ValidationError(second.errors["code"].as_data())
