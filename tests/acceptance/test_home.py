"""The Home tab, the welcome, and the leads' journeys: a cohort, a directory."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from bot.domain.people import Role
from bot.services.cohorts import CohortService
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    from playground.people import Person
    from playground.workspace import Message
    from tests.acceptance.conftest import Slowed, World


def kinds(world: World, name: str) -> list[str]:
    return [message.metadata["event_type"] for message in world.people[name].inbox if message.metadata]


def test_somebody_new_sees_what_this_is_and_is_welcomed_once(world: World) -> None:
    world.open_cohort()
    omar = world.people["omar"]
    assert "Learn from each other" in str(omar.open_home())
    world.pass_time(minutes=1)
    omar.open_home()
    world.pass_time(days=1)
    assert kinds(world, "omar") == ["tandem_welcome"]
    assert_ok(omar.click("open_join", message=omar.inbox[-1]))
    assert omar.view["callback_id"] == "join_about"
    world.assert_nothing_was_refused()


def test_the_home_tab_follows_what_happens(paired: World) -> None:
    philippe = paired.people["philippe"]
    assert "open_plan" in str(philippe.open_home())
    assert_ok(philippe.click("plan_slot_0"))
    paired.pass_time(minutes=1)
    assert "cancel_session" in str(philippe.home)
    assert_ok(philippe.slash("/tandem accueil"))
    assert "open_plan" in str(philippe.ephemerals[-1].blocks)
    paired.assert_nothing_was_refused()


def test_after_a_yes_the_home_tab_says_so_and_names_nobody(world: World) -> None:
    world.open_cohort()
    world.enrol("ana", Role.MENTOR)
    world.enrol("philippe", Role.MENTEE)
    philippe = world.people["philippe"]
    philippe.open_home()
    world.publish_a_round()
    assert_ok(philippe.click("proposal_accept", message=philippe.inbox[-1]))
    world.pass_time(minutes=1)
    assert "Vous avez dit oui" in str(philippe.home)
    assert world.people["ana"].id not in str(philippe.home)
    assert "prochain tour" not in str(philippe.home)


def test_buttons_of_the_home_tab_answer_where_they_were_pressed(world: World) -> None:
    world.open_cohort()
    world.enrol("ana", Role.MENTOR)
    ana = world.people["ana"]
    ana.open_home()
    assert_ok(ana.click("open_pause", view=ana.home))
    assert not ana.submit({"until": "2027-03-20"}).errors
    ana.close_view()
    world.pass_time(minutes=1)
    assert_ok(ana.click("resume", view=ana.home))
    world.pass_time(minutes=1)
    assert_ok(ana.click("leave", view=ana.home))
    world.pass_time(minutes=1)
    assert "open_join" in str(ana.home)
    world.assert_nothing_was_refused()


def test_who_writes_to_tandem_is_pointed_on_once_a_day(world: World) -> None:
    omar = world.people["omar"]
    omar.say("Hello, how does this work?")
    omar.say("Anybody there?")
    world.pass_time(minutes=1)
    assert kinds(world, "omar") == ["tandem_pointer"]
    world.pass_time(days=1)
    omar.say("And today?")
    world.pass_time(minutes=1)
    assert kinds(world, "omar") == ["tandem_pointer", "tandem_pointer"]


def test_a_lead_opens_a_cohort_and_closes_it(world: World) -> None:
    lead = world.people["lea"]
    assert_ok(lead.slash("/tandem vague"))
    assert_ok(lead.click("open_cohort"))
    refused = lead.submit({"name": "Printemps", "starts_on": "2027-03-01", "ends_on": "2027-02-01"})
    assert set(refused.errors) == {"starts_on", "ends_on"}
    assert not lead.submit({"starts_on": "2027-03-20", "ends_on": "2027-05-20", "goal": "240"}).errors
    world.enrol("ana", Role.MENTOR)
    world.enrol("philippe", Role.MENTEE)
    world.pair("ana", "philippe")
    lead.close_view()
    assert_ok(lead.slash("/tandem cohort"))
    assert "240" in str(lead.ephemerals[-1].blocks)
    assert_ok(lead.click("close_cohort"))
    world.pass_time(minutes=1)
    assert kinds(world, "ana")[-1] == "tandem_cohort_closed"
    before = len(world.people["philippe"].inbox)
    world.pass_time(days=20)
    assert len(world.people["philippe"].inbox) == before
    world.assert_nothing_was_refused()


def test_a_cohort_that_takes_long_to_close_says_so_and_then_what_became_of_it(world: World, slowed: Slowed) -> None:
    world.open_cohort()
    lead = world.people["lea"]
    for _ in range(2):
        assert_ok(lead.slash("/tandem cohort"))
    first, second = lead.ephemerals[-2:]
    for message, said in ((first, "est close"), (second, "C’est terminé")):
        closing = slowed(CohortService, "close")
        assert_ok(lead.click("close_cohort", message=message.ts))
        assert _says(lead, message, "Un instant")
        assert _says(lead, message, "redemandez"), "should the process be lost before it is done"
        closing.set()
        world.place.workspace.wait_for(partial(_says, lead, message, said), 5, what=said)
    world.assert_nothing_was_refused()


def test_whoever_waits_for_slow_work_is_told_before_the_bot_stops(world: World, slowed: Slowed) -> None:
    world.open_cohort()
    lead = world.people["lea"]
    assert_ok(lead.slash("/tandem cohort"))
    message = lead.ephemerals[-1]
    closing = slowed(CohortService, "close")
    assert_ok(lead.click("close_cohort", message=message.ts))
    stopping = Thread(target=world.tandem.close)
    stopping.start()
    stopping.join(1)
    assert stopping.is_alive(), "it waits for what is under way"
    closing.set()
    stopping.join()
    assert _says(lead, message, "est close")
    world.assert_nothing_was_refused()


def _says(person: Person, message: Message, text: str) -> bool | None:
    """Return True once *message* says *text*."""
    return text in next(one.text for one in person.ephemerals if one.ts == message.ts) or None


def test_leads_are_named_to_everybody(world: World) -> None:
    assert_ok(world.people["lea"].slash("/tandem leads"))
    assert world.people["lea"].id in world.people["lea"].ephemerals[-1].text


EXPORT = """Adresse e-mail;Nom;E-mail du responsable;Département
lea@example.com;Léa Martin;;Direction
ana@example.com;Ana Silva;lea@example.com;Sinistres
omar@example.com;Omar Haddad;nobody@example.com;Sinistres
"""


def test_a_lead_sees_what_an_import_would_change_before_it_does(world: World) -> None:
    lead = world.people["lea"]
    file = lead.upload("annuaire.csv", EXPORT.encode("cp1252"), "text/csv")
    assert_ok(lead.slash("/tandem import"))
    assert not lead.submit({"file": [file.id]}).errors
    assert "nobody@example.com" in str(lead.view)
    with world.services.storage.read() as uow:
        assert not uow.directory.all()
    assert_ok(lead.click("import_apply"))
    with world.services.storage.read() as uow:
        assert {entry.email for entry in uow.directory.all()} == {"lea@example.com", "ana@example.com"}
    assert "2 people" in str(lead.view) or "2 personnes" in str(lead.view)
    world.assert_nothing_was_refused()


@pytest.mark.parametrize("command", ["plan", "log", "log 45m searched", "change"])
def test_after_a_cohort_nobody_is_promised_a_pairing(paired: World, command: str) -> None:
    lead, ana = paired.people["lea"], paired.people["ana"]
    assert_ok(lead.slash("/tandem cohort"))
    assert_ok(lead.click("close_cohort"))
    assert_ok(ana.slash(f"/tandem {command}"))
    assert "“Spring” has come to its end" in ana.ephemerals[-1].text


def test_a_file_that_is_no_directory_is_refused_beside_the_field(world: World) -> None:
    lead = world.people["lea"]
    file = lead.upload("annuaire.xlsx", b"PK\x03\x04" + bytes(100), "text/csv")
    assert_ok(lead.slash("/tandem import"))
    assert set(lead.submit({"file": [file.id]}).errors) == {"file"}


def test_a_file_that_changed_since_it_was_checked_is_not_applied(world: World) -> None:
    lead = world.people["lea"]
    file = lead.upload("annuaire.csv", EXPORT.encode(), "text/csv")
    assert_ok(lead.slash("/tandem import"))
    lead.submit({"file": [file.id]})
    world.place.workspace.files[file.id] = replace(file, content=EXPORT.replace("omar", "oscar").encode())
    assert_ok(lead.click("import_apply"))
    with world.services.storage.read() as uow:
        assert not uow.directory.all()
    assert lead.views[-1]["callback_id"] == "notice"


def test_a_file_checked_before_somebody_imported_another_is_not_applied(world: World) -> None:
    lead, other = world.people["lea"], world.come("max", "Max Weber")
    for person, content in ((lead, EXPORT), (other, EXPORT.replace("Direction", "Conseil"))):
        file = person.upload("annuaire.csv", content.encode(), "text/csv")
        assert_ok(person.slash("/tandem import"))
        person.submit({"file": [file.id]})
    assert_ok(other.click("import_apply"))
    with world.services.storage.read() as uow:
        applied = uow.directory.all()
    assert_ok(lead.click("import_apply"))
    with world.services.storage.read() as uow:
        assert uow.directory.all() == applied
    assert "/tandem importer" in str(lead.views[-1])


def test_where_files_cannot_be_read_the_lead_is_told_who_can_import(world: World) -> None:
    world.place.workspace.scopes = world.place.workspace.scopes - {"files:read"}
    lead = world.people["lea"]
    assert_ok(lead.slash("/tandem import"))
    assert "files:read" in lead.ephemerals[-1].text
    assert lead.view is None
