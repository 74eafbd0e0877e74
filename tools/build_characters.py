"""Write `moderation/resources/characters.json`, the one-to-one character table of the normaliser.

Sources: Python's unicodedata (NFKC, numeric values), OpenCC's TSCharacters (Apache-2.0, by way of the package
opencc-python-reimplemented) for Traditional to Simplified, and the look-alikes listed here. Run it as
`python tools/build_characters.py` after `pip install opencc-python-reimplemented`; the result is committed.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from importlib.resources import files
from pathlib import Path

TARGET = Path(__file__).parent.parent / "moderation" / "resources" / "characters.json"

# Glyphs of other scripts that pass for Latin letters; compared after lower-casing.
LOOKALIKES = dict(
    zip(
        "аеорсухѕіјԁһѵьнкмтгвпз" + "ανορτυκιηωεχγμσβδ" + "ɑɡıʟɴʀʙᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢ" + "øđłħŧæ",
        "aeopcyxsijdhvbhkmtrbn3" + "avoptukinwexyuobd" + "agilnrbacdejkmoptuvwz" + "odlhta",
        strict=True,
    )
)
DASHES = "‐‑‒–—―−﹣⁃﹘"
DOTS = "‧∙⋅・･•●○◦﹒"
SPACES = (
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\u3164\u2800"
)
VARIANTS = {"妳": "你", "牠": "它", "祂": "他", "錶": "表", "証": "证", "峯": "峰", "粧": "妆", "糸": "系"}


def simplified() -> dict[str, str]:
    """OpenCC's Traditional characters with their first Simplified form."""
    table: dict[str, str] = {}
    text = files("opencc").joinpath("dictionary/TSCharacters.txt").read_text("utf-8")
    for line in text.splitlines():
        traditional, _, forms = line.partition("\t")
        first = forms.split(" ")[0]
        if len(traditional) == len(first) == 1 and traditional != first:
            table[traditional] = first
    return table | VARIANTS


def styled(code: int) -> str | None:
    """Letters and digits in circles, squares and flags that NFKC leaves alone."""
    for first, last in ((0x1F150, 0x1F169), (0x1F170, 0x1F189), (0x1F1E6, 0x1F1FF)):
        if first <= code <= last:
            return chr(ord("a") + code - first)
    in_dingbats = 0x2776 <= code <= 0x2793 or 0x24EA <= code <= 0x24FF
    if in_dingbats and unicodedata.numeric(chr(code), None) is not None:
        return str(int(unicodedata.numeric(chr(code))))
    return None


def fold(character: str, t2s: dict[str, str]) -> tuple[str, str]:
    """The normal form of one character and the step that names the strongest change to it."""
    form = styled(ord(character))
    if form is not None:
        return form, "lookalike"
    if character in SPACES:
        return " ", "width"
    if character in DASHES:
        return "-", "width"
    if character in DOTS:
        return "·", "width"
    step = ""
    form = unicodedata.normalize("NFKC", character)
    if form != character:
        # Full-width forms and CJK compatibility punctuation are ordinary typing; circled, bold or squared ones are not.
        ordinary = 0xFF00 <= ord(character) <= 0xFFEF or 0xFE10 <= ord(character) <= 0xFE6F or ord(character) == 0x3000
        step = "width" if ordinary or unicodedata.category(character)[0] in "PZ" else "lookalike"
    bare = unicodedata.normalize("NFKD", form)
    if len(bare) > 1 and bare[0].isascii() and all(unicodedata.combining(mark) for mark in bare[1:]):
        form, step = bare[0], "lookalike"
    lowered = form.lower()
    if lowered != form and len(lowered) == len(form):
        form, step = lowered, step or "case"
    if form in LOOKALIKES:
        form, step = LOOKALIKES[form], "lookalike"
    if form in t2s:
        form, step = t2s[form], step or "traditional"
    return form, step


def build() -> dict[str, dict[str, str]]:
    """Every changed character by step, as `{step: {character: replacement}}`."""
    t2s = simplified()
    table: dict[str, dict[str, str]] = {"width": {}, "case": {}, "traditional": {}, "lookalike": {}}
    for code in range(0x20, sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.category(character) in ("Cs", "Co", "Cn"):
            continue
        form, step = fold(character, t2s)
        # U+0307 and other marks that lower-casing or NFKC would leave behind belong to the deletions.
        if form != character and form:
            table[step][character] = form
    return table


if __name__ == "__main__":
    rows = build()
    TARGET.write_text(json.dumps(rows, ensure_ascii=True, separators=(",\n", ":"), sort_keys=True), "ascii")
    print({step: len(changes) for step, changes in rows.items()}, TARGET.stat().st_size)
