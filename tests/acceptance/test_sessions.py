"""From "when do we meet?" to "what did we try?"."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.people import Role
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    from tests.acceptance.conftest import World


def kinds(world: World, name: str) -> list[str]:
    """Return what Tandem wrote to somebody, by kind, oldest first."""
    return [one.metadata["event_type"].removeprefix("tandem_") for one in world.people[name].inbox if one.metadata]


def test_one_tap_on_a_proposed_slot_plans_the_first_session(paired: World) -> None:
    philippe, ana = paired.people["philippe"], paired.people["ana"]
    assert_ok(philippe.click("plan_slot_0"))
    paired.pass_time(minutes=1)
    assert kinds(paired, "ana")[-1] == "session_planned"
    assert_ok(ana.click("open_move"))
    assert ana.view is not None
    paired.assert_nothing_was_refused()


def test_a_session_is_planned_moved_and_cancelled_and_the_other_side_told_each_time(paired: World) -> None:
    philippe, ana = paired.people["philippe"], paired.people["ana"]
    assert_ok(philippe.slash("/tandem plan"))
    philippe.wait_for_view()
    starts_at = paired.now + timedelta(days=3)
    done = philippe.submit({"date": starts_at, "minutes": "45", "place": "Salle Rivoli"})
    assert not done.errors
    paired.pass_time(minutes=1)
    assert "Salle Rivoli" in str(ana.wait_for_message().blocks)

    assert_ok(ana.click("open_move"))
    assert not ana.submit({"date": starts_at + timedelta(days=1)}).errors
    paired.pass_time(minutes=1)
    assert kinds(paired, "philippe")[-1] == "session_planned"

    assert_ok(philippe.click("cancel_session"))
    assert any("plan_slot_0" in str(one.blocks) for one in philippe.inbox[-1:])
    paired.pass_time(minutes=1)
    assert kinds(paired, "ana")[-1] == "session_cancelled"
    assert_ok(ana.click("plan_slot_1"))
    paired.assert_nothing_was_refused()


def test_an_older_button_says_what_is_planned_already_before_it_plans_another(paired: World) -> None:
    philippe = paired.people["philippe"]
    introduction = philippe.inbox[-1]
    assert_ok(philippe.slash("/tandem plan"))
    assert "Déjà prévu" not in str(philippe.wait_for_view()["blocks"])
    starts_at = paired.now + timedelta(days=3)
    assert not philippe.submit({"date": starts_at}).errors
    philippe.close_view()
    assert_ok(philippe.click("open_plan", message=introduction))
    assert "Déjà prévu" in str(shown := philippe.wait_for_view()["blocks"])
    assert f"<!date^{int(starts_at.timestamp())}^" in str(shown)
    paired.assert_nothing_was_refused()


def test_a_complete_line_logs_at_once_without_a_modal(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    reply = ana.slash("/tandem log @philippe 45m tried advanced search")
    assert_ok(reply)
    assert ana.view is None
    assert "advanced search" in ana.ephemerals[-1].text
    paired.pass_time(minutes=1)
    told = philippe.wait_for_message()
    assert told.metadata["event_type"] == "tandem_session_logged"
    assert "advanced search" in str(told.blocks)


def test_half_a_line_opens_the_modal_with_what_was_typed(paired: World) -> None:
    ana = paired.people["ana"]
    assert_ok(ana.slash("/tandem log @philippe advanced search"))
    view = ana.wait_for_view(callback_id="log")
    assert "advanced search" in str(view["blocks"])
    assert not ana.submit({}).errors
    assert ana.view["callback_id"] == "pulse"
    assert not ana.submit({"useful": "5", "at_ease": "4", "could_say": "5"}).errors
    paired.assert_nothing_was_refused()


@pytest.mark.parametrize(
    "typed", ["45x advanced search", "philippe 45m advanced search", "@nobody 45m advanced search"]
)
def test_a_line_that_leaves_a_doubt_opens_the_modal_and_nothing_typed_is_lost(paired: World, typed: str) -> None:
    paired.enrol("omar", Role.MENTEE)
    paired.pair("ana", "omar")
    ana = paired.people["ana"]
    assert_ok(ana.slash(f"/tandem log {typed}"))
    view = ana.wait_for_view(callback_id="log")
    elements = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert elements["tried"]["initial_value"] == typed
    assert elements["minutes"]["initial_value"] == ("45" if "45m" in typed else "60")
    assert "initial_option" not in elements["pairing"], "nobody was understood"
    assert not paired.services.sessions.meetings(paired.actor("ana"))


def test_a_line_may_say_on_which_day_it_was(paired: World) -> None:
    philippe = paired.people["philippe"]
    assert_ok(philippe.slash("/tandem noter hier 45m la veille"))
    assert "mise en relation date du" in philippe.ephemerals[-1].text
    paired.pass_time(days=2)
    assert_ok(philippe.slash("/tandem noter hier 45m la veille"))
    [meeting] = paired.services.sessions.meetings(paired.actor("philippe"))
    assert meeting.session.starts_at == paired.now - timedelta(days=1, minutes=45)
    assert_ok(philippe.slash("/tandem noter 45m une alerte vue hier"))
    [date] = [
        one["element"] for one in philippe.wait_for_view(callback_id="log")["blocks"] if one["block_id"] == "date"
    ]
    assert date["initial_date_time"] == int((paired.now - timedelta(days=1, minutes=45)).timestamp())


def test_the_other_side_corrects_a_log_and_gives_a_pulse(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    assert_ok(ana.slash("/tandem log @philippe 1h la recherche avancée"))
    paired.pass_time(minutes=1)
    assert_ok(philippe.click("open_log_session"))
    form = philippe.wait_for_view(callback_id="log")
    assert (form["title"]["text"], form["submit"]["text"]) == ("Corriger une séance", "Corriger")
    assert not philippe.submit({"tried": "La veille sur les réseaux"}).errors
    assert not philippe.submit({"useful": "4", "at_ease": "5", "reuse": "yes"}).errors
    paired.pass_time(minutes=1)
    told = str(ana.wait_for_message().blocks)
    assert "La veille sur les réseaux" in told
    assert "corrected the log of your session" in told
    assert_ok(philippe.slash("/tandem séances"))
    assert_ok(philippe.click("open_log_session"))
    assert not philippe.submit({"minutes": "50"}).errors
    assert philippe.wait_for_view(callback_id="notice"), "whoever gave a pulse is not asked for it again"
    meeting = paired.services.sessions.meetings(paired.actor("philippe"))[0]
    assert meeting.pulse is not None
    assert meeting.pulse.useful == 4


def test_after_a_week_a_log_stands_and_whoever_presses_its_buttons_is_told(paired: World) -> None:
    philippe, ana = paired.people["philippe"], paired.people["ana"]
    assert_ok(ana.slash("/tandem log @philippe 45m tried advanced search"))
    paired.pass_time(minutes=1)
    logged = philippe.inbox[-1]
    paired.pass_time(days=8)
    for button in ("open_log_session", "open_pulse"):
        assert_ok(philippe.click(button, logged))
        assert "sept jours" in philippe.ephemerals[-1].text
        assert philippe.view is None, "no form opens that could only be refused"
    assert_ok(philippe.slash("/tandem séances"))
    listed = str(philippe.ephemerals[-1].blocks)
    assert "advanced search" in listed
    assert "open_log_session" not in listed
    assert "open_pulse" not in listed


def test_the_shortcut_and_the_list_lead_to_the_same_modals(paired: World) -> None:
    philippe = paired.people["philippe"]
    assert_ok(philippe.shortcut("log_session"))
    assert philippe.wait_for_view()["callback_id"] == "log"
    philippe.close_view()
    assert_ok(philippe.click("plan_slot_0"))
    assert_ok(philippe.slash("/tandem séances"))
    assert "open_move" in str(philippe.ephemerals[-1].blocks)


def test_a_pairing_is_nudged_until_it_meets_and_asked_how_it_went(paired: World) -> None:
    philippe, ana = paired.people["philippe"], paired.people["ana"]
    paired.pass_time(days=4)
    assert kinds(paired, "philippe")[-1] == "nudge_first_session_unplanned"
    assert_ok(philippe.click("plan_slot_0"))
    paired.pass_time(days=7)
    assert "nudge_before_session" in kinds(paired, "ana")
    assert "nudge_before_session" in kinds(paired, "philippe")
    assert "nudge_how_did_it_go" in kinds(paired, "ana")
    assert_ok(ana.click("went_held"))
    assert not ana.submit({"tried": "Comparer deux moteurs"}).errors
    paired.pass_time(days=16)
    assert kinds(paired, "ana")[-1] == "nudge_nothing_planned"
    paired.assert_nothing_was_refused()


def test_the_same_command_delivered_twice_takes_effect_once(paired: World) -> None:
    paired.place.faults.double_envelopes(1)
    assert_ok(paired.people["ana"].slash("/tandem log @philippe 45m tried advanced search"))
    paired.pass_time(minutes=1)
    assert len(paired.services.sessions.meetings(paired.actor("ana"))) == 1
    assert kinds(paired, "philippe").count("session_logged") == 1


def test_a_second_copy_of_a_line_that_settled_a_planned_session_asks_nothing(paired: World) -> None:
    ana = paired.people["ana"]
    assert_ok(paired.people["philippe"].click("plan_slot_0"))
    planned = paired.services.sessions.meetings(paired.actor("ana"))[0].session
    paired.place.clock.move_to(planned.starts_at + timedelta(hours=5))
    paired.place.faults.double_envelopes(1)
    assert_ok(ana.slash("/tandem log @philippe 45m advanced search"))
    paired.pass_time(minutes=1)
    [meeting] = paired.services.sessions.meetings(paired.actor("ana"))
    assert (meeting.session.id, meeting.session.starts_at) == (planned.id, planned.starts_at)
    assert ana.view is None


def test_what_is_typed_after_a_command_is_kept_and_shown_as_it_was_typed(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    assert_ok(ana.slash("/tandem log @philippe 45m R&D <et> IA, https://example.com/?a=1&b=2"))
    typed = "R&D <et> IA, https://example.com/?a=1&b=2"
    assert paired.services.sessions.meetings(paired.actor("ana"))[0].session.tried == typed
    shown = "R&amp;D &lt;et&gt; IA, https://example.com/?a=1&amp;b=2"
    assert shown in str(ana.ephemerals[-1].blocks)
    paired.pass_time(minutes=1)
    assert shown in str(philippe.wait_for_message().blocks)
    assert_ok(philippe.click("open_log_session"))
    assert typed in str(philippe.wait_for_view(callback_id="log")["blocks"])


def test_an_unknown_word_is_quoted_as_it_was_typed(paired: World) -> None:
    ana = paired.people["ana"]
    ana.slash("/tandem R&D")
    assert "“R&amp;D”" in str(ana.ephemerals[-1].blocks)
    ana.slash("/tandem pause R&D")
    assert "“R&amp;D”" in str(ana.ephemerals[-1].blocks)


def test_a_session_logged_the_next_day_is_the_planned_one_and_nobody_is_asked_again(paired: World) -> None:
    philippe = paired.people["philippe"]
    assert_ok(philippe.click("plan_slot_0"))
    planned = paired.services.sessions.meetings(paired.actor("ana"))[0].session
    paired.pass_time(days=(planned.starts_at - paired.now).days + 1, hours=1)
    asked = kinds(paired, "philippe").count("nudge_how_did_it_go")
    assert_ok(philippe.slash("/tandem noter 1h30 la recherche avancée"))
    meeting, *others = paired.services.sessions.meetings(paired.actor("ana"))
    assert not others
    assert (meeting.session.id, meeting.session.starts_at) == (planned.id, planned.starts_at)
    paired.pass_time(days=3)
    assert kinds(paired, "philippe").count("nudge_how_did_it_go") == asked
    assert kinds(paired, "ana").count("nudge_how_did_it_go") <= 1


def test_a_second_session_on_the_same_day_is_asked_about_and_nothing_typed_is_lost(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    assert_ok(ana.slash("/tandem log @philippe 45m advanced search"))
    paired.pass_time(hours=2)
    assert_ok(philippe.slash("/tandem noter 1h la veille"))
    asked = str(philippe.wait_for_view(callback_id="log")["blocks"])
    assert "Vous avez déjà noté 45 min" in asked
    assert "la veille" in asked
    philippe.close_view()
    assert len(paired.services.sessions.meetings(paired.actor("ana"))) == 1

    assert_ok(philippe.shortcut("log_session"))
    philippe.wait_for_view(callback_id="log")
    assert not philippe.submit({"tried": "La veille", "next_try": "Une alerte", "minutes": "50"}).errors
    asked = str(philippe.wait_for_view(callback_id="log")["blocks"])
    assert "Vous avez déjà noté 45 min" in asked
    assert len(paired.services.sessions.meetings(paired.actor("ana"))) == 1
    assert not philippe.submit({"another": ["another"]}).errors
    assert philippe.wait_for_view(callback_id="pulse")
    second = paired.services.sessions.meetings(paired.actor("ana"))[0].session
    assert (second.tried, second.next_try, second.minutes) == ("La veille", "Une alerte", 50)
    assert len(paired.services.sessions.meetings(paired.actor("ana"))) == 2
    paired.assert_nothing_was_refused()


def test_a_slot_pressed_after_it_was_taken_gives_way_to_three_new_ones(paired: World) -> None:
    paired.enrol("omar", Role.MENTEE)
    paired.pair("ana", "omar")
    philippe, omar = paired.people["philippe"], paired.people["omar"]
    assert_ok(philippe.click("plan_slot_0"))
    taken = paired.services.sessions.meetings(paired.actor("philippe"))[0].session
    introduction = omar.inbox[-1]
    assert str(int(taken.starts_at.timestamp())) in str(introduction.blocks), "both were offered the same moment"
    assert_ok(omar.click("plan_slot_0", message=introduction))
    assert not paired.services.sessions.meetings(paired.actor("omar"))
    offered = str(omar.inbox[-1].blocks)
    assert "That moment with" in offered
    assert "plan_slot_2" in offered
    assert str(int(taken.starts_at.timestamp())) not in offered
    assert_ok(omar.click("plan_slot_0"))
    assert len(paired.services.sessions.meetings(paired.actor("omar"))) == 1
    paired.assert_nothing_was_refused()


def test_of_two_who_tap_a_moment_each_the_second_reads_of_the_first_and_chooses(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    introductions = {one: one.inbox[-1] for one in (ana, philippe)}
    assert_ok(ana.click("plan_slot_1", introductions[ana]))
    assert_ok(philippe.click("plan_slot_0", introductions[philippe]))
    asked = philippe.inbox[-1]
    assert f"<@{ana.id}> a déjà prévu une séance" in str(asked.blocks)
    [theirs] = paired.services.sessions.meetings(paired.actor("philippe"))
    assert f"<!date^{int(theirs.session.starts_at.timestamp())}^" in str(asked.blocks)

    assert_ok(philippe.click("open_move", asked))
    form = philippe.wait_for_view(callback_id="plan")
    assert form["title"]["text"] == "Déplacer la séance"
    [tapped] = [
        int(element["value"].partition("@")[2])
        for block in introductions[philippe].blocks
        for element in block.get("elements", ())
        if element.get("action_id") == "plan_slot_0"
    ]
    [when] = [block["element"] for block in form["blocks"] if block["block_id"] == "date"]
    assert when["initial_date_time"] == tapped, "the form begins at the moment that was tapped"
    philippe.close_view()
    assert_ok(philippe.click("plan_another", asked))
    assert "C’est prévu" in str(philippe.inbox[-1].blocks)
    assert len(paired.services.sessions.meetings(paired.actor("ana"))) == 2
    paired.assert_nothing_was_refused()


def test_a_time_that_one_of_them_has_promised_elsewhere_is_refused_beside_its_field(paired: World) -> None:
    paired.enrol("omar", Role.MENTEE)
    paired.pair("ana", "omar")
    philippe, omar = paired.people["philippe"], paired.people["omar"]
    assert_ok(philippe.click("plan_slot_0"))
    planned = paired.services.sessions.meetings(paired.actor("philippe"))[0].session
    assert_ok(omar.slash("/tandem plan"))
    omar.wait_for_view()
    refused = omar.submit({"date": planned.starts_at + timedelta(minutes=30)})
    assert "has a session planned at that time" in refused.errors["date"]
    assert not omar.submit({"date": planned.starts_at + timedelta(hours=2)}).errors
    paired.assert_nothing_was_refused()


def test_a_session_logged_by_both_counts_once_and_can_be_corrected_from_the_list(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    assert_ok(ana.slash("/tandem log @philippe 45m advanced search"))
    paired.pass_time(minutes=5)
    assert_ok(philippe.slash("/tandem noter 1h la recherche avancée"))
    refused = str(philippe.ephemerals[-1].blocks)
    assert "est déjà notée" in refused
    assert "la recherche avancée" in refused
    assert len(paired.services.sessions.meetings(paired.actor("ana"))) == 1

    assert_ok(philippe.slash("/tandem séances"))
    assert_ok(philippe.click("open_log_session"))
    assert not philippe.submit({"tried": "La recherche avancée, avec une alerte"}).errors
    assert "avec une alerte" in paired.services.sessions.meetings(paired.actor("ana"))[0].session.tried


def test_a_list_of_cancelled_sessions_says_how_to_plan_another(paired: World) -> None:
    philippe = paired.people["philippe"]
    assert_ok(philippe.click("plan_slot_0"))
    assert_ok(philippe.slash("/tandem séances"))
    assert_ok(philippe.click("cancel_session"))
    assert_ok(philippe.slash("/tandem séances"))
    assert "`/tandem planifier`" in str(philippe.ephemerals[-1].blocks)


def test_a_pulse_without_an_answer_does_not_count(paired: World) -> None:
    ana = paired.people["ana"]
    assert_ok(ana.slash("/tandem log @philippe 45m advanced search"))
    assert_ok(ana.click("open_pulse"))
    refused = ana.submit({})
    assert "one question at least" in refused.errors["useful"]
    ana.close_view()
    meeting = paired.services.sessions.meetings(paired.actor("ana"))[0]
    assert meeting.pulse is None
    assert_ok(ana.slash("/tandem sessions"))
    assert_ok(ana.click("open_pulse"))
    assert not ana.submit({"could_say": "5"}).errors
    assert paired.services.sessions.meetings(paired.actor("ana"))[0].pulse is not None


def test_a_move_that_changes_nothing_says_so_and_tells_nobody(paired: World) -> None:
    ana, philippe = paired.people["ana"], paired.people["philippe"]
    assert_ok(philippe.click("plan_slot_0"))
    paired.pass_time(minutes=1)
    planned, inbox = ana.inbox[-1], len(philippe.inbox)
    assert_ok(ana.click("open_move", planned))
    ana.wait_for_view(callback_id="plan")
    assert not ana.submit({}).errors
    assert "Nothing was changed, and nobody was told" in str(ana.view["blocks"])
    ana.close_view()
    paired.pass_time(minutes=1)
    assert len(philippe.inbox) == inbox

    ana.open_home()
    assert_ok(ana.click("open_move", view=ana.home))
    ana.wait_for_view(callback_id="plan")
    assert not ana.submit({"place": "Salle Lumière"}).errors
    paired.pass_time(minutes=1)
    told = str(philippe.inbox[-1].blocks)
    assert "indique où a lieu votre séance" in told
    assert "Salle Lumière" in told
    assert "déplacé" not in told
    paired.assert_nothing_was_refused()
