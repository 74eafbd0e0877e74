"""The section on the cascade in the evaluation page: its models side by side, and what the encoder costs."""

from __future__ import annotations

from typing import Any

from moderation.training.charts import both, column, number, paragraph, quality_cost, row_name, table

_FIGURES = (("macro_f1", "Macro F1"), ("2%", "Recall at 2%"), ("5%", "Recall at 5%"))


def section(raw: dict[str, Any]) -> str:
    """`raw` holds `curve` (points and the chosen one) and `systems`, `{name: {split: evaluation}}`."""
    systems: dict[str, dict[str, Any]] = raw.get("systems") or {}
    curve = raw.get("curve") or {}
    parts = []
    if systems:
        splits = list(next(iter(systems.values())))
        head = column("Model · 模型") + "".join(
            column(f"{split}: {title}") for split in splits for _, title in _FIGURES
        )
        lines = []
        for name, results in systems.items():
            cells = "".join(
                f'<td class="count">{_told(results[split], key)}</td>' for split in splits for key, _ in _FIGURES
            )
            lines.append(f"<tr>{row_name(name)}{cells}</tr>")
        parts.append(table("corpus", "Models side by side · 模型对比", head, ["".join(lines)]))
    if curve.get("points"):
        chosen = curve["chosen"]
        parts.append(
            paragraph(
                f"Each point is a band of probabilities that the encoder reads; the chosen one is"
                f" {chosen['low']:g} to {chosen['high']:g}. Recall is of abusive dev titles where 2% of the difficult"
                " clean ones are flagged.",
                "每个点是一段交编码器读的概率区间；召回率取自 dev，此时似违规的正常标题有 2% 被标记。",
            )
        )
        heading = both("Quality against cost", "质量与代价")
        chart = quality_cost("cascade-curve", curve["points"], chosen)
        parts.append(f'<h3>{heading}</h3><div class="charts"><figure>{chart}</figure></div>')
    return "".join(parts)


def _told(result: dict[str, Any], key: str) -> str:
    value = number(result.get(key, (result.get("recall_at_hard_rate") or {}).get(key)))
    return "–" if value is None else f"{value:.3f}"
