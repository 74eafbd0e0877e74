"""The composition root: an article goes in, a verdict comes out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path

from moderation import __version__
from moderation.article import Article
from moderation.artifacts import default_model, load_artifact
from moderation.detectors import DETECTORS, Resources, ask
from moderation.detectors.detector import TextClassifier
from moderation.detectors.views import ViewComparison
from moderation.lexicon import Lexicon
from moderation.normalize import Document
from moderation.policy import Policy
from moderation.repair import plan
from moderation.scoring import Cascade, Scorer, load_classifier
from moderation.signals import Signal, SignalSpec
from moderation.verdict import Action, CategoryScore, Coverage, Reason, Verdict, Versions


class Moderator:
    """Judges articles. Holds no state between them; safe to share between threads."""

    def __init__(self, model: TextClassifier, model_label: str, policy: Policy, profile: str | None = None) -> None:
        lexicon = Lexicon.load(policy.allow, policy.deny)
        resources = Resources(classifier=model, terms=lexicon.terms)
        self.policy = policy
        self._model = model
        self._profile = policy.for_profile(profile)
        self._model = model
        self._detectors = tuple(detector(resources) for detector in DETECTORS)
        self._views = ViewComparison(model)
        self._scorer = Scorer.default()
        self._rising = replace(policy, rules=tuple(rule for rule in policy.rules if not rule.none))
        self.versions = Versions(model_label, policy.version, lexicon.version, __version__)

    @classmethod
    def load(
        cls, model: str | Path | None = None, policy: str | Path | None = None, profile: str | None = None
    ) -> Moderator:
        """A moderator with a model folder and a policy file, by default the shipped ones.

        Raises ArtifactError for a model that does not verify, PolicyError for a policy or profile that is wrong.
        """
        rules = Policy.load(policy) if policy else Policy.default()
        artifact = load_artifact(Path(model) if model else default_model())
        return cls(load_classifier(artifact, rules.escalation), artifact.label, rules, profile)

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """What its detectors may say."""
        return tuple(spec for detector in self._detectors for spec in detector.specs)

    @property
    def texts(self) -> tuple[int, int]:
        """Running totals: short texts asked about, and those that the encoder read, too."""
        return (self._model.asked, self._model.read) if isinstance(self._model, Cascade) else (0, 0)

    def with_profile(self, profile: str | None) -> Moderator:
        """The same model under another profile of the policy. Raises PolicyError for one that the policy has not."""
        other = copy(self)
        other._profile = self.policy.for_profile(profile)
        return other

    def examine(self, article: Article, beside: Sequence[Signal] = ()) -> tuple[Signal, ...]:
        """What the detectors say of an article, and others `beside` them, less what the profile exempts: no score."""
        found = [signal for said in self._findings(article) for signal in said]
        return (*found, *self._weighed(beside))

    def score(self, article: Article, crawler_view: Article | None = None) -> Verdict:
        """The verdict on an article, with the repair where it was not allowed.

        `crawler_view` is the same page as a crawler was served it: what only that holds is a finding, too.
        """
        started = time.perf_counter()
        if crawler_view is not None:
            article = replace(article, crawler_view=crawler_view)
        beside = self._views.signals(Document(article)) if article.crawler_view is not None else []
        signals, scores, action, reasons = self._judge(article, beside)
        repair = None
        if action is not Action.ALLOW:
            # No cut in the page changes what its server shows to others.
            repair = plan(article, signals, reasons, action, lambda repaired: self._action(repaired, beside))
        return Verdict(
            article_id=article.id,
            action=action,
            categories=scores,
            reasons=reasons,
            signals=signals,
            repair=repair,
            coverage=_coverage(article),
            versions=self.versions,
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )

    def _judge(
        self, article: Article, beside: Sequence[Signal]
    ) -> tuple[tuple[Signal, ...], tuple[CategoryScore, ...], Action, tuple[Reason, ...]]:
        signals = self.examine(article, beside)
        scores = self._scorer.score(signals)
        action, reasons = self.policy.decide(scores, signals, self._profile)
        return signals, scores, action, reasons

    def _action(self, article: Article, beside: Sequence[Signal]) -> Action:
        """The action an article gets, and no more. More signals never lower a score, nor do they undo a rule that has
        no `none`: so the first rejection by such is final, and most pages whose title offends are done with it.
        """
        signals = self._weighed(beside)
        for more in self._findings(article, ahead=1):
            signals += more
            if more and self._rising.decide(self._scorer.score(signals), signals, self._profile)[0] is Action.REJECT:
                return Action.REJECT
        return self.policy.decide(self._scorer.score(signals), signals, self._profile)[0]

    def _findings(self, article: Article, ahead: int = 0) -> Iterator[tuple[Signal, ...]]:
        """What one detector after the other says of an article, less what the profile exempts.

        The first ones, `ahead` of the others, cost less alone: for who may not want to hear the rest.
        """
        document = Document(article)
        for detectors in (self._detectors[:ahead], self._detectors[ahead:]):
            ask(self._model, detectors, document)
            for detector in detectors:
                yield self._weighed(detector.detect(document))

    def _weighed(self, signals: Iterable[Signal]) -> tuple[Signal, ...]:
        return tuple(signal for signal in signals if signal.name not in self._profile.exempt)


def _coverage(article: Article) -> Coverage:
    read = len(article.title) + len(article.description) + len(article.keywords)
    read += sum(len(block.text) for block in article.blocks)
    return Coverage(read=read, total=max(len(article.source), read), unread=article.unread)
