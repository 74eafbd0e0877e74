"""The model card that every export writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from moderation.training.dataset import Row
from moderation.training.evaluate import Evaluation, EvasionResult
from moderation.training.split import digest

_INTRODUCTION = """\
# Model card: {name} {version}

Hashed character n-grams (1 to 4, two views: as written and without separators) with a few features of shape; one
logistic regression for each of six title categories; Platt calibration on the `dev` split. Inference is numpy.

**Intended use.** Titles, anchors, headings and other short Chinese texts, before publication, with a person behind
every review. **Not for** long running text, other languages, or a decision about a person.

**Limits.** The corpus was written for this project; half of it is abusive and most of its clean rows are chosen to look
dangerous, so probabilities are those of such a mixture, not of an ordinary site. The model knows words and their
surroundings, not meaning: euphemisms it has not met pass, and quoted abuse may be flagged.

**Training data.** {train} rows of `data/titles.jsonl` (CC BY 4.0), split by near-duplicate cluster, family and hand
before fitting, and {benign} ordinary headlines of public third-party sets (MIT), which are not distributed.
"""


def model_card(name: str, version: str, rows: Sequence[Row], results: Mapping[str, Evaluation], benign: int) -> str:
    """Markdown with intended use, limits, data digests and the results on every held-out split."""
    counts = Counter(row.split for row in rows)
    parts = [_INTRODUCTION.format(name=name, version=version, train=counts["train"], benign=benign)]
    parts.append("## Corpus\n\n| split | rows | SHA-256 of ids, texts and labels |\n| --- | --- | --- |")
    parts += [f"| {split} | {counts[split]} | `{digest(rows, split)}` |" for split in counts]
    for split, result in results.items():
        parts.append(f"\n## Results on {split}\n\n{result_table(result)}")
    return "\n".join(parts) + "\n"


def result_table(result: Evaluation) -> str:
    """Markdown table of one evaluation, at the default policy's thresholds, with 95% intervals."""
    lines = [
        "| category | rows | precision | recall | F1 | calibration error |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row.category} | {row.rows} | {row.precision} | {row.recall} | {row.f1} | {row.calibration_error:.3f} |"
        for row in result.categories
    ]
    curve = ", ".join(f"{recall:.3f} at {rate}" for rate, recall in result.recall_at_hard_rate.items())
    lines += [
        "",
        f"Macro F1 {result.macro_f1:.3f} over {result.rows} rows. Flagged: {result.abusive_flagged} of abusive,"
        f" {result.hard_flagged} of clean but dangerous-looking (rejected: {result.hard_rejected}),"
        f" {result.plain_flagged} of plain rows.",
        f"Minimal pairs with both sides right: {result.pairs_right} of {result.pairs_right.rows}.",
        f"Recall of abusive rows by share of dangerous-looking clean rows flagged: {curve}.",
    ]
    return "\n".join(lines)


def slice_table(result: Evaluation) -> str:
    """Markdown table of every slice but the families."""
    lines = ["| slice | value | abusive flagged | clean flagged |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {row.slice} | {row.value} | {row.recall} | {row.clean_flagged} |"
        for row in result.slices
        if row.slice != "family"
    ]
    return "\n".join(lines)


def robustness_table(results: Sequence[EvasionResult]) -> str:
    """Markdown table of the robustness card."""
    lines = [
        "| disguise | share | abusive flagged | hard clean flagged | plain flagged |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row.evasion} | {row.share:.0%} | {row.recall} | {row.hard_flagged} | {row.plain_flagged} |"
        for row in results
    ]
    return "\n".join(lines)
