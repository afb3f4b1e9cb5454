from rest_framework.routers import SimpleRouter

from treatments import views

router = SimpleRouter()
router.register("channels", views.ChannelViewSet)
router.register("points", views.PointViewSet)
router.register("treatments", views.TreatmentViewSet)

urlpatterns = router.urls
