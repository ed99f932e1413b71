"""A lead's desk: what did not arrive is sent again or dropped, and nobody else may look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.people import Role
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    from tests.acceptance.conftest import World


def shown(world: World) -> str:
    """Return what Léa's desk says, as she last saw it."""
    return str(world.people["lea"].ephemerals[-1].blocks)


def have_one_fail(world: World) -> None:
    """Have a session planned, and the message of it to Ana parked: it may have arrived and cannot be looked for."""
    faults = world.place.faults
    faults.add("chat.postMessage", "5xx_after", channel=world.people["ana"].id)
    philippe = world.people["philippe"]
    assert_ok(philippe.slash("/tandem plan"))
    philippe.wait_for_view()
    assert not philippe.submit({"minutes": "60"}).errors
    faults.add("conversations.history", "5xx_before", times=None)
    world.pass_time(hours=36)
    faults.clear()


def test_what_may_have_arrived_is_sent_again_without_being_doubled(paired: World) -> None:
    have_one_fail(paired)
    lea, before = paired.people["lea"], len(paired.people["ana"].inbox)
    assert_ok(lea.slash("/tandem bureau"))
    assert "1 message n’est pas arrivé" in shown(paired)
    pressed = lea.ephemerals[-1]
    assert_ok(lea.click("desk_retry", pressed))
    assert "repart maintenant" in shown(paired)
    paired.pass_time(minutes=5)
    assert len(paired.people["ana"].inbox) == before, "it was there already"
    assert_ok(lea.slash("/tandem desk"))
    assert "n’est pas arrivé" not in shown(paired)
    paired.assert_nothing_was_refused()


def test_a_stale_button_changes_nothing_and_says_so(paired: World) -> None:
    have_one_fail(paired)
    lea = paired.people["lea"]
    paired.come("max", "Max Weber")
    for lead in (lea, paired.people["max"]):
        assert_ok(lead.slash("/tandem desk"))
    assert_ok(lea.click("desk_drop"))
    assert "abandonné" in shown(paired)
    assert_ok(paired.people["max"].click("desk_retry"))
    assert "Somebody has seen to this message already" in str(paired.people["max"].ephemerals[-1].blocks)
    with paired.services.storage.read() as uow:
        acts = [one.action for one in uow.audit.latest(limit=9)]
    assert acts.count("message_dropped") == 1


def test_the_desk_opens_from_the_home_tab_and_shows_who_stands_still(paired: World) -> None:
    paired.pass_time(days=12)
    lea = paired.people["lea"]
    lea.open_home()
    assert_ok(lea.click("open_desk"))
    modal = str(lea.wait_for_view()["blocks"])
    assert "aucune première séance planifiée" in modal
    assert paired.people["philippe"].id in modal
    paired.assert_nothing_was_refused()


def test_a_seat_that_is_free_again_leads_to_the_next_round(world: World) -> None:
    world.open_cohort()
    world.enrol("ana", Role.MENTOR, seats=1)
    world.enrol_many(Role.MENTEE, ["philippe", "omar"])
    world.publish_a_round()
    lea = world.people["lea"]
    assert_ok(lea.slash("/tandem bureau"))
    assert "1 personne attend un mentor" in shown(world)
    assert "round_open" not in shown(world), "the seat is proposed"
    world.pass_time(days=4)
    assert_ok(lea.slash("/tandem bureau"))
    assert "1 place est libre, et 2 personnes attendent un mentor" in shown(world)
    assert_ok(lea.click("round_open"))
    assert "round_draft" in str(lea.wait_for_view(callback_id="review")["blocks"])
    world.assert_nothing_was_refused()


def test_nobody_else_may_look_at_the_desk(paired: World) -> None:
    ana = paired.people["ana"]
    assert_ok(ana.slash("/tandem desk"))
    assert "for the programme leads" in str(ana.ephemerals[-1].blocks)
