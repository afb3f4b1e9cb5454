"""Our permissions in place of Django's, and the tables of parts below a row."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db import models
from django.http import HttpRequest
from unfold.admin import StackedInline, TabularInline

from clinic import widgets
from clinic.permissions import Permission


class OurPermissions:
    """Django's four questions, answered by the roles of the practice. `keep = None`: nobody writes these here."""

    see: Permission
    keep: Permission | None = None
    adds = True

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.may(self.see)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.adds and self.keep is not None and request.user.may(self.keep)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.keep is not None and request.user.may(self.keep)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class Parts(OurPermissions):
    extra = 0
    hide_title = True
    formfield_overrides = widgets.OVERRIDES

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the ways to other pages beside each field: a table has no room for them."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class PartsInline(Parts, TabularInline):
    """Rows that belong to one above them, in a table."""


class StackedParts(Parts, StackedInline):
    """Rows that belong to one above them and hold long texts."""


def rows_of(formset: forms.BaseInlineFormSet) -> list[dict[str, Any]]:
    """The parts as they stand in a valid formset, as a verb takes them: all fields of each but its id and its parent,
    so that what the page does not show is kept."""
    kept_out = {formset.model._meta.pk.name, formset.fk.name, "position"}
    names = [field.name for field in formset.model._meta.concrete_fields if field.name not in kept_out]
    return [
        {name: getattr(form.instance, name) for name in names}
        for form in formset.forms
        if form not in formset.deleted_forms and (form.instance.pk or form.has_changed())
    ]
