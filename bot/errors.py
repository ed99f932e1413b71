"""What can go wrong in the programme, each error carrying the sentence its reader sees.

A sentence is the English source text of a gettext message with ``{named}`` places; ``bot.locales`` turns it into the
reader's language where the failure becomes a reply. Nothing here knows Slack or the database.
"""

from __future__ import annotations

from typing import ClassVar


def N_(sentence: str) -> str:
    """Mark *sentence* for the catalogues without translating it here."""
    return sentence


class Terms(tuple[str, ...]):
    """What fills a place with the programme's own words: English texts of the catalogues, listed by commas."""

    __slots__ = ()


class ProgrammeError(Exception):
    """Something a person asked for cannot be done; :attr:`sentence` tells them why and what they can do.

    ``params`` fill the sentence's places; ``field`` names the form field the sentence belongs beside, if any.
    """

    sentence: ClassVar[str] = N_("This could not be done. Nothing was changed.")

    def __init__(self, *, field: str | None = None, **params: object) -> None:
        super().__init__(type(self).__name__)
        self.params = params
        self.field = field


class NotAllowed(ProgrammeError):
    """The policy of a handler or a service refuses this actor."""

    sentence = N_("This is for the programme leads. /tandem leads says who they are.")


class NotYours(ProgrammeError):
    """Somebody pressed a button that was meant for another person."""

    sentence = N_("This button is for somebody else, so nothing was changed.")


class NotEnrolled(ProgrammeError):
    """The actor is not an active participant."""

    sentence = N_("You are not enrolled at the moment. /tandem join takes two minutes.")


class ChangedSince(ProgrammeError):
    """A stale button, form or id: what it refers to has moved on."""

    sentence = N_("This has changed since. /tandem home shows where things stand now.")


class NotFound(ChangedSince):
    """An id that no record has."""


class NoCohort(ProgrammeError):
    """There is no open cohort to join or to pair in."""

    sentence = N_("No cohort is open right now. You will find the next one in Tandem's Home tab.")


class CohortOver(ProgrammeError):
    """The open cohort's last day has passed, so that nobody joins it any more."""

    sentence = N_("“{name}” has come to its end. You will be welcome in the next cohort, in Tandem's Home tab.")


class CohortAlreadyOpen(ProgrammeError):
    """Only one cohort is open at a time."""

    sentence = N_("The cohort “{name}” is still open. Close it before opening another.")


class InvalidField(ProgrammeError):
    """One field of a form needs another value; subclasses say which sentence goes beside it."""

    sentence = N_("Please check this value.")


class Required(InvalidField):
    """A field that must be filled was left empty."""

    sentence = N_("Please fill this in.")


class TooLong(InvalidField):
    """A text is over its cap; what was typed is kept in the form."""

    sentence = N_("Please keep this under {limit} characters.")


class DateInPast(InvalidField):
    """A session, a pause or a snooze was dated in the past."""

    sentence = N_("This date is in the past. Please choose a later one.")


class SnoozedTooLong(InvalidField):
    """A reminder was put off until after it could be of use."""

    sentence = N_("By then a reminder would come too late to be of use. This one stays here for whenever you need it.")


class SnoozedToToday(InvalidField):
    """A reminder was put off to today, or to a day that is over."""

    sentence = N_("Please choose a day after today.")


class SnoozedPastTheCohort(InvalidField):
    """A reminder to meet was put off until after the cohort's last day."""

    sentence = N_("The cohort ends on {day}. Please choose a day early enough to meet before that.")


class SnoozedPastTheEnd(InvalidField):
    """The question whether to go on was put off until after the pairing would end for want of an answer."""

    sentence = N_("Without an answer this ends on {day}. Please choose a day before that, or answer now.")


class AlreadyBooked(InvalidField):
    """A session was planned over another that one of its people has planned, in any pairing; it is not said whose."""

    sentence = N_("One of you has a session planned at that time already. Please choose another moment.")


class AlreadyLogged(InvalidField):
    """A session was logged over another that the same pairing has held."""

    sentence = N_(
        "A session of yours is noted at that time already, so nothing was added. /tandem sessions shows it, and lets "
        "you correct it for a week."
    )


class DateInFuture(InvalidField):
    """A session was logged as held before it took place."""

    sentence = N_("This date is still to come. A session can be logged once it has taken place.")


class HeldBeforeTheStart(InvalidField):
    """A session was logged that its people held before they were introduced."""

    sentence = N_("You were introduced on {day}. A session counts from then on: please check the date.")


class HeldAfterTheEnd(InvalidField):
    """A session was logged in a pairing that had ended before it."""

    sentence = N_(
        "Your pairing had already ended on this date. A session from before its end can still be logged: please check "
        "the date."
    )


class DateTooFar(InvalidField):
    """A date beyond the horizon that Tandem keeps."""

    sentence = N_("Please choose {limit} or an earlier day.")


