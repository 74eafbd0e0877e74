"""What changed since an earlier audit, and what another model or policy would change."""

from __future__ import annotations

from collections.abc import Iterable

from moderation.audit.baseline import KINDS, Change, Changes
from moderation.audit.report.piece import action_name, left_out, number, section, table, words
from moderation.renderers.report.view import both

_ACTIONS = ("reject", "review", "allow", "failed", "absent")
_NAMES = {
    "newly flagged": ("新增问题", "Newly flagged"),
    "new and flagged": ("新文章有问题", "New and flagged"),
    "released": ("不再有问题", "Released"),
    "changed verdict": ("处置改变", "Changed verdict"),
    "changed text": ("文章改动，处置未变", "Edited, same verdict"),
    "new": ("其他新文章", "Other new ones"),
    "vanished": ("已不存在", "Vanished"),
}


_LISTED = ("newly flagged", "new and flagged", "released", "changed verdict", "vanished")


def since_baseline(changes: Changes) -> str:
    """The section on the earlier audit."""
    tiles = "".join(
        f'<div class="{"" if changes.kinds[kind] else "zero"}"><dt>{both(*_NAMES[kind])}</dt>'
        f"<dd>{number(changes.kinds[kind])}</dd></div>"
        for kind in KINDS
    )
    told = (
        "按文章的键逐篇比较，全部改变都在 changes.csv。",
        "Compared by key; changes.csv has all. The same text gets another verdict only by another model or policy.",
    )
    return section(
        "changes",
        "与上次相比",
        "Since the last audit",
        f'<dl class="tiles">{tiles}</dl>',
        _notes(changes),
        _matrix(changes, ("上次", "Before"), ("这次", "Now")),
        *(_listed(changes, kind) for kind in KINDS if kind in _LISTED),
        told=told,
    )


def under_shadow(changes: Changes) -> str:
    """The section on the other model or policy."""
    told = (
        "用另一个模型或策略重判全部文章，共 {} 篇的处置会变；全部在 shadow.csv。",
        "The whole archive judged a second time: {} articles would change; shadow.csv has all.",
    )
    count = number(changes.kinds.total())
    return section(
        "shadow",
        "影子对比",
        "Shadow",
        _matrix(changes, ("现在", "Now"), ("换用后", "Then")),
        *(_listed(changes, kind) for kind in KINDS if changes.kinds[kind]),
        told=(told[0].format(count), told[1].format(count)),
    )


def _notes(changes: Changes) -> str:
    parts = []
    if changes.unfinished:
        parts.append(both("上次审计没有完成，未判的文章算作新文章。", "The earlier audit did not reach its end."))
    names = {"model": "模型", "policy": "策略", "profile": "站点配置"}
    parts += [
        both(f"两次的{names[name]}不同：", f"another {name}:")
        + f" <code>{words(str(before or '—'), 12)}</code> → <code>{words(str(now or '—'), 12)}</code>"
        for name, (before, now) in changes.notes.items()
    ]
    return "".join(f'<p class="caution">{part}</p>' for part in parts)


def _matrix(changes: Changes, down: tuple[str, str], across: tuple[str, str]) -> str:
    """Which action became which; what stayed lies on the diagonal."""
    rows = [action for action in _ACTIONS if any(changes.matrix[action, other] for other in _ACTIONS)]
    columns = [action for action in _ACTIONS if any(changes.matrix[other, action] for other in _ACTIONS)]
    lines = []
    for row in rows:
        cells = "".join(
            f'<td class="count{" same-of" if row == column else ""}{"" if changes.matrix[row, column] else " none"}">'
            f"{number(changes.matrix[row, column])}</td>"
            for column in columns
        )
        lines.append(f'<tr><th scope="row">{action_name(row)}</th>{cells}</tr>')
    corner = f"{both(*down)} ↓ {both(*across)} →"
    heads = [("", corner), *(("count", action_name(column)) for column in columns)]
    return table(heads, lines, f"{down[0]}与{across[0]}的处置", "matrix")


def _listed(changes: Changes, kind: str) -> str:
    shown, count = changes.shown.get(kind, ()), changes.kinds[kind]
    if not shown:
        return ""
    heads = (
        ("", both("处置", "Action")),
        ("", both("文章", "Article")),
        ("", both("发表", "Published")),
        ("", both("文字", "Text")),
    )
    edited = f"，{number(changes.edited[kind])} 篇改动过" if changes.edited[kind] else ""
    summary = f'{both(*_NAMES[kind])} <span class="count">{number(count)} 篇{edited}</span>'
    rest = left_out(count - len(shown), "篇未列出", "articles")
    body = table(heads, _rows(shown), _NAMES[kind][0], "stack")
    opened = " open" if kind == "newly flagged" else ""
    return f'<details class="kind"{opened}><summary>{summary}</summary>{body}{rest}</details>'


def _rows(shown: Iterable[Change]) -> Iterable[str]:
    for change in shown:
        text = both("改动过", "edited") if change.text_changed else ""
        yield (
            f'<tr><td class="steps">{action_name(change.before)} → {action_name(change.now)}</td>'
            f'<th scope="row">{words(change.title, 80) or "（无标题）"}<span class="where">'
            f"{words(change.url or change.place, 120)}</span></th>"
            f'<td class="dates">{words(change.published_at[:10], 10)}</td><td>{text}</td></tr>'
        )
