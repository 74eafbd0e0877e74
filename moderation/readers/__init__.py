"""From bytes or records to articles. READERS is the one table of what can be read."""

from moderation.readers.failure import InputError, Limits
from moderation.readers.file import READERS, read, read_document, read_stream
from moderation.readers.html import read_html
from moderation.readers.markdown import read_markdown
from moderation.readers.plain import read_text
from moderation.readers.record import read_record

__all__ = [
    "READERS",
    "InputError",
    "Limits",
    "read",
    "read_document",
    "read_html",
    "read_markdown",
    "read_record",
    "read_stream",
    "read_text",
]
