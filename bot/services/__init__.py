"""Use cases, one file per journey: open a unit of work, ask the domain, put messages in the outbox, commit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.ports import Directory, Storage
from bot.services.audit import AuditService
from bot.services.base import Programme
from bot.services.cohorts import CohortService
from bot.services.desk import DeskService
from bot.services.digests import DigestService
from bot.services.directory import DirectoryService
from bot.services.enrolment import EnrolmentService
from bot.services.home import HomeService
from bot.services.nudging import NudgingService
from bot.services.once import OnceStorage
from bot.services.pairings import PairingService
from bot.services.people import PeopleService
from bot.services.proposals import ProposalService
from bot.services.rounds import RoundService
from bot.services.sessions import SessionService
from bot.services.settings import SettingsService
from bot.services.surveys import SurveyService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All services over one storage; making one costs nothing, so that every request has its own."""

    storage: Storage
    programme: Programme
    directory: Directory

    def once(self, key: str, *, now: datetime) -> Services:
        """Return the services for one request, whose effect happens at most once."""
        return replace(self, storage=OnceStorage(storage=self.storage, key=key, now=now))

    @property
    def audit(self) -> AuditService:
        storage = self.storage.storage if isinstance(self.storage, OnceStorage) else self.storage
        return AuditService(storage=storage, programme=self.programme)

    @property
    def nudging(self) -> NudgingService:
        return NudgingService(storage=self.storage, programme=self.programme)

    @property
    def pairings(self) -> PairingService:
        return PairingService(storage=self.storage, programme=self.programme)

    @property
    def people(self) -> PeopleService:
        return PeopleService(storage=self.storage, programme=self.programme, directory=self.directory)

    @property
    def sessions(self) -> SessionService:
        return SessionService(storage=self.storage, programme=self.programme)

    @property
    def rounds(self) -> RoundService:
        return RoundService(storage=self.storage, programme=self.programme)

    @property
    def proposals(self) -> ProposalService:
        return ProposalService(storage=self.storage, programme=self.programme)

    @property
    def enrolment(self) -> EnrolmentService:
        return EnrolmentService(storage=self.storage, programme=self.programme, directory=self.directory)

    @property
    def digests(self) -> DigestService:
        return DigestService(storage=self.storage, programme=self.programme)

    @property
    def desk(self) -> DeskService:
        return DeskService(storage=self.storage, programme=self.programme)

    @property
    def settings(self) -> SettingsService:
        return SettingsService(storage=self.storage, programme=self.programme)

    @property
    def surveys(self) -> SurveyService:
        return SurveyService(storage=self.storage, programme=self.programme)

    @property
    def cohorts(self) -> CohortService:
        return CohortService(storage=self.storage, programme=self.programme)

    @property
    def home(self) -> HomeService:
        return HomeService(storage=self.storage, programme=self.programme)

    @property
    def imports(self) -> DirectoryService:
        return DirectoryService(storage=self.storage, programme=self.programme)
