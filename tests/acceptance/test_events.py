"""What happens in the workspace without anybody asking Tandem for anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.people import Role
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    import pytest

    from tests.acceptance.conftest import World


def test_somebody_who_changes_language_is_answered_in_it(world: World) -> None:
    world.open_cohort()
    world.enrol("ana", Role.MENTOR)
    ana = world.people["ana"]
    world.place.change_user(ana.id, locale="fr-FR", tz="America/Guadeloupe")
    actor = world.actor("ana")
    assert (actor.language, actor.tz) == ("fr", "America/Guadeloupe")


def test_somebody_deactivated_leaves_the_programme_and_their_partner_is_told(paired: World) -> None:
    paired.place.change_user(paired.people["ana"].id, deleted=True)
    paired.pass_time(minutes=1)
    assert paired.people["philippe"].inbox[-1].metadata["event_type"] == "tandem_pairing_ended"
    assert not paired.actor("ana").is_participant


def test_people_who_come_to_the_workspace_are_left_in_peace(world: World) -> None:
    newcomer = world.come("noor", "Noor Haddad")
    world.pass_time(days=1)
    assert newcomer.inbox == []
    with world.services.storage.read() as uow:
        assert uow.people.by_user_id(world.place.workspace.team_id, newcomer.id) is None


def test_a_revoked_token_is_told_to_the_operator(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.place.revoke_token()
    assert "tokens_revoked" in caplog.text


def test_only_leads_can_do_what_leads_do(world: World) -> None:
    omar = world.people["omar"]
    for command in ("cohort", "import"):
        assert_ok(omar.slash(f"/tandem {command}"))
        assert "programme leads" in omar.ephemerals[-1].text
        assert omar.view is None
