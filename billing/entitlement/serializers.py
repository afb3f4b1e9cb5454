from datetime import date

from rest_framework import serializers

from billing.entitlement.values import Decision, Request
from clinic.api.fields import VisibleRelatedField
from clinic.models import Practitioner


class EntitlementQuerySerializer(serializers.Serializer):
    """`on` is a local date, today where it is left out; `practitioner` is the one who would treat."""

    on = serializers.DateField(required=False)
    practitioner = VisibleRelatedField(queryset=Practitioner.objects.active(), required=False)

    def validate_on(self, on: date) -> date:
        if not 1900 <= on.year <= 2200:
            raise serializers.ValidationError("Choose a day of these times.", code="day_implausible")
        return on


class EntitlementCheckSerializer(serializers.Serializer):
    code = serializers.CharField()
    passed = serializers.BooleanField(allow_null=True, help_text="Empty: a person has to look.")
    detail = serializers.CharField()
    source = serializers.CharField()


class EntitlementWarningSerializer(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()


class EntitlementSerializer(serializers.Serializer):
    """Whether one more session on that day is covered, by whom, and why. It advises and forbids nothing.

    `remaining` is what the approvals that hold on that day still have, `booked` the visits still to come. `approved`
    and `remaining` are empty where no number was set, `window_ends_on` (the last day inside) where no window runs.
    """

    case = serializers.IntegerField()
    on = serializers.DateField()
    decision = serializers.ChoiceField([(value.value, value.value) for value in Decision])
    payer = serializers.CharField()
    checks = EntitlementCheckSerializer(many=True)
    approved = serializers.IntegerField(allow_null=True)
    used = serializers.IntegerField()
    booked = serializers.IntegerField()
    remaining = serializers.IntegerField(allow_null=True)
    amount_left = serializers.DecimalField(max_digits=10, decimal_places=2, allow_null=True)
    window_ends_on = serializers.DateField(allow_null=True)
    request = serializers.ChoiceField(
        [(value.value, value.value) for value in Request],
        allow_null=True,
        help_text="What an ACC32 for more treatment would be.",
    )
    awaiting_since = serializers.DateField(allow_null=True, help_text="The day of a request nobody has answered yet.")
    warnings = EntitlementWarningSerializer(many=True)
    next_step = serializers.CharField()
