"""What a person may do. Roles are rows that hold a set of these; a view names the one it needs."""

from django.db.models import TextChoices


class Permission(TextChoices):
    SEE_BOOK = "see_book", "See the appointment book"
    KEEP_BOOK = "keep_book", "Book, move and cancel appointments"
    SQUEEZE_IN = "squeeze_in", "Squeeze an appointment in over another, with a reason"
    SEE_PATIENTS = "see_patients", "See patients and their cases"
    KEEP_PATIENTS = "keep_patients", "Register and change patients and their cases"
    READ_NOTES = "read_notes", "Read treatment notes"
    WRITE_NOTES = "write_notes", "Write and sign treatment notes"
    SEE_MONEY = "see_money", "See invoices and payments"
    KEEP_MONEY = "keep_money", "Draft and issue invoices, take payments"
    SEE_MESSAGES = "see_messages", "See what was sent to whom"
    KEEP_MESSAGES = "keep_messages", "Change message texts and reminder rules"
    SET_UP = "set_up", "Change the practice: rooms, hours, services, rates"
    MANAGE_USERS = "manage_users", "Manage users and roles"
    OWN_RECORD = "own_record", "See one's own appointments and invoices (patients)"


STAFF_PERMISSIONS = frozenset(Permission) - {Permission.OWN_RECORD}

# The roles a new practice begins with. Front desk and billing hold no READ_NOTES: a note is between two people.
FIRST_ROLES: dict[str, frozenset[Permission]] = {
    "Owner": STAFF_PERMISSIONS,
    "Practitioner": frozenset(
        {
            Permission.SEE_BOOK,
            Permission.KEEP_BOOK,
            Permission.SQUEEZE_IN,
            Permission.SEE_PATIENTS,
            Permission.KEEP_PATIENTS,
            Permission.READ_NOTES,
            Permission.WRITE_NOTES,
            Permission.SEE_MESSAGES,
        }
    ),
    "Front desk": frozenset(
        {
            Permission.SEE_BOOK,
            Permission.KEEP_BOOK,
            Permission.SEE_PATIENTS,
            Permission.KEEP_PATIENTS,
            Permission.SEE_MONEY,
            Permission.KEEP_MONEY,
            Permission.SEE_MESSAGES,
        }
    ),
    "Billing": frozenset(
        {
            Permission.SEE_BOOK,
            Permission.SEE_PATIENTS,
            Permission.SEE_MONEY,
            Permission.KEEP_MONEY,
            Permission.SEE_MESSAGES,
        }
    ),
    "Patient": frozenset({Permission.OWN_RECORD}),
}
