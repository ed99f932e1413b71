"""A lead decides when reminders come, stops and starts them all, and looks at what would go this week."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.services.settings import SettingsService
from tests.acceptance.conftest import assert_ok
from tests.acceptance.test_nudges import kinds, nudges

if TYPE_CHECKING:
    from tests.acceptance.conftest import Slowed, World


PARIS = ZoneInfo("Europe/Paris")


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


def test_a_week_that_takes_long_to_foresee_is_shown_when_it_is_done(paired: World, slowed: Slowed) -> None:
    foreseeing = slowed(SettingsService, "this_week")
    lea = paired.people["lea"]
    assert_ok(lea.slash("/tandem settings"))
    assert_ok(lea.click("open_week"))
    assert "Un instant" in lea.ephemerals[-1].text
    foreseeing.set()
    paired.place.workspace.wait_for(lambda: "2 personnes" in shown(paired) or None, 5, what="the week")
    paired.assert_nothing_was_refused()


def test_a_week_that_takes_long_to_foresee_comes_into_its_modal_when_it_is_done(paired: World, slowed: Slowed) -> None:
    foreseeing = slowed(SettingsService, "this_week")
    lea = paired.people["lea"]
    lea.open_home()
    assert_ok(lea.click("open_settings"))
    lea.wait_for_view()
    assert_ok(lea.click("open_week"))
    assert "Un instant" in str(lea.view["blocks"])
    foreseeing.set()
    paired.place.workspace.wait_for(lambda: "2 personnes" in str(lea.view["blocks"]) or None, 5, what="the week")
    paired.assert_nothing_was_refused()


def test_the_settings_open_from_the_home_tab(paired: World) -> None:
    lea = paired.people["lea"]
    lea.open_home()
    assert_ok(lea.click("open_settings"))
    lea.wait_for_view()
    assert_ok(lea.click("open_week"))
    assert "2 personnes" in str(lea.wait_for_view()["blocks"])
    paired.assert_nothing_was_refused()


def test_settings_saved_are_shown_in_a_modal_where_the_message_cannot_be_written(paired: World) -> None:
    lea = paired.people["lea"]
    assert_ok(lea.slash("/tandem settings"))
    assert_ok(lea.click("open_nudge_policy"))
    fault = paired.place.faults.add("response_url", "5xx_before")
    assert not lea.submit({"opens": "14:00", "closes": "16:00"}).errors
    assert fault.hits == 1
    assert "entre 14:00 et 16:00" in str(lea.view)


def test_nobody_else_may_stop_reminders(paired: World) -> None:
    ana = paired.people["ana"]
    assert_ok(ana.slash("/tandem settings"))
    assert "for the programme leads" in str(ana.ephemerals[-1].blocks)


def test_a_lead_decides_when_reminders_come_and_which_days_are_off(paired: World) -> None:
    lea = paired.people["lea"]
    assert_ok(lea.slash("/tandem settings"))
    assert_ok(lea.click("open_nudge_policy"))
    assert set(lea.submit({"opens": "15:30", "closes": "16:30"}).errors) == {"closes"}
    assert not lea.submit({"opens": "14:00", "closes": "16:00", "a_week": "1", "never": ["next_try"]}).errors
    assert lea.view is None
    assert "entre 14:00 et 16:00" in shown(paired), "in the message that the form was opened from"
    assert_ok(lea.click("open_days_off"))
    today = paired.now.date()
    assert set(lea.submit({"first": str(today), "last": str(today - timedelta(days=1))}).errors) == {"last"}
    assert not lea.submit({"first": str(today), "last": str(today + timedelta(days=5))}).errors
    paired.pass_time(days=14)
    for name in ("ana", "philippe"):
        came = [datetime.fromtimestamp(float(one.ts), PARIS) for one in nudges(paired, name)]
        assert kinds(paired, name) == ["first_session_unplanned"], "the second comes a week after the first"
        assert came[0].date() > today + timedelta(days=5)
        assert time(14) <= came[0].time() < time(16)
    paired.assert_nothing_was_refused()


def test_a_session_on_a_day_off_added_later_is_counted_for_the_lead_and_told_to_those_who_meet(paired: World) -> None:
    lea, philippe, ana = (paired.people[name] for name in ("lea", "philippe", "ana"))
    thursday = paired.now + timedelta(days=3)
    assert_ok(philippe.slash("/tandem plan"))
    assert not philippe.submit({"date": thursday, "minutes": "60"}).errors
    assert "jour de fermeture" not in str(philippe.view)
    assert_ok(lea.slash("/tandem settings"))
    assert_ok(lea.click("open_days_off"))
    assert not lea.submit({"first": str(thursday.date())}).errors
    assert "1 séance prévue tombe" in shown(paired)
    assert "Philippe" not in shown(paired)
    paired.pass_time(days=2, hours=1)
    assert kinds(paired, "ana") == ["before_session"]
    assert "day off" in str(ana.inbox[-1].blocks)
    assert_ok(philippe.slash("/tandem plan"))
    assert not philippe.submit({"date": thursday + timedelta(hours=3), "minutes": "60"}).errors
    assert "jour de fermeture" in str(philippe.view)


def test_days_off_can_be_taken_back(paired: World) -> None:
    lea = paired.people["lea"]
    lea.open_home()
    assert_ok(lea.click("open_settings"))
    lea.wait_for_view()
    assert_ok(lea.click("open_days_off"))
    day = paired.now.date() + timedelta(days=40)
    assert not lea.submit({"first": str(day)}).errors
    assert "days_off_remove" in str(lea.view)
    for later in (10, 20, 30):
        assert_ok(lea.click("open_days_off"))
        assert not lea.submit({"first": str(day + timedelta(days=later))}).errors
    assert len(lea.views) == 1, "forms close onto the settings: Slack stacks three modals, and refuses a fourth"
    assert str(lea.view).count("days_off_remove") == 4
    for left in (3, 2, 1, 0):
        assert_ok(lea.click("days_off_remove"))
        assert str(lea.wait_for_view()["blocks"]).count("days_off_remove") == left
    paired.assert_nothing_was_refused()
