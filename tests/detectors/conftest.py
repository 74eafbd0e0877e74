from __future__ import annotations

from collections.abc import Callable

import pytest

from moderation.artifacts import default_model, load_artifact
from moderation.detectors import Detector, Resources
from moderation.lexicon import Lexicon
from moderation.normalize import Document
from moderation.readers import read_html, read_text
from moderation.scoring import NgramModel
from moderation.signals import Signal

Detect = Callable[..., dict[str, Signal]]


@pytest.fixture(scope="session")
def resources() -> Resources:
    artifact = load_artifact(default_model())
    return Resources(NgramModel.load(artifact.file("weights.npz")), Lexicon.load().terms)


@pytest.fixture(scope="session")
def detect(resources: Resources) -> Detect:
    """Run one detector over a title and a body, or over a page; the signals by name."""
    built: dict[type[Detector], Detector] = {}

    def run(kind: type[Detector], *, title: str = "", body: str = "", html: str | None = None) -> dict[str, Signal]:
        detector = built.setdefault(kind, kind(resources))
        if html is None:
            article = read_text(body, identifier="test", title=title)
        else:
            article = read_html(html, identifier="test", title=title or None)
        return {signal.name: signal for signal in detector.detect(Document(article))}

    return run
