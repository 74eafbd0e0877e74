"""Hidden blocks that belong together, and what they hold: texts to judge and sites they lead to."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from moderation.address import host_of, is_foreign, site_of
from moderation.article import Block, BlockKind, FieldName, FieldRef
from moderation.normalize import Document

_PLATFORMS = frozenset(
    "weibo.com weibo.cn qq.com weixin.com douban.com zhihu.com baidu.com bilibili.com douyin.com"
    " xiaohongshu.com toutiao.com kuaishou.com renren.com kaixin001.com 163.com sina.com.cn sohu.com"
    " taobao.com tmall.com jd.com pinduoduo.com alipay.com amap.com apple.com google.com googletagmanager.com"
    " microsoft.com mozilla.org github.com facebook.com twitter.com x.com linkedin.com pinterest.com"
    " instagram.com youtube.com line.me whatsapp.com telegram.org t.me wordpress.org gravatar.com cnzz.com"
    " umeng.com 51.la 51yes.com miit.gov.cn beian.gov.cn 12377.cn people.com.cn xinhuanet.com cctv.com"
    " wikipedia.org huawei.com mi.com oppo.com vivo.com.cn wandoujia.com 360.cn so.com sogou.com bing.com".split()
)
"""Sites that honest pages link by the thousand: to share, to download an app, to show a licence, to count visitors."""

_PUBLIC = re.compile(r"\.(?:gov|edu|ac|mil)(?:\.[a-z]{2})?\Z")
_CHEAP = re.compile(
    r"\.(?:top|xyz|vip|cc|icu|club|site|online|shop|win|bid|loan|men|work|fun|buzz|cyou|sbs|cfd|bond|pw|tk|ml|ga|cf|gq|ink"
    r"|red|wang|ltd|monster|rest|quest|lol|best|one|live)\Z"
)
_DIGITS = re.compile(r"[0-9]")
_LABEL = re.compile(
    "友情链接|友情連結|合作伙伴|合作媒体|合作单位|相关网站|相关链接|成员单位|下属|分享|关注我们|客户端|备案|转发|部委|镜像|导航"
)
_CUT = re.compile(r"[，,、_|/;；。！？!?\n\r\t]+|\s[-–—·]\s|\s{2,}")
_SENTENCE = re.compile("[。！？]")
_WORD = re.compile("[\u4e00-\u9fff]{2}")
_PIECE = 30


@dataclass(slots=True)
class Group:
    """Hidden blocks inside one hidden element. `entries` are ranges of the document: anchors and pieces of text.

    `listed` says that some of its text is a row of words, `pictures` that all of it stands in attributes.
    """

    blocks: list[int]
    means: str
    entries: list[tuple[int, int]] = field(default_factory=list)
    links: int = 0
    own_links: int = 0
    hosts: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    labelled: bool = False
    pictures: bool = False
    listed: bool = False

    @property
    def sites(self) -> int:
        """How many sites of strangers the group leads to."""
        return len(self.hosts)

    def cheap_share(self) -> float:
        """The share of stranger sites under names that cost next to nothing, or are numbered."""
        cheap = sum(
            1 for site in self.hosts if _CHEAP.search(site) or len(_DIGITS.findall(site.partition(".")[0])) >= 2
        )
        return cheap / len(self.hosts) if self.hosts else 0.0

    def most_hosts(self) -> int:
        """The most hosts under one site: random sub-domains."""
        return max(map(len, self.hosts.values()), default=0)


def groups_of(document: Document) -> Iterator[Group]:
    """The groups of hidden blocks of a document, with their texts and links."""
    blocks = document.blocks
    if not any(block.hidden for block in blocks):
        return
    for run in _runs(blocks):
        for members in _by_root(blocks, run):
            yield _filled(document, members)


def _runs(blocks: Sequence[Block]) -> Iterator[list[int]]:
    run: list[int] = []
    for index, block in enumerate(blocks):
        if block.hidden:
            run.append(index)
        elif run and block.text.strip():
            yield run
            run = []
    if run:
        yield run


def _by_root(blocks: Sequence[Block], run: list[int]) -> Iterator[list[int]]:
    """A run cut where one hidden element ends and the next begins.

    Blocks stand in reading order, so a common ancestor holds no visible text if it holds neither the visible block
    before nor the one after: the outermost such ancestor is the hidden element.
    """
    around = [_path(blocks, _visible(blocks, run[0], -1)), _path(blocks, _visible(blocks, run[-1], 1))]
    members: list[int] = []
    root: list[str] = []
    for index in run:
        path = _path(blocks, index)
        own = path[: 1 + max(_common(path, other) for other in around)]
        if members and (own != root or blocks[index].hidden_by != blocks[members[-1]].hidden_by):
            yield members
            members = []
        root = own
        members.append(index)
    yield members


def _visible(blocks: Sequence[Block], index: int, step: int) -> int:
    """The next block that is seen, from an index in one direction; -1 where there is none."""
    index += step
    while 0 <= index < len(blocks) and (blocks[index].hidden or not blocks[index].text.strip()):
        index += step
    return index if index < len(blocks) else -1


def _path(blocks: Sequence[Block], index: int) -> list[str]:
    return (blocks[index].selector or "").split(" > ") if index >= 0 else []


def _common(left: list[str], right: list[str]) -> int:
    for number, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return number
    return min(len(left), len(right))


def _filled(document: Document, members: list[int]) -> Group:
    group = Group(members, document.blocks[members[0]].hidden_by)
    own = document.article.url
    group.pictures = all(document.blocks[index].kind is BlockKind.ATTRIBUTE for index in members)
    for index in members:
        block, ref = document.blocks[index], FieldRef(FieldName.BLOCK, index)
        start = document.block_range(index)[0]
        for link in block.links:
            _count_link(group, link.href, own)
            at = document.position_of(ref, link.start)
            end = document.position_of(ref, link.start + len(link.anchor))
            _add_text(group, document.text, start, at)
            group.entries += _trimmed(document.text, at, end)
            start = max(start, end)
        _add_text(group, document.text, start, document.block_range(index)[1])
        group.labelled |= _LABEL.search(block.text) is not None
    return group


def _count_link(group: Group, href: str, own: str | None) -> None:
    group.links += 1
    host = host_of(href)
    if not is_foreign(href, own):
        group.own_links += 1
        return
    site = site_of(host)
    if site not in _PLATFORMS and not _PUBLIC.search(host):
        group.hosts[site].add(host)


def _add_text(group: Group, text: str, start: int, end: int) -> None:
    """A text that is no anchor, cut at separators: running text into some sentences each, a row of words into words.

    What has no Chinese word in it is noise, or a name, and not judged.
    """
    if end - start < 2:
        return
    cuts = list(_CUT.finditer(text, start, end))
    listed = len(cuts) >= 3 and not _SENTENCE.search(text, start, end)
    group.listed |= listed
    first = start
    for cut in [(match.start(), match.end()) for match in cuts] + [(end, end)]:
        if cut[0] - first >= (4 if listed else _PIECE) or cut[0] == end:
            piece = text[first : cut[0]]
            if len(piece) >= 4 and _WORD.search(piece):
                group.entries += _trimmed(text, first, cut[0])
            first = cut[1]


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    bare = text[start:end].strip()
    if len(bare) >= 2:
        first = text.index(bare[0], start)
        yield first, first + len(bare)


def repetition(texts: Sequence[str]) -> float:
    """The share of texts that hold the two characters which most of them have in common."""
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update({text[at : at + 2] for at in range(len(text) - 1)})
    return max(seen.values(), default=0) / len(texts) if texts else 0.0


def keyword_pieces(text: str) -> list[str]:
    """The items of a list of words; none for running text."""
    if _SENTENCE.search(text):
        return []
    parts = [part.strip() for part in re.split(r"[，,、_|/;；\s]+", text)]
    return [part for part in parts if 3 <= len(part) <= 20]
