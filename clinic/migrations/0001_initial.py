import clinic.models.people
import clinic.models.practice
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.contrib.postgres.operations
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        # btree_gist: exclusion constraints over ids and ranges; pg_trgm: search by any part of a name.
        django.contrib.postgres.operations.BtreeGistExtension(
        ),
        django.contrib.postgres.operations.TrigramExtension(
        ),
        migrations.CreateModel(
            name='Location',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('name', models.CharField(max_length=80, unique=True)),
                ('address', models.TextField(blank=True)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('timezone', models.CharField(default='Pacific/Auckland', max_length=60, validators=[clinic.models.practice.known_zone])),
                ('holiday_region', models.CharField(blank=True, help_text='For public holidays, such as WGN for Wellington or AUK for Auckland.', max_length=5)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Practice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('name', models.CharField(max_length=120)),
                ('legal_name', models.CharField(blank=True, max_length=120)),
                ('address', models.TextField()),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('website', models.URLField(blank=True)),
                ('timezone', models.CharField(default='Pacific/Auckland', max_length=60, validators=[clinic.models.practice.known_zone])),
                ('gst_registered', models.BooleanField(default=True)),
                ('gst_number', models.CharField(blank=True, max_length=20)),
                ('acc_vendor_id', models.CharField(blank=True, max_length=12, verbose_name='ACC vendor ID')),
                ('bank_account', models.CharField(blank=True, max_length=40)),
                ('payment_days', models.PositiveSmallIntegerField(default=14, help_text='Days until an invoice is due.')),
                ('only', models.BooleanField(default=True, editable=False)),
            ],
            options={
                'verbose_name_plural': 'practice',
                'constraints': [models.UniqueConstraint(fields=('only',), name='practice_is_one', violation_error_code='practice_exists', violation_error_message='There is one practice, and it is set up already.'), models.CheckConstraint(condition=models.Q(('only', True)), name='practice_only_is_true', violation_error_code='practice_exists', violation_error_message='There is one practice, and it is set up already.'), models.CheckConstraint(condition=models.Q(('gst_registered', False), models.Q(('gst_number', ''), _negated=True), _connector='OR'), name='practice_gst_number_given', violation_error_code='gst_number_missing', violation_error_message='A GST-registered practice needs its GST number on every invoice.'), models.CheckConstraint(condition=models.Q(('acc_vendor_id__regex', '^[A-Za-z0-9/]{0,12}$')), name='practice_acc_vendor_id_form', violation_error_code='acc_vendor_id_malformed', violation_error_message='An ACC vendor ID has up to 12 letters, digits or slashes.')],
            },
        ),
        migrations.CreateModel(
            name='Role',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('name', models.CharField(max_length=40, unique=True)),
                ('permissions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('see_book', 'See the appointment book'), ('keep_book', 'Book, move and cancel appointments'), ('see_patients', 'See patients and their cases'), ('keep_patients', 'Register and change patients and their cases'), ('read_notes', 'Read treatment notes'), ('write_notes', 'Write and sign treatment notes'), ('see_money', 'See invoices and payments'), ('keep_money', 'Draft and issue invoices, take payments'), ('see_messages', 'See what was sent to whom'), ('keep_messages', 'Change message texts and reminder rules'), ('set_up', 'Change the practice: rooms, hours, services, rates'), ('manage_users', 'Manage users and roles'), ('own_record', "See one's own appointments and invoices (patients)")], max_length=30), blank=True, default=list, size=None)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('permissions__contained_by', ['see_book', 'keep_book', 'see_patients', 'keep_patients', 'read_notes', 'write_notes', 'see_money', 'keep_money', 'see_messages', 'keep_messages', 'set_up', 'manage_users', 'own_record'])), name='role_permissions_known', violation_error_code='permission_unknown', violation_error_message='A role can hold only the listed permissions.')],
            },
        ),
        migrations.CreateModel(
            name='AnsweredRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(help_text='Whose key this is: user:12, or public.', max_length=40)),
                ('key', models.CharField(max_length=255)),
                ('fingerprint', models.CharField(help_text='SHA-256 of method, path and body.', max_length=64)),
                ('status', models.PositiveSmallIntegerField()),
                ('body', models.BinaryField()),
                ('headers', models.JSONField(default=dict)),
                ('answered_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('scope', 'key'), name='answered_request_once_per_key')],
            },
        ),
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('name', models.CharField(max_length=60)),
                ('kind', models.CharField(choices=[('electro', 'Electro-stimulator'), ('heat_lamp', 'Heat lamp'), ('other', 'Other')], max_length=20)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='devices', to='clinic.location')),
            ],
            options={
                'ordering': ['location', 'name'],
                'constraints': [models.UniqueConstraint(fields=('location', 'name'), name='device_name_once_per_location', violation_error_code='device_exists', violation_error_message='This location already has a device of that name.')],
            },
        ),
        migrations.CreateModel(
            name='LocationEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=80)),
                ('address', models.TextField(blank=True)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('timezone', models.CharField(default='Pacific/Auckland', max_length=60, validators=[clinic.models.practice.known_zone])),
                ('holiday_region', models.CharField(blank=True, help_text='For public holidays, such as WGN for Wellington or AUK for Auckland.', max_length=5)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinic.location')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PracticeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=120)),
                ('legal_name', models.CharField(blank=True, max_length=120)),
                ('address', models.TextField()),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('website', models.URLField(blank=True)),
                ('timezone', models.CharField(default='Pacific/Auckland', max_length=60, validators=[clinic.models.practice.known_zone])),
                ('gst_registered', models.BooleanField(default=True)),
                ('gst_number', models.CharField(blank=True, max_length=20)),
                ('acc_vendor_id', models.CharField(blank=True, max_length=12, verbose_name='ACC vendor ID')),
                ('bank_account', models.CharField(blank=True, max_length=40)),
                ('payment_days', models.PositiveSmallIntegerField(default=14, help_text='Days until an invoice is due.')),
                ('only', models.BooleanField(default=True, editable=False)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinic.practice')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RoleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=40)),
                ('permissions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('see_book', 'See the appointment book'), ('keep_book', 'Book, move and cancel appointments'), ('see_patients', 'See patients and their cases'), ('keep_patients', 'Register and change patients and their cases'), ('read_notes', 'Read treatment notes'), ('write_notes', 'Write and sign treatment notes'), ('see_money', 'See invoices and payments'), ('keep_money', 'Draft and issue invoices, take payments'), ('see_messages', 'See what was sent to whom'), ('keep_messages', 'Change message texts and reminder rules'), ('set_up', 'Change the practice: rooms, hours, services, rates'), ('manage_users', 'Manage users and roles'), ('own_record', "See one's own appointments and invoices (patients)")], max_length=30), blank=True, default=list, size=None)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinic.role')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Room',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('name', models.CharField(max_length=60)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rooms', to='clinic.location')),
            ],
            options={
                'ordering': ['location', 'name'],
                'constraints': [models.UniqueConstraint(fields=('location', 'name'), name='room_name_once_per_location', violation_error_code='room_exists', violation_error_message='This location already has a room of that name.')],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('roles', models.ManyToManyField(blank=True, related_name='users', to='clinic.role')),
            ],
            options={
                'ordering': ['username'],
            },
            managers=[
                ('objects', clinic.models.people.Users()),
            ],
        ),
        migrations.CreateModel(
            name='Practitioner',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('display_name', models.CharField(max_length=80)),
                ('registration_number', models.CharField(blank=True, max_length=20)),
                ('practising_certificate_expires_on', models.DateField(blank=True, null=True)),
                ('acc_provider_id', models.CharField(blank=True, max_length=12, verbose_name='ACC provider ID')),
                ('hpi_cpn', models.CharField(blank=True, max_length=6, verbose_name='HPI CPN')),
                ('npi', models.CharField(blank=True, max_length=10, verbose_name='NPI')),
                ('colour', models.CharField(default='#2f6f5e', max_length=7)),
                ('is_student', models.BooleanField(default=False)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('supervisor', models.ForeignKey(blank=True, help_text='Signs beside a student.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='students', to='clinic.practitioner')),
                ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='practitioner', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['display_name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('hpi_cpn', ''), ('hpi_cpn__regex', '^[0-9]{2}[A-Z]{4}$'), _connector='OR'), name='practitioner_hpi_cpn_form', violation_error_code='hpi_cpn_malformed', violation_error_message='An HPI person number is two digits and four letters, such as 99ZZZS.'), models.CheckConstraint(condition=models.Q(('acc_provider_id__regex', '^[A-Za-z0-9]{0,12}$')), name='practitioner_acc_provider_id_form', violation_error_code='acc_provider_id_malformed', violation_error_message='An ACC provider ID has up to 12 letters and digits.'), models.CheckConstraint(condition=models.Q(('npi', ''), ('npi__regex', '^[12][0-9]{9}$'), _connector='OR'), name='practitioner_npi_form', violation_error_code='npi_malformed', violation_error_message='An NPI has ten digits and begins with 1 or 2.'), models.CheckConstraint(condition=models.Q(('colour__regex', '^#[0-9a-f]{6}$')), name='practitioner_colour_form', violation_error_code='colour_malformed', violation_error_message='A colour is written as # and six hexadecimal digits.'), models.CheckConstraint(condition=models.Q(('is_student', False), ('supervisor__isnull', False), _connector='OR'), name='practitioner_student_is_supervised', violation_error_code='supervisor_missing', violation_error_message='A student works under a supervisor. Say who.'), models.CheckConstraint(condition=models.Q(('supervisor__isnull', True), models.Q(('supervisor', models.F('id')), _negated=True), _connector='OR'), name='practitioner_supervised_by_another', violation_error_code='own_supervisor', violation_error_message='Nobody supervises themselves.')],
            },
        ),
        migrations.CreateModel(
            name='RoomEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=60)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('location', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.location')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinic.room')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='UserEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AccessEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_kind', models.CharField(max_length=30)),
                ('subject_id', models.BigIntegerField()),
                ('patient_id', models.BigIntegerField(db_index=True)),
                ('act', models.CharField(default='read', max_length=20)),
                ('request_id', models.CharField(blank=True, max_length=36)),
                ('at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('kind', models.CharField(max_length=30)),
                ('subject', models.BigIntegerField(help_text='The id of the invoice, treatment or patient the paper is about.')),
                ('patient_id', models.BigIntegerField(db_index=True, help_text='Whose record the paper belongs to.', null=True)),
                ('title', models.CharField(max_length=200)),
                ('content_digest', models.CharField(help_text='SHA-256 over what the paper says.', max_length=64)),
                ('state', models.CharField(choices=[('asked', 'Asked for'), ('rendering', 'Being drawn'), ('ready', 'Ready'), ('failed', 'Failed')], default='asked', max_length=10)),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
                ('rendered_at', models.DateTimeField(blank=True, null=True)),
                ('file', models.FileField(blank=True, upload_to='documents/%Y/')),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('size', models.PositiveIntegerField(blank=True, null=True)),
                ('pages', models.PositiveIntegerField(blank=True, null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['content_digest'], name='document_by_digest', opclasses=['varchar_pattern_ops'])],
                'constraints': [models.UniqueConstraint(fields=('kind', 'subject', 'content_digest'), name='document_once_per_content', violation_error_code='document_exists', violation_error_message='This paper exists already.'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'ready'), _negated=True), models.Q(models.Q(('file', ''), _negated=True), ('pages__gt', 0), ('sha256__regex', '^[0-9a-f]{64}$'), ('size__gt', 0)), _connector='OR'), name='document_ready_has_file', violation_error_code='document_incomplete', violation_error_message='A paper is ready only when its file is stored.')],
            },
        ),
        migrations.CreateModel(
            name='DeviceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=60)),
                ('kind', models.CharField(choices=[('electro', 'Electro-stimulator'), ('heat_lamp', 'Heat lamp'), ('other', 'Other')], max_length=20)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinic.device')),
                ('location', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.location')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PractitionerEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('display_name', models.CharField(max_length=80)),
                ('registration_number', models.CharField(blank=True, max_length=20)),
                ('practising_certificate_expires_on', models.DateField(blank=True, null=True)),
                ('acc_provider_id', models.CharField(blank=True, max_length=12, verbose_name='ACC provider ID')),
                ('hpi_cpn', models.CharField(blank=True, max_length=6, verbose_name='HPI CPN')),
                ('npi', models.CharField(blank=True, max_length=10, verbose_name='NPI')),
                ('colour', models.CharField(default='#2f6f5e', max_length=7)),
                ('is_student', models.BooleanField(default=False)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinic.practitioner')),
                ('supervisor', models.ForeignKey(blank=True, db_constraint=False, help_text='Signs beside a student.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.practitioner')),
                ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DocumentEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('kind', models.CharField(max_length=30)),
                ('subject', models.BigIntegerField(help_text='The id of the invoice, treatment or patient the paper is about.')),
                ('patient_id', models.BigIntegerField(help_text='Whose record the paper belongs to.', null=True)),
                ('title', models.CharField(max_length=200)),
                ('content_digest', models.CharField(help_text='SHA-256 over what the paper says.', max_length=64)),
                ('state', models.CharField(choices=[('asked', 'Asked for'), ('rendering', 'Being drawn'), ('ready', 'Ready'), ('failed', 'Failed')], default='asked', max_length=10)),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
                ('rendered_at', models.DateTimeField(blank=True, null=True)),
                ('file', models.FileField(blank=True, upload_to='documents/%Y/')),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('size', models.PositiveIntegerField(blank=True, null=True)),
                ('pages', models.PositiveIntegerField(blank=True, null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('asked_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinic.document')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='location',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinic_locationevent" ("address", "archived_at", "created_at", "holiday_region", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "timezone", "updated_at") VALUES (NEW."address", NEW."archived_at", NEW."created_at", NEW."holiday_region", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."timezone", NEW."updated_at"); RETURN NULL;', hash='b133d24b5fa1cb11cceec3e7c8ade639e61a2d68', operation='INSERT', pgid='pgtrigger_insert_insert_16fd5', table='clinic_location', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='location',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinic_locationevent" ("address", "archived_at", "created_at", "holiday_region", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "timezone", "updated_at") VALUES (NEW."address", NEW."archived_at", NEW."created_at", NEW."holiday_region", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."timezone", NEW."updated_at"); RETURN NULL;', hash='a4b6209465c9c3265cd0300bb5fcedf1864adfeb', operation='UPDATE', pgid='pgtrigger_update_update_ecd1c', table='clinic_location', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='practice',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinic_practiceevent" ("acc_vendor_id", "address", "bank_account", "created_at", "email", "gst_number", "gst_registered", "id", "legal_name", "name", "only", "payment_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "timezone", "updated_at", "website") VALUES (NEW."acc_vendor_id", NEW."address", NEW."bank_account", NEW."created_at", NEW."email", NEW."gst_number", NEW."gst_registered", NEW."id", NEW."legal_name", NEW."name", NEW."only", NEW."payment_days", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."timezone", NEW."updated_at", NEW."website"); RETURN NULL;', hash='22620085e35a67a1b45ca701c0f7d4dfd8c3c8bb', operation='INSERT', pgid='pgtrigger_insert_insert_7b6cc', table='clinic_practice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='practice',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinic_practiceevent" ("acc_vendor_id", "address", "bank_account", "created_at", "email", "gst_number", "gst_registered", "id", "legal_name", "name", "only", "payment_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "timezone", "updated_at", "website") VALUES (NEW."acc_vendor_id", NEW."address", NEW."bank_account", NEW."created_at", NEW."email", NEW."gst_number", NEW."gst_registered", NEW."id", NEW."legal_name", NEW."name", NEW."only", NEW."payment_days", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."timezone", NEW."updated_at", NEW."website"); RETURN NULL;', hash='00cc14c17481ab72ded75b56fc1f059afdcc51da', operation='UPDATE', pgid='pgtrigger_update_update_93676', table='clinic_practice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='role',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinic_roleevent" ("created_at", "id", "name", "permissions", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at") VALUES (NEW."created_at", NEW."id", NEW."name", NEW."permissions", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."updated_at"); RETURN NULL;', hash='c705e3ef894b5326b2038b34f41fac672c9a41a0', operation='INSERT', pgid='pgtrigger_insert_insert_c6c7b', table='clinic_role', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='role',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinic_roleevent" ("created_at", "id", "name", "permissions", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at") VALUES (NEW."created_at", NEW."id", NEW."name", NEW."permissions", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."updated_at"); RETURN NULL;', hash='ee8aeff9ca24c9029f3e69e431a4a8359fabdffa', operation='UPDATE', pgid='pgtrigger_update_update_a5b61', table='clinic_role', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='accessevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'access_event_final: The record of reads cannot be changed.' USING ERRCODE = '23000';", hash='1b61ed642394f8408665eac5d9df50ef8888f6f0', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b1d36', table='clinic_accessevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinic_documentevent" ("asked_by_id", "content_digest", "created_at", "failures", "file", "id", "kind", "pages", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rendered_at", "sha256", "size", "state", "subject", "taken_at", "title", "updated_at") VALUES (NEW."asked_by_id", NEW."content_digest", NEW."created_at", NEW."failures", NEW."file", NEW."id", NEW."kind", NEW."pages", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."rendered_at", NEW."sha256", NEW."size", NEW."state", NEW."subject", NEW."taken_at", NEW."title", NEW."updated_at"); RETURN NULL;', hash='5540b08eae6259b06be3e633072b31c1b86a6ba8', operation='INSERT', pgid='pgtrigger_insert_insert_3137d', table='clinic_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinic_documentevent" ("asked_by_id", "content_digest", "created_at", "failures", "file", "id", "kind", "pages", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rendered_at", "sha256", "size", "state", "subject", "taken_at", "title", "updated_at") VALUES (NEW."asked_by_id", NEW."content_digest", NEW."created_at", NEW."failures", NEW."file", NEW."id", NEW."kind", NEW."pages", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."rendered_at", NEW."sha256", NEW."size", NEW."state", NEW."subject", NEW."taken_at", NEW."title", NEW."updated_at"); RETURN NULL;', hash='913a708b80d59db7f245b9e70f4e810933b24732', operation='UPDATE', pgid='pgtrigger_update_update_b9c58', table='clinic_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='documentevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='278940fee3940cb427c1476b3a7844715f95075f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9e4ae', table='clinic_documentevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='deviceevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1ed755793fc859976a7201a740953bcab512727c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5877f', table='clinic_deviceevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='device',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinic_deviceevent" ("archived_at", "created_at", "id", "kind", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at") VALUES (NEW."archived_at", NEW."created_at", NEW."id", NEW."kind", NEW."location_id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."updated_at"); RETURN NULL;', hash='658047465a0e2a2efca7e911db826ecd6d99148c', operation='INSERT', pgid='pgtrigger_insert_insert_7464a', table='clinic_device', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='device',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinic_deviceevent" ("archived_at", "created_at", "id", "kind", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at") VALUES (NEW."archived_at", NEW."created_at", NEW."id", NEW."kind", NEW."location_id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."updated_at"); RETURN NULL;', hash='7bbd772e391a11fcf9071f5bcbf01b5c6f0cad37', operation='UPDATE', pgid='pgtrigger_update_update_55bc3', table='clinic_device', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='locationevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='55a1a2bfc731c1ccc3f2ec4dc3cc00a56240841d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_61918', table='clinic_locationevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='practiceevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ddeced5b8880a7c925d060f9172f49be1ade03cf', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6eaa4', table='clinic_practiceevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='practitioner',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinic_practitionerevent" ("acc_provider_id", "archived_at", "colour", "created_at", "display_name", "hpi_cpn", "id", "is_student", "npi", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practising_certificate_expires_on", "registration_number", "supervisor_id", "updated_at", "user_id") VALUES (NEW."acc_provider_id", NEW."archived_at", NEW."colour", NEW."created_at", NEW."display_name", NEW."hpi_cpn", NEW."id", NEW."is_student", NEW."npi", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."practising_certificate_expires_on", NEW."registration_number", NEW."supervisor_id", NEW."updated_at", NEW."user_id"); RETURN NULL;', hash='541f2ad0df8cfd56d7fc5a36148006b7462c490b', operation='INSERT', pgid='pgtrigger_insert_insert_567de', table='clinic_practitioner', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='practitioner',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinic_practitionerevent" ("acc_provider_id", "archived_at", "colour", "created_at", "display_name", "hpi_cpn", "id", "is_student", "npi", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practising_certificate_expires_on", "registration_number", "supervisor_id", "updated_at", "user_id") VALUES (NEW."acc_provider_id", NEW."archived_at", NEW."colour", NEW."created_at", NEW."display_name", NEW."hpi_cpn", NEW."id", NEW."is_student", NEW."npi", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."practising_certificate_expires_on", NEW."registration_number", NEW."supervisor_id", NEW."updated_at", NEW."user_id"); RETURN NULL;', hash='9b112c43bb248b958b6f9af9b4146ba9bf1c4209', operation='UPDATE', pgid='pgtrigger_update_update_b32ac', table='clinic_practitioner', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='practitionerevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='184977a41a285c75d33cbded0b66e5dd064ecf54', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9d94b', table='clinic_practitionerevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinic_userevent" ("date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "last_name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at", "username") VALUES (NEW."date_joined", NEW."email", NEW."first_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."last_name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."updated_at", NEW."username"); RETURN NULL;', hash='eeba883c887227657722948bc21a10cc56f0ce0f', operation='INSERT', pgid='pgtrigger_insert_insert_2f1a2', table='clinic_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."date_joined" IS DISTINCT FROM (NEW."date_joined") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."first_name" IS DISTINCT FROM (NEW."first_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."last_name" IS DISTINCT FROM (NEW."last_name") OR OLD."updated_at" IS DISTINCT FROM (NEW."updated_at") OR OLD."username" IS DISTINCT FROM (NEW."username"))', func='INSERT INTO "clinic_userevent" ("date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "last_name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at", "username") VALUES (NEW."date_joined", NEW."email", NEW."first_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."last_name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."updated_at", NEW."username"); RETURN NULL;', hash='0d91b8a7ee556881cd8fba6e1482daf97ca4b208', operation='UPDATE', pgid='pgtrigger_update_update_8b9bb', table='clinic_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='roleevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='05ad3d88acdef4914dfe1e0580481aa321d911ad', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5ecc9', table='clinic_roleevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='room',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinic_roomevent" ("archived_at", "created_at", "id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at") VALUES (NEW."archived_at", NEW."created_at", NEW."id", NEW."location_id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."updated_at"); RETURN NULL;', hash='f7e54255f2db5b93c2aaad04936aa8525cff515c', operation='INSERT', pgid='pgtrigger_insert_insert_d97f2', table='clinic_room', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='room',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinic_roomevent" ("archived_at", "created_at", "id", "location_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "updated_at") VALUES (NEW."archived_at", NEW."created_at", NEW."id", NEW."location_id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."updated_at"); RETURN NULL;', hash='a428432b3d7035704fadc608ea120ca7cf6560df', operation='UPDATE', pgid='pgtrigger_update_update_d666d', table='clinic_room', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='roomevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c591dd6197e1f6bb36e2adc34a49fafc11ef8187', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_811e0', table='clinic_roomevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='userevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a535f1d0fb5444a6a16797c1a08f0f380cadd8c5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_0aa3e', table='clinic_userevent', when='BEFORE')),
        ),
    ]
