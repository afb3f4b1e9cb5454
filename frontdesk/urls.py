from django.urls import path

from frontdesk import report_views

urlpatterns = [
    path("reports/", report_views.ReportListView.as_view(), name="reports"),
    path("reports/<slug:name>/", report_views.ReportView.as_view(), name="report"),
]
