import re
import unicodedata

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce, Collate, Concat, Lower

from clinic.models.base import ArchivableQuerySet, Dated
from clinic.permissions import Permission
from patients import nhi


def valid_nhi(number: str) -> None:
    if not nhi.is_valid(number, allow_test_values=settings.ALLOW_TEST_NHI):
        raise ValidationError("This NHI number has a typing mistake: its check character does not fit.", "nhi_invalid")


class NHIField(models.CharField):
    """Upper-cased, without spaces; NULL when not known, so that uniqueness holds only among the known."""

    def __init__(self, *args, **kwargs):
        kwargs |= {"max_length": 7, "null": True, "blank": True}
        super().__init__(*args, **kwargs)

    def to_python(self, value):
        value = super().to_python(value)
        return nhi.normalised(value) or None if value is not None else None


# Letters that normalisation does not take apart into a plain one and its mark.
WHOLE, PLAIN = "øłđħıæœß", "oldhiaos"
MARKS = "[\u0300-\u036f]"


def _folded(text: models.Expression) -> models.Func:
    """`folded` in the database. Every function is immutable, which unaccent() is not; the collation makes lower()
    the same on every server."""
    apart = models.Func(Lower(Collate(text, "pg_c_utf8")), template="normalize(%(expressions)s, NFD)")
    bare = models.Func(apart, models.Value(MARKS), models.Value(""), models.Value("g"), function="regexp_replace")
    return models.Func(
        bare, models.Value(WHOLE), models.Value(PLAIN), function="translate", output_field=models.TextField()
    )


def _search_text() -> models.Func:
    """Names, NHI, e-mail, legacy id and the digits of the phone, a space before and after each."""
    digits = models.Func(
        "phone", models.Value("[^0-9]"), models.Value(""), models.Value("g"), function="regexp_replace"
    )
    parts = ["first_name", "last_name", "preferred_name", "email", Coalesce("nhi", models.Value("")), "legacy_id"]
    spaced = [piece for part in [*parts, digits] for piece in (models.Value(" "), part)]
    return _folded(Concat(*spaced, models.Value(" "), output_field=models.TextField()))


def _sort_name() -> models.Func:
    """Family name first, Ō beside O: the plain order of letters would put it behind Z."""
    return _folded(Concat("last_name", models.Value(" "), "first_name", output_field=models.TextField()))


def folded(text: str) -> str:
    """Lower case and without marks, so that Tamati finds Tāmati however either was typed."""
    apart = unicodedata.normalize("NFD", text.lower())
    return re.sub(MARKS, "", apart).translate(str.maketrans(WHOLE, PLAIN))


class PatientQuerySet(ArchivableQuerySet):
    def visible_to(self, user):
        if user.may(Permission.SEE_PATIENTS):
            return self
        if user.may(Permission.OWN_RECORD):
            return self.filter(user=user)
        return self.none()

    def matching(self, text: str):
        """Patients whose names, NHI, e-mail, legacy id and phone hold every word of `text`, in any order.

        A word of digits as people write them in telephone numbers is also looked up by its digits alone."""
        found = self
        for word in folded(text).split():
            digits = re.sub(r"[-+().]", "", word)
            held = models.Q(search_text__contains=word)
            if digits.isdecimal() and digits != word:
                held |= models.Q(search_text__contains=digits)
            found = found.filter(held)
        return found

    def alike(self, *, first_name: str, last_name: str, date_of_birth, nhi: str | None):
        """Who might be the same person: the same NHI, or the same birthday and one of the names, in either place,
        with or without its marks. The archived are among them: people come back."""
        named = models.Q(search_text__contains=f" {folded(first_name)} ")
        named |= models.Q(search_text__contains=f" {folded(last_name)} ")
        same = models.Q(date_of_birth=date_of_birth) & named
        if nhi:
            same |= models.Q(nhi=nhi)
        return self.filter(same)


@pghistory.track()
class Patient(Dated):
    class ReminderChannel(models.TextChoices):
        SMS = "sms", "Text message"
        EMAIL = "email", "E-mail"
        BOTH = "both", "Text and e-mail"
        NONE = "none", "None"

    class Sex(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        OTHER = "other", "Other"
        UNKNOWN = "unknown", "Not recorded"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="patient"
    )
    account_holder = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="family",
        help_text="Who pays this person's invoices: a parent, a partner. Empty: themselves.",
    )
    nhi = NHIField("NHI", validators=[valid_nhi])
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    preferred_name = models.CharField(max_length=80, blank=True)
    date_of_birth = models.DateField()
    sex = models.CharField(max_length=8, choices=Sex.choices, default=Sex.UNKNOWN)
    gender = models.CharField(max_length=40, blank=True)
    pronouns = models.CharField(max_length=20, blank=True)
    ethnicities = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    address = models.TextField(blank=True)
    occupation = models.CharField(max_length=80, blank=True)
    gp_name = models.CharField("GP", max_length=80, blank=True)
    gp_practice = models.CharField("GP practice", max_length=120, blank=True)
    reminder_channel = models.CharField(max_length=5, choices=ReminderChannel.choices, default=ReminderChannel.EMAIL)
    legacy_id = models.CharField(max_length=40, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    search_text = models.GeneratedField(
        expression=_search_text(), output_field=models.TextField(), db_persist=True, editable=False
    )
    sort_name = models.GeneratedField(
        expression=_sort_name(), output_field=models.TextField(), db_persist=True, editable=False
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["sort_name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["nhi"],
                name="patient_nhi_once",
                violation_error_code="nhi_taken",
                violation_error_message="Another patient has this NHI number.",
            ),
            models.CheckConstraint(
                condition=models.Q(nhi__isnull=True) | models.Q(nhi__regex=nhi.FORMAT),
                name="patient_nhi_format",
                violation_error_code="nhi_malformed",
                violation_error_message="An NHI number is three letters and four digits, or as ABC12DS.",
            ),
            models.CheckConstraint(
                condition=~models.Q(first_name="") & ~models.Q(last_name=""),
                name="patient_has_name",
                violation_error_code="name_missing",
                violation_error_message="A patient needs a first and a last name.",
            ),
            models.CheckConstraint(
                condition=models.Q(date_of_birth__gte="1890-01-01"),
                name="patient_date_of_birth_plausible",
                violation_error_code="date_of_birth_implausible",
                violation_error_message="That date of birth is too long ago.",
            ),
            models.CheckConstraint(
                condition=models.Q(account_holder__isnull=True) | ~models.Q(account_holder=models.F("id")),
                name="patient_account_held_by_another",
                violation_error_code="own_account_holder",
                violation_error_message="Leave this empty where somebody pays their own invoices.",
            ),
        ]
        indexes = [
            GinIndex(OpClass("search_text", name="gin_trgm_ops"), name="patient_search_trgm"),
            models.Index(fields=["sort_name", "id"], name="patient_sort_name"),
            models.Index(fields=["date_of_birth"], name="patient_date_of_birth"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def age_on(self, day) -> int:
        """Completed years on a local date; someone born on 29 February turns a year older on 1 March."""
        born = self.date_of_birth
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    @property
    def patient_id(self) -> int:
        """So that reading the person and reading the note are recorded alike."""
        return self.pk
