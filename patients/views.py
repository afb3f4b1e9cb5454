from django.db.models import prefetch_related_objects
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, OpenApiTypes, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.response import Response

from clinic.api.etags import etag_of
from clinic.api.filters import StrictFilterBackend, StrictOrderingFilter
from clinic.api.permissions import SIGNED_IN
from clinic.api.views import Creates, KeepsViewSet, NeedlebookViewSet, ReadsViewSet, RecordsOpenings, RecordsReads
from clinic.models import AccessEvent
from clinic.permissions import Permission
from patients import consenting, opening, registering, serializers
from patients.agreements import missing_consents
from patients.filters import AlertFilterSet, ConsentTextFilterSet, PatientSearchFilter
from patients.models import Alert, Case, Consent, ConsentText, Contact, Patient, Payer
from patients.models.consent import consents_standing

# Everybody signed in may ask; `visible_to` gives staff their patients, and patients themselves.
KEPT_BY_STAFF = {
    "list": SIGNED_IN,
    "retrieve": SIGNED_IN,
    "create": Permission.KEEP_PATIENTS,
    "partial_update": Permission.KEEP_PATIENTS,
}
PERIOD = ["gte", "lt"]
DAYS = ["exact", "gte", "lte"]


class PatientViewSet(RecordsOpenings, KeepsViewSet):
    queryset = Patient.objects.all()
    serializer_class = serializers.PatientSerializer
    required_permissions = KEPT_BY_STAFF
    read_subject_kind = "patient"
    filter_backends = [StrictFilterBackend, PatientSearchFilter, StrictOrderingFilter]
    filterset_fields = {
        "nhi": ["exact"],
        "date_of_birth": ["exact"],
        "legacy_id": ["exact"],
        "archived_at": ["isnull"],
        "created_at": PERIOD,
        "updated_at": PERIOD,
    }
    ordering_fields = ["sort_name", "last_name", "first_name", "date_of_birth", "created_at", "updated_at"]

    @extend_schema(
        request=serializers.RegistrationSerializer,
        responses={
            201: serializers.PatientSerializer,
            (409, "application/problem+json"): OpenApiResponse(
                serializers.PossibleDuplicateSerializer, "Known already, or somebody else's NHI number."
            ),
        },
    )
    def create(self, request, *args, **kwargs):
        asked = self.asked(serializers.RegistrationSerializer)
        patient = registering.register(by=request.user, now=self.now, **asked)
        return self.answer(patient, status_code=status.HTTP_201_CREATED)

    def perform_update(self, serializer):
        registering.correct(
            patient=serializer.instance, by=self.request.user, now=self.now, **serializer.validated_data
        )


@extend_schema(parameters=[OpenApiParameter("patient_pk", OpenApiTypes.INT, OpenApiParameter.PATH)])
class OfPatientViewSet(NeedlebookViewSet):
    """What belongs to one patient. A patient out of reach is 404, whatever is asked for below."""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        reachable = Patient.objects.visible_to(request.user).only("pk", "date_of_birth")
        self.patient = get_object_or_404(reachable, pk=self.kwargs["patient_pk"])

    def get_queryset(self):
        return super().get_queryset().filter(patient_id=self.kwargs.get("patient_pk"))

    def perform_create(self, serializer):
        return serializer.save(patient=self.patient)


class ContactViewSet(OfPatientViewSet, KeepsViewSet):
    queryset = Contact.objects.all()
    serializer_class = serializers.ContactSerializer
    required_permissions = KEPT_BY_STAFF
    filterset_fields = {"is_emergency_contact": ["exact"], "updated_at": PERIOD}
    ordering_fields = ["name", "created_at"]


class AlertViewSet(OfPatientViewSet, RecordsReads, KeepsViewSet):
    queryset = Alert.objects.all()
    serializer_class = serializers.AlertSerializer
    required_permissions = KEPT_BY_STAFF
    read_subject_kind = "alert"
    filterset_class = AlertFilterSet
    ordering_fields = ["kind", "severity", "begins_on", "created_at"]


class ConsentTextViewSet(Creates, ReadsViewSet):
    """What patients are asked to agree to. A new wording is a new version; what is there stays."""

    queryset = ConsentText.objects.all()
    serializer_class = serializers.ConsentTextSerializer
    required_permissions = {"list": SIGNED_IN, "retrieve": SIGNED_IN, "create": Permission.SET_UP}
    filterset_class = ConsentTextFilterSet
    ordering_fields = ["kind", "language", "valid_from"]


