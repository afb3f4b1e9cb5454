"""The people and places of the tests: one invented clinic, small enough to know by heart.

Rows are made without the verbs, so that a test of one floor does not depend on another. Days and times are given by
the test; where a factory needs one, it is a fixed day.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from knox.models import get_token_model
from rest_framework.test import APIClient

from appointments.models import AppointmentType, Segment, WorkingHours
from clinic.models import Device, Location, Practice, Practitioner, Role, Room, User
from clinic.permissions import FIRST_ROLES
from patients import nhi
from patients.models import Case, CoverDecision, Diagnosis, Patient, Payer

STAGGERED = (("hands_on", 15), ("rest", 25), ("hands_on", 10))
WORKING_WEEK = range(5)


@dataclass
class Cast:
    """`practitioner` and `practitioner2` are the users who sign in, `mere` and `wei` the practitioners they are.

    `aroha` is the patient whom `patient_user` is; `acc` pays for claims, `southern` is an insurer."""

    practice: Practice
    location: Location
    rooms: list[Room]
    electro: Device
    owner: User
    desk: User
    billing: User
    practitioner: User
    practitioner2: User
    patient_user: User
    mere: Practitioner
    wei: Practitioner
    aroha: Patient
    acc: Payer
    southern: Payer

    @property
    def staff(self) -> list[User]:
        return [self.owner, self.desk, self.billing, self.practitioner, self.practitioner2]


def assemble() -> Cast:
    practice = Practice.objects.create(
        name="Harakeke Acupuncture",
        legal_name="Harakeke Acupuncture Limited",
        address="12 Example Street\nTe Aro\nWellington 6011",
        phone="04 555 0100",
        email="reception@harakeke.example",
        gst_number="123-456-789",
        acc_vendor_id="G99999",
    )
    location = Location.objects.create(name="Te Aro", address=practice.address, holiday_region="WGN")
    patient_user = make_user("patient", "Patient", first_name="Aroha", last_name="Tāmati")
    practitioner = make_user("practitioner", "Practitioner", first_name="Mere", last_name="Ngata")
    practitioner2 = make_user("practitioner2", "Practitioner", first_name="Wei", last_name="Chen")
    return Cast(
        practice=practice,
        location=location,
        rooms=[Room.objects.create(location=location, name=name) for name in ("Kōwhai", "Rātā", "Tōtara")],
        electro=Device.objects.create(location=location, name="Electro 1", kind="electro"),
        owner=make_user("owner", "Owner", first_name="Olive", last_name="Hart"),
        desk=make_user("desk", "Front desk", first_name="Dana", last_name="Reid"),
        billing=make_user("billing", "Billing", first_name="Bill", last_name="Faleolo"),
        practitioner=practitioner,
        practitioner2=practitioner2,
        patient_user=patient_user,
        mere=make_practitioner("Mere Ngata", user=practitioner, acc_provider_id="Q12345"),
        wei=make_practitioner("Wei Chen", user=practitioner2, acc_provider_id="Q67890"),
        aroha=make_patient(
            first_name="Aroha",
            last_name="Tāmati",
            date_of_birth=date(1984, 3, 9),
            email="aroha@example.nz",
            phone="021 555 0184",
            user=patient_user,
        ),
        acc=Payer.objects.create(name="ACC", kind="acc", email="claims@acc.example"),
        southern=Payer.objects.create(name="Southern Example Health", kind="insurer"),
    )


def api(user: User | None = None) -> APIClient:
    """A client signed in with an API key of `user`, or with none."""
    client = APIClient()
    if user is not None:
        _, token = get_token_model().objects.create(user=user)
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def make_user(username: str, role: str, **fields) -> User:
    """A user with one of the first roles. Without `password` nobody can sign in with one, which is also fast."""
    user = User.objects.create_user(username, email=f"{username}@harakeke.example", **fields)
    permissions = sorted(str(permission) for permission in FIRST_ROLES[role])
    user.roles.add(Role.objects.get_or_create(name=role, defaults={"permissions": permissions})[0])
    return user


def make_practitioner(display_name: str, **fields) -> Practitioner:
    return Practitioner.objects.create(
        display_name=display_name, **({"practising_certificate_expires_on": date(2030, 3, 31)} | fields)
    )


def _nhi_numbers() -> Iterator[str]:
    """Valid numbers of the test range, without end for any test's purpose."""
    for letters in itertools.product("YXWVUTSRQP", "ABCDEFGHJK"):
        for body in range(1000):
            for check in range(10):
                number = f"Z{''.join(letters)}{body:03}{check}"
                if nhi.is_valid(number, allow_test_values=True):
                    yield number


_next_nhi = _nhi_numbers()
_serial = itertools.count(1)


def new_nhi() -> str:
    """A valid test-range NHI number that this run has not seen."""
    return next(_next_nhi)


def make_patient(**fields) -> Patient:
    """Somebody new, with an NHI number and an e-mail address of their own."""
    serial = next(_serial)
    return Patient.objects.create(
        **{
            "first_name": "Sione",
            "last_name": f"Example{serial}",
            "date_of_birth": date(1979, 6, 15),
            "nhi": new_nhi(),
            "email": f"patient{serial}@example.nz",
            "phone": f"021 555 {serial:04}",
        }
        | fields
    )


def make_case(patient: Patient, *, diagnoses: Iterable[dict] | None = None, **fields) -> Case:
    """An accepted ACC case of gluteal tendinitis, or what `fields` and `diagnoses` say instead."""
    kind = fields.get("kind", "acc")
    if kind == "acc":
        fields.setdefault("payer", Payer.objects.get_or_create(kind="acc", defaults={"name": "ACC"})[0])
        fields.setdefault("claim_number", f"AB{next(_serial):05}")
        fields.setdefault("date_of_injury", date(2026, 9, 1))
        fields.setdefault("cover_status", "accept")
    case = Case.objects.create(
        **{"patient": patient, "title": "Right hip", "kind": kind, "opened_on": date(2026, 10, 1)} | fields
    )
    CoverDecision.objects.create(
        case=case,
        status=case.cover_status,
        decided_on=case.cover_decided_on,
        noted_at=datetime.combine(case.opened_on, time(9), tzinfo=UTC),
    )
    if diagnoses is None:
        diagnoses = [{"system": "read2", "code": "N2152", "description": "Gluteal tendinitis", "side": "right"}]
    for index, diagnosis in enumerate(diagnoses):
        Diagnosis.objects.create(case=case, **({"primary": index == 0} | diagnosis))
    return case


def make_type(name: str = "Follow-up", *, segments=STAGGERED, **fields) -> AppointmentType:
    """Hands on for 15 minutes, rest with needles for 25, hands on for 10, unless `segments` say otherwise."""
    kind = AppointmentType.objects.create(name=name, **({"price": "95.00"} | fields))
    Segment.objects.bulk_create(
        Segment(appointment_type=kind, position=position, kind=what, minutes=minutes)
        for position, (what, minutes) in enumerate(segments)
    )
    return kind


def open_hours(
    practitioner: Practitioner,
    location: Location,
    *,
    weekdays: Iterable[int] = WORKING_WEEK,
    opens: time = time(9),
    closes: time = time(17),
    valid_from: date = date(2026, 1, 1),
    valid_to: date | None = None,
) -> list[WorkingHours]:
    """The same wall-clock hours on each of the weekdays (0 is Monday)."""
    return [
        WorkingHours.objects.create(
            practitioner=practitioner,
            location=location,
            weekday=weekday,
            opens=opens,
            closes=closes,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        for weekday in weekdays
    ]
