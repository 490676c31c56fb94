"""The history of the operations database's tables, run by Alembic."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from lakmus.ops.database import MIGRATIONS


def upgrade(connection: Connection) -> None:
    """Brings the tables to the newest revision, within the connection's transaction."""
    command.upgrade(_config(connection), "head")


def head() -> str:
    """The newest revision, as Alembic reads the files."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
