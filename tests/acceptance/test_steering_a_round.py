"""A lead steers a draft: keeps, forbids, asks why not, pairs two people, and solves the rest again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.people import Role
from bot.domain.topics import Level, Use
from bot.errors import ChangedSince
from bot.services.pooling import PooledCohort
from bot.services.rounds import RoundService
from handlers import replies
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    from tests.acceptance.conftest import Slowed, World


@pytest.fixture
def drafted(world: World) -> World:
    """Two mentors, two mentees, a draft under Léa's eyes: Ana would coach Philippe best, Béa would coach Omar."""
    world.open_cohort()
    world.come("bea", "Béa Lopez")
    world.enrol("ana", Role.MENTOR, seats=1)
    world.enrol("bea", Role.MENTOR, seats=1)
    world.enrol("philippe", Role.MENTEE)
    world.enrol("omar", Role.MENTEE)
    lea = world.people["lea"]
    assert_ok(lea.slash("/tandem round"))
    assert_ok(lea.click("round_draft"))
    return world


def pairs(world: World) -> dict[str, str]:
    """Return mentee → mentor of the draft, by first name."""
    with world.services.storage.read() as uow:
        cohort = uow.cohorts.open()
        assert cohort is not None
        draft = uow.rounds.draft(cohort.id)
        assert draft is not None
        found = {}
        for proposal in uow.rounds.proposals(draft.id):
            [(mentor, mentee)] = proposal.pairs
            if proposal.state == "draft":
                found[uow.people.get(mentee).name.split()[0]] = uow.people.get(mentor).name.split()[0]
        return found


def choose(world: World, verb: str, number: int = 0) -> None:
    """Choose *verb* in the menu of a proposal of the page."""
    lea = world.people["lea"]
    menus = [
        block["accessory"]
        for block in lea.view["blocks"]
        if block.get("accessory", {}).get("action_id") == "round_proposal"
    ]
    value = next(one["value"] for one in menus[number]["options"] if one["value"].startswith(f"{verb}@"))
    block_id = next(one["block_id"] for one in lea.view["blocks"] if one.get("accessory") == menus[number])
    assert_ok(lea.click("round_proposal", value=value, block_id=block_id))


def test_a_pair_that_is_forbidden_is_not_proposed_again(drafted: World) -> None:
    before = pairs(drafted)
    choose(drafted, "forbid")
    after = pairs(drafted)
    assert after.keys() == before.keys()
    assert after != before, "with one of two pairs forbidden, both change"
    assert_ok(drafted.people["lea"].click("round_draft"))
    assert pairs(drafted) == after, "drafting anew keeps what was decided"
    drafted.assert_nothing_was_refused()


def test_why_not_tells_the_cost_and_pairs_the_two(drafted: World) -> None:
    lea = drafted.people["lea"]
    before = pairs(drafted)
    other = {"Ana": "Béa", "Béa": "Ana"}[before["Philippe"]]
    names = {"Ana": "ana", "Béa": "bea"}
    assert_ok(lea.click("round_why"))
    asked = {"mentor": drafted.people[names[other]].id, "mentee": drafted.people["philippe"].id}
    assert not lea.submit(asked).errors
    assert_ok(lea.click("round_pair"))
    assert pairs(drafted)["Philippe"] == other
    lea.close_view()
    assert ":lock:" in str(lea.view["blocks"]), "the review under the answer shows the draft that was solved again"
    drafted.assert_nothing_was_refused()


def test_why_not_names_the_rule_in_the_way_but_never_who_avoids_whom(drafted: World) -> None:
    lea = drafted.people["lea"]
    drafted.come("zoe", "Zoé Petit")
    drafted.enrol("zoe", Role.MENTEE, avoids=frozenset({drafted.people["ana"].id}))
    assert_ok(lea.slash("/tandem tour pourquoi @ana @zoe"))
    told = str(lea.view["blocks"])
    assert "reste secret" in told
    assert "round_pair" not in told, "nobody may set that aside"


