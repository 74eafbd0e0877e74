"""The page: its head with a content policy, an index, the articles, and what could not be read."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from moderation.article import Article
from moderation.renderers.mask import clip, visible
from moderation.renderers.report.elsewhere import elsewhere
from moderation.renderers.report.sheet import Sheet
from moderation.renderers.report.summary import action_badge, footing, head, reasons, scores, signals
from moderation.renderers.report.view import ACTIONS, View, both, tag
from moderation.signals import SignalSpec
from moderation.verdict import Action, Verdict

_ROOM = files("moderation.resources")
_LIKELY = 0.5
"""Categories at least this likely are named in the index."""


def render(
    results: Sequence[tuple[Verdict, Article]],
    failures: Sequence[tuple[str, str]] = (),
    specs: Sequence[SignalSpec] = (),
    *,
    unmasked: bool = False,
    made_at: datetime | None = None,
) -> str:
    """One page for judged articles and for `(source, message)` failures.

    It asks for nothing outside itself and holds of an article its text alone, never its markup. What signals found
    explicit is covered unless `unmasked`: encoded, so that a click can show it.
    """
    descriptions = {spec.name: spec.description for spec in specs}
    views = [
        View(verdict, article, f"a{number}", descriptions, unmasked=unmasked)
        for number, (verdict, article) in enumerate(results, 1)
    ]
    alone = len(views) == 1 and not failures
    parts = [_top(views, failures, made_at)]
    if not alone:
        parts.append(_index(views))
        parts.append(_failures(failures))
    parts.append("".join(_article(view, opened=alone or view.verdict.action is not Action.ALLOW) for view in views))
    title = f"{ACTIONS[views[0].verdict.action][0]}：{views[0].title(60)}" if alone else f"{len(views)} 篇文章"
    style, script = _own()
    return document(f"{title} · 清流审核报告", "".join(parts), style, script)


def inline_sources() -> tuple[str, str]:
    """The sources, in a content policy's words, of a report's own style and script.

    A document that shows a report in a frame by `srcdoc` hands its own policy down to it, so it must allow both.
    """
    style, script = _own()
    return _source_of(style), _source_of(script)


def document(title: str, body: str, style: str, script: str) -> str:
    """A self-contained page with a content policy that allows this style and this script, and no outside host."""
    sources = f"style-src {_source_of(style)}; script-src {_source_of(script)}"
    policy = f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'"
    page = Template(_ROOM.joinpath("report.html").read_text("utf-8"))
    return page.substitute(title=title, policy=policy, style=style, script=script, body=body)


def base_style() -> str:
    """The style sheet of a report with its colours, for other pages that show verdicts."""
    return _own()[0]


def palette() -> str:
    """The style sheet of the colours, light and dark, for pages of the same family."""
    return _ROOM.joinpath("palette.css").read_text("utf-8")


def _own() -> tuple[str, str]:
    style, script = (_ROOM.joinpath(name).read_text("utf-8") for name in ("report.css", "report.js"))
    return palette() + style, script


def _source_of(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}'"


def _top(views: Sequence[View], failures: Sequence[tuple[str, str]], made_at: datetime | None) -> str:
    counts = Counter(view.verdict.action for view in views)
    told = [f"{ACTIONS[action][0]} {counts[action]}" for action in reversed(Action) if counts[action]]
    told += [f"无法读取 {len(failures)}"] if failures else []
    when = f'<time datetime="{made_at.isoformat()}">{made_at:%Y-%m-%d %H:%M}</time>' if made_at else ""
    return (
        f'<header class="top"><h1>{both("清流审核报告", "Qingliu report")}</h1>'
        f'<p class="counts">{" · ".join(told)}</p>{when}'
        '<button type="button" id="uncover" hidden>显示遮盖的文字</button></header>'
    )


def _index(views: Sequence[View]) -> str:
    if not views:
        return ""
    rows = "".join(_index_row(view) for view in views)
    heads = "".join(
        f'<th scope="col">{name}</th>'
        for name in (both("处置", "Action"), both("文章", "Article"), both("类别", "Categories"))
    )
    return (
        f'<nav class="index" aria-label="目录"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></nav>"
    )


def _index_row(view: View) -> str:
    likely = [score for score in view.verdict.categories if score.probability >= _LIKELY]
    likely.sort(key=lambda score: -score.probability)
    named = " ".join(tag(score.category, f" {score.probability:.2f}") for score in likely)
    return (
        f'<tr><td>{action_badge(view.verdict.action)}</td><th scope="row"><a href="#{view.key}">{view.title(80)}</a>'
        f'<span class="law">{view.words(view.verdict.article_id, 120)}</span></th><td>{named}</td></tr>'
    )


def _failures(failures: Sequence[tuple[str, str]]) -> str:
    if not failures:
        return ""
    lines = "".join(f"<li>{_failure(source, message)}</li>" for source, message in failures)
    return f'<section class="failed"><h2>{both("无法读取", "Could not be read")}</h2><ul>{lines}</ul></section>'


def _failure(source: str, message: str) -> str:
    text = message if message.startswith(source) else f"{source}: {message}"
    return escape(visible(clip(text, 600)))


def _article(view: View, *, opened: bool) -> str:
    inside = "".join(_inside(view))
    body = inside if opened else f"<details><summary>{both('展开全文', 'Show the article')}</summary>{inside}</details>"
    return f'<article id="{view.key}">{head(view)}{body}</article>'


def _inside(view: View) -> Iterator[str]:
    yield f'<div class="sum">{reasons(view)}{scores(view)}</div>'
    repair = view.verdict.repair
    if repair:
        chinese, english = ACTIONS[repair.action_after]
        yield (
            f'<input type="checkbox" class="switch" id="{view.key}-repaired">'
            f'<label for="{view.key}-repaired">{both("按修复后显示", "Show as repaired")}'
            f'<span class="after">（删去 {len(repair.removals)} 处，之后为{chinese} '
            f'<span lang="en">{english}</span>）</span></label>'
        )
    yield f'<section class="sheet" aria-label="文章">{Sheet(view).html()}</section>'
    yield elsewhere(view)
    yield signals(view)
    yield footing(view)
