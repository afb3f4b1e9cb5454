from django_filters import rest_framework as filters

from billing.models import Claim, ClaimLine
from clinic.api.filters import ISO, IdFilter, NeedlebookFilterSet


class ClaimFilterSet(NeedlebookFilterSet):
    class Meta(NeedlebookFilterSet.Meta):
        model = Claim
        fields = {
            "payer": ["exact"],
            "status": ["exact", "in"],
            "delivery": ["exact", "in"],
            "number": ["exact"],
            "submitted_on": ["exact", "gte", "lte"],
            "payer_reference": ["exact"],
        }


class ClaimLineFilterSet(NeedlebookFilterSet):
    payer = IdFilter(field_name="claim__payer")
    patient = IdFilter(field_name="invoice_line__invoice__patient")
    case = IdFilter(field_name="invoice_line__invoice__case")
    treatment = IdFilter(field_name="invoice_line__treatment")
    invoice = IdFilter(field_name="invoice_line__invoice")
    service_on__gte = filters.DateFilter("invoice_line__service_on", "gte", input_formats=[ISO])
    service_on__lte = filters.DateFilter("invoice_line__service_on", "lte", input_formats=[ISO])

    class Meta(NeedlebookFilterSet.Meta):
        model = ClaimLine
        fields = {"claim": ["exact"], "state": ["exact", "in"], "resolution": ["exact"]}
