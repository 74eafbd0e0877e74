"""A moderator that is loaded when it is first asked, so that a load that fails is an outage and no crash."""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Lock
from time import monotonic

from moderation.hooks.failure import Unavailable
from moderation.hooks.scores import Scores, Submitted, as_taken, is_async
from moderation.verdict import Verdict

_LONGEST_PAUSE = 60.0


class LazyModerator:
    """A moderator loaded at the first article, and after a failed load not before a pause that doubles."""

    takes_records = True

    def __init__(self, loader: Callable[[], Scores], retry_after: float) -> None:
        if not retry_after > 0:
            raise ValueError(f"retry_after is a number of seconds above zero, not {retry_after!r}")
        self._loader = loader
        self._pause = retry_after
        self._lock = Lock()
        self._moderator: Scores | None = None
        self._failure: str | None = None
        self._retry_at = 0.0

    def score(self, article: Submitted, /) -> Verdict:
        """What the loaded moderator says. Raises Unavailable while it cannot be loaded."""
        # Read without the lock: once loaded, checks must not queue for it.
        moderator = self._moderator or self._load()
        return moderator.score(as_taken(moderator, article))

    def _load(self) -> Scores:
        with self._lock:
            if self._moderator is not None:
                return self._moderator
            if self._failure is not None and monotonic() < self._retry_at:
                raise Unavailable(self._failure)
            try:
                moderator = self._loader()
                if is_async(moderator):
                    raise TypeError("an asynchronous client is given to Gate itself")
                self._moderator = moderator
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # InputError too: whatever fails here is not the caller's article
                self._failure = f"the model cannot be loaded: {type(error).__name__}: {_without_chinese(str(error))}"
                self._retry_at = monotonic() + self._pause
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)
                raise Unavailable(self._failure) from error
            return moderator


def _without_chinese(text: str) -> str:
    # A loader's error names a file, which an operator needs; it may also quote the lexicon, which no log should.
    return re.sub(r"[^ -~]+", "…", text)
