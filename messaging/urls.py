from rest_framework.routers import SimpleRouter

from messaging import views

router = SimpleRouter()
router.register("messages", views.MessageViewSet)
router.register("message-templates", views.MessageTemplateViewSet)
router.register("reminder-rules", views.ReminderRuleViewSet)

urlpatterns = router.urls
