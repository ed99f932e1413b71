"""What comes unasked: when, how often, and what people answer."""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.domain.people import Role
from tests.acceptance.conftest import MONDAY, assert_ok

if TYPE_CHECKING:
    from playground.people import Person
    from playground.workspace import Message
    from tests.acceptance.conftest import World


def nudges(world: World, name: str) -> list[Message]:
    """Return the nudges somebody got, oldest first."""
    return [
        one
        for one in world.people[name].inbox
        if one.metadata and one.metadata["event_type"].startswith("tandem_nudge_")
    ]


def kinds(world: World, name: str) -> list[str]:
    """Return the kinds of the nudges somebody got, oldest first."""
    return [
        str(one.metadata and one.metadata["event_type"]).removeprefix("tandem_nudge_") for one in nudges(world, name)
    ]


def meet(world: World, *, days: float) -> None:
    """Have Philippe plan a session in *days*, and time pass until an hour and three quarters after it began."""
    philippe = world.people["philippe"]
    assert_ok(philippe.slash("/tandem plan"))
    philippe.wait_for_view()
    assert not philippe.submit({"date": world.now + timedelta(days=days), "minutes": "60"}).errors
    world.pass_time(days=days, hours=1.75)


@pytest.fixture
def busy(world: World) -> World:
    """The same world with Ana as the mentor of Philippe and of Bob, introduced a few minutes ago."""
    return with_two_mentees(world, "ana")


def with_two_mentees(world: World, mentor: str) -> World:
    """Pair somebody with Philippe and with Bob."""
    for question in ask_about_two(world, mentor):
        assert_ok(world.people[mentor].click("proposal_accept", question))
    world.pass_time(minutes=1)
    return world


def ask_about_two(world: World, mentor: str) -> list[Message]:
    """Ask somebody about Philippe and about Bob, who said yes; return both questions."""
    world.open_cohort()
    world.enrol(mentor, Role.MENTOR)
    world.enrol_many(Role.MENTEE, ["philippe", "bob"])
    world.publish_a_round()
    for name in ("philippe", "bob"):
        assert_ok(world.people[name].click("proposal_accept"))
    world.pass_time(minutes=1)
    return [
        one
        for one in world.people[mentor].inbox
        if one.metadata and one.metadata["event_type"] == "tandem_proposal_asked"
    ]


def plan(world: World, name: str, *, days: float, hours: float = 0) -> None:
    """Have somebody plan a session with their only partner."""
    person = world.people[name]
    assert_ok(person.slash("/tandem plan"))
    person.wait_for_view()
    starts_at = world.now.replace(minute=0) + timedelta(days=days, hours=hours)
    assert not person.submit({"date": starts_at, "minutes": "60"}).errors
    world.pass_time(minutes=1)


def row_of(message: Message, person: Person, action_id: str) -> str:
    """Return the id of the block with the button *action_id* in the row that names *person*."""
    rows = [block for block in message.blocks if "::" in block["block_id"]]
    [name] = {block["block_id"].partition("::")[0] for block in rows if f"<@{person.id}>" in str(block)}
    [button] = [one for one in rows if one["block_id"].startswith(f"{name}::") and action_id in str(one)]
    return str(button["block_id"])


def texts(message: Message) -> list[str]:
    """Return what the sections of a message say."""
    return [block["text"]["text"] for block in message.blocks if block["type"] == "section"]


def begins(beginning: str, message: Message) -> bool:
    """True where a section of a message begins so."""
    return any(text.startswith(beginning) for text in texts(message))


def last(world: World, name: str) -> Message:
    """Return the last nudge somebody got, as it stands now."""
    return nudges(world, name)[-1]


