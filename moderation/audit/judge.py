"""What a worker does: it builds its moderators once, then judges chunk after chunk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from moderation.artifacts import default_model, load_artifact
from moderation.audit.item import Item
from moderation.audit.outcome import Outcome, failure, outcome_of
from moderation.pipeline import Moderator
from moderation.readers import InputError
from moderation.repair.mend import Mended, mend
from moderation.verdict import Action


@dataclass(frozen=True, slots=True)
class JudgeSpec:
    """Which models and policies judge. `fingerprint` is the model's, so that no worker uses another."""

    model: Path
    fingerprint: str
    policy: Path | None = None
    profile: str | None = None
    shadow_model: Path | None = None
    shadow_policy: Path | None = None
    mend: bool = False
    """Whether articles are mended, too. That is asked of articles which are known to be repairable."""

    def facts(self) -> dict[str, str | None]:
        """What must be the same when a run goes on: contents, not paths."""
        return {
            "model": self.fingerprint,
            "policy": _digest(self.policy),
            "profile": self.profile,
            "shadow model": load_artifact(self.shadow_model).fingerprint if self.shadow_model else None,
            "shadow policy": _digest(self.shadow_policy),
        }

    @property
    def has_shadow(self) -> bool:
        """Whether a second opinion is asked for."""
        return self.shadow_model is not None or self.shadow_policy is not None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some articles in the order of their source, with their number in it."""

    number: int
    items: tuple[tuple[int, Item], ...]


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """Their ends, in the same order."""

    number: int
    outcomes: tuple[tuple[int, Outcome], ...]


def spec_of(
    model: Path | None,
    policy: Path | None,
    profile: str | None,
    shadow_model: Path | None = None,
    shadow_policy: Path | None = None,
) -> JudgeSpec:
    """The spec of options, with everything loaded once to see that it is good.

    Raises ArtifactError, PolicyError.
    """
    chosen = (model or default_model()).resolve()
    spec = JudgeSpec(
        chosen,
        load_artifact(chosen).fingerprint,
        policy.resolve() if policy else None,
        profile,
        shadow_model.resolve() if shadow_model else None,
        shadow_policy.resolve() if shadow_policy else None,
    )
    _moderators(spec)
    return spec


def judge_chunk(spec: JudgeSpec, chunk: Chunk) -> ChunkResult:
    """Judge a chunk, or mend it; what fails of one article becomes its outcome and ends nothing else."""
    work = mended if spec.mend else judge
    return ChunkResult(chunk.number, tuple((number, work(spec, item)) for number, item in chunk.items))


def judge(spec: JudgeSpec, item: Item) -> Outcome:
    """Judge one article."""
    moderator, shadow = _moderators(spec)
    try:
        article = item.article(moderator.policy.limits)
        verdict = moderator.score(article)
        second = shadow.score(article) if shadow is not None else None
        return outcome_of(item, article, verdict, second)
    except InputError as error:
        return failure(item, str(error))
    except Exception as error:  # one poisoned article must not end the audit; its text may stand in the error
        return failure(item, f"could not be judged: {type(error).__name__}")


def mended(spec: JudgeSpec, item: Item) -> Outcome:
    """One article with the least cut from it that lets it pass. Where that cannot be, the outcome's error says why."""
    moderator, _ = _moderators(spec)
    limits = moderator.policy.limits
    if item.record is not None:
        data, form = json.dumps(item.record).encode("ascii"), "json"
    else:
        data, form = item.data or b"", item.form
    try:
        done = mend(data, form, item.key, moderator.score, url=item.url or None, limits=limits)
    except InputError as error:
        return failure(item, error.message)
    except Exception as error:
        return failure(item, f"could not be mended: {type(error).__name__}")
    if len(done.articles) != 1:
        return failure(item, "; ".join(error.message for error in done.failures))
    article = done.articles[0]
    passes = article.action is Action.ALLOW
    return Outcome(
        key=item.key,
        place=item.place,
        action=str(article.action),
        error="" if passes else _why_not(article),
        repaired=done.data if passes else None,
        removals=len(article.removals),
    )


def _why_not(article: Mended) -> str:
    refused = "; ".join(dict.fromkeys(refusal.reason for refusal in article.refusals))
    return f"it would still get {article.after.action}" + (f": {refused}" if refused else "")


def warm(spec: JudgeSpec) -> None:
    """Build the moderators before the first chunk."""
    _moderators(spec)


@lru_cache(maxsize=2)
def _moderators(spec: JudgeSpec) -> tuple[Moderator, Moderator | None]:
    if load_artifact(spec.model).fingerprint != spec.fingerprint:
        raise ValueError(f"{spec.model} is not the model this audit began with")
    moderator = Moderator.load(spec.model, spec.policy, spec.profile)
    if not spec.has_shadow:
        return moderator, None
    shadow = Moderator.load(spec.shadow_model or spec.model, spec.shadow_policy or spec.policy, spec.profile)
    return moderator, shadow


def split(chunk: Chunk) -> Sequence[Chunk]:
    """One chunk for each article: to find the one that kills its worker."""
    return [Chunk(chunk.number, (entry,)) for entry in chunk.items]


def _digest(path: Path | None) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path is not None else None
