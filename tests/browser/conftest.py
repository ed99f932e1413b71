"""A workspace with a small app in it, and a real browser in front of its page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from playground import Person, Playground
from playground.company import sample_company
from tests.browser.bare_app import MANIFEST, bare_app

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium: CHROMIUM's, or the first one installed."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        reason = "no Chromium found: install the chromium package, or name one in CHROMIUM"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app_client(playground: Playground) -> WebClient:
    """The Web API, as the app has it."""
    return WebClient(token=playground.bot_token, base_url=playground.api_url)


@pytest.fixture(scope="session")
def playground() -> Iterator[Playground]:
    """A workspace of about 600 people, with the small app connected; tests share it, each with people of its own.

    One for all, since the SDK takes seconds to hang up.
    """
    pg = Playground(MANIFEST, sample_company(), ack_timeout=1.0)
    with pg:
        client = WebClient(token=pg.bot_token, base_url=pg.api_url)
        handler = SocketModeHandler(bare_app(client), pg.app_token, web_client=client)
        handler.connect()  # type: ignore[no-untyped-call]
        try:
            pg.wait_until_connected()
            yield pg
        finally:
            handler.close()  # type: ignore[no-untyped-call]


class Crowd:
    """People nobody has acted as yet."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self._waiting = [user for user in playground.workspace.people() if not user.guest]

    def reader_of(self, locale: str) -> Person:
        """Somebody new, of this locale."""
        user = next(user for user in self._waiting if user.locale == locale)
        self._waiting.remove(user)
        return self.playground.person(user.id)


@pytest.fixture(scope="session")
def crowd(playground: Playground) -> Crowd:
    """Whom a test can be."""
    return Crowd(playground)


@dataclass(kw_only=True)
class Screen:
    """The page in front of *person*."""

    page: Page
    url: str
    person: Person
    complaints: list[str] = field(default_factory=list)

    def open(self) -> None:
        """Open the page, on the conversation with the app."""
        self.page.goto(f"{self.url}/#/{self.person.id}")
        expect(self.page.locator(".acting-name")).to_have_text(self.person.user.real_name)
        expect(self.composer).to_be_visible()

    @property
    def composer(self) -> Locator:
        """Where messages are written."""
        return self.page.locator(".composer-field")

    def type(self, text: str) -> None:
        """Send a message or a command."""
        self.composer.fill(text)
        self.composer.press("Escape")
        self.composer.press("Enter")


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own."""
    context = chromium.new_context(
        viewport={"width": 1360, "height": 860}, color_scheme="light", reduced_motion="reduce"
    )
    yield context
    context.close()


@pytest.fixture
def screen(context: BrowserContext, playground: Playground, crowd: Crowd) -> Iterator[Screen]:
    """The page in front of an English speaker; the test fails if the browser complained about anything."""
    screen = Screen(page=context.new_page(), url=playground.url, person=crowd.reader_of("en-US"))
    screen.page.on("pageerror", lambda error: screen.complaints.append(str(error)))
    screen.page.on(
        "console", lambda said: screen.complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    screen.open()
    yield screen
    assert screen.complaints == []
