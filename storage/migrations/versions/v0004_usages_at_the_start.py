"""What people do with their topics as they enrol, so that what they do later can be compared.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WORD = sa.String(32)
ASKED = "asked IN ('at_start', 'at_close', 'month_after')"
COLUMNS = "person_id, cohort_id, topic_id, asked, present_use, answered_at"


def upgrade() -> None:
    """Let usages be told at the start; of those enrolled already, what their profile says stands in for it."""
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_usages()
    else:
        op.drop_constraint(op.f("ck_usages_asked"), "usages", type_="check")
        op.create_check_constraint(op.f("ck_usages_asked"), "usages", ASKED)
    op.execute(
        f"INSERT INTO usages ({COLUMNS})"  # noqa: S608 (names of ours)
        " SELECT wants.person_id, participants.cohort_id, wants.topic_id, 'at_start', wants.present_use,"
        " participants.joined_at FROM wants JOIN participants ON participants.person_id = wants.person_id"
    )


def _rebuild_usages() -> None:
    """Make the table anew, since SQLite changes no constraint of a table that is there."""
    op.create_table(
        "usages_from_the_start",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("topic_id", sa.String(), nullable=False),
        sa.Column("asked", WORD, nullable=False),
        sa.Column("present_use", sa.SmallInteger(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "cohort_id", "topic_id", "asked", name="pk_usages"),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name="fk_usages_cohort_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_usages_person_id"),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name="fk_usages_topic_id"),
        sa.CheckConstraint(ASKED, name=op.f("ck_usages_asked")),
        sa.CheckConstraint("present_use BETWEEN 0 AND 3", name=op.f("ck_usages_present_use")),
    )
    op.execute(f"INSERT INTO usages_from_the_start ({COLUMNS}) SELECT {COLUMNS} FROM usages")  # noqa: S608 (names of ours)
    op.drop_table("usages")
    op.rename_table("usages_from_the_start", "usages")
    op.create_index("ix_usages_cohort_id", "usages", ["cohort_id"])
