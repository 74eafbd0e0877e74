"""The search for inserted fragments: unknown ones by their cycle, known ones by the title they were cut from.

Both score a walk over the places by its log-likelihood ratio against natural text: each fragment gains, each place
passed over costs.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_STOPS = frozenset(",.;:。、?!)")
_USED = 0.6
"""The share of places that the program uses."""
_SKIP = -math.log(1 - _USED)
_RAREST = 0.004
"""No two-character string is taken for rarer than this after a marker character."""
_LONGER = 0.8
"""What each character shared beyond the second adds, up to the fourth; dictionary words are seldom longer."""
_OVERLONG = 2.0
"""What each shared character beyond the sixth costs: a phrase that repeats, no fragment."""
_ECHO = 3.0
"""What it costs when the text before both places is the same: the author repeats a phrase."""
_DOUBLED = 4.0
"""What it costs when cutting the string would leave two punctuation marks: it is a member of a list."""
_ENOUGH = 12.0
"""The log-likelihood ratio at which a chain is believed."""
_CLAUSE_HEAD = 6
"""A word stands so many times more often at the head of a clause than its share of all positions."""
FEWEST = 5
_MOST = 15
"""Insertions after which the program stops."""
_HIT = 4.5
"""The log-likelihood gain of meeting exactly the fragment whose turn it is."""
_USUAL = 12
"""Insertions found in nearly every body long enough for the program's 14 or 15."""
_LACKING = 4.0
"""What each insertion fewer than expected adds to the score that is asked for."""
_SPARSEST = 0.35
"""The least share of the places between the first and the last that a chain may use."""
MOST_SKIPPED = 7
_LONGEST_CYCLE = 40
_MOST_STARTS = 80
"""Pairs tried as the beginning of a cycle: the most telling first, so that cost stays bounded on repetitive text."""
_MOST_BETWEEN = 4
"""Characters of a title between two fragments: function words, digits and leftovers that the program drops."""
_WRAP = 1.0
"""What it costs to begin the title anew before its end: a site's name may follow it."""
FEWEST_DISTINCT = 3
_MENTION = 3.0
"""What it costs when the next fragment follows at once: the author names what the title names."""


Seam = Callable[[int, int], float]
"""What the flow of the text says of cutting so many characters at a place: above nought where it reads on better."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position after one of the marker characters, the Chinese run that follows it, and what surrounds both."""

    position: int
    run: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Places used, in order, with the period of the cycle and the evidence for it."""

    places: tuple[int, ...]
    period: int
    score: float


def best_chain(places: Sequence[Place], text: str) -> Chain | None:
    """The most likely chain of insertions, or None where natural text explains the places better."""
    classes: defaultdict[str, list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        classes[place.run[:2]].append(number)
    gains = {key: gain_of(key, text, len(numbers)) for key, numbers in classes.items() if len(numbers) > 1}
    if sum(len(classes[key]) for key in gains) < FEWEST:
        return None
    best: Chain | None = None
    starts = sorted(_starts(classes, gains), key=lambda pair: -_link(places, gains, *pair))
    for first, second in starts[:_MOST_STARTS]:
        chain = _follow(places, classes, gains, first, second)
        if chain is not None and (best is None or chain.score > best.score):
            best = chain
    return best


def _starts(classes: dict[str, list[int]], gains: dict[str, float]) -> Iterator[tuple[int, int]]:
    """Pairs of places that may be the first fragment's first and second insertion."""
    for key in gains:
        numbers = classes[key]
        for index, first in enumerate(numbers):
            for second in numbers[index + 1 : index + 4]:
                if second - first <= _LONGEST_CYCLE:
                    yield first, second


def gain_of(key: str, text: str, uses: int) -> float:
    """The log-likelihood gain of one repeat: how often the string is inserted against how often it occurs by itself."""
    natural = _CLAUSE_HEAD * max(text.count(key) - uses, 0) / max(len(text), 1)
    return math.log(_USED / max(natural, _RAREST))


