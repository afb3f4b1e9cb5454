from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, OpenApiTypes, extend_schema, extend_schema_view
from rest_framework import mixins, status

from clinic.api.filters import StrictFilterBackend, StrictOrderingFilter
from clinic.api.permissions import SIGNED_IN
from clinic.api.views import KeepsViewSet, NeedlebookViewSet, RecordsOpenings, RecordsReads
from clinic.models import AccessEvent
from clinic.permissions import Permission
from patients import opening, registering, serializers
from patients.filters import PatientSearchFilter
from patients.models import Alert, Case, Consent, Contact, Patient, Payer

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
        reachable = Patient.objects.visible_to(request.user).only("pk")
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
    filterset_fields = {
        "kind": ["exact", "in"],
        "severity": ["exact"],
        "ends_on": [*DAYS, "isnull"],
        "updated_at": PERIOD,
    }
    ordering_fields = ["kind", "severity", "begins_on", "created_at"]


class ConsentViewSet(OfPatientViewSet, KeepsViewSet):
    queryset = Consent.objects.all()
    serializer_class = serializers.ConsentSerializer
    required_permissions = KEPT_BY_STAFF
    filterset_fields = {"kind": ["exact", "in"], "withdrawn_at": ["isnull"], "updated_at": PERIOD}
    ordering_fields = ["kind", "given_at", "created_at"]


class AccessLogViewSet(OfPatientViewSet, mixins.ListModelMixin):
    """Who read what of this patient's record, and when."""

    queryset = AccessEvent.objects.select_related("user")
    serializer_class = serializers.AccessEventSerializer
    required_permissions = {"list": Permission.MANAGE_USERS}
    filterset_fields = {"user": ["exact"], "subject_kind": ["exact", "in"], "at": PERIOD}
    ordering_fields = ["at"]


@extend_schema_view(partial_update=extend_schema(responses=serializers.CaseSerializer))
class CaseViewSet(RecordsReads, KeepsViewSet):
    queryset = Case.objects.select_related("patient", "payer").prefetch_related("diagnoses")
    serializer_class = serializers.CaseSerializer
    required_permissions = KEPT_BY_STAFF
    read_subject_kind = "case"
    filterset_fields = {
        "patient": ["exact"],
        "kind": ["exact", "in"],
        "payer": ["exact"],
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
    filterset_fields = {"kind": ["exact", "in"], "archived_at": ["isnull"], "updated_at": PERIOD}
    ordering_fields = ["name", "kind"]
