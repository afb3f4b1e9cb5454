"""The professional claim, 837P (005010X222A1): a file of claims of one billing provider.

Loops and elements follow the public cross-references between the CMS-1500 and the 837P; the guide itself is X12's and
is not quoted. Billing providers give their full nine-digit ZIP code and a National Provider Identifier.
"""

from collections.abc import Iterator, Sequence

from billing.pdf.us_values import BillingProvider, Insurer, Person, PersonName, Provider, UsClaim, UsLine, parted
from billing.us.address import UsAddress
from billing.us.cms1500 import icd
from billing.us.x12.envelope import Envelope, interchange
from billing.us.x12.segments import Unfit, amount, day, needed, segment, words

MOST_LINES = 50
COMMERCIAL = "CI"
RELATIONSHIPS = {"spouse": "01", "child": "19", "other": "G8"}
CAUSES = {"employment": "EM", "auto": "AA", "other": "OA"}
TAX_IDS = {"ein": "EI", "ssn": "SY"}


def claim_file(claims: Sequence[UsClaim], envelope: Envelope) -> str:
    """The file as text, a segment a line. A claim of over 50 lines or 12 diagnoses goes as several.

    Raises `Unfit`, `billing.us.text.Unwritable` and `billing.pdf.us_values.TooManyDiagnoses`.
    """
    if not claims:
        raise Unfit("x12_missing", "There is no claim to send.")
    whole = [part for claim in claims for part in parted(claim, most_lines=MOST_LINES)]
    body = [*_header(envelope), *_billing(whole[0].billing)]
    level = 1
    for claim in whole:
        body += _claim_levels(claim, level)
        level += 1 if _is_self(claim) else 2
    return interchange(body, envelope)


def _header(envelope: Envelope) -> Iterator[str]:
    at = envelope.at
    yield segment("BHT", "0019", "00", str(envelope.control_number), day(at), f"{at:%H%M}", "CH")
    submitter = needed(envelope.submitter, what="The practice's name", most=60)
    yield segment("NM1", "41", "2", submitter, "", "", "", "", "46", envelope.sender_id)
    contact = words(envelope.contact, what="The contact's name", most=60)
    yield segment("PER", "IC", contact, "TE", _phone(envelope.phone, "practice"))
    receiver = needed(envelope.receiver_name, what="The receiver's name", most=60)
    yield segment("NM1", "40", "2", receiver, "", "", "", "", "46", envelope.receiver_id)


def _billing(provider: BillingProvider) -> Iterator[str]:
    if not provider.npi:
        raise Unfit("npi_missing", "The practice has no NPI. Enter it on the practice's page, or send the superbill.")
    if not provider.tax_id:
        raise Unfit("tax_id_missing", "The practice has no US tax ID. Enter it on the practice's page.")
    if provider.address is None or len(provider.address.zip) != 9:
        raise Unfit("us_zip_short", "The practice's US address needs its nine-digit ZIP code, such as 97205-1234.")
    yield segment("HL", "1", "", "20", "1")
    name = needed(provider.name, what="The practice's name", most=60)
    yield segment("NM1", "85", "2", name, "", "", "", "", "XX", provider.npi)
    yield from _address(provider.address, "practice")
    yield segment("REF", TAX_IDS[provider.tax_id_kind], provider.tax_id)


def _is_self(claim: UsClaim) -> bool:
    return claim.insured is not None and claim.insured.relationship == "self"


def _claim_levels(claim: UsClaim, before: int) -> Iterator[str]:
    insured, insurer = claim.insured, claim.insurer
    if insured is None or insurer is None:
        raise Unfit("x12_missing", f"{claim.number} goes to no insurer.")
    own = _is_self(claim)
    yield segment("HL", str(before + 1), "1", "22", "0" if own else "1")
    group = words(insured.group, what="The policy's group", most=50)
    plan = "" if group else words(insured.plan, what="The policy's plan", most=60)
    yield segment("SBR", "P", "18" if own else "", group, plan, "", "", "", "", COMMERCIAL)
    member = needed(insured.policy_number, what="The policy number", most=80)
    yield _person("IL", insured.person.name, "MI", member, "The insured")
    if own:
        yield from _home(insured.person, "patient")
    yield from _insurer(insurer)
    if not own:
        yield segment("HL", str(before + 2), str(before + 1), "23", "0")
        yield segment("PAT", RELATIONSHIPS[insured.relationship])
        yield _person("QC", claim.patient.name, "", "", "The patient")
        yield from _home(claim.patient, "patient")
    yield from _claim(claim)


