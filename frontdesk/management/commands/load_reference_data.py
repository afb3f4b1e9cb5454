from django.core.management.base import BaseCommand
from django.db import transaction

from clinic import reference as roles
from messaging import reference as texts
from patients import reference as consents
from treatments import reference as points


class Command(BaseCommand):
    help = "Brings what the program ships into the database: roles, texts, consents, points. Repeat it freely."

    @transaction.atomic
    def handle(self, **options) -> None:
        roles.ensure()
        texts.ensure()
        consents.ensure()
        points.ensure()
