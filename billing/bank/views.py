from django.db.models import Count, Q
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action

from billing.bank import importing, serializers
from billing.models import BankFormat, BankLine, BankStatement
from clinic.api.views import Creates, KeepsViewSet, ReadsViewSet
from clinic.permissions import Permission

PROPOSED = ["exact", "part", "over"]


class BankFormatViewSet(KeepsViewSet):
    """How each bank names the columns of its exports."""

    queryset = BankFormat.objects.all()
    serializer_class = serializers.BankFormatSerializer
    required_permissions = {
        **dict.fromkeys(["list", "retrieve"], Permission.SEE_MONEY),
        **dict.fromkeys(["create", "partial_update"], Permission.SET_UP),
    }
    filterset_fields = {"name": ["exact"]}
    ordering_fields = ["name"]


class BankStatementViewSet(Creates, ReadsViewSet):
    """Files of a bank. POST reads one in and proposes which invoices its lines pay; nothing is paid until accepted."""

    queryset = BankStatement.objects.select_related("format").annotate(
        line_count=Count("lines"), proposed=Count("lines", filter=Q(lines__state__in=PROPOSED))
    )
    serializer_class = serializers.BankStatementSerializer
    required_permissions = {
        **dict.fromkeys(["list", "retrieve"], Permission.SEE_MONEY),
        **dict.fromkeys(["create", "accept"], Permission.KEEP_MONEY),
    }
    filterset_fields = {"account": ["exact"], "format": ["exact"]}
    ordering_fields = ["read_at"]

    @extend_schema(request=serializers.BankFileSerializer, responses={201: serializers.BankStatementSerializer})
    def create(self, request):
        asked = self.asked(serializers.BankFileSerializer)
        read = importing.read_in(by=request.user, now=self.now, **asked)
        return self.answer(read, status_code=status.HTTP_201_CREATED)

    @extend_schema(request=serializers.AcceptSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request, pk=None):
        """Takes lines as payments. One that no longer fits stays, and its `remark` says why."""
        statement = self.get_object()
        named = self.asked(serializers.AcceptSerializer).get("lines")
        lines = statement.lines.filter(pk__in=[line.pk for line in named]) if named else statement.lines.exact()
        importing.accept(lines=lines, by=request.user, now=self.now)
        return self.answer(statement)


class BankLineViewSet(ReadsViewSet):
    """What a bank said, and what became of it."""

    queryset = BankLine.objects.prefetch_related("invoices")
    serializer_class = serializers.BankLineSerializer
    required_permissions = {
        **dict.fromkeys(["list", "retrieve"], Permission.SEE_MONEY),
        **dict.fromkeys(["choose", "set_aside"], Permission.KEEP_MONEY),
    }
    search_fields = ["text", "party"]
    filterset_fields = {"statement": ["exact"], "state": ["exact", "in"], "booked_on": ["gte", "lte"]}
    ordering_fields = ["position", "booked_on", "amount"]

    @extend_schema(request=serializers.ChooseSerializer)
    @action(detail=True, methods=["post"])
    def choose(self, request, pk=None):
        """Says which invoice it pays."""
        asked = self.asked(serializers.ChooseSerializer)
        return self.answer(importing.choose(line=self.get_object(), by=request.user, now=self.now, **asked))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="set-aside")
    def set_aside(self, request, pk=None):
        """No payment of ours."""
        return self.answer(importing.set_aside(line=self.get_object(), by=request.user, now=self.now))
