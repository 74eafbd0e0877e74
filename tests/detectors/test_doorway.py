from __future__ import annotations

import json
from pathlib import Path

import pytest

from moderation.detectors.doorway import DoorwayDetector

from .conftest import Detect

DONORS = [
    json.loads(line) for line in (Path(__file__).parents[2] / "data" / "donors.jsonl").read_text("utf-8").splitlines()
]
SUMMARY = (
    "### 近视防控：近视的成因与误区近视是指平行光线聚焦在视网膜之前。近视可以由多种因素引起，"
    "了解近视的成因、近视的误区对视力很重要，视力下降要及时检查。"
)


def test_a_title_from_elsewhere(detect: Detect) -> None:
    body = "\n".join(DONORS[16]["paragraphs"])
    assert "doorway.title_mismatch" in detect(DoorwayDetector, title="国产精品久久久久人妻", body=body)


def test_a_summary_from_elsewhere(detect: Detect) -> None:
    paragraphs = "".join(f"<p>{text}</p>" for text in DONORS[16]["paragraphs"])
    page = f"<title>{DONORS[16]['title']}</title><h3>{SUMMARY}</h3>{paragraphs}"
    assert set(detect(DoorwayDetector, html=page)) == {"doorway.summary_mismatch"}


@pytest.mark.parametrize("donor", DONORS, ids=lambda donor: str(donor["id"]))
def test_honest_articles_say_nothing(detect: Detect, donor: dict[str, object]) -> None:
    paragraphs = [str(text) for text in donor["paragraphs"]]  # type: ignore[attr-defined]
    page = f'<meta name="description" content="{paragraphs[0][:150]}">' + "".join(
        f"<p>{text}</p>" for text in paragraphs
    )
    assert not detect(DoorwayDetector, title=str(donor["title"]), html=page)
