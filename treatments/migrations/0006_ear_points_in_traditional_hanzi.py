from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', '0005_supplier_of_needles'),
    ]

    operations = [
        migrations.AddField(
            model_name='earpoint',
            name='hanzi_traditional',
            # Empty until the catalogue is loaded, which every release does after it has migrated.
            field=models.CharField(default='', max_length=10),
            preserve_default=False,
        ),
    ]
