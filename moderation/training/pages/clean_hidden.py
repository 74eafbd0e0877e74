"""Clean pages that hide something for good reason, or run scripts that look worse than they are."""

from __future__ import annotations

import base64

from moderation.training.pages.draft import Draft, untouched
from moderation.training.pages.good_blocks import FRIENDS
from moderation.training.pages.markup import anchors, element, items
from moderation.training.pages.material import Desk, Link

_MENU: tuple[Link, ...] = (
    ("首页", "/"), ("成人高考", "/ck/"), ("自考", "/zk/"), ("成绩查询", "/cj/"), ("招生计划", "/zs/"), ("证书补办", "/bb/"),
    ("资料下载", "/down/"), ("联系我们", "/contact/"),
)  # fmt: skip


def _page(desk: Desk) -> Draft:
    return untouched(desk, desk.donor(lambda text: True))


def dropdown_menu(desk: Desk) -> Draft:
    """Second-level menus that open under the pointer."""
    draft = _page(desk)
    style = desk.draw.choice(("display:none", "visibility:hidden;opacity:0", "height:0;overflow:hidden"))
    inner = element("ul", items(desk.draw.sample(_MENU, 6)), "good", attributes=f'class="sub-menu" style="{style}"')
    draft.top = f'<ul class="topmenu"><li><a href="/edu/">教育</a>{inner}</li></ul>'
    return draft


def mobile_menu(desk: Desk) -> Draft:
    """A drawer that waits off-screen."""
    draft = _page(desk)
    style = desk.draw.choice(
        ("position:fixed;left:-280px;width:280px", "transform:translateX(-100%)", "position:fixed;right:-100%")
    )
    draft.end = element(
        "nav", f"<ul>{items(_MENU)}</ul>", "good", attributes=f'class="drawer" aria-hidden="true" style="{style}"'
    )
    return draft


def tabs(desk: Desk) -> Draft:
    """Tabs, of which only the first is open."""
    draft = _page(desk)
    first = element("ul", items(desk.own_links(desk.clean(6))), "good")
    second = element("ul", items(desk.own_links(desk.clean(6))), "good", attributes='style="display:none"')
    draft.side = f'<div class="tab"><span class="on">最新</span><span>最热</span>{first}{second}</div>'
    return draft


def modal(desk: Desk) -> Draft:
    """A sign-in window that is not open."""
    draft = _page(desk)
    draft.end = (
        '<div class="modal fade" id="login" tabindex="-1" role="dialog" style="display:none"><h4>登录后继续</h4>'
        '<input name="phone" placeholder="手机号"><p>登录即同意<a href="/agreement">用户协议</a>和<a href="/privacy">隐私政策</a></p></div>'
    )
    return draft


def skip_links(desk: Desk) -> Draft:
    """Links for the keyboard before everything else."""
    draft = _page(desk)
    draft.top = element(
        "div",
        anchors((("跳到正文", "#main"), ("跳到导航", "#nav"), ("跳到搜索", "#search"))),
        "good",
        attributes='style="position:absolute;left:-9999px"',
    )
    return draft


def screen_reader_text(desk: Desk) -> Draft:
    """Names of icons for those who listen to the page, by a class in <head>."""
    draft = _page(desk)
    draft.head = "<style>.sr-only{position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)}</style>"
    draft.tail = (
        '<div class="share"><a href="/share/weibo"><span class="sr-only">分享到微博</span></a>'
        '<a href="/share/wechat"><span class="sr-only">分享到微信，打开后扫一扫</span></a></div>'
    )
    return draft


def lazy_template(desk: Desk) -> Draft:
    """A template element and lazy pictures with their plain twins in noscript."""
    draft = _page(desk)
    titles = desk.clean(4)
    draft.end = (
        "<template id='card'>"
        + "".join(f"<div class='card'><a href='/x'>{title}</a></div>" for title in titles)
        + "</template>"
    )
    draft.lead = _lazy_image(desk)
    return draft


