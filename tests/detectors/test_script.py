from __future__ import annotations

import base64
import time

import pytest

from moderation.detectors.script import layers
from moderation.detectors.script_findings import covers_page, place_of, read_script
from moderation.detectors.script_intent import Condition, Deed, actions
from moderation.detectors.script_tokens import Kind, tokens
from moderation.detectors.source import Selectors, elements

SAID = "location.href='http://x.example/'"
CODED = base64.b64encode(SAID.encode()).decode()


def written(script: str) -> list[str]:
    """Every layer as one text without spaces."""
    return ["".join(repr(t.text) if t.kind is Kind.STRING else t.text for t in layer) for layer in layers(script)]


@pytest.mark.parametrize(
    ("script", "worked_out"),
    [
        ("x='a'+'b'+\"c\"", "x='abc'"),
        ("x='a'+1+'b'", "x='a1b'"),
        ("x='a'+'b'.length", "x='a'+'b'.length"),
        ("x=1-'2'+'3'", "x=1-'2'+'3'"),
        (r"x='\x68\u0069\151'", "x='hii'"),
        ("x=String.fromCharCode(104,0x69,(0x60^1)+8)", "x='hii'"),
        ("x=String['from'+'CharCode'].apply(null,[104,105])", "x='hi'"),
        ("document['ref'+'errer']", "document.referrer"),
        ("x=['ht','tp'].join('')", "x='http'"),
        ("x='cba'.split('').reverse().join('')", "x='abc'"),
        ("x='aQbQc'.replace(/Q/g,'')", "x='abc'"),
        ("x='a'.concat('b','c')", "x='abc'"),
        ("x=unescape('%68%u4e45')", "x='h久'"),
        ("x=decodeURIComponent('%E4%B9%85')", "x='久'"),
        ("x=window.atob('aGVsbG8gd29ybGQh')", "x='hello world!'"),
        ("x=hex('68656c6c6f20776f')", "x='hello wo'"),
        ("x=parseInt('1f',16)", "x=31"),
        ("var w=['href','top'];location[w[0]]=1", "varw=;location.href=1"),
        ("var t='ht';t+='tp';f(t)", "vart='ht';t+='tp';f('http')"),
        ("t='a';t='b';f(t)", "t='a';t='b';f(t)"),
        ("x=((('a')))", "x='a'"),
    ],
)
def test_what_text_settles(script: str, worked_out: str) -> None:
    assert written(script)[0] == worked_out


@pytest.mark.parametrize(
    "script",
    [
        f'eval("{SAID}")',
        f'new Function("{SAID}")()',
        f'setTimeout("{SAID}",1)',
        f"eval(atob('{CODED}'))",
        f"var q='{CODED}';run(un(q))",
        f"z('{SAID.encode().hex()}')",
        f"eval(unescape('{''.join(f'%{ord(c):02x}' for c in SAID)}'))",
        f"var k=[{','.join(str(ord(c) + 3) for c in SAID)}],o='';for(i in k)o+=String.fromCharCode(k[i]-3);eval(o)",
        f"eval(atob('{base64.b64encode(f'eval(atob({CODED!r}))'.encode()).decode()}'))",
        "document.write('<script>" + SAID.replace("'", "\\'") + "<\\/script>')",
    ],
)
def test_what_is_run_becomes_a_layer(script: str) -> None:
    assert "location.href='http://x.example/'" in [layer.strip(";") for layer in written(script)[1:]]


def test_a_bomb_of_codes_ends() -> None:
    grown = "a='" + "x" * 900 + "';" + "".join(f"b{n}=a+a+a+a;f(b{n});" for n in range(400))
    started = time.process_time()
    found = layers(grown + "eval(" * 2_000)
    assert sum(len(token.text) for layer in found for token in layer) < 1_500_000
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "script", ["'" * 40_000, "/" * 40_000, "/[" * 20_000, "/*" * 20_000, "`" * 40_001, "(" * 40_000]
)
def test_tokens_are_linear(script: str) -> None:
    started = time.process_time()
    assert sum(1 for _ in tokens(script)) <= len(script)
    layers(script[:20_000])
    assert time.process_time() - started < 4


def test_lines_end_where_javascript_ends_them() -> None:
    assert [token.text for token in tokens("a=1\nb=f(2)\nif(c)\nd()\ne=1/2/g")] == [
        *"a = 1 ; b = f ( 2 ) ; if ( c ) d ( ) ; e = 1 / 2 / g".split()
    ]


