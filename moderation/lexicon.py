"""The term lexicon: shipped terms, and those a policy adds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files

from moderation.detectors import Term
from moderation.normalize import normalize
from moderation.taxonomy import CategoryId


def parse_lexicon(text: str, source: str) -> list[Term]:
    """Terms from tab-separated lines `term, stance, category, weight, note`. Raises ValueError naming the line."""
    terms = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.split("\t")
        try:
            term, stance, category, weight = columns[:4]
            allow = {"allow": True, "deny": False}[stance]
            known = None if category == "any" else CategoryId(category)
            terms.append(Term(term, known, 0.0 if allow else float(weight), allow))
        except (ValueError, KeyError) as error:
            raise ValueError(f"{source}:{number}: {error}") from error
    return terms


class Lexicon:
    """All terms with a version that names their content."""

    def __init__(self, terms: Sequence[Term], version: str) -> None:
        self.terms, self.version = tuple(terms), version

    @classmethod
    def load(cls, allow: Sequence[str] = (), deny: Sequence[tuple[str, CategoryId, float]] = ()) -> Lexicon:
        """The shipped terms, changed by a policy: its terms are normalised as texts are, and win over shipped ones."""
        text = files("moderation.resources").joinpath("lexicon.tsv").read_text("utf-8")
        terms = {term.text: term for term in parse_lexicon(text, "lexicon.tsv")}
        own = [Term(normalize(term).text, None, 0.0, allow=True) for term in allow]
        own += [Term(normalize(term).text, category, weight, named=True) for term, category, weight in deny]
        terms |= {term.text: term for term in own}
        state = hashlib.sha256(text.encode())
        for term in own:
            state.update(repr(term).encode())
        return cls(tuple(terms.values()), state.hexdigest()[:12])
