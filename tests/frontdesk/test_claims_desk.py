"""The claims desk and the pages of claims and remittances, as staff use them."""

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from billing.claiming import deciding, delivering, preparing, submitting
from billing.models import Claim, ClaimLine, Invoice, Remittance, RemittanceRow
from clinic.models import Document, Role, User
from frontdesk import mending
from patients.models import Case
from tests.billing.claims import acupuncture
from tests.cast import Cast, make_case, make_patient, make_type
from tests.counting import queries_for
from tests.pages import browser, fields_of, told
from tests.visits import AUCKLAND, make_visit
from treatments import charting, signing
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
DESK = "/admin/claims/"
_visits = itertools.count()


def recent(cast: Cast, patient=None, **fields) -> Case:
    today = timezone.localdate(timezone.now(), AUCKLAND)
    day = today - timedelta(days=40)
    return make_case(patient or make_patient(), date_of_injury=day, opened_on=day, **fields)


def visited(cast: Cast, case: Case, days_ago: int = 2, *, sign: bool = True) -> Treatment:
    """Each at a time of its own, so that no two overlap."""
    apart = timedelta(minutes=55 * (next(_visits) % 150))
    begins = (timezone.now() - timedelta(days=days_ago) - apart).replace(microsecond=0)
    visit = make_visit(cast, begins, patient=case.patient, case=case, status="completed")
    note = charting.begin(
        patient=case.patient, practitioner=cast.mere, appointment=visit, case=case, started_at=begins,
        complaint="kererū-in-the-note", face_to_face_minutes=25, by=cast.practitioner, now=begins,
    )  # fmt: skip
    return signing.sign(treatment=note, by=cast.practitioner, now=begins) if sign else note


@pytest.fixture
def rates(cast: Cast) -> None:
    make_type()
    acupuncture(cast.acc)


def submitted(cast: Cast, *notes: Treatment) -> Claim:
    now = timezone.now()
    claim = preparing.prepare(payer=cast.acc, treatments=[note.pk for note in notes], by=cast.billing, now=now)
    claim = submitting.submit(claim=claim, by=cast.billing, now=now)
    delivering.deliver(claim_id=claim.pk, clock=timezone.now)
    return Claim.objects.get(pk=claim.pk)


def claim_page(claim: Claim) -> str:
    return reverse("admin:billing_claim_change", args=[claim.pk])


def test_the_desk_ticks_what_is_ready_and_prepares_a_claim_of_it(cast: Cast, rates):
    first, second = visited(cast, recent(cast)), visited(cast, recent(cast, claim_number="ZZ00042"), 1)
    client = browser(cast.desk)
    page = client.get(DESK)
    said = page.content.decode()
    assert [(line.row.session.treatment, line.is_ticked) for line in page.context["ready"]] == [
        (first.pk, True),
        (second.pk, True),
    ]
    assert (page.context["payer"], str(page.context["ticked_total"])) == (cast.acc, "180.00")
    assert "ZZ00042" in said
    assert "kererū" not in said
    answer = client.post(DESK, {"treatments": [second.pk], "note": "November"}, follow=True)
    claim = Claim.objects.get()
    assert answer.redirect_chain == [(claim_page(claim), 302)]
    assert told(answer) == ["1 line on a claim to ACC. Look through it, and send it."]
    assert (claim.note, [line.invoice_line.treatment_id for line in claim.lines.all()]) == ("November", [second.pk])
    page = client.get(DESK)
    assert [line.row.session.treatment for line in page.context["ready"]] == [first.pk]
    assert (page.context["claimed_count"], page.context["not_ready"]) == (1, [])


def test_more_lines_go_onto_a_draft(cast: Cast, rates):
    first, second = visited(cast, recent(cast)), visited(cast, recent(cast))
    client = browser(cast.desk)
    client.post(DESK, {"treatments": [first.pk]})
    claim = Claim.objects.get()
    assert f'<option value="{claim.pk}" selected>' in client.get(f"{DESK}?claim={claim.pk}").content.decode()
    client.post(DESK, {"treatments": [second.pk], "claim": claim.pk})
    assert (Claim.objects.count(), claim.lines.count()) == (1, 2)