def test_one_reminder_asks_about_every_proposal_that_waits_and_each_is_answered_by_itself(world: World) -> None:
    assert len(ask_about_two(world, "ana")) == 2
    world.pass_time(days=2)
    ana, bob, philippe = (world.people[name] for name in ("ana", "bob", "philippe"))
    assert kinds(world, "ana") == ["proposal_unanswered"]
    rows = {
        who: next(
            after["block_id"]
            for block, after in pairwise(last(world, "ana").blocks)
            if block["type"] == "section" and f"<@{who.id}>" in str(block)
        )
        for who in (bob, philippe)
    }
    assert_ok(ana.click("proposal_decline", last(world, "ana"), block_id=rows[bob]))
    assert_ok(ana.click("proposal_accept", last(world, "ana"), block_id=rows[philippe]))
    world.pass_time(minutes=1)
    said = texts(last(world, "ana"))
    answers = {who: after for who in rows for question, after in pairwise(said) if question.startswith(f"<@{who.id}>")}
    assert answers[bob].startswith("Understood."), said
    assert answers[philippe].startswith("Everybody said yes."), said
    assert not any(block["type"] == "actions" for block in last(world, "ana").blocks), "nothing is left to answer"
    world.pass_time(days=3)
    assert not any(one.metadata and one.metadata["event_type"] == "tandem_proposal_closed" for one in philippe.inbox), (
        "nothing lapsed"
    )
    world.assert_nothing_was_refused()


def test_cancelling_one_of_several_sessions_leaves_the_reminders_of_the_others(busy: World) -> None:
    plan(busy, "philippe", days=3, hours=4)
    plan(busy, "bob", days=3, hours=1)
    busy.pass_time(days=2, hours=4)
    ana, bob, philippe = (busy.people[name] for name in ("ana", "bob", "philippe"))
    assert kinds(busy, "ana") == ["before_session"]
    reminder = last(busy, "ana")
    told = [text for text in texts(reminder) if text.startswith("You meet")]
    assert [f"<@{bob.id}>" in text for text in told] == [True, False], "by start"

    assert_ok(ana.click("cancel_session", reminder, block_id=row_of(reminder, bob, "cancel_session")))
    after = last(busy, "ana")
    [cancelled] = [text for text in texts(after) if text.startswith("Cancelled:")]
    assert f"<@{bob.id}>" in cancelled
    assert "4 March" in cancelled
    [kept] = [text for text in texts(after) if text.startswith("You meet")]
    assert f"<@{philippe.id}>" in kept

    assert_ok(ana.click("plan_slot_0", after, block_id=row_of(after, bob, "plan_slot_0")))
    after = last(busy, "ana")
    assert any(text.startswith("Planned:") and f"<@{bob.id}>" in text for text in texts(after))
    assert kept in texts(after)
    busy.assert_nothing_was_refused()


def test_a_session_moved_from_its_reminder_reads_its_new_date_there(busy: World) -> None:
    plan(busy, "philippe", days=3, hours=4)
    plan(busy, "bob", days=3, hours=1)
    busy.pass_time(days=2, hours=4)
    ana, bob = busy.people["ana"], busy.people["bob"]
    assert_ok(ana.click("open_move", last(busy, "ana"), block_id=row_of(last(busy, "ana"), bob, "open_move")))
    ana.wait_for_view()
    assert not ana.submit({"date": busy.now + timedelta(days=7), "minutes": "60"}).errors
    moved = ana.wait_for_message(lambda one: any(text.startswith("Planned:") for text in texts(one)))
    assert sum(text.startswith("You meet") for text in texts(moved)) == 1
    busy.assert_nothing_was_refused()


@pytest.mark.parametrize("answer", ["went_moved", "went_not_yet", "went_cancelled"])
def test_the_question_about_a_date_that_the_other_has_moved_touches_the_new_one_by_no_answer(
    paired: World, answer: str
) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    plan(paired, "philippe", days=2, hours=4)
    paired.pass_time(days=4)
    [asked] = [one for one in nudges(paired, "philippe") if "went_held" in str(one.blocks)]
    assert_ok(ana.click("went_moved", last(paired, "ana")))
    ana.wait_for_view()
    assert not ana.submit({"date": paired.now + timedelta(days=5)}).errors
    paired.pass_time(minutes=1)
    [before] = paired.services.sessions.meetings(paired.actor("philippe"))
    inbox = len(ana.inbox)

    assert_ok(philippe.click(answer, asked))
    paired.pass_time(minutes=1)
    assert paired.services.sessions.meetings(paired.actor("philippe")) == [before]
    assert len(ana.inbox) == inbox, "nobody is told of what was not done"
    moved = last(paired, "philippe")
    assert begins("Cette séance a été déplacée", moved)
    assert f"<!date^{int(before.session.starts_at.timestamp())}^" in str(moved.blocks)
    assert "went_held" not in str(moved.blocks)
    assert_ok(philippe.click("cancel_session", moved))
    assert not paired.services.sessions.meetings(paired.actor("philippe"))[0].session.fell_through
    paired.pass_time(minutes=1)
    assert begins(f"<@{philippe.id}> had to cancel", ana.inbox[-1]), "the button that names the new date acts on it"
    paired.assert_nothing_was_refused()


