from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.cohorts import Format
from bot.domain.letters import (
    BeforeSession,
    CloseSurvey,
    CohortEnding,
    FirstSessionUnplanned,
    HowDidItGo,
    Letter,
    NextTry,
    NothingPlanned,
    ProposalAsked,
    ProposalUnanswered,
    PulseUnanswered,
    SessionsLeft,
    StillGoing,
    ToPlan,
    Undated,
    UsageQuestion,
)
from bot.domain.nudges import MOST_PROPOSALS_TOGETHER, MOST_TOGETHER, NudgeKind
from bot.domain.overviews import Following
from bot.domain.pairings import GoneOn, GoOn
from bot.domain.participants import MOST_SEATS
from bot.domain.people import Role
from bot.domain.rounds import Reason
from bot.domain.surveys import Survey
from bot.locales import Texts
from bot.services.composing import COMPOSERS
from bot.views import blocks, ids, nudges, proposals, surveys
from bot.views.letters import draw
from playground.blocks import LONGEST_MESSAGE, displayed_length, problems_of_blocks, problems_of_view
from tests.builders import NOW, a_close_answer, a_pairing, a_session, a_topic
from tests.golden import assert_golden

SLOTS = tuple(datetime(2027, 3, day, 13, 30, tzinfo=UTC) for day in (9, 10, 11))
TOPIC = a_topic()


def sessions_left(partner: str, *, has_met: bool = True, next_at: datetime | None = None) -> SessionsLeft:
    return SessionsLeft(pairing_id=f"with {partner}", partners=(partner,), has_met=has_met, next_at=next_at)


