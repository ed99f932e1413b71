"""The leads' settings: the policy on nudges, the switch that holds all of them back, and what would go this week."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.domain.access import Actor
from bot.domain.audit import AuditEntry
from bot.domain.forecast import AHEAD, Forecast, Stop, forecast
from bot.domain.nudges import Nudge, NudgeKind, NudgeState, after_asking, after_planning
from bot.domain.policy import MOST_A_WEEK, DaysOff, NudgePolicy, Settings
from bot.domain.sessions import HORIZON, Session
from bot.ports import UnitOfWork
from bot.services.base import NUDGE_POLICY, Programme, Service, policy_of, working_times
from bot.services.nudging import MOST_DUE
from bot.services.proposals import answer_until
from bot.services.weighing import STOPPED, foresee_all, stop_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsService(Service):
    """What leads decide for everybody."""

    def shown(self) -> Settings:
        """Return the settings as they stand."""
        with self.storage.read() as uow:
            return Settings(policy=policy_of(uow), stop=stop_shown(uow))

    def set_policy(
        self, actor: Actor, *, opens: time, closes: time, a_week: int, never: Collection[NudgeKind], now: datetime
    ) -> Settings:
        """Let nudges come so often, in these hours, without the kinds *never* sent; return the settings.

        Raises TooFewHours. What is beyond the limits that protect people is cut to them.
        """
        with self.storage.begin() as uow:
            policy = policy_of(uow).with_hours(opens, closes)
            policy = replace(policy, a_week=max(1, min(a_week, MOST_A_WEEK)), never=frozenset(never))
            return self._decided(uow, actor, policy, "nudge_policy", now=now)

    def add_days_off(self, actor: Actor, first: date, last: date, *, now: datetime) -> Settings:
        """Let no nudge come from *first* to *last*, nor count these days in any deadline; return the settings.

        They tell how many planned sessions fall on these days, which stay as they are. Raises DateInPast, DateTooFar,
        LastBeforeFirst or TooManyDaysOff.
        """
        with self.storage.begin() as uow:
            today = now.astimezone(ZoneInfo(actor.tz)).date()
            policy = policy_of(uow).with_days_off(first, last, today=today)
            falls_on = _planned_on(uow, self.programme, DaysOff(first=first, last=last), now=now)
            return replace(self._decided(uow, actor, policy, "days_off_added", now=now), falls_on=falls_on)

    def remove_days_off(self, actor: Actor, first: date, *, now: datetime) -> Settings:
        """Make the days off that begin on *first* days like any other; return the settings."""
        with self.storage.begin() as uow:
            return self._decided(uow, actor, policy_of(uow).without_days_off(first), "days_off_removed", now=now)

    def stop_nudges(self, actor: Actor, *, now: datetime) -> Stop:
        """Hold all nudges back, those in the outbox too, until somebody starts them again; return since when.

        Where somebody stopped them before, that stands.
        """
        with self.storage.begin() as uow:
            if (already := stop_shown(uow)) is not None:
                return already
            uow.settings.put(STOPPED, {"by": actor.person_id, "at": now.isoformat()})
            self._done(uow, actor, "nudges_stopped", now=now)
            uow.commit()
            return Stop(by=actor.user_id, at=now)

    def start_nudges(self, actor: Actor, *, now: datetime) -> None:
        """Let nudges go again. What has waited is weighed anew: what became pointless or too late never goes."""
        with self.storage.begin() as uow:
            if stop_of(uow) is None:
                return
            uow.settings.put(STOPPED, None)
            self._done(uow, actor, "nudges_started", now=now)
            uow.commit()

    def this_week(self, *, now: datetime) -> Forecast:
        """Return what would be sent within seven days as things stand, in numbers alone; nothing is sent or changed."""
        with self.storage.read() as uow:
            until = now + AHEAD
            # What is due in the week after holds its place in the budget already.
            planned = uow.nudges.due(until + AHEAD, limit=MOST_DUE)
            sent = foresee_all(uow, self.programme, planned, now=now, until=until)
            return forecast(sent, stop=stop_shown(uow))

    def _decided(self, uow: UnitOfWork, actor: Actor, policy: NudgePolicy, action: str, *, now: datetime) -> Settings:
        uow.settings.put(NUDGE_POLICY, policy.as_plain())
        count_anew(uow, self.programme, now=now)
        self._done(uow, actor, action, now=now)
        settings = Settings(policy=policy, stop=stop_shown(uow))
        uow.commit()
        return settings

    def _done(self, uow: UnitOfWork, actor: Actor, action: str, *, now: datetime) -> None:
        uow.audit.add(AuditEntry(at=now, person_id=actor.person_id, action=action, resource="", outcome="done"))


def _to_come(uow: UnitOfWork, *, now: datetime) -> list[Session]:
    return [one for one in uow.sessions.unconfirmed_by(now + HORIZON, limit=MOST_DUE) if one.starts_at > now]


def _planned_on(uow: UnitOfWork, programme: Programme, off: DaysOff, *, now: datetime) -> int:
    """Return how many sessions are planned for what was a working day, until now, of somebody who meets."""
    sessions = _to_come(uow, now=now)
    people = uow.people.get_many({person_id for one in sessions for person_id in one.person_ids})
    times = working_times(uow, programme, people.values())

    def is_hit(session: Session) -> bool:
        days = ((times[one], times[one].local(session.starts_at).date()) for one in session.person_ids)
        return any(off.first <= day <= off.last and hours.is_working_day(day) for hours, day in days)

    return sum(map(is_hit, sessions))


@contextmanager
def counted_anew(
    uow: UnitOfWork, programme: Programme, person_ids: Collection[str], *, now: datetime
) -> Iterator[None]:
    """Count anew for those of these people whose working time is another at the end: their zone, or their region."""
    before = working_times(uow, programme, uow.people.get_many(person_ids).values())
    yield
    after = working_times(uow, programme, uow.people.get_many(person_ids).values())
    if changed := {person_id for person_id, hours in after.items() if hours != before.get(person_id)}:
        count_anew(uow, programme, of=changed, now=now)


def count_anew(uow: UnitOfWork, programme: Programme, *, of: Set[str] | None = None, now: datetime) -> None:
    """Count working days anew where one more or less matters: open proposals, and reminders of sessions to come.

    Only what concerns the people *of* whom it is asked, everybody by default. All other nudges are put off when they
    are due. Nobody gets less time for an answer than they were told.
    """
    horizon = now + HORIZON
    proposals = [one for one in uow.rounds.expiring_by(horizon, limit=MOST_DUE) if one.waiting_for]
    sessions = _to_come(uow, now=now)
    if of is not None:
        proposals = [one for one in proposals if not of.isdisjoint(one.waiting_for)]
        sessions = [one for one in sessions if not of.isdisjoint(one.person_ids)]
    concerned = {person_id for one in proposals for person_id in one.waiting_for}
    concerned.update(person_id for one in sessions for person_id in one.person_ids)
    times = working_times(uow, programme, uow.people.get_many(concerned).values())
    planned: list[Nudge] = []
    for proposal in proposals:
        asked = [seat for seat in proposal.seats if seat.person_id in proposal.waiting_for]
        asked_at = max(seat.asked_at for seat in asked if seat.asked_at is not None)
        expires_at = answer_until(times, proposal.waiting_for, asked_at=asked_at)
        if proposal.expires_at is not None and expires_at > proposal.expires_at:
            proposal = replace(proposal, expires_at=expires_at)  # noqa: PLW2901 - the same one, with more time
            uow.rounds.save_proposal(proposal)
        planned += after_asking(proposal, proposal.waiting_for, times, now=asked_at)
    for session in sessions:
        planned += after_planning(session, times, now=now)
    _move(uow, planned, now=now)


def _move(uow: UnitOfWork, planned: Iterable[Nudge], *, now: datetime) -> None:
    """Let the nudges that still wait come when they are now *planned*; those that were sent or snoozed stay.

    None is moved into the past: one that was put off may have been in the outbox at that very time, under that key.
    """
    by_key = {(one.person_id, one.kind, one.period): one for one in planned if one.due_at > now}
    for nudge in uow.nudges.about({one.subject_id for one in by_key.values()}):
        anew = by_key.get((nudge.person_id, nudge.kind, nudge.period))
        if anew is not None and nudge.state is NudgeState.PENDING and nudge.due_at != anew.due_at:
            uow.nudges.save(replace(nudge, due_at=anew.due_at, useful_until=anew.useful_until))


def stop_shown(uow: UnitOfWork) -> Stop | None:
    """Return the stop as leads see it, by Slack user id."""
    stop = stop_of(uow)
    return stop and replace(stop, by=uow.people.get(stop.by).user_id)
