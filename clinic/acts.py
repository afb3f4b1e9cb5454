"""Acts on one row of a staff page: a button that posts, or a short form first. Each calls one verb.

An app declares the acts of its own rows beside its admin; what a higher floor adds to a lower floor's page is named
in `settings.ADMIN_ACTS` and pulled from there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from clinic.errors import NotAllowed
from clinic.models import User
from clinic.permissions import Permission

# How the buttons of a page stand, from left to right.
ORDER = ["primary", "plain", "quiet", "danger"]


@dataclass(frozen=True)
class Done:
    """What a verb's success is told as, and where the person goes next (the row's own page unless `go_to`)."""

    sentence: str
    go_to: str = ""


@dataclass(frozen=True, kw_only=True)
class Act:
    """`do(row=, by=, now=, **asked)` calls the verb; `asked` is what `form` cleaned.

    `possible` only decides whether the button is shown: the verb itself refuses what cannot be. With `leads_to`
    nothing is done here, and the button is a link to another page. With `preview`, which takes what `do` takes, the
    lines it answers are shown first, and the act is done when they have been seen.
    """

    name: str
    label: str
    needs: Permission
    do: Callable[..., Done] | None = None
    possible: Callable[[Any], bool] = lambda row: True
    form: Callable[..., forms.Form] | None = None
    leads_to: Callable[[Any], str] | None = None
    style: str = "plain"
    warning: str = ""
    preview: Callable[..., list[str]] | None = None
    preview_label: str = "Show first"

    def perform(self, *, row: models.Model, by: User, now: datetime, **asked: Any) -> Done:
        """Raises 403 where the role does not include it, and whatever the verb refuses."""
        self._refuse_others(by)
        return self.do(row=row, by=by, now=now, **asked)

    def foretell(self, *, row: models.Model, by: User, now: datetime, **asked: Any) -> list[str]:
        """What `perform` would do, in lines. Raises what it raises."""
        self._refuse_others(by)
        return self.preview(row=row, by=by, now=now, **asked)

    def _refuse_others(self, by: User) -> None:
        if not by.may(self.needs):
            raise NotAllowed("permission_denied", "Your role does not include this.")


def composed_for(label_lower: str) -> list[Act]:
    """The acts that higher floors bring to the pages of a model, as the composition names them."""
    return [import_string(path) for path in settings.ADMIN_ACTS.get(label_lower, ())]


class ActForm(forms.Form):
    """What an act asks for first; `row` is what it acts on."""

    def __init__(self, data: Any = None, *, row: models.Model) -> None:
        self.row = row
        super().__init__(data, initial=self.initial_for(row))

    def initial_for(self, row: models.Model) -> dict[str, Any]:
        return {}
