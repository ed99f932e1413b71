"""A lead stops all reminders and starts them again, and looks at what would go this week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.conftest import assert_ok
from tests.acceptance.test_nudges import kinds

if TYPE_CHECKING:
    from tests.acceptance.conftest import World


def shown(world: World) -> str:
    """Return what Léa last saw under her command."""
    return str(world.people["lea"].ephemerals[-1].blocks)


def test_stopped_reminders_stay_away_until_they_are_started_again(paired: World) -> None:
    lea = paired.people["lea"]
    assert_ok(lea.slash("/tandem reglages"))
    assert_ok(lea.click("all_nudges_stop"))
    assert "Tous les rappels sont arrêtés" in shown(paired)
    paired.pass_time(days=5)
    assert (kinds(paired, "ana"), kinds(paired, "philippe")) == ([], [])
    assert_ok(lea.slash("/tandem bureau"))
    assert "Tous les rappels sont arrêtés" in shown(paired)
    assert_ok(lea.click("all_nudges_start"))
    assert "Les rappels sont actifs" in shown(paired)
    paired.pass_time(days=4)
    assert kinds(paired, "ana") == kinds(paired, "philippe") == ["first_session_unplanned"] * 2
    paired.assert_nothing_was_refused()


def test_what_would_go_this_week_is_what_goes(paired: World) -> None:
    lea = paired.people["lea"]
    assert_ok(lea.slash("/tandem settings"))
    assert_ok(lea.click("open_week"))
    assert "*4 messages* vers *2 personnes*" in shown(paired)
    paired.pass_time(days=7)
    assert [len(kinds(paired, name)) for name in ("ana", "philippe")] == [2, 2]
    assert_ok(lea.click("open_settings"))
    assert "Les rappels sont actifs" in shown(paired)


def test_the_settings_open_from_the_home_tab(paired: World) -> None:
    lea = paired.people["lea"]
    lea.open_home()
    assert_ok(lea.click("open_settings"))
    lea.wait_for_view()
    assert_ok(lea.click("open_week"))
    assert "2 personnes" in str(lea.wait_for_view()["blocks"])
    paired.assert_nothing_was_refused()


def test_nobody_else_may_stop_reminders(paired: World) -> None:
    ana = paired.people["ana"]
    assert_ok(ana.slash("/tandem settings"))
    assert "for the programme leads" in str(ana.ephemerals[-1].blocks)
