"""A digest is previewed by a lead alone, then posted in the channel."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.people import Role
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    from tests.acceptance.conftest import World


PARIS = ZoneInfo("Europe/Paris")


def told(shown: list[dict[str, Any]]) -> list[Any]:
    """Return the texts of blocks."""
    return [one.get("text") or one.get("elements") for one in shown]


def figures(told: list[Any]) -> list[str]:
    """Return the figures in what is told, in any language."""
    return re.findall(r"\d+", str(told).replace("\\xa0", " "))


def test_before_the_first_day_a_digest_says_that_the_cohort_has_not_begun(world: World) -> None:
    lea = world.people["lea"]
    assert "open_digest" not in str(lea.open_home())
    world.open_cohort()
    assert_ok(lea.slash("/tandem bilan"))
    said = str(lea.ephemerals[-1].blocks)
    assert "son premier jour est le lundi 15 mars" in said
    assert "Aucune séance" not in said


def test_a_lead_previews_a_digest_looks_at_another_period_and_posts_it_once(paired: World) -> None:
    lea = paired.people["lea"]
    channel = paired.place.create_channel("reverse-mentoring", [lea.id], app_member=True)
    assert_ok(lea.slash("/tandem bilan", channel=channel.id))
    assert paired.place.workspace.seen_by(paired.people["ana"].id, channel.id) == [], "a preview is the lead's alone"
    assert_ok(lea.click("digest_period_week", channel=channel.id))
    preview = told(lea.ephemerals[-1].blocks)
    assert_ok(lea.click("digest_post", channel=channel.id))
    paired.pass_time(minutes=1)
    posted = [one for one in paired.place.workspace.seen_by(lea.id, channel.id) if one.metadata]
    assert [one.metadata["event_type"] for one in posted] == ["tandem_digest_posted"]
    assert "Philippe" not in str(posted[0].blocks)
    read = told(posted[0].blocks)
    assert figures(preview[: len(read)]) == figures(read), "it is posted as it was previewed, in the channel's language"
    assert "Reverse mentoring:" in str(posted[0].blocks)
    assert "Un aperçu" in str(preview), "what is said to the lead alone is in her language"
    assert "Dans le canal, il est dans une autre langue" in str(preview)
    paired.assert_nothing_was_refused()


@pytest.fixture
def five_pairs(world: World) -> World:
    """Five pairings, introduced a moment ago."""
    world.open_cohort()
    for role in (Role.MENTOR, Role.MENTEE):
        seats = {"seats": 1} if role is Role.MENTOR else {}
        world.enrol_many(role, (f"{role}{number}" for number in range(5)), **seats)
    world.publish_a_round()
    for role in (Role.MENTEE, Role.MENTOR):
        for number in range(5):
            assert_ok(world.people[f"{role}{number}"].click("proposal_accept"))
        world.pass_time(minutes=1)
    return world


def test_a_digest_tells_totals_of_five_and_nothing_of_four(five_pairs: World) -> None:
    world, lea = five_pairs, five_pairs.people["lea"]
    for number in range(5):
        assert_ok(world.people[f"mentee{number}"].slash("/tandem log 45m searched"))
        assert_ok(lea.slash("/tandem digest"))
        told = str(lea.ephemerals[-1].blocks)
        assert ("5 personnes accompagnées" in told) == (number == 4)


def test_what_came_of_a_closed_cohort_is_told_once_the_next_is_open(five_pairs: World) -> None:
    world, lea = five_pairs, five_pairs.people["lea"]
    channel = world.place.create_channel("reverse-mentoring", [lea.id], app_member=True)
    for number in range(5):
        assert_ok(world.people[f"mentee{number}"].slash("/tandem log 45m searched"))
    assert_ok(lea.slash("/tandem cohort"))
    assert_ok(lea.click("close_cohort"))
    assert "/tandem bilan vague Spring" in str(lea.ephemerals[-1].blocks)
    assert "open_digest" in str(lea.open_home()), "it is there while no cohort is open, too"
    world.open_cohort("Summer")
    assert_ok(lea.slash("/tandem bilan", channel=channel.id))
    assert "Summer" in str(lea.ephemerals[-1].blocks[0])
    [spring] = [one.id for one in world.services.digests.cohorts() if one.name == "Spring"]
    assert_ok(lea.click("digest_cohort", value=f"cohort@{spring}", channel=channel.id))
    chosen = told(lea.ephemerals[-1].blocks)
    assert_ok(lea.slash("/tandem bilan vague spr", channel=channel.id))
    assert told(lea.ephemerals[-1].blocks) == chosen
    assert "5 personnes accompagnées" in str(chosen)
    assert_ok(lea.click("digest_post", channel=channel.id))
    world.pass_time(minutes=1)
    [posted] = [one for one in world.place.workspace.seen_by(lea.id, channel.id) if one.metadata]
    assert figures(told(posted.blocks)) == figures(chosen[: len(posted.blocks)])
    world.assert_nothing_was_refused()


def test_a_digest_in_a_channel_tandem_is_not_in_tells_the_lead(paired: World) -> None:
    lea = paired.people["lea"]
    channel = paired.place.create_channel("elsewhere", [lea.id], app_member=False)
    assert_ok(lea.slash("/tandem digest", channel=channel.id))
    assert_ok(lea.click("digest_post", channel=channel.id))
    paired.pass_time(minutes=1)
    assert "/invite" in str(lea.inbox[-1].blocks)


def test_a_lead_has_a_digest_posted_every_monday(five_pairs: World) -> None:
    world, lea = five_pairs, five_pairs.people["lea"]
    channel = world.place.create_channel("reverse-mentoring", [lea.id], app_member=True)
    assert_ok(lea.slash("/tandem bilan", channel=channel.id))
    assert_ok(lea.click("digest_weekly_start", channel=channel.id))
    for number in range(5):
        assert_ok(world.people[f"mentee{number}"].slash("/tandem log 45m searched"))
    world.pass_time(days=15)
    posted = [one for one in world.place.workspace.seen_by(lea.id, channel.id) if one.metadata]
    assert [datetime.fromtimestamp(float(one.ts), PARIS).strftime("%a %d %H:%M") for one in posted] == ["Mon 08 09:00"]
    assert "Monday 1 March to Sunday 7 March" in str(posted[0].blocks)
    assert_ok(lea.slash("/tandem bilan", channel=channel.id))
    assert_ok(lea.click("digest_weekly_stop", channel=channel.id))
    assert "digest_weekly_start" in str(lea.ephemerals[-1].blocks)
    world.assert_nothing_was_refused()
