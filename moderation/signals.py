"""What a detector may say: a named finding with a strength and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.article import Article, FieldRef, Span
from moderation.normalize import Document
from moderation.taxonomy import CategoryId


@dataclass(frozen=True, slots=True)
class SignalSpec:
    """The public declaration of one kind of signal: `<detector>.<finding>`, never reused for another meaning."""

    name: str
    category: CategoryId
    description: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in the article that supports a signal; `article.text_of(field)[span] == quote`, always."""

    field: FieldRef
    span: Span
    quote: str
    normalized: str
    selector: str | None = None
    note: str = ""
    removable: bool = False

    @classmethod
    def of_raw(
        cls, article: Article, field: FieldRef, span: Span, *, note: str = "", removable: bool = False
    ) -> Evidence:
        """Evidence at a raw span of a field, without normalising."""
        quote = article.text_of(field)[span.start : span.end]
        return cls(field, span, quote, quote, article.selector_of(field), note, removable)

    @classmethod
    def at(cls, document: Document, start: int, end: int, *, note: str = "", removable: bool = False) -> Evidence:
        """Evidence for the normalised range `start:end` of a document, traced back to its raw field."""
        field, span = document.locate(start, end)
        article = document.article
        quote = article.text_of(field)[span.start : span.end]
        normalized = document.text[start:end]
        return cls(field, span, quote, normalized, article.selector_of(field), note, removable)


@dataclass(frozen=True, slots=True)
class Signal:
    """One finding. `strength` is 0 to 1 and no probability; scoring weighs it."""

    name: str
    category: CategoryId
    strength: float
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 <= self.strength <= 1.0:
            raise ValueError(f"signal {self.name}: strength {self.strength} lies outside 0..1")
