"""The presets, on small imitations of the systems' tables."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from moderation.article import Article
from moderation.audit.item import Item, SourceError
from moderation.audit.preset import PRESETS, preset_of
from moderation.audit.source import Options, open_source
from moderation.readers import Limits

MADE = 1_772_330_400  # 2026-03-01 02:00 UTC
SITES = {
    "typecho": f"""
CREATE TABLE typecho_contents (cid INTEGER PRIMARY KEY, title, slug, created INT, modified INT, text, "order" INT,
    authorId INT, template, type, status, password, commentsNum INT, parent INT);
CREATE TABLE typecho_users (uid INTEGER PRIMARY KEY, name, password, mail, url, screenName);
CREATE TABLE typecho_metas (mid INTEGER PRIMARY KEY, name, slug, type, description, count INT, "order" INT, parent INT);
CREATE TABLE typecho_relationships (cid INT, mid INT, PRIMARY KEY (cid, mid));
INSERT INTO typecho_users (uid, screenName) VALUES (1, '王编辑');
INSERT INTO typecho_metas (mid, name, type) VALUES (1, '公告', 'category'), (2, '标签', 'tag');
INSERT INTO typecho_relationships VALUES (1, 1), (1, 2);
INSERT INTO typecho_contents (cid, title, created, modified, text, authorId, type, status) VALUES
    (1, '校运会', {MADE}, {MADE + 86400}, '<!--markdown-->第一段。' || char(10) || char(10) || '[时时彩](http://a.example/)', 1, 'post', 'publish'),
    (2, '旧文', {MADE}, {MADE}, '第一段。<a href="http://a.example/">时时彩</a>', 1, 'page', 'publish'),
    (3, '草稿', {MADE}, {MADE}, '', 1, 'post_draft', 'publish'), (4, '待审', {MADE}, {MADE}, '', 1, 'post', 'waiting');""",
    "dedecms": f"""
CREATE TABLE dede_archives (id INTEGER PRIMARY KEY, typeid INT, arcrank INT, title, writer, pubdate INT, senddate INT,
    keywords, description, flag, channel INT, mid INT);
CREATE TABLE dede_addonarticle (aid INTEGER PRIMARY KEY, typeid INT, body, redirecturl, templet, userip);
CREATE TABLE dede_arctype (id INTEGER PRIMARY KEY, typename, typedir);
CREATE TABLE dede_flink (id INTEGER PRIMARY KEY, sortrank INT, url, webname, msg, ischeck INT);
INSERT INTO dede_arctype VALUES (1, '公告', 'news');
INSERT INTO dede_archives (id, typeid, arcrank, title, writer, pubdate, senddate, keywords, description) VALUES
    (1, 1, 0, '校运会', '王编辑', {MADE}, {MADE + 86400}, '运动,学校', '摘要'), (2, 9, 0, '旧文', '', {MADE}, 0, '', ''),
    (3, 1, -1, '待审', '', {MADE}, 0, '', ''), (4, 1, -2, '回收站', '', {MADE}, 0, '', '');
INSERT INTO dede_addonarticle (aid, body) VALUES (1, '<p>第一段。</p><p><a href="http://a.example/">时时彩</a></p>'),
    (2, '第一段。<a href="http://a.example/">时时彩</a>'), (3, ''), (4, '');
INSERT INTO dede_flink (url, webname, ischeck) VALUES ('http://b.example/', '百家乐', 2), ('http://c.example/', '待审', 0);""",
    "discuz": f"""
CREATE TABLE pre_forum_post (pid INT, fid INT, tid INT, first INT, author, authorid INT, subject, dateline INT, message,
    invisible INT, htmlon INT, position INT, PRIMARY KEY (tid, position));
CREATE TABLE pre_forum_forum (fid INTEGER PRIMARY KEY, name);
CREATE TABLE pre_common_friendlink (id INTEGER PRIMARY KEY, displayorder INT, name, url, description, type INT);
INSERT INTO pre_forum_forum VALUES (1, '公告');
INSERT INTO pre_forum_post VALUES (1, 1, 1, 1, '王编辑', 1, '校运会', {MADE},
    '[b]第一段。[/b]' || char(10) || '[url=http://a.example/?a=1&b=2][color=#ff0000]时时彩[/color][/url] 1 < 2 [img]http://a.example/x.png[/img]', 0, 0, 1),
    (2, 1, 2, 1, '甲', 2, '旧文', {MADE}, '第一段。[url]http://a.example/[/url]', 0, 0, 1),
    (3, 1, 1, 0, '乙', 3, '', {MADE}, '回帖', 0, 0, 2), (4, 1, 3, 1, '丙', 4, '待审', {MADE}, '', -2, 0, 1);
INSERT INTO pre_common_friendlink VALUES (1, 0, '百家乐', 'http://b.example/', '', 2);""",
}


@pytest.fixture(params=sorted(SITES))
def system(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def items(path: Path, system: str, prefix: str | None = None) -> dict[str, Item]:
    statements = SITES[system]
    if prefix:
        statements = statements.replace(PRESETS[system].prefix, prefix)
    with sqlite3.connect(path) as connection:
        connection.executescript(statements)
    connection.close()
    table = f"{prefix}{PRESETS[system].probe}" if prefix else None
    source = open_source([f"sqlite:///{path}"], Options(preset=system, table=table))
    return {entry.key: entry for _, entry in source.items() if isinstance(entry, Item)}


def read(item: Item) -> Article:
    return item.article(Limits())


def test_what_is_published_is_read_with_its_links_dates_and_section(system: str, tmp_path: Path) -> None:
    found = items(tmp_path / "site.db", system)
    assert set(found) - {"links"} == {"1", "2"}
    first = found["1"]
    assert first.published_at == "2026-03-01T02:00:00+00:00"
    assert (first.section, first.author) == ("公告", "王编辑")
    assert read(first).title == "校运会"
    for key in ("1", "2"):
        article = read(found[key])
        assert any("第一段。" in block.text for block in article.blocks)
        (link,) = (link for _, link in article.links() if link.href.startswith("http://a.example/"))
        assert link.anchor in ("时时彩", "http://a.example/")
    assert not [block.text for block in read(first).blocks if "[b" in block.text or "markdown" in block.text]


def test_the_table_of_links_is_one_more_article(system: str, tmp_path: Path) -> None:
    found = items(tmp_path / "site.db", system)
    if system == "typecho":
        assert "links" not in found
        return
    assert [(link.href, link.anchor) for _, link in read(found["links"]).links()] == [("http://b.example/", "百家乐")]


def test_tables_with_another_prefix(system: str, tmp_path: Path) -> None:
    assert set(items(tmp_path / "site.db", system, "x1_")) - {"links"} == {"1", "2"}


def test_marks_of_a_forum_become_what_they_show(tmp_path: Path) -> None:
    article = read(items(tmp_path / "site.db", "discuz")["1"])
    assert [link.href for _, link in article.links()] == ["http://a.example/?a=1&b=2"]
    assert any("1 < 2" in block.text for block in article.blocks)


@pytest.mark.parametrize(
    ("name", "table", "said"),
    [
        ("wordpress", "blog_articles", "ends in posts"),
        ("wordpress", "x'; --posts", "letters, digits and _"),
        ("joomla", None, "there are: wordpress"),
    ],
)
def test_a_preset_that_is_none(name: str, table: str | None, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        preset_of(name, table)
