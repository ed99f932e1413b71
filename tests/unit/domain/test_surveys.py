from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.nudges import Nudge, NudgeKind
from bot.domain.surveys import (
    Asked,
    Usage,
    after_end,
    after_last_session,
    at_start,
    before_end,
    cohort_of,
    gains,
    is_last,
    topics_met,
    unanswered,
)
from bot.domain.topics import Use
from bot.domain.working_time import WorkingTime
from tests.builders import COHORT, MENTEE, MENTOR, NOW, TOPIC, a_cohort, a_held_session, a_pairing, a_session, a_usage

DAY = timedelta(days=1)
PARIS = WorkingTime(tz="Europe/Paris", country="FR")
SPRING = a_cohort()
"""From Monday 1 March to Sunday 25 April 2027."""


def days(nudges: list[Nudge]) -> list[tuple[str, str]]:
    """Return when each comes and until when it is of use, as its reader's clock says."""

    def read(moment: datetime | None) -> str:
        return "" if moment is None else moment.astimezone(ZoneInfo("Europe/Paris")).strftime("%d %b %H:%M")

    return [(read(one.due_at), read(one.useful_until)) for one in nudges]


def test_everybody_is_reminded_two_weeks_and_three_days_before_the_end() -> None:
    assert date(2027, 4, 25) == SPRING.ends_on
    nudges = before_end(SPRING, MENTEE, PARIS, now=NOW)
    # 11 April is a Sunday.
    assert days(nudges) == [("12 Apr 09:30", "22 Apr 09:30"), ("22 Apr 09:30", "26 Apr 00:00")]
    assert {one.kind for one in nudges} == {NudgeKind.COHORT_ENDING}
    assert [one.period for one in nudges] == ["cohort:14", "cohort:3"]


def test_whoever_joins_late_gets_what_is_still_to_come() -> None:
    assert days(before_end(SPRING, MENTEE, PARIS, now=NOW + 45 * DAY)) == [("22 Apr 09:30", "26 Apr 00:00")]
    assert before_end(SPRING, MENTEE, PARIS, now=NOW + 54 * DAY) == []


def test_the_survey_comes_a_week_after_the_end_and_once_more() -> None:
    nudges = after_end(SPRING, MENTEE, PARIS, ended_on=SPRING.ends_on, now=NOW)
    assert days(nudges) == [("03 May 09:30", "10 May 09:30"), ("10 May 09:30", "24 May 09:30")]
    assert {cohort_of(one) for one in nudges} == {COHORT}
    assert nudges[1].period.endswith(":second")


def test_a_mentee_is_asked_a_month_after_a_session_and_a_mentor_never() -> None:
    session = a_held_session(held_at=NOW)
    assert days(after_last_session(session, MENTEE, PARIS, now=NOW)) == [("31 Mar 11:00", "14 Apr 11:00")]
    assert after_last_session(session, MENTOR, PARIS, now=NOW) == []


def test_a_session_logged_long_after_is_not_asked_about_at_once() -> None:
    session = a_held_session(held_at=NOW - 60 * DAY)
    assert days(after_last_session(session, MENTEE, PARIS, now=NOW)) == [("02 Mar 10:00", "16 Mar 10:00")]


def test_a_session_is_the_last_until_the_pair_meets_or_plans_again() -> None:
    session = a_held_session("one", held_at=NOW)
    earlier = a_held_session("earlier", held_at=NOW - DAY)
    later = a_held_session("later", held_at=NOW + DAY)
    assert is_last(session, [earlier, session])
    assert not is_last(session, [session, later])
    assert not is_last(session, [session, a_session()])
    assert not is_last(a_session(), [])


def test_the_topics_are_the_pairing_s_then_those_of_its_sessions_each_once() -> None:
    held = a_held_session("held")
    other = a_held_session("other")
    assert topics_met(held, a_pairing(topic_id="ai"), [held, other]) == ("ai", TOPIC)
    assert topics_met(held, None, []) == (TOPIC,)


def test_only_an_answer_given_a_month_after_in_this_cohort_counts() -> None:
    session = a_held_session(held_at=NOW - 30 * DAY)
    elsewhere = [
        a_usage(asked=Asked.AT_CLOSE),
        a_usage(cohort_id="before"),
        a_usage(answered_at=NOW - 31 * DAY),
    ]
    assert unanswered([TOPIC, "ai"], elsewhere, session=session) == (TOPIC, "ai")
    assert unanswered([TOPIC, "ai"], [a_usage()], session=session) == ("ai",)


def test_what_somebody_does_as_they_enrol_is_kept_once_for_each_topic() -> None:
    [first] = at_start(MENTEE, COHORT, {TOPIC: Use.NEVER}, [], now=NOW)
    assert (first.topic_id, first.asked, first.use) == (TOPIC, Asked.AT_START, Use.NEVER)
    wants = {TOPIC: Use.WEEKLY, "search": Use.TRIED}
    [added] = at_start(MENTEE, COHORT, wants, [first, a_usage(topic_id="search")], now=NOW + DAY)
    assert (added.topic_id, added.use) == ("search", Use.TRIED), "what was said first of the other stands"
    assert len(at_start(MENTEE, "next", wants, [first], now=NOW)) == 2, "another cohort begins anew"


def test_a_gain_is_the_latest_word_against_the_first() -> None:
    def said(asked: Asked, use: Use, days: int, person_id: str = MENTEE) -> Usage:
        return a_usage(person_id, asked=asked, use=use, answered_at=NOW + days * DAY)

    start = said(Asked.AT_START, Use.TRIED, 0)
    assert gains([start]) == {}
    assert gains([said(Asked.AT_CLOSE, Use.COULD_SHOW, 9)]) == {}, "nothing to compare it with"
    more, less = said(Asked.AT_CLOSE, Use.WEEKLY, 60), said(Asked.MONTH_AFTER, Use.TRIED, 70)
    assert gains([more, start]) == {TOPIC: {MENTEE: True}}
    assert gains([less, more, start]) == {TOPIC: {MENTEE: False}}
    others = [said(Asked.AT_START, Use.NEVER, 0, MENTOR), said(Asked.MONTH_AFTER, Use.TRIED, 40, MENTOR)]
    assert gains([start, less, *others]) == {TOPIC: {MENTEE: False, MENTOR: True}}
