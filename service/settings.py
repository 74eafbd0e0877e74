"""What an operator may set: from the environment (`QINGLIU_PORT=9000`) and from a TOML file; the environment wins."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from limits import parse as parse_rate
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from service.jobs.destination import named_origin

_MEBIBYTE = 1024 * 1024


PREFIX = "QINGLIU_"
FILE, RUN = f"{PREFIX}SETTINGS", f"{PREFIX}RUN"
"""Names in the environment that are no settings: the file to read, and what the workers of one start have in common."""


def _listed(value: Any) -> Any:
    """A list, also where the environment gives it as `a,b`."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Pauses = Annotated[tuple[Annotated[float, Field(ge=0, le=604_800)], ...], NoDecode, BeforeValidator(_listed)]


class SettingsError(Exception):
    """Settings that cannot be used; the message names each field that is wrong, and quotes no secret."""


class Settings(BaseSettings):
    """All settings, with what they are by default: the shipped model, SQLite beside the process, loopback only."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65_535)
    workers: int = Field(1, ge=1, le=256, description="processes; each holds the models once")

    model: Path | None = Field(None, description="a model folder; by default the shipped one")
    policy: Path | None = Field(None, description="a policy file; by default the shipped one")
    models_folder: Path | None = Field(None, description="where a reload looks for models; by default the shipped ones")
    policies_folder: Path | None = Field(
        None, description="where a reload looks for policies; without it only the one set"
    )
    shadow_model: Path | None = Field(None, description="a second model that scores a share and decides nothing")
    shadow_share: float = Field(0.1, ge=0, le=1)

    database: SecretStr = Field(SecretStr("sqlite:///qingliu.db"), description="an SQLAlchemy address")
    keep_days: int = Field(30, ge=1, description="after this, verdicts and jobs are deleted")
    keep_text: bool = Field(False, description="store the full text of each article with its verdict")

    keys: Literal["auto", "always", "never"] = Field("auto", description="auto: for any address but loopback")
    rate: str = Field("1200/minute", description="requests and feedback for each key (articles count in a batch)")
    rate_storage: SecretStr = Field(
        SecretStr("memory://"),
        description="memory:// counts in each worker; redis:// in all, and needs the package redis",
    )
    body_limit: int = Field(10 * _MEBIBYTE, ge=1024, description="bytes of a request with one article")
    batch_body_limit: int = Field(64 * _MEBIBYTE, ge=1024, description="bytes of a batch or job")
    job_articles: int = Field(10_000, ge=1, description="articles in one job")

    threads: int = Field(
        2, ge=1, le=64, description="scoring threads of a worker: one scores while one waits for the encoder"
    )
    waiting: int = Field(64, ge=1, description="articles that may wait for a thread; over it, 503")
    time_limit: float = Field(10.0, gt=0, description="seconds that an article may take, waiting included")
    body_time_limit: float = Field(30.0, gt=0, description="seconds that a request's body may take to arrive")
    drain: float = Field(30.0, gt=0, description="seconds that open requests get at the end")

    jobs_waiting: int = Field(100_000, ge=1, description="articles of jobs that may wait; over it, 503")
    callback_hosts: Names = Field(
        (), description="hosts that jobs may call back, by https (or scheme://host:port); none by default"
    )
    callback_secret: SecretStr | None = Field(None, description="signs callbacks")
    callback_schedule: Pauses = Field(
        (10, 60, 300, 1_800, 7_200, 21_600, 43_200), description="seconds between the tries of a callback"
    )
    cors_origins: Names = Field((), description="origins that browsers may call from; none by default")
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("rate")
    @classmethod
    def _a_rate(cls, value: str) -> str:
        parse_rate(value)
        return value

    @field_validator("callback_hosts")
    @classmethod
    def _hosts(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            named_origin(value)
        return values

    @field_validator("database")
    @classmethod
    def _an_address(cls, value: SecretStr) -> SecretStr:
        try:
            dialect = make_url(value.get_secret_value()).get_backend_name()
        except ArgumentError:
            raise ValueError("this is no SQLAlchemy address") from None
        if dialect not in ("sqlite", "postgresql"):
            raise ValueError(f"the store is SQLite or PostgreSQL, not {dialect}")
        return value

    @model_validator(mode="after")
    def _callbacks_are_signed(self) -> Self:
        if self.callback_hosts and not (self.callback_secret and self.callback_secret.get_secret_value()):
            raise ValueError("callback_hosts needs callback_secret: an unsigned callback can be forged")
        return self

    @property
    def keys_required(self) -> bool:
        """Whether a request must carry an API key."""
        return self.keys == "always" or (self.keys == "auto" and not _is_loopback(self.host))

    def shown(self) -> dict[str, Any]:
        """The settings as a log may hold them: secrets covered, and of an address with a password only the rest."""
        values = self.model_dump(mode="json")
        values["database"] = make_url(self.database.get_secret_value()).render_as_string(hide_password=True)
        return values

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, and that over the file."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


def load_settings(file: Path | None = None, **given: Any) -> Settings:
    """Settings from the arguments that are not None, the environment, and a file. Raises SettingsError."""
    if file is not None and not file.is_file():
        raise SettingsError(f"{file}: no such file")
    _refuse_unknown_names()

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    try:
        return FromFile(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, item['loc'])) or 'settings'}: {item['msg']}" for item in error.errors()]
        raise SettingsError("; ".join(lines)) from None
    except ValueError as error:
        raise SettingsError(f"{file or 'the environment'}: {error}") from None


def _refuse_unknown_names() -> None:
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | {FILE, RUN}
    unknown = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise SettingsError(f"{', '.join(unknown)}: no such setting")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
