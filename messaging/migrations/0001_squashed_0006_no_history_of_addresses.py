"""The tables of this room as the migrations up to `0006_no_history_of_addresses` leave them. These stand beside it for
databases that have some of them."""

import clinic.migrating
import django.db.models.deletion
import messaging.models
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('messaging', '0001_initial'), ('messaging', '0002_staff_are_written_to'), ('messaging', '0003_payers_and_enclosures'), ('messaging', '0004_waitlist_offer'), ('messaging', '0005_online_booking'), ('messaging', '0006_no_history_of_addresses')]

    initial = True

    dependencies = [
        ('clinic', '0001_squashed_0008_online_booking'),
        ('patients', '0001_squashed_0006_us_claims'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        clinic.migrating.AllAtOnce(
            operations=[
                migrations.CreateModel(
                    name='Message',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                        ('address', models.CharField(blank=True, help_text="Where it goes, where that is not on anybody's record.", max_length=254)),
                        ('occasion', models.CharField(choices=[('appointment_reminder', 'Reminder of an appointment'), ('waitlist_offer', 'Time offered from the waiting list'), ('outcome_question', 'Question how somebody is'), ('sessions_running_out', 'Approved sessions are running out'), ('invoice', 'Invoice'), ('booking_code', 'Code of a booking online'), ('booked_online', 'Booked online')], max_length=30)),
                        ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message')], max_length=5)),
                        ('subject_kind', models.CharField(max_length=20)),
                        ('subject_id', models.BigIntegerField()),
                        ('subject_starts_at', models.DateTimeField(blank=True, null=True)),
                        ('due_at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('planned', 'Planned'), ('claimed', 'Being sent'), ('handed_over', 'Handed over'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('skipped', 'Not sent'), ('failed', 'Failed'), ('unknown', 'Not known if sent')], default='planned', max_length=11)),
                        ('reason', models.CharField(blank=True, help_text='Why it was skipped, or how it failed: a code.', max_length=40)),
                        ('recipient', models.CharField(blank=True, max_length=254)),
                        ('subject_line', models.CharField(blank=True, max_length=200)),
                        ('body', models.TextField(blank=True)),
                        ('attempts', models.PositiveSmallIntegerField(default=0)),
                        ('claimed_at', models.DateTimeField(blank=True, null=True)),
                        ('handed_over_at', models.DateTimeField(blank=True, null=True)),
                        ('sent_at', models.DateTimeField(blank=True, null=True)),
                        ('paper', models.ForeignKey(blank=True, help_text='What is enclosed. It is drawn before the message leaves.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='clinic.document')),
                        ('patient', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='patients.patient')),
                        ('payer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='patients.payer')),
                        ('user', models.ForeignKey(blank=True, help_text='Who of the staff it goes to, where it goes to no patient.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to=settings.AUTH_USER_MODEL)),
                        ('rule', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='messaging.reminderrule')),
                    ],
                    options={
                        'ordering': ['-due_at', '-id'],
                        'indexes': [models.Index(condition=models.Q(('state', 'planned')), fields=['due_at'], name='message_due'), models.Index(condition=models.Q(('state__in', ['claimed', 'handed_over'])), fields=['claimed_at'], name='message_in_flight'), models.Index(fields=['subject_kind', 'subject_id'], name='message_subject')],
                        'constraints': [models.UniqueConstraint(fields=('occasion', 'rule', 'channel', 'subject_kind', 'subject_id', 'subject_starts_at'), name='message_once', nulls_distinct=False, violation_error_code='message_exists', violation_error_message='This message is planned already.'), models.CheckConstraint(condition=models.Q(models.Q(('patient__isnull', False), ('payer__isnull', True), ('user__isnull', True)), models.Q(('patient__isnull', True), ('payer__isnull', True), ('user__isnull', False)), models.Q(('patient__isnull', True), ('payer__isnull', False), ('user__isnull', True)), models.Q(('patient__isnull', True), ('payer__isnull', True), ('user__isnull', True), models.Q(('address', ''), _negated=True)), _connector='OR'), name='message_to_one_person', violation_error_code='message_to_nobody', violation_error_message='A message goes to one: a patient, a payer, or somebody of the staff.'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['skipped', 'failed']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='message_not_sent_has_reason', violation_error_code='reason_missing', violation_error_message='A message that is not sent says why.'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['sent', 'delivered']), _negated=True), models.Q(('handed_over_at__isnull', False), ('sent_at__gte', models.F('handed_over_at')), ('sent_at__isnull', False)), _connector='OR'), name='message_sent_after_handed_over', violation_error_code='sent_before_handed_over', violation_error_message='A message is sent after it was handed over.')],
                        'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.address = '')", func='INSERT INTO "messaging_messageevent" ("address", "attempts", "channel", "claimed_at", "created_at", "due_at", "handed_over_at", "id", "occasion", "paper_id", "patient_id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "recipient", "rule_id", "sent_at", "state", "subject_id", "subject_kind", "subject_line", "subject_starts_at", "updated_at", "user_id") VALUES (NEW."address", NEW."attempts", NEW."channel", NEW."claimed_at", NEW."created_at", NEW."due_at", NEW."handed_over_at", NEW."id", NEW."occasion", NEW."paper_id", NEW."patient_id", NEW."payer_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."recipient", NEW."rule_id", NEW."sent_at", NEW."state", NEW."subject_id", NEW."subject_kind", NEW."subject_line", NEW."subject_starts_at", NEW."updated_at", NEW."user_id"); RETURN NULL;', hash='1afb3fc0679d08f51da36480e7fccbb7a54dfd90', operation='INSERT', pgid='pgtrigger_insert_insert_5f272', table='messaging_message', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.* IS DISTINCT FROM NEW.* AND NEW.address = '')", func='INSERT INTO "messaging_messageevent" ("address", "attempts", "channel", "claimed_at", "created_at", "due_at", "handed_over_at", "id", "occasion", "paper_id", "patient_id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "recipient", "rule_id", "sent_at", "state", "subject_id", "subject_kind", "subject_line", "subject_starts_at", "updated_at", "user_id") VALUES (NEW."address", NEW."attempts", NEW."channel", NEW."claimed_at", NEW."created_at", NEW."due_at", NEW."handed_over_at", NEW."id", NEW."occasion", NEW."paper_id", NEW."patient_id", NEW."payer_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."recipient", NEW."rule_id", NEW."sent_at", NEW."state", NEW."subject_id", NEW."subject_kind", NEW."subject_line", NEW."subject_starts_at", NEW."updated_at", NEW."user_id"); RETURN NULL;', hash='1855ef98c641ee4f0aea7284630f88f94a1b73a0', operation='UPDATE', pgid='pgtrigger_update_update_959c4', table='messaging_message', when='AFTER'))],
                    },
                ),
                migrations.CreateModel(
                    name='MessageTemplate',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                        ('occasion', models.CharField(choices=[('appointment_reminder', 'Reminder of an appointment'), ('waitlist_offer', 'Time offered from the waiting list'), ('outcome_question', 'Question how somebody is'), ('sessions_running_out', 'Approved sessions are running out'), ('invoice', 'Invoice'), ('booking_code', 'Code of a booking online'), ('booked_online', 'Booked online')], max_length=30)),
                        ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message')], max_length=5)),
                        ('subject', models.CharField(blank=True, max_length=120, validators=[messaging.models.known_places, messaging.models.no_line_breaks, messaging.models.no_secrets])),
                        ('body', models.TextField(max_length=4000, validators=[messaging.models.known_places])),
                    ],
                    options={
                        'ordering': ['occasion', 'channel'],
                        'constraints': [models.UniqueConstraint(fields=('occasion', 'channel'), name='template_once_per_occasion_and_channel', violation_error_code='template_exists', violation_error_message='There is a text for this occasion and channel already.'), models.CheckConstraint(condition=models.Q(models.Q(('channel', 'email'), _negated=True), models.Q(('subject', ''), _negated=True), _connector='OR'), name='template_email_has_subject', violation_error_code='subject_missing', violation_error_message='An e-mail needs a subject.'), models.CheckConstraint(condition=models.Q(('subject__regex', '[\\r\\n]'), _negated=True), name='template_subject_is_one_line', violation_error_code='subject_has_breaks', violation_error_message='A subject is one line.')],
                        'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "messaging_messagetemplateevent" ("body", "channel", "created_at", "id", "occasion", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "subject", "updated_at") VALUES (NEW."body", NEW."channel", NEW."created_at", NEW."id", NEW."occasion", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."subject", NEW."updated_at"); RETURN NULL;', hash='262a9ec3644550ba6b030644614ee3e8f3d5bdf3', operation='INSERT', pgid='pgtrigger_insert_insert_550b1', table='messaging_messagetemplate', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "messaging_messagetemplateevent" ("body", "channel", "created_at", "id", "occasion", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "subject", "updated_at") VALUES (NEW."body", NEW."channel", NEW."created_at", NEW."id", NEW."occasion", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."subject", NEW."updated_at"); RETURN NULL;', hash='b7fcb8073927bc029237d57b0b96dd51101db5c9', operation='UPDATE', pgid='pgtrigger_update_update_be409', table='messaging_messagetemplate', when='AFTER'))],
                    },
                ),
                migrations.CreateModel(
                    name='MessageTemplateEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('id', models.BigIntegerField()),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('updated_at', models.DateTimeField(auto_now=True)),
                        ('occasion', models.CharField(choices=[('appointment_reminder', 'Reminder of an appointment'), ('waitlist_offer', 'Time offered from the waiting list'), ('outcome_question', 'Question how somebody is'), ('sessions_running_out', 'Approved sessions are running out'), ('invoice', 'Invoice'), ('booking_code', 'Code of a booking online'), ('booked_online', 'Booked online')], max_length=30)),
                        ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message')], max_length=5)),
                        ('subject', models.CharField(blank=True, max_length=120, validators=[messaging.models.known_places, messaging.models.no_line_breaks, messaging.models.no_secrets])),
                        ('body', models.TextField(max_length=4000, validators=[messaging.models.known_places])),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='messaging.messagetemplate')),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='136d13835c79b4384b8e13487aeac0aaae446e67', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b1d99', table='messaging_messagetemplateevent', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='ReminderRule',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                        ('name', models.CharField(max_length=60, unique=True)),
                        ('hours_before', models.PositiveSmallIntegerField(blank=True, null=True)),
                        ('days_before', models.PositiveSmallIntegerField(blank=True, null=True)),
                        ('at', models.TimeField(blank=True, help_text='Wall-clock time at the location, with days before.', null=True)),
                        ('active', models.BooleanField(default=True)),
                    ],
                    options={
                        'ordering': ['name'],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('at__isnull', True), ('days_before__isnull', True), ('hours_before__isnull', False)), models.Q(('at__isnull', False), ('days_before__isnull', False), ('hours_before__isnull', True)), _connector='OR'), name='reminder_rule_one_way', violation_error_code='rule_needs_one_way', violation_error_message='Give either hours before, or days before and a time of day.')],
                        'triggers': [pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "messaging_reminderruleevent" ("active", "at", "created_at", "days_before", "hours_before", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at") VALUES (NEW."active", NEW."at", NEW."created_at", NEW."days_before", NEW."hours_before", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."updated_at"); RETURN NULL;', hash='6c4dd0e5489d89a5a5ffaa7d9a78fff83c7ed569', operation='INSERT', pgid='pgtrigger_insert_insert_fffc2', table='messaging_reminderrule', when='AFTER')), pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "messaging_reminderruleevent" ("active", "at", "created_at", "days_before", "hours_before", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at") VALUES (NEW."active", NEW."at", NEW."created_at", NEW."days_before", NEW."hours_before", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."updated_at"); RETURN NULL;', hash='762c77eacd8158ddbb22d1318df367958d3679ef', operation='UPDATE', pgid='pgtrigger_update_update_6b109', table='messaging_reminderrule', when='AFTER'))],
                    },
                ),
                migrations.CreateModel(
                    name='MessageEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('id', models.BigIntegerField()),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('updated_at', models.DateTimeField(auto_now=True)),
                        ('address', models.CharField(blank=True, help_text="Where it goes, where that is not on anybody's record.", max_length=254)),
                        ('occasion', models.CharField(choices=[('appointment_reminder', 'Reminder of an appointment'), ('waitlist_offer', 'Time offered from the waiting list'), ('outcome_question', 'Question how somebody is'), ('sessions_running_out', 'Approved sessions are running out'), ('invoice', 'Invoice'), ('booking_code', 'Code of a booking online'), ('booked_online', 'Booked online')], max_length=30)),
                        ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message')], max_length=5)),
                        ('subject_kind', models.CharField(max_length=20)),
                        ('subject_id', models.BigIntegerField()),
                        ('subject_starts_at', models.DateTimeField(blank=True, null=True)),
                        ('due_at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('planned', 'Planned'), ('claimed', 'Being sent'), ('handed_over', 'Handed over'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('skipped', 'Not sent'), ('failed', 'Failed'), ('unknown', 'Not known if sent')], default='planned', max_length=11)),
                        ('reason', models.CharField(blank=True, help_text='Why it was skipped, or how it failed: a code.', max_length=40)),
                        ('recipient', models.CharField(blank=True, max_length=254)),
                        ('subject_line', models.CharField(blank=True, max_length=200)),
                        ('attempts', models.PositiveSmallIntegerField(default=0)),
                        ('claimed_at', models.DateTimeField(blank=True, null=True)),
                        ('handed_over_at', models.DateTimeField(blank=True, null=True)),
                        ('sent_at', models.DateTimeField(blank=True, null=True)),
                        ('paper', models.ForeignKey(blank=True, db_constraint=False, help_text='What is enclosed. It is drawn before the message leaves.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.document')),
                        ('patient', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient')),
                        ('payer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.payer')),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='messaging.message')),
                        ('user', models.ForeignKey(blank=True, db_constraint=False, help_text='Who of the staff it goes to, where it goes to no patient.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                        ('rule', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='messaging.reminderrule')),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ef2a4453724cc6e4c6b29efcc17f1c83f21b106d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_85043', table='messaging_messageevent', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='ReminderRuleEvent',
                    fields=[
                        ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                        ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                        ('pgh_label', models.TextField(help_text='The event label.')),
                        ('id', models.BigIntegerField()),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('updated_at', models.DateTimeField(auto_now=True)),
                        ('name', models.CharField(max_length=60)),
                        ('hours_before', models.PositiveSmallIntegerField(blank=True, null=True)),
                        ('days_before', models.PositiveSmallIntegerField(blank=True, null=True)),
                        ('at', models.TimeField(blank=True, help_text='Wall-clock time at the location, with days before.', null=True)),
                        ('active', models.BooleanField(default=True)),
                        ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                        ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='messaging.reminderrule')),
                    ],
                    options={
                        'abstract': False,
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3182dba65dc1a7b36e27cef45f14365a6c90313b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9ebd9', table='messaging_reminderruleevent', when='BEFORE'))],
                    },
                ),
            ],
        ),
    ]
