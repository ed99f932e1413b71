"""Rounds of matching and their proposals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, or_, select, union, update

from bot.domain.people import Role
from bot.domain.rounds import Answer, Pair, Proposal, ProposalState, ProposedSeat, Reason, Round, RoundState, Unplaced
from bot.errors import NotFound
from storage.statements import found, rows_in, saved
from storage.tables import (
    DecisionRow,
    PairingRow,
    PairingSeatRow,
    PartnerAnswerRow,
    ProposalRow,
    ProposalSeatRow,
    RoundRow,
    UnplacedRow,
    word,
)

_GET = select(RoundRow).where(RoundRow.id == bindparam("id"))
_LATEST = (
    select(RoundRow)
    .where(RoundRow.cohort_id == bindparam("cohort_id"))
    .order_by(RoundRow.drafted_at.desc(), RoundRow.id.desc())
    .limit(1)
)
_DRAFT = select(RoundRow).where(RoundRow.cohort_id == bindparam("cohort_id"), RoundRow.state == word(RoundState.DRAFT))
_UNPLACED = select(UnplacedRow).where(UnplacedRow.round_id == bindparam("round_id")).order_by(UnplacedRow.position)
_ADD = insert(RoundRow)
_SETTLE = update(RoundRow).where(RoundRow.id == bindparam("settled_id"), RoundRow.state == word(RoundState.DRAFT))
_DECISIONS = select(DecisionRow).where(DecisionRow.round_id == bindparam("round_id"))
_DECISIONS_AMONG = select(DecisionRow).where(DecisionRow.round_id.in_(bindparam("values", expanding=True)))
_ADD_DECISION = insert(DecisionRow)
_ADD_UNPLACED = insert(UnplacedRow)
_REMOVE_UNPLACED = delete(UnplacedRow).where(UnplacedRow.round_id == bindparam("of"))

_SEATED = select(
    ProposalRow,
    ProposalSeatRow.person_id,
    ProposalSeatRow.role,
    ProposalSeatRow.asked_at,
    ProposalSeatRow.answer,
    ProposalSeatRow.answered_at,
).join(ProposalSeatRow, ProposalSeatRow.proposal_id == ProposalRow.id)
_IS_ASKED = ProposalRow.state == word(ProposalState.ASKED)
_PROPOSAL = _SEATED.where(ProposalRow.id == bindparam("id")).order_by(ProposalSeatRow.position)
_PROPOSALS_AMONG = _SEATED.where(ProposalRow.id.in_(bindparam("values", expanding=True))).order_by(
    ProposalRow.id, ProposalSeatRow.position
)
_PROPOSALS = _SEATED.where(ProposalRow.round_id == bindparam("round_id")).order_by(
    ProposalRow.score.desc(), ProposalRow.id, ProposalSeatRow.position
)
_OPEN_OF_PERSON = _SEATED.where(
    _IS_ASKED,
    ProposalRow.id.in_(
        select(ProposalSeatRow.proposal_id).where(
            ProposalSeatRow.person_id == bindparam("person_id"),
            or_(ProposalSeatRow.answer.is_(None), ProposalSeatRow.answer == word(Answer.YES)),
        )
    ),
).order_by(ProposalRow.expires_at, ProposalRow.id, ProposalSeatRow.position)
_OPEN = _SEATED.where(_IS_ASKED, ProposalRow.cohort_id == bindparam("cohort_id")).order_by(
    ProposalRow.expires_at, ProposalRow.id, ProposalSeatRow.position
)
_EXPIRING = _SEATED.where(
    ProposalRow.id.in_(
        select(ProposalRow.id)
        .where(_IS_ASKED, ProposalRow.expires_at <= bindparam("moment"))
        .order_by(ProposalRow.expires_at, ProposalRow.id)
        .limit(bindparam("limit"))
    )
).order_by(ProposalRow.expires_at, ProposalRow.id, ProposalSeatRow.position)
_NEXT_EXPIRY = select(func.min(ProposalRow.expires_at)).where(_IS_ASKED)
_ADD_PROPOSAL = insert(ProposalRow)
_SAVE_PROPOSAL = update(ProposalRow).where(ProposalRow.id == bindparam("proposal_id"))
_ADD_SEAT = insert(ProposalSeatRow)
_REMOVE_SEATS = delete(ProposalSeatRow).where(ProposalSeatRow.proposal_id == bindparam("of"))


def _asked_again(pairing_id: Any, one: Any, other: Any) -> Any:
    """Return whether both people asked to be paired so again."""
    mine, theirs = PartnerAnswerRow.__table__.alias().c, PartnerAnswerRow.__table__.alias().c
    return (
        select(mine.person_id)
        .where(mine.pairing_id == pairing_id, mine.person_id == one, mine.again)
        .where(theirs.pairing_id == pairing_id, theirs.person_id == other, theirs.again)
        .exists()
    )


def _recent_pairs() -> Any:
    seats, proposed = PairingSeatRow.__table__, ProposalSeatRow.__table__
    mentor, mentee = seats.alias().c, seats.alias().c
    met = (
        select(mentor.person_id.label("mentor"), mentee.person_id.label("mentee"))
        .where(mentor.pairing_id == PairingRow.id, mentor.role == word(Role.MENTOR))
        .where(mentee.pairing_id == PairingRow.id, mentee.role == word(Role.MENTEE))
        .where(PairingRow.introduced_at >= bindparam("since"))
        .where(~_asked_again(PairingRow.id, mentor.person_id, mentee.person_id))
    )
    mentor, mentee, refused = proposed.alias().c, proposed.alias().c, proposed.alias().c
    asked = (
        select(mentor.person_id, mentee.person_id)
        .where(mentor.proposal_id == ProposalRow.id, mentor.role == word(Role.MENTOR))
        .where(mentee.proposal_id == ProposalRow.id, mentee.role == word(Role.MENTEE))
    )
    # Whoever has left a group since, or declined while it went on, has no seat in its pairing. Nor has whoever was
    # silent or withdrew, but they refused nobody.
    parted = (
        asked.where(PairingRow.proposal_id == ProposalRow.id)
        .where(func.coalesce(mentor.answer, word(Answer.YES)) != word(Answer.SILENCE))
        .where(func.coalesce(mentee.answer, word(Answer.YES)) != word(Answer.SILENCE))
        .where(PairingRow.introduced_at >= bindparam("since"))
        .where(~_asked_again(PairingRow.id, mentor.person_id, mentee.person_id))
    )
    declined = asked.where(
        ProposalRow.state == word(ProposalState.DECLINED),
        select(refused.person_id)
        .where(refused.proposal_id == ProposalRow.id, refused.answer == word(Answer.NO))
        .where(refused.answered_at >= bindparam("since"))
        .exists(),
    )
    expired = asked.where(
        ProposalRow.state == word(ProposalState.EXPIRED), ProposalRow.expires_at >= bindparam("since")
    )
    return union(met, parted, declined, expired).order_by("mentor", "mentee")


class SqlRounds:
    """``bot.ports.Rounds``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, round_id: str) -> Round:
        return self._with_unplaced(found(self._connection.execute(_GET, {"id": round_id}).one_or_none()))

    def latest(self, cohort_id: str) -> Round | None:
        row = self._connection.execute(_LATEST, {"cohort_id": cohort_id}).one_or_none()
        return self._with_unplaced(row) if row else None

    def draft(self, cohort_id: str) -> Round | None:
        row = self._connection.execute(_DRAFT, {"cohort_id": cohort_id}).one_or_none()
        return self._with_unplaced(row) if row else None

    def add(self, round_: Round, proposals: Sequence[Proposal]) -> None:
        self._connection.execute(_ADD, _from_round(round_))
        self._put_unplaced(round_)
        if decisions := _from_decisions(round_):
            self._connection.execute(_ADD_DECISION, decisions)
        self.add_proposals(proposals)

    def add_proposals(self, proposals: Sequence[Proposal]) -> None:
        if proposals:
            self._connection.execute(_ADD_PROPOSAL, [_from_proposal(proposal) for proposal in proposals])
            self._connection.execute(_ADD_SEAT, _from_seats(proposals))

    def settle(self, round_: Round) -> bool:
        result = self._connection.execute(_SETTLE, {"settled_id": round_.id, **_from_round(round_)})
        if result.rowcount == 0:
            return False
        self._connection.execute(_REMOVE_UNPLACED, {"of": round_.id})
        self._put_unplaced(round_)
        return True

    def proposal(self, proposal_id: str) -> Proposal:
        for proposal in self._proposals(_PROPOSAL, id=proposal_id):
            return proposal
        raise NotFound

    def proposals_by_id(self, proposal_ids: Iterable[str]) -> Mapping[str, Proposal]:
        rows = rows_in(self._connection, _PROPOSALS_AMONG, proposal_ids)
        return {proposal.id: proposal for proposal in _to_proposals(rows)}

    def proposals(self, round_id: str) -> Sequence[Proposal]:
        return self._proposals(_PROPOSALS, round_id=round_id)

    def save_proposal(self, proposal: Proposal) -> None:
        self.save_proposals([proposal])

    def save_proposals(self, proposals: Iterable[Proposal]) -> None:
        proposals = list(proposals)
        if not proposals:
            return
        values = [{"proposal_id": proposal.id, **_from_proposal(proposal)} for proposal in proposals]
        saved(self._connection.execute(_SAVE_PROPOSAL, values), rows=len(values))
        self._connection.execute(_REMOVE_SEATS, [{"of": proposal.id} for proposal in proposals])
        self._connection.execute(_ADD_SEAT, _from_seats(proposals))

    def forbidden_in(self, round_ids: Iterable[str]) -> frozenset[Pair]:
        return self._decided("forbidden", round_ids)

    def overridden_in(self, round_ids: Iterable[str]) -> frozenset[Pair]:
        return self._decided("overridden", round_ids)

    def open_proposals_of(self, person_id: str) -> Sequence[Proposal]:
        return self._proposals(_OPEN_OF_PERSON, person_id=person_id)

    def open_proposals(self, cohort_id: str) -> Sequence[Proposal]:
        return self._proposals(_OPEN, cohort_id=cohort_id)

    def expiring_by(self, moment: datetime, *, limit: int) -> Sequence[Proposal]:
        return self._proposals(_EXPIRING, moment=moment, limit=limit)

    def next_expiry(self) -> datetime | None:
        return self._connection.execute(_NEXT_EXPIRY).scalar_one()

    def recent_pairs(self, since: datetime) -> Sequence[tuple[str, str]]:
        return [(mentor, mentee) for mentor, mentee in self._connection.execute(_RECENT_PAIRS, {"since": since})]

    def _decided(self, decision: str, round_ids: Iterable[str]) -> frozenset[Pair]:
        rows = rows_in(self._connection, _DECISIONS_AMONG, round_ids)
        return frozenset((row.mentor_id, row.mentee_id) for row in rows if row.decision == decision)

    def _proposals(self, statement: Select[Any], **parameters: object) -> list[Proposal]:
        return _to_proposals(self._connection.execute(statement, parameters))

    def _with_unplaced(self, row: Row[Any]) -> Round:
        of = {"round_id": row.id}
        unplaced = self._connection.execute(_UNPLACED, of).all()
        return _to_round(row, unplaced, self._connection.execute(_DECISIONS, of).all())

    def _put_unplaced(self, round_: Round) -> None:
        if values := _from_unplaced(round_):
            self._connection.execute(_ADD_UNPLACED, values)


