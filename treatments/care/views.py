"""Plans, adverse events and needle lots. Days are days on the wall of the practice."""

from datetime import date

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework import serializers as fields
from rest_framework.decorators import action
from rest_framework.response import Response

from clinic.api.filters import refuse_unknown
from clinic.api.permissions import SIGNED_IN
from clinic.api.views import Creates, KeepsViewSet, NeedlebookViewSet, ReadsViewSet, RecordsReads
from clinic.permissions import Permission
from treatments.care import agreeing, reporting, stocking
from treatments.care import serializers as care_serializers
from treatments.models import AdverseEvent, LotUse, NeedleLot, Treatment, TreatmentPlan

ON = OpenApiParameter("on", OpenApiTypes.DATE, description="Due by this day; today where it is left out.")
DAYS = ["exact", "gte", "lte"]


class OnSerializer(fields.Serializer):
    on = fields.DateField(required=False)


class DueLists:
    """A list of what is due by a day."""

    def due_by(self) -> date:
        refuse_unknown(self.request, {"on", "page", "page_size"})
        query = OnSerializer(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return query.validated_data.get("on") or timezone.localdate(self.now)

    def listed(self, rows) -> Response:
        """One page of rows, each read recorded with the answer."""
        with transaction.atomic():
            page = self.paginate_queryset(rows)
            return self.get_paginated_response(self.get_serializer(page, many=True).data)


@extend_schema_view(partial_update=extend_schema(responses=care_serializers.TreatmentPlanSerializer))
class TreatmentPlanViewSet(DueLists, RecordsReads, KeepsViewSet):
    """What was agreed for a case. The sessions done are counted from its signed notes."""

    queryset = TreatmentPlan.objects.select_related("patient", "case", "practitioner")
    serializer_class = care_serializers.TreatmentPlanSerializer
    read_subject_kind = "treatment_plan"
    required_permissions = {
        **dict.fromkeys(["list", "retrieve", "review_due"], Permission.READ_NOTES),
        **dict.fromkeys(["create", "partial_update", "close"], Permission.WRITE_NOTES),
    }
    filterset_fields = {
        "patient": ["exact"],
        "case": ["exact"],
        "practitioner": ["exact"],
        "agreed_on": DAYS,
        "review_on": DAYS,
        "closed_on": [*DAYS, "isnull"],
    }
    ordering_fields = ["agreed_on", "review_on", "closed_on"]

    def get_queryset(self):
        return super().get_queryset().with_progress(zone=timezone.get_current_timezone())

    def get_serializer_class(self):
        if self.action == "partial_update":
            return care_serializers.TreatmentPlanChangeSerializer
        return super().get_serializer_class()

    def perform_create(self, serializer):
        return agreeing.agree(by=self.request.user, now=self.now, **serializer.validated_data)

    def perform_update(self, serializer):
        agreeing.revise(plan=serializer.instance, by=self.request.user, now=self.now, **serializer.validated_data)

    @extend_schema(request=care_serializers.CloseSerializer, responses=care_serializers.TreatmentPlanSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request, pk=None):
        asked = {"closed_on": timezone.localdate(self.now)} | self.asked(care_serializers.CloseSerializer)
        return self.answer(agreeing.close(plan=self.get_object(), by=request.user, now=self.now, **asked))

    @extend_schema(parameters=[ON], responses=care_serializers.TreatmentPlanSerializer(many=True))
    @action(detail=False, url_path="review-due", filter_backends=[])
    def review_due(self, request):
        """Open plans whose review has come, or whose sessions are used up."""
        return self.listed(self.get_queryset().review_due(on=self.due_by()).order_by("review_on", "pk"))


@extend_schema_view(partial_update=extend_schema(responses=care_serializers.AdverseEventSerializer))
class AdverseEventViewSet(DueLists, RecordsReads, KeepsViewSet):
    """Harm after a treatment. Seen by those who read notes, and by who answers for the practice; never deleted."""

    queryset = AdverseEvent.objects.select_related("patient", "reported_by")
    serializer_class = care_serializers.AdverseEventSerializer
    read_subject_kind = "adverse_event"
    # Two permissions open this list: `visible_to` hides the rows from everybody else.
    required_permissions = {
        **dict.fromkeys(["list", "retrieve", "follow_ups_due"], SIGNED_IN),
        **dict.fromkeys(["create", "partial_update", "close", "reopen"], Permission.WRITE_NOTES),
    }
    filterset_fields = {
        "patient": ["exact"],
        "treatment": ["exact"],
        "kind": ["exact", "in"],
        "severity": ["exact", "gte"],
        "causality": ["exact", "in"],
        "occurred_at": ["gte", "lt"],
        "follow_up_on": [*DAYS, "isnull"],
        "closed_on": [*DAYS, "isnull"],
    }
    ordering_fields = ["occurred_at", "severity", "follow_up_on"]

    def get_serializer_class(self):
        if self.action == "partial_update":
            return care_serializers.AdverseEventChangeSerializer
        return super().get_serializer_class()

    def perform_create(self, serializer):
        return reporting.report(by=self.request.user, now=self.now, **serializer.validated_data)

    def perform_update(self, serializer):
        reporting.correct(event=serializer.instance, by=self.request.user, now=self.now, **serializer.validated_data)

    @extend_schema(request=care_serializers.CloseEventSerializer, responses=care_serializers.AdverseEventSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request, pk=None):
        asked = {"closed_on": timezone.localdate(self.now)} | self.asked(care_serializers.CloseEventSerializer)
        return self.answer(reporting.close(event=self.get_object(), by=request.user, now=self.now, **asked))

    @extend_schema(request=care_serializers.ReopenSerializer, responses=care_serializers.AdverseEventSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request, pk=None):
        asked = self.asked(care_serializers.ReopenSerializer)
        return self.answer(reporting.reopen(event=self.get_object(), by=request.user, now=self.now, **asked))

    @extend_schema(parameters=[ON], responses=care_serializers.AdverseEventSerializer(many=True))
    @action(detail=False, url_path="follow-ups-due", filter_backends=[])
    def follow_ups_due(self, request):
        """Open events that somebody promised to look at again by that day."""
        return self.listed(self.get_queryset().follow_up_due(on=self.due_by()).order_by("follow_up_on", "pk"))


class NeedleLotViewSet(KeepsViewSet):
    queryset = NeedleLot.objects.all()
    serializer_class = care_serializers.NeedleLotSerializer
    required_permissions = {
        **dict.fromkeys(["list", "retrieve"], Permission.READ_NOTES),
        **dict.fromkeys(["create", "partial_update"], Permission.WRITE_NOTES),
    }
    search_fields = ["maker", "product", "lot_number", "supplier"]
    filterset_fields = {
        "lot_number": ["exact"],
        "maker": ["exact"],
        "supplier": ["exact"],
        "gauge": ["exact"],
        "expires_on": [*DAYS, "isnull"],
        "received_on": DAYS,
    }
    ordering_fields = ["received_on", "expires_on", "maker"]


@extend_schema(parameters=[OpenApiParameter("lot_pk", OpenApiTypes.INT, OpenApiParameter.PATH)])
class LotPatientViewSet(RecordsReads, mixins.ListModelMixin, NeedlebookViewSet):
    """Who had needles of a lot: for a recall. Each person shown is a read of their record."""

    queryset = LotUse.objects.select_related("treatment__patient")
    serializer_class = care_serializers.LotPatientSerializer
    read_subject_kind = "lot_use"
    required_permissions = {"list": Permission.READ_NOTES}
    filterset_fields = {"treatment__started_at": ["gte", "lt"]}
    ordering_fields = ["treatment__started_at"]

    def get_queryset(self):
        rows = super().get_queryset().with_expiry(zone=timezone.get_current_timezone())
        return rows.filter(lot_id=self.kwargs.get("lot_pk")).select_related("treatment__patient")

    def list(self, request, *args, **kwargs):
        get_object_or_404(NeedleLot.objects.visible_to(request.user), pk=self.kwargs["lot_pk"])
        return super().list(request, *args, **kwargs)


@extend_schema(parameters=[OpenApiParameter("treatment_pk", OpenApiTypes.INT, OpenApiParameter.PATH)])
class TreatmentLotViewSet(RecordsReads, Creates, ReadsViewSet):
    """The lots of a session's needles. Part of the note: settled with its signature."""

    queryset = LotUse.objects.all()
    serializer_class = care_serializers.LotUseSerializer
    read_subject_kind = "lot_use"
    required_permissions = {
        **dict.fromkeys(["list", "retrieve"], Permission.READ_NOTES),
        **dict.fromkeys(["create", "destroy"], Permission.WRITE_NOTES),
    }
    filterset_fields = {"lot": ["exact"]}
    ordering_fields = ["id"]

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if request.method == "OPTIONS":  # tells nothing about the session
            return
        reachable = Treatment.objects.visible_to(request.user)
        self.treatment = get_object_or_404(reachable, pk=self.kwargs["treatment_pk"])

    def get_queryset(self):
        rows = super().get_queryset().with_expiry(zone=timezone.get_current_timezone())
        return rows.filter(treatment_id=self.kwargs.get("treatment_pk"))

    def perform_create(self, serializer):
        return stocking.note_use(
            treatment=self.treatment, by=self.request.user, now=self.now, **serializer.validated_data
        )

    def destroy(self, request, *args, **kwargs):
        """Strikes a line out of a draft."""
        stocking.strike_use(use=self.get_object(), by=request.user, now=self.now)
        return Response(status=status.HTTP_204_NO_CONTENT)
