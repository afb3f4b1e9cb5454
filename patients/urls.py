from django.urls import include, re_path
from rest_framework.routers import SimpleRouter

from patients import views

router = SimpleRouter()
router.register("patients", views.PatientViewSet)
router.register("cases", views.CaseViewSet)
router.register("payers", views.PayerViewSet)

of_patient = SimpleRouter()
of_patient.register("contacts", views.ContactViewSet)
of_patient.register("alerts", views.AlertViewSet)
of_patient.register("consents", views.ConsentViewSet)
of_patient.register("access-log", views.AccessLogViewSet)

urlpatterns = [
    *router.urls,
    re_path(r"^patients/(?P<patient_pk>[0-9]{1,18})/", include(of_patient.urls)),
]
