"""A site's own rows: the shipped fast model moves towards them, as little as it must; the encoder stays.

What is learnt is a correction of the shipped weights with a ridge penalty, so that a model without evidence stays what
it was. Old and new are measured side by side, on the site's held-out rows and the benchmark, before anything is kept.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from moderation.artifacts import Artifact, load_artifact, write_manifest
from moderation.policy import Policy
from moderation.scoring import Cascade, NgramModel, load_classifier
from moderation.scoring.classifier import WEIGHTS
from moderation.taxonomy import TITLE_CATEGORIES
from moderation.training.dataset import DatasetError, Row, load_rows
from moderation.training.evaluate import Evaluation, evaluate
from moderation.training.examples import Examples, joined, of_rows
from moderation.training.fit import design
from moderation.training.split import digest, with_splits

Progress = Callable[[str], None]
Floats = npt.NDArray[np.float64]
FEWEST_ROWS, FEWEST_CLEAN, FEWEST_OF_CATEGORY = 200, 60, 20
RIDGES = (30.0, 3.0, 0.3, 0.03)
"""How much a correction costs, the dearest first; the site's own `dev` rows choose."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Old and new model on the same rows."""

    name: str
    old: Evaluation
    new: Evaluation


def load_own(path: Path) -> list[Row]:
    """A site's rows with splits. Raises DatasetError for a set that is too small or one-sided, in words."""
    rows = load_rows(path)
    counts = Counter(category for row in rows for category in row.categories)
    clean = sum(row.clean for row in rows)
    wrong = []
    if len(rows) < FEWEST_ROWS:
        wrong.append(f"{len(rows)} rows, at least {FEWEST_ROWS} are needed")
    if clean < FEWEST_CLEAN:
        wrong.append(f"{clean} clean rows, at least {FEWEST_CLEAN} are needed")
    if not counts:
        wrong.append("no abusive rows: a model cannot learn from one side")
    wrong += [
        f"{name}: {count} rows, at least {FEWEST_OF_CATEGORY} are needed (or none)"
        for name, count in sorted(counts.items())
        if count < FEWEST_OF_CATEGORY
    ]
    if wrong:
        raise DatasetError(f"{path}: too small or one-sided to learn from:\n" + "\n".join(wrong))
    return with_splits(rows)


def _corrected(
    matrix: csr_matrix, start: Floats, labels: Floats, weights: Floats, slope: float, ridge: float
) -> Floats:
    """The ridge correction of one category: `start` are the calibrated log-odds of the old weights."""

    def loss(correction: Floats) -> tuple[float, Floats]:
        margin = start + slope * (matrix @ correction)
        value = float((weights * (np.logaddexp(0.0, margin) - labels * margin)).sum())
        slack = weights * (1.0 / (1.0 + np.exp(-np.clip(margin, -30, 30))) - labels)
        gradient = slope * (matrix.T @ slack) + ridge * correction
        return value + 0.5 * ridge * float(correction @ correction), gradient

    found = minimize(loss, np.zeros(matrix.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 60})
    result: Floats = found.x
    return result


def adapted(
    model: NgramModel, matrix: csr_matrix, examples: Examples, categories: Sequence[int], ridge: float
) -> NgramModel:
    """The fast model moved towards examples in the given category columns; others stay as they are.

    `matrix` are the examples' features.
    """
    weights = model.weights.astype(np.float32).copy()
    scores = matrix @ weights + model.bias
    calibration = model.calibration
    for column in categories:
        slope, offset = float(calibration.slopes[column]), float(calibration.offsets[column])
        labels = examples.labels[:, column].astype(np.float64)
        start = slope * scores[:, column].astype(np.float64) + offset
        weights[:, column] += _corrected(matrix, start, labels, examples.weights.astype(np.float64), slope, ridge)
    return NgramModel(model.categories, weights.astype(np.float16), model.bias, calibration)


