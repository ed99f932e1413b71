"""How people differ: who answers at once, who forgets, who goes quiet, who leaves."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from playground.company import Member
from playground.rehearsal.judge import is_working_day

_DAY_BEGINS, _DAY_ENDS = time(8, 30), time(18, 30)
# People look at their messages now and then; many at the same moment also makes a better test.
_GRAIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """One way of being; the chances are of doing a thing each time there is a reason to.

    `share` is how many in a hundred are like that. `hours` is the usual delay before an answer, in hours awake at
    work. `begins` is the chance of planning or logging unasked, `heeds` of acting upon a nudge. After
    `quiet_after` sessions somebody no longer does anything; after `leaves_after` they leave, saying so.
    """

    name: str
    share: int
    hours: float
    accepts: float
    begins: float
    heeds: float
    gives_pulse: float
    cancels: float
    pauses: float = 0.02
    quiet_after: int | None = None
    leaves_after: int | None = None


PROMPT = Temper(
    name="prompt", share=45, hours=2, accepts=0.98, begins=0.95, heeds=0.95, gives_pulse=0.9, cancels=0.03
)  # fmt: skip
SLOW = Temper(
    name="slow", share=29, hours=9, accepts=0.96, begins=0.7, heeds=0.85, gives_pulse=0.6, cancels=0.06
)  # fmt: skip
FORGETFUL = Temper(
    name="forgetful", share=17, hours=5, accepts=0.95, begins=0.3, heeds=0.7, gives_pulse=0.3, cancels=0.1
)  # fmt: skip
GOES_QUIET = Temper(
    name="goes quiet", share=6, hours=4, accepts=0.97, begins=0.8, heeds=0.8, gives_pulse=0.5, cancels=0.05,
    quiet_after=1,
)  # fmt: skip
LEAVES = Temper(
    name="leaves", share=3, hours=3, accepts=0.97, begins=0.9, heeds=0.9, gives_pulse=0.7, cancels=0.05,
    leaves_after=1,
)  # fmt: skip
TEMPERS = (PROMPT, SLOW, FORGETFUL, GOES_QUIET, LEAVES)


def a_temper(chance: random.Random) -> Temper:
    """Return a temper, each as often as its share."""
    return chance.choices(TEMPERS, weights=[temper.share for temper in TEMPERS])[0]


def acts_at(moment: datetime, member: Member, hours: float) -> datetime:
    """Return when *member* has spent *hours* at work after *moment*, on the half-hour."""
    zone = ZoneInfo(member.tz)
    local = moment.astimezone(zone)
    left = timedelta(hours=hours)
    while True:
        begins = datetime.combine(local.date(), _DAY_BEGINS, zone)
        ends = datetime.combine(local.date(), _DAY_ENDS, zone)
        start = max(local, begins)
        if is_working_day(local.date(), member) and start + left < ends:
            return _next_grain(start + left)
        if is_working_day(local.date(), member) and start < ends:
            left -= ends - start
        local = datetime.combine(local.date() + timedelta(days=1), time(), zone)


def _next_grain(moment: datetime) -> datetime:
    grains = -(-moment.timestamp() // _GRAIN.total_seconds())
    return datetime.fromtimestamp(grains * _GRAIN.total_seconds(), tz=ZoneInfo("UTC"))
