"""Title fragments injected into a copied text.

A spider-pool program cuts the donor's own title into fragments and goes round them in a fixed order: right after one of
的 是 ， 。 ？ 、 it inserts the next, at a bit more than every second such place, from the start of the body until
14 or 15 are spent. Nothing is replaced, so deleting them restores the donor text. (THREATS.md, section 1.)

The fragments need not be known: strings that follow those characters again and again, in one cyclic order and at a
large share of all such places, do not occur in natural text. A chain of such places is scored by its log-likelihood
ratio against natural text: each repeat gains, each place passed over costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from moderation.article import BlockKind, FieldName, FieldRef
from moderation.detectors.detector import Detector, Resources
from moderation.detectors.fragments import Place, best_chain, completed, decode, fragments_of, gain_of, titled_walk
from moderation.detectors.insertion_places import ground_of, may_follow, may_repeat, places_of
from moderation.normalize import Document
from moderation.normalize.bigrams import seams
from moderation.normalize.text import codes_of
from moderation.signals import Evidence, Signal, SignalSpec
from moderation.taxonomy import CategoryId

_HEADINGS_WITHIN = 20
_MOST_HEADINGS = 3
_LONGEST_TITLE = 80
_USUAL_SEAM, _LEAST_SEAM = 6.5, 6.0
"""The log-likelihood ratio between insertions (9) and an author's repetitions (5), and the mean that is asked for."""
_FEWEST_OF_TITLE, _MOST_OF_TITLE = 3, 0.7
_PER_SEAM, _MOST_SEAM = 0.8, 4.0


class InjectionDetector(Detector):
    """Finds every inserted fragment and nothing else."""

    specs = (
        SignalSpec(
            "injection.cyclic_fragments",
            CategoryId.INJECTED_CONTENT,
            "fragments of a title inserted after punctuation in a fixed cyclic order",
        ),
    )

    def __init__(self, resources: Resources) -> None:
        del resources

    def detect(self, document: Document) -> list[Signal]:
        """One signal with a removable piece of evidence for each fragment."""
        ground = ground_of(document)
        titles = list(dict.fromkeys(_titles(document)))
        repeats, follows = may_repeat(ground, document.text), may_follow(ground, titles)
        if not repeats and not follows:
            return []
        places = places_of(document, ground)
        findings = _findings(document, places, titles if follows else (), repeats)
        found = max(findings, key=lambda finding: (len(finding[1]), finding[0]), default=None)
        if found is None:
            return []
        score, hits = found
        fragments = dict.fromkeys(document.text[start:end] for start, end in hits)
        if len(fragments) > 1 and _share_a_term(list(fragments)):
            return []  # a page that says its own keyword in all its forms
        note = "cycle: " + " / ".join(fragments)
        evidence = tuple(Evidence.at(document, start, end, note=note, removable=True) for start, end in hits)
        strength = min(1.0, 0.5 + score / 60)
        return [Signal("injection.cyclic_fragments", CategoryId.INJECTED_CONTENT, strength, evidence)]


def _share_a_term(fragments: Sequence[str]) -> bool:
    """True where all fragments hold the same two characters: pieces of a cut title do not overlap."""
    first = fragments[0]
    return any(all(first[at : at + 2] in other for other in fragments) for at in range(len(first) - 1))


def _findings(
    document: Document, places: Sequence[Place], titles: Sequence[str], repeats: bool
) -> Iterator[tuple[float, list[tuple[int, int]]]]:
    """What either search finds: the score, and the ranges of the fragments in the document's text."""
    flow = _Flow(document.text, places)
    chain = best_chain(places, document.text) if repeats else None
    if chain is not None:
        fragments = _of_one_title(document, completed(places, fragments_of(places, chain), flow.seam))
        used = decode(places, fragments, flow.seam)
        if flow.reads_on((number, len(fragments[turn])) for number, turn in used):
            starts = [(places[number].position, fragments[turn]) for number, turn in used]
            yield chain.score, [(start, start + len(fragment)) for start, fragment in starts]
    gain = cache(lambda key: gain_of(key, document.text, 1))  # counts in the whole text, shared by all titles
    for title in titles:
        walk = titled_walk(places, title, gain, flow.seam)
        if walk is not None and flow.reads_on((number, length) for number, length, _ in walk.hits):
            ranges = [(places[number].position, length) for number, length, _ in walk.hits]
            yield walk.score, [(start, start + length) for start, length in ranges]


class _Flow:
    """How well a text reads on over a cut, against how well it reads as it stands."""

    def __init__(self, text: str, places: Sequence[Place]) -> None:
        self._model = seams()
        self._text = text
        self._places = places
        self.ratio = cache(self._ratio)

    def _ratio(self, number: int, length: int) -> float:
        """The log-likelihood ratio of cutting, of the seams alone."""
        start = self._places[number].position
        piece = self._text[start - 1 : start + length + 1]
        if len(piece) < length + 2:
            piece += "\n"
        rows = self._model.rows(codes_of(piece))
        before, after = rows[[0, 0, -2]], rows[[-1, 1, -1]]
        on, into, out = self._model.text.follow(before, after).tolist()
        return float(on - into - out)

    def seam(self, number: int, length: int) -> float:
        """What the flow adds to the score of a fragment at a place."""
        return max(-_MOST_SEAM, min((self.ratio(number, length) - _USUAL_SEAM) * _PER_SEAM, _MOST_SEAM))

    def reads_on(self, cuts: Iterable[tuple[int, int]]) -> bool:
        """True when the text reads on over the cuts as it does over insertions, not as over an author's own words."""
        ratios = [self.ratio(number, length) for number, length in cuts]
        return bool(ratios) and sum(ratios) >= _LEAST_SEAM * len(ratios)


def _of_one_title(document: Document, fragments: Sequence[str]) -> Sequence[str]:
    """Without the fragments that the title has not, where it has most of them."""
    for title in _titles(document):
        inside = [fragment for fragment in fragments if fragment in title]
        if len(inside) >= max(_FEWEST_OF_TITLE, _MOST_OF_TITLE * len(fragments)):
            return inside
    return fragments


def _titles(document: Document) -> Iterator[str]:
    """Texts that the donor's title may be: the page's title and its first headings."""
    yield document.text_of(FieldRef(FieldName.TITLE))
    left = _MOST_HEADINGS
    for index, block in enumerate(document.blocks[:_HEADINGS_WITHIN]):
        if block.kind is BlockKind.HEADING:
            start, end = document.block_range(index)
            if left and end - start <= _LONGEST_TITLE:
                left -= 1
                yield document.text[start:end].strip()
