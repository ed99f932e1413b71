"""The bot itself, in the page: what somebody who opens the playground sees of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from bot.domain.people import Role
from playground import Clock, Playground
from playground.company import sample_company
from tests.acceptance.conftest import MONDAY, ROOT, World, opened
from tests.browser.conftest import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext

SCREENSHOT = ROOT / "docs" / "images" / "playground.png"
"""The README's picture; `SCREENSHOT=1 make test ARGS=tests/browser/test_tandem.py` takes it anew."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A frozen Monday morning in the sample company: Ana mentors Philippe, and Claire leads."""
    company = sample_company(60)
    lead, mentor, mentee = (company.played_by(part) for part in ("lead", "mentor", "mentee"))
    place = Playground(ROOT / "manifest.yml", company, clock=Clock(frozen_at=MONDAY))
    with opened(place, tmp_path, leads={lead.user_id}) as world:
        place.on_move = lambda moment: world.tandem.timetable.run_until(moment, place.clock.move_to)
        for name, who in {"lea": lead, "ana": mentor, "philippe": mentee}.items():
            place.change_user(who.user_id, locale="en-GB")
            world.people[name] = place.person(who.user_id)
        world.open_cohort()
        yield world


def test_somebody_is_nudged_and_plans_from_the_nudge(context: BrowserContext, world: World) -> None:
    world.enrol("ana", Role.MENTOR)
    world.enrol("philippe", Role.MENTEE)
    world.pair("ana", "philippe")
    ana = Screen(page=context.new_page(), url=world.place.url, person=world.people["ana"])
    ana.page.set_viewport_size({"width": 1440, "height": 1080})
    ana.open()
    for day in ("Tue, 2 Mar", "Wed, 3 Mar", "Thu, 4 Mar", "Fri, 5 Mar"):
        ana.page.get_by_role("button", name="Move time on by one day").click()
        expect(ana.page.locator(".clock-text")).to_contain_text(day)

    nudge = ana.page.locator(".message", has_text="your first session has no date yet")
    nudge.get_by_role("button", name="Another time").click()
    plan = ana.page.get_by_role("dialog", name="Plan a session")
    expect(plan).to_contain_text("With @Philippe")
    if os.environ.get("SCREENSHOT") == "1":
        ana.page.screenshot(path=SCREENSHOT)
    plan.get_by_label("Where").fill("Café du canal")
    plan.get_by_role("button", name="Plan", exact=True).click()

    expect(ana.page.get_by_role("dialog")).to_contain_text("Planned")
    [meeting] = world.services.sessions.meetings(world.actor("philippe"))
    assert meeting.session.place == "Café du canal"
    world.assert_nothing_was_refused()
