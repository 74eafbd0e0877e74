"""Write the HTML twin of the page this project began with, and its gold, from an article of our own.

The donor is read from `data/donors.jsonl`; the result is `examples/articles/injected-copy.html` with
`tests/golden/injected-copy.json`. Usage: `python tools/build_examples.py`.
"""

from __future__ import annotations

import json
from pathlib import Path

from moderation.training.injector import fragments_of, inject

ROOT = Path(__file__).parent.parent
DONOR, SEED = "a-017", 4
TITLE = "国产精品久久久久人妻AV"
SUMMARY = (
    "### 近视防控：了解成因、误区与日常做法近视是指眼睛在放松时平行光线聚焦在视网膜之前。近视可以由多种因素引起，"
    "了解近视的成因、近视的误区对孩子的视力很重要。#### 1. 什么是近视？近视通常是"
)
RANKING = [
    (
        "多肉植物怎么浇水",
        "# 和多肉植物做朋友最近阳台上添了几盆多肉，今天就来和大家聊聊浇水的门道。## 看土不看天多肉",
        "3312",
        "21:52",
    ),
    ("颈椎操", "颈椎操是一套活动颈肩的动作，适合久坐的人在工间练习。首先要坐直，双肩放松，再慢慢转头", "908", "21:47"),
    (
        "少妇又紧又爽又黄",
        "在我们的生活中，语言的边界常被讨论。面对“少妇又紧又爽又黄”这样的说法，我们需要冷静思考",
        "2764",
        "21:40",
    ),
    (
        "荨麻疹的症状",
        "🌟【荨麻疹的症状】🌟大家好！今天聊聊荨麻疹。它是一种常见的皮肤反应，来得快去得也快",
        "1530",
        "21:33",
    ),
    ("西洋参的作用", "## 🍵西洋参的作用，秋天必看！天气一凉，很多人想到进补，先看看自己适不适合", "417", "21:19"),
]
PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{title}</title>
</head>
<body>
<div class="top"><a href="/">沐雨听蝉网</a></div>
<div class="intro"><h3>{summary}</h3></div>
<div id="post">
<h1>{title}</h1>
<div class="info">作者:沐雨听蝉网时间:2025-09-03 21:55:0873 人浏览</div>
<div class="content">
{body}
</div>
<div class="like">猜你喜欢:</div>
<div class="note">声明：本文仅供学习和参考，部分内容转载于网络，如有侵权请联系我们删除。</div>
</div>
<div id="side">
<h4>博文推荐</h4>
<ul class="recommend"><li>(黑帽seo)发布</li></ul>
<h4>点击排行</h4>
<ul class="ranking">
{ranking}
</ul>
</div>
</body>
</html>
"""
ITEM = """<li><a href="/post/{number}.html"><img src="/img/{number}.jpg" alt="{name}"></a>
<a class="name" href="/post/{number}.html">{name}</a>
<p>{text}</p>
<span>{hits}2025-09-03 {clock}</span></li>"""


def main() -> None:
    """Write the page and its gold."""
    donors = [json.loads(line) for line in (ROOT / "data" / "donors.jsonl").read_text("utf-8").splitlines()]
    donor = next(row for row in donors if row["id"] == DONOR)
    paragraphs, spans = inject(donor["paragraphs"], fragments_of(donor["title"]), SEED)
    page = PAGE.format(
        title=TITLE,
        summary=SUMMARY,
        body="\n".join(f"<p>　　{paragraph}</p>" for paragraph in paragraphs),
        ranking="\n".join(
            ITEM.format(number=7100 + number, name=name, text=text, hits=hits, clock=clock)
            for number, (name, text, hits, clock) in enumerate(RANKING)
        ),
    )
    (ROOT / "examples" / "articles" / "injected-copy.html").write_text(page, "utf-8")
    gold = {
        "title": TITLE,
        "summary": SUMMARY,
        "fragments": [paragraphs[number][start:end] for number, start, end in spans],
        "donor": [f"　　{paragraph}" for paragraph in donor["paragraphs"]],
        "explicit_item": RANKING[2][0],
        "counters": len(RANKING) + 1,
    }
    target = ROOT / "tests" / "golden" / "injected-copy.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(gold, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
