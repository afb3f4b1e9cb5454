from django.urls import path
from rest_framework.routers import SimpleRouter

from appointments import views
from appointments.feeds.views import CalendarFeedFileView, CalendarFeedViewSet
from appointments.hours import views as hours_views
from appointments.online import urls as online_urls
from appointments.searching import views as searching_views
from appointments.series import views as series_views
from appointments.waiting import views as waiting_views

router = SimpleRouter()
router.register("appointment-types", views.AppointmentTypeViewSet)
router.register("working-hours", hours_views.WorkingHoursViewSet)
router.register("time-off", hours_views.TimeOffViewSet)
router.register("closed-days", hours_views.ClosedDayViewSet)
router.register("appointments", views.AppointmentViewSet)
router.register("calendar-feeds", CalendarFeedViewSet)
router.register("series", series_views.SeriesViewSet)
router.register("waitlist", waiting_views.WaitlistViewSet)

urlpatterns = [
    path("availability/", searching_views.AvailabilityView.as_view(), name="availability"),
    path("availability/next/", searching_views.NextAvailabilityView.as_view(), name="availability-next"),
    path("public/reminders/<str:token>/", views.PublicReminderView.as_view(), name="public-reminder"),
    path("feeds/<str:token>.ics", CalendarFeedFileView.as_view(), name="calendar-feed-file"),
    path("public/waitlist/<str:token>/", waiting_views.PublicOfferView.as_view(), name="public-offer"),
    *online_urls.urlpatterns,
    *router.urls,
]
