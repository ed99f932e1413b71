"""The programme lead of a rehearsal: imports the directory, opens the cohort, draws the rounds, posts digests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from playground.company import Member
from playground.errors import CannotDoThat
from playground.rehearsal import screens
from playground.rehearsal.screens import Kind
from playground.rehearsal.temper import acts_at
from playground.rehearsal.world import World

_ROUND_EVERY = timedelta(weeks=1)
_LAST_ROUND_BEFORE_END = timedelta(weeks=2)
_TOLD_WITHIN = timedelta(days=1)
_MORNING = time(10)


class Lead:
    """What the lead does is settled beforehand; `prepare` puts it on the agenda."""

    def __init__(self, member: Member, world: World, *, channel: str, starts_on: date, ends_on: date) -> None:
        self.member = member
        self._world = world
        self._person = world.playground.person(member.user_id)
        self._channel = channel
        self._starts_on = starts_on
        self._ends_on = ends_on

    def prepare(self) -> None:
        """Put the whole cohort on the agenda: import and opening today, a round a week from the start, two digests."""
        self._note(self._world.now, self._open)
        start = self._morning(self._starts_on)
        last = self._morning(self._ends_on) - _LAST_ROUND_BEFORE_END
        moment = start
        while moment <= last:
            self._note(moment, self._pair)
            moment += _ROUND_EVERY
        self._note(start + timedelta(weeks=4, hours=1), self._digest)
        self._note(self._morning(self._ends_on) - timedelta(days=3), self._digest)

    def _open(self) -> None:
        self._do("import", lambda: screens.import_directory(self._person, self._world.company))
        self._do(
            "cohort",
            lambda: screens.open_cohort(self._person, starts_on=self._starts_on, ends_on=self._ends_on),
        )

    def _pair(self) -> None:
        """Draft, review and publish a round; everyone it leaves waiting must be told so, everyone else asked."""
        waiting = [one for one in self._world.volunteers.values() if one.waiting and not one.is_away]
        if not waiting:
            return
        if self._do("round", lambda: screens.publish_round(self._person)):
            for volunteer in waiting:
                self._world.owe(
                    volunteer.id,
                    [Kind.PROPOSAL, Kind.UNSERVED],
                    because="a round was published while they were waiting",
                    within=_TOLD_WITHIN,
                )

    def _digest(self) -> None:
        if self._do("digest", lambda: screens.post_digest(self._person, self._channel)):
            self._world.owe(self._channel, [Kind.DIGEST], because="the lead posted a digest")

    def _do(self, what: str, act: Callable[[], None]) -> bool:
        try:
            act()
        except screens.Refused as refusal:
            self._world.refused.append(f"{self._world.now:%d %b %H:%M} the lead, {what}: {refusal}")
        except (screens.NoAnswer, CannotDoThat) as failure:
            self._world.failures.append(f"{self._world.now:%d %b %H:%M} the lead, {what}: {failure}")
        else:
            return True
        return False

    def _note(self, at: datetime, act: Callable[[], None]) -> None:
        self._world.agenda.note(acts_at(at, self.member, 0), act)

    def _morning(self, day: date) -> datetime:
        return datetime.combine(day, _MORNING, ZoneInfo(self.member.tz))
