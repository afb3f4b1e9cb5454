"""API keys: whoever holds one, and what they may do, in one query where knox and the roles ask three."""

import binascii

import knox.auth
from django.utils import timezone
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from clinic.models import User

# As text: every request asks it, and the ORM would take longer to write it than the database to answer.
HOLDER = """
    SELECT holder.*, ARRAY(
        SELECT unnest(role.permissions)
        FROM clinic_user_roles AS held JOIN clinic_role AS role ON role.id = held.role_id
        WHERE held.user_id = holder.id
    ) AS permissions_granted
    FROM knox_authtoken AS key JOIN clinic_user AS holder ON holder.id = key.user_id
    WHERE key.digest = %s AND (key.expiry IS NULL OR key.expiry > %s)
"""


class TokenAuthentication(knox.auth.TokenAuthentication):
    """As knox's, but an expired key is only refused: a task forgets it, where knox looks through all keys of its
    owner with every request."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, None]:
        try:
            digest = hash_token(token.decode())
        except (UnicodeDecodeError, TypeError, binascii.Error):
            raise AuthenticationFailed("Invalid token.") from None
        holders = User.objects.raw(HOLDER, [digest, timezone.now()])
        holder = next(iter(holders), None)
        if holder is None or not holder.is_active:
            raise AuthenticationFailed("Invalid token.")
        return holder, None
