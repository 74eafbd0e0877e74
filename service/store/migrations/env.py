"""Alembic runs this; the connection, and its transaction, come from `Database.migrate`."""

from __future__ import annotations

from typing import Literal

from alembic import context

from service.store.tables import Moment, Row


def _written(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Migrations outlive the classes of today, so they name SQLAlchemy's types alone."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    compare_server_default=True,
    transactional_ddl=True,
    render_as_batch=True,
    render_item=_written,
)
with context.begin_transaction():
    context.run_migrations()
