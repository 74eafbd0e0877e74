"""The model card that every export writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from moderation.training.bootstrap import Interval
from moderation.training.config import Config
from moderation.training.dataset import Row
from moderation.training.evaluate import CategoryResult, Evaluation, EvasionResult, SliceResult
from moderation.training.split import digest

_INTRODUCTION = """\
# Model card: {label}

{method}

**Intended use.** Titles, anchors, headings and other short Chinese texts, before publication, with a person behind
every review. **Not for** long running text, other languages, or a decision about a person.

**Limits.** The corpus was written for this project; half of it is abusive and most of its clean rows are chosen to look
dangerous, so probabilities are those of such a mixture, not of an ordinary site. Euphemisms and code that no row shows
pass; quoted abuse may be flagged. Brands and slang age. Writers and judges of the corpus are language models of one
family: people would find other titles hard.

**Training data.** {train:,} rows of `{corpus}` (CC BY 4.0), split by near-duplicate cluster, family and hand before
fitting, and {benign:,} ordinary headlines of public third-party sets (justjavac/zhihu-trending-hot-questions,
lxw15337674/weibo-trending-hot-history, cxyfreedom/website-hot-hub, all MIT), which are not distributed.{pretraining}
"""
_FAST = """\
Hashed character n-grams (1 to 4) of three views (as written, without separators, by sound) with a few features of
shape; one logistic regression for each of six title categories; Platt calibration on the `dev` split. Inference is
numpy."""
_CASCADE = """\
Two models. The fast one reads everything: hashed character n-grams (1 to 4) of three views (as written, without
separators, by sound), one logistic regression for each of six title categories, Platt calibration on `dev`, numpy. The
encoder reads what the fast one leaves open: a BERT over characters with a second and third channel (toneless pinyin;
parts of the character), 8-bit ONNX. Where both have read a text, a stacker fitted on `dev` combines their scores."""
_PRETRAINING = """\
 The encoder
was pre-trained by masked language modelling on the same headlines, on novels (luoxuhai/chinese-novel, MIT), statutes
(LawRefBook/Laws) and news transcripts (DuckBurnIncense/xin-wen-lian-bo, MIT), without what is held out for measuring.
Sounds come from pypinyin (MIT), parts of characters from kfcd/chaizi (CC BY 3.0)."""


def model_card(
    config: Config, rows: Sequence[Row], metrics: Mapping[str, Any], benign: int, sizes: Mapping[str, int], levels: str
) -> str:
    """Markdown with intended use, limits, data digests and what `evaluate` measured (the JSON of `metrics`)."""
    counts = Counter(row.split for row in rows)
    parts = [
        _INTRODUCTION.format(
            label=config.label,
            method=_CASCADE if config.encoder else _FAST,
            train=counts["train"],
            corpus=config.corpus.name,
            benign=benign,
            pretraining=_PRETRAINING if config.encoder else "",
        )
    ]
    parts.append("## Files\n")
    parts += [f"- `{name}`: {size / 1e6:.1f} MB" for name, size in sizes.items()]
    parts.append("\n## Corpus\n\n| split | rows | SHA-256 of ids, texts and labels |\n| --- | --- | --- |")
    parts += [f"| {split} | {counts[split]} | `{digest(rows, split)}` |" for split in counts]
    parts.append(f"\n## Thresholds solved from the budget\n\n```toml\n{levels.strip()}\n```")
    if "agreement" in metrics:
        told = metrics["agreement"]
        parts.append(
            f"\n8 bits against single precision: {told['alike']:.2%} of {told['rows']:,} held-out verdicts alike."
        )
    for name, splits in metrics["splits"].items():
        for split, result in splits.items():
            parts.append(f"\n## {name.capitalize()} on {split}\n\n{result_table(evaluation_of(result))}")
    shipped = list(metrics["splits"].values())[-1]
    for split, result in shipped.items():
        parts.append(f"\n## Slices of {split}\n\n{slice_table(evaluation_of(result))}")
    if metrics.get("robustness"):
        found = [EvasionResult(**_intervals(row)) for row in metrics["robustness"]]
        parts.append(f"\n## Robustness card, {list(shipped)[-1]}\n\n{robustness_table(found)}")
    return "\n".join(parts) + "\n"


def _intervals(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A record of JSON with its intervals as such."""
    return {
        name: Interval(**value) if isinstance(value, dict) and "rows" in value and "value" in value else value
        for name, value in raw.items()
    }


def evaluation_of(raw: Mapping[str, Any]) -> Evaluation:
    """An evaluation from its JSON form."""
    fields = _intervals(raw)
    fields["categories"] = [CategoryResult(**_intervals(row)) for row in raw["categories"]]
    fields["slices"] = [SliceResult(**_intervals(row)) for row in raw["slices"]]
    return Evaluation(**fields)


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
