"""Write a migration from what `service/store/tables.py` says and the newest migration does not.

    python tools/new_migration.py "Verdicts know their site"

It is a draft: read it, and give rows that exist their values.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config

from service.store import migrations
from service.store.database import Database


def write(message: str) -> None:
    """Add a file to `service/store/migrations/versions`."""
    versions = Path(migrations.__path__[0]) / "versions"
    newest = max(int(path.name[:4]) for path in versions.glob("[0-9]*.py"))
    config = Config()
    config.set_main_option("script_location", "service.store:migrations")
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/draft.db")
        database.migrate()
        with database.migrating() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=f"{newest + 1:04d}")
        database.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or not re.search(r"\w", sys.argv[1]):
        sys.exit(__doc__)
    write(sys.argv[1])
