"""THREATS.md, section 10: bad links that only a crawler finds, a family for each way to hide them."""

from __future__ import annotations

from collections.abc import Callable

from moderation.taxonomy import SOLD_CATEGORIES, CategoryId
from moderation.training.pages.draft import Draft, untouched
from moderation.training.pages.link_blocks import as_list, as_table, bad_links
from moderation.training.pages.markup import anchors, element
from moderation.training.pages.material import Desk
from moderation.verdict import Action

_STYLES: dict[str, tuple[str, ...]] = {
    "display_none": ("display:none", "display: none;", "DISPLAY:none !important", "color:red;display:none"),
    "off_screen": (
        "position:absolute;left:-9999px", "position: fixed; top: -3000px; left: 0", "margin-left:-12000px",
        "position:absolute;top:-999em;width:1px;overflow:hidden",
    ),
    "zero_font": ("font-size:0", "font-size:0px;line-height:0", "font-size: 1px; color: #fefefe", "font:0/0 a"),
    "zero_height": (
        "height:0;overflow:hidden", "width:1px;height:1px;overflow:hidden", "max-height:0px;overflow:hidden",
        "height:0px; width:0px; overflow: hidden; position:absolute",
    ),
    "same_colour": (
        "color:#fff;background:#fff", "color:#ffffff;background-color:white", "background:#f5f5f5;color:#f5f5f5",
        "color:rgb(255,255,255);background:#FFFFFF",
    ),
    "opacity": ("opacity:0", "filter:alpha(opacity=0);opacity:0", "opacity:0.01;pointer-events:none", "opacity: .0"),
    "visibility": ("visibility:hidden", "visibility: hidden; height: 1px", "visibility:collapse"),
    "text_indent": ("text-indent:-9999px;overflow:hidden", "text-indent: -5000em; white-space: nowrap"),
    "clipped": (
        "position:absolute;clip:rect(0,0,0,0)", "transform:scale(0)", "clip-path:inset(100%);position:absolute",
        "position:absolute;z-index:-999;left:0;top:0",
    ),
}  # fmt: skip


def _content(desk: Desk) -> str:
    links = bad_links(desk, 6, 40)
    return desk.draw.choice((as_list, as_table, anchors))(links)


def _placed(desk: Desk, html: str) -> Draft:
    draft = untouched(desk, desk.donor(lambda text: True))
    slot = desk.draw.choice(("top", "tail", "side", "foot", "end", "end"))
    setattr(draft, slot, html)
    draft.categories = (CategoryId.LINK_SPAM, CategoryId.HIDDEN_CONTENT)
    draft.action = Action.REJECT
    return draft


def _by_style(name: str) -> Callable[[Desk], Draft]:
    def build(desk: Desk) -> Draft:
        style = desk.draw.choice(_STYLES[name])
        tag = desk.draw.choice(("div", "div", "p", "span", "address")) if name != "text_indent" else "div"
        content = anchors(bad_links(desk, 6, 30)) if tag in ("p", "span") else _content(desk)
        return _placed(desk, element(tag, content, "hidden", "bad", attributes=f'style="{style}"'))

    build.__doc__ = f"Links hidden by {name}."
    return build


display_none = _by_style("display_none")
off_screen = _by_style("off_screen")
zero_font = _by_style("zero_font")
zero_height = _by_style("zero_height")
same_colour = _by_style("same_colour")
opacity = _by_style("opacity")
visibility = _by_style("visibility")
text_indent = _by_style("text_indent")
clipped = _by_style("clipped")


def noscript(desk: Desk) -> Draft:
    """Links where only a reader without scripts would see them."""
    return _placed(desk, element("noscript", _content(desk), "hidden", "bad"))


def hidden_attribute(desk: Desk) -> Draft:
    """The plain HTML attribute."""
    return _placed(desk, element("div", _content(desk), "hidden", "bad", attributes="hidden"))


def marquee_height(desk: Desk) -> Draft:
    """A marquee of one pixel's height."""
    size = desk.draw.choice(
        ('height="1" width="4"', "height=1 width=5 scrolldelay=3000", 'style="height:1px" scrollamount="30000"')
    )
    return _placed(desk, element("marquee", anchors(bad_links(desk, 6, 30)), "hidden", "bad", attributes=size))


def class_in_head(desk: Desk) -> Draft:
    """A class with a harmless name whose rule stands in <head>."""
    name = desk.draw.choice(("nav-x", "clearfix2", "tj", desk.token(5)))
    style = desk.draw.choice([style for styles in _STYLES.values() for style in styles[:1]])
    draft = _placed(desk, element("div", _content(desk), "hidden", "bad", attributes=f'class="{name}"'))
    draft.head = f"<style>\n.{name} {{ {style} }}\n</style>"
    return draft


