"""One round: in the format asked for, or in all of them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import partial

from bot.matching.completing import missing_members
from bot.matching.groups import solve_groups
from bot.matching.outcome import Outcome, RefusedLock, Rule, Unplaced, pairs_of
from bot.matching.pool import Candidate, Format, Pool
from bot.matching.scoring import PAIR_RULES
from bot.matching.solving import solve_seats
from bot.matching.trios import solve_flash

_FLASH_ONLY = frozenset({Format.FLASH})
_NO_CANDIDATE = frozenset({*PAIR_RULES, Rule.NO_MENTORS})


def solve(pool: Pool, *, format: Format) -> Outcome:  # noqa: A002 - the programme's word
    """Return the best proposals for the whole *pool* in one format."""
    solvers: dict[Format, Callable[[Pool], Outcome]] = {
        Format.PATH: solve_seats,
        Format.FLASH: solve_flash,
        Format.COLLECTIVE: solve_groups,
    }
    return solvers[format](pool)


def solve_all(pool: Pool) -> Outcome:
    """Return the best proposals for the whole *pool*, each person in a format they chose.

    Those who want nothing but a flash session go first, then one-to-one places, then flash sessions and groups for
    whom these cannot take. Where somebody is left out whom only a one-to-one place could serve, the places are filled
    again with them before the others, who may find a group; with flash sessions last, since each takes the places of
    two; and where people wait for a group that lacks members, with as few as complete it, and no more than they are
    themselves, joining it instead of meeting one-to-one.

    Guaranteed is that each turn is at its optimum, as far as its gap says, with the people and places that those before
    it left, and that the answer is the best of those tried. Not that no other mixture of formats serves more: in 300
    random pools of at most 21 people 665 are served, where all formats weighed together could serve 688.
    """
    lost = _locks_of_nobody(pool)
    turns = _in_turn(pool, first=frozenset())
    answers = [_joined(turns, lost=lost)]
    waiting = {person.key for person in answers[0].unplaced}
    if short := waiting & _short_of(Format.PATH, turns):
        answers.append(_joined(_in_turn(pool, first=short), lost=lost))
    if waiting and any(mentee.formats == _FLASH_ONLY for mentee in pool.mentees):
        answers.append(_joined(_in_turn(pool, first=frozenset(), flash_last=True), lost=lost))
    short = waiting & _short_of(Format.COLLECTIVE, turns)
    if short and (called := missing_members(_with_those_who_meet(pool, turns), short)):
        completed = _joined(_in_turn(pool, first=frozenset(), called=called), lost=lost)
        if completed.served > answers[0].served:
            answers.append(completed)
    first = {person.key for person in pool.mentees if pool.left_out_first and person.unserved_last_round}

    def goodness(outcome: Outcome) -> tuple[int, int, int]:
        served = {mentee for _, mentee in pairs_of(outcome)}
        return outcome.served, len(served & first), outcome.total_score

    return max(answers, key=goodness)


def _short_of(format_: Format, turns: Iterable[tuple[Format, Outcome]]) -> set[str]:
    """Return who has no place in a format though a mentor could take them: otherwise filled, they might have."""
    return {
        person.key
        for turn, outcome in turns
        if turn is format_
        for person in outcome.unplaced
        if person.rule not in _NO_CANDIDATE
    }


def _with_those_who_meet(pool: Pool, turns: Sequence[tuple[Format, Outcome]]) -> Pool:
    """Return what *turns* have left of the pool, with those who want groups as well though they meet one-to-one."""
    left = pool
    for _, outcome in turns:
        left = _after(left, outcome)
    meeting = {
        mentee
        for format_, outcome in turns
        if format_ is Format.PATH
        for proposed in outcome.proposals
        if not proposed.locked
        for mentee in proposed.mentees
    }
    there = {mentee.key for mentee in left.mentees} | meeting
    mentees = tuple(one for one in pool.mentees if one.key in there and one.needs and Format.COLLECTIVE in one.formats)
    return replace(left, mentees=mentees, locked=frozenset(), locked_in={}, overridden=frozenset())


def _in_turn(
    asked: Pool, *, first: AbstractSet[str], flash_last: bool = False, called: AbstractSet[str] = frozenset()
) -> list[tuple[Format, Outcome]]:
    """Fill the formats one after the other, each with the people and places that those before have left.

    Of the one-to-one places those of the *first* mentees (keys) are filled before the others; whoever is *called* to a
    group has none.
    """
    turns: tuple[tuple[Format, Callable[[Candidate], bool], Callable[[Pool], Outcome]], ...] = (
        (Format.FLASH, lambda mentee: mentee.formats == _FLASH_ONLY and not flash_last, solve_flash),
        (
            Format.PATH,
            lambda mentee: Format.PATH in mentee.formats and mentee.key not in called,
            partial(solve_seats, first=first),
        ),
        (Format.FLASH, lambda mentee: Format.FLASH in mentee.formats and mentee.key not in called, solve_flash),
        (Format.COLLECTIVE, lambda mentee: Format.COLLECTIVE in mentee.formats, solve_groups),
        (Format.PATH, lambda mentee: not mentee.formats, solve_seats),
    )
    kept_for = {mentee: format_ for (_, mentee), format_ in asked.locked_in.items()}
    pool = asked
    outcomes: list[tuple[Format, Outcome]] = []
    for format_, takes_part, solver in turns:
        waiting = tuple(
            mentee
            for mentee in pool.mentees
            if mentee.needs and takes_part(mentee) and kept_for.get(mentee.key, format_) is format_
        )
        if waiting:
            keys = {mentee.key for mentee in waiting}
            locked = frozenset((mentor, mentee) for mentor, mentee in pool.locked if mentee in keys)
            mentors = _less_what_is_kept(pool, for_another=format_, kept_for=kept_for)
            outcome = solver(replace(pool, mentors=mentors, mentees=waiting, locked=locked))
            outcomes.append((format_, outcome))
            pool = _after(pool, outcome)
    return outcomes


def _less_what_is_kept(pool: Pool, *, for_another: Format, kept_for: Mapping[str, Format]) -> tuple[Candidate, ...]:
    """Return the mentors less the places that locks of another format than *for_another* will take of them."""
    waiting = {mentee.key for mentee in pool.mentees}
    kept = Counter(
        mentor
        for mentor, mentee in pool.locked
        if mentee in waiting and kept_for.get(mentee, for_another) not in (for_another, Format.COLLECTIVE)
    )
    return tuple(
        replace(one, seats=max(0, one.seats - kept[one.key])) if kept[one.key] else one for one in pool.mentors
    )


def _locks_of_nobody(pool: Pool) -> list[RefusedLock]:
    """Return the locked pairs whose mentee looks for no mentor, and so comes up in no format."""
    looking = {mentee.key for mentee in pool.mentees if mentee.needs}
    return [
        RefusedLock(mentor=mentor, mentee=mentee, rules=(Rule.NOT_LOOKING,))
        for mentor, mentee in pool.locked
        if mentee not in looking
    ]


def _after(pool: Pool, outcome: Outcome) -> Pool:
    """Return the pool less the people served and the places taken; nobody is to coach who coaches them already."""
    seats: Counter[str] = Counter()
    sessions: Counter[str] = Counter()
    for proposed in outcome.proposals:
        (sessions if proposed.format is Format.COLLECTIVE else seats).update(proposed.mentors)
    served = {mentee for proposed in outcome.proposals for mentee in proposed.mentees}
    return replace(
        pool,
        mentors=tuple(
            replace(
                mentor,
                seats=mentor.seats - seats[mentor.key],
                group_sessions=mentor.group_sessions - sessions[mentor.key],
            )
            for mentor in pool.mentors
        ),
        mentees=tuple(mentee for mentee in pool.mentees if mentee.key not in served),
        forbidden=pool.forbidden | {(mentee, mentor) for mentor, mentee in pairs_of(outcome)},
    )


def _joined(turns: Sequence[tuple[Format, Outcome]], *, lost: Sequence[RefusedLock]) -> Outcome:
    """Return the outcomes as one.

    Somebody left out in several formats hears of the one where nothing but a place was missing, else of the last tried.
    """
    outcomes = [outcome for _, outcome in turns]
    proposals = [proposed for outcome in outcomes for proposed in outcome.proposals]
    served = {mentee for proposed in proposals for mentee in proposed.mentees}
    unplaced: dict[str, Unplaced] = {}
    for person in (one for outcome in outcomes for one in outcome.unplaced):
        if person.key not in unplaced or unplaced[person.key].rule is not Rule.CAPACITY:
            unplaced[person.key] = person
    locks = [*lost, *(lock for outcome in outcomes for lock in outcome.refused_locks)]
    refused = {(lock.mentor, lock.mentee): lock for lock in locks}
    kept = {pair for outcome in outcomes for pair in pairs_of(outcome)}
    return Outcome(
        proposals=tuple(sorted(proposals, key=lambda one: (-one.score, one.mentees, one.mentors))),
        unplaced=tuple(person for key, person in sorted(unplaced.items()) if key not in served),
        served=len(served),
        total_score=sum(outcome.total_score for outcome in outcomes),
        refused_locks=tuple(lock for pair, lock in sorted(refused.items()) if pair not in kept),
        gap=max((outcome.gap for outcome in outcomes), default=0.0),
    )
