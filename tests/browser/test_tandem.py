"""The bot itself, in the page: what somebody who opens the playground sees of it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app import Tandem
from bot.config import Config
from bot.domain.people import Role
from playground import Clock, Playground
from playground.company import sample_company
from storage import open_storage
from tests.acceptance.conftest import MONDAY, ROOT, World
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
    with ExitStack() as stack:
        place = stack.enter_context(Playground(ROOT / "manifest.yml", company, clock=Clock(frozen_at=MONDAY)))
        config = Config(
            bot_token=place.bot_token,
            app_token=place.app_token,
            slack_api_url=place.api_url,
            leads=frozenset({lead.user_id}),
        )
        storage = open_storage(f"sqlite:///{tmp_path}/tandem.db")
        stack.callback(storage.close)
        storage.migrate()
        tandem = Tandem(config, storage, place.clock)
        stack.callback(tandem.close)
        tandem.connect()
        place.wait_until_connected()
        place.on_move = lambda moment: tandem.timetable.run_until(moment, place.clock.move_to)
        world = World(place=place, tandem=tandem)
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