@pytest.mark.parametrize("answer", ["open_move", "cancel_session"])
def test_the_reminder_of_a_date_that_the_other_has_moved_acts_on_no_other(paired: World, answer: str) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    plan(paired, "philippe", days=2, hours=4)
    paired.pass_time(days=1, hours=4)
    reminder = last(paired, "ana")
    assert "Your session of Wed 3 Mar" in str(reminder.blocks), "the confirmation names the date"
    philippe.open_home()
    assert_ok(philippe.click("open_move", view=philippe.home))
    philippe.wait_for_view()
    assert not philippe.submit({"date": paired.now + timedelta(days=9)}).errors
    paired.pass_time(minutes=1)
    before = paired.services.sessions.meetings(paired.actor("ana"))

    assert_ok(ana.click(answer, reminder))
    assert begins("This session was moved", last(paired, "ana"))
    assert paired.services.sessions.meetings(paired.actor("ana")) == before
    paired.assert_nothing_was_refused()


def test_what_is_planned_from_one_row_of_several_is_told_in_that_row(busy: World) -> None:
    busy.pass_time(days=3, hours=1)
    ana, bob, philippe = (busy.people[name] for name in ("ana", "bob", "philippe"))
    assert_ok(ana.click("open_plan", last(busy, "ana"), block_id=row_of(last(busy, "ana"), bob, "open_plan")))
    ana.wait_for_view()
    assert not ana.submit({"date": busy.now + timedelta(days=2), "minutes": "60"}).errors
    planned = ana.wait_for_message(lambda one: any(text.startswith("Planned:") for text in texts(one)))
    assert "open_plan" not in str([block for block in planned.blocks if f"<@{bob.id}>" in str(block)])
    assert row_of(planned, philippe, "open_plan")
    assert "nudge_snooze" in str(planned.blocks)
    busy.assert_nothing_was_refused()


