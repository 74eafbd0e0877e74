"""Pages made to hang, crash or swell a reader: each is a function of its size."""

from __future__ import annotations

from collections.abc import Callable


def _around(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>普通的标题</title>{head}</head><body>{body}</body></html>"


def unclosed_tags(size: int) -> str:
    """Elements that are opened and never closed, within what nests."""
    return _around("".join(f"<p>段落{n}<li>项目<td>单元" for n in range(size)))


def unclosed_formatting(size: int) -> str:
    """Formatting that every paragraph must reopen."""
    return _around("".join(f"<p><b><i><font color=#{n % 1000:03}>字{n}" for n in range(size)))


def null_bytes(size: int) -> str:
    """A null byte in every kind of place."""
    return _around("<p\0>字\0</p>\0<a hr\0ef='\0'>词</a>" + "文\0字" * 3 + "字" * (size * 20))


def long_script(size: int) -> str:
    """One script that quotes everything a cloaker writes and never ends a call."""
    return _around(f"<script>{'if(document.referrer.indexOf(' * size}</script><p>正文</p>")


def unclosed_script(size: int) -> str:
    """Many beginnings of scripts without an end."""
    return _around("<p>正文</p>" + "<script " * size + "<script>" + "var a='<script';" * size)


def many_scripts(size: int) -> str:
    """Many small scripts."""
    return _around("<script>var a=1;location.href='/a'</script>" * size)


def char_codes(size: int) -> str:
    """Numbers as fromCharCode takes them, without the call, and calls without numbers."""
    return _around(f"<script>{'fromCharCode(' * size}{'104,116,' * size}</script>")


def many_links(size: int) -> str:
    """Links in one list."""
    return _around(
        "<ul>" + "".join(f"<li><a href='http://a{n}.example/{n}'>链接{n}</a>" for n in range(size)) + "</ul>"
    )


def links_in_one_block(size: int) -> str:
    """Links in one paragraph, every third hidden."""
    hidden = ("", "", " style=display:none")
    return _around("<p>" + "".join(f"<a href=//b{n}.example{hidden[n % 3]}>词{n}</a>，" for n in range(size)) + "</p>")


def abusive_links(size: int) -> str:
    """Links that all read as abuse, so that each is evidence and each may be cut."""
    return _around(
        "<p>正文</p><ul>" + "".join(f"<li><a href=/{n}>百家乐真人赌场{n}</a>" for n in range(size)) + "</ul>"
    )


def tiny_tags(size: int) -> str:
    """Elements without anything in them."""
    return _around("<i></i>" * size)


def tiny_blocks(size: int) -> str:
    """Blocks of one character."""
    return _around("".join(f"<p>{'的一是在'[n % 4]}" for n in range(size)))


def nested_templates(size: int) -> str:
    """Templates within templates, each with text."""
    return _around("<template><p>字" * min(size, 1_500) + "</template>" * min(size, 1_500))


def foreign_elements(size: int) -> str:
    """SVG and MathML that switch back to HTML and again."""
    one = "<svg><foreignObject><p>字</p><math><mi><p>字<annotation-xml encoding='text/html'><svg><title>题"
    return _around((one + "</svg></math></foreignObject></svg>") * size)


def broken_css(size: int) -> str:
    """Style sheets without ends, with every kind of rule."""
    rules = (
        ".a{display:none;" + "@media x{" * 20 + "}.b,.c>.d~.e:not(.f):nth-child(2n+1){left:-9999px" + "/*" + "{" * 20
    )
    return _around("<p class='a b c'>字</p>" * 20, f"<style>{rules * size}</style>" + f"<style>{rules}")


def many_rules(size: int) -> str:
    """Rules that hide, one for each element."""
    rules = "".join(f".c{n},#i{n} .d{n}{{display:none}}" for n in range(size))
    body = "".join(f"<div class=c{n} id=i{n}><b class=d{n}>字{n}</b></div>" for n in range(size))
    return _around(body, f"<style>{rules}</style>")


def huge_attributes(size: int) -> str:
    """Attributes of any length and number."""
    many = " ".join(f"data-{n}='{n}'" for n in range(size))
    classes = " ".join(f"c{n}" for n in range(size))
    text = "值" * (size * 10)
    return _around(f"<p {many} class='{classes}' title='{text}' style='{'color:red;' * size}'>字<img alt='{text}'>")


def long_title(size: int) -> str:
    """A title of so many characters."""
    return f"<title>{'赌博网站真人娱乐_' * (size // 9)}</title><p>正文</p>"


def entity_flood(size: int) -> str:
    """Character references of all kinds, ended and not."""
    return _around("<p>" + "&#20037;&#x4e45;&amp;amp;&bogus&#&#x;&notit;\\u4e45%u4e45#xff0c;" * size)


def unclosed_comment(size: int) -> str:
    """Comments that do not end, and endings without a comment."""
    return _around("<p>字</p>" + "<!--" * size + "--!>" + "-->" * size + "<!-" * size + "<!--")


def unclosed_cdata(size: int) -> str:
    """CDATA in HTML, where it is none, and in SVG, where it is."""
    return _around("<![CDATA[<p>字" * size + "<svg>" + "<![CDATA[<p>字" * size)


def overlapping_formatting(size: int) -> str:
    """Formatting that closes in the wrong order."""
    return _around("<b><i><p><u></b>字</i><em></p></u>词</em>" * size)


def misnested_anchors(size: int) -> str:
    """Anchors inside anchors, across cells."""
    return _around("<a href=/1>一<table><tr><td><a href=/2>二</table></a>" * size)


def fostered_tables(size: int) -> str:
    """Tables in tables whose content must be moved in front of them."""
    return _around("<table>字<tr>词<table><b>句<td>格</td><div>块" * min(size, 400))


def nested_tables(size: int) -> str:
    """Tables as deep as the reader allows, and beyond."""
    return _around("<table><tr><td>格" * size)


def deep_elements(size: int) -> str:
    """Elements in elements."""
    return _around("<div>字" * size)


def lone_surrogates(size: int) -> str:
    """Halves of characters, as a JSON client may send them."""
    return _around("<p>" + "\ud83d字\udc00" * size + "<a href='/\ud800'>词\udfff</a>")


def right_to_left(size: int) -> str:
    """Marks that turn the direction of writing."""
    return _around("<p>" + "\u202e倒\u2067写\u2069\u202c\u200f字" * size)


def zero_width(size: int) -> str:
    """Invisible characters between and instead of all others."""
    return _around("<p>" + "久\u200b久\u200d\ufeff\u2060" * size + "<p>" + "\u200b" * size)


def combining_marks(size: int) -> str:
    """One letter under so many marks, and characters that normalise to many."""
    return _around("<p>e" + "\u0301" * size + "<p>" + "ﷺ㍿㌖⑴" * size)


def separators(size: int) -> str:
    """Characters kept apart, which a squeezed view joins."""
    return _around("<p>" + "久.久-热☆在★线|" * size + "<p>" + "赌 " * size + "<p>" + ". " * size)


def pinyin(size: int) -> str:
    """Residue of pinyin, whole and cut."""
    return _around("<p>" + "網(wǎng)絡(luò )中(a國(ǎ字（" * size)


def terms(size: int) -> str:
    """Nothing but terms of the lexicon, near and over each other."""
    return _around("<p>" + "赌博百家乐真人娱乐城时时彩色情成人" * size)


def contacts(size: int) -> str:
    """Contacts, deformed and plain, and beginnings of contacts."""
    return _around(
        "<p>" + "薇❤：abc12345 V➕+加微信号v薇q 扣扣 1 2 3 4 5 飞机:@tg:@a 13800138000 手打复制到浏览器" * size
    )


def fragments(size: int) -> str:
    """The same words after every mark, in a cycle."""
    return _around(
        "<h1>肺结节筛查</h1><p>" + "".join(f"今天的{w}，天气{w}。" for w in ("肺结", "节筛", "查一", "看看") * size)
    )


def keyword_lines(size: int) -> str:
    """Lines of keywords of every separator."""
    return _around("".join(f"<p>{separator.join(['精品专区'] * 40)}</p>" for separator in "_|-/,、 +" * size))


def counters(size: int) -> str:
    """Digits that look like the beginning of a date, a clock or a telephone number."""
    return _around("<p>" + "22932025-07-19 08:4908:49:1695 人浏览138001380001" * size + "<p>" + "1" * size * 20)


def headings(size: int) -> str:
    """Headings, each a title of its own."""
    return _around("".join(f"<h{1 + n % 6}>第{n}节的小标题</h{1 + n % 6}>" for n in range(size)))


def data_uris(size: int) -> str:
    """Addresses as long as a picture."""
    return _around(f"<img src='data:image/png;base64,{'QUJD' * size}'><a href='data:text/html,{'%E4' * size}'>词</a>")


def conditional_comments(size: int) -> str:
    """Comments that old browsers obey."""
    return _around("<!--[if IE]><p>字</p><![endif]--><![if !IE]>词<![endif]>" * size)


def refreshes(size: int) -> str:
    """Tags that redirect, with and without their target."""
    return _around("", "<meta http-equiv=refresh content='0;url=http://x.example'><meta http-equiv=refresh " * size)


def ends_without_beginnings(size: int) -> str:
    """End tags alone."""
    return _around("</p></br></div></b></table></select>字" * size)


def selects(size: int) -> str:
    """Options within tables within selections."""
    return _around("<table><tr><td><select><option>甲<table><tr><option>乙" * min(size, 400))


HTML: dict[str, Callable[[int], str]] = {
    function.__name__: function
    for function in (
        unclosed_tags, unclosed_formatting, null_bytes, long_script, unclosed_script, many_scripts, char_codes, many_links,
        links_in_one_block, abusive_links, tiny_tags, tiny_blocks, nested_templates, foreign_elements, broken_css, many_rules,
        huge_attributes, long_title, entity_flood, unclosed_comment, unclosed_cdata, overlapping_formatting, misnested_anchors,
        fostered_tables, nested_tables, deep_elements, lone_surrogates, right_to_left, zero_width, combining_marks, separators,
        pinyin, terms, contacts, fragments, keyword_lines, counters, headings, data_uris, conditional_comments, refreshes,
        ends_without_beginnings, selects,
    )
}  # fmt: skip


def markdown_lists(size: int) -> str:
    """Lists in lists."""
    return "# 标题\n\n" + "\n".join("  " * n + "- 项目" for n in range(size))


def markdown_quotes(size: int) -> str:
    """Quotes in quotes."""
    return "# 标题\n\n" + ">" * size + " 引文"


def markdown_emphasis(size: int) -> str:
    """Marks of emphasis and brackets that never close."""
    return "# 标题\n\n" + "**_*" * size + "[" * size + "![](" * size + "`" * size + "字"


def markdown_links(size: int) -> str:
    """Links, images and references."""
    return "# 标题\n\n" + "[词](http://a.example) ![图](b.png) [甲][乙]\n" * size + "[乙]: http://c.example\n" * size


def markdown_table(size: int) -> str:
    """A table as wide as it is long."""
    return "# 标题\n\n|" + "甲|" * size + "\n|" + "-|" * size + "\n" + ("|" + "乙|" * 20 + "\n") * size


MARKDOWN: dict[str, Callable[[int], str]] = {
    function.__name__: function
    for function in (markdown_lists, markdown_quotes, markdown_emphasis, markdown_links, markdown_table)
}
