"""The company's directory: what importing a file would change, then changing it, all good lines or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.access import Actor
from bot.domain.audit import AuditEntry
from bot.domain.desk import Clash, Clashing
from bot.domain.directory_files import DirectoryFile, Imported, ImportPlan, fingerprint, plan_import, read_directory
from bot.domain.pairings import Pairing, PairingState
from bot.domain.participants import ParticipantState
from bot.domain.people import DirectoryEntry
from bot.domain.rounds import ProposalState
from bot.errors import DirectoryChanged
from bot.matching import line_intervals
from bot.ports import UnitOfWork
from bot.services.base import Service
from bot.services.proposals import hold_to_rules
from bot.services.settings import counted_anew


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryService(Service):
    """Keeps the directory in step with the company's exports."""

    def dry_run(self, content: bytes) -> Imported:
        """Return what importing *content* would change, and change nothing; raise ImportRefused."""
        file = read_directory(content)
        with self.storage.read() as uow:
            known = uow.directory.all()
            plan, staying = _planned(uow, file, known)
            return Imported(plan=plan, before=fingerprint(known), staying=staying)

    def apply(self, actor: Actor | None, content: bytes, *, checked: str | None = None, now: datetime) -> Imported:
        """Import the good lines of *content* in one transaction, and return what changed; raise ImportRefused.

        Whoever takes part keeps the entry they had though the file does not mention them. Proposals that the new
        directory forbids are withdrawn; pairings that it would forbid are told, and go on. *actor* is None for the
        operator. Raises DirectoryChanged where that is not what was shown: the directory is no longer the one that the
        file was *checked* against (:attr:`Imported.before`), and the file would change it.
        """
        file = read_directory(content)
        with self.storage.begin() as uow:
            known = uow.directory.all()
            before = fingerprint(known)
            plan, staying = _planned(uow, file, known)
            if checked not in (None, before) and plan.changes:
                raise DirectoryChanged
            met = uow.people.by_emails(entry.email for entry in (*plan.added, *plan.changed, *plan.left))
            with counted_anew(uow, self.programme, {person.id for person in met.values()}, now=now):
                uow.directory.put_many((*plan.added, *plan.changed))
                uow.directory.remove_many(entry.email for entry in plan.left)
            cohort = uow.cohorts.open()
            open_ = uow.rounds.open_proposals(cohort.id) if cohort else ()
            concerned = hold_to_rules(uow, self.programme, open_, now=now)
            judged = uow.rounds.proposals_by_id(one.id for one in open_).values()
            withdrawn = sum(one.state is ProposalState.DISMISSED for one in judged)
            self.refresh_home(uow, uow.people.get_many(concerned).values(), now=now)
            running = uow.pairings.in_cohort(cohort.id) if cohort else ()
            clashing = clashing_pairs(uow, [one for one in running if one.state is PairingState.ACTIVE])
            uow.audit.add(
                AuditEntry(
                    at=now, person_id=actor.person_id if actor else None, action="import", resource="", outcome="done"
                )
            )
            uow.commit()
            return Imported(plan=plan, before=before, staying=staying, withdrawn=withdrawn, clashing=clashing)


def clashing_pairs(uow: UnitOfWork, pairings: Sequence[Pairing]) -> tuple[Clashing, ...]:
    """Return who of these *pairings* is in one reporting line or one team by the directory, but for what leads allowed.

    Nothing else is told: that two are to be kept apart for another reason is nobody's business.
    """
    people = uow.people.get_many({one for pairing in pairings for one in pairing.person_ids})
    email_of = {person.id: person.email.lower() for person in people.values() if person.email}
    entries = uow.directory.get_many(email_of.values())
    if not entries:
        return ()
    line = line_intervals(uow.directory.managers(), entries)
    proposals = uow.rounds.proposals_by_id(one.proposal_id for one in pairings if one.proposal_id)
    allowed = uow.rounds.overridden_in({one.round_id for one in proposals.values()})
    found = []
    for mentor, mentee in dict.fromkeys(pair for pairing in pairings for pair in pairing.pairs):
        emails = email_of.get(mentor), email_of.get(mentee)
        one, other = (entries.get(email) if email else None for email in emails)
        if one is None or other is None or (mentor, mentee) in allowed:
            continue
        (first, end), (other_first, other_end) = line[one.email], line[other.email]
        in_line = first <= other_first < end or other_first <= first < other_end
        if in_line or (one.team and one.team == other.team):
            found.append(
                Clashing(
                    mentor=people[mentor].user_id,
                    mentee=people[mentee].user_id,
                    clash=Clash.REPORTING_LINE if in_line else Clash.SAME_TEAM,
                )
            )
    return tuple(found)


def _planned(
    uow: UnitOfWork, file: DirectoryFile, known: Sequence[DirectoryEntry]
) -> tuple[ImportPlan, tuple[str, ...]]:
    """Return what importing *file* changes, and the Slack user ids of those it does not mention who take part.

    These keep their entries for as long as they do, since the rules of pairing are in them.
    """
    plan = plan_import(file, known)
    gone = uow.people.by_emails(entry.email for entry in plan.left)
    people = {person.id: (email, person) for email, person in gone.items()}
    enrolled = uow.participants.get_many(people).values()
    stay = dict(people[one.person_id] for one in enrolled if one.state is not ParticipantState.LEFT)
    left = tuple(entry for entry in plan.left if entry.email not in stay)
    return replace(plan, left=left), tuple(sorted(person.user_id for person in stay.values()))
