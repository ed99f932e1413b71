from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.cohorts import CohortState, Format
from bot.domain.enrolment import EnrolmentForm
from bot.domain.nudges import NudgeKind, after_planning
from bot.domain.pairings import EndReason, PairingState
from bot.domain.participants import Participant, ParticipantState, Place
from bot.domain.people import Role, SlackUser
from bot.domain.rounds import Answer, ProposalState
from bot.domain.sessions import SessionState
from bot.domain.topics import Use
from bot.errors import CohortOver, NoCohort, NotEnrolled, Refused, TopicMissing
from bot.services.base import Programme
from bot.services.enrolment import EnrolmentService
from tests.builders import (
    COHORT,
    MENTEE,
    MENTOR,
    NOW,
    PAIRING,
    PROPOSAL,
    SESSION,
    TODAY,
    TOPIC,
    a_cohort,
    a_directory_entry,
    a_mentee,
    a_mentor,
    a_nudge,
    a_pairing,
    a_person,
    a_round,
    a_session,
    an_actor,
    an_asked_proposal,
)
from tests.fakes.slack import FakeDirectory
from tests.fakes.storage import InMemoryStorage

NEWCOMER, OTHER = "newcomer", "other"
A_STRANGER = SlackUser(
    enterprise_id=None, team_id="T1", user_id="USTRANGER", name="Sam", email=None, locale=None, tz=None
)
A_FORM = EnrolmentForm(
    roles=frozenset({Role.MENTEE}),
    languages=frozenset({"en"}),
    formats=frozenset({Format.PATH}),
    place=Place.EITHER,
    wants={TOPIC: Use.NEVER},
)


@pytest.fixture
def storage() -> InMemoryStorage:
    """A cohort with a mentor and a mentee, and somebody who has not joined."""
    storage = InMemoryStorage()
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        for person_id in (MENTOR, MENTEE, NEWCOMER, OTHER):
            uow.people.add(a_person(person_id, home_opened_at=NOW))
        uow.participants.put(a_mentor())
        uow.participants.put(a_mentee())
        uow.commit()
    return storage


@pytest.fixture
def enrolment(storage: InMemoryStorage) -> EnrolmentService:
    return EnrolmentService(storage=storage, programme=Programme(), directory=FakeDirectory([A_STRANGER]))


def participant(storage: InMemoryStorage, person_id: str) -> Participant:
    with storage.read() as uow:
        found = uow.participants.get(person_id)
    assert found is not None
    return found


def sent(storage: InMemoryStorage) -> list[tuple[str, str | None]]:
    """Return (kind, receiver) of every message but those that draw a Home tab anew."""
    return sorted((one.kind, one.person_id) for one in storage._tables.outbox.values() if one.kind != "home")


def homes(storage: InMemoryStorage) -> set[str | None]:
    return {one.person_id for one in storage._tables.outbox.values() if one.kind == "home"}


def test_who_joins_to_learn_waits_from_that_moment_on(storage: InMemoryStorage, enrolment: EnrolmentService) -> None:
    enrolled = enrolment.enrol(an_actor(NEWCOMER), A_FORM, now=NOW)
    assert (enrolled.first_time, enrolled.cohort.id) == (True, COHORT)
    assert participant(storage, NEWCOMER).waiting_since == NOW
    with storage.read() as uow:
        assert [(entry.action, entry.outcome) for entry in uow.audit.latest(limit=1)] == [("join", "done")]
    assert homes(storage) == {NEWCOMER}


@pytest.mark.parametrize(("days", "late"), [(-1, False), (0, True)])
def test_joining_after_the_enrolment_is_late_and_allowed(enrolment: EnrolmentService, days: int, *, late: bool) -> None:
    assert enrolment.enrol(an_actor(NEWCOMER), A_FORM, now=NOW + timedelta(days=days)).late is late


def test_a_guest_can_be_a_mentor(storage: InMemoryStorage, enrolment: EnrolmentService) -> None:
    form = replace(A_FORM, roles=frozenset({Role.MENTOR}), offers=a_mentor().profile.offers)
    enrolment.enrol(an_actor(NEWCOMER, is_guest=True), form, now=NOW)
    assert participant(storage, NEWCOMER).is_mentor
    assert participant(storage, NEWCOMER).waiting_since is None


def test_a_form_with_a_problem_changes_nothing(storage: InMemoryStorage, enrolment: EnrolmentService) -> None:
    with pytest.raises(TopicMissing):
        enrolment.enrol(an_actor(NEWCOMER), replace(A_FORM, wants={}), now=NOW)
    with storage.read() as uow:
        assert uow.participants.get(NEWCOMER) is None