_RECENT_PAIRS = _recent_pairs()


def _to_proposals(rows: Iterable[Row[Any]]) -> list[Proposal]:
    return [_to_proposal(list(seats)) for _, seats in groupby(rows, key=attrgetter("id"))]


def _to_round(row: Row[Any], unplaced: Sequence[Row[Any]], decisions: Sequence[Row[Any]]) -> Round:
    def decided(decision: str) -> frozenset[Pair]:
        return frozenset((one.mentor_id, one.mentee_id) for one in decisions if one.decision == decision)

    return Round(
        id=row.id,
        cohort_id=row.cohort_id,
        state=row.state,
        drafted_by=row.drafted_by,
        drafted_at=row.drafted_at,
        served=row.served,
        total_score=row.total_score,
        unplaced=tuple(
            Unplaced(
                person_id=left.person_id,
                rule=_to_reason(left.rule),
                remedy=_to_reason(left.remedy) if left.remedy else None,
            )
            for left in unplaced
        ),
        forbidden=decided("forbidden"),
        overridden=decided("overridden"),
        settled_by=row.settled_by,
        settled_at=row.settled_at,
    )


def _from_round(round_: Round) -> dict[str, Any]:
    return {
        "id": round_.id,
        "cohort_id": round_.cohort_id,
        "state": round_.state,
        "drafted_by": round_.drafted_by,
        "drafted_at": round_.drafted_at,
        "served": round_.served,
        "total_score": round_.total_score,
        "settled_by": round_.settled_by,
        "settled_at": round_.settled_at,
    }


