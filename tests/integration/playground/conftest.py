"""A small workspace, and a bare app connected to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from slack_sdk import WebClient

from playground import Clock, Person, Playground
from tests.integration.playground.tiny_app import MANIFEST, TinyApp, connected

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def pg() -> Iterator[Playground]:
    """A workspace at noon, with nobody in it and no app connected."""
    with Playground(MANIFEST, clock=Clock(frozen_at=NOON), page=False, ack_timeout=1.0) as playground:
        yield playground


@pytest.fixture
def ana(pg: Playground) -> Person:
    return pg.add_member("ana", "Ana Martin", email="ana@belvarin.example", locale="fr-FR", tz="Europe/Paris")


@pytest.fixture
def client(pg: Playground) -> WebClient:
    """What the app calls Slack with, without an app around it."""
    return WebClient(token=pg.bot_token, base_url=pg.api_url)


@pytest.fixture
def tiny(pg: Playground) -> Iterator[TinyApp]:
    with connected(pg) as app:
        yield app
