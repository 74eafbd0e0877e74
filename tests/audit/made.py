"""Small sources and engines for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from moderation.audit.item import Bad, Item, Place, SourceError
from moderation.audit.judge import Chunk, ChunkResult, JudgeSpec, judge_chunk

CLEAN, BAD = "校运会下周开幕", "澳门威尼斯人娱乐城注册送彩金"


def item(number: int, title: str = CLEAN) -> Item:
    return Item(str(number), Place("made", str(number)), record={"id": number, "title": f"{title}（{number}）"})


class Made:
    """`count` articles, of which every tenth is bad; at `breaks` it fails once."""

    name = "made"

    def __init__(self, count: int, extra: dict[int, Item | Bad] | None = None, breaks: int | None = None) -> None:
        self._count, self._extra, self.breaks = count, extra or {}, breaks

    def fingerprint(self) -> str:
        return f"made {self._count}"

    def total(self) -> int | None:
        return self._count

    def items(self, after: str | None = None) -> Iterator[tuple[str, Item | Bad]]:
        for number in range(int(after) + 1 if after else 0, self._count):
            if number == self.breaks:
                self.breaks = None
                raise SourceError("the database is gone")
            yield str(number), self._extra.get(number) or item(number, BAD if number % 10 == 9 else CLEAN)


class Here:
    """Judges in this process, and gives results back in pairs the wrong way round."""

    name = "here"

    def __init__(self, spec: JudgeSpec) -> None:
        self._spec = spec
        self.judged = 0

    def run(self, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
        waiting = iter(chunks)
        while (first := next(waiting, None)) is not None:
            second = next(waiting, None)
            for chunk in (second, first):
                if chunk is not None:
                    self.judged += len(chunk.items)
                    yield judge_chunk(self._spec, chunk)


def write_jsonl(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            title = BAD if number % 10 == 9 else CLEAN
            day = f"2026-{1 + number % 12:02}-05"
            row = {"id": number, "title": f"{title}（{number}）", "content": "请各班按时到场。" * 5, "date": day}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path
