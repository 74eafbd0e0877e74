"""Words that tell what a text does with its subject: sells it, warns of it, reports or treats it, or only talks.

Single words decide nothing. Each kind is counted per length and read together with everything else.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache, lru_cache
from importlib.resources import files

from daachorse import CharwiseDoubleArrayAhoCorasick

_TOWNS = "towns"


class _Cues:
    """The words of all kinds but towns as one automaton, and the towns as another: they are asked of other texts."""

    def __init__(self) -> None:
        raw = tomllib.loads(files("moderation.resources").joinpath("cues.toml").read_text("utf-8"))
        self.towns = tuple(raw.pop(_TOWNS))
        self.find_towns = CharwiseDoubleArrayAhoCorasick(list(self.towns)).find_overlapping
        self.kinds: dict[str, list[str]] = {}
        for kind, words in raw.items():
            for word in words:
                self.kinds.setdefault(word, []).append(kind)
        self.words = tuple(self.kinds)
        self.find = CharwiseDoubleArrayAhoCorasick(list(self.words)).find_overlapping
        # 一对一对一 holds 一对一 once.
        self.own_ends = [word for word in self.words if any(word.endswith(word[:i]) for i in range(1, len(word)))]


@cache
def _cues() -> _Cues:
    return _Cues()


def towns(text: str) -> frozenset[str]:
    """The names of towns that a text holds."""
    cues = _cues()
    return frozenset(cues.towns[number] for _, _, number in cues.find_towns(text))


@lru_cache(maxsize=4)
def _counted(text: str) -> Counter[str]:
    """How often a text holds words of each kind; the same text is asked for one kind after another."""
    cues = _cues()
    times = Counter(cues.words[number] for _, _, number in cues.find(text))
    for word in cues.own_ends:
        if word in times:
            times[word] = text.count(word)
    found: Counter[str] = Counter()
    for word, count in times.items():
        for kind in cues.kinds[word]:
            found[kind] += count
    return found


INSTITUTION = re.compile(
    r"公司|集团|律师|事务所|学院|大学|学校|小学|中学|幼儿园|医院|保健院|卫生院|政府|[局厅]$|委员会|协会|研究[所院]|法院|工厂|制造"
    r"|设备|机械|检测|银行|图书馆|博物馆|商会|基金会|街道|社区|物业|酒店|建材|电缆|阀门"
)
OFFICIAL_HOST = re.compile(r"\.(?:gov|edu|mil|ac|org)(?:\.[a-z]{2})?$|\.gov")
EXPLICIT_PATH = re.compile(
    r"(?:^|[/\-_.])(?:porn|porno|pornpic|hentai|nudes|sexpics?|sexvideos?|avpian|milf|adult-?pics?|seqing|xxx)(?:[/\-_.]|$)"
    r"|-sex\.s?html?$|/nude/|/sex/(?:pics?|videos?|movies?)/|^/av/(?:gallery|video|pian)"
)
SPAM_PATH = re.compile(
    r"^/(?:go|ss|tags?|so|zt|hot|k|q|s)/[\w%-]+|^/tags-\d+|^/\?\w+|^/(?:plus|upload|uploads|templets|data|images|css|js)/"
)
RAW_MARKDOWN = re.compile(r"^#{1,4} ?[^\s#]|\*\*[^*\n]{2,30}\*\*|\(思考\)")
SHARE = re.compile(r"百分之[一二三四五六七八九十百零点]+|\d{2}(?:\.\d)?%|[一二三四五六七八九]成")
STITCH_MARK = re.compile(r"^\s*(?:[❶-❿➊-➓]|[㈠-㈩]|[①-⑳]|『[壹贰叁肆伍陆柒捌玖拾]』|[⒈-⒛])")
TEMPLATE_TAG = re.compile(r"\{(?:随机|泛域名|关键词|长尾|蜘蛛)[\u3400-\u9fff]{0,6}\d{0,3}\}")
"""What a page program fills in, left as it was: `{随机关键词3}`."""
_BRACKETS = 40
STRAY_BLANK = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
QUESTION = re.compile(r"[吗呢?]|怎么|什么|如何|多少|哪[里家个些]|是不是|能不能|可以")


def variants(text: str) -> str | None:
    """A keyword with a bracket of its own variants behind it, `词(词甲,词乙)`: how machines name what they stitch."""
    position = text.find("(")
    for _ in range(_BRACKETS):
        if position < 0:
            return None
        closing = text.find(")", position, position + 80)
        inside = text[position + 1 : closing] if closing > 0 else ""
        for size in range(12, 1, -1):
            word = text[max(0, position - size) : position]
            if len(word) == size and word.isalpha() and inside.startswith(word):
                if any(part.startswith(word) for part in re.split("[,、]", inside)[1:]):
                    return f"{word}({inside})"
                break
        position = text.find("(", position + 1)
    return None


def odd_signs(text: str) -> float:
    """The share of a title's characters that are symbols: stars, arrows, emoji, brackets."""
    return sum(not (sign.isalnum() or sign.isspace() or sign in ",.!?:;-_|、。·") for sign in text) / max(len(text), 1)


def count(text: str, kind: str) -> int:
    """Occurrences of words of a kind: warns, treats, reports, sells, cliches, reaches or spun."""
    return _counted(text)[kind]


def speaks_about(title: str) -> bool:
    """True for a title that warns of something or reports on it: nobody searches for what they want in such words."""
    return bool(count(title, "warns") or count(title, "reports"))


def density(text: str, kind: str) -> float:
    """Occurrences of a kind of words, in one per fifty characters; at most two."""
    if not text:
        return 0.0
    return min(2.0, 50.0 * count(text, kind) / max(len(text), 60))
