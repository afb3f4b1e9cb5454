import pghistory
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.functional import cached_property

from clinic.models.base import Dated
from clinic.models.numbers import npi_constraints, possible_npi
from clinic.models.practice import SetUpQuerySet
from clinic.permissions import STAFF_PERMISSIONS, Permission


class OwnerOnlyQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.MANAGE_USERS) else self.none()


@pghistory.track()
class Role(Dated):
    """A job in the clinic and what it may do: one row, one screen."""

    name = models.CharField(max_length=40, unique=True)
    permissions = ArrayField(models.CharField(max_length=30, choices=Permission.choices), default=list, blank=True)

    objects = OwnerOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(permissions__contained_by=[str(value) for value in Permission.values]),
                name="role_permissions_known",
                violation_error_code="permission_unknown",
                violation_error_message="A role can hold only the listed permissions.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Users(UserManager.from_queryset(OwnerOnlyQuerySet)):
    pass


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractUser):
    """Someone who signs in: staff, or a patient with a portal. What they may do is the sum of their roles."""

    roles = models.ManyToManyField(Role, blank=True, related_name="users")
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    objects = Users()

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @cached_property
    def permissions_held(self) -> frozenset[str]:
        """Read once per request; a superuser holds what staff can hold, never a patient's own record."""
        if not self.is_active:
            return frozenset()
        if self.is_superuser:
            return STAFF_PERMISSIONS
        return frozenset(self.permissions_granted)

    @cached_property
    def permissions_granted(self) -> list[str]:
        """Of all roles together; whoever has read them already sets them."""
        return [value for role in self.roles.all() for value in role.permissions]

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions_held

    def holds_any_of_staff(self) -> bool:
        return not self.permissions_held.isdisjoint(STAFF_PERMISSIONS)


@pghistory.track()
class Practitioner(Dated):
    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, blank=True, related_name="practitioner")
    display_name = models.CharField(max_length=80)
    registration_number = models.CharField(max_length=20, blank=True)
    practising_certificate_expires_on = models.DateField(null=True, blank=True)
    acc_provider_id = models.CharField("ACC provider ID", max_length=12, blank=True)
    hpi_cpn = models.CharField("HPI CPN", max_length=6, blank=True)
    npi = models.CharField("NPI", max_length=10, blank=True, validators=[possible_npi])
    colour = models.CharField(max_length=7, default="#2f6f5e")
    is_student = models.BooleanField(default=False)
    supervisor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="students",
        help_text="Signs beside a student.",
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SetUpQuerySet.as_manager()

    class Meta:
        ordering = ["display_name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hpi_cpn="") | models.Q(hpi_cpn__regex=r"^[0-9]{2}[A-Z]{4}$"),
                name="practitioner_hpi_cpn_form",
                violation_error_code="hpi_cpn_malformed",
                violation_error_message="An HPI person number is two digits and four letters, such as 99ZZZS.",
            ),
            models.CheckConstraint(
                condition=models.Q(acc_provider_id__regex=r"^[A-Za-z0-9]{0,12}$"),
                name="practitioner_acc_provider_id_form",
                violation_error_code="acc_provider_id_malformed",
                violation_error_message="An ACC provider ID has up to 12 letters and digits.",
            ),
            *npi_constraints("practitioner"),
            models.CheckConstraint(
                condition=models.Q(colour__regex=r"^#[0-9a-f]{6}$"),
                name="practitioner_colour_form",
                violation_error_code="colour_malformed",
                violation_error_message="A colour is written as # and six hexadecimal digits.",
            ),
            models.CheckConstraint(
                condition=models.Q(is_student=False) | models.Q(supervisor__isnull=False),
                name="practitioner_student_is_supervised",
                violation_error_code="supervisor_missing",
                violation_error_message="A student works under a supervisor. Say who.",
            ),
            models.CheckConstraint(
                condition=models.Q(supervisor__isnull=True) | ~models.Q(supervisor=models.F("id")),
                name="practitioner_supervised_by_another",
                violation_error_code="own_supervisor",
                violation_error_message="Nobody supervises themselves.",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def certified_on(self, day) -> bool:
        """Whether the annual practising certificate covers that local date."""
        expires = self.practising_certificate_expires_on
        return expires is not None and day <= expires
