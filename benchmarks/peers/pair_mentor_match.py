"""PyPI's `mentor-match`: its own rounds of one mentee for each mentor, over munkres, as many as the most seats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.mentee import Mentee
from matching.mentor import Mentor
from matching.process import process_data
from matching.rules.rule import Disqualify, Generic
from pair_instance import Instance, answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matching.match import Match


def pair(instance: Instance) -> Iterator[tuple[int, int]]:
    """Yield what its process makes of our scores and rules, which it is given for a look in a dictionary."""
    scores = {(mentee, mentor): score for mentee, mentor, score in zip(*instance[:3], strict=True)}
    # It tells people apart by their e-mail.
    mentees = [Mentee(grade=number, email=f"mentee {number}") for number in range(len(instance.needs))]
    mentors = [Mentor(grade=number, email=f"mentor {number}") for number in range(len(instance.seats))]

    def numbers(match: Match) -> tuple[int, int]:
        return match.mentee.grade, match.mentor.grade

    def impossible(match: Match) -> bool:
        mentee, mentor = numbers(match)
        full = len(match.mentor.mentees) >= instance.seats[mentor]
        content = len(match.mentee.mentors) >= instance.needs[mentee]
        return full or content or (mentee, mentor) not in scores

    rules = [
        Generic({score: 1 + score for score in range(101)}, lambda match: scores[numbers(match)]),
        Disqualify(impossible),  # the last rule is asked first
    ]
    process_data(mentors, mentees, [rules] * max(instance.seats))
    for mentor in mentors:
        for mentee in mentor.mentees:
            yield mentee.grade, mentor.grade


answer(pair)
