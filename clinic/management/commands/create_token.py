from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from knox.models import AuthToken

from clinic.models import User


class Command(BaseCommand):
    help = "Prints a new API key for a user, to be sent as `Authorization: Token KEY`. It is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="the name the user signs in with")

    def handle(self, *, user: str, **options) -> None:
        owner = User.objects.filter(username=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user}.")
        if not owner.is_active:
            raise CommandError(f"{user} may not sign in.")
        _, key = AuthToken.objects.create(user=owner)
        self.stdout.write(key)
