"""How long `/tandem log …` takes to be answered over Socket Mode, against bare Bolt apps that keep one row."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.programs import PEERS, ROOT, TANDEM, ProgramFailedError, running
from benchmarks.report import Comparison
from bot.domain.cohorts import Cohort, CohortState, Format
from bot.domain.ids import new_id
from bot.domain.pairings import Pairing, PairingState, Seat
from bot.domain.participants import HALF_DAYS, Participant, ParticipantState, Place, Profile
from bot.domain.people import Person, Role
from playground import Playground
from playground.company import sample_company
from storage import open_storage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.ports import UnitOfWork
    from playground.company import Member

BARE = (sys.executable, str(PEERS / "bare_commands.py"))
PLAIN = "bare app"
PEER_ARGUMENTS = {PLAIN: "plain", "bare app, write-ahead log": "sqlite3", "bare app, SQLAlchemy": "sqlalchemy"}
PROMISED = 1.5
A_TURN = 50  # commands one program answers before the other has its turn
METHOD = f"""\
One mentor after another types `/tandem log @mentee 45m tried advanced search`, each once, in a playground that holds
them all. A round trip begins when Slack's side sends the envelope and ends when it holds the ack. Tandem logs the
session at once: before the ack it is on disk, with the messages and nudges that follow from it, in six tables. The bare
app is Bolt with `process_before_response=True` and one row committed to SQLite: as SQLite comes, with a write-ahead log
and `synchronous=FULL` as Tandem has them, and by one of SQLAlchemy's sessions on that. All run all the while and take
turns of {A_TURN} commands; one turn each does not count. We promise at most {PROMISED} × the bare
app as it comes; the other two show what is left to gain."""


def compare(*, rounds: int) -> list[Comparison]:
    """Let all programs answer *rounds* turns of commands, after one turn that does not count."""
    with ExitStack() as running_programs:
        pairings = (rounds + 1) * A_TURN
        tandem = running_programs.enter_context(_contestant(TANDEM, pairings, in_programme=True))
        peers = {
            name: running_programs.enter_context(_contestant((*BARE, how), pairings, in_programme=False))
            for name, how in PEER_ARGUMENTS.items()
        }
        taken: dict[_Contestant, list[float]] = {one: [] for one in (tandem, *peers.values())}
        for contestant in taken:
            contestant.turn()
        for _ in range(rounds):
            for contestant, milliseconds in taken.items():
                milliseconds.extend(contestant.turn())
    return [
        Comparison(
            what="`/tandem log …`",
            unit="ms",
            ours=taken[tandem],
            peer=name,
            peers=taken[peer],
            promised=PROMISED if name == PLAIN else None,
        )
        for name, peer in peers.items()
    ]


class _Contestant:
    """A running program, and the mentors who type commands to it."""

    def __init__(self, playground: Playground, couples: list[tuple[Member, Member]], *, says: str) -> None:
        self._playground = playground
        self._says = says
        self._couples = iter(couples)

    def turn(self) -> list[float]:
        """Have the next commands answered; return the milliseconds each took."""
        return [self._log(mentor, mentee) for mentor, mentee in islice(self._couples, A_TURN)]

    def _log(self, mentor: Member, mentee: Member) -> float:
        text = f"/tandem log @{mentee.username} 45m tried advanced search"
        reply = self._playground.person(mentor.user_id).slash(text)
        if not reply.acked:
            raise ProgramFailedError(f"A command was not answered: {reply.error}")
        if self._says not in str(reply.response):
            raise ProgramFailedError(f"A session was not logged: {reply.response}")
        return reply.seconds * 1000


@contextmanager
def _contestant(command: tuple[str, ...], pairings: int, *, in_programme: bool) -> Iterator[_Contestant]:
    """Run *command* beside a playground of its own; with *in_programme* its database knows the *pairings*."""
    company = sample_company(max(600, round(2.1 * pairings)))  # one in fifty is a guest
    people = [member for member in company.members if not member.guest]
    couples = list(zip(people[:pairings], people[pairings:], strict=False))
    with tempfile.TemporaryDirectory() as name, Playground(ROOT / "manifest.yml", company, page=False) as playground:
        folder = Path(name)
        if in_programme:
            _pair(f"sqlite:///{folder / 'tandem.db'}", couples, team_id=playground.workspace.team_id)
        with running(command, playground, folder):
            yield _Contestant(playground, couples, says="open_pulse" if in_programme else "")


def _pair(database_url: str, couples: list[tuple[Member, Member]], *, team_id: str) -> None:
    """Make the database of a programme in which each couple, mentor first, has just been introduced."""
    now = datetime.now(UTC) - timedelta(days=1)
    cohort = Cohort(
        id=new_id(),
        name="Benchmark",
        state=CohortState.OPEN,
        enrol_until=now.date(),
        starts_on=now.date(),
        ends_on=now.date() + timedelta(weeks=8),
    )
    with closing(open_storage(database_url)) as storage:
        storage.migrate()
        with storage.begin() as uow:
            topic = uow.topics.all()[0].id
            uow.cohorts.add(cohort)
            for couple in couples:
                seats = tuple(
                    Seat(person_id=_enrol(uow, member, role, cohort, team_id=team_id, now=now), role=role)
                    for member, role in zip(couple, (Role.MENTOR, Role.MENTEE), strict=True)
                )
                uow.pairings.add(
                    Pairing(
                        id=new_id(),
                        cohort_id=cohort.id,
                        proposal_id=None,
                        format=Format.PATH,
                        topic_id=topic,
                        state=PairingState.ACTIVE,
                        seats=seats,
                        introduced_at=now,
                    )
                )
            uow.commit()


def _enrol(uow: UnitOfWork, member: Member, role: Role, cohort: Cohort, *, team_id: str, now: datetime) -> str:
    """Enrol *member* in *role* and return their person id."""
    person = Person(
        id=new_id(),
        enterprise_id=None,
        team_id=team_id,
        user_id=member.user_id,
        name=member.real_name,
        email=member.email,
        language=member.locale[:2],
        tz=member.tz,
        is_guest=False,
        is_deactivated=False,
        created_at=now,
    )
    profile = Profile(
        roles=frozenset({role}),
        languages=frozenset({"en", "fr"}),
        formats=frozenset({Format.PATH}),
        place=Place.EITHER,
        half_days=frozenset(HALF_DAYS),
    )
    uow.people.add(person)
    uow.participants.put(
        Participant(
            person_id=person.id, cohort_id=cohort.id, profile=profile, state=ParticipantState.ACTIVE, joined_at=now
        )
    )
    return person.id