def _follow(
    places: Sequence[Place], classes: dict[str, list[int]], gains: dict[str, float], first: int, second: int
) -> Chain | None:
    """The chain whose cycle starts at `first` and again at `second`: align the second round with the first, go on."""
    matches = _second_round(places, classes, gains, first, second)
    if not matches:
        return None
    chosen = [earlier for earlier, _ in matches]
    chain = chosen + [later for _, later in matches]
    # Places of the first round behind the last match may hold fragments that never come again: they are not judged.
    skipped = matches[-1][0] - first - len(chosen) + 1 + matches[-1][1] - second - len(chosen) + 1
    score = sum(_link(places, gains, earlier, later) for earlier, later in matches) - _SKIP * skipped
    score += math.log(_USED) * len(chosen)
    whole_round = second - matches[-1][0] <= MOST_SKIPPED
    turn, number, passed = 0, matches[-1][1] + 1, 0
    while whole_round and number < len(places) and passed <= MOST_SKIPPED:
        wanted = _common_prefix([places[chosen[turn]].run, places[chain[len(chosen) + turn]].run])
        shared = len(_common_prefix([wanted, places[number].run]))
        if shared >= max(2, len(wanted) - 1):
            chain.append(number)
            score += _link(places, gains, chosen[turn], number) - _SKIP * passed
            turn, passed = (turn + 1) % len(chosen), 0
        else:
            passed += 1
        number += 1
    found = Chain(tuple(chain), len(chosen), score)
    return found if _believed(places, found) else None


def _believed(places: Sequence[Place], chain: Chain) -> bool:
    """Weigh a chain against how many insertions a body with so many places would hold."""
    count = len(chain.places)
    used = count / (chain.places[-1] - chain.places[0] + 1)
    expected = min(_USUAL, int(_USED * len(places)))
    lacking = max(0, expected - count)
    if len(set(fragments_of(places, chain))) <= 2:
        # A word or two that an author likes to begin clauses with: the program would not spare the places inside them.
        within = sum(places[number].before[-1] in "的是" for number in chain.places)
        if lacking > 1 or not 0.2 * count <= within <= 0.8 * count:
            return False
    return count >= FEWEST and used >= _SPARSEST and chain.score >= _ENOUGH + _LACKING * lacking


def fewest_believed(count: int) -> int:
    """The fewest insertions that are believed at so many places, if each gains all it can."""
    most = math.log(_USED / _RAREST) + 2 * _LONGER
    chain = FEWEST
    while (chain - 1) * most < _ENOUGH + _LACKING * max(0, min(_USUAL, int(_USED * count)) - chain):
        chain += 1
    return chain


def fewest_of_one(count: int) -> int:
    """The fewest insertions that are believed at so many places when all are of one word."""
    return max(fewest_believed(count), min(_USUAL, int(_USED * count)) - 1)


def _second_round(
    places: Sequence[Place], classes: dict[str, list[int]], gains: dict[str, float], first: int, second: int
) -> list[tuple[int, int]]:
    """The best order-keeping matches between the places from `first` and those from `second`."""
    pairs = [(first, second)]
    horizon = min(len(places), second + 2 * (second - first) + MOST_SKIPPED)
    for later in range(second + 1, horizon):
        key = places[later].run[:2]
        if key in gains:
            pairs += [(earlier, later) for earlier in classes[key] if first < earlier < second]
    # pairs are sorted by `later`; best[i] is the best score of a chain of matches that ends with pairs[i]
    best: list[float] = []
    previous: list[int] = []
    for index, (earlier, later) in enumerate(pairs):
        score, back = (_link(places, gains, earlier, later), -1) if index == 0 else (-math.inf, -1)
        for candidate in range(index):
            before, after = pairs[candidate]
            skipped = (earlier - before - 1) + (later - after - 1)
            if before < earlier and after < later and max(earlier - before, later - after) <= MOST_SKIPPED + 1:
                value = best[candidate] + _link(places, gains, earlier, later) - _SKIP * skipped + math.log(_USED)
                if value > score:
                    score, back = value, candidate
        best.append(score)
        previous.append(back)
    # A later pair must not lose to an earlier one merely for the places behind it.
    index = max(range(len(pairs)), key=lambda i: best[i])
    matches = []
    while index >= 0:
        matches.append(pairs[index])
        index = previous[index]
    return matches[::-1]


