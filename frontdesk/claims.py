"""The claims desk: what of a payer can be claimed, ready to be ticked, and what cannot, with the way to where each
reason is put right and back."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from billing.claiming import preparing
from billing.claiming.desk import Desk, Period, on_the_desk
from billing.claiming.gathering import Candidate
from billing.claiming.readiness import Reason
from billing.models import Claim
from clinic.errors import Refusal
from clinic.models import User
from clinic.money import ZERO
from clinic.permissions import Permission
from frontdesk import mending
from frontdesk.keys import key_in
from frontdesk.mending import Way
from patients.models import Payer

ON_A_CLAIM = "already_claimed"
# Nothing to put right as a rule: it is paid, or another pays. It is shown to who asks for it.
BILLED = "billed_elsewhere"


@dataclass(frozen=True, kw_only=True)
class Ready:
    row: Candidate
    is_ticked: bool

    @property
    def cents(self) -> int:
        """For the script that adds up what is ticked."""
        return int(self.row.total * 100)


@dataclass(frozen=True, kw_only=True)
class NotReady:
    row: Candidate
    reasons: tuple[tuple[Reason, Way | None], ...]


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    if not request.user.may(Permission.SEE_MONEY):
        raise PermissionDenied
    now = timezone.now()
    payers = list(Payer.objects.active().visible_to(request.user).order_by("name"))
    payer = _asked(payers, request.GET.get("payer", ""))
    if payer is not None and request.method == "POST":
        answer = _prepare(request, payer, now)
        if answer is not None:
            return answer
    shown = {"title": "Claims desk", "payers": payers, "payer": payer}
    if payer is not None:
        today = preparing.today(now)
        desk = on_the_desk(payer=payer, period=Period.asked(None, None, today=today), now=now)
        shown |= _on_the_page(request, desk)
    return TemplateResponse(request, "frontdesk/claims.html", context | shown)


def _asked(payers: list[Payer], given: str) -> Payer | None:
    """The payer of the query; else ACC, or whoever there is."""
    found = [payer for payer in payers if str(payer.pk) == given]
    usual = [payer for payer in payers if payer.kind == Payer.Kind.ACC]
    return next(iter([*found, *usual, *payers]), None)


def _prepare(request: HttpRequest, payer: Payer, now: datetime) -> HttpResponse | None:
    """On to the claim, or nothing where it was refused: then the page is shown again, ticked as it was."""
    if not request.user.may(Permission.KEEP_MONEY):
        raise PermissionDenied
    wanted = _numbers(request.POST.getlist("treatments"))
    drafts = Claim.objects.visible_to(request.user).filter(payer=payer, status=Claim.Status.DRAFT)
    draft = drafts.filter(pk__in=_numbers([request.POST.get("claim", "")])).first()
    try:
        if draft is not None:
            claim = preparing.add(claim=draft, treatments=wanted, by=request.user, now=now)
        else:
            note = request.POST.get("note", "").strip()[:300]
            claim = preparing.prepare(payer=payer, treatments=wanted, note=note, by=request.user, now=now)
    except Refusal as refusal:
        messages.warning(request, refusal.detail)
        return None
    count = f"{len(wanted)} line{'' if len(wanted) == 1 else 's'}"
    messages.success(request, f"{count} on a claim to {payer}. Look through it, and send it.")
    return HttpResponseRedirect(reverse("admin:billing_claim_change", args=[claim.pk]))


def _numbers(given: Iterable[str]) -> list[int]:
    return [key for key in map(key_in, given) if key]


def _on_the_page(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    # What is on a claim waits for nothing here, whatever else could be said of it.
    waiting = [row for row in desk.not_ready if ON_A_CLAIM not in _codes(row)]
    claimed_count = len(desk.not_ready) - len(waiting)
    to_mend = [row for row in waiting if BILLED not in _codes(row)]
    counts = Counter(code for row in to_mend for code in _codes(row)).most_common()
    counts += [(BILLED, len(waiting) - len(to_mend))] if len(waiting) > len(to_mend) else []
    asked = request.GET.get("reason", "")
    shown = [row for row in (waiting if asked == BILLED else to_mend) if not asked or asked in _codes(row)]
    ready = _ready(request, desk)
    drafts = Claim.objects.with_sums().filter(payer=desk.payer, status=Claim.Status.DRAFT)
    ticked = [line for line in ready if line.is_ticked]
    return {
        "may_keep": request.user.may(Permission.KEEP_MONEY),
        "ready": ready,
        "ready_total": desk.ready_total,
        "ticked_count": len(ticked),
        "ticked_total": sum((line.row.total for line in ticked), ZERO),
        "most": desk.payer.max_claim_lines,
        "not_ready": _not_ready(request.user, shown, back=request.get_full_path()),
        "not_ready_count": len(to_mend),
        "reasons": [(code, mending.short(code), count, code == asked) for code, count in counts],
        "reason": asked,
        "claimed_count": claimed_count,
        "claimed_place": f"{reverse('admin:billing_claim_changelist')}?payer__id__exact={desk.payer.pk}",
        "drafts": list(drafts.select_related("payer")),
        "draft_asked": request.POST.get("claim") or request.GET.get("claim", ""),
        "note": request.POST.get("note", ""),
    }


def _codes(row: Candidate) -> set[str]:
    return {reason.code for reason in row.reasons}


def _ready(request: HttpRequest, desk: Desk) -> list[Ready]:
    """All ticked, as far as the payer takes them in one claim; after a refusal, as they were."""
    given = set(_numbers(request.POST.getlist("treatments")))
    is_again, most = request.method == "POST", desk.payer.max_claim_lines
    return [
        Ready(row=row, is_ticked=row.session.treatment in given if is_again else number < most)
        for number, row in enumerate(desk.ready)
    ]


def _not_ready(user: User, rows: list[Candidate], *, back: str) -> list[NotReady]:
    ways = mending.Ways(user, rows, back=back)
    return [NotReady(row=row, reasons=tuple((reason, ways.of(row, reason)) for reason in row.reasons)) for row in rows]
