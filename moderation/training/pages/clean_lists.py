"""Clean pages whose lists look bought: other sites by the dozen, towns, departments, dangerous names for good reason."""

from __future__ import annotations

from moderation.training.pages.draft import Draft, untouched
from moderation.training.pages.good_blocks import blogroll, stations
from moderation.training.pages.markup import anchors, element, encode, items
from moderation.training.pages.material import Desk, Link


def _page(desk: Desk, *scaffolds: str) -> Draft:
    draft = untouched(desk, desk.donor())
    if scaffolds:
        draft.scaffolds = scaffolds
    return draft


def _away(desk: Desk, names: list[str]) -> list[Link]:
    tails = desk.draw.choice(("/", "/", "", "/index.html", "/?from=site"))
    scheme = desk.draw.choice(("http", "https"))
    return [(name, f"{scheme}://{desk.plain_host()}{tails}") for name in names]


def row_of(desk: Desk, name: str, links: list[Link]) -> str:
    """Good links under a name, in a list or in a row."""
    if desk.chance(0.4):
        return element("div", f"<h4>{name}</h4><ul>{items(links)}</ul>", "good")
    between = desk.draw.choice((" ", " | ", "、", "&nbsp;"))
    return element("div", f"<b>{name}：</b>{anchors(links, between)}", "good", attributes='class="links"')


def partners(desk: Desk) -> Draft:
    """A firm's partners in its footer, a lender and a lottery office among them."""
    draft = _page(desk, "company", "news", "shop")
    name = desk.draw.choice(("合作伙伴", "战略合作", "友情链接", "会员单位", "客户案例"))
    draft.end = row_of(desk, name, _away(desk, desk.phrases("partner_names", desk.number(4, 8))))
    return draft


def blogrolls(desk: Desk) -> Draft:
    """Bloggers who link each other, on names of every ending."""
    draft = _page(desk, "hexo", "blog", "wordpress")
    draft.side = blogroll(desk)
    draft.foot = blogroll(desk) if desk.chance(0.5) else ""
    return draft


def authorities(desk: Desk) -> Draft:
    """Courts, police and other authorities, whose names name what they fight."""
    draft = _page(desk, "government", "news", "school")
    draft.end = row_of(desk, "相关链接", _away(desk, desk.phrases("institutions", desk.number(5, 8))))
    return draft


def hospital_departments(desk: Desk) -> Draft:
    """The departments of a hospital."""
    draft = _page(desk, "hospital")
    links = [(name, f"/ks/{desk.token(4)}/") for name in desk.phrases("departments", 8)]
    draft.side = row_of(desk, "科室导航", links)
    return draft


def university_sites(desk: Desk) -> Draft:
    """The schools of a university, a sub-domain each."""
    draft = _page(desk, "school")
    host = desk.plain_host().removeprefix("www.")
    names = (
        "计算机学院",
        "数学系",
        "外国语学院",
        "体育部",
        "图书馆",
        "医学院",
        "法学院",
        "招生办",
        "后勤处",
        "校友会",
        "艺术学院",
        "财务处",
    )
    links = [(name, f"http://{desk.token(desk.number(2, 5))}.{host}/") for name in desk.draw.sample(names, 9)]
    draft.foot = row_of(desk, "院系部门", links)
    return draft


def shop_categories(desk: Desk) -> Draft:
    """The categories of a shop that sells odd things too."""
    draft = _page(desk, "shop")
    names = desk.phrases("shop_menu", 8) + desk.clean(4, "plain.anchor", longest=6)
    draft.side = row_of(desk, "全部分类", [(name, f"/list/{desk.number(100, 999)}.html") for name in names])
    return draft


def city_stations(desk: Desk) -> Draft:
    """A portal's stations, one a town, each on a sub-domain of its own."""
    draft = _page(desk, "news", "dedecms", "empirecms")
    draft.foot = stations(desk)
    return draft


def own_trades(desk: Desk) -> Draft:
    """A firm's services for the towns around it: exact words, own pages."""
    draft = _page(desk, "company")
    trade = desk.phrases("sold_trades", 1)[0]
    links = [(f"{town}{trade}", f"/area/{desk.token(5)}/") for town in desk.phrases("towns", 8)]
    draft.title = f"{trade}的服务范围与流程"
    draft.foot = row_of(desk, "服务地区", links)
    return draft


