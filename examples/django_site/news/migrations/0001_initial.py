# ruff: noqa: RUF012 - lists on the class are how Django writes a migration
import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Article",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("body", models.TextField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("published", "已发布"),
                            ("held", "待人工审核"),
                            ("rejected", "未通过"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("moderation_note", models.TextField(blank=True, default="")),
                ("verdict", models.JSONField(blank=True, null=True)),
            ],
        ),
    ]
