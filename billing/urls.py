from rest_framework.routers import SimpleRouter

from billing import views

router = SimpleRouter()
router.register("services", views.ServiceViewSet)
router.register("rates", views.RateViewSet)
router.register("invoices", views.InvoiceViewSet)

urlpatterns = router.urls
