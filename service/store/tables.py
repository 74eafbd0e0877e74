"""What is stored, as SQLAlchemy tables of types that SQLite and PostgreSQL share.

A text that a client wrote stands in a JSON column: it may hold NUL or half a surrogate pair, which PostgreSQL takes in
no other.
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, with its time zone also on SQLite, which keeps none. A naive one raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To what the database keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From what the database keeps."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = Annotated[str, mapped_column(String(32))]
Name = Annotated[str, mapped_column(String(200))]
ClientText = Annotated[str, mapped_column(JSON)]
Number = Annotated[int, mapped_column(BigInteger().with_variant(Integer(), "sqlite"))]


def new_id() -> str:
    """32 hexadecimal digits: milliseconds first, so that an index grows at its end, then 80 bits nobody guesses."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


class Row(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment(), dict[str, Any]: JSON(), list[str]: JSON()}  # noqa: RUF012

    @classmethod
    def table(cls) -> Table:
        """The table itself, for statements that skip the ORM."""
        found = cls.__table__
        assert isinstance(found, Table)
        return found


class VerdictRow(Row):
    """A verdict as it is kept: masked."""

    __tablename__ = "verdict"

    id: Mapped[Id] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    owner: Mapped[Id | None]
    text_hash: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(8))
    verdict: Mapped[dict[str, Any]]
    text: Mapped[str | None] = mapped_column(Text)


class FeedbackRow(Row):
    """What a person says a verdict should have been."""

    __tablename__ = "feedback"

    id: Mapped[Id] = mapped_column(primary_key=True)
    verdict_id: Mapped[Id] = mapped_column(ForeignKey("verdict.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    owner: Mapped[Id | None]
    expected_action: Mapped[str] = mapped_column(String(8))
    categories: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    because: Mapped[ClientText]


class KeyRow(Row):
    """An API key; its secrets stand apart, since two work while one replaces the other."""

    __tablename__ = "api_key"

    id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[Name]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SecretRow(Row):
    """The hash of one secret of a key."""

    __tablename__ = "api_secret"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[Id] = mapped_column(ForeignKey("api_key.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    until: Mapped[datetime | None]


class IdempotencyRow(Row):
    """A request that may be sent again, and its answer once there is one."""

    __tablename__ = "idempotency"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    claim: Mapped[Id]
    started_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


class ReleaseRow(Row):
    """What one run of the service was told to load."""

    __tablename__ = "release"

    generation: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    run_id: Mapped[Name] = mapped_column(index=True)
    created_at: Mapped[datetime]
    model: Mapped[str | None] = mapped_column(Text)
    policy: Mapped[str | None] = mapped_column(Text)
    profile: Mapped[str | None] = mapped_column(Text)
    by: Mapped[str | None] = mapped_column(Text)


class DifferenceRow(Row):
    """What a shadow model would have said of a verdict."""

    __tablename__ = "difference"

    id: Mapped[Id] = mapped_column(primary_key=True)
    verdict_id: Mapped[Id] = mapped_column(ForeignKey("verdict.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    current_action: Mapped[str] = mapped_column(String(8))
    shadow_action: Mapped[str] = mapped_column(String(8))
    categories: Mapped[dict[str, Any]]
    versions: Mapped[dict[str, Any]]


class JobRow(Row):
    """A batch that was accepted, and how far it is."""

    __tablename__ = "job"

    id: Mapped[Id] = mapped_column(primary_key=True)
    owner: Mapped[Id | None]
    repeat_of: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    profile: Mapped[str | None] = mapped_column(Text)
    callback_url: Mapped[str | None] = mapped_column(Text)
    total: Mapped[int]
    finished: Mapped[int]
    failed: Mapped[int]
    allowed: Mapped[int]
    reviewed: Mapped[int]
    rejected: Mapped[int]


class ItemRow(Row):
    """One article of a job. Its text goes when it is judged."""

    __tablename__ = "job_item"
    __table_args__ = (
        UniqueConstraint("job_id", "place"),
        Index(
            "ix_job_item_unfinished",
            "id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[Number] = mapped_column(primary_key=True)
    job_id: Mapped[Id] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    place: Mapped[int]
    article_id: Mapped[str | None] = mapped_column(JSON(none_as_null=True))
    article: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    claimed_by: Mapped[Name | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int]
    finished_at: Mapped[datetime | None]
    verdict_id: Mapped[Id | None] = mapped_column(ForeignKey("verdict.id", ondelete="SET NULL"), index=True)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class CallbackRow(Row):
    """The message that a job is done, until it is delivered or given up."""

    __tablename__ = "callback"

    id: Mapped[Id] = mapped_column(primary_key=True)
    job_id: Mapped[Id] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), unique=True)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int]
    delivered_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(Text)
