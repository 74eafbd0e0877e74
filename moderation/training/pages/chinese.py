"""What copying programs do to the script: Simplified to Traditional, pinyin residue, spun synonyms."""

from __future__ import annotations

import json
import random
import re
from functools import cache
from importlib.resources import files

_CHOSEN = (
    "并並个個尽盡净淨别別汇匯历歷参參叹嘆尝嘗恶惡当當苏蘇团團采採宁寧录錄复復摆擺术術台臺冲沖湿濕炼煉烟煙获獲发發"
    "签簽脏髒艳豔药藥证證赞贊针針钟鐘钻鑽鉴鑒闲閑须須价價优優儿兒胜勝坏壞厂廠怀懷怜憐据據扰擾极極构構机機气氣"
    "洁潔异異确確网網听聽与與庄莊万萬虫蟲触觸赶趕适適离離云雲惊驚体體党黨圣聖洒灑灯燈"
)
"""Pairs where several Traditional characters answer to one, or where the Simplified one is Traditional too."""

_PINYIN = dict(
    pair.split(":")
    for pair in (
        "网:wǎng 学:xué 说:shuō 这:zhè 们:men 会:huì 时:shí 对:duì 国:guó 过:guò 发:fā 经:jīng 种:zhǒng 现:xiàn 点:diǎn 业:yè"
        " 动:dòng 开:kāi 问:wèn 间:jiān 长:zhǎng 给:gěi 电:diàn 车:chē 见:jiàn 应:yīng 实:shí 类:lèi 关:guān 书:shū 机:jī"
        " 体:tǐ 务:wù 报:bào 门:mén 题:tí 质:zhì 数:shù 设:shè 单:dān 处:chù 师:shī 气:qì 图:tú 钱:qián 险:xiǎn 费:fèi"
        " 标:biāo 级:jí 环:huán 验:yàn 备:bèi 试:shì 办:bàn 药:yào 疗:liáo 检:jiǎn 较:jiào 结:jié 约:yuē 员:yuán 观:guān"
        " 线:xiàn 统:tǒng 续:xù 还:hái 进:jìn 选:xuǎn 随:suí 联:lián 职:zhí 补:bǔ 规:guī 认:rèn 讲:jiǎng 语:yǔ 话:huà"
    ).split()
)
_SPUN = {
    "研究": "研商", "和": "荣辱与共", "提高": "进步", "问题": "题目", "重要": "紧张", "影响": "阴碍", "使用": "利用", "一般": "一样平常",
    "需要": "必要", "认为": "以为", "可以": "能够或许", "时间": "工夫", "方法": "要领", "简单": "简略", "选择": "抉择", "情况": "环境",
    "很多": "许多几何", "因为": "由于", "比较": "对照", "注意": "留意",
}  # fmt: skip


@cache
def _traditional() -> dict[int, str]:
    raw = json.loads(files("moderation.resources").joinpath("characters.json").read_text("utf-8"))["traditional"]
    chosen = dict(zip(_CHOSEN[::2], _CHOSEN[1::2], strict=True))
    table: dict[int, str] = {}
    for traditional, simplified in raw.items():
        if _in_big5(traditional) and (simplified in chosen or not _in_big5(simplified)):
            table.setdefault(ord(simplified), chosen.get(simplified, traditional))
    return table


def _in_big5(character: str) -> bool:
    try:
        character.encode("big5")
    except UnicodeEncodeError:
        return False
    return True


def to_traditional(text: str) -> str:
    """The text character by character in Traditional, as a mirror program turns it."""
    return text.translate(_traditional())


@cache
def is_traditional(text: str) -> bool:
    """True for text that is written in Traditional characters."""
    table = _traditional()
    written = set(table.values())
    return sum(character in written for character in text) > sum(ord(character) in table for character in text)


def with_pinyin(text: str, draw: random.Random, share: float) -> str:
    """The text with the pinyin of some characters after them in brackets, here and there with a lost boundary."""
    table = {**_PINYIN, **{to_traditional(key): value for key, value in _PINYIN.items()}}
    result = ""
    for character in text:
        result += character
        if character in table and draw.random() < share:
            gap = " " if draw.random() < 0.1 else ""
            result += f"({table[character]}{gap})" if draw.random() < 0.9 else "?"
    return result


def spun(text: str) -> str:
    """The text with its commonest words changed for bad synonyms."""
    return re.sub("|".join(_SPUN), lambda match: _SPUN[match.group()], text)
