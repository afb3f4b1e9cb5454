import pghistory
from django.conf import settings
from django.db import models

from clinic.models.base import Dated


class DocumentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Papers whose kind this person may read; which permission that is, the composition says."""
        kinds = [kind for kind, paper in settings.PAPERS.items() if user.may(paper["permission"])]
        return self.filter(kind__in=kinds)

    def waiting(self, *, before):
        """Asked for, or taken by a worker that has been silent since `before`."""
        return self.filter(state=Document.State.ASKED) | self.filter(
            state=Document.State.RENDERING, taken_at__lt=before
        )

    def drawn_with(self, digest: str):
        """Those there is a file of and whose content digest begins so, with `is_outdated`: whether the same paper was
        drawn later with other content."""
        later = Document.objects.filter(
            kind=models.OuterRef("kind"),
            subject=models.OuterRef("subject"),
            state=Document.State.READY,
            rendered_at__gt=models.OuterRef("rendered_at"),
        )
        return (
            self.filter(state=Document.State.READY, content_digest__startswith=digest)
            .annotate(is_outdated=models.Exists(later))
            .order_by("-rendered_at", "-pk")
        )


@pghistory.track()
class Document(Dated):
    """A paper: what it is about, where its file is, and the digests that prove both."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked for"
        RENDERING = "rendering", "Being drawn"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    kind = models.CharField(max_length=30)
    subject = models.BigIntegerField(help_text="The id of the invoice, treatment or patient the paper is about.")
    patient_id = models.BigIntegerField(null=True, db_index=True, help_text="Whose record the paper belongs to.")
    title = models.CharField(max_length=200)
    content_digest = models.CharField(max_length=64, help_text="SHA-256 over what the paper says.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    taken_at = models.DateTimeField(null=True, blank=True)
    rendered_at = models.DateTimeField(null=True, blank=True)
    file = models.FileField(upload_to="documents/%Y/", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "content_digest"],
                name="document_once_per_content",
                violation_error_code="document_exists",
                violation_error_message="This paper exists already.",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="ready")
                | (~models.Q(file="") & models.Q(sha256__regex=r"^[0-9a-f]{64}$", size__gt=0, pages__gt=0)),
                name="document_ready_has_file",
                violation_error_code="document_incomplete",
                violation_error_message="A paper is ready only when its file is stored.",
            ),
        ]
        # Like a word from its first letters, whatever the order of letters of the server.
        indexes = [
            models.Index(fields=["content_digest"], opclasses=["varchar_pattern_ops"], name="document_by_digest")
        ]

    def __str__(self) -> str:
        return self.title


class DocumentBatchQuerySet(models.QuerySet):
    def visible_to(self, user):
        kinds = [kind for kind, paper in settings.PAPERS.items() if user.may(paper["permission"])]
        return self.filter(kind__in=kinds)

    def with_progress(self):
        """Adds how many papers of each batch there are to be: `total`, and of them `ready`, `failed` and `waiting`."""
        ready = models.Q(items__document__state=Document.State.READY)
        failed = models.Q(items__document__state=Document.State.FAILED) | ~models.Q(items__problem_code="")
        counted = self.annotate(
            total=models.Count("items"),
            ready=models.Count("items", filter=ready),
            failed=models.Count("items", filter=failed),
        )
        return counted.annotate(waiting=models.F("total") - models.F("ready") - models.F("failed"))


@pghistory.track()
class DocumentBatch(Dated):
    """Many papers of one kind that were asked for at once. What became of each stands in its items."""

    kind = models.CharField(max_length=30)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = DocumentBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "batch of papers"
        verbose_name_plural = "batches of papers"

    def __str__(self) -> str:
        return f"Batch {self.pk}"


class DocumentBatchItemQuerySet(models.QuerySet):
    def unfinished(self):
        """Of which there is neither a paper nor a reason why there is none."""
        return self.filter(document=None, problem_code="")


class DocumentBatchItem(models.Model):
    """One paper of a batch: first only what it is to be about, then the document, or why it was refused."""

    batch = models.ForeignKey(DocumentBatch, on_delete=models.PROTECT, related_name="items")
    subject = models.BigIntegerField()
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="batch_items")
    problem_code = models.CharField(max_length=40, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    objects = DocumentBatchItemQuerySet.as_manager()

    class Meta:
        ordering = ["batch", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "subject"],
                name="batch_item_once_per_subject",
                violation_error_code="subject_twice",
                violation_error_message="The same paper is asked for twice in one batch.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(document=None, problem_code=""),
                name="batch_item_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"item {self.pk} of batch {self.batch_id}"
