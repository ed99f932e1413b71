"""Volunteers come, rest and go, as they would in Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.people import Role
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    from playground.people import Person
    from tests.acceptance.conftest import World

ABOUT = {"roles": ["mentee"], "languages": ["en"], "formats": ["path"], "half_days": ["mon-am"]}


def said(person: Person) -> str:
    last = person.ephemerals[-1]
    return f"{last.text} {last.blocks}"


def fill(person: Person, *steps: dict[str, Any]) -> None:
    for step in steps:
        submitted = person.submit(step)
        assert submitted.acked
        assert not submitted.errors, submitted.errors


def test_somebody_joins_in_three_steps_and_is_told_what_happens_next(world: World) -> None:
    world.open_cohort()
    omar = world.people["omar"]
    assert_ok(omar.slash("/tandem join"))
    fill(omar, ABOUT, {"wants": ["social_networks"], "team": "Claims 3"}, {"want:social_networks": "tried"})
    assert "Everybody" in str(omar.view) or "everybody" in str(omar.view)
    invitation = world.services.enrolment.invitation(world.actor("omar"), now=world.now)
    assert invitation.enrolled
    assert invitation.form.team == "Claims 3"
    world.assert_nothing_was_refused()


def test_somebody_who_is_both_is_asked_at_most_six_things_a_step(world: World) -> None:
    world.open_cohort()
    omar = world.people["omar"]
    assert_ok(omar.slash("/tandem rejoindre"))
    fill(omar, {**ABOUT, "roles": ["mentor", "mentee"], "avoids": ["philippe"]})
    assert sum(block["type"] == "input" for block in omar.view["blocks"]) == 6
    fill(
        omar,
        {"offers": ["social_networks", "data_protection"], "wants": ["social_networks"], "seats": "3"},
        {"offer:social_networks": "weekly", "offer:data_protection": "could_show", "want:social_networks": "weekly"},
    )
    form = world.services.enrolment.invitation(world.actor("omar"), now=world.now).form
    assert form.seats == 3
    assert form.avoids == {world.people["philippe"].id}
    world.assert_nothing_was_refused()


def test_the_profile_comes_back_filled_in(world: World) -> None:
    world.open_cohort()
    world.enrol("ana", Role.MENTOR)
    ana = world.people["ana"]
    assert_ok(ana.slash("/tandem profile"))
    fill(ana, {"half_days": ["fri-pm"]}, {}, {"offer:social_networks": "weekly"})
    form = world.services.enrolment.invitation(world.actor("ana"), now=world.now).form
    assert form.half_days == {"fri-pm"}
    assert form.languages == {"en", "fr"}
    world.assert_nothing_was_refused()


def test_everything_wrong_with_a_step_is_told_at_once_beside_its_field(world: World) -> None:
    world.open_cohort()
    omar = world.people["omar"]
    assert_ok(omar.slash("/tandem join"))
    refused = omar.submit({**ABOUT, "roles": ["mentor", "mentee"], "formats": ["flash"], "avoids": ["omar"]})
    assert set(refused.errors) == {"formats", "avoids"}
    fill(
        omar,
        {"formats": ["path", "flash"], "avoids": []},
        {"offers": ["social_networks"], "wants": ["social_networks"]},
    )
    contradictory = omar.submit({"offer:social_networks": "could_show", "want:social_networks": "never"})
    assert set(contradictory.errors) == {"want:social_networks"}
    fill(omar, {"want:social_networks": "could_show"})


def test_without_a_cohort_joining_is_answered_kindly(world: World) -> None:
    assert_ok(world.people["philippe"].slash("/tandem rejoindre"))
    assert "/tandem rejoindre" in said(world.people["philippe"])
    assert world.people["philippe"].view is None


def test_a_break_is_typed_or_chosen_and_ends_by_itself(world: World) -> None:
    world.open_cohort()
    world.enrol("ana", Role.MENTOR)
    ana = world.people["ana"]
    assert_ok(ana.slash("/tandem pause until friday"))
    assert "5 March" in said(ana)
    world.pass_time(days=5)
    assert world.services.enrolment.resume(world.actor("ana"), now=world.now) is False
    assert_ok(ana.slash("/tandem pause"))
    fill(ana, {"until": "2027-03-20"})
    assert_ok(ana.slash("/tandem resume"))
    assert "back" in said(ana)
    world.assert_nothing_was_refused()


def test_leaving_tells_the_partner_and_frees_the_seat(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    assert_ok(philippe.click("plan_slot_0"))
    paired.pass_time(minutes=1)
    assert_ok(ana.slash("/tandem leave"))
    assert_ok(ana.click("leave"))
    paired.pass_time(minutes=1)
    assert philippe.inbox[-1].metadata["event_type"] == "tandem_pairing_ended"
    philippe.slash("/tandem plan")
    assert philippe.view is None
    before = len(ana.inbox)
    paired.pass_time(days=10)
    assert len(ana.inbox) == before
    assert_ok(ana.slash("/tandem join"))
    fill(ana, {}, {}, {})
    paired.assert_nothing_was_refused()


def test_after_the_last_day_nobody_is_invited_to_join(world: World) -> None:
    world.open_cohort()
    world.pass_time(days=75)
    omar = world.people["omar"]
    home = str(omar.open_home())
    assert "has come to its end" in home
    assert "open_join" not in home
    world.pass_time(minutes=1)
    assert "open_join" not in str(omar.inbox[-1].blocks)
    assert_ok(omar.slash("/tandem join"))
    assert omar.view is None
    assert "“Spring” has come to its end" in omar.ephemerals[-1].text
    world.assert_nothing_was_refused()


def test_whoever_comes_back_to_a_pairing_is_not_promised_the_next_round(paired: World) -> None:
    philippe = paired.people["philippe"]
    assert_ok(philippe.slash("/tandem pause 2 semaines"))
    assert_ok(philippe.slash("/tandem reprendre"))
    assert "Bon retour parmi nous" in philippe.ephemerals[-1].text
    assert "tour" not in philippe.ephemerals[-1].text.replace("retour", "")
