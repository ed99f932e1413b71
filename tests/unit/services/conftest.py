from __future__ import annotations

import pytest

from tests.builders import MENTEE, MENTOR, a_cohort, a_mentee, a_mentor, a_pairing, a_person
from tests.fakes.storage import InMemoryStorage


@pytest.fixture
def storage() -> InMemoryStorage:
    """A cohort with one pairing: a mentor and a mentee who have just been introduced."""
    storage = InMemoryStorage()
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        for person_id, participant in ((MENTOR, a_mentor()), (MENTEE, a_mentee())):
            uow.people.add(a_person(person_id))
            uow.participants.put(participant)
        uow.pairings.add(a_pairing())
        uow.commit()
    return storage
