"""Participants, with what they offer and want and whom they avoid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    union_all,
)

from bot.domain.cohorts import Format
from bot.domain.nudges import known_kinds
from bot.domain.participants import Participant, ParticipantState, Profile
from bot.domain.people import Role
from bot.domain.topics import Level, Use
from storage.statements import insert_or_replace, rows_in
from storage.tables import ExclusionRow, OfferRow, ParticipantRow, WantRow, word

Parts = Mapping[str, Sequence[Row[Any]]]
"""Person id → what they offer, want and avoid, as rows of (person_id, part, item, degree)."""


def _parts(of: Callable[[Any], ColumnElement[bool]]) -> CompoundSelect[Any]:
    # One statement for the three tables: enrolments are read at most clicks.
    return union_all(
        select(
            OfferRow.person_id,
            literal_column("'offer'").label("part"),
            OfferRow.topic_id.label("item"),
            OfferRow.level.label("degree"),
        ).where(of(OfferRow.person_id)),
        select(WantRow.person_id, literal_column("'want'"), WantRow.topic_id, WantRow.present_use).where(
            of(WantRow.person_id)
        ),
        select(ExclusionRow.person_id, literal_column("'avoid'"), ExclusionRow.avoided_id, literal_column("0")).where(
            of(ExclusionRow.person_id)
        ),
    )


_GET = select(ParticipantRow).where(ParticipantRow.person_id == bindparam("person_id"))
_GET_PARTS = _parts(lambda person_id: person_id == bindparam("person_id"))
_GET_MANY = select(ParticipantRow).where(ParticipantRow.person_id.in_(bindparam("values", expanding=True)))
_GET_MANY_PARTS = _parts(lambda person_id: person_id.in_(bindparam("values", expanding=True)))
_IN_COHORT = (
    select(ParticipantRow).where(ParticipantRow.cohort_id == bindparam("cohort_id")).order_by(ParticipantRow.person_id)
)
_WHO_STAY = (
    select(ParticipantRow.person_id)
    .where(ParticipantRow.cohort_id == bindparam("cohort_id"), ParticipantRow.state != word(ParticipantState.LEFT))
    .order_by(ParticipantRow.person_id)
)
_IN_COHORT_PARTS = _parts(
    lambda person_id: person_id.in_(
        select(ParticipantRow.person_id).where(ParticipantRow.cohort_id == bindparam("cohort_id"))
    )
)
_OFFERING = _IN_COHORT.where(ParticipantRow.person_id.in_(select(OfferRow.person_id)))
_OFFERING_PARTS = _parts(
    lambda person_id: person_id.in_(
        select(OfferRow.person_id)
        .join(ParticipantRow, ParticipantRow.person_id == OfferRow.person_id)
        .where(ParticipantRow.cohort_id == bindparam("cohort_id"))
    )
)
_RESUMING = (
    select(ParticipantRow)
    .where(ParticipantRow.state == word(ParticipantState.PAUSED), ParticipantRow.paused_until <= bindparam("day"))
    .order_by(ParticipantRow.paused_until, ParticipantRow.person_id)
)
_NEXT_RESUME = select(func.min(ParticipantRow.paused_until)).where(
    ParticipantRow.state == word(ParticipantState.PAUSED)
)
_FORGET_PARTS = tuple(
    delete(table).where(table.person_id == bindparam("of")) for table in (OfferRow, WantRow, ExclusionRow)
)


class SqlParticipants:
    """``bot.ports.Participants``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, person_id: str) -> Participant | None:
        row = self._connection.execute(_GET, {"person_id": person_id}).one_or_none()
        if row is None:
            return None
        parts = self._connection.execute(_GET_PARTS, {"person_id": person_id}).all()
        return _to_participant(row, parts)

    def get_many(self, person_ids: Iterable[str]) -> Mapping[str, Participant]:
        rows = list(rows_in(self._connection, _GET_MANY, person_ids))
        return {participant.person_id: participant for participant in self._with_parts(rows)}

    def in_cohort(self, cohort_id: str) -> Sequence[Participant]:
        return self._of_cohort(_IN_COHORT, _IN_COHORT_PARTS, cohort_id)

    def offering_in(self, cohort_id: str) -> Sequence[Participant]:
        return self._of_cohort(_OFFERING, _OFFERING_PARTS, cohort_id)

    def who_stay_in(self, cohort_id: str) -> Sequence[str]:
        return self._connection.execute(_WHO_STAY, {"cohort_id": cohort_id}).scalars().all()

    def put(self, participant: Participant) -> None:
        self.put_many([participant])

    def put_many(self, participants: Iterable[Participant]) -> None:
        participants = list(participants)
        if not participants:
            return
        insert_or_replace(
            self._connection,
            ParticipantRow,
            [_from_participant(participant) for participant in participants],
            unique=("person_id",),
        )
        for statement in _FORGET_PARTS:
            self._connection.execute(statement, [{"of": participant.person_id} for participant in participants])
        for table, values in _from_profiles(participants):
            if values:
                self._connection.execute(insert(table), values)

    def resuming_by(self, day: date) -> Sequence[Participant]:
        return self._with_parts(self._connection.execute(_RESUMING, {"day": day}).all())

    def next_resume(self) -> date | None:
        return self._connection.execute(_NEXT_RESUME).scalar_one()

    def _of_cohort(self, statement: Select[Any], parts: CompoundSelect[Any], cohort_id: str) -> list[Participant]:
        of = {"cohort_id": cohort_id}
        parts_of = _by_person(self._connection.execute(parts, of))
        return [
            _to_participant(row, parts_of.get(row.person_id, ())) for row in self._connection.execute(statement, of)
        ]

    def _with_parts(self, rows: Sequence[Row[Any]]) -> list[Participant]:
        parts = _by_person(rows_in(self._connection, _GET_MANY_PARTS, [row.person_id for row in rows]))
        return [_to_participant(row, parts.get(row.person_id, ())) for row in rows]


