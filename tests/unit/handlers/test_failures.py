"""A failure becomes one sentence where the person is looking, and nothing they wrote reaches the log."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_bolt import BoltContext, BoltResponse
from slack_sdk.errors import SlackApiError

from bot.domain.access import Actor
from bot.errors import ChangedSince, NotAllowed, Required
from bot.locales import Texts
from bot.services import Services
from bot.services.base import Programme
from bot.services.once import Repeated
from handlers.errors import reply_to_failure
from tests.fakes.slack import FakeDirectory
from tests.fakes.storage import InMemoryStorage

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
SECRET = "what nobody else should read"


class Screen:
    """What the person sees: a Slack client and a response URL that keep what they are given."""

    def __init__(self, *, fails: Exception | None = None) -> None:
        self.fails = fails
        self.seen: list[tuple[str, dict[str, Any]]] = []

    def views_open(self, **given: Any) -> None:
        self._show("open", given)

    def views_push(self, **given: Any) -> None:
        self._show("push", given)

    def respond(self, message: dict[str, Any]) -> None:
        self._show("respond", message)

    def _show(self, how: str, what: dict[str, Any]) -> None:
        if self.fails:
            raise self.fails
        self.seen.append((how, what))


class BrokenStorage(InMemoryStorage):
    def begin(self) -> Any:
        raise RuntimeError(f"INSERT {SECRET}")


def fail(
    error: Exception, body: dict[str, Any], *, screen: Screen | None = None, storage: InMemoryStorage | None = None
) -> tuple[BoltResponse, Screen, InMemoryStorage]:
    """Return what comes of *error* in the request *body*."""
    screen, storage = screen or Screen(), storage or InMemoryStorage()
    actor = Actor(person_id="ana", user_id="UANA", team_id="T1", name="Ana", language="en", tz="UTC")
    services = Services(storage=storage, programme=Programme(), directory=FakeDirectory())
    context = BoltContext(t=Texts("en", "UTC"), actor=actor, services=services, now=NOW, user_id="UANA")
    if "command" in body:
        context["subcommand"] = "log"
    return reply_to_failure(error, body, context, screen, screen.respond), screen, storage  # type: ignore[arg-type]


def raised(error: Exception) -> Exception:
    """Return *error* as one that came through a listener."""
    try:
        raise error
    except Exception as caught:  # noqa: BLE001
        return caught


COMMAND = {"command": "/tandem", "text": f"log {SECRET}"}
BUTTON = {"type": "block_actions", "actions": [{"action_id": "open_log", "value": "id1"}], "trigger_id": "1.2"}
IN_MESSAGE = BUTTON | {"response_url": "https://example.com/r"}
IN_MODAL = BUTTON | {"view": {"type": "modal", "blocks": []}}
IN_HOME = BUTTON | {"view": {"type": "home", "blocks": []}}
FORM = {
    "type": "view_submission",
    "view": {
        "callback_id": "log",
        "blocks": [{"type": "input", "block_id": one} for one in ("date", "tried")],
        "state": {"values": {"tried": {"tried": {"value": SECRET}}}},
    },
}
NO_FIELDS = {"type": "view_submission", "view": {"callback_id": "notice", "blocks": [{"type": "section"}]}}
EVENT = {"type": "event_callback", "event": {"type": "message", "text": SECRET}}
EVERYTHING = {
    "command": COMMAND,
    "button in a message": IN_MESSAGE,
    "button in a modal": IN_MODAL,
    "button in the Home tab": IN_HOME,
    "form": FORM,
    "modal without fields": NO_FIELDS,
    "event": EVENT,
}


def test_a_refused_command_is_answered_under_it_with_what_was_typed() -> None:
    answer, screen, _ = fail(NotAllowed(), COMMAND)
    assert NotAllowed.sentence in answer.body
    assert SECRET in answer.body
    assert screen.seen == []


@pytest.mark.parametrize(
    ("body", "place"),
    [(IN_MESSAGE, "respond"), (IN_MODAL, "push"), (IN_HOME, "open")],
    ids=["message", "modal", "home"],
)
def test_a_refused_button_is_answered_where_it_was_pressed(body: dict[str, Any], place: str) -> None:
    _, screen, _ = fail(ChangedSince(), body)
    [(how, what)] = screen.seen
    assert how == place
    assert ChangedSince.sentence in str(what)


def test_a_refused_form_is_corrected_beside_the_field_and_keeps_what_was_typed() -> None:
    answer, _, _ = fail(Required(field="tried"), FORM)
    assert '"tried": "Please fill this in."' in answer.body
    answer, _, _ = fail(ChangedSince(), FORM)
    assert '"response_action": "errors", "errors": {"date":' in answer.body


def test_a_form_without_fields_gets_the_sentence_on_top() -> None:
    answer, _, _ = fail(ChangedSince(), NO_FIELDS)
    assert '"response_action": "push"' in answer.body


def test_nobody_is_answered_for_an_event() -> None:
    answer, screen, _ = fail(NotAllowed(), EVENT)
    assert (answer.status, answer.body, screen.seen) == (200, "", [])


def test_a_second_copy_of_a_request_is_acknowledged_in_silence() -> None:
    answer, screen, storage = fail(Repeated(), IN_MESSAGE)
    assert (answer.status, screen.seen, storage._tables.audit) == (200, [], {})


@pytest.mark.parametrize("body", EVERYTHING.values(), ids=EVERYTHING)
def test_what_we_did_not_expect_gives_a_reference_and_no_words_of_anybodys_to_the_log(
    body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer, screen, storage = fail(raised(ValueError(f"cannot read {SECRET!r}")), body)
    assert "ValueError" in caplog.text
    assert SECRET not in caplog.text
    told = f"{answer.body}{screen.seen}"
    assert "Traceback" not in told
    assert "cannot read" not in told
    if body is not EVENT:
        reference = caplog.text.partition("reference ")[2][:8]
        assert reference in told
    [entry] = storage._tables.audit.values()
    assert entry.outcome == "ValueError"
    assert SECRET not in repr(entry)


@pytest.mark.parametrize(
    "broken",
    [SlackApiError("no", {"error": "expired_trigger_id"}), OSError("reset"), KeyError("view")],  # type: ignore[no-untyped-call]
)
@pytest.mark.parametrize("body", [IN_MESSAGE, IN_MODAL, IN_HOME])
def test_a_reply_that_fails_too_is_survived(body: dict[str, Any], broken: Exception) -> None:
    answer, _, _ = fail(NotAllowed(), body, screen=Screen(fails=broken))
    assert answer.status == 200


def test_a_database_that_fails_does_not_cost_the_person_their_answer(caplog: pytest.LogCaptureFixture) -> None:
    answer, _, _ = fail(NotAllowed(), COMMAND, storage=BrokenStorage())
    assert NotAllowed.sentence in answer.body
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "body",
    [{}, {"type": "block_actions", "actions": []}, {"actions": 5}, {"event": None}, {"type": "view_submission"}],
)
def test_a_payload_of_no_known_shape_is_survived(body: dict[str, Any]) -> None:
    answer, _, _ = fail(ChangedSince(), body)
    assert answer.status == 200
