"""The practice of the demo: its people, rooms, hours, payers and prices. What could be taken for real is marked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password

from appointments.hours.closing import public_holidays
from appointments.models import AppointmentType, ClosedDay, Segment, WorkingHours
from billing.models import Rate, Service
from billing.us import cpt
from clinic import reference as clinic_reference
from clinic.models import Device, Location, Practice, Practitioner, Role, Room, User
from clinic.money import cents
from frontdesk.demo import people
from frontdesk.demo.courses import BREAKS, HOURS, KINDS, ROOMS
from messaging import reference as messaging_reference
from patients import reference as patients_reference
from patients.models import ConsentText, Payer
from treatments import reference as points_reference

INVENTED = "Invented for the demo"
STAFF = {
    "owner": ("Olive", "Hartley", "Owner"),
    "desk": ("Dana", "Reid", "Front desk"),
    "billing": ("Filipo", "Leota", "Billing"),
    "practitioner": ("Hana", "Tamihana", "Practitioner"),
    "practitioner2": ("Lin", "Zhao", "Practitioner"),
}
# A patient who signs in: the first of the people.
PORTAL_USER = "patient"
DEMO_USERS = (*STAFF, PORTAL_USER)
# The kinds of visit that patients book by themselves.
ONLINE = frozenset({"initial", "follow_up", "complimentary"})
SERVICES = {
    "ACU60": ("Acupuncture, first visit", ["initial"]),
    "ACU50": ("Acupuncture", ["follow_up", "electro"]),
    "ACU30": ("Acupuncture, short visit", ["short"]),
}
# Per service: the private price with GST, and what each payer pays without and the patient adds with GST.
PRICES = {
    "ACU60": ("130.00", {"acc": ("hourly", "93.00", "45.00"), "southern": ("flat", "80.00", "38.00"),
                         "kotuku": ("flat", "104.35", "0.00"), "harbour": ("flat", "113.04", "0.00")}),
    "ACU50": ("95.00", {"acc": ("flat", "46.50", "38.00"), "southern": ("flat", "62.00", "24.00"),
                        "kotuku": ("flat", "82.61", "0.00"), "harbour": ("flat", "82.61", "0.00")}),
    "ACU30": ("65.00", {"acc": ("flat", "31.00", "28.00"), "southern": ("flat", "41.00", "18.00"),
                        "kotuku": ("flat", "56.52", "0.00"), "harbour": ("flat", "56.52", "0.00")}),
}  # fmt: skip

# What the US-style insurer pays for a unit, and what its patient adds to a visit.
UNIT_RATES = {"97810": ("68.00", "20.00"), "97811": ("52.00", "0.00"), "97813": ("75.50", "20.00"),
              "97814": ("61.25", "0.00")}  # fmt: skip
# The number that the US agency prints as an example: nobody's.
EXAMPLE_NPI = "1234567893"


@dataclass
class Clinic:
    """The rows that the story needs, by the names it knows them by."""

    practice: Practice
    location: Location
    users: dict[str, User]
    practitioners: dict[str, Practitioner]
    types: dict[str, AppointmentType]
    payers: dict[str, Payer]
    rooms: dict[str, Room]
    texts: dict[str, ConsentText]
    closed: set[date] = field(default_factory=set)


def set_up(*, password: str, now: datetime) -> Clinic:
    """Everything but patients. Raises `IntegrityError` where there is a practice already."""
    clinic_reference.ensure()
    messaging_reference.ensure()
    patients_reference.ensure()
    points_reference.ensure()
    practice, location = _places()
    today = now.astimezone(location.zone).date()
    users = _users(password)
    clinic = Clinic(
        practice=practice,
        location=location,
        users=users,
        practitioners=_practitioners(users, today),
        types=_types(),
        payers=_payers(),
        rooms={room.name: room for room in Room.objects.select_related("location")},
        texts={text.kind: text for text in ConsentText.objects.order_by("valid_from")},
        closed=_closed_days(location, today),
    )
    _hours(clinic, today)
    _prices(clinic, today)
    return clinic


def _places() -> tuple[Practice, Location]:
    address = "18 Kōwhai Lane\nTe Aro\nWellington 6011"
    practice = Practice.objects.create(
        name="Kōwhai Lane Acupuncture",
        legal_name="Kōwhai Lane Acupuncture Limited (an invented practice)",
        address=address,
        phone="04 555 0100",
        email="reception@kowhailane.example",
        website="https://kowhailane.example",
        gst_number="000-000-000",
        acc_vendor_id="INVENTED",
        bank_account="00-0000-0000000-00",
        late_cancel_hours=24,
        patients_may_cancel=True,
        books_online=True,
        npi=EXAMPLE_NPI,
        tax_id="000000000",
        tax_id_kind="ein",
        us_address="100 Invented Way\nPortland OR 97205-0000",
    )
    location = Location.objects.create(name="Te Aro", address=address, phone="04 555 0100", holiday_region="WGN")
    Room.objects.bulk_create(Room(location=location, name=name) for name in ROOMS)
    Device.objects.bulk_create(
        [
            Device(location=location, name="Electro-stimulator 1", kind="electro"),
            Device(location=location, name="Heat lamp", kind="heat_lamp"),
        ]
    )
    return practice, location


def _users(password: str) -> dict[str, User]:
    """All with one password, hashed once: each hash takes a third of a second."""
    secret = make_password(password)
    roles = {role.name: role for role in Role.objects.all()}
    users = {}
    for username, (first_name, last_name, role) in STAFF.items():
        users[username] = User.objects.create(
            username=username, first_name=first_name, last_name=last_name, password=secret,
            email=f"{username}@kowhailane.example", is_staff=True,
        )  # fmt: skip
        users[username].roles.add(roles[role])
    person = people.read()[0].fields
    users[PORTAL_USER] = User.objects.create(
        username=PORTAL_USER, password=secret, **{name: person[name] for name in ("first_name", "last_name", "email")}
    )
    users[PORTAL_USER].roles.add(roles["Patient"])
    return users


def _practitioners(users: dict[str, User], today: date) -> dict[str, Practitioner]:
    """Their certificates run to the end of a March that is far enough away for every booking of the demo."""
    year = (today + timedelta(days=200)).year
    expires = date(year, 3, 31) if date(year, 3, 31) > today + timedelta(days=200) else date(year + 1, 3, 31)
    return {
        username: Practitioner.objects.create(
            user=users[username],
            display_name=str(users[username]),
            registration_number=f"INVENTED-{number}",
            practising_certificate_expires_on=expires,
            acc_provider_id=f"INVENTED{number}",
            npi=EXAMPLE_NPI,
            colour=colour,
        )
        for number, (username, colour) in enumerate([("practitioner", "#2f6f5e"), ("practitioner2", "#8a4b2d")], 1)
    }


def _types() -> dict[str, AppointmentType]:
    types = {}
    for key, kind in KINDS.items():
        types[key] = AppointmentType.objects.create(
            name=kind.name,
            price=Decimal(kind.price),
            complimentary=key == "complimentary",
            bookable_online=key in ONLINE,
            min_notice_minutes=120 if key in ONLINE else 0,
            needs_device=kind.device,
            colour=kind.colour,
        )
        Segment.objects.bulk_create(
            Segment(appointment_type=types[key], position=position, kind=what, minutes=minutes)
            for position, (what, minutes) in enumerate(kind.segments, 1)
        )
    # With the segments at hand, so that a booking does not ask for them each time.
    rows = AppointmentType.objects.prefetch_related("segments", "practitioners", "rooms").in_bulk(
        [row.pk for row in types.values()]
    )
    return {key: rows[row.pk] for key, row in types.items()}


def _payers() -> dict[str, Payer]:
    address = f"{INVENTED}\nPrivate Bag 00000\nWellington 6140"
    return {
        "acc": Payer.objects.create(
            name="ACC", kind="acc", address=address, email="claims@acc.example", claim_channel="csv"
        ),
        "southern": Payer.objects.create(
            name="Southern Example Health", kind="insurer", address=address, email="claims@southern.example"
        ),
        "kotuku": Payer.objects.create(
            name="Kōtuku Example Insurance", kind="insurer", address=address, email="claims@kotuku.example"
        ),
        "oregon": Payer.objects.create(
            name="Example Mutual of Oregon",
            kind="insurer",
            address="PO Box 0000\nSalem OR 97301",
            email="claims@oregon.example",
            us_style=True,
            payer_code="INVENTED",
            claim_channel="paper",
        ),
        "harbour": Payer.objects.create(
            name="Harbour Example Ferries", kind="employer", address=address, email="injury@harbour.example"
        ),
    }


def _closed_days(location: Location, today: date) -> set[date]:
    first, last = today - timedelta(days=60), today + timedelta(days=400)
    public = [public_holidays(location, year) for year in range(first.year, last.year + 1)]
    days = {day: name for year in public for day, name in year.items() if first <= day <= last}
    ClosedDay.objects.bulk_create(ClosedDay(location=location, day=day, name=name[:80]) for day, name in days.items())
    return set(days)


def _hours(clinic: Clinic, today: date) -> None:
    WorkingHours.objects.bulk_create(
        WorkingHours(
            practitioner=clinic.practitioners[username],
            location=clinic.location,
            weekday=weekday,
            opens=time.fromisoformat(opens),
            closes=time.fromisoformat(closes),
            **_break(username, closes),
            valid_from=today - timedelta(days=200),
        )
        for username, week in HOURS.items()
        for weekday, (opens, closes) in week.items()
    )


def _break(username: str, closes: str) -> dict[str, time]:
    """Nobody who goes home at lunchtime has one."""
    begins, ends = BREAKS[username]
    if closes <= ends:
        return {}
    return {"break_from": time.fromisoformat(begins), "break_until": time.fromisoformat(ends)}


def _prices(clinic: Clinic, today: date) -> None:
    """This year's rates, and for a look back those of the year before."""
    this_year = date((today - timedelta(days=90)).year, 1, 1)
    before = date(this_year.year - 1, 1, 1), this_year - timedelta(days=1)
    rates = []
    for code, (name, kinds) in SERVICES.items():
        service = Service.objects.create(code=code, name=name)
        service.appointment_types.set([clinic.types[kind] for kind in kinds])
        price, paid = PRICES[code]
        quoted = [(None, Rate.Unit.FLAT, cents(Decimal(price) / Decimal("1.15")), Decimal(0))]
        quoted += [
            (clinic.payers[key], unit, Decimal(amount), Decimal(own)) for key, (unit, amount, own) in paid.items()
        ]
        for payer, unit, amount, surcharge in quoted:
            terms = {"service": service, "payer": payer, "unit": unit, "surcharge": surcharge}
            rates.append(Rate(**terms, amount=amount, source=_source(payer), valid_from=this_year))
            rates.append(
                Rate(**terms, amount=cents(amount * Decimal("0.97")), source=_source(payer), valid_from=before[0],
                     valid_to=before[1])
            )  # fmt: skip
    Rate.objects.bulk_create([*rates, *_unit_rates(clinic.payers["oregon"], this_year)])


def _unit_rates(payer: Payer, this_year: date) -> Iterator[Rate]:
    for code, (amount, surcharge) in UNIT_RATES.items():
        service = Service.objects.create(code=code, name=cpt.LABELS[code], taxable=False)
        yield Rate(
            service=service, payer=payer, unit=Rate.Unit.UNIT, amount=amount, surcharge=surcharge,
            source=_source(payer), valid_from=this_year,
        )  # fmt: skip


def _source(payer: Payer | None) -> str:
    return f"{INVENTED}: not a rate that {payer} pays" if payer else f"{INVENTED}: the practice's own price"
