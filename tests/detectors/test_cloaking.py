from __future__ import annotations

import base64

import pytest

from moderation.detectors.cloaking import CloakingDetector

from .conftest import Detect

JUMP = "var r=document.referrer;if(r.indexOf('baidu')>-1){location.href='http://x.example/'}"
CODES = ",".join(str(ord(character)) for character in JUMP)
HEX = "".join(f"\\x{ord(character):02x}" for character in JUMP)
BASE64 = base64.b64encode(JUMP.encode()).decode()

FIRES = [
    (f"<script>{JUMP}</script>", "cloaking.referrer_script"),
    (f"<script>eval(String.fromCharCode({CODES}))</script>", "cloaking.referrer_script"),
    (f"<script>window['eval']('{HEX}')</script>", "cloaking.referrer_script"),
    (f"<script>eval(atob('{BASE64}'))</script>", "cloaking.referrer_script"),
    (
        "<script>if(!/Baiduspider|360Spider/i.test(navigator.userAgent)){document.write('<iframe src=//x.example>')}</script>",
        "cloaking.crawler_script",
    ),
    ('<meta http-equiv="refresh" content="0;url=http://other.example/">', "cloaking.meta_refresh"),
    ("<META content='1; URL=//other.example/a' HTTP-EQUIV=Refresh>", "cloaking.meta_refresh"),
]
SILENT = [
    "<script>new Image().src='//stat.example/c.gif?r='+encodeURIComponent(document.referrer)+'&from=baidu'</script>",
    "<script>var from=document.referrer;report(from)</script>",
    "<script>if(/iphone|android/i.test(navigator.userAgent)){location.href='/m/'}</script>",
    "<script>var s=document.createElement('script');s.src='https://hm.baidu.com/hm.js?1';</script>",
    "<script>console.log(document.referrer.indexOf('baidu'))</script>",
    '<meta http-equiv="refresh" content="0;url=/new-place.html">',
    '<meta http-equiv="refresh" content="300;url=http://other.example/">',
    '<meta http-equiv="X-UA-Compatible" content="IE=edge">',
    f"<pre>&lt;script&gt;{JUMP}&lt;/script&gt;</pre>",
    "<script>eval(String.fromCharCode(99999999,1,2,3,4,5,6,7,8))</script>",
    "<script>atob('!!!!not base64!!!!aaaaaaaaaaaaaaaaaa')</script>",
]


@pytest.mark.parametrize(("html", "name"), FIRES)
def test_must_fire(detect: Detect, html: str, name: str) -> None:
    signals = detect(CloakingDetector, html=f"<title>开馆</title>{html}<p>正文</p>")
    assert set(signals) == {name}
    assert signals[name].evidence[0].quote in html


@pytest.mark.parametrize("html", SILENT)
def test_must_not_fire(detect: Detect, html: str) -> None:
    assert not detect(CloakingDetector, html=f"<title>开馆</title>{html}<p>正文</p>")


def test_a_text_that_quotes_a_script_is_a_text(detect: Detect) -> None:
    assert not detect(CloakingDetector, title="教程", body=f"<script>{JUMP}</script>")
