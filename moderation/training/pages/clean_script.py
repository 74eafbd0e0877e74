"""Clean pages whose scripts, meta texts or frames have what cloaking has, for honest reasons."""

from __future__ import annotations

from html import escape

from moderation.training.pages.draft import Draft, untouched
from moderation.training.pages.markup import encode
from moderation.training.pages.material import Desk


def _page(desk: Desk) -> Draft:
    return untouched(desk, desk.donor(lambda text: True))


def statistics(desk: Desk) -> Draft:
    """The counters and the link push that most sites carry."""
    draft = _page(desk)
    key = desk.token(16)
    scripts = (
        f'<script>var _hmt=_hmt||[];(function(){{var hm=document.createElement("script");hm.src="https://hm.baidu.com/hm.js?{key}";'
        'var s=document.getElementsByTagName("script")[0];s.parentNode.insertBefore(hm,s);})();</script>',
        "<script>(function(){var bp=document.createElement('script');var p=window.location.protocol.split(':')[0];"
        "if(p==='https'){bp.src='https://zz.bdstatic.com/linksubmit/push.js';}else{bp.src='http://push.zhanzhang.baidu.com/push.js';}"
        "var s=document.getElementsByTagName('script')[0];s.parentNode.insertBefore(bp,s);})();</script>",
        f"<script>document.write(unescape(\"%3Cspan id='cnzz_stat_icon_{desk.number(1000, 99999)}'%3E%3C/span%3E%3Cscript "
        "src='https://s4.cnzz.com/z_stat.php' type='text/javascript'%3E%3C/script%3E\"));</script>",
    )
    draft.end = "\n".join(desk.draw.sample(scripts, desk.number(1, 3)))
    return draft


def search_terms(desk: Desk) -> Draft:
    """Marks the words that a visitor searched for; or keeps the campaign for a form."""
    draft = _page(desk)
    draft.end = desk.draw.choice(
        (
            "<script>(function(){var r=document.referrer;if(/baidu\\.com|so\\.com|sogou\\.com/.test(r)){var m=/[?&](?:wd|q|query)=([^&]+)/.exec(r);"
            "if(m){var w=decodeURIComponent(m[1]);var b=document.body;b.innerHTML=b.innerHTML.split(w).join('<mark>'+w+'</mark>');}}})();</script>",
            "<script>var src='direct';if(document.referrer.indexOf('google')>-1){src='google'}else if(document.referrer.indexOf('baidu')>-1)"
            "{src='baidu'}document.cookie='utm_source='+src+';path=/';</script>",
            "<script>if(document.referrer&&document.referrer.indexOf(location.host)<0){sessionStorage.setItem('from',document.referrer)}"
            "var back=sessionStorage.getItem('from');</script>",
        )
    )
    return draft


def packed_theme(desk: Desk) -> Draft:
    """Scripts of a theme, packed or in base64 to be small."""
    draft = _page(desk)
    words = "|".join(("function", "document", "getElementById", "menu", "className", "open", "onclick", desk.token(5)))
    packed = (
        "eval(function(p,a,c,k,e,d){e=function(c){return c.toString(36)};while(c--){if(k[c]){p=p.replace(new RegExp('\\\\b'+e(c)+'\\\\b','g'),k[c])}}"
        f"return p}}('0 7(){{1.2(\"3\").4=\"5\"}}1.2(\"3\").6=7;',8,8,'{words}'.split('|'),0,{{}}))"
    )
    mail = ",".join(str(ord(character)) for character in f"mailto:info@{desk.token(5)}.example")
    draft.head = (
        f"<script>{packed}</script><script>var mail=String.fromCharCode({mail});"
        "document.getElementById('mail').setAttribute('href',mail);</script>"
    )
    draft.foot = '<p><a id="mail" href="#">给我们写信</a></p>'
    return draft


