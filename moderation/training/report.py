"""One self-contained page from the JSON document of `moderation evaluate --json`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from moderation.taxonomy import CategoryId, category
from moderation.training import report_cascade
from moderation.training.bootstrap import Interval
from moderation.training.charts import (
    Measure,
    axis,
    both,
    cell,
    changed,
    column,
    dots,
    interval,
    number,
    paragraph,
    precision_recall,
    reliability,
    round_up,
    row_name,
    scale_for,
    table,
    zh,
)

Document = dict[str, Any]


_TITLES = (
    Measure("macro_f1", "Macro F1", "宏平均 F1"),
    Measure("abusive_flagged", "Abusive flagged", "违规标题被标记"),
    Measure("pairs_right", "Pairs right", "成对标题都判对"),
    Measure("hard_flagged", "Hard clean flagged", "似违规的正常标题被标记", "low"),
    Measure("hard_rejected", "Hard clean rejected", "似违规的正常标题被拒绝", "low"),
    Measure("plain_flagged", "Plain clean flagged", "普通标题被标记", "low"),
)
_PAGES = (
    Measure("action_right", "Action right", "处置正确"),
    Measure("bad_blocks_located", "Bad blocks located", "作弊区块被定位"),
    Measure("hidden_found", "Hidden content found", "隐藏内容被找到"),
    Measure("injected_recovered", "Injected text recovered", "插入文本被识别"),
    Measure("donor_restored", "Donor text restored", "原文得到还原"),
    Measure("clean_flagged", "Clean pages flagged", "正常页面被标记", "low"),
    Measure("clean_rejected", "Clean pages rejected", "正常页面被拒绝", "low"),
    Measure("good_blocks_accused", "Good blocks accused", "正常区块被误判", "low"),
)
_OF_CATEGORY = (
    Measure("precision", "Precision", "精确率"),
    Measure("recall", "Recall", "召回率"),
    Measure("f1", "F1", "F1 值"),
)
_OF_SLICE = (
    Measure("recall", "Abusive flagged", "违规被标记"),
    Measure("clean_flagged", "Clean flagged", "正常被标记", "low"),
)
_OF_DISGUISE = (
    Measure("recall", "Abusive flagged", "违规被标记"),
    Measure("hard_flagged", "Hard clean flagged", "似违规的正常标题被标记", "low"),
    Measure("plain_flagged", "Plain clean flagged", "普通标题被标记", "low"),
)

_SLICES = {"group": "组别", "hand": "作者", "length": "长度", "script": "字形", "difficulty": "难度", "family": "类型"}
_CHINESE = {
    "clean": "正常",
    "abusive": "违规",
    "hard": "似违规的正常标题",
    "plain": "普通",
    "up to 12": "至多 12 字",
    "13 to 30": "13–30 字",
    "31 to 60": "31–60 字",
    "over 60": "超过 60 字",
    "simplified": "简体",
    "traditional": "繁体",
    "disguised": "有伪装",
    "paired": "成对",
    "single": "单条",
    "none": "无",
    "zero_width": "零宽字符",
    "separators": "插入分隔符",
    "spaces": "插入空格",
    "full_width": "全角字符",
    "circled_digits": "带圈数字",
    "lookalikes": "形近字符",
    "emoji": "表情符号",
    "split_characters": "拆字",
    "repeated": "重复字符",
    "entities": "字符实体",
    "random_tail": "随机尾缀",
    "same_sound": "同音字",
    "pinyin": "拼音",
    "initials": "拼音首字母",
    "bracketed_pinyin": "括注拼音",
}
_LENGTHS = ("up to 12", "13 to 30", "31 to 60", "over 60")


def render(document: Document) -> str:
    """The whole page: no scripts and no requests; every text of the document is escaped."""
    titles, pages = _listed(document.get("titles")), _listed(document.get("pages"))
    sections: list[tuple[str, str, str]] = []
    if titles:
        sections.append(("titles", both("Titles", "标题"), _headline(titles)))
    for place, result in enumerate(titles):
        name = both(f"Split {result.get('split', '')}", "数据划分")
        sections.append((f"split-{place}", name, _split(f"split-{place}", result)))
    if document.get("cascade"):
        sections.append(("cascade", both("Models", "模型"), report_cascade.section(document["cascade"])))
    if document.get("robustness"):
        sections.append(("robustness", both("Robustness", "抗伪装"), _robustness(document["robustness"])))
    if pages:
        sections.append(("pages", both("Pages", "页面"), _pages(pages)))
    if document.get("corpus"):
        sections.append(("corpus", both("Corpus", "语料"), _corpus(document["corpus"])))
    links = "".join(f'<li><a href="#{place}">{name}</a></li>' for place, name, _ in sections)
    body = "".join(
        f'<section id="{place}" aria-labelledby="{place}-h"><h2 id="{place}-h">{name}</h2>{content}</section>'
        for place, name, content in sections
    )
    header = f'{_about(document)}<nav aria-label="Sections · 章节"><ul>{links}</ul></nav>'
    title = escape(f"Evaluation of {document['model']}" if document.get("model") else "Evaluation") + " · 评测报告"
    page = Template(files("moderation.resources").joinpath("evaluation.html").read_text("utf-8"))
    return page.substitute(title=title, body=f"<header>{header}</header><main>{body}</main>")


def _listed(raw: Any) -> list[Document]:
    if isinstance(raw, dict):
        return [raw]
    return [own for own in raw or [] if isinstance(own, dict)]


def _named(raw: Any) -> str:
    """A value of the document with its Chinese name where it has one."""
    text = str(raw)
    chinese = category(CategoryId(text)).name_zh if text in set(CategoryId) else _CHINESE.get(text, "")
    return escape(text).replace("_", "_<wbr>") + zh(chinese)


def _about(document: Document) -> str:
    pairs = [("Model", "模型", document.get("model")), ("Policy", "策略", document.get("policy"))]
    listed = "".join(
        f"<div><dt>{both(english, chinese)}</dt><dd><code>{escape(str(value))}</code></dd></div>"
        for english, chinese, value in pairs
        if value
    )
    return f"<h1>{both('Qingliu evaluation', '清流评测报告')}</h1>" + (
        f'<dl class="about">{listed}</dl>' if listed else ""
    )


def _figure_of(result: Document, key: str) -> Interval:
    """A figure with its interval, or a bare number without one."""
    bare = number(result.get(key))
    return interval(result.get(key)) if bare is None else Interval(bare, None, None, 0)


def _measures(label: str, results: Sequence[Document], measures: Sequence[Measure]) -> list[str]:
    rows = [f"<td>{int(result.get('rows') or 0)}</td>" for result in results]
    lines = [f"<tr>{row_name(escape(label) + zh('数量'))}{''.join(rows)}</tr>"]
    for measure in measures:
        cells = "".join(cell(_figure_of(result, measure.key), measure) for result in results)
        lines.append(f"<tr>{row_name(measure.heading())}{cells}</tr>")
    return lines


def _split_columns(results: Sequence[Document]) -> str:
    names = "".join(column(f"<code>{escape(str(result.get('split', '')))}</code>") for result in results)
    return column(f"Split{zh('数据划分')}") + names


def _headline(results: Sequence[Document]) -> str:
    bodies = ["".join(_measures("Rows", results, _TITLES))]
    rates = list(dict.fromkeys(rate for result in results for rate in result.get("recall_at_hard_rate") or {}))
    if rates:
        band = both(
            "Abusive flagged if the threshold let this share of hard clean rows be flagged", "限定误标比例时的召回"
        )
        span = len(results) + 1
        bodies.append(f'<tbody class="band"><tr><th scope="rowgroup" colspan="{span}">{band}</th></tr></tbody>')
        lines = []
        for rate in rates:
            found = [_figure_of(result.get("recall_at_hard_rate") or {}, rate) for result in results]
            lines.append(f"<tr>{row_name(escape(rate))}{''.join(cell(own, _TITLES[1]) for own in found)}</tr>")
        bodies.append("".join(lines))
    return _legend() + table("headline", "Titles by split · 标题总览", _split_columns(results), bodies)


def _legend() -> str:
    return paragraph(
        '<b class="key-high">Blue ↑</b> should be high, <b class="key-low">orange ↓</b> low; shares from 0 to 1,'
        " with 95% bootstrap intervals. Flagged means review or reject; hard rows are clean but look dangerous.",
        '<b class="key-high">蓝色 ↑</b> 越高越好，<b class="key-low">橙色 ↓</b> 越低越好；'
        "数值为 0 到 1 的比例，附 95% 自助法区间。“被标记”指判为复核或拒绝。",
    )


def _split(place: str, result: Document) -> str:
    categories = _listed(result.get("categories"))
    parts = []
    if categories:
        parts = [f"<h3>{both('Categories', '类别')}</h3>", _categories(categories, calibrated=True)]
        parts += [_curves(place, categories), _reliabilities(place, categories)]
    if result.get("confusion"):
        parts.append(_confusion(result["confusion"]))
    if result.get("slices"):
        parts.append(_slices(result))
    return "".join(parts)


def _categories(results: Sequence[Document], *, calibrated: bool) -> str:
    head = column(f"Category{zh('类别')}") + column(f"Rows{zh('行数')}", "count")
    head += "".join(column(measure.heading()) for measure in _OF_CATEGORY)
    head += column(f"Calibration error ↓{zh('校准误差')}", "count") if calibrated else ""
    lines = []
    for result in results:
        cells = "".join(cell(interval(result.get(measure.key)), measure) for measure in _OF_CATEGORY)
        if calibrated:
            error = number(result.get("calibration_error"))
            cells += f'<td class="count">{"–" if error is None else f"{error:.3f}"}</td>'
        name = row_name(_named(result.get("category", "")))
        lines.append(f'<tr>{name}<td class="count">{int(result.get("rows") or 0)}</td>{cells}</tr>')
    return table("intervals", "Categories · 类别", head, ["".join(lines)])


def _curves(place: str, results: Sequence[Document]) -> str:
    caption = paragraph(
        'The <b class="key-low">orange point</b> is the review threshold of the policy, with its two intervals.',
        '<b class="key-low">橙色点</b>为策略的复核阈值，十字为两个方向的区间。',
    )
    figures = [
        f"<figure><figcaption><b>{_named(result.get('category', ''))}</b></figcaption>"
        f"{precision_recall(f'{place}-curve-{index}', str(result.get('category', '')), result)}</figure>"
        for index, result in enumerate(results)
    ]
    heading = both("Precision and recall", "精确率与召回率")
    return f'<h3>{heading}</h3>{caption}<div class="charts">{"".join(figures)}</div>'


def _reliabilities(place: str, results: Sequence[Document]) -> str:
    caption = paragraph(
        "Points on the dashed diagonal are perfectly calibrated; a point grows with the logarithm of its rows.",
        "落在虚线对角线上即校准完美；点的半径随行数的对数增大。",
    )
    figures = []
    for index, result in enumerate(results):
        error = number(result.get("calibration_error"))
        told = "" if error is None else f" <span>ECE {error:.3f}</span>"
        chart = reliability(f"{place}-reliability-{index}", str(result.get("category", "")), result)
        name = f"<figcaption><b>{_named(result.get('category', ''))}</b>{told}</figcaption>"
        figures.append(f"<figure>{name}{chart}</figure>")
    return f'<h3>{both("Reliability", "可靠性")}</h3>{caption}<div class="charts">{"".join(figures)}</div>'


def _confusion(counted: dict[str, dict[str, int]]) -> str:
    """Counts, shaded by their share of the row: blue where right, orange where wrong."""
    columns = list(dict.fromkeys(found for counts in counted.values() for found in counts))
    head = column(f"Label ↓ found →{zh('标注 ↓ 判定 →')}") + "".join(column(_named(found)) for found in columns)
    lines = []
    for label, counts in counted.items():
        total = max(sum(counts.values()), 1)
        cells = []
        for found in columns:
            count = int(counts.get(found, 0))
            kind = "zeros" if not count else "right" if label == found else "wrong"
            cells.append(f'<td class="{kind}" style="--share:{(count / total) ** 0.5:.3f}">{count}</td>')
        lines.append(f"<tr>{row_name(_named(label))}{''.join(cells)}</tr>")
    caption = paragraph(
        "Main label against the strongest flagged category. Shade: square root of the share of the row.",
        "主标注与最强的被标记类别；颜色深浅为占本行比例的平方根。",
    )
    heading = f"<h3>{both('Confusion', '混淆矩阵')}</h3>"
    return heading + caption + table("confusion", "Confusion · 混淆矩阵", head, ["".join(lines)])


def _slices(result: Document) -> str:
    groups: dict[str, list[Document]] = {}
    for own in _listed(result["slices"]):
        groups.setdefault(str(own.get("slice", "")), []).append(own)
    shown = [own for name, group in groups.items() if name != "family" for own in group]
    wholes = {"recall": interval(result.get("abusive_flagged")).value, "clean_flagged": _clean_flagged(result)}
    caption = paragraph(
        "The dashed line is the whole split. The two axes differ. Small families are left out.",
        "虚线为整个划分的数值；两列的坐标轴不同；行数过少的类型不列出。",
    )
    parts = [f"<h3>{both('Slices', '切片')}</h3>", caption]
    for name in [*(known for known in _SLICES if known in groups), *(new for new in groups if new not in _SLICES)]:
        heading = both(name.capitalize(), _SLICES.get(name, "其他"))
        if name == "family":
            rows = _slice_table(name, groups[name], groups[name], wholes)
            parts.append(f"<details><summary>{heading} ({len(groups[name])})</summary>{rows}</details>")
        else:
            parts.append(f"<h4>{heading}</h4>{_slice_table(name, groups[name], shown, wholes)}")
    return "".join(parts)


def _clean_flagged(result: Document) -> float | None:
    """The share of all clean rows, hard and plain, that are flagged."""
    both = [interval(result.get(key)) for key in ("hard_flagged", "plain_flagged")]
    rows = sum(own.rows for own in both)
    return sum((own.value or 0.0) * own.rows for own in both) / rows if rows else None


def _ruled(measure: Measure, scale: float) -> str:
    """The head of a column of dots, with its axis."""
    return column(f'<div class="plot"><div>{axis(measure.kind, scale)}</div><div>{measure.heading()}</div></div>')


def _slice_table(name: str, rows: list[Document], shown: list[Document], wholes: dict[str, float | None]) -> str:
    scales = {"recall": 1.0, "clean_flagged": scale_for([interval(own.get("clean_flagged")) for own in shown])}
    head = column('<span class="unseen">Value · 取值</span>')
    head += "".join(_ruled(measure, scales[measure.key]) for measure in _OF_SLICE)
    if name == "length":
        rows = sorted(rows, key=lambda own: _LENGTHS.index(own["value"]) if own.get("value") in _LENGTHS else 9)
    lines = [
        f"<tr>{row_name(_named(own.get('value', '')))}"
        + "".join(dots(interval(own.get(m.key)), m, scales[m.key], wholes[m.key]) for m in _OF_SLICE)
        + "</tr>"
        for own in rows
    ]
    return table("slices", f"Slices by {name} · 切片", head, ["".join(lines)])


def _robustness(raw: Any) -> str:
    """Every disguise, the one that costs most first, against no disguise at all."""
    groups: dict[str, list[Document]] = {}
    for own in _listed(raw):
        groups.setdefault(str(own.get("evasion", "")), []).append(own)
    plain = groups.get("none", [{}])[0]
    bases = {measure.key: interval(plain.get(measure.key)).value for measure in _OF_DISGUISE}
    scales = {m.key: round_up(_largest_change(_listed(raw), m.key, bases[m.key])) for m in _OF_DISGUISE}
    order = sorted(groups, key=lambda name: (name != "none", _lowest(groups[name])))
    head = column(f"Disguise{zh('伪装')}") + column(f"Share{zh('比例')}", "count")
    for measure in _OF_DISGUISE:
        head += column(
            f'{measure.heading()}<span class="sub">−{scales[measure.key]:g} … +{scales[measure.key]:g}</span>'
        )
    bodies = []
    for name in order:
        lines = []
        for own in groups[name]:
            cells = "".join(changed(interval(own.get(m.key)), m, bases[m.key], scales[m.key]) for m in _OF_DISGUISE)
            lines.append(f'<td class="count">{number(own.get("share")) or 0:.0%}</td>{cells}</tr>')
        first = f'<th scope="rowgroup" rowspan="{len(lines)}">{_named(name)}</th>'
        bodies.append(f"<tbody><tr>{first}{'<tr>'.join(lines)}</tbody>")
    caption = paragraph(
        "Bars show the change against no disguise: left a fall, right a rise; full for the worse, pale for the better."
        " Share: how much of the text is disguised. The disguise that hides most comes first.",
        "条形为相对“无伪装”的变化：向左下降，向右上升；实心为变差，浅色为变好。比例指被伪装的文本占比；漏判最多的伪装排在最前。",
    )
    return caption + table("robustness", "Robustness · 抗伪装", head, bodies)


def _lowest(rows: Sequence[Document]) -> float:
    values = [interval(own.get("recall")).value for own in rows]
    return min((value for value in values if value is not None), default=1.0)


def _largest_change(rows: Sequence[Document], key: str, base: float | None) -> float:
    values = [interval(own.get(key)).value for own in rows]
    return max((abs(value - base) for value in values if value is not None and base is not None), default=0.0)


def _pages(results: Sequence[Document]) -> str:
    bodies = ["".join(_measures("Pages", results, _PAGES))]
    parts = [table("headline", "Pages by split · 页面总览", _split_columns(results), bodies)]
    for result in results:
        suffix = f", {result.get('split', '')}" if len(results) > 1 else ""
        if result.get("categories"):
            parts.append(f"<h3>{both('Page categories' + suffix, '页面类别')}</h3>")
            parts.append(_categories(_listed(result["categories"]), calibrated=False))
        if result.get("families"):
            whole = interval(result.get("action_right")).value
            lines = [
                row_name(_named(own.get("family", ""))) + dots(interval(own.get("action_right")), _PAGES[0], 1.0, whole)
                for own in _listed(result["families"])
            ]
            head = column('<span class="unseen">Family · 类型</span>') + _ruled(_PAGES[0], 1.0)
            parts.append(f"<h3>{both('Page families' + suffix, '页面类型')}</h3>")
            parts.append(table("slices", "Page families · 页面类型", head, [f"<tr>{'</tr><tr>'.join(lines)}</tr>"]))
    return "".join(parts)


def _corpus(digests: dict[str, Any]) -> str:
    head = column(f"Split{zh('数据划分')}") + column(f"SHA-256 of ids, texts and labels{zh('标识、文本与标注的摘要')}")
    lines = [
        f"<tr>{row_name(f'<code>{escape(str(split))}</code>')}<td><code>{escape(str(digest))}</code></td></tr>"
        for split, digest in digests.items()
    ]
    return table("corpus", "Corpus · 语料", head, ["".join(lines)])
