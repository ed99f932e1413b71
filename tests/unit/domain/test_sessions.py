"""Rules of sessions: the log line, when one can be planned or logged, what may still change."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.sessions import CORRECTION, LogLine, Session, SessionState, check_held, check_planned, parse_log_line
from bot.errors import (
    AlreadyEnded,
    BadDuration,
    CorrectionOver,
    DateInFuture,
    DateInPast,
    DateTooFar,
    DateTooOld,
)
from tests.builders import MENTOR, NOW, TODAY, a_session


def read(typed: str) -> LogLine:
    return parse_log_line(typed, today=TODAY)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("<@U1|ana> 45m tried advanced search", LogLine(user_ids=("U1",), minutes=45, tried="advanced search")),
        ("<@U1> 1h30 Twitter", LogLine(user_ids=("U1",), minutes=90, tried="Twitter")),
        ("1 h la veille", LogLine(user_ids=(), minutes=60, tried="la veille")),
        ("45 min <@W2>  recherche   avancée", LogLine(user_ids=("W2",), minutes=45, tried="recherche avancée")),
        ("1,5h slides", LogLine(user_ids=(), minutes=90, tried="slides")),
        ("tried search", LogLine(user_ids=(), minutes=None, tried="search")),
        ("<@U1> <@U2> 45m x", LogLine(user_ids=("U1", "U2"), minutes=45, tried="x")),
        ("<@U1>, <@U2> et <@U3> x", LogLine(user_ids=("U1", "U2", "U3"), minutes=None, tried="x")),
        ("1h <@U1> and <@U2|bob> and more", LogLine(user_ids=("U1", "U2"), minutes=60, tried="and more")),
        ("<@U1> 45m <@U2> showed us", LogLine(user_ids=("U1",), minutes=45, tried="<@U2> showed us")),
        ("tried what <@U1> and <@U2> do", LogLine(user_ids=("U1",), minutes=None, tried="what and <@U2> do")),
        ("45m", LogLine(user_ids=(), minutes=45, tried="")),
        ("", LogLine(user_ids=(), minutes=None, tried="")),
    ],
)
def test_a_log_line_is_read_in_both_languages_and_with_anything_left_out(typed: str, expected: LogLine) -> None:
    assert read(typed) == expected


@pytest.mark.parametrize(
    ("typed", "tried"),
    [
        ("tried advanced search", "advanced search"),
        ("We tried: advanced search", "advanced search"),
        ("we’ve tried advanced search", "advanced search"),
        ("Essayé la recherche", "la recherche"),
        ("on a essayé la recherche", "la recherche"),
        ("nous avons essayé : la recherche", "la recherche"),
        ("tried", "tried"),
        ("what we tried before", "what we tried before"),
        ("we searched", "we searched"),
    ],
)
def test_the_words_with_which_people_begin_to_say_what_they_tried_are_not_said_twice(typed: str, tried: str) -> None:
    assert read(f"45m {typed}").tried == tried
    assert read(f"{typed} 45m").tried == tried


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("45m", 45), ("45 minutes", 45), ("45 mn", 45), ("1h", 60), ("2 hours", 120), ("1 heure", 60), ("1.5h", 90),
        ("1.25h", 75), ("1,5 h", 90), ("1h30", 90), ("1h30m", 90), ("1h 30 min", 90), ("1 h 05", 65),
    ],
)  # fmt: skip
def test_a_duration_is_read_as_people_write_it_before_or_after_the_rest(typed: str, minutes: int) -> None:
    expected = LogLine(user_ids=("U1",), minutes=minutes, tried="3D printing")
    for line in (f"<@U1> {typed} 3D printing", f"<@U1> {typed}, 3D printing", f"<@U1> 3D printing, {typed}"):
        assert read(line) == expected
    assert expected.is_complete


@pytest.mark.parametrize(
    "typed",
    ["3D printing", "5G settings", "2 things", "45x search", "45. search", "12:30 search", "1h3 search", "a 5m cable",
     "the 500m sprint", "Windows 11"],
)  # fmt: skip
def test_a_number_that_is_no_duration_is_part_of_what_was_tried(typed: str) -> None:
    assert read(f"<@U1> {typed}") == LogLine(user_ids=("U1",), minutes=None, tried=typed)


@pytest.mark.parametrize("typed", ["bob 45m quick chat", "what a 45m film says of us"])
def test_a_duration_in_the_midst_of_the_words_is_a_guess_that_stays_among_them(typed: str) -> None:
    line = read(typed)
    assert (line.minutes, line.tried, line.is_complete) == (45, typed, False)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("@nobody 45m chat", "@nobody 45m chat"),
        ("45m @nobody chat", "@nobody chat"),
        ("with @nobody 45m", "with @nobody"),
    ],
)
def test_a_name_that_slack_does_not_know_stays_in_the_text_and_in_doubt(typed: str, kept: str) -> None:
    line = read(typed)
    assert (line.minutes, line.tried, line.is_complete) == (45, kept, False)
    assert read("<@U1> 45m wrote as @brand").is_complete, "the partner is known"


@pytest.mark.parametrize(
    ("typed", "days_ago"),
    [
        ("yesterday 45m alerts", 1),
        ("45m yesterday: alerts", 1),
        ("hier 45m alerts", 1),
        ("45m avant-hier alerts", 2),
        ("45m on friday alerts", 3),
        ("mardi dernier 45m alerts", 6),
        ("45m le dimanche alerts", 1),
    ],
)
def test_a_day_beside_the_duration_is_when_it_was(typed: str, days_ago: int) -> None:
    line = read(f"<@U1> {typed}")
    expected = LogLine(user_ids=("U1",), minutes=45, day=TODAY - timedelta(days=days_ago), tried="alerts")
    assert (line, line.is_complete) == (expected, True)
    paris = ZoneInfo("Europe/Paris")
    assert line.held_at(now=NOW.astimezone(paris)) == NOW - timedelta(days=days_ago, minutes=45)


@pytest.mark.parametrize("typed", ["alerts yesterday", "hier matin, alerts", "alerts, vues hier"])
def test_a_day_among_the_words_is_a_guess_that_stays_among_them(typed: str) -> None:
    for line in (read(f"45m {typed}"), read(typed), read(f"{typed} 45m")):
        assert (line.day, line.tried, line.is_complete) == (TODAY - timedelta(days=1), typed, False)


@pytest.mark.parametrize(
    "typed",
    ["monday alerts", "Friday.com boards", "friday's talk", "wrote a talk for friday", "le journal d’hier", "marche"],
)
def test_what_names_no_day_or_may_be_today_is_part_of_what_was_tried(typed: str) -> None:
    assert TODAY.weekday() == 0
    assert read(f"45m {typed}") == LogLine(user_ids=(), minutes=45, tried=typed)


@pytest.mark.parametrize("typed", ["5m search", "9h search", "0m x"])
def test_a_session_lasts_between_ten_minutes_and_eight_hours(typed: str) -> None:
    with pytest.raises(BadDuration):
        read(typed)


def test_a_session_is_planned_in_the_coming_year_and_logged_in_the_last_three_months() -> None:
    check_planned(NOW + timedelta(minutes=1), now=NOW)
    check_held(NOW, now=NOW)
    with pytest.raises(DateInPast):
        check_planned(NOW, now=NOW)
    with pytest.raises(DateTooFar):
        check_planned(NOW + timedelta(days=367), now=NOW)
    with pytest.raises(DateInFuture):
        check_held(NOW + timedelta(minutes=1), now=NOW)
    with pytest.raises(DateTooOld):
        check_held(NOW - timedelta(days=93), now=NOW)


def test_a_log_can_be_corrected_for_seven_days() -> None:
    planned = a_session(state=SessionState.PLANNED)

    def log(session: Session, now: datetime) -> Session:
        return session.held(
            held_at=NOW, minutes=60, topic_ids=session.topic_ids, tried="x", next_try="", by=MENTOR, now=now
        )

    held = log(planned, NOW)
    assert all(one.attended for one in held.attendances)
    assert log(held, NOW + CORRECTION).logged_at == NOW, "a correction does not start the week again"
    last_day_in_paris = (NOW + CORRECTION).astimezone(ZoneInfo("Europe/Paris")).replace(hour=23)
    assert log(held, last_day_in_paris).minutes == 60
    with pytest.raises(CorrectionOver):
        log(held, last_day_in_paris + timedelta(hours=1))
    with pytest.raises(AlreadyEnded):
        log(planned.cancelled(by=MENTOR, now=NOW), NOW)


def test_only_a_planned_session_moves_or_is_cancelled_and_each_change_counts_in_its_sequence() -> None:
    planned = a_session(state=SessionState.PLANNED)
    moved = planned.moved(starts_at=NOW, minutes=30, place="Café")
    assert (moved.sequence, moved.minutes) == (planned.sequence + 1, 30)
    cancelled = moved.cancelled(by=MENTOR, now=NOW)
    assert cancelled.sequence == planned.sequence + 2
    with pytest.raises(AlreadyEnded):
        cancelled.moved(starts_at=NOW, minutes=30, place="")
    assert cancelled.unconfirmed() is cancelled