def test_two_who_met_lately_cannot_be_told_from_two_who_are_kept_apart(drafted: World) -> None:
    lea, philippe = drafted.people["lea"], drafted.people["philippe"]
    proposed = pairs(drafted)["Philippe"]
    assert_ok(lea.click("round_publish"))
    drafted.pass_time(minutes=1)
    assert_ok(philippe.click("proposal_decline"))
    drafted.come("zoe", "Zoé Petit")
    drafted.come("tom", "Tom Baker")
    drafted.enrol("tom", Role.MENTOR)
    drafted.enrol("zoe", Role.MENTEE, avoids=frozenset({drafted.people["tom"].id}))
    answers = []
    for mentor, mentee in (({"Ana": "ana", "Béa": "bea"}[proposed], "philippe"), ("tom", "zoe")):
        assert_ok(lea.slash(f"/tandem tour pourquoi @{mentor} @{mentee}"))
        answers.append([(one["type"], one.get("text", {}).get("text")) for one in lea.view["blocks"][1:]])
        lea.close_view()
    assert answers[0] == answers[1]
    assert "reste secret" in str(answers[0])


def test_whoever_finds_every_seat_taken_is_told_so_and_a_lead_reads_it_in_words(drafted: World) -> None:
    lea = drafted.people["lea"]
    drafted.come("zoe", "Zoé Petit")
    drafted.enrol("zoe", Role.MENTEE)
    assert_ok(lea.click("round_draft"))
    assert "group_too_small" not in str(lea.view["blocks"])
    assert "trop peu de personnes" not in str(lea.view["blocks"]), "one more seat would have done"
    assert "toutes les places qui conviendraient sont prises" in str(lea.view["blocks"])
    assert_ok(lea.click("round_publish"))
    drafted.pass_time(minutes=1)
    [told] = [
        one.inbox[-1] for one in (drafted.people[name] for name in ("philippe", "omar", "zoe"))
        if one.inbox[-1].metadata["event_type"] == "tandem_unserved"
    ]  # fmt: skip
    assert "have their seats taken" in str(told.blocks) or "places prises" in str(told.blocks)


def test_a_lead_may_set_a_rule_aside_for_two_people_and_it_is_noted(drafted: World) -> None:
    lea = drafted.people["lea"]
    drafted.come("ines", "Inès Diaz")
    drafted.services.enrolment.enrol(
        drafted.actor("ines"),
        drafted.form(Role.MENTEE, wants={"data_protection": Use.NEVER}),
        now=drafted.now,
    )
    drafted.come("tom", "Tom Baker")
    drafted.services.enrolment.enrol(
        drafted.actor("tom"), drafted.form(Role.MENTOR, offers={"online_image": Level.COULD_SHOW}), now=drafted.now
    )
    assert_ok(lea.slash("/tandem round why @tom @ines"))
    assert_ok(lea.click("round_pair_anyway"))
    assert pairs(drafted)["Inès"] == "Tom"
    with drafted.services.storage.read() as uow:
        assert "round_override" in {entry.action for entry in uow.audit.latest(limit=20)}


def test_a_button_that_is_out_of_date_sets_no_wish_to_be_kept_apart_aside(drafted: World) -> None:
    lea = drafted.people["lea"]
    drafted.come("ines", "Inès Diaz")
    drafted.enrol("ines", Role.MENTEE, wants={"data_protection": Use.NEVER})
    drafted.come("tom", "Tom Baker")
    drafted.enrol("tom", Role.MENTOR, offers={"online_image": Level.COULD_SHOW})
    assert_ok(lea.slash("/tandem round why @tom @ines"))
    avoids = frozenset({drafted.people["tom"].id})
    drafted.enrol("ines", Role.MENTEE, wants={"data_protection": Use.NEVER}, avoids=avoids)
    assert_ok(lea.click("round_pair_anyway"))
    assert "Inès" not in pairs(drafted)


