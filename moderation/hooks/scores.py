"""What a gate can ask for verdicts, and in which form it hands over what a site submits."""

from __future__ import annotations

import inspect
from collections.abc import Coroutine, Mapping
from typing import Any, Protocol, TypeAlias, TypeGuard

from moderation.article import Article
from moderation.readers import read_record
from moderation.verdict import Verdict

Submitted: TypeAlias = Article | Mapping[str, Any]


class Scores(Protocol):
    """What the gate needs of a moderator. It is called from several threads at once."""

    def score(self, article: Article, /) -> Verdict:
        """Judge one article."""
        ...


class ScoresAsync(Protocol):
    """The same on the event loop: `score` is an `async def`."""

    def score(self, article: Article, /) -> Coroutine[Any, Any, Verdict]:
        """Judge one article."""
        ...


def is_async(moderator: Scores | ScoresAsync) -> TypeGuard[ScoresAsync]:
    """True for a moderator that is awaited."""
    return inspect.iscoroutinefunction(getattr(moderator, "score", None))


def as_taken(moderator: Scores | ScoresAsync, article: Submitted) -> Any:
    """What to call `score` with: a record as it is where the moderator `takes_records`, else the article read from it.

    Raises InputError for a record that cannot be read.
    """
    if isinstance(article, Article) or getattr(moderator, "takes_records", False):
        return article
    return read_record(article)
