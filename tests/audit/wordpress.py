"""A WordPress site as it stands in a database: its tables, and posts of every kind, made from our own paragraphs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, text

ROOT = Path(__file__).parents[2]
_TABLES = """
CREATE TABLE wp_posts (
  ID bigint(20) unsigned NOT NULL AUTO_INCREMENT, post_author bigint(20) unsigned NOT NULL DEFAULT 0,
  post_date datetime NOT NULL DEFAULT '0000-00-00 00:00:00', post_date_gmt datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  post_content longtext NOT NULL, post_title text NOT NULL, post_excerpt text NOT NULL,
  post_status varchar(20) NOT NULL DEFAULT 'publish', comment_status varchar(20) NOT NULL DEFAULT 'open',
  ping_status varchar(20) NOT NULL DEFAULT 'open', post_password varchar(255) NOT NULL DEFAULT '',
  post_name varchar(200) NOT NULL DEFAULT '', to_ping text NOT NULL, pinged text NOT NULL,
  post_modified datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  post_modified_gmt datetime NOT NULL DEFAULT '0000-00-00 00:00:00', post_content_filtered longtext NOT NULL,
  post_parent bigint(20) unsigned NOT NULL DEFAULT 0, guid varchar(255) NOT NULL DEFAULT '',
  menu_order int(11) NOT NULL DEFAULT 0, post_type varchar(20) NOT NULL DEFAULT 'post',
  post_mime_type varchar(100) NOT NULL DEFAULT '', comment_count bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (ID), KEY post_name (post_name(191)), KEY type_status_date (post_type, post_status, post_date, ID),
  KEY post_parent (post_parent), KEY post_author (post_author));
CREATE TABLE wp_users (
  ID bigint(20) unsigned NOT NULL AUTO_INCREMENT, user_login varchar(60) NOT NULL DEFAULT '',
  user_pass varchar(255) NOT NULL DEFAULT '', user_nicename varchar(50) NOT NULL DEFAULT '',
  user_email varchar(100) NOT NULL DEFAULT '', user_url varchar(100) NOT NULL DEFAULT '',
  user_registered datetime NOT NULL DEFAULT '0000-00-00 00:00:00', user_activation_key varchar(255) NOT NULL DEFAULT '',
  user_status int(11) NOT NULL DEFAULT 0, display_name varchar(250) NOT NULL DEFAULT '',
  PRIMARY KEY (ID), KEY user_login_key (user_login), KEY user_email (user_email));
CREATE TABLE wp_terms (
  term_id bigint(20) unsigned NOT NULL AUTO_INCREMENT, name varchar(200) NOT NULL DEFAULT '',
  slug varchar(200) NOT NULL DEFAULT '', term_group bigint(10) NOT NULL DEFAULT 0,
  PRIMARY KEY (term_id), KEY slug (slug(191)), KEY name (name(191)));
CREATE TABLE wp_term_taxonomy (
  term_taxonomy_id bigint(20) unsigned NOT NULL AUTO_INCREMENT, term_id bigint(20) unsigned NOT NULL DEFAULT 0,
  taxonomy varchar(32) NOT NULL DEFAULT '', description longtext NOT NULL, parent bigint(20) unsigned NOT NULL DEFAULT 0,
  count bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (term_taxonomy_id), UNIQUE KEY term_id_taxonomy (term_id, taxonomy), KEY taxonomy (taxonomy));
CREATE TABLE wp_term_relationships (
  object_id bigint(20) unsigned NOT NULL DEFAULT 0, term_taxonomy_id bigint(20) unsigned NOT NULL DEFAULT 0,
  term_order int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (object_id, term_taxonomy_id), KEY term_taxonomy_id (term_taxonomy_id));
CREATE TABLE wp_links (
  link_id bigint(20) unsigned NOT NULL AUTO_INCREMENT, link_url varchar(255) NOT NULL DEFAULT '',
  link_name varchar(255) NOT NULL DEFAULT '', link_image varchar(255) NOT NULL DEFAULT '',
  link_target varchar(25) NOT NULL DEFAULT '', link_description varchar(255) NOT NULL DEFAULT '',
  link_visible varchar(20) NOT NULL DEFAULT 'Y', link_owner bigint(20) unsigned NOT NULL DEFAULT 1,
  link_rating int(11) NOT NULL DEFAULT 0, link_updated datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  link_rel varchar(255) NOT NULL DEFAULT '', link_notes mediumtext NOT NULL, link_rss varchar(255) NOT NULL DEFAULT '',
  PRIMARY KEY (link_id), KEY link_visible (link_visible));
CREATE TABLE wp_postmeta (
  meta_id bigint(20) unsigned NOT NULL AUTO_INCREMENT, post_id bigint(20) unsigned NOT NULL DEFAULT 0,
  meta_key varchar(255) DEFAULT NULL, meta_value longtext,
  PRIMARY KEY (meta_id), KEY post_id (post_id), KEY meta_key (meta_key(191)));
