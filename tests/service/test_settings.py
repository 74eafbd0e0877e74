from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.settings import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def no_settings_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("QINGLIU_")]:
        monkeypatch.delenv(name)


def test_without_any_it_listens_on_loopback_with_sqlite_and_no_keys() -> None:
    settings = load_settings()
    assert settings.host == "127.0.0.1"
    assert settings.database.get_secret_value().startswith("sqlite:///")
    assert not settings.keys_required
    assert not settings.cors_origins
    assert not settings.callback_hosts


def test_arguments_outweigh_the_environment_and_that_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "s.toml"
    file.write_text('port = 1\nthreads = 1\nwaiting = 1\ncallback_hosts = ["a.example"]\ncallback_secret = "s"\n')
    monkeypatch.setenv("QINGLIU_THREADS", "2")
    monkeypatch.setenv("QINGLIU_WAITING", "2")
    settings = load_settings(file, waiting=3)
    assert (settings.port, settings.threads, settings.waiting) == (1, 2, 3)
    assert settings.callback_hosts == ("a.example",)


def test_a_list_in_the_environment_has_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QINGLIU_CORS_ORIGINS", "https://a.example, https://b.example")
    assert load_settings().cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"port": 70_000}, "port"),
        ({"rate": "often"}, "rate"),
        ({"database": "mysql://u:secret-word@h/d"}, "mysql"),
        ({"database": "not an address secret-word"}, "database"),
        ({"callback_hosts": "a.example"}, "callback_secret"),
        ({"no_such": 1}, "no_such"),
        ({"shadow_share": 2}, "shadow_share"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_quoted(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        load_settings(**given)
    assert "secret-word" not in str(caught.value)


def test_a_misspelt_name_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QINGLIU_PROT", "9000")
    with pytest.raises(SettingsError, match="QINGLIU_PROT"):
        load_settings()


@pytest.mark.parametrize("text", ["port = [", "prot = 1", "port = 'x'"])
def test_a_bad_file_is_named_or_its_field(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"bad\.toml|prot|port"):
        load_settings(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: no such file"):
        load_settings(tmp_path / "none.toml")


def test_what_is_shown_holds_no_secret() -> None:
    settings = Settings(
        database="postgresql://someone:secret-word@db/x",
        callback_secret="secret-word",
        rate_storage="redis://:secret-word@r/0",
    )
    assert "secret-word" not in str(settings.shown())
    assert "someone" in settings.shown()["database"]
    assert "secret-word" not in repr(settings)


@pytest.mark.parametrize(
    ("host", "keys", "required"),
    [
        ("127.0.0.1", "auto", False),
        ("127.8.9.1", "auto", False),
        ("::1", "auto", False),
        ("localhost", "auto", False),
        ("0.0.0.0", "auto", True),
        ("::", "auto", True),
        ("10.0.0.7", "auto", True),
        ("api.example", "auto", True),
        ("127.0.0.1", "always", True),
        ("0.0.0.0", "never", False),
    ],
)
def test_keys_are_asked_for_on_any_address_but_loopback(host: str, keys: Any, required: bool) -> None:
    assert Settings(host=host, keys=keys).keys_required is required