def test_two_proposals_swap_their_mentors_after_the_cost_was_shown(drafted: World) -> None:
    lea = drafted.people["lea"]
    before = pairs(drafted)
    choose(drafted, "swap_with")
    [first] = [one for one in lea.view["blocks"] if one["type"] == "input"]
    assert first["element"]["type"] == "users_select"
    swapped = next(
        name for name in ("philippe", "omar") if f"<@{drafted.people[name].id}>" not in first_mentee(drafted)
    )
    assert not lea.submit({"mentee": drafted.people[swapped].id}).errors
    assert pairs(drafted) == before, "nothing moves before the lead has seen the cost"
    assert "score total" in str(lea.view["blocks"])
    assert_ok(lea.click("round_swap"))
    after = pairs(drafted)
    assert after == {"Philippe": before["Omar"], "Omar": before["Philippe"]}
    lea.close_view()
    assert str(lea.view["blocks"]).count(":lock:") == 2
    drafted.assert_nothing_was_refused()


def test_a_swap_with_nobody_of_the_draft_is_corrected_beside_its_field(drafted: World) -> None:
    lea = drafted.people["lea"]
    choose(drafted, "swap_with")
    for name in ("ana", "lea"):
        assert "mentee" in lea.submit({"mentee": drafted.people[name].id}).errors
    drafted.assert_nothing_was_refused()


def first_mentee(world: World) -> str:
    """Return the head of the first proposal on the page under the modal."""
    with world.services.storage.read() as uow:
        cohort = uow.cohorts.open()
        assert cohort is not None
        draft = uow.rounds.draft(cohort.id)
        assert draft is not None
        [(_, mentee)] = uow.rounds.proposals(draft.id)[0].pairs
        return f"<@{uow.people.get(mentee).user_id}>"


def test_what_is_kept_stays_when_the_rest_is_solved_again(drafted: World) -> None:
    choose(drafted, "lock")
    kept = pairs(drafted)
    drafted.come("carl", "Carl Lind")
    drafted.enrol("carl", Role.MENTOR, seats=1)
    assert_ok(drafted.people["lea"].click("round_draft"))
    assert any(kept.get(mentee) == mentor for mentee, mentor in pairs(drafted).items())
    assert ":lock:" in str(drafted.people["lea"].view["blocks"])


def test_whoever_is_left_out_of_a_round_waits_on_its_page_beside_the_others(drafted: World) -> None:
    lea = drafted.people["lea"]
    drafted.come("zoe", "Zoé Petit")
    drafted.enrol("zoe", Role.MENTEE)
    assert_ok(lea.click("round_draft"))
    assert "1 personne en attente" in str(lea.view["blocks"])
    left_out = first_mentee(drafted)
    choose(drafted, "leave_out")
    page = str(lea.view["blocks"])
    assert "2 personnes en attente" in page
    assert left_out in page.partition("en attente, pourquoi")[2]
    drafted.assert_nothing_was_refused()


def test_a_proposal_left_out_tells_its_mentee_that_they_wait(drafted: World) -> None:
    lea = drafted.people["lea"]
    choose(drafted, "leave_out")
    assert len(pairs(drafted)) == 1
    assert_ok(lea.click("round_publish"))
    drafted.pass_time(minutes=1)
    told = [drafted.people[name].inbox[-1].metadata["event_type"] for name in ("philippe", "omar")]
    assert sorted(told) == ["tandem_proposal_asked", "tandem_unserved"]


def test_whoever_is_left_out_stays_so_when_the_rest_is_solved_again_until_a_lead_pairs_them(drafted: World) -> None:
    lea = drafted.people["lea"]
    choose(drafted, "leave_out")
    [kept] = pairs(drafted)
    [left_out] = {"Philippe", "Omar"} - {kept}
    assert_ok(lea.click("round_draft"))
    assert list(pairs(drafted)) == [kept]
    assert "écarté par un pilote" in str(lea.view)
    lead, mentee = drafted.actor("lea"), drafted.actor(left_out.lower())
    mentor = drafted.actor({"Ana": "ana", "Béa": "bea"}[pairs(drafted)[kept]])
    drafted.services.rounds.pair_up(lead, mentor.person_id, mentee.person_id, override=False, now=drafted.now)
    assert left_out in pairs(drafted)


