"""The end of a cohort and a month after: reminders, a short survey, one tap about what stayed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.domain.surveys import Again, Asked
from bot.domain.topics import Use
from tests.acceptance.conftest import assert_ok
from tests.acceptance.test_nudges import begins, kinds, nudges

if TYPE_CHECKING:
    from tests.acceptance.conftest import World


def test_everybody_is_reminded_before_the_end_and_asked_after_it_until_they_answer(paired: World) -> None:
    # Opened on 1 March, the cohort ends on Sunday 9 May.
    paired.pass_time(days=80)
    assert kinds(paired, "philippe").count("cohort_ending") == 2
    assert kinds(paired, "ana").count("cohort_ending") == 2
    assert kinds(paired, "philippe")[-1] == "close_survey"
    philippe = paired.people["philippe"]
    assert_ok(philippe.click("open_survey"))
    philippe.wait_for_view(callback_id="survey")
    assert not philippe.submit({"again": "maybe", "topic:social_networks": "2"}).errors
    thanked = philippe.wait_for_message(partial(begins, "Merci."))
    assert thanked.ts == nudges(paired, "philippe")[-1].ts
    assert "nudge_snooze" not in str(thanked.blocks)
    paired.pass_time(days=14)
    assert kinds(paired, "philippe").count("close_survey") == 1, "answered"
    assert kinds(paired, "ana").count("close_survey") == 2, "asked once more"
    with paired.services.storage.read() as uow:
        (cohort,) = uow.cohorts.all()
        ((answer,), (before, usage)) = uow.surveys.in_cohort(cohort.id)
    assert answer.again is Again.MAYBE
    assert [(one.asked, one.use) for one in (before, usage)] == [
        (Asked.AT_START, Use.NEVER),
        (Asked.AT_CLOSE, Use.WEEKLY),
    ]
    paired.assert_nothing_was_refused()


def test_a_survey_without_its_first_answer_says_what_is_missing(paired: World) -> None:
    paired.pass_time(days=80)
    ana = paired.people["ana"]
    assert_ok(ana.click("open_survey"))
    ana.wait_for_view(callback_id="survey")
    assert "again" in ana.submit().errors


def test_a_month_after_their_last_session_a_mentee_answers_with_one_tap(paired: World) -> None:
    philippe = paired.people["philippe"]
    assert_ok(philippe.slash("/tandem log 45m searched"))
    paired.pass_time(days=34)
    assert "usage_question" in kinds(paired, "philippe")
    assert "usage_question" not in kinds(paired, "ana")
    question = nudges(paired, "philippe")[kinds(paired, "philippe").index("usage_question")]
    assert_ok(philippe.click("usage_2", question))
    with paired.services.storage.read() as uow:
        (_, usage) = uow.surveys.usages_of([paired.actor("philippe").person_id])
    assert (usage.topic_id, usage.use) == ("social_networks", Use.WEEKLY)
    assert "Merci" in str(next(one for one in philippe.inbox if one.ts == question.ts).blocks)
    paired.assert_nothing_was_refused()
