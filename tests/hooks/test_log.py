import logging
import re

import pytest

from moderation.hooks import Gate, PublicationBlocked
from moderation.verdict import Action

from .fake import RECORD, FakeModerator, raising

EXPLICIT = "国产精品久久久久人妻"


@pytest.fixture(autouse=True)
def _listen(caplog):
    caplog.set_level(logging.INFO)


def only_record(caplog) -> logging.LogRecord:
    (record,) = caplog.records
    return record


@pytest.mark.parametrize(
    ("action", "level", "probability"),
    [
        (Action.ALLOW, logging.INFO, 0.02),
        (Action.REVIEW, logging.WARNING, 0.98),
        (Action.REJECT, logging.WARNING, 0.98),
    ],
)
def test_a_decision_is_one_line_of_fields(ask, caplog, action, level, probability):
    ask(Gate(FakeModerator(action), on_unavailable="hold"), RECORD)
    record = only_record(caplog)
    assert record.name == "moderation.hooks.gate"
    assert record.levelno == level
    fields = dict(record.moderation)
    assert fields.pop("elapsed_ms") >= 0
    outcome = {Action.ALLOW: "allow", Action.REVIEW: "hold", Action.REJECT: "reject"}[action]
    assert fields == {
        "article_id": "a-1",
        "action": outcome,
        "would_have_been": outcome,
        "observed_only": False,
        "verdict": str(action),
        "category": "explicit",
        "probability": probability,
        "rules": "" if action is Action.ALLOW else f"explicit.{action}",
        "model": "title-1",
    }
    assert record.getMessage().startswith(f"gate article_id=a-1 action={outcome} ")
    assert " observed_only=false " in record.getMessage()


def test_observe_only_logs_what_would_have_been(ask, caplog):
    ask(Gate(FakeModerator(Action.REJECT), on_unavailable="hold", observe_only=True), RECORD)
    assert "action=allow would_have_been=reject observed_only=true verdict=reject" in caplog.text


def test_a_review_that_is_published_is_still_logged(ask, caplog):
    ask(Gate(FakeModerator(Action.REVIEW), on_unavailable="hold", hold_reviews=False), RECORD)
    assert only_record(caplog).levelno == logging.WARNING
    assert "action=allow" in caplog.text
    assert "verdict=review" in caplog.text


@pytest.mark.parametrize("observe_only", [False, True])
def test_an_outage_is_an_error(ask, caplog, observe_only):
    gate = Gate(FakeModerator(before=raising(KeyError("x"))), on_unavailable="hold", observe_only=observe_only)
    ask(gate, RECORD)
    record = only_record(caplog)
    assert record.levelno == logging.ERROR
    assert re.search(r'unavailable="KeyError at [^"]*fake\.py:\d+ fail"', record.getMessage())


def test_the_sites_own_logger_is_used(ask, caplog):
    site = logging.getLogger("site.moderation")
    ask(Gate(FakeModerator(), on_unavailable="hold", logger=site), RECORD)
    adapter = logging.LoggerAdapter(site, {"site": "news"})
    ask(Gate(FakeModerator(), on_unavailable="hold", logger=adapter), RECORD)
    assert [record.name for record in caplog.records] == ["site.moderation"] * 2


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("identifier", ["a-1", f"/news/{EXPLICIT}", EXPLICIT, "\ud83d"])
def test_no_text_of_the_article_is_logged(ask, caplog, action, identifier):
    record = {"id": identifier, "title": EXPLICIT, "body": EXPLICIT}
    decision = ask(Gate(FakeModerator(action), on_unavailable="hold"), record)
    assert decision.article_id == identifier
    assert caplog.text.isascii()
    assert repr(decision.verdict) not in repr(decision)
    assert str(PublicationBlocked(decision)).isascii()


@pytest.mark.parametrize("failing", ["moderator", "loader", "on_decision"])
def test_no_text_of_an_error_is_logged(ask, caplog, failing):
    fail = raising(ValueError(f"cannot encode {EXPLICIT}"))
    if failing == "loader":
        gate = Gate.from_loader(fail, on_unavailable="hold")
    elif failing == "moderator":
        gate = Gate(FakeModerator(before=fail), on_unavailable="hold")
    else:
        gate = Gate(FakeModerator(), on_unavailable="hold", on_decision=lambda decision: fail())
    ask(gate, RECORD)
    assert "ValueError" in caplog.text
    assert EXPLICIT not in caplog.text
    assert EXPLICIT.encode("unicode_escape").decode() not in caplog.text


def test_an_id_cannot_forge_a_line_or_a_field(ask, caplog):
    ask(Gate(FakeModerator(Action.REJECT), on_unavailable="hold"), {"id": "1 action=allow\ngate ok", "title": "天气"})
    assert "\n" not in only_record(caplog).getMessage()
    assert re.search(r"article_id=sha256:[0-9a-f]{16} action=reject", caplog.text)


def test_a_failing_listener_changes_nothing(ask, caplog):
    gate = Gate(FakeModerator(), on_unavailable="hold", on_decision=lambda decision: raising(OSError("metrics"))())
    assert ask(gate, RECORD).publish
    decided, failed = caplog.records
    assert decided.levelno == logging.INFO
    assert failed.levelno == logging.ERROR
    assert failed.getMessage().startswith('gate article_id=a-1 on_decision_failed="OSError at ')
