import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('clinic', '0001_initial'),
        ('patients', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClosedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('day', models.DateField()),
                ('name', models.CharField(max_length=80)),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closed_days', to='clinic.location')),
            ],
            options={
                'ordering': ['day'],
                'constraints': [models.UniqueConstraint(fields=('location', 'day'), name='closed_day_once', violation_error_code='closed_day_exists', violation_error_message='This location is closed on that day already.')],
            },
        ),
        migrations.CreateModel(
            name='TimeOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=80)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('practitioner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='time_off', to='clinic.practitioner')),
            ],
            options={
                'verbose_name_plural': 'time off',
                'ordering': ['-starts_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='time_off_ends_after_it_starts', violation_error_code='ends_before_it_begins', violation_error_message='The end lies before the beginning.')],
            },
        ),
        migrations.CreateModel(
            name='WorkingHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')])),
                ('opens', models.TimeField()),
                ('closes', models.TimeField()),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='working_hours', to='clinic.location')),
                ('practitioner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='working_hours', to='clinic.practitioner')),
            ],
            options={
                'verbose_name_plural': 'working hours',
                'ordering': ['practitioner', 'weekday', 'opens'],
                'constraints': [models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='hours_weekday', violation_error_code='weekday_unknown', violation_error_message='A week has seven days, 0 (Monday) to 6 (Sunday).'), models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='hours_close_after_opening', violation_error_code='closes_before_opening', violation_error_message='The hours end before they begin.'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='hours_valid_period', violation_error_code='ends_before_it_begins', violation_error_message='The last day lies before the first.'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('practitioner', '='), ('weekday', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange'), '&&'), (models.Func(django.db.models.functions.comparison.Cast(django.db.models.functions.datetime.Extract(models.F('opens'), 'epoch'), output_field=models.IntegerField()), django.db.models.functions.comparison.Cast(django.db.models.functions.datetime.Extract(models.F('closes'), 'epoch'), output_field=models.IntegerField()), function='int4range'), '&&')], name='hours_do_not_overlap', violation_error_code='hours_overlap', violation_error_message='These hours overlap others of the same practitioner.')],
            },
        ),
        migrations.CreateModel(
            name='AppointmentType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('name', models.CharField(max_length=80, unique=True)),
                ('price', models.DecimalField(decimal_places=2, default=0, help_text='What a private visit costs, with GST.', max_digits=8)),
                ('complimentary', models.BooleanField(default=False)),
                ('bookable_online', models.BooleanField(default=False)),
                ('min_notice_minutes', models.PositiveIntegerField(default=0)),
                ('horizon_days', models.PositiveSmallIntegerField(default=180)),
                ('needs_device', models.CharField(blank=True, choices=[('electro', 'Electro-stimulator'), ('heat_lamp', 'Heat lamp'), ('other', 'Other')], max_length=20)),
                ('colour', models.CharField(default='#2f6f5e', max_length=7)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('price__gte', 0)), name='type_price_not_negative', violation_error_code='price_negative', violation_error_message='A price cannot be less than nothing.'), models.CheckConstraint(condition=models.Q(('complimentary', False), ('price', 0), _connector='OR'), name='type_complimentary_is_free', violation_error_code='complimentary_has_price', violation_error_message='A complimentary visit has no price.'), models.CheckConstraint(condition=models.Q(('colour__regex', '^#[0-9a-f]{6}$')), name='type_colour_form', violation_error_code='colour_malformed', violation_error_message='A colour is written as # and six hexadecimal digits.')],
            },
        ),
        migrations.CreateModel(
            name='AppointmentTypeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=80)),
                ('price', models.DecimalField(decimal_places=2, default=0, help_text='What a private visit costs, with GST.', max_digits=8)),
                ('complimentary', models.BooleanField(default=False)),
                ('bookable_online', models.BooleanField(default=False)),
                ('min_notice_minutes', models.PositiveIntegerField(default=0)),
                ('horizon_days', models.PositiveSmallIntegerField(default=180)),
                ('needs_device', models.CharField(blank=True, choices=[('electro', 'Electro-stimulator'), ('heat_lamp', 'Heat lamp'), ('other', 'Other')], max_length=20)),
                ('colour', models.CharField(default='#2f6f5e', max_length=7)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='appointments.appointmenttype')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ClosedDayEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('day', models.DateField()),
                ('name', models.CharField(max_length=80)),
                ('location', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.location')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='appointments.closedday')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Segment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('hands_on', 'Hands on'), ('rest', 'Rest with needles in')], max_length=8)),
                ('minutes', models.PositiveSmallIntegerField()),
                ('appointment_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='segments', to='appointments.appointmenttype')),
            ],
            options={
                'ordering': ['appointment_type', 'position'],
                'constraints': [models.UniqueConstraint(fields=('appointment_type', 'position'), name='segment_position_once', violation_error_code='segment_position_taken', violation_error_message='Two segments stand at the same place.'), models.CheckConstraint(condition=models.Q(('minutes__gte', 5), ('minutes__in', range(5, 241, 5)), ('minutes__lte', 240)), name='segment_minutes_in_fives', violation_error_code='segment_minutes', violation_error_message='A segment lasts 5 to 240 minutes, in steps of five.')],
            },
        ),
        migrations.CreateModel(
            name='TimeOffEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=80)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='appointments.timeoff')),
                ('practitioner', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.practitioner')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WorkingHoursEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')])),
                ('opens', models.TimeField()),
                ('closes', models.TimeField()),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('location', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.location')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='appointments.workinghours')),
                ('practitioner', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.practitioner')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('booked', 'Booked'), ('confirmed', 'Confirmed'), ('arrived', 'Arrived'), ('in_treatment', 'In treatment'), ('completed', 'Completed'), ('missed', 'Missed'), ('cancelled', 'Cancelled')], default='booked', max_length=12)),
                ('note', models.CharField(blank=True, help_text='For the front desk; nothing clinical.', max_length=300)),
                ('cancel_reason', models.CharField(blank=True, choices=[('patient', 'The patient cancelled'), ('late', 'The patient cancelled late'), ('practitioner', 'The practitioner is away'), ('clinic', 'The clinic is closed'), ('mistake', 'Booked by mistake')], max_length=12)),
                ('cancel_note', models.CharField(blank=True, max_length=300)),
                ('cancel_asked_at', models.DateTimeField(blank=True, help_text='When the patient asked to cancel; the front desk answers.', null=True)),
                ('case', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='patients.case')),
                ('device', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='clinic.device')),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='clinic.location')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='patients.patient')),
                ('practitioner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='clinic.practitioner')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='clinic.room')),
                ('appointment_type', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='appointments.appointmenttype')),
            ],
            options={
                'ordering': ['starts_at', 'id'],
                'indexes': [models.Index(fields=['starts_at', 'id'], name='appointment_starts'), models.Index(fields=['practitioner', 'starts_at'], name='appointment_practitioner'), models.Index(fields=['patient', 'starts_at'], name='appointment_patient')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='appointment_ends_after_it_starts', violation_error_code='ends_before_it_begins', violation_error_message='The appointment ends before it begins.'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'cancelled'), _negated=True), models.Q(('cancel_reason', ''), _negated=True), _connector='OR'), name='appointment_cancelled_has_reason', violation_error_code='cancel_reason_missing', violation_error_message='A cancelled appointment says why.')],
            },
        ),
        migrations.CreateModel(
            name='Occupancy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('resource_kind', models.CharField(choices=[('device', 'Device'), ('patient', 'Patient'), ('practitioner', 'Practitioner'), ('room', 'Room')], max_length=12)),
                ('resource_id', models.BigIntegerField()),
                ('during', django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ('appointment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='occupancies', to='appointments.appointment')),
                ('time_off', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='occupancies', to='appointments.timeoff')),
            ],
            options={
                'verbose_name_plural': 'occupancy',
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('resource_kind', '='), ('resource_id', '='), ('during', '&&')], name='occupancy_no_two_places', violation_error_code='slot_taken', violation_error_message='That time has just been taken.'), models.CheckConstraint(condition=models.Q(('during__endswith__isnull', False), ('during__isempty', False), ('during__startswith__isnull', False)), name='occupancy_bounded', violation_error_code='occupancy_unbounded', violation_error_message='A taken time has a beginning and an end.'), models.CheckConstraint(condition=models.Q(models.Q(('appointment__isnull', False), ('time_off__isnull', True)), models.Q(('appointment__isnull', True), ('time_off__isnull', False)), _connector='OR'), name='occupancy_has_one_owner', violation_error_code='occupancy_owner', violation_error_message='A taken time belongs to an appointment or to time off.')],
            },
        ),
        migrations.CreateModel(
            name='AppointmentEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('booked', 'Booked'), ('confirmed', 'Confirmed'), ('arrived', 'Arrived'), ('in_treatment', 'In treatment'), ('completed', 'Completed'), ('missed', 'Missed'), ('cancelled', 'Cancelled')], default='booked', max_length=12)),
                ('note', models.CharField(blank=True, help_text='For the front desk; nothing clinical.', max_length=300)),
                ('cancel_reason', models.CharField(blank=True, choices=[('patient', 'The patient cancelled'), ('late', 'The patient cancelled late'), ('practitioner', 'The practitioner is away'), ('clinic', 'The clinic is closed'), ('mistake', 'Booked by mistake')], max_length=12)),
                ('cancel_note', models.CharField(blank=True, max_length=300)),
                ('cancel_asked_at', models.DateTimeField(blank=True, help_text='When the patient asked to cancel; the front desk answers.', null=True)),
                ('case', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.case')),
                ('device', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.device')),
                ('location', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.location')),
                ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='appointments.appointment')),
                ('practitioner', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.practitioner')),
                ('room', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.room')),
                ('appointment_type', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='appointments.appointmenttype')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmenttype',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "appointments_appointmenttypeevent" ("archived_at", "bookable_online", "colour", "complimentary", "created_at", "horizon_days", "id", "min_notice_minutes", "name", "needs_device", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "updated_at") VALUES (NEW."archived_at", NEW."bookable_online", NEW."colour", NEW."complimentary", NEW."created_at", NEW."horizon_days", NEW."id", NEW."min_notice_minutes", NEW."name", NEW."needs_device", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."price", NEW."updated_at"); RETURN NULL;', hash='be3282f05b8f05c72c94c5c46848b19e7cc3e82c', operation='INSERT', pgid='pgtrigger_insert_insert_dc347', table='appointments_appointmenttype', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmenttype',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "appointments_appointmenttypeevent" ("archived_at", "bookable_online", "colour", "complimentary", "created_at", "horizon_days", "id", "min_notice_minutes", "name", "needs_device", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "updated_at") VALUES (NEW."archived_at", NEW."bookable_online", NEW."colour", NEW."complimentary", NEW."created_at", NEW."horizon_days", NEW."id", NEW."min_notice_minutes", NEW."name", NEW."needs_device", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."price", NEW."updated_at"); RETURN NULL;', hash='3dae4dc3b19434af7a1acd09f01aa822516283ee', operation='UPDATE', pgid='pgtrigger_update_update_6e541', table='appointments_appointmenttype', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmentevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c2d9d05acde915e4c49625d1939f6720a656da54', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_34c57', table='appointments_appointmentevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointment',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "appointments_appointmentevent" ("appointment_type_id", "cancel_asked_at", "cancel_note", "cancel_reason", "case_id", "created_at", "device_id", "ends_at", "id", "location_id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "room_id", "starts_at", "status", "updated_at") VALUES (NEW."appointment_type_id", NEW."cancel_asked_at", NEW."cancel_note", NEW."cancel_reason", NEW."case_id", NEW."created_at", NEW."device_id", NEW."ends_at", NEW."id", NEW."location_id", NEW."note", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."practitioner_id", NEW."room_id", NEW."starts_at", NEW."status", NEW."updated_at"); RETURN NULL;', hash='9da52541850e251f04a1fdb53dac28ea1d8d1d97', operation='INSERT', pgid='pgtrigger_insert_insert_30113', table='appointments_appointment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointment',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "appointments_appointmentevent" ("appointment_type_id", "cancel_asked_at", "cancel_note", "cancel_reason", "case_id", "created_at", "device_id", "ends_at", "id", "location_id", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "room_id", "starts_at", "status", "updated_at") VALUES (NEW."appointment_type_id", NEW."cancel_asked_at", NEW."cancel_note", NEW."cancel_reason", NEW."case_id", NEW."created_at", NEW."device_id", NEW."ends_at", NEW."id", NEW."location_id", NEW."note", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."practitioner_id", NEW."room_id", NEW."starts_at", NEW."status", NEW."updated_at"); RETURN NULL;', hash='c22ce94a1f7715d06aa2070031b8fc7644ba1060', operation='UPDATE', pgid='pgtrigger_update_update_34af4', table='appointments_appointment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointmenttypeevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='96f9b228e6137d85814970b0614907b45641f96c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6723e', table='appointments_appointmenttypeevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closedday',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "appointments_closeddayevent" ("created_at", "day", "id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at") VALUES (NEW."created_at", NEW."day", NEW."id", NEW."location_id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."updated_at"); RETURN NULL;', hash='28867062a8cbfd012ef207b727c3640fd7ba6b1c', operation='INSERT', pgid='pgtrigger_insert_insert_323c6', table='appointments_closedday', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closedday',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "appointments_closeddayevent" ("created_at", "day", "id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at") VALUES (NEW."created_at", NEW."day", NEW."id", NEW."location_id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."updated_at"); RETURN NULL;', hash='4d222e2857609ee2be5993ff073f45446ec8afb0', operation='UPDATE', pgid='pgtrigger_update_update_82a88', table='appointments_closedday', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closeddayevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2bf5be82cebb799a900329ab3e1431bcb847f6d9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_383ff', table='appointments_closeddayevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='timeoff',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "appointments_timeoffevent" ("cancelled_at", "created_at", "ends_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "reason", "starts_at", "updated_at") VALUES (NEW."cancelled_at", NEW."created_at", NEW."ends_at", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."practitioner_id", NEW."reason", NEW."starts_at", NEW."updated_at"); RETURN NULL;', hash='2a61049665d34d238a0f8e62674ca44669fc00ae', operation='INSERT', pgid='pgtrigger_insert_insert_fd362', table='appointments_timeoff', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='timeoff',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "appointments_timeoffevent" ("cancelled_at", "created_at", "ends_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "reason", "starts_at", "updated_at") VALUES (NEW."cancelled_at", NEW."created_at", NEW."ends_at", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."practitioner_id", NEW."reason", NEW."starts_at", NEW."updated_at"); RETURN NULL;', hash='aed1a0ba79a6a89a1a4f8600b06c7e979e066552', operation='UPDATE', pgid='pgtrigger_update_update_42374', table='appointments_timeoff', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='timeoffevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ceaea7728015a34c9b4fbe104326a5b416fbe37c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_71029', table='appointments_timeoffevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='workinghours',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "appointments_workinghoursevent" ("closes", "created_at", "id", "location_id", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "updated_at", "valid_from", "valid_to", "weekday") VALUES (NEW."closes", NEW."created_at", NEW."id", NEW."location_id", NEW."opens", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."practitioner_id", NEW."updated_at", NEW."valid_from", NEW."valid_to", NEW."weekday"); RETURN NULL;', hash='5a8c727f5d23f14ec1425958d70b92ad9d1cf98f', operation='INSERT', pgid='pgtrigger_insert_insert_58ef0', table='appointments_workinghours', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='workinghours',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "appointments_workinghoursevent" ("closes", "created_at", "id", "location_id", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "updated_at", "valid_from", "valid_to", "weekday") VALUES (NEW."closes", NEW."created_at", NEW."id", NEW."location_id", NEW."opens", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."practitioner_id", NEW."updated_at", NEW."valid_from", NEW."valid_to", NEW."weekday"); RETURN NULL;', hash='e60e5d4c1be46e7f7ad954d68d660180c8600d1b', operation='UPDATE', pgid='pgtrigger_update_update_cb34f', table='appointments_workinghours', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='workinghoursevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='259c138ae6af2482e5d592e666fead1f7dbf2f5f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3742f', table='appointments_workinghoursevent', when='BEFORE')),
        ),
    ]