def _lazy_image(desk: Desk) -> str:
    source = f"/upload/{desk.date()[:4]}/{desk.token(6)}.jpg"
    return f'<figure><img src="/blank.gif" data-src="{source}" class="lazy"><noscript><img src="{source}" alt="配图"></noscript></figure>'


def noscript_image(desk: Desk) -> Draft:
    """A counter's pixel, and a sentence for those without scripts."""
    draft = _page(desk)
    draft.lead = _lazy_image(desk)
    draft.end = (
        '<noscript><img height="1" width="1" style="display:none" src="https://stat.example/p.gif" alt=""></noscript>'
        "<noscript>您的浏览器未启用脚本，评论功能无法使用，请在设置中打开。</noscript>"
    )
    return draft


def cookie_banner(desk: Desk) -> Draft:
    """A banner that shows once."""
    draft = _page(desk)
    style = desk.draw.choice(("display:none", "opacity:0;visibility:hidden", "transform:translateY(100%)"))
    draft.end = (
        f'<div id="cookie-tip" style="{style}">我们使用 Cookie 来改善体验。<a href="/privacy#cookie">了解更多</a>'
        "<button>同意</button><button>拒绝</button></div>"
    )
    return draft


def accordion(desk: Desk) -> Draft:
    """Questions whose answers are folded away."""
    text = desk.text("faqs")
    draft = _page(desk)
    answers = "".join(
        f'<div class="q">{question}</div><div class="a" style="max-height:0;overflow:hidden">{answer}</div>'
        for question, answer in zip(desk.clean(3), text.paragraphs, strict=False)
    )
    draft.tail = f'<div class="faq"><h4>{text.title}</h4>{answers}</div>'
    return draft


def logo_replacement(desk: Desk) -> Draft:
    """A picture for the site's name, whose text is indented away."""
    draft = _page(desk)
    draft.top = '<h2 class="logo" style="text-indent:-9999px;background:url(/logo.png)"><a href="/">返回首页</a></h2>'
    return draft


def carousel(desk: Desk) -> Draft:
    """Slides of which one is to be seen."""
    draft = _page(desk)
    slides = "".join(
        f'<div class="slide" style="opacity:{int(number == 0)}">{anchors([pair])}</div>'
        for number, pair in enumerate(desk.own_links(desk.clean(5)))
    )
    draft.lead = element("div", slides, "good", attributes='class="carousel"')
    return draft


def honeypot(desk: Desk) -> Draft:
    """A form field that only robots fill in."""
    draft = _page(desk)
    draft.tail = (
        '<form method="post" action="/comment"><textarea name="body"></textarea>'
        '<p style="position:absolute;left:-5000px" aria-hidden="true">如果你是真人请留空：<input name="website2" tabindex="-1"></p>'
        "<button>发表评论</button></form>"
    )
    return draft


def notice_marquee(desk: Desk) -> Draft:
    """A school's or office's running notice."""
    draft = _page(desk)
    links = desk.own_links(desk.clean(4, "plain.notice", "hard.notice", "hard.gov", "plain.school"))
    draft.top = element("marquee", anchors(links), "good", attributes='scrollamount="3" onmouseover="this.stop()"')
    draft.scaffolds = ("school", "news")
    return draft


def print_only(desk: Desk) -> Draft:
    """Lines for paper, and a share text for clients that read the first words."""
    draft = _page(desk)
    draft.top = '<div style="display:none"><img src="/share.png" alt="">来自本站的分享</div>'
    draft.tail = '<div class="only-print" hidden>本页打印自本站，内容以网页为准。</div>'
    return draft


def counter_script(desk: Desk) -> Draft:
    """A visitor counter that reads the referrer and sends it home."""
    draft = _page(desk)
    draft.end = (
        "<script>(function(){var r=encodeURIComponent(document.referrer);var k=/[?&]wd=([^&]+)/.exec(document.referrer);"
        "new Image().src='https://stat.example/c.gif?r='+r+(k?'&k='+k[1]:'')+'&from=baidu';})();</script>"
    )
    return draft


