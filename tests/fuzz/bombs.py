"""python -m tests.fuzz.bombs DETECTOR [SIZE]: feed a detector what its patterns trip over, and name what takes too long.

A pattern that backtracks takes the square of its input: at this size seconds, where a linear one takes hundredths. The limit is of
processor time, so that a busy machine trips nothing.
"""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Iterator

from moderation.article import Article, Block, BlockKind, Link
from moderation.artifacts import default_model, load_artifact
from moderation.detectors import DETECTORS, Resources
from moderation.lexicon import Lexicon
from moderation.normalize import Document
from moderation.scoring import NgramModel

SIZE = 60_000
SECONDS = 6.0
NAMES = tuple(detector.specs[0].name.partition(".")[0] for detector in DETECTORS)
UNITS = (
    "a", "1", "v", "q", "+", "加", "薇", "扣", "的", "。", "，", "、", "的是", "_", "-", "|", " ", "久", "久-", "久.", "#", "&", "&#", "\\u4e",
    "%u", "(", "（", "(a", "中(", "中(ā", "中(aaaaa", "<script", "<script>", "<meta ", "<meta http-equiv=refresh ", "http-equiv", "content=",
    "fromCharCode(", "fromCharCode(1,", "0x1,", "1,", "atob('", "atob('A", "\\x41", "%41", "location", "location ", "location . href", "document ",
    "document.write", "eval", "eval ", "eval(function(p,a,c,k,e,d)", "referrer", "userAgent", "spider", "baidu spider ", "baidu a", "decodea",
    "decode(", "base64(", "base64 ", "window . open", "window", "unescape('%u", "if(", "function(){", "setTimeout(", "String.fromCharCode(",
    "navigator.userAgent", "document.referrer.indexOf('baidu')", "<iframe", "<iframe ", "<noscript>", "<!--", "-->", "<![CDATA[", "<a ", "<a href=x>a</a>",
    "<a>", "<div style='display:none'>", "<style>", "display:none;", "style=", "position:absolute;left:-999px;", "font-size:0;", "text-indent:-",
    "2024-03-18", "12:30:45", "9120", "1 2 ", "手打", "复制", "手动输入a", "纸飞机", "飞机:", "tg", "@", "a@", "[", "]", "【", "】", "❶", "①", "㈠", "一、",
    "的久久", "。久久精品", "，天气很好", "## ", "### a", "**", "一二三", "a1B", "http://", "http://a.com/", "www.", "www.a.", "//", ":", "://", "=", "\"",
    "'", "“”", "《》", "\\", "{", "}", "赌", "赌 ", "博", "赌博", "色情_", "(黑帽seo)发布", "外链", "20", "0", "\u200b", "中\u200b", "é", "ﷺ", "㍿", "😀", "☆",
    "久☆", "\n", "中\n", "a\n", "中国 - ", "标题_", "作者:", "时间:", "浏览", "点击:", "来源：", "责任编辑", "网友评论", "上一篇：", "北京网站建设", "先做网站后付款",
    "电话：", "QQ：1", "kw(kw a,kw b)", "因?yàn)槲", "网(wǎng)络", "</span>", "繁體", "繁體简体", "\t", ",", ";", ".", "。。", "!?", "年", "万元", "AV", "aⅴ",
)  # fmt: skip
"""What some pattern begins with, or repeats."""


def articles(unit: str, size: int) -> Iterator[tuple[str, Article]]:
    """The unit again and again: as the title, as one block and one script, and as many blocks with links."""
    text = unit * (size // len(unit))
    yield "title", Article("page", text)
    script = f"<p>正文</p><script>{text}</script>{text}"
    body = Block(BlockKind.PARAGRAPH, text, selector="p")
    yield "body", Article("page", "普通的标题", (body,), description=text, keywords=text, source=script)
    piece = unit * 4
    kinds = (BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.TABLE_CELL)
    blocks = tuple(
        Block(
            kinds[number % 4],
            piece,
            (Link(f"http://a{number}.example/", piece),) if number % 4 > 1 else (),
            selector="p",
        )
        for number in range(min(size // (4 * len(unit)), 5_000))
    )
    yield "blocks", Article("page", "普通的标题", blocks, source=script)


class _TooLongError(Exception):
    """A detector took longer than a linear one would."""


def _too_long(*_: object) -> None:
    raise _TooLongError


def bombs(name: str, size: int = SIZE) -> Iterator[str]:
    """Every input on which a detector fails or takes too long; first of all, those that normalising fails on."""
    resources = Resources(NgramModel.load(load_artifact(default_model()).file("weights.npz")), Lexicon.load().terms)
    detector = DETECTORS[NAMES.index(name)](resources)
    signal.signal(signal.SIGPROF, _too_long)
    for unit in UNITS:
        for form, article in articles(unit, size):
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            try:
                detector.detect(Document(article))
            except Exception as error:
                place = traceback.extract_tb(error.__traceback__)[-1 if not isinstance(error, _TooLongError) else -2]
                yield f"{name}: {unit!r} as {form}: {type(error).__name__} {error} (line {place.lineno} of {place.filename})"
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)


if __name__ == "__main__":
    for found in bombs(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else SIZE):
        print(found, flush=True)
