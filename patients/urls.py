from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from patients import cover_views, diagnosis_views, history_views, views

router = SimpleRouter()
router.register("patients", views.PatientViewSet)
router.register("cases", views.CaseViewSet)
router.register("payers", views.PayerViewSet)
router.register("consent-texts", views.ConsentTextViewSet)

of_patient = SimpleRouter()
of_patient.register("contacts", views.ContactViewSet)
of_patient.register("alerts", views.AlertViewSet)
of_patient.register("consents", views.ConsentViewSet)
of_patient.register("medications", history_views.MedicationViewSet)
of_patient.register("history-entries", history_views.HistoryEntryViewSet)
of_patient.register("screenings", history_views.ScreeningViewSet)
of_patient.register("access-log", views.AccessLogViewSet)

of_case = SimpleRouter()
of_case.register("cover-decisions", cover_views.CoverDecisionViewSet)
of_case.register("purchase-orders", cover_views.PurchaseOrderViewSet)

urlpatterns = [
    *router.urls,
    path("screening-questions/", history_views.ScreeningQuestionsView.as_view()),
    path("diagnosis-codes/", diagnosis_views.DiagnosisCodesView.as_view()),
    re_path(r"^patients/(?P<patient_pk>[0-9]{1,18})/", include(of_patient.urls)),
    re_path(r"^cases/(?P<case_pk>[0-9]{1,18})/", include(of_case.urls)),
]
