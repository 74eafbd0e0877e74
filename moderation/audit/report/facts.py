"""What could not be read, and by what and when the rest was judged."""

from __future__ import annotations

from moderation.audit.report.piece import left_out, number, section, table, words
from moderation.audit.report.survey import Survey
from moderation.renderers.report.view import both


def failures(survey: Survey) -> str:
    """The section on what was set aside; empty where all could be read."""
    listed, others = survey.failures
    if not listed:
        return ""
    rows = [
        f'<tr><th scope="row">{words(failure.error, 240)}</th><td class="count">{number(failure.count)}</td>'
        f"<td>{'<br>'.join(f'<code>{words(place, 120)}</code>' for place in failure.places)}</td></tr>"
        for failure in listed
    ]
    heads = (("", both("原因", "Why")), ("count", both("篇数", "Articles")), ("", both("例如", "For example")))
    told = (
        "这些文章没有被判断，不算通过。全部在 flagged.csv。",
        "These were not judged, and do not count as allowed. flagged.csv has all.",
    )
    rest = left_out(others, "篇因其他原因", "for other reasons")
    return section(
        "failures", "无法读取", "Could not be read", table(heads, rows, "无法读取的文章", "stack"), rest, told=told
    )


def facts(survey: Survey, source: str, made_at: str) -> str:
    """The section on the run itself."""
    known = survey.ledger.facts()
    begun, finished = survey.ledger.dates()
    versions = survey.versions
    judged = survey.total - survey.counts["failed"]
    told = [
        ("来源", "Source", words(source, 300)),
        ("开始", "Begun", words(begun)),
        ("完成", "Finished", words(finished) or both("没有完成", "not finished")),
        ("报告生成", "Report made", words(made_at)),
        ("已判断", "Judged", f"{number(judged)} / {number(survey.total)}"),
        ("未读全", "Read in part", f'{number(survey.unread)} 篇有问题的文章 <span lang="en">flagged articles</span>'),
        ("上限", "Limit", words(str(known.get("limit") or ""))),
        ("模型", "Model", words(versions.get("model", ""))),
        ("模型校验", "Model digest", f"<code>{words(str(known.get('model') or ''), 80)}</code>"),
        ("策略", "Policy", words(versions.get("policy", ""))),
        ("策略文件校验", "Policy file digest", _digest(known.get("policy"))),
        ("站点配置", "Profile", words(str(known.get("profile") or ""))),
        ("词表", "Lexicon", words(versions.get("lexicon", ""))),
        ("影子模型校验", "Shadow model digest", _digest(known.get("shadow model"))),
        ("影子策略校验", "Shadow policy digest", _digest(known.get("shadow policy"))),
        ("程序", "Package", words(versions.get("package", ""))),
    ]
    listed = "".join(f"<div><dt>{both(zh, en)}</dt><dd>{value}</dd></div>" for zh, en, value in told if value)
    return section("facts", "关于这次审计", "About this audit", f'<dl class="about-run">{listed}</dl>')


def _digest(value: object) -> str:
    return f"<code>{words(str(value), 80)}</code>" if value else ""
