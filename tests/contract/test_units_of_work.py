from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from bot.ports import Storage, UnitOfWork
from tests.builders import a_person
from tests.contract.work import committed

WRITERS, INCREMENTS = 12, 100


def test_what_is_committed_lasts(storage: Storage) -> None:
    with storage.begin() as work:
        work.settings.put("channel", "C1")
        work.commit()

    with storage.read() as work:
        assert work.settings.get("channel") == "C1"


def test_what_is_not_committed_never_happened(storage: Storage) -> None:
    with storage.begin() as work:
        work.settings.put("channel", "C1")
        work.people.save(a_person("ana", name="Someone else"))

    with storage.read() as work:
        assert work.settings.get("channel") is None
        assert work.people.get("ana") == a_person("ana")


def test_an_error_undoes_everything_and_comes_out_as_it_is(storage: Storage) -> None:
    def fail() -> None:
        with storage.begin() as work:
            work.settings.put("channel", "C1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with storage.read() as work:
        assert work.settings.get("channel") is None


def test_a_unit_of_work_sees_its_own_changes(storage: Storage) -> None:
    with storage.begin() as work:
        work.settings.put("channel", "C1")
        assert work.settings.get("channel") == "C1"


def test_a_committed_unit_of_work_is_finished(storage: Storage) -> None:
    with storage.begin() as work:
        work.commit()
        with pytest.raises((AttributeError, InvalidRequestError)):
            work.settings.put("channel", "C1")


def test_a_unit_of_work_inside_another_fails_at_once(storage: Storage) -> None:
    with storage.begin(), pytest.raises(RuntimeError, match="inside another"), storage.begin():
        pass

    with committed(storage) as work:
        work.settings.put("channel", "C1")


def test_a_reading_unit_of_work_cannot_commit(storage: Storage) -> None:
    with storage.read() as work, pytest.raises(RuntimeError, match="for reading"):
        work.commit()


def test_a_reading_unit_of_work_cannot_write(storage: Storage) -> None:
    with pytest.raises((TypeError, DBAPIError)), storage.read() as work:
        work.settings.put("channel", "C1")

    with storage.read() as work:
        assert work.settings.get("channel") is None


def test_a_reader_waits_for_no_writer_and_sees_only_what_was_committed(storage: Storage) -> None:
    with storage.begin() as writing:
        writing.settings.put("channel", "C1")
        with storage.read() as reading:
            assert reading.settings.get("channel") is None
        writing.commit()

    with storage.read() as reading:
        assert reading.settings.get("channel") == "C1"


def test_a_reader_keeps_the_picture_it_began_with(storage: Storage) -> None:
    with storage.read() as reading:
        assert reading.settings.get("channel") is None
        with committed(storage) as writing:
            writing.settings.put("channel", "C1")
        assert reading.settings.get("channel") is None


def test_concurrent_read_then_write_loses_nothing(storage: Storage) -> None:
    def increment() -> None:
        for _ in range(INCREMENTS):
            with committed(storage) as work:
                work.settings.put("count", (work.settings.get("count") or 0) + 1)

    run_together([increment] * WRITERS)

    with storage.read() as work:
        assert work.settings.get("count") == WRITERS * INCREMENTS


def test_readers_see_whole_transactions_while_others_write(storage: Storage) -> None:
    finished = threading.Event()
    with committed(storage) as work:
        put_both(work, 0)

    def write() -> None:
        for value in range(1, 101):
            with committed(storage) as work:
                put_both(work, value)
        finished.set()

    def read() -> None:
        while not finished.is_set():
            with storage.read() as work:
                assert work.settings.get("left") == work.settings.get("right")

    run_together([write, read, read])


def put_both(work: UnitOfWork, value: int) -> None:
    work.settings.put("left", value)
    work.settings.put("right", value)


def run_together(jobs: list[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(jobs)) as pool:
        for job in [pool.submit(job) for job in jobs]:
            job.result()