def test_no_more_is_ticked_than_the_payer_takes_in_one_claim(cast: Cast, rates):
    cast.acc.max_claim_lines = 2
    cast.acc.save()
    notes = [visited(cast, recent(cast)) for _ in range(3)]
    client = browser(cast.desk)
    page = client.get(DESK)
    assert [line.is_ticked for line in page.context["ready"]] == [True, True, False]
    answer = client.post(DESK, {"treatments": [note.pk for note in notes], "note": "All of it"})
    assert told(answer) == ["ACC takes 2 lines in one claim, and this would make 3."]
    assert [line.is_ticked for line in answer.context["ready"]] == [True, True, True]
    assert answer.context["note"] == "All of it"
    assert Claim.objects.count() == 0


def test_nothing_ticked_is_refused_in_words(cast: Cast, rates):
    visited(cast, recent(cast))
    assert told(browser(cast.desk).post(DESK, {})) == ["Choose at least one treatment."]


def test_each_reason_leads_to_where_it_is_put_right(cast: Cast, rates):
    cast.mere.acc_provider_id = ""
    cast.mere.save()
    case = recent(cast, diagnoses=[], cover_status="held")
    note = visited(cast, case, sign=False)

    def ways(user) -> dict[str, tuple[str, str]]:
        [line] = browser(user).get(DESK).context["not_ready"]
        return {reason.code: (way.words, way.place) for reason, way in line.reasons if way}

    back, of_case = "?next=%2Fadmin%2Fclaims%2F", f"/admin/patients/case/{case.pk}"
    practitioner = f"/admin/clinic/practitioner/{cast.mere.pk}/change/{back}"
    assert ways(cast.owner) == {
        "note_not_signed": ("Finish the note", f"/admin/session/{note.pk}/"),
        "diagnosis_code_missing": ("Add the diagnosis", f"{of_case}/change/{back}#diagnoses-group"),
        "cover_not_accepted": ("Note the decision", f"{of_case}/act/cover-decision/{back}"),
        "provider_id_missing": ("Enter the provider ID", practitioner),
    }
    visit = f"/admin/appointments/appointment/{note.appointment_id}/change/"
    assert ways(cast.billing) == {
        "note_not_signed": ("See the visit", visit),
        "diagnosis_code_missing": ("See the case", f"{of_case}/change/{back}"),
        "cover_not_accepted": ("See the case", f"{of_case}/change/{back}"),
        "provider_id_missing": ("See the practitioner", practitioner),
    }


def test_what_is_put_right_leads_back_to_the_desk_and_is_ready(cast: Cast, rates):
    case = recent(cast, diagnoses=[])
    visited(cast, case)
    client = browser(cast.desk)
    [line] = client.get(f"{DESK}?payer={cast.acc.pk}").context["not_ready"]
    [(_, way)] = line.reasons
    fields = fields_of(client.get(way.place), "case_form")
    typed = {
        "diagnoses-TOTAL_FORMS": "1", "diagnoses-0-system": "read2", "diagnoses-0-code": "N2152",
        "diagnoses-0-description": "Gluteal tendinitis", "diagnoses-0-side": "right", "diagnoses-0-primary": "on",
    }  # fmt: skip
    answer = client.post(way.place.partition("#")[0], fields | typed)
    assert (answer.status_code, answer.url) == (302, f"{DESK}?payer={cast.acc.pk}")
    page = client.get(answer.url)
    assert (len(page.context["ready"]), page.context["not_ready"]) == (1, [])


def test_a_way_back_to_another_site_is_not_taken(cast: Cast, rates):
    case = recent(cast)
    place = f"/admin/patients/case/{case.pk}/change/?next=https://elsewhere.example/"
    client = browser(cast.desk)
    answer = client.post(place, fields_of(client.get(place), "case_form"))
    assert answer.url == reverse("admin:patients_case_change", args=[case.pk])


def test_lines_are_picked_by_their_reason(cast: Cast, rates):
    visited(cast, recent(cast, diagnoses=[]))
    visited(cast, recent(cast), sign=False)
    page = browser(cast.desk).get(f"{DESK}?reason=note_not_signed")
    assert {(code, count, is_asked) for code, _, count, is_asked in page.context["reasons"]} == {
        ("diagnosis_code_missing", 1, False),
        ("note_not_signed", 1, True),
    }
    assert len(page.context["not_ready"]) == 1


