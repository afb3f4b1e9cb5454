"""What can be done with a protocol on its page, and where a note is kept as one."""

from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse

from clinic.acts import Act, ActForm, Done
from clinic.models import User
from clinic.permissions import Permission
from clinic.widgets import INPUT
from treatments.models import Protocol, Treatment
from treatments.part_serializers import PartsSerializer
from treatments.protocols import keeping
from treatments.repeating import AGAIN


class NameForm(ActForm):
    name = forms.CharField(max_length=80, widget=forms.TextInput(attrs=INPUT))
    indication = forms.CharField(label="For what", required=False, max_length=200, widget=forms.TextInput(attrs=INPUT))

    def initial_for(self, row: Protocol | Treatment) -> dict[str, str]:
        if isinstance(row, Protocol):
            return {"name": f"{row.name}, my own"[:80], "indication": row.indication}
        return {"name": row.case.title[:80] if row.case else "", "indication": ""}


def place_of(protocol: Protocol) -> str:
    return reverse("admin:treatments_protocol_change", args=[protocol.pk])


def _copy(*, row: Protocol, by: User, now: datetime, **asked: str) -> Done:
    parts = {name: getattr(row, name) for name in AGAIN}
    return Done(
        "A copy of your own. Change it as you like.", go_to=place_of(keeping.keep(by=by, now=now, **asked, **parts))
    )


def _share(*, row: Protocol, by: User, now: datetime) -> Done:
    keeping.revise(protocol=row, owner=None, by=by, now=now)
    return Done("Everybody who writes notes can use it now.")


def _archive(*, row: Protocol, by: User, now: datetime) -> Done:
    keeping.revise(protocol=row, archived_at=now, by=by, now=now)
    return Done("Archived. It is no longer offered on the session page, and can be restored.")


def _restore(*, row: Protocol, by: User, now: datetime) -> Done:
    keeping.revise(protocol=row, archived_at=None, by=by, now=now)
    return Done("Back in use.")


def _keep(*, row: Treatment, by: User, now: datetime, **asked: str) -> Done:
    protocol = keeping.keep(by=by, now=now, **asked, **_parts_of(row))
    return Done("Kept as a protocol of your own.", go_to=place_of(protocol))


def _parts_of(note: Treatment) -> dict[str, list[dict[str, Any]]]:
    """What was done, as it can be done again; nothing that was seen."""
    said = PartsSerializer(note).data
    return {
        name: [{field: row[field] for field in fields if row[field] not in (None, "", [])} for row in said[name]]
        for name, fields in AGAIN.items()
    }


ACTS = [
    Act(
        name="copy",
        label="Make a copy of my own",
        needs=Permission.WRITE_NOTES,
        form=NameForm,
        do=_copy,
        style="primary",
    ),
    Act(
        name="share",
        label="Share with everybody",
        needs=Permission.WRITE_NOTES,
        possible=lambda row: row.owner_id is not None,
        form=ActForm,
        do=_share,
        warning="Everybody who writes notes can then use it and change it. That is not taken back.",
    ),
    Act(
        name="archive",
        label="Archive",
        needs=Permission.WRITE_NOTES,
        possible=lambda row: row.archived_at is None,
        do=_archive,
        style="quiet",
    ),
    Act(
        name="restore",
        label="Restore",
        needs=Permission.WRITE_NOTES,
        possible=lambda row: row.archived_at is not None,
        do=_restore,
        style="quiet",
    ),
]
# On the page of a note.
KEEP_AS_PROTOCOL = Act(
    name="keep-protocol",
    label="Keep as a protocol",
    needs=Permission.WRITE_NOTES,
    possible=lambda note: note.needlings.exists(),
    form=NameForm,
    do=_keep,
    style="quiet",
)
