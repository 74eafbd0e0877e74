from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from moderation import Moderator, __version__
from moderation.article import Article
from moderation.cli import app
from moderation.renderers import verdict_json
from moderation.verdict import Action, Verdict

from .training.corpus import rows, write_config

BAD = "国产精品久久久久久久人妻无码"
GOOD = "图书馆开放时间"
HEAVY = ("torch", "sklearn", "scipy", "transformers", "jieba", "pandas", "fastapi", "sqlalchemy")


def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def record(identifier: str, title: str, **more: Any) -> str:
    return json.dumps({"id": identifier, "title": title, **more}, ensure_ascii=False)


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A bad record between two good ones."""
    path = tmp_path / "feed.jsonl"
    path.write_text("\n".join([record("b", GOOD), record("a", BAD), record("c", GOOD)]) + "\n", "utf-8")
    return path


@pytest.fixture
def judged_by_title(monkeypatch: pytest.MonkeyPatch) -> None:
    """The action an article gets is its own title, and a title `crash` cannot be scored."""
    score = Moderator.score

    def told(self: Moderator, article: Article, crawler_view: Article | None = None) -> Verdict:
        from dataclasses import replace

        if article.title == "crash":
            raise RuntimeError("broken detector")
        return replace(score(self, article, crawler_view), action=Action.parse(article.title))

    monkeypatch.setattr(Moderator, "score", told)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_jsonl_keeps_the_order_of_the_input(feed: Path) -> None:
    result = run("score", feed, "--format", "jsonl")
    assert [(found["article_id"], found["action"]) for found in lines(result.stdout)] == [
        ("b", "allow"),
        ("a", "reject"),
        ("c", "allow"),
    ]
    assert (result.exit_code, result.stderr) == (4, "")


def test_jsonl_is_what_a_pipe_gets(feed: Path) -> None:
    assert len(lines(run("score", feed).stdout)) == 3


def test_json_is_one_list_of_valid_verdicts(feed: Path) -> None:
    found = json.loads(run("score", feed, "--format", "json").stdout)
    assert [verdict["article_id"] for verdict in found] == ["b", "a", "c"]
    for verdict in found:
        jsonschema.validate(verdict, verdict_json.schema())


def test_sarif_is_one_log_with_rules_and_results(feed: Path) -> None:
    feed.write_text(feed.read_text("utf-8") + "{\n", "utf-8")
    result = run("score", feed, "--format", "sarif")
    log = json.loads(result.stdout)
    assert (log["version"], result.exit_code) == ("2.1.0", 1)
    (sarif_run,) = log["runs"]
    rules = {rule["id"] for rule in sarif_run["tool"]["driver"]["rules"]}
    assert sarif_run["results"]
    assert {found["ruleId"] for found in sarif_run["results"]} <= rules


def test_people_read_the_action_and_masked_evidence(feed: Path) -> None:
    result = run("score", feed, "--format", "human")
    assert "REJECT" in result.stdout
    assert "ALLOW" in result.stdout
    assert GOOD in result.stdout
    assert BAD not in result.stdout
    assert "\x1b" not in result.stdout
    assert BAD in run("score", feed, "--format", "human", "--unmasked").stdout


@pytest.mark.parametrize(
    ("titles", "fail_on", "code"),
    [
        (["allow"], "review", 0),
        (["allow", "review"], "review", 3),
        (["review", "reject", "allow"], "review", 4),
        (["review"], "reject", 0),
        (["review", "reject"], "reject", 4),
        (["reject"], "never", 0),
        (["review"], "never", 0),
        (["crash", "reject"], "review", 1),
        (["crash", "reject"], "never", 1),
    ],
)
@pytest.mark.usefixtures("judged_by_title")
def test_the_exit_code_says_the_worst(titles: list[str], fail_on: str, code: int) -> None:
    text = "\n".join(record(str(number), title) for number, title in enumerate(titles))
    assert run("score", "-", "--fail-on", fail_on, stdin=text).exit_code == code
    if fail_on == "review":
        assert run("score", "-", stdin=text).exit_code == code


@pytest.mark.usefixtures("judged_by_title")
def test_one_article_that_cannot_be_scored_does_not_end_the_batch() -> None:
    text = "\n".join([record("x", "crash"), record("y", "allow")])
    result = run("score", "-", stdin=text)
    assert [verdict["article_id"] for verdict in lines(result.stdout)] == ["y"]
    assert result.stderr == "moderation: x: could not be scored: RuntimeError: broken detector\n"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("{", "-:2: no JSON"),
        ('{"id": "x"}', "-:2: field 'title': is missing"),
        ('{"title": "x"}', "-:2: field 'id'"),
        ("[]", "-:2: a record is a JSON object"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(bad: str, message: str) -> None:
    result = run("score", "-", stdin=f"{record('a', GOOD)}\n{bad}\n\n{record('c', GOOD)}\n")
    assert [verdict["article_id"] for verdict in lines(result.stdout)] == ["a", "c"]
    assert result.exit_code == 1
    assert result.stderr.startswith(f"moderation: {message}")


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("html", f"<html><head><title>{BAD}</title></head><body><p>茶叶要避光保存。</p></body></html>"),
        ("md", f"# {BAD}\n\n茶叶要避光保存。\n"),
        ("txt", f"{BAD}\n\n茶叶要避光保存。\n"),
        ("json", f"[{record('a', BAD)}]"),
        ("jsonl", record("a", BAD)),
    ],
)
def test_standard_input_may_hold_any_format(form: str, text: str) -> None:
    result = run("score", "-", "--stdin-format", form, stdin=text)
    assert [verdict["action"] for verdict in lines(result.stdout)] == ["reject"]
    assert result.exit_code == 4


def test_empty_standard_input_is_a_failure() -> None:
    assert run("score", "-", stdin="").exit_code == 1


def test_a_missing_file_is_named_and_the_others_are_scored(tmp_path: Path, feed: Path) -> None:
    missing = tmp_path / "missing.html"
    result = run("score", missing, feed, tmp_path / "odd.xyz")
    assert len(lines(result.stdout)) == 3
    assert result.exit_code == 1
    first, second = result.stderr.splitlines()
    assert first.startswith(f"moderation: {missing}: no such file")
    assert "odd.xyz" in second


def test_a_folder_is_read_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "sub/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{GOOD}\n\n茶叶要避光保存。\n", "utf-8")
    found = [Path(verdict["article_id"]).name for verdict in lines(run("score", tmp_path).stdout)]
    assert found == ["a.md", "b.txt", "c.txt"]


@pytest.mark.parametrize(
    "arguments",
    [["score"], ["score", "-", "--format", "xml"], ["score", "-", "--fail-on", "allow"], ["nothing"], ["score", "--x"]],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


PAGE = "<title>图书馆开放时间</title><p>图书馆周一至周五上午九点开馆，晚上八点闭馆，周末延长一小时。</p>"


@pytest.fixture
def two_views(tmp_path: Path) -> tuple[Path, Path]:
    page, view = tmp_path / "page.html", tmp_path / "as-baiduspider.html"
    page.write_text(PAGE, "utf-8")
    view.write_text(f"{PAGE}<div class=x>澳门赌场真人百家乐注册送彩金</div>", "utf-8")
    return page, view


def test_a_crawlers_view_tells_what_only_it_holds(two_views: tuple[Path, Path]) -> None:
    page, view = two_views
    assert run("score", page).exit_code == 0
    result = run("score", page, "--crawler-view", view)
    assert result.exit_code == 4
    (found,) = lines(result.stdout)
    jsonschema.validate(found, verdict_json.schema())
    assert {reason["category"] for reason in found["reasons"]} == {"cloaking"}
    (signal,) = [signal for signal in found["signals"] if signal["name"] == "cloaking.crawler_only"]
    (evidence,) = signal["evidence"]
    assert (evidence["field"], evidence["quote"]) == ("crawler[4]", "澳门赌场真人百家乐注册送彩金")
    assert evidence["selector"] == "body > div:nth-of-type(1)"
    assert "百家乐" in run("score", page, "--crawler-view", view, "--format", "human").stdout
    assert run("score", page, "--crawler-view", page).exit_code == 0
    assert run("score", "-", "--stdin-format", "html", "--crawler-view", view, stdin=PAGE).exit_code == 4


def test_a_crawlers_view_goes_with_one_page(two_views: tuple[Path, Path], feed: Path, tmp_path: Path) -> None:
    page, view = two_views
    for arguments, message in (
        ((page, view), "one page"),
        ((tmp_path,), "one page"),
        ((feed,), "holds more"),
        ((tmp_path / "none.html",), "one page"),
    ):
        result = run("score", *arguments, "--crawler-view", view)
        assert (result.exit_code, result.stdout) == (2, "")
        assert message in result.stderr
    for bad, message in ((tmp_path / "none.html", "no such file"), (feed, "not one page"), (tmp_path, "no such file")):
        result = run("score", page, "--crawler-view", bad)
        assert (result.exit_code, result.stdout) == (2, "")
        assert message in result.stderr


def test_help_names_the_commands() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(name in result.stdout for name in ("score", "policy", "schema", "train", "evaluate"))


def test_a_bad_policy_or_profile_is_wrong_usage(tmp_path: Path, feed: Path) -> None:
    (tmp_path / "bad.toml").write_text("colour = 1\n", "utf-8")
    result = run("score", feed, "--policy", tmp_path / "bad.toml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "bad.toml:1: colour: unknown" in result.stderr
    result = run("score", feed, "--profile", "bank")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no profile 'bank'" in result.stderr


def test_a_profile_and_a_policy_are_used(tmp_path: Path, feed: Path, shipped_policy: str) -> None:
    lax = shipped_policy.replace("2026", "own-2026", 1) + "\n[profiles.lax]\n"
    names = sorted({signal["name"] for signal in lines(run("score", feed).stdout)[1]["signals"]})
    (tmp_path / "own.toml").write_text(f"{lax}exempt = {json.dumps(names)}\n", "utf-8")
    result = run("score", feed, "--policy", tmp_path / "own.toml", "--profile", "lax")
    assert result.exit_code == 0
    assert all(verdict["versions"]["policy"].startswith("own-") for verdict in lines(result.stdout))


def test_a_model_that_does_not_verify_is_a_failure(tmp_path: Path, feed: Path) -> None:
    result = run("score", feed, "--model", tmp_path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no manifest.json here" in result.stderr


@pytest.fixture
def shipped_policy() -> str:
    from importlib.resources import files

    return files("moderation.resources").joinpath("policy.toml").read_text("utf-8")


def test_a_good_policy_is_called_good(tmp_path: Path, shipped_policy: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(shipped_policy, "utf-8")
    result = run("policy", "check", path)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{path}: good. Version ")
    assert "hospital" in result.stdout


def test_a_bad_policy_is_pointed_at(tmp_path: Path, shipped_policy: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(re.sub(r"(\[thresholds\.fraud\]\n)review = [\d.]+", r"\1review = 5", shipped_policy), "utf-8")
    line = path.read_text("utf-8").splitlines().index("review = 5") + 1
    result = run("policy", "check", path)
    assert result.exit_code == 1
    assert result.stderr == f"moderation: {path}:{line}: thresholds.fraud.review: a number from 0 to 1 is needed here\n"
    assert run("policy", "check", tmp_path / "none.toml").exit_code == 1


def test_the_schema_is_printed() -> None:
    result = run("schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == verdict_json.schema()


def test_the_version_is_printed() -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"{__version__}\n")


def test_train_and_evaluate(tmp_path: Path) -> None:
    config = write_config(tmp_path, rows())
    result = run("train", config, "--target", tmp_path / "models", "--runs", tmp_path / "runs")
    assert result.exit_code == 0
    assert "| gambling |" in result.stdout
    model = tmp_path / "models" / "title-0.0.1"
    result = run("evaluate", "--corpus", tmp_path / "titles.jsonl", "--split", "dev", "--model", model)
    assert result.exit_code == 0
    assert result.stdout.startswith("# title-0.0.1, policy ")
    assert run("score", "-", "--model", model, stdin=record("a", "茶")).exit_code in (0, 3, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "none.toml"], "none.toml"),
        (["evaluate", "--corpus", "none.jsonl"], "none.jsonl"),
        (["evaluate", "--corpus", "rows.jsonl", "--split", "nope"], "no rows in split 'nope'"),
        (["evaluate", "--corpus", "bad.jsonl"], "bad.jsonl:1: field 'text'"),
        (["evaluate", "--corpus", "rows.jsonl", "--policy", "none.toml"], "none.toml"),
        (["evaluate", "--corpus", "rows.jsonl", "--model", "."], "no manifest.json"),
    ],
)
def test_training_and_evaluation_say_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_config(tmp_path, rows())
    (tmp_path / "titles.jsonl").rename("rows.jsonl")
    (tmp_path / "bad.jsonl").write_text('{"id": "a", "categories": [], "group": "plain"}\n', "utf-8")
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("moderation: ")
    assert message in result.stderr


def test_extra_packages_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in sys.modules if name.startswith("moderation.training")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    for arguments in (["train", tmp_path / "title.toml"], ["evaluate"]):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "pip install 'qingliu[train]'" in result.stderr


Process = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def python(tmp_path: Path) -> Process:
    """Runs this Python in a folder of its own and without a UTF-8 locale."""

    def run_python(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "LC_ALL": "C", "PYTHONWARNINGS": "error"}
        return subprocess.run(
            [sys.executable, *arguments], input=stdin, capture_output=True, cwd=tmp_path, env=environment, timeout=60
        )

    return run_python


SCORE_AND_LIST = f"""
import sys
from moderation.cli import app
code = app(["score", "-"], standalone_mode=False)
heavy = sorted(name for name in sys.modules if name.partition(".")[0] in {HEAVY!r})
print(code, heavy, file=sys.stderr)
"""


def test_scoring_imports_no_training_package(python: Process) -> None:
    text = "\n".join([record("a", BAD), record("b", GOOD, html="<p>茶叶</p><a href='/'>看</a>")])
    done = python("-c", SCORE_AND_LIST, stdin=text.encode())
    assert done.stderr.decode() == "4 []\n"
    assert len(lines(done.stdout.decode())) == 2


def test_importing_the_package_loads_nothing(python: Process) -> None:
    code = "import sys, moderation; print(sorted(n for n in sys.modules if n.startswith('moderation') or n == 'numpy'))"
    assert python("-c", code).stdout == b"['moderation']\n"


def test_the_command_works_in_a_pipe_without_a_utf8_locale(python: Process) -> None:
    text = f"{record('图', BAD)}\n{{\n".encode()
    command = "import sys; sys.argv = ['moderation', *sys.argv[1:]]; from moderation.cli import app; app()"
    done = python("-c", command, "score", "-", "--format", "human", stdin=text)
    assert done.returncode == 1
    assert "REJECT 拒绝  图" in done.stdout.decode()
    assert done.stderr.decode().startswith("moderation: -:2: no JSON")
