"""The quality gate: a model must not fall below floors that an earlier one reached, on a corpus that has not moved.

Floors stand in `data/floors.json`: the digest of every split, and for each measured split a bound on each measure. New
training rows move no floor; a change of a measured split closes the gate until someone has looked at it. Updating
raises bounds and never lowers one unless told to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from moderation.training.bootstrap import Interval
from moderation.training.evaluate import Evaluation

MARGIN = 0.02
"""A measure may miss its bound by so much: retraining moves figures by chance."""
FEWEST = 60
"""A slice over fewer rows has no bound: its figure moves by chance more than a bound could catch."""


class GateError(Exception):
    """A floors file that cannot be read."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. `at_least` tells whether a bound is a floor or a ceiling."""

    value: float
    at_least: bool


@dataclass(frozen=True, slots=True)
class Floors:
    """Bounds by split and measure, and the digest of each split they were taken on."""

    digests: Mapping[str, str]
    bounds: Mapping[str, Mapping[str, float]]

    @classmethod
    def load(cls, path: Path) -> Floors:
        """Read a floors file. Raises GateError."""
        try:
            raw = json.loads(path.read_text("utf-8"))
            return cls(dict(raw["digests"]), {split: dict(bounds) for split, bounds in raw["bounds"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise GateError(f"{path}: {type(error).__name__}: {error}") from error

    def save(self, path: Path) -> None:
        """Write a floors file."""
        raw = {"digests": dict(self.digests), "bounds": {split: dict(own) for split, own in self.bounds.items()}}
        path.write_text(json.dumps(raw, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


def measures_of(evaluation: Evaluation) -> dict[str, Measure]:
    """Every bounded figure of an evaluation by name; small slices are left out."""
    found = {"macro_f1": Measure(evaluation.macro_f1, True)}

    def add(name: str, interval: Interval, at_least: bool) -> None:
        if interval.value is not None and interval.rows >= FEWEST:
            found[name] = Measure(interval.value, at_least)

    add("abusive_flagged", evaluation.abusive_flagged, True)
    add("hard_flagged", evaluation.hard_flagged, False)
    add("plain_flagged", evaluation.plain_flagged, False)
    add("pairs_right", evaluation.pairs_right, True)
    for row in evaluation.categories:
        add(f"{row.category}.f1", row.f1, True)
    for part in evaluation.slices:
        if part.slice != "family":
            add(f"{part.slice}={part.value}.recall", part.recall, True)
            add(f"{part.slice}={part.value}.clean_flagged", part.clean_flagged, False)
    return found


def check(floors: Floors, evaluations: Sequence[Evaluation], digests: Mapping[str, str]) -> list[str]:
    """What is wrong, in words; nothing when the gate is passed."""
    wrong = [
        f"{split}: the corpus has changed; look at the change, then update the floors"
        for split, digest in floors.digests.items()
        if split in floors.bounds and digests.get(split) != digest
    ]
    by_split = {evaluation.split: measures_of(evaluation) for evaluation in evaluations}
    for split, bounds in floors.bounds.items():
        measures = by_split.get(split, {})
        for name, bound in bounds.items():
            measure = measures.get(name)
            if measure is None:
                wrong.append(f"{split}: {name}: not measured, its bound is {bound:.3f}")
            elif measure.at_least and measure.value < bound - MARGIN:
                wrong.append(f"{split}: {name}: {measure.value:.3f} is below its floor of {bound:.3f}")
            elif not measure.at_least and measure.value > bound + MARGIN:
                wrong.append(f"{split}: {name}: {measure.value:.3f} is above its ceiling of {bound:.3f}")
    return wrong


def updated(
    floors: Floors | None, evaluations: Sequence[Evaluation], digests: Mapping[str, str], allow_lower: bool = False
) -> Floors:
    """Floors at the level now reached. A bound that is stricter than that stays, unless `allow_lower`."""
    bounds: dict[str, dict[str, float]] = {}
    for evaluation in evaluations:
        old = floors.bounds.get(evaluation.split, {}) if floors is not None else {}
        own = dict(old) if not allow_lower else {}
        for name, measure in measures_of(evaluation).items():
            value = round(measure.value, 4)
            if name in own:
                value = max(value, own[name]) if measure.at_least else min(value, own[name])
            own[name] = value
        bounds[evaluation.split] = own
    return Floors(dict(digests), bounds)
