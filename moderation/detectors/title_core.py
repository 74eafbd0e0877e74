"""The author's own part of a title: without the name of the site that a template hangs on it.

`养生粥的做法_晨露资讯网` was written by nobody: the template put the last part there. It is the same on every page of
the site, says nothing of this one, and dilutes what the title says.
"""

from __future__ import annotations

import re

_SEPARATOR = re.compile(r"\s*[_|]\s*|\s+[-–—·]\s+|(?<=[^a-z0-9])[-–—](?=[^0-9])")
_MOST_SEPARATORS = 3
"""More make a row of keywords, whose last is no site."""
_SITE = (2, 16)
_SHORTEST_CORE = 4
_LONGEST = 200
_SITE_WORD = re.compile(
    r"(?:网|网站|在线|书屋|书库|书城|书院|文库|文学|影院|字典|词典|资讯|新闻|日报|晚报|早报|时报|周刊|杂志|观察|门户|社区|论坛|平台|客服中心|贴吧|吧|博客|笔记|随笔|空间|知识库|百科|频道|"
    r"公司|集团|事务所|工作室|商城|旗舰店|专卖店|铺子|医院|保健院|诊所|学校|学院|大学|中学|小学|幼儿园|图书馆|博物馆|"
    r"政府|委员会|协会|学会|中心|研究院|研究所|[\u4e00-\u9fff]局|[\u4e00-\u9fff]厅)\Z"
)


def core_end(title: str) -> int | None:
    """Where the author's part of a normalised title ends, or None where no site's name seems to follow it."""
    if len(title) > _LONGEST:
        return None
    separators = list(_SEPARATOR.finditer(title))
    if not separators or len(separators) > _MOST_SEPARATORS:
        return None
    last = separators[-1]
    shortest, longest = _SITE
    if last.start() < _SHORTEST_CORE or not shortest <= len(title) - last.end() <= longest:
        return None
    return last.start()


def is_site_name(text: str) -> bool:
    """True for a text that ends as sites call themselves."""
    return _SITE_WORD.search(text.strip()) is not None
