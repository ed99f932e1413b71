from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import ChangedSince, NotFound
from bot.ports import Storage
from tests.builders import NOW, a_directory_entry, a_person
from tests.contract.work import committed


def test_a_person_comes_back_as_they_were_added(new_storage: Storage) -> None:
    met = a_person(
        enterprise_id="E1", email=None, language="fr", is_guest=True, is_deactivated=True, welcomed_at=NOW,
        home_opened_at=NOW + timedelta(microseconds=1),
    )  # fmt: skip
    with committed(new_storage) as work:
        work.people.add(met)

    with new_storage.read() as work:
        assert work.people.get(met.id) == met


def test_a_moment_comes_back_aware_and_in_utc(storage: Storage) -> None:
    with storage.read() as work:
        assert work.people.get("ana").created_at.utcoffset() == timedelta(0)


def test_nobody_has_an_unknown_id(storage: Storage) -> None:
    with storage.read() as work, pytest.raises(NotFound):
        work.people.get("nobody")


def test_saving_somebody_never_added_is_refused(storage: Storage) -> None:
    with pytest.raises(NotFound), storage.begin() as work:
        work.people.save(a_person("nobody"))


def test_a_saved_person_has_changed_and_nobody_else_has(storage: Storage) -> None:
    with committed(storage) as work:
        work.people.save(a_person("ana", name="Ana Silva", email="silva@example.com"))

    with storage.read() as work:
        assert work.people.get("ana").name == "Ana Silva"
        assert work.people.by_email("silva@example.com") == work.people.get("ana")
        assert work.people.by_email("ana@example.com") is None
        assert work.people.get("ben") == a_person("ben")


def test_many_are_found_at_once_and_the_unknown_are_left_out(storage: Storage) -> None:
    with storage.read() as work:
        assert work.people.get_many(["ana", "nobody", "ben", "ana"]) == {"ana": a_person("ana"), "ben": a_person("ben")}
        assert work.people.get_many([]) == {}


def test_more_people_than_a_statement_takes_parameters_can_be_asked_for(storage: Storage) -> None:
    with storage.read() as work:
        found = work.people.get_many(["ana", *(f"nobody-{number}" for number in range(70_000)), "ben"])

    assert set(found) == {"ana", "ben"}


def test_people_are_found_by_their_slack_ids_within_a_workspace(storage: Storage) -> None:
    with committed(storage) as work:
        elsewhere = a_person("elsewhere", team_id="T2", user_id="UANA")
        work.people.add(elsewhere)

    with storage.read() as work:
        assert work.people.by_user_id("T1", "UANA") == a_person("ana")
        assert work.people.by_user_id("T2", "UANA") == elsewhere
        assert work.people.by_user_id("T1", "UNOBODY") is None
        assert work.people.by_user_ids("T1", ["UANA", "UBEN", "UNOBODY"]) == {
            "UANA": a_person("ana"),
            "UBEN": a_person("ben"),
        }


def test_a_slack_user_is_one_person(storage: Storage) -> None:
    with pytest.raises(ChangedSince), storage.begin() as work:
        work.people.add(a_person("twin", user_id="UANA"))


@pytest.mark.parametrize("asked", ["élise.durand@example.com", "Élise.DURAND@example.com"])
def test_an_email_finds_its_owner_whatever_its_case(storage: Storage, asked: str) -> None:
    with committed(storage) as work:
        work.people.add(a_person("elise", email="Élise.Durand@example.com"))

    with storage.read() as work:
        found = work.people.by_email(asked)
        assert found is not None
        assert found.id == "elise"
        assert work.people.by_email("") is None


def test_an_email_shared_with_a_closed_account_finds_the_one_in_use(storage: Storage) -> None:
    with committed(storage) as work:
        later = NOW + timedelta(days=1)
        work.people.add(a_person("before", email="zoe@example.com", is_deactivated=True, created_at=later))
        work.people.add(a_person("now", email="zoe@example.com"))

    with storage.read() as work:
        found = work.people.by_email("zoe@example.com")
        assert found is not None
        assert found.id == "now"


def test_people_are_found_by_many_e_mails_as_by_one(storage: Storage) -> None:
    earlier = a_person("earlier", email="Ana@example.com", created_at=NOW)
    gone = a_person("gone", email="ana@example.com", created_at=NOW + timedelta(days=1), is_deactivated=True)
    now_ = a_person("now", email="ana@example.com", created_at=NOW + timedelta(days=1))
    with committed(storage) as work:
        for one in (earlier, now_, gone):
            work.people.add(one)

    with storage.read() as work:
        assert work.people.by_emails(["ANA@example.com", "nobody@example.com"]) == {"ana@example.com": now_}
        assert work.people.by_email("ana@example.com") == now_
        assert work.people.by_emails([]) == {}


def test_directory_entries_come_back_by_email(storage: Storage) -> None:
    ana = a_directory_entry("ana", manager_email="boss@example.com", region="57", hr_partner_email="hr@example.com")
    ben = a_directory_entry("ben", groups=frozenset({"a", "b"}), grade=None, site=None)
    with committed(storage) as work:
        work.directory.put_many([ben, ana])

    with storage.read() as work:
        assert work.directory.all() == [ana, ben]
        assert work.directory.managers() == {
            "ana@example.com": "boss@example.com",
            "ben@example.com": ben.manager_email,
        }
        assert work.directory.get("ana@example.com") == ana
        assert work.directory.get("nobody@example.com") is None
        assert work.directory.get_many(["ben@example.com", "nobody@example.com"]) == {"ben@example.com": ben}


def test_directory_entries_are_replaced_and_removed(storage: Storage) -> None:
    ana, ben = a_directory_entry("ana"), a_directory_entry("ben")
    promoted = a_directory_entry("ana", grade="6", manager_email=None)
    with committed(storage) as work:
        work.directory.put_many([ana, ben])
        work.directory.put_many([promoted])
        work.directory.remove_many(["ben@example.com", "nobody@example.com"])
        work.directory.put_many([])
        work.directory.remove_many([])

    with storage.read() as work:
        assert work.directory.all() == [promoted]
