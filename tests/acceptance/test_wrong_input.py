"""Whatever goes wrong: one clear sentence in the person's language, and what they typed is not lost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.people import Role
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    from tests.acceptance.conftest import World


def said(world: World, name: str) -> str:
    """Return what somebody alone was last told."""
    last = world.people[name].ephemerals[-1]
    return f"{last.text} {last.blocks}"


def test_an_unknown_subcommand_shows_the_nearest_one_and_the_help(paired: World) -> None:
    paired.people["ana"].slash("/tandem jion")
    assert "Did you mean `/tandem join`" in said(paired, "ana")
    paired.people["philippe"].slash("/tandem rejondre")
    assert "Je ne connais pas" in said(paired, "philippe")
    assert "Vouliez-vous dire `/tandem rejoindre`" in said(paired, "philippe")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/tandem log @philippe 900m tried search", "lasts between"),
        ("/tandem log @omar 45m tried search", "not paired with this person"),
        ("/tandem log @ana 45m tried search", "same person"),
        ("/tandem plan @ana", "same person"),
        ("/tandem digest", "programme leads"),
        ("/tandem pause yesterday", "yesterday"),
    ],
)
def test_a_line_that_cannot_be_done_is_explained_and_given_back(paired: World, typed: str, told: str) -> None:
    ana = paired.people["ana"]
    assert_ok(ana.slash(typed))
    assert told in said(paired, "ana")
    assert "You typed" in said(paired, "ana")
    assert f"`{typed}`" in said(paired, "ana"), "to be copied and mended"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/tandem tour pourquoi @ana", "/tandem tour pourquoi @ana @philippe"),
        ("/tandem tour pourquoi ana philippe", "/tandem tour pourquoi @ana @philippe"),
        ("/tandem round why", "avec un @ devant"),
        ("/tandem tour @ana", "avec un @ devant"),
        ("/tandem tour foo", "Je ne connais pas «\xa0foo\xa0»"),
    ],
)
def test_a_lead_who_types_half_a_line_after_round_reads_what_is_missing(paired: World, typed: str, told: str) -> None:
    lea = paired.people["lea"]
    lea.close_view()
    assert_ok(lea.slash(typed))
    assert lea.view is None
    assert told in said(paired, "lea")


@pytest.mark.parametrize("typed", ["/tandem tour", "/tandem bilan", "/tandem tour pourquoi @ana @omar"])
def test_without_a_cohort_a_lead_is_offered_to_open_one(world: World, typed: str) -> None:
    lea = world.people["lea"]
    assert_ok(lea.slash(typed))
    assert_ok(lea.click("open_cohort", message=lea.ephemerals[-1]))
    assert lea.view is not None
    assert lea.view["callback_id"] == "cohort"
    assert_ok(world.people["omar"].slash("/tandem join"))
    assert "open_cohort" not in said(world, "omar")
    world.assert_nothing_was_refused()


def test_the_sentence_is_in_the_language_of_the_person(paired: World) -> None:
    assert_ok(paired.people["philippe"].slash("/tandem log @ana 900m essai"))
    assert "Une séance dure entre" in said(paired, "philippe")


def test_a_date_in_the_past_is_told_beside_the_date_and_the_rest_is_kept(paired: World) -> None:
    philippe = paired.people["philippe"]
    assert_ok(philippe.slash("/tandem plan"))
    refused = philippe.submit({"date": paired.now - timedelta(days=1), "place": "Salle Rivoli"})
    assert "date" in refused.errors
    assert philippe.view["state"]["values"]["place"]["place"]["value"] == "Salle Rivoli"
    assert not philippe.submit({"date": paired.now + timedelta(days=1)}).errors


def test_a_session_cannot_be_logged_before_it_takes_place(paired: World) -> None:
    ana = paired.people["ana"]
    assert_ok(ana.slash("/tandem log"))
    refused = ana.submit({"tried": "Search", "date": paired.now + timedelta(days=1)})
    assert "date" in refused.errors
    assert ana.view["state"]["values"]["tried"]["tried"]["value"] == "Search"


def test_a_stale_button_says_so(paired: World) -> None:
    philippe, ana = paired.people["philippe"], paired.people["ana"]
    assert_ok(philippe.click("plan_slot_0"))
    paired.pass_time(minutes=1)
    planned = ana.wait_for_message()
    assert_ok(philippe.slash("/tandem sessions"))
    assert_ok(philippe.click("cancel_session"))
    ana.click("open_move", message=planned)
    assert "This has ended" in said(paired, "ana")


def test_somebody_elses_button_does_nothing(paired: World) -> None:
    value = next(
        element["value"]
        for block in paired.people["philippe"].inbox[-1].blocks
        for element in block.get("elements", [])
        if element.get("action_id") == "open_plan"
    )
    paired.enrol("omar", Role.MENTEE)
    omar = paired.people["omar"]
    posted = paired.place.workspace
    paired.tandem.client.chat_postMessage(
        channel=omar.id,
        text="A button that is Philippe's",
        blocks=[
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "open_plan",
                        "value": value,
                        "text": {"type": "plain_text", "text": "Plan"},
                    }
                ],
            }
        ],
    )
    omar.click("open_plan")
    assert "somebody else" in said(paired, "omar")
    assert posted.refusals == []


def test_a_leavers_button_says_that_they_are_not_enrolled_any_more(paired: World) -> None:
    philippe = paired.people["philippe"]
    introduction = philippe.inbox[-1]
    paired.services.enrolment.leave(paired.actor("philippe"), now=paired.now)
    philippe.click("plan_slot_0", message=introduction)
    assert "/tandem rejoindre" in said(paired, "philippe")


def test_a_button_of_an_older_tandem_is_still_answered(paired: World) -> None:
    ana = paired.people["ana"]
    paired.tandem.client.chat_postMessage(
        channel=ana.id,
        text="Old",
        blocks=[
            {
                "type": "actions",
                "elements": [{"type": "button", "action_id": "gone", "text": {"type": "plain_text", "text": "Old"}}],
            }
        ],
    )
    assert_ok(ana.click("gone"))
    assert "changed since" in said(paired, "ana")


def test_a_date_too_far_is_refused_with_the_last_one_in_words(paired: World) -> None:
    philippe = paired.people["philippe"]
    assert_ok(philippe.slash("/tandem planifier"))
    philippe.wait_for_view()
    refused = philippe.submit({"date": paired.now + timedelta(days=400)})
    assert refused.errors["date"] == "Choisissez une date jusqu’au mercredi 1er mars 2028 au plus tard."
    philippe.close_view()
    assert_ok(philippe.slash("/tandem noter"))
    philippe.wait_for_view(callback_id="log")
    refused = philippe.submit({"tried": "La veille", "date": paired.now - timedelta(days=100)})
    assert refused.errors["date"] == "Choisissez une date après le dimanche 29 novembre 2026."


def test_a_round_with_one_person_says_so_in_words_that_fit_any_number(world: World) -> None:
    world.open_cohort()
    world.enrol("philippe", Role.MENTEE)
    lead = world.people["lea"]
    lead.slash("/tandem tour")
    lead.click("round_draft")
    sentence = lead.wait_for_view(callback_id="notice")["blocks"][0]["text"]["text"]
    assert "Mentors libres\xa0: 0\xa0; personnes à accompagner libres\xa0: 1" in sentence