"""
_SOLD = (
    "澳门威尼斯人娱乐城",
    "时时彩计划群",
    "六合彩开奖直播",
    "百家乐注册送彩金",
    "代开发票",
    "办证刻章",
    "真人视讯平台",
)
SECTIONS = ("新闻", "通知公告", "校园生活", "健康")
AUTHORS = ("王编辑", "李老师", "admin")


@dataclass(frozen=True)
class Site:
    """What was put in: the ids that are published, and of these the poisoned ones."""

    published: list[int]
    poisoned: list[int]


def block(random: Random) -> str:
    """A hidden block of sold links."""
    links = "".join(
        f'<a href="http://{random.randrange(10**6)}.example/">{random.choice(_SOLD)}</a> ' for _ in range(8)
    )
    return f'<div style="display:none">{links}</div>'


def body(random: Random, paragraphs: list[str], kind: int) -> str:
    """Some paragraphs as WordPress's editors of different years leave them."""
    some = random.sample(paragraphs, k=min(len(paragraphs), 3))
    if kind == 0:
        return "\n\n".join(f"<!-- wp:paragraph -->\n<p>{line}</p>\n<!-- /wp:paragraph -->" for line in some)
    if kind == 1:
        return "\r\n\r\n".join(some)
    if kind == 2:
        return '[caption id="a" width="300"]<img src="/a.jpg" /> 图[/caption]\n\n' + "\n\n".join(some) + "\n[gallery]"
    if kind == 3:
        return "".join(f"<p>{line}</p>" for line in some)
    return ""


def build(connection: Connection, count: int = 2400, seed: int = 7) -> Site:
    """Make the tables and fill them: of 12 posts nine are published, every eleventh of which is poisoned."""
    random = Random(seed)
    # WordPress drops these modes for its own session: its dates of zeros are otherwise refused.
    connection.execute(text("SET SESSION sql_mode = ''"))
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(text(f"{statement.rstrip().rstrip(';')} DEFAULT CHARSET = utf8mb4"))
    connection.execute(
        text("INSERT INTO wp_users (ID, user_login, display_name) VALUES (:id, :name, :name)"),
        [{"id": number, "name": name} for number, name in enumerate(AUTHORS, 1)],
    )
    for number, name in enumerate((*SECTIONS, "标签"), 1):
        connection.execute(text("INSERT INTO wp_terms (term_id, name) VALUES (:n, :name)"), {"n": number, "name": name})
        taxonomy = "post_tag" if name == "标签" else "category"
        connection.execute(
            text("INSERT INTO wp_term_taxonomy VALUES (:n, :n, :taxonomy, '', 0, 0)"),
            {"n": number, "taxonomy": taxonomy},
        )
    rows = [row for number in range(count) if (row := _post(random, number))]
    connection.execute(text(_INSERT), rows)
    connection.execute(
        text("INSERT INTO wp_term_relationships VALUES (:post, :term, 0)"),
        [{"post": row["id"], "term": term} for row in rows for term in (1 + row["id"] % 4, 5)],
    )
    connection.execute(
        text("INSERT INTO wp_links (link_url, link_name, link_notes) VALUES (:href, :name, '')"),
        [{"href": f"http://{n}.example/", "name": _SOLD[n % len(_SOLD)]} for n in range(12)],
    )
    connection.execute(
        text("INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (:id, '_edit_last', NULL)"),
        [{"id": row["id"]} for row in rows[:50]],
    )
    published = [row["id"] for row in rows if row["status"] == "publish" and row["type"] in ("post", "page")]
    return Site(published, [row["id"] for row in rows if row["poisoned"] and row["id"] in set(published)])


_INSERT = """
INSERT INTO wp_posts (ID, post_author, post_date, post_modified, post_title, post_content, post_excerpt, post_status,
                      post_type, guid, to_ping, pinged, post_content_filtered, post_parent)
VALUES (:id, :author, :date, :date, :title, :content, '', :status, :type, :guid, '', '', '', 0)"""
_KINDS = (
    *[("publish", "post")] * 8,
    ("publish", "page"),
    ("draft", "post"),
    ("inherit", "revision"),
    ("inherit", "attachment"),
)
with (ROOT / "data" / "donors.jsonl").open(encoding="utf-8") as stream:
    _DONORS: list[dict[str, Any]] = [json.loads(line) for line in stream]


def _post(random: Random, number: int) -> dict[str, Any] | None:
    if number % 17 == 5:
        return None  # deleted long ago: ids have gaps
    donor = random.choice(_DONORS)
    status, kind = _KINDS[number % len(_KINDS)]
    content = body(random, donor["paragraphs"], number % 5)
    title = donor["title"]
    poisoned = number % 11 == 3
    if poisoned:
        content += block(random)
    if number % 50 == 7:
        # As a site that moved once with the wrong character set has it: UTF-8 that was taken for Latin-1.
        title, content = _moved(title), _moved(content)
    return {
        "id": number + 1,
        "author": 1 + number % 4,  # the fourth was deleted
        "date": "0000-00-00 00:00:00" if number % 40 == 1 else f"20{20 + number % 6}-{1 + number % 12:02}-10 08:00:00",
        "title": title,
        "content": content,
        "status": status,
        "type": kind,
        "guid": f"https://site.example/?p={number + 1}",
        "poisoned": poisoned,
    }


def _moved(words: str) -> str:
    return "".join(chr(byte) if byte in _UNDEFINED else bytes([byte]).decode("cp1252") for byte in words.encode())


_UNDEFINED = b"\x81\x8d\x8f\x90\x9d"
