"""Fits the doorway model: logistic regression over the features of pages drawn for fitting.

Few kinds of pages were drawn of all there are, and a feature may speak against abuse in them by chance. So the sign of
most coefficients is given: what can only be a sign of a doorway never counts against one. On pages of a family that the
model did not see this finds more of them.

Usage: `python -m moderation.training.pages.fit_doorway [--pages N] [--seed S] [--target FILE]`.

A title that the fast model was trained on is scored too surely, and every drawn title is one. So a stand-in for it is
fitted on three quarters of the training rows, and the pages are drawn from the last quarter.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from moderation.detectors.query_features import features as features_of
from moderation.detectors.query_features import read, with_key
from moderation.detectors.query_page import QueryPage
from moderation.normalize import Document
from moderation.readers import read_html
from moderation.scoring.ngram import NgramModel
from moderation.taxonomy import CategoryId
from moderation.training.dataset import Row
from moderation.training.examples import of_rows
from moderation.training.fit import fit
from moderation.training.pages.build import draw
from moderation.training.pages.material import Library
from moderation.training.pages.page import Page

TARGET = Path(__file__).parents[2] / "resources" / "doorway.npz"
_STRENGTH = 0.5
_FOR = frozenset(
    "made made*away made*thin made*sells made*body made*talk made*quoted made*path made*question"
    " made*density guest body*sells body*heads query*installer query*doubled stuffing*away stuffing*entities key*talk"
    " sells thin key_abuse rest_abuse heads doubled installer entities cliches outline markdown".split()
)
_AGAINST = frozenset("warns treats reports made*warns made*treats made*reports other*query".split())
_UNHEARD = ("title_clickbait", "made*clickbait")
"""Signs of a doorway (so is all that the classifier says of title and body, but for stuffing), and of none. Bait is so
seldom in the drawn titles that its coefficients would be chance."""
_TITLE_STRENGTH = 150.0
_CLEAN_WEIGHT, _OTHER_ABUSE_WEIGHT = 2.0, 0.4
"""A clean page accused is the worse mistake; an abusive page of another kind is accused anyway."""

_ELSEWHERE = ("spliced.interleaved_articles",)
"""What makes these a doorway is found by another detector."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Table:
    """Features, gold and weight of each page, and its family."""

    names: tuple[str, ...]
    features: Floats
    gold: npt.NDArray[np.int8]
    weights: Floats
    families: list[str]
    clean: npt.NDArray[np.bool_]


def parts(library: Library, seed: int) -> tuple[list[Row], Library]:
    """Three quarters of the training rows to fit the stand-in on, and a library that draws from the others only."""

    def first(row: Row) -> bool:
        key = f"{seed} {row.hand} {row.pair or row.id}"
        return hashlib.sha256(key.encode()).digest()[0] % 4 != 0

    rows = library.rows["train"]
    rest = {**library.rows, "train": [row for row in rows if not first(row)]}
    return [row for row in rows if first(row)], Library(library.donors, rest)


def table(pages: Sequence[Page], classifier: NgramModel) -> Table:
    """The features of pages."""
    features: list[list[float]] = []
    gold: list[bool] = []
    weights: list[float] = []
    names: tuple[str, ...] = ()
    for page in pages:
        query = QueryPage(Document(read_html(page.html, identifier=page.id, url=page.url)))
        found = features_of(query, with_key(query, read(query, classifier), classifier))
        names = tuple(found)
        features.append(list(found.values()))
        gold.append(CategoryId.DOORWAY in page.gold.categories)
        weights.append(_weight(page))
    return Table(
        names,
        np.array(features, dtype=np.float64),
        np.array(gold, dtype=np.int8),
        np.array(weights),
        [page.family for page in pages],
        np.array([page.group != "abusive" for page in pages]),
    )


def _weight(page: Page) -> float:
    if page.family in _ELSEWHERE:
        return 0.0
    if page.group != "abusive":
        return _CLEAN_WEIGHT
    return 1.0 if CategoryId.DOORWAY in page.gold.categories else _OTHER_ABUSE_WEIGHT


