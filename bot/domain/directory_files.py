"""The HR directory as companies export it: reading the file, judging every line, and what importing it would change.

Exports differ: comma, semicolon or tab; UTF-8 with or without its mark, UTF-16 with it, or Windows-1252; headers in
French or English, in any order and case; thousands of lines with some wrong.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter

from babel import Locale

from bot.domain.desk import Clashing
from bot.domain.people import DirectoryEntry
from bot.domain.writing import cleaned
from bot.errors import N_, ColumnsMissing, FileTooLarge, NoLines, NotText, Terms, TooLong

LARGEST_FILE = 20_000_000
"""Bytes; about a hundred thousand people."""
LONGEST_CELL = 200
LONGEST_HEADER = 10_000
LONGEST_RECORD = 10
"""Lines one record may span. A quote that nobody closed would otherwise take in the rest of the file."""


class Fault(StrEnum):
    """Why a line was rejected."""

    UNREADABLE = "unreadable"
    """A quote is not closed, or there are more cells than headers."""
    TOO_LONG = "too_long"
    NO_EMAIL = "no_email"
    BAD_EMAIL = "bad_email"
    DUPLICATE_EMAIL = "duplicate_email"
    BAD_MANAGER = "bad_manager"
    """The manager is not given by e-mail."""
    OWN_MANAGER = "own_manager"
    UNKNOWN_MANAGER = "unknown_manager"
    MANAGER_REJECTED = "manager_rejected"
    """The line is right, but not its manager's: without it the reporting line would have a gap."""
    CYCLE = "cycle"
    """Following the managers leads back to the same person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A line left out. ``line`` counts from 1, headers included; ``about`` is the value that is wrong.

    ``other`` is the line that it disagrees with, if there is one.
    """

    line: int
    fault: Fault
    about: str = ""
    other: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryFile:
    """A file as read: its good lines by e-mail, the others, and on which line each e-mail was first somebody's own."""

    entries: Mapping[str, DirectoryEntry]
    rejected: tuple[Rejected, ...]
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What importing a file changes. ``left`` are those the directory knew and the file does not mention."""

    added: tuple[DirectoryEntry, ...]
    changed: tuple[DirectoryEntry, ...]
    unchanged: int
    left: tuple[DirectoryEntry, ...]
    rejected: tuple[Rejected, ...]

    @property
    def changes(self) -> bool:
        """True where there is anything to change."""
        return bool(self.added or self.changed or self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """An import, and what it means for the programme.

    ``staying`` (Slack user ids) are not in the file, take part, and keep their entries; ``withdrawn`` counts the
    proposals that the directory forbids now; ``clashing`` are paired, and would not be paired any more. ``before`` is
    the :func:`fingerprint` of the directory that the plan is for.
    """

    plan: ImportPlan
    before: str
    staying: tuple[str, ...] = ()
    withdrawn: int = 0
    clashing: tuple[Clashing, ...] = ()


def fingerprint(entries: Iterable[DirectoryEntry]) -> str:
    """Return what tells one directory from another, whatever the order of its *entries*."""
    cells = attrgetter(*(field.name for field in fields(DirectoryEntry)))
    lines = [cells(one) for one in sorted(entries, key=attrgetter("email"))]
    return hashlib.sha256(json.dumps(lines, default=sorted).encode()).hexdigest()


def plan_import(file: DirectoryFile, known: Iterable[DirectoryEntry]) -> ImportPlan:
    """Return what importing *file* into a directory of *known* entries would change.

    Every reporting line must lead to its top: a line whose manager is unknown, or whose manager's line was rejected,
    is rejected too, since a gap would let people of one line be paired. Whoever's line is rejected keeps the entry
    they had.
    """
    before = {entry.email: entry for entry in known}
    good = dict(file.entries)
    kept = {email: before[email] for email in file.lines if email not in good and email in before}
    rejected = list(file.rejected)
    # An old entry that comes back in the place of a rejected line may close a circle: asked again until all stands.
    while faults := _broken(good, kept, before=before.keys(), mentioned=file.lines.keys()):
        for email, fault in faults.items():
            manager = good.pop(email).manager_email or ""
            rejected.append(Rejected(line=file.lines[email], fault=fault, about=manager, other=file.lines.get(manager)))
            if email in before:
                kept[email] = before[email]
    return ImportPlan(
        added=tuple(entry for email, entry in good.items() if email not in before),
        changed=tuple(entry for email, entry in good.items() if email in before and before[email] != entry),
        unchanged=sum(before.get(email) == entry for email, entry in good.items()),
        left=tuple(entry for email, entry in before.items() if email not in file.lines),
        rejected=tuple(sorted(rejected, key=lambda one: one.line)),
    )


def _broken(
    good: Mapping[str, DirectoryEntry], kept: Mapping[str, DirectoryEntry], *, before: Set[str], mentioned: Set[str]
) -> dict[str, Fault]:
    """Return e-mail → fault of every good line whose managers cannot be followed to the top."""
    managers = {email: entry.manager_email for email, entry in (*kept.items(), *good.items())}
    faults = {email: Fault.CYCLE for email in _in_circles(managers) if email in good}
    reports: defaultdict[str, list[str]] = defaultdict(list)
    for email, entry in good.items():
        if (manager := entry.manager_email) is None:
            continue
        reports[manager].append(email)
        if manager not in managers and email not in faults:
            faults[email] = Fault.MANAGER_REJECTED if manager in mentioned else Fault.UNKNOWN_MANAGER
    fallen = list(faults)
    while fallen:
        if (email := fallen.pop()) in before:
            continue
        for report in reports[email]:
            if report not in faults:
                faults[report] = Fault.MANAGER_REJECTED
                fallen.append(report)
    return faults


def _in_circles(managers: Mapping[str, str | None]) -> set[str]:
    """Return everybody who is their own manager's manager, at any distance."""
    seen: set[str] = set()
    circles: set[str] = set()
    for start in managers:
        path: dict[str, int] = {}
        at: str | None = start
        while at is not None and at in managers and at not in seen and at not in path:
            path[at] = len(path)
            at = managers[at]
        if at is not None and at in path:
            circles.update(list(path)[path[at] :])
        seen.update(path)
    return circles


