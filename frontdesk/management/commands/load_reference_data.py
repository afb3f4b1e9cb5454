from django.core.management.base import BaseCommand

from clinic import reference as clinic_reference
from treatments import reference as points


class Command(BaseCommand):
    help = "Brings what the program ships into the database: first roles, points. Repeating it is harmless."

    def handle(self, **options) -> None:
        clinic_reference.ensure()
        points.ensure()
