"""What advertisements say: how to be reached, what it costs, what is done for whom.

Most paragraphs say none of it. Every cue holds one of some pairs of characters, or a run of digits, so that one look at
all pairs of a body names the few paragraphs that its patterns are asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.detectors.body import Paragraph
from moderation.detectors.reading import Reading
from moderation.normalize import DISGUISE, Document
from moderation.normalize.text import Codes, codes_of

SHORTEST, LONGEST = 12, 420
_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|[48]00-?\d{3,4}-?\d{3,4})(?!\d)|微信|微号|加微|加v|薇|vx|qq|电报|飞机号|扣扣|tg\b",
        r"热线|来电|致电|电话|咨询|联系|客服|找我|私聊|加群|网址|浏览器|官网",
        r"价格|报价|元起|一条龙|套餐|包年|付款|优惠|低价|免费|起发|现货|批发|当天|包邮|先.{1,6}后付|全国",
        r"我们(?:提供|公司|是|专业)|本公司|承接|办理|代办|定制|服务商|专业从事|服务[有项]|一站式|欢迎|值得信赖|满意",
        r"网站(?:建设|制作|优化|推广|设计|开发)|做网站|建站|seo|小程序|公众号开发|关键词排名|代运营|加盟|渠道",
    )
)
_PUBLIC = re.compile(
    r"报警|(?:拨打|致电|打|拨)[“\"]?(?:110|96110|12315|12377|12381)|举报|依法|应当|不得|从未授权|未授权任何|(?:冻结|止付)账户|谢绝中介"
)
"""What a warning, a law or a private notice says, and no advertisement that was put into another text."""
_LOCAL = re.compile(r"([\u4e00-\u9fff]{2})(?=网站|做网站|建站|网络|seo|小程序|公众号)")
_LOCAL_TIMES = 3
_PAIRS = (
    "微信 微号 加微 加v vx qq 电报 机号 扣扣 tg",
    "热线 来电 致电 电话 咨询 联系 客服 找我 私聊 加群 网址 览器 官网",
    "价格 报价 元起 条龙 套餐 包年 付款 优惠 低价 免费 起发 现货 批发 当天 包邮 后付 全国",
    "们提 们公 们是 们专 本公 承接 办理 代办 定制 务商 业从 务有 务项 站式 欢迎 得信 满意",
    "站建 站制 站优 站推 站设 站开 做网 建站 eo 小程 号开 词排 代运 加盟 渠道",
    "网站 做网 建站 网络 eo 小程 公众",
)
"""A pair that every match of a cue holds, cue by cue; the last are those of `_LOCAL`."""
_REACHED, _DISGUISED = 0, 6
_ALONE = np.uint32(ord("薇"))
_SHORTEST_NUMBER = 7
"""No number of the first cue has fewer digits and hyphens on end."""
_FIRST, _SECOND, _SHIFT = np.uint32(2654435761), np.uint32(2246822519), np.uint32(16)


def _hashed(codes: Codes) -> Codes:
    """Sixteen bits for each pair of neighbours."""
    found: Codes = (codes[:-1] * _FIRST + codes[1:] * _SECOND) >> _SHIFT
    return found


def _table() -> npt.NDArray[np.uint8]:
    table = np.zeros(0x10000, dtype=np.uint8)
    for kind, pairs in enumerate(_PAIRS):
        for pair in pairs.split():
            table[_hashed(codes_of(pair))[0]] |= 1 << kind
    return table


_TABLE = _table()
_BITS = np.array([bin(number).count("1") for number in range(256)], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Hints:
    """The numbers of the paragraphs that may hold a cue, and how many kinds each holds at most."""

    numbers: npt.NDArray[np.intp]
    kinds: npt.NDArray[np.int64]


def hints_of(document: Document, body: Reading, count: int) -> Hints:
    """What the first `count` paragraphs of a body may say of what advertisements say."""
    begins, ends = body.begins[:count], body.ends[:count]
    masks = np.zeros(count, dtype=np.uint8)
    codes = body.codes[: ends[-1]]
    kinds = _TABLE.take(_hashed(codes))
    told = np.flatnonzero(kinds)
    _mark(masks, body, told, kinds[told])
    _mark(masks, body, np.flatnonzero(codes == _ALONE), np.uint8(1 << _REACHED))
    _mark(masks, body, _numbers(codes), np.uint8(1 << _REACHED))
    if _is_disguised(document, body):
        ranges = np.stack((begins, ends), axis=1) + body.start
        steps = document.normalized.steps_of(ranges)  # type: ignore[arg-type]
        masks[(steps & np.uint16(DISGUISE)) != 0] |= 1 << _DISGUISED
    sizes = ends - begins
    numbers = np.flatnonzero((masks != 0) & (sizes >= SHORTEST) & (sizes <= LONGEST))
    return Hints(numbers, _BITS.take(masks[numbers]))


def _is_disguised(document: Document, body: Reading) -> bool:
    """True when a step that ordinary writing seldom needs touched the body anywhere."""
    steps = (document.normalized.marks, document.normalized.gaps)
    return any(
        bool(int(np.bitwise_or.reduce(marks[body.start : body.end])) & DISGUISE) for marks in steps if marks is not None
    )


def _mark(
    masks: npt.NDArray[np.uint8], body: Reading, places: npt.NDArray[np.intp], kinds: npt.NDArray[np.uint8] | np.uint8
) -> None:
    """Note for the paragraphs around some places what was seen there."""
    if len(places):
        np.bitwise_or.at(masks, body.begins[: len(masks)].searchsorted(places, side="right") - 1, kinds)


def _numbers(codes: Codes) -> npt.NDArray[np.intp]:
    """Where runs of digits begin that are long enough for a telephone."""
    digits = (codes - np.uint32(0x30) <= np.uint32(9)) | (codes == np.uint32(0x2D))
    two = digits[:-1] & digits[1:]
    four = two[:-2] & two[2:]
    return np.flatnonzero(four[:-3] & four[3:])


def cues_of(document: Document, paragraph: Paragraph) -> int:
    """How many kinds of things a paragraph says that advertisements say."""
    if not SHORTEST <= paragraph.size <= LONGEST:
        return 0
    text = document.text[paragraph.start : paragraph.end]
    if _PUBLIC.search(text):
        return 0
    kinds = sum(cue.search(text) is not None for cue in _CUES)
    places = [match.group(1) for match in _LOCAL.finditer(text)]
    kinds += bool(document.steps_in(paragraph.start, paragraph.end) & DISGUISE)
    return kinds + any(places.count(place) >= _LOCAL_TIMES for place in set(places))
