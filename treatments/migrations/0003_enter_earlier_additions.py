from django.db import migrations

from clinic import chain


def enter_what_was_added(apps, schema_editor):
    """A line of the register for each amendment and co-signature that stands, each kind in the order of its rows.

    Of one that was taken away before there was a register nothing is known."""
    Addition = apps.get_model("treatments", "Addition")
    rows = [
        (kind, treatment, added)
        for kind in ("Amendment", "CoSignature")
        for treatment, added in (
            apps.get_model("treatments", kind).objects.order_by("pk").values_list("treatment_id", "content_hash")
        )
    ]
    lines, previous = [], chain.BEGINNING
    for sequence, (name, treatment, added) in enumerate(rows, 1):
        kind = name.lower()
        content = {"sequence": sequence, "treatment": treatment, "kind": kind, "added": added}
        previous = chain.link(content, previous=previous)
        lines.append(
            Addition(sequence=sequence, treatment_id=treatment, kind=kind, added_hash=added, chain_hash=previous)
        )
    Addition.objects.bulk_create(lines, batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("treatments", "0002_additions")]

    operations = [migrations.RunPython(enter_what_was_added, migrations.RunPython.noop)]
