"""The book as one writes it in an afternoon: a ModelViewSet with select_related, which takes whatever is sent.

It has the clinic's sign-in and middleware, so that what is compared is the view.
"""

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers, viewsets
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer

from appointments.models import Appointment
from appointments.serializers import AppointmentSerializer as Ours


class AppointmentSerializer(serializers.ModelSerializer):
    patient_name = serializers.CharField(source="patient.__str__", read_only=True)
    practitioner_name = serializers.CharField(source="practitioner.display_name", read_only=True)
    appointment_type_name = serializers.CharField(source="appointment_type.name", read_only=True)
    room_name = serializers.CharField(source="room.name", read_only=True)
    case_title = serializers.CharField(source="case.title", read_only=True, default=None)

    class Meta:
        model = Appointment
        fields = [name for name, field in Ours().fields.items() if not field.write_only]


class Pages(PageNumberPagination):
    page_size = 200


class AppointmentViewSet(viewsets.ModelViewSet):
    queryset = Appointment.objects.select_related(
        "patient", "practitioner", "appointment_type", "location", "room", "case"
    )
    serializer_class = AppointmentSerializer
    permission_classes = [IsAuthenticated]
    renderer_classes = [JSONRenderer]
    parser_classes = [JSONParser]
    pagination_class = Pages
    filter_backends = [DjangoFilterBackend]
    filterset_fields = {"location": ["exact"], "starts_at": ["gte", "lt"]}
