"""What a reader refuses, and how it says so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader takes at most; over a limit it refuses, it never cuts."""

    bytes: int = 10_000_000
    """Size of one file or of one record's text."""
    depth: int = 2_000
    """Nesting of elements. Parsing costs the square of it; browsers stop at 512."""
    blocks: int = 200_000
    """Blocks in one article."""


class InputError(Exception):
    """An input that cannot be read. Names the source, and the line or field where there is one."""

    def __init__(
        self, message: str, *, source: str | None = None, line: int | None = None, field: str | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.source, self.line, self.field = message, source, line, field

    def at(self, source: str, line: int | None = None) -> InputError:
        """The same error with its place, where that is not yet known."""
        return InputError(self.message, source=self.source or source, line=self.line or line, field=self.field)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.source, self.line) if part is not None)
        field = f"field {self.field!r}: " if self.field else ""
        return f"{place}: {field}{self.message}" if place else f"{field}{self.message}"
