"""What fuzzing and hostile pages have found, as short as it could be made: each once raised or hung."""

from __future__ import annotations

FINDS: tuple[tuple[str, str], ...] = (
    ("html", "<p>加薇信</p><p>abcde12345</p>"),  # a contact that ran on into the next block
    ("html", "<p>扣扣</p><p>1234567</p>"),
    ("text", "飞机:\n@abcde12\n"),
    ("html", "<title>复制到浏览器打开 ab88"),  # a contact in a title was said to be removable
    ("titled", "加微信\n<p>abcde12345"),
)
"""Formats (of `tokens.FORMATS`) and pages."""
