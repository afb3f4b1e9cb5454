from rest_framework.permissions import BasePermission

from clinic.permissions import Permission

# For actions that ask no more than being signed in, or not even that.
SIGNED_IN = "signed_in"
ANYONE = "anyone"


class HasRequiredPermission(BasePermission):
    """Reads `required_permissions[action]` of the view. An action that is not listed is refused to everybody."""

    def has_permission(self, request, view) -> bool:
        if request.method == "OPTIONS":  # which methods an address has, the schema tells everybody
            return request.user.is_authenticated or ANYONE in view.required_permissions.values()
        required = view.required_permissions.get(_action(request, view))
        if required == ANYONE:
            return True
        if not request.user.is_authenticated:
            return False
        if required == SIGNED_IN:
            return True
        return required is not None and request.user.may(Permission(required))


def _action(request, view) -> str:
    """The viewset's action, or the method's name on a plain view, where HEAD asks what GET does. A method the view
    does not have is no action: 405 comes before the question of permission, see `NeedlebookView.initial`."""
    method = request.method.lower()
    return getattr(view, "action", None) or ("get" if method == "head" else method)