def document_write(desk: Desk) -> Draft:
    """A script that writes an open and invisible container around the links, or the links themselves."""
    links = bad_links(desk, 6, 20)
    if desk.chance(0.5):
        opened = "<script>document.write('<div style=\"display:none\">');</script>"
        closed = "<script>document.write('</div>');</script>"
        return _placed(desk, opened + element("div", anchors(links), "hidden", "bad") + closed)
    written = anchors(links).replace("'", "\\'").replace("</", "<\\/")
    code = f"document.write('<div style=\"position:absolute;left:-9000px\">{written}<\\/div>');"
    return _placed(desk, element("script", code, "hidden", "bad", attributes='type="text/javascript"'))


def nested_comments(desk: Desk) -> Draft:
    """Links inside harmless wrappers, one of which is invisible, between comments of a template."""
    inner = element("div", f'<div class="in">{_content(desk)}</div>', "bad", attributes='class="w"')
    style = desk.draw.choice(_STYLES["display_none"] + _STYLES["zero_height"])
    outer = element("div", f"<!-- footer -->{inner}<!-- /footer -->", "hidden", attributes=f'style="{style}"')
    return _placed(desk, outer)


def descendant_class(desk: Desk) -> Draft:
    """Rules that reach the links through what stands around them, each of which looks harmless alone."""
    outer, inner = desk.draw.choice((("foot-x", "cont"), ("wrap2", "in"), (desk.token(4), desk.token(5))))
    rules = desk.draw.choice(
        (
            f".{outer} .{inner}{{display:none}}",
            f".{outer}>div.{inner}{{position:absolute}}\n.{outer} .{inner}{{left:-9999px;top:-9999px}}",
            f"body .{outer} div{{font-size:0;line-height:0}}",
            f".{inner},.ad{{text-indent:-9999px;height:1px;overflow:hidden}}",
            f"@media screen{{.{outer} .{inner}{{visibility:hidden}}}}",
        )
    )
    content = element("div", _content(desk), "hidden", "bad", attributes=f'class="{inner}"')
    draft = _placed(desk, f'<div class="{outer}">{content}</div>')
    draft.head = f"<style>\n.{outer}{{margin:0 auto}}\n{rules}\n.copy{{color:#666}}\n</style>"
    return draft


def inherited_colour(desk: Desk) -> Draft:
    """Anchors in the colour of the ground that stands further out, by attribute, style or rule."""
    colour = desk.draw.choice(("#fff", "#ffffff", "#f5f5f5", "#eeeeee", "white"))
    links = bad_links(desk, 6, 30)
    way = desk.number(0, 2)
    if way == 0:
        inner = element("font", anchors(links), "hidden", "bad", attributes=f'color="{colour}"')
        return _placed(desk, f'<div style="background:{colour}"><p>{inner}</p></div>')
    if way == 1:
        inner = element("p", anchors(links), "hidden", "bad", attributes=f'style="color:{colour};font-size:12px"')
        return _placed(desk, f'<table width="100%" bgcolor="{colour}"><tbody><tr><td>{inner}</td></tr></tbody></table>')
    draft = _placed(
        desk, f'<div class="bg-l">{element("div", anchors(links), "hidden", "bad", attributes="class=tx")}</div>'
    )
    draft.head = f"<style>.bg-l{{background-color:{colour}}} .tx,.tx a{{color:{colour}}}</style>"
    return draft


def script_hides(desk: Desk) -> Draft:
    """An open block that a script beside it hides as soon as the page is there."""
    name = desk.token(5)
    block = element("div", _content(desk), "hidden", "bad", attributes=f'id="{name}"')
    code = desk.draw.choice(
        (
            f"document.getElementById('{name}').style.display='none';",
            f'document.getElementById("{name}").style.visibility = "hidden"',
            f"$('#{name}').hide();",
        )
    )
    return _placed(desk, f"{block}<script>{code}</script>")


def own_doorways(desk: Desk) -> Draft:
    """A conquered site's hidden links to pages that were put into its own folders."""
    words = desk.words(desk.number(8, 30), *SOLD_CATEGORIES)
    folder = desk.draw.choice(("/upload/", "/js/", "/tags/", "/plus/"))
    links = [(word, f"{folder}{desk.token(4)}/{desk.number(100, 99999)}.html") for word in words]
    style = desk.draw.choice(_STYLES["display_none"] + _STYLES["off_screen"] + _STYLES["zero_height"])
    return _placed(desk, element("div", anchors(links), "hidden", "bad", attributes=f'style="{style}"'))


def keyword_paragraph(desk: Desk) -> Draft:
    """Words without a link, in a paragraph nobody sees."""
    line = desk.draw.choice((",", "，", "_", " | ", "、")).join(desk.words(desk.number(8, 24), *SOLD_CATEGORIES))
    style = desk.draw.choice(
        ("font-size:1px;color:#fff", "display:none", "position:absolute;left:-9999px", "font-size:0")
    )
    draft = _placed(desk, element("p", line, "hidden", attributes=f'style="{style}"'))
    draft.categories = (CategoryId.HIDDEN_CONTENT,)
    return draft
