from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from bot.ports import Storage
from tests.builders import NOW, an_audit_entry
from tests.contract.work import committed


def test_what_came_in_is_processed_once(storage: Storage) -> None:
    with committed(storage) as work:
        assert work.processed.first_time("Ev1", now=NOW)
        assert not work.processed.first_time("Ev1", now=NOW)
    with committed(storage) as work:
        assert not work.processed.first_time("Ev1", now=NOW + timedelta(days=1))
        assert work.processed.first_time("Ev2", now=NOW)


def test_what_was_not_committed_was_not_processed(storage: Storage) -> None:
    with storage.begin() as work:
        assert work.processed.first_time("Ev1", now=NOW)
    with committed(storage) as work:
        assert work.processed.first_time("Ev1", now=NOW)


def test_of_two_copies_at_once_one_is_the_first(storage: Storage) -> None:
    def process(number: int) -> bool:
        with committed(storage) as work:
            return work.processed.first_time(f"Ev{number // 4}", now=NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(process, range(80))) == 20


def test_the_audit_log_is_read_the_latest_first(storage: Storage) -> None:
    refused = an_audit_entry(person_id=None, action="cohort.close", resource="", outcome="NotAllowed")
    with committed(storage) as work:
        work.audit.add(an_audit_entry())
        work.audit.add(refused)
        work.audit.add(an_audit_entry(person_id="never met"))

    with storage.read() as work:
        assert work.audit.latest(limit=9) == [an_audit_entry(person_id="never met"), refused, an_audit_entry()]
        assert work.audit.latest(limit=1) == [an_audit_entry(person_id="never met")]


@pytest.mark.parametrize("value", [None, True, 0, "", "é", 1.5, ["a", 1], {"leads": ["U1"], "at": None}])
def test_a_setting_keeps_any_plain_value(storage: Storage, value: Any) -> None:
    with committed(storage) as work:
        assert work.settings.get("key") is None
        work.settings.put("key", "before")
        work.settings.put("key", value)

    with storage.read() as work:
        assert work.settings.get("key") == value
        assert type(work.settings.get("key")) is type(value)


def test_changing_a_value_that_was_read_does_not_change_the_setting(storage: Storage) -> None:
    with committed(storage) as work:
        leads = ["U1"]
        work.settings.put("leads", leads)
        leads.append("U2")
        work.settings.get("leads").append("U3")

    with storage.read() as work:
        assert work.settings.get("leads") == ["U1"]
