"""What nasty pages are assembled from, and what must hold for the verdict on any of them."""

from __future__ import annotations

import json

from moderation import Moderator
from moderation.article import FieldName
from moderation.readers import InputError, read_html, read_markdown, read_record, read_text
from moderation.readers.encoding import decode
from moderation.renderers.human import render
from moderation.renderers.sarif import to_sarif
from moderation.renderers.verdict_json import dumps, to_json
from moderation.verdict import Verdict

_ELEMENTS = (
    "html head body title meta base link style script noscript template p div span a b i u font em strong big nobr"
    " code pre xmp plaintext listing textarea select option optgroup button form input label fieldset legend table"
    " caption colgroup col thead tbody tfoot tr td th ul ol li dl dt dd h1 h2 h3 h6 br hr img picture source map area"
    " iframe frame frameset noframes object embed param applet marquee center blink svg math desc foreignObject path"
    " mi mo mtext annotation-xml mglyph details summary dialog video audio track ruby rb rt rp rtc article aside nav"
    " header footer main section x-y isindex image keygen"
).split()
_TEXTS = (
    "文字", "Word", " ", "\n", "\t", "\r\n", "\x00", "\x0b", "\x1b[31m", "\u200b", "\u200b\u200d\ufeff", "\u202e倒", "\u2028",
    "\ufffe", "\ud800", "\udc00", "😀", "👨\u200d👩\u200d👧", "e\u0301\u0302\u0303", "ﷺ", "㍿", "①②③", "ＡＢＣ", "ａⅴ", "繁體中文網頁",
    "网(wǎng)络(luò)", "久.久.精.品", "久-久-热-播", "，天气很好。", "的", "是", "。", "、", "_", "|", " - ", "【", "】", "《》", "“”",
    "2024-03-18 09:12:45", "08:49:1695 人浏览", "22932025-07-19 08:48", "13800138000", "微信号abcde12345", "薇❤：abc12345", "V➕",
    "加薇信", "扣扣", "qq⑧⑧①②③④⑤", "飞机：@daili88", "复制到浏览器打开 ab88", "百家乐", "真人赌场在线开户", "久久精品国产亚洲", "麻豆传媒",
    "无抵押贷款秒下款", "办理本科学历", "黑帽seo", "(黑帽seo)发布", "外链出租", "猜你喜欢:", "友情链接", "作者:某网时间:", "### ", "**", "* ", "> ",
    "1. ", "|a|b|", "```", "[a](http://x.example)", "![](", "http://a.example/", "//x.example", "javascript:alert(1)", "http://[",
    "http://[::1]/", "http://a:99999/", "http://xn--fiq228c.example", "http://%zz.example", "mailto:a@b", "#", "&",
)  # fmt: skip
_ENTITIES = (
    "&amp;", "&lt;", "&#0;", "&#x110000;", "&#55296;", "&#20037;&#20037;", "&#x4e45;", "&nbsp;", "&zwj;", "&bogus;", "&#", "&#x;",
    "&notit;", "&ampamp;amp;", "\\u4e45", "\\ud83d\\ude00", "\\ud800", "%u4e45", "#xff0c;", "&NotEqualTilde;", "&#128;", "&#xfdd0;",
)  # fmt: skip
_ATTRIBUTES = (
    ' href="http://x.example/a"', " href", ' href=""', " href='http://[x'", ' href="/a?b=c&d=&#39;"', ' rel="nofollow"', ' id="a"', " id=a",
    ' id="1 2"', ' id="é"', ' class="a b a"', ' style="display:none"', ' style="position:absolute;left:-9999px"',
    ' style="font-size:0;color:#fff;background:#fff"', ' style="display:none;display:"', ' style="}{;:"', " style='a:url(\"'",
    ' style="width:1e999px"', ' style="text-indent:-999em;opacity:.0"', " hidden", ' aria-hidden="true"', ' title="真人娱乐"', ' alt="图"',
    ' name="description"', ' name="KEYWORDS"', ' content="百家乐,博彩,赌场"', ' http-equiv="refresh"', ' content="0;url=http://y.example"',
    ' charset="gbk"', " = ", ' "', " '", " <", "/", ' xmlns="http://www.w3.org/2000/svg"', ' role="navigation"', ' height="1"', ' a"b="c"',
    " data-x=" + "x" * 300,
)  # fmt: skip
_PIECES = (
    "<", ">", "</", "<!", "<!-", "<!--", "-->", "--!>", "<!-->", "<!--->", "<!doctype html>", "<!DOCTYPE", "<![CDATA[", "]]>", "<?xml ?>", "<?",
    "</>", "< p>", "<p", "<a ", "<a href=\"", "</ p>", "<//p>", "<p/>", "<\x00p>", "<script", "</script", "<script><!--<script>", "</script >",
    "<style>.a{display:none}</style>", "<style>@media{.a{", "<style>/*", "<style>#a,.b>c:not(d)::e{left:-9999px}", "<title>", "</title>",
    "<textarea>", "<xmp>", "<plaintext>", "<noscript>", "<template>", "</template>", "<svg><title>", "<svg><style>", "<math><mi>", "<svg><p>",
    "<table><a>", "<table><tr><div>", "<table><table>", "<tr><td>", "</table>", "<select><table>", "<b><i><p></b></i>", "<a><a><a>", "<p><b><a><p>",
    "<font><font><font><font>", "<nobr><nobr>", "<button><button>", "<h1><h2>", "<li><li>", "<dd><dt>", "<form><form>", "<frameset><frame>",
    "<script>if(/baidu|so\\.com/.test(document.referrer)){location.href='http://x.example'}</script>",
    "<script>eval(String.fromCharCode(100,111,99,117,109,101,110,116,46,119,114))</script>", "<script>document.write('<div style=\"display:none\">')",
    "<script>var a='\\x68\\x74\\x74\\x70\\x3a\\x2f\\x2f';atob('aHR0cDovL2EuZXhhbXBsZS8xMjM0NTY3ODkw')</script>", "<script>'\\u", "<script>/*",
    '<script type="application/ld+json">{"@type":"Article","headline":"真人', "<iframe srcdoc='<p>", '<meta http-equiv="refresh" content="0;url=',
    "<body style=display:none>", "</body>", "</html>", "<base href=http://z.example/>", "<isindex>", "<image>", "</br>", "</p>",
)  # fmt: skip
TOKENS: tuple[str, ...] = (
    *_PIECES,
    *_TEXTS,
    *_ENTITIES,
    *(f"<{name}>" for name in _ELEMENTS),
    *(f"</{name}>" for name in _ELEMENTS),
    *(f"<{name}{attribute}>" for name in ("a", "div", "p", "span", "meta", "td") for attribute in _ATTRIBUTES),
)
FORMATS = ("html", "titled", "markdown", "text", "record")


