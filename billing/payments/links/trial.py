"""A provider for trying things out: its attempts are files, its page says that no money moves, and it signs its
callbacks as a real one would."""

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.utils.crypto import salted_hmac

from billing.payments.links.adapter import NotGenuine, Outcome

SIGNATURE = "X-Trial-Signature"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    id: str
    amount: Decimal
    reference: str
    return_url: str


class TrialLinks:
    def create(self, *, amount: Decimal, reference: str, return_url: str) -> str:
        attempt = secrets.token_urlsafe(18)
        _folder().mkdir(parents=True, exist_ok=True)
        said = {"amount": str(amount), "reference": reference, "return_url": return_url}
        (_folder() / f"{attempt}.json").write_text(json.dumps(said))
        return f"{settings.PUBLIC_URL}/pay/trial/{attempt}/"

    def verify(self, *, body: bytes, headers: Mapping[str, str]) -> Outcome:
        if not hmac.compare_digest(headers.get(SIGNATURE, "").encode(), signature_of(body).encode()):
            raise NotGenuine
        said = json.loads(body)
        return Outcome(
            transaction=said["transaction"],
            reference=said["reference"],
            amount=Decimal(said["amount"]),
            is_paid=said["is_paid"],
        )


def attempt_of(attempt: str) -> Attempt | None:
    path = _folder() / f"{attempt}.json"
    if not re.fullmatch(r"[\w-]{20,40}", attempt) or not path.exists():
        return None
    said = json.loads(path.read_text())
    return Attempt(
        id=attempt, amount=Decimal(said["amount"]), reference=said["reference"], return_url=said["return_url"]
    )


def callback_of(attempt: Attempt, *, is_paid: bool) -> tuple[bytes, dict[str, str]]:
    """The body and headers by which the trial tells the clinic what became of an attempt."""
    said = {
        "transaction": attempt.id,
        "reference": attempt.reference,
        "amount": str(attempt.amount),
        "is_paid": is_paid,
    }
    body = json.dumps(said).encode()
    return body, {SIGNATURE: signature_of(body)}


def signature_of(body: bytes) -> str:
    return salted_hmac("billing.links.trial", body, algorithm="sha256").hexdigest()


def _folder() -> Path:
    return Path(settings.TRIAL_PAYMENTS)
