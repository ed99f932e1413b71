"""What Alembic runs: the migrations, on the connection that ``storage.migrations.runner`` was given."""

from __future__ import annotations

from alembic import context

from storage.tables import BaseRow

context.configure(
    connection=context.config.attributes["connection"], target_metadata=BaseRow.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
