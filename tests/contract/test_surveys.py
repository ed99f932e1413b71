from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.cohorts import CohortState
from bot.domain.nudges import NudgeKind
from bot.domain.surveys import Again, Asked
from bot.domain.topics import Use
from bot.ports import Storage
from tests.builders import MENTEE, MENTOR, NOW, a_close_answer, a_cohort, a_nudge, a_usage
from tests.contract.work import committed

DAY = timedelta(days=1)


@pytest.fixture
def surveyed(storage: Storage) -> Storage:
    with committed(storage) as work:
        work.cohorts.add(a_cohort("before", state=CohortState.CLOSED))
    return storage


def test_somebody_answers_once_for_each_cohort_and_may_change_their_mind(surveyed: Storage) -> None:
    changed = a_close_answer(again=Again.NO, answered_at=NOW + DAY)
    earlier = a_close_answer(cohort_id="before", again=Again.MAYBE)
    with committed(surveyed) as work:
        work.surveys.put_answer(a_close_answer())
        work.surveys.put_answer(earlier)
        work.surveys.put_answer(a_close_answer(MENTOR))
        work.surveys.put_answer(changed)

    with surveyed.read() as work:
        assert work.surveys.answers_of([MENTEE, "ana"]) == [earlier, changed]
        assert work.surveys.answers_of([]) == []
        assert work.surveys.in_cohort("cohort") == ([a_close_answer(MENTOR), changed], [])


def test_what_somebody_does_with_a_topic_is_kept_for_each_time_they_were_asked(surveyed: Storage) -> None:
    at_close = a_usage(asked=Asked.AT_CLOSE, use=Use.TRIED)
    later = a_usage(use=Use.COULD_SHOW, answered_at=NOW + DAY)
    with committed(surveyed) as work:
        topic_id = next(topic.id for topic in work.topics.all() if topic.id != later.topic_id)
        other = a_usage(MENTOR, topic_id=topic_id, use=Use.NEVER)
        work.surveys.put_usages([a_usage(), at_close, other])
        work.surveys.put_usages([later])
        work.surveys.put_usages([])

    with surveyed.read() as work:
        assert work.surveys.usages_of([MENTEE]) == [at_close, later]
        assert work.surveys.in_cohort("cohort") == ([], [at_close, other, later])
        assert work.surveys.in_cohort("before") == ([], [])


@pytest.mark.parametrize("kind", NudgeKind)
def test_nudges_of_every_kind_are_kept(storage: Storage, kind: NudgeKind) -> None:
    with committed(storage) as work:
        work.nudges.plan([a_nudge(kind=kind)])

    with storage.read() as work:
        assert work.nudges.get("nudge").kind is kind
