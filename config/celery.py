"""Workers and beat. Tasks carry ids only; what must happen is a row, so a lost queue loses nothing."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("needlebook")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "sweep-messages": {"task": "messaging.tasks.sweep", "schedule": 60.0, "options": {"expires": 55}},
    "top-up-reminders": {"task": "appointments.tasks.top_up_reminders", "schedule": 600, "options": {"expires": 590}},
    "expire-holds": {"task": "appointments.tasks.expire_holds", "schedule": 60.0, "options": {"expires": 55}},
    "sweep-waiting-list": {
        "task": "appointments.tasks.sweep_waiting_list",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "forget-online-bookings": {
        "task": "appointments.tasks.forget_online_bookings",
        "schedule": crontab(minute=43),
        "options": {"expires": 3000},
    },
    "questions-follow-visits": {
        "task": "treatments.tasks.follow_visits",
        "schedule": 600,
        "options": {"expires": 590},
    },
    "cases-running-out": {
        "task": "billing.tasks.tell_of_cases_running_out",
        "schedule": crontab(minute=37),
        "options": {"expires": 3000},
    },
    "sweep-documents": {"task": "clinic.tasks.sweep_documents", "schedule": 60.0, "options": {"expires": 55}},
    "ask-about-claims": {"task": "billing.tasks.ask_about_claims", "schedule": 600, "options": {"expires": 590}},
    "sweep-document-batches": {
        "task": "clinic.tasks.sweep_document_batches",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "sweep-claims": {"task": "billing.tasks.sweep_claims", "schedule": 60.0, "options": {"expires": 55}},
    "heartbeat": {"task": "clinic.tasks.heartbeat", "schedule": 10.0, "options": {"expires": 9}},
    "forget-answered-requests": {"task": "clinic.tasks.forget_answered_requests", "schedule": crontab(minute=17)},
    "forget-expired-keys": {"task": "clinic.tasks.forget_expired_keys", "schedule": crontab(minute=47)},
}
