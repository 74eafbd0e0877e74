"""Clean pages full of links: related posts, rankings, portals, directories, lists, maps of a site."""

from __future__ import annotations

from moderation.training.pages.draft import Draft, article, untouched
from moderation.training.pages.good_blocks import FRIENDS, SECTIONS, archives, friends, latest, ranking, related, tags
from moderation.training.pages.markup import anchors, element, encode, items
from moderation.training.pages.material import Desk, Link

_HARD = "hard"


def related_posts(desk: Desk) -> Draft:
    """Related posts whose titles name dangerous things for good reason."""
    draft = untouched(desk, desk.donor())
    links = desk.own_links(desk.clean(desk.number(10, 20), _HARD))
    draft.tail = element("div", f"<h4>相关推荐</h4><ul>{items(links)}</ul>", "good", attributes='class="related"')
    return draft


def click_ranking(desk: Desk) -> Draft:
    """Two rankings, one of them with every title twice: picture and name."""
    draft = untouched(desk, desk.donor())
    rows = []
    for name, href in desk.own_links(desk.clean(10, _HARD)):
        picture = f'<a href="{href}"><img src="/pic/{desk.number(1, 999)}.jpg" alt="{encode(name)}"></a>'
        rows.append(f"<li>{picture}{anchors([(name, href)])}<span>{desk.number(100, 9000)}次</span></li>")
    twice = element("div", f"<h4>图文推荐</h4><ul>{''.join(rows)}</ul>", "good")
    draft.side = ranking(desk) + twice
    return draft


def portal_friends(desk: Desk) -> Draft:
    """A portal's long 友情链接 in its footer, in two groups."""
    draft = untouched(desk, desk.donor())
    draft.foot = friends(desk, 14, 24) + "\n" + friends(desk, 8, 14)
    draft.scaffolds = ("news", "empirecms", "dedecms")
    return draft


def tag_cloud(desk: Desk) -> Draft:
    """A large tag cloud with odd words."""
    draft = untouched(desk, desk.donor())
    draft.side = tags(desk, 16, 30) + tags(desk, 6, 10)
    return draft


def directory(desk: Desk) -> Draft:
    """A directory of local sites by trade: nothing but links."""
    parts = []
    for name in desk.draw.sample(SECTIONS, 5):
        chosen = desk.draw.sample(FRIENDS, 8)
        links = [(title, f"https://{host}/") for title, host in chosen]
        parts.append(f"<h3>{name}</h3>" + element("ul", items(links), "good", attributes='class="dir"'))
    city = desk.phrase("cities")
    intro = f"<p>收录{city}本地常用网站，按类别排列，失效请告诉我们。</p>"
    return Draft(f"{city}网址导航", intro + "\n".join(parts), scaffolds=("blog", "dedecms", "news", "discuz"))


def awesome_list(desk: Desk) -> Draft:
    """A curated list of tools with a line on each, as developers keep them."""
    tools = (
        ("dayjs-lite", "轻量日期库，两千字节"), ("pica-resize", "浏览器里高质量缩图"), ("tiny-queue", "只有一个文件的任务队列"),
        ("mdbook-zh", "中文排版更舒服的电子书工具"), ("lazy-backup", "给懒人的备份脚本"), ("pinyin-sort", "按拼音排序"),
        ("geo-sketch", "画地图草图"), ("port-kill", "释放被占用的端口"), ("xxd-view", "十六进制查看器"), ("naked-css", "没有类名的样式表"),
        ("escort-proxy", "本地反向代理"), ("casino-rng", "随机数发生器的统计检验"), ("hot-reload", "文件一改就刷新"),
    )  # fmt: skip
    rows = "".join(
        f'<li><a href="https://git.oss-workshop.example/{name}">{name}</a> - {note}</li>'
        for name, note in desk.draw.sample(tools, 10)
    )
    title = desk.draw.choice(("Awesome 小工具合集", "我收藏的开源小项目", "独立开发者工具箱", "命令行利器清单"))
    body = "<p>长期更新，欢迎补充，按用途分组。</p>" + element("ul", rows, "good")
    return Draft(f"{title}（{desk.date()[:7]}更新）", body, scaffolds=("hexo", "wordpress", "blog"))


def site_map(desk: Desk) -> Draft:
    """A site's map: every section and its latest titles."""
    parts = []
    for name in desk.draw.sample(SECTIONS, 6):
        links = desk.own_links(desk.clean(6))
        parts.append(f"<h3>{name}</h3>" + element("ul", items(links), "good"))
    return Draft("网站地图", "\n".join(parts), path="/sitemap.html", company=False)


def branch_cities(desk: Desk) -> Draft:
    """A firm's branches, a link for each town: the same words again and again for good reason."""
    towns = (
        "青岚",
        "临溪",
        "云栖",
        "东湾",
        "河源桥",
        "白石",
        "金塘",
        "柳铺",
        "安平",
        "望江",
        "西陵",
        "南塘",
        "北港",
        "新湖",
    )
    trade = desk.draw.choice(("农商银行", "公证处", "新华书店", "驾驶员考场", "供水服务站", "红十字会"))
    links: list[Link] = [(f"{town}{trade}", f"/branch/{number}.html") for number, town in enumerate(towns, 1)]
    draft = untouched(desk, desk.donor())
    draft.foot = element("div", f"<b>各地{trade}</b> {anchors(links)}", "good", attributes='class="branches"')
    draft.scaffolds = ("news", "dedecms")
    return draft


