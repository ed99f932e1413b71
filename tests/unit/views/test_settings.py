from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time

import pytest

from bot.domain.forecast import Expected, Forecast, Stop
from bot.domain.nudges import NudgeKind
from bot.domain.policy import MOST_DAYS_OFF, DaysOff, NudgePolicy, Settings
from bot.locales import Texts
from bot.views import notices
from bot.views import settings as views
from bot.views.nudges import kind_name
from playground.blocks import problems_of_blocks, problems_of_view
from tests.builders import NOW
from tests.golden import assert_golden

STOP = Stop(by="ULEA", at=NOW)
POLICY = NudgePolicy(
    opens=time(10), closes=time(16, 30), a_week=1,
    never=frozenset({NudgeKind.NEXT_TRY, NudgeKind.PULSE_UNANSWERED}),
    days_off=(
        DaysOff(first=date(2026, 12, 24), last=date(2027, 1, 1)),
        DaysOff(first=date(2027, 5, 7), last=date(2027, 5, 7)),
    ),
)  # fmt: skip
WEEK = Forecast(
    kinds=(
        Expected(kind=NudgeKind.BEFORE_SESSION, messages=1_240, people=1_100),
        Expected(kind=NudgeKind.STILL_GOING, messages=1, people=1),
    ),
    messages=1_241,
    people=1_100,
)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_settings_are_drawn_as_their_golden_files(language: str) -> None:
    t = Texts(language, "Europe/Paris")
    drawn = {
        "settings_on": views.settings_message(t, Settings(policy=NudgePolicy())),
        "settings_stopped": views.settings_message(t, Settings(policy=NudgePolicy(), stop=STOP)),
        "settings_changed": views.settings_message(t, Settings(policy=POLICY, falls_on=2)),
        "week": views.week_message(t, WEEK),
        "week_stopped": views.week_message(t, replace(WEEK, stop=STOP)),
        "week_nothing": views.week_message(t, Forecast(kinds=(), messages=0, people=0, stop=STOP)),
    }
    for name, message in drawn.items():
        assert problems_of_blocks(message["blocks"]) == []
        assert problems_of_view(notices.holding(t, message), "modal") == []
        assert_golden(f"replies/{name}.{language}", message)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_forms_are_drawn_as_their_golden_files(language: str) -> None:
    t = Texts(language, "Europe/Paris")
    for name, modal in (("nudge_policy", views.policy_modal(t, POLICY)), ("days_off", views.days_off_modal(t))):
        assert problems_of_view(modal, "modal") == []
        assert_golden(f"modals/{name}.{language}", modal)


def test_the_longest_list_of_days_off_fits_in_one_message() -> None:
    days_off = tuple(DaysOff(first=day, last=day) for day in (date(2027, 1, 1 + n) for n in range(MOST_DAYS_OFF)))
    settings = Settings(policy=NudgePolicy(days_off=days_off, never=frozenset(NudgeKind)), stop=STOP)
    message = views.settings_message(Texts("fr", "Europe/Paris"), settings)
    assert problems_of_blocks(message["blocks"]) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_kind_of_reminder_has_a_name_of_its_own_that_fits_within_a_sentence(language: str) -> None:
    names = [kind_name(Texts(language, "Europe/Paris"), kind) for kind in NudgeKind]
    assert len(set(names)) == len(names)
    assert not [name for name in names if name.startswith(("de ", "des ", "the "))]
    assert not re.search(r"\b(you|your|vous|votre|vos)\b", " ".join(names)), "leads read them of everybody"
