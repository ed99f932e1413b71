"""The timetable: a few ticks, each calling one service. What is due when is in the database, nothing is kept here."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from bot.domain.outbox import Lane
from bot.ports import Clock
from bot.services import Services
from bot.services.delivery import DeliveryService, where_raised

logger = logging.getLogger(__name__)

MESSAGES = (Lane.NUDGES, Lane.LETTERS)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Something done again and again: ``run`` does what is due at an instant, ``next_due`` tells when more will be.

    What ``run`` leaves due is done at the next round, an ``interval`` later.
    """

    name: str
    interval: timedelta
    run: Callable[[datetime], object]
    next_due: Callable[[datetime], datetime | None]
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)


class Timetable:
    """Calls the services at their times: in the background, or step by step on a clock that somebody moves.

    >>> timetable = Timetable(services, delivery, clock)
    >>> timetable.start()
    >>> timetable.stop()
    """

    def __init__(self, services: Services, delivery: DeliveryService, clock: Clock) -> None:
        self.clock = clock
        self.delivery = delivery
        self.every_minute: tuple[Tick, ...] = (
            Tick(
                name="proposals.expire_due",
                interval=MINUTE,
                run=services.proposals.expire_due,
                next_due=lambda _: services.proposals.next_expiry(),
            ),
            Tick(
                name="enrolment.resume_due",
                interval=MINUTE,
                run=services.enrolment.resume_due,
                next_due=lambda _: services.enrolment.next_resume(),
            ),
            Tick(
                name="sessions.unconfirm_due",
                interval=MINUTE,
                run=services.sessions.unconfirm_due,
                next_due=lambda _: services.sessions.next_unconfirm(),
            ),
            Tick(
                name="pairings.close_due",
                interval=MINUTE,
                run=services.pairings.close_due,
                next_due=lambda _: services.pairings.next_close(),
            ),
            Tick(
                name="digests.post_due",
                interval=MINUTE,
                run=services.digests.post_due,
                next_due=lambda _: services.digests.next_post(),
            ),
            Tick(
                name="nudging.queue_due",
                interval=MINUTE,
                run=services.nudging.queue_due,
                next_due=services.nudging.next_due,
            ),
        )
        self.every_second: tuple[Tick, ...] = (
            Tick(
                name="delivery.deliver",
                interval=SECOND,
                run=lambda _: delivery.deliver(*MESSAGES),
                next_due=lambda now: delivery.next_due(now, *MESSAGES),
            ),
        )
        self.aside: tuple[Tick, ...] = (
            Tick(
                name="delivery.draw_homes",
                interval=SECOND,
                run=lambda _: delivery.deliver(Lane.HOMES),
                next_due=lambda now: delivery.next_due(now, Lane.HOMES),
            ),
        )
        """Every second too, but on a thread of its own: a Home tab that is slow to draw holds no message up."""
        self._scheduler: BackgroundScheduler | None = None

    def tick(self) -> None:
        """Do everything that is due now, once: what makes messages first, then their delivery."""
        for ticks in self._all:
            self._run(ticks)

    def next_due(self) -> datetime | None:
        """Return when a tick will next have something to do, pace included: always later than now."""
        now = self.clock.now()
        dues = [
            due if due > now else now + tick.interval
            for ticks in self._all
            for tick in ticks
            if (due := tick.next_due(now)) is not None
        ]
        return min(dues, default=None)

    def run_until(self, moment: datetime, move_to: Callable[[datetime], None]) -> None:
        """Move the clock to *moment* by *move_to*, stopping on the way wherever something is due."""
        while (due := self.next_due()) is not None and due <= moment:
            move_to(due)
            self.tick()
        move_to(moment)
        self.tick()

    def start(self) -> None:
        """Tick in the background from now on."""
        # It tells of every run, which would be most of the log.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        for ticks in self._all:
            scheduler.add_job(
                self._run,
                "interval",
                [ticks],
                seconds=ticks[0].interval.total_seconds(),
                next_run_time=datetime.now(UTC),
                id=ticks[0].name,
            )
        scheduler.start()
        self._scheduler = scheduler

    def hold(self) -> None:
        """Let no message begin to go any more; those not yet under way are given back."""
        try:
            self.delivery.stop()
        except Exception as error:  # noqa: BLE001 - their leases end by themselves
            _note_failure("delivery.stop", error)

    def stop(self) -> None:
        """Stop ticking; returns once the ticks under way have ended."""
        self.hold()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None

    @property
    def _all(self) -> tuple[tuple[Tick, ...], ...]:
        return self.every_minute, self.every_second, self.aside

    def _run(self, ticks: tuple[Tick, ...]) -> None:
        for tick in ticks:
            with tick.one_at_a_time:
                try:
                    tick.run(self.clock.now())
                except Exception as error:  # noqa: BLE001 - the next round finds everything still due
                    _note_failure(tick.name, error)


def _note_failure(what: str, error: Exception) -> None:
    logger.error("tick %s failed: %s, %s", what, type(error).__name__, where_raised(error))