class AfterTheCohort(InvalidField):
    """A session was planned after the last day of its cohort, with which its pairing ends."""

    sentence = N_("The last day of your cohort is {day}. Nothing can be planned after it.")


class DateTooOld(InvalidField):
    """A session was logged that is older than Tandem looks back."""

    sentence = N_("Please choose a date after {limit}.")


class UnreadableDate(InvalidField):
    """A date typed after a command could not be read."""

    sentence = N_("I could not read “{text}” as a date. Try 2027-03-31, 31/03 or “2 weeks”.")


class BadDuration(InvalidField):
    """A session shorter or longer than a session can be."""

    sentence = N_("A session lasts between {least} and {most} minutes.")


class NothingGiven(InvalidField):
    """A pulse was sent without an answer to any of its questions."""

    sentence = N_("Please answer one question at least, or close this: you can come back to it later.")


class TooManyChoices(InvalidField):
    """More was chosen than can be kept."""

    sentence = N_("Please choose at most {most}.")


class TopicMissing(InvalidField):
    """A mentor without a topic to show, or a mentee without one to learn."""

    sentence = N_("Please choose at least one topic of the list: pairing begins with it.")


class FormatMissing(InvalidField):
    """A volunteer who would not meet in the way the open cohort meets."""

    sentence = N_("Please tick the format of this cohort too (it says so), or nobody could be paired with you.")


class AvoidsYourself(InvalidField):
    """Somebody put themselves on their own list of people not to be paired with."""

    sentence = N_("You will never be paired with yourself. Please take your own name off this list.")


class ContradictoryLevel(InvalidField):
    """A topic offered at a level above what the same person says they do with it."""

    sentence = N_("You offer to show this topic, and say here that you use it less than that. Please choose one.")


class StartTooEarly(InvalidField):
    """A cohort that would start before its enrolment is over."""

    sentence = N_("Please choose a day after the enrolment ends.")


class EndTooEarly(InvalidField):
    """A cohort that would end before it starts."""

    sentence = N_("Please choose a day after the start.")


class LastBeforeFirst(InvalidField):
    """Days off whose last is before their first."""

    sentence = N_("Please choose the first day, or a later one.")


class TooFewHours(InvalidField):
    """Hours for reminders too narrow for what is due on a day to go on that day."""

    sentence = N_("Please leave at least {hours} hours, so that what is due on a day can arrive on that day.")


class TooManyDaysOff(InvalidField):
    """More entries of days off than are kept."""

    sentence = N_("There are {limit} entries already. Please take one off the list first.")


class UnknownOfDigest(InvalidField):
    """A digest was asked for over a period, or of a cohort, that there is none of."""

    sentence = N_(
        "I know neither a period nor a cohort “{text}”. Try week, month or cohort, and the name of a cohort if you "
        "like: {cohorts}."
    )


class TwoNamesMissing(ProgrammeError):
    """A lead asked why two people are not paired without naming two."""

    sentence = N_("Name the mentor, then the mentee, each with an @: /tandem round why @ana @philippe")


class UnknownOfRound(ProgrammeError):
    """Something was typed after the command of rounds that it does not know."""

    sentence = N_(
        "I do not know “{text}”. /tandem round alone drafts or reviews a round; /tandem round why @ana @philippe says "
        "why two people are not paired."
    )


class SamePerson(InvalidField):
    """Two people who must differ are the same."""

    sentence = N_("These are the same person. Please choose two different people.")


class NotYourPartner(InvalidField):
    """The person named is not in a pairing with the actor."""

    sentence = N_("You are not paired with this person. Your partners: {partners}.")


class NotTogether(InvalidField):
    """The people named are all partners of the actor's, but in no pairing together."""

    sentence = N_("You meet these people in different pairings. Please name those of one pairing at a time.")


class NoPartner(ProgrammeError):
    """The actor has no active pairing."""

    sentence = N_(
        "You are in no pairing at the moment, so there is nothing to plan, log or change. You will be told as soon as "
        "somebody is found."
    )


class WhileAway(NoPartner):
    """The actor has no active pairing, and none is looked for during their break."""

    sentence = N_(
        "You are paused until {day} and in no pairing, so there is nothing to plan, log or change. /tandem resume "
        "brings you back sooner."
    )


class CohortBehind(NoPartner):
    """The actor's pairings ended with their cohort."""

    sentence = N_(
        "“{name}” has come to its end, so there is nothing to plan or change any more. A session that was planned "
        "before can still be logged from /tandem sessions."
    )


class WhichPartner(ProgrammeError):
    """The actor has several partners and named none."""

    sentence = N_("With whom? Your partners: {partners}.")


class AlreadyAnswered(ChangedSince):
    """A proposal was answered already; the first answer stands."""

    sentence = N_("You have answered this already. Your first answer stands.")


class Expired(ChangedSince):
    """A proposal or an offer is past its time, or somebody it depends on has gone."""

    sentence = N_("This question is closed: its time is up, or plans have changed since. You keep your place.")


