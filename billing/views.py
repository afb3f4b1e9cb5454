from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from billing import invoicing, sending, serializers
from billing.adjusting import crediting, writing_off
from billing.adjusting import serializers as adjusting_serializers
from billing.filters import InvoiceFilterSet
from billing.lines import Sale
from billing.models import CreditNote, Invoice, InvoiceLine, Rate, Service
from billing.payments import allocating
from billing.us import coding
from clinic.api.etags import refuse_stale
from clinic.api.views import Creates, KeepsViewSet, ReadsViewSet
from clinic.permissions import Permission
from clinic.queueing import soon
from messaging.tasks import sweep

RATES = {
    "list": Permission.SEE_MONEY,
    "retrieve": Permission.SEE_MONEY,
    "create": Permission.SET_UP,
    "partial_update": Permission.SET_UP,
}


class ServiceViewSet(KeepsViewSet):
    queryset = Service.objects.prefetch_related("appointment_types")
    serializer_class = serializers.ServiceSerializer
    required_permissions = RATES
    search_fields = ["code", "name"]
    filterset_fields = {"code": ["exact"], "archived_at": ["isnull"]}
    ordering_fields = ["code", "name"]


class RateViewSet(KeepsViewSet):
    queryset = Rate.objects.select_related("service", "payer")
    serializer_class = serializers.RateSerializer
    required_permissions = RATES
    filterset_fields = {"service": ["exact"], "payer": ["exact", "isnull"], "valid_from": ["gte", "lte"]}
    ordering_fields = ["valid_from"]


class InvoiceViewSet(Creates, ReadsViewSet):
    """What a payer or a patient owes. Drafts have no number; an issued invoice never changes."""

    queryset = (
        Invoice.objects.with_totals()
        .select_related("patient", "payer", "billed_to")
        .prefetch_related(Prefetch("lines", InvoiceLine.objects.with_credited()))
    )
    serializer_class = serializers.InvoiceSerializer
    required_permissions = {
        **dict.fromkeys(["list", "retrieve", "verify"], Permission.SEE_MONEY),
        **dict.fromkeys(["create", "partial_update", "destroy", "issue"], Permission.KEEP_MONEY),
        **dict.fromkeys(["credit", "write_off", "take_back", "use_credit", "send"], Permission.KEEP_MONEY),
        **dict.fromkeys(["code_line", "add_code"], Permission.KEEP_MONEY),
    }
    problems = {"verify": ["409"]}
    search_fields = ["patient__first_name", "patient__last_name"]
    filterset_class = InvoiceFilterSet
    ordering_fields = ["number", "issued_on", "due_on", "created_at"]

    def get_queryset(self):
        return super().get_queryset().with_state(on=timezone.localdate(self.now)).with_sending()

    @extend_schema(request=serializers.InvoiceDraftSerializer, responses={201: serializers.InvoiceSerializer})
    def create(self, request):
        asked = self.asked(serializers.InvoiceDraftSerializer)
        asked["products"] = [Sale(**sale) for sale in asked["products"]]
        invoice = invoicing.draft(**asked, by=request.user, now=self.now)
        return self.answer(invoice, status_code=status.HTTP_201_CREATED)

    def partial_update(self, request, pk=None):
        with transaction.atomic():
            invoice = invoicing.locked_draft(self.get_object())
            refuse_stale(request, invoice)
            serializer = self.get_serializer(invoice, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            serializer.save()
        return self.answer(invoice)

    def destroy(self, request, pk=None):
        """Discards a draft."""
        invoicing.discard(invoice=self.get_object(), by=request.user, now=self.now)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def issue(self, request, pk=None):
        return self.answer(invoicing.issue(invoice=self.get_object(), by=request.user, now=self.now))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def send(self, request, pk=None):
        """By e-mail to whoever owes it, with the PDF. What became of it is `sending`."""
        invoice = self.get_object()
        sending.send(invoice=invoice, by=request.user, now=self.now)
        soon(sweep)
        return self.answer(invoice)

    @extend_schema(
        request=adjusting_serializers.CreditSerializer, responses={201: adjusting_serializers.CreditNoteSerializer}
    )
    @action(detail=True, methods=["post"])
    def credit(self, request, pk=None):
        """Takes back lines, parts of them, or all that is left. Money that was set against them is free again."""
        asked = self.asked(adjusting_serializers.CreditSerializer)
        parts = [crediting.Part(**part) for part in asked["lines"]] if "lines" in asked else None
        note = crediting.credit(
            invoice=self.get_object(), parts=parts, reason=asked["reason"], by=request.user, now=self.now
        )
        row = CreditNote.objects.with_totals().select_related("invoice__patient", "invoice__payer").get(pk=note.pk)
        return Response(adjusting_serializers.CreditNoteSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=serializers.LineCodingSerializer)
    @action(detail=True, methods=["post"], url_path="code-line")
    def code_line(self, request, pk=None):
        """Modifiers and diagnosis pointers of one line of a draft to a US-style insurer."""
        return self._coded(coding.code_line, serializers.LineCodingSerializer)

    @extend_schema(request=serializers.AddedCodeSerializer)
    @action(detail=True, methods=["post"], url_path="add-code")
    def add_code(self, request, pk=None):
        """A further code of a treatment on such a draft, at the insurer's rate."""
        return self._coded(coding.add_code, serializers.AddedCodeSerializer)

    def _coded(self, verb, serializer_class):
        asked = self.asked(serializer_class)
        return self.answer(verb(invoice=self.get_object(), **asked, by=self.request.user, now=self.now))

    @extend_schema(request=adjusting_serializers.WritingOffSerializer)
    @action(detail=True, methods=["post"], url_path="write-off")
    def write_off(self, request, pk=None):
        """Gives up what is owed, or a part of it."""
        return self._written_off(writing_off.write_off)

    @extend_schema(request=adjusting_serializers.WritingOffSerializer)
    @action(detail=True, methods=["post"], url_path="take-back-write-off")
    def take_back(self, request, pk=None):
        """Asks for what was written off after all, or for a part of it."""
        return self._written_off(writing_off.take_back)

    def _written_off(self, verb):
        asked = self.asked(adjusting_serializers.WritingOffSerializer)
        invoice = self.get_object()
        verb(invoice=invoice, **asked, by=self.request.user, now=self.now)
        return self.answer(invoice)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="use-credit")
    def use_credit(self, request, pk=None):
        """Sets what is left of the account's payments against it, oldest money first."""
        invoice = self.get_object()
        allocating.use_credit_for(invoice=invoice, by=request.user, now=self.now)
        return self.answer(invoice)

    @extend_schema(responses=serializers.IssuedVerificationSerializer)
    @action(detail=True)
    def verify(self, request, pk=None):
        return Response(serializers.IssuedVerificationSerializer(invoicing.verify(self.get_object())).data)
