"""What the playground says to try first works to its last line, whatever its reader chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app import furnish, guide
from bot.domain.sessions import SessionState
from bot.locales import Texts
from playground.company import sample_company
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.people import Person
    from tests.acceptance.conftest import World

PARTS = {"claire": "lead", "ana": "mentor", "philippe": "mentee"}


@pytest.fixture
def furnished(open_world: Callable[..., World]) -> World:
    """The playground as it opens, on a Monday; Claire leads, Ana mentors, Philippe has not joined yet."""
    company = sample_company()
    parts = {name: company.played_by(part) for name, part in PARTS.items()}
    world = open_world(leads={parts["claire"].user_id}, company=company)
    world.people |= {name: world.place.person(member.user_id) for name, member in parts.items()}
    furnish(world.services, company, team_id=world.place.workspace.team_id, now=world.now)
    return world


def say_yes(world: World, person: Person) -> str:
    """Have somebody accept the proposal they got; return what it said."""
    [question] = [one for one in person.inbox if one.metadata and one.metadata["event_type"] == "tandem_proposal_asked"]
    asked = str(question.blocks)
    assert_ok(person.click("proposal_accept", question))
    world.pass_time(minutes=1)
    return asked


@pytest.mark.parametrize(
    ("topic", "level"), [("mobile_services", "could_show"), ("online_image", "never"), ("finding_information", "never")]
)
def test_whoever_follows_the_guide_gets_a_mentor_meets_and_sees_a_digest(
    furnished: World, topic: str, level: str
) -> None:
    world, philippe, claire = furnished, furnished.people["philippe"], furnished.people["claire"]
    joining, drafting, answering, moving, logging = guide(sample_company(), Texts("en", "Europe/Paris"))

    assert "You are Philippe Garnier" in joining
    assert "/tandem join" in joining
    assert_ok(philippe.slash("/tandem join"))
    about: dict[str, object] = {"roles": ["mentee"], "languages": ["fr"], "formats": ["path"], "half_days": ["mon-am"]}
    for step in (about, {"wants": [topic]}, {f"want:{topic}": level}):
        assert not philippe.submit(step).errors

    assert "Act as Claire Delmas" in drafting
    assert "/tandem round" in drafting
    world.publish_a_round(lead="claire")

    assert "act as the mentor it names" in answering
    asked = say_yes(world, philippe)
    [mentor] = [one for one in world.place.workspace.people() if f"<@{one.id}>" in asked]
    say_yes(world, world.place.person(mentor.id))
    assert_ok(philippe.click("plan_slot_0"))

    assert "Move time" in moving
    [meeting] = world.services.sessions.meetings(world.actor("philippe"))
    world.pass_time(days=(meeting.session.ends_at - world.now).days + 1)
    assert any("nudge_how_did_it_go" in str(one.metadata) for one in world.place.person(mentor.id).inbox)

    assert "/tandem log @partner 45m" in logging
    assert "/tandem digest in #reverse-mentoring" in logging
    assert_ok(philippe.slash(f"/tandem log <@{mentor.id}> 45m tried advanced search"))
    [meeting] = world.services.sessions.meetings(world.actor("philippe"))
    assert meeting.session.state is SessionState.HELD
    [channel] = [one for one in world.place.workspace.channels.values() if one.name == "reverse-mentoring"]
    assert_ok(claire.slash("/tandem digest", channel=channel.id))
    assert_ok(claire.click("digest_post", channel=channel.id))
    world.assert_nothing_was_refused()


def test_the_mentor_of_the_playground_takes_part(furnished: World) -> None:
    assert furnished.actor("ana").is_participant