def packed_script(desk: Desk) -> Draft:
    """Packed code and inline pictures in base64."""
    draft = _page(desk)
    code = f"console.log('theme {desk.token(6)} ready')"
    pixels = base64.b64encode(desk.token(60).encode()).decode()
    draft.head = f"<script>eval(function(p,a,c){{return p.replace('0',a)}}('{code}',1,2))</script>"
    draft.lead = f'<img alt="" src="data:image/gif;base64,{pixels}">'
    return draft


def moved_page(desk: Desk) -> Draft:
    """A meta refresh to the same site's new address, with a note that says so."""
    draft = _page(desk)
    draft.head = '<meta http-equiv="refresh" content="10;url=/new/index.html">'
    draft.lead = '<p class="moved">本栏目已迁移，十秒后前往<a href="/new/index.html">新页面</a>，旧文保留如下。</p>'
    return draft


def phone_version(desk: Desk) -> Draft:
    """A script that sends phones to the site's own mobile pages."""
    draft = _page(desk)
    draft.head = "<script>if(/Android|iPhone|Mobile/i.test(navigator.userAgent)){location.replace('/m'+location.pathname);}</script>"
    return draft


def friends_tab(desk: Desk) -> Draft:
    """友情链接 and partners in tabs, of which the second is closed: by attribute, style, or a class of the sheet."""
    draft = _page(desk)
    names = desk.draw.sample(FRIENDS, desk.number(5, 10))
    links = anchors([(name, f"https://{host}/") for name, host in names])
    way = desk.draw.choice(('style="display:none"', "hidden", 'class="pane hide"'))
    closed = element("div", links, "good", attributes=way)
    label = desk.draw.choice(("友情链接", "合作伙伴", "相关网站"))
    draft.foot = f'<div class="links-tab"><h4>站点服务</h4><h4>{label}</h4><div class="pane">{anchors(_MENU)}</div>{closed}</div>'
    draft.head = (
        "<style>.links-tab .pane{padding:8px} .links-tab .hide{display:none} .links-tab .pane.on{display:block}</style>"
    )
    return draft


def share_box(desk: Desk) -> Draft:
    """Buttons to share with, which open under the pointer, and a text for the chat that shares the page."""
    draft = _page(desk)
    title = draft.title
    links = [
        ("分享到微博", "https://service.weibo.com/share/share.php?url=x"), ("QQ空间", "https://sns.qzone.qq.com/share?url=x"),
        ("豆瓣", "https://www.douban.com/share/service?href=x"), ("微信", "https://open.weixin.qq.com/qr?url=x"),
    ]  # fmt: skip
    style = desk.draw.choice(("display:none", "opacity:0;visibility:hidden", "transform:scale(0)"))
    draft.tail = element("div", anchors(links), attributes=f'class="share-pop" style="{style}"')
    draft.top = f'<div style="display:none" id="wx-share"><img src="/thumb.jpg" alt=""><p>{title}</p></div>'
    return draft


def app_download(desk: Desk) -> Draft:
    """A drawer with the ways to a site's app, its licence and its counter."""
    draft = _page(desk)
    links = [
        ("App Store 下载", "https://apps.apple.com/cn/app/id1"), ("安卓下载", "https://sj.qq.com/appdetail/x"),
        ("华为应用市场", "https://appgallery.huawei.com/app/C1"), ("小程序", "/mini"), ("备案号", "https://beian.miit.gov.cn/"),
    ]  # fmt: skip
    draft.end = element("div", anchors(links), attributes='class="app" style="position:fixed;bottom:-600px"')
    draft.end += '<div style="display:none"><a href="https://www.cnzz.com/stat/website.php?web_id=1">站长统计</a></div>'
    return draft


