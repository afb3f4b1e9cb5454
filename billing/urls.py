from rest_framework.routers import SimpleRouter

from billing import settling_views, views

router = SimpleRouter()
router.register("services", views.ServiceViewSet)
router.register("rates", views.RateViewSet)
router.register("invoices", views.InvoiceViewSet)
router.register("credit-notes", settling_views.CreditNoteViewSet)
router.register("write-offs", settling_views.WriteOffViewSet)

urlpatterns = router.urls