def test_publishing_drops_a_proposal_that_no_longer_stands(drafted: World) -> None:
    before = pairs(drafted)
    drafted.services.enrolment.leave(drafted.actor({"Ana": "ana", "Béa": "bea"}[before["Philippe"]]), now=drafted.now)
    assert_ok(drafted.people["lea"].click("round_publish"))
    drafted.pass_time(minutes=1)
    assert drafted.people["philippe"].inbox[-1].metadata["event_type"] == "tandem_unserved"
    assert drafted.people["omar"].inbox[-1].metadata["event_type"] == "tandem_proposal_asked"


def wait_for_view(world: World, text: str) -> None:
    """Wait until Léa's modal says *text*."""
    lea = world.people["lea"]
    world.place.workspace.wait_for(
        lambda: (lea.view is not None and text in str(lea.view["blocks"])) or None, 5, what=f"a modal that says {text}"
    )


def test_a_round_that_takes_long_to_solve_is_shown_when_it_is_done(drafted: World, slowed: Slowed) -> None:
    solving = slowed(RoundService, "draft")
    lea = drafted.people["lea"]
    assert_ok(lea.click("round_draft"))
    assert "round_publish" not in str(lea.view["blocks"]), "meanwhile it says that it is solving"
    solving.set()
    wait_for_view(drafted, "round_publish")
    drafted.assert_nothing_was_refused()


def test_a_round_that_takes_long_to_publish_says_so_until_it_is_done(drafted: World, slowed: Slowed) -> None:
    publishing = slowed(RoundService, "publish")
    lea = drafted.people["lea"]
    assert_ok(lea.click("round_publish"))
    assert "Publication en cours" in str(lea.view["blocks"])
    assert "redemandez" in str(lea.view["blocks"]), "should the process be lost before it is done"
    publishing.set()
    wait_for_view(drafted, "2 propositions")
    drafted.pass_time(minutes=1)
    assert len(drafted.people["philippe"].inbox) == 1
    drafted.assert_nothing_was_refused()


def test_an_answer_that_takes_long_comes_in_the_place_of_the_question(drafted: World, slowed: Slowed) -> None:
    solving = slowed(RoundService, "why_not")
    lea = drafted.people["lea"]
    other = {"Ana": "bea", "Béa": "ana"}[pairs(drafted)["Philippe"]]
    assert_ok(lea.click("round_why"))
    submitted = lea.submit({"mentor": drafted.people[other].id, "mentee": drafted.people["philippe"].id})
    assert submitted.acked
    assert not submitted.errors
    assert "Calcul en cours" in str(lea.view["blocks"])
    solving.set()
    wait_for_view(drafted, "round_pair")
    assert_ok(lea.click("round_pair"))
    wait_for_view(drafted, "C’est fait")
    assert pairs(drafted)["Philippe"] == {"ana": "Ana", "bea": "Béa"}[other]
    drafted.assert_nothing_was_refused()


def test_an_answer_that_is_there_just_after_patience_ran_out_is_not_covered_by_the_wait(
    drafted: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "PATIENCE_SECONDS", 0)
    lea = drafted.people["lea"]
    assert_ok(lea.click("round_why"))
    assert lea.submit({"mentor": drafted.people["ana"].id, "mentee": drafted.people["lea"].id}).acked
    wait_for_view(drafted, "ou en a un")