def read_directory(content: bytes) -> DirectoryFile:
    """Read an exported file; raise ImportRefused when it cannot be read as a directory at all."""
    lines = _text(content).split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip() and not _SEPARATOR.fullmatch(line)), None)
    if first is None:
        raise NoLines
    if len(lines[first]) > LONGEST_HEADER:
        raise NotText
    delimiter, columns = max(
        ((one, _columns(next(csv.reader([lines[first]], delimiter=one), []))) for one in ";,\t|"),
        key=lambda found: len(found[1]),
    )
    if missing := [name for name in _REQUIRED if name not in columns and not (name == "name" and "last" in columns)]:
        raise ColumnsMissing(missing=Terms(_REQUIRED[one] for one in missing))
    width = len(next(csv.reader([lines[first]], delimiter=delimiter)))
    reading = _Reading(columns=columns, width=width)
    for line, row in _records(lines, first + 1, delimiter):
        reading.take(line, row)
    if not reading.entries and not reading.rejected:
        raise NoLines
    return DirectoryFile(entries=reading.entries, rejected=tuple(reading.rejected), lines=reading.lines)


class _Reading:
    """Rows becoming entries, one line after the other."""

    def __init__(self, *, columns: Mapping[str, int], width: int) -> None:
        self.entries: dict[str, DirectoryEntry] = {}
        self.rejected: list[Rejected] = []
        self.lines: dict[str, int] = {}
        self._columns = columns
        self._width = width

    def take(self, line: int, row: Sequence[str] | None) -> None:
        """Keep a row as an entry, or say why not; an empty row is nothing."""
        if row is None:
            self._reject(line, Fault.UNREADABLE)
            return
        if not any(cell.strip() for cell in row):
            return
        raw = {name: row[at] if at < len(row) else "" for name, at in self._columns.items()}
        try:
            cells = {name: _cell(text) for name, text in raw.items()}
        except TooLong:
            self._reject_row(line, Fault.TOO_LONG, raw)
        else:
            if any(cell.strip() for cell in row[self._width :]):
                self._reject_row(line, Fault.UNREADABLE, raw)
            else:
                self._judge(line, cells)

    def _reject_row(self, line: int, fault: Fault, raw: Mapping[str, str]) -> None:
        """Reject a row whose e-mail may still be told, so that its owner does not pass for somebody who left."""
        if _EMAIL.fullmatch(email := _email(raw["email"])):
            self.lines.setdefault(email, line)
        self._reject(line, fault)

    def _judge(self, line: int, cells: Mapping[str, str]) -> None:
        email, manager = _email(cells["email"]), _email(cells["manager"])
        if not email:
            self._reject(line, Fault.NO_EMAIL)
        elif not _EMAIL.fullmatch(email):
            self._reject(line, Fault.BAD_EMAIL, about=email)
        elif email in self.lines:
            self._reject(line, Fault.DUPLICATE_EMAIL, about=email, other=self.lines[email])
        else:
            self.lines[email] = line
            if manager and not _EMAIL.fullmatch(manager):
                self._reject(line, Fault.BAD_MANAGER, about=manager)
            elif manager == email:
                self._reject(line, Fault.OWN_MANAGER, about=email)
            else:
                self.entries[email] = _entry(cells, email=email, manager=manager or None)

    def _reject(self, line: int, fault: Fault, *, about: str = "", other: int | None = None) -> None:
        self.rejected.append(Rejected(line=line, fault=fault, about=about, other=other))


