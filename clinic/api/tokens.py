"""API keys: whoever holds one, and what they may do, in one query where knox and the roles ask three."""

import binascii

import knox.auth
from django.db import connection
from django.utils import timezone
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from clinic.models import User
from clinic.sql import columns, row

HOLDER = f"""
    SELECT {columns(User, "holder")}, ARRAY(
        SELECT unnest(role.permissions)
        FROM clinic_user_roles AS held JOIN clinic_role AS role ON role.id = held.role_id
        WHERE held.user_id = holder.id
    ) AS permissions_granted
    FROM knox_authtoken AS key JOIN clinic_user AS holder ON holder.id = key.user_id
    WHERE key.digest = %s AND (key.expiry IS NULL OR key.expiry > %s)
"""


# One sentence for all: whoever tries keys learns nothing from it.
NOT_GOOD = "This API key is not known here, or no longer good. Ask the owner of the practice for a new one."


class TokenAuthentication(knox.auth.TokenAuthentication):
    """As knox's, but an expired key is only refused: a task forgets it, where knox looks through all keys of its
    owner with every request."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, None]:
        try:
            digest = hash_token(token.decode())
        except (UnicodeDecodeError, TypeError, binascii.Error):
            raise AuthenticationFailed(NOT_GOOD) from None
        holder = _holder(digest)
        if holder is None or not holder.is_active:
            raise AuthenticationFailed(NOT_GOOD)
        return holder, None


def _holder(digest: str) -> User | None:
    with connection.cursor() as cursor:
        found = cursor.execute(HOLDER, [digest, timezone.now()]).fetchone()
    if found is None:
        return None
    holder = row(User, found[:-1])
    holder.permissions_granted = found[-1]
    return holder