def _insurer(insurer: Insurer) -> Iterator[str]:
    name = needed(insurer.name, what="The insurer's name", most=60)
    code = needed(insurer.payer_code, what=f"The payer code of {insurer.name}", most=80)
    yield segment("NM1", "PR", "2", name, "", "", "", "", "PI", code)
    if insurer.address:
        yield from _address(insurer.address, "insurer")


def _claim(claim: UsClaim) -> Iterator[str]:
    place = claim.lines[0].place_of_service if claim.lines else ""
    if not claim.lines or not claim.diagnoses:
        raise Unfit("x12_missing", f"{claim.number} needs a service and a diagnosis.")
    cause = CAUSES.get(claim.accident, "")
    yield segment(
        "CLM", needed(claim.number, what="The claim's number", most=20), amount(claim.total), "", "",
        (place, "B", "1"), "Y", "A" if claim.accepts_assignment else "C", "Y",
        "Y" if claim.signature_on_file else "I", "", _cause(cause, claim),
    )  # fmt: skip
    if claim.onset_on:
        yield segment("DTP", "439" if cause else "431", "D8", day(claim.onset_on))
    if claim.paid:
        yield segment("AMT", "F5", amount(claim.paid))
    if claim.authorization:
        yield segment("REF", "G1", words(claim.authorization, what="The authorization", most=50))
    codes = [icd(row.code) for row in claim.diagnoses]
    yield segment("HI", *(("ABF" if number else "ABK", code) for number, code in enumerate(codes)))
    if claim.referrer:
        yield segment("NM1", "DN", "1", words(claim.referrer, what="The referrer", most=60))
    rendering = claim.lines[0].provider
    yield _provider(rendering)
    for number, line in enumerate(claim.lines, 1):
        yield from _line(claim, line, number, place, rendering)


def _cause(cause: str, claim: UsClaim) -> tuple[str, ...]:
    if cause == "AA" and not claim.accident_state:
        raise Unfit("x12_missing", "Say in which state the car accident was.")
    return (cause, "", "", claim.accident_state if cause == "AA" else "") if cause else ("",)


def _line(claim: UsClaim, line: UsLine, number: int, place: str, rendering: Provider) -> Iterator[str]:
    elsewhere = line.place_of_service if line.place_of_service != place else ""
    yield segment("LX", str(number))
    yield segment(
        "SV1", ("HC", line.code, *line.modifiers), amount(line.charge), "UN", str(line.units), elsewhere, "",
        tuple(str(pointer + 1) for pointer in line.pointers),
    )  # fmt: skip
    yield segment("DTP", "472", "D8", day(line.service_on))
    yield segment("REF", "6R", f"{claim.number}-{number}")
    if line.provider != rendering:
        yield _provider(line.provider)


def _provider(provider: Provider) -> str:
    if not provider.npi:
        whose = provider.display_name or str(provider.name)
        raise Unfit("npi_missing", f"{whose} has no NPI. Enter it on the practitioner's page.")
    return _person("82", provider.name, "XX", provider.npi, "The practitioner")


def _person(entity: str, name: PersonName, qualifier: str, number: str, what: str) -> str:
    return segment(
        "NM1", entity, "1", needed(name.last, what=f"{what}'s last name", most=60),
        words(name.first, what=f"{what}'s first name", most=35),
        words(name.middle, what=f"{what}'s middle name", most=25), "", "", qualifier, number,
    )  # fmt: skip


def _home(person: Person, whose: str) -> Iterator[str]:
    if person.address is None:
        raise Unfit("us_address_unclear", f"The {whose}'s address needs street, city, state and ZIP code.")
    if person.date_of_birth is None:
        raise Unfit("x12_missing", f"The {whose}'s date of birth is missing.")
    yield from _address(person.address, whose)
    yield segment("DMG", "D8", day(person.date_of_birth), person.sex or "U")


def _address(address: UsAddress, whose: str) -> Iterator[str]:
    street = [words(line, what=f"A line of the {whose}'s address", most=55) for line in address.street]
    if len(street) > 2:
        raise Unfit("x12_too_long", f"The {whose}'s street takes {len(street)} lines; the file takes 2.")
    yield segment("N3", *street)
    city = needed(address.city, what=f"The {whose}'s city", most=30)
    yield segment("N4", city, address.state, address.zip)


def _phone(text: str, whose: str) -> str:
    digits = "".join(char for char in text if char in "0123456789")
    if not digits:
        raise Unfit("x12_missing", f"The {whose}'s phone number is missing.")
    return digits[-10:] if len(digits) == 11 and digits.startswith("1") else digits
