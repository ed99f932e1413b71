"""People: who somebody is in Slack, and what the company's directory says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackUser:
    """What Slack says of a user; ``locale`` and ``tz`` as Slack writes them (``fr-FR``, ``Europe/Paris``)."""

    enterprise_id: str | None
    team_id: str
    user_id: str
    name: str
    email: str | None
    locale: str | None
    tz: str | None
    is_guest: bool = False
    is_bot: bool = False
    is_deactivated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Anybody Tandem has met. ``language`` is ``fr`` or ``en``; ``tz`` an IANA name; datetimes are UTC."""

    id: str
    enterprise_id: str | None
    team_id: str
    user_id: str
    name: str
    email: str | None
    language: str
    tz: str
    is_guest: bool
    is_deactivated: bool
    created_at: datetime
    welcomed_at: datetime | None = None
    home_opened_at: datetime | None = None

    @property
    def mention(self) -> str:
        """The person as Slack's mrkdwn names them."""
        return f"<@{self.user_id}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEntry:
    """One line of the company's directory, keyed by lower-case e-mail. ``region`` is a subdivision code, as 57."""

    email: str
    name: str
    manager_email: str | None = None
    department: str | None = None
    team: str | None = None
    site: str | None = None
    country: str | None = None
    region: str | None = None
    grade: str | None = None
    groups: frozenset[str] = frozenset()
    hr_partner_email: str | None = None


def reporting_line(entries: Iterable[DirectoryEntry]) -> Mapping[str, str | None]:
    """Return e-mail → manager's e-mail for the whole directory."""
    return {entry.email: entry.manager_email for entry in entries}


class Role(StrEnum):
    """A seat at the table: who coaches, who is coached."""

    MENTOR = "mentor"
    MENTEE = "mentee"
