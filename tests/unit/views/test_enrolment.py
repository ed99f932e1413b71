from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.domain.catalogue import CATALOGUE
from bot.domain.cohorts import CohortFigures, Format
from bot.domain.desk import Clash, Clashing
from bot.domain.directory_files import Fault, Imported, ImportPlan, Rejected
from bot.domain.enrolment import MOST_AVOIDED, SPOKEN, Enrolled, EnrolmentForm, Invitation
from bot.domain.home import Home, HomePairing, HomeSession, LeadPart, Standing
from bot.domain.letters import CohortClosed, Letter, Pointer, ProposalAsked, Welcome
from bot.domain.nudges import NudgeKind
from bot.domain.participants import HALF_DAYS, MOST_SEATS
from bot.domain.people import Role
from bot.domain.rounds import Reason
from bot.domain.topics import Level, Use
from bot.locales import Texts
from bot.views import cohorts, directory, enrolment, home
from bot.views.letters import draw
from handlers.enrolment import packed, unpacked
from playground.blocks import problems_of_blocks, problems_of_view
from tests.builders import NOW, TODAY, a_cohort, a_directory_entry, a_profile, a_topic
from tests.golden import assert_golden

BOTH = frozenset({Role.MENTOR, Role.MENTEE})
COHORT = a_cohort(goal=240)
FORM = EnrolmentForm(
    roles=BOTH,
    languages=frozenset({"fr", "en"}),
    half_days=frozenset({"mon-am"}),
    avoids=frozenset({"UTHEM"}),
    offers={"social_networks": Level.COULD_SHOW, "generative_ai": None},
    wants={"data_protection": Use.NEVER},
    department="R&D <b>",
)
INVITATION = Invitation(cohort=COHORT, topics=CATALOGUE, form=FORM, enrolled=False, in_directory=False)
SESSION = HomeSession(
    session_id="session", sequence=0, partners=("UANA",), topic=a_topic(), starts_at=NOW, minutes=60, place="Room <4>"
)
PAIRING = HomePairing(
    pairing_id="pairing",
    role=Role.MENTEE,
    partners=("UANA",),
    format=COHORT.format,
    topic=a_topic(),
    held=1,
    planned=4,
    next_at=NOW,
)
ASKED = ProposalAsked(
    proposal_id="proposal",
    role=Role.MENTEE,
    partners=("UANA",),
    format=COHORT.format,
    topic=a_topic(),
    score=87,
    reasons=(Reason(code="department"),) * 3,
    sessions=4,
    minutes=60,
    expires_at=NOW,
    topics={},
)
FIGURES = CohortFigures(
    cohort=COHORT, mentors=55, mentees=250, paused=3, waiting=1, pairings=210, sessions_held=1200, coached=198
)
PARTICIPANT = Home(
    today=TODAY,
    standing=Standing.ACTIVE,
    cohort=COHORT,
    profile=a_profile(*BOTH),
    topics=(a_topic(),),
    proposals=(ASKED,),
    to_confirm=(SESSION,),
    to_rate=(SESSION,),
    pairings=(PAIRING, replace(PAIRING, role=Role.MENTOR, next_at=None)),
    upcoming=(SESSION,),
    lead=LeadPart(figures=FIGURES, draft_id="draft"),
)
HOMES = {
    "stranger": Home(today=TODAY, standing=Standing.STRANGER, cohort=replace(COHORT, enrol_until=TODAY)),
    "late_stranger": Home(today=date(2027, 3, 9), standing=Standing.STRANGER, cohort=COHORT),
    "stopped": replace(
        PARTICIPANT,
        proposals=(),
        to_confirm=(),
        to_rate=(),
        pairings=(),
        upcoming=(),
        lead=None,
        stopped=frozenset({NudgeKind.HOW_DID_IT_GO, NudgeKind.STILL_GOING}),
    ),
    "stranger_after_the_end": Home(today=date(2027, 5, 15), standing=Standing.STRANGER, cohort=COHORT),
    "nothing_open": Home(
        today=TODAY, standing=Standing.STRANGER, cohort=None, lead=LeadPart(figures=None, draft_id=None)
    ),
    "participant": PARTICIPANT,
    "flash_done": replace(
        PARTICIPANT,
        proposals=(),
        to_confirm=(),
        to_rate=(),
        upcoming=(),
        lead=None,
        pairings=(
            replace(PAIRING, partners=("UANA", "UBEN"), format=Format.FLASH, held=1, planned=1, next_at=None),
            replace(PAIRING, role=Role.MENTOR, held=4, next_at=None),
        ),
    ),
    "said_yes": replace(
        PARTICIPANT, proposals=(), to_confirm=(), to_rate=(), pairings=(), upcoming=(), lead=None, said_yes=True
    ),
    "paused": replace(
        PARTICIPANT,
        standing=Standing.PAUSED,
        paused_until=date(2027, 3, 20),
        proposals=(),
        to_confirm=(),
        to_rate=(),
        pairings=(),
        upcoming=(),
        lead=None,
    ),
}
PLAN = ImportPlan(
    added=(a_directory_entry("new"),),
    changed=(),
    unchanged=3,
    left=tuple(a_directory_entry(f"gone{number}") for number in range(9)),
    rejected=tuple(Rejected(line=2, fault=fault, about="ana<@x.fr", other=7) for fault in Fault),
)
IMPORTED = Imported(
    plan=replace(PLAN, rejected=()),
    before="",
    staying=("UANA", "UBEN"),
    withdrawn=2,
    clashing=(Clashing(mentor="UANA", mentee="UBEN", clash=Clash.SAME_TEAM),),
)