def judged(moderator: Moderator, data: bytes, form: str = "html") -> Verdict | InputError:
    """The verdict on a page, or the error that says why it cannot be read; everything that must hold is checked."""
    try:
        text, _ = decode(data)
        match form:
            case "html":
                article = read_html(text, identifier="page", url="http://www.example/a.html")
            case "titled":
                article = read_html(text, identifier="page", title=text[:40])
            case "markdown":
                article = read_markdown(text, identifier="page")
            case "text":
                article = read_text(text, identifier="page")
            case _:
                article = read_record({"id": "page", "title": text[:30], "body": text, "links": [text[:50]]})
    except InputError as error:
        return error
    verdict = moderator.score(article)
    for signal in verdict.signals:
        for evidence in signal.evidence:
            span = evidence.span
            assert article.text_of(evidence.field)[span.start : span.end] == evidence.quote, signal.name
            assert not evidence.removable or evidence.field.name in (FieldName.BLOCK, FieldName.SOURCE), signal.name
    if verdict.repair:
        for removal in verdict.repair.removals:
            assert article.text_of(removal.field)[removal.span.start : removal.span.end] == removal.quote
    json.loads(dumps(to_json(verdict, article)).encode())
    render(verdict, article, colour=True).encode()
    json.loads(dumps(to_sarif([(verdict, article, None)])).encode())
    return verdict
