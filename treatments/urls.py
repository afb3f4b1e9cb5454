from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from treatments import catalogue_views, views
from treatments.care import views as care_views
from treatments.examination import views as examination_views
from treatments.outcomes import own_views
from treatments.outcomes import views as outcome_views
from treatments.protocols import views as protocol_views
from treatments.reports import views as report_views
from treatments.requests import views as request_views

router = SimpleRouter()
router.register("channels", catalogue_views.ChannelViewSet)
router.register("points", catalogue_views.PointViewSet)
router.register("ear-points", catalogue_views.EarPointViewSet)
router.register("treatments", views.TreatmentViewSet)
router.register("protocols", protocol_views.ProtocolViewSet)
router.register("examinations", examination_views.ExaminationViewSet)
router.register("treatment-plans", care_views.TreatmentPlanViewSet)
router.register("outcome-scores", outcome_views.OutcomeScoreViewSet)
router.register("outcome-requests", outcome_views.OutcomeRequestViewSet)
router.register("adverse-events", care_views.AdverseEventViewSet)
router.register("needle-lots", care_views.NeedleLotViewSet)
router.register("treatment-reports", report_views.TreatmentReportViewSet)
router.register("treatment-requests", request_views.TreatmentRequestViewSet)
router.register("me/outcomes/questions", own_views.OwnQuestionViewSet, basename="own-outcome-question")
router.register("me/outcomes", own_views.OwnOutcomeViewSet, basename="own-outcome")

of_treatment = SimpleRouter()
of_treatment.register("lots", care_views.TreatmentLotViewSet)

urlpatterns = [
    path("treatments/vocabulary/", catalogue_views.VocabularyView.as_view()),
    *router.urls,
    re_path(r"^treatments/(?P<treatment_pk>[0-9]{1,18})/", include(of_treatment.urls)),
    re_path(
        r"^needle-lots/(?P<lot_pk>[0-9]{1,18})/patients/$",
        care_views.LotPatientViewSet.as_view({"get": "list"}),
        name="needle-lot-patients",
    ),
    path("conditions/", examination_views.ConditionsView.as_view()),
    path("outcome-measures/", outcome_views.OutcomeMeasuresView.as_view(), name="outcome-measures"),
    path("public/outcomes/<str:token>/", outcome_views.PublicOutcomeView.as_view(), name="public-outcome"),
]
