"""Places in collective groups that could come about, and which of them cannot be taken together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.pool import Candidate
from bot.matching.scoring import ScoredPool, fingerprint
from bot.matching.seating import Edges
from bot.matching.solving import reverse_edges

Ints: TypeAlias = NDArray[np.int64]

_NOT_WANTED = 100
"""A use that no level exceeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Seats in groups that could be, in the order of their groups: for each its group, and the edge it stands for."""

    group: Ints
    edge: Ints
    mentee: Ints
    lead: Ints
    """The mentor's number of each group; several groups of one mentor follow one another."""
    topic: tuple[str, ...]
    """The topic of each group."""
    tie: Ints
    """For each seat a number below 2^20 that depends on nothing but who meets whom on what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Which seats to take: in groups neither too small nor too large, nobody twice, nobody beside whom they must not.

    *worth* is what each seat adds to the value of an answer, *sessions* how many groups each mentor can lead.
    """

    scored: ScoredPool
    edges: Edges
    places: Places
    worth: Ints
    sessions: Ints

    def clashes(self, taken: Ints) -> Ints:
        """Return the pairs of seats *taken*, a row each, that cannot both be.

        Those are of two people in one group who are kept apart, and of two who would lead a group with each other in
        it.
        """
        places = self.places
        back = reverse_edges(self.scored, self.edges.only(places.edge[taken]))
        both_ways = np.flatnonzero(back > np.arange(len(back)))
        found = [np.stack((taken[both_ways], taken[back[both_ways]]), axis=1)]
        taken = np.sort(taken)  # seats are in the order of their groups
        for distance in range(1, self.scored.pool.largest_group):
            one, other = taken[:-distance], taken[distance:]
            beside = places.group[one] == places.group[other]
            one, other = one[beside], other[beside]
            apart = self.scored.mentees_apart.among(places.mentee[one], places.mentee[other])
            found.append(np.stack((one[apart], other[apart]), axis=1))
        return np.concatenate(found)

    def with_settled_topics(self, taken: Ints) -> Ints:
        """Return the seats *taken* with each group on the topic, of those equally good, whose tie-breaks are highest.

        The same people then meet on the same topic however they were found, so that a draft kept whole comes back
        whole, with the second mentors who teach that topic.
        """
        places = self.places
        settled: list[Ints] = [np.zeros(0, dtype=np.int64)]
        led = set(places.group[taken].tolist())
        for group in sorted(led):
            best = taken[places.group[taken] == group]
            learners = places.mentee[best]
            first, end = np.searchsorted(places.lead, (places.lead[group], places.lead[group] + 1)).tolist()
            for other in range(first, end):
                low, high = np.searchsorted(places.group, (other, other + 1)).tolist()
                same = low + np.flatnonzero(np.isin(places.mentee[low:high], learners))
                if other not in led and len(same) == len(best) and places.tie[same].sum() > places.tie[best].sum():
                    best = same
            led.add(int(places.group[best[0]]))
            settled.append(best)
        return np.sort(np.concatenate(settled))

    def only(self, seats: Ints) -> Problem:
        """Return the problem of choosing among these *seats*, given in their order, and no others."""
        groups, group = np.unique(self.places.group[seats], return_inverse=True)
        return replace(
            self,
            places=Places(
                group=group.astype(np.int64),
                edge=self.places.edge[seats],
                mentee=self.places.mentee[seats],
                lead=self.places.lead[groups],
                topic=tuple(self.places.topic[number] for number in groups.tolist()),
                tie=self.places.tie[seats],
            ),
            worth=self.worth[seats],
        )


def possible_places(scored: ScoredPool, edges: Edges, smallest: int) -> Places:
    """Return a seat for each mentee in each group on a topic they want, of a mentor above them who may meet them.

    Groups that fewer than *smallest* could join are left out.
    """
    topics = sorted({topic for mentor in scored.mentors for topic in mentor.topics_offered})
    level = _by_topic(topics, scored.mentors, lambda mentor: mentor.topics_offered, nothing=0)
    use = _by_topic(topics, scored.mentees, lambda mentee: mentee.topics_wanted, nothing=_NOT_WANTED)
    fitting = [np.flatnonzero(level[row][edges.mentor] > use[row][edges.mentee]) for row in range(len(topics))]
    edge = np.concatenate([np.zeros(0, dtype=np.int64), *fitting])
    row = np.repeat(np.arange(len(topics)), [len(mine) for mine in fitting])
    key = edges.mentor[edge] * len(topics) + row
    _, group, size = np.unique(key, return_inverse=True, return_counts=True)
    edge, key = edge[size[group] >= smallest], key[size[group] >= smallest]
    order = np.argsort(key, kind="stable")
    keys, group = np.unique(key[order], return_inverse=True)
    edge = edge[order]
    topic = [topics[row] for row in (keys % max(1, len(topics))).tolist()]
    topic_bits = np.array([fingerprint(each) & 0xFFFFF for each in topic], dtype=np.int64)
    return Places(
        group=group.astype(np.int64),
        edge=edge,
        mentee=edges.mentee[edge].astype(np.int64),
        lead=keys // max(1, len(topics)),
        topic=tuple(topic),
        tie=edges.tie[edge] ^ topic_bits[group],
    )


def _by_topic(
    topics: list[str], people: tuple[Candidate, ...], known: Callable[[Candidate], Mapping[str, int]], *, nothing: int
) -> NDArray[np.int8]:
    """Return a row for each topic with what is *known* of it of each person, and *nothing* where nothing is."""
    table = np.full((len(topics), len(people)), nothing, dtype=np.int8)
    row = {topic: number for number, topic in enumerate(topics)}
    for column, person in enumerate(people):
        for topic, value in known(person).items():
            if topic in row:
                table[row[topic], column] = value
    return table
