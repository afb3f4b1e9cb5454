from datetime import date, datetime

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Prefetch, Q

from clinic.freezing import only_added_to
from clinic.models.base import Dated
from clinic.permissions import Permission
from patients.models.patient import Patient
from patients.models.safety import OfPatientQuerySet


class ConsentKind(models.TextChoices):
    TREATMENT = "treatment", "Treatment"
    MOXIBUSTION = "moxibustion", "Moxibustion (in writing)"
    CUPPING_MARKS = "cupping_marks", "Cupping marks"
    PHOTOGRAPHS = "photographs", "Photographs"
    PRIVACY = "privacy", "Privacy"
    ACC_SHARING = "acc_sharing", "Sharing with ACC"
    MESSAGES = "messages", "Electronic messages"


class ConsentTextQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What patients are asked to sign is no secret from them."""
        return self if user.holds_any_of_staff() or user.may(Permission.OWN_RECORD) else self.none()

    def current(self, on: date):
        """The newest text of each kind and language that is valid on a day."""
        newest = ConsentText.objects.filter(valid_from__lte=on).order_by("kind", "language", "-valid_from", "-id")
        return self.filter(pk__in=newest.distinct("kind", "language").values("pk"))


class ConsentText(Dated):
    """What a patient is asked to agree to, in one version and language. A new wording is a new version."""

    Kind = ConsentKind

    kind = models.CharField(max_length=15, choices=ConsentKind.choices)
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=12, default="en", help_text="As en, mi or zh-Hans.")
    title = models.CharField(max_length=120)
    text = models.TextField()
    valid_from = models.DateField()

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "language", "-valid_from", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language", "version"],
                name="consent_text_version_once",
                violation_error_code="consent_text_version_taken",
                violation_error_message="There is a text of that version already. Give the new one a new version.",
            ),
            models.CheckConstraint(
                condition=~Q(version="") & ~Q(title="") & ~Q(text=""),
                name="consent_text_says_something",
                violation_error_code="consent_text_empty",
                violation_error_message="A consent text needs a version, a title and its words.",
            ),
            models.CheckConstraint(
                condition=Q(language__regex=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$"),
                name="consent_text_language_form",
                violation_error_code="language_malformed",
                violation_error_message="Write the language as en, mi or zh-Hans.",
            ),
        ]
        triggers = [
            only_added_to(
                code="consent_text_final",
                sentence="People have agreed to this text as it stands. Add a new version instead.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version}, {self.language})"


class ConsentQuerySet(OfPatientQuerySet):
    def standing(self, at: datetime):
        """Given by then, and not withdrawn by then."""
        return self.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=at), given_at__lte=at)


def _refuse(code: str, sentence: str) -> str:
    return f"RAISE EXCEPTION '{code}: {sentence}' USING ERRCODE = '23000';"


@pghistory.track()
class Consent(Dated):
    """What the patient agreed to: which text, in which version, when and how. Withdrawn, never rewritten or deleted.

    `text` is empty for a form of the practice's own, on paper or from an older program: then `version` names it."""

    Kind = ConsentKind

    class Manner(models.TextChoices):
        WRITTEN = "written", "In writing"
        ELECTRONIC = "electronic", "On a screen"
        VERBAL = "verbal", "By word"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=15, choices=ConsentKind.choices)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, null=True, blank=True, related_name="consents")
    version = models.CharField(max_length=20)
    given_at = models.DateTimeField()
    manner = models.CharField(max_length=10, choices=Manner.choices)
    given_by = models.CharField(max_length=120, blank=True, help_text="If not the patient: a parent, an attorney.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_note = models.CharField(max_length=300, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "kind", "-given_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("given_at")),
                name="consent_withdrawn_after_given",
                violation_error_code="withdrawn_before_given",
                violation_error_message="A consent cannot be withdrawn before it was given.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="moxibustion") | Q(manner__in=["written", "electronic"]),
                name="consent_moxibustion_in_writing",
                violation_error_code="consent_must_be_written",
                # Auckland Council code of practice: written consent before moxibustion.
                violation_error_message="Moxibustion needs the patient's consent in writing.",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="fits_its_text",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NEW.text_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM patients_consenttext AS given
                        WHERE given.id = NEW.text_id AND given.kind = NEW.kind AND given.version = NEW.version
                    ) THEN {_refuse("consent_text_does_not_fit", "This text is of another kind or version.")} END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="given_as_it_was",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF TG_OP = 'DELETE'
                    OR (OLD.patient_id, OLD.kind, OLD.text_id, OLD.version, OLD.given_at, OLD.manner)
                        IS DISTINCT FROM
                        (NEW.patient_id, NEW.kind, NEW.text_id, NEW.version, NEW.given_at, NEW.manner)
                    OR (OLD.withdrawn_at IS NOT NULL AND OLD.withdrawn_at IS DISTINCT FROM NEW.withdrawn_at)
                    THEN {_refuse("consent_final", "What was agreed to stays. Withdraw it or add another.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


def consents_standing(path: str = "consents", *, at: datetime) -> Prefetch:
    """Those in force at a moment, as `consents_now` of the patient at `path`: what `missing_consents` reads."""
    return Prefetch(path, Consent.objects.standing(at).order_by("kind", "-given_at"), to_attr="consents_now")
