from django.urls import re_path
from rest_framework.routers import SimpleRouter

from billing import views
from billing.adjusting import views as adjusting_views
from billing.bank import views as bank_views
from billing.claiming import remittance_views
from billing.claiming import views as claim_views
from billing.entitlement import views as entitlement_views
from billing.payments import views as payment_views
from billing.statements import views as statement_views

router = SimpleRouter()
router.register("services", views.ServiceViewSet)
router.register("rates", views.RateViewSet)
router.register("invoices", views.InvoiceViewSet)
router.register("credit-notes", adjusting_views.CreditNoteViewSet)
router.register("write-offs", adjusting_views.WriteOffViewSet)
router.register("packages", adjusting_views.PackageViewSet)
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
