"""What known systems call their tables, and how they write their bodies: one name instead of a dozen options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape, unescape
from typing import Any

from moderation.audit.item import SourceError


@dataclass(frozen=True, slots=True)
class Preset:
    """A system's articles as one SELECT; `{prefix}` stands where a site's tables are named otherwise.

    The SELECT ends in its WHERE, and conditions are added behind it. `links` is a table of links beside the articles
    (address, words), judged as one more article. `read` makes of a record what the system would show.
    """

    prefix: str
    probe: str
    """A table whose name gives the prefix away: `--table blog_posts` means the prefix blog_."""
    key: str
    """How `id` is called inside the SELECT."""
    articles: str
    links: str
    read: Callable[[Mapping[str, Any]], Mapping[str, Any]]


_WORDPRESS = """
SELECT p.ID AS id, p.post_title AS title, p.post_content AS body, p.post_excerpt AS description, p.guid AS url,
       p.post_date AS published_at, p.post_modified AS modified_at, u.display_name AS author,
       (SELECT MIN(t.name) FROM {prefix}term_relationships r
          JOIN {prefix}term_taxonomy x ON x.term_taxonomy_id = r.term_taxonomy_id AND x.taxonomy = 'category'
          JOIN {prefix}terms t ON t.term_id = x.term_id
         WHERE r.object_id = p.ID) AS section
  FROM {prefix}posts p LEFT JOIN {prefix}users u ON u.ID = p.post_author
 WHERE p.post_status = 'publish' AND p.post_type IN ('post', 'page')
"""
_TYPECHO = """
SELECT c.cid AS id, c.title AS title, c.text AS body, u.screenName AS author, c.created AS published_at,
       c.modified AS modified_at,
       (SELECT MIN(m.name) FROM {prefix}relationships r
          JOIN {prefix}metas m ON m.mid = r.mid AND m.type = 'category'
         WHERE r.cid = c.cid) AS section
  FROM {prefix}contents c LEFT JOIN {prefix}users u ON u.uid = c.authorId
 WHERE c.status = 'publish' AND c.type IN ('post', 'page')
"""
_DEDECMS = """
SELECT a.id AS id, a.title AS title, b.body AS body, a.description AS description, a.keywords AS keywords,
       t.typename AS section, a.writer AS author, a.pubdate AS published_at, a.senddate AS modified_at
  FROM {prefix}archives a JOIN {prefix}addonarticle b ON b.aid = a.id LEFT JOIN {prefix}arctype t ON t.id = a.typeid
 WHERE a.arcrank > -1
"""
_DISCUZ = """
SELECT p.pid AS id, p.subject AS title, p.message AS body, f.name AS section, p.author AS author,
       p.dateline AS published_at
  FROM {prefix}forum_post p LEFT JOIN {prefix}forum_forum f ON f.fid = p.fid
 WHERE p.invisible = 0 AND p.first = 1
"""
_WORDPRESS_LINKS = "SELECT link_url AS href, link_name AS anchor FROM {prefix}links WHERE link_visible = 'Y'"
_DEDECMS_LINKS = "SELECT url AS href, webname AS anchor FROM {prefix}flink WHERE ischeck > 0"
_DISCUZ_LINKS = "SELECT url AS href, name AS anchor FROM {prefix}common_friendlink"

_TAG = re.compile(r"<[a-zA-Z!/]")
_BLOCK = re.compile(r"<(?:p|div|table|ul|ol|h[1-6]|blockquote|section|figure|pre)\b", re.I)
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
_BB_LINK = re.compile(r"\[url(?:=([^\]\n]{1,2000}))?\](.{0,2000}?)\[/url\]", re.I | re.S)
_BB_OTHER = re.compile(r"\[/?(?:[a-z]{1,12}|\*)(?:=[^\]\n]{0,300})?\]", re.I)


def _html_or_text(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """A body as WordPress and its like show it: HTML in which a blank line ends a paragraph; or plain text."""
    body = record.get("body")
    shown = {name: value for name, value in record.items() if name != "body"}
    if isinstance(record.get("title"), str):
        shown["title"] = unescape(record["title"])
    if not isinstance(body, str):
        return shown
    if not _TAG.search(body):
        return shown | {"text": unescape(body)}
    return shown | {"html": body if _BLOCK.search(body) else "<p>" + _BLANK_LINE.sub("\n<p>", body)}


def _markdown_or_html(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Typecho marks Markdown at its beginning; what is not marked is HTML."""
    body = record.get("body")
    if isinstance(body, str) and body.startswith("<!--markdown-->"):
        shown = {name: value for name, value in record.items() if name != "body"}
        return shown | {"markdown": body.removeprefix("<!--markdown-->")}
    return _html_or_text(record)


def _bbcode(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Discuz's marks as HTML: of interest are links and lines; other marks go, and their words stay."""
    body = record.get("body")
    if not isinstance(body, str):
        return record
    text = body if _BLOCK.search(body) else escape(body, quote=False)

    def link(match: re.Match[str]) -> str:
        words = _BB_OTHER.sub("", match[2])
        href = (match[1] or words).split(",")[0].strip("\"' ")
        return f'<a href="{escape(unescape(href))}">{words}</a>'

    shown = _BB_OTHER.sub("", _BB_LINK.sub(link, text)).replace("\n", "<br>\n")
    return {name: value for name, value in record.items() if name != "body"} | {"html": f"<p>{shown}"}


PRESETS = {
    "wordpress": Preset("wp_", "posts", "p.ID", _WORDPRESS, _WORDPRESS_LINKS, _html_or_text),
    "typecho": Preset("typecho_", "contents", "c.cid", _TYPECHO, "", _markdown_or_html),
    "dedecms": Preset("dede_", "archives", "a.id", _DEDECMS, _DEDECMS_LINKS, _html_or_text),
    "discuz": Preset("pre_", "forum_post", "p.pid", _DISCUZ, _DISCUZ_LINKS, _bbcode),
}


def preset_of(name: str, table: str | None) -> Preset:
    """The preset of that name with a site's own table prefix. Raises SourceError."""
    if name not in PRESETS:
        raise SourceError(f"--preset {name}: there is none; there are: {', '.join(PRESETS)}")
    found = PRESETS[name]
    prefix = found.prefix
    if table is not None:
        if not table.endswith(found.probe):
            raise SourceError(f"--table {table}: with --preset {name} give the table that ends in {found.probe}")
        prefix = table.removesuffix(found.probe)
    if not all(character.isalnum() or character == "_" for character in prefix):
        raise SourceError(f"--table {table}: a prefix holds letters, digits and _")
    return replace(found, articles=found.articles.format(prefix=prefix), links=found.links.format(prefix=prefix))
