"""The end of a cohort: what people say then, what they do a month on, and the nudges that ask.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
WORD = sa.String(32)
KINDS = (
    "kind IN ('how_did_it_go', 'before_session', 'proposal_unanswered', 'twice_cancelled', 'still_going',"
    " 'first_session_unplanned', 'cohort_ending', 'next_try', 'pulse_unanswered', 'close_survey', 'usage_question',"
    " 'nothing_planned')"
)
NUDGES = "id, person_id, kind, subject_id, period, due_at, state, useful_until, queued_at"


def where(condition: str) -> dict[str, Any]:
    """Return the arguments that make an index partial on both engines."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """Create the tables, and let nudges be of the new kinds."""
    op.create_table(
        "close_answers",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("again", WORD, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "cohort_id", name="pk_close_answers"),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name="fk_close_answers_cohort_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_close_answers_person_id"),
        sa.CheckConstraint("again IN ('yes', 'maybe', 'no')", name=op.f("ck_close_answers_again")),
    )
    op.create_index("ix_close_answers_cohort_id", "close_answers", ["cohort_id"])

    op.create_table(
        "usages",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("topic_id", sa.String(), nullable=False),
        sa.Column("asked", WORD, nullable=False),
        sa.Column("present_use", sa.SmallInteger(), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "cohort_id", "topic_id", "asked", name="pk_usages"),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name="fk_usages_cohort_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_usages_person_id"),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name="fk_usages_topic_id"),
        sa.CheckConstraint("asked IN ('at_close', 'month_after')", name=op.f("ck_usages_asked")),
        sa.CheckConstraint("present_use BETWEEN 0 AND 3", name=op.f("ck_usages_present_use")),
    )
    op.create_index("ix_usages_cohort_id", "usages", ["cohort_id"])

    if op.get_bind().dialect.name == "sqlite":
        _rebuild_nudges()
    else:
        op.drop_constraint(op.f("ck_nudges_nudgekind"), "nudges", type_="check")
        op.create_check_constraint(op.f("ck_nudges_nudgekind"), "nudges", KINDS)


def _rebuild_nudges() -> None:
    """Make the table of nudges anew, since SQLite changes no constraint of a table that is there."""
    op.create_table(
        "nudges_of_all_kinds",
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
        sa.CheckConstraint(KINDS, name=op.f("ck_nudges_nudgekind")),
        sa.CheckConstraint(
            "state IN ('pending', 'queued', 'cancelled', 'missed', 'failed')", name=op.f("ck_nudges_nudgestate")
        ),
        sa.CheckConstraint("(state = 'queued') = (queued_at IS NOT NULL)", name=op.f("ck_nudges_queued")),
    )
    op.execute(f"INSERT INTO nudges_of_all_kinds ({NUDGES}) SELECT {NUDGES} FROM nudges")  # noqa: S608 (names of ours)
    op.drop_table("nudges")
    op.rename_table("nudges_of_all_kinds", "nudges")
    op.create_index("ix_nudges_pending_due_at", "nudges", ["due_at"], **where("state = 'pending'"))
    op.create_index(
        "ix_nudges_pending_person_id_due_at", "nudges", ["person_id", "due_at"], **where("state = 'pending'")
    )
    op.create_index(
        "ix_nudges_queued_person_id_queued_at", "nudges", ["person_id", "queued_at"], **where("state = 'queued'")
    )
    op.create_index("ix_nudges_queued_queued_at", "nudges", ["queued_at"], **where("state = 'queued'"))
    op.create_index("ix_nudges_subject_id", "nudges", ["subject_id"])
