from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from appointments.models import Series
from appointments.series import changing, courses, repeating, serializers
from appointments.series.courses import Found
from appointments.series.repeating import Outcome
from clinic.api.views import ReadsViewSet
from clinic.permissions import Permission

CONFLICTS = {(409, "application/problem+json"): serializers.SeriesConflictSerializer}


class SeriesViewSet(ReadsViewSet):
    """Visits that belong together: by a rule, or as a course. They are rows of the book like any other."""

    queryset = Series.objects.select_related("patient", "practitioner", "appointment_type")
    serializer_class = serializers.SeriesSerializer
    required_permissions = {
        "list": Permission.SEE_BOOK,
        "retrieve": Permission.SEE_BOOK,
        **dict.fromkeys(["create", "courses", "change", "cancel"], Permission.KEEP_BOOK),
    }
    search_fields = ["patient__first_name", "patient__last_name", "patient__preferred_name"]
    filterset_fields = {
        "patient": ["exact"],
        "practitioner": ["exact"],
        "case": ["exact"],
        "is_course": ["exact"],
        "first_on": ["gte", "lte"],
    }
    ordering_fields = ["first_on", "updated_at"]

    def get_queryset(self):
        return super().get_queryset().with_visits(now=self.now)

    @extend_schema(
        request=serializers.NewSeriesSerializer,
        responses={201: serializers.OutcomeSerializer, 200: serializers.OutcomeSerializer, **CONFLICTS},
    )
    def create(self, request):
        """Books a series. What cannot be had is left out and told, or all of it is refused. 200: a dry run."""
        asked = self.asked(serializers.NewSeriesSerializer)
        outcome = repeating.repeat(**asked, by=request.user, now=self.now)
        return self._told(outcome, is_dry=asked["dry_run"], status_code=status.HTTP_201_CREATED)

    @extend_schema(
        request=serializers.NewCourseSerializer,
        responses={201: serializers.CourseSerializer, 200: serializers.CourseSerializer},
    )
    @action(detail=False, methods=["post"], pagination_class=None, filter_backends=[])
    def courses(self, request):
        """Books so many visits a week around what is closed, away or full. 200: a dry run."""
        asked = self.asked(serializers.NewCourseSerializer)
        course = courses.book_course(**asked, by=request.user, now=self.now)
        is_dry = asked["dry_run"]
        answer = serializers.CourseSerializer(
            {
                "series": None if is_dry else self._stands(course.series),
                "visits": course.placed,
                **{how: len(course.found(how)) for how in Found},
            },
            context=self.get_serializer_context() | {"is_dry": is_dry},
        )
        return Response(answer.data, status=status.HTTP_200_OK if is_dry else status.HTTP_201_CREATED)

    @extend_schema(request=serializers.ChangeSerializer, responses={200: serializers.OutcomeSerializer, **CONFLICTS})
    @action(detail=True, methods=["post"])
    def change(self, request, pk=None):
        """Another time, practitioner or room for this visit, this and the later ones, or all that are to come."""
        asked = self.asked(serializers.ChangeSerializer)
        outcome = changing.change(series=self.get_object(), **asked, by=request.user, now=self.now)
        return self._told(outcome, is_dry=False, status_code=status.HTTP_200_OK)

    @extend_schema(request=serializers.SeriesCancelSerializer, responses=serializers.CancelledSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        """Cancels this visit, this and the later ones, or all that are still to come."""
        series, asked = self.get_object(), self.asked(serializers.SeriesCancelSerializer)
        cancelled = changing.cancel(series=series, **asked, by=request.user, now=self.now)
        answer = {"series": self._stands(series), "cancelled": [visit.pk for visit in cancelled]}
        return Response(serializers.CancelledSerializer(answer, context=self.get_serializer_context()).data)

    def _told(self, outcome: Outcome, *, is_dry: bool, status_code: int) -> Response:
        answer = serializers.OutcomeSerializer(
            {
                "series": None if is_dry else self._stands(outcome.series),
                "booked": outcome.booked,
                "skipped": [],
            },
            context=self.get_serializer_context() | {"is_dry": is_dry},
        ).data
        answer["skipped"] = [skipped.told() for skipped in outcome.skipped]
        return Response(answer, status=status.HTTP_200_OK if is_dry else status_code)

    def _stands(self, series: Series) -> Series:
        return self.get_queryset().get(pk=series.pk)
