"""Every pair of a pool, judged and scored at once.

A person's profile is looked up in small tables (a topic and a present use, a set of half-days, a place…) made once for
all the mentors, so that a block of pairs costs a few additions of bytes. What concerns few pairs each (a team, an HR
partner, an avoid list) is joined on sorted ids instead, and the reporting line is compared as intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.matching.lines import line_intervals
from bot.matching.outcome import Rule
from bot.matching.pool import PRESENT_USES, Candidate, Format, Pool

Bytes: TypeAlias = NDArray[np.uint8]
Ints: TypeAlias = NDArray[np.int64]
Truths: TypeAlias = NDArray[np.bool_]
Pairs: TypeAlias = tuple[Ints, Ints]
"""Positions of pairs in a block: its rows, its columns."""
P = TypeVar("P", bound=Hashable)

ENOUGH_TOPICS = 3
"""Topics in common that make a perfect fit for somebody who wants many."""
ENOUGH_HALF_DAYS = 3
PATIENCE_DAYS = 56
"""Days waited, a cohort's length, that earn all the points for waiting."""
BLOCK_PAIRS = 1 << 18
"""Pairs scored at a time: few enough for a processor's cache, enough to hide what a call costs."""

PAIR_RULES = (
    Rule.SAME_PERSON,
    Rule.TOPIC,
    Rule.LANGUAGE,
    Rule.SITE,
    Rule.REPORTING_LINE,
    Rule.SAME_TEAM,
    Rule.KEPT_APART,
    Rule.RECENT_PAIR,
)
"""The hard rules between two people, in the order in which explanations apply them."""