def test_what_is_billed_or_paid_otherwise_is_not_in_the_way(cast: Cast, rates):
    claim = submitted(cast, visited(cast, recent(cast)))
    line = claim.lines.get()
    answered = taken_in(browser(cast.billing), cast.acc, f"{claim.label},1,,Declined,0.00,Not covered,,")
    assert answered.status_code == 200
    now = timezone.now()
    deciding.write_off(line=line, reason="A small matter", by=cast.billing, now=now)
    client = browser(cast.desk)
    page = client.get(DESK)
    assert (page.context["not_ready"], page.context["not_ready_count"]) == ([], 0)
    [line] = client.get(f"{DESK}?reason=billed_elsewhere").context["not_ready"]
    [(reason, way)] = line.reasons
    assert (reason.code, way.words) == ("billed_elsewhere", "See the invoice")


def test_every_reason_there_is_has_words_of_its_own(cast: Cast):
    assert mending.short("something_new") == "Something new"
    assert [code for code, (words, name) in mending.WORDS.items() if not (words and name)] == []


def test_the_desk_costs_the_same_queries_with_ten_lines_and_with_two_hundred(cast: Cast, rates):
    client, counts, made = browser(cast.owner), [], 0
    for size in (10, 200):
        while made < size:
            made += 1
            visited(cast, recent(cast, diagnoses=[] if made % 2 else None), made % 30 + 1, sign=made % 3 > 0)
        page = client.get(DESK)
        assert len(page.context["ready"]) + len(page.context["not_ready"]) == size
        counts.append(queries_for(client, DESK))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("desk", 200), ("billing", 200), ("practitioner", 403)])
def test_who_sees_money_sees_the_desk(cast: Cast, rates, who: str, status: int):
    assert browser(getattr(cast, who)).get(DESK).status_code == status


def test_who_only_looks_can_prepare_nothing(cast: Cast, rates):
    looker = User.objects.create_user("auditor")
    looker.roles.add(Role.objects.create(name="Auditor", permissions=["see_money", "see_patients"]))
    note = visited(cast, recent(cast))
    client = browser(looker)
    assert "Prepare the claim" not in client.get(DESK).content.decode()
    assert client.post(DESK, {"treatments": [note.pk]}).status_code == 403
    claim = submitted(cast, note)
    said = client.get(claim_page(claim)).content.decode()
    assert ("Send the claim" in said, "Write off" in said) == (False, False)


# The page of a claim


def test_a_claim_is_sent_from_its_page_which_says_what_is_next(cast: Cast, rates, django_capture_on_commit_callbacks):
    note, other = visited(cast, recent(cast)), visited(cast, recent(cast))
    client = browser(cast.billing)
    client.post(DESK, {"treatments": [note.pk, other.pk]})
    claim = Claim.objects.get()
    said = client.get(claim_page(claim)).content.decode()
    assert "Look through its lines and send it. Until then nothing of it is claimed." in said
    line = claim.lines.order_by("position").last()
    off = client.post(reverse("admin:billing_claimline_act", args=[line.pk, "take-off"]), follow=True)
    assert told(off) == ["It is off the claim, and can be claimed another time."]
    place = reverse("admin:billing_claim_act", args=[claim.pk, "send"])
    assert "never changes" in client.get(place).context["act"].warning
    with django_capture_on_commit_callbacks(execute=False):
        answer = client.post(place, {"sure": "yes"}, follow=True)
    assert told(answer) == ["CLM-000001 is submitted and on its way to ACC."]
    assert "It is on its way. Look again in a moment." in answer.content.decode()
    delivering.deliver(claim_id=claim.pk, clock=timezone.now)
    page = client.get(claim_page(claim))
    said = page.content.decode()
    assert "Print the schedule and send it to ACC. Then wait for the answer." in said
    assert reverse("document-file", args=[Document.objects.get(kind="claim_schedule").pk]) in said
    assert [act["label"] for act in page.context["acts"]] == ["Take in the remittance", "Make the schedule"]


