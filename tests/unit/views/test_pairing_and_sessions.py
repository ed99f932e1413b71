"""How proposals, introductions, sessions, rounds and digests look, in both languages, within Slack's limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.domain.cohorts import Format
from bot.domain.digests import Coverage, Digest, Figures, Period, PulseFigures, Tally
from bot.domain.letters import (
    DigestPosted,
    Introduction,
    Letter,
    MentorLeft,
    NotPosted,
    PairingCloses,
    PairingEnded,
    PairingLightened,
    ProposalAsked,
    ProposalClosed,
    SessionCancelled,
    SessionLogged,
    SessionPlanned,
    Unserved,
)
from bot.domain.overviews import (
    DraftPage,
    Following,
    Meeting,
    PairAnswer,
    Partnership,
    PoolSize,
    SwapAnswer,
    SwappedPair,
)
from bot.domain.people import Role
from bot.domain.rounds import Answer, Proposal, Reason, Unplaced
from bot.domain.sessions import CORRECTION, Session, SessionState
from bot.locales import Texts
from bot.matching.pool import Weights
from bot.views import digests, notices, proposals, rounds, sessions
from bot.views.letters import draw
from playground.blocks import problems_of_blocks, problems_of_view
from tests.builders import (
    COHORT,
    MENTEE,
    MENTOR,
    NOW,
    a_cohort,
    a_pairing,
    a_person,
    a_proposal,
    a_round,
    a_session,
    a_topic,
)
from tests.golden import assert_golden

SLOTS = tuple(datetime(2027, 3, day, 13, 30, tzinfo=UTC) for day in (9, 10, 11))
TOPIC = a_topic()
REASONS = (
    Reason(code="teaches", args={"topics": (TOPIC.id,), "wanted": 1}),
    Reason(code="shared_half_days", args={"half_days": ("tue-am", "thu-pm", "fri-am")}),
    Reason(code="different_departments", args={"mentor": "IT & data", "mentee": "Claims"}),
)
DIGEST = Digest(
    cohort_id=COHORT,
    cohort_name="Spring",
    period=Period.WEEK,
    first_day=date(2027, 3, 1),
    last_day=date(2027, 3, 7),
    figures=Figures(mentors=10, coached=30, held=40, sessions={Format.PATH: 30, Format.COLLECTIVE: 5}, hours=30),
    before=Figures(mentors=5, coached=20, held=20, sessions={Format.PATH: 20}, hours=20),
    goal=50,
    coached_so_far=35,
    met=Tally(said=40, yes=35),
    first_within_14_days=Tally(said=40, yes=25),
    departments=(Coverage(name="Claims", coached=10, members=40), Coverage(name="IT", coached=0, members=9)),
    groups=(Coverage(name="executive committee", coached=12, members=12),),
    pulse=PulseFigures(useful=4.4, at_ease=4.6, could_say=None, reuse=Tally(said=30, yes=25)),
    usages=((TOPIC, Tally(said=20, yes=15)),),
    again=Tally(said=30, yes=25),
)
EARLY = replace(
    DIGEST, period=Period.COHORT, first_day=date(2027, 3, 4), last_day=date(2027, 3, 4), starts_on=date(2027, 3, 15),
    figures=None, before=None, coached_so_far=0, met=None, first_within_14_days=None, departments=(), groups=(),
    pulse=PulseFigures(useful=None, at_ease=None, could_say=None, reuse=None), usages=(), again=None,
)  # fmt: skip


def asked(role: Role) -> ProposalAsked:
    """Return the question put to somebody in *role*."""
    return ProposalAsked(
        proposal_id="proposal",
        role=role,
        partners=("UANA",),
        format=Format.PATH,
        topic=TOPIC,
        score=87,
        reasons=REASONS,
        sessions=4,
        minutes=60,
        expires_at=SLOTS[0],
        topics={TOPIC.id: TOPIC},
    )


INTRODUCTION = Introduction(
    pairing_id="pairing",
    role=Role.MENTEE,
    partners=("UANA",),
    beside=(),
    format=Format.PATH,
    topic=TOPIC,
    cadence_weeks=2,
    sessions=4,
    minutes=60,
    slots=SLOTS,
)
NEW_DATE = SessionPlanned(
    session_id="session", sequence=0, by="UANA", starts_at=SLOTS[0], minutes=45, place="Room <4> & café", moved=False
)
MOVED = replace(NEW_DATE, minutes=60, place="", moved=True)
CANCELLATION = SessionCancelled(
    pairing_id="pairing", by="UANA", partners=("UANA",), starts_at=NOW, goes_on=True, slots=SLOTS
)  # fmt: skip
WAITING = {
    "capacity": Reason(code="more_seats", args={"mentors": ["UANA", "UBEN", "UCYD"], "candidates": 5}),
    "same_team": Reason(code="a_mentor_for", args={"topics": [TOPIC.id], "candidates": 3}),
    "language": Reason(code="another_language", args={"languages": ["en", "es"], "candidates": 3}),
    "site": Reason(code="meeting_remotely", args={"candidates": 1}),
    "group_too_small": Reason(code="more_people", args={"topics": [TOPIC.id]}),
    "kept_apart": Reason(code="more_mentors", args={"topics": [TOPIC.id]}),
    "format": Reason(code="another_format", args={"formats": ["path"]}),
}
"""Rule → what would help, one of each."""
LETTERS: dict[str, Letter] = {
    "proposal_asked_mentee": asked(Role.MENTEE),
    "proposal_asked_mentor": asked(Role.MENTOR),
    "proposal_asked_group": replace(asked(Role.MENTEE), format=Format.COLLECTIVE, sessions=1, minutes=90),
    "proposal_asked_group_mentor": replace(asked(Role.MENTOR), format=Format.COLLECTIVE, partners=("U1", "U2", "U3")),
    "proposal_asked_group_of_two_mentors": replace(asked(Role.MENTEE), format=Format.COLLECTIVE, partners=()),
    "proposal_asked_second_mentor": replace(
        asked(Role.MENTOR), format=Format.COLLECTIVE, partners=("U1", "U2", "U3", "U4", "U5"), another_mentor=True
    ),
    "proposal_asked_flash": replace(asked(Role.MENTEE), format=Format.FLASH, partners=("UANA", "UBEN"), sessions=1),
    "proposal_asked_by_a_lead": replace(asked(Role.MENTEE), is_offered=False),
    "proposal_asked_by_a_lead_mentor": replace(asked(Role.MENTOR), is_offered=False),
    **{f"proposal_closed_{one}": ProposalClosed(topic=TOPIC, following=one) for one in Following},
    **{
        f"proposal_lapsed_{one}": ProposalClosed(topic=TOPIC, following=one, lapsed=True)
        for one in (Following.WAITING, Following.SEAT_FREE)
    },
    "unserved": Unserved(
        rule=Reason(code="topic", args={"candidates": 3}),
        remedy=Reason(code="a_mentor_for", args={"topics": (TOPIC.id,), "candidates": 3}),
        enrol_until=date(2027, 3, 14),
        topics={TOPIC.id: TOPIC},
    ),
    **{
        f"unserved_{remedy.code}": Unserved(
            rule=Reason(code=rule), remedy=remedy, enrol_until=date(2027, 3, 14), topics={TOPIC.id: TOPIC}
        )
        for rule, remedy in WAITING.items()
    },
    "introduction_mentee": INTRODUCTION,
    "introduction_mentor": replace(INTRODUCTION, role=Role.MENTOR, partners=("UPHIL",)),
    "introduction_no_slots": replace(INTRODUCTION, slots=()),
    "introduction_flash": replace(INTRODUCTION, format=Format.FLASH, partners=("UANA", "UBEN"), sessions=1),
    "introduction_flash_mentor": replace(
        INTRODUCTION, format=Format.FLASH, role=Role.MENTOR, partners=("UPHIL",), beside=("UBEN",), sessions=1
    ),
    "introduction_group": replace(
        INTRODUCTION, format=Format.COLLECTIVE, partners=("UANA",), beside=("UZOE", "UPHIL"), sessions=1, minutes=90
    ),
    "introduction_group_mentor": replace(
        INTRODUCTION, format=Format.COLLECTIVE, role=Role.MENTOR, partners=("UZOE", "UPHIL", "UCY"), minutes=90
    ),
    "pairing_closes": PairingCloses(
        pairing_id="pairing", partners=("UANA",), format=Format.PATH, cadence_weeks=2, closes_on=date(2027, 4, 8)
    ),
    "pairing_ended_quietly": PairingEnded(partners=("UANA",), following=Following.SEAT_FREE, was_quiet=True),
    "pairing_ended": PairingEnded(partners=("UANA",), following=Following.WAITING),
    "pairing_lightened": PairingLightened(pairing_id="pairing", partners=("UANA",), weeks=4),
    "mentor_left": MentorLeft(is_alone=False, left="UBEN", staying=("UANA",), topic=TOPIC),
    "mentor_left_alone": MentorLeft(is_alone=True, left="UBEN", staying=("UANA",), topic=TOPIC),
    "pairing_ended_with_a_session_to_come": PairingEnded(
        partners=("UANA",), following=Following.WAITING, cancelled=(SLOTS[0],)
    ),
    "pairing_ended_with_sessions_to_come": PairingEnded(
        partners=("UANA",), following=Following.NOTHING, cancelled=SLOTS[:2]
    ),
    "session_planned": NEW_DATE,
    "session_moved": replace(MOVED, minutes=90, on_day_off=True, on_break=True),
    "session_moved_from": replace(MOVED, moved_from=NOW),
    "session_place": replace(MOVED, place="Room <4>", moved_from=SLOTS[0], only_place=True),
    "session_no_place": replace(MOVED, moved_from=SLOTS[0], only_place=True),
    "session_length": replace(MOVED, place="Room <4>", moved_from=SLOTS[0]),
    "session_cancelled": CANCELLATION,
    "session_cancelled_no_slots": replace(CANCELLATION, slots=(), partners=("UANA", "UBEN")),
    "session_not_held": replace(CANCELLATION, by=None),
    "session_not_held_no_slots": replace(CANCELLATION, by=None, slots=(), partners=("UANA", "UBEN")),
    "session_cancelled_for_good": replace(CANCELLATION, slots=(), goes_on=False),
    "session_logged": SessionLogged(
        session_id="session",
        by="UANA",
        role=Role.MENTEE,
        held_at=NOW,
        minutes=45,
        tried="<!channel> advanced search",
        next_try="an alert",
        correct_until=date(2027, 3, 8),
        pulse_given=False,
    ),
    "session_corrected": SessionLogged(
        session_id="session",
        by="UANA",
        role=Role.MENTEE,
        held_at=NOW,
        minutes=45,
        tried="<!channel> advanced search",
        next_try="an alert",
        correct_until=date(2027, 3, 8),
        pulse_given=False,
        corrected=True,
    ),
    "not_posted": NotPosted(channel_id="C1", code="not_in_channel"),
    "digest_posted": DigestPosted(digest=DIGEST),
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", LETTERS)
def test_letters_look_as_agreed_and_fit_slack(name: str, language: str) -> None:
    message = draw(LETTERS[name], Texts(language, "Europe/Paris"))
    assert message["text"]
    assert not problems_of_blocks(message["blocks"])
    assert "<!channel>" not in str(message["blocks"])
    assert_golden(f"letters/{name}.{language}", message)


@pytest.mark.parametrize(
    ("proposal", "answered_by", "said"),
    [
        (a_proposal(), [MENTEE], "I am asking the mentor now"),
        (a_proposal(format=Format.FLASH, mentors=("ana", "ben")), [MENTEE], "I am asking the mentors now"),
        (a_proposal(format=Format.COLLECTIVE, mentees=("cy", "di", "ed")), ["cy"], "The others of the group are being"),
        (a_proposal(format=Format.COLLECTIVE, mentees=("cy", "di", "ed")), ["cy", "di", "ed"], "asking the mentor now"),
        (a_proposal(format=Format.FLASH, mentors=("ana", "ben")), [MENTEE, "ana"], "as soon as everybody has answered"),
        (a_proposal(), [MENTEE, MENTOR], "Everybody said yes"),
    ],
)
def test_whoever_says_yes_is_told_whom_it_depends_on_now(
    proposal: Proposal, answered_by: Sequence[str], said: str
) -> None:
    proposal = proposal.asked(role=Role.MENTEE, now=NOW, expires_at=SLOTS[0])
    for person_id in answered_by:
        proposal = proposal.answered(person_id, Answer.YES, now=NOW)
        if proposal.turn_of_mentors():
            proposal = proposal.asked(role=Role.MENTOR, now=NOW, expires_at=SLOTS[0])
    t = Texts("en", "Europe/Paris")
    assert said in proposals.answered(t, proposal, Answer.YES, proposal.seat_of(answered_by[-1]).role)


PARTNERSHIP = Partnership(
    pairing=a_pairing(), partners=(a_person(MENTOR),), topic=TOPIC, role=Role.MENTEE, slots=SLOTS, planned=()
)
SECOND = replace(PARTNERSHIP, pairing=a_pairing(id="second"))
A_GROUP = replace(PARTNERSHIP, pairing=a_pairing(id="group", format=Format.COLLECTIVE, mentees=("cy", "di", "ed")))
GROUP = replace(PARTNERSHIP, partners=(a_person(MENTOR), a_person("ben"), a_person("chloe")))
HELD = Meeting(
    session=a_session(state=SessionState.HELD, tried="Search"),
    partners=(a_person(MENTOR),),
    role=Role.MENTEE,
)
PLANNED = Meeting(
    session=a_session(id="next", state=SessionState.PLANNED, starts_at=SLOTS[0], place="Room 4"),
    partners=(a_person(MENTOR),),
    role=Role.MENTEE,
)
STILL_PLANNED = replace(HELD, to_come=PLANNED.session)

PLANNED_BY_GROUP = replace(PLANNED, partners=GROUP.partners)
UNCONFIRMED = replace(PLANNED, session=a_session("quiet", state=SessionState.UNCONFIRMED))
CANCELLED = replace(PLANNED, session=a_session("off").cancelled(by=MENTOR, now=NOW))

NOT_HELD = replace(PLANNED, session=a_session("off", starts_at=NOW).cancelled(by=MENTOR, now=NOW))


def answer(**fields: Any) -> PairAnswer:
    """Return the answer about the mentor and the mentee of the builders."""
    plain = PairAnswer(
        mentor=a_person(MENTOR),
        mentee=a_person(MENTEE),
        rules=(),
        can_override=False,
        chosen=False,
        score=64,
        reasons=(),
        served_change=-1,
        score_change=-12,
        mentor_takes=(a_person("ben"),),
        mentee_gets=(a_person("chloe"),),
        topics={TOPIC.id: TOPIC},
    )
    return replace(plain, **fields)


SWAP = SwapAnswer(
    proposal_ids=("one", "other"),
    pairs=(
        SwappedPair(mentor=a_person(MENTOR), mentee=a_person("chloe"), score=71, rules=()),
        SwappedPair(mentor=a_person("ben"), mentee=a_person(MENTEE), score=64, rules=()),
    ),
    served_change=0,
    score_change=-9,
    others_changed=2,
)


def modals(t: Texts) -> dict[str, dict[str, Any]]:
    """Return every modal of these journeys."""
    people = {MENTOR: a_person(MENTOR), MENTEE: a_person(MENTEE)}
    unplaced = (
        *(Unplaced(person_id=MENTEE, rule=Reason(code="language"), remedy=WAITING["language"]) for _ in range(7)),
        *(Unplaced(person_id=MENTEE, rule=Reason(code=rule), remedy=remedy) for rule, remedy in WAITING.items()),
        Unplaced(person_id=MENTEE, rule=Reason(code="left_out")),
    )
    page = DraftPage(
        round=a_round(unplaced=unplaced, served=3, total_score=240),
        proposals=(a_proposal(reasons=REASONS),),
        kept=9,
        mean_score=80,
        waiting=unplaced,
        number=1,
        pages=2,
        people=people,
        topics={TOPIC.id: TOPIC},
    )
    mentor = Meeting(session=HELD.session, partners=HELD.partners, role=Role.MENTOR)
    return {
        "plan": sessions.plan_modal(t, [PARTNERSHIP], now=NOW),
        "plan_another": sessions.plan_modal(t, [replace(PARTNERSHIP, planned=(PLANNED.session,))], now=NOW),
        "plan_group": sessions.plan_modal(t, [GROUP], now=NOW),
        "plan_no_slots": sessions.plan_modal(t, [replace(PARTNERSHIP, slots=())], now=NOW),
        "plan_with_whom": sessions.plan_modal(t, [PARTNERSHIP, SECOND], now=NOW),
        "move": sessions.plan_modal(t, [PARTNERSHIP], moving=PLANNED.session, now=NOW),
        "move_past": sessions.plan_modal(
            t, [PARTNERSHIP], moving=a_session(starts_at=NOW - timedelta(days=1)), now=NOW
        ),
        "log": sessions.log_modal(t, [PARTNERSHIP], [TOPIC], tried="Search", minutes=45, now=NOW),
        "log_same_day": sessions.log_modal(
            t, [PARTNERSHIP], [TOPIC], tried="Search", earlier=HELD.session, held_at=NOW, next_try="An alert", now=NOW
        ),
        "log_with_whom": sessions.log_modal(
            t,
            [replace(PARTNERSHIP, planned=(a_session(starts_at=NOW - timedelta(days=1)),)), SECOND],
            [TOPIC],
            now=NOW,
        ),
        "log_correct": sessions.log_modal(t, [PARTNERSHIP], [TOPIC], session=HELD.session, now=NOW),
        "pulse_corrected": sessions.pulse_modal(t, HELD, just_logged=True, corrected=True),
        "pulse_mentee": sessions.pulse_modal(t, HELD, just_logged=True),
        "pulse_still_planned": sessions.pulse_modal(t, STILL_PLANNED, just_logged=True),
        "pulse_mentor": sessions.pulse_modal(t, mentor),
        "fit": proposals.fit_modal(t, "pairing"),
        "round_start": rounds.start_modal(
            t, PoolSize(cohort=a_cohort(), mentors=24, seats=48, mentees=40, draft_id=None)
        ),
        "round_weights": rounds.weights_modal(t, Weights()),
        "round_review": rounds.review_modal(t, page),
        "round_review_empty": rounds.review_modal(
            t, replace(page, proposals=(), kept=0, mean_score=0, number=0, pages=1)
        ),
        "round_review_of_nobody": rounds.review_modal(
            t, replace(page, proposals=(), kept=0, mean_score=0, number=0, pages=1, waiting=())
        ),
        "round_why": rounds.why_modal(t),
        "round_answer_rules": rounds.answer_modal(t, answer(rules=(Reason(code="same_team"),), can_override=True)),
        "round_answer_cost": rounds.answer_modal(t, answer(reasons=REASONS)),
        "round_answer_free": rounds.answer_modal(t, answer(reasons=REASONS, served_change=0, score_change=0)),
        "round_answer_better": rounds.answer_modal(
            t, answer(reasons=REASONS, served_change=1, score_change=-3, mentor_takes=(), mentee_gets=())
        ),
        "round_swap": rounds.swap_modal(t, "proposal"),
        "round_swap_cost": rounds.swap_answer_modal(t, SWAP),
        "round_swap_free": rounds.swap_answer_modal(t, replace(SWAP, score_change=0, others_changed=0)),
        "round_swap_rules": rounds.swap_answer_modal(
            t, replace(SWAP, pairs=(SWAP.pairs[0], replace(SWAP.pairs[1], rules=(Reason(code="same_team"),))))
        ),
        "round_answer_chosen": rounds.answer_modal(t, answer(chosen=True)),
    }


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", modals(Texts("en", "Europe/Paris")))
def test_modals_look_as_agreed_and_fit_slack(name: str, language: str) -> None:
    view = modals(Texts(language, "Europe/Paris"))[name]
    assert not problems_of_view(view, "modal")
    assert_golden(f"modals/{name}.{language}", view)


def test_a_draft_is_said_to_do_better_only_where_it_does() -> None:
    t = Texts("en", "Europe/Paris")
    for served, score, better in ((-1, 5, True), (0, -1, True), (0, 0, False), (0, 1, False), (1, -9, False)):
        said = str(rounds.answer_modal(t, answer(served_change=served, score_change=score))["blocks"])
        assert ("does better without" in said) is better


def test_the_plan_form_names_what_is_to_come_with_each_partner_other_than_what_it_moves() -> None:
    t = Texts("en", "Europe/Paris")
    begun = a_session("begun", starts_at=NOW - timedelta(hours=1))
    later = a_session("later", starts_at=NOW + timedelta(days=9))
    both = replace(PARTNERSHIP, planned=(begun, PLANNED.session, later))

    def named(*partnerships: Partnership, moving: Session | None = None) -> list[str]:
        view = sessions.plan_modal(t, partnerships, moving=moving, now=NOW)
        said = [one["text"] for block in view["blocks"] if block["type"] == "context" for one in block["elements"]]
        return [one for one in said if "Planned already" in one]

    first, last = (f"<!date^{int(one.starts_at.timestamp())}^" for one in (PLANNED.session, later))
    [line] = named(both, SECOND)
    assert first in line
    assert last in line
    assert str(int(begun.starts_at.timestamp())) not in line
    [line] = named(both, moving=PLANNED.session)
    assert first not in line
    assert last in line
    assert named(PARTNERSHIP) == named(replace(PARTNERSHIP, planned=(begun,))) == []


def test_a_log_with_whom_takes_no_topic_and_no_date_from_the_first_of_several() -> None:
    t = Texts("en", "Europe/Paris")
    yesterday = replace(PARTNERSHIP, planned=(a_session(starts_at=NOW - timedelta(days=1)),))

    def prefilled(*partnerships: Partnership) -> tuple[Any, Any]:
        view = sessions.log_modal(t, partnerships, [TOPIC], now=NOW)
        elements = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
        return elements["topics"].get("initial_options"), elements["date"]["initial_date_time"]

    topics, date_ = prefilled(yesterday)
    assert ([one["value"] for one in topics], date_) == ([TOPIC.id], (NOW - timedelta(days=1)).timestamp())
    topics, date_ = prefilled(yesterday, SECOND)
    assert (topics, date_) == (None, (NOW - timedelta(hours=1)).timestamp())


@pytest.mark.parametrize("language", ["en", "fr"])
def test_replies_look_as_agreed_and_fit_slack(language: str) -> None:
    t = Texts(language, "Europe/Paris")
    replies = {
        "sessions": sessions.sessions_message(t, [PLANNED, HELD, UNCONFIRMED, CANCELLED], now=NOW),
        "sessions_cancelled": sessions.sessions_message(t, [CANCELLED], now=NOW),
        "planned_in_a_break": notices.sentence(
            sessions.planned_sentence(t, replace(PLANNED, on_day_off=True, on_break=True))
        ),
        "logged": sessions.logged_message(t, HELD),
        "logged_already": sessions.logged_already_message(
            t, replace(HELD, session=replace(HELD.session, logged_by=MENTOR, logged_at=NOW)), now=NOW
        ),
        "logged_already_long_ago": sessions.logged_already_message(
            t, replace(HELD, session=replace(HELD.session, logged_by=MENTEE, logged_at=NOW)), now=NOW + CORRECTION * 2
        ),
        "logged_still_planned": sessions.logged_message(t, STILL_PLANNED),
        "cancelled": sessions.cancelled_message(t, PLANNED, PARTNERSHIP),
        "cancelled_after_its_time": sessions.cancelled_message(t, NOT_HELD, PARTNERSHIP),
        "cancelled_after_its_time_group": sessions.cancelled_message(
            t, replace(NOT_HELD, partners=GROUP.partners), GROUP
        ),
        "cancelled_group": sessions.cancelled_message(t, PLANNED_BY_GROUP, GROUP),
        "cancelled_no_slots": sessions.cancelled_message(t, PLANNED_BY_GROUP, replace(GROUP, slots=())),
        "change": proposals.change_question(t, [PARTNERSHIP, SECOND]),
        "change_or_leave": proposals.change_question(t, [PARTNERSHIP, A_GROUP]),
        "slot_planned_already": sessions.planned_already_message(t, replace(PLANNED, is_only=True), SLOTS[1]),
        "slot_another": sessions.planned_already_message(
            t, replace(PLANNED, session=replace(PLANNED.session, planned_by=MENTOR)), SLOTS[1]
        ),
        "slot_gone": sessions.gone_message(t, PARTNERSHIP),
        "slot_gone_no_slots": sessions.gone_message(t, replace(PARTNERSHIP, slots=())),
        "cancelled_for_good": sessions.cancelled_message(t, PLANNED, None),
        "digest_preview": digests.preview_message(t, DIGEST, posted_in=language, channel="C1", cohorts=[a_cohort()]),
        "digest_preview_weekly": digests.preview_message(
            t, DIGEST, posted_in=language, channel="C1", cohorts=[a_cohort()], weekly=True
        ),
        "digest_preview_for_english_readers": digests.preview_message(
            t, DIGEST, posted_in="en", channel="C1", cohorts=[a_cohort()]
        ),
        "digest_preview_of_an_earlier_cohort": digests.preview_message(
            t,
            DIGEST,
            posted_in=language,
            channel="C1",
            cohorts=[a_cohort("now", name="Summer"), a_cohort()],
            weekly=True,
        ),
        "digest_preview_early": digests.preview_message(
            t, EARLY, posted_in=language, channel="C1", cohorts=[a_cohort()]
        ),
    }
    for name, message in replies.items():
        assert not problems_of_blocks(message["blocks"])
        assert_golden(f"replies/{name}.{language}", message)


@pytest.mark.parametrize(("language", "least"), [("en", "at least "), ("fr", "au moins ")])
def test_every_rounded_figure_of_a_digest_is_told_as_a_bound(language: str, least: str) -> None:
    """Departments, means, the goal and days are exact; what others are a part of is rounded up, all else down."""
    digest = replace(DIGEST, departments=(), groups=(), goal=None)
    t = Texts(language, "Europe/Paris")
    sections = [one["text"]["text"] for one in digests.digest_blocks(t, digest) if one["type"] == "section"]
    exact = r"\d[.,]\d (of|sur) 5|(within|dans les) 14|(of at most|sur) \d+( (personnes|binômes et groupes) au plus)?"
    said = re.sub(exact, "", "\n".join(sections), flags=re.IGNORECASE)
    counts = [(said[max(0, one.start() - 40) : one.start()], one[0]) for one in re.finditer(r"\d+", said)]
    assert len(counts) >= 10
    bare = [one for before, one in counts if not before.replace("*", "").lower().endswith(least)]
    assert bare == []
