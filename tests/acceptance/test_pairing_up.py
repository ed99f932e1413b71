"""From a draft to an introduction."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.people import Role
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    from tests.acceptance.conftest import World


def test_a_round_is_drafted_reviewed_and_published_and_two_yeses_make_a_pairing(world: World) -> None:
    world.open_cohort()
    world.enrol("ana", Role.MENTOR)
    world.enrol("philippe", Role.MENTEE)
    lea, ana, philippe = (world.people[name] for name in ("lea", "ana", "philippe"))

    assert_ok(lea.slash("/tandem round"))
    assert_ok(lea.click("round_draft"))
    world.pass_time(minutes=1)
    assert not philippe.inbox, "a draft tells nobody"
    assert_ok(lea.click("round_publish"))
    world.pass_time(minutes=1)

    asked = philippe.wait_for_message()
    assert asked.metadata == {"event_type": "tandem_proposal_asked", "event_payload": asked.metadata["event_payload"]}
    assert not ana.inbox, "the mentee is asked first"
    assert_ok(philippe.click("proposal_accept"))
    world.pass_time(minutes=1)
    assert_ok(ana.click("proposal_accept"))
    world.pass_time(minutes=1)

    assert ana.wait_for_message().metadata["event_type"] == "tandem_introduction"
    assert philippe.wait_for_message().metadata["event_type"] == "tandem_introduction"
    world.assert_nothing_was_refused()


def test_a_dismissed_draft_tells_nobody(world: World) -> None:
    world.open_cohort()
    world.enrol("ana", Role.MENTOR)
    world.enrol("philippe", Role.MENTEE)
    lea = world.people["lea"]
    assert_ok(lea.slash("/tandem round"))
    assert_ok(lea.click("round_draft"))
    assert_ok(lea.click("round_dismiss"))
    world.pass_time(days=1)
    assert not world.people["philippe"].inbox
    assert not world.people["ana"].inbox


def test_a_no_names_nobody_and_the_next_candidate_is_asked_about(world: World) -> None:
    world.open_cohort()
    world.come("bea", "Béa Lopez")
    world.enrol("ana", Role.MENTOR)
    world.enrol("bea", Role.MENTOR)
    world.enrol("philippe", Role.MENTEE)
    philippe = world.people["philippe"]
    world.publish_a_round()
    first = philippe.wait_for_message()
    assert_ok(philippe.click("proposal_decline", message=first))
    world.pass_time(minutes=1)
    second = philippe.wait_for_message()
    assert second.ts != first.ts
    assert second.metadata["event_type"] == "tandem_proposal_asked"
    assert not world.people["ana"].inbox
    assert not world.people["bea"].inbox


def test_somebody_nobody_can_be_found_for_is_told_why_and_what_happens_next(world: World) -> None:
    world.open_cohort()
    world.enrol("ana", Role.MENTOR)
    world.enrol("philippe", Role.MENTEE, avoids=frozenset({world.people["ana"].id}))
    world.publish_a_round()
    told = world.people["philippe"].wait_for_message()
    assert told.metadata["event_type"] == "tandem_unserved"
    assert "Ana" not in told.text, "nobody is told whom somebody avoids"
    assert "1 personne en attente est prévenue." in str(world.people["lea"].view), "and no proposal is spoken of"


def test_what_would_place_somebody_is_told_to_the_lead_by_name_and_to_them_without(world: World) -> None:
    world.open_cohort()
    world.enrol("ana", Role.MENTOR, seats=1)
    world.enrol_many(Role.MENTEE, ("philippe", "omar"))
    ana, lea = world.people["ana"], world.people["lea"]
    assert_ok(lea.slash("/tandem round"))
    assert_ok(lea.click("round_draft"))
    assert f"place de plus auprès de <@{ana.id}>" in str(lea.view["blocks"])
    assert_ok(lea.click("round_publish"))
    world.pass_time(minutes=1)
    letters = [world.people[name].wait_for_message() for name in ("philippe", "omar")]
    [told] = [one for one in letters if one.metadata["event_type"] == "tandem_unserved"]
    assert "place de plus" in str(told.blocks) or "One more seat" in str(told.blocks)
    assert ana.id not in str(told.blocks)
    world.assert_nothing_was_refused()


def test_two_leads_publishing_at_once_publish_once(world: World) -> None:
    world.open_cohort()
    world.come("max", "Max Weber", email="max@example.com")
    world.enrol("ana", Role.MENTOR)
    world.enrol("philippe", Role.MENTEE)
    lea, max_ = world.people["lea"], world.people["max"]
    assert_ok(lea.slash("/tandem round"))
    assert_ok(lea.click("round_draft"))
    assert_ok(max_.slash("/tandem round"))
    assert_ok(max_.click("round_review"))
    assert_ok(lea.click("round_publish"))
    assert_ok(max_.click("round_publish"))
    assert "Léa Martin" in str(max_.view["blocks"]), "the second lead is told who was first"
    world.pass_time(minutes=1)
    assert len(world.people["philippe"].inbox) == 1


def test_an_unanswered_proposal_is_reminded_of_once_then_expires(world: World) -> None:
    world.open_cohort()
    world.enrol("ana", Role.MENTOR)
    world.enrol("philippe", Role.MENTEE)
    lea, philippe = world.people["lea"], world.people["philippe"]
    assert_ok(lea.slash("/tandem round"))
    assert_ok(lea.click("round_draft"))
    assert_ok(lea.click("round_publish"))
    world.pass_time(days=7)
    kinds = [message.metadata["event_type"] for message in philippe.inbox]
    assert kinds == ["tandem_proposal_asked", "tandem_nudge_proposal_unanswered", "tandem_proposal_closed"]
    asked, reminder, closed = philippe.inbox
    assert "prochain tour" in str(closed.blocks)
    assert reminder.at - asked.at >= timedelta(days=2) - timedelta(minutes=5)
    philippe.click("proposal_accept", message=asked)
    assert "délai est passé" in philippe.ephemerals[-1].text
