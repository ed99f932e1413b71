"""Runs the migrations on a connection that is in a transaction already."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from storage.engine import StorageError


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, made here rather than read from a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Run what is missing; raise StorageError for a database that a newer program has migrated."""
    try:
        command.upgrade(configuration(connection), "head")
    except CommandError as error:
        raise StorageError(f"this program is older than the database it was given: {error}") from error
