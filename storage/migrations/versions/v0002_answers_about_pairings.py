"""What people say of their pairings: how they fit, and whether they would gladly be paired so again.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "partner_answers",
        sa.Column("pairing_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("fit", sa.String(32)),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("pairing_id", "person_id", name="pk_partner_answers"),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairings.id"], name="fk_partner_answers_pairing_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_partner_answers_person_id"),
        sa.CheckConstraint("fit IN ('good', 'deciding', 'change')", name=op.f("ck_partner_answers_fit")),
    )
