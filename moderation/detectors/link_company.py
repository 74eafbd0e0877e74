"""Which anchors of a block keep company: by the form of their addresses, by brand names, by the page's own title.

Who breaks into a site links what it does not: a search, a folder of his own, another site. He names what may not be
called by its name after brands that nobody knows. And a doorway's own lists lead to its siblings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from moderation.detectors.link_segment import Entry

Floats = npt.NDArray[np.float32]
_LETTERS, _DIGITS = re.compile(r"[A-Za-z]+"), re.compile(r"(?:a?[0-9]+a?)+")
_LONGEST_FORM, _LONGEST_ENDING = 60, 12
_APART = 0.5
"""So small a part of a block, at most, stands apart from the rest."""
_BRAND = re.compile(
    r"(?:官网|官方网站|官方|网址|地址|入口|登[录陆]|注册|下载|app|平台|手机版|网页版|客户端|安卓版|最新版|全站)$"
    r"|(?:体育|棋牌|娱乐城?|投注|彩票|影院|视频|直播|社区|传媒|漫画|影视|配资|速贷|钱包|游戏厅|赌场|福利社)$"
)
"""How such names end; those of honest sites may, too."""
_PLAIN = re.compile(
    r"(?:本地|高速|普通|电信|联通|移动|铁通|官方|安卓|苹果|电脑|手机|免费|立即|点击|直接|网盘|备用|迅雷|历史|最新|国内|海外|会员|用户|学生|教师"
    r"|管理|后台|系统|版本|软件|镜像|文件|资料|[0-9一二三四五六七八九十])*"
    r"(?:官网|官方网站|官方|网址|地址|入口|登[录陆]|注册|下载|app|平台|手机版|网页版|客户端|安卓版|最新版|全站|视频|直播|社区|影视|漫画|体育|彩票|娱乐)?"
    r"(?:[0-9一二三四五六七八九十]*|点)$"
)
"""Words that every site has, with no name among them."""
_FIRM = re.compile(
    r"(?:公司|集团|机械|设备|用品|器材|仪器|科技|电子|电气|食品|餐饮|酒店|宾馆|建材|家具|化工|印刷|物流|货运|物业|旅行社|影城|眼镜|医药"
    r"|事务所|研究院|实验室|俱乐部|协会|商会|学会|大学|学院|学校|中学|小学|幼儿园|医院|银行|保险|证券|书店|花卉|种业|茶业|乐器|珠宝|汽车)"
    r"(?:官网|官方网站)?$"
)
"""How firms and institutions are called."""


def is_brand(text: str, start: int, end: int) -> bool:
    """Whether an anchor at `start` to `end` ends as the names of casinos, pirate cinemas and lenders do."""
    return _BRAND.search(text, max(start + 1, end - _LONGEST_ENDING), end) is not None and not is_plain(
        text, start, end
    )


def is_plain(text: str, start: int, end: int) -> bool:
    """Whether an anchor at `start` to `end` is made of words that every site has: 高速下载, 会员登录."""
    return end - start <= _LONGEST_ENDING and _PLAIN.fullmatch(text, start, end) is not None


def is_firm(text: str, start: int, end: int) -> bool:
    """Whether an anchor at `start` to `end` ends as the names of firms and institutions do."""
    return _FIRM.search(text, max(start + 1, end - _LONGEST_ENDING), end) is not None


def company(
    entries: Sequence[Entry], owners: npt.NDArray[np.intp], facts: Mapping[str, Floats], title: float
) -> dict[str, Floats]:
    """For each anchor: does it stand `apart`, what do those of its form read as, and the title of it?

    `facts` are those of `link_features`, `title` the probability that the page's title is abusive.
    """
    foreign, abuse = facts["foreign"], facts["abuse"]
    numbers: dict[tuple[int, str], int] = {}
    kinds = [
        numbers.setdefault((owner, "//" if away else _form(entry.href)), len(numbers))
        for entry, owner, away in zip(entries, owners.tolist(), foreign.tolist(), strict=True)
    ]
    sizes = np.bincount(kinds)[kinds]
    others = np.bincount(kinds, weights=abuse)[kinds] - abuse
    blocks = np.bincount(owners)[owners]
    apart = (sizes <= _APART * blocks) & (blocks > 2)
    suspected = np.maximum(abuse, np.maximum(facts["grey"], facts["trade"]) / 2)
    return {
        "apart": apart.astype(np.float32),
        "company": np.where(apart, others / np.maximum(sizes - 1, 1), 0.0).astype(np.float32),
        "own_title": (title * (1 - foreign) * suspected).astype(np.float32),
    }


@lru_cache(maxsize=8192)
def _form(href: str) -> str:
    """The form of an address on one's own site: its folders, numbers and questions, whatever their names."""
    path = href.partition("//")[2].partition("/")[2] if "//" in href else href.lstrip("/")
    return _DIGITS.sub("0", _LETTERS.sub("a", path.partition("#")[0]))[:_LONGEST_FORM]
