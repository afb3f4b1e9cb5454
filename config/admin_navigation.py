"""The staff pages as they look from outside: name, colours, style sheet, and the navigation by the work of the day.

An entry is shown to whom its page lets in: the same permission as the page's own.
"""

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _entry(title: str, icon: str, page: str, *permissions: str, query: str = "") -> dict:
    """Shown to whom one of the permissions lets in."""
    return {
        "title": title,
        "icon": icon,
        "link": _with_query(page, query) if query else reverse_lazy(f"admin:{page}"),
        "permission": lambda request: any(request.user.may(permission) for permission in permissions),
    }


def _with_query(page: str, query: str):
    def link(request: HttpRequest) -> str:
        return f"{reverse_lazy(f'admin:{page}')}?{query}"

    return link


NAVIGATION = [
    {
        "title": "Book",
        "items": [
            _entry("Today", "today", "index", "see_book"),
            _entry("Diary", "calendar_view_day", "diary", "see_book"),
            _entry("Appointments", "calendar_month", "appointments_appointment_changelist", "see_book"),
            _entry("Series", "repeat", "appointments_series_changelist", "see_book"),
            _entry("Waiting list", "hourglass_top", "appointments_waitlistentry_changelist", "see_book"),
            _entry("Calendar feeds", "rss_feed", "appointments_calendarfeed_changelist", "set_up", "write_notes"),
            _entry("Time off", "beach_access", "appointments_timeoff_changelist", "see_book"),
        ],
    },
    {
        "title": "Patients",
        "items": [
            _entry("Patients", "group", "patients_patient_changelist", "see_patients"),
            _entry("Cases", "folder_shared", "patients_case_changelist", "see_patients"),
        ],
    },
    {
        "title": "Notes",
        "items": [
            _entry("Notes", "edit_note", "treatments_treatment_changelist", "read_notes"),
            _entry("Treatment plans", "event_repeat", "treatments_treatmentplan_changelist", "read_notes"),
            _entry("Outcome scores", "trending_up", "treatments_outcomescore_changelist", "read_notes"),
            _entry("Questions by link", "quiz", "treatments_outcomerequest_changelist", "read_notes"),
            _entry("Adverse events", "healing", "treatments_adverseevent_changelist", "read_notes", "manage_users"),
            _entry("Treatment reports", "summarize", "treatments_treatmentreport_changelist", "read_notes"),
            _entry("Requests to ACC", "outbox", "treatments_treatmentrequest_changelist", "read_notes"),
            _entry("Protocols", "playlist_add_check", "treatments_protocol_changelist", "read_notes"),
            _entry("Needle lots", "inventory_2", "treatments_needlelot_changelist", "read_notes"),
            _entry("Points", "adjust", "treatments_point_changelist", "read_notes"),
        ],
    },
    {
        "title": "Money",
        "items": [
            _entry("Claims desk", "fact_check", "claims_desk", "see_money"),
            _entry("Claims", "outbox", "billing_claim_changelist", "see_money"),
            _entry("Remittances", "inbox", "billing_remittance_changelist", "see_money"),
            _entry("Invoices", "receipt_long", "billing_invoice_changelist", "see_money"),
            _entry("Payments", "payments", "billing_payment_changelist", "see_money"),
            _entry("Credit notes", "undo", "billing_creditnote_changelist", "see_money"),
            _entry("Packages", "confirmation_number", "billing_package_changelist", "see_money"),
            _entry("Banking", "account_balance_wallet", "banking", "see_money"),
            _entry("Bank files", "account_balance", "billing_bankstatement_changelist", "see_money"),
            _entry("Statements", "summarize", "billing_statement_changelist", "see_money"),
            _entry("Reports", "bar_chart", "reports", "see_book"),
            _entry("Papers", "description", "clinic_document_changelist", "see_money"),
            _entry("Batches of papers", "library_books", "clinic_documentbatch_changelist", "see_money"),
        ],
    },
    {
        "title": "Messages",
        "items": [
            _entry("Messages", "outgoing_mail", "messaging_message_changelist", "see_messages"),
            _entry("Texts", "notes", "messaging_messagetemplate_changelist", "keep_messages"),
            _entry("Reminder rules", "notifications", "messaging_reminderrule_changelist", "keep_messages"),
        ],
    },
    {
        "title": "Set-up",
        "separator": True,
        "collapsible": True,
        "items": [
            _entry("Practice", "storefront", "clinic_practice_changelist", "set_up"),
            _entry("Locations", "location_on", "clinic_location_changelist", "set_up"),
            _entry("Rooms", "meeting_room", "clinic_room_changelist", "set_up"),
            _entry("Devices", "bolt", "clinic_device_changelist", "set_up"),
            _entry("Practitioners", "stethoscope", "clinic_practitioner_changelist", "set_up"),
            _entry("Appointment types", "category", "appointments_appointmenttype_changelist", "set_up"),
            _entry("Working hours", "schedule", "appointments_workinghours_changelist", "set_up"),
            _entry("Closed days", "event_busy", "appointments_closedday_changelist", "set_up"),
            _entry("Bank formats", "table_chart", "billing_bankformat_changelist", "set_up"),
            _entry("Payers", "corporate_fare", "patients_payer_changelist", "set_up"),
            _entry("Services", "sell", "billing_service_changelist", "set_up"),
            _entry("Rates", "price_change", "billing_rate_changelist", "set_up"),
            _entry("Users", "manage_accounts", "clinic_user_changelist", "manage_users"),
            _entry("Roles", "badge", "clinic_role_changelist", "manage_users"),
            _entry("Reads of records", "visibility", "clinic_accessevent_changelist", "manage_users"),
        ],
    },
]

UNFOLD = {
    "SITE_TITLE": "Needlebook",
    "SITE_HEADER": "Needlebook",
    "SITE_SYMBOL": "spa",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("clinic/icon.svg")}],
    "STYLES": [lambda request: static("frontdesk/needlebook.css")],
    "LOGIN": {"form": "clinic.signing_in.StaffSignInForm"},
    "SIDEBAR": {
        "show_search": False,
        "command_search": False,
        "show_all_applications": False,
        "navigation": NAVIGATION,
    },
    # Paper and ink, and the green of the practice's own colour; each step checked for contrast in light and dark.
    "COLORS": {
        "base": {
            "50": "oklch(98.6% .004 95)",
            "100": "oklch(96.6% .005 95)",
            "200": "oklch(92% .007 95)",
            "300": "oklch(86.5% .009 95)",
            "400": "oklch(72% .012 95)",
            "500": "oklch(53% .012 95)",
            "600": "oklch(43% .012 95)",
            "700": "oklch(36% .011 95)",
            "800": "oklch(27.5% .010 95)",
            "900": "oklch(21% .008 95)",
            "950": "oklch(15% .006 95)",
        },
        "primary": {
            "50": "oklch(97.5% .012 168)",
            "100": "oklch(94% .030 168)",
            "200": "oklch(88.5% .055 168)",
            "300": "oklch(81% .080 168)",
            "400": "oklch(74% .095 168)",
            "500": "oklch(68% .100 168)",
            "600": "oklch(49.5% .080 168)",
            "700": "oklch(43% .070 168)",
            "800": "oklch(36.5% .060 168)",
            "900": "oklch(31% .050 168)",
            "950": "oklch(23% .040 168)",
        },
    },
}
