"""People and the company's directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from bot.domain.participants import ParticipantState
from bot.domain.people import DirectoryEntry, Person
from storage.statements import found, insert_or_replace, rows_in, saved
from storage.tables import DirectoryRow, ParticipantRow, PersonRow

_GET = select(PersonRow).where(PersonRow.id == bindparam("id"))
_GET_MANY = select(PersonRow).where(PersonRow.id.in_(bindparam("values", expanding=True)))
_BY_USER_ID = select(PersonRow).where(
    PersonRow.team_id == bindparam("team_id"), PersonRow.user_id == bindparam("user_id")
)
_BY_USER_IDS = select(PersonRow).where(
    PersonRow.team_id == bindparam("team_id"), PersonRow.user_id.in_(bindparam("values", expanding=True))
)
_ACTING = (
    select(PersonRow, ParticipantRow.state.label("enrolment"))
    .outerjoin(ParticipantRow, ParticipantRow.person_id == PersonRow.id)
    .where(PersonRow.team_id == bindparam("team_id"), PersonRow.user_id == bindparam("user_id"))
)
# An account closed and opened again keeps its e-mail: the one in use is meant, else the newest.
_BY_EMAILS = (
    select(PersonRow)
    .where(PersonRow.email_key.in_(bindparam("values", expanding=True)))
    .order_by(PersonRow.is_deactivated.desc(), PersonRow.created_at, PersonRow.id.desc())
)
"""Of several with one e-mail the last is whom :data:`_BY_EMAIL` finds."""
_BY_EMAIL = (
    select(PersonRow)
    .where(PersonRow.email_key == bindparam("email_key"))
    .order_by(PersonRow.is_deactivated, PersonRow.created_at.desc(), PersonRow.id)
    .limit(1)
)
_ADD = insert(PersonRow)
_SAVE = update(PersonRow).where(PersonRow.id == bindparam("person_id"))

_ENTRY = select(DirectoryRow).where(DirectoryRow.email == bindparam("email"))
_ENTRIES_AMONG = select(DirectoryRow).where(DirectoryRow.email.in_(bindparam("values", expanding=True)))
_ENTRIES = select(DirectoryRow).order_by(DirectoryRow.email)
_MANAGERS = select(DirectoryRow.email, DirectoryRow.manager_email)
_REMOVE_ENTRY = delete(DirectoryRow).where(DirectoryRow.email == bindparam("gone"))


class SqlPeople:
    """``bot.ports.People``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, person_id: str) -> Person:
        return _to_person(found(self._connection.execute(_GET, {"id": person_id}).one_or_none()))

    def get_many(self, person_ids: Iterable[str]) -> Mapping[str, Person]:
        return {row.id: _to_person(row) for row in rows_in(self._connection, _GET_MANY, person_ids)}

    def by_user_id(self, team_id: str, user_id: str) -> Person | None:
        row = self._connection.execute(_BY_USER_ID, {"team_id": team_id, "user_id": user_id}).one_or_none()
        return _to_person(row) if row else None

    def by_user_ids(self, team_id: str, user_ids: Iterable[str]) -> Mapping[str, Person]:
        rows = rows_in(self._connection, _BY_USER_IDS, user_ids, team_id=team_id)
        return {row.user_id: _to_person(row) for row in rows}

    def acting(self, team_id: str, user_id: str) -> tuple[Person, ParticipantState | None] | None:
        row = self._connection.execute(_ACTING, {"team_id": team_id, "user_id": user_id}).one_or_none()
        return (_to_person(row), row.enrolment) if row else None

    def by_emails(self, emails: Iterable[str]) -> Mapping[str, Person]:
        rows = rows_in(self._connection, _BY_EMAILS, [email.lower() for email in emails])
        return {row.email_key: _to_person(row) for row in rows}

    def by_email(self, email: str) -> Person | None:
        row = self._connection.execute(_BY_EMAIL, {"email_key": email.lower()}).one_or_none()
        return _to_person(row) if row else None

    def add(self, person: Person) -> None:
        self._connection.execute(_ADD, _from_person(person))

    def save(self, person: Person) -> None:
        saved(self._connection.execute(_SAVE, {"person_id": person.id, **_from_person(person)}))


class SqlDirectoryEntries:
    """``bot.ports.DirectoryEntries``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, email: str) -> DirectoryEntry | None:
        row = self._connection.execute(_ENTRY, {"email": email}).one_or_none()
        return _to_entry(row) if row else None

    def get_many(self, emails: Iterable[str]) -> Mapping[str, DirectoryEntry]:
        return {row.email: _to_entry(row) for row in rows_in(self._connection, _ENTRIES_AMONG, emails)}

    def all(self) -> Sequence[DirectoryEntry]:
        return [_to_entry(row) for row in self._connection.execute(_ENTRIES)]

    def managers(self) -> Mapping[str, str | None]:
        return {row.email: row.manager_email for row in self._connection.execute(_MANAGERS)}

    def put_many(self, entries: Iterable[DirectoryEntry]) -> None:
        if values := [_from_entry(entry) for entry in entries]:
            insert_or_replace(self._connection, DirectoryRow, values, unique=("email",))

    def remove_many(self, emails: Iterable[str]) -> None:
        if values := [{"gone": email} for email in emails]:
            self._connection.execute(_REMOVE_ENTRY, values)


def _to_person(row: Row[Any]) -> Person:
    return Person(
        id=row.id,
        enterprise_id=row.enterprise_id,
        team_id=row.team_id,
        user_id=row.user_id,
        name=row.name,
        email=row.email,
        language=row.language,
        tz=row.tz,
        is_guest=row.is_guest,
        is_deactivated=row.is_deactivated,
        created_at=row.created_at,
        welcomed_at=row.welcomed_at,
        home_opened_at=row.home_opened_at,
    )


def _from_person(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "enterprise_id": person.enterprise_id,
        "team_id": person.team_id,
        "user_id": person.user_id,
        "name": person.name,
        "email": person.email,
        "email_key": person.email.lower() if person.email else None,
        "language": person.language,
        "tz": person.tz,
        "is_guest": person.is_guest,
        "is_deactivated": person.is_deactivated,
        "created_at": person.created_at,
        "welcomed_at": person.welcomed_at,
        "home_opened_at": person.home_opened_at,
    }


def _to_entry(row: Row[Any]) -> DirectoryEntry:
    return DirectoryEntry(
        email=row.email,
        name=row.name,
        manager_email=row.manager_email,
        department=row.department,
        team=row.team,
        site=row.site,
        country=row.country,
        region=row.region,
        grade=row.grade,
        groups=row.groups,
        hr_partner_email=row.hr_partner_email,
    )


def _from_entry(entry: DirectoryEntry) -> dict[str, Any]:
    return {
        "email": entry.email,
        "name": entry.name,
        "manager_email": entry.manager_email,
        "department": entry.department,
        "team": entry.team,
        "site": entry.site,
        "country": entry.country,
        "region": entry.region,
        "grade": entry.grade,
        "groups": entry.groups,
        "hr_partner_email": entry.hr_partner_email,
    }
