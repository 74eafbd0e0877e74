"""What is doubled, and how far: up to 5 MB and 100,000 links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.pages.made import Shape


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that doubles from `first` on, `doublings` times, while the rest of the page stays."""

    name: str
    first: int
    doublings: int
    shape: Callable[[int], Shape]

    def sizes(self, most: int | None = None) -> Sequence[int]:
        """Every size, or as many doublings of the first as asked for."""
        return [self.first << step for step in range(1 + min(self.doublings, most or self.doublings))]


AXES = (
    Axis("bytes of text", 40_000, 7, lambda size: Shape(text=size, plain=True)),
    Axis("links", 195, 9, lambda size: Shape(text=12_000, links=size)),
    Axis("levels of nesting", 15, 7, lambda size: Shape(depth=size)),
    Axis("attributes of each link", 4, 6, lambda size: Shape(attributes=size)),
    Axis("style rules and classes", 40, 9, lambda size: Shape(rules=size)),
    Axis("bytes of script", 40_000, 7, lambda size: Shape(script=size)),
)
