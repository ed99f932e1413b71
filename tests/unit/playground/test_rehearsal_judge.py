"""The judge of a rehearsal finds each kind of violation in a record, and nothing in a good one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from playground.company import Company, sample_company
from playground.rehearsal.judge import (
    Absence,
    Owed,
    Received,
    absence_violations,
    budget_violations,
    doubled,
    introduced,
    lost,
    quiet_hour_violations,
    reporting_line_violations,
)

MONDAY = datetime(2027, 3, 8, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def company() -> Company:
    return sample_company()


def a_message(
    user: str = "U1",
    at: datetime = MONDAY,
    kind: str = "tandem_nudge_before",
    text: str = "Hello",
    message_id: str | None = None,
) -> Received:
    metadata = {"event_type": kind, "event_payload": {} if message_id is None else {"id": message_id}}
    return Received.of(user, at, text, [], metadata)


def test_the_same_id_twice_to_the_same_person_is_doubled_however_late() -> None:
    first = a_message(message_id="a", text="See you at ten")
    again = a_message(message_id="a", text="See you soon", at=MONDAY + 20 * DAY)
    assert len(doubled([first, again])) == 1


def test_the_same_words_within_a_day_are_doubled_even_under_another_id() -> None:
    assert len(doubled([a_message(message_id="a"), a_message(message_id="b", at=MONDAY + 23 * HOUR)])) == 1


def test_the_same_words_to_somebody_else_or_a_week_later_are_not_doubled() -> None:
    assert doubled([a_message(), a_message(user="U2"), a_message(at=MONDAY + 7 * DAY)]) == []


def owed(**changes: object) -> Owed:
    terms: dict[str, object] = {
        "to": "U1",
        "kinds": frozenset({"tandem_introduction"}),
        "since": MONDAY,
        "by": MONDAY + DAY,
        "because": "both said yes",
        "about": "U2",
    }
    return Owed(**(terms | changes))  # type: ignore[arg-type]


def test_what_was_owed_and_came_in_time_is_not_lost() -> None:
    came = a_message(kind="tandem_introduction", text="Meet <@U2>", at=MONDAY + HOUR)
    assert lost([came], [owed()], until=MONDAY + 9 * DAY) == []


@pytest.mark.parametrize(
    "came",
    [
        a_message(kind="tandem_introduction", text="Meet <@U3>", at=MONDAY + HOUR),
        a_message(kind="tandem_introduction", text="Meet <@U2>", at=MONDAY + 2 * DAY),
        a_message(kind="tandem_introduction", text="Meet <@U2>", at=MONDAY - HOUR),
        a_message(kind="tandem_proposal", text="Meet <@U2>", at=MONDAY + HOUR),
        a_message(kind="tandem_introduction", text="Meet <@U2>", at=MONDAY + HOUR, user="U4"),
    ],
    ids=["about somebody else", "too late", "before it was owed", "of another kind", "to somebody else"],
)
def test_what_was_owed_and_did_not_come_is_lost(came: Received) -> None:
    assert lost([came], [owed()], until=MONDAY + 9 * DAY) == [
        "U1 was owed tandem_introduction about U2 by 09 Mar 10:00: both said yes"
    ]


def test_what_is_owed_after_the_end_of_the_play_is_not_yet_lost() -> None:
    assert lost([], [owed()], until=MONDAY + HOUR) == []


def test_a_second_proactive_message_within_a_day_is_over_the_budget() -> None:
    messages = [a_message(), a_message(at=MONDAY + 24 * HOUR - timedelta(seconds=1))]
    assert len(budget_violations(messages)) == 1


def test_exactly_a_day_apart_is_within_the_budget() -> None:
    assert budget_violations([a_message(), a_message(at=MONDAY + 24 * HOUR)]) == []


def test_a_fourth_proactive_message_within_seven_days_is_over_the_budget() -> None:
    four = [a_message(at=MONDAY + days * DAY) for days in (0, 2, 4, 6)]
    assert len(budget_violations(four)) == 1
    assert budget_violations([*four[:3], a_message(at=MONDAY + 7 * DAY)]) == []


def test_each_message_over_the_budget_counts_once_whatever_the_order_of_the_record() -> None:
    burst = [a_message(at=MONDAY + minutes * timedelta(minutes=1)) for minutes in (3, 1, 2, 0)]
    assert len(budget_violations(burst)) == 3


def test_answers_proposals_and_introductions_are_not_proactive() -> None:
    kinds = ("tandem_proposal", "tandem_introduction", "tandem_unplaced", "")
    assert budget_violations([a_message(kind=kind) for kind in kinds]) == []


@pytest.mark.parametrize(
    ("utc", "site", "quiet"),
    [
        (datetime(2027, 3, 8, 8, 30, tzinfo=UTC), "Paris", False),
        (datetime(2027, 3, 8, 8, 29, tzinfo=UTC), "Paris", True),
        (datetime(2027, 3, 8, 16, 29, tzinfo=UTC), "Paris", False),
        (datetime(2027, 3, 8, 16, 30, tzinfo=UTC), "Paris", True),
        (datetime(2027, 3, 7, 12, 0, tzinfo=UTC), "Paris", True),
        (datetime(2027, 3, 8, 8, 30, tzinfo=UTC), "Montréal", True),
        (datetime(2027, 3, 8, 2, 0, tzinfo=UTC), "Singapore", False),
        # Good Friday is a holiday in Alsace, in Moselle and in England, and not in Paris.
        (datetime(2027, 3, 26, 12, 0, tzinfo=UTC), "Paris", False),
        (datetime(2027, 3, 26, 12, 0, tzinfo=UTC), "Strasbourg", True),
        (datetime(2027, 3, 26, 12, 0, tzinfo=UTC), "Metz", True),
        (datetime(2027, 3, 26, 12, 0, tzinfo=UTC), "London", True),
        (datetime(2027, 6, 24, 16, 0, tzinfo=UTC), "Montréal", True),
    ],
)
def test_quiet_hours_are_those_of_the_receivers_place(company: Company, utc: datetime, site: str, quiet: bool) -> None:
    member = next(m for m in company.members if m.site == site)
    assert bool(quiet_hour_violations([a_message(user=member.user_id, at=utc)], company)) is quiet


def test_an_answer_may_come_in_the_evening(company: Company) -> None:
    evening = a_message(user=company.members[0].user_id, at=MONDAY + 12 * HOUR, kind="tandem_introduction")
    assert quiet_hour_violations([evening], company) == []


def test_nothing_proactive_goes_to_somebody_paused_or_gone() -> None:
    paused = Absence(user="U1", since=MONDAY, until=MONDAY + 3 * DAY)
    gone = Absence(user="U2", since=MONDAY)
    assert len(absence_violations([a_message(at=MONDAY + DAY)], [paused])) == 1
    assert len(absence_violations([a_message(user="U2", at=MONDAY + 30 * DAY)], [gone])) == 1
    assert absence_violations([a_message(at=MONDAY + 3 * DAY), a_message(at=MONDAY)], [paused, gone]) == []


def test_an_introduction_to_somebody_in_the_reporting_line_is_found(company: Company) -> None:
    ana = company.played_by("mentor")
    philippe = company.played_by("mentee")
    boss = list(company.reporting_line(ana))[1]
    messages = [
        a_message(user=ana.user_id, kind="tandem_introduction", text=f"Meet <@{philippe.user_id}>"),
        a_message(user=boss.user_id, kind="tandem_introduction", text=f"<@{boss.user_id}>, meet <@{ana.user_id}|ana>"),
        a_message(user=ana.user_id, kind="tandem_nudge_x", text=f"Met <@{company.members[0].user_id}>?"),
    ]
    pairs = introduced(messages, "tandem_introduction")
    assert pairs == {frozenset({ana.user_id, philippe.user_id}), frozenset({ana.user_id, boss.user_id})}
    assert len(reporting_line_violations(pairs, company)) == 1
