"""What may be typed after ``/tandem digest``."""

from __future__ import annotations

import pytest

from bot.domain.digests import Period
from bot.errors import UnknownOfDigest
from handlers.digests import asked
from tests.builders import a_cohort

COHORTS = [
    a_cohort("4", name="Été 2028"),
    a_cohort("3", name="Vague 3"),
    a_cohort("2", name="Spring break"),
    a_cohort("1", name="Spring"),
]


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("", (Period.COHORT, None)),
        ("Semaine", (Period.WEEK, None)),
        ("cohort", (Period.COHORT, None)),
        ("cohort spring", (Period.COHORT, "1")),
        ("vague ete", (Period.COHORT, "4")),
        ("mois été 2028", (Period.MONTH, "4")),
        ("SPRING BR", (Period.COHORT, "2")),
        ("vague 3", (Period.COHORT, "3")),
        ("week vague 3", (Period.WEEK, "3")),
    ],
)
def test_a_period_and_a_cohort_are_understood_in_both_languages(
    typed: str, understood: tuple[Period, str | None]
) -> None:
    assert asked(typed, COHORTS) == understood


@pytest.mark.parametrize("typed", ["year", "cohort autumn", "cohort 3"])
def test_what_is_neither_is_answered_with_the_cohorts_there_are(typed: str) -> None:
    with pytest.raises(UnknownOfDigest) as refused:
        asked(typed, COHORTS)
    assert refused.value.params == {"text": typed, "cohorts": "Été 2028, Vague 3, Spring break, Spring"}