def test_the_file_of_a_claim_is_offered_on_its_page(cast: Cast, rates):
    cast.acc.claim_channel = "csv"
    cast.acc.save()
    claim = submitted(cast, visited(cast, recent(cast)))
    page = browser(cast.billing).get(claim_page(claim))
    first = page.context["acts"][0]
    assert (first["label"], first["place"]) == ("Download the file", reverse("claim-file", args=[claim.pk]))
    assert "Download the file and hand it in where ACC takes it." in page.content.decode()


def test_what_nobody_knows_of_is_decided_on_the_page(cast: Cast, rates):
    claim = submitted(cast, visited(cast, recent(cast)))
    Claim.objects.filter(pk=claim.pk).update(delivery="unknown", sent_at=None)
    client = browser(cast.billing)
    page = client.get(claim_page(claim))
    assert [act["label"] for act in page.context["acts"]][:2] == ["It has arrived", "Send it again"]
    assert "Nobody knows whether it has arrived." in page.content.decode()
    client.post(reverse("admin:billing_claim_act", args=[claim.pk, "arrived"]), {"reference": "by phone"})
    claim.refresh_from_db()
    assert (claim.delivery, claim.payer_reference) == ("sent", "by phone")


def test_a_draft_is_discarded_and_its_lines_are_on_the_desk_again(cast: Cast, rates):
    note = visited(cast, recent(cast))
    client = browser(cast.billing)
    client.post(DESK, {"treatments": [note.pk]})
    place = reverse("admin:billing_claim_act", args=[Claim.objects.get().pk, "discard"])
    answer = client.post(place, {"sure": "yes"}, follow=True)
    assert answer.redirect_chain == [(f"{DESK}?payer={cast.acc.pk}", 302)]
    assert [line.row.session.treatment for line in answer.context["ready"]] == [note.pk]


def test_the_page_of_a_claim_costs_the_same_queries_with_one_line_and_with_forty(cast: Cast, rates):
    client, counts = browser(cast.owner), []
    for size in (1, 40):
        claim = submitted(cast, *[visited(cast, recent(cast)) for _ in range(size)])
        page = client.get(claim_page(claim))
        assert len(page.context["lines"]) == size
        counts.append(queries_for(client, claim_page(claim)))
    assert counts[0] == counts[1]


# Remittances


def taken_in(client, payer, *rows: str, **more):
    head = "Schedule,Line ID,Claim number,Payment status,Amount awarded,Reason,Payment reference,Payment date"
    file = SimpleUploadedFile("remittance.csv", "\r\n".join([head, *rows]).encode(), content_type="text/csv")
    place = reverse("admin:billing_remittance_add")
    return client.post(place, {"payer": payer.pk, "claim": "", "file": file} | more, follow=True)


@pytest.fixture
def answered(cast: Cast, rates) -> Claim:
    """Of two lines one is paid and one declined, and a row came with it that nobody knows."""
    first, second = visited(cast, recent(cast)), visited(cast, recent(cast))
    claim = submitted(cast, first, second)
    today = timezone.localdate(timezone.now(), AUCKLAND)
    answer = taken_in(
        browser(cast.billing), cast.acc,
        f"{claim.label},1,,Paid,90.00,,ACC-9,{today}",
        f"{claim.label},2,,Declined,0.00,Not covered,ACC-9,{today}",
        f",,QQ77777,Paid,12.00,,ACC-9,{today}",
    )  # fmt: skip
    assert told(answer) == ["3 rows taken in, $102.00 came with them. 1 to match by hand."]
    return claim


def test_a_remittance_shows_its_rows_with_lines_invoices_and_what_is_left(cast: Cast, answered: Claim):
    remittance = Remittance.objects.get()
    page = browser(cast.billing).get(reverse("admin:billing_remittance_change", args=[remittance.pk]))
    assert [(line["row"].outcome, line["owed"]) for line in page.context["rows"]] == [
        ("applied", Decimal(0)),
        ("applied", Decimal(90)),
        ("unknown", None),
    ]
    said = page.content.decode()
    for part in (f"{answered.label}, line 1", "RCT-", "$102.00", "$12.00", "Match", "Not covered"):
        assert part in said


