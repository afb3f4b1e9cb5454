"""How ACC's invoice interface calls things: the one place to put right once its description is at hand.

The items of a schedule, its lines and its answers are those of ACC's Invoice API software specification, v09 (draft of
5 December 2017); the paths, states and texts of errors are those that developer.acc.co.nz and a product in use show.
The JSON names of the items are not published. Those below are ours, chosen after the words of the specification:
whoever has the vendor's documents replaces them here, and nothing else changes.
"""

from decimal import Decimal
from typing import Any

SUBMIT = "/claims/vendors/invoice"
SUBMISSIONS = "/claims/vendors/submissions"
SCHEDULE = "/claims/vendors/invoice/{schedule}"
KEY_HEADER = "X-Api-Key"

# A text that ACC answers a refused schedule with, and our code for it.
REFUSALS = {
    "PROVIDER NOT CURRENTLY ACTIVE": "provider_not_active",
    "INVALID SERVICE CODE, SERVICE DATE OR CONTRACT": "service_invalid",
    "CLAIM NUMBERS SHOULD BE NO MORE THAN 12 CHARACTERS, ONLY LETTERS AND NUMBERS": "claim_number_invalid",
    "PO NUMBER IS TOO LONG, OR HAS DISALLOWED CHARACTERS": "order_number_invalid",
}
RECEIPTED, FAILED = "Receipted", "Failed"
# What a row of an answer is called there, and here.
ANSWER = {
    "lineId": "line_number",
    "claimedAmount": "claimed",
    "awardedAmount": "awarded",
    "paymentStatus": "status",
    "reasonCode": "reason_code",
    "reason": "reason",
    "paymentReference": "payment_reference",
    "paymentDate": "paid_on",
}
BILLING_METHODS = {"hours": "Hours", "units": "Units"}
FLAT_FEE = "FlatFee"


def schedule_of(content: dict[str, Any], *, key: str) -> dict[str, Any]:
    """A submitted claim's particulars as a schedule."""
    vendor = content["vendor"]
    lines = [_line(line) for line in content["lines"]]
    return {
        "vendor": {
            "name": vendor["name"],
            "vendorId": vendor["vendor_id"],
            "gstNumber": vendor["gst_number"],
            "phone": vendor["phone"],
        },
        "schedule": {
            "scheduleNumber": content["label"],
            "declarationDate": content["submitted_on"],
            "gstIncluded": vendor["gst_registered"],
            "comment": "",
            "documentReference": key,
        },
        "lines": lines,
        "numberOfLines": len(lines),
        "totalClaimedAmount": str(sum((Decimal(line["claimed"]) for line in content["lines"]), Decimal(0))),
    }


def _line(line: dict[str, Any]) -> dict[str, Any]:
    patient, provider = line["patient"], line["practitioner"]
    given, _, family = provider["name"].rpartition(" ")
    return {
        "lineNumber": line["position"],
        "medicalFeesNumber": line["claim_number"],
        "accidentDate": line["date_of_injury"],
        "serviceItemCode": line["service_code"],
        "serviceDate": line["service_on"],
        "purchaseOrderNumber": line["purchase_order_number"],
        "provider": {"providerId": provider["acc_provider_id"], "givenName": given, "familyName": family},
        "patient": {
            "nhi": patient["nhi"],
            "givenName": patient["first_name"],
            "familyName": patient["last_name"],
            "dateOfBirth": patient["date_of_birth"],
        },
        "billingMethod": BILLING_METHODS.get(line["unit"], FLAT_FEE),
        "billingValue": line["quantity"],
        "comment": "",
        "amountClaimed": line["claimed"],
    }


def rows_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of a schedule's answer about which ACC has said something."""
    rows = ({ours: line.get(theirs) for theirs, ours in ANSWER.items()} for line in answer.get("lines", ()))
    return [row for row in rows if row["status"]]


def refusal_of(text: str) -> tuple[str, str]:
    """A code of ours and what ACC said."""
    said = " ".join(text.split())[:300]
    code = next((code for words, code in REFUSALS.items() if words in said.upper()), "refused_by_acc")
    return code, said or "ACC took nothing of this schedule and did not say why."
