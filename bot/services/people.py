"""Who acts, and what Slack says of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.access import Actor
from bot.domain.ids import new_id
from bot.domain.participants import ParticipantState
from bot.domain.people import LANGUAGES, Person, SlackUser
from bot.errors import ChangedSince, NotAllowed
from bot.ports import Directory
from bot.services.base import Programme, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleService(Service):
    """Keeps the people Tandem has met in step with Slack."""

    directory: Directory

    def actor(self, *, team_id: str, user_id: str, now: datetime) -> Actor:
        """Return who acts; somebody new is looked up in Slack once and kept.

        Raises DeliveryError when Slack cannot say who a new person is, NotAllowed for a bot and for somebody of another
        workspace, who meets Tandem in a channel that two companies share.
        """
        with self.storage.read() as uow:
            if (known := uow.people.acting(team_id, user_id)) is not None:
                return self._actor(*known)
        user = self.directory.fetch(user_id)
        if user.is_bot or user.team_id != team_id:
            raise NotAllowed
        with suppress(ChangedSince):
            # Somebody's first two requests come together: another thread may have met them meanwhile.
            self.meet([user], now=now)
        with self.storage.read() as uow:
            known = uow.people.acting(team_id, user_id)
            assert known is not None, "whoever is no bot is kept"
            return self._actor(*known)

    def meet(self, users: list[SlackUser], *, now: datetime) -> None:
        """Keep what Slack says of *users*, whether they are new or known. Bots are nobody."""
        with self.storage.begin() as uow:
            for user in users:
                if user.is_bot:
                    continue
                known = uow.people.by_user_id(user.team_id, user.user_id)
                if known is None:
                    uow.people.add(person_from(user, self.programme, now=now))
                elif (changed := refreshed(known, user, self.programme)) != known:
                    uow.people.save(changed)
            uow.commit()

    def leads(self, team_id: str) -> Sequence[str]:
        """Return the programme leads' Slack user ids, and the e-mails of those Tandem has not met."""
        with self.storage.read() as uow:
            met = uow.people.by_user_ids(team_id, self.programme.leads)
            by_email = {one: uow.people.by_email(one) for one in self.programme.leads if "@" in one}
        unmet = {one for one in self.programme.leads if one not in met and by_email.get(one) is None}
        people = (*met.values(), *filter(None, by_email.values()))
        return sorted(unmet | {one.user_id for one in people if self.programme.is_lead(one)})

    def _actor(self, person: Person, enrolment: ParticipantState | None) -> Actor:
        return Actor(
            person_id=person.id,
            user_id=person.user_id,
            team_id=person.team_id,
            name=person.name,
            language=person.language,
            tz=person.tz,
            is_guest=person.is_guest,
            is_deactivated=person.is_deactivated,
            is_lead=self.programme.is_lead(person),
            is_participant=enrolment in (ParticipantState.ACTIVE, ParticipantState.PAUSED),
        )


def person_from(user: SlackUser, programme: Programme, *, now: datetime) -> Person:
    """Return a new person as Slack describes them."""
    return refreshed(
        Person(
            id=new_id(), enterprise_id=user.enterprise_id, team_id=user.team_id, user_id=user.user_id, name=user.name,
            email=user.email, language=programme.language, tz=programme.tz, is_guest=user.is_guest,
            is_deactivated=user.is_deactivated, created_at=now,
        ),
        user,
        programme,
    )  # fmt: skip


def refreshed(person: Person, user: SlackUser, programme: Programme) -> Person:
    """Return *person* with what Slack says now.

    The programme's language and zone stand in for those Tandem does not know; where Slack says nothing of them, as in
    some events, they stay as they were.
    """
    language = user.locale.partition("-")[0].lower() if user.locale else person.language
    return replace(
        person,
        name=user.name,
        email=user.email or person.email,
        language=language if language in LANGUAGES else programme.language,
        tz=(user.tz if _is_zone(user.tz) else programme.tz) if user.tz else person.tz,
        is_guest=user.is_guest,
        is_deactivated=user.is_deactivated,
    )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
