"""Tandem: wires everything and starts it. Without Slack tokens it opens the playground.

``python app.py`` runs it; ``doctor``, ``migrate``, ``import FILE``, ``backup FILE``, ``restore FILE`` and
``playground`` are for the operator. This is the only file that knows all the others.
"""

from __future__ import annotations

import gc

# Some hundred modules are about to make objects that stay for good: looking through them for garbage again and again is
# a tenth of the start.
gc.disable()

# ruff: noqa: E402
import argparse
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from urllib.error import URLError

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.error import BoltError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

import handlers
from bot.config import SLACK_API_URL, Config, ConfigError
from bot.domain.cohorts import Cohort, CohortForm, Format
from bot.domain.enrolment import MOST_TOPICS, EnrolmentForm
from bot.domain.participants import HALF_DAYS, Place
from bot.domain.people import Role, SlackUser
from bot.domain.topics import Level, Use
from bot.errors import ProgrammeError
from bot.locales import Texts
from bot.ports import Clock
from bot.scheduler import Timetable
from bot.services import Services
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from bot.services.directory import DirectoryService
from bot.slack.client import web_client
from bot.slack.directory import SlackDirectory
from bot.slack.messenger import SlackMessenger
from handlers import replies
from storage import SqlStorage, StorageError, open_storage

if TYPE_CHECKING:
    from playground.company import Company, Member

gc.freeze()
gc.enable()

logger = logging.getLogger("tandem")

ROOT = Path(__file__).parent
DATA = ROOT / "data"
LISTENERS = 20
"""Threads for listeners; with Bolt's five, the sixth slow one would time out."""
CLOCK_MAY_DIFFER_SECONDS = 5
LISTEN_EVERY_SECONDS, DEAD_AFTER_SECONDS = 5.0, 80.0
"""How often the connection is listened for, and how long it may be silent: pings go every ten seconds."""
ANSWER_WITHIN_SECONDS = 5
"""How long a stop waits for requests under way; Slack gives up on them after three."""
STOP_WITHIN_SECONDS = 9
"""How long it takes to end at the most; supervisors commonly kill after ten."""
MENTOR_UNDER, MENTEE_OVER = 33, 45
"""Ages of the playground's sample volunteers."""
RECEIVE_BUFFER = 65_536
"""With the Socket Mode client's 1,024 bytes, a large envelope ends in a RecursionError and the connection is lost."""


def _programme(config: Config) -> Programme:
    return Programme(
        leads=config.leads,
        channel=config.channel,
        language=config.language,
        tz=config.tz,
        country=config.country,
        region=config.region,
    )


def _hang_up(handler: SocketModeHandler) -> None:
    """Take nothing more, answer what is under way, and close the Socket Mode connection.

    The client alone would close it under requests that wait for their answer, and take seconds to notice.
    """
    client = handler.client
    client.auto_reconnect_enabled = False
    client.closed = True
    client.message_processor.event.set()
    client.enqueue_message("{}")  # It waits a second for a message; this one is nothing, and wakes it.
    client.message_processor.shutdown()  # type: ignore[no-untyped-call]
    answering = threading.Thread(target=client.message_workers.shutdown, daemon=True)
    answering.start()
    answering.join(ANSWER_WITHIN_SECONDS)
    session = client.current_session
    if session is not None and (connection := session.sock) is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    handler.close()  # type: ignore[no-untyped-call]


@contextmanager
def _tandem(config: Config, clock: Clock) -> Iterator[Tandem]:
    """Yield the bot over a migrated database, and close it whatever happens."""
    with closing(open_storage(config.database_url)) as storage:
        storage.migrate()
        with closing(Tandem(config, storage, clock)) as tandem:
            yield tandem


@contextmanager
def stop_signal() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set, or whoever gives up. From then on the process has seconds to end.

    Then it is ended, with status 1 if nobody told it to stop, whatever it waits for, be it work in other threads after
    the block. A message that Slack neither takes nor refuses keeps its lease, and whoever claims it next looks whether
    it arrived: as after a kill, nothing is lost.
    """
    stopped, told, ended = threading.Event(), threading.Event(), threading.Event()

    def stop(*_: object) -> None:
        told.set()
        stopped.set()

    def end_in_time() -> None:
        stopped.wait()
        if not ended.wait(STOP_WITHIN_SECONDS):
            logger.warning("ended with work under way after %d s", STOP_WITHIN_SECONDS)
            os._exit(0 if told.is_set() else 1)

    threading.Thread(target=end_in_time, name="end-in-time", daemon=True).start()
    previous = {one: signal.signal(one, stop) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopped
    finally:
        if not stopped.is_set():
            ended.set()
            stopped.set()
        for one, handler in previous.items():
            signal.signal(one, handler)


@contextmanager
def _port_named(name: str, port: int) -> Iterator[None]:
    """Turn a port that cannot be listened on into a ConfigError that says which setting it is."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{name} {port} cannot be listened on ({error.strerror}): set another") from error


