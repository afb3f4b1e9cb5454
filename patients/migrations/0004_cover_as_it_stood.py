"""Each case begins its history of cover with the status it had when decisions began to be kept."""

from django.db import migrations, models


def begin(apps, schema_editor):
    case, decision = apps.get_model("patients", "Case"), apps.get_model("patients", "CoverDecision")
    known = decision.objects.filter(case=models.OuterRef("pk"))
    rows = case.objects.filter(~models.Exists(known)).values_list(
        "pk", "cover_status", "cover_decided_on", "created_at"
    )
    decision.objects.bulk_create(
        (
            decision(
                case_id=pk,
                status=status,
                decided_on=decided_on,
                noted_at=created_at,
                note="As it stood when the history of cover began.",
            )
            for pk, status, decided_on, created_at in rows.iterator(2000)
        ),
        batch_size=2000,
    )


class Migration(migrations.Migration):
    dependencies = [("patients", "0003_policies_orders_and_cover_decisions")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