@pytest.mark.parametrize(
    ("script", "tests", "immediate"),
    [
        ("location='//x.example'", Condition.NONE, True),
        ("(function(){location='//x.example'})()", Condition.NONE, True),
        ("addEventListener('load',()=>{location='//x.example'})", Condition.NONE, True),
        ("b.addEventListener('click',function(){location='//x.example'})", Condition.NONE, False),
        ("function f(){location='//x.example'}", Condition.NONE, False),
        ("if(a)location='//x.example'", Condition.NONE, False),
        ("if(/baidu/.test(document.referrer)){x()}else{location='//x.example'}", Condition.REFERRER | Condition.ENGINE, False),
        ("var u=navigator.userAgent;u.match(/spider/i)||(location='//x.example')", Condition.AGENT | Condition.SPIDER, False),
        ("var a=document.referrer;send(a);location='//x.example'", Condition.NONE, True),
        ("location='//x.example?from='+document.referrer", Condition.NONE, True),
    ],
)  # fmt: skip
def test_actions_stand_under_their_tests(script: str, tests: Condition, immediate: bool) -> None:
    (action,) = actions(layers(script)[0])
    assert (action.deed, action.target[:11], action.tests, action.immediate) == (
        Deed.GO,
        "//x.example",
        tests,
        immediate,
    )


def test_a_function_is_known_by_what_it_does() -> None:
    script = "function go(u){location.href=u}if(document.referrer.indexOf('sogou')>0)go('http://x.example')"
    found = actions(layers(script)[0])
    assert found[-1].target == "http://x.example"
    assert found[-1].tests == Condition.REFERRER | Condition.ENGINE


def test_scrambled_flow_still_needs_its_words() -> None:
    words = "'referrer','location','baidu','http://x.example/'"
    script = f"var _0x1a=[{words}];(function(_0x2b,_0x3c){{_0x2b(_0x3c)}})(_0x1a,0);_0x4d(_0x5e(0))"
    (finding,) = read_script(script, "https://own.example/").findings
    assert finding.name == "referrer_script"
    assert not read_script(script.replace("http://x.example/", "/x"), "https://own.example/").findings


@pytest.mark.parametrize(
    ("target", "own", "place"),
    [
        ("http://x.example/", "https://www.own.example/a", "foreign"),
        ("//m.own.com.cn/x", "https://www.own.com.cn/a", "own"),
        ("https://brand.cn", "https://www.brand.com/", "own"),
        ("/m/1.html", "https://own.example", "own"),
        ("login.php?x", "https://own.example", "own"),
        ("weixin://dl", "https://own.example", "own"),
        ("https://m.x.example/", "", "own"),
        ("https://x.example/", "", "foreign"),
        ("https://", "https://own.example", "unknown"),
        ("", "https://own.example", "unknown"),
    ],
)
def test_where_an_address_leads(target: str, own: str, place: str) -> None:
    assert place_of(target, own) == place


def test_a_frame_covers_the_page_only_when_it_lies_over_it() -> None:
    assert covers_page('<iframe style="position: fixed; width:100vw; height:100vh">')
    assert not covers_page('<iframe width="100%" height="100%">')
    assert not covers_page('<iframe style="position:fixed;width:300px;height:100%">')


def test_elements_of_the_source_and_of_the_tree_are_the_same() -> None:
    page = (
        "<html><head><title>甲</title><meta charset=utf-8><script>a</script></head><body id=B><!-- <script>no</script> -->"
        "<div><p><script src='x>y'></script></p><textarea><script>no</script></textarea><pre><script>b</script></pre></div>"
        "<noscript><iframe src=x></iframe></noscript></body></html>"
    )
    found = elements(page)
    assert [(item.name, item.content(page), item.quoted, item.unscripted) for item in found] == [
        ("title", "甲", False, False),
        ("meta", "", False, False),
        ("script", "a", False, False),
        ("script", "", False, False),
        ("script", "b", True, False),
        ("iframe", "", False, True),
    ]
    assert found[3].attributes(page) == {"src": "x>y"}
    selectors = Selectors(page)
    assert [selectors.of(item, found) for item in (found[2], found[4])] == [
        "head > script:nth-of-type(1)",
        "#B > div:nth-of-type(1) > pre:nth-of-type(1) > script:nth-of-type(1)",
    ]
