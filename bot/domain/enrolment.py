"""Enrolment: what a volunteer says of themselves in three steps, what is wrong with it, and the profile it makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.domain.cohorts import Cohort, Format
from bot.domain.nudges import NudgeKind
from bot.domain.participants import DEFAULT_SEATS, MOST_SEATS, Place, Profile
from bot.domain.people import Role
from bot.domain.topics import Level, Topic, Use
from bot.errors import (
    AvoidsYourself,
    ChangedSince,
    ContradictoryLevel,
    FormatMissing,
    InvalidField,
    Required,
    TooManyChoices,
    TopicMissing,
)

SPOKEN = ("fr", "en", "de", "es", "it", "nl", "pt")
"""Languages a session can be held in, by ISO 639 code."""
MOST_TOPICS = 3
MOST_AVOIDED = 10
LONGEST_PLACE = 80
"""Characters of a department, a team or a site in somebody's own words."""

OFFER, WANT = "offer:", "want:"
"""What the fields of the third step are called before the topic's id."""

Problems = Mapping[str, InvalidField]
"""Field → what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentForm:
    """The form as far as it has been filled.

    ``avoids`` are Slack user ids here. ``offers`` and ``wants`` map a topic id to a level, None until it is chosen.
    """

    roles: frozenset[Role] = frozenset()
    languages: frozenset[str] = frozenset()
    formats: frozenset[Format] = frozenset()
    place: Place | None = None
    half_days: frozenset[str] = frozenset()
    avoids: frozenset[str] = frozenset()
    offers: Mapping[str, Level | None] = field(default_factory=dict)
    wants: Mapping[str, Use | None] = field(default_factory=dict)
    seats: int = DEFAULT_SEATS
    department: str = ""
    team: str = ""
    site: str = ""

    @classmethod
    def of(cls, profile: Profile, *, avoids: Iterable[str]) -> EnrolmentForm:
        """Return the form that would make *profile*, with *avoids* as Slack user ids."""
        return cls(
            roles=profile.roles,
            languages=profile.languages,
            formats=profile.formats,
            place=profile.place,
            half_days=profile.half_days,
            avoids=frozenset(avoids),
            offers=dict(profile.offers),
            wants=dict(profile.wants),
            seats=profile.seats,
            department=profile.department or "",
            team=profile.team or "",
            site=profile.site or "",
        )

    @property
    def is_mentor(self) -> bool:
        return Role.MENTOR in self.roles

    @property
    def is_mentee(self) -> bool:
        return Role.MENTEE in self.roles

    def about_problems(self, *, user_id: str, cohort: Cohort) -> Problems:
        """Return what is wrong with the first step, filled by Slack user *user_id* for *cohort*."""
        problems: dict[str, InvalidField] = {
            name: Required(field=name) for name in ("roles", "languages", "formats", "place") if not getattr(self, name)
        }
        if self.formats and cohort.format not in self.formats:
            problems["formats"] = FormatMissing(field="formats")
        if user_id in self.avoids:
            problems["avoids"] = AvoidsYourself(field="avoids")
        elif len(self.avoids) > MOST_AVOIDED:
            problems["avoids"] = TooManyChoices(field="avoids", most=MOST_AVOIDED)
        return problems

    def topics_problems(self, catalogue: Iterable[Topic]) -> Problems:
        """Return what is wrong with the second step; topics must be in *catalogue* and not archived."""
        known = {topic.id for topic in catalogue if not topic.archived}
        problems: dict[str, InvalidField] = {}
        for name, asked, chosen in (("offers", self.is_mentor, self.offers), ("wants", self.is_mentee, self.wants)):
            if not asked:
                continue
            if not chosen:
                problems[name] = TopicMissing(field=name)
            elif len(chosen) > MOST_TOPICS:
                problems[name] = TooManyChoices(field=name, most=MOST_TOPICS)
            elif not known.issuperset(chosen):
                problems[name] = TopicMissing(field=name)
        if self.is_mentor and not 1 <= self.seats <= MOST_SEATS:
            problems["seats"] = InvalidField(field="seats")
        return problems

    def levels_problems(self) -> Problems:
        """Return what is wrong with the third step.

        Somebody may offer a topic and want to go further in it, but not show what they say they hardly use.
        """
        problems: dict[str, InvalidField] = {}
        if self.is_mentor:
            problems |= {
                (name := f"{OFFER}{one}"): Required(field=name) for one, level in self.offers.items() if level is None
            }
        if self.is_mentee:
            problems |= {
                (name := f"{WANT}{one}"): Required(field=name) for one, use in self.wants.items() if use is None
            }
        if self.is_mentor and self.is_mentee:
            for topic_id, level in self.offers.items():
                use = self.wants.get(topic_id)
                if level is not None and use is not None and use < min(level, Use.COULD_SHOW):
                    problems[f"{WANT}{topic_id}"] = ContradictoryLevel(field=f"{WANT}{topic_id}")
        return problems

    def check(self, *, user_id: str, cohort: Cohort, catalogue: Iterable[Topic]) -> None:
        """Raise the first of all the problems, if there is one."""
        for problems in (
            self.about_problems(user_id=user_id, cohort=cohort),
            self.topics_problems(catalogue),
            self.levels_problems(),
        ):
            for problem in problems.values():
                raise problem

    def with_topics(self, *, offers: Iterable[str], wants: Iterable[str]) -> EnrolmentForm:
        """Return the form with these topics chosen, each at the level it had before, if it had one."""
        return replace(
            self,
            offers={one: self.offers.get(one) for one in offers},
            wants={one: self.wants.get(one) for one in wants},
        )

    def profile(self, *, avoids: Iterable[str]) -> Profile:
        """Return the profile of a form without problems, with *avoids* as person ids."""
        if self.place is None:
            raise ChangedSince
        return Profile(
            roles=self.roles,
            offers={one: level for one, level in self.offers.items() if self.is_mentor and level is not None},
            wants={one: use for one, use in self.wants.items() if self.is_mentee and use is not None},
            languages=self.languages,
            formats=self.formats,
            place=self.place,
            half_days=self.half_days,
            seats=self.seats,
            avoids=frozenset(avoids),
            department=self.department or None,
            team=self.team or None,
            site=self.site or None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What the form needs: the cohort to join, the topics to choose from, and what is known of the person already.

    ``in_directory``: the company's directory knows where they work, so they are not asked. ``stopped`` are the kinds of
    messages that they want no more.
    """

    cohort: Cohort
    topics: tuple[Topic, ...]
    form: EnrolmentForm
    enrolled: bool
    in_directory: bool
    stopped: frozenset[NudgeKind] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What became of a submitted form. ``late``: after the enrolment window, so the next round is theirs.

    ``withdrawn``: what was proposed to them does not fit the profile any more. ``avoided_partners`` (Slack user ids)
    are those they are paired with and now avoid, ``still_mentored`` those they go on mentoring without the role.
    """

    cohort: Cohort
    roles: frozenset[Role]
    first_time: bool
    late: bool
    withdrawn: bool = False
    avoided_partners: tuple[str, ...] = ()
    still_mentored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """A pause that has begun: the first day back, when the sessions kept start, whether a proposal was withdrawn."""

    until: date
    sessions_at: tuple[datetime, ...] = ()
    withdrawn: bool = False
