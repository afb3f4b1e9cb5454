"""A patient's visit as a file for their own calendar: behind the link of a reminder, and enclosed in its letter."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from appointments import answering
from appointments.feeds.calendars import calendar_file
from appointments.feeds.gathering import entry_for_patient
from appointments.models import Appointment
from clinic.errors import Refusal
from clinic.models import Practice
from clinic.pages import PublicPage
from messaging.gateways import Enclosure
from messaging.models import Channel, Message

KIND = "text/calendar"
NAME = "appointment.ics"


class VisitFile(PublicPage):
    """The visit of a reminder's link. One that was cancelled comes as cancelled, so that a calendar takes it out."""

    template = "clinic/public_page.html"
    heading = "About your appointment"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            visit = answering.asked_about(token=token, now=timezone.now(), even_cancelled=True)
        except Refusal as refusal:
            return self.sorry(refusal.detail, status=refusal.status)
        content = calendar_file([entry_for_patient(visit, practice=Practice.objects.current())])
        return HttpResponse(
            content,
            content_type=f"{KIND}; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{NAME}"'},
        )


def enclosures(messages: Sequence[Message]) -> Mapping[int, Sequence[Enclosure]]:
    """The visit's file for each reminder that goes by e-mail."""
    practice = Practice.objects.current()
    rows = Appointment.objects.select_related("practitioner", "location")
    by_mail = [message for message in messages if message.channel == Channel.EMAIL]
    visits = rows.in_bulk({message.subject_id for message in by_mail})
    return {
        message.pk: [
            Enclosure(
                name=NAME,
                content=calendar_file([entry_for_patient(visits[message.subject_id], practice=practice)]),
                kind=KIND,
            )
        ]
        for message in by_mail
        if message.subject_id in visits
    }


urlpatterns = [path(f"r/<str:token>/{NAME}", VisitFile.as_view(), name="visit-file")]
