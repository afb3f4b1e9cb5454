from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from clinic.api.etags import refuse_stale
from clinic.api.views import Creates, ReadsViewSet, RecordsReads
from clinic.errors import Refusal
from clinic.models import AccessEvent
from clinic.permissions import Permission
from treatments import charting, checking, confirming, repeating, serializers, signing, verifying
from treatments.filters import TreatmentFilterSet
from treatments.models import Treatment
from treatments.protocols import serializers as protocol_serializers


class TreatmentViewSet(RecordsReads, Creates, ReadsViewSet):
    """Session notes. Reading one is recorded; a signed one never changes."""

    queryset = Treatment.objects.whole()
    serializer_class = serializers.TreatmentSerializer
    read_subject_kind = "treatment"
    problems = {"verify": ["409"]}
    required_permissions = {
        **dict.fromkeys(["list", "retrieve", "verify"], Permission.READ_NOTES),
        **dict.fromkeys(
            ["create", "partial_update", "destroy", "check", "repeat", "apply", "sign", "cosign", "amendments"],
            Permission.WRITE_NOTES,
        ),
    }
    filterset_class = TreatmentFilterSet
    ordering_fields = ["started_at", "signed_at"]

    def get_serializer_class(self):
        if self.action == "partial_update":
            return serializers.TreatmentChangeSerializer
        return super().get_serializer_class()

    def create(self, request):
        treatment = charting.begin(**self.asked(), by=request.user, now=self.now)
        return self.answer(treatment, status_code=status.HTTP_201_CREATED)

    @extend_schema(responses=serializers.TreatmentSerializer)
    def partial_update(self, request, pk=None):
        with transaction.atomic():
            treatment = charting.locked_draft(self.get_object())
            refuse_stale(request, treatment)
            serializer = self.get_serializer(treatment, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            charting.revise(treatment=treatment, by=request.user, now=self.now, **serializer.validated_data)
        return self.answer(treatment)

    def destroy(self, request, pk=None):
        """Discards a draft."""
        charting.discard(treatment=self.get_object(), by=request.user, now=self.now)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=serializers.CheckSerializer, responses=serializers.CheckedSerializer)
    @action(detail=False, methods=["post"])
    def check(self, request):
        """What could hurt, in a note that need not be saved. The patient's alerts are read for it, and recorded."""
        asked = self.asked(serializers.CheckSerializer)
        patient, treatment = asked.pop("patient"), asked.pop("treatment", None)
        appointment, started_at = asked.pop("appointment", None), asked.pop("started_at", self.now)
        if treatment is not None and treatment.patient_id != patient.pk:
            raise Refusal("note_of_another_patient", "That note is about another patient.", field="treatment")
        with transaction.atomic():
            AccessEvent.objects.record(
                by=request.user, rows=patient.alerts.all(), subject_kind="alert", now=self.now,
                request_id=request.request_id,
            )  # fmt: skip
            on = timezone.localdate(started_at)
            findings = checking.findings_for(patient=patient, on=on, appointment=appointment, parts=asked)
            confirmations = treatment.confirmations.all() if treatment is not None else []
            answer = {"findings": confirming.shown(findings, confirmations)}
        return Response(serializers.CheckedSerializer(answer).data)

    @extend_schema(request=protocol_serializers.RepeatSerializer, responses={201: serializers.TreatmentSerializer})
    @action(detail=True, methods=["post"])
    def repeat(self, request, pk=None):
        """A new draft for the same patient with what was done; without what was said, seen and counted."""
        asked = self.asked(protocol_serializers.RepeatSerializer)
        treatment = repeating.repeat(treatment=self.get_object(), by=request.user, now=self.now, **asked)
        return self.answer(treatment, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=protocol_serializers.ApplySerializer)
    @action(detail=True, methods=["post"])
    def apply(self, request, pk=None):
        """Adds to a draft what it does not have yet of a protocol."""
        asked, note = self.asked(protocol_serializers.ApplySerializer), self.get_object()
        parts = protocol_serializers.rows_of(asked["protocol"], side=asked.get("side"))
        repeating.apply(treatment=note, protocol=asked["protocol"], parts=parts, by=request.user, now=self.now)
        return self.answer(note)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def sign(self, request, pk=None):
        return self.answer(signing.sign(treatment=self.get_object(), by=request.user, now=self.now))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cosign(self, request, pk=None):
        """The supervisor's signature beside a student's."""
        note = self.get_object()
        signing.cosign(treatment=note, by=request.user, now=self.now)
        return self.answer(note)

    @extend_schema(request=serializers.AmendmentSerializer, responses={201: serializers.AmendmentSerializer})
    @action(detail=True, methods=["post"])
    def amendments(self, request, pk=None):
        asked = self.asked(serializers.AmendmentSerializer)
        amendment = signing.amend(treatment=self.get_object(), by=request.user, now=self.now, **asked)
        return Response(serializers.AmendmentSerializer(amendment).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=serializers.VerificationSerializer)
    @action(detail=True)
    def verify(self, request, pk=None):
        return Response(serializers.VerificationSerializer(verifying.verify(self.get_object())).data)
