from __future__ import annotations

import random

import pytest

from moderation.pipeline import Moderator
from moderation.scoring import Scorer
from moderation.taxonomy import CategoryId
from moderation.training.pages.page import Gold, Page
from moderation.training.signal_weights import Observation, fit_weights, log_loss, observe, rewritten
from moderation.verdict import Action

CLOAKED = frozenset({CategoryId.CLOAKING})


def seen(name: str, times: int, right: float) -> list[Observation]:
    """A signal at full strength on so many pages, right on that share of them; and as many pages without it."""
    draw = random.Random(5)
    return [
        observation
        for _ in range(times)
        for observation in (
            Observation({name: 1.0}, CLOAKED if draw.random() < right else frozenset()),
            Observation({}, frozenset()),
        )
    ]


@pytest.mark.parametrize("right", [0.2, 0.5, 0.9])
def test_many_pages_outweigh_the_prior(right: float) -> None:
    observations = seen("cloaking.meta_refresh", 600, right)
    present = Scorer.default().weights
    fitted = fit_weights(observations, present)
    assert fitted["cloaking.meta_refresh"] == pytest.approx(right, abs=0.06)
    assert log_loss(observations, fitted) < log_loss(observations, present)


def test_few_pages_move_little_and_none_nothing() -> None:
    present = Scorer.default().weights
    fitted = fit_weights(seen("cloaking.referrer_script", 2, 0.0), present)
    assert 0.6 < fitted["cloaking.referrer_script"] < present["cloaking.referrer_script"]
    assert {name for name in present if fitted[name] != present[name]} == {"cloaking.referrer_script"}


def test_of_two_signals_of_a_detector_the_stronger_counts() -> None:
    both = [Observation({"cloaking.referrer_script": 1.0, "cloaking.meta_refresh": 1.0}, CLOAKED)] * 40
    wrong = [Observation({"cloaking.meta_refresh": 1.0}, frozenset())] * 40
    fitted = fit_weights(both + wrong, Scorer.default().weights)
    assert fitted["cloaking.meta_refresh"] < 0.3 < 0.9 < fitted["cloaking.referrer_script"]


def test_calibrated_and_ordered_signals_stay() -> None:
    wrong = [Observation({"title.explicit": 0.9, "terms.denied_explicit": 1.0}, frozenset())] * 50
    fitted = fit_weights(wrong, Scorer.default().weights)
    assert (fitted["title.explicit"], fitted["terms.denied_explicit"]) == (1.0, 1.0)


def test_what_detectors_say_of_a_page(moderator: Moderator) -> None:
    html = "<title>社区植树</title><p>(黑帽seo)发布</p>"
    gold = Gold((CategoryId.LINK_SPAM,), Action.REVIEW)
    (observation,) = observe(moderator, [Page("a", "f", "abusive", "none", "d", "train", "", html, gold)])
    assert observation.labels == {CategoryId.LINK_SPAM}
    assert observation.strengths["link_blocks.placeholder"] == 1.0


def test_a_weights_file_keeps_its_words() -> None:
    toml = '# why\n[weights]\n"a.b" = 0.35 # often\n"a.c" = 1.0\n'
    assert rewritten(toml, {"a.b": 0.066}) == '# why\n[weights]\n"a.b" = 0.066 # often\n"a.c" = 1.0\n'
