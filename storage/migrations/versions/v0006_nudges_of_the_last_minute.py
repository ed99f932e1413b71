"""An index that tells how many nudges went in the last minute, by whichever process.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index when messages were sent."""
    sent = sa.text("sent_at IS NOT NULL")
    op.create_index("ix_outbox_sent_at", "outbox", ["sent_at"], sqlite_where=sent, postgresql_where=sent)