def best_adapted(model: NgramModel, examples: Examples, columns: Sequence[int], dev: Examples) -> NgramModel:
    """The correction that explains `dev` best, by its log-loss; without such rows, the most careful one."""
    matrix = design(examples.texts)
    if not len(dev):
        return adapted(model, matrix, examples, columns, RIDGES[0])
    judged, labels = design(dev.texts), dev.labels[:, columns]

    def loss(candidate: NgramModel) -> float:
        scores = judged @ candidate.weights.astype(np.float32) + candidate.bias
        found = np.clip(candidate.calibration.apply(scores)[:, columns], 1e-6, 1 - 1e-6)
        return float(-np.where(labels == 1, np.log(found), np.log1p(-found)).mean())

    return min((adapted(model, matrix, examples, columns, ridge) for ridge in RIDGES), key=loss)


def adapt(
    data: Path, base: Path, corpus: Path, policy: Policy, draft: Path, progress: Progress
) -> tuple[str, list[Comparison]]:
    """Adapt the model folder `base` to the rows of `data` and write the result to the folder `draft`.

    `corpus` is rehearsed, and measured on, where it exists. Returns the new label and the comparisons.
    Raises DatasetError, ArtifactError, ValueError.
    """
    own = load_own(data)
    artifact = load_artifact(base)
    old = load_classifier(artifact, policy.escalation)
    fast = old.quick if isinstance(old, Cascade) else old
    known = load_rows(corpus) if corpus.exists() else []
    train = [row for row in own if row.split == "train"]
    present = {category for row in train for category in row.categories}
    columns = [column for column, name in enumerate(TITLE_CATEGORIES) if name in present]
    # Rows that the model was fitted on would tell nothing: it is surer of them than of any other.
    rehearsed = [row for row in known if row.split == "dev"]
    examples = joined([of_rows(train), of_rows(rehearsed)])
    progress(f"adapt to {len(train):,} rows, rehearse {len(rehearsed):,} of the corpus")
    new_fast = best_adapted(fast, examples, columns, of_rows([row for row in own if row.split == "dev"]))
    new = Cascade(new_fast, old.encoder, old.stacker, old.escalation) if isinstance(old, Cascade) else new_fast
    label = _write(artifact, new_fast, own, draft)
    comparisons = []
    held_out = [replace(row, split="own") for row in own if row.split not in ("train", "dev")]
    for name, rows, split in (("your held-out rows", held_out, "own"), ("the benchmark's test split", known, "test")):
        if any(row.split == split for row in rows):
            progress(f"measure on {name}")
            comparisons.append(Comparison(name, evaluate(old, rows, split, policy), evaluate(new, rows, split, policy)))
    return label, comparisons


def _write(artifact: Artifact, fast: NgramModel, own: Sequence[Row], draft: Path) -> str:
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for name in artifact.details["files"]:
        if name not in (WEIGHTS, "MODEL_CARD.md"):
            shutil.copyfile(artifact.file(name), draft / name)
    fast.save(draft / WEIGHTS)
    rows = {split: sum(row.split == split for row in own) for split in ("train", "dev", "test")}
    note = f"# Model card: {artifact.label} adapted\n\nThe fast model of {artifact.label}, moved towards a site's rows."
    (draft / "MODEL_CARD.md").write_text(f"{note}\nRows by split: {json.dumps(rows)}.\n", "utf-8")
    kept = {key: value for key, value in artifact.details.items() if key not in ("format", "name", "version", "files")}
    kept["adapted_from"] = artifact.label
    kept["own_rows"] = {split: digest(own, split) for split in rows}
    write_manifest(draft, artifact.name, f"{artifact.version}-own", kept)
    return f"{artifact.label}-own"


def side_by_side(comparison: Comparison) -> str:
    """Markdown: the figures of both models in two columns."""
    old, new = comparison.old, comparison.new
    rows = [
        ("macro-F1", f"{old.macro_f1:.3f}", f"{new.macro_f1:.3f}"),
        ("abusive flagged", str(old.abusive_flagged), str(new.abusive_flagged)),
        ("dangerous-looking clean flagged", str(old.hard_flagged), str(new.hard_flagged)),
        ("plain flagged", str(old.plain_flagged), str(new.plain_flagged)),
    ]
    rows += [
        (f"F1 {one.category}", str(one.f1), str(other.f1))
        for one, other in zip(old.categories, new.categories, strict=True)
        if one.rows
    ]
    lines = [f"On {comparison.name} ({old.rows:,} rows):", "", "| measure | old | new |", "| --- | --- | --- |"]
    return "\n".join(lines + [f"| {name} | {before} | {after} |" for name, before, after in rows])
