"""The programme: every table of the first version.

Revision ID: 0001
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.String(32)


def where(condition: str) -> dict[str, Any]:
    """Return the arguments that make an index partial on both engines."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "people",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.String()),
        sa.Column("team_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String()),
        sa.Column("email_key", sa.String()),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("tz", sa.String(), nullable=False),
        sa.Column("is_guest", sa.Boolean(), nullable=False),
        sa.Column("is_deactivated", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("welcomed_at", INSTANT),
        sa.Column("home_opened_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("team_id", "user_id", name="uq_people_team_id_user_id"),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("ck_people_language")),
    )
    op.create_index("ix_people_email_key", "people", ["email_key"])

    op.create_table(
        "directory_entries",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("manager_email", sa.String()),
        sa.Column("department", sa.String()),
        sa.Column("team", sa.String()),
        sa.Column("site", sa.String()),
        sa.Column("country", sa.String()),
        sa.Column("region", sa.String()),
        sa.Column("grade", sa.String()),
        sa.Column("groups", JSON, nullable=False),
        sa.Column("hr_partner_email", sa.String()),
        sa.PrimaryKeyConstraint("email", name="pk_directory_entries"),
    )

    op.create_table(
        "topics",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("names", JSON, nullable=False),
        sa.Column("kits", JSON, nullable=False),
        sa.Column("tips", JSON, nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_topics"),
    )

    op.create_table(
        "cohorts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("enrol_until", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("format", WORD, nullable=False),
        sa.Column("cadence_weeks", sa.Integer(), nullable=False),
        sa.Column("sessions_planned", sa.Integer(), nullable=False),
        sa.Column("goal", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_cohorts"),
        sa.CheckConstraint("cadence_weeks > 0", name=op.f("ck_cohorts_cadence")),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_cohorts_cohortstate")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_cohorts_dates")),
        sa.CheckConstraint("format IN ('path', 'collective', 'flash')", name=op.f("ck_cohorts_format")),
        sa.CheckConstraint("goal > 0", name=op.f("ck_cohorts_goal")),
        sa.CheckConstraint("sessions_planned > 0", name=op.f("ck_cohorts_sessions")),
    )
    op.create_index("uq_cohorts_open", "cohorts", ["state"], unique=True, **where("state = 'open'"))

    op.create_table(
        "participants",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("roles", JSON, nullable=False),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("formats", JSON, nullable=False),
        sa.Column("place", WORD, nullable=False),
        sa.Column("half_days", JSON, nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("collective_seats", sa.Integer(), nullable=False),
        sa.Column("department", sa.String()),
        sa.Column("team", sa.String()),
        sa.Column("site", sa.String()),
        sa.Column("state", WORD, nullable=False),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.Column("paused_until", sa.Date()),
        sa.Column("left_at", INSTANT),
        sa.Column("waiting_since", INSTANT),
        sa.Column("unserved_rounds", sa.Integer(), nullable=False),
        sa.Column("stopped_nudges", JSON, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_participants"),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name="fk_participants_cohort_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_participants_person_id"),
        sa.CheckConstraint("collective_seats >= 0", name=op.f("ck_participants_collective_seats")),
        sa.CheckConstraint("state <> 'left' OR left_at IS NOT NULL", name=op.f("ck_participants_left")),
        sa.CheckConstraint("state IN ('active', 'paused', 'left')", name=op.f("ck_participants_participantstate")),
        sa.CheckConstraint("(state = 'paused') = (paused_until IS NOT NULL)", name=op.f("ck_participants_paused")),
        sa.CheckConstraint("place IN ('on_site', 'remote', 'either')", name=op.f("ck_participants_place")),
        sa.CheckConstraint("seats >= 0", name=op.f("ck_participants_seats")),
        sa.CheckConstraint("unserved_rounds >= 0", name=op.f("ck_participants_unserved_rounds")),
    )
    op.create_index("ix_participants_cohort_id", "participants", ["cohort_id"])
    op.create_index("ix_participants_paused_until", "participants", ["paused_until"], **where("state = 'paused'"))

    op.create_table(
        "offers",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("topic_id", sa.String(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "topic_id", name="pk_offers"),
        sa.ForeignKeyConstraint(["person_id"], ["participants.person_id"], name="fk_offers_person_id"),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name="fk_offers_topic_id"),
        sa.CheckConstraint("level BETWEEN 2 AND 4", name=op.f("ck_offers_level")),
    )

    op.create_table(
        "wants",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("topic_id", sa.String(), nullable=False),
        sa.Column("present_use", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "topic_id", name="pk_wants"),
        sa.ForeignKeyConstraint(["person_id"], ["participants.person_id"], name="fk_wants_person_id"),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name="fk_wants_topic_id"),
        sa.CheckConstraint("present_use BETWEEN 0 AND 3", name=op.f("ck_wants_present_use")),
    )

    op.create_table(
        "exclusions",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("avoided_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "avoided_id", name="pk_exclusions"),
        sa.ForeignKeyConstraint(["avoided_id"], ["people.id"], name="fk_exclusions_avoided_id"),
        sa.ForeignKeyConstraint(["person_id"], ["participants.person_id"], name="fk_exclusions_person_id"),
    )

    op.create_table(
        "rounds",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("drafted_by", sa.String(), nullable=False),
        sa.Column("drafted_at", INSTANT, nullable=False),
        sa.Column("served", sa.Integer(), nullable=False),
        sa.Column("total_score", sa.Integer(), nullable=False),
        sa.Column("settled_by", sa.String()),
        sa.Column("settled_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_rounds"),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name="fk_rounds_cohort_id"),
        sa.ForeignKeyConstraint(["drafted_by"], ["people.id"], name="fk_rounds_drafted_by"),
        sa.ForeignKeyConstraint(["settled_by"], ["people.id"], name="fk_rounds_settled_by"),
        sa.CheckConstraint("state IN ('draft', 'published', 'dismissed')", name=op.f("ck_rounds_roundstate")),
        sa.CheckConstraint("(state = 'draft') = (settled_at IS NULL)", name=op.f("ck_rounds_settled")),
    )
    op.create_index("ix_rounds_cohort_id_drafted_at", "rounds", ["cohort_id", "drafted_at"])
    op.create_index("uq_rounds_draft", "rounds", ["cohort_id"], unique=True, **where("state = 'draft'"))

    op.create_table(
        "decisions",
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("mentor_id", sa.String(), nullable=False),
        sa.Column("mentee_id", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("round_id", "mentor_id", "mentee_id", name="pk_decisions"),
        sa.ForeignKeyConstraint(["mentee_id"], ["people.id"], name="fk_decisions_mentee_id"),
        sa.ForeignKeyConstraint(["mentor_id"], ["people.id"], name="fk_decisions_mentor_id"),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name="fk_decisions_round_id"),
        sa.CheckConstraint("decision IN ('forbidden', 'overridden')", name=op.f("ck_decisions_decision")),
    )

    op.create_table(
        "unplaced",
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rule", JSON, nullable=False),
        sa.Column("remedy", JSON),
        sa.PrimaryKeyConstraint("round_id", "person_id", name="pk_unplaced"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_unplaced_person_id"),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name="fk_unplaced_round_id"),
    )

    op.create_table(
        "proposals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("format", WORD, nullable=False),
        sa.Column("topic_id", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name="fk_proposals_cohort_id"),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name="fk_proposals_round_id"),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name="fk_proposals_topic_id"),
        sa.CheckConstraint("state <> 'asked' OR expires_at IS NOT NULL", name=op.f("ck_proposals_asked")),
        sa.CheckConstraint("format IN ('path', 'collective', 'flash')", name=op.f("ck_proposals_format")),
        sa.CheckConstraint(
            "state IN ('draft', 'asked', 'accepted', 'declined', 'expired', 'dismissed')",
            name=op.f("ck_proposals_proposalstate"),
        ),
    )
    op.create_index("ix_proposals_asked_cohort_id", "proposals", ["cohort_id"], **where("state = 'asked'"))
    op.create_index("ix_proposals_asked_expires_at", "proposals", ["expires_at"], **where("state = 'asked'"))
    op.create_index("ix_proposals_round_id_score", "proposals", ["round_id", "score"])

    op.create_table(
        "proposal_seats",
        sa.Column("proposal_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("asked_at", INSTANT),
        sa.Column("answer", WORD),
        sa.Column("answered_at", INSTANT),
        sa.PrimaryKeyConstraint("proposal_id", "person_id", name="pk_proposal_seats"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_proposal_seats_person_id"),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_proposal_seats_proposal_id"),
        sa.CheckConstraint("answer IN ('yes', 'no', 'silence')", name=op.f("ck_proposal_seats_answer")),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_proposal_seats_answered")),
        sa.CheckConstraint("role IN ('mentor', 'mentee')", name=op.f("ck_proposal_seats_role")),
    )
    op.create_index("ix_proposal_seats_person_id", "proposal_seats", ["person_id"])

    op.create_table(
        "pairings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("proposal_id", sa.String()),
        sa.Column("format", WORD, nullable=False),
        sa.Column("topic_id", sa.String(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("introduced_at", INSTANT, nullable=False),
        sa.Column("cadence_weeks", sa.Integer(), nullable=False),
        sa.Column("sessions_planned", sa.Integer(), nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("end_reason", WORD),
        sa.Column("closes_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_pairings"),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name="fk_pairings_cohort_id"),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_pairings_proposal_id"),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name="fk_pairings_topic_id"),
        sa.UniqueConstraint("proposal_id", name="uq_pairings_proposal_id"),
        sa.CheckConstraint("cadence_weeks > 0", name=op.f("ck_pairings_cadence")),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_pairings_ended")),
        sa.CheckConstraint(
            "end_reason IN ('completed', 'changed', 'left', 'quiet', 'cohort_closed')",
            name=op.f("ck_pairings_endreason"),
        ),
        sa.CheckConstraint("format IN ('path', 'collective', 'flash')", name=op.f("ck_pairings_format")),
        sa.CheckConstraint("state IN ('active', 'ended')", name=op.f("ck_pairings_pairingstate")),
        sa.CheckConstraint("sessions_planned > 0", name=op.f("ck_pairings_sessions")),
    )
    op.create_index("ix_pairings_cohort_id", "pairings", ["cohort_id"])
    op.create_index("ix_pairings_introduced_at", "pairings", ["introduced_at"])
    op.create_index("ix_pairings_closes_at", "pairings", ["closes_at"], **where("closes_at IS NOT NULL"))

    op.create_table(
        "pairing_seats",
        sa.Column("pairing_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.PrimaryKeyConstraint("pairing_id", "person_id", name="pk_pairing_seats"),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairings.id"], name="fk_pairing_seats_pairing_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_pairing_seats_person_id"),
        sa.CheckConstraint("role IN ('mentor', 'mentee')", name=op.f("ck_pairing_seats_role")),
    )
    op.create_index("ix_pairing_seats_person_id", "pairing_seats", ["person_id"])

    op.create_table(
        "sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("pairing_id", sa.String()),
        sa.Column("format", WORD, nullable=False),
        sa.Column("topic_ids", JSON, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("planned_by", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("tried", sa.String(), nullable=False),
        sa.Column("next_try", sa.String(), nullable=False),
        sa.Column("logged_by", sa.String()),
        sa.Column("logged_at", INSTANT),
        sa.Column("cancelled_by", sa.String()),
        sa.Column("cancelled_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["cancelled_by"], ["people.id"], name="fk_sessions_cancelled_by"),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name="fk_sessions_cohort_id"),
        sa.ForeignKeyConstraint(["logged_by"], ["people.id"], name="fk_sessions_logged_by"),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairings.id"], name="fk_sessions_pairing_id"),
        sa.ForeignKeyConstraint(["planned_by"], ["people.id"], name="fk_sessions_planned_by"),
        sa.CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_sessions_cancelled")),
        sa.CheckConstraint("format IN ('path', 'collective', 'flash')", name=op.f("ck_sessions_format")),
        sa.CheckConstraint("(state = 'held') = (logged_at IS NOT NULL)", name=op.f("ck_sessions_logged")),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_sessions_minutes")),
        sa.CheckConstraint(
            "state IN ('planned', 'held', 'cancelled', 'unconfirmed')", name=op.f("ck_sessions_sessionstate")
        ),
    )
    op.create_index("ix_sessions_cohort_id_starts_at", "sessions", ["cohort_id", "starts_at"])
    op.create_index("ix_sessions_pairing_id_starts_at", "sessions", ["pairing_id", "starts_at"])
    op.create_index("ix_sessions_planned_starts_at", "sessions", ["starts_at"], **where("state = 'planned'"))

    op.create_table(
        "attendances",
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("attended", sa.Boolean()),
        sa.PrimaryKeyConstraint("session_id", "person_id", name="pk_attendances"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_attendances_person_id"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_attendances_session_id"),
        sa.CheckConstraint("role IN ('mentor', 'mentee')", name=op.f("ck_attendances_role")),
    )
    op.create_index("ix_attendances_person_id", "attendances", ["person_id"])

    op.create_table(
        "pulses",
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False),
        sa.Column("useful", sa.SmallInteger()),
        sa.Column("at_ease", sa.SmallInteger()),
        sa.Column("reuse", WORD),
        sa.Column("could_say", sa.SmallInteger()),
        sa.Column("learned", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "person_id", name="pk_pulses"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_pulses_person_id"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_pulses_session_id"),
        sa.CheckConstraint("at_ease BETWEEN 1 AND 5", name=op.f("ck_pulses_at_ease")),
        sa.CheckConstraint("could_say BETWEEN 1 AND 5", name=op.f("ck_pulses_could_say")),
        sa.CheckConstraint("reuse IN ('yes', 'maybe', 'no')", name=op.f("ck_pulses_reuse")),
        sa.CheckConstraint("role IN ('mentor', 'mentee')", name=op.f("ck_pulses_role")),
        sa.CheckConstraint("useful BETWEEN 1 AND 5", name=op.f("ck_pulses_useful")),
    )

    op.create_table(
        "insights",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("cohort_id", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("offered_by", sa.String(), nullable=False),
        sa.Column("offered_at", INSTANT, nullable=False),
        sa.Column("agreed_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_insights"),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name="fk_insights_cohort_id"),
        sa.ForeignKeyConstraint(["offered_by"], ["people.id"], name="fk_insights_offered_by"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_insights_session_id"),
        sa.CheckConstraint(
            "state IN ('offered', 'published', 'withheld', 'passed_on', 'acted_on')",
            name=op.f("ck_insights_insightstate"),
        ),
    )
    op.create_index("ix_insights_cohort_id_offered_at", "insights", ["cohort_id", "offered_at"])

    op.create_table(
        "nudges",
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
            "kind IN ('how_did_it_go', 'before_session', 'proposal_unanswered',"
            " 'twice_cancelled', 'still_going', 'first_session_unplanned', 'next_try', 'pulse_unanswered',"
            " 'nothing_planned')",
            name=op.f("ck_nudges_nudgekind"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'queued', 'cancelled', 'missed', 'failed')", name=op.f("ck_nudges_nudgestate")
        ),
        sa.CheckConstraint("(state = 'queued') = (queued_at IS NOT NULL)", name=op.f("ck_nudges_queued")),
    )
    op.create_index("ix_nudges_pending_due_at", "nudges", ["due_at"], **where("state = 'pending'"))
    op.create_index(
        "ix_nudges_pending_person_id_due_at", "nudges", ["person_id", "due_at"], **where("state = 'pending'")
    )
    op.create_index(
        "ix_nudges_queued_person_id_queued_at", "nudges", ["person_id", "queued_at"], **where("state = 'queued'")
    )
    op.create_index("ix_nudges_queued_queued_at", "nudges", ["queued_at"], **where("state = 'queued'"))
    op.create_index("ix_nudges_subject_id", "nudges", ["subject_id"])

    op.create_table(
        "outbox",
        sa.Column("seq", SERIAL, sa.Identity(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("person_id", sa.String()),
        sa.Column("args", JSON, nullable=False),
        sa.Column("proactive", sa.Boolean(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("state", WORD, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("maybe_sent", sa.Boolean(), nullable=False),
        sa.Column("lease_until", INSTANT),
        sa.Column("lease_token", sa.String()),
        sa.Column("channel_id", sa.String()),
        sa.Column("ts", sa.String()),
        sa.Column("sent_at", INSTANT),
        sa.Column("last_error", sa.String()),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_outbox_person_id"),
        sa.UniqueConstraint("dedupe_key", name="uq_outbox_dedupe_key"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_attempts")),
        sa.CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name=op.f("ck_outbox_lease")),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'parked', 'abandoned', 'obsolete')",
            name=op.f("ck_outbox_outboxstate"),
        ),
        sa.CheckConstraint("(state = 'sending') = (lease_token IS NOT NULL)", name=op.f("ck_outbox_token")),
    )
    op.create_index("ix_outbox_sending_lease_until", "outbox", ["lease_until"], **where("state = 'sending'"))
    op.create_index(
        "ix_outbox_unfinished_conversation_seq",
        "outbox",
        ["conversation", "seq"],
        **where("state IN ('pending', 'sending')"),
    )
    op.create_index(
        "ix_outbox_unfinished_due_at_seq", "outbox", ["due_at", "seq"], **where("state IN ('pending', 'sending')")
    )
    op.create_index("ix_outbox_unsettled_seq", "outbox", ["seq"], **where("state IN ('parked', 'abandoned')"))

    op.create_table(
        "processed",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_processed"),
    )
    op.create_index("ix_processed_at", "processed", ["at"])

    op.create_table(
        "audit",
        sa.Column("seq", SERIAL, sa.Identity(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("person_id", sa.String()),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])

    op.create_table(
        "settings",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", JSON),
        sa.PrimaryKeyConstraint("key", name="pk_settings"),
    )
