"""The composition of the doors. Each app brings its own; this page says under which address."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from clinic import health

READ = ["get", "head"]

api = [
    path("schema/", SpectacularAPIView.as_view(http_method_names=READ), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="schema", http_method_names=READ), name="docs"),
    path("", include("clinic.urls")),
    path("", include("patients.urls")),
    path("", include("messaging.urls")),
    path("", include("appointments.urls")),
    path("", include("treatments.urls")),
    path("", include("billing.urls")),
    path("", include("frontdesk.urls")),
]

urlpatterns = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("admin/", admin.site.urls),
    path("_allauth/", include("allauth.headless.urls")),
    path("api/v1/", include(api)),
    path("", include("clinic.pages")),
    path("", include("appointments.pages")),
    path("", include("appointments.feeds.visit_files")),
    path("", include("appointments.waiting.pages")),
    path("", include("appointments.online.pages")),
    path("", include("appointments.online.moving_pages")),
    path("", include("treatments.outcomes.pages")),
    path("", include("billing.pages")),
]

handler400 = "config.error_handler.bad_request"
handler404 = "config.error_handler.not_found"
handler500 = "config.error_handler.server_error"
