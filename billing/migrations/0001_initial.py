import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.functions.comparison
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('appointments', '0001_initial'),
        ('clinic', '__first__'),
        ('patients', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('treatments', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('last', models.PositiveBigIntegerField(default=0)),
                ('last_hash', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('issued', 'Issued')], default='draft', max_length=6)),
                ('number', models.PositiveBigIntegerField(blank=True, null=True, unique=True)),
                ('issued_at', models.DateTimeField(blank=True, null=True)),
                ('issued_on', models.DateField(blank=True, null=True)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('particulars', models.JSONField(blank=True, default=dict)),
                ('content_hash', models.CharField(blank=True, max_length=64)),
                ('previous_hash', models.CharField(blank=True, max_length=64)),
                ('case', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='patients.case')),
                ('issued_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='patients.patient')),
                ('payer', models.ForeignKey(blank=True, help_text='Empty: the patient.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='patients.payer')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('number__isnull', True), ('status', 'draft')), models.Q(('content_hash__regex', '^[0-9a-f]{64}$'), ('issued_at__isnull', False), ('issued_by__isnull', False), ('issued_on__isnull', False), ('number__isnull', False), ('previous_hash__regex', '^[0-9a-f]{64}$'), ('status', 'issued')), _connector='OR'), name='invoice_number_when_issued', violation_error_code='invoice_incomplete', violation_error_message='An issued invoice has its number, day and author; a draft has none.')],
            },
        ),
        migrations.CreateModel(
            name='Service',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('appointment_types', models.ManyToManyField(blank=True, help_text='Signed visits of these are billed as this.', related_name='services', to='appointments.appointmenttype')),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='InvoiceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('issued', 'Issued')], default='draft', max_length=6)),
                ('number', models.PositiveBigIntegerField(blank=True, null=True)),
                ('issued_at', models.DateTimeField(blank=True, null=True)),
                ('issued_on', models.DateField(blank=True, null=True)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('particulars', models.JSONField(blank=True, default=dict)),
                ('content_hash', models.CharField(blank=True, max_length=64)),
                ('previous_hash', models.CharField(blank=True, max_length=64)),
                ('case', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.case')),
                ('issued_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient')),
                ('payer', models.ForeignKey(blank=True, db_constraint=False, help_text='Empty: the patient.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.payer')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='billing.invoice')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('unit', models.CharField(choices=[('flat', 'Flat fee'), ('hourly', 'Per hour')], default='flat', max_length=6)),
                ('amount', models.DecimalField(decimal_places=2, help_text='Without GST, as ACC and insurers quote it.', max_digits=8)),
                ('surcharge', models.DecimalField(decimal_places=2, default=0, help_text='What the patient adds, with GST.', max_digits=8)),
                ('source', models.CharField(blank=True, help_text='Where the amount is written, and of what date.', max_length=200)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('payer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rates', to='patients.payer')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rates', to='billing.service')),
            ],
            options={
                'ordering': ['service', 'payer', '-valid_from'],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('surcharge__gte', 0)), name='rate_not_negative', violation_error_code='price_negative', violation_error_message='A price cannot be less than nothing.'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='rate_valid_period', violation_error_code='ends_before_it_begins', violation_error_message='The last day lies before the first.'), models.CheckConstraint(condition=models.Q(('payer__isnull', False), ('surcharge', 0), _connector='OR'), name='rate_surcharge_beside_payer', violation_error_code='surcharge_without_payer', violation_error_message='Only a visit that somebody else pays for has a surcharge.'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('service', '='), (django.db.models.functions.comparison.Coalesce('payer', models.Value(0, output_field=models.BigIntegerField())), '='), ('unit', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange'), '&&')], name='rate_one_at_a_time', violation_error_code='rate_overlaps', violation_error_message='Another rate of this service holds in that period. End it first.')],
            },
        ),
        migrations.CreateModel(
            name='InvoiceLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('share', models.CharField(choices=[('payer', "Payer's part"), ('patient', "Patient's part")], max_length=7)),
                ('service_on', models.DateField()),
                ('description', models.CharField(max_length=200)),
                ('quantity', models.DecimalField(decimal_places=2, default=1, max_digits=8)),
                ('unit', models.CharField(blank=True, max_length=6)),
                ('minutes', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('amount_excl', models.DecimalField(decimal_places=2, max_digits=10)),
                ('gst', models.DecimalField(decimal_places=2, default=0, max_digits=10)),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='billing.invoice')),
                ('treatment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoice_lines', to='treatments.treatment')),
                ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.service')),
            ],
            options={
                'ordering': ['invoice', 'position'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('treatment__isnull', False)), fields=('treatment', 'share', 'service'), name='line_treatment_billed_once', violation_error_code='already_billed', violation_error_message='This treatment is on an invoice already.'), models.CheckConstraint(condition=models.Q(('amount_excl__gte', 0), ('gst__gte', 0), ('quantity__gt', 0)), name='line_amounts_not_negative', violation_error_code='amount_negative', violation_error_message='A line has a quantity and amounts that are not negative.')],
            },
        ),
        migrations.CreateModel(
            name='ServiceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('code', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=120)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='billing.service')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RateEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('unit', models.CharField(choices=[('flat', 'Flat fee'), ('hourly', 'Per hour')], default='flat', max_length=6)),
                ('amount', models.DecimalField(decimal_places=2, help_text='Without GST, as ACC and insurers quote it.', max_digits=8)),
                ('surcharge', models.DecimalField(decimal_places=2, default=0, help_text='What the patient adds, with GST.', max_digits=8)),
                ('source', models.CharField(blank=True, help_text='Where the amount is written, and of what date.', max_length=200)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('payer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.payer')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='billing.rate')),
                ('service', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.service')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF OLD.status = 'issued' THEN RAISE EXCEPTION 'invoice_issued: This invoice is issued. Credit it instead.' USING ERRCODE = '23000'; END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ", hash='89d0dac79bfbb01fa5a2ac8495cdc527fcc716db', operation='UPDATE OR DELETE', pgid='pgtrigger_frozen_fe46c', table='billing_invoice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_invoiceevent" ("case_id", "content_hash", "created_at", "due_on", "id", "issued_at", "issued_by_id", "issued_on", "note", "number", "particulars", "patient_id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_hash", "status", "updated_at") VALUES (NEW."case_id", NEW."content_hash", NEW."created_at", NEW."due_on", NEW."id", NEW."issued_at", NEW."issued_by_id", NEW."issued_on", NEW."note", NEW."number", NEW."particulars", NEW."patient_id", NEW."payer_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."previous_hash", NEW."status", NEW."updated_at"); RETURN NULL;', hash='5cb0489591696d2eeca851bcfdfb36ab0804badb', operation='INSERT', pgid='pgtrigger_insert_insert_0c624', table='billing_invoice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_invoiceevent" ("case_id", "content_hash", "created_at", "due_on", "id", "issued_at", "issued_by_id", "issued_on", "note", "number", "particulars", "patient_id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_hash", "status", "updated_at") VALUES (NEW."case_id", NEW."content_hash", NEW."created_at", NEW."due_on", NEW."id", NEW."issued_at", NEW."issued_by_id", NEW."issued_on", NEW."note", NEW."number", NEW."particulars", NEW."patient_id", NEW."payer_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."previous_hash", NEW."status", NEW."updated_at"); RETURN NULL;', hash='11589b36d880fba69d2c97de4f8436ebfa8fe0a5', operation='UPDATE', pgid='pgtrigger_update_update_28c43', table='billing_invoice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoiceevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='05b718cad763793ddb677bf941071b79bc8029ff', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d262c', table='billing_invoiceevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='service',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_serviceevent" ("archived_at", "code", "created_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at") VALUES (NEW."archived_at", NEW."code", NEW."created_at", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."updated_at"); RETURN NULL;', hash='4124304be7e8909fe2d85af486685b2f0dfe6166', operation='INSERT', pgid='pgtrigger_insert_insert_c218b', table='billing_service', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='service',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_serviceevent" ("archived_at", "code", "created_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at") VALUES (NEW."archived_at", NEW."code", NEW."created_at", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."updated_at"); RETURN NULL;', hash='21c5c45ab75bb488d261bbc3fd8a4713728add7a', operation='UPDATE', pgid='pgtrigger_update_update_d97ce', table='billing_service', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rateevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='072c29e8e8b62e01a7e9e990b555e9047ec3d788', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d351d', table='billing_rateevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rate',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_rateevent" ("amount", "created_at", "id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "service_id", "source", "surcharge", "unit", "updated_at", "valid_from", "valid_to") VALUES (NEW."amount", NEW."created_at", NEW."id", NEW."payer_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."service_id", NEW."source", NEW."surcharge", NEW."unit", NEW."updated_at", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='2add8c0a1e78c39396c96ac82fa797d5f0e5df2f', operation='INSERT', pgid='pgtrigger_insert_insert_c5849', table='billing_rate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rate',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_rateevent" ("amount", "created_at", "id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "service_id", "source", "surcharge", "unit", "updated_at", "valid_from", "valid_to") VALUES (NEW."amount", NEW."created_at", NEW."id", NEW."payer_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."service_id", NEW."source", NEW."surcharge", NEW."unit", NEW."updated_at", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='e8b7ac520a5a11c7c6e4807b8fbec3aa91c6a0c6', operation='UPDATE', pgid='pgtrigger_update_update_217f6', table='billing_rate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoiceline',
            trigger=pgtrigger.compiler.Trigger(name='frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            PERFORM 1 FROM billing_invoice WHERE id IN (COALESCE(NEW.invoice_id, OLD.invoice_id), COALESCE(OLD.invoice_id, NEW.invoice_id)) FOR SHARE;\n            IF EXISTS (SELECT 1 FROM billing_invoice WHERE id IN (COALESCE(NEW.invoice_id, OLD.invoice_id), COALESCE(OLD.invoice_id, NEW.invoice_id)) AND status = 'issued')\n            THEN RAISE EXCEPTION 'invoice_issued: This invoice is issued. Credit it instead.' USING ERRCODE = '23000'; END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ", hash='abae11bb67461414f89f30b4eeb225050923de8a', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_frozen_828a8', table='billing_invoiceline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serviceevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='65b1cd5fa9abf47d7c727e0c4df24ca573c740be', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_af7af', table='billing_serviceevent', when='BEFORE')),
        ),
    ]
