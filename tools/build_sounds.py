"""Write `moderation/resources/sounds.json`, the toneless syllable of every Chinese character of the basic block.

Source: pypinyin (MIT), each character alone, so the commonest reading. Run it as `python tools/build_sounds.py` after
`make test` has installed pypinyin; the result is committed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from pypinyin import Style, lazy_pinyin

TARGET = Path(__file__).parent.parent / "moderation" / "resources" / "sounds.json"


def build() -> dict[str, str]:
    """The characters of each syllable, `{syllable: characters}`; ü is written v."""
    table: defaultdict[str, str] = defaultdict(str)
    for code in range(0x4E00, 0xA000):
        syllable = lazy_pinyin(chr(code), style=Style.NORMAL, errors="ignore")
        if syllable and syllable[0].isascii() and syllable[0].isalpha():
            table[syllable[0]] += chr(code)
    return dict(table)


if __name__ == "__main__":
    rows = build()
    TARGET.write_text(json.dumps(rows, ensure_ascii=False, indent=0, sort_keys=True) + "\n", "utf-8")
    print(len(rows), "syllables,", sum(map(len, rows.values())), "characters")
