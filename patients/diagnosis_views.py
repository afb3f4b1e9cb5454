from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from clinic.api.filters import refuse_unknown
from clinic.api.pagination import Pages
from clinic.api.views import NeedlebookView
from clinic.permissions import Permission
from patients import diagnoses
from patients.models import Diagnosis
from patients.serializers import ChoiceSerializer

PAGES = {"page", "page_size", "format"}


class DiagnosisQuerySerializer(serializers.Serializer):
    search = serializers.CharField(required=False, allow_blank=True, help_text="Words, or the beginning of a code.")
    system = serializers.ChoiceField(Diagnosis.System.choices, required=False)
    site = serializers.ChoiceField(diagnoses.SITES, required=False)


class DiagnosisCodeSerializer(serializers.Serializer):
    system = serializers.ChoiceField(Diagnosis.System.choices)
    code = serializers.CharField()
    description = serializers.CharField()
    site = serializers.ChoiceField(diagnoses.SITES)
    side = serializers.CharField(help_text="That the code itself means: left, right, both, or empty.")
    sided = serializers.BooleanField(help_text="Name a side beside it.")
    heading = serializers.BooleanField(help_text="Above more exact codes, its `children`.")
    gradual = serializers.BooleanField(help_text="A disease that came by degrees, and no injury.")
    children = ChoiceSerializer(many=True)


class DiagnosisCodesView(NeedlebookView):
    """The usual diagnosis codes, the best first: Read v2 as ACC takes them, and billable ones of ICD-10-CM. It is a
    subset: a code that is not here may still be right."""

    required_permissions = {"get": Permission.SEE_PATIENTS}
    pagination_class = Pages

    @extend_schema(parameters=[DiagnosisQuerySerializer], responses=DiagnosisCodeSerializer(many=True))
    def get(self, request):
        query = DiagnosisQuerySerializer(data=request.query_params)
        refuse_unknown(request, PAGES | set(query.fields))
        query.is_valid(raise_exception=True)
        pages = self.pagination_class()
        found = pages.paginate_queryset(diagnoses.found_by(**query.validated_data), request, view=self)
        return pages.get_paginated_response(DiagnosisCodeSerializer(found, many=True).data)