def test_a_swap_that_takes_long_to_solve_shows_its_cost_when_it_is_done(drafted: World, slowed: Slowed) -> None:
    solving = slowed(RoundService, "swap_answer")
    lea = drafted.people["lea"]
    choose(drafted, "swap_with")
    swapped = next(
        name for name in ("philippe", "omar") if f"<@{drafted.people[name].id}>" not in first_mentee(drafted)
    )
    assert lea.submit({"mentee": drafted.people[swapped].id}).acked
    assert "Calcul en cours" in str(lea.view["blocks"])
    solving.set()
    wait_for_view(drafted, "round_swap")
    drafted.assert_nothing_was_refused()


def test_what_goes_wrong_late_is_told_where_the_answer_would_be(drafted: World, slowed: Slowed) -> None:
    solving = slowed(RoundService, "swap_answer")
    lea = drafted.people["lea"]
    choose(drafted, "swap_with")
    assert not lea.submit({"mentee": drafted.people["ana"].id}).errors
    solving.set()
    wait_for_view(drafted, "personne accompagnée d’une autre proposition")
    drafted.assert_nothing_was_refused()


def test_a_command_whose_answer_takes_long_is_answered_below_it_with_the_same_buttons(
    drafted: World, slowed: Slowed
) -> None:
    solving = slowed(RoundService, "why_not")
    lea = drafted.people["lea"]
    other = {"Ana": "bea", "Béa": "ana"}[pairs(drafted)["Philippe"]]
    lea.close_view()
    assert_ok(lea.slash(f"/tandem tour pourquoi @{other} @philippe"))
    assert "Calcul en cours" in lea.ephemerals[-1].text
    assert "redemandez" in lea.ephemerals[-1].text, "should the process be lost before it is done"
    solving.set()
    drafted.place.workspace.wait_for(
        lambda: "round_pair" in str(lea.ephemerals[-1].blocks) or None, 5, what="the answer below the command"
    )
    assert_ok(lea.click("round_pair", message=lea.ephemerals[-1]))
    wait_for_view(drafted, ":lock:")
    assert pairs(drafted)["Philippe"] == {"ana": "Ana", "bea": "Béa"}[other]
    drafted.assert_nothing_was_refused()


def test_a_command_that_fails_late_says_so_below_it(drafted: World, slowed: Slowed) -> None:
    solving = slowed(RoundService, "why_not")
    lea = drafted.people["lea"]
    assert_ok(lea.slash("/tandem tour pourquoi @ana @ana"))
    before = len(lea.ephemerals)
    solving.set()
    drafted.place.workspace.wait_for(
        lambda: len(lea.ephemerals) > before or None, 5, what="the refusal below the command"
    )
    assert "la même personne" in lea.ephemerals[-1].text


def test_leads_say_what_counts_and_the_next_draft_follows(drafted: World) -> None:
    lea = drafted.people["lea"]
    assert_ok(lea.slash("/tandem round"))
    assert_ok(lea.click("round_weights"))
    parts = ("topic_fit", "level_gap", "availability", "department", "place", "waiting")
    assert "topic_fit" in lea.submit(dict.fromkeys(parts, "0")).errors, "something has to count"
    assert not lea.submit({**dict.fromkeys(parts, "0"), "availability": "60"}).errors
    lea.close_view()
    assert_ok(lea.click("round_draft"))
    with drafted.services.storage.read() as uow:
        cohort = uow.cohorts.open()
        assert cohort is not None
        draft = uow.rounds.draft(cohort.id)
        assert draft is not None
        assert {one.score for one in uow.rounds.proposals(draft.id)} == {100}, (
            "they share half-days enough, and nothing else counts"
        )
        assert "round_weights" in {entry.action for entry in uow.audit.latest(limit=20)}
    drafted.assert_nothing_was_refused()


