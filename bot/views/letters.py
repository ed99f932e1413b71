"""Which drawing belongs to which letter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain import letters
from bot.domain.letters import Letter
from bot.locales import Texts
from bot.views import digests, nudges, proposals, sessions, surveys, welcome

DRAWINGS: Mapping[type[Letter], Callable[[Any, Texts], dict[str, Any]]] = {
    letters.BeforeSession: nudges.before_session,
    letters.CloseSurvey: surveys.close_survey,
    letters.CohortClosed: welcome.cohort_closed,
    letters.CohortEnding: surveys.cohort_ending,
    letters.DigestPosted: digests.digest_posted,
    letters.FirstSessionUnplanned: nudges.first_session_unplanned,
    letters.HowDidItGo: nudges.how_did_it_go,
    letters.Introduction: proposals.introduction,
    letters.MentorLeft: proposals.mentor_left,
    letters.NextTry: nudges.next_try,
    letters.NotPosted: digests.not_posted,
    letters.NothingPlanned: nudges.nothing_planned,
    letters.PairingCloses: nudges.pairing_closes,
    letters.PairingEnded: proposals.pairing_ended,
    letters.PairingLightened: nudges.pairing_lightened,
    letters.Pointer: welcome.pointer,
    letters.ProposalAsked: proposals.proposal_asked,
    letters.ProposalClosed: proposals.proposal_closed,
    letters.ProposalUnanswered: nudges.proposal_unanswered,
    letters.PulseUnanswered: nudges.pulse_unanswered,
    letters.SessionCancelled: sessions.session_cancelled,
    letters.SessionLogged: sessions.session_logged,
    letters.SessionPlanned: sessions.session_planned,
    letters.StillGoing: nudges.still_going,
    letters.Unserved: proposals.unserved,
    letters.UsageQuestion: surveys.usage_question,
    letters.Welcome: welcome.welcome,
}


def draw(letter: Letter, t: Texts) -> dict[str, Any]:
    """Return *letter* as a Slack message in its reader's language; LookupError when nobody draws its type."""
    return DRAWINGS[type(letter)](letter, t)
