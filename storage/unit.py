"""The unit of work: one transaction over all the repositories."""

from __future__ import annotations

from sqlalchemy import Connection

from bot import ports
from storage.cohorts import SqlCohorts
from storage.insights import SqlInsights
from storage.nudges import SqlNudges
from storage.outbox import SqlOutbox
from storage.pairings import SqlPairings
from storage.participants import SqlParticipants
from storage.people import SqlDirectoryEntries, SqlPeople
from storage.records import SqlAudit, SqlProcessed, SqlSettings
from storage.rounds import SqlRounds
from storage.sessions import SqlSessions
from storage.surveys import SqlSurveys
from storage.topics import SqlTopics


class SqlUnitOfWork:
    """``bot.ports.UnitOfWork`` on one connection. Once committed it is finished: using it further is an error."""

    def __init__(self, connection: Connection, *, writes: bool) -> None:
        self._connection = connection
        self._writes = writes
        self.people: ports.People = SqlPeople(connection)
        self.directory: ports.DirectoryEntries = SqlDirectoryEntries(connection)
        self.topics: ports.Topics = SqlTopics(connection)
        self.cohorts: ports.Cohorts = SqlCohorts(connection)
        self.participants: ports.Participants = SqlParticipants(connection)
        self.rounds: ports.Rounds = SqlRounds(connection)
        self.pairings: ports.Pairings = SqlPairings(connection)
        self.sessions: ports.Sessions = SqlSessions(connection)
        self.insights: ports.Insights = SqlInsights(connection)
        self.surveys: ports.Surveys = SqlSurveys(connection)
        self.nudges: ports.Nudges = SqlNudges(connection)
        self.outbox: ports.Outbox = SqlOutbox(connection)
        self.processed: ports.Processed = SqlProcessed(connection)
        self.audit: ports.Audit = SqlAudit(connection)
        self.settings: ports.Settings = SqlSettings(connection)

    def commit(self) -> None:
        if not self._writes:
            raise RuntimeError("a unit of work opened for reading cannot be committed")
        self._connection.commit()
        self._connection.close()