def test_a_slot_of_an_introduction_leaves_its_guide_and_a_gone_one_offers_others(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    introduction = ana.inbox[-1]
    before = texts(introduction)
    paired.pass_time(days=14)
    assert_ok(ana.click("plan_slot_0", introduction))
    gone = next(one for one in ana.inbox if one.ts == introduction.ts)
    assert texts(gone)[:-1] == before[:-1]
    assert "is gone" in texts(gone)[-1]
    assert_ok(ana.click("plan_slot_1", gone))
    planned = next(one for one in ana.inbox if one.ts == introduction.ts)
    assert texts(planned)[:-1] == before[:-1]
    assert texts(planned)[-1].startswith("Planned:")
    assert f"<@{philippe.id}>" in texts(planned)[0]
    paired.assert_nothing_was_refused()


def test_each_session_of_the_question_after_several_is_answered_by_itself(busy: World) -> None:
    for name, hours in (("philippe", 7), ("bob", 9)):
        plan(busy, name, days=1, hours=hours)
    busy.pass_time(days=2, hours=1)
    ana, bob, philippe = (busy.people[name] for name in ("ana", "bob", "philippe"))
    assert kinds(busy, "ana") == ["before_session", "how_did_it_go"]
    first = last(busy, "ana")
    asked = [text for text in texts(first) if text.startswith("How did it go")]
    assert [f"<@{one.id}>" in text for one, text in zip((philippe, bob), asked, strict=True)] == [True, True]
    assert_ok(ana.click("went_held", first, block_id=row_of(first, philippe, "went_held")))
    ana.wait_for_view(callback_id="log")
    assert not ana.submit({"tried": "Follow three people"}).errors
    logged = ana.wait_for_message(lambda one: any(text.startswith("Logged:") for text in texts(one)))
    assert asked[1] in texts(logged)
    assert "open_pulse" in str(logged.blocks)
    assert_ok(ana.click("went_not_yet", logged, block_id=row_of(logged, bob, "went_not_yet")))
    after = texts(last(busy, "ana"))
    assert [text.split(maxsplit=1)[0] for text in after] == ["Logged:", "No"]
    busy.assert_nothing_was_refused()


def test_an_answer_is_written_in_its_row_even_when_the_message_cannot_be_read(busy: World) -> None:
    for name, hours in (("philippe", 7), ("bob", 9)):
        plan(busy, name, days=1, hours=hours)
    busy.pass_time(days=2, hours=1)
    ana, bob = busy.people["ana"], busy.people["bob"]
    busy.place.faults.add("conversations.history", "5xx_before")
    assert_ok(ana.click("went_not_yet", last(busy, "ana"), block_id=row_of(last(busy, "ana"), bob, "went_not_yet")))
    assert [text.split(maxsplit=1)[0] for text in texts(last(busy, "ana"))] == ["How", "No"]


def test_each_pulse_of_a_reminder_of_several_gives_way_to_its_thanks(busy: World) -> None:
    ana, bob, philippe = (busy.people[name] for name in ("ana", "bob", "philippe"))
    for partner in (philippe, bob):
        assert_ok(partner.slash("/tandem log 45m the search"))
    busy.pass_time(days=2, hours=1)
    assert kinds(busy, "ana") == ["pulse_unanswered"]
    asked = last(busy, "ana")
    for partner in (bob, philippe):
        assert_ok(ana.click("open_pulse", asked, block_id=row_of(asked, partner, "open_pulse")))
        ana.wait_for_view(callback_id="pulse")
        assert not ana.submit({"useful": "5"}).errors
        ana.close_view()
        thanked = ana.wait_for_message(partial(begins, f"<@{partner.id}>, "))
        assert thanked.ts == asked.ts
        if partner is bob:
            assert row_of(thanked, philippe, "open_pulse")
    assert "open_pulse" not in str(last(busy, "ana").blocks)
    assert "nudge_snooze" not in str(last(busy, "ana").blocks), "nothing is left to be reminded of"
    busy.assert_nothing_was_refused()


def test_a_pulse_given_right_after_the_log_takes_its_button_from_the_row_and_leaves_the_others(busy: World) -> None:
    for name, hours in (("philippe", 7), ("bob", 9)):
        plan(busy, name, days=1, hours=hours)
    busy.pass_time(days=2, hours=1)
    ana, philippe = busy.people["ana"], busy.people["philippe"]
    assert_ok(ana.click("went_held", last(busy, "ana"), block_id=row_of(last(busy, "ana"), philippe, "went_held")))
    ana.wait_for_view(callback_id="log")
    assert not ana.submit({"tried": "Follow three people"}).errors
    ana.wait_for_message(lambda one: any(text.startswith("Logged:") for text in texts(one)))
    assert not ana.submit({"useful": "5"}).errors
    rated = ana.wait_for_message(lambda one: "Logged:" in str(one.blocks) and "open_pulse" not in str(one.blocks))
    assert row_of(rated, philippe, "open_log_session")
    assert "went_held" in str(rated.blocks), "of the other session"
    busy.assert_nothing_was_refused()


@pytest.mark.parametrize(
    ("mentor", "planned", "again", "stopped"),
    [
        ("ana", "Planned:", "Next reminder:", "no more nudges to plan a first session"),
        ("lea", "C’est prévu\xa0:", "Prochain rappel\xa0:", "plus de rappels pour planifier une première séance"),
    ],
)
def test_what_tells_of_several_pairings_is_planned_row_by_row_put_off_and_stopped(
    world: World, mentor: str, planned: str, again: str, stopped: str
) -> None:
    with_two_mentees(world, mentor)
    world.pass_time(days=3, hours=1)
    person, bob, philippe = (world.people[name] for name in (mentor, "bob", "philippe"))
    assert_ok(person.click("open_plan", last(world, mentor), block_id=row_of(last(world, mentor), bob, "open_plan")))
    person.wait_for_view()
    assert not person.submit({"date": world.now + timedelta(days=8), "minutes": "60"}).errors
    told = person.wait_for_message(lambda one: any(planned in text for text in texts(one)))
    assert_ok(person.click("nudge_snooze", told, f"1:{_nudge_id(told)}"))
    *left, put_off = texts(last(world, mentor))
    assert again in put_off
    assert any(planned in text for text in left), "what was answered stays"
    world.pass_time(days=1, hours=1)
    assert len(nudges(world, mentor)) == 2
    alone = str(last(world, mentor).blocks)
    assert f"<@{philippe.id}>" in alone
    assert f"<@{bob.id}>" not in alone
    assert_ok(person.click("nudge_stop", last(world, mentor)))
    *asked, no_more = texts(last(world, mentor))
    assert stopped in no_more
    assert any(f"<@{philippe.id}>" in text for text in asked), "what was asked can still be answered"
    assert "plan_slot_0" in str(last(world, mentor).blocks)
    world.assert_nothing_was_refused()


def test_a_kind_is_stopped_without_losing_the_message_and_wanted_again_from_the_home_tab(paired: World) -> None:
    plan(paired, "philippe", days=3)
    philippe = paired.people["philippe"]
    philippe.open_home()
    paired.pass_time(days=2)
    before = last(paired, "philippe")
    assert "nudge_snooze" not in str(before.blocks), "tomorrow the session begins"
    assert_ok(philippe.click("nudge_stop", before))
    after = last(paired, "philippe")
    for action_id in ("open_move", "cancel_session"):
        assert action_id in str(after.blocks)
    assert texts(after)[0] == texts(before)[0], "the date stays"
    paired.pass_time(minutes=1)
    assert "Vous ne recevez plus de rappels avant une séance" in str(philippe.home)
    assert_ok(philippe.click("nudge_restart", view=philippe.home))
    assert "rappels avant une séance" in str(philippe.view["blocks"])
    paired.pass_time(minutes=1)
    assert "nudge_restart" not in str(philippe.home)
    paired.assert_nothing_was_refused()


def test_a_kind_is_wanted_again_from_the_profile_which_stays_a_form(paired: World) -> None:
    plan(paired, "philippe", days=3)
    paired.pass_time(days=2)
    philippe = paired.people["philippe"]
    assert_ok(philippe.click("nudge_stop", last(paired, "philippe")))
    assert_ok(philippe.slash("/tandem profil"))
    view = philippe.wait_for_view(callback_id="join_about")
    assert "Vous ne recevez plus de rappels avant une séance" in str(view["blocks"])
    assert_ok(philippe.click("nudge_restart"))
    assert "nudge_restart" not in str(philippe.view["blocks"])
    assert not philippe.submit({}).errors
    assert philippe.view["callback_id"] == "join_topics", "the form goes on"
    paired.assert_nothing_was_refused()


def test_a_pair_that_plans_nothing_is_nudged_twice_within_working_hours(paired: World) -> None:
    paired.pass_time(days=13)
    for name in ("ana", "philippe"):
        assert kinds(paired, name) == ["first_session_unplanned"] * 2
        first, second = (one.at - MONDAY for one in nudges(paired, name))
        assert timedelta(days=3) <= first < timedelta(days=3, hours=1)
        assert timedelta(days=7) <= second < timedelta(days=7, hours=1)


def test_planning_from_the_nudge_answers_it_for_both(paired: World) -> None:
    paired.pass_time(days=3, hours=1)
    assert_ok(paired.people["ana"].click("plan_slot_0", nudges(paired, "ana")[-1]))
    paired.pass_time(hours=1)
    session = paired.services.sessions.meetings(paired.actor("philippe"))[0].session
    paired.pass_time(seconds=(session.starts_at - paired.now).total_seconds() - 60)
    assert kinds(paired, "philippe") == ["first_session_unplanned", "before_session"]


def test_the_day_before_both_are_reminded_and_the_mentor_gets_the_kit(paired: World) -> None:
    meet(paired, days=3)
    reminders = {name: nudges(paired, name)[0] for name in ("ana", "philippe")}
    assert {kinds(paired, name)[0] for name in reminders} == {"before_session"}
    assert "Three things to try" in str(reminders["ana"].blocks)
    assert "Three things to try" not in str(reminders["philippe"].blocks)


def test_the_mentor_is_asked_how_it_went_and_met_goes_on_to_the_log(paired: World) -> None:
    meet(paired, days=3)
    assert kinds(paired, "ana")[-1] == "how_did_it_go"
    assert "how_did_it_go" not in kinds(paired, "philippe")
    ana = paired.people["ana"]
    assert_ok(ana.click("went_held"))
    ana.wait_for_view(callback_id="log")
    assert not ana.submit({"tried": "Follow three people"}).errors
    paired.pass_time(days=1, hours=2)
    assert "how_did_it_go" not in kinds(paired, "philippe"), "one answer is enough"


@pytest.mark.parametrize("answer", ["went_held", "went_moved", "went_not_yet", "went_cancelled"])
def test_an_answer_about_a_session_that_the_other_has_logged_says_so_and_offers_to_correct_it(
    paired: World, answer: str
) -> None:
    meet(paired, days=3)
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    question = last(paired, "ana")
    assert_ok(philippe.slash("/tandem noter 45m la recherche"))
    assert_ok(ana.click(answer, question))
    assert ana.view is None
    said = last(paired, "ana")
    assert begins(f"<@{philippe.id}> has logged this session", said)
    assert "went_" not in str(said.blocks)
    assert_ok(ana.click("open_log_session", said))
    assert ana.wait_for_view(callback_id="log")["title"]["text"] == "Correct a session"
    paired.assert_nothing_was_refused()


def test_not_yet_asks_the_same_person_once_more_on_the_next_working_day(paired: World) -> None:
    meet(paired, days=3)
    assert_ok(paired.people["ana"].click("went_not_yet"))
    paired.pass_time(days=1, hours=2)
    assert kinds(paired, "ana").count("how_did_it_go") == 2
    assert "how_did_it_go" not in kinds(paired, "philippe")


def test_moved_opens_the_session_to_be_moved(paired: World) -> None:
    meet(paired, days=3)
    ana = paired.people["ana"]
    assert_ok(ana.click("went_moved"))
    form = ana.wait_for_view(callback_id="plan")
    [picker] = [block["element"] for block in form["blocks"] if block["block_id"] == "date"]
    assert picker["initial_date_time"] > paired.now.timestamp()
    assert "Moments that suit you both" in str(form["blocks"])
    planned_for = paired.services.sessions.meetings(paired.actor("ana"))[0].session.starts_at
    assert not ana.submit({}).errors, "as the form opened"
    paired.pass_time(minutes=1)
    [told, *_] = texts(paired.people["philippe"].inbox[-1])
    for moment in (planned_for.timestamp(), picker["initial_date_time"]):
        assert f"<!date^{int(moment)}^" in told
    paired.pass_time(days=1, hours=2)
    assert kinds(paired, "ana").count("how_did_it_go") == 1


def test_a_letter_about_a_session_reads_what_was_answered_through_its_forms(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]

    def told() -> Message:
        paired.pass_time(minutes=1)
        return ana.inbox[-1]

    plan(paired, "philippe", days=3)
    letter = told()
    assert_ok(ana.click("open_move", letter))
    ana.wait_for_view(callback_id="plan")
    assert not ana.submit({"date": paired.now + timedelta(days=4)}).errors
    moved = ana.wait_for_message(partial(begins, "Planned:"))
    assert moved.ts == letter.ts
    assert "planned a session with you" not in str(moved.blocks)

    paired.pass_time(minutes=1)
    assert_ok(philippe.click("cancel_session", philippe.inbox[-1]))
    letter = told()
    assert_ok(ana.click("open_plan", letter))
    ana.wait_for_view(callback_id="plan")
    assert not ana.submit({"date": paired.now + timedelta(days=5)}).errors
    planned = ana.wait_for_message(lambda one: one.ts == letter.ts and begins("Planned:", one))
    assert "had to cancel" not in str(planned.blocks)

    assert_ok(philippe.slash("/tandem noter 45m la recherche"))
    letter = told()
    assert_ok(ana.click("open_pulse", letter))
    ana.wait_for_view(callback_id="pulse")
    assert not ana.submit({"useful": "5"}).errors
    rated = ana.wait_for_message(lambda one: one.ts == letter.ts and "open_pulse" not in str(one.blocks))
    assert "open_log_session" in str(rated.blocks)
    paired.assert_nothing_was_refused()


def test_what_is_planned_from_a_nudge_about_one_pairing_leaves_what_the_nudge_says(paired: World) -> None:
    philippe = paired.people["philippe"]
    assert_ok(paired.people["ana"].slash("/tandem log @philippe 45m the search"))
    assert_ok(paired.people["ana"].click("open_log_session"))
    assert not paired.people["ana"].submit({"next_try": "An alert"}).errors
    paired.pass_time(days=8)
    [agreed] = [one for one in nudges(paired, "philippe") if "open_log" in str(one.blocks) and "An alert" in str(one)]
    assert_ok(philippe.click("open_plan", agreed))
    philippe.wait_for_view(callback_id="plan")
    assert not philippe.submit({"date": paired.now + timedelta(days=2)}).errors
    planned = philippe.wait_for_message(lambda one: one.ts == agreed.ts and "C’est prévu" in str(one.blocks))
    assert "open_plan" not in str(planned.blocks)
    assert "An alert" in str(planned.blocks)
    paired.assert_nothing_was_refused()


def test_cancelled_offers_three_new_moments_at_once_and_blames_nobody(paired: World) -> None:
    meet(paired, days=3)
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    assert_ok(ana.click("went_cancelled"))
    assert begins("Noted: your session with", last(paired, "ana"))
    paired.pass_time(minutes=1)
    told = philippe.inbox[-1]
    assert begins(f"Votre séance avec <@{ana.id}>", told)
    assert "n’a pas eu lieu" in str(told.blocks)
    assert "annul" not in f"{told.text}{told.blocks}"
    assert "plan_slot_0" in str(told.blocks)
    assert_ok(ana.click("plan_slot_2"))
    paired.assert_nothing_was_refused()


def test_a_nudge_can_be_put_off_to_a_day_and_comes_then(paired: World) -> None:
    paired.pass_time(days=3, hours=1)
    ana = paired.people["ana"]
    message = nudges(paired, "ana")[-1]
    option = f"date:{_nudge_id(message)}"
    assert_ok(ana.click("nudge_snooze", message, option))
    ana.wait_for_view(callback_id="snooze")
    assert "until" in ana.submit({"until": date(2027, 2, 1)}).errors
    assert not ana.submit({"until": date(2027, 3, 16)}).errors
    put_off = ana.wait_for_message(lambda one: one.ts == message.ts and "Understood" in str(one.blocks))
    assert len(put_off.blocks) == 1, "it is answered as a whole, as from the menu"
    paired.pass_time(days=14)
    assert [one.at.date() for one in nudges(paired, "ana")] == [date(2027, 3, 4), date(2027, 3, 16)]
    assert len(nudges(paired, "philippe")) == 2, "the other's are not put off"


def test_tomorrow_is_one_choice_away(paired: World) -> None:
    paired.pass_time(days=3, hours=1)
    message = nudges(paired, "ana")[-1]
    assert_ok(paired.people["ana"].click("nudge_snooze", message, f"1:{_nudge_id(message)}"))
    paired.pass_time(days=1)
    assert [one.at.date() for one in nudges(paired, "ana")[1:]] == [date(2027, 3, 5)]


def test_a_kind_can_be_stopped_and_wanted_again(paired: World) -> None:
    paired.pass_time(days=3, hours=1)
    ana = paired.people["ana"]
    assert_ok(ana.click("nudge_stop"))
    stopped = nudges(paired, "ana")[-1]
    assert "first_session_unplanned" in kinds(paired, "philippe")
    paired.pass_time(days=3)
    assert_ok(ana.click("nudge_restart", stopped))
    paired.pass_time(days=2)
    assert len(nudges(paired, "ana")) == 2


def test_a_stopped_kind_stays_away(paired: World) -> None:
    paired.pass_time(days=3, hours=1)
    assert_ok(paired.people["ana"].click("nudge_stop"))
    paired.pass_time(days=10)
    assert (len(nudges(paired, "ana")), len(nudges(paired, "philippe"))) == (1, 2)


def test_nothing_comes_at_night_or_at_the_weekend(paired: World) -> None:
    for hours in (9, 17, 40, 62):
        assert_ok(paired.people["philippe"].slash("/tandem plan"))
        paired.people["philippe"].wait_for_view()
        starts_at = paired.now + timedelta(hours=hours)
        assert not paired.people["philippe"].submit({"date": starts_at, "minutes": "60"}).errors
        paired.pass_time(days=9)
    came = [one.at.astimezone(ZoneInfo("Europe/Paris")) for name in ("ana", "philippe") for one in nudges(paired, name)]
    assert came
    assert [at for at in came if at.weekday() > 4 or not time(9, 30) <= at.time() < time(17, 30)] == []


def _nudge_id(message: Message) -> str:
    """Return the id that a nudge's buttons carry."""
    for block in message.blocks:
        for element in block.get("elements", ()):
            if element.get("action_id") == "nudge_stop":
                return str(element["value"])
    raise AssertionError("not a nudge")


def test_putting_off_a_reminder_leaves_what_was_answered_in_it_and_brings_no_moved_session_forward(
    busy: World,
) -> None:
    ana, bob, philippe = (busy.people[name] for name in ("ana", "bob", "philippe"))
    plan(busy, "philippe", days=3, hours=1)
    plan(busy, "bob", days=3, hours=4)
    busy.pass_time(days=2, hours=4)
    reminder = last(busy, "ana")
    assert_ok(ana.click("cancel_session", reminder, block_id=row_of(reminder, philippe, "cancel_session")))
    reminder = last(busy, "ana")
    assert_ok(ana.click("open_move", reminder, block_id=row_of(reminder, bob, "open_move")))
    ana.wait_for_view()
    assert not ana.submit({"date": busy.now.replace(minute=0) + timedelta(days=5)}).errors
    told = ana.wait_for_message(lambda one: one.ts == reminder.ts and begins("Planned:", one))

    ana.click("nudge_snooze", told, "Tomorrow")
    assert "This is settled already" in ana.ephemerals[-1].text
    assert last(busy, "ana").blocks == told.blocks, "the three moments and the new date stay"
    reminded: list[date] = []
    for _ in range(6):
        busy.pass_time(days=1)
        reminded += [busy.now.date()] * (kinds(busy, "ana").count("before_session") - 1 - len(reminded))
    assert reminded == [date(2027, 3, 5)], "Friday, for Monday, and not the day that was asked for"
    busy.assert_nothing_was_refused()


def test_putting_off_what_several_sessions_are_asked_in_leaves_the_rows_answered_since(busy: World) -> None:
    ana, bob = busy.people["ana"], busy.people["bob"]
    plan(busy, "philippe", days=2, hours=6)
    plan(busy, "bob", days=2, hours=7)
    busy.pass_time(days=3, hours=4)
    asked = last(busy, "ana")
    assert_ok(ana.click("went_not_yet", asked, block_id=row_of(asked, bob, "went_not_yet")))
    asked = last(busy, "ana")
    [answered] = [text for text in texts(asked) if text.startswith("No harm done")]
    assert_ok(ana.click("nudge_snooze", asked, "Tomorrow"))
    assert answered in texts(last(busy, "ana"))
    assert begins("Understood. Next reminder", last(busy, "ana"))
    busy.assert_nothing_was_refused()


@pytest.mark.parametrize("planned", [False, True])
def test_an_old_question_whether_to_go_on_ends_nothing_that_goes_on_since(paired: World, planned: bool) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    paired.pass_time(days=30, hours=1)
    old = last(paired, "ana")
    assert_ok(philippe.click("go_on_keep", last(paired, "philippe")))
    if planned:
        plan(paired, "philippe", days=3)
    assert_ok(ana.click("go_on_close", old))
    [partnership] = paired.services.sessions.partnerships(paired.actor("ana"), now=paired.now)
    goes_on = last(paired, "ana")
    assert begins("A session has been planned since" if planned else "This was answered since: you go on", goes_on)
    assert [f"<!date^{int(one.starts_at.timestamp())}^" in str(goes_on.blocks) for one in partnership.planned] == (
        [True] * planned
    )
    assert "go_on_close" not in str(goes_on.blocks)

    assert_ok(ana.click("change", goes_on))
    paired.pass_time(minutes=1)
    ended = str(philippe.inbox[-1].blocks)
    assert "prend fin" in ended
    assert "Rien n’était prévu" not in ended
    paired.assert_nothing_was_refused()


def test_meeting_less_often_chosen_by_both_sides_of_one_question_counts_once(paired: World) -> None:
    meet(paired, days=2)
    assert_ok(paired.people["ana"].slash(f"/tandem log <@{paired.people['philippe'].id}> 45m tried search"))
    paired.pass_time(days=31)
    assert kinds(paired, "ana")[-1] == kinds(paired, "philippe")[-1] == "still_going"
    for name in ("ana", "philippe"):
        assert_ok(paired.people[name].click("go_on_lighten", last(paired, name)))
    assert begins("From now on you meet every 4 weeks or so.", last(paired, "ana"))
    assert begins("C’est déjà le cas\xa0: toutes les 4 semaines environ.", last(paired, "philippe"))
    paired.assert_nothing_was_refused()
