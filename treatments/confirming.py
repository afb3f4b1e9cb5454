"""Answers to safety findings: what was seen, confirmed with a reason, and by whom.

A confirmation holds for the finding as it was seen. When the same finding later says something else, or has grown more
severe, it has to be confirmed again.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from clinic.errors import Refusal
from clinic.models import User
from treatments.models import Confirmation, Treatment
from treatments.safety.values import SERIOUS, Finding


def answered(finding: Finding, confirmations: Iterable[Confirmation]) -> bool:
    return any(_as_seen(confirmation) == _as_told(finding) for confirmation in confirmations)


def _as_seen(confirmation: Confirmation) -> tuple[str, str, str]:
    return confirmation.key, confirmation.severity, confirmation.message


def _as_told(finding: Finding) -> tuple[str, str, str]:
    return finding.key, finding.severity, finding.message


def shown(findings: Iterable[Finding], confirmations: Iterable[Confirmation]) -> list[dict[str, Any]]:
    """The findings as they are shown to whoever writes the note."""
    held = list(confirmations)
    return [
        {
            "key": finding.key,
            "code": finding.code,
            "severity": finding.severity,
            "subject": finding.subject,
            "message": finding.message,
            "source": finding.source,
            "strength": finding.strength,
            "confirmed": answered(finding, held),
        }
        for finding in findings
    ]


def confirm(
    *, treatment: Treatment, findings: list[Finding], reasons: list[dict[str, str]], by: User, now: datetime
) -> None:
    """Replaces the confirmations of a draft. A reason whose finding no longer stands is not written; one that has not
    changed keeps its hour. Raises 422 `finding_confirmed_twice`."""
    given = {row["key"]: row["reason"] for row in reasons}
    if len(given) < len(reasons):
        raise Refusal("finding_confirmed_twice", "A finding is confirmed once.", field="confirmations")
    told = {finding.key: finding for finding in findings if finding.key in given}
    kept = {
        row.key
        for row in treatment.confirmations.all()
        if row.key in told and row.reason == given[row.key] and _as_seen(row) == _as_told(told[row.key])
    }
    Confirmation.objects.filter(treatment=treatment).exclude(key__in=kept).delete()
    Confirmation.objects.bulk_create(
        Confirmation(
            treatment=treatment,
            key=key,
            severity=finding.severity,
            message=finding.message,
            source=finding.source,
            reason=given[key],
            confirmed_by=by,
            confirmed_at=now,
        )
        for key, finding in told.items()
        if key not in kept
    )


def settle(treatment: Treatment, findings: list[Finding]) -> bool:
    """Before signing: takes out what no longer stands, and says whether there was any. `treatment` comes from
    `whole()`. Raises 422 `finding_unconfirmed` where a serious finding has no reason."""
    confirmations = list(treatment.confirmations.all())
    serious = [finding for finding in findings if finding.severity == SERIOUS]
    if open_ones := [finding for finding in serious if not answered(finding, confirmations)]:
        raise Refusal(
            "finding_unconfirmed",
            "Give a reason for each serious finding before you sign. "
            + " ".join(f"{finding.subject}: {finding.message}" for finding in open_ones),
            field="confirmations",
            findings=shown(open_ones, confirmations),
        )
    told = {_as_told(finding) for finding in findings}
    gone = [row.pk for row in confirmations if _as_seen(row) not in told]
    if gone:
        Confirmation.objects.filter(pk__in=gone).delete()
    return bool(gone)
