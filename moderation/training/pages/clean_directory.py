"""Clean pages that are lists: mirrors, named sites, brands that sound like casinos, topics of warnings, notices, shops."""

from __future__ import annotations

from moderation.training.pages.clean_lists import row_of
from moderation.training.pages.draft import Draft, article, untouched
from moderation.training.pages.good_blocks import FRIENDS
from moderation.training.pages.markup import element, encode, items
from moderation.training.pages.material import Desk, Link


def _away(desk: Desk, names: list[str]) -> list[Link]:
    tail = desk.draw.choice(("/", "/", "", "/index.html"))
    return [(name, f"{desk.draw.choice(('http', 'https'))}://{desk.plain_host()}{tail}") for name in names]


def named_firms(desk: Desk, number: int) -> list[str]:
    """Honest firms whose names begin as those of casinos do, a part with what is looked for behind the name."""
    tails = desk.phrases("honest_tails", 8)
    names = [head + desk.draw.choice(tails) for head in desk.phrases("brand_heads", number)]
    return [name + (desk.draw.choice(("官网", "官方网站", "")) if desk.chance(0.3) else "") for name in names]


def brand_friends(desk: Desk) -> Draft:
    """Friends of a firm, or of an association, by the full name of the firm or by its short one."""
    draft = untouched(desk, desk.donor())
    names = [*named_firms(desk, desk.number(5, 10)), *(name for name, _ in desk.draw.sample(FRIENDS, 3))]
    desk.draw.shuffle(names)
    draft.foot = row_of(desk, desk.draw.choice(("友情链接", "会员单位", "合作客户", "链接")), _away(desk, names))
    return draft


def start_page(desk: Desk) -> Draft:
    """Named sites of all kinds, a digit in every other name, in groups."""
    groups = []
    for name in desk.draw.sample(("常用", "生活", "游戏", "阅读", "购物", "本地"), desk.number(2, 4)):
        names = [*desk.phrases("start_pages", 7), *named_firms(desk, 3)]
        desk.draw.shuffle(names)
        groups.append(f"<h3>{name}</h3>" + element("ul", items(_away(desk, names)), "good"))
    city = desk.phrase("cities")
    return Draft(f"{city}上网导航 常用网址大全", "\n".join(groups), scaffolds=("blog", "dedecms", "news", "empirecms"))


def mirrors(desk: Desk) -> Draft:
    """A program's places of download: mirrors on other sites, some of them by bare names of networks."""
    draft = untouched(desk, desk.text("downloads", city=desk.phrase("cities")))
    links = _away(desk, desk.phrases("mirrors", desk.number(4, 8)))
    links = [
        (name, f"{href.rstrip('/')}/{desk.token(6)}.{desk.draw.choice(('zip', 'apk', 'iso'))}") for name, href in links
    ]
    draft.tail = row_of(desk, desk.draw.choice(("下载地址", "镜像列表", "下载节点")), links)
    draft.scaffolds = ("company", "empirecms", "wordpress", "discuz")
    return draft


def warned_topics(desk: Desk) -> Draft:
    """A warning with a cloud of what is warned of."""
    text = desk.text("bank_warnings")
    draft = Draft(text.title, article(desk, text), donor=text.id, scaffolds=("government", "school", "news"))
    words = desk.phrases("warned_words", desk.number(5, 8))
    links = [(word, f"/{desk.draw.choice(('tag', 'topic', 'anli'))}/{desk.token(5)}") for word in words]
    block = row_of(desk, desk.draw.choice(("热词", "专题", "骗术分类", "标签")), links)
    setattr(draft, desk.draw.choice(("tail", "side", "foot")), block)
    return draft


def named_frauds(desk: Desk) -> Draft:
    """The police name the applications and sites that were reported: a list of brands and addresses, none a link."""
    heads = desk.phrases("brand_heads", desk.number(6, 12))
    tails = [*desk.phrases("bet_tails", 3), *desk.phrases("coin_tails", 3)]
    kind = desk.draw.choice(("li", "p", "td"))
    rows = "".join(
        f"<{kind}>{number}. “{head}{desk.draw.choice(tails)}”</{kind}>" for number, head in enumerate(heads, 1)
    )
    rows = {"li": f"<ul>{rows}</ul>", "p": rows, "td": f"<table><tr>{rows}</tr></table>"}[kind]
    draft = Draft(
        f"关于公布第{desk.number(2, 30)}批涉诈涉赌应用名单的通告",
        f"<p>经群众举报和技术核查，下列应用涉嫌诈骗或者网络赌博，请勿下载、注册和充值，已经受骗的请尽快报警。</p>{rows}<p>名单将每月更新，欢迎继续举报。</p>",
    )
    draft.scaffolds = ("government", "news", "school")
    return draft


