"""The waiting list by hand: who waits how long for what, and a time offered to them."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from appointments.models import WaitlistEntry
from appointments.models.waiting import WEEKDAYS
from appointments.searching.finding import Slot
from appointments.waiting import entering, giving, offering, telling, wording
from clinic import showing
from clinic.acts import Act, ActForm, Done
from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.models import Practice, Practitioner, User
from clinic.permissions import Permission
from clinic.showing import state, state_shown
from clinic.widgets import SELECT

# More than anybody reads aloud on the telephone.
MOST_SHOWN = 40


class WaitlistForm(NeedlebookForm):
    weekdays = forms.TypedMultipleChoiceField(
        choices=list(enumerate(WEEKDAYS)),
        coerce=int,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None: any day.",
    )
    parts = forms.MultipleChoiceField(
        label="Parts of the day",
        choices=WaitlistEntry.Part.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None: any time.",
    )

    class Meta:
        model = WaitlistEntry
        fields = [
            "patient",
            "appointment_type",
            "practitioners",
            "weekdays",
            "parts",
            "from_on",
            "until_on",
            "urgency",
            "moving",
            "case",
            "note",
        ]


class SlotForm(ActForm):
    """The free times that suit, the earliest first."""

    slot = forms.ChoiceField(label="Free time", widget=forms.Select(attrs=SELECT))

    def __init__(self, data: Any = None, *, row: WaitlistEntry) -> None:
        super().__init__(data, row=row)
        slots = offering.suiting(row, Practice.objects.current(), now=timezone.now())[:MOST_SHOWN]
        self.slots = {f"{slot.starts_at.isoformat()} {slot.practitioner.pk}": slot for slot in slots}
        self.fields["slot"].choices = [(key, _slot_in_words(slot)) for key, slot in self.slots.items()]
        if not slots:
            self.fields["slot"].help_text = "Nothing that suits is free just now. It is offered as soon as it is."

    def clean_slot(self) -> Slot:
        return self.slots[self.cleaned_data["slot"]]


class OfferForm(SlotForm):
    def __init__(self, data: Any = None, *, row: WaitlistEntry) -> None:
        super().__init__(data, row=row)
        if self.slots and not telling.channels_to(row.patient):
            self.fields["slot"].help_text = "No message reaches this patient: call them while the time is held."


def _slot_in_words(slot: Slot) -> str:
    return f"{showing.when(slot.starts_at, slot.location.zone)}, {slot.practitioner}"


def _offer(*, row: WaitlistEntry, by: User, now: datetime, slot: Slot) -> Done:
    offer = offering.offer(entry=row, starts_at=slot.starts_at, practitioner=slot.practitioner, by=by, now=now)
    until = showing.when(offer.expires_at, slot.location.zone)
    if telling.channels_to(row.patient):
        return Done(f"{_slot_in_words(slot)} is held for {row.patient} until {until}, and they are told.")
    return Done(f"{_slot_in_words(slot)} is held for {row.patient} until {until}. Call them: no message reaches them.")


def _give(*, row: WaitlistEntry, by: User, now: datetime, slot: Slot) -> Done:
    visit = giving.give(entry=row, starts_at=slot.starts_at, practitioner=slot.practitioner, by=by, now=now)
    done = "Moved forward to" if visit.pk == row.moving_id else "Booked for"
    return Done(f"{done} {_slot_in_words(slot)}. {row.patient} no longer waits.")


def _withdraw(*, row: WaitlistEntry, by: User, now: datetime) -> Done:
    entering.withdraw(entry=row, by=by, now=now)
    return Done(f"{row.patient} is no longer on the waiting list.")


def _is_without_an_offer(entry: WaitlistEntry) -> bool:
    return entry.is_waiting and not entry.offers.open().exists()


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(NeedlebookAdmin):
    see = Permission.SEE_BOOK
    keep = Permission.KEEP_BOOK
    form = WaitlistForm
    plural = "waiting list"
    list_display = [
        "patient",
        "since",
        "wants",
        "appointment_type",
        "with_whom",
        state_shown("How urgent", "urgency"),
        "standing",
    ]
    list_filter = ["state", "urgency", "appointment_type", "practitioners"]
    list_select_related = ["patient", "appointment_type"]
    search_fields = ["patient__search_text", "note"]
    search_help_text = "Patient, or words of the front desk's note"
    ordering = ["urgency", "waiting_since", "id"]
    autocomplete_fields = ["patient", "case"]
    raw_id_fields = ["moving"]
    empty_list_sentence = "Nobody waits. Who would take a time that becomes free is put on the list here."
    fieldsets = [
        (None, {"fields": ["patient", "appointment_type", "practitioners", "urgency"]}),
        ("When", {"fields": [("from_on", "until_on"), "weekdays", "parts"]}),
        ("If it matters", {"fields": ["moving", "case", "note"]}),
    ]
    acts = [
        Act(
            name="offer",
            label="Offer a time",
            needs=Permission.KEEP_BOOK,
            possible=_is_without_an_offer,
            form=OfferForm,
            do=_offer,
            style="primary",
        ),
        Act(
            name="give",
            label="Book a time",
            needs=Permission.KEEP_BOOK,
            possible=_is_without_an_offer,
            form=SlotForm,
            do=_give,
        ),
        Act(
            name="withdraw",
            label="Take off the list",
            needs=Permission.KEEP_BOOK,
            possible=lambda entry: entry.is_waiting,
            do=_withdraw,
            style="danger",
        ),
    ]

    @admin.display(description="Waiting since", ordering="waiting_since")
    def since(self, entry: WaitlistEntry) -> str:
        days = (timezone.localdate() - timezone.localdate(entry.waiting_since)).days
        how_long = "today" if not days else "1 day" if days == 1 else f"{days} days"
        return f"{showing.day(timezone.localdate(entry.waiting_since))} ({how_long})"

    @admin.display(description="Wants")
    def wants(self, entry: WaitlistEntry) -> str:
        return wording.wanted_in_words(entry)

    @admin.display(description="With")
    def with_whom(self, entry: WaitlistEntry) -> str:
        return wording.with_whom(entry)

    @admin.display(description="State", ordering="state")
    def standing(self, entry: WaitlistEntry) -> str:
        offer = wording.open_offer(entry)
        if offer is None:
            return state(entry.state, entry.get_state_display())
        until = state("planned", f"Offered until {showing.clock(offer.expires_at)}")
        return format_html("<span>{}<br>{}</span>", until, showing.unbroken(showing.when(offer.starts_at)))

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """Those who wait, unless something else is asked for."""
        queryset = super().get_queryset(request).prefetch_related("practitioners", "offers")
        is_list = request.resolver_match.url_name.endswith("_changelist")
        asks_otherwise = any(name == "q" or name.startswith(("state", "patient")) for name in request.GET)
        return queryset.waiting() if is_list and not asks_otherwise else queryset

    def formfield_for_manytomany(self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs |= {"widget": UnfoldAdminCheckboxSelectMultipleWidget, "queryset": Practitioner.objects.active()}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: WaitlistEntry | None = None) -> list[str]:
        return ["patient", "appointment_type"] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"from_on": timezone.localdate()} | super().get_changeform_initial_data(request)

    def why_read_only(self, row: WaitlistEntry) -> str:
        return "" if row.is_waiting else f"{row.get_state_display()}: this is kept as it was."

    def title_of(self, row: WaitlistEntry | None) -> str:
        return f"{row.patient} waits" if row is not None and row.pk else "Put somebody on the waiting list"

    def save_model(self, request: HttpRequest, obj: WaitlistEntry, form: WaitlistForm, change: bool) -> None:
        who = {"by": request.user, "now": timezone.now()}
        if change:
            entering.change(entry=WaitlistEntry(pk=obj.pk), **form.cleaned_data, **who)
        else:
            obj.pk = entering.enter(**form.cleaned_data, **who).pk


# On the page of a patient, a floor below.
WAIT_FOR_PATIENT = Act(
    name="wait",
    label="Put on the waiting list",
    needs=Permission.KEEP_BOOK,
    possible=lambda patient: patient.archived_at is None,
    leads_to=lambda patient: f"{reverse('admin:appointments_waitlistentry_add')}?patient={patient.pk}",
    style="quiet",
)
