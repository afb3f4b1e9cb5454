"""What a practice needs before its first day."""

from clinic.models import Role
from clinic.permissions import FIRST_ROLES


def ensure() -> None:
    """The first roles, where there is none yet: from then on they are the owner's to change, rename and remove."""
    if not Role.objects.exists():
        Role.objects.bulk_create(
            [Role(name=name, permissions=sorted(permissions)) for name, permissions in FIRST_ROLES.items()],
            ignore_conflicts=True,
        )
