from dataclasses import fields

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework.response import Response

from billing.entitlement import gathering, serializers
from clinic.api.filters import refuse_unknown
from clinic.api.permissions import SIGNED_IN
from clinic.api.views import NeedlebookView
from clinic.models import AccessEvent
from patients.models import Case


class CaseEntitlementView(NeedlebookView):
    """What a case still covers on a day, by dated rules, each with its source, and what to do next."""

    required_permissions = {"get": SIGNED_IN}

    @extend_schema(
        parameters=[
            OpenApiParameter("case_pk", OpenApiTypes.INT, OpenApiParameter.PATH),
            serializers.EntitlementQuerySerializer,
        ],
        responses=serializers.EntitlementSerializer,
    )
    def get(self, request, case_pk):
        query = serializers.EntitlementQuerySerializer(data=request.query_params, context={"request": request})
        refuse_unknown(request, {*query.fields, "format"})
        query.is_valid(raise_exception=True)
        case = get_object_or_404(Case.objects.visible_to(request.user), pk=case_pk)
        asked = {"on": gathering.today_of(self.now)} | query.validated_data
        with transaction.atomic():
            AccessEvent.objects.record(
                by=request.user, rows=[case], subject_kind="case", now=self.now, request_id=request.request_id
            )
            answer = gathering.of_case(case, now=self.now, **asked)
        values = {field.name: getattr(answer, field.name) for field in fields(answer)}
        return Response(serializers.EntitlementSerializer({"case": case.pk} | values).data)
