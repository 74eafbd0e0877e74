import uuid
from typing import Any

from django.db import models

from news.screening import gate, note, summary


class Article(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", "草稿"
        PUBLISHED = "published", "已发布"
        HELD = "held", "待人工审核"
        REJECTED = "rejected", "未通过"

    # Not a serial number: the gate names the article in its log before the first row is written.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    body = models.TextField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    moderation_note = models.TextField(blank=True, default="")
    verdict = models.JSONField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)

    def publish(self) -> bool:
        """Ask for publication; the answer is in `status`, `moderation_note` and `verdict`."""
        self.status = self.Status.PUBLISHED
        self.save()
        return self.status == self.Status.PUBLISHED

    def save(self, *args: Any, **kwargs: Any) -> None:
        # In save and not only in publish: an edit of a published article, or a form that sets the status, goes
        # through the gate as well.
        if self.status == self.Status.PUBLISHED:
            self._ask_gate()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "status", "moderation_note", "verdict"}
        super().save(*args, **kwargs)

    def _ask_gate(self) -> None:
        decision = gate().check({"id": str(self.id), "title": self.title, "body": self.body})
        statuses = {"allow": self.Status.PUBLISHED, "hold": self.Status.HELD, "reject": self.Status.REJECTED}
        self.status = statuses[decision.action]
        self.moderation_note = note(decision)
        self.verdict = summary(decision)
