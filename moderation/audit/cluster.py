"""A Dask cluster: the same chunks, the same results, on many machines."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import dask.config
from distributed import Client, LocalCluster, as_completed
from distributed.scheduler import KilledWorker

from moderation.artifacts import load_artifact
from moderation.audit.engine import AHEAD, Feed
from moderation.audit.item import SourceError
from moderation.audit.judge import Chunk, ChunkResult, JudgeSpec, judge_chunk, split
from moderation.audit.outcome import Outcome, failure

_QUIET = {"distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "1s"}
"""For a cluster of our own: Dask's profiler looks at every worker a hundred times a second, for a page nobody opens."""


class DaskEngine:
    """The workers of a scheduler, or of a cluster of processes on this machine."""

    name = "dask"

    def __init__(self, spec: JudgeSpec, workers: int | None = None, scheduler: str | None = None) -> None:
        self._spec, self._workers, self._scheduler = spec, workers, scheduler

    def run(self, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
        """The result of every chunk, as it is done. Closing the iterator lets go of the cluster.

        Raises SourceError where the cluster is gone or its workers cannot judge.
        """
        with self._client() as client:
            self._send(client)
            feed = Feed(chunks, max(1, sum(client.ncores().values())) * AHEAD)
            done = as_completed([])
            self._submit_all(client, feed, done)
            for future in done:
                yield self._result(client, future, feed.flying.pop(future.key))
                future.release()
                self._submit_all(client, feed, done)

    def _submit_all(self, client: Any, feed: Feed, done: Any) -> None:
        while (chunk := feed.take()) is not None:
            future = self._submitted(client, chunk)
            feed.flying[future.key] = chunk
            done.add(future)

    def _send(self, client: Any) -> None:
        # Once to every worker and not with every chunk; each checks it against the model's fingerprint.
        self._parcel = client.scatter(_packed(self._spec), broadcast=True, hash=False)

    def _submitted(self, client: Any, chunk: Chunk) -> Any:
        return client.submit(_judge, self._spec, self._parcel, chunk, pure=False, retries=1)

    def _client(self) -> Any:
        if self._scheduler is None:
            with dask.config.set(_QUIET):
                cluster = LocalCluster(n_workers=self._workers, threads_per_worker=1, dashboard_address=None)
                return _Owning(cluster)
        try:
            return Client(self._scheduler, timeout="10s")
        except (OSError, TimeoutError, ValueError) as error:
            raise SourceError(f"{self._scheduler}: no Dask scheduler answers: {type(error).__name__}") from error

    def _result(self, client: Any, future: Any, chunk: Chunk) -> ChunkResult:
        """The result of a chunk; one that kills its workers is judged article by article."""
        result = self._got(client, future)
        if result is not None:
            return result
        outcomes: list[tuple[int, Outcome]] = []
        for alone in split(chunk):
            ((number, item),) = alone.items
            found = self._got(client, self._submitted(client, alone))
            outcomes += found.outcomes if found else [(number, failure(item, "its worker died while judging it"))]
        return ChunkResult(chunk.number, tuple(outcomes))

    def _got(self, client: Any, future: Any) -> ChunkResult | None:
        """What came of a chunk; None where its workers died. Raises SourceError."""
        try:
            result: ChunkResult = future.result()
            return result
        except KilledWorker:
            return None
        except (CancelledError, OSError, TimeoutError) as error:
            if client.status != "running":
                raise SourceError("the connection to the Dask cluster is lost") from error
            # The last worker that held the models died with the article: they are sent anew.
            self._send(client)
            return None
        except Exception as error:  # a worker without this package, or with another version of it
            told = str(error).splitlines()[0][:200] if str(error) else ""
            raise SourceError(f"the Dask cluster cannot judge: {type(error).__name__}: {told}") from error


class _Owning(Client):
    """A client that ends its own cluster with itself."""

    def __init__(self, cluster: LocalCluster) -> None:
        self._own = cluster
        super().__init__(cluster)

    def close(self, *arguments: object, **options: object) -> object:
        """Close both."""
        closed = super().close(*arguments, **options)
        with suppress(Exception):
            self._own.close()
        return closed


def _judge(spec: JudgeSpec, parcel: bytes, chunk: Chunk) -> ChunkResult:
    return judge_chunk(_unpacked(spec, parcel), chunk)


def _packed(spec: JudgeSpec) -> bytes:
    """The files that judge, as one archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for role, path in _parts(spec):
            for file in sorted(path.iterdir()) if path.is_dir() else [path]:
                archive.write(file, f"{role}/{file.name}")
    return stream.getvalue()


def _parts(spec: JudgeSpec) -> list[tuple[str, Path]]:
    roles = {"model": spec.model, "policy": spec.policy, "shadow_model": spec.shadow_model}
    roles["shadow_policy"] = spec.shadow_policy
    return [(role, path) for role, path in roles.items() if path is not None]


def _unpacked(spec: JudgeSpec, parcel: bytes) -> JudgeSpec:
    """The spec with paths of this machine, whose files came in the parcel."""
    folder = _folder(spec, hash(parcel), parcel)
    here = {role: folder / role if role.endswith("model") else folder / role / path.name for role, path in _parts(spec)}
    return replace(
        spec,
        model=here["model"],
        policy=here.get("policy"),
        shadow_model=here.get("shadow_model"),
        shadow_policy=here.get("shadow_policy"),
    )


_unpacked_here: dict[int, Path] = {}


def _folder(spec: JudgeSpec, mark: int, parcel: bytes) -> Path:
    if mark not in _unpacked_here:
        folder = Path(mkdtemp(prefix="qingliu-audit-"))
        with zipfile.ZipFile(io.BytesIO(parcel)) as archive:
            archive.extractall(folder)
        if load_artifact(folder / "model").fingerprint != spec.fingerprint:
            raise ValueError("the model that arrived is not the one that was sent")
        _unpacked_here[mark] = folder
    return _unpacked_here[mark]
