from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.people import SlackUser
from bot.errors import NotAllowed, Refused
from bot.services.base import Programme
from bot.services.people import PeopleService, person_from, refreshed
from tests.builders import LEAD, NOW, a_mentee, a_person
from tests.fakes.slack import FakeDirectory
from tests.fakes.storage import InMemoryStorage

PROGRAMME = Programme(
    leads=frozenset({"lead@example.com", "UBOSS", "nobody@example.com", "new@example.com"}), language="fr"
)
ANA = SlackUser(
    enterprise_id=None, team_id="T1", user_id="UANA", name="Ana", email="ana@example.com", locale="en-GB",
    tz="America/Lima",
)  # fmt: skip


@pytest.fixture
def storage() -> InMemoryStorage:
    return InMemoryStorage()


@pytest.fixture
def slack() -> FakeDirectory:
    return FakeDirectory([ANA])


@pytest.fixture
def people(storage: InMemoryStorage, slack: FakeDirectory) -> PeopleService:
    return PeopleService(storage=storage, programme=PROGRAMME, directory=slack)


def test_somebody_new_is_looked_up_once_and_kept(people: PeopleService, slack: FakeDirectory) -> None:
    first = people.actor(team_id="T1", user_id="UANA", now=NOW)
    slack.users.clear()
    assert people.actor(team_id="T1", user_id="UANA", now=NOW) == first
    assert (first.language, first.tz, first.is_participant) == ("en", "America/Lima", False)


def test_somebody_slack_does_not_know_is_nobody(people: PeopleService) -> None:
    with pytest.raises(Refused):
        people.actor(team_id="T1", user_id="UNOBODY", now=NOW)


def test_who_left_is_no_participant(storage: InMemoryStorage, people: PeopleService) -> None:
    actor = people.actor(team_id="T1", user_id="UANA", now=NOW)
    for participant, expected in ((a_mentee(actor.person_id), True), (a_mentee(actor.person_id).left(now=NOW), False)):
        with storage.begin() as uow:
            uow.participants.put(participant)
            uow.commit()
        assert people.actor(team_id="T1", user_id="UANA", now=NOW).is_participant is expected


@pytest.mark.parametrize(
    ("locale", "tz", "expected"),
    [
        ("fr-CA", "America/Toronto", ("fr", "America/Toronto")),
        ("de-DE", "Mars/Olympus", ("fr", "Europe/Paris")),
        (None, None, ("fr", "Europe/Paris")),
    ],
)
def test_the_programme_speaks_for_those_whose_language_or_zone_it_does_not_know(
    locale: str | None, tz: str | None, expected: tuple[str, str]
) -> None:
    person = person_from(replace(ANA, locale=locale, tz=tz), PROGRAMME, now=NOW)
    assert (person.language, person.tz) == expected


def test_what_slack_does_not_repeat_stays_as_it_was() -> None:
    known = a_person(language="en", tz="Asia/Tokyo", email="m@example.com")
    now = refreshed(known, replace(ANA, name="New name", email=None, locale=None, tz=None), PROGRAMME)
    assert (now.name, now.email, now.language, now.tz) == ("New name", "m@example.com", "en", "Asia/Tokyo")


def test_leads_are_those_the_operator_named_by_id_or_by_e_mail(storage: InMemoryStorage, people: PeopleService) -> None:
    with storage.begin() as uow:
        uow.people.add(a_person(LEAD))
        uow.people.add(a_person("guest", email="nobody@example.com", is_guest=True))
        uow.people.add(a_person("gone", user_id="UBOSS", is_deactivated=True))
        uow.commit()
    assert people.leads("T1") == ["ULEAD", "new@example.com"]


@pytest.mark.parametrize("change", [{"is_bot": True}, {"team_id": "T2"}], ids=["a bot", "of another workspace"])
def test_who_is_no_member_of_the_workspace_is_refused_and_not_kept(
    storage: InMemoryStorage, people: PeopleService, slack: FakeDirectory, change: dict[str, object]
) -> None:
    slack.users[ANA.user_id] = replace(ANA, **change)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        people.actor(team_id=ANA.team_id, user_id=ANA.user_id, now=NOW)
    with storage.read() as uow:
        assert uow.people.by_user_id("T2", ANA.user_id) is None
        assert uow.people.by_user_id(ANA.team_id, ANA.user_id) is None


def test_somebody_met_by_another_request_meanwhile_is_met_once(storage: InMemoryStorage, people: PeopleService) -> None:
    class Twice(FakeDirectory):
        def fetch(self, user_id: str) -> SlackUser:
            people.meet([ANA], now=NOW)
            return super().fetch(user_id)

    racing = replace(people, directory=Twice([ANA]))
    assert racing.actor(team_id=ANA.team_id, user_id=ANA.user_id, now=NOW).name == ANA.name
