from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.desk import MESSAGES_A_PAGE, Desk, Standstill, Unanswered, Undelivered
from bot.locales import Texts
from bot.services.composing import COMPOSERS
from bot.views import desk as views
from bot.views import notices
from playground.blocks import problems_of_blocks, problems_of_view
from tests.builders import NOW
from tests.golden import assert_golden

DAY = timedelta(days=1)


def undelivered(message_id: str, why: str, **fields: Any) -> Undelivered:
    given: dict[str, Any] = {
        "conversation": "UANA",
        "kind": "introduction",
        "may_be_there": False,
        "is_ours": False,
        "can_be_sent_again": True,
    }
    return Undelivered(message_id=message_id, why=why, since=NOW, **(given | fields))


def standstill(number: int) -> Standstill:
    return Standstill(mentors=(f"UMENTOR{number}",), mentees=(f"UMENTEE{number}",), since=NOW - 30 * DAY)


CLEAR = Desk(undelivered=(), undelivered_in_all=0, page=0, pages=1)
BUSY = Desk(
    undelivered=(
        undelivered("1", "user_disabled"),
        undelivered("2", "unreadable history: missing_scope", may_be_there=True, kind="session_planned"),
        undelivered("3", "KeyError", is_ours=True, kind="session_logged"),
        undelivered("4", "not_in_channel", conversation="C1", kind="digest_posted"),
        undelivered(
            "5", "unreadable history", conversation="C1", kind="digest_posted", may_be_there=True,
            can_be_sent_again=False,
        ),
        undelivered("6", "http_503", kind="before_session"),
    ),
    undelivered_in_all=13,
    page=1,
    pages=3,
    unplanned=(standstill(1),),
    quiet=(replace(standstill(12), unconfirmed=True), *(standstill(number) for number in range(11))),
    unanswered=(
        Unanswered(user_id="UBEN", asked_at=NOW - 2 * DAY, expires_at=NOW + DAY),
        Unanswered(user_id="UANA", asked_at=NOW - 2 * DAY, expires_at=NOW + DAY, proposals=3),
    ),
    waiting=4,
)  # fmt: skip
FREED = replace(CLEAR, waiting=5, seats=2)
OVER = replace(CLEAR, waiting=2, no_more_rounds=True)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("name", "desk"), [("clear", CLEAR), ("busy", BUSY), ("freed", FREED), ("over", OVER)])
def test_the_desk_is_drawn_as_its_golden_file(name: str, desk: Desk, language: str) -> None:
    t = Texts(language, "Europe/Paris")
    drawn = views.desk_message(t, desk, views.sent_again(t) if name == "busy" else None)
    assert problems_of_blocks(drawn["blocks"]) == []
    assert problems_of_view(notices.holding(t, drawn), "modal") == []
    assert_golden(f"replies/desk_{name}.{language}", drawn)


def test_the_fullest_desk_fits_in_a_message() -> None:
    many = tuple(standstill(number) for number in range(2_000))
    silence = tuple(Unanswered(user_id=f"U{n}", asked_at=NOW, expires_at=NOW) for n in range(2_000))
    full = Desk(
        undelivered=BUSY.undelivered, undelivered_in_all=600, page=1, pages=100, unplanned=many, quiet=many,
        unanswered=silence, waiting=2_000, seats=900,
    )  # fmt: skip
    assert len(full.undelivered) == MESSAGES_A_PAGE
    drawn = views.desk_message(Texts("fr", "Europe/Paris"), full, views.dropped(Texts("fr", "Europe/Paris")))
    assert problems_of_blocks(drawn["blocks"]) == []
    assert len(drawn["blocks"]) <= 50


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_kind_of_message_has_a_name(language: str) -> None:
    t = Texts(language, "Europe/Paris")
    assert {kind for kind in COMPOSERS if views.message_name(t, kind) == views.message_name(t, "unknown")} == set()
