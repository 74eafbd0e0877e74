"""From a script to findings: which of its actions cheat a search engine or its visitors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from moderation.address import host_of, site_of
from moderation.detectors.script import layers
from moderation.detectors.script_intent import Action, Condition, Deed, actions
from moderation.detectors.script_tokens import Kind, Token

_CODE_WORDS = ("fromCharCode", "atob", "unescape", "eval", "Function(", "execScript", "charCodeAt", "reverse(")
_TEST_WORDS = ("referrer", "spider", "Spider", "crawl", "userAgent")
_DEED_WORDS = (
    "location", ".write", "iframe", "createElement", ".title", "innerHTML", ".open", ".action", "display"
)  # fmt: skip
_ESCAPES = re.compile(r"\\x[0-9a-fA-F]{2}\\x|(?:\\u00[2-7][0-9a-fA-F]){3}|\[\s*[\"'][^\"'\]]{0,12}\\[xu]")
_LONG_CODE = re.compile(r"[\"'][A-Za-z0-9+/=]{60}")
_CUT = re.compile(r"[\"']\s*\+\s*[\"']")
_ADDRESS = re.compile(r"(?:https?:)?//([\w.-]*\w)", re.I | re.ASCII)
_OWN_PATH = re.compile(r"[/?#.]|[\w-]+(?:/|\.(?:html?|php|aspx?|jsp)\b|\?)|[a-z]+:", re.I | re.ASCII)
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][\w+.-]*:", re.I | re.ASCII)
_COVERS = re.compile(r"(?:width|height)\s*[:=]\s*[\"']?\s*100(?:%|v[wh])", re.I)
_FIXED = re.compile(r"position\s*:\s*(?:fixed|absolute)|rows\s*=\s*[\"']?(?:100%|\*)", re.I)
_ENGINES = re.compile(r"baidu|sogou|haosou|so\.com|360\.cn|google|bing|sm\.cn|toutiao")
_WHOLE, _LONGEST = 10_000, 40_000
"""Characters up to which a script is read whole, and that are read of a longer one."""
_BEFORE, _AFTER_TEST, _AFTER_CODE = 1_200, 2_400, 24_000
_MOST_PLACES = 40
_REMEMBERED = 512
_SERVICES = frozenset(
    "baidu.com bdstatic.com bdimg.com baidustatic.com cnzz.com 51.la umeng.com google-analytics.com"
    " googletagmanager.com googleapis.com gstatic.com googlesyndication.com doubleclick.net google.com qq.com"
    " gtimg.cn gtimg.com idqqimg.com qhimg.com qhres.com qhres2.com qhmsg.com 360.cn so.com sogou.com sogoucdn.com"
    " tanx.com mmstat.com weibo.com sina.com.cn sinaimg.cn bytegoofy.com pstatp.com snssdk.com toutiao.com"
    " facebook.net facebook.com twitter.com hotjar.com clarity.ms bing.com growingio.com sensorsdata.cn"
    " gridsumdissector.com irs01.com miaozhen.com admaster.com.cn linkedin.com yandex.ru cloudflareinsights.com"
    " jiathis.com bshare.cn".split()
)
"""Sites whose scripts count, advertise and share; to load them is no secret."""
_STORES = frozenset("apple.com google.com qq.com huawei.com hicloud.com mi.com oppomobile.com vivo.com.cn".split())
_MOBILE = ("m.", "wap.", "mobile.", "h5.", "3g.", "touch.")


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding in a script: the name of its signal without the detector's, and what the script aims at."""

    name: str
    strength: float
    target: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one script does: its findings, and the texts that it puts in the title."""

    findings: tuple[Finding, ...] = ()
    titles: tuple[str, ...] = ()


@lru_cache(maxsize=_REMEMBERED)
def read_script(script: str, own: str) -> Reading:
    """The findings of a script on the page at address `own` (empty where unknown), the strongest of each name.

    Remembered, since every page of a site has the same scripts, and a repair judges a page again and again.
    """
    if not _is_worth_reading(script):
        return Reading()
    read = [layer for part in _parts(script) for layer in layers(part)]
    found: list[Finding] = []
    titles: list[str] = []
    covers = any(_FIXED.search(token.text) for layer in read for token in layer if token.kind is Kind.STRING)
    for layer in read:
        for action in actions(layer):
            found += _judged(action, own, covers)
            if action.deed is Deed.TITLE and action.target:
                titles.append(action.target)
    if not found:
        found += _from_bag(read, own)
    strongest: dict[str, Finding] = {}
    for finding in found:
        known = strongest.get(finding.name)
        if known is None or finding.strength > known.strength:
            strongest[finding.name] = finding
    return Reading(tuple(strongest.values()), tuple(dict.fromkeys(titles)))


def _is_worth_reading(script: str) -> bool:
    """A cheap look first: most scripts neither hide anything nor send anybody anywhere."""
    if any(word in script for word in _CODE_WORDS) or _LONG_CODE.search(script):
        return True
    if ("\\x" in script or "\\u00" in script) and _ESCAPES.search(script):
        return True
    if not any(word in script for word in _DEED_WORDS):
        return False
    # What is not hidden names a test, an address or a title; a text cut in pieces may be any of them.
    told = "//" in script or "title" in script or any(word in script for word in _TEST_WORDS)
    return told or _CUT.search(script) is not None


def _parts(script: str) -> Iterator[str]:
    """The script; of a long one, what stands around tests and codes, as far as there is room."""
    if len(script) <= _WHOLE:
        yield script
        return
    places = [(at, _AFTER_TEST) for word in _TEST_WORDS for at in _places_of(script, word)]
    places += [(at, _AFTER_CODE) for word in _CODE_WORDS for at in _places_of(script, word)]
    places += [(match.start(), _AFTER_CODE) for match in islice(_LONG_CODE.finditer(script), _MOST_PLACES)]
    room, end = _LONGEST, 0
    for at, after in sorted(places):
        if at < end:
            continue
        start, end = max(end, at - _BEFORE), min(at + after, at + room)
        yield script[start:end]
        room -= end - start
        if room <= 0:
            return


def _places_of(script: str, word: str) -> Iterator[int]:
    at = script.find(word)
    for _ in range(_MOST_PLACES):
        if at < 0:
            return
        yield at
        at = script.find(word, at + 1)


def place_of(target: str, own: str) -> str:
    """Where an address leads: `foreign`, `own`, or `unknown` where it is put together at run time."""
    match = None if _OTHER_SCHEME.match(target) else _ADDRESS.search(target)
    if match is None:
        return "own" if _OWN_PATH.match(target) and not target.lower().startswith("http") else "unknown"
    host = match.group(1).strip(".").lower()
    if "." not in host:
        return "unknown"
    if not own:
        return "own" if host.startswith(_MOBILE) else "foreign"
    own_site, site = site_of(host_of(own)), site_of(host)
    same_name = own_site.split(".")[0] == site.split(".")[0] and len(site.split(".")[0]) >= 4
    return "own" if site == own_site or same_name else "foreign"


def is_service(target: str, sites: Iterable[str] = _SERVICES) -> bool:
    """True for an address of a well-known service of that kind."""
    match = _ADDRESS.search(target)
    return match is not None and site_of(match.group(1).strip(".").lower()) in sites


def covers_page(markup: str) -> bool:
    """True for a frame laid over everything else."""
    return _FIXED.search(markup) is not None and len(_COVERS.findall(markup)) >= 2


def _judged(action: Action, own: str, covers: bool) -> Iterator[Finding]:
    tests, target = action.tests, action.target
    place = place_of(target, own)
    engine = Condition.REFERRER in tests and Condition.ENGINE in tests
    spider = Condition.SPIDER in tests
    shown = target.split(" ")[0][:120]
    match action.deed:
        case Deed.GO | Deed.FRAME if place == "foreign":
            if is_service(target) and not Condition.REFERRER & tests:
                return
            if Condition.REFERRER in tests:
                yield Finding("referrer_script", 1.0, shown)
            elif spider:
                yield Finding("crawler_script", 1.0, shown)
            elif action.deed is Deed.FRAME:
                if covers_page(target) or (covers and "100%" in target):
                    yield Finding("frame_over_page", 1.0, shown)
            elif Condition.DEVICE in tests and not is_service(target, _STORES):
                yield Finding("device_redirect", 1.0, shown)
            elif action.immediate:
                yield Finding("script_redirect", 1.0, shown)
        case Deed.GO if engine or (spider and Condition.AGENT in tests):
            name = "referrer_script" if engine else "crawler_script"
            yield Finding(name, 0.65 if place == "unknown" and not target else 0.5, shown)
        case Deed.LOAD if place == "foreign" and not is_service(target):
            if engine:
                yield Finding("referrer_script", 1.0, shown)
            elif Condition.REFERRER in tests or spider:
                yield Finding("referrer_script" if Condition.REFERRER in tests else "crawler_script", 0.4, shown)
        case Deed.TITLE | Deed.WRITE if spider and target.strip():
            yield Finding("crawler_script", 0.9, shown)
        case Deed.SHOW if spider:
            yield Finding("crawler_script", 0.5, shown)


def _from_bag(read: Sequence[Sequence[Token]], own: str) -> Iterator[Finding]:
    """Scripts whose flow is scrambled still need their words: an engine, the referrer, a foreign address."""
    tokens = [token for layer in read for token in layer]
    scrambled = sum(token.kind is Kind.NAME and token.text.startswith("_0x") for token in tokens)
    if scrambled < 4:
        return
    strings = [text for token in tokens for text in (token.items or (token.text,)) if token.kind is not Kind.MARK]
    bag = "\n".join(strings)
    targets = [
        text
        for text in strings
        if place_of(text, own) == "foreign" and not is_service(text) and not _ENGINES.search(text)
    ]
    if targets and "referrer" in bag and _ENGINES.search(bag) and ("location" in bag or "iframe" in bag):
        yield Finding("referrer_script", 0.9, targets[0][:120])
    elif targets and "userAgent" in bag and "spider" in bag.lower() and ("location" in bag or "iframe" in bag):
        yield Finding("crawler_script", 0.9, targets[0][:120])
