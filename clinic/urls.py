from django.urls import path
from rest_framework.routers import SimpleRouter

from clinic import views

router = SimpleRouter()
router.register("users", views.UserViewSet)
router.register("roles", views.RoleViewSet)
router.register("locations", views.LocationViewSet)
router.register("rooms", views.RoomViewSet)
router.register("devices", views.DeviceViewSet)
router.register("practitioners", views.PractitionerViewSet)
router.register("documents", views.DocumentViewSet)
router.register("document-batches", views.DocumentBatchViewSet, basename="document-batch")

urlpatterns = [
    path("session/", views.SessionView.as_view(), name="session"),
    path("practice/", views.PracticeView.as_view(), name="practice"),
    path("public/clinic/", views.PublicClinicView.as_view(), name="public-clinic"),
    *router.urls,
]