def _from_unplaced(round_: Round) -> list[dict[str, Any]]:
    return [
        {
            "round_id": round_.id,
            "person_id": left.person_id,
            "position": position,
            "rule": _from_reason(left.rule),
            "remedy": _from_reason(left.remedy) if left.remedy else None,
        }
        for position, left in enumerate(round_.unplaced)
    ]


def _from_decisions(round_: Round) -> list[dict[str, Any]]:
    return [
        {"round_id": round_.id, "mentor_id": mentor, "mentee_id": mentee, "decision": decision}
        for decision, pairs in (("forbidden", round_.forbidden), ("overridden", round_.overridden))
        for mentor, mentee in sorted(pairs)
    ]


def _to_reason(plain: dict[str, Any]) -> Reason:
    return Reason(code=plain["code"], args=plain["args"])


def _from_reason(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "args": dict(reason.args)}


def _to_proposal(rows: Sequence[Row[Any]]) -> Proposal:
    row = rows[0]
    return Proposal(
        id=row.id,
        round_id=row.round_id,
        cohort_id=row.cohort_id,
        format=row.format,
        topic_id=row.topic_id,
        score=row.score,
        reasons=tuple(map(_to_reason, row.reasons)),
        state=row.state,
        seats=tuple(
            ProposedSeat(
                person_id=seat.person_id,
                role=seat.role,
                asked_at=seat.asked_at,
                answer=seat.answer,
                answered_at=seat.answered_at,
            )
            for seat in rows
        ),
        locked=row.locked,
        expires_at=row.expires_at,
    )


def _from_proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "id": proposal.id,
        "round_id": proposal.round_id,
        "cohort_id": proposal.cohort_id,
        "format": proposal.format,
        "topic_id": proposal.topic_id,
        "score": proposal.score,
        "reasons": [_from_reason(reason) for reason in proposal.reasons],
        "state": proposal.state,
        "locked": proposal.locked,
        "expires_at": proposal.expires_at,
    }


def _from_seats(proposals: Iterable[Proposal]) -> list[dict[str, Any]]:
    return [
        {
            "proposal_id": proposal.id,
            "person_id": seat.person_id,
            "position": position,
            "role": seat.role,
            "asked_at": seat.asked_at,
            "answer": seat.answer,
            "answered_at": seat.answered_at,
        }
        for proposal in proposals
        for position, seat in enumerate(proposal.seats)
    ]
