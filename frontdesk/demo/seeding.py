"""Making the demo clinic, all of it or nothing."""

from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from clinic.models import Practice, User
from frontdesk.demo import people, practice
from frontdesk.demo.story import Story


def seed(*, password: str, now: datetime) -> None:
    """A practice with ten weeks of work. A seeding that is interrupted leaves nothing behind."""
    with transaction.atomic():
        clinic = practice.set_up(password=password, now=now)
        with Practice.objects.read_once():
            Story(clinic, people.read(), now=now).play()


def sync_passwords(*, password: str) -> int:
    """Gives the demo's users this password where theirs is another; answers for how many it did."""
    users = User.objects.filter(username__in=practice.DEMO_USERS)
    fits = {secret: check_password(password, secret) for secret in set(users.values_list("password", flat=True))}
    others = [secret for secret, is_same in fits.items() if not is_same]
    return users.filter(password__in=others).update(password=make_password(password)) if others else 0
