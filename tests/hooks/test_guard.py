import asyncio
import inspect

import pytest

from moderation.hooks import Gate, PublicationBlocked
from moderation.readers import InputError
from moderation.verdict import Action

from .fake import RECORD, FakeModerator, raising


def gate_for(action: Action, **options) -> Gate:
    return Gate(FakeModerator(action), **{"on_unavailable": "hold", **options})


BLOCKING = [
    (gate_for(Action.REVIEW), "hold"),
    (gate_for(Action.REJECT), "reject"),
    (Gate(FakeModerator(before=raising(OSError())), on_unavailable="hold"), "hold"),
]
PASSING = [
    gate_for(Action.ALLOW),
    gate_for(Action.REVIEW, hold_reviews=False),
    gate_for(Action.REJECT, observe_only=True),
    Gate(FakeModerator(before=raising(OSError())), on_unavailable="allow"),
]


class Site:
    """The ways to publish through a gate; each returns what was published."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.published: list[str] = []

    def decorated(self) -> None:
        @self.gate.guard(article=lambda record, **_: record)
        def publish(record, *, section):
            self.published.append(f"{section}/{record['id']}")
            return section

        assert publish(RECORD, section="news") == "news"

    def decorated_async(self) -> None:
        @self.gate.guard(article=lambda record, **_: record)
        async def publish(record, *, section):
            self.published.append(f"{section}/{record['id']}")
            return section

        assert inspect.iscoroutinefunction(publish)
        assert asyncio.run(publish(RECORD, section="news")) == "news"

    def with_block(self) -> None:
        with self.gate.publishing(RECORD) as decision:
            assert decision.publish
            self.published.append(f"news/{decision.article_id}")

    def with_block_async(self) -> None:
        async def publish() -> None:
            async with self.gate.apublishing(RECORD) as decision:
                assert decision.publish
                self.published.append(f"news/{decision.article_id}")

        asyncio.run(publish())


WAYS = [Site.decorated, Site.decorated_async, Site.with_block, Site.with_block_async]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("gate", "action"), BLOCKING)
def test_a_blocked_article_is_not_published(way, gate, action):
    site = Site(gate)
    with pytest.raises(PublicationBlocked) as caught:
        way(site)
    assert caught.value.decision.action == action
    assert not site.published


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("gate", PASSING)
def test_an_allowed_article_is_published_once(way, gate):
    site = Site(gate)
    way(site)
    assert site.published == ["news/a-1"]


def test_what_the_body_raises_is_raised():
    gate = gate_for(Action.ALLOW)
    with pytest.raises(ZeroDivisionError), gate.publishing(RECORD):
        _ = 1 / 0

    @gate.guard(article=lambda: RECORD)
    async def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(fail())


def test_bad_input_publishes_nothing():
    gate = gate_for(Action.ALLOW, observe_only=True)

    @gate.guard(article=lambda record: record)
    def publish(record):
        pytest.fail("published")

    with pytest.raises(InputError):
        publish({"title": "no id"})


def test_a_decorated_method_keeps_its_name_and_gets_its_object():
    gate = gate_for(Action.ALLOW)

    class Post:
        title = "天气"

        @gate.guard(article=lambda post: {"id": 1, "title": post.title})
        def publish(self):
            """Make it public."""
            return self

    post = Post()
    assert post.publish() is post
    assert Post.publish.__name__ == "publish"
    assert Post.publish.__doc__ == "Make it public."
