from django.urls import path

from appointments.online import views

urlpatterns = [
    path("public/appointment-types/", views.PublicTypesView.as_view(), name="public-types"),
    path("public/availability/", views.PublicAvailabilityView.as_view(), name="public-availability"),
    path("public/bookings/", views.PublicBookingsView.as_view(), name="public-bookings"),
    path("public/bookings/<str:token>/", views.PublicBookingView.as_view(), name="public-booking"),
    path("public/bookings/<str:token>/verify/", views.PublicVerifyView.as_view(), name="public-booking-verify"),
    path("public/reminders/<str:token>/times/", views.PublicReminderTimesView.as_view(), name="public-reminder-times"),
    path("public/reminders/<str:token>/move/", views.PublicReminderMoveView.as_view(), name="public-reminder-move"),
    path("public/bookings/<str:token>/resend/", views.PublicResendView.as_view(), name="public-booking-resend"),
]
