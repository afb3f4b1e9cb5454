from django.contrib.admin.apps import AdminConfig


class NeedlebookAdminConfig(AdminConfig):
    default_site = "frontdesk.admin_site.NeedlebookSite"
