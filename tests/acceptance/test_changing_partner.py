"""A change of partner: no reason, nobody at fault, and only those left without a mentor are paired again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.pairings import Fit
from bot.domain.people import Role
from bot.errors import NotYours
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    from playground import Person
    from tests.acceptance.conftest import World


@pytest.fixture
def paired(world: World) -> World:
    """Ana mentors Philippe; Béa has a seat free."""
    world.open_cohort()
    world.enrol("ana", Role.MENTOR)
    world.enrol("philippe", Role.MENTEE)
    world.pair("ana", "philippe")
    world.come("bea", "Béa Lopez")
    world.enrol("bea", Role.MENTOR)
    return world


def kinds(person: Person) -> list[str]:
    return [one.metadata["event_type"].removeprefix("tandem_") for one in person.inbox if one.metadata]


def test_a_mentee_who_changes_is_asked_about_somebody_else_and_their_mentor_told_kindly(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    assert_ok(philippe.slash("/tandem changer"))
    assert_ok(philippe.click("change"))
    assert "Je viens de vous proposer" in str(philippe.ephemerals[-1].blocks)
    paired.pass_time(minutes=1)

    assert kinds(philippe)[-1] == "proposal_asked"
    assert paired.people["bea"].id in str(philippe.inbox[-1].blocks)
    assert kinds(ana)[-1] == "pairing_ended"
    assert "end" in ana.inbox[-1].text
    assert kinds(paired.people["bea"]) == [], "the mentee is asked first"
    paired.assert_nothing_was_refused()


def test_whoever_counted_on_a_planned_session_is_told_that_it_is_cancelled(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    assert_ok(philippe.click("plan_slot_0"))
    [meeting] = paired.services.sessions.meetings(paired.actor("philippe"))
    paired.pass_time(minutes=1)
    assert_ok(philippe.slash("/tandem changer"))
    assert_ok(philippe.click("change"))
    paired.pass_time(minutes=1)

    told = str(ana.inbox[-1].blocks)
    assert kinds(ana)[-1] == "pairing_ended"
    assert f"Your session is cancelled: <!date^{int(meeting.session.starts_at.timestamp())}^" in told
    paired.assert_nothing_was_refused()


def test_a_mentor_who_changes_frees_a_seat_and_their_mentee_is_not_asked_about_them_again(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    assert_ok(ana.slash("/tandem change @philippe"))
    assert_ok(ana.click("change"))
    assert "Your seat is free again" in str(ana.ephemerals[-1].blocks)
    paired.pass_time(minutes=1)

    assert kinds(philippe)[-2:] == ["pairing_ended", "proposal_asked"]
    assert "en tête du prochain tour" not in str(philippe.inbox[-2].blocks), "they are asked about somebody at once"
    assert ana.id not in str(philippe.inbox[-1].blocks)


def test_whoever_nobody_else_suits_waits_for_the_next_round(paired: World) -> None:
    philippe = paired.people["philippe"]
    paired.services.enrolment.leave(paired.actor("bea"), now=paired.now)
    assert_ok(philippe.slash("/tandem change"))
    assert_ok(philippe.click("change"))
    assert "en tête du prochain tour" in str(philippe.ephemerals[-1].blocks)


def test_changing_twice_says_that_it_has_ended_and_changes_nothing(paired: World) -> None:
    philippe = paired.people["philippe"]
    assert_ok(philippe.slash("/tandem change"))
    question = philippe.ephemerals[-1]
    assert_ok(philippe.click("change", message=question))
    paired.pass_time(minutes=1)
    heard = [kinds(one) for one in paired.people.values()]
    assert_ok(philippe.slash("/tandem change"))
    assert "change" not in {one.get("action_id") for one in philippe.ephemerals[-1].blocks}
    paired.pass_time(minutes=1)
    assert [kinds(one) for one in paired.people.values()] == heard


def test_nobody_decides_about_a_pairing_of_others(paired: World) -> None:
    [theirs] = paired.services.sessions.partnerships(paired.actor("ana"), now=paired.now)
    bea, pairings = paired.actor("bea"), paired.services.pairings
    with pytest.raises(NotYours):
        pairings.change(bea, theirs.pairing.id, now=paired.now)
    with pytest.raises(NotYours):
        pairings.say_fit(bea, theirs.pairing.id, Fit.GOOD)
    with pytest.raises(NotYours):
        pairings.ask_again(bea, theirs.pairing.id)


def test_what_was_held_before_the_end_is_still_logged_and_what_came_after_it_is_not(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    assert_ok(philippe.click("plan_slot_0"))
    [planned] = paired.services.sessions.meetings(paired.actor("philippe"))
    paired.pass_time(seconds=(planned.session.starts_at - paired.now).total_seconds() + 7200)
    assert_ok(philippe.slash("/tandem changer"))
    assert_ok(philippe.click("change"))
    paired.pass_time(hours=1)

    assert_ok(philippe.slash("/tandem séances"))
    assert_ok(philippe.click("open_log_session"))
    refused = philippe.submit({"tried": "La recherche avancée", "date": paired.now - timedelta(minutes=10)})
    assert refused.errors["date"].startswith("Votre accompagnement avait déjà pris fin à cette date.")
    assert not philippe.submit({"date": planned.session.starts_at}).errors
    paired.pass_time(minutes=1)
    assert kinds(ana)[-1] == "session_logged"
    paired.assert_nothing_was_refused()


def give_pulse(world: World, name: str) -> Person:
    person = world.people[name]
    [meeting] = world.services.sessions.meetings(world.actor(name), limit=1)
    assert_ok(person.slash("/tandem sessions"))
    assert_ok(person.click("open_pulse", value=meeting.session.id))
    assert not person.submit({"useful": "5", "at_ease": "4"}).errors
    return person


def test_after_a_session_both_say_how_it_fits_and_only_a_good_fit_settles_it(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    assert_ok(ana.slash("/tandem log @philippe 45m tried advanced search"))
    give_pulse(paired, "philippe")
    assert_ok(philippe.click("fit_deciding"))
    assert "Prenez votre temps" in str(philippe.view["blocks"])
    philippe.close_view()
    give_pulse(paired, "philippe")
    assert_ok(philippe.click("fit_good"))
    philippe.close_view()
    give_pulse(paired, "philippe")
    assert "fit_good" not in str(philippe.view["blocks"]), "it is settled"
    give_pulse(paired, "ana")
    assert "fit_good" in str(ana.view["blocks"]), "each answers for themselves"
    assert_ok(ana.click("change"))
    paired.pass_time(minutes=1)
    assert kinds(philippe)[-2:] == ["pairing_ended", "proposal_asked"]
    paired.assert_nothing_was_refused()


def test_two_who_both_ask_for_it_may_be_paired_again(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    paired.services.enrolment.leave(paired.actor("bea"), now=paired.now)
    [old] = paired.services.sessions.partnerships(paired.actor("ana"), now=paired.now)
    with paired.services.storage.read() as uow:
        cohort = uow.cohorts.open()
    assert cohort is not None
    paired.services.cohorts.close(paired.actor("lea"), cohort.id, now=paired.now)
    paired.pass_time(minutes=1)
    paired.open_cohort()
    for name, role in (("ana", Role.MENTOR), ("philippe", Role.MENTEE)):
        paired.enrol(name, role)

    def proposed() -> int:
        lea = paired.people["lea"]
        assert_ok(lea.slash("/tandem round"))
        assert_ok(lea.click("round_draft"))
        with paired.services.storage.read() as uow:
            opened = uow.cohorts.open()
            assert opened is not None
            draft = uow.rounds.draft(opened.id)
            assert draft is not None
            return len(uow.rounds.proposals(draft.id))

    assert_ok(ana.click("again", value=old.pairing.id))
    assert "If you both ask" in ana.ephemerals[-1].text
    assert proposed() == 0, "Philippe has not asked"
    assert_ok(philippe.click("again", value=old.pairing.id))
    assert proposed() == 1
    paired.assert_nothing_was_refused()