class SystemClock:
    """The time it is."""

    def now(self) -> datetime:
        """Return the present instant, in UTC."""
        return datetime.now(UTC)


class Tandem:
    """The bot over one storage and one clock: listeners, services, ticks."""

    def __init__(self, config: Config, storage: SqlStorage, clock: Clock) -> None:
        self.config = config
        self.storage = storage
        self.clock = clock
        assert config.bot_token is not None, "without tokens the playground opens, and has its own"
        self.client = web_client(token=config.bot_token, base_url=config.slack_api_url)
        self.services = Services(
            storage=storage,
            programme=_programme(config),
            directory=SlackDirectory(client=self.client),
        )
        self.app = App(
            name="tandem",  # Without a name Bolt looks for one in the source of every module there is.
            client=self.client,
            signing_secret=config.signing_secret,
            process_before_response=True,
            listener_executor=ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener"),
        )
        handlers.register(self.app, self.services, clock)
        delivery = DeliveryService(
            storage=storage,
            programme=self.services.programme,
            messenger=SlackMessenger(client=self.client),
            clock=clock,
        )
        self.timetable = Timetable(self.services, delivery, clock)
        self._socket: SocketModeHandler | None = None
        self._heard_at = 0.0

    def connect(self) -> None:
        """Open the Socket Mode connection; returns once it is open."""
        assert self.config.app_token is not None, "Socket Mode needs SLACK_APP_TOKEN"
        self._socket = SocketModeHandler(
            self.app,
            self.config.app_token,
            web_client=WebClient(token=self.config.app_token, base_url=self.config.slack_api_url),
            receive_buffer_size=RECEIVE_BUFFER,
            concurrency=LISTENERS,
        )
        self._socket.connect()  # type: ignore[no-untyped-call]
        self._heard_at = time.time()

    def silent_for(self) -> float:
        """Return for how many seconds the Socket Mode connection has not answered a ping."""
        session = self._socket.client.current_session if self._socket else None
        heard = session.last_ping_pong_time if session is not None else None
        # A new connection that was never heard counts from when the last one was.
        self._heard_at = max(self._heard_at, heard or 0)
        return time.time() - self._heard_at

    def close(self) -> None:
        """Stop listening and ticking, and finish what is under way."""
        # First, since another replica takes what is typed from now on, while Slack may keep the ticks waiting.
        self.timetable.hold()
        if self._socket is not None:
            _hang_up(self._socket)
        self.timetable.stop()
        self.app.listener_runner.listener_executor.shutdown()
        replies.finish()


def run(config: Config) -> int:
    """Run against Slack until told to stop; return the exit status."""
    with stop_signal() as stopped, _tandem(config, SystemClock()) as tandem:
        if problem := tandem.storage.clock_problem(tandem.clock.now()):
            raise ConfigError(problem)
        return listen(tandem, stopped)


def listen(tandem: Tandem, stopped: threading.Event) -> int:
    """Listen and tick until *stopped*, over Socket Mode, or over HTTP without an app token; return the exit status.

    A connection can look alive for hours and be dead: one that answers no ping ends the program, so that whatever
    supervises it starts it anew.
    """
    config = tandem.config
    if config.app_token:
        tandem.connect()
        tandem.timetable.start()
        logger.info("connected to %s over Socket Mode", config.slack_api_url)
        while not stopped.wait(LISTEN_EVERY_SECONDS):
            if (silent := tandem.silent_for()) > DEAD_AFTER_SECONDS:
                logger.error("the Socket Mode connection has answered no ping for %d s: stopping", silent)
                stopped.set()
                return 1
    else:
        from handlers.http import serve  # Only here: Socket Mode needs no web server.

        tandem.timetable.start()
        with _port_named("PORT", config.port):
            serve(tandem.app, signing_secret=config.signing_secret or "", port=config.port, stopped=stopped)
    return 0


class SteppedClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        """Return the instant it was moved to."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Move to *moment*."""
        self._now = moment.astimezone(UTC)


def run_stepped(config: Config) -> None:
    """Run with a clock that only standard input moves, for rehearsals: one instant a line.

    The ticks due at each instant are run, then one JSON line answers when the next is wanted. End of input stops it.
    """
    if config.slack_api_url == SLACK_API_URL:
        raise ConfigError("--clock stdin is for rehearsals: with Slack itself the time is what it is")
    if not config.app_token:
        raise ConfigError("--clock stdin works over Socket Mode, which needs SLACK_BOT_TOKEN and SLACK_APP_TOKEN")
    clock = SteppedClock()
    with _tandem(config, clock) as tandem:
        tandem.connect()
        _answer(ready=True, next=tandem.timetable.next_due())
        for line in sys.stdin:
            try:
                moment = datetime.fromisoformat(line.strip())
            except ValueError as error:
                raise ConfigError(f"--clock stdin takes one instant a line, not {line.strip()!r}") from error
            clock.move_to(moment)
            tandem.timetable.tick()
            _answer(now=clock.now(), next=tandem.timetable.next_due())


def _answer(**said: object) -> None:
    plain = {key: one.isoformat() if isinstance(one, datetime) else one for key, one in said.items()}
    print(json.dumps(plain), flush=True)


def run_playground(config: Config) -> None:
    """Open a Slack workspace on this machine, with the bot in it and a cohort to join. Everything starts afresh."""
    # Only here: a bot that runs in Slack has no use for the playground.
    from playground import Clock as PlaygroundClock
    from playground import Playground
    from playground.company import sample_company

    # A proxy for the outside would also be asked for 127.0.0.1.
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        os.environ.pop(name, None)
    company = sample_company()
    place = Playground(ROOT / "manifest.yml", company, clock=PlaygroundClock(), port=config.playground_port)
    DATA.mkdir(exist_ok=True)
    database = DATA / "playground.db"
    lead = company.played_by("lead")
    with stop_signal() as stopped, ExitStack() as stack:
        with _port_named("PLAYGROUND_PORT", config.playground_port):
            place.start()
        stack.callback(place.stop)
        # Not before: another playground, which holds the port, would lose its data.
        for leftover in DATA.glob(f"{database.name}*"):
            leftover.unlink()
        here = replace(
            config,
            bot_token=place.bot_token,
            app_token=place.app_token,
            slack_api_url=place.api_url,
            database_url=f"sqlite:///{database}",
            leads=config.leads | {lead.user_id},
        )
        with _tandem(here, place.clock) as tandem:
            furnish(tandem.services, company, team_id=place.workspace.team_id, now=place.clock.now())
            tandem.connect()
            place.guide = {language: guide(company, Texts(language, here.tz)) for language in ("en", "fr")}
            # Real time goes on while ticks run, so that an instant to move to may be past by then.
            place.on_move = lambda moment: tandem.timetable.run_until(
                moment, lambda due: place.clock.move_by(max(due - place.clock.now(), timedelta(0)))
            )
            tandem.timetable.start()
            print(f"\nTandem's playground is open: {place.url}\n", *place.guide[here.language], sep="\n", flush=True)
            stopped.wait()


def furnish(services: Services, company: Company, *, team_id: str, now: datetime) -> None:
    """Give the playground a directory, an open cohort, and volunteers to be paired with."""
    from playground.company import directory_csv

    lead = company.played_by("lead")
    services.people.meet([_slack_user(member, team_id) for member in company.members], now=now)
    actor = services.people.actor(team_id=team_id, user_id=lead.user_id, now=now)
    services.imports.apply(actor, directory_csv(company), now=now)
    enrol_until, starts_on, ends_on = Cohort.default_dates(now.date())
    cohort = CohortForm(
        name="Printemps des usages", enrol_until=enrol_until, starts_on=starts_on, ends_on=ends_on, goal=50
    )
    services.cohorts.open(actor, cohort, now=now)
    chance = Random(1)  # noqa: S311 - the same sample at every start
    free = [one for one in company.members if one.user_id not in company.cast.values() and not one.guest]
    volunteers = [
        *((one, Role.MENTOR) for one in chance.sample([one for one in free if one.age < MENTOR_UNDER], 24)),
        *((one, Role.MENTEE) for one in chance.sample([one for one in free if one.age > MENTEE_OVER], 40)),
    ]
    with services.storage.read() as uow:
        topics = [topic.id for topic in uow.topics.all()]
    forms = [(member, _sample_form(member, role, topics, chance)) for member, role in volunteers]
    forms.append((company.played_by("mentor"), _form_for_anybody(topics)))
    for member, form in forms:
        services.enrolment.enrol(services.people.actor(team_id=team_id, user_id=member.user_id, now=now), form, now=now)


