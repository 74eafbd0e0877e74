"""What judges: a model and a policy, loaded beside what is in use, tried, and only then put in its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from moderation import Article, Moderator, read_record
from moderation.artifacts import Artifact, ArtifactError, default_model, load_artifact
from moderation.policy import Policy, PolicyError
from moderation.readers import Limits
from moderation.signals import SignalSpec
from service.settings import Settings

_PROBE = {"id": "probe", "title": "社区图书馆周末开放时间调整", "html": "<p>本周六起，阅览室延长到晚上九点。</p>"}


class ReleaseError(Exception):
    """A model or policy that cannot be used; what was in use stays."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which model folder and policy file; None for the shipped one."""

    model: Path | None = None
    policy: Path | None = None


class Release:
    """A loaded model and policy with a moderator for each profile; shared by threads and never changed."""

    def __init__(self, choice: Choice, generation: int = 0) -> None:
        """Load and verify. Raises ReleaseError."""
        self.choice, self.generation = choice, generation
        try:
            self.artifact: Artifact = load_artifact(choice.model or default_model())
            self._plain = Moderator.load(self.artifact.path, choice.policy)
            self._plain.score(read_record(_PROBE))
        except (ArtifactError, PolicyError, OSError, ValueError) as error:
            raise ReleaseError(str(error)) from error
        self._by_profile: dict[str | None, Moderator] = {None: self._plain}
        self._told = self._plain.texts

    @property
    def policy(self) -> Policy:
        """The policy that turns scores into actions."""
        return self._plain.policy

    @property
    def limits(self) -> Limits:
        """What a reader takes at most under this policy."""
        return self.policy.limits

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """What the detectors may say."""
        return self._plain.specs

    def new_texts(self) -> tuple[int, int]:
        """Since it was last asked: short texts judged, and those among them that the encoder read, too."""
        (asked, read), (before_asked, before_read) = self._plain.texts, self._told
        self._told = (asked, read)
        return asked - before_asked, read - before_read

    def moderator(self, profile: str | None) -> Moderator:
        """The moderator of a profile. Raises PolicyError for one that the policy has not."""
        if profile not in self._by_profile:
            self._by_profile[profile] = self._plain.with_profile(profile)
        return self._by_profile[profile]

    def read(self, record: object) -> Article:
        """A record as an article, within this policy's limits. Raises InputError."""
        return read_record(record, limits=self.limits)


class Shelf:
    """Where a reload finds models and policies: names in two folders, never a path that a caller makes up."""

    def __init__(self, settings: Settings) -> None:
        self._models = settings.models_folder or (settings.model or default_model()).parent
        self._policies = settings.policies_folder
        self._set = settings.policy

    def models(self) -> list[Path]:
        """Every model folder here."""
        return sorted(path.parent for path in self._models.glob("*/manifest.json"))

    def policies(self) -> list[str]:
        """The name of every policy file here."""
        return sorted(self._policy_files())

    def choose(self, model: str | None, policy: str | None, current: Choice) -> Choice:
        """The choice that names make; what is not named stays as it is. Raises ReleaseError for an unknown name."""
        return Choice(
            self._named(model, {path.name: path for path in self.models()}, "model")
            if model is not None
            else current.model,
            self._named(policy, self._policy_files(), "policy") if policy is not None else current.policy,
        )

    def _policy_files(self) -> dict[str, Path]:
        files = {path.name: path for path in self._policies.glob("*.toml")} if self._policies else {}
        return files | ({self._set.name: self._set} if self._set else {})

    @staticmethod
    def _named(name: str, known: dict[str, Path], what: str) -> Path:
        if name not in known:
            raise ReleaseError(f"no {what} {name!r}; there are: {', '.join(sorted(known)) or 'none'}")
        return known[name]
