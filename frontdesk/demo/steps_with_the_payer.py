"""The end of the day: the visit is claimed from ACC, and what ACC answers settles its invoice."""

from collections.abc import Iterator

from frontdesk.demo.steps import Day
from frontdesk.demo.visitor import Unexpected, expect, until

Lines = Iterator[str]


def claim(day: Day) -> Lines:
    billing, today = day.people["billing"], str(day.today())
    asked = {"payer": day.case["payer"], "treatments": [day.treatment["id"]]}
    desk = billing.get("claims/candidates/", payer=day.case["payer"], **{"from": today, "to": today})
    rows = [row for row in desk["ready"] + desk["not_ready"] if row["treatment"] == day.treatment["id"]]
    if not rows or rows[0]["reasons"]:
        raise Unexpected(f"The visit cannot be claimed: {rows}.")
    expect(rows[0]["total"], day.acc_invoice["total"], "What can be claimed for the visit")
    yield f"{desk['ready_count']} ready, {desk['not_ready_count']} not; this visit: {rows[0]['total']}"
    draft = billing.post("claims/", **asked)
    problem = billing.refused("POST", "claims/", status=422, code="lines_not_ready", json=asked)
    [reason] = problem["lines"][0]["reasons"]
    yield f"chosen a second time: 422 {problem['code']}, {reason['code']}: {reason['detail']}"
    submitted = billing.post(f"claims/{draft['id']}/submit/", status=200)
    path = f"claims/{submitted['id']}/"
    day.claim = until(
        lambda: (row := billing.get(path))["delivery"] == "sent" and row,
        seconds=90,
        what="The sending of the claim",
        pause=0.2,
    )
    expect(day.case["claim_number"] in billing.get(f"{path}file/").text, True, "That its file names the injury")
    yield f"{day.claim['label']}: {day.claim['status']}, {day.claim['claimed']}, sent as a file that names the injury"


def reconcile(day: Day) -> Lines:
    billing, path = day.people["billing"], f"claims/{day.claim['id']}/"
    paid = {"payment_reference": f"DEMO-{day.claim['number']:06}", "paid_on": str(day.today())}
    rows = [{"line_number": 1, "status": "paid", "awarded": day.claim["claimed"], **paid}]
    [taken] = billing.post(f"{path}remittance/", rows=rows)["remittances"]
    expect(taken["amount"], day.claim["claimed"], "What came in")
    yield f"remittance {taken['payment_reference']}: {taken['amount']}, one payment"
    [again] = billing.post(f"{path}remittance/", rows=rows)["remittances"]
    expect([row["outcome"] for row in again["rows"]], ["duplicate"], "What became of the same remittance")
    yield "the same remittance again: known already"
    day.claim = billing.get(path)
    expect(day.claim["status"], "settled", "The status of the claim")
    owed = billing.get(f"invoices/{day.acc_invoice['id']}/")["balance"]
    expect(owed, "0.00", "What ACC still owes")
    yield f"{day.claim['label']}: {day.claim['status']}; {day.acc_invoice['label']}: nothing is owed"
