"""A claim to a US insurer as plain values, which tests change where they need it."""

from datetime import date, timedelta
from decimal import Decimal

from billing.pdf.us_values import (
    BillingProvider,
    Insured,
    Insurer,
    Person,
    PersonName,
    Provider,
    UsClaim,
    UsDiagnosis,
    UsLine,
)
from billing.us.address import UsAddress

HOME = UsAddress(("4418 SE Example Ave", "Apt 12"), "Portland", "OR", "97215")
OFFICE = UsAddress(("1200 NW Sample Street",), "Portland", "OR", "972051234")
AROHA = Person(
    name=PersonName(last="Tāmati", first="Aroha", middle="Ngaire"),
    date_of_birth=date(1984, 3, 9),
    sex="F",
    address=HOME,
    phone="+1 (503) 555-0184",
)
HANA = Provider(
    name=PersonName(last="Tamihana", first="Hana"), display_name="Hana Tamihana", npi="1234567893", licence="AC-00000"
)
DIAGNOSES = (
    UsDiagnosis(code="M76.01", description="Gluteal tendinitis, right hip"),
    UsDiagnosis(code="S76.011A", description="Strain of muscle, fascia and tendon of right hip, initial encounter"),
    UsDiagnosis(code="M54.50", description="Low back pain, unspecified"),
)
TWELVE = tuple(
    UsDiagnosis(code=code, description="")
    for code in (
        "M76.01", "S76.011A", "M54.50", "M25.551", "M70.61", "G57.01", "M54.31", "M62.830", "M79.18", "G89.29",
        "M53.3", "M16.11",
    )
)  # fmt: skip


def us_line(number: int = 0, **given) -> UsLine:
    code, charge, units = (("97810", "68.00", 1), ("97811", "104.00", 2), ("97813", "75.50", 1))[number % 3]
    values = {
        "service_on": date(2026, 11, 2) + timedelta(days=number),
        "code": code,
        "charge": Decimal(charge),
        "units": units,
        "provider": HANA,
        "pointers": (0, 1),
        "description": "Acupuncture",
    }
    return UsLine(**{**values, **given})


def us_claim(**given) -> UsClaim:
    values = {
        "number": "INV-000123",
        "issued_on": date(2026, 11, 21),
        "insurer": Insurer(
            name="Example Mutual of Oregon",
            payer_code="EX001",
            address=UsAddress(("PO Box 4000",), "Salem", "OR", "97301"),
        ),
        "insured": Insured(person=AROHA, policy_number="XYZ900123456", group="G-4477", plan="Choice PPO"),
        "patient": AROHA,
        "patient_lines": HOME.lines,
        "billing": BillingProvider(
            name="Kōwhai Lane Acupuncture",
            address=OFFICE,
            phone="503-555-0100",
            npi="1234567893",
            tax_id="123456789",
            tax_id_kind="ein",
        ),
        "diagnoses": DIAGNOSES,
        "lines": (us_line(0, modifiers=("GP", "59")), us_line(1), us_line(2)),
        "onset_on": date(2026, 9, 1),
        "accident": "none",
        "referrer": "Dr Ann Example",
        "authorization": "AUTH-778812",
        "paid": Decimal("20.00"),
        "signed_by": "Hana Tamihana LAc",
    }
    return UsClaim(**{**values, **given})
