"""Hashes over what was signed or issued, each holding its predecessor's: one changed byte anywhere shows. Pure."""

import hashlib
import json
from typing import Any

BEGINNING = "0" * 64


def canonical(content: Any) -> bytes:
    """One text for one content: keys sorted, no white space, UTF-8; dates and decimals must be strings already."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def link(content: Any, *, previous: str) -> str:
    """SHA-256 over the predecessor's hash and the canonical content."""
    return hashlib.sha256(previous.encode() + b"\n" + canonical(content)).hexdigest()
