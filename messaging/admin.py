"""What was sent to whom and what became of it; the texts, and when reminders leave."""

from django.contrib import admin

from clinic.admin_base import NeedlebookAdmin
from clinic.permissions import Permission
from clinic.showing import moment_shown, shown, state_shown
from messaging import fitting, reasons
from messaging.models import Message, MessageTemplate, ReminderRule


@admin.register(Message)
class MessageAdmin(NeedlebookAdmin):
    """The ledger: written by the clinic's acts and by the workers, read here."""

    see = Permission.SEE_MESSAGES
    list_display = [
        moment_shown("Due", "due_at"),
        "to",
        "channel",
        state_shown("State", "state"),
        shown("Why", "reason", reasons.in_words),
    ]
    list_display_links = ["to"]
    list_filter = ["state", "channel", "occasion", "rule"]
    list_select_related = ["patient", "user", "payer"]
    search_fields = ["patient__search_text", "recipient"]
    search_help_text = "Patient, or address"
    date_hierarchy = "due_at"
    empty_list_sentence = "A message is planned here when a visit is booked, and stays when it is sent."
    fields = readonly_fields = [
        "to",
        "occasion",
        "rule",
        "channel",
        "state_now",
        "why",
        "due",
        "sent",
        "attempts",
        "recipient",
        "subject_line",
        "body",
    ]

    to = staticmethod(shown("To", "person", ordering="patient", empty="Somebody not registered"))
    state_now = staticmethod(state_shown("State", "state"))
    why = staticmethod(shown("Why", "reason", reasons.in_words))
    due = staticmethod(moment_shown("Due", "due_at"))
    sent = staticmethod(moment_shown("Sent", "sent_at"))

    def title_of(self, row: Message | None) -> str:
        return (
            f"{row.get_occasion_display()}: {row.person or 'somebody not registered'}"
            if row
            else super().title_of(row)
        )


class KeptByMessages:
    see = Permission.SEE_MESSAGES
    keep = Permission.KEEP_MESSAGES


@admin.register(MessageTemplate)
class MessageTemplateAdmin(KeptByMessages, NeedlebookAdmin):
    plural = "texts"
    list_display = ["occasion", "channel", "subject"]
    list_filter = ["channel"]
    fields = ["occasion", "channel", "subject", "body", "how_long"]
    readonly_fields = ["how_long"]

    @admin.display(description="As a text message", empty_value="Of e-mails nobody counts the signs.")
    def how_long(self, row: MessageTemplate) -> str | None:
        return fitting.said_of(row) or None

    def saved_words(self, row: MessageTemplate) -> str:
        return f"{super().saved_words(row)} {fitting.said_of(row)}".strip()


@admin.register(ReminderRule)
class ReminderRuleAdmin(KeptByMessages, NeedlebookAdmin):
    list_display = ["name", "hours_before", "days_before", "at", "active"]
    fields = ["name", "hours_before", ("days_before", "at"), "active"]
    empty_list_sentence = "A rule says how long before a visit its reminder leaves."
