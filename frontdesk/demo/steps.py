"""What the steps of the demo day share: who is signed in, and what the steps before have learnt."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any

from frontdesk.demo.visitor import Person

Row = dict[str, Any]


@dataclass
class Day:
    """Rows are kept as the API answered them."""

    url: str
    password: str
    mailbox: Path
    chance: random.Random = field(default_factory=random.Random)
    people: dict[str, Person] = field(default_factory=dict)
    zone: tzinfo = UTC
    treats: Row = field(default_factory=dict)
    patient: Row = field(default_factory=dict)
    case: Row = field(default_factory=dict)
    kind: Row = field(default_factory=dict)
    slot: Row = field(default_factory=dict)
    rule: Row = field(default_factory=dict)
    appointment: Row = field(default_factory=dict)
    treatment: Row = field(default_factory=dict)
    acc_invoice: Row = field(default_factory=dict)
    own_invoice: Row = field(default_factory=dict)
    claim: Row = field(default_factory=dict)

    @property
    def desk(self) -> Person:
        return self.people["desk"]

    @property
    def practitioner(self) -> Person:
        return self.people["practitioner"]

    @property
    def owner(self) -> Person:
        return self.people["owner"]

    def now(self) -> datetime:
        return datetime.now(self.zone)

    def today(self) -> date:
        """By the clinic's own clock, wherever this program runs."""
        return self.now().date()
