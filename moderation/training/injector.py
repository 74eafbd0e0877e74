"""A simulation of the fragment-injecting program, for training pages and for tests. See THREATS.md, section 1."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_FUNCTION_WORDS = frozenset("的了和是在与及或也都就而吗呢吧啊把被对为从到有不这那之其又更很")
_MARKERS = "的是，。？、,"


def fragments_of(title: str) -> list[str]:
    """The title cut as the program cuts it: dictionary words, and two-character windows over unknown runs."""
    import jieba

    fragments = []
    for run in re.findall(r"[\u4e00-\u9fff]+", title):
        unknown = ""
        for word in [*jieba.cut(run, HMM=False), ""]:
            if len(word) == 1 and word not in _FUNCTION_WORDS:
                unknown += word
                continue
            fragments += [unknown[i : i + 2] for i in range(0, len(unknown) - 1, 2)]
            unknown = ""
            if len(word) > 1:
                fragments.append(word)
    return fragments


def inject(
    paragraphs: Sequence[str], fragments: Sequence[str], seed: int
) -> tuple[list[str], list[tuple[int, int, int]]]:
    """Paragraphs with the fragments inserted, and each insertion as `(paragraph, start, end)` in the result."""
    draw = random.Random(seed)
    left = draw.choice((14, 15)) if fragments else 0
    turn = 0
    result: list[str] = []
    spans: list[tuple[int, int, int]] = []
    for number, paragraph in enumerate(paragraphs):
        written = ""
        for character in paragraph:
            written += character
            if character in _MARKERS and left and draw.random() < 0.6:
                fragment = fragments[turn % len(fragments)]
                spans.append((number, len(written), len(written) + len(fragment)))
                written += fragment
                turn, left = turn + 1, left - 1
        result.append(written)
    return result, spans