def _by_person(parts: Iterable[Row[Any]]) -> Parts:
    by_person: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for part in parts:
        by_person[part.person_id].append(part)
    return by_person


def _to_participant(row: Row[Any], parts: Sequence[Row[Any]]) -> Participant:
    return Participant(
        person_id=row.person_id,
        cohort_id=row.cohort_id,
        profile=Profile(
            roles=frozenset(map(Role, row.roles)),
            offers={part.item: Level(part.degree) for part in parts if part.part == "offer"},
            wants={part.item: Use(part.degree) for part in parts if part.part == "want"},
            languages=row.languages,
            formats=frozenset(map(Format, row.formats)),
            place=row.place,
            half_days=row.half_days,
            seats=row.seats,
            collective_seats=row.collective_seats,
            avoids=frozenset(part.item for part in parts if part.part == "avoid"),
            department=row.department,
            team=row.team,
            site=row.site,
        ),
        state=row.state,
        joined_at=row.joined_at,
        paused_until=row.paused_until,
        left_at=row.left_at,
        waiting_since=row.waiting_since,
        unserved_rounds=row.unserved_rounds,
        stopped_nudges=known_kinds(row.stopped_nudges),
    )


def _from_participant(participant: Participant) -> dict[str, Any]:
    profile = participant.profile
    return {
        "person_id": participant.person_id,
        "cohort_id": participant.cohort_id,
        "roles": profile.roles,
        "languages": profile.languages,
        "formats": profile.formats,
        "place": profile.place,
        "half_days": profile.half_days,
        "seats": profile.seats,
        "collective_seats": profile.collective_seats,
        "department": profile.department,
        "team": profile.team,
        "site": profile.site,
        "state": participant.state,
        "joined_at": participant.joined_at,
        "paused_until": participant.paused_until,
        "left_at": participant.left_at,
        "waiting_since": participant.waiting_since,
        "unserved_rounds": participant.unserved_rounds,
        "stopped_nudges": participant.stopped_nudges,
    }


def _from_profiles(participants: Iterable[Participant]) -> Iterable[tuple[type, list[dict[str, Any]]]]:
    offers, wants, exclusions = [], [], []
    for participant in participants:
        person_id, profile = participant.person_id, participant.profile
        offers += [
            {"person_id": person_id, "topic_id": topic_id, "level": level} for topic_id, level in profile.offers.items()
        ]
        wants += [
            {"person_id": person_id, "topic_id": topic_id, "present_use": use}
            for topic_id, use in profile.wants.items()
        ]
        exclusions += [{"person_id": person_id, "avoided_id": avoided_id} for avoided_id in sorted(profile.avoids)]
    return (OfferRow, offers), (WantRow, wants), (ExclusionRow, exclusions)
