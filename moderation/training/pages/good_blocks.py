"""The link blocks of honest sites, built from clean titles of the page's split."""

from __future__ import annotations

from moderation.training.pages.markup import anchors, element, items
from moderation.training.pages.material import Desk, Link


def related(desk: Desk) -> str:
    """Articles on something like it."""
    name = desk.draw.choice(("相关文章", "相关推荐", "猜你喜欢", "您可能感兴趣的文章", "延伸阅读", "相关阅读"))
    links = desk.own_links(desk.clean(desk.number(4, 8)))
    return element("div", f"<h4>{name}</h4><ul>{items(links)}</ul>", "good", attributes='class="related"')


def ranking(desk: Desk) -> str:
    """The most read articles, with a number before or hits after each."""
    name = desk.draw.choice(("点击排行", "热门文章", "本周热点", "阅读排行", "热点内容", "24小时热榜"))
    links = desk.own_links(desk.clean(desk.number(6, 10)))
    counted = desk.chance(0.5)
    rows = [
        f"<li><em>{number}</em>{anchors([pair])}{f'<span>{desk.number(90, 40000)}</span>' if counted else ''}</li>"
        for number, pair in enumerate(links, 1)
    ]
    return element("div", f"<h4>{name}</h4><ol>{''.join(rows)}</ol>", "good", attributes='class="hot-list"')


def latest(desk: Desk) -> str:
    """The newest articles with their dates."""
    links = desk.own_links(desk.clean(desk.number(5, 9)))
    rows = "".join(f"<li>{anchors([pair])}<span>{desk.date()[5:]}</span></li>" for pair in links)
    return element("ul", rows, "good", attributes='class="newlist"')


def friends(desk: Desk, least: int = 5, most: int = 12) -> str:
    """友情链接: named sites on domains of their own."""
    names = desk.draw.sample(FRIENDS, desk.number(least, most))
    links = [(name, f"https://{host}/") for name, host in names]
    shape = desk.draw.choice((" ", " | ", "\n"))
    return element("div", f"<b>友情链接：</b>{anchors(links, shape)}", "good", attributes='class="flink"')


def blogroll(desk: Desk) -> str:
    """Blogs of friends, on domains of every ending."""
    links = [
        (name, f"https://{desk.plain_host()}{desk.draw.choice(('/', ''))}") for name in desk.phrases("blog_names", 7)
    ]
    name = desk.draw.choice(("友链", "邻居", "友情链接", "常去的地方"))
    return element("div", f"<h4>{name}</h4><ul>{items(links)}</ul>", "good", attributes='class="blogroll"')


def stations(desk: Desk) -> str:
    """分站: a town each, on sub-domains of one site."""
    host = desk.plain_host().removeprefix("www.")
    links = [(town, f"http://{desk.token(desk.number(2, 4))}.{host}/") for town in desk.phrases("towns", 8)]
    return element("div", f"分站：{anchors(links)}", "good", attributes='class="city"')


def tags(desk: Desk, least: int = 8, most: int = 20) -> str:
    """A tag cloud."""
    words = desk.clean(desk.number(least, most), "plain.anchor", "hard.anchor", shortest=2, longest=8)
    sized = "".join(
        f'<a href="/tag/{desk.number(11, 990)}" style="font-size:{desk.number(12, 22)}px">{word}</a> ' for word in words
    )
    return element("div", sized, "good", attributes='class="tagcloud"')


def neighbours(desk: Desk) -> str:
    """The article before and the one after."""
    before, after = desk.own_links(desk.clean(2))
    inner = f"上一篇：{anchors([before])}<br>下一篇：{anchors([after])}"
    return element("div", inner, "good", attributes='class="prenext"')


def archives(desk: Desk) -> str:
    """Months of a blog."""
    year = desk.number(2018, 2024)
    links: list[Link] = [(f"{year}年{month}月", f"/{year}/{month:02}/") for month in range(12, 3, -1)]
    return element("ul", items(links), "good", attributes='class="archive-list"')


def sections(desk: Desk) -> str:
    """The sections of a site with the number of their articles."""
    names = desk.draw.sample(SECTIONS, desk.number(5, 9))
    rows = "".join(f'<li><a href="/c/{n}/">{name}</a> ({desk.number(3, 420)})</li>' for n, name in enumerate(names, 1))
    return element("ul", rows, "good", attributes='class="cat-list"')


def below(desk: Desk) -> str:
    """What stands under an article: none to two blocks."""
    return "\n".join(block(desk) for block in desk.draw.sample((related, neighbours, tags, latest), desk.number(0, 2)))


def beside(desk: Desk) -> str:
    """What stands beside an article: none to two blocks."""
    blocks = desk.draw.sample((ranking, archives, sections, friends, latest), desk.number(0, 2))
    return "\n".join(block(desk) for block in blocks)


SECTIONS = (
    "读书笔记", "家常菜", "数码评测", "旅行见闻", "亲子时光", "健康科普", "城市建设", "法律问答", "园艺", "摄影", "影视", "理财入门",
    "手工", "校园", "汽车", "宠物", "电影", "随笔", "历史", "天文",
)  # fmt: skip
FRIENDS = (
    ("青岚市教育局", "jyj.qinglan.example"), ("临溪县人民政府", "www.linxi.example"), ("大江晚报", "www.dajiang-wb.example"),
    ("云栖图书馆", "lib.yunqi.example"), ("河东社区", "bbs.hedong.example"), ("中国天气在线", "weather-online.example"),
    ("恒锐机械", "www.hengrui-jx.example"), ("新湖观察", "www.xinhu.example"), ("本地宝典", "bendi.example"),
    ("慢生活杂志", "slowlife.example"), ("开源工坊", "oss-workshop.example"), ("前端周刊", "fe-weekly.example"),
    ("彩票公益金公示", "gyj.qinglan.example"), ("男科健康教育网", "nanke-edu.example"), ("妇幼健康", "fuyou.example"),
    ("考试院", "ksy.qinglan.example"), ("公积金中心", "gjj.qinglan.example"), ("法律援助中心", "flyz.example"),
    ("老街论坛", "bbs.laojie.example"), ("花卉市场协会", "flower.example"), ("反诈宣传平台", "fanzha.example"),
    ("木白的笔记", "mubai.example"), ("旧书与猫", "jiushu.example"), ("乡村教师之家", "xcjs.example"),
)  # fmt: skip
