"""What the staff pages of every model have in common: our permissions, our scope, our refusals, our history.

A page declares who may `see` and who may `keep` its rows. Rows out of reach are not there; nothing is deleted but
what a page says may be discarded; what a verb or the database refuses is told as a sentence on the form, with all
that was typed kept.
"""

import hashlib
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.admin import ModelAdmin

from clinic import acts, history, panels, widgets
from clinic.acts import Act
from clinic.admin_parts import OurPermissions
from clinic.api.etags import etag_of
from clinic.errors import Refusal, StaleEdit, refusal_for
from clinic.models import AccessEvent


def understood(error: Exception) -> Refusal:
    """The refusal that an exception stands for. Raises the exception again if it stands for none."""
    refusal = refusal_for(error) if isinstance(error, IntegrityError) else error
    if refusal is None:
        raise error
    return refusal


# The field in which a form says for what its preview was seen.
SEEN = "seen"
_NOT_ASKED = frozenset({SEEN, "csrfmiddlewaretoken"})


def _what_is_asked(request: HttpRequest) -> str:
    """Tells one filled-in form from another: a preview that was seen is good for what it was made of."""
    filled = sorted((name, request.POST.getlist(name)) for name in request.POST if name not in _NOT_ASKED)
    return hashlib.sha256(repr(filled).encode()).hexdigest()


