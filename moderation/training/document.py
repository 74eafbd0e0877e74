"""One evaluation as a document: measured once, then printed, stored as JSON or drawn as a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from moderation.artifacts import default_model, load_artifact
from moderation.pipeline import Moderator
from moderation.policy import Policy
from moderation.scoring import load_classifier
from moderation.training.card import result_table, robustness_table, slice_table
from moderation.training.dataset import SPLITS
from moderation.training.evaluate import Evaluation, EvasionResult, evaluate, robustness
from moderation.training.page_evaluation import PageEvaluation, evaluate_pages
from moderation.training.pages.page import PageError, load_pages
from moderation.training.split import digest, load_corpus


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that one run of `moderation evaluate` found."""

    model: str
    policy: str
    digests: dict[str, str]
    titles: list[Evaluation]
    robustness: list[EvasionResult]
    pages: list[PageEvaluation]


def measure(
    corpus: Path, pages: Path | None, splits: Sequence[str], model: Path | None, policy: Path | None, card: bool
) -> Document:
    """Measure a model on splits of the titles, of the pages if given, and under disguise if `card`.

    Raises DatasetError, ArtifactError, PolicyError, and ValueError for a split without rows.
    """
    rules = Policy.load(policy) if policy else Policy.default()
    artifact = load_artifact(model or default_model())
    judge = load_classifier(artifact, rules.escalation)
    rows = load_corpus(corpus)
    titles = [evaluate(judge, rows, split, rules) for split in splits]
    disguised = robustness(judge, rows, splits[0], rules) if card else []
    judged = []
    if pages is not None:
        try:
            known = load_pages(pages)
        except PageError as error:
            raise ValueError(str(error)) from error
        moderator = Moderator.load(model, policy)
        judged = [evaluate_pages(moderator, known, split) for split in splits]
    digests = {split: digest(rows, split) for split in SPLITS}
    return Document(artifact.label, rules.version, digests, titles, disguised, judged)


def as_json(document: Document) -> str:
    """All figures, for other programs."""
    return json.dumps(asdict(document), ensure_ascii=False, indent=1) + "\n"


def as_html(document: Document) -> str:
    """A self-contained page to look at."""
    from moderation.training.report import render

    return render(json.loads(as_json(document)))


def text(document: Document) -> str:
    """Markdown, for a terminal."""
    parts = [f"# {document.model}, policy {document.policy}"]
    for result in document.titles:
        parts += [f"\n## Titles, {result.split}\n", result_table(result), "", slice_table(result)]
    if document.robustness:
        parts += [f"\n## Under disguise, {document.titles[0].split}\n", robustness_table(document.robustness)]
    for pages in document.pages:
        parts += [f"\n## Pages, {pages.split}\n", _page_table(pages)]
    return "\n".join(parts)


def _page_table(result: PageEvaluation) -> str:
    figures = {
        "action right": result.action_right,
        "abusive pages flagged": result.abusive_flagged,
        "clean pages flagged": result.clean_flagged,
        "clean pages rejected": result.clean_rejected,
        "bad link blocks located": result.bad_blocks_located,
        "good link blocks accused": result.good_blocks_accused,
        "hidden elements found": result.hidden_found,
        "injected strings recovered": result.injected_recovered,
        "donor text restored exactly": result.donor_restored,
    }
    lines = ["| measure | share | of |", "| --- | --- | --- |"]
    lines += [f"| {name} | {interval} | {interval.rows} |" for name, interval in figures.items()]
    lines += ["", "| category | pages | precision | recall | F1 |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {row.category} | {row.rows} | {row.precision} | {row.recall} | {row.f1} |" for row in result.categories
    ]
    lines += ["", "| family | pages | action right | flagged |", "| --- | --- | --- | --- |"]
    lines += [f"| {row.family} | {row.rows} | {row.action_right} | {row.flagged} |" for row in result.families]
    return "\n".join(lines)
