"""Where a line that cannot be claimed is put right: for each reason the page or form, as far as this person may.

The way leads back to the desk once the form is saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from billing.claiming.gathering import Candidate
from billing.claiming.readiness import Reason
from clinic.models import User
from clinic.permissions import Permission
from treatments.models import Treatment

# By reason: what the button says, and the short name by which lines are counted and picked.
WORDS = {
    "note_not_signed": ("Finish the note", "Note not signed"),
    "not_of_this_payer": ("Correct the case", "Not this payer's"),
    "claim_number_missing": ("Enter the claim number", "Claim number"),
    "before_injury": ("Correct the day of injury", "Before the injury"),
    "diagnosis_code_missing": ("Add the diagnosis", "No diagnosis code"),
    "cover_not_accepted": ("Note the decision", "Cover not accepted"),
    "injury_too_long_ago": ("Enter the approval", "Injury too long ago"),
    "cap_reached": ("Enter the approval", "Sessions used up"),
    "after_window": ("Enter the approval", "After the window"),
    "purchase_order_missing": ("Enter the purchase order", "No purchase order"),
    "practitioner_not_certified": ("Enter the certificate", "No certificate"),
    "provider_id_missing": ("Enter the provider ID", "No provider ID"),
    "policy_ended": ("Correct the policy", "Policy ended"),
    "policy_number_missing": ("Enter the policy number", "No policy number"),
    "approval_missing": ("Enter the approval", "No approval"),
    "amount_used_up": ("Correct the approved amount", "Amount used up"),
    "too_old": ("See the visit", "Over 12 months old"),
    "same_patient_same_day": ("See the other visit", "Two visits a day"),
    "overlapping": ("See the other visit", "Visits overlap"),
    "billed_elsewhere": ("See the invoice", "Billed elsewhere"),
    "no_rate": ("Enter the rate", "No rate"),
    "no_service": ("Set up the service", "No service"),
    "minutes_missing": ("See the visit", "Minutes missing"),
    "already_claimed": ("See the claim", "On a claim"),
}
# Reasons of a case that have a form of their own, and the part of its page where the others are mended.
_FORMS = {
    "cover_not_accepted": "cover-decision",
    "cap_reached": "purchase-order",
    "after_window": "purchase-order",
    "injury_too_long_ago": "purchase-order",
    "purchase_order_missing": "purchase-order",
}
_PARTS = {"diagnosis_code_missing": "#diagnoses-group"}


@dataclass(frozen=True, slots=True)
class Way:
    words: str
    place: str


def short(code: str) -> str:
    return WORDS[code][1] if code in WORDS else code.replace("_", " ").capitalize()


class Ways:
    """For some lines at once: one query, for the visits of the treatments that are to be looked at."""

    def __init__(self, user: User, rows: Sequence[Candidate], *, back: str) -> None:
        self.user, self.back = user, back
        wanted = {reason.mend_id for row in rows for reason in row.reasons if reason.mend == "treatment"}
        visits = Treatment.objects.filter(pk__in=wanted - {None}).values_list("pk", "appointment_id")
        self.visits = dict(visits)

    def of(self, row: Candidate, reason: Reason) -> Way | None:
        """None where this person can neither mend it nor look at it."""
        if reason.code == "billed_elsewhere" and row.invoice:
            return Way("See the invoice", reverse("admin:billing_invoice_change", args=[row.invoice]))
        return getattr(self, f"_{reason.mend}")(reason)

    def _words(self, reason: Reason, otherwise: str) -> str:
        return WORDS[reason.code][0] if reason.code in WORDS else otherwise

    def _to(self, page: str, *args: int, part: str = "", **query: object) -> str:
        return f"{reverse(f'admin:{page}', args=args)}?{urlencode(query | {'next': self.back})}{part}"

    def _case(self, reason: Reason) -> Way | None:
        if self.user.may(Permission.KEEP_PATIENTS):
            words, form = self._words(reason, "Correct the case"), _FORMS.get(reason.code)
            if form:
                return Way(words, self._to("patients_case_act", reason.mend_id, form))
            return Way(words, self._to("patients_case_change", reason.mend_id, part=_PARTS.get(reason.code, "")))
        if self.user.may(Permission.SEE_PATIENTS):
            return Way("See the case", self._to("patients_case_change", reason.mend_id))
        return None

    def _practitioner(self, reason: Reason) -> Way:
        words = self._words(reason, "Correct") if self.user.may(Permission.SET_UP) else "See the practitioner"
        return Way(words, self._to("clinic_practitioner_change", reason.mend_id))

    def _rate(self, reason: Reason) -> Way:
        if self.user.may(Permission.SET_UP):
            return Way("Enter the rate", self._to("billing_rate_add"))
        return Way("See the rates", reverse("admin:billing_rate_changelist"))

    def _service(self, reason: Reason) -> Way:
        words = "Set up the service" if self.user.may(Permission.SET_UP) else "See the services"
        return Way(words, reverse("admin:billing_service_changelist"))

    def _claim(self, reason: Reason) -> Way:
        return Way("See the claim", reverse("admin:billing_claim_change", args=[reason.mend_id]))

    def _treatment(self, reason: Reason) -> Way | None:
        """Who writes notes finishes this one; everybody else sees the visit, and no word of the note."""
        if reason.code == "note_not_signed" and self.user.may(Permission.WRITE_NOTES):
            return Way("Finish the note", reverse("admin:session", args=[reason.mend_id]))
        visit = self.visits.get(reason.mend_id)
        if visit is None or not self.user.may(Permission.SEE_BOOK):
            return None
        words = "See the other visit" if reason.code in {"same_patient_same_day", "overlapping"} else "See the visit"
        return Way(words, reverse("admin:appointments_appointment_change", args=[visit]))
