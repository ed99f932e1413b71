"""Which composer writes which kind of message: kind → the letter, from the records, at the moment it is sent.

A composer returns None when its message is no longer worth sending. It reads, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.domain.letters import Letter, NudgeLetter
from bot.domain.outbox import OutboxMessage
from bot.ports import UnitOfWork
from bot.services import digests, home, nudging, pairings, parting, proposals, rounds, sessions, surveys
from bot.services.base import Programme

Composer = Callable[[UnitOfWork, OutboxMessage, Programme, datetime], Letter | None]


def _with_snoozes(compose: Callable[[UnitOfWork, OutboxMessage, Programme, datetime], NudgeLetter | None]) -> Composer:
    """Return *compose*, with the days that its letter can be put off."""

    def composed(uow: UnitOfWork, message: OutboxMessage, programme: Programme, now: datetime) -> Letter | None:
        letter = compose(uow, message, programme, now)
        return letter and nudging.with_snoozes(uow, letter, message.nudge_ids, programme, now=now)

    return composed


_NUDGES: Mapping[str, Callable[[UnitOfWork, OutboxMessage, Programme, datetime], NudgeLetter | None]] = {
    "before_session": nudging.compose_before_session,
    "close_survey": surveys.compose_close_survey,
    "cohort_ending": surveys.compose_cohort_ending,
    "first_session_unplanned": nudging.compose_first_session_unplanned,
    "how_did_it_go": nudging.compose_how_did_it_go,
    "next_try": nudging.compose_next_try,
    "nothing_planned": nudging.compose_nothing_planned,
    "proposal_unanswered": nudging.compose_proposal_unanswered,
    "pulse_unanswered": nudging.compose_pulse_unanswered,
    "still_going": nudging.compose_still_going,
    "twice_cancelled": nudging.compose_still_going,
    "usage_question": surveys.compose_usage_question,
}
COMPOSERS: Mapping[str, Composer] = {
    "cohort_closed": parting.compose_cohort_closed,
    "digest_posted": digests.compose_digest_posted,
    "introduction": proposals.compose_introduction,
    "mentor_left": parting.compose_mentor_left,
    "not_posted": digests.compose_not_posted,
    "pairing_closes": nudging.compose_pairing_closes,
    "pairing_ended": parting.compose_pairing_ended,
    "pairing_lightened": pairings.compose_pairing_lightened,
    "pointer": home.compose_pointer,
    "proposal_asked": proposals.compose_proposal_asked,
    "proposal_closed": proposals.compose_proposal_closed,
    "session_cancelled": sessions.compose_session_cancelled,
    "session_logged": sessions.compose_session_logged,
    "session_planned": sessions.compose_session_planned,
    "unserved": rounds.compose_unserved,
    "welcome": home.compose_welcome,
    **{kind: _with_snoozes(compose) for kind, compose in _NUDGES.items()},
}
