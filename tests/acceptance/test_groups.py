"""A group: whom the one-to-one seats cannot take learn together."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.people import Role
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    from tests.acceptance.conftest import World


@pytest.fixture
def crowd(world: World) -> World:
    """One mentor with one seat and one collective session; five mentees."""
    world.open_cohort()
    world.enrol("ana", Role.MENTOR, seats=1)
    world.enrol_many(Role.MENTEE, (f"m{number}" for number in range(5)))
    world.publish_a_round()
    return world


def test_whom_the_seats_cannot_take_are_asked_to_join_a_group_that_goes_on_without_one_of_them(crowd: World) -> None:
    mentees = [crowd.people[f"m{number}"] for number in range(5)]
    grouped = [one for one in mentees if "small group" in str(one.inbox[-1].blocks)]
    [alone] = [one for one in mentees if one not in grouped]
    assert len(grouped) == 4
    assert_ok(alone.click("proposal_accept"))
    assert_ok(grouped[0].click("proposal_decline"))
    for one in grouped[1:]:
        assert_ok(one.click("proposal_accept"))
    crowd.pass_time(minutes=1)

    ana = crowd.people["ana"]
    asked = [one for one in ana.inbox if one.metadata["event_type"] == "tandem_proposal_asked"]
    assert len(asked) == 2, "the one-to-one and the group"
    for question in asked:
        assert_ok(ana.click("proposal_accept", message=question))
    crowd.pass_time(minutes=1)
    for one in [alone, *grouped[1:]]:
        assert one.inbox[-1].metadata["event_type"] == "tandem_introduction"
    assert_ok(grouped[1].click("plan_slot_0"))
    assert "Everybody has been told" in str(grouped[1].inbox[-1].blocks)
    crowd.pass_time(minutes=1)
    assert grouped[2].inbox[-1].metadata["event_type"] == "tandem_session_planned"
    [planned] = crowd.services.sessions.meetings(crowd.actor(f"m{mentees.index(grouped[2])}"))
    assert_ok(grouped[2].slash("/tandem plan"))
    grouped[2].wait_for_view()
    assert not grouped[2].submit({"date": planned.session.starts_at + timedelta(days=1)}).errors
    assert "has a date already" in str(grouped[2].view), "a group meets once, whoever asks for another date"
    crowd.assert_nothing_was_refused()


def test_a_group_that_gets_too_small_is_closed_kindly(crowd: World) -> None:
    mentees = [crowd.people[f"m{number}"] for number in range(5)]
    grouped = [one for one in mentees if "small group" in str(one.inbox[-1].blocks)]
    assert_ok(grouped[0].click("proposal_accept"))
    assert_ok(grouped[1].click("proposal_decline"))
    assert_ok(grouped[2].click("proposal_decline"))
    crowd.pass_time(minutes=1)
    assert "tandem_proposal_closed" in [one.metadata["event_type"] for one in grouped[0].inbox]
    crowd.assert_nothing_was_refused()


def test_the_mean_score_of_a_draft_is_that_of_its_proposals_a_group_of_two_mentors_being_one(world: World) -> None:
    world.open_cohort()
    world.come("dan", "Dan Weber")
    for name in ("ana", "dan"):
        world.enrol(name, Role.MENTOR, seats=1)
    world.enrol_many(Role.MENTEE, (f"m{number}" for number in range(7)))
    lea = world.people["lea"]
    assert_ok(lea.slash("/tandem round"))
    assert_ok(lea.click("round_draft"))
    said = str(lea.view["blocks"])
    scores = [int(one) for one in re.findall(r"(\d+)/100", said)]
    mean = re.search(r"score moyen (\d+)", said)
    assert mean is not None
    assert len(scores) == 3
    assert min(scores) <= int(mean[1]) <= max(scores) <= 100


def test_a_big_group_has_two_mentors_and_goes_on_with_one_when_the_other_declines(world: World) -> None:
    world.open_cohort()
    for name in ("ana", "dan"):
        if name not in world.people:
            world.come(name, name.capitalize())
        world.enrol(name, Role.MENTOR, seats=1)
    world.enrol_many(Role.MENTEE, (f"m{number}" for number in range(7)))
    world.publish_a_round()
    mentees = [world.people[f"m{number}"] for number in range(7)]
    grouped = [one for one in mentees if "small group" in str(one.inbox[-1].blocks)]
    assert len(grouped) == 5
    assert not [name for name in ("ana", "dan") for one in grouped if world.people[name].id in str(one.inbox[-1])]
    for one in grouped:
        assert_ok(one.click("proposal_accept"))
    world.pass_time(minutes=1)
    ana, dan = (world.people[name] for name in ("ana", "dan"))
    assert [one.inbox[-1].metadata["event_type"] for one in (ana, dan)] == ["tandem_proposal_asked"] * 2
    for one, other in ((ana, dan), (dan, ana)):
        assert "A second mentor" in str(one.inbox[-1].blocks)
        assert other.id not in str(one.inbox[-1].blocks), "one may say no without the other knowing"
    assert_ok(ana.click("proposal_accept"))
    assert_ok(dan.click("proposal_decline"))
    world.pass_time(minutes=1)
    said = str(grouped[0].inbox[-1].blocks)
    assert grouped[0].inbox[-1].metadata["event_type"] == "tandem_introduction"
    assert (ana.id in said, dan.id in said) == (True, False)
    world.assert_nothing_was_refused()


def test_a_group_goes_on_when_one_of_it_leaves_the_programme(crowd: World) -> None:
    mentees = [crowd.people[f"m{number}"] for number in range(5)]
    grouped = [one for one in mentees if "small group" in str(one.inbox[-1].blocks)]
    for one in grouped[:3]:
        assert_ok(one.click("proposal_accept"))
    assert_ok(grouped[3].slash("/tandem leave"))
    assert_ok(grouped[3].click("leave"))
    crowd.pass_time(minutes=1)
    ana = crowd.people["ana"]
    asked = next(one for one in reversed(ana.inbox) if one.metadata["event_type"] == "tandem_proposal_asked")
    assert_ok(ana.click("proposal_accept", message=asked))
    crowd.pass_time(minutes=1)
    assert [one.inbox[-1].metadata["event_type"] for one in grouped[:3]] == ["tandem_introduction"] * 3
    crowd.assert_nothing_was_refused()


def test_whoever_leaves_a_group_is_not_offered_its_mentor_again(crowd: World) -> None:
    mentees = [crowd.people[f"m{number}"] for number in range(5)]
    grouped = [one for one in mentees if "small group" in str(one.inbox[-1].blocks)]
    [alone] = [one for one in mentees if one not in grouped]
    assert_ok(alone.click("proposal_decline"))
    for one in grouped:
        assert_ok(one.click("proposal_accept"))
    crowd.pass_time(minutes=1)
    ana = crowd.people["ana"]
    assert_ok(ana.click("proposal_accept"))
    crowd.pass_time(minutes=1)
    assert_ok(grouped[0].slash("/tandem change"))
    assert_ok(grouped[0].click("change"))
    grouped[0].wait_for_message(lambda one: "You have left the group" in str(one.blocks))
    crowd.pass_time(minutes=1)
    asked = [one for one in grouped[0].inbox if "tandem_proposal_asked" in str(one.metadata)]
    assert len(asked) == 1, "Ana alone could teach them, and they have just left her group"