def own_redirects(desk: Desk) -> Draft:
    """Redirects within the site: phones, a login, a language, a frame that must not be one."""
    draft = _page(desk)
    draft.head = desk.draw.choice(
        (
            "<script>if(/iPhone|Android|Mobile/i.test(navigator.userAgent)){location.href='/wap'+location.pathname;}</script>",
            "<script>if(!/(^|;)\\s*uid=/.test(document.cookie)&&location.pathname.indexOf('/vip/')==0){location.replace('/login?back='+"
            "encodeURIComponent(location.href));}</script>",
            "<script>if((navigator.language||'').indexOf('en')===0&&!sessionStorage.lang){location.href='/en/';}</script>",
            "<script>if(top!==self){top.location=self.location;}</script>",
            "<script>if(location.protocol!=='https:'){location.href='https://'+location.host+location.pathname;}</script>",
        )
    )
    return draft


def crawler_courtesy(desk: Desk) -> Draft:
    """Pictures are loaded at once for crawlers, and no counter counts them."""
    draft = _page(desk)
    draft.end = desk.draw.choice(
        (
            "<script>var bot=/spider|bot|crawl/i.test(navigator.userAgent);document.querySelectorAll('img[data-src]').forEach(function(i)"
            "{if(bot){i.src=i.getAttribute('data-src')}else{lazy(i)}});function lazy(i){}</script>",
            "<script>if(!/spider|bot/i.test(navigator.userAgent)){var s=document.createElement('script');"
            "s.src='https://www.googletagmanager.com/gtag/js?id=G-X';document.head.appendChild(s);}</script>",
        )
    )
    return draft


def title_blink(desk: Desk) -> Draft:
    """A title that changes when the tab is left, as on many blogs."""
    draft = _page(desk)
    text = desk.draw.choice(("(つェ⊂)我藏好了哦", "别走呀，还有好文章", "页面待机中…"))
    written = "".join(f"\\u{ord(character):04x}" for character in text) if desk.chance(0.5) else text
    draft.end = (
        "<script>var old=document.title;document.addEventListener('visibilitychange',function(){"
        f"document.title=document.hidden?'{written}':old;}});</script>"
    )
    draft.scaffolds = ("hexo", "wordpress", "blog")
    return draft


def honest_cards(desk: Desk) -> Draft:
    """Structured data and cards that say what the page says."""
    draft = _page(desk)
    title, first = escape(draft.title), draft.title.replace('"', "")
    draft.head = (
        f'<meta property="og:title" content="{title}"><meta property="og:type" content="article">'
        f'<meta name="twitter:title" content="{title}"><script type="application/ld+json">{{"@context":"https://schema.org",'
        f'"@type":"NewsArticle","headline":"{first}","publisher":{{"@type":"Organization","name":"编辑部"}}}}</script>'
    )
    return draft


def site_wide_meta(desk: Desk) -> Draft:
    """One set of keywords and one description for the whole site, whatever the page is about."""
    draft = _page(desk)
    draft.keywords = ",".join(desk.clean(4, "plain", "hard", longest=16))
    draft.description = "，".join(desk.clean(2, "hard")) + "。"
    return draft


def entity_page(desk: Desk) -> Draft:
    """An old system that writes every title in numeric references."""
    draft = _page(desk)
    draft.heading = draft.title
    draft.title_html = "".join(f"&#{ord(character)};" for character in draft.title)
    return draft


def embedded_frame(desk: Desk) -> Draft:
    """A map, a film or a form of somebody else's in the page."""
    draft = _page(desk)
    frame = desk.draw.choice(
        (
            '<iframe src="https://map.example.org/embed?x=1" style="width:100%;height:380px;border:0"></iframe>',
            '<iframe src="//player.example.net/v?id=1" width="100%" height="100%" allowfullscreen></iframe>',
            '<div class="kf"><iframe src="https://chat.example.net/kf" style="position:fixed;right:10px;bottom:0;width:320px;height:420px"></iframe></div>',
        )
    )
    draft.tail = f'<div class="video">{frame}</div>'
    return draft


def shown_code(desk: Desk) -> Draft:
    """An analysis that shows a redirect script as code."""
    draft = _page(desk)
    code = f"<script>var r=document.referrer;if(/baidu|sogou|so\\.com/.test(r)){{location.href='http://{desk.cheap_host()}/'}}</script>"
    draft.lead = f"<p>被黑网站里常见的跳转代码如下，发现后应立即清除：</p><pre><code>{encode(code)}</code></pre>"
    draft.scaffolds = ("hexo", "wordpress", "blog")
    return draft
