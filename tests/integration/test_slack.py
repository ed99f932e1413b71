"""The messenger and the directory against a workspace that answers, and fails, over real HTTP."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from bot.domain.letters import ProposalClosed
from bot.domain.outbox import HTTP_TIMEOUT, LEASE, OutboxMessage
from bot.domain.overviews import Following
from bot.errors import DeliveryError, InstallationGone, MaybeSent, RateLimited, Refused, TooLate, Unreachable
from bot.ports import Sent
from bot.slack.client import web_client
from bot.slack.directory import SlackDirectory
from bot.slack.messenger import SlackMessenger
from playground import Playground
from playground.rates import Rate, RateLimits
from playground.workspace import User
from tests.builders import NOW, a_message, a_topic

MANIFEST = Path(__file__).parents[2] / "manifest.yml"
LETTER = ProposalClosed(topic=a_topic(), following=Following.WAITING)
ANA = User(id="UANA", name="ana", real_name="Ana Ruiz", email="ana@example.com", locale="fr-FR", tz="Europe/Madrid")
GUS = User(id="UGUS", name="gus", real_name="Gus Guest", guest=True)
LEA = User(id="ULEA", name="lea", real_name="Léa Left", deleted=True)


@pytest.fixture(scope="module")
def workspace() -> Iterator[Playground]:
    # Tests send faster than a bot would.
    limits = RateLimits(channel=Rate(burst=100, per_second=100))
    with Playground(MANIFEST, page=False, limits=limits) as playground:
        for user in (ANA, GUS, LEA):
            playground.workspace.put_user(user)
        yield playground


@pytest.fixture(autouse=True)
def faultless(workspace: Playground) -> None:
    workspace.faults.clear()


@pytest.fixture
def messenger(workspace: Playground) -> SlackMessenger:
    client = web_client(token=workspace.bot_token, base_url=workspace.api_url)
    client.timeout = 1
    return SlackMessenger(client=client)


def test_a_call_ends_long_before_the_lease_of_its_message(workspace: Playground) -> None:
    # The fence lets a call begin while two of these are left.
    client = web_client(token=workspace.bot_token, base_url=workspace.api_url)
    assert timedelta(seconds=client.timeout) == HTTP_TIMEOUT < LEASE / 2


def test_a_message_is_found_though_the_clock_of_slack_is_behind(
    workspace: Playground, messenger: SlackMessenger
) -> None:
    one = message()
    sent = send(messenger, one)
    assert messenger.find(replace(one, created_at=one.created_at + timedelta(minutes=5))) == sent


_ids = iter(range(10_000))


def message(conversation: str = ANA.id, **fields: Any) -> OutboxMessage:
    return a_message(
        f"message{next(_ids)}",
        conversation=conversation,
        kind="proposal_closed",
        created_at=datetime.now(UTC),
        **fields,
    )


def send(messenger: SlackMessenger, message: OutboxMessage, check: Callable[[], None] = lambda: None) -> Sent:
    return messenger.send(message, LETTER, language="en", tz="Europe/Paris", check=check)


def posted(workspace: Playground, message: OutboxMessage) -> list[str]:
    return [
        one.ts
        for channel in workspace.workspace.channels.values()
        for one in channel.messages.values()
        if one.metadata and one.metadata["event_payload"] == {"id": message.id}
    ]


def test_a_letter_is_posted_in_the_conversation_marked_with_its_id(
    workspace: Playground, messenger: SlackMessenger
) -> None:
    one = message()
    sent = send(messenger, one)
    shown = workspace.workspace.channels[sent.channel_id].messages[sent.ts]
    assert shown.metadata == {"event_type": "tandem_proposal_closed", "event_payload": {"id": one.id}}
    assert shown.blocks
    assert messenger.find(one) == sent


def test_a_nudge_is_marked_as_one(workspace: Playground, messenger: SlackMessenger) -> None:
    sent = send(messenger, message(proactive=True))
    shown = workspace.workspace.channels[sent.channel_id].messages[sent.ts]
    assert shown.metadata is not None
    assert shown.metadata["event_type"] == "tandem_nudge_proposal_closed"


def test_the_same_message_sent_twice_is_shown_once(workspace: Playground, messenger: SlackMessenger) -> None:
    one = message()
    assert send(messenger, one) == send(messenger, one)
    assert len(posted(workspace, one)) == 1


@pytest.mark.parametrize(
    ("fault", "error", "arrives"),
    [
        ("429", RateLimited, False),
        ("5xx_before", MaybeSent, False),
        ("5xx_after", MaybeSent, True),
        ("drop_before", MaybeSent, False),
        ("drop_after", MaybeSent, True),
        ("hang", MaybeSent, False),
        ("hang_after", MaybeSent, True),
    ],
)
def test_a_failure_says_what_is_known_and_history_says_the_rest(
    workspace: Playground, messenger: SlackMessenger, fault: Any, error: type[DeliveryError], arrives: bool
) -> None:
    one = message()
    struck = workspace.faults.add("chat.postMessage", fault, retry_after=7, seconds=1.5)
    with pytest.raises(error) as raised:
        send(messenger, one)
    assert struck.hits == 1, "the client does not repeat a call by itself"
    if isinstance(raised.value, RateLimited):
        assert raised.value.retry_after == 7
    found = messenger.find(one)
    assert (found is not None) is arrives
    assert [found.ts] if found else posted(workspace, one) == []


def test_a_message_can_be_stopped_until_its_connection_stands(
    workspace: Playground, messenger: SlackMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = message()
    steps: list[str] = []
    connect = HTTPConnection.connect

    def connecting(connection: HTTPConnection) -> None:
        connect(connection)
        steps.append("connected")

    def too_late() -> None:
        steps.append("checked")
        raise TooLate("lease")

    monkeypatch.setattr(HTTPConnection, "connect", connecting)
    with pytest.raises(TooLate):
        send(messenger, one, too_late)
    assert steps == ["connected", "checked"]
    assert posted(workspace, one) == []
    send(messenger, one)
    assert len(posted(workspace, one)) == 1


def test_an_address_where_nobody_listens_is_out_of_reach(workspace: Playground) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        messenger = SlackMessenger(client=web_client(token="xoxb", base_url=f"http://127.0.0.1:{port}/api/"))
        with pytest.raises(Unreachable):
            send(messenger, message())


@pytest.mark.parametrize(
    ("conversation", "code"),
    [("UNOBODY", "channel_not_found"), ("CNOWHERE", "channel_not_found"), (LEA.id, "user_disabled")],
)
def test_somebody_who_cannot_be_reached_is_a_refusal(messenger: SlackMessenger, conversation: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        send(messenger, message(conversation))


def test_a_token_that_is_not_ours_any_more_is_about_the_installation(workspace: Playground) -> None:
    messenger = SlackMessenger(client=web_client(token="xoxb-old", base_url=workspace.api_url))
    with pytest.raises(InstallationGone, match="invalid_auth"):
        send(messenger, message())


def test_without_the_scope_history_is_unreadable_and_that_is_no_answer() -> None:
    with Playground(MANIFEST, page=False, missing_scopes=["im:history"]) as playground:
        playground.workspace.put_user(ANA)
        messenger = SlackMessenger(client=web_client(token=playground.bot_token, base_url=playground.api_url))
        with pytest.raises(Refused, match="missing_scope"):
            messenger.find(message())


def test_a_message_is_found_behind_many_others(workspace: Playground, messenger: SlackMessenger) -> None:
    first = message(GUS.id)
    sent = send(messenger, first)
    channel = workspace.workspace.channels[sent.channel_id]
    shown = channel.messages[sent.ts]
    for index in range(450):
        workspace.workspace.post(replace(shown, ts=workspace.workspace.new_ts(), metadata=None, text=str(index)))
    assert messenger.find(first) == sent


def test_messages_older_than_the_row_are_not_looked_through(messenger: SlackMessenger) -> None:
    one = message()
    send(messenger, one)
    assert messenger.find(replace(one, created_at=NOW.replace(year=2100))) is None


def test_the_directory_tells_language_zone_and_standing(workspace: Playground) -> None:
    directory = SlackDirectory(client=web_client(token=workspace.bot_token, base_url=workspace.api_url))
    ana = directory.fetch(ANA.id)
    assert (ana.name, ana.locale, ana.tz, ana.team_id) == (
        "Ana Ruiz",
        "fr-FR",
        "Europe/Madrid",
        workspace.workspace.team_id,
    )
    assert not ana.is_guest
    assert directory.fetch(GUS.id).is_guest
    lea = directory.fetch(LEA.id)
    assert (lea.is_deactivated, lea.name, lea.tz) == (True, "Léa Left", None)
    assert directory.fetch(workspace.workspace.bot_user_id).is_bot
    with pytest.raises(Refused, match="user_not_found"):
        directory.fetch("UNOBODY")
