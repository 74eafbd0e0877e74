"""What a model said of texts: a repair judges a page again and again, and sites repeat their menus."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import repeat
from threading import Lock

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]
Key = tuple[str, int]
"""A text, and the steps that normalising it took."""


class Memory:
    """Keeps the scores of the last texts, as one array: hundreds are asked for at once. Safe to share between threads.

    It keeps at most `size` texts of `characters` in all; `columns` is how many scores a text has.
    """

    def __init__(self, size: int, characters: int, columns: int) -> None:
        self._rows = np.zeros((size, columns), dtype=np.float32)
        self._characters = characters
        self._lock = Lock()
        self.cache_clear()

    def cache_clear(self) -> None:
        """Forget all."""
        self._slots: dict[Key, int] = {}
        self._order: deque[Key] = deque()
        self._held = self._next = 0

    def __len__(self) -> int:
        return len(self._slots)

    def recall(self, keys: Sequence[Key], judge: Callable[[Sequence[Key]], Scores]) -> Scores:
        """The scores `(keys, columns)`; `judge` is asked once for those not known, each of them once."""
        with self._lock:
            slots = np.array(list(map(self._slots.get, keys, repeat(-1))), dtype=np.int64)
            result = self._rows.take(slots, axis=0)
        unknown = np.flatnonzero(slots < 0)
        if len(unknown):
            numbers: dict[Key, int] = {}
            turns = [numbers.setdefault(keys[i], len(numbers)) for i in unknown.tolist()]
            judged = judge(list(numbers))
            result[unknown] = judged.take(turns, axis=0)
            self._keep(list(numbers), judged)
        return result

    def _keep(self, keys: Sequence[Key], judged: Scores) -> None:
        """Put scores into the slots that were filled longest ago."""
        size = len(self._rows)
        with self._lock:
            new = [i for i, key in enumerate(keys) if key not in self._slots and len(key[0]) <= self._characters]
            new = new[-size:]
            slots = []
            for i in new:
                self._held += len(keys[i][0])
                while len(self._order) == size or self._held > self._characters:
                    old = self._order.popleft()
                    self._held -= len(old[0])
                    del self._slots[old]
                self._order.append(keys[i])
                self._slots[keys[i]] = self._next
                slots.append(self._next)
                self._next = (self._next + 1) % size
            self._rows[slots] = judged[new]