def test_an_unknown_row_is_matched_by_hand_and_leads_back(cast: Cast, answered: Claim, rates):
    row = RemittanceRow.objects.get(outcome="unknown")
    waiting = submitted(cast, visited(cast, recent(cast))).lines.get()
    client = browser(cast.billing)
    back = reverse("admin:billing_remittance_change", args=[row.remittance_id])
    place = f"{reverse('admin:billing_remittancerow_act', args=[row.pk, 'settle'])}?next={back}"
    offered = list(client.get(place).context["form"].fields["line"].queryset)
    assert set(offered) == {waiting, answered.lines.get(position=2)}
    refused = client.post(place, {"line": "", "note": ""})
    assert refused.context["form"].errors == {"note": ["Say what was done about it."]}
    answer = client.post(place, {"line": waiting.pk, "note": ""}, follow=True)
    assert answer.redirect_chain == [(back, 302)]
    waiting.refresh_from_db()
    assert (waiting.state, str(waiting.awarded)) == ("partial", "12.00")


def test_a_declined_line_is_billed_to_the_patient_from_the_page_of_its_claim(cast: Cast, answered: Claim):
    client = browser(cast.billing)
    page = client.get(claim_page(answered))
    assert "One line was not paid whole." in page.content.decode()
    line = answered.lines.get(state="declined")
    place = f"{reverse('admin:billing_claimline_act', args=[line.pk, 'bill-to-patient'])}?next={claim_page(answered)}"
    assert place in page.content.decode()
    assert client.get(place).context["form"].initial == {"reason": "Not covered"}
    answer = client.post(place, {"reason": "ACC does not cover it"}, follow=True)
    assert answer.redirect_chain == [(claim_page(answered), 302)]
    assert "Nothing: every line is settled." in answer.content.decode()
    assert Invoice.objects.filter(payer=None, status="draft").count() == 1


def test_a_declined_line_is_claimed_again_and_both_pages_say_so(cast: Cast, answered: Claim):
    client = browser(cast.billing)
    line = answered.lines.get(state="declined")
    place = reverse("admin:billing_claimline_act", args=[line.pk, "claim-again"])
    answer = client.post(place, follow=True)
    again = Claim.objects.get(status="draft")
    assert answer.redirect_chain == [(claim_page(again), 302)]
    assert f'Claimed before on <a class="nb-link" href="{claim_page(answered)}">' in answer.content.decode()
    assert (
        f'Claimed again on <a class="nb-link" href="{claim_page(again)}">'
        in client.get(claim_page(answered)).content.decode()
    )
    assert told(client.post(place, follow=True)) == [
        "This line is on another claim that is being prepared. Take it off first."
    ]
    assert ClaimLine.objects.count() == 3


def test_a_file_that_cannot_be_read_keeps_the_form_and_takes_nothing_in(cast: Cast, rates):
    claim = submitted(cast, visited(cast, recent(cast)))
    answer = taken_in(browser(cast.billing), cast.acc, f"{claim.label},1,,Who knows,90.00,,A,2026-11-01")
    assert answer.context["adminform"].form.errors == {
        "file": ["Row 1 cannot be read: the status “Who knows” is not known. Nothing was taken in."]
    }
    assert Remittance.objects.count() == 0


def test_a_file_with_several_payments_makes_a_remittance_of_each(cast: Cast, rates):
    claim = submitted(cast, visited(cast, recent(cast)), visited(cast, recent(cast)))
    answer = taken_in(
        browser(cast.billing), cast.acc,
        f"{claim.label},1,,Paid,90.00,,A-1,2026-11-01", f"{claim.label},2,,Paid,90.00,,A-2,2026-11-02",
    )  # fmt: skip
    assert answer.redirect_chain == [(reverse("admin:billing_remittance_changelist"), 302)]
    assert told(answer) == ["2 rows taken in, $180.00 came with them."]


def test_a_claim_of_another_payer_is_refused_on_the_form(cast: Cast, rates):
    claim = submitted(cast, visited(cast, recent(cast)))
    answer = taken_in(browser(cast.billing), cast.southern, ",1,,Held,,,,", claim=claim.pk)
    assert answer.context["adminform"].form.errors == {
        "payer": ["CLM-000001 was not sent to Southern Example Health."]
    }
