from django.db.models import Q
from django_filters import rest_framework as filters

from billing.models import Invoice, Payment
from clinic.api.filters import IdFilter, NeedlebookFilterSet, YesNoFilter
from patients.models import Patient


class InvoiceFilterSet(NeedlebookFilterSet):
    state = filters.ChoiceFilter(choices=Invoice.State.choices)
    owed = YesNoFilter(method="that_owe", label="Issued, and not settled whole.")
    overdue = YesNoFilter(method="that_are_late", label="Owed, and past the day they were due.")
    account = IdFilter(method="on_account", label="What this patient owes: their own, and those of their family.")

    def that_owe(self, queryset, name, value):
        is_owed = Q(status=Invoice.Status.ISSUED, balance__gt=0)
        return queryset.filter(is_owed if value else ~is_owed)

    def that_are_late(self, queryset, name, value):
        is_late = Q(state=Invoice.State.OVERDUE)
        return queryset.filter(is_late if value else ~is_late)

    def on_account(self, queryset, name, patient_id):
        return queryset.of_account(patient=Patient(pk=patient_id))

    class Meta(NeedlebookFilterSet.Meta):
        model = Invoice
        fields = {
            "patient": ["exact"],
            "payer": ["exact", "isnull"],
            "case": ["exact"],
            "status": ["exact"],
            "number": ["exact"],
            "issued_on": ["gte", "lte"],
            "due_on": ["gte", "lte"],
        }


class PaymentFilterSet(NeedlebookFilterSet):
    remaining__gt = filters.NumberFilter(
        field_name="remaining", lookup_expr="gt", max_digits=10, label="Those of which more than this is left."
    )

    class Meta(NeedlebookFilterSet.Meta):
        model = Payment
        fields = {
            "method": ["exact", "in"],
            "received_on": ["exact", "gte", "lte"],
            "patient": ["exact"],
            "payer": ["exact", "isnull"],
            "appointment": ["exact"],
            "refund_of": ["exact", "isnull"],
            "number": ["exact"],
        }
