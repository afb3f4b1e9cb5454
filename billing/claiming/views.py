from django.db import transaction
from django.db.models import F
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from billing.claiming import (
    deciding,
    delivering,
    files,
    preparing,
    remittance_serializers,
    remitting,
    serializers,
    submitting,
)
from billing.claiming.desk import Period, on_the_desk
from billing.claiming.filters import ClaimFilterSet, ClaimLineFilterSet
from billing.claiming.remittance_views import told
from billing.models import Claim, ClaimLine
from billing.tasks import deliver_claim
from clinic.api.filters import refuse_unknown
from clinic.api.views import Changes, Creates, ReadsViewSet
from clinic.models import AccessEvent
from clinic.permissions import Permission
from clinic.queueing import soon


class ClaimViewSet(Creates, Changes, ReadsViewSet):
    """Lines sent to one payer in one batch. Drafts have no number; a submitted claim says what it said."""

    queryset = Claim.objects.with_sums().select_related("payer")
    serializer_class = serializers.ClaimSerializer
    filterset_class = ClaimFilterSet
    required_permissions = {
        **dict.fromkeys(["list", "retrieve", "candidates", "file"], Permission.SEE_MONEY),
        **dict.fromkeys(
            ["create", "partial_update", "destroy", "add", "remove", "submit", "decide", "remittance"],
            Permission.KEEP_MONEY,
        ),
    }
    problems = {"create": ["422"], "candidates": ["422"], "file": ["409"]}
    search_fields = ["payer__name", "payer_reference", "note"]
    ordering_fields = ["number", "submitted_at", "created_at"]

    @extend_schema(parameters=[serializers.CandidatesQuerySerializer], responses=serializers.CandidatesSerializer)
    @action(detail=False, pagination_class=None, filter_backends=[])
    def candidates(self, request):
        """The treatments of a payer's cases: those that can be claimed, and those that cannot with all reasons."""
        query = serializers.CandidatesQuerySerializer(data=request.query_params, context={"request": request})
        refuse_unknown(request, {*query.fields, "format"})
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        period = Period.asked(asked.get("from"), asked.get("to"), today=preparing.today(self.now))
        desk = on_the_desk(payer=asked["payer"], period=period, now=self.now)
        return Response(serializers.CandidatesSerializer(desk.as_answer()).data)

    @extend_schema(request=serializers.PreparingSerializer, responses={201: serializers.ClaimSerializer})
    def create(self, request):
        """Prepares a claim. What is on no invoice yet is put on a draft to the payer, one for each case."""
        asked = self.asked(serializers.PreparingSerializer)
        claim = preparing.prepare(**asked, by=request.user, now=self.now)
        return self.answer(claim, status_code=status.HTTP_201_CREATED)

    def destroy(self, request, pk=None):
        """Discards a draft. Its invoices stay, and the next claim takes them up."""
        preparing.discard(claim=self.get_object(), by=request.user, now=self.now)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=serializers.ChoosingSerializer)
    @action(detail=True, methods=["post"])
    def add(self, request, pk=None):
        """Puts more treatments on a draft."""
        asked = self.asked(serializers.ChoosingSerializer)
        return self.answer(preparing.add(claim=self.get_object(), **asked, by=request.user, now=self.now))

    @extend_schema(request=serializers.RemovingSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request, pk=None):
        """Takes lines off a draft."""
        asked = self.asked(serializers.RemovingSerializer)
        return self.answer(preparing.remove(claim=self.get_object(), **asked, by=request.user, now=self.now))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def submit(self, request, pk=None):
        """Issues its invoices, gives it its number and sends it to the payer. From then on it says what it says."""
        claim = submitting.submit(claim=self.get_object(), by=request.user, now=self.now)
        soon(deliver_claim, claim.pk)
        return self.answer(claim)

    @extend_schema(request=serializers.DecidingSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request, pk=None):
        """Says what became of a claim whose answer was lost: it has arrived, or it is sent again."""
        asked = self.asked(serializers.DecidingSerializer)
        claim = delivering.decide(claim=self.get_object(), **asked, by=request.user, now=self.now)
        soon(deliver_claim, claim.pk)
        return self.answer(claim)

    @extend_schema(responses={(200, kind): OpenApiTypes.BINARY for _, kind in sorted(files.KINDS.values())})
    @action(detail=True)
    def file(self, request, pk=None):
        """The CSV or 837P file as it was made, for who uploads it. A read of it is recorded for each line."""
        claim = self.get_object()
        file = files.handed_out(claim)
        with transaction.atomic():
            AccessEvent.objects.record(
                by=request.user,
                rows=claim.lines.annotate(patient_id=F("invoice_line__invoice__patient")),
                subject_kind="claim_line",
                now=self.now,
                request_id=request.request_id,
            )
        return FileResponse(file.open(), as_attachment=True, content_type=file.content_type, filename=file.name)

    @extend_schema(
        request=remittance_serializers.GivenRowsSerializer,
        responses={201: remittance_serializers.TakenInSerializer},
    )
    @action(detail=True, methods=["post"])
    def remittance(self, request, pk=None):
        """Takes in what the payer answered about this claim. Repeated, it changes nothing."""
        claim = self.get_object()
        given = remittance_serializers.GivenRowsSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        taken = remitting.take_in(payer=claim.payer, claim=claim, rows=given.read(), by=request.user, now=self.now)
        return Response(told(taken, self), status=status.HTTP_201_CREATED)