def gapless_list(desk: Desk) -> Draft:
    """A font of no size around inline blocks, whose own size is set again: it takes the gaps away."""
    draft = _page(desk)
    links = desk.own_links(desk.clean(6))
    rows = "".join(f'<li class="it">{anchors([pair])}</li>' for pair in links)
    draft.side = element("ul", rows, "good", attributes='class="grid" style="font-size:0"')
    draft.head = "<style>.grid .it{display:inline-block;font-size:14px;width:50%}</style>"
    return draft


def white_on_picture(desk: Desk) -> Draft:
    """White words on a picture or a colour, as heads and buttons have them."""
    draft = _page(desk)
    way = desk.draw.choice(
        ("background:#b40000", "background:url(/img/top.jpg) no-repeat", "background-image:linear-gradient(#036,#069)")
    )
    friends = anchors([(name, f"https://{host}/") for name, host in desk.draw.sample(FRIENDS, 6)])
    draft.foot = element("div", f'<b style="color:#fff">友情链接</b> {friends}', attributes='class="ft"')
    draft.head = f"<style>.ft{{{way};color:#fff}} .ft a{{color:#fff}} .btn{{color:#fff;border:0}}</style>"
    draft.lead = '<p><a class="btn" style="background:#e60012;color:#fff" href="/sign">立即报名</a></p>'
    return draft


def folded_text(desk: Desk) -> Draft:
    """The rest of an article, folded until the reader asks for it."""
    draft = _page(desk)
    text = desk.donor()
    style = desk.draw.choice(("display:none", "max-height:0;overflow:hidden", "content-visibility:hidden"))
    rest = "".join(f"<p>{paragraph}</p>" for paragraph in text.paragraphs[:4])
    draft.tail = f'<div class="more-text" style="{style}">{rest}</div><a class="unfold" href="#">展开全文</a>'
    return draft


def public_dropdown(desk: Desk) -> Draft:
    """A menu of offices and schools that waits far off the screen, as old menu scripts keep it."""
    draft = _page(desk)
    names = [(name, f"http://www.{desk.token(4)}.gov.cn/") for name in ("市政府", "省教育厅", "人社局", "考试院")]
    names += [(name, f"https://www.{desk.token(5)}.edu.cn/") for name in ("师范大学", "农业大学", "职业技术学院")]
    inner = element("ul", items(names), "good", attributes='class="sub"')
    draft.top = f'<ul class="sf-menu"><li><a href="/link/">相关链接</a>{inner}</li></ul>'
    draft.head = "<style>.sf-menu .sub{position:absolute;top:-999em} .sf-menu li:hover .sub{top:2em}</style>"
    return draft


def utility_classes(desk: Desk) -> Draft:
    """A frame's classes for small and large screens, for print and for screen readers."""
    draft = _page(desk)
    draft.head = (
        "<style>.d-none{display:none!important}.visually-hidden{position:absolute!important;width:1px;height:1px;overflow:hidden;"
        "clip:rect(0,0,0,0)}@media (min-width:768px){.d-md-block{display:block!important}}@media print{.no-print{display:none}}</style>"
    )
    links = desk.own_links(desk.clean(5))
    draft.side = element("div", anchors(links), "good", attributes='class="d-none d-md-block no-print"')
    draft.top = '<a class="visually-hidden" href="#main">跳到主要内容</a><span class="visually-hidden">当前位置</span>'
    return draft


def adverts_by_script(desk: Desk) -> Draft:
    """Scripts that write a year, a library, an advertisement of the house, and a counter into the page."""
    draft = _page(desk)
    draft.end = (
        "<script>document.write(new Date().getFullYear());window.jQuery||document.write('<script src=\"/js/jquery.js\"><\\/script>');"
        'document.write(\'<a href="/topic/2024/" target="_blank"><img src="/ad/a.jpg" alt="专题"></a>\');'
        "document.write(unescape('%3Cspan id=\"cnzz\"%3E%3C/span%3E'));</script>"
    )
    return draft