class NothingToPutOff(ChangedSince):
    """A reminder was put off of what has been answered, or done, or has lost its point."""

    sentence = N_("This is settled already, so no reminder is needed.")


class AlreadyEnded(ChangedSince):
    """The pairing or session has ended."""

    sentence = N_("This has ended, so nothing was changed.")


class CorrectionOver(AlreadyEnded):
    """A log was to be corrected after its time."""

    sentence = N_(
        "A session can be corrected for seven days after it was logged. That time is over, so it stays as it is."
    )


class PulseClosed(AlreadyEnded):
    """A pulse was to be given after its time."""

    sentence = N_(
        "You can say how a session was for seven days after it was logged. That time is over, and nothing is asked of "
        "you."
    )


class AlreadySettled(ChangedSince):
    """A message that did not arrive was sent again or dropped already."""

    sentence = N_("Somebody has seen to this message already, so nothing was changed.")


class RoundNotDraft(ChangedSince):
    """A round was published or dismissed already."""

    sentence = N_("This round is no longer a draft: {name} settled it on {date}.")


class DraftSuperseded(ChangedSince):
    """A draft was solved again since this page of it was drawn."""

    sentence = N_("{name} has solved this draft again since. /tandem round shows the newest one.")


class RoundTooLate(ProgrammeError):
    """A round was asked for after the cohort's last day."""

    sentence = N_("“{name}” has come to its end, so nobody is paired in it any more. Close it, and open the next one.")


class NothingToPair(ProgrammeError):
    """A round was asked for with nobody to pair."""

    sentence = N_("There is nobody to pair yet. Mentors who are free: {mentors}; mentees: {mentees}.")


class ImportRefused(ProgrammeError):
    """A directory file that cannot be read at all."""

    sentence = N_("This file could not be read as a directory: {why}")


class NotText(ImportRefused):
    """A spreadsheet, a picture or something else that is no text."""

    sentence = N_("This is not a text file. Save the export as CSV, then import it again.")


class FileTooLarge(ImportRefused):
    """A file over the size that a directory can have."""

    sentence = N_("This file is larger than {megabytes} MB, more than a directory can be.")


class NoLines(ImportRefused):
    """A file with headers at most."""

    sentence = N_("This file has no line to import below its headers.")


class ColumnsMissing(ImportRefused):
    """A file without one of the columns that a directory cannot do without."""

    sentence = N_("I could not find these columns in the first line: {missing}. Please name them so and import again.")


class FileNotReceived(ImportRefused):
    """Slack did not hand the file over in time."""

    sentence = N_("Slack did not hand the file over in time. Please try again.")


class FilesUnreadable(ImportRefused):
    """Tandem was not given the scope that reads files in Slack."""

    sentence = N_(
        "Tandem may not read files in this workspace (files:read). Whoever installed it can import the directory with "
        "python app.py import FILE."
    )


class DirectoryChanged(ChangedSince):
    """A file was to be imported over another directory than the one it was checked against."""

    sentence = N_(
        "The directory has changed since this file was checked, so nothing was imported. Check the file again with "
        "/tandem import to see what it would change now."
    )


class NotEnrolledThere(InvalidField):
    """A pair was asked about with somebody Tandem has never met."""

    sentence = N_("This person is not enrolled in the open cohort.")


class CannotBePaired(ProgrammeError):
    """A lead locked two people whom a rule keeps apart, or one of whom has no place left."""

    sentence = N_(
        "These two cannot be paired as things stand: a rule or a missing seat is in the way. The draft is unchanged."
    )


class CannotBeSwapped(ProgrammeError):
    """A lead would swap the mentors of one and the same proposal, or of others than one-to-one proposals."""

    sentence = N_("Choose the mentee of another one-to-one proposal of this draft.")


class NothingCounts(ProgrammeError):
    """Every part of the score was to count for nothing."""

    sentence = N_("At least one of these has to count for something.")


class NoChannel(ProgrammeError):
    """A digest was to be posted where there is no channel."""

    sentence = N_("Type /tandem digest in the channel where you want it posted.")


class DeliveryError(Exception):
    """A message that was not, or perhaps not, delivered. Never shown to people; kept with the outbox row."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RateLimited(DeliveryError):
    """Slack asks to wait ``retry_after`` seconds before the next call."""

    def __init__(self, code: str, *, retry_after: float) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class Refused(DeliveryError):
    """Slack will never deliver this to this recipient; sending again cannot help."""


class Unreachable(DeliveryError):
    """Slack cannot be reached at all; no message is to blame, and none goes before it can."""


class TooLate(DeliveryError):
    """The claim on the message is about to end, so that it is no longer ours to send."""


class MaybeSent(DeliveryError):
    """The message may have been posted; look before sending again."""


class InstallationGone(DeliveryError):
    """The workspace revoked the token or a scope; nothing can be sent until the operator mends it."""
