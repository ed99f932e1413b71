"""Nudges may be of any kind: those the program knows are listed in the program alone.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
WORD = sa.String(32)
NUDGES = "id, person_id, kind, subject_id, period, due_at, state, useful_until, queued_at"


def where(condition: str) -> dict[str, Any]:
    """Return the arguments that make an index partial on both engines."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """Drop the list of kinds, so that the next one needs no migration."""
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_nudges()
    else:
        op.drop_constraint(op.f("ck_nudges_nudgekind"), "nudges", type_="check")


def _rebuild_nudges() -> None:
    """Make the table of nudges anew, since SQLite changes no constraint of a table that is there."""
    op.create_table(
        "nudges_of_any_kind",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("useful_until", INSTANT),
        sa.Column("queued_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_nudges"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_nudges_person_id"),
        sa.UniqueConstraint("person_id", "kind", "period", name="uq_nudges_person_id_kind_period"),
        sa.CheckConstraint(
            "state IN ('pending', 'queued', 'cancelled', 'missed', 'failed')", name=op.f("ck_nudges_nudgestate")
        ),
        sa.CheckConstraint("(state = 'queued') = (queued_at IS NOT NULL)", name=op.f("ck_nudges_queued")),
    )
    op.execute(f"INSERT INTO nudges_of_any_kind ({NUDGES}) SELECT {NUDGES} FROM nudges")  # noqa: S608 (names of ours)
    op.drop_table("nudges")
    op.rename_table("nudges_of_any_kind", "nudges")
    op.create_index("ix_nudges_pending_due_at", "nudges", ["due_at"], **where("state = 'pending'"))
    op.create_index(
        "ix_nudges_pending_person_id_due_at", "nudges", ["person_id", "due_at"], **where("state = 'pending'")
    )
    op.create_index(
        "ix_nudges_queued_person_id_queued_at", "nudges", ["person_id", "queued_at"], **where("state = 'queued'")
    )
    op.create_index("ix_nudges_queued_queued_at", "nudges", ["queued_at"], **where("state = 'queued'"))
    op.create_index("ix_nudges_subject_id", "nudges", ["subject_id"])
