"""What the pages promise: their Python runs, their links lead somewhere, their figures are the model card's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.S)


ELSEWHERE = ("hook.md", "client.md")  # tests/hooks runs them


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in ELSEWHERE], ids=lambda page: page.name)
def test_python_runs(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for code in blocks(page, "python"):
        exec(compile(code, str(page), "exec"), {"__name__": "__main__"})
    capsys.readouterr()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_policy_page_shows_the_real_error(tmp_path: Path) -> None:
    from moderation.policy import PolicyError
    from moderation.policy_file import parse_policy

    text = 'version = "1"\n\n\n\n\n[thresholds.explicit]\nreview = 2\n'
    with pytest.raises(PolicyError) as error:
        parse_policy(text, "broken.toml")
    assert f"moderation: {error.value}" in (ROOT / "docs" / "policy.md").read_text("utf-8")


def test_readme_and_card_name_the_shipped_model() -> None:
    from moderation.artifacts import default_model

    assert f"models/{default_model().name}/MODEL_CARD.md" in (ROOT / "README.md").read_text("utf-8")


def test_the_service_page_lists_every_setting_with_its_default() -> None:
    from service.settings import Settings

    page = (ROOT / "docs" / "service.md").read_text("utf-8")
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if hasattr(field.default, "get_secret_value") else field.default
        shown = "" if default is None or default == () else f"`{default}`"
        assert f"| `{name}` | {shown} | {field.description or ''} |" in page, name


def test_the_service_page_lists_every_problem() -> None:
    from service.problem import KINDS

    page = (ROOT / "docs" / "service.md").read_text("utf-8")
    for kind in KINDS:
        assert f"`{kind.slug}`" in page, kind