def _bounds(name: str) -> tuple[float | None, float | None]:
    """The range of a feature's coefficient."""
    if name in _UNHEARD:
        return 0.0, 0.0
    if name in _FOR or (name.startswith(("title_", "body_")) and name != "title_stuffing"):
        return 0.0, None
    return (None, 0.0) if name in _AGAINST else (None, None)


def regression(rows: Table, chosen: npt.NDArray[np.bool_], strength: float = _STRENGTH) -> tuple[Floats, float]:
    """Coefficients of plain features, and the offset: logistic regression with a ridge, under bounds (L-BFGS-B)."""
    features, weights = rows.features[chosen], rows.weights[chosen]
    gold = rows.gold[chosen].astype(np.float64)
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    scaled = (features - mean) / scale

    def loss(guess: Floats) -> tuple[float, Floats]:
        linear = scaled @ guess[:-1] + guess[-1]
        missed = np.logaddexp(0.0, -linear) * gold + np.logaddexp(0.0, linear) * (1.0 - gold)
        off = (_sigmoid(linear) - gold) * weights
        slope = np.append(strength * (scaled.T @ off) + guess[:-1], strength * off.sum())
        return float(strength * (weights @ missed) + 0.5 * guess[:-1] @ guess[:-1]), slope

    bounds = [*(_bounds(name) for name in rows.names), (None, None)]
    found = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds).x
    coefficients = found[:-1] / scale
    return coefficients, float(found[-1] - coefficients @ mean)


def left_out(rows: Table, strength: float = _STRENGTH) -> Floats:
    """The probability of every page by a model that saw no page of its family."""
    result = np.zeros(len(rows.gold))
    families = np.array(rows.families)
    for family in sorted(set(rows.families)):
        inside = families == family
        coefficients, offset = regression(rows, ~inside, strength)
        result[inside] = _sigmoid(rows.features[inside] @ coefficients + offset)
    return result


def report(rows: Table, probabilities: Floats, level: float = 0.6) -> list[str]:
    """F1, clean pages flagged, and the families that go wrong."""
    said, gold = probabilities >= level, rows.gold == 1
    right = int((said & gold).sum())
    lines = [
        f"F1 {2 * right / max(int(said.sum() + gold.sum()), 1):.3f}, precision {right / max(int(said.sum()), 1):.3f}, "
        f"recall {right / max(int(gold.sum()), 1):.3f}, clean flagged {float(said[rows.clean].mean()):.4f}"
    ]
    families = np.array(rows.families)
    for family in sorted(set(rows.families)):
        inside = families == family
        share = float((said == gold)[inside].mean())
        if share < 0.95:
            lines.append(f"  {family}: {share:.2f} right of {int(inside.sum())}")
    return lines


def _sigmoid(values: Floats) -> Floats:
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(values, -30, 30)))
    return result


def save(path: Path, names: Sequence[str], coefficients: Floats, offset: float, about: dict[str, object]) -> None:
    """Write the model: plain arrays and a line of JSON."""
    np.savez_compressed(
        path,
        coefficients=coefficients.astype(np.float32),
        offset=np.array([offset], dtype=np.float32),
        about=np.array(json.dumps({**about, "names": list(names)})),
    )


def main() -> None:
    """Fit, report and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    rows, library = parts(Library.load(), options.seed)
    stand_in = fit(of_rows(rows), _TITLE_STRENGTH, options.seed)
    found = table(draw(options.seed, options.pages, library=library), stand_in)
    print("each family left out:", *report(found, left_out(found)), sep="\n")
    everything = np.ones(len(found.gold), dtype=bool)
    coefficients, offset = regression(found, everything)
    print("all:", *report(found, _sigmoid(found.features @ coefficients + offset)), sep="\n")
    about = {"pages": len(found.gold), "seed": options.seed, "strength": _STRENGTH}
    save(options.target, found.names, coefficients, offset, about)


if __name__ == "__main__":
    main()
