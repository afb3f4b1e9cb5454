"""What can be done with a patient on their page."""

from datetime import datetime

from django import forms
from django.urls import reverse
from django.utils import timezone

from clinic.acts import Act, ActForm, Done
from clinic.models import User
from clinic.permissions import Permission
from clinic.widgets import INPUT, SELECT, MomentField
from patients import consenting, registering
from patients.models import Consent, ConsentKind, Patient


class ConsentForm(ActForm):
    kind = forms.ChoiceField(label="To what", choices=ConsentKind.choices, widget=forms.Select(attrs=SELECT))
    manner = forms.ChoiceField(label="How", choices=Consent.Manner.choices, widget=forms.Select(attrs=SELECT))
    given_at = MomentField(label="When")
    given_by = forms.CharField(
        label="By whom",
        required=False,
        max_length=120,
        help_text="If not the patient: a parent, an attorney.",
        widget=forms.TextInput(attrs=INPUT),
    )
    version = forms.CharField(
        label="Version of your own form",
        required=False,
        max_length=20,
        help_text="Empty: the text that is in use.",
        widget=forms.TextInput(attrs=INPUT),
    )

    def initial_for(self, row: Patient) -> dict[str, datetime]:
        return {"given_at": timezone.now()}


class WithdrawForm(ActForm):
    consent = forms.ModelChoiceField(Consent.objects.none(), widget=forms.Select(attrs=SELECT))
    note = forms.CharField(required=False, max_length=300, widget=forms.TextInput(attrs=INPUT))

    def __init__(self, data: object = None, *, row: Patient) -> None:
        super().__init__(data, row=row)
        self.fields["consent"].queryset = row.consents.filter(withdrawn_at=None)


def _archive(*, row: Patient, by: User, now: datetime) -> Done:
    registering.correct(patient=row, by=by, now=now, archived_at=now)
    return Done(f"{row} is archived. Nothing is lost; they can be restored.")


def _restore(*, row: Patient, by: User, now: datetime) -> Done:
    registering.correct(patient=row, by=by, now=now, archived_at=None)
    return Done(f"{row} is back.")


def _consent(*, row: Patient, by: User, now: datetime, **asked: object) -> Done:
    consent = consenting.give(patient=row, by=by, now=now, **asked)
    return Done(f"Recorded: {consent}, version {consent.version}.")


def _withdraw(*, row: Patient, by: User, now: datetime, consent: Consent, note: str) -> Done:
    consenting.withdraw(consent=consent, by=by, now=now, note=note)
    return Done(f"Withdrawn: {consent}. What was done under it stays right.")


ACTS = [
    Act(
        name="archive",
        label="Archive",
        needs=Permission.KEEP_PATIENTS,
        possible=lambda patient: patient.archived_at is None,
        do=_archive,
        style="quiet",
    ),
    Act(
        name="restore",
        label="Restore",
        needs=Permission.KEEP_PATIENTS,
        possible=lambda patient: patient.archived_at is not None,
        do=_restore,
        style="quiet",
    ),
    Act(
        name="open-case",
        label="Open a case",
        needs=Permission.KEEP_PATIENTS,
        leads_to=lambda patient: f"{reverse('admin:patients_case_add')}?patient={patient.pk}",
    ),
    Act(
        name="consent",
        label="Record a consent",
        needs=Permission.KEEP_PATIENTS,
        form=ConsentForm,
        do=_consent,
    ),
    Act(
        name="withdraw-consent",
        label="Withdraw a consent",
        needs=Permission.KEEP_PATIENTS,
        possible=lambda patient: patient.consents.filter(withdrawn_at=None).exists(),
        form=WithdrawForm,
        do=_withdraw,
        style="quiet",
    ),
]
