"""Proposals whose people change before they have answered: the rules of today hold until everybody is introduced."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest

from bot.domain.cohorts import Format
from bot.domain.directory_files import Imported
from bot.domain.enrolment import EnrolmentForm
from bot.domain.nudges import NudgeKind
from bot.domain.overviews import Following
from bot.domain.pairings import EndReason, PairingState
from bot.domain.participants import Place
from bot.domain.people import Role
from bot.domain.rounds import Answer, Proposal, ProposalState, RoundState
from bot.domain.topics import Level, Use
from bot.errors import ChangedSince, DraftSuperseded, Expired, RoundTooLate
from bot.services import Services, pooling, proposals
from bot.services.base import Programme
from tests.builders import (
    COHORT,
    LEAD,
    MENTEE,
    MENTOR,
    NOW,
    PAIRING,
    PROPOSAL,
    ROUND,
    TODAY,
    TOPIC,
    a_cohort,
    a_directory_entry,
    a_held_session,
    a_mentee,
    a_mentor,
    a_message,
    a_nudge,
    a_pairing,
    a_person,
    a_profile,
    a_round,
    an_actor,
    an_asked_proposal,
)
from tests.fakes.slack import FakeDirectory
from tests.fakes.storage import InMemoryStorage

ANOTHER = "another"
GROUP = ("mentee", "bo", "cy", "di", "ed")
DAY = timedelta(days=1)
PUBLISHED: dict[str, Any] = {"state": RoundState.PUBLISHED, "settled_by": LEAD, "settled_at": NOW}


def form(*roles: Role, **fields: object) -> EnrolmentForm:
    said = EnrolmentForm(
        roles=frozenset(roles),
        languages=frozenset({"en"}),
        formats=frozenset({Format.PATH}),
        place=Place.EITHER,
        offers={TOPIC: Level.OTHERS_ASK_ME} if Role.MENTOR in roles else {},
        wants={TOPIC: Use.NEVER} if Role.MENTEE in roles else {},
    )
    return replace(said, **fields)  # type: ignore[arg-type]


def email(person_id: str) -> str:
    return a_directory_entry(person_id).email


class Programmed:
    """Two mentors and a mentee, who was proposed the first and was asked about it."""

    def __init__(self) -> None:
        self.storage = InMemoryStorage()
        self.services = Services(storage=self.storage, programme=Programme(), directory=FakeDirectory())
        with self.storage.begin() as uow:
            uow.cohorts.add(a_cohort())
            for person_id in (MENTOR, ANOTHER, MENTEE, LEAD):
                uow.people.add(a_person(person_id))
            for one in (a_mentor(), a_mentor(ANOTHER), a_mentee()):
                uow.participants.put(one)
            uow.rounds.add(a_round(**PUBLISHED), [an_asked_proposal()])
            uow.commit()

    def answer(self, person_id: str, answer: Answer, proposal_id: str = PROPOSAL) -> Proposal:
        return self.services.proposals.answer(an_actor(person_id), proposal_id, answer, now=NOW)

    def proposal(self, proposal_id: str = PROPOSAL) -> Proposal:
        with self.storage.read() as uow:
            return uow.rounds.proposal(proposal_id)

    def asked_about(self, person_id: str = MENTEE) -> list[tuple[str, ...]]:
        """Return the mentors of the proposals that wait for this person."""
        with self.storage.read() as uow:
            return [
                one.people(Role.MENTOR)
                for one in uow.rounds.open_proposals_of(person_id)
                if person_id in one.waiting_for
            ]

    def letters(self) -> list[tuple[str, str | None]]:
        return sorted((one.kind, one.person_id) for one in self.storage._tables.outbox.values() if one.kind != "home")

    def import_(self, *entries: tuple[str, str | None]) -> Imported:
        """Import a directory of (person id, manager's person id)."""
        lines = ["email,name,manager"]
        for person_id, manager_id in entries:
            manager = a_directory_entry(manager_id).email if manager_id else ""
            lines.append(f"{a_directory_entry(person_id).email},{person_id},{manager}")
        return self.services.imports.apply(an_actor(LEAD), "\n".join(lines).encode(), now=NOW)


@pytest.fixture
def programme() -> Programmed:
    return Programmed()


def test_an_import_that_puts_two_in_one_line_withdraws_their_proposal_and_asks_about_the_next(
    programme: Programmed,
) -> None:
    programme.answer(MENTEE, Answer.YES)
    imported = programme.import_((MENTEE, None), (MENTOR, MENTEE), (ANOTHER, None))
    assert imported.withdrawn == 1
    assert programme.proposal().state is ProposalState.DISMISSED
    assert programme.asked_about() == [(ANOTHER,)]
    assert ("proposal_closed", MENTEE) in programme.letters()


def test_an_import_that_changes_nothing_between_two_leaves_their_proposal(programme: Programmed) -> None:
    before = programme.proposal()
    programme.import_((MENTEE, None), (MENTOR, None), (ANOTHER, MENTEE))
    assert programme.proposal() == before


def test_running_pairs_in_one_line_are_told_to_leads_unless_they_allowed_it(programme: Programmed) -> None:
    with programme.storage.begin() as uow:
        uow.pairings.add(a_pairing(proposal_id=PROPOSAL))
        uow.commit()
    programme.import_((MENTEE, None), (MENTOR, MENTEE))
    [clash] = programme.services.desk.desk(now=NOW).clashing
    assert (clash.mentor, clash.mentee) == (a_person(MENTOR).user_id, a_person(MENTEE).user_id)
    with programme.storage.begin() as uow:
        uow.rounds.add(a_round("allowed", overridden=frozenset({(MENTOR, MENTEE)}), **PUBLISHED), [])
        uow.rounds.save_proposal(replace(programme.proposal(), round_id="allowed"))
        uow.commit()
    assert programme.services.desk.desk(now=NOW).clashing == ()


def test_whoever_leaves_the_directory_and_takes_part_is_told_to_the_lead(programme: Programmed) -> None:
    programme.import_((MENTEE, None), (MENTOR, None), (LEAD, None))
    file = f"email,name,manager\n{email(MENTEE)},x,\n".encode()
    assert programme.services.imports.dry_run(file).staying == (a_person(MENTOR).user_id,)


def test_avoiding_somebody_after_the_question_withdraws_it_before_anybody_else_is_asked(programme: Programmed) -> None:
    avoiding = form(Role.MENTEE, avoids=frozenset({a_person(MENTOR).user_id}))
    enrolled = programme.services.enrolment.enrol(an_actor(MENTEE), avoiding, now=NOW)
    assert enrolled.withdrawn
    assert programme.proposal().state is ProposalState.DISMISSED
    assert programme.asked_about() == [(ANOTHER,)]
    assert programme.letters() == [("proposal_asked", MENTEE)], "the mentor never hears of it"


def test_avoiding_a_partner_ends_nothing_and_says_so(programme: Programmed) -> None:
    with programme.storage.begin() as uow:
        uow.pairings.add(a_pairing())
        uow.commit()
    partner = a_person(MENTOR).user_id
    enrolled = programme.services.enrolment.enrol(
        an_actor(MENTEE), form(Role.MENTEE, avoids=frozenset({partner, a_person(ANOTHER).user_id})), now=NOW
    )
    assert enrolled.avoided_partners == (partner,)
    with programme.storage.read() as uow:
        assert uow.pairings.get(PAIRING).state is PairingState.ACTIVE


def test_who_drops_the_role_they_were_asked_in_is_asked_no_more(programme: Programmed) -> None:
    programme.answer(MENTEE, Answer.YES)
    assert programme.asked_about(MENTOR) == [(MENTOR,)]
    programme.services.enrolment.enrol(an_actor(MENTOR), form(Role.MENTEE), now=NOW)
    assert programme.asked_about(MENTOR) == []
    assert programme.asked_about() == [(ANOTHER,)]
    assert programme.proposal().state is ProposalState.DISMISSED


def test_a_break_withdraws_what_was_asked_so_that_nobody_waits_and_nobody_is_barred(programme: Programmed) -> None:
    programme.answer(MENTEE, Answer.YES)
    paused = programme.services.enrolment.pause(an_actor(MENTOR), TODAY + timedelta(days=30), now=NOW)
    assert paused.withdrawn
    assert programme.proposal().state is ProposalState.DISMISSED
    assert programme.asked_about() == [(ANOTHER,)]
    with programme.storage.read() as uow:
        assert (MENTOR, MENTEE) not in uow.rounds.recent_pairs(NOW - DAY)
        assert not uow.nudges.pending_of(MENTOR)


def test_what_slips_through_is_judged_once_more_before_anybody_is_introduced(programme: Programmed) -> None:
    programme.answer(MENTEE, Answer.YES)
    with programme.storage.begin() as uow:
        # As when Slack tells of another e-mail, under which the directory knows them in one line.
        uow.directory.put_many([a_directory_entry(MENTEE), a_directory_entry(MENTOR, manager_email=email(MENTEE))])
        uow.commit()
    assert programme.answer(MENTOR, Answer.YES).state is ProposalState.DISMISSED
    assert not any(kind == "introduction" for kind, _ in programme.letters())
    assert ("proposal_closed", MENTOR) in programme.letters()


def test_a_lead_who_allowed_it_is_not_overruled(programme: Programmed) -> None:
    with programme.storage.begin() as uow:
        uow.rounds.add(a_round("allowed", overridden=frozenset({(MENTOR, MENTEE)}), **PUBLISHED), [])
        uow.rounds.save_proposal(replace(programme.proposal(), round_id="allowed"))
        uow.commit()
    programme.import_((MENTEE, None), (MENTOR, MENTEE))
    programme.answer(MENTEE, Answer.YES)
    assert programme.answer(MENTOR, Answer.YES).state is ProposalState.ACCEPTED


def test_of_a_group_only_those_leave_whom_a_rule_keeps_from_the_others(programme: Programmed) -> None:
    _propose_a_group(programme)
    # One under the mentor, and two of the others in one line.
    programme.import_((MENTOR, None), ("bo", MENTOR), ("cy", None), ("di", "cy"), ("ed", None), (MENTEE, None))
    group = programme.proposal("group")
    assert group.state is ProposalState.ASKED
    assert {seat.person_id for seat in group.going} == {MENTOR, MENTEE, "cy", "ed"}


def test_many_silent_mentors_cost_one_pool_and_one_solution(
    programme: Programmed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with programme.storage.begin() as uow:
        for number in range(5):
            person_id = f"waiting{number}"
            uow.people.add(a_person(person_id))
            uow.participants.put(a_mentee(person_id))
            asked = an_asked_proposal(person_id, mentees=[person_id]).answered(person_id, Answer.YES, now=NOW)
            uow.rounds.add_proposals([asked.asked(role=Role.MENTOR, now=NOW, expires_at=NOW + DAY)])
        uow.commit()
    pool_of = Mock(wraps=pooling.pool_of)
    monkeypatch.setattr(proposals, "pool_of", pool_of)
    assert programme.services.proposals.expire_due(NOW + 2 * DAY) == 5
    assert pool_of.call_count == 1
    assert sum(len(programme.asked_about(f"waiting{number}")) for number in range(5)) == 2, "the other mentor's seats"


def test_after_the_last_day_nobody_is_drafted_asked_or_published(programme: Programmed) -> None:
    with programme.storage.read() as uow:
        over = NOW + (uow.cohorts.get(COHORT).ends_on - TODAY) + 2 * DAY
    rounds, lead = programme.services.rounds, an_actor(LEAD, is_lead=True)
    with programme.storage.begin() as uow:
        uow.rounds.save_proposal(replace(programme.proposal(), state=ProposalState.DISMISSED))
        uow.commit()
    drafted = rounds.draft(lead, now=NOW)
    for refused in (
        lambda: rounds.pool_size(now=over),
        lambda: rounds.draft(lead, now=over),
        lambda: rounds.publish(lead, drafted, now=over),
    ):
        with pytest.raises(RoundTooLate):
            refused()
    with programme.storage.begin() as uow:
        proposals.offer_next(uow, Programme(), {MENTEE: ROUND}, now=over)
        assert uow.rounds.open_proposals(COHORT) == []


def test_a_page_of_an_older_draft_says_that_there_is_a_newer_one(programme: Programmed) -> None:
    with programme.storage.begin() as uow:
        uow.rounds.save_proposal(replace(programme.proposal(), state=ProposalState.DISMISSED))
        uow.commit()
    rounds, lead = programme.services.rounds, an_actor(LEAD, is_lead=True)
    older = rounds.draft(lead, now=NOW)
    rounds.draft(lead, now=NOW + timedelta(minutes=1))
    with pytest.raises(DraftSuperseded):
        rounds.publish(lead, older, now=NOW + timedelta(minutes=2))


def test_only_those_who_still_look_for_a_mentor_are_told_that_none_was_found(programme: Programmed) -> None:
    others = ("fay", "gus", "hal", "ivy", "jan", "kim")
    with programme.storage.begin() as uow:
        uow.rounds.save_proposal(replace(programme.proposal(), state=ProposalState.DISMISSED))
        for person_id in others:
            uow.people.add(a_person(person_id))
            uow.participants.put(a_mentee(person_id))
        uow.commit()
    rounds, lead = programme.services.rounds, an_actor(LEAD, is_lead=True)
    drafted = rounds.draft(lead, now=NOW)
    with programme.storage.read() as uow:
        left = sorted(one.person_id for one in uow.rounds.get(drafted).unplaced)
    assert len(left) > 1
    programme.services.enrolment.enrol(an_actor(left[0]), form(Role.MENTOR), now=NOW)
    _, told = rounds.publish(lead, drafted, now=NOW)
    assert told == len(left) - 1
    assert ("unserved", left[0]) not in programme.letters()
    assert ("unserved", left[1]) in programme.letters()


def test_a_withdrawn_question_is_not_said_to_have_been_answered(programme: Programmed) -> None:
    programme.services.enrolment.pause(an_actor(MENTEE), TODAY + timedelta(days=30), now=NOW)
    with pytest.raises(Expired):
        programme.answer(MENTEE, Answer.YES)


@pytest.mark.parametrize(
    ("silent", "told"),
    [
        (MENTEE, {MENTEE: (True, Following.WAITING)}),
        (MENTOR, {MENTOR: (True, Following.SEAT_FREE), MENTEE: (False, Following.ASKED)}),
    ],
)
def test_who_lets_a_proposal_lapse_reads_that_it_did_and_what_is_next(
    programme: Programmed, silent: str, told: dict[str, tuple[bool, Following]]
) -> None:
    if silent == MENTOR:
        programme.answer(MENTEE, Answer.YES)
    expires_at = programme.proposal().expires_at
    assert expires_at is not None
    assert programme.services.proposals.expire_due(expires_at) == 1
    closed = [one for one in programme.storage._tables.outbox.values() if one.kind == "proposal_closed"]
    with programme.storage.read() as uow:
        letters = {
            one.person_id: proposals.compose_proposal_closed(uow, one, Programme(), expires_at) for one in closed
        }
    assert {person_id: (one.lapsed, one.following) for person_id, one in letters.items()} == told


def test_whose_yes_came_to_nothing_hears_what_is_next(programme: Programmed) -> None:
    def said(person_id: str) -> Following:
        with programme.storage.read() as uow:
            message = a_message(to=person_id, kind="proposal_closed", args={"proposal_id": PROPOSAL})
            return proposals.compose_proposal_closed(uow, message, Programme(), NOW).following

    programme.answer(MENTEE, Answer.YES)
    programme.answer(MENTOR, Answer.NO)
    assert said(MENTEE) is Following.ASKED
    programme.services.enrolment.leave(an_actor(ANOTHER), now=NOW)
    assert said(MENTEE) is Following.WAITING
    assert said(MENTOR) is Following.SEAT_FREE
    programme.services.enrolment.leave(an_actor(MENTEE), now=NOW)
    assert said(MENTEE) is Following.NOTHING


def test_a_topic_that_no_mentor_offers_is_not_said_to_be_shown(programme: Programmed) -> None:
    with programme.storage.begin() as uow:
        assert proposals.proposal_asked(uow, programme.proposal(), MENTEE).is_offered
        uow.participants.put(a_mentor(profile=a_profile(Role.MENTOR, offers={"another topic": Level.OTHERS_ASK_ME})))
        assert not proposals.proposal_asked(uow, programme.proposal(), MENTEE).is_offered


def test_whoever_takes_part_keeps_their_rules_though_a_file_does_not_mention_them(programme: Programmed) -> None:
    programme.import_((MENTEE, None), (MENTOR, MENTEE), (LEAD, None))
    programme.import_((MENTEE, None))
    with programme.storage.read() as uow:
        assert {entry.email for entry in uow.directory.all()} == {email(MENTEE), email(MENTOR)}
    programme.services.enrolment.leave(an_actor(MENTOR), now=NOW)
    programme.import_((MENTEE, None))
    with programme.storage.read() as uow:
        assert [entry.email for entry in uow.directory.all()] == [email(MENTEE)]


def test_a_flash_pairing_whose_session_was_held_ends_without_a_word_when_one_leaves(programme: Programmed) -> None:
    flash: dict[str, Any] = {"mentors": (MENTOR, ANOTHER), "mentees": (MENTEE,), "format": Format.FLASH}
    with programme.storage.begin() as uow:
        uow.rounds.save_proposal(replace(programme.proposal(), state=ProposalState.ACCEPTED))
        uow.participants.put(a_mentee(waiting_since=None))
        uow.pairings.add(a_pairing(sessions_planned=1, **flash))
        uow.sessions.add(a_held_session(**flash))
        uow.commit()
    programme.services.enrolment.leave(an_actor(ANOTHER), now=NOW)
    with programme.storage.read() as uow:
        assert uow.pairings.get(PAIRING).end_reason is EndReason.COMPLETED
        mentee = uow.participants.get(MENTEE)
    assert mentee is not None
    assert mentee.waiting_since is None
    assert programme.letters() == []


def test_a_proposal_that_another_lead_left_out_is_neither_kept_nor_left_out_again(programme: Programmed) -> None:
    rounds = programme.services.rounds
    with programme.storage.begin() as uow:
        uow.rounds.save_proposal(replace(programme.proposal(), state=ProposalState.DISMISSED))
        uow.commit()
    drafted = rounds.draft(an_actor(LEAD, is_lead=True), now=NOW)
    with programme.storage.read() as uow:
        [proposal] = uow.rounds.proposals(drafted)
    rounds.leave_out(proposal.id)
    with pytest.raises(ChangedSince):
        rounds.lock(proposal.id, locked=True)
    with pytest.raises(ChangedSince):
        rounds.leave_out(proposal.id)


def test_whoever_drops_the_role_of_mentor_hears_whom_they_go_on_mentoring(programme: Programmed) -> None:
    with programme.storage.begin() as uow:
        uow.pairings.add(a_pairing())
        uow.commit()
    enrolled = programme.services.enrolment.enrol(an_actor(MENTOR), form(Role.MENTEE), now=NOW)
    assert enrolled.still_mentored == (a_person(MENTEE).user_id,)


def test_a_mentor_with_fewer_seats_by_now_is_asked_and_introduced_no_more_often_than_these(
    programme: Programmed,
) -> None:
    with programme.storage.begin() as uow:
        uow.people.add(a_person("second"))
        uow.participants.put(a_mentee("second"))
        uow.rounds.add_proposals([an_asked_proposal("second", mentees=["second"], expires_at=NOW + 9 * DAY)])
        uow.commit()
    programme.services.enrolment.enrol(an_actor(MENTOR), form(Role.MENTOR, seats=1), now=NOW)
    assert (programme.proposal().state, programme.proposal("second").state) == (
        ProposalState.ASKED, ProposalState.DISMISSED,
    )  # fmt: skip
    with programme.storage.begin() as uow:
        uow.people.add(a_person("coached"))
        uow.pairings.add(a_pairing(mentees=["coached"]))
        uow.commit()
    assert programme.answer(MENTEE, Answer.YES).state is ProposalState.DISMISSED, "the only seat was taken meanwhile"


def test_the_first_yes_of_a_group_asks_no_mentor_before_the_others_have_answered(programme: Programmed) -> None:
    _propose_a_group(programme)
    programme.answer(MENTEE, Answer.YES, "group")
    assert programme.asked_about(MENTOR) == []
    for person_id in GROUP[1:]:
        programme.answer(person_id, Answer.YES, "group")
    assert programme.asked_about(MENTOR) == [(MENTOR,)]


def test_what_a_lead_allowed_does_not_keep_two_together_of_whom_one_avoids_the_other_since(
    programme: Programmed,
) -> None:
    with programme.storage.begin() as uow:
        uow.rounds.add(a_round("allowed", overridden=frozenset({(MENTOR, MENTEE)}), **PUBLISHED), [])
        uow.rounds.save_proposal(replace(programme.proposal(), round_id="allowed"))
        uow.commit()
    programme.services.enrolment.enrol(
        an_actor(MENTEE), form(Role.MENTEE, avoids=frozenset({a_person(MENTOR).user_id})), now=NOW
    )
    assert programme.proposal().state is ProposalState.DISMISSED


def test_whoever_goes_by_choice_hears_nothing_more_of_it_and_is_reminded_of_nothing(programme: Programmed) -> None:
    _propose_a_group(programme)
    with programme.storage.begin() as uow:
        uow.people.save(a_person("ed", home_opened_at=NOW))
        uow.nudges.plan([a_nudge("bo", person_id="bo", kind=NudgeKind.PROPOSAL_UNANSWERED, subject_id="group")])
        uow.commit()
    programme.answer("cy", Answer.YES, "group")
    programme.services.enrolment.pause(an_actor("cy"), TODAY + timedelta(days=30), now=NOW)
    later = NOW + timedelta(hours=1)
    programme.services.enrolment.pause(an_actor("bo"), TODAY + timedelta(days=30), now=later)
    assert programme.proposal("group").state is ProposalState.ASKED
    assert ("proposal_closed", "cy") not in programme.letters()
    with programme.storage.read() as uow:
        assert uow.nudges.pending_of("bo") == []
    homes = [one for one in programme.storage._tables.outbox.values() if one.kind == "home"]
    assert ("ed", later) in {(one.person_id, one.due_at) for one in homes}, "who stays sees it on their Home tab"


def test_nobody_is_introduced_after_the_last_day(programme: Programmed) -> None:
    with programme.storage.begin() as uow:
        asked = replace(programme.proposal(), expires_at=NOW + timedelta(days=400))
        uow.rounds.save_proposal(asked)
        over = NOW + (uow.cohorts.get(COHORT).ends_on - TODAY) + 2 * DAY
        uow.commit()
    assert programme.answer(MENTEE, Answer.YES).state is ProposalState.ASKED
    with programme.storage.begin() as uow:
        uow.rounds.save_proposal(replace(programme.proposal(), expires_at=NOW + timedelta(days=400)))
        uow.commit()
    answered = programme.services.proposals.answer(an_actor(MENTOR), PROPOSAL, Answer.YES, now=over)
    assert answered.state is ProposalState.DISMISSED
    assert ("proposal_closed", MENTOR) in programme.letters()
    assert not any(kind == "introduction" for kind, _ in programme.letters())


def _propose_a_group(programme: Programmed) -> None:
    """Ask five mentees about a group with the mentor, in the place of what was asked before."""
    with programme.storage.begin() as uow:
        formats = frozenset(Format)
        uow.participants.put(a_mentor(profile=a_profile(Role.MENTOR, formats=formats)))
        for person_id in GROUP:
            if person_id != MENTEE:
                uow.people.add(a_person(person_id))
            uow.participants.put(a_mentee(person_id, profile=a_profile(Role.MENTEE, formats=formats)))
        uow.rounds.save_proposal(replace(programme.proposal(), state=ProposalState.DISMISSED))
        uow.rounds.add_proposals([an_asked_proposal("group", mentees=GROUP, format=Format.COLLECTIVE)])
        uow.commit()


def test_a_mentee_whose_yes_came_to_nothing_goes_first_in_the_next_round(programme: Programmed) -> None:
    programme.answer(MENTEE, Answer.YES)
    programme.answer(MENTOR, Answer.NO)
    with programme.storage.read() as uow:
        participants = uow.participants.get_many([MENTEE, MENTOR])
    assert (participants[MENTEE].unserved_rounds, participants[MENTOR].unserved_rounds) == (1, 0)


def test_those_introduced_to_each_other_are_named_mentors_first_and_by_name(programme: Programmed) -> None:
    _propose_a_group(programme)
    names = dict(zip(GROUP, ("Zoé", "émile", "Fanny", "Ana", "Élodie"), strict=True))
    with programme.storage.begin() as uow:
        for person_id, name in names.items():
            uow.people.save(replace(uow.people.get(person_id), name=name))
        uow.commit()
    for person_id in (*GROUP, MENTOR):
        programme.answer(person_id, Answer.YES, "group")
    with programme.storage.read() as uow:
        [pairing] = [one for one in uow.pairings.active_of(MENTOR) if one.proposal_id == "group"]
    assert pairing.person_ids == (MENTOR, "di", "ed", "bo", "cy", "mentee")
