"""Which composer writes which kind of message: kind → the letter, from the records, at the moment it is sent.

A composer returns None when its message is no longer worth sending. It reads, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.domain.letters import Letter
from bot.domain.outbox import OutboxMessage
from bot.ports import UnitOfWork
from bot.services import digests, home, nudging, pairings, parting, proposals, rounds, sessions, surveys
from bot.services.base import Programme

Composer = Callable[[UnitOfWork, OutboxMessage, Programme, datetime], Letter | None]

COMPOSERS: Mapping[str, Composer] = {
    "before_session": nudging.compose_before_session,
    "close_survey": surveys.compose_close_survey,
    "cohort_closed": parting.compose_cohort_closed,
    "cohort_ending": surveys.compose_cohort_ending,
    "digest_posted": digests.compose_digest_posted,
    "first_session_unplanned": nudging.compose_first_session_unplanned,
    "how_did_it_go": nudging.compose_how_did_it_go,
    "introduction": proposals.compose_introduction,
    "mentor_left": parting.compose_mentor_left,
    "next_try": nudging.compose_next_try,
    "not_posted": digests.compose_not_posted,
    "nothing_planned": nudging.compose_nothing_planned,
    "pairing_ended": parting.compose_pairing_ended,
    "pairing_lightened": pairings.compose_pairing_lightened,
    "pointer": home.compose_pointer,
    "proposal_asked": proposals.compose_proposal_asked,
    "proposal_closed": proposals.compose_proposal_closed,
    "proposal_unanswered": nudging.compose_proposal_unanswered,
    "pulse_unanswered": nudging.compose_pulse_unanswered,
    "session_cancelled": sessions.compose_session_cancelled,
    "session_logged": sessions.compose_session_logged,
    "session_planned": sessions.compose_session_planned,
    "still_going": nudging.compose_still_going,
    "twice_cancelled": nudging.compose_still_going,
    "unserved": rounds.compose_unserved,
    "usage_question": surveys.compose_usage_question,
    "welcome": home.compose_welcome,
}