def fingerprint(key: str) -> int:
    """Return 64 bits of *key*, the same on every run and machine, unlike the built-in hash."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little")


class ScoredPool:
    """The pool as arrays: scores of blocks of pairs, and which rule forbids which pair.

    Mentors and mentees are numbered in the order of their fingerprints, whatever order they came in: the same people
    give the same answer, and whoever wins a tie does not owe it to the alphabet.
    """

    def __init__(self, pool: Pool, *, format: Format) -> None:  # noqa: A002 - the programme's word
        self.pool = pool
        self.format = format
        self.weights = pool.weights.out_of_100()
        self.mentors = _in_fingerprint_order(person for person in pool.mentors if format in person.formats)
        self.mentees = _in_fingerprint_order(
            person for person in pool.mentees if format in person.formats and person.needs
        )
        self.mentor_number = {person.key: number for number, person in enumerate(self.mentors)}
        self.mentee_number = {person.key: number for number, person in enumerate(self.mentees)}
        self._topics = sorted({topic for person in self.mentors for topic in person.topics_offered})
        self._mentor_fingerprints = np.array([fingerprint(person.key) for person in self.mentors], dtype=np.uint64)
        self._mentee_fingerprints = np.array([fingerprint(person.key) for person in self.mentees], dtype=np.uint64)
        self._tabulate_topics()
        self._tabulate_the_rest()
        self._measure_lines()
        self._joins = self._joined_bans()

    @property
    def shape(self) -> tuple[int, int]:
        """Return how many mentees and mentors take part in this format."""
        return len(self.mentees), len(self.mentors)

    def blocks(self) -> Iterator[NDArray[np.int64]]:
        """Yield the mentees' numbers in blocks whose pairs fit a processor's cache."""
        rows = max(1, BLOCK_PAIRS // max(1, len(self.mentors)))
        for start in range(0, len(self.mentees), rows):
            yield np.arange(start, min(start + rows, len(self.mentees)))

    def scores(self, rows: Ints) -> Bytes:
        """Return 1 + the score of each pair of the mentees *rows* and every mentor, 0 where a rule forbids it."""
        covered, gap = self._topic_parts(rows)
        allowed: Bytes = (covered > 0).view(np.uint8)
        allowed &= self._place_allowed[self._place_profile[rows]]
        allowed &= self._language_allowed[self._language_profile[rows]]
        need = self._need[rows, None]
        np.minimum(covered, need, out=covered)
        points = covered * self._fit_step[rows, None]
        points += (covered == need) * self._fit_rest[rows, None]
        points += gap
        points += self._half_day_points[self._half_day_profile[rows]]
        points += self._department_points[self._department_profile[rows]]
        points += self._place_points[self._place_profile[rows]]
        points += self._waiting_points[rows, None]
        points *= allowed
        for joins in self._joins.values():
            for join in joins:
                points[join.pairs(rows)] = 0
        self._ban_lines(rows, points)
        return points

    def bans(self, rows: Ints) -> dict[Rule, Truths]:
        """Return, for each rule between two people, which pairs of the mentees *rows* and every mentor it forbids."""
        shape = (len(rows), len(self.mentors))
        banned = {rule: np.zeros(shape, dtype=np.bool_) for rule in PAIR_RULES}
        banned[Rule.TOPIC] = self._topic_parts(rows)[0] == 0
        banned[Rule.LANGUAGE] = self._language_allowed[self._language_profile[rows]] == 0
        banned[Rule.SITE] = self._place_allowed[self._place_profile[rows]] == 0
        unbanned = np.ones(shape, dtype=np.uint8)
        self._ban_lines(rows, unbanned)
        banned[Rule.REPORTING_LINE] = unbanned == 0
        for rule, joins in self._joins.items():
            for join in joins:
                banned[rule][join.pairs(rows)] = True
        return banned

    def broken_rules(self, mentee: int, mentor: int) -> tuple[Rule, ...]:
        """Return the rules that forbid one pair, in their order."""
        return tuple(rule for rule, banned in self.bans(np.array([mentee])).items() if banned[0, mentor])

    def mentee_starts(self, rows: Ints) -> Ints:
        """Return for each of the mentees *rows* the number of a mentor, as good as drawn, the same on every run."""
        return (self._mentee_fingerprints[rows] % np.uint64(max(1, len(self.mentors)))).astype(np.int64)

    def tie_breaks(self, mentee: Ints, mentor: Ints) -> Ints:
        """Return for each pair a number below 2^20 that depends on nothing but the two keys."""
        mixed = self._mentee_fingerprints[mentee] ^ self._mentor_fingerprints[mentor] * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(31)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        return (mixed >> np.uint64(44)).astype(np.int64)

    @cached_property
    def mentors_apart(self) -> Apart:
        """Which mentors are kept apart."""
        return Apart(self._mentor_first, self._mentor_span, self.mentor_number, self.pool)

    @cached_property
    def mentees_apart(self) -> Apart:
        """Which mentees are kept apart."""
        return Apart(self._mentee_first, self._mentee_span, self.mentee_number, self.pool)

    # Topics

    def _tabulate_topics(self) -> None:
        """Lay out, for each topic and present use, which mentors are above it and by how much."""
        number = {topic: place for place, topic in enumerate(self._topics)}
        uses = len(PRESENT_USES)
        nobody = len(self._topics) * uses
        level = np.zeros((len(self._topics), len(self.mentors)), dtype=np.int8)
        for column, person in enumerate(self.mentors):
            for topic, mastered in person.topics_offered.items():
                level[number[topic], column] = mastered
        gap = np.zeros((nobody + 1, len(self.mentors)), dtype=np.uint8)
        for use in PRESENT_USES:
            gap[use:nobody:uses] = np.maximum(level - use, 0)
        self._above: Bytes = (gap > 0).view(np.uint8)
        self._gap_points: Bytes = (gap.astype(np.int64) * self.weights.level_gap // 4).astype(np.uint8)

        wishes = [
            sorted(number[topic] * uses + use for topic, use in person.topics_wanted.items() if topic in number)
            for person in self.mentees
        ]
        self._wishes = np.full((len(wishes), max(map(len, wishes), default=0)), nobody, dtype=np.int64)
        for row, codes in enumerate(wishes):
            self._wishes[row, : len(codes)] = codes
        self._wish_count = np.array([len(codes) for codes in wishes], dtype=np.int64)
        wanted = [max(1, min(ENOUGH_TOPICS, len(person.topics_wanted))) for person in self.mentees]
        self._need = np.array(wanted, dtype=np.uint8)
        self._fit_step = (self.weights.topic_fit // self._need).astype(np.uint8)
        self._fit_rest = (self.weights.topic_fit % self._need).astype(np.uint8)

    def _topic_parts(self, rows: Ints) -> tuple[Bytes, Bytes]:
        """Return how many wanted topics each pair has, and the points of the widest gap among them."""
        wishes = self._wishes[rows]
        covered = np.zeros((len(rows), len(self.mentors)), dtype=np.uint8)
        gap = np.zeros_like(covered)
        for slot in range(int(self._wish_count[rows].max(initial=0))):
            covered += self._above[wishes[:, slot]]
            np.maximum(gap, self._gap_points[wishes[:, slot]], out=gap)
        return covered, gap

    # Half-days, departments, places, languages: one row of points for each profile that occurs

    def _tabulate_the_rest(self) -> None:
        weights = self.weights

        def by_department(mine: str | None, theirs: str | None) -> int:
            return department_points(weights.department, mine, theirs)

        def by_place(mine: Place, theirs: Place) -> int:
            return place_points(weights.place, mine, theirs)

        self._half_day_profile, self._half_day_points = self._half_day_table()
        self._department_profile, self._department_points = self._table(lambda person: person.department, by_department)
        self._place_profile, self._place_points = self._table(place_of, by_place)
        _, self._place_allowed = self._table(place_of, can_meet)
        self._language_profile, self._language_allowed = self._table(
            lambda person: person.languages, lambda mine, theirs: not mine.isdisjoint(theirs)
        )
        self._waiting_points = np.array([waiting_points(weights.waiting, person) for person in self.mentees], np.uint8)
        # The 1 that tells a score of 0 from a pair forbidden.
        self._waiting_points += np.uint8(1)

    def _table(self, profile_of: Callable[[Candidate], P], value: Callable[[P, P], int]) -> tuple[Ints, Bytes]:
        """Return each mentee's profile number, and for each of these profiles the *value* with every mentor."""
        mine = _Numbering(map(profile_of, self.mentees))
        theirs = _Numbering(map(profile_of, self.mentors))
        values = [[value(mentee, mentor) for mentor in theirs.profiles] for mentee in mine.profiles]
        table = np.array(values, dtype=np.uint8).reshape(len(mine.profiles), len(theirs.profiles))
        return mine.numbers, table.take(theirs.numbers, axis=1)

    def _half_day_table(self) -> tuple[Ints, Bytes]:
        """Return what `_table` would for half-days, whose many profiles are met as bits rather than one by one."""
        mine = _Numbering(person.half_days for person in self.mentees)
        theirs = _Numbering(person.half_days for person in self.mentors)
        days = sorted(frozenset[str]().union(*mine.profiles))
        shared = np.zeros((len(mine.profiles), len(theirs.profiles)), dtype=np.int64)
        for day in days:
            free_mentees = np.array([day in profile for profile in mine.profiles], dtype=np.int64)
            shared += np.outer(free_mentees, np.array([day in profile for profile in theirs.profiles], dtype=np.int64))
        points = self.weights.availability * np.minimum(shared, ENOUGH_HALF_DAYS) // ENOUGH_HALF_DAYS
        return mine.numbers, points.astype(np.uint8).take(theirs.numbers, axis=1)

    # Reporting lines

    def _measure_lines(self) -> None:
        people = {person.key: person for person in (*self.mentees, *self.mentors)}
        manager_of = {key: person.manager for key, person in people.items()}
        manager_of.update((key, manager) for key, manager in self.pool.reporting.items() if manager is not None)
        interval = line_intervals(manager_of, people)

        def measured(side: tuple[Candidate, ...]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
            ends = np.array([interval[person.key] for person in side], dtype=np.uint32).reshape(-1, 2)
            return ends[:, 0].copy(), ends[:, 1] - ends[:, 0]

        self._mentee_first, self._mentee_span = measured(self.mentees)
        self._mentor_first, self._mentor_span = measured(self.mentors)
        # Most mentors have nobody below them, and most comparisons are saved by leaving those out.
        self._heads = np.flatnonzero(self._mentor_span > 1)

    def _ban_lines(self, rows: Ints, points: Bytes) -> None:
        """Put a 0 where one reports, however indirectly, to the other.

        Unsigned numbers wrap below zero, so that one comparison tells whether a number lies in an interval.
        """
        bosses = np.flatnonzero(self._mentee_span[rows] > 1)
        below = self._mentor_first - self._mentee_first[rows[bosses], None]
        boss, mentor = positions(below < self._mentee_span[rows[bosses], None])
        points[bosses[boss], mentor] = 0
        below = self._mentee_first[rows, None] - self._mentor_first[self._heads]
        row, head = positions(below < self._mentor_span[self._heads])
        points[row, self._heads[head]] = 0

    # Bans that concern few pairs

    def _joined_bans(self) -> dict[Rule, tuple[_Join, ...]]:
        pool = self.pool
        return {
            Rule.SAME_PERSON: (self._equal(lambda mentee: mentee.key, lambda mentor: mentor.key),),
            Rule.SAME_TEAM: (self._equal(lambda mentee: mentee.team, lambda mentor: mentor.team),),
            Rule.KEPT_APART: (
                self._equal(lambda mentee: mentee.hr_partner, lambda mentor: mentor.hr_partner),
                self._equal(lambda mentee: mentee.hr_partner, lambda mentor: mentor.key),
                self._equal(lambda mentee: mentee.key, lambda mentor: mentor.hr_partner),
                self._listed(pool.forbidden | _avoiding(pool)),
            ),
            Rule.RECENT_PAIR: (self._listed(pool.recent_pairs),),
        }

    def _equal(self, mine: Callable[[Candidate], str | None], theirs: Callable[[Candidate], str | None]) -> _Join:
        """Join the mentees and mentors for whom the two values are known and the same."""
        number: dict[str, int] = {}
        values = [theirs(mentor) for mentor in self.mentors]
        mentor_values = np.array(
            [-1 if value is None else number.setdefault(value, len(number)) for value in values], dtype=np.int64
        )
        wanted = (mine(mentee) for mentee in self.mentees)
        mentee_values = np.array([-2 if value is None else number.get(value, -2) for value in wanted], dtype=np.int64)
        order = np.argsort(mentor_values, kind="stable")
        return _Join(order, mentor_values[order], mentee_values)

    def _listed(self, pairs: Iterable[tuple[str, str]]) -> _Join:
        """Join the (mentor, mentee) pairs listed, less those with somebody who takes no part."""
        known = np.array(
            sorted(
                (self.mentee_number[mentee], self.mentor_number[mentor])
                for mentor, mentee in pairs
                if mentee in self.mentee_number and mentor in self.mentor_number
            ),
            dtype=np.int64,
        ).reshape(-1, 2)
        return _Join(known[:, 1], known[:, 0], np.arange(len(self.mentees)))


def positions(block: Truths) -> Pairs:
    """Return where a block is true: its rows, its columns. What numpy's `nonzero` does, several times as fast."""
    return np.divmod(np.flatnonzero(block), max(1, block.shape[1]))


def _avoiding(pool: Pool) -> set[tuple[str, str]]:
    """Return every two people of whom one avoids the other, both ways round."""
    avoiding = {(person.key, avoided) for person in (*pool.mentors, *pool.mentees) for avoided in person.avoids}
    return avoiding | {(avoided, person) for person, avoided in avoiding}


class Apart:
    """Which people on one side are kept apart: in one reporting line, or one avoids the other."""

    def __init__(
        self, first: NDArray[np.uint32], span: NDArray[np.uint32], number: Mapping[str, int], pool: Pool
    ) -> None:
        self._first, self._span = first, span
        avoiding = [
            number[one] * len(first) + number[other]
            for one, other in _avoiding(pool)
            if one in number and other in number
        ]
        self._avoiding = np.array(avoiding, dtype=np.int64)

    def each_two(self, people: Ints) -> Truths:
        """Return a table of whether each two of *people*, given by number, are."""
        return self.among(people[:, None], people[None, :])

    def among(self, one: Ints, other: Ints) -> Truths:
        """Return for each two people, given by number, whether they are; nobody is with themselves."""
        apart: Truths = (self._first[other] - self._first[one]) < self._span[one]
        apart |= (self._first[one] - self._first[other]) < self._span[other]
        apart &= one != other
        apart |= np.isin(one * len(self._first) + other, self._avoiding)
        return apart


class _Join:
    """For each mentee, the mentors found under the mentee's value in a sorted column of values."""

    def __init__(self, mentors: Ints, sorted_values: Ints, mentee_values: Ints) -> None:
        self._mentors = mentors
        self._first = np.searchsorted(sorted_values, mentee_values, side="left")
        self._count = np.searchsorted(sorted_values, mentee_values, side="right") - self._first

    def pairs(self, rows: Ints) -> Pairs:
        """Return the positions, in the block of the mentees *rows*, of all the pairs joined."""
        count = self._count[rows]
        row = np.repeat(np.arange(len(rows)), count)
        before = np.cumsum(count) - count
        place = np.arange(len(row)) - np.repeat(before - self._first[rows], count)
        return row, self._mentors[place]


class _Numbering(Generic[P]):
    """The different profiles of some people, numbered as they come."""

    def __init__(self, profiles: Iterable[P]) -> None:
        number: dict[P, int] = {}
        self.numbers = np.array([number.setdefault(profile, len(number)) for profile in profiles], dtype=np.int64)
        self.profiles = tuple(number)


class Place(NamedTuple):
    """What counts of where somebody is."""

    site: str | None
    onsite_only: bool
    utc_offset_minutes: int


def place_of(person: Candidate) -> Place:
    """Return where *person* is."""
    return Place(person.site, person.onsite_only, person.utc_offset_minutes)


def can_meet(one: Place, other: Place) -> bool:
    """Return whether two places let people meet: remotely, or else on a site both share."""
    return not (one.onsite_only or other.onsite_only) or (one.site is not None and one.site == other.site)


def department_points(weight: int, one: str | None, other: str | None) -> int:
    """Return all the points for different departments, none for the same, half where one is not known."""
    if one is None or other is None:
        return weight // 2
    return weight if one != other else 0


def place_points(weight: int, one: Place, other: Place) -> int:
    """Return all the points on one site, else 8 tenths less 1 for each hour begun between the time zones."""
    if one.site is not None and one.site == other.site:
        return weight
    hours = -(-abs(one.utc_offset_minutes - other.utc_offset_minutes) // 60)
    return weight * max(0, 8 - hours) // 10


def waiting_points(weight: int, mentee: Candidate) -> int:
    """Return all the points for somebody left out last round, else as many as the days waited earn."""
    if mentee.unserved_last_round:
        return weight
    return weight * min(mentee.waiting_days, PATIENCE_DAYS) // PATIENCE_DAYS


def _in_fingerprint_order(people: Iterable[Candidate]) -> tuple[Candidate, ...]:
    return tuple(sorted(people, key=lambda person: (fingerprint(person.key), person.key)))
