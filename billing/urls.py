from django.urls import re_path
from rest_framework.routers import SimpleRouter

from billing import (
    bank_views,
    claim_views,
    entitlement_views,
    payment_views,
    remittance_views,
    settling_views,
    statement_views,
    views,
)

router = SimpleRouter()
router.register("services", views.ServiceViewSet)
router.register("rates", views.RateViewSet)
router.register("invoices", views.InvoiceViewSet)
router.register("credit-notes", settling_views.CreditNoteViewSet)
router.register("write-offs", settling_views.WriteOffViewSet)
router.register("packages", settling_views.PackageViewSet)
router.register("payments", payment_views.PaymentViewSet)
router.register("bank-formats", bank_views.BankFormatViewSet)
router.register("bank-statements", bank_views.BankStatementViewSet)
router.register("bank-lines", bank_views.BankLineViewSet)
router.register("statements", statement_views.StatementViewSet)
router.register("claims", claim_views.ClaimViewSet)
router.register("claim-lines", claim_views.ClaimLineViewSet)
router.register("remittances", remittance_views.RemittanceViewSet)
router.register("remittance-rows", remittance_views.RemittanceRowViewSet)

urlpatterns = [
    *router.urls,
    re_path(
        r"^cases/(?P<case_pk>[0-9]{1,18})/entitlement/$",
        entitlement_views.CaseEntitlementView.as_view(),
        name="case-entitlement",
    ),
]