def _link(places: Sequence[Place], gains: dict[str, float], earlier: int, later: int) -> float:
    """What one repeat of a fragment is worth."""
    first, second = places[earlier], places[later]
    shared = len(_common_prefix([first.run, second.run]))
    value = gains[first.run[:2]] + _LONGER * (min(shared, 4) - 2) - _OVERLONG * max(shared - 6, 0)
    if first.before == second.before:
        value = -_ECHO
    elif first.before[-2:] == second.before[-2:]:
        value -= _ECHO
    for place in (first, second):
        if place.run[shared:] == "" and place.after in _STOPS and place.before[-1:] in _STOPS:
            value -= _DOUBLED
    return value


def fragments_of(places: Sequence[Place], chain: Chain) -> list[str]:
    """The fragment of each turn: what all its insertions share.

    Two insertions may be followed by the same word by chance; a tail that is itself a fragment of the cycle is that.
    """
    shared = [
        _common_prefix([places[number].run for number in chain.places[turn :: chain.period]])
        for turn in range(chain.period)
    ]
    return [
        next((run[: -len(other)] for other in shared if run.endswith(other) and len(run) >= len(other) + 2), run)
        for run in shared
    ]


def completed(places: Sequence[Place], fragments: Sequence[str], seam: Seam) -> list[str]:
    """The cycle with the fragments that the chain passed over: strings that stand in the same gap of two rounds."""
    cycle = list(fragments)
    for _ in range(_MOST - len(cycle)):
        gaps: defaultdict[int, list[range]] = defaultdict(list)
        walk = decode(places, cycle, seam)
        if not walk:
            break
        gaps[(walk[0][1] - 1) % len(cycle)].append(range(max(0, walk[0][0] - MOST_SKIPPED), walk[0][0]))
        for (number, turn), (following, _) in pairwise(walk):
            gaps[turn].append(range(number + 1, following))
        last, turn = walk[-1]
        gaps[turn].append(range(last + 1, min(len(places), last + 1 + MOST_SKIPPED)))
        found = [(*_shared(places, ranges, cycle), turn) for turn, ranges in gaps.items()]
        found = [
            (rounds, fragment, turn) for rounds, fragment, turn in found if rounds >= max(2, 0.6 * len(gaps[turn]))
        ]
        if not found:
            break
        _, fragment, turn = max(found)
        cycle.insert(turn + 1, fragment)
    return cycle


def _shared(places: Sequence[Place], gaps: Sequence[range], known: Sequence[str]) -> tuple[int, str]:
    """The string that stands in most of the gaps, with their number; its length is what its places share."""
    standing: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for index, gap in enumerate(gaps):
        for number in gap:
            run = places[number].run
            standing[run[:2]].setdefault(index, run)
    rounds = {key: runs for key, runs in standing.items() if not any(fragment.startswith(key) for fragment in known)}
    if not rounds:
        return 0, ""
    best = max(rounds, key=lambda key: (len(rounds[key]), len(_common_prefix(list(rounds[key].values())))))
    return len(rounds[best]), _common_prefix(list(rounds[best].values()))


def decode(places: Sequence[Place], fragments: Sequence[str], seam: Seam) -> list[tuple[int, int]]:
    """The best walk round the known cycle: at each place the next fragment, or none. Places with their turns.

    A Viterbi search over the fragment used last; the walk may begin anywhere in the cycle and ends after `_MOST`.
    """
    paths: dict[int, tuple[float, tuple[int, ...]]] = {}  # turn used last -> score, places used
    best: tuple[float, tuple[int, ...]] = (-math.inf, ())
    last_turn = 0
    for number, place in enumerate(places):
        reached: dict[int, tuple[float, tuple[int, ...]]] = {}
        for turn, fragment in enumerate(fragments):
            if not place.run.startswith(fragment):
                continue
            hit = _HIT + seam(number, len(fragment))
            if place.run.startswith(fragment + fragments[(turn + 1) % len(fragments)]):
                hit -= _MENTION
            reached[turn] = (hit, (number,))
            score, used = paths.get((turn - 1) % len(fragments), (-math.inf, ()))
            if 0 < len(used) < _MOST:
                score += hit - _SKIP * (number - used[-1] - 1)
                reached[turn] = max(reached[turn], (score, (*used, number)))
        for turn, path in reached.items():
            known = paths.get(turn)
            if known is None or path[0] >= known[0] - _SKIP * (number - known[1][-1]):
                paths[turn] = path
            if path[0] > best[0]:
                best, last_turn = path, turn
    first_turn = last_turn - len(best[1]) + 1
    return [(number, (first_turn + index) % len(fragments)) for index, number in enumerate(best[1])]


