"""Qingliu: screens Chinese articles before they are published.

from moderation import Moderator, read
for article in read("page.html"):
    print(Moderator.load().score(article).action)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from moderation.article import Article as Article
    from moderation.pipeline import Moderator as Moderator
    from moderation.readers import InputError as InputError
    from moderation.readers import read as read
    from moderation.readers import read_record as read_record
    from moderation.verdict import Action as Action
    from moderation.verdict import Verdict as Verdict

_HOMES = {
    "Article": "moderation.article",
    "Moderator": "moderation.pipeline",
    "InputError": "moderation.readers",
    "read": "moderation.readers",
    "read_record": "moderation.readers",
    "Action": "moderation.verdict",
    "Verdict": "moderation.verdict",
}
__all__ = ["Action", "Article", "InputError", "Moderator", "Verdict", "__version__", "read", "read_record"]


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