def steps(t: Texts) -> dict[str, dict[str, Any]]:
    metadata = packed(FORM)
    enrolled = Enrolled(cohort=COHORT, roles=BOTH, first_time=True, late=False)
    return {
        "about": enrolment.about_step(t, INVITATION, metadata=metadata),
        "about_stopped": enrolment.about_step(
            t, replace(INVITATION, enrolled=True, stopped=frozenset({NudgeKind.PULSE_UNANSWERED})), metadata=metadata
        ),
        "topics": enrolment.topics_step(t, INVITATION, FORM, metadata=metadata),
        "levels": enrolment.levels_step(t, INVITATION, FORM, metadata=metadata),
        "enrolled": enrolment.enrolled_view(t, enrolled),
        "profile_saved": enrolment.enrolled_view(
            t, replace(enrolled, first_time=False, late=True, roles=frozenset({Role.MENTOR}))
        ),
        "profile_changed": enrolment.enrolled_view(
            t, replace(enrolled, first_time=False, withdrawn=True, avoided_partners=("UANA",))
        ),
        "pause": enrolment.pause_modal(t, today=TODAY, suggested=date(2027, 3, 15)),
        "cohort": cohorts.open_modal(t, today=TODAY),
        "import": directory.import_modal(t),
        "import_dry_run": directory.dry_run_modal(t, Imported(plan=PLAN, before="", staying=("UANA",)), metadata="{}"),
        "import_applied": directory.applied_modal(t, IMPORTED),
    }


LETTERS: dict[str, Letter] = {
    "welcome": Welcome(cohort_name="Spring & <b>", enrol_until=TODAY),
    "welcome_late": Welcome(cohort_name="Spring", enrol_until=None),
    "welcome_nothing_open": Welcome(cohort_name=None, enrol_until=None),
    "pointer": Pointer(enrolled=False),
    "pointer_enrolled": Pointer(enrolled=True),
    "cohort_closed": CohortClosed(cohort_name="Spring", pairings={"one": ("UANA", "UBEN")}),
    "cohort_closed_alone": CohortClosed(cohort_name="Spring", pairings={}),
}

languages = pytest.mark.parametrize("t", [Texts("en", "Europe/Paris"), Texts("fr", "Europe/Paris")], ids=["en", "fr"])


@languages
@pytest.mark.parametrize("name", steps(Texts("en", "Europe/Paris")))
def test_a_modal_is_drawn_as_its_golden_file_within_slacks_limits(name: str, t: Texts) -> None:
    view = steps(t)[name]
    assert problems_of_view(view, "modal") == []
    assert sum(block["type"] == "input" for block in view["blocks"]) <= 6
    assert not view["title"]["text"].endswith("…")
    assert_golden(f"enrolment/{name}.{t.language}", view)