NOTHING_PLANNED = NothingPlanned(
    nudge_id="nudge", pairing_id="pairing", partners=("UANA",), last_met_on=date(2027, 2, 22), slots=SLOTS
)
STILL_GOING = StillGoing(
    nudge_id="nudge", pairing_id="pairing", partners=("UANA",), format=Format.PATH, cadence_weeks=2,
    closes_on=date(2027, 4, 8),
)  # fmt: skip
STILL_A_GROUP = replace(
    STILL_GOING, partners=("UANA", "UBEN", "UCLEO", "UDORA"), format=Format.COLLECTIVE, has_met=False
)
A_GROUP = a_pairing("pairing", format=Format.COLLECTIVE, mentees=("ben", "cleo", "dora"), sessions_planned=1)
BEFORE_SESSION = BeforeSession(
    nudge_id="nudge", session_id="session", sequence=0, role=Role.MENTOR, partners=("UANA",), starts_at=SLOTS[0],
    minutes=60, place="Room 4", topic=TOPIC, next_try="",
)  # fmt: skip
PULSE_UNANSWERED = PulseUnanswered(
    nudge_id="nudge", session_id="session", role=Role.MENTEE, partners=("UANA",), held_at=NOW,
    closes_on=date(2027, 3, 8),
)  # fmt: skip
ASKED = ProposalAsked(
    proposal_id="proposal",
    role=Role.MENTEE,
    partners=("UANA",),
    format=Format.PATH,
    topic=TOPIC,
    score=87,
    reasons=(Reason(code="department"),),
    sessions=4,
    minutes=60,
    expires_at=NOW + timedelta(days=1),
    topics={},
)
LETTERS: dict[str, Letter] = {
    "first_session_unplanned": FirstSessionUnplanned(
        nudge_id="nudge", pairing_id="pairing", partners=("UANA",), introduced_on=date(2027, 3, 4), slots=SLOTS
    ),
    "first_session_unplanned_group": FirstSessionUnplanned(
        nudge_id="nudge",
        pairing_id="pairing",
        partners=("UANA", "UBEN", "UCLEO"),
        introduced_on=date(2027, 3, 4),
        slots=SLOTS,
    ),
    "first_session_unplanned_no_slots": FirstSessionUnplanned(
        nudge_id="nudge", pairing_id="pairing", partners=("UANA",), introduced_on=date(2027, 3, 4), slots=()
    ),
    "first_session_unplanned_again": FirstSessionUnplanned(
        nudge_id="nudge",
        pairing_id="pairing",
        partners=("UANA",),
        introduced_on=date(2027, 3, 4),
        slots=SLOTS,
        undated=Undated.NUDGED,
    ),
    **{
        f"first_session_unplanned_{undated}": FirstSessionUnplanned(
            nudge_id="nudge",
            pairing_id="pairing",
            partners=("UANA",),
            introduced_on=date(2027, 3, 4),
            slots=SLOTS,
            undated=undated,
        )
        for undated in (Undated.CALLED_OFF, Undated.KEPT)
    },
    "nothing_planned": NOTHING_PLANNED,
    "nothing_planned_group": replace(NOTHING_PLANNED, partners=("UANA", "UBEN", "UCLEO")),
    "first_session_unplanned_several": FirstSessionUnplanned(
        nudge_id="nudge",
        pairing_id="pairing",
        partners=("UANA",),
        introduced_on=date(2027, 3, 4),
        slots=SLOTS,
        also=(ToPlan(pairing_id="other", partners=("UBEN", "UCLEO"), since=date(2027, 3, 5), slots=SLOTS[1:]),),
    ),
    "nothing_planned_several": replace(
        NOTHING_PLANNED,
        also=(
            ToPlan(pairing_id="other", partners=("UBEN",), since=date(2027, 2, 19)),
            ToPlan(
                pairing_id="third",
                partners=("UCLEO",),
                since=date(2027, 2, 18),
                slots=SLOTS[2:],
                unconfirmed_id="session",
            ),
        ),
    ),
    "nothing_planned_unconfirmed": replace(NOTHING_PLANNED, unconfirmed_id="session"),
    "nothing_planned_unconfirmed_meets_once": replace(
        NOTHING_PLANNED, partners=("UANA", "UBEN", "UCLEO"), unconfirmed_id="session", meets_once=True
    ),
    "still_going": STILL_GOING,
    "still_going_never_met": replace(STILL_GOING, has_met=False),
    "still_going_group": STILL_A_GROUP,
    "still_going_several": replace(
        STILL_GOING, also=(replace(STILL_A_GROUP, pairing_id="group", closes_on=date(2027, 4, 9)),)
    ),
    "still_going_near_the_end": replace(STILL_GOING, closes_on=None),
    "still_going_near_the_end_group": replace(STILL_A_GROUP, closes_on=None),
    "twice_cancelled": replace(STILL_GOING, closes_on=None, twice_cancelled=True),
    "twice_cancelled_group": replace(STILL_A_GROUP, closes_on=None, twice_cancelled=True),
    "twice_cancelled_never_met": replace(STILL_GOING, closes_on=None, twice_cancelled=True, has_met=False),
    "next_try": NextTry(
        nudge_id="nudge", pairing_id="pairing", partners=("UANA",), next_try="Write a first post & ask <Ana>"
    ),
    "next_try_after_the_only_session": NextTry(
        nudge_id="nudge", pairing_id=None, partners=("UANA", "UBEN"), next_try="Write a first post"
    ),
    "before_session_mentor": replace(BEFORE_SESSION, place="Room <4>", next_try="Write a first post & ask Ana"),
    "before_session_mentee": replace(
        BEFORE_SESSION, role=Role.MENTEE, partners=("UBEN", "UCLEO"), minutes=90, place="", on_day_off=True
    ),
    "before_session_several": replace(
        BEFORE_SESSION,
        also=(
            replace(
                BEFORE_SESSION,
                nudge_id="second",
                session_id="other",
                sequence=0,
                role=Role.MENTEE,
                partners=("UBEN",),
                starts_at=SLOTS[0] + timedelta(hours=2),
                minutes=45,
                place="",
                next_try="An alert",
            ),
        ),
    ),
    "pulse_unanswered_several": replace(
        PULSE_UNANSWERED,
        role=Role.MENTOR,
        also=(
            replace(
                PULSE_UNANSWERED,
                nudge_id="second",
                session_id="other",
                role=Role.MENTOR,
                partners=("UBEN",),
                held_at=NOW - timedelta(hours=3),
                closes_on=date(2027, 3, 9),
            ),
        ),
    ),
    "how_did_it_go": HowDidItGo(nudge_id="nudge", session_id="session", sequence=0, partners=("UANA",), starts_at=NOW),
    "how_did_it_go_several": HowDidItGo(
        nudge_id="nudge",
        session_id="session",
        sequence=0,
        partners=("UANA",),
        starts_at=NOW,
        also=(
            HowDidItGo(
                nudge_id="second",
                session_id="other",
                sequence=0,
                partners=("UBEN", "UCLEO"),
                starts_at=NOW + timedelta(hours=4),
            ),
        ),
    ),
    "pulse_unanswered": PULSE_UNANSWERED,
    "cohort_ending": CohortEnding(
        nudge_id="nudge", cohort_name="Spring & <co>", ends_on=date(2027, 4, 25), pairings=(sessions_left("UANA"),)
    ),
    "cohort_ending_never_met": CohortEnding(
        nudge_id="nudge",
        cohort_name="Spring",
        ends_on=date(2027, 4, 25),
        pairings=(sessions_left("UANA", has_met=False),),
    ),
    "cohort_ending_planned": CohortEnding(
        nudge_id="nudge",
        cohort_name="Spring",
        ends_on=date(2027, 4, 25),
        pairings=(sessions_left("UANA", next_at=SLOTS[0]),),
    ),
    "cohort_ending_several": CohortEnding(
        nudge_id="nudge",
        cohort_name="Spring",
        ends_on=date(2027, 4, 25),
        pairings=(
            sessions_left("UANA"),
            sessions_left("UBEN", has_met=False),
            sessions_left("UCLEO", next_at=SLOTS[0]),
        ),
    ),
    "cohort_ending_alone": CohortEnding(nudge_id="nudge", cohort_name="Spring", ends_on=date(2027, 4, 25), pairings=()),
    "close_survey": CloseSurvey(nudge_id="nudge", cohort_name="Spring"),
    "usage_question": UsageQuestion(
        nudge_id="nudge", partners=("UANA",), topics=(TOPIC, a_topic("ai", names={"en": "AI", "fr": "IA"}))
    ),
    "proposal_unanswered": ProposalUnanswered(nudge_id="nudge", asked=ASKED),
    "proposal_unanswered_several": ProposalUnanswered(
        nudge_id="nudge",
        asked=replace(ASKED, role=Role.MENTOR),
        also=(
            replace(
                ASKED, proposal_id="other", role=Role.MENTOR, partners=("UBEN",), expires_at=NOW + timedelta(days=2)
            ),
        ),
    ),
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", LETTERS)
def test_a_nudge_is_drawn_as_its_golden_file(name: str, language: str) -> None:
    drawn = draw(LETTERS[name], Texts(language, "Europe/Paris"))
    assert problems_of_blocks(drawn["blocks"]) == []
    assert_golden(f"nudges/{name}.{language}", drawn)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", LETTERS)
def test_every_nudge_says_why_it_came_and_can_be_snoozed_and_stopped(name: str, language: str) -> None:
    *_, why, ways = draw(LETTERS[name], Texts(language, "Europe/Paris"))["blocks"]
    assert why["type"] == "context"
    snooze, stop = ways["elements"]
    assert (snooze["action_id"], stop["action_id"], stop["value"]) == (ids.NUDGE_SNOOZE, ids.NUDGE_STOP, "nudge")
    assert [option["value"] for option in snooze["options"]] == ["1:nudge", "3:nudge", "7:nudge", "date:nudge"]


@pytest.mark.parametrize(
    ("most_days", "offered"),
    [
        (0, []),
        (1, ["1:nudge"]),
        (2, ["1:nudge", "date:nudge"]),
        (6, ["1:nudge", "3:nudge", "date:nudge"]),
        (None, ["1:nudge", "3:nudge", "7:nudge", "date:nudge"]),
    ],
)
def test_only_days_on_which_a_nudge_is_of_use_are_offered_to_put_it_off(
    most_days: int | None, offered: list[str]
) -> None:
    *_, ways = draw(replace(BEFORE_SESSION, most_days=most_days), Texts("en", "Europe/Paris"))["blocks"]
    *menu, stop = ways["elements"]
    assert stop["action_id"] == ids.NUDGE_STOP
    assert [option["value"] for one in menu for option in one["options"]] == offered


def test_the_longest_reminder_fits_in_one_message_whatever_is_pressed_in_it() -> None:
    t = Texts("fr", "Europe/Paris")
    one = BeforeSession(
        nudge_id="nudge", session_id="0", sequence=0, role=Role.MENTOR, partners=("UANA",), starts_at=SLOTS[0],
        minutes=60, place="Room 4", topic=TOPIC, next_try="x" * 1000, on_day_off=True,
    )  # fmt: skip
    sessions = [replace(one, session_id=f"{number}") for number in range(MOST_TOGETHER)]
    shown = draw(replace(sessions[0], also=tuple(sessions[1:])), t)["blocks"]
    assert problems_of_blocks(shown) == []
    assert displayed_length(shown) <= LONGEST_MESSAGE
    for number in range(MOST_TOGETHER):
        pressed = next(
            block["block_id"]
            for block in shown
            if block["type"] == "actions" and block["block_id"].startswith(f"{number}::")
        )
        shown = blocks.answer_row(shown, pressed, nudges.not_yet(t, a_session(), NOW)["blocks"])
        assert problems_of_blocks(shown) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_all_proposals_that_may_wait_for_one_person_fit_in_one_message(language: str) -> None:
    assert MOST_PROPOSALS_TOGETHER >= MOST_SEATS + 2
    every_reason = tuple(Reason(code=code) for code in ("department", "department", "department"))
    asked = [
        replace(ASKED, proposal_id=f"{number}", role=Role.MENTOR, reasons=every_reason, another_mentor=True)
        for number in range(MOST_PROPOSALS_TOGETHER)
    ]
    letter = ProposalUnanswered(nudge_id="nudge", asked=asked[0], also=tuple(asked[1:]))
    shown = draw(letter, Texts(language, "Europe/Paris"))["blocks"]
    assert problems_of_blocks(shown) == []
    assert displayed_length(shown) <= LONGEST_MESSAGE
    assert str(shown).count(ids.PROPOSAL_ACCEPT) == MOST_PROPOSALS_TOGETHER


def test_the_kit_of_a_topic_is_printed_once_in_a_reminder_of_several_sessions() -> None:
    topic = replace(TOPIC, kits={"en": ("Write a first post",)}, tips={})
    first = replace(BEFORE_SESSION, topic=topic)
    second, third = (replace(first, session_id=name) for name in ("second", "third"))
    other = replace(third, topic=replace(a_topic("ai"), kits={"en": ("Ask it for a summary",)}, tips={}))
    shown = str(draw(replace(first, also=(second, other)), Texts("en", "Europe/Paris")))
    assert (shown.count("Write a first post"), shown.count("Ask it for a summary")) == (1, 1)


def test_every_kind_of_nudge_has_its_composer() -> None:
    assert set(NudgeKind) <= COMPOSERS.keys()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_answers_to_a_nudge_are_drawn_as_their_golden_files(language: str) -> None:
    t = Texts(language, "Europe/Paris")
    modal = nudges.snooze_modal(t, "nudge", today=NOW.date(), last=date(2027, 3, 8))
    assert problems_of_view(modal, "modal") == []
    assert_golden(f"nudges/snooze_modal.{language}", modal)
    stopped = nudges.stopped(t, NudgeKind.NOTHING_PLANNED)
    assert_golden(f"nudges/stopped.{language}", stopped)
    not_yet = nudges.not_yet(t, a_session(), NOW)
    assert_golden(f"nudges/not_yet.{language}", not_yet)
    kept = a_pairing(cadence=4)
    gone_on = {
        **{answer.value: GoneOn(pairing=kept, answer=answer, is_news=answer is not GoOn.KEEP) for answer in GoOn},
        "keep_never_met": GoneOn(pairing=kept, answer=GoOn.KEEP, is_news=False, has_met=False),
        "lighten_already": GoneOn(pairing=kept, answer=GoOn.LIGHTEN, is_news=False),
    }
    answered = {name: nudges.gone_on(t, gone) for name, gone in gone_on.items()}
    for name, message in answered.items():
        assert_golden(f"nudges/gone_on_{name}.{language}", message)
    for message in (stopped, not_yet, *answered.values()):
        assert problems_of_blocks(message["blocks"]) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_survey_and_what_follows_a_tap_are_drawn_as_their_golden_files(language: str) -> None:
    t = Texts(language, "Europe/Paris")
    survey = Survey(nudge_id="nudge", cohort_name="Spring", topics=(TOPIC,), answer=a_close_answer())
    modal = surveys.survey_modal(t, survey)
    assert problems_of_view(modal, "modal") == []
    assert_golden(f"modals/survey.{language}", modal)
    left = surveys.usage_left(t, UsageQuestion(nudge_id="nudge", partners=("UANA",), topics=(TOPIC,)))
    assert problems_of_blocks(left["blocks"]) == []
    assert_golden(f"nudges/usage_left.{language}", left)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_answers_to_the_question_on_use_are_shown_in_full(language: str) -> None:
    drawn = draw(LETTERS["usage_question"], Texts(language, "Europe/Paris"))
    *rows, _ = [block for block in drawn["blocks"] if block["type"] == "actions"]
    labels = [button["text"]["text"] for row in rows for button in row["elements"]]
    assert labels
    assert max(map(len, labels)) <= 30, "Slack cuts longer ones"


def test_a_long_cohort_name_fits_the_survey_s_title() -> None:
    survey = Survey(nudge_id="nudge", cohort_name="S" * 60, topics=())
    assert problems_of_view(surveys.survey_modal(Texts("en", "UTC"), survey), "modal") == []


def test_a_group_is_not_asked_to_meet_less_often_since_it_meets_once() -> None:
    t = Texts("en", "Europe/Paris")
    assert f"{ids.GO_ON}_{GoOn.LIGHTEN}" in str(draw(STILL_GOING, t))
    assert f"{ids.GO_ON}_{GoOn.LIGHTEN}" not in str(draw(STILL_A_GROUP, t))


@pytest.mark.parametrize("letter", ["still_going_never_met", "twice_cancelled_never_met"])
def test_whoever_has_never_met_is_not_asked_to_meet_less_often(letter: str) -> None:
    drawn = str(draw(LETTERS[letter], Texts("en", "Europe/Paris")))
    assert f"{ids.GO_ON}_{GoOn.LIGHTEN}" not in drawn
    assert not re.search("less often|rhythm", drawn)


@pytest.mark.parametrize(("language", "of_two"), [("en", r"pairing|both|partner"), ("fr", r"binôme|tous deux|l’autre")])
def test_what_is_said_to_a_group_calls_it_no_pair(language: str, of_two: str) -> None:
    t = Texts(language, "Europe/Paris")
    format_ = A_GROUP.format
    said = [
        draw(STILL_A_GROUP, t),
        draw(LETTERS["twice_cancelled_group"], t),
        draw(LETTERS["still_going_near_the_end_group"], t),
        draw(LETTERS["first_session_unplanned_group"], t),
        draw(LETTERS["nothing_planned_group"], t),
        nudges.gone_on(t, GoneOn(pairing=A_GROUP, answer=GoOn.CLOSE, is_news=True)),
        proposals.change_button(t, "", format_),
        proposals.changed(t, format_, Following.WAITING),
        proposals.asked_again(t, format_),
    ]
    assert not re.search(of_two, re.sub(r"'(value|block_id)': '[^']*'", "", str(said)))