def affiliate_shop(desk: Desk) -> Draft:
    """Recommendations with a marked link to a shop behind each."""
    text = desk.text("affiliate_reviews")
    draft = Draft(text.title, article(desk, text), donor=text.id, scaffolds=("blog", "wordpress", "hexo", "news"))
    rel = desk.draw.choice(("sponsored nofollow", "nofollow", "sponsored"))
    names = desk.draw.choice(
        (("去购买", "领券", "看价格"), ("立即领取优惠", "京选价", "猫选价"), ("查看详情", "领10元券", "旗舰店"))
    )
    cards = "".join(
        f'<div class="card">{encode(name)} '
        + " ".join(f'<a rel="{rel}" href="https://{desk.plain_host()}/go/{desk.token(6)}">{word}</a>' for word in names)
        + "</div>"
        for name in desk.phrases("shop_menu", desk.number(3, 7))
    )
    draft.tail = element("div", cards, "good")
    return draft


def notice_board(desk: Desk) -> Draft:
    """Classified advertisements, each a title that leads to its own page, with a number to call."""
    text = desk.text("classifieds")
    draft = Draft(text.title, article(desk, text), donor=text.id, scaffolds=("discuz", "dedecms", "empirecms", "news"))
    titles = desk.clean(
        desk.number(8, 14), "plain.ad", "plain.job", "plain.classified", "hard.ad", "hard.business", "plain", longest=24
    )
    rows = "".join(
        f'<li><a href="/info/{desk.number(1000, 90000)}.html">{encode(title)}</a> <span>0799-{desk.number(3000000, 8999999)}</span></li>'
        for title in titles
    )
    draft.tail = "<h4>最新信息</h4>" + element("ul", rows, "good")
    return draft


def menu_of_prices(desk: Desk) -> Draft:
    """A table of goods, each with a price and a link to its page."""
    text = desk.text("price_lists")
    draft = Draft(text.title, article(desk, text), donor=text.id, scaffolds=("shop", "company", "news", "government"))
    rows = "".join(
        f'<tr><td><a href="/item/{desk.number(100, 9999)}.html">{encode(name)}</a></td><td>{desk.number(3, 900)}.00</td><td>有货</td></tr>'
        for name in [*desk.phrases("shop_menu", 6), *desk.clean(4, "plain.anchor", longest=8)]
    )
    draft.tail = element("table", f"<tbody>{rows}</tbody>", "good")
    return draft


def mixed_addresses(desk: Desk) -> Draft:
    """A site's own list whose addresses have two forms, articles and searches, as they grew over the years."""
    draft = untouched(desk, desk.donor())
    titles = desk.clean(desk.number(6, 10), "hard", "plain")
    forms = desk.draw.sample(
        ("/a/{number}.html", "/e/search/?q={token}", "/tags-{number}.html", "/so/{token}", "/?p={number}"), 2
    )
    links = [
        (title, desk.draw.choice(forms).format(number=desk.number(10, 9999), token=desk.token(5))) for title in titles
    ]
    draft.side = row_of(desk, desk.draw.choice(("热门搜索", "大家都在看", "推荐阅读")), links)
    return draft


def long_directory(desk: Desk) -> Draft:
    """A chamber's directory of members, many firms and what they deal in, on sites of their own."""
    names = [*named_firms(desk, 12), *desk.phrases("partner_names", 8), *(name for name, _ in FRIENDS[:12])]
    desk.draw.shuffle(names)
    parts = [names[start : start + 8] for start in range(0, len(names), 8)]
    body = "\n".join(element("ul", items(_away(desk, part)), "good", attributes='class="dir"') for part in parts)
    city = desk.phrase("cities")
    return Draft(
        f"{city}商会会员企业名录",
        f"<p>按入会时间排列，共{len(names)}家。</p>{body}",
        scaffolds=("company", "news", "dedecms"),
    )
