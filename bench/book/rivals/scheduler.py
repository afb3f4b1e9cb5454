"""django-appointment as its manual sets it up: a site of its own, on a database and in an environment of its own.

    var/scheduler/bin/gunicorn bench.book.rivals.scheduler
    var/scheduler/bin/python -m bench.book.rivals.scheduler < day.json    (fills an empty database)

Both read `DATABASE_URL`. The day is `{"day", "opens", "closes", "minutes", "starts", "others"}`: when the one person
who works there has visits, and how many visits there are on other days.
"""

import json
import os
import sys
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

database = urlsplit(os.environ["DATABASE_URL"])
ME = "bench.book.rivals.scheduler"

if not settings.configured:
    settings.configure(
        SECRET_KEY="it protects nothing",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=ME,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": database.hostname,
                "PORT": database.port,
                "USER": database.username,
                "PASSWORD": database.password,
                "NAME": database.path.removeprefix("/"),
                "CONN_MAX_AGE": 60,
            }
        },
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "phonenumber_field",
            "appointment",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        LOGGING_CONFIG=None,
        USE_TZ=True,
    )
    django.setup()

# Models and addresses exist only once the site is set up.
from appointment.models import Appointment, AppointmentRequest, Config, Service, StaffMember, WorkingHours  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402

urlpatterns = [path("appointment/", include("appointment.urls"))]
application = get_wsgi_application()


def fill(day: date, opens: time, closes: time, minutes: int, starts: list[time], others: int) -> None:
    """One person, one kind of visit, offered every quarter of an hour; twelve visits on each other day."""
    call_command("migrate", verbosity=0)  # the users first: the package has no migrations, and refers to them
    call_command("migrate", run_syncdb=True, verbosity=0)
    Config.objects.create(slot_duration=15, lead_time=opens, finish_time=closes, appointment_buffer_time=0)
    service = Service.objects.create(name="Acupuncture", duration=timedelta(minutes=minutes), price=90)
    staff = StaffMember.objects.create(user=User.objects.create_user("staff", first_name="Mere"), slot_duration=15)
    staff.services_offered.add(service)
    for weekday in range(1, 6):
        WorkingHours.objects.create(staff_member=staff, day_of_week=weekday, start_time=opens, end_time=closes)
    client = User.objects.create_user("client")
    length = timedelta(minutes=minutes)
    moments = [datetime.combine(day, start) for start in starts]
    for number in range(others):
        opening = datetime.combine(day - timedelta(days=1 + number // 12), opens)
        moments.append(opening + (number % 12) * length)
    requests = AppointmentRequest.objects.bulk_create(
        AppointmentRequest(
            date=at.date(), start_time=at.time(), end_time=(at + length).time(), service=service, staff_member=staff,
            id_request=str(number),
        )
        for number, at in enumerate(moments)
    )  # fmt: skip
    Appointment.objects.bulk_create(
        Appointment(client=client, appointment_request=request, id_request=str(number))
        for number, request in enumerate(requests)
    )
    json.dump({"staff": staff.pk, "service": service.pk}, sys.stdout)


if __name__ == "__main__":
    wanted = json.load(sys.stdin)
    fill(
        date.fromisoformat(wanted["day"]),
        time.fromisoformat(wanted["opens"]),
        time.fromisoformat(wanted["closes"]),
        wanted["minutes"],
        [time.fromisoformat(start) for start in wanted["starts"]],
        wanted["others"],
    )
