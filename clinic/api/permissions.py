from rest_framework.permissions import BasePermission

from clinic.permissions import Permission

# For actions that ask no more than being signed in, or not even that.
SIGNED_IN = "signed_in"
ANYONE = "anyone"


class HasRequiredPermission(BasePermission):
    """Reads `required_permissions[action]` of the view. An action that is not listed is refused to everybody."""

    def has_permission(self, request, view) -> bool:
        required = view.required_permissions.get(_action(request, view))
        if required == ANYONE:
            return True
        if not request.user.is_authenticated:
            return False
        if required == SIGNED_IN:
            return True
        return required is not None and request.user.may(Permission(required))


def _action(request, view) -> str:
    """The viewset's action, or the method's name on a plain view. A method the view does not have is no action:
    DRF answers 405 to it before the question of permission comes up, see `NeedlebookView.initial`."""
    return getattr(view, "action", None) or request.method.lower()
