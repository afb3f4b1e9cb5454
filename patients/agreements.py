"""Which consents a visit needs, and which of them a patient has not given. Pure.

What is missing is shown and blocks nothing: a consent can be taken when the patient arrives.
"""

from collections.abc import Iterable
from typing import Any

# Code of Health and Disability Services Consumers' Rights, right 7(1): no service without informed consent.
# Health Information Privacy Code 2020, rule 3: tell the person what is collected and why.
ALWAYS = ("treatment", "privacy")
# ACC may ask for what was treated and for the notes of the injury (acc.co.nz, paying for treatment).
FOR_CASES = {"acc": ("acc_sharing",), "insurer": (), "private": ()}
# Moxibustion in writing: Auckland Council code of practice. Marks that may be taken for an injury, and photographs:
# textbook consensus, not checked against a source. Messages: to those who asked to be reached that way.
FOR_PLANS = {
    "moxibustion": ("moxibustion",),
    "cupping": ("cupping_marks",),
    "photographs": ("photographs",),
    "messages": ("messages",),
}


def needed_consents(*, kind_of_case: str | None, planned: Iterable[str] = ()) -> list[str]:
    """Kinds of consent, in the order they are asked for. Raises KeyError for a plan or a case that is not known."""
    of_plans = [kind for plan in planned for kind in FOR_PLANS[plan]]
    of_case = FOR_CASES[kind_of_case] if kind_of_case else ()
    return list(dict.fromkeys([*ALWAYS, *of_case, *of_plans]))


def missing_consents(patient: Any, *, kind_of_case: str | None, planned: Iterable[str] = ()) -> list[str]:
    """Kinds of consent this visit needs and the patient has not given, or has withdrawn.

    Reads `patient.consents_now`, which `consents_standing` fetches for a whole list of patients in one query.
    `planned` holds keys of `FOR_PLANS`."""
    given = {consent.kind for consent in patient.consents_now}
    return [kind for kind in needed_consents(kind_of_case=kind_of_case, planned=planned) if kind not in given]
