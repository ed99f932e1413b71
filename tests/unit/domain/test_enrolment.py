from __future__ import annotations

from typing import Any

import pytest

from bot.domain.cohorts import Format
from bot.domain.enrolment import EnrolmentForm
from bot.domain.participants import Place
from bot.domain.people import Role
from bot.domain.topics import Level, Use
from bot.errors import (
    AvoidsYourself,
    ContradictoryLevel,
    FormatMissing,
    Required,
    TooManyChoices,
    TopicMissing,
)
from tests.builders import TOPIC, a_cohort, a_profile, a_topic

BOTH = frozenset({Role.MENTOR, Role.MENTEE})
CATALOGUE = [a_topic(), a_topic("data_protection"), a_topic("old", archived=True)]


def a_form(**fields: Any) -> EnrolmentForm:
    filled: dict[str, Any] = {
        "roles": BOTH,
        "languages": frozenset({"en"}),
        "formats": frozenset({Format.PATH}),
        "place": Place.EITHER,
        "offers": {TOPIC: Level.COULD_SHOW},
        "wants": {"data_protection": Use.NEVER},
    }
    return EnrolmentForm(**(filled | fields))


def test_an_empty_first_step_lacks_everything_that_must_be_said() -> None:
    problems = EnrolmentForm().about_problems(user_id="UME", cohort=a_cohort())
    assert set(problems) == {"roles", "languages", "formats", "place"}
    assert all(type(problem) is Required for problem in problems.values())


def test_everything_wrong_with_the_first_step_is_told_at_once() -> None:
    form = a_form(formats=frozenset({Format.FLASH}), avoids=frozenset({"UME"}), languages=frozenset())
    problems = form.about_problems(user_id="UME", cohort=a_cohort(format=Format.PATH))
    assert {field: type(problem) for field, problem in problems.items()} == {
        "languages": Required,
        "formats": FormatMissing,
        "avoids": AvoidsYourself,
    }


def test_only_so_many_people_can_be_avoided() -> None:
    avoids = frozenset(f"U{number}" for number in range(11))
    problems = a_form(avoids=avoids).about_problems(user_id="UME", cohort=a_cohort())
    assert type(problems["avoids"]) is TooManyChoices


@pytest.mark.parametrize("role", Role)
def test_each_role_needs_its_own_topics_and_no_others(role: Role) -> None:
    form = a_form(roles=frozenset({role}), offers={}, wants={})
    problems = form.topics_problems(CATALOGUE)
    assert {field: type(problem) for field, problem in problems.items()} == {
        "offers" if role is Role.MENTOR else "wants": TopicMissing
    }


@pytest.mark.parametrize("topic_id", ["old", "unheard_of"])
def test_a_topic_must_be_in_the_catalogue_of_today(topic_id: str) -> None:
    assert set(a_form(wants={topic_id: None}).topics_problems(CATALOGUE)) == {"wants"}


@pytest.mark.parametrize("seats", [0, 11])
def test_a_mentor_has_one_to_ten_seats(seats: int) -> None:
    assert set(a_form(seats=seats).topics_problems(CATALOGUE)) == {"seats"}


def test_every_topic_chosen_needs_a_level() -> None:
    problems = a_form(offers={TOPIC: None}, wants={"data_protection": None}).levels_problems()
    assert set(problems) == {f"offer:{TOPIC}", "want:data_protection"}


@pytest.mark.parametrize(
    ("level", "use", "contradicts"),
    [
        (Level.WEEKLY, Use.NEVER, True),
        (Level.COULD_SHOW, Use.WEEKLY, True),
        (Level.WEEKLY, Use.WEEKLY, False),
        (Level.COULD_SHOW, Use.COULD_SHOW, False),
        (Level.OTHERS_ASK_ME, Use.COULD_SHOW, False),
    ],
)
def test_nobody_shows_what_they_say_they_hardly_use(level: Level, use: Use, *, contradicts: bool) -> None:
    problems = a_form(offers={TOPIC: level}, wants={TOPIC: use}).levels_problems()
    assert [type(problem) for problem in problems.values()] == ([ContradictoryLevel] if contradicts else [])


def test_a_topic_chosen_again_keeps_its_level() -> None:
    form = a_form().with_topics(offers=[TOPIC, "data_protection"], wants=[])
    assert form.offers == {TOPIC: Level.COULD_SHOW, "data_protection": None}
    assert form.wants == {}


def test_what_was_said_for_the_other_role_is_not_kept_in_the_profile() -> None:
    profile = a_form(roles=frozenset({Role.MENTEE})).profile(avoids=["them"])
    assert profile.offers == {}
    assert profile.wants == {"data_protection": Use.NEVER}
    assert profile.avoids == {"them"}


def test_a_form_made_of_a_profile_makes_the_same_profile() -> None:
    profile = a_profile(*BOTH, avoids=frozenset({"them"}), department="Claims", seats=4)
    assert EnrolmentForm.of(profile, avoids=["UTHEM"]).profile(avoids=["them"]) == profile