def foreign_sources(desk: Desk) -> Draft:
    """References of an encyclopaedia's article, in English and Chinese, every one elsewhere."""
    draft = _page(desk)
    titles = desk.phrases("english_sources", 4) + desk.clean(desk.number(4, 8), "hard")
    desk.draw.shuffle(titles)
    rows = "".join(
        f'<li><a rel="nofollow" href="https://{desk.plain_host()}/{desk.number(2005, 2024)}/{desk.token(6)}">'
        f"{encode(title)}</a>. {desk.date()}</li>"
        for title in titles
    )
    draft.tail = f"<h4>{desk.draw.choice(('参考资料', '参考文献', '脚注', '来源'))}</h4>" + element("ol", rows, "good")
    return draft


def press_review(desk: Desk) -> Draft:
    """Headlines of other newsrooms, crime and warnings among them."""
    draft = _page(desk, "news", "government", "blog")
    links = _away(desk, desk.clean(desk.number(6, 12), "hard"))
    links = [(title, f"{href.rstrip('/')}/{desk.number(10**5, 10**7)}.html") for title, href in links]
    draft.tail = element(
        "div", f"<h4>{desk.draw.choice(('媒体聚焦', '外媒速览', '今日转载'))}</h4><ul>{items(links)}</ul>", "good"
    )
    return draft


def honest_comments(desk: Desk) -> Draft:
    """Readers with blogs of their own, linked by name."""
    draft = _page(desk, "wordpress", "blog", "hexo")
    praise = desk.phrases("praise", 4)
    rows = "".join(
        f'<li><cite><a rel="nofollow" href="{href}">{name}</a></cite>：{desk.draw.choice(praise)}</li>'
        for name, href in _away(desk, desk.phrases("blog_names", 7))
    )
    draft.tail = f"<h3>评论</h3>{element('ol', rows, 'good')}"
    return draft


def site_footer(desk: Desk) -> Draft:
    """Share buttons, app stores, registrations: the foreign links of every site."""
    draft = _page(desk)
    share = anchors([("微博", "https://service.weibo.com/share/share.php"), ("QQ空间", "https://sns.qzone.qq.com/share"),
                     ("豆瓣", "https://www.douban.com/share/service"), ("微信", "https://open.weixin.qq.com/")])  # fmt: skip
    stores = anchors(
        [("iOS下载", "https://apps.apple.com/cn/app/id1"), ("安卓下载", "https://a.app.qq.com/o/simple.jsp")]
    )
    legal = anchors([("京ICP备05000000号", "https://beian.miit.gov.cn/"),
                     ("违法和不良信息举报中心", "https://www.12377.cn/"), ("网络110报警服务", "https://cyberpolice.mps.gov.cn/")])  # fmt: skip
    draft.tail = element("div", f"分享到：{share}", "good", attributes='class="bdsharebuttonbox"')
    draft.end = element("div", f"{stores} {legal}", "good")
    return draft


def named_sites(desk: Desk) -> Draft:
    """A page of well-known sites by number and name."""
    names = [
        "58同城",
        "163邮箱",
        "4399小游戏",
        "12306订票",
        "360导航",
        "51找工作",
        "7k7k",
        "126信箱",
        "2345网址",
        "39健康",
    ]
    links = _away(desk, desk.draw.sample(names, 8))
    draft = _page(desk, "news", "dedecms")
    draft.foot = row_of(desk, "名站导航", links)
    return draft


def game_forum(desk: Desk) -> Draft:
    """The boards and newest threads of a games forum."""
    links = [(title, f"/thread-{desk.number(1000, 90000)}-1-1.html")
             for title in desk.clean(12, "hard.game", "hard.gaming", "plain.game", "hard", longest=22)]  # fmt: skip
    draft = _page(desk, "discuz")
    draft.tail = element("div", f"<h4>最新主题</h4><ul>{items(links)}</ul>", "good")
    return draft


def paid_links(desk: Desk) -> Draft:
    """Advertisements of honest firms, marked and not to be counted."""
    draft = _page(desk, "news", "blog", "empirecms")
    rows = "".join(
        f'<a rel="sponsored" href="{href}">{encode(name)}</a> '
        for name, href in _away(desk, desk.phrases("partner_names", 3) + desk.phrases("sold_trades", 2))
    )
    draft.side = element("div", f"<small>推广</small>{rows}", "good", attributes='class="ad"')
    return draft
