"""The invented sites that carry the pages: a template of `scaffolds/` each, with names, hosts and address forms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template


@dataclass(frozen=True, slots=True)
class Scaffold:
    """A kind of site. `sites` are `(name, host)`; `path`, `info` and `crumb` are filled in for each page."""

    name: str
    sites: tuple[tuple[str, str], ...]
    separator: str
    path: str
    info: str
    crumb: str

    @property
    def template(self) -> Template:
        """The page around the slots."""
        return _template(self.name)


@cache
def _template(name: str) -> Template:
    return Template(files("moderation.training.pages").joinpath(f"scaffolds/{name}.html").read_text("utf-8"))


_HOME = '<a href="/">首页</a> &gt; '

_ALL = (
    Scaffold(
        "dedecms",
        (
            ("晨露资讯网", "www.chenlu-news.example"),
            ("百事知识库", "www.baishi-zs.example"),
            ("秋枫生活网", "qiufeng.example"),
        ),
        "_",
        "/a/zhishi/{year}/{number}.html",
        "<small>时间:</small>{date} {clock}<small>来源:</small>未知 <small>作者:</small>admin <small>点击:</small>{hits}次",
        '<a href="/">主页</a> > <a href="/zs/">知识</a> > ',
    ),
    Scaffold(
        "empirecms",
        (
            ("南塘在线", "www.nantang-online.example"),
            ("小城故事网", "xcgs.example"),
            ("拾光阅读", "www.shiguang-read.example"),
        ),
        " - ",
        "/news/{year}/{number}.html",
        "{date} {clock} 来源：{site} 编辑：阿木 浏览：{hits}",
        _HOME + '<a href="/news/">资讯</a> &gt; 正文',
    ),
    Scaffold(
        "wordpress",
        (("半亩自留地", "blog.banmu.example"), ("木白的笔记", "mubai.example"), ("慢慢走", "www.manmanzou.example")),
        " – ",
        "/archives/{number}",
        '<span class="posted-on">发布于 <time datetime="{date}">{date}</time></span> <span class="byline">作者 站长</span>',
        "",
    ),
    Scaffold(
        "discuz",
        (("河东社区", "bbs.hedong.example"), ("老街论坛", "bbs.laojie.example"), ("数码茶馆", "bbs.smcg.example")),
        " - ",
        "/thread-{number}-1-1.html",
        "发表于 {date} {clock}",
        '<a href="./">论坛</a> › <a href="forum-2-1.html">生活杂谈</a> › ',
    ),
    Scaffold(
        "hexo",
        (("鹿野的代码本", "luye.example"), ("0x夏夜", "xiaye.example"), ("平原上的树", "pingyuan.example")),
        " | ",
        "/{year}/{number}/",
        '<time itemprop="dateCreated datePublished" datetime="{date}">{date}</time>',
        "",
    ),
    Scaffold(
        "government",
        (
            ("青岚市人民政府", "www.qinglan.gov-example.example"),
            ("临溪县教育局", "jyj.linxi.example"),
            ("云栖区住建局", "zjj.yunqi.example"),
        ),
        "_",
        "/zwgk/tzgg/{year}/t{number}.html",
        "发布时间：{date} 来源：本单位 字体：<a>大</a> <a>中</a> <a>小</a>",
        _HOME + '<a href="/zwgk/">政务公开</a> &gt; <a href="/zwgk/tzgg/">通知公告</a>',
    ),
    Scaffold(
        "shop",
        (
            ("拾物集", "shop.shiwuji.example"),
            ("灶台生活馆", "www.zaotai-mall.example"),
            ("山货铺子", "shanhuo.example"),
        ),
        "-",
        "/item/{number}.html",
        "月销 {replies} 件　评价 {hits} 条",
        _HOME + '<a href="/c/1">家居</a>',
    ),
    Scaffold(
        "hospital",
        (
            ("青岚市妇幼保健院", "www.qlfy.example"),
            ("临溪县人民医院", "www.lxyy.example"),
            ("云栖区中医院", "www.yqzyy.example"),
        ),
        "-",
        "/jkkp/{number}.html",
        "来源：健康教育科　日期：{date}　浏览：{hits}",
        _HOME + '<a href="/jkkp/">健康科普</a>',
    ),
    Scaffold(
        "news",
        (
            ("青岚新闻网", "news.qinglan.example"),
            ("大江晚报网", "www.dajiang-wb.example"),
            ("新湖观察", "www.xinhu.example"),
        ),
        "_",
        "/{year}/{number}.shtml",
        "<span>{date} {clock}</span> <span>来源：{site}</span>",
        _HOME + '<a href="/local/">本地</a> &gt; 正文',
    ),
    Scaffold(
        "blog",
        (("灯下随笔", "dengxia.example"), ("阿禾的院子", "ahe.example"), ("旧书与猫", "jiushu.example")),
        "-",
        "/post{number}.html",
        "{date}",
        "",
    ),
    Scaffold(
        "company",
        (
            ("恒锐机械有限公司", "www.hengrui-jx.example"),
            ("安泽检测技术公司", "www.anze.example"),
            ("明远律师事务所", "www.mingyuan-law.example"),
        ),
        "-",
        "/news/{number}.html",
        "时间：{date}　阅读：{hits}",
        _HOME + '<a href="/news/">新闻动态</a>',
    ),
    Scaffold(
        "school",
        (
            ("青岚师范学院", "www.qlnu.example"),
            ("云栖区实验小学", "www.yqsyxx.example"),
            ("临溪职业技术学校", "www.lxzx.example"),
        ),
        "-",
        "/info/1042/{number}.htm",
        "日期：{date}　点击：[<span>{hits}</span>]",
        _HOME + '<a href="/xyxw.htm">校园新闻</a> &gt; 正文',
    ),
    Scaffold(
        "taiwan",
        (("晴日生活誌", "www.qingri.example"), ("島嶼日報", "news.daoyu.example"), ("巷口食記", "xiangkou.example")),
        " | ",
        "/post/{number}",
        "{date}　人氣({hits})",
        '<a href="/">首頁</a> / <a href="/latest">最新文章</a>',
    ),
    Scaffold(
        "idiom",
        (("鹤鸣九皋网", "www.hmjg.example"), ("踏雪寻梅网", "www.txxm.example"), ("枕石漱流网", "www.zssl.example")),
        "-",
        "/post/{number}.html",
        "作者:{site}时间:{date} {clock}{hits} 人浏览",
        "",
    ),
)
SCAFFOLDS = {scaffold.name: scaffold for scaffold in _ALL}
