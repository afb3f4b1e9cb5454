"""Telling a practitioner that a case has one or two approved sessions left: a loose end of theirs, and one e-mail.

The e-mail is a row of the ledger, once for each approval that runs out, and looked at again before it leaves. It
names neither the patient nor anything clinical: its link leads to the case, behind the sign-in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from billing.entitlement import gathering
from billing.entitlement.values import Entitlement
from clinic.acting import acting
from clinic.models import Practice, Practitioner, User
from messaging import planning
from messaging.models import Channel, Message, Occasion
from messaging.reasons import Reason
from patients.models import Case, PurchaseOrder
from treatments.models import Treatment

# What runs out: the first approval of a case, or a purchase order that came after it.
OF_CASE, OF_ORDER = "case", "purchase_order"
# Whoever has not come for so long comes for something else, or not at all.
RECENT = timedelta(days=28)


def under_treatment(*, now: datetime, practitioner: Practitioner | None = None) -> QuerySet[Case]:
    """Open cases that somebody else pays for, treated in the last four weeks (by that practitioner)."""
    treated = Treatment.objects.filter(case=OuterRef("pk"), started_at__gt=now - RECENT, started_at__lte=now)
    if practitioner is not None:
        treated = treated.filter(practitioner=practitioner)
    cases = Case.objects.open().exclude(kind=Case.Kind.PRIVATE).filter(Exists(treated))
    return cases.select_related("patient").order_by("pk")


def running_out(cases: Iterable[Case], *, now: datetime) -> list[tuple[Case, Entitlement]]:
    """Those with one or two sessions left today and no request for more on its way, the fewest first."""
    cases = list(cases)
    if not cases:
        return []
    found = gathering.of_cases(cases, on=gathering.today_of(now), now=now)
    left = [(case, found[case.pk]) for case in cases if found[case.pk].needs_request]
    return sorted(left, key=lambda pair: (pair[1].remaining, pair[0].pk))


def plan_reminders(*, now: datetime) -> int:
    """One message for each case that is running out, to whoever treated it last; answers for how many cases."""
    pairs = running_out(under_treatment(now=now), now=now)
    cases = [case for case, _ in pairs]
    orders, users = _latest_orders(cases, now), _last_to_treat(cases)
    with acting(None, reason="plan_reminders"):
        intents = [_intent(case, orders.get(case.pk), users[case.pk], now) for case in cases if case.pk in users]
        planning.plan(intents, now=now)
    return len(cases)


def guard(messages: Sequence[Message], now: datetime, *, lock: bool = False) -> dict[int, str]:
    """A reason for each message whose case has no longer one or two sessions left, or is closed, or whose reader has
    left. With `lock`, the cases stay as they are until the transaction ends."""
    of_message = _case_ids(messages)
    rows = Case.objects.open().filter(pk__in=of_message.values()).order_by("pk")
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    still = {case.pk for case, _ in running_out(rows, now=now)}
    return {
        message.pk: Reason.NO_LONGER_SO
        for message in messages
        if of_message.get(message.pk) not in still or not message.user.is_active
    }


def words(messages: Sequence[Message]) -> dict[int, Mapping[str, str]]:
    practice = Practice.objects.current()
    cases = _case_ids(messages)
    return {
        message.pk: {
            "first_name": message.user.first_name or str(message.user),
            "when": "",
            "practitioner": "",
            "place": "",
            "link": settings.PUBLIC_URL + reverse("admin:patients_case_change", args=[cases[message.pk]]),
            "link_words": "Open the case",
            "practice": practice.name,
            "phone": practice.phone,
        }
        for message in messages
        if message.pk in cases
    }


def _case_ids(messages: Sequence[Message]) -> dict[int, int]:
    """The case of each message, by message id."""
    orders = [message.subject_id for message in messages if message.subject_kind == OF_ORDER]
    of_order = dict(PurchaseOrder.objects.filter(pk__in=orders).values_list("pk", "case"))
    found = {
        message.pk: message.subject_id if message.subject_kind == OF_CASE else of_order.get(message.subject_id)
        for message in messages
    }
    return {message_id: case_id for message_id, case_id in found.items() if case_id is not None}


def _latest_orders(cases: Collection[Case], now: datetime) -> dict[int, int]:
    """The purchase order that holds today and began last, by case id."""
    today = gathering.today_of(now)
    rows = PurchaseOrder.objects.filter(case__in=cases, valid_from__lte=today).order_by("valid_from", "pk")
    holding = rows.exclude(expires_on__lt=today)
    return dict(holding.values_list("case", "pk"))


def _last_to_treat(cases: Collection[Case]) -> dict[int, User]:
    """Who treated last and can be written to as a user, by case id."""
    rows = Treatment.objects.filter(case__in=cases, practitioner__user__is_active=True)
    latest = rows.order_by("case", "-started_at", "-pk").distinct("case")
    users = dict(latest.values_list("case", "practitioner__user"))
    people = User.objects.in_bulk(set(users.values()))
    return {case_id: people[user_id] for case_id, user_id in users.items()}


def _intent(case: Case, order_id: int | None, user: User, now: datetime) -> planning.Intent:
    return planning.Intent(
        person=user,
        occasion=Occasion.SESSIONS_RUNNING_OUT,
        rule=None,
        channel=Channel.EMAIL,
        subject_kind=OF_CASE if order_id is None else OF_ORDER,
        subject_id=case.pk if order_id is None else order_id,
        subject_starts_at=None,
        due_at=now,
    )