def test_whoever_was_left_waiting_goes_first_in_the_next_round(world: World) -> None:
    world.open_cohort()
    world.enrol("ana", Role.MENTOR, seats=1)
    world.enrol("philippe", Role.MENTEE, wants={"social_networks": Use.WEEKLY})
    world.enrol("omar", Role.MENTEE, wants={"social_networks": Use.WEEKLY})
    lea = world.people["lea"]
    assert_ok(lea.slash("/tandem round"))
    assert_ok(lea.click("round_draft"))
    [served] = pairs(world)
    assert_ok(lea.click("round_publish"))
    world.come("bea", "Béa Lopez")
    world.enrol("bea", Role.MENTOR, seats=1)
    world.come("zoe", "Zoé Petit")
    world.enrol("zoe", Role.MENTEE, wants={"social_networks": Use.NEVER})
    only_level = {"topic_fit": 0, "level_gap": 1, "availability": 0, "department": 0, "place": 0, "waiting": 0}
    world.services.rounds.set_weights(world.actor("lea"), only_level, now=world.now)
    assert_ok(lea.slash("/tandem round"))
    assert_ok(lea.click("round_draft"))
    assert pairs(world) == {({"Philippe", "Omar"} - {served}).pop(): "Béa"}, "though Zoé would score higher"


def test_a_draft_goes_with_its_cohort(drafted: World) -> None:
    lea = drafted.people["lea"]
    draft = lea.view
    assert_ok(lea.slash("/tandem cohort"))
    assert_ok(lea.click("close_cohort"))
    assert draft is not None
    lea.click("round_publish", view=draft)
    drafted.pass_time(minutes=1)
    asked = [one for person in drafted.people.values() for one in person.inbox if "proposal_asked" in str(one.metadata)]
    assert asked == []


def test_a_pair_that_is_forbidden_is_not_asked_after_a_no_either(drafted: World) -> None:
    shown = [one for one in drafted.people["lea"].view["blocks"] if "round_proposal" in str(one)]
    choose(drafted, "forbid", next(n for n, one in enumerate(shown) if drafted.people["ana"].id in str(one)))
    assert pairs(drafted) == {"Philippe": "Béa", "Omar": "Ana"}
    lea, omar, philippe = (drafted.people[name] for name in ("lea", "omar", "philippe"))
    assert_ok(lea.click("round_publish"))
    drafted.pass_time(minutes=1)
    assert_ok(omar.click("proposal_decline"))
    assert_ok(philippe.click("proposal_decline"))
    drafted.pass_time(minutes=1)
    asked = [one for one in philippe.inbox if "proposal_asked" in str(one.metadata)]
    assert len(asked) == 1, "Ana is free again, and forbidden"


def test_what_another_lead_decides_while_a_draft_is_solved_is_not_lost(
    drafted: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved = PooledCohort.solved

    def meanwhile(pooled: PooledCohort) -> Any:
        monkeypatch.setattr(PooledCohort, "solved", solved)
        choose(drafted, "lock")
        return solved(pooled)

    monkeypatch.setattr(PooledCohort, "solved", meanwhile)
    lea = drafted.people["lea"]
    lea.click("round_draft")
    assert "changed since" in str(lea.view) or "a changé" in str(lea.view)
    assert ":lock:" in str(drafted_page(drafted))


def test_a_draft_solved_while_another_is_published_is_not_kept(drafted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was just asked would be told that nobody was found for them."""
    solved = PooledCohort.solved

    def meanwhile(pooled: PooledCohort) -> Any:
        monkeypatch.setattr(PooledCohort, "solved", solved)
        assert_ok(drafted.people["lea"].click("round_publish"))
        return solved(pooled)

    monkeypatch.setattr(PooledCohort, "solved", meanwhile)
    with pytest.raises(ChangedSince):
        drafted.services.rounds.draft(drafted.actor("lea"), now=drafted.now)
    drafted.pass_time(minutes=1)
    told = [drafted.people[name].inbox[-1].metadata["event_type"] for name in ("philippe", "omar")]
    assert told == ["tandem_proposal_asked"] * 2


def drafted_page(world: World) -> Any:
    """Return the draft as it is reviewed now."""
    lea = world.people["lea"]
    lea.close_view()
    assert_ok(lea.slash("/tandem round"))
    assert_ok(lea.click("round_review"))
    return lea.view