def _common_prefix(runs: Sequence[str]) -> str:
    """What all runs begin with."""
    first, last = min(runs), max(runs)
    size = 0
    for left, right in zip(first, last, strict=False):
        if left != right:
            break
        size += 1
    return first[:size]


Hits = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """Fragments of a known title: `hits` are (place, length, offset in the title), `score` the evidence for them."""

    hits: Hits
    score: float


def titled_walk(places: Sequence[Place], title: str, gain_of_key: Callable[[str], float], seam: Seam) -> Walk | None:
    """The best walk along a title, round and round, from the beginning of the body; None where there is none.

    Each fragment must go on in the title where the one before it ended, give or take a dropped word. A dynamic
    programme over the end of the last fragment in the title. `gain_of_key` is what a fragment with these first two
    characters gains (`gain_of` over the article's text).
    """
    offsets: defaultdict[str, list[int]] = defaultdict(list)
    for offset in range(len(title) - 1):
        offsets[title[offset : offset + 2]].append(offset)
    best: dict[int, tuple[float, Hits]] = {}
    top: tuple[float, Hits] = (0.0, ())
    for number, place in enumerate(places):
        reached: dict[int, tuple[float, Hits]] = {}
        for offset in offsets.get(place.run[:2], ()):
            shared = len(_common_prefix([place.run, title[offset:]]))
            gain, flow = gain_of_key(place.run[:2]), seam(number, shared)
            score, hits = _before(best, offset, number)
            for length in range(2, shared + 1):
                value = score + gain + _LONGER * (min(length, 4) - 2) + flow
                value -= _MENTION if shared >= length + 2 else 0.0
                walk = (value, (*hits, (number, length, offset)))
                reached[offset + length] = max(reached.get(offset + length, (-math.inf, ())), walk)
        for end, walk in reached.items():
            known = best.get(end)
            if known is None or walk[0] >= known[0] - _SKIP * (number - known[1][-1][0]):
                best[end] = walk
            top = max(top, walk)
    score, hits = top
    if len(hits) < FEWEST or score < _ENOUGH + FEWEST:
        return None
    used = len(hits) / (hits[-1][0] - hits[0][0] + 1)
    distinct = {places[number].run[:length] for number, length, _ in hits}
    return Walk(_agreed(hits), score) if used >= _SPARSEST and len(distinct) >= FEWEST_DISTINCT else None


def _agreed(hits: Hits) -> Hits:
    """One length for each fragment: the donor's next character may go on like the title by chance, seldom twice."""
    shortest: dict[int, int] = {}
    for _, length, offset in hits:
        shortest[offset] = min(length, shortest.get(offset, length))
    return tuple((number, shortest[offset], offset) for number, _, offset in hits)


def _before(best: dict[int, tuple[float, Hits]], offset: int, number: int) -> tuple[float, Hits]:
    """The best walk that a fragment at `offset` of the title can go on from; at the title's start, also a new one."""
    begun = (-_SKIP * min(number, MOST_SKIPPED) / 2, ()) if offset <= _MOST_BETWEEN else (-math.inf, ())
    found: tuple[float, Hits] = begun
    for end, (score, hits) in best.items():
        skipped = number - hits[-1][0] - 1
        if skipped > MOST_SKIPPED or len(hits) >= _MOST:
            continue
        on = 0 <= offset - end <= _MOST_BETWEEN
        wraps = offset <= _MOST_BETWEEN < end
        if on or wraps:
            found = max(found, (score - _SKIP * skipped - (0.0 if on else _WRAP), hits))
    return found