def _sample_form(member: Member, role: Role, topics: list[str], chance: Random) -> EnrolmentForm:
    chosen = chance.sample(topics, 3)
    own = "fr" if member.locale.startswith("fr") else "en"
    return EnrolmentForm(
        roles=frozenset({role}),
        languages=frozenset({own, "en"}) if chance.random() < 0.7 else frozenset({own}),
        formats=frozenset(Format),
        place=Place.EITHER,
        half_days=frozenset(chance.sample(HALF_DAYS, 4)),
        offers={topic: chance.choice(list(Level)) for topic in chosen} if role is Role.MENTOR else {},
        wants={topic: chance.choice([Use.NEVER, Use.TRIED]) for topic in chosen} if role is Role.MENTEE else {},
    )


def _form_for_anybody(topics: list[str]) -> EnrolmentForm:
    """Return the form of a mentor who suits most of those who join the playground: the first topics they are shown."""
    return EnrolmentForm(
        roles=frozenset({Role.MENTOR}),
        languages=frozenset({"fr", "en"}),
        formats=frozenset(Format),
        place=Place.EITHER,
        half_days=frozenset(HALF_DAYS),
        offers=dict.fromkeys(topics[:MOST_TOPICS], Level.OTHERS_ASK_ME),
    )


def _slack_user(member: Member, team_id: str) -> SlackUser:
    return SlackUser(
        enterprise_id=None, team_id=team_id, user_id=member.user_id, name=member.real_name, email=member.email,
        locale=member.locale, tz=member.tz, is_guest=member.guest,
    )  # fmt: skip


def guide(company: Company, t: Texts) -> list[str]:
    """Return what to try first in the playground."""
    lead, mentee = (company.played_by(part).real_name for part in ("lead", "mentee"))
    return [
        t("1. You are {mentee}. Open Tandem under Apps and type /tandem join.", mentee=mentee),
        t("2. Act as {lead}, a programme lead: type /tandem round, draft a round, review it, publish it.", lead=lead),
        t("3. As {mentee}, say yes to the proposal you got. Then act as the mentor it names, say yes too, and plan a "
          "session.", mentee=mentee),
        t("4. Move time by a day or a week with the bar at the top, and see who is nudged."),
        t("5. Type /tandem log @partner 45m what you tried, then, as {lead}, /tandem digest in #reverse-mentoring.",
          lead=lead),
    ]  # fmt: skip


def doctor(config: Config) -> int:
    """Check tokens, scopes, database and clock; say how to mend what is wrong; return 1 if anything is."""
    problems = list(_problems(config))
    for problem in problems:
        print(f"✗ {problem}")
    if not problems:
        print("✓ tokens, scopes, database and clock are as they should be")
    return 1 if problems else 0


def _problems(config: Config) -> Iterator[str]:
    with closing(open_storage(config.database_url)) as storage:
        check = storage.check()
        yield from check.problems
        if check.version is not None and (problem := storage.clock_problem(datetime.now(UTC))):
            yield problem
    if not config.has_slack:
        yield "SLACK_BOT_TOKEN is not set, so `python app.py` opens the playground: README.md says where to find it"
        return
    try:
        reply = WebClient(token=config.bot_token, base_url=config.slack_api_url).auth_test()
    except (SlackApiError, OSError) as error:
        yield f"Slack refused SLACK_BOT_TOKEN ({_why(error)}): install the app again and copy the Bot User OAuth Token"
        return
    granted = {scope.strip() for scope in str(reply.headers.get("x-oauth-scopes", "")).split(",")}
    if missing := sorted(_required_scopes() - granted):
        yield f"the bot lacks the scopes {', '.join(missing)}: update the app from manifest.yml and install it again"
    # Slack's Date header tells whole seconds.
    slack_now = (
        parsedate_to_datetime(str(reply.headers.get("date"))) if reply.headers.get("date") else datetime.now(UTC)
    )
    if abs(skew := (datetime.now(UTC) - slack_now).total_seconds()) > CLOCK_MAY_DIFFER_SECONDS:
        yield f"this machine's clock differs from Slack's by {skew:.0f} s: set it by NTP"
    if config.app_token:
        try:
            WebClient(token=config.app_token, base_url=config.slack_api_url).apps_connections_open(
                app_token=config.app_token
            )
        except (SlackApiError, OSError) as error:
            yield f"Slack refused SLACK_APP_TOKEN ({_why(error)}): make one with connections:write at Basic Information"


