import os

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.models import Practice
from frontdesk.demo import claims, seeding


class Command(BaseCommand):
    help = "Makes the demo clinic in an empty database; otherwise only gives its users the password of DEMO_PASSWORD."

    def handle(self, **options) -> None:
        password = os.environ.get("DEMO_PASSWORD")
        if not password:
            raise CommandError("The environment variable DEMO_PASSWORD is missing: the demo's users need a password.")
        if Practice.objects.exists():
            seeding.sync_passwords(password=password)
        else:
            seeding.seed(password=password, now=timezone.now())
            claims.hand_over()
