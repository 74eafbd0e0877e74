"""What the fast model says of titles it has not seen.

It knows the training titles by heart: fitted on its own judgement of them, a model of pages would take every doubt for
a finding. So the titles are dealt into parts, and each part is judged by a model fitted on the others.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from moderation.detectors.link_model import sigmoid
from moderation.normalize import Normalized, normalize
from moderation.scoring.ngram import Influence, NgramModel
from moderation.taxonomy import CategoryId
from moderation.training.calibrate import fit_calibration, scores_of
from moderation.training.dataset import Row
from moderation.training.examples import of_rows
from moderation.training.fit import fit

Scores = npt.NDArray[np.float32]
_STRENGTH, _SEED = 150.0, 20261126
_PART = 0.8
"""The weight of the held-out judgement against the shipped model's own, on log-odds.

The models of the parts know less than the shipped one: fewer rows, no disguises, no ordinary headlines. With this
weight clean and abusive titles of train are as often doubtful as those of dev are to the shipped model.
"""


class HeldOut:
    """The shipped fast model, except for titles that others have judged."""

    def __init__(self, model: NgramModel, judged: Mapping[str, Scores]) -> None:
        self._model, self._judged = model, judged

    @property
    def categories(self) -> tuple[CategoryId, ...]:
        """The categories, in column order."""
        return self._model.categories

    def probabilities(self, text: Normalized, start: int = 0, end: int | None = None) -> Scores:
        """The calibrated probability of each category for `text[start:end]`."""
        row: Scores = self.fast(text, [(start, len(text) if end is None else end)])[0]
        return row

    def fast(self, text: Normalized, ranges: Sequence[tuple[int, int]]) -> Scores:
        """The probabilities of many ranges, `(ranges, categories)`."""
        result = self._model.fast(text, ranges)
        for number, (start, end) in enumerate(ranges):
            known = self._judged.get(text.text[start:end])
            if known is not None:
                result[number] = known
        return result

    def classify(self, text: Normalized, ranges: Sequence[tuple[int, int]]) -> Scores:
        """The same as `fast`."""
        return self.fast(text, ranges)

    def explain(
        self, text: Normalized, category: CategoryId, start: int = 0, end: int | None = None
    ) -> list[Influence]:
        """The ranges that speak for a category, by the shipped model."""
        return self._model.explain(text, category, start, end)


def judge_held_out(rows: Sequence[Row], shipped: NgramModel, parts: int = 3) -> dict[str, Scores]:
    """Normalised training title -> probabilities by a model that was fitted on the other parts, calibrated on dev."""
    train = [row for row in rows if row.split == "train"]
    random.Random(_SEED).shuffle(train)
    dev = [row for row in rows if row.split == "dev"]
    examples = of_rows(dev)
    judged: dict[str, Scores] = {}
    for part in range(parts):
        model = fit(of_rows([row for i, row in enumerate(train) if i % parts != part]), _STRENGTH, _SEED)
        calibration = fit_calibration(scores_of(model, examples.texts), examples.labels)
        own = [row.text for i, row in enumerate(train) if i % parts == part]
        found = calibration.apply(scores_of(model, own))
        known = shipped.calibration.apply(scores_of(shipped, own))
        blended = sigmoid(_PART * _log_odds(found) + (1 - _PART) * _log_odds(known))
        judged |= {normalize(text).text: row for text, row in zip(own, blended, strict=True)}
    return judged


def _log_odds(probabilities: Scores) -> Scores:
    clipped = np.clip(probabilities, 1e-6, 1 - 1e-6)
    result: Scores = np.log(clipped / (1 - clipped))
    return result
