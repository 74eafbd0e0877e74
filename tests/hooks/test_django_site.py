"""examples/django_site, run in this process with a fake moderator, and as its reader would run it."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SITE = ROOT / "examples" / "django_site"


def demo(**environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(ROOT), str(HERE)))
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "demo"],
        cwd=SITE,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **environment},
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def statuses(output: str) -> list[str]:
    return [line.split()[0] for line in output.splitlines() if not line.startswith(" ")]


@pytest.fixture(scope="module")
def site():
    """The example's models, over a database in memory."""
    django = pytest.importorskip("django")
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(SITE))
    patch.syspath_prepend(str(HERE))
    patch.setenv("DJANGO_SETTINGS_MODULE", "fake_site_settings")
    from django.conf import settings

    settings.LOGGING_CONFIG = None  # the example's handlers would stay for every later test
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from news import models

    yield models
    connection.close()
    patch.undo()


@pytest.mark.parametrize(
    ("title", "body", "status", "note", "action"),
    [
        ("肺结节筛查", "多数是良性的。", "published", "", "allow"),
        ("国产精品久久久久人妻", "多数是良性的。", "rejected", "标题低俗。", "reject"),
        ("肺结节筛查", "代开发票。", "held", "标题低俗。", "review"),
    ],
)
def test_publishing_asks_the_gate(site, title, body, status, note, action):
    article = site.Article(title=title, body=body)
    assert article.publish() is (status == "published")
    article.refresh_from_db()
    assert (article.status, article.moderation_note) == (status, note)
    assert article.verdict["action"] == action
    assert article.verdict["model"] == "title-1"


def test_a_draft_is_saved_unseen(site):
    article = site.Article.objects.create(title="国产精品久久久久人妻", body="")
    assert article.status == "draft"
    assert article.verdict is None


@pytest.mark.parametrize("only", [None, ["title"]])
def test_an_edit_of_a_published_article_is_checked(site, only):
    article = site.Article(title="肺结节筛查", body="多数是良性的。")
    assert article.publish()
    article.title = "国产精品久久久久人妻"
    article.save(update_fields=only)
    article.refresh_from_db()
    assert article.status == "rejected"
    assert article.verdict["reasons"][0]["rule"] == "explicit.reject"


def test_an_article_held_by_an_outage_can_be_published_later(site):
    article = site.Article(title="outage", body="")
    assert not article.publish()
    (held,) = site.Article.objects.filter(status="held", verdict__isnull=True)
    assert "暂时不可用" in held.moderation_note
    held.title = "肺结节筛查"
    assert held.publish()
    assert held.moderation_note == ""


def test_the_migrations_are_complete(site):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_demo_with_a_fake_moderator():
    run = demo(DJANGO_SETTINGS_MODULE="fake_site_settings")
    assert statuses(run.stdout) == ["published", "rejected", "held"]
    assert "久久" not in run.stdout + run.stderr
    assert run.stderr.count("gate article_id=") == 3


def test_the_demo_observing_only():
    run = demo(DJANGO_SETTINGS_MODULE="fake_site_settings", MODERATION_OBSERVE_ONLY="1")
    assert statuses(run.stdout) == ["published"] * 3
    assert "would_have_been=reject" in run.stderr


@pytest.mark.skipif(
    importlib.util.find_spec("moderation.pipeline") is None,
    reason="the demo needs Moderator.load(), and moderation.pipeline is not written yet",
)
def test_the_demo_as_it_is():
    run = demo(DJANGO_SETTINGS_MODULE="config.settings")
    clean, explicit, injected = statuses(run.stdout)
    assert clean == "published", run.stderr
    assert explicit in ("held", "rejected"), run.stderr
    assert injected in ("held", "rejected"), run.stderr
    assert "unavailable" not in run.stderr
