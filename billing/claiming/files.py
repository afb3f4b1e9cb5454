"""The files of claims that a person carries to a payer: in the storage under the claim's own key.

A worker that dies while it writes leaves half a file; the next try puts the whole one in its place. A claim counts as
sent only afterwards, and only then its file is handed out.
"""

from dataclasses import dataclass

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from billing.models import Claim
from clinic.errors import Conflict

# By channel: the ending of its files, and what they are called over HTTP.
KINDS = {"csv": ("csv", "text/csv"), "x12": ("x12", "application/edi-x12")}


@dataclass(frozen=True, kw_only=True)
class ClaimFile:
    name: str
    content_type: str
    place: str

    def open(self) -> File:
        return default_storage.open(self.place)


def keep(*, key: str, channel: str, content: bytes) -> None:
    place = _place(key, channel)
    if default_storage.exists(place):
        with default_storage.open(place) as kept:
            if kept.read() == content:
                return
        default_storage.delete(place)
    default_storage.save(place, ContentFile(content))


def handed_out(claim: Claim) -> ClaimFile:
    """The file as it was made when the claim was sent. Raises 409 `claim_not_submitted`, `claim_has_no_file`,
    `file_not_ready`."""
    if claim.number is None:
        raise Conflict("claim_not_submitted", "This claim is not submitted yet: there is no file of it.")
    if claim.channel not in KINDS:
        raise Conflict("claim_has_no_file", f"{claim.label} does not go to the payer as a file.")
    if claim.delivery != Claim.Delivery.SENT:
        raise Conflict("file_not_ready", "The file of this claim is still being made. Ask again in a moment.")
    ending, content_type = KINDS[claim.channel]
    return ClaimFile(name=f"{claim.label}.{ending}", content_type=content_type, place=_place(claim.key, claim.channel))


def _place(key: str, channel: str) -> str:
    return f"claims/{key}.{KINDS[channel][0]}"