def test_somebody_tandem_never_met_can_be_avoided(storage: InMemoryStorage, enrolment: EnrolmentService) -> None:
    enrolment.enrol(an_actor(NEWCOMER), replace(A_FORM, avoids=frozenset({"USTRANGER", "UOTHER"})), now=NOW)
    with storage.read() as uow:
        stranger = uow.people.by_user_id("T1", "USTRANGER")
    assert stranger is not None
    assert participant(storage, NEWCOMER).profile.avoids == {stranger.id, OTHER}
    assert enrolment.invitation(an_actor(NEWCOMER), now=NOW).form.avoids == {"USTRANGER", "UOTHER"}


def test_nothing_is_kept_when_slack_cannot_say_who_is_avoided(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    with pytest.raises(Refused):
        enrolment.enrol(an_actor(NEWCOMER), replace(A_FORM, avoids=frozenset({"UNOBODY"})), now=NOW)
    with storage.read() as uow:
        assert uow.participants.get(NEWCOMER) is None


def test_a_changed_profile_keeps_the_place_in_the_queue(storage: InMemoryStorage, enrolment: EnrolmentService) -> None:
    enrolled = enrolment.enrol(an_actor(MENTEE), A_FORM, now=NOW + timedelta(days=5))
    assert enrolled.first_time is False
    assert participant(storage, MENTEE).waiting_since == NOW
    assert participant(storage, MENTEE).joined_at == NOW


def test_somebody_coached_already_does_not_wait(storage: InMemoryStorage, enrolment: EnrolmentService) -> None:
    with storage.begin() as uow:
        uow.pairings.add(a_pairing())
        uow.participants.put(a_mentee(waiting_since=None))
        uow.commit()
    enrolment.enrol(an_actor(MENTEE), A_FORM, now=NOW)
    assert participant(storage, MENTEE).waiting_since is None


def test_without_an_open_cohort_nobody_joins(storage: InMemoryStorage, enrolment: EnrolmentService) -> None:
    with storage.begin() as uow:
        uow.cohorts.save(a_cohort(state=CohortState.CLOSED))
        uow.commit()
    for attempt in (
        lambda: enrolment.invitation(an_actor(NEWCOMER), now=NOW),
        lambda: enrolment.enrol(an_actor(NEWCOMER), A_FORM, now=NOW),
    ):
        with pytest.raises(NoCohort):
            attempt()


def test_a_cohort_whose_last_day_is_over_takes_nobody_in_but_lets_its_own_change_their_profile(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    last_day = NOW + timedelta(days=55)
    assert last_day.date() == a_cohort().ends_on
    assert not enrolment.invitation(an_actor(NEWCOMER), now=last_day).enrolled
    after = last_day + timedelta(days=1)
    for attempt in (
        lambda: enrolment.invitation(an_actor(NEWCOMER), now=after),
        lambda: enrolment.enrol(an_actor(NEWCOMER), A_FORM, now=after),
    ):
        with pytest.raises(CohortOver):
            attempt()
    with storage.begin() as uow:
        uow.participants.put(a_mentee())
        uow.commit()
    assert enrolment.invitation(an_actor(MENTEE), now=after).enrolled
    assert not enrolment.enrol(an_actor(MENTEE), A_FORM, now=after).first_time


def test_people_of_the_directory_are_not_asked_where_they_work(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    with storage.begin() as uow:
        uow.directory.put_many([a_directory_entry(NEWCOMER)])
        uow.commit()
    assert enrolment.invitation(an_actor(NEWCOMER), now=NOW).in_directory
    assert not enrolment.invitation(an_actor(OTHER), now=NOW).in_directory


def test_a_break_touches_no_nudge_so_that_all_come_when_it_ends_early(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    """Whether somebody is paused is seen when a nudge is due; see the tests of the decision."""
    nudge = a_nudge(person_id=MENTOR, due_at=NOW + timedelta(days=2), useful_until=NOW + timedelta(days=3))
    with storage.begin() as uow:
        uow.nudges.plan([nudge])
        uow.commit()
    enrolment.pause(an_actor(MENTOR), TODAY + timedelta(days=7), now=NOW)
    enrolment.resume(an_actor(MENTOR), now=NOW + timedelta(minutes=1))
    with storage.read() as uow:
        assert uow.nudges.get(nudge.id) == nudge


def test_planned_sessions_are_kept_and_told_when_somebody_pauses(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    with storage.begin() as uow:
        uow.pairings.add(a_pairing())
        uow.sessions.add(a_session("second", starts_at=NOW + timedelta(days=9)))
        uow.sessions.add(a_session())
        uow.commit()
    paused = enrolment.pause(an_actor(MENTOR), TODAY + timedelta(days=7), now=NOW)
    assert paused.sessions_at == (a_session().starts_at, NOW + timedelta(days=9))
    assert not paused.withdrawn


def test_a_pause_ends_by_itself_at_midnight_where_the_person_lives(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    with storage.begin() as uow:
        uow.people.save(a_person(MENTOR, tz="America/New_York"))
        uow.people.save(a_person(MENTEE, tz="Asia/Tokyo"))
        for one in (a_mentor(), a_mentee()):
            uow.participants.put(one.paused(until=date(2027, 3, 8)))
        uow.commit()
    tokyo, new_york = datetime(2027, 3, 7, 15, tzinfo=UTC), datetime(2027, 3, 8, 5, tzinfo=UTC)
    assert enrolment.next_resume() == tokyo
    assert enrolment.resume_due(tokyo - timedelta(seconds=1)) == 0
    assert enrolment.resume_due(tokyo) == 1
    assert participant(storage, MENTEE).state is ParticipantState.ACTIVE
    assert enrolment.next_resume() == new_york
    assert enrolment.resume_due(new_york) == 1
    assert enrolment.next_resume() is None


def test_coming_back_without_having_been_away_is_no_fault(enrolment: EnrolmentService) -> None:
    assert enrolment.resume(an_actor(MENTOR), now=NOW) is False


@pytest.mark.parametrize("act", ["pause", "resume", "leave"])
def test_somebody_who_left_is_told_how_to_join_again(
    storage: InMemoryStorage, enrolment: EnrolmentService, act: str
) -> None:
    with storage.begin() as uow:
        uow.participants.put(a_mentor().left(now=NOW))
        uow.commit()
    until = (TODAY + timedelta(days=7),) if act == "pause" else ()
    with pytest.raises(NotEnrolled):
        getattr(enrolment, act)(an_actor(MENTOR), *until, now=NOW)


def test_leaving_ends_pairings_sessions_and_nudges_and_tells_the_partner(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    with storage.begin() as uow:
        uow.pairings.add(a_pairing())
        uow.participants.put(a_mentee(waiting_since=None))
        uow.sessions.add(a_session())
        uow.nudges.plan(
            [
                a_nudge("pairing", person_id=MENTEE, subject_id=PAIRING, period="1"),
                a_nudge("session", person_id=MENTEE, subject_id=SESSION, kind=NudgeKind.BEFORE_SESSION, period="2"),
                a_nudge("own", person_id=MENTOR, subject_id="elsewhere", period="3"),
            ]
        )
        uow.commit()
    enrolment.leave(an_actor(MENTOR), now=NOW)
    with storage.read() as uow:
        pairing, session = uow.pairings.get(PAIRING), uow.sessions.get(SESSION)
        assert not uow.nudges.due(NOW + timedelta(days=99), limit=10)
    assert (pairing.state, pairing.end_reason) == (PairingState.ENDED, EndReason.LEFT)
    assert session.state is SessionState.CANCELLED
    assert participant(storage, MENTOR).state is ParticipantState.LEFT
    assert participant(storage, MENTEE).waiting_since == NOW
    assert sent(storage) == [("pairing_ended", MENTEE)]


def test_a_mentor_who_leaves_an_open_proposal_frees_the_mentee_kindly(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    with storage.begin() as uow:
        proposal = an_asked_proposal().answered(MENTEE, Answer.YES, now=NOW)
        proposal = proposal.asked(role=Role.MENTOR, now=NOW, expires_at=NOW + timedelta(days=3))
        uow.rounds.add(a_round(), [proposal])
        uow.commit()
    enrolment.leave(an_actor(MENTOR), now=NOW)
    with storage.read() as uow:
        assert uow.rounds.proposal(PROPOSAL).state is ProposalState.DISMISSED
        assert uow.rounds.open_proposals_of(MENTEE) == []
    assert sent(storage) == [("proposal_closed", MENTEE)]


def test_a_mentee_who_leaves_an_open_proposal_troubles_no_mentor(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    with storage.begin() as uow:
        uow.rounds.add(a_round(), [an_asked_proposal()])
        uow.commit()
    enrolment.leave(an_actor(MENTEE), now=NOW)
    with storage.read() as uow:
        assert uow.rounds.proposal(PROPOSAL).state is ProposalState.DISMISSED
    assert sent(storage) == []


def test_others_of_a_proposed_group_are_offered_somebody_else_when_one_leaves(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    with storage.begin() as uow:
        uow.participants.put(a_mentee(OTHER))
        uow.rounds.add(a_round(), [an_asked_proposal(mentees=[MENTEE, OTHER], format=Format.COLLECTIVE)])
        uow.commit()
    enrolment.leave(an_actor(MENTEE), now=NOW)
    with storage.read() as uow:
        (offered,) = uow.rounds.open_proposals_of(OTHER)
    assert (offered.format, offered.people(Role.MENTOR)) == (Format.PATH, (MENTOR,))


def test_a_group_goes_on_without_one_of_its_mentees_as_long_as_enough_remain(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    group = [f"mentee{number}" for number in range(4)]
    with storage.begin() as uow:
        for person_id in group:
            uow.people.add(a_person(person_id))
            uow.participants.put(a_mentee(person_id, waiting_since=None))
        uow.pairings.add(a_pairing(mentees=group, format=Format.COLLECTIVE))
        uow.sessions.add(a_session(mentees=group, format=Format.COLLECTIVE))
        uow.commit()
    enrolment.leave(an_actor(group[0]), now=NOW)
    with storage.read() as uow:
        assert uow.pairings.get(PAIRING).people(Role.MENTEE) == tuple(group[1:])
        assert uow.sessions.get(SESSION).people(Role.MENTEE) == tuple(group[1:])
    assert sent(storage) == []
    enrolment.leave(an_actor(group[1]), now=NOW)
    with storage.read() as uow:
        assert uow.pairings.get(PAIRING).state is PairingState.ENDED
    assert [receiver for _, receiver in sent(storage)] == [*group[2:], MENTOR]


def test_leaving_and_joining_again_begins_anew(storage: InMemoryStorage, enrolment: EnrolmentService) -> None:
    enrolment.leave(an_actor(MENTEE), now=NOW)
    later = NOW + timedelta(days=3)
    assert enrolment.enrol(an_actor(MENTEE), A_FORM, now=later).first_time
    back = participant(storage, MENTEE)
    assert (back.state, back.joined_at, back.waiting_since, back.left_at) == (
        ParticipantState.ACTIVE, later, later, None,
    )  # fmt: skip


def test_whoever_joins_again_hears_of_the_cohorts_end_like_everybody(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    enrolment.enrol(an_actor(NEWCOMER), A_FORM, now=NOW)
    with storage.read() as uow:
        before = [(one.kind, one.due_at) for one in uow.nudges.pending_of(NEWCOMER)]
    assert {kind for kind, _ in before} == {NudgeKind.COHORT_ENDING, NudgeKind.CLOSE_SURVEY}
    enrolment.leave(an_actor(NEWCOMER), now=NOW + timedelta(hours=1))
    enrolment.enrol(an_actor(NEWCOMER), A_FORM, now=NOW + timedelta(hours=2))
    with storage.read() as uow:
        assert [(one.kind, one.due_at) for one in uow.nudges.pending_of(NEWCOMER)] == before


def test_whoever_is_deactivated_in_slack_leaves_the_programme(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    gone = replace(A_STRANGER, user_id="UMENTOR", name="Mentor", is_deactivated=True)
    enrolment.follow(gone, now=NOW)
    assert participant(storage, MENTOR).state is ParticipantState.LEFT
    with storage.read() as uow:
        person = uow.people.get(MENTOR)
    assert person.is_deactivated
    assert (person.language, person.tz) == ("en", "Europe/Paris")


def test_the_reminder_of_a_session_follows_whoever_moves_to_another_zone(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    """At 9:30 in Tokyo it is half past midnight in Paris, so that a reminder at a Parisian hour comes too late."""
    session = a_session(starts_at=datetime(2027, 3, 4, 0, 30, tzinfo=UTC))
    with storage.begin() as uow:
        uow.pairings.add(a_pairing())
        uow.sessions.add(session)
        people = uow.people.get_many(session.person_ids).values()
        uow.nudges.plan(after_planning(session, enrolment.working_times(uow, people), now=NOW))
        uow.commit()
    before = {one.id: one for one in storage._tables.nudges.values()}

    def reminded_at(person_id: str) -> datetime:
        with storage.read() as uow:
            (reminder,) = (
                one for one in uow.nudges.pending_of(person_id) if one.kind is NudgeKind.BEFORE_SESSION
            )  # fmt: skip
        return reminder.due_at

    enrolment.follow(replace(A_STRANGER, user_id="UMENTEE", name="Mentee", tz="Asia/Tokyo"), now=NOW)
    assert reminded_at(MENTEE) == datetime(2027, 3, 3, 0, 30, tzinfo=UTC)
    assert reminded_at(MENTOR) == datetime(2027, 3, 3, 8, 30, tzinfo=UTC)
    enrolment.follow(replace(A_STRANGER, user_id="UMENTEE", name="Mentee", tz="Europe/Paris"), now=NOW)
    assert {one.id: one for one in storage._tables.nudges.values()} == before


def test_people_tandem_never_met_are_none_of_its_business(
    storage: InMemoryStorage, enrolment: EnrolmentService
) -> None:
    enrolment.follow(A_STRANGER, now=NOW)
    with storage.read() as uow:
        assert uow.people.by_user_id("T1", "USTRANGER") is None