@languages
@pytest.mark.parametrize("name", HOMES)
def test_a_home_tab_is_drawn_as_its_golden_file(name: str, t: Texts) -> None:
    view = home.home(HOMES[name], t)
    assert problems_of_view(view, "home") == []
    assert_golden(f"home/{name}.{t.language}", view)


@languages
@pytest.mark.parametrize("name", LETTERS)
def test_a_first_or_last_word_is_drawn_as_its_golden_file(name: str, t: Texts) -> None:
    drawn = draw(LETTERS[name], t)
    assert problems_of_blocks(drawn["blocks"]) == []
    assert_golden(f"home/{name}.{t.language}", drawn)


@languages
def test_the_fullest_home_tab_stays_within_slacks_hundred_blocks(t: Texts) -> None:
    full = replace(
        PARTICIPANT,
        proposals=tuple(replace(ASKED, proposal_id=f"{number}") for number in range(30)),
        to_confirm=(SESSION,) * 30,
        to_rate=(SESSION,) * 30,
        pairings=(PAIRING,) * 30,
        upcoming=(SESSION,) * 30,
        waiting=True,
        stopped=frozenset(NudgeKind),
    )
    assert problems_of_view(home.home(full, t), "home") == []
    assert problems_of_blocks(home.message(full, t, link="slack://app?team=T1&id=A1&tab=home")["blocks"]) == []


def test_the_home_tab_names_the_roles_of_the_profile_and_of_what_still_runs() -> None:
    t = Texts("en", "Europe/Paris")
    mentor_still = replace(PAIRING, role=Role.MENTOR)
    now_mentee = Home(
        today=COHORT.starts_on, standing=Standing.ACTIVE, cohort=COHORT, profile=a_profile(Role.MENTEE),
        pairings=(mentor_still,),
    )  # fmt: skip
    assert "You are a mentor and a mentee." in str(home.home(now_mentee, t))
    assert "You are a mentee." in str(home.home(replace(now_mentee, pairings=(PAIRING,)), t))


@languages
def test_a_list_of_rejected_lines_stays_within_slacks_limits(t: Texts) -> None:
    many = tuple(Rejected(line=line, fault=Fault.UNKNOWN_MANAGER, about="m" * 190) for line in range(2, 5000))
    view = directory.dry_run_modal(t, Imported(plan=replace(PLAN, rejected=many), before=""), metadata="{}")
    assert problems_of_view(view, "modal") == []
    said = json.dumps(view, ensure_ascii=False)
    assert t.number(len(many) - said.count("•")) in said


@languages
def test_hundreds_of_rejected_lines_are_all_listed(t: Texts) -> None:
    many = tuple(Rejected(line=line, fault=Fault.UNKNOWN_MANAGER, about="m@example.com") for line in range(2, 402))
    view = directory.dry_run_modal(t, Imported(plan=replace(PLAN, rejected=many), before=""), metadata="{}")
    assert problems_of_view(view, "modal") == []
    assert [line for line in range(2, 402) if f" {t.number(line)}" not in str(view)] == []


@languages
def test_replies_under_a_command_are_within_slacks_limits(t: Texts) -> None:
    for message in (
        enrolment.leave_question(t),
        cohorts.cohort_message(t, None),
        cohorts.cohort_message(t, FIGURES),
        home.leads_message(t, ["UANA", "UBEN"]),
        home.leads_message(t, []),
    ):
        assert problems_of_blocks(message["blocks"]) == []


def test_the_form_travels_with_its_modal_and_comes_back_the_same() -> None:
    assert unpacked(packed(FORM)) == FORM
    assert unpacked(packed(EnrolmentForm())) == EnrolmentForm()


def test_the_fullest_form_fits_in_what_slack_carries() -> None:
    ids = {f"a_rather_long_topic_id_{number}" for number in range(3)}
    full = replace(
        FORM,
        languages=frozenset(SPOKEN),
        half_days=frozenset(HALF_DAYS),
        avoids=frozenset(f"U{number:012}" for number in range(MOST_AVOIDED)),
        offers=dict.fromkeys(ids, Level.WEEKLY),
        wants=dict.fromkeys(ids, Use.NEVER),
        seats=MOST_SEATS,
        department="é" * 80,
        team="é" * 80,
        site="é" * 80,
    )
    assert len(packed(full)) < 3000
