"""Fit the weights of the noisy-or to pages: how often each signal is right about its category.

A weight is a probability, and what was written down before any page was counted is its prior: a Beta distribution
worth `PRIOR` observations around the present weight. The fit maximises the likelihood of the pages' categories under
`scoring/scorer.py` plus that prior. Signals that no page shows keep their weight, and so do `title.*` and
`title_part.*`, which are calibrated by themselves, and `terms.denied_*`, which are orders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from moderation.detectors import DETECTORS
from moderation.pipeline import Moderator
from moderation.readers import read_html
from moderation.scoring import Scorer
from moderation.signals import Signal
from moderation.taxonomy import CategoryId
from moderation.training.pages.page import Page

PRIOR = 12.0
_LOWEST, _HIGHEST = 0.02, 0.995
_FIXED = ("title.", "title_part.", "terms.denied_")
_CERTAIN = 0.9995


@dataclass(frozen=True, slots=True)
class Observation:
    """What the detectors said of one page, and what is true of it."""

    strengths: Mapping[str, float]
    labels: frozenset[CategoryId]


def observe(moderator: Moderator, pages: Iterable[Page]) -> list[Observation]:
    """Run the detectors over pages."""
    return [
        _observation(moderator.examine(read_html(page.html, identifier=page.id, url=page.url)), page) for page in pages
    ]


def _observation(signals: Sequence[Signal], page: Page) -> Observation:
    strengths: dict[str, float] = {}
    for signal in signals:
        strengths[signal.name] = max(strengths.get(signal.name, 0.0), signal.strength)
    return Observation(strengths, frozenset(page.gold.categories))


def fit_weights(observations: Sequence[Observation], present: Mapping[str, float]) -> dict[str, float]:
    """The weights that make the pages likeliest, starting from the present ones."""
    categories = {spec.name: spec.category for detector in DETECTORS for spec in detector.specs}
    fitted = dict(present)
    for category in CategoryId:
        own = [name for name in present if categories.get(name) is category]
        free = [
            name
            for name in own
            if not name.startswith(_FIXED) and any(name in observation.strengths for observation in observations)
        ]
        if free:
            fitted |= dict(zip(free, _fit(observations, category, own, free, present), strict=True))
    return fitted


def _fit(
    observations: Sequence[Observation],
    category: CategoryId,
    own: Sequence[str],
    free: Sequence[str],
    present: Mapping[str, float],
) -> list[float]:
    strengths = np.array([[observation.strengths.get(name, 0.0) for name in own] for observation in observations])
    labels = np.array([category in observation.labels for observation in observations])
    detectors = np.array([name.partition(".")[0] for name in own])
    groups = [np.flatnonzero(detectors == detector) for detector in dict.fromkeys(detectors.tolist())]
    start = np.array([present[name] for name in own])
    moved = np.array([own.index(name) for name in free])
    prior = np.clip(start[moved], _LOWEST, _HIGHEST)

    def loss(values: npt.NDArray[np.float64]) -> float:
        weights = start.copy()
        weights[moved] = values
        right = np.minimum(weights * strengths, _CERTAIN)
        missed = np.prod([1.0 - right[:, group].max(axis=1) for group in groups], axis=0)
        found = np.clip(1.0 - missed, 1e-4, 1.0 - 1e-4)
        likelihood = np.where(labels, np.log(found), np.log1p(-found)).sum()
        belief = PRIOR * (prior * np.log(values) + (1.0 - prior) * np.log1p(-values)).sum()
        return -float(likelihood + belief)

    bounds = [(_LOWEST, _HIGHEST)] * len(free)
    return [round(float(value), 3) for value in minimize(loss, prior, method="L-BFGS-B", bounds=bounds).x]


def rewritten(toml: str, weights: Mapping[str, float]) -> str:
    """The weights file with other values, its order and comments as they were."""

    def line(match: re.Match[str]) -> str:
        known = weights.get(match.group(2))
        return match.group() if known is None else f"{match.group(1)}{known:g}"

    return re.sub(r'^("([a-z_.]+)" = )[0-9.]+', line, toml, flags=re.M)


def log_loss(observations: Sequence[Observation], weights: Mapping[str, float]) -> float:
    """The mean negative log-likelihood of a page's categories, in nats a page."""
    scorer = Scorer(weights)
    categories = {spec.name: spec.category for detector in DETECTORS for spec in detector.specs}
    total = 0.0
    for observation in observations:
        signals = [Signal(name, categories[name], value) for name, value in observation.strengths.items()]
        for score in scorer.score(signals):
            found = min(max(score.probability, 1e-4), 1.0 - 1e-4)
            total -= float(np.log(found if score.category in observation.labels else 1.0 - found))
    return total / max(len(observations), 1)