class ClaimLineViewSet(ReadsViewSet):
    """What became of each line of a claim, with its history."""

    queryset = ClaimLine.objects.select_related(
        "claim", "invoice_line__invoice__patient", "resubmitted_as"
    ).prefetch_related("history__by")
    serializer_class = serializers.ClaimLineSerializer
    filterset_class = ClaimLineFilterSet
    required_permissions = {
        **dict.fromkeys(["list", "retrieve"], Permission.SEE_MONEY),
        **dict.fromkeys(["bill_to_patient", "write_off", "claim_again"], Permission.KEEP_MONEY),
    }
    problems = {name: ["409", "422"] for name in ("bill_to_patient", "write_off", "claim_again")}
    search_fields = ["invoice_line__invoice__patient__first_name", "invoice_line__invoice__patient__last_name"]
    ordering_fields = ["position", "created_at", "updated_at"]

    @extend_schema(request=remittance_serializers.WhySerializer)
    @action(detail=True, methods=["post"], url_path="bill-to-patient")
    def bill_to_patient(self, request, pk=None):
        """Credits the payer what it did not pay, and drafts an invoice of that to the patient."""
        asked = self.asked(remittance_serializers.WhySerializer)
        line = self.get_object()
        deciding.bill_to_patient(line=line, **asked, by=request.user, now=self.now)
        return self.answer(line)

    @extend_schema(request=remittance_serializers.WhySerializer)
    @action(detail=True, methods=["post"], url_path="write-off")
    def write_off(self, request, pk=None):
        """Gives up what the payer did not pay."""
        asked = self.asked(remittance_serializers.WhySerializer)
        return self.answer(deciding.write_off(line=self.get_object(), **asked, by=request.user, now=self.now))

    @extend_schema(request=None, responses={201: serializers.ClaimSerializer})
    @action(detail=True, methods=["post"], url_path="claim-again")
    def claim_again(self, request, pk=None):
        """Prepares a new claim with this line, if it is ready; the new line names this one."""
        claim = deciding.claim_again(line=self.get_object(), by=request.user, now=self.now)
        shown = Claim.objects.with_sums().select_related("payer").get(pk=claim.pk)
        data = serializers.ClaimSerializer(shown, context=self.get_serializer_context()).data
        return Response(data, status=status.HTTP_201_CREATED)
