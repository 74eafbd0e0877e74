"""The systems: ours, the stack that anyone would put together first, and an extractor that judges nothing.

Each is made by a function that raises ImportError where the machine lacks a package, and is then a function
of a page's bytes.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.pages.made import titles
from moderation.artifacts import default_model, load_artifact
from moderation.lexicon import Lexicon
from moderation.pipeline import Moderator
from moderation.policy import Policy
from moderation.readers import read_html
from moderation.readers.encoding import decode
from moderation.scoring import EncoderUse, load_classifier
from moderation.verdict import Verdict

Judge = Callable[[bytes], object]
_WINDOW, _STEP = 120, 60
_ROWS = 4_000
"""Titles of each side that the naive stack's model is fitted on."""


@dataclass(frozen=True, slots=True)
class System:
    """A system by its name in the tables."""

    name: str
    make: Callable[[], Judge]


class Ours:
    """Qingliu from bytes to verdict, repair included, without its memory of texts seen before.

    The benchmark gives one page again and again; a memory would judge it for nothing. So each page is judged by a
    moderator whose memories are emptied first, off the clock.
    """

    def __init__(self, use: EncoderUse) -> None:
        policy = Policy.default()
        policy = replace(policy, escalation=replace(policy.escalation, use=use))
        artifact = load_artifact(default_model())
        self.model: Any = load_classifier(artifact, policy.escalation)
        self._moderator = Moderator(self.model, artifact.label, policy)

    def forget(self) -> None:
        """Empty every memory of texts, addresses and style sheets that models and functions keep."""
        for memory in (*self.memories(), *_bounded_memories()):
            memory.cache_clear()

    def memories(self) -> list[Any]:
        """What the model, and the models it is made of, remember."""
        parts = (self.model, *vars(self.model).values())
        held = [value for part in parts if hasattr(part, "__dict__") for value in vars(part).values()]
        return [value for value in held if hasattr(value, "cache_clear")]

    def __call__(self, data: bytes) -> Verdict:
        """The verdict on a page."""
        text, _ = decode(data)
        return self._moderator.score(read_html(text, identifier="page", url="http://www.chenlu-news.example/a/1.html"))


_REMEMBERING = type(lru_cache(len))


def _bounded_memories() -> list[Any]:
    """What functions of the package remember of pages; a memory without a bound holds resources, which stay loaded."""
    modules = [module for name, module in sys.modules.items() if name.startswith("moderation.")]
    # By type: SQLAlchemy's `func`, which the audit imports, has an attribute of any name.
    held = [value for module in modules for value in vars(module).values() if isinstance(value, _REMEMBERING)]
    return [value for value in held if value.cache_parameters()["maxsize"] is not None]


class Naive:
    """Soup, conversion to Simplified, words, a word filter in a tree of dictionaries, TF-IDF over windows."""

    def __init__(self, parser: str) -> None:
        import jieba
        from bs4 import BeautifulSoup
        from opencc import OpenCC
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        if parser == "lxml":
            import lxml  # noqa: F401
        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()
        self._soup = lambda data: BeautifulSoup(data, parser)
        self._simplified = OpenCC("t2s").convert
        self._words = jieba.lcut
        self._tree = tree_of(term.text for term in Lexicon.load().terms if not term.allow)
        clean, abusive = titles(False)[:_ROWS], titles(True)[:_ROWS]
        self._vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
        matrix = self._vectorizer.fit_transform([*clean, *abusive])
        self._model = LogisticRegression(C=10.0, max_iter=200).fit(matrix, [0] * len(clean) + [1] * len(abusive))

    def __call__(self, data: bytes) -> tuple[float, list[str], int]:
        """The highest probability of any window, the terms found, the number of words."""
        soup = self._soup(data)
        for element in soup(["script", "style"]):
            element.decompose()
        title = self._simplified(soup.title.get_text() if soup.title else "")
        body = self._simplified(soup.get_text("\n", strip=True))
        words = self._words(body)
        found = filtered(f"{title}\n{body}".lower(), self._tree)
        windows = [title, *(body[start : start + _WINDOW] for start in range(0, len(body), _STEP))]
        probabilities = self._model.predict_proba(self._vectorizer.transform(windows))[:, 1]
        return float(probabilities.max()), found, len(words)


def tree_of(terms: Iterator[str]) -> dict[str, Any]:
    """Terms as a tree of dictionaries; the empty key ends a term."""
    root: dict[str, Any] = {}
    for term in terms:
        node = root
        for character in term:
            node = node.setdefault(character, {})
        node[""] = {}
    return root


def filtered(text: str, tree: dict[str, Any]) -> list[str]:
    """The longest term at each place of a text, as word filters look for it."""
    found = []
    for start in range(len(text)):
        node, longest = tree, 0
        for place in range(start, len(text)):
            following = node.get(text[place])
            if following is None:
                break
            node = following
            if "" in node:
                longest = place + 1 - start
        if longest:
            found.append(text[start : start + longest])
    return found


def _trafilatura() -> Judge:
    from trafilatura import extract

    return lambda data: extract(data)


def systems() -> tuple[System, ...]:
    """Ours first: the others are compared with it."""
    return (
        System("Qingliu, fast model alone", lambda: Ours(EncoderUse.NEVER)),
        System("naive stack (lxml)", lambda: Naive("lxml")),
        System("naive stack (html.parser)", lambda: Naive("html.parser")),
        System("trafilatura.extract alone", _trafilatura),
    )


def pages_file() -> Path:
    """The labelled pages, where they have been built."""
    return Path(__file__).parents[2] / "data" / "pages.jsonl"
