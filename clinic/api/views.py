"""What every door has in common. Views stay declarations: a queryset, a serializer, a permission for each action."""

from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework import mixins, status, viewsets
from rest_framework.response import Response
from rest_framework.views import APIView

from clinic.acting import acting
from clinic.api.etags import etag_of, refuse_stale
from clinic.api.idempotency import answer_once
from clinic.models import AccessEvent


class NeedlebookView(APIView):
    """A view whose POSTs can be repeated safely."""

    required_permissions: dict[str, Any] = {}
    # Fields of an answer that are nowhere kept: the answer to a repeated request holds null in their place.
    shown_once: frozenset[str] = frozenset()
    # False where a refused POST leaves something behind, such as a count of wrong codes: an answer that is remembered
    # would undo that.
    answers_repeats = True

    def initial(self, request, *args, **kwargs):
        method = request.method.lower()
        if method not in self.http_method_names or not hasattr(self, method):
            self.http_method_not_allowed(request)
        is_repeatable = self.answers_repeats and method == "post" and "Idempotency-Key" in request.headers
        if is_repeatable:
            # Kept whole before the check of a session's CSRF token reads it away.
            _ = request._request.body
        super().initial(request, *args, **kwargs)
        if is_repeatable:
            self.post = partial(answer_once, self, self.post)

    def options(self, request, *args, **kwargs):
        """The methods of this address, in the `Allow` header; nothing about its rows."""
        return Response(status=status.HTTP_204_NO_CONTENT)

    @property
    def now(self):
        """The moment of this request: one for all that it does."""
        if not hasattr(self, "_now"):
            self._now = timezone.now()
        return self._now


class NeedlebookViewSet(NeedlebookView, viewsets.GenericViewSet):
    """Rows of one model, as far as this person may see them. An object out of reach is 404."""

    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    # No more digits than a bigint holds for certain: a longer number is an id of nothing, 404 and no database error.
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self):
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        return queryset.visible_to(self.request.user)

    def answer(self, row, *, status_code: int = status.HTTP_200_OK, **headers: str) -> Response:
        """One row as this viewset shows it, with its ETag."""
        row = self.get_queryset().get(pk=row.pk)
        return Response(self.get_serializer(row).data, status=status_code, headers={"ETag": etag_of(row), **headers})

    def asked(self, serializer_class=None) -> dict[str, Any]:
        """The body of this request, validated for shape. Raises 400."""
        serializer = (serializer_class or self.get_serializer_class())(
            data=self.request.data, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class Retrieves(mixins.RetrieveModelMixin):
    def retrieve(self, request, *args, **kwargs):
        row = self.get_object()
        return Response(self.get_serializer(row).data, headers={"ETag": etag_of(row)})


class Creates(mixins.CreateModelMixin):
    """POST of a row that needs no verb of its own."""

    def create(self, request, *args, **kwargs):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with acting(request.user):
            row = self.perform_create(serializer)
        return self.answer(row, status_code=status.HTTP_201_CREATED)

    def perform_create(self, serializer):
        return serializer.save()


class Changes:
    """PATCH under a lock, refused when `If-Match` is stale."""

    def partial_update(self, request, *args, **kwargs):
        with acting(request.user):
            row = self.locked_object()
            refuse_stale(request, row)
            serializer = self.get_serializer(row, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            self.perform_update(serializer)
        return self.answer(row)

    def perform_update(self, serializer):
        serializer.save()

    def locked_object(self):
        """The object of this request, locked until the transaction ends."""
        row = self.get_object()
        # Not stronger than needed: rows that refer to this one can still be written, such as a booking.
        return self.get_queryset().model._base_manager.select_for_update(no_key=True).get(pk=row.pk)


class RecordsOpenings:
    """Opening one row leaves an AccessEvent in the transaction that answers."""

    read_subject_kind: str

    def retrieve(self, request, *args, **kwargs):
        with transaction.atomic():
            return super().retrieve(request, *args, **kwargs)

    def get_object(self):
        row = super().get_object()
        self.record_reads([row])
        return row

    def record_reads(self, rows) -> None:
        AccessEvent.objects.record(
            by=self.request.user,
            rows=rows,
            subject_kind=self.read_subject_kind,
            now=self.now,
            request_id=self.request.request_id,
        )


class RecordsReads(RecordsOpenings):
    """Reads of clinical content leave an AccessEvent each, in a list as well."""

    def list(self, request, *args, **kwargs):
        with transaction.atomic():
            return super().list(request, *args, **kwargs)

    def paginate_queryset(self, queryset):
        rows = super().paginate_queryset(queryset)
        self.record_reads(rows)
        return rows


class ReadsViewSet(Retrieves, mixins.ListModelMixin, NeedlebookViewSet):
    """A list and its members."""


class KeepsViewSet(Creates, Changes, ReadsViewSet):
    """A list whose rows are added and changed, never deleted."""
