"""Who may do what: one entry for each route and method, with what a permitted call is answered.

`may` are the roles that are served; everybody else is refused: 401 where nobody is signed in, 403 where somebody is.
`unseen` are roles that may ask, and from whom this row is hidden: they get the 404 of a row that does not exist, and
an empty list.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from appointments import attending
from appointments.models import Appointment
from appointments.online import codes
from billing.models import Claim, Invoice, Payment, Rate, Service
from billing.payments import paying
from clinic.health import HEARTBEAT_KEY
from patients.models import Payer
from tests.cast import new_nhi
from tests.visits import AUCKLAND
from tests.world import World, at, workday
from treatments.requests import requesting

OWNER, PRACTITIONER, DESK, BILLING, PATIENT, NOBODY = "owner", "practitioner", "desk", "billing", "patient", "nobody"
ROLES = (OWNER, PRACTITIONER, DESK, BILLING, PATIENT, NOBODY)
STAFF = frozenset({OWNER, PRACTITIONER, DESK, BILLING})
SIGNED_IN = STAFF | {PATIENT}
EVERYBODY = frozenset(ROLES)
FRONT = frozenset({OWNER, PRACTITIONER, DESK})
MONEY = frozenset({OWNER, DESK, BILLING})
NOTES = frozenset({OWNER, PRACTITIONER})
OWNER_ONLY = frozenset({OWNER})
ONESELF = frozenset({PATIENT})


@dataclass(frozen=True)
class Entry:
    may: frozenset[str]
    status: int
    unseen: frozenset[str] = frozenset()
    # The values of the address's places, the body, the query, and what has to happen before.
    at: Callable[[World], dict[str, Any]] = field(default=lambda world: {})
    body: Callable[[World], Any] | None = None
    query: Callable[[World], dict[str, Any]] = field(default=lambda world: {})
    before: Callable[[World], Any] = field(default=lambda world: None)


def kept(path: str, row: Callable, *, see: frozenset, keep: frozenset, new: Callable, change: dict, **more) -> dict:
    """The four routes of a list whose rows are added and changed."""
    unseen = more.get("unseen", frozenset())
    return {
        f"GET {path}": Entry(see, 200, unseen, at=more.get("under", lambda world: {})),
        f"POST {path}": Entry(keep, 201, body=new, at=more.get("under", lambda world: {})),
        f"GET {path}{{pk}}/": Entry(see, 200, unseen, at=lambda world: _at(row, more, world)),
        f"PATCH {path}{{pk}}/": Entry(
            more.get("correct", keep), 200, body=lambda world: change, at=lambda world: _at(row, more, world)
        ),
    }


def _at(row: Callable, more: dict, world: World) -> dict[str, Any]:
    return more.get("under", lambda world: {})(world) | {"pk": row(world).pk}


def _act(*, after: str = "", body: Callable | None = None) -> Entry:
    def prepare(world: World) -> None:
        if after:
            attending.step(after, appointment=world.visit, by=world.cast.desk, now=world.now)

    return Entry(FRONT, 200, at=lambda world: {"pk": world.visit.pk}, body=body, before=prepare)


def _held(world: World) -> None:
    Appointment.objects.filter(pk=world.visit.pk).update(status="pending", held_until=world.visit.starts_at)


def _typed_online(world: World) -> dict[str, Any]:
    return {
        "appointment_type": world.kind.pk,
        "starts_at": at(workday(6, world.now), 15).isoformat(),
        "first_name": "Ngaio",
        "last_name": "Example",
        "date_of_birth": "1990-05-04",
        "email": "ngaio@example.nz",
        "phone": "021 555 0199",
    }


def _of_booking(world: World) -> dict[str, Any]:
    return {"token": world.online_token}


def _of_the_next_days(world: World) -> dict[str, Any]:
    return {"appointment_type": world.kind.pk, "from": f"{workday(6, world.now):%Y-%m-%d}"}


def _of_aroha(world: World) -> dict[str, Any]:
    return {"patient_pk": world.cast.aroha.pk}


def _of_case(world: World) -> dict[str, Any]:
    return {"case_pk": world.case.pk}


def _new_visit(world: World) -> dict[str, Any]:
    return {
        "patient": world.stranger.pk,
        "practitioner": world.cast.mere.pk,
        "appointment_type": world.kind.pk,
        "starts_at": at(workday(4, world.now), 11).isoformat(),
    }


def _new_series(world: World) -> dict[str, Any]:
    return _new_visit(world) | {"rule": "FREQ=WEEKLY;COUNT=2", "room": None, "case": None}


def _new_course(world: World) -> dict[str, Any]:
    return {
        "patient": world.stranger.pk,
        "appointment_type": world.kind.pk,
        "from_on": workday(5, world.now).isoformat(),
        "weeks": 1,
        "per_week": 1,
        "times": [{"weekday": 2, "at": "15:00"}],
    }


def _of_series(world: World) -> dict[str, Any]:
    return {"pk": world.series.pk}


def _of_its_first(world: World) -> dict[str, Any]:
    return {"scope": "all", "appointment": world.series.appointments.earliest("starts_at").pk}


def _new_note(world: World) -> dict[str, Any]:
    return {
        "patient": world.cast.aroha.pk,
        "practitioner": world.cast.mere.pk,
        "started_at": (world.now - timedelta(hours=1)).isoformat(),
        "complaint": "Hip",
    }


def _day(days: int) -> Callable[[World], str]:
    return lambda world: workday(days, world.now).isoformat()


def _search(world: World) -> dict[str, Any]:
    return {"appointment_type": world.kind.pk, "from": _day(3)(world)}


def _invoice(name: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": getattr(world, name).pk}


CLINIC = {
    "GET /session/": Entry(SIGNED_IN, 200),
    "GET /practice/": Entry(SIGNED_IN, 200, frozenset({PATIENT})),
    "GET /public/clinic/": Entry(EVERYBODY, 200),
    "GET /schema/": Entry(EVERYBODY, 200),
    "GET /docs/": Entry(EVERYBODY, 200),
    "GET /health/live": Entry(EVERYBODY, 200),
    "GET /health/ready": Entry(EVERYBODY, 200, before=lambda world: cache.set(HEARTBEAT_KEY, "now", timeout=60)),
    **kept(
        "/users/",
        lambda world: world.cast.desk,
        see=OWNER_ONLY,
        keep=OWNER_ONLY,
        new=lambda world: {"username": "tama", "roles": [world.cast.desk.roles.get().pk]},
        change={"first_name": "Dan"},
    ),
    **kept(
        "/roles/",
        lambda world: world.cast.desk.roles.get(),
        see=OWNER_ONLY,
        keep=OWNER_ONLY,
        new=lambda world: {"name": "Locum", "permissions": ["see_book"]},
        change={"name": "Reception"},
    ),
    **kept(
        "/locations/",
        lambda world: world.cast.location,
        see=SIGNED_IN,
        keep=OWNER_ONLY,
        unseen=frozenset({PATIENT}),
        new=lambda world: {"name": "Newtown"},
        change={"phone": "04 555 0101"},
    ),
    **kept(
        "/rooms/",
        lambda world: world.cast.rooms[0],
        see=SIGNED_IN,
        keep=OWNER_ONLY,
        unseen=frozenset({PATIENT}),
        new=lambda world: {"name": "Rimu", "location": world.cast.location.pk},
        change={"name": "Rimu"},
    ),
    **kept(
        "/devices/",
        lambda world: world.cast.electro,
        see=SIGNED_IN,
        keep=OWNER_ONLY,
        unseen=frozenset({PATIENT}),
        new=lambda world: {"name": "Lamp", "kind": "heat_lamp", "location": world.cast.location.pk},
        change={"name": "Electro 2"},
    ),
    **kept(
        "/practitioners/",
        lambda world: world.cast.mere,
        see=SIGNED_IN,
        keep=OWNER_ONLY,
        unseen=frozenset({PATIENT}),
        new=lambda world: {"display_name": "Ana Lee"},
        change={"display_name": "Mere N."},
    ),
    "GET /documents/": Entry(SIGNED_IN, 200, frozenset({PATIENT})),
    "POST /documents/": Entry(
        MONEY, 202, body=lambda world: {"kind": "invoice", "subject": world.issued_invoice.pk}
    ),
    "GET /documents/{pk}/": Entry(
        SIGNED_IN, 200, frozenset({PRACTITIONER, PATIENT}), at=_invoice("invoice_paper")
    ),
    "GET /documents/{pk}/file/": Entry(
        SIGNED_IN, 200, frozenset({PRACTITIONER, PATIENT}), at=_invoice("invoice_paper")
    ),
    "GET /document-batches/": Entry(SIGNED_IN, 200, frozenset({PRACTITIONER, PATIENT})),
    "POST /document-batches/": Entry(
        MONEY, 202, body=lambda world: {"kind": "invoice", "subjects": [world.issued_invoice.pk]}
    ),
    "GET /document-batches/{pk}/": Entry(
        SIGNED_IN, 200, frozenset({PRACTITIONER, PATIENT}), at=_invoice("invoice_batch")
    ),
}  # fmt: skip

PEOPLE = {
    **kept(
        "/patients/",
        lambda world: world.cast.aroha,
        see=SIGNED_IN,
        keep=FRONT,
        new=lambda world: {
            "first_name": "Ngaio", "last_name": "Wiremu", "date_of_birth": "1990-02-03", "nhi": new_nhi(),
        },
        change={"occupation": "Weaver"},
    ),
    **kept(
        "/patients/{patient_pk}/contacts/",
        lambda world: world.contact,
        see=SIGNED_IN,
        keep=FRONT,
        under=_of_aroha,
        new=lambda world: {"name": "Rangi"},
        change={"phone": "021 555 0190"},
    ),
    **kept(
        "/patients/{patient_pk}/alerts/",
        lambda world: world.alert,
        see=SIGNED_IN,
        keep=FRONT,
        under=_of_aroha,
        new=lambda world: {"kind": "asthma"},
        change={"note": "Since 2019"},
    ),
    **kept(
        "/patients/{patient_pk}/consents/",
        lambda world: world.consent,
        see=SIGNED_IN,
        keep=FRONT,
        under=_of_aroha,
        new=lambda world: {
            "kind": "privacy", "version": "1", "given_at": world.now.isoformat(), "manner": "verbal",
        },
        change={"given_by": "Her mother"},
    ),
    "POST /patients/{patient_pk}/consents/{pk}/withdraw/": Entry(
        FRONT,
        200,
        at=lambda world: _of_aroha(world) | {"pk": world.consent.pk},
        body=lambda world: {"note": "Changed her mind"},
    ),
    "GET /patients/{patient_pk}/consents/missing/": Entry(SIGNED_IN, 200, at=_of_aroha),
    "GET /consent-texts/": Entry(SIGNED_IN, 200),
    "GET /consent-texts/{pk}/": Entry(SIGNED_IN, 200, at=lambda world: {"pk": world.consent_text.pk}),
    "POST /consent-texts/": Entry(
        OWNER_ONLY,
        201,
        body=lambda world: {
            "kind": "treatment", "version": "2027-1", "language": "en", "title": "Consent", "text": "I agree again.",
            "valid_from": "2027-01-01",
        },
    ),
    # The desk takes down what a form says and does not read it afterwards.
    **kept(
        "/patients/{patient_pk}/medications/",
        lambda world: world.medication,
        see=NOTES,
        keep=FRONT,
        correct=NOTES,
        under=_of_aroha,
        new=lambda world: {"name": "Aspirin"},
        change={"dose": "100 mg"},
    ),
    **kept(
        "/patients/{patient_pk}/history-entries/",
        lambda world: world.history_entry,
        see=NOTES,
        keep=FRONT,
        correct=NOTES,
        under=_of_aroha,
        new=lambda world: {"kind": "operation", "name": "Appendix"},
        change={"resolved": True},
    ),
    "GET /patients/{patient_pk}/screenings/": Entry(NOTES, 200, at=_of_aroha),
    "GET /patients/{patient_pk}/screenings/{pk}/": Entry(
        NOTES, 200, at=lambda world: _of_aroha(world) | {"pk": world.screening.pk}
    ),
    "POST /patients/{patient_pk}/screenings/": Entry(
        FRONT, 201, at=_of_aroha, body=lambda world: {"answers": {"fever": False, "night_pain": True}}
    ),
    "GET /screening-questions/": Entry(STAFF, 200),
    "GET /diagnosis-codes/": Entry(STAFF, 200, query=lambda world: {"search": "buttock", "site": "hip"}),
    "GET /patients/{patient_pk}/access-log/": Entry(OWNER_ONLY, 200, at=_of_aroha),
    **kept(
        "/cases/",
        lambda world: world.case,
        see=SIGNED_IN,
        keep=FRONT,
        new=lambda world: {"patient": world.cast.aroha.pk, "title": "Sleep", "kind": "private"},
        change={"title": "Right hip, again"},
    ),
    "GET /cases/{case_pk}/entitlement/": Entry(SIGNED_IN, 200, at=_of_case),
    "GET /cases/{case_pk}/cover-decisions/": Entry(SIGNED_IN, 200, at=_of_case),
    "GET /cases/{case_pk}/cover-decisions/{pk}/": Entry(
        SIGNED_IN, 200, at=lambda world: _of_case(world) | {"pk": world.cover.pk}
    ),
    "POST /cases/{case_pk}/cover-decisions/": Entry(
        FRONT, 201, at=_of_case, body=lambda world: {"status": "held", "source": "letter"}
    ),
    **kept(
        "/cases/{case_pk}/purchase-orders/",
        lambda world: world.purchase_order,
        see=SIGNED_IN,
        keep=FRONT,
        under=_of_case,
        new=lambda world: {"number": "PO-2", "sessions": 4, "approved_on": "2026-11-20"},
        change={"note": "By telephone"},
    ),
    **kept(
        "/payers/",
        lambda world: world.cast.southern,
        see=STAFF,
        keep=OWNER_ONLY,
        new=lambda world: {"name": "Northern Example", "kind": "insurer"},
        change={"email": "claims@southern.example"},
    ),
}  # fmt: skip

MESSAGES = {
    "GET /messages/": Entry(STAFF, 200),
    "GET /messages/{pk}/": Entry(STAFF, 200, at=lambda world: {"pk": world.message.pk}),
    "GET /messages/forecast/": Entry(STAFF, 200, query=lambda world: {"on": _day(3)(world)}),
    **kept(
        "/message-templates/",
        lambda world: world.template,
        see=STAFF,
        keep=OWNER_ONLY,
        new=lambda world: {"occasion": "appointment_reminder", "channel": "sms", "body": "{when}"},
        change={"subject": "See you soon"},
    ),
    **kept(
        "/reminder-rules/",
        lambda world: world.rule,
        see=STAFF,
        keep=OWNER_ONLY,
        new=lambda world: {"name": "Two hours before", "hours_before": 2},
        change={"active": False},
    ),
}

BOOK = {
    **kept(
        "/appointment-types/",
        lambda world: world.kind,
        see=SIGNED_IN,
        keep=OWNER_ONLY,
        new=lambda world: {"name": "First", "segments": [{"kind": "hands_on", "minutes": 60}], "price": "120.00"},
        change={"price": "99.00"},
    ),
    **kept(
        "/working-hours/",
        lambda world: world.hours[0],
        see=STAFF,
        keep=OWNER_ONLY,
        new=lambda world: {
            "practitioner": world.cast.mere.pk, "location": world.cast.location.pk, "weekday": 5,
            "opens": "09:00", "closes": "12:00", "valid_from": "2026-01-01",
        },
        change={"closes": "16:00"},
    ),
    **kept(
        "/closed-days/",
        lambda world: world.closed_day,
        see=STAFF,
        keep=OWNER_ONLY,
        new=lambda world: {"location": world.cast.location.pk, "day": "2030-12-25", "name": "Christmas"},
        change={"name": "Te Matariki"},
    ),
    "POST /closed-days/public-holidays/": Entry(
        OWNER_ONLY, 201, body=lambda world: {"location": world.cast.location.pk, "year": 2031}
    ),
    "POST /working-hours/one-off/": Entry(
        OWNER_ONLY,
        201,
        body=lambda world: {
            "practitioner": world.cast.mere.pk, "location": world.cast.location.pk, "day": "2030-12-28",
            "opens": "09:00", "closes": "12:00",
        },
    ),
    "GET /time-off/": Entry(STAFF, 200),
    "GET /time-off/{pk}/": Entry(STAFF, 200, at=lambda world: {"pk": world.time_off.pk}),
    "POST /time-off/": Entry(
        FRONT,
        201,
        body=lambda world: {
            "practitioner": world.cast.wei.pk,
            "starts_at": at(workday(30, world.now), 9).isoformat(),
            "ends_at": at(workday(30, world.now), 12).isoformat(),
        },
    ),
    "POST /time-off/{pk}/cancel/": Entry(
        FRONT, 200, at=lambda world: {"pk": world.time_off.pk}, body=lambda world: {"scope": "this"}
    ),
    "GET /availability/": Entry(STAFF, 200, query=_search),
    "GET /availability/next/": Entry(STAFF, 200, query=_search),
    "GET /appointments/": Entry(STAFF, 200),
    "POST /appointments/": Entry(FRONT, 201, body=_new_visit),
    "GET /appointments/{pk}/": Entry(STAFF, 200, at=lambda world: {"pk": world.visit.pk}),
    "GET /appointments/{pk}/history/": Entry(STAFF, 200, at=lambda world: {"pk": world.visit.pk}),
    "PATCH /appointments/{pk}/": _act(body=lambda world: {"note": "Ring the bell"}),
    "POST /appointments/{pk}/keep/": Entry(FRONT, 200, at=lambda world: {"pk": world.visit.pk}, before=_held),
    "POST /appointments/{pk}/confirm/": _act(),
    "POST /appointments/{pk}/arrive/": _act(),
    "POST /appointments/{pk}/start/": _act(),
    "POST /appointments/{pk}/complete/": _act(after="arrive"),
    "POST /appointments/{pk}/miss/": _act(),
    "POST /appointments/{pk}/cancel/": _act(body=lambda world: {"reason": "patient"}),
    "POST /appointments/{pk}/undo/": _act(after="confirm"),
    **kept(
        "/waitlist/",
        lambda world: world.waiting,
        see=STAFF,
        keep=FRONT,
        new=lambda world: {
            "patient": world.stranger.pk, "appointment_type": world.kind.pk, "from_on": _day(2)(world),
            "weekdays": [1, 3], "parts": ["morning"],
        },
        change={"parts": ["evening"]},
    ),
    "GET /waitlist/{pk}/suiting/": Entry(STAFF, 200, at=lambda world: {"pk": world.waiting.pk}),
    "POST /waitlist/{pk}/withdraw/": Entry(FRONT, 200, at=lambda world: {"pk": world.waiting.pk}),
    "POST /waitlist/{pk}/offer/": Entry(
        FRONT,
        200,
        at=lambda world: {"pk": world.waiting.pk},
        body=lambda world: {
            "starts_at": at(workday(22, world.now), 9).isoformat(), "practitioner": world.cast.mere.pk,
        },
    ),
    "GET /public/waitlist/{token}/": Entry(EVERYBODY, 200, at=lambda world: {"token": world.offer_token}),
    "POST /public/waitlist/{token}/": Entry(
        EVERYBODY, 200, at=lambda world: {"token": world.offer_token}, body=lambda world: {"action": "decline"}
    ),
    "GET /w/{token}/": Entry(EVERYBODY, 200, at=lambda world: {"token": world.offer_token}),
    "POST /w/{token}/": Entry(EVERYBODY, 400, at=lambda world: {"token": world.offer_token}),
    "GET /series/": Entry(STAFF, 200),
    "GET /series/{pk}/": Entry(STAFF, 200, at=_of_series),
    "POST /series/": Entry(FRONT, 201, body=_new_series),
    "POST /series/courses/": Entry(FRONT, 201, body=_new_course),
    "POST /series/{pk}/change/": Entry(
        FRONT, 200, at=_of_series, body=lambda world: _of_its_first(world) | {"practitioner": world.cast.wei.pk}
    ),
    "POST /series/{pk}/cancel/": Entry(
        FRONT, 200, at=_of_series, body=lambda world: _of_its_first(world) | {"reason": "patient"}
    ),
    "POST /appointments/{pk}/move/": _act(body=lambda world: {"starts_at": at(workday(4, world.now), 14).isoformat()}
    ),
    "GET /calendar-feeds/": Entry(STAFF, 200, frozenset({DESK, BILLING})),
    "POST /calendar-feeds/": Entry(
        NOTES, 201, body=lambda world: {"practitioner": world.cast.mere.pk, "name": "Watch"}
    ),
    "GET /calendar-feeds/{pk}/": Entry(STAFF, 200, frozenset({DESK, BILLING}), at=lambda world: {"pk": world.feed.pk}),
    "POST /calendar-feeds/{pk}/revoke/": Entry(
        STAFF, 200, frozenset({DESK, BILLING}), at=lambda world: {"pk": world.feed.pk}
    ),
    "GET /feeds/{token}.ics": Entry(
        EVERYBODY, 200, at=lambda world: {"token": world.feed_address.rpartition("/")[2].removesuffix(".ics")}
    ),
    "GET /public/appointment-types/": Entry(EVERYBODY, 200),
    "GET /public/availability/": Entry(EVERYBODY, 200, query=_of_the_next_days),
    "POST /public/bookings/": Entry(EVERYBODY, 201, body=_typed_online),
    "GET /public/bookings/{token}/": Entry(EVERYBODY, 200, at=_of_booking),
    "POST /public/bookings/{token}/verify/": Entry(
        EVERYBODY, 200, at=_of_booking,
        body=lambda world: {"code": codes.code_for(codes.digest(world.online_token))},
    ),
    "POST /public/bookings/{token}/resend/": Entry(EVERYBODY, 429, at=_of_booking),
    "GET /public/reminders/{token}/": Entry(EVERYBODY, 200, at=lambda world: {"token": world.token}),
    "POST /public/reminders/{token}/": Entry(
        EVERYBODY, 200, at=lambda world: {"token": world.token}, body=lambda world: {"action": "confirm"}
    ),
    # The world's practice is asked first: who may not cancel by themselves does not move.
    "GET /public/reminders/{token}/times/": Entry(
        EVERYBODY, 409, at=lambda world: {"token": world.token}, query=_of_the_next_days
    ),
    "POST /public/reminders/{token}/move/": Entry(
        EVERYBODY, 409, at=lambda world: {"token": world.token},
        body=lambda world: {"starts_at": at(workday(4, world.now), 14).isoformat()},
    ),
    "GET /r/{token}/times/": Entry(EVERYBODY, 409, at=lambda world: {"token": world.token}),
    "POST /r/{token}/times/": Entry(EVERYBODY, 409, at=lambda world: {"token": world.token}),
    "GET /r/{token}/appointment.ics": Entry(EVERYBODY, 200, at=lambda world: {"token": world.token}),
    "GET /book/": Entry(EVERYBODY, 200),
    "POST /book/": Entry(EVERYBODY, 200),
    "GET /book/{token}/": Entry(EVERYBODY, 200, at=_of_booking),
    # Without a code: the form is a page's, not JSON.
    "POST /book/{token}/": Entry(EVERYBODY, 422, at=_of_booking),
    "GET /r/{token}/": Entry(EVERYBODY, 200, at=lambda world: {"token": world.token}),
    # Without a choice between the two answers: the form is a page's, not JSON.
    "POST /r/{token}/": Entry(EVERYBODY, 400, at=lambda world: {"token": world.token}),
}  # fmt: skip

TREATMENTS = {
    "GET /channels/": Entry(SIGNED_IN, 200, frozenset({PATIENT})),
    "GET /points/": Entry(SIGNED_IN, 200, frozenset({PATIENT})),
    "GET /points/{code}/": Entry(SIGNED_IN, 200, frozenset({PATIENT}), at=lambda world: {"code": "SJ5"}),
    "GET /conditions/": Entry(STAFF, 200),
    **kept(
        "/examinations/",
        lambda world: world.examination,
        see=NOTES,
        keep=NOTES,
        new=lambda world: {
            "patient": world.cast.aroha.pk, "finding": "hip_abduction_strength", "side": "left", "value": "4",
        },
        change={"note": "After the run"},
    ),
    "GET /examinations/trend/": Entry(
        NOTES, 200, query=lambda world: {"patient": world.cast.aroha.pk, "finding": "trigger_point"}
    ),
    "GET /treatments/": Entry(NOTES, 200),
    "POST /treatments/": Entry(NOTES, 201, body=_new_note),
    "GET /treatments/{pk}/": Entry(NOTES, 200, at=lambda world: {"pk": world.signed_note.pk}),
    "PATCH /treatments/{pk}/": Entry(
        NOTES, 200, at=lambda world: {"pk": world.draft_note.pk}, body=lambda world: {"plan": "Weekly"}
    ),
    "DELETE /treatments/{pk}/": Entry(NOTES, 204, at=lambda world: {"pk": world.draft_note.pk}),
    "POST /treatments/{pk}/sign/": Entry(
        frozenset({PRACTITIONER}), 200, at=lambda world: {"pk": world.draft_note.pk}
    ),
    "POST /treatments/{pk}/amendments/": Entry(
        NOTES,
        201,
        at=lambda world: {"pk": world.signed_note.pk},
        body=lambda world: {"text": "Right side", "reason": "Typing"},
    ),
    "GET /treatments/{pk}/verify/": Entry(NOTES, 200, at=lambda world: {"pk": world.signed_note.pk}),
    "GET /treatments/vocabulary/": Entry(STAFF, 200),
    "POST /treatments/check/": Entry(
        NOTES,
        200,
        body=lambda world: {"patient": world.cast.aroha.pk, "needlings": [{"point": "GB30", "side": "left"}]},
    ),
    "POST /treatments/{pk}/repeat/": Entry(
        frozenset({PRACTITIONER}), 201, at=lambda world: {"pk": world.signed_note.pk}, body=lambda world: {}
    ),
    "POST /treatments/{pk}/apply/": Entry(
        NOTES,
        200,
        at=lambda world: {"pk": world.draft_note.pk},
        body=lambda world: {"protocol": world.protocol.pk},
    ),
    "POST /treatments/{pk}/cosign/": Entry(
        frozenset({PRACTITIONER}), 200, at=lambda world: {"pk": world.students_note.pk}
    ),
    **kept(
        "/protocols/",
        lambda world: world.protocol,
        see=NOTES,
        keep=NOTES,
        new=lambda world: {"name": "Hip", "needlings": [{"point": "GB30", "side": "left"}]},
        change={"indication": "Pain when lying on the side"},
    ),
    "GET /ear-points/": Entry(SIGNED_IN, 200, frozenset({PATIENT})),
    "GET /ear-points/{code}/": Entry(SIGNED_IN, 200, frozenset({PATIENT}), at=lambda world: {"code": "TF4"}),
}  # fmt: skip


def _today(world: World, days: int = 0) -> str:
    return (timezone.localdate(world.now, AUCKLAND) + timedelta(days=days)).isoformat()


def _trend(world: World) -> dict[str, Any]:
    return {"patient": world.cast.aroha.pk, "measure": "psfs"}


def _row(name: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": getattr(world, name).pk}


def _finish_request(world: World) -> None:
    requesting.finish(request=world.request, by=world.cast.practitioner, now=world.now)


def _lot_of_draft(world: World) -> dict[str, Any]:
    return {"treatment_pk": world.lot_use.treatment_id, "pk": world.lot_use.pk}


COURSE = {
    **kept(
        "/treatment-plans/",
        lambda world: world.plan,
        see=NOTES,
        keep=NOTES,
        new=lambda world: {
            "patient": world.stranger.pk, "case": world.strangers_case.pk, "practitioner": world.cast.mere.pk,
            "sessions": 8, "frequency_per_week": "2.0", "weeks": 4, "goals": "Sleep", "agreed_on": _today(world),
            "review_on": _today(world, 28),
        },
        change={"goals": "Walk and sleep"},
    ),
    "GET /treatment-plans/review-due/": Entry(NOTES, 200),
    "POST /treatment-plans/{pk}/close/": Entry(NOTES, 200, at=_row("plan"), body=lambda world: {}),
    "GET /outcome-measures/": Entry(NOTES, 200),
    "GET /outcome-scores/": Entry(NOTES, 200),
    "GET /outcome-scores/{pk}/": Entry(NOTES, 200, at=_row("score")),
    "POST /outcome-scores/": Entry(
        NOTES,
        201,
        body=lambda world: {
            "patient": world.cast.aroha.pk, "measure": "nprs", "answers": [7], "taken_on": _today(world),
        },
    ),
    "POST /outcome-scores/{pk}/void/": Entry(NOTES, 200, at=_row("score"), body=lambda world: {"reason": "Wrong"}),
    "GET /outcome-scores/trend/": Entry(NOTES, 200, query=_trend),
    "GET /outcome-scores/trend/chart/": Entry(NOTES, 200, query=_trend),
    "GET /outcome-requests/": Entry(NOTES, 200),
    "GET /outcome-requests/{pk}/": Entry(NOTES, 200, at=_row("question")),
    "POST /outcome-requests/": Entry(
        NOTES, 201, body=lambda world: {"patient": world.cast.aroha.pk, "measures": ["nprs"]}
    ),
    "POST /outcome-requests/{pk}/withdraw/": Entry(NOTES, 200, at=_row("question")),
    "GET /me/outcomes/": Entry(ONESELF, 200),
    "GET /me/outcomes/{pk}/": Entry(ONESELF, 200, at=_row("score")),
    "GET /me/outcomes/questions/": Entry(ONESELF, 200),
    "GET /me/outcomes/questions/{pk}/": Entry(ONESELF, 200, at=_row("question")),
    "POST /me/outcomes/questions/{pk}/answers/": Entry(
        ONESELF, 201, at=_row("question"), body=lambda world: {"answers": [{"measure": "nprs", "answers": [3]}]}
    ),
    "GET /public/outcomes/{token}/": Entry(EVERYBODY, 200, at=lambda world: {"token": world.question_token}),
    "POST /public/outcomes/{token}/": Entry(
        EVERYBODY,
        201,
        at=lambda world: {"token": world.question_token},
        body=lambda world: {"answers": [{"measure": "nprs", "answers": [3]}]},
    ),
    "GET /o/{token}/": Entry(EVERYBODY, 200, at=lambda world: {"token": world.question_token}),
    # Without an answer to any question: the form is a page's, not JSON.
    "POST /o/{token}/": Entry(EVERYBODY, 422, at=lambda world: {"token": world.question_token}),
    "GET /verify/{digest}/": Entry(
        EVERYBODY, 200, at=lambda world: {"digest": world.note_paper.content_digest[:12]}
    ),
    **kept(
        "/adverse-events/",
        lambda world: world.event,
        see=SIGNED_IN,
        keep=NOTES,
        unseen=frozenset({DESK, BILLING, PATIENT}),
        new=lambda world: {
            "patient": world.cast.aroha.pk, "kind": "fainting", "occurred_at": world.now.isoformat(),
            "severity": 1, "causality": "certain", "description": "Fainted on standing up",
        },
        change={"action": "Lay down, water"},
    ),
    "GET /adverse-events/follow-ups-due/": Entry(SIGNED_IN, 200, frozenset({DESK, BILLING, PATIENT})),
    "POST /adverse-events/{pk}/close/": Entry(
        NOTES, 200, at=_row("event"), body=lambda world: {"outcome": "Well again"}
    ),
    "POST /adverse-events/{pk}/reopen/": Entry(
        NOTES, 200, at=_row("closed_event"), body=lambda world: {"follow_up_on": _today(world, 7)}
    ),
    **kept(
        "/needle-lots/",
        lambda world: world.lot,
        see=NOTES,
        keep=NOTES,
        new=lambda world: {
            "maker": "Example", "product": "Classic", "lot_number": "L-2", "gauge": "0.25x40",
            "received_on": _today(world),
        },
        change={"expires_on": "2040-01-01"},
    ),
    "GET /needle-lots/{lot_pk}/patients/": Entry(NOTES, 200, at=lambda world: {"lot_pk": world.lot.pk}),
    "GET /treatments/{treatment_pk}/lots/": Entry(
        NOTES, 200, at=lambda world: {"treatment_pk": world.lot_use.treatment_id}
    ),
    "GET /treatments/{treatment_pk}/lots/{pk}/": Entry(NOTES, 200, at=_lot_of_draft),
    "POST /treatments/{treatment_pk}/lots/": Entry(
        NOTES,
        201,
        at=lambda world: {"treatment_pk": world.draft_note.pk},
        body=lambda world: {"lot": world.lot.pk},
    ),
    "DELETE /treatments/{treatment_pk}/lots/{pk}/": Entry(NOTES, 204, at=_lot_of_draft),
    **kept(
        "/treatment-reports/",
        lambda world: world.report,
        see=NOTES,
        keep=NOTES,
        new=lambda world: {"case": world.case.pk, "practitioner": world.cast.mere.pk, "audience": "acc"},
        change={"recommendation": "Six more sessions"},
    ),
    "DELETE /treatment-reports/{pk}/": Entry(NOTES, 204, at=_row("report")),
    "GET /treatment-reports/{pk}/content/": Entry(NOTES, 200, at=_row("report")),
    "POST /treatment-reports/{pk}/sign/": Entry(frozenset({PRACTITIONER}), 200, at=_row("report")),
    **kept(
        "/treatment-requests/",
        lambda world: world.request,
        see=NOTES,
        keep=NOTES,
        new=lambda world: {"case": world.strangers_case.pk, "practitioner": world.cast.mere.pk},
        change={"supporting_information": "Stairs are hard."},
    ),
    "DELETE /treatment-requests/{pk}/": Entry(NOTES, 204, at=_row("request")),
    "GET /treatment-requests/{pk}/readiness/": Entry(NOTES, 200, at=_row("request")),
    "GET /treatment-requests/{pk}/content/": Entry(NOTES, 200, at=_row("request")),
    "POST /treatment-requests/{pk}/finish/": Entry(frozenset({PRACTITIONER}), 200, at=_row("request")),
    "POST /treatment-requests/{pk}/answer/": Entry(
        NOTES,
        200,
        at=_row("request"),
        body=lambda world: {
            "approved": True,
            "answered_on": timezone.localdate(world.now, AUCKLAND).isoformat(),
            "number": "PO-2",
            "sessions": 6,
        },
        before=_finish_request,
    ),
}  # fmt: skip

BILLING_ROUTES = {
    **kept(
        "/services/",
        lambda world: world.service,
        see=MONEY,
        keep=OWNER_ONLY,
        new=lambda world: {"code": "ACU2", "name": "Long visit"},
        change={"name": "Needling"},
    ),
    **kept(
        "/rates/",
        lambda world: world.rate,
        see=MONEY,
        keep=OWNER_ONLY,
        new=lambda world: {
            "service": world.service.pk, "payer": world.cast.southern.pk, "amount": "70.00",
            "valid_from": "2026-01-01",
        },
        change={"amount": "85.00"},
    ),
    "GET /invoices/": Entry(MONEY, 200),
    "POST /invoices/": Entry(
        MONEY,
        201,
        body=lambda world: {
            "patient": world.cast.aroha.pk,
            "treatments": [world.signed_note.pk],
            "payer": world.cast.acc.pk,
        },
        before=lambda world: Invoice.objects.filter(pk=world.draft_invoice.pk).delete(),
    ),
    "GET /invoices/{pk}/": Entry(MONEY, 200, at=_invoice("issued_invoice")),
    "PATCH /invoices/{pk}/": Entry(MONEY, 200, at=_invoice("draft_invoice"), body=lambda world: {"note": "Thanks"}),
    "DELETE /invoices/{pk}/": Entry(MONEY, 204, at=_invoice("draft_invoice")),
    "POST /invoices/{pk}/issue/": Entry(MONEY, 200, at=_invoice("draft_invoice")),
    "GET /invoices/{pk}/verify/": Entry(MONEY, 200, at=_invoice("issued_invoice")),
    "POST /invoices/{pk}/credit/": Entry(
        MONEY, 201, at=_invoice("issued_invoice"), body=lambda world: {"reason": "Wrong day", "lines": [
            {"line": world.issued_invoice.lines.get().pk, "total": "5.00"},
        ]},
    ),
    "POST /invoices/{pk}/write-off/": Entry(
        MONEY, 200, at=_invoice("issued_invoice"), body=lambda world: {"reason": "Moved away"}
    ),
    "POST /invoices/{pk}/take-back-write-off/": Entry(
        MONEY, 200, at=_invoice("issued_invoice"), body=lambda world: {"reason": "Paid after all"}
    ),
    "POST /invoices/{pk}/code-line/": Entry(
        MONEY, 200, at=_invoice("draft_invoice"), before=lambda world: _in_us_style(world),
        body=lambda world: {"line": world.draft_invoice.lines.first().pk, "modifiers": ["GP"]},
    ),
    "POST /invoices/{pk}/add-code/": Entry(
        MONEY, 200, at=_invoice("draft_invoice"), before=lambda world: _in_us_style(world),
        body=lambda world: {
            "treatment": world.signed_note.pk, "service": _evaluation(world).pk, "modifiers": ["25"],
        },
    ),
    "GET /credit-notes/": Entry(MONEY, 200),
    "GET /credit-notes/{pk}/": Entry(MONEY, 200, at=_row("credit_note")),
    "GET /credit-notes/{pk}/verify/": Entry(MONEY, 200, at=_row("credit_note")),
    "POST /invoices/{pk}/send/": Entry(MONEY, 200, at=_invoice("issued_invoice")),
    "GET /packages/": Entry(MONEY, 200),
    "GET /packages/{pk}/": Entry(MONEY, 200, at=_row("package")),
    "PATCH /packages/{pk}/": Entry(MONEY, 200, at=_row("package"), body=lambda world: {"expires_on": "2040-01-01"}),
    "GET /write-offs/": Entry(MONEY, 200),
    "GET /write-offs/{pk}/": Entry(MONEY, 200, at=_row("write_off")),
    "POST /invoices/{pk}/use-credit/": Entry(
        MONEY, 200, at=_invoice("issued_invoice"), before=lambda world: _pay(world, amount=Decimal("5.00"))
    ),
    "GET /claims/": Entry(MONEY, 200),
    "GET /claims/candidates/": Entry(MONEY, 200, query=lambda world: {"payer": world.cast.acc.pk}),
    "POST /claims/": Entry(
        MONEY,
        201,
        body=lambda world: {"treatments": [world.claimable_note.pk], "payer": world.cast.acc.pk},
        before=lambda world: Claim.objects.filter(pk=world.draft_claim.pk).delete(),
    ),
    "GET /claims/{pk}/": Entry(MONEY, 200, at=_invoice("submitted_claim")),
    "PATCH /claims/{pk}/": Entry(MONEY, 200, at=_invoice("draft_claim"), body=lambda world: {"note": "October"}),
    "DELETE /claims/{pk}/": Entry(MONEY, 204, at=_invoice("draft_claim")),
    "POST /claims/{pk}/add/": Entry(
        MONEY,
        200,
        at=_invoice("draft_claim"),
        body=lambda world: {"treatments": [world.claimable_note.pk]},
        before=lambda world: world.draft_claim.lines.all().delete(),
    ),
    "POST /claims/{pk}/remove/": Entry(
        MONEY,
        200,
        at=_invoice("draft_claim"),
        body=lambda world: {"lines": [world.draft_claim.lines.get().pk]},
    ),
    "POST /claims/{pk}/submit/": Entry(MONEY, 200, at=_invoice("draft_claim")),
    "GET /claims/{pk}/file/": Entry(MONEY, 200, at=_invoice("submitted_claim")),
    "POST /claims/{pk}/decide/": Entry(
        MONEY,
        200,
        at=_invoice("submitted_claim"),
        body=lambda world: {"has_arrived": True},
        before=lambda world: Claim.objects.filter(pk=world.submitted_claim.pk).update(
            delivery="unknown", next_try_at=None
        ),
    ),
    "POST /claims/{pk}/remittance/": Entry(
        MONEY,
        201,
        at=_invoice("submitted_claim"),
        body=lambda world: {"rows": [{"line_number": 1, "status": "held"}]},
    ),
    "GET /remittances/": Entry(MONEY, 200),
    "POST /remittances/": Entry(
        MONEY,
        201,
        body=lambda world: {"payer": world.cast.acc.pk, "csv": "status,claim_number\r\nheld,AB00000\r\n"},
    ),
    "GET /remittances/{pk}/": Entry(MONEY, 200, at=_row("remittance")),
    "GET /remittance-rows/": Entry(MONEY, 200),
    "GET /remittance-rows/{pk}/": Entry(MONEY, 200, at=_row("unknown_row")),
    "POST /remittance-rows/{pk}/settle/": Entry(
        MONEY, 200, at=_row("unknown_row"), body=lambda world: {"note": "Sent back"}
    ),
    "POST /claim-lines/{pk}/bill-to-patient/": Entry(
        MONEY, 200, at=_row("declined_line"), body=lambda world: {"reason": "Not covered"}
    ),
    "POST /claim-lines/{pk}/write-off/": Entry(
        MONEY, 200, at=_row("declined_line"), body=lambda world: {"reason": "Not covered"}
    ),
    "POST /claim-lines/{pk}/claim-again/": Entry(MONEY, 201, at=_row("declined_line")),
    "GET /claim-lines/": Entry(MONEY, 200),
    "GET /claim-lines/{pk}/": Entry(MONEY, 200, at=lambda world: {"pk": world.submitted_claim.lines.get().pk}),
}  # fmt: skip


def _pay(world: World, **fields) -> Payment:
    given = {"patient": world.cast.aroha, "method": "card", "by": world.cast.desk, "now": world.now}
    return paying.pay(**(given | fields))


def _in_us_style(world: World) -> None:
    Payer.objects.filter(pk=world.draft_invoice.payer_id).update(us_style=True)
    _evaluation(world)


def _evaluation(world: World) -> Service:
    service, is_new = Service.objects.get_or_create(code="99203", defaults={"name": "Evaluation"})
    if is_new:
        Rate.objects.create(
            service=service, payer_id=world.draft_invoice.payer_id, amount="90.00", valid_from=world.now.date()
            - timedelta(days=900),
        )  # fmt: skip
    return service


def _share(amount: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"invoices": [{"invoice": world.issued_invoice.pk, "amount": amount}]}


PAYMENTS = {
    "GET /payments/": Entry(SIGNED_IN, 200, frozenset({PRACTITIONER})),
    "GET /payments/{pk}/": Entry(SIGNED_IN, 200, frozenset({PRACTITIONER}), at=_row("payment")),
    "POST /payments/": Entry(
        MONEY,
        201,
        body=lambda world: {
            "patient": world.cast.aroha.pk, "payer": None, "method": "cash", "amount": "5.00", "reference": "",
            "note": "", "received_on": _today(world), "appointment": None,
        } | _share("5.00")(world),
    ),
    "GET /statements/": Entry(SIGNED_IN, 200, frozenset({PRACTITIONER})),
    "GET /statements/{pk}/": Entry(SIGNED_IN, 200, frozenset({PRACTITIONER}), at=_row("statement")),
    "POST /statements/": Entry(
        MONEY,
        201,
        body=lambda world: {
            "patient": world.cast.aroha.pk, "payer": None, "from": _today(world, -30), "to": _today(world),
        },
    ),
    **kept(
        "/bank-formats/",
        lambda world: world.bank_format,
        see=MONEY,
        keep=OWNER_ONLY,
        new=lambda world: {
            "name": "Another", "date_column": "Date", "amount_column": "Amount", "reference_columns": ["Reference"],
        },
        change={"party_column": "Payee"},
    ),
    "GET /pay/{token}/": Entry(EVERYBODY, 200, at=lambda world: {"token": world.payment_token}),
    # Where no provider is in use, the page says how to pay by bank.
    "POST /pay/{token}/": Entry(EVERYBODY, 409, at=lambda world: {"token": world.payment_token}),
    "GET /pay/trial/{attempt}/": Entry(EVERYBODY, 404, at=lambda world: {"attempt": "a" * 24}),
    "POST /pay/trial/{attempt}/": Entry(EVERYBODY, 404, at=lambda world: {"attempt": "a" * 24}),
    "POST /pay/callback/{provider}/": Entry(EVERYBODY, 404, at=lambda world: {"provider": "trial"}),
    "GET /bank-statements/": Entry(MONEY, 200),
    "GET /bank-statements/{pk}/": Entry(MONEY, 200, at=_row("bank_statement")),
    "POST /bank-statements/": Entry(
        MONEY,
        201,
        body=lambda world: {
            "format": world.bank_format.pk, "account": "12-3456", "name": "Nov.csv",
            "content": f"Date,Amount,Reference\n{_today(world)},7.00,thanks\n",
        },
    ),
    "POST /bank-statements/{pk}/accept/": Entry(
        MONEY, 200, at=_row("bank_statement"), body=lambda world: {"lines": [world.bank_line.pk]}
    ),
    "GET /bank-lines/": Entry(MONEY, 200),
    "GET /bank-lines/{pk}/": Entry(MONEY, 200, at=_row("bank_line")),
    "POST /bank-lines/{pk}/choose/": Entry(
        MONEY, 200, at=_row("bank_line"), body=lambda world: {"invoice": world.issued_invoice.pk}
    ),
    "POST /bank-lines/{pk}/set-aside/": Entry(MONEY, 200, at=_row("bank_line")),
    "POST /payments/{pk}/allocate/": Entry(MONEY, 200, at=_row("payment"), body=_share("5.00")),
    "POST /payments/{pk}/take-back/": Entry(
        MONEY, 200, at=_row("payment"), body=lambda world: {"invoice": world.issued_invoice.pk, "amount": "5.00"}
    ),
    "POST /payments/{pk}/refund/": Entry(
        MONEY, 201, at=_row("payment"), body=lambda world: {"amount": "5.00", "method": "cash", "reason": "Twice"}
    ),
}  # fmt: skip

REPORTS = {
    "GET /reports/": Entry(SIGNED_IN, 200),
    "GET /reports/{name}/": Entry(MONEY, 200, at=lambda world: {"name": "takings"}),
}

TABLE: dict[str, Entry] = CLINIC | PEOPLE | MESSAGES | BOOK | TREATMENTS | COURSE | BILLING_ROUTES | PAYMENTS | REPORTS