@extend_schema_view(
    create=extend_schema(request=serializers.GivingSerializer, responses={201: serializers.ConsentSerializer})
)
class ConsentViewSet(OfPatientViewSet, KeepsViewSet):
    """Given and withdrawn. Only who gave it can be corrected afterwards."""

    queryset = Consent.objects.all()
    serializer_class = serializers.ConsentSerializer
    required_permissions = KEPT_BY_STAFF | {"withdraw": Permission.KEEP_PATIENTS, "missing": SIGNED_IN}
    filterset_fields = {"kind": ["exact", "in"], "withdrawn_at": ["isnull"], "updated_at": PERIOD}
    ordering_fields = ["kind", "given_at", "created_at"]

    def get_serializer_class(self):
        return serializers.GivingSerializer if self.action == "create" else self.serializer_class

    def create(self, request, *args, **kwargs):
        consent = consenting.give(patient=self.patient, by=request.user, now=self.now, **self.asked())
        answer = self.serializer_class(consent, context=self.get_serializer_context()).data
        return Response(answer, status=status.HTTP_201_CREATED, headers={"ETag": etag_of(consent)})

    @extend_schema(request=serializers.WithdrawingSerializer, responses=serializers.ConsentSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, *args, **kwargs):
        asked = self.asked(serializers.WithdrawingSerializer)
        return self.answer(consenting.withdraw(consent=self.get_object(), by=request.user, now=self.now, **asked))

    @extend_schema(
        parameters=[serializers.MissingQuerySerializer],
        responses=serializers.MissingSerializer,
        filters=False,
    )
    @action(detail=False, pagination_class=None)
    def missing(self, request, *args, **kwargs):
        """Which consents a visit needs and the patient has not given."""
        query = serializers.MissingQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        prefetch_related_objects([self.patient], consents_standing(at=self.now))
        missing = missing_consents(self.patient, **query.validated_data)
        return Response(serializers.MissingSerializer({"missing": missing}).data)


class AccessLogViewSet(OfPatientViewSet, mixins.ListModelMixin):
    """Who read what of this patient's record, and when."""

    queryset = AccessEvent.objects.select_related("user")
    serializer_class = serializers.AccessEventSerializer
    required_permissions = {"list": Permission.MANAGE_USERS}
    filterset_fields = {"user": ["exact"], "subject_kind": ["exact", "in"], "at": PERIOD}
    ordering_fields = ["at"]


CASE_REFUSED = {
    (422, "application/problem+json"): OpenApiResponse(serializers.CaseRefusedSerializer, "Understood but refused.")
}


@extend_schema_view(
    create=extend_schema(responses={201: serializers.CaseSerializer} | CASE_REFUSED),
    partial_update=extend_schema(responses={200: serializers.CaseSerializer} | CASE_REFUSED),
)
class CaseViewSet(RecordsReads, KeepsViewSet):
    queryset = Case.objects.select_related("patient", "payer", "contribution_payer").prefetch_related("diagnoses")
    serializer_class = serializers.CaseSerializer
    required_permissions = KEPT_BY_STAFF
    read_subject_kind = "case"
    filterset_fields = {
        "patient": ["exact"],
        "kind": ["exact", "in"],
        "payer": ["exact"],
        "contribution_payer": ["exact"],
        "cover_status": ["exact", "in"],
        "claim_number": ["exact"],
        "date_of_injury": DAYS,
        "opened_on": DAYS,
        "closed_on": [*DAYS, "isnull"],
        "updated_at": PERIOD,
    }
    ordering_fields = ["opened_on", "closed_on", "date_of_injury", "title", "updated_at"]

    def get_serializer_class(self):
        return serializers.CaseChangeSerializer if self.action == "partial_update" else self.serializer_class

    def perform_create(self, serializer):
        asked = {"diagnoses": []} | serializer.validated_data
        return opening.open_case(by=self.request.user, now=self.now, **asked)

    def perform_update(self, serializer):
        opening.change_case(case=serializer.instance, by=self.request.user, now=self.now, **serializer.validated_data)


class PayerViewSet(KeepsViewSet):
    queryset = Payer.objects.all()
    serializer_class = serializers.PayerSerializer
    required_permissions = {
        "list": Permission.SEE_PATIENTS,
        "retrieve": Permission.SEE_PATIENTS,
        "create": Permission.SET_UP,
        "partial_update": Permission.SET_UP,
    }
    search_fields = ["name"]
    filterset_fields = {
        "kind": ["exact", "in"],
        "claim_channel": ["exact", "in"],
        "us_style": ["exact"],
        "archived_at": ["isnull"],
        "updated_at": PERIOD,
    }
    ordering_fields = ["name", "kind"]
