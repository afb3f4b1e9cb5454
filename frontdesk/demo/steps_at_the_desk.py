"""The day at the front desk: from signing in to the patient's answer to the reminder."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import nhi

from frontdesk.demo.steps import Day, Row
from frontdesk.demo.visitor import Person, Unexpected, expect, letters_to, link_in, press, until

Lines = Iterator[str]

RULE = "Demo day: at once"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
SYLLABLES = ("ha", "ke", "ma", "mo", "na", "nu", "pa", "ra", "ri", "ta", "to", "wai")
# Beat sweeps once a minute; the rest is for a busy machine.
PATIENCE = 130


def sign_in(day: Day) -> Lines:
    for username in ("desk", "practitioner", "owner", "billing"):
        person = day.people[username] = Person(day.url, username, day.password)
        session = person.get("session/")
        expect(session["username"], username, "Who is signed in")
        yield f"{username}: {len(session['permissions'])} permissions"
        if username == "practitioner":
            day.treats = person.one("practitioners/", user=session["id"])
    day.zone = ZoneInfo(day.desk.get("practice/")["timezone"])


def register(day: Day) -> Lines:
    word = "".join(day.chance.choices(SYLLABLES, k=3))
    asked = {
        "nhi": _test_nhi(day),
        "first_name": "Māia",
        "last_name": f"{word.capitalize()}-{''.join(day.chance.choices(SYLLABLES, k=3)).capitalize()}",
        "date_of_birth": str(date(1960, 1, 1) + timedelta(days=day.chance.randrange(14_000))),
        "sex": "female",
        "email": f"{word}.{day.chance.randrange(10**8):08}@example.nz",
        "phone": f"021 555 {day.chance.randrange(10_000):04}",
        "address": "1 Try-out Lane\nTe Aro\nWellington 6011",
        "reminder_channel": "email",
    }
    day.patient = day.desk.post("patients/", **asked)
    born, number = day.patient["date_of_birth"], day.patient["nhi"]
    yield f"patient {day.patient['id']}: {name_of(day.patient)}, born {born}, NHI {number}"
    again = asked | {"nhi": None, "first_name": "Maia"}
    problem = day.desk.refused("POST", "patients/", status=409, code="possible_duplicate", json=again)
    expect([row["id"] for row in problem["candidates"]], [day.patient["id"]], "The candidates")
    yield "registered once more, without the macron: 409 possible_duplicate"


def name_of(patient: Row) -> str:
    return f"{patient['first_name']} {patient['last_name']}"


def _test_nhi(day: Day) -> str:
    """A number of the range for tests, in the old format or the new one."""
    while True:
        start = "Z" + "".join(day.chance.choices(LETTERS, k=2))
        if day.chance.random() < 0.5:
            start, ends = f"{start}{day.chance.randrange(1000):03}", "0123456789"
        else:
            start, ends = f"{start}{day.chance.randrange(100):02}{day.chance.choice(LETTERS)}", LETTERS
        for end in ends:
            if nhi.is_nhi(start + end, allow_test_values=True):
                return start + end


def open_case(day: Day) -> Lines:
    day.case = day.desk.post(
        "cases/",
        patient=day.patient["id"],
        title="Right hip after a fall",
        kind="acc",
        claim_number=f"ZZ{day.chance.randrange(100_000):05}",
        date_of_injury=str(day.today() - timedelta(days=20)),
        accident_description="Fell from a step ladder onto the right hip.",
        cover_status="accept",
        diagnoses=[
            {"system": "read2", "code": "S532.", "description": "Sprain, hip joint", "side": "right", "primary": True},
            {"system": "read2", "code": "N2152", "description": "Gluteal tendinitis", "side": "right"},
        ],
    )
    expect(day.case["warnings"], [], "What the case is warned of")
    codes = ", ".join(f"{row['code']} {row['side']}" for row in day.case["diagnoses"])
    yield f"case {day.case['id']}: claim {day.case['claim_number']}, injured on {day.case['date_of_injury']}, {codes}"


def find_slot(day: Day) -> Lines:
    day.kind = next(row for row in day.desk.get("appointment-types/")["results"] if row["name"] == "Initial")
    found = day.desk.get(
        "availability/",
        appointment_type=day.kind["id"],
        practitioner=day.treats["id"],
        patient=day.patient["id"],
        **{"from": str(day.today()), "to": str(day.today() + timedelta(days=27))},
    )["slots"]
    # Not so soon that the visit begins before its reminder can leave.
    earliest = day.now() + timedelta(minutes=45)
    slots = [slot for slot in found if datetime.fromisoformat(slot["starts_at"]) > earliest]
    if not slots:
        raise Unexpected("There is no free time in the next four weeks.")
    day.slot = slots[0]
    yield f"{day.kind['name']}, {day.kind['minutes']} min, with {day.treats['display_name']}: {len(slots)} free times"
    yield f"the first: {day.slot['starts_at']}, room {day.slot['room']}"


def switch_rule_on(day: Day) -> Lines:
    ahead = datetime.fromisoformat(day.slot["starts_at"]) - day.now()
    terms = {"hours_before": int(ahead.total_seconds() // 3600) + 1, "active": True}
    rules = [rule for rule in day.owner.get("reminder-rules/", page_size=200)["results"] if rule["name"] == RULE]
    if rules:
        day.rule = day.owner.patch(f"reminder-rules/{rules[0]['id']}/", **terms)
    else:
        day.rule = day.owner.post("reminder-rules/", name=RULE, **terms)
    yield f"rule {day.rule['id']}: {day.rule['hours_before']} hours before"


def book(day: Day) -> Lines:
    asked = {"patient": day.patient["id"], "case": day.case["id"], **_same_time(day)}
    key = {"Idempotency-Key": f"demo-day-{day.chance.getrandbits(64):x}"}
    day.appointment = day.desk.ask("POST", "appointments/", status=201, json=asked, headers=key)
    expect(day.appointment["starts_at"], day.slot["starts_at"], "The time of the appointment")
    again = day.desk.ask("POST", "appointments/", status=201, json=asked, headers=key)
    expect(again["id"], day.appointment["id"], "The appointment of the repeated request")
    booked = day.appointment
    yield f"201: appointment {booked['id']}, {booked['status']}, until {booked['ends_at']}, {booked['room_name']}"
    yield "the same request again, with its Idempotency-Key: the same appointment"


def _same_time(day: Day) -> Row:
    chosen = {name: day.slot[name] for name in ("starts_at", "practitioner", "room")}
    return {"appointment_type": day.kind["id"], **chosen}


def book_again(day: Day) -> Lines:
    other = day.desk.get("patients/", page_size=1)["results"][0]
    asked = {"patient": other["id"], **_same_time(day)}
    problem = day.desk.refused("POST", "appointments/", status=409, code="slot_taken", json=asked)
    expect({row["appointment"] for row in problem["conflicts"]}, {day.appointment["id"]}, "What is in the way")
    expect({row["resource_kind"] for row in problem["conflicts"]}, {"practitioner", "room"}, "What is taken")
    of_room = [row["starts_at"] for row in problem["conflicts"] if row["resource_kind"] == "room"]
    expect(of_room, [day.slot["starts_at"]], "From when the room is taken")
    yield f"409 {problem['code']}: {problem['detail']}"
    for row in problem["conflicts"]:
        yield f"  {row['resource_kind']}, {row['starts_at']} to {row['ends_at']}"


def receive_reminder(day: Day) -> Lines:
    about = {"subject_kind": "appointment", "subject_id": day.appointment["id"]}
    planned = [row for row in day.desk.get("messages/", **about)["results"] if row["rule"] == day.rule["id"]]
    expect([row["channel"] for row in planned], ["email"], "The channels of the rule's messages")
    yield f"message {planned[0]['id']}: {planned[0]['state']}, due {planned[0]['due_at']}"

    def sent() -> list[Row]:
        return [row for row in day.desk.get("messages/", **about)["results"] if row["state"] == "sent"]

    message = until(sent, seconds=PATIENCE, what="The sending of the reminder")[0]
    letters = until(
        lambda: letters_to(day.patient["email"], folder=day.mailbox), seconds=10, what="The arrival of the letter"
    )
    expect(len(letters), 1, "The number of letters to the patient")
    # Switched off at once: the others of the book have a rule of their own.
    day.owner.patch(f"reminder-rules/{day.rule['id']}/", active=False)
    yield f"message {message['id']}: {message['state']} at {message['sent_at']} to {message['recipient']}"
    yield f"in the mailbox: {letters[0]['Subject']!r}"


def confirm(day: Day) -> Lines:
    letter = letters_to(day.patient["email"], folder=day.mailbox)[0]
    page = press(link_in(letter), "confirm")
    expect("Confirmed" in page, True, "That the page says so")
    expect(_status(day), "confirmed", "The status of the appointment")
    yield f"{link_in(letter)[:60]}..."
    yield "the page says: Confirmed; the appointment is confirmed"


def _status(day: Day) -> str:
    return day.desk.get(f"appointments/{day.appointment['id']}/")["status"]


def count_letters(day: Day) -> Lines:
    letters = letters_to(day.patient["email"], folder=day.mailbox)
    expect(len(letters), 1, "The number of letters to the patient")
    yield f"1 letter to {day.patient['email']}"