def _why(error: SlackApiError | OSError) -> str:
    """Return Slack's code for what it refused, or why it could not be asked: the rest is the whole answer."""
    if isinstance(error, SlackApiError):
        return str(error.response.get("error", "an answer that is not Slack's"))
    return str(getattr(error, "reason", error))


def _required_scopes() -> set[str]:
    import yaml  # Only here and in the playground.

    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    return set(manifest["oauth_config"]["scopes"]["bot"])


def import_directory(config: Config, path: Path) -> None:
    """Import the HR directory from *path*: apply all the good lines, and say which were left out and why."""
    with closing(open_storage(config.database_url)) as storage:
        storage.migrate()
        imports = DirectoryService(storage=storage, programme=_programme(config))
        imported = imports.apply(None, path.read_bytes(), now=datetime.now(UTC))
    plan = imported.plan
    print(f"{len(plan.added)} added, {len(plan.changed)} changed, {len(plan.left)} left, {plan.unchanged} unchanged")
    if imported.withdrawn or imported.clashing or imported.staying:
        print(
            f"{imported.withdrawn} open proposals withdrawn, {len(imported.clashing)} pairs it would keep apart by now,"
            f" {len(imported.staying)} people who are not in it take part in the programme: see /tandem desk"
        )
    for one in plan.rejected:
        print(f"line {one.line} left out: {one.fault} {one.about}".rstrip())


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(prog="python app.py", description="Tandem, reverse mentoring in Slack.")
    parser.add_argument("--verbose", action="store_true", help="log more")
    commands = parser.add_subparsers(dest="command")
    running = commands.add_parser("run", help="run the bot (the default); without Slack tokens, the playground")
    running.add_argument("--clock", choices=["system", "stdin"], default="system", help=argparse.SUPPRESS)
    commands.add_parser("playground", help="open the playground even when there are Slack tokens")
    commands.add_parser("doctor", help="check tokens, scopes, database and clock")
    commands.add_parser("migrate", help="bring the database up to date")
    for name, purpose in (
        ("backup", "write a verified copy of the database"),
        ("restore", "put a backup in place of the database"),
        ("import", "import the HR directory (CSV)"),
    ):
        commands.add_parser(name, help=purpose).add_argument("file", type=Path)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if chosen.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logger.setLevel(logging.INFO)
    try:
        config = Config.load()
    except ConfigError as error:
        return _give_up(str(error))
    try:
        return _do(chosen, config)
    except ProgrammeError as error:
        return _give_up(Texts(config.language, config.tz)(error.sentence, **error.params))
    except (ConfigError, StorageError) as error:
        return _give_up(str(error))
    except (BoltError, SlackApiError):
        return _give_up("Slack refused the tokens: `python app.py doctor` says which, and how to mend it")
    except URLError as error:
        return _give_up(f"Slack cannot be reached at {config.slack_api_url}: {error.reason}")
    except OSError as error:
        return _give_up(": ".join(str(one) for one in (error.filename, error.strerror or error) if one))


def _give_up(sentence: str) -> int:
    print(f"Tandem: {sentence}", file=sys.stderr)
    return 2


def _do(chosen: argparse.Namespace, config: Config) -> int:
    match chosen.command or "run":
        case "run" if getattr(chosen, "clock", "system") == "stdin":
            run_stepped(config)
        case "run" if config.has_slack:
            return run(config)
        case "run" | "playground":
            run_playground(config)
        case "doctor":
            return doctor(config)
        case "import":
            import_directory(config, chosen.file)
        case on_storage:
            with closing(open_storage(config.database_url)) as storage:
                match on_storage:
                    case "migrate":
                        storage.migrate()
                    case "backup":
                        print(storage.backup(chosen.file))
                    case "restore":
                        print(storage.restore(chosen.file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