def news_channel(desk: Desk) -> Draft:
    """A front page: three columns of headlines and no article."""
    columns = [
        f"<h2>{name}</h2>" + element("ul", items(desk.own_links(desk.clean(9))), "good")
        for name in desk.draw.sample(("要闻", "社会", "法治", "健康", "文娱", "财经"), 3)
    ]
    return Draft("今日要闻", "\n".join(columns), path="/index.shtml", scaffolds=("news",), company=False)


def question_list(desk: Desk) -> Draft:
    """A health site's list of patients' questions, every one a link."""
    families = ("hard.medical", "hard.medical_question", "hard.gender_health", "hard.sexed", "hard.ivf", "plain.health")
    links = desk.own_links(desk.clean(22, *families))
    draft = untouched(desk, desk.donor())
    draft.tail = element("div", f"<h4>大家都在问</h4><ul>{items(links)}</ul>", "good")
    draft.scaffolds = ("hospital",)
    return draft


def police_column(desk: Desk) -> Draft:
    """A column of crime and court news beside an article: brands and offences in every title."""
    draft = untouched(desk, desk.donor())
    titles = desk.clean(14, "hard.police_news", "hard.court", "hard.antifraud", "hard.law", longest=34)
    draft.side = element("div", f"<h4>法治在线</h4><ul>{items(desk.own_links(titles))}</ul>", "good")
    draft.scaffolds = ("news",)
    return draft


def game_column(desk: Desk) -> Draft:
    """A game site's guides and notices: 开服, 礼包, 攻略."""
    draft = untouched(desk, desk.donor())
    titles = desk.clean(14, "hard.game", "hard.game_guide", "hard.game_notice", "hard.esports", "plain.game")
    draft.side = element("div", f"<h4>攻略与公告</h4><ul>{items(desk.own_links(titles))}</ul>", "good")
    return draft


def novel_column(desk: Desk) -> Draft:
    """A list of novels and films with their loud titles."""
    draft = untouched(desk, desk.donor())
    titles = desk.clean(14, "hard.novel", "hard.web_novel", "hard.film", "hard.film_review", "hard.tv")
    draft.tail = element("div", f"<h4>书影推荐</h4><ul>{items(desk.own_links(titles))}</ul>", "good")
    return draft


def sponsored(desk: Desk) -> Draft:
    """Honest advertisements, marked as such, to other domains."""
    draft = untouched(desk, desk.donor())
    chosen = desk.draw.sample(FRIENDS, 4)
    links = "".join(f'<a rel="sponsored nofollow" href="https://{host}/?from=ad">{name}</a> ' for name, host in chosen)
    draft.side = element("div", f"<small>广告</small> {links}", "good", attributes='class="ad-slot"')
    return draft


def references(desk: Desk) -> Draft:
    """Footnotes and sources: many foreign links under a long text."""
    draft = untouched(desk, desk.donor())
    rows = "".join(
        f'<li id="cite-{number}">{encode(title)}，<a href="https://{host}/doc/{desk.number(10, 999)}">原文</a></li>'
        for number, (title, (_, host)) in enumerate(zip(desk.clean(10), desk.draw.sample(FRIENDS, 10), strict=False), 1)
    )
    draft.tail = "<h4>参考资料</h4>" + element("ol", rows, "good")
    return draft


def comments(desk: Desk) -> Draft:
    """Readers' comments, some with a link to their own site."""
    draft = untouched(desk, desk.donor())
    rows = []
    for title in desk.clean(6):
        name, host = desk.draw.choice(FRIENDS)
        rows.append(
            f'<li><cite><a href="https://{host}/">{name}</a></cite>：看过《{encode(title)}》再来的，受教了。</li>'
        )
    draft.tail = "<h3>评论</h3>" + element("ol", "".join(rows), "good", attributes='class="commentlist"')
    draft.scaffolds = ("wordpress", "blog", "hexo", "discuz")
    return draft


def archive_page(desk: Desk) -> Draft:
    """A blog's archive: months, titles and dates."""
    body = "\n".join((archives(desk), latest(desk), related(desk)))
    return Draft("归档", body, path="/archives/", scaffolds=("hexo", "wordpress", "blog"), company=False)


def plain(desk: Desk) -> Draft:
    """An article in a site, and nothing else of note."""
    return untouched(desk, desk.donor(lambda text: True))


def delicate_donor(desk: Desk) -> Draft:
    """An article on a delicate subject, where the split has one, in a site that may publish it."""
    words = ("性", "孕", "赌", "诈骗", "贷", "泌尿", "男科", "妇", "彩票", "娱乐城", "激素", "勃起")
    texts = desk.donor(lambda text: any(word in text.title for word in words))
    draft = Draft(texts.title, article(desk, texts), donor=texts.id)
    draft.description = texts.paragraphs[0][:70]
    draft.keywords = texts.subject
    draft.scaffolds = ("hospital", "news", "government")
    return draft
