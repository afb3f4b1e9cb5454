from django.db import models


class AnsweredRequest(models.Model):
    """The first answer to a POST that carried an `Idempotency-Key`, kept for a day."""

    scope = models.CharField(max_length=40, help_text="Whose key this is: user:12, or public.")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    answered_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="answered_request_once_per_key")]

    def __str__(self) -> str:
        return f"{self.scope} {self.status}"
