from django.urls import include, path
from rest_framework.routers import SimpleRouter

from bench.book.rivals import plain

router = SimpleRouter()
router.register("appointments", plain.AppointmentViewSet, basename="plain")

urlpatterns = [path("", include("config.urls")), path("plain/", include(router.urls))]
