"""Gathers what the safety rules read: the note so far, saved or not, and what is known of the patient on that day."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from appointments.models import Appointment
from patients.models import Alert, Patient
from patients.pregnancy import pregnancy_week
from treatments.models import Point, Treatment
from treatments.safety import check
from treatments.safety.values import (
    AlertFact,
    Finding,
    Person,
    Place,
    PlannedCupping,
    PlannedMoxa,
    PlannedNeedle,
    PointCaution,
    Session,
)

Part = Mapping[str, Any]


def findings_for(
    *, patient: Patient, on: date, appointment: Appointment | None = None, parts: Mapping[str, Iterable[Part]]
) -> list[Finding]:
    """`parts` as `charting` takes them: needlings, cuppings, moxibustions, techniques, each a list of fields. `on` is
    the day on the wall of the clinic."""
    return check(_session(parts, appointment), _person(patient, on))


def findings_of(treatment: Treatment) -> list[Finding]:
    """The findings of a saved note on the day of its session; `treatment` comes from `whole()`."""
    parts = {
        name: [_fields(row) for row in getattr(treatment, name).all()]
        for name in ("needlings", "cuppings", "moxibustions", "techniques")
    }
    on = timezone.localdate(treatment.started_at)
    return findings_for(patient=treatment.patient, on=on, appointment=treatment.appointment, parts=parts)


def _fields(row: Any) -> dict[str, Any]:
    fields = {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}
    if "point" in fields:
        fields["point"] = row.point
    return fields


def _session(parts: Mapping[str, Iterable[Part]], appointment: Appointment | None) -> Session:
    needlings, moxibustions = list(parts.get("needlings", ())), list(parts.get("moxibustions", ()))
    techniques = list(parts.get("techniques", ()))
    places = _places({row["point"].code for row in [*needlings, *moxibustions] if row.get("point")})
    return Session(
        needles=tuple(
            PlannedNeedle(
                place=_place(row, places, words="free_location"),
                side=row["side"],
                electro=row.get("technique") == "electro" or bool(row.get("electro_hz") or row.get("electro_pair")),
                pair=row.get("electro_pair"),
                depth_mm=row.get("depth_mm"),
                angle=row.get("angle") or "",
                retention_minutes=row.get("retention_minutes"),
            )
            for row in needlings
        ),
        cuppings=tuple(PlannedCupping(row["kind"], row["sites"]) for row in parts.get("cuppings", ())),
        moxas=tuple(PlannedMoxa(row["kind"], _place(row, places, words="site")) for row in moxibustions),
        techniques=tuple(row["kind"] for row in techniques),
        ear_points=tuple(code for row in techniques for code in row.get("ear_points") or ()),
        rest_minutes=_rest_minutes(appointment),
    )


def _rest_minutes(appointment: Appointment | None) -> int | None:
    if appointment is None:
        return None
    rests = [minutes for kind, minutes in appointment.appointment_type.segment_minutes() if kind == "rest"]
    return max(rests) if rests else None


def _place(row: Part, places: Mapping[str, Place], *, words: str) -> Place:
    point = row.get("point")
    return places[point.code] if point else Place(words=row.get(words) or "")


def _places(codes: set[str]) -> dict[str, Place]:
    points = Point.objects.filter(code__in=codes).prefetch_related("cautions")
    return {
        point.code: Place(
            code=point.code,
            region=point.region,
            laterality=point.laterality,
            cautions=tuple(
                PointCaution(
                    caution.caution,
                    tuple(caution.techniques),
                    tuple(caution.trimesters),
                    caution.detail,
                    caution.strength,
                    caution.source,
                )
                for caution in point.cautions.all()
            ),
        )
        for point in points
    }


def _person(patient: Patient, on: date) -> Person:
    alerts = [alert for alert in patient.alerts.all() if alert.holds_on(on)]
    due_on = next((alert.due_on for alert in alerts if alert.kind == Alert.Kind.PREGNANCY and alert.due_on), None)
    return Person(
        age=patient.age_on(on),
        sex=patient.sex,
        alerts=tuple(AlertFact(alert.kind, alert.side, alert.site) for alert in alerts),
        pregnancy_week=pregnancy_week(due_on, on) if due_on else None,
    )