def asked_way(request: HttpRequest) -> str:
    """The page of ours that somebody came from and wants back to, by `next`; nothing where none is named."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if asked and is_ours else ""


class NeedlebookForm(forms.ModelForm):
    """Carries a refusal back to the form that led to it, beside its field where it names one."""

    refusal: ClassVar[Refusal | None] = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.refusal is not None:
            field = self.refusal.field if self.refusal.field in self.fields else None
            self.add_error(field, ValidationError(self.refusal.detail, code=self.refusal.code))
        return cleaned


class NeedlebookAdmin(OurPermissions, ModelAdmin):
    form = NeedlebookForm
    formfield_overrides = widgets.OVERRIDES
    acts: ClassVar[list[Act]] = []
    # Opening a row of these leaves an AccessEvent of this kind; with `records_lists` each row of a list does.
    read_subject_kind = ""
    records_lists = False
    actions = None
    show_facets = 0
    list_per_page = 50
    list_filter_submit = False
    list_fullwidth = True
    save_on_top = False
    empty_value_display = "–"
    change_form_outer_before_template = "clinic/pages/row_head.html"
    empty_list_sentence = ""
    # What the rows are called on the page, where it is another word than the model's.
    plural = ""

    def why_read_only(self, row: models.Model) -> str:
        """A sentence for a row that can no longer be changed; nothing for one that can."""
        return ""

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj is not None and self.why_read_only(obj))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        queryset = self.model._default_manager.visible_to(request.user)
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        """Nobody can point at a row out of their reach."""
        manager = db_field.related_model._default_manager
        if "queryset" not in kwargs and hasattr(manager.all(), "visible_to"):
            kwargs["queryset"] = manager.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def autocomplete_label(self, row: models.Model) -> str:
        """What tells this row from others of its name in a list of suggestions."""
        return str(row)

    def get_form(self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any):
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"refusal": getattr(request, "refusal", None)})

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        try:
            return self._shown(request, object_id, form_url, extra_context)
        except (Refusal, IntegrityError) as error:
            if request.method != "POST":
                raise
            request.refusal = understood(error)
        # Everything was undone. Asked again, the form carries the refusal, is invalid, and shows what was typed.
        return self._shown(request, object_id, form_url, extra_context)

    def _shown(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: dict | None
    ) -> HttpResponse:
        context = dict(extra_context or {})
        row = self.get_object(request, unquote(object_id)) if object_id else None
        may_change = row is not None and self.has_change_permission(request, row)
        if row is not None and self.has_view_permission(request, row):
            self.record_reads(request, [row])
            context |= {
                "acts": self.acts_shown(request, row),
                "why_read_only": self.why_read_only(row),
                # Asked by the template, so that a form which is saved and left asks nothing.
                "panels": partial(
                    panels.composed_for,
                    row,
                    user=request.user,
                    now=timezone.now(),
                    request_id=request.request_id,
                ),
            }
            if may_change:
                # What was typed on a stale page stays stale until it is loaded again.
                context["seen"] = request.POST.get("seen") or etag_of(row)
        with transaction.atomic():
            if may_change and request.method == "POST" and not hasattr(request, "refusal"):
                self._refuse_stale(request, row)
            return super().changeform_view(request, object_id, form_url, context)

    def _refuse_stale(self, request: HttpRequest, row: models.Model) -> None:
        """Locks the row until it is written. Raises 412 `stale_edit` if it changed since the page was loaded."""
        now_stands = self.model._base_manager.select_for_update(of=("self",)).get(pk=row.pk)
        if request.POST.get("seen", etag_of(now_stands)) != etag_of(now_stands):
            raise StaleEdit

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> HttpResponse:
        self._name_page(request, self.title_of(context.get("original")))
        context |= {
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
            "show_history": hasattr(self.model, "events"),
            "title": request.page_title,
            "subtitle": None,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def _name_page(self, request: HttpRequest, title: str) -> None:
        """For the head of the page, whose template knows the request only."""
        request.page_title, request.page_list = title, self.plural or self.opts.verbose_name_plural

    def title_of(self, row: models.Model | None) -> str:
        return str(row) if row is not None and row.pk else f"New {self.opts.verbose_name}"

    def response_add(
        self, request: HttpRequest, obj: models.Model, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to the page of what was entered, where it goes on; a window that was opened to choose from closes."""
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        return self._saved(request, obj)

    def response_change(self, request: HttpRequest, obj: models.Model) -> HttpResponse:
        return super().response_change(request, obj) if IS_POPUP_VAR in request.POST else self._saved(request, obj)

    def _saved(self, request: HttpRequest, row: models.Model) -> HttpResponse:
        messages.success(request, self.saved_words(row))
        return HttpResponseRedirect(asked_way(request) or self.place_of(row))

    def saved_words(self, row: models.Model) -> str:
        return "Saved."

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        request.page_list = self.plural or self.opts.verbose_name_plural
        context = {"title": request.page_list.capitalize(), **(extra_context or {})}
        response = super().changelist_view(request, context)
        changelist = getattr(response, "context_data", None) and response.context_data.get("cl")
        if self.records_lists and changelist:
            self.record_reads(request, changelist.result_list)
        return response

    def record_reads(self, request: HttpRequest, rows: Any, *, kind: str = "") -> None:
        """Before anything is answered; if it cannot be recorded, it is not shown. `kind`: of rows of another model."""
        kind = kind or self.read_subject_kind
        if kind and request.method == "GET":
            with transaction.atomic():
                AccessEvent.objects.record(
                    by=request.user,
                    rows=rows,
                    subject_kind=kind,
                    now=timezone.now(),
                    request_id=request.request_id,
                )

    def get_urls(self) -> list:
        act = path(
            "<path:object_id>/act/<slug:name>/", self.admin_site.admin_view(self.act_view), name=self._name("act")
        )
        return [act, *super().get_urls()]

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def place_of(self, row: models.Model) -> str:
        return reverse(f"admin:{self._name('change')}", args=[quote(row.pk)])

    def all_acts(self) -> list[Act]:
        return [*self.acts, *acts.composed_for(self.opts.label_lower)]

    def acts_shown(self, request: HttpRequest, row: models.Model) -> list[dict[str, Any]]:
        """The acts that are possible now for this person, as the page's buttons need them."""
        possible = [act for act in self.all_acts() if request.user.may(act.needs) and act.possible(row)]
        return [
            {
                "label": act.label,
                # One primary act on a page: the next one.
                "style": act.style if act.style != "primary" or number == 0 else "plain",
                "is_link": act.leads_to is not None or act.form is not None,
                "place": act.leads_to(row) if act.leads_to else self.place_of_act(row, act.name),
            }
            for number, act in enumerate(sorted(possible, key=lambda act: acts.ORDER.index(act.style)))
        ]

    def place_of_act(self, row: models.Model, name: str) -> str:
        return reverse(f"admin:{self._name('act')}", args=[quote(row.pk), name])

    def act_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """POST does it. GET shows the form of an act that asks for something first."""
        row = self.get_object(request, unquote(object_id))
        act = next((act for act in self.all_acts() if act.name == name and act.leads_to is None), None)
        if act is None:
            raise Http404
        if not self.has_view_permission(request) or not request.user.may(act.needs):
            raise PermissionDenied
        if row is None:
            raise Http404
        if act.form is not None:
            return self.act_with_form(request, row, act, title=self.title_of(row), back=self.place_of(row))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            done = act.perform(row=row, by=request.user, now=timezone.now())
        except (Refusal, IntegrityError) as error:
            messages.warning(request, understood(error).detail)
            return HttpResponseRedirect(self._way_back(request, row))
        messages.success(request, done.sentence)
        return HttpResponseRedirect(done.go_to or self._way_back(request, row))

    def act_with_form(
        self,
        request: HttpRequest,
        row: models.Model,
        act: Act,
        *,
        title: str,
        back: str,
        template: str = "clinic/pages/act_form.html",
    ) -> HttpResponse:
        """`row` may be of another model: then the act has to say where the person goes next."""
        self._name_page(request, title)
        form = act.form(request.POST if request.method == "POST" else None, row=row)
        foretold, asked = [], _what_is_asked(request)
        if request.method == "POST" and form.is_valid():
            given = {"row": row, "by": request.user, "now": timezone.now(), **form.cleaned_data}
            try:
                if act.preview is None or request.POST.get(SEEN) == asked:
                    done = act.perform(**given)
                    messages.success(request, done.sentence)
                    return HttpResponseRedirect(done.go_to or self._way_back(request, row))
                foretold = act.foretell(**given)
            except (Refusal, IntegrityError) as error:
                refusal = understood(error)
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.detail)
        context = {
            **self.admin_site.each_context(request),
            "title": act.label,
            "opts": self.opts,
            "original": row,
            "form": form,
            "act": act,
            "foretold": foretold,
            "button": act.label if foretold or act.preview is None else act.preview_label,
            "seen": asked,
            "media": self.media + form.media,
            "back": asked_way(request) or back,
        }
        return TemplateResponse(request, template, context)

    def _way_back(self, request: HttpRequest, row: models.Model) -> str:
        asked = asked_way(request)
        if asked:
            return asked
        still_there = type(row)._base_manager.filter(pk=row.pk).exists()
        return self.place_of(row) if still_there else reverse(f"admin:{self._name('changelist')}")

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict | None = None) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request):
            raise PermissionDenied
        if row is None or not hasattr(row, "events"):
            raise Http404
        self.record_reads(request, [row])
        self._name_page(request, f"History of {self.title_of(row)}")
        context = {
            **self.admin_site.each_context(request),
            "title": request.page_title,
            "opts": self.opts,
            "original": row,
            "entries": history.entries_of(row),
            "back": self.place_of(row),
        }
        return TemplateResponse(request, "clinic/pages/history.html", context)

    # The record of changes is written by the database's triggers. Django's own log would be a second, partial one,
    # and would copy the names of clinical rows to where those who may not read them can.
    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None: ...

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None: ...

    def log_deletions(self, request: HttpRequest, queryset: models.QuerySet) -> None: ...

    def construct_change_message(
        self, request: HttpRequest, form: forms.ModelForm, formsets: list | None, add: bool = False
    ) -> str:
        return ""
