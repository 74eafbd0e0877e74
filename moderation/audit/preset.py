"""What known systems call their tables: one name instead of a dozen options."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.audit.item import SourceError


@dataclass(frozen=True, slots=True)
class Preset:
    """A system's articles as one SELECT; `{prefix}` stands where a site's tables are named otherwise.

    `links` is a table of links beside the articles (address, words), judged as one more article.
    """

    prefix: str
    articles: str
    key: str
    links: str = ""
    probe: str = ""
    """A table whose name gives the prefix away: `--table blog_posts` means the prefix blog_."""


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
SELECT c.cid AS id, c.title AS title, c.text AS markdown, c.slug AS section, u.screenName AS author,
       c.created AS published_at, c.modified AS modified_at
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
_WORDPRESS_LINKS = "SELECT link_url AS href, link_name AS anchor FROM {prefix}links"
_DEDECMS_LINKS = "SELECT url AS href, webname AS anchor FROM {prefix}flink"
_DISCUZ_LINKS = "SELECT url AS href, name AS anchor FROM {prefix}common_friendlink"
PRESETS = {
    "wordpress": Preset("wp_", _WORDPRESS, "id", _WORDPRESS_LINKS, "posts"),
    "typecho": Preset("typecho_", _TYPECHO, "id", "", "contents"),
    "dedecms": Preset("dede_", _DEDECMS, "id", _DEDECMS_LINKS, "archives"),
    "discuz": Preset("pre_", _DISCUZ, "id", _DISCUZ_LINKS, "forum_post"),
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
    return Preset(
        prefix,
        found.articles.format(prefix=prefix),
        found.key,
        found.links.format(prefix=prefix),
        found.probe,
    )
