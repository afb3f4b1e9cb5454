"""Whether a US claim can be written at all, in a receptionist's words: on the form's items, in its letters."""

from billing.models import Invoice
from billing.pdf.us_values import TooManyDiagnoses, UsClaim
from billing.us.cms1500 import Form, TooLong, forms
from billing.us.particulars import claim_of
from billing.us.text import Unwritable
from clinic.errors import Refusal

# What fills an item of the form, for whoever has to shorten it.
FILLED_BY = {
    "carrier": "the insurer's name or address",
    "1a": "the policy number",
    "2": "the patient's name",
    "4": "the insured's name",
    "5": "the patient's address or phone",
    "7": "the insured's address or phone",
    "11": "the policy's group",
    "11c": "the policy's plan",
    "17": "the referrer",
    "21": "a diagnosis code",
    "23": "the approval number",
    "25": "the practice's tax ID",
    "26": "the invoice's number",
    "31": "the practitioner's name",
    "32": "the practice's name or US address",
    "33": "the practice's name, US address or phone",
}
PATIENT, PRACTICE, INSURER = "the patient's address", "the practice's US address", "the insurer's address"


def fitted(claim: UsClaim) -> tuple[Form, ...]:
    """The forms of a claim. Raises 422 `us_address_unclear`, `us_diagnosis_missing`, `policy_number_missing`,
    `cms1500_too_long`, `us_text_unwritable`, `cms1500_too_many_diagnoses`."""
    _refuse_unclear(claim)
    try:
        return forms(claim)
    except TooLong as error:
        what = FILLED_BY.get(error.item.split()[0], "a service line")
        raise Refusal(
            "cms1500_too_long",
            f"Item {error.item} of the CMS-1500 takes {error.most} characters; {what} has {error.length}. Shorten it.",
            item=error.item,
            length=error.length,
            most=error.most,
        ) from error
    except Unwritable as error:
        raise unwritable(error) from error
    except TooManyDiagnoses as error:
        raise too_many(error) from error


def refuse_unfit(invoice: Invoice) -> None:
    """For an invoice that is about to be issued to a US-style insurer: afterwards nothing on it can be mended."""
    fitted(claim_of(invoice))


def unwritable(error: Unwritable) -> Refusal:
    return Refusal(
        "us_text_unwritable",
        f"US claims are written in Latin letters. Give “{error.text}” in those: “{error.char}” is none.",
    )


def too_many(error: TooManyDiagnoses) -> Refusal:
    return Refusal(
        "cms1500_too_many_diagnoses",
        "A form takes twelve diagnoses. Point each further one to a line, or leave it off the case.",
    )


def _refuse_unclear(claim: UsClaim) -> None:
    if claim.insured is None:
        raise Refusal("policy_number_missing", "The case has no policy number, and the insurer asks for it.")
    if not claim.diagnoses:
        raise Refusal("us_diagnosis_missing", "A US insurer asks for an ICD-10-CM diagnosis. Add one to the case.")
    unclear = [
        (claim.patient.address is None, PATIENT),
        (claim.billing.address is None, PRACTICE),
        (claim.insurer is None or claim.insurer.address is None, INSURER),
    ]
    for is_unclear, whose in unclear:
        if is_unclear:
            raise Refusal(
                "us_address_unclear",
                f"Mend {whose}: a street, then a last line with city, state and ZIP code, such as Portland OR 97205.",
            )