def _entry(cells: Mapping[str, str], *, email: str, manager: str | None) -> DirectoryEntry:
    country, region = _country(cells.get("country", ""))
    own_region = cells.get("region", "").upper()
    name = " ".join(filter(None, (cells.get("first"), cells.get("last")))) or cells.get("name", "")
    groups = (one.strip() for one in re.split(r"[,;|]", cells.get("groups", "")))
    return DirectoryEntry(
        email=email,
        name=name or email,
        manager_email=manager,
        department=cells.get("department") or None,
        team=cells.get("team") or None,
        site=cells.get("site") or None,
        country=country,
        region=own_region.rpartition("-")[2] or region,
        grade=cells.get("grade") or None,
        groups=frozenset(filter(None, groups)),
        hr_partner_email=cells.get("hr_partner", "").lower() or None,
    )


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise FileTooLarge(megabytes=LARGEST_FILE // 1_000_000)
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and not content.startswith(b"PK\x03\x04"):
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise NotText


def _records(lines: Sequence[str], start: int, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield (line number, cells), None instead of the cells of a record whose quote nobody closed."""
    at = start
    while at < len(lines):
        window = _Window(lines[at : at + LONGEST_RECORD])
        try:
            row = next(csv.reader(window, delimiter=delimiter), [])
        except csv.Error:
            row, window.overrun = [], True
        yield at + 1, None if window.overrun else row
        at += 1 if window.overrun else window.taken


class _Window:
    """The next few lines, which notes how many were taken, and whether more were wanted."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.taken = 0
        self.overrun = False
        self._lines = lines

    def __iter__(self) -> _Window:
        return self

    def __next__(self) -> str:
        if self.taken == len(self._lines):
            self.overrun = True
            raise StopIteration
        self.taken += 1
        return self._lines[self.taken - 1] + "\n"


_SEPARATOR = re.compile(r"\s*sep=.\s*", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s,;<>\"().]{2,}")
_REQUIRED = {"email": N_("e-mail"), "name": N_("name"), "manager": N_("manager")}
"""The columns no directory can do without, as the file may call them."""

_SAME_WORD = re.compile(r"\be[ _-]?mails?\b|\bmails?\b|\bcourriels?\b|\bmels?\b|\badresse electronique\b")
_FILLERS = frozenset(
    "de du des d l la le les the of s adresse address pro professionnel professionnelle work id".split()  # noqa: SIM905
)
_HEADERS: Mapping[frozenset[str], str] = {
    frozenset(words.split()): field
    for field, spellings in {
        "name": "name;nom;full name;nom complet;display name;nom prenom;nom et prenom;prenom et nom;employee;"
        "employee name;collaborateur;salarie;nom affiche",
        "first": "prenom;first name;given name;firstname",
        "last": "nom famille;last name;surname;family name;lastname;nom usage",
        "manager": "manager;responsable;superieur;superieur hierarchique;responsable hierarchique;n 1;n1;supervisor;"
        "line manager;reports to;manager direct",
        "department": "department;departement;dept;direction;business unit;division",
        "team": "team;equipe;service;unit;unite",
        "site": "site;location;lieu;lieu travail;office;bureau;etablissement;ville;city",
        "country": "country;pays;country region;pays region;country code;code pays",
        "region": "region;subdivision;state;code region",
        "grade": "grade;level;niveau;classification;job grade;band",
        "groups": "group;groups;groupe;groupes;comite;committee;committees",
        "hr_partner": "hr partner;hr business partner;hrbp;rrh;partenaire rh;responsable rh;correspondant rh;hr;rh;"
        "responsable ressources humaines",
    }.items()
    for words in spellings.split(";")
}


def _columns(headers: Sequence[str]) -> Mapping[str, int]:
    """Return field → column of the headers that are known; the first of two columns for one field counts."""
    found: dict[str, int] = {}
    for at, header in enumerate(headers):
        words = frozenset(re.findall(r"[a-z0-9]+", _SAME_WORD.sub(" email ", _unaccented(header)))) - _FILLERS
        field = "email" if words == {"email"} else _HEADERS.get(words - {"email"})
        if field is not None:
            found.setdefault(field, at)
    if "first" in found and "name" in found:
        found.setdefault("last", found.pop("name"))
    return found


def _unaccented(text: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    decomposed = unicodedata.normalize("NFKD", spaced.lower().replace("_", " "))
    return "".join(one for one in decomposed if not unicodedata.combining(one))


def _cell(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        text = cleaned(text)
    text = " ".join(text.split())
    if len(text) > LONGEST_CELL:
        raise TooLong(limit=LONGEST_CELL)
    return text


def _email(text: str) -> str:
    return text.strip().lower().removeprefix("mailto:").strip("<> ")


def _country(text: str) -> tuple[str | None, str | None]:
    """Read ``FR``, ``FR-57`` or a country's name in French or English; (None, None) for anything else."""
    code, _, region = text.upper().replace("/", "-").partition("-")
    code = code.strip()
    if len(code) == 2 and code.isascii() and code.isalpha():
        return {"UK": "GB"}.get(code, code), region.strip() or None
    return _country_codes().get(_unaccented(text).strip()), None


@lru_cache(maxsize=1)
def _country_codes() -> Mapping[str, str]:
    return {
        _unaccented(name): code
        for language in ("en", "fr")
        for code, name in Locale(language).territories.items()
        if len(code) == 2
    }
