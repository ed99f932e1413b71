"""What people type and pick becomes the state Slack sends."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from playground import Clock, Workspace
from playground.errors import CannotDoThat
from playground.forms import NotAccepted, filled, initial_state, is_empty, places
from playground.manifest import Manifest
from playground.workspace import User

Json = dict[str, Any]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
YES, NO = ({"text": {"type": "plain_text", "text": text}, "value": text.lower()} for text in ("Yes", "No"))


@pytest.fixture
def workspace() -> Workspace:
    workspace = Workspace(Manifest.read({}), clock=Clock(frozen_at=NOON))
    workspace.put_user(User(id="U1", name="ana", real_name="Ana Martin", email="ana@belvarin.example"))
    workspace.put_user(User(id="U2", name="bob", real_name="Bob Stone", deleted=True))
    workspace.create_channel("general", ["U1"], app_member=False)
    return workspace


def field(element: Json, block_id: str = "b") -> Json:
    return {"type": "input", "block_id": block_id, "element": {"action_id": "a", **element}}


@pytest.mark.parametrize(
    ("element", "human", "value"),
    [
        ({"type": "plain_text_input"}, "Hi", {"value": "Hi"}),
        ({"type": "plain_text_input"}, "", {"value": None}),
        ({"type": "number_input", "min_value": "1"}, 7, {"value": "7"}),
        ({"type": "email_text_input"}, "a@b.example", {"value": "a@b.example"}),
        ({"type": "url_text_input"}, "https://b.example", {"value": "https://b.example"}),
        ({"type": "datepicker"}, "2026-03-31", {"selected_date": "2026-03-31"}),
        ({"type": "datepicker"}, date(2026, 3, 31), {"selected_date": "2026-03-31"}),
        ({"type": "datepicker"}, None, {"selected_date": None}),
        ({"type": "timepicker"}, "14:30", {"selected_time": "14:30"}),
        ({"type": "timepicker"}, time(9, 5), {"selected_time": "09:05"}),
        ({"type": "datetimepicker"}, "2026-03-02T12:00:00+00:00", {"selected_date_time": int(NOON.timestamp())}),
        ({"type": "static_select", "options": [YES, NO]}, "no", {"selected_option": NO}),
        ({"type": "static_select", "option_groups": [{"options": [YES]}]}, "Yes", {"selected_option": YES}),
        ({"type": "radio_buttons", "options": [YES, NO]}, "yes", {"selected_option": YES}),
        ({"type": "checkboxes", "options": [YES, NO]}, ["yes", "no"], {"selected_options": [YES, NO]}),
        ({"type": "multi_static_select", "options": [YES, NO]}, [], {"selected_options": []}),
        ({"type": "users_select"}, "ana", {"selected_user": "U1"}),
        ({"type": "users_select"}, "ana@belvarin.example", {"selected_user": "U1"}),
        ({"type": "multi_users_select"}, ["U1"], {"selected_users": ["U1"]}),
        ({"type": "external_select"}, YES, {"selected_option": YES}),
    ],
)
def test_a_human_value_becomes_a_state_value(workspace: Workspace, element: Json, human: Any, value: Json) -> None:
    assert filled(element, human, workspace) == {"type": element["type"], **value}


def test_a_channel_is_picked_by_name(workspace: Workspace) -> None:
    value = filled({"type": "conversations_select"}, "#general", workspace)

    assert value["selected_conversation"] == workspace.channel("general").id


@pytest.mark.parametrize(
    ("element", "human", "complaint"),
    [
        ({"type": "plain_text_input", "min_length": 3}, "ab", "at least 3"),
        ({"type": "plain_text_input", "max_length": 3}, "abcd", "at most 3"),
        ({"type": "plain_text_input"}, "x" * 3001, "at most 3000"),
        ({"type": "number_input"}, "seven", "valid number"),
        ({"type": "number_input"}, "1.5", "valid number"),
        ({"type": "number_input", "max_value": "5"}, "6", "at most 5"),
        ({"type": "email_text_input"}, "nobody", "valid email"),
        ({"type": "url_text_input"}, "nowhere", "valid URL"),
        ({"type": "checkboxes", "options": [YES, NO], "max_selected_items": 1}, ["yes", "no"], "up to 1"),
    ],
)
def test_slacks_client_complains_under_the_field(
    workspace: Workspace, element: Json, human: Any, complaint: str
) -> None:
    with pytest.raises(NotAccepted, match=complaint):
        filled(element, human, workspace)


@pytest.mark.parametrize(
    ("element", "human"),
    [
        ({"type": "static_select", "options": [YES, NO]}, "maybe"),
        ({"type": "datepicker"}, "31/03/2026"),
        ({"type": "timepicker"}, "25:00"),
        ({"type": "datetimepicker"}, "2026-03-02T12:00:00"),
        ({"type": "users_select"}, "nobody"),
        ({"type": "users_select"}, "bob"),
        ({"type": "channels_select"}, "#nowhere"),
        ({"type": "external_select"}, "guess"),
        ({"type": "file_input"}, "F404"),
    ],
)
def test_what_no_picker_offers_cannot_be_picked(workspace: Workspace, element: Json, human: Any) -> None:
    with pytest.raises(CannotDoThat):
        filled(element, human, workspace)


def test_a_form_starts_with_its_initial_values() -> None:
    blocks = [
        field({"type": "plain_text_input", "initial_value": "Ada"}, "name"),
        field({"type": "checkboxes", "options": [YES, NO], "initial_options": [NO]}, "boxes"),
        {"type": "actions", "block_id": "go", "elements": [{"type": "button", "action_id": "x"}]},
    ]

    assert initial_state(blocks) == {
        "name": {"a": {"type": "plain_text_input", "value": "Ada"}},
        "boxes": {"a": {"type": "checkboxes", "selected_options": [NO]}},
    }


def test_what_was_filled_in_is_kept_under_the_same_ids_and_kind() -> None:
    kept = {"b": {"a": {"type": "plain_text_input", "value": "typed"}}}

    assert initial_state([field({"type": "plain_text_input"})], kept) == kept
    changed = initial_state([field({"type": "datepicker"})], kept)
    assert is_empty(changed["b"]["a"])


def test_every_interactive_element_is_found_in_reading_order() -> None:
    blocks = [
        {"type": "section", "block_id": "1", "accessory": {"type": "button", "action_id": "first"}},
        {"type": "section", "block_id": "2", "accessory": {"type": "image", "alt_text": "x"}},
        field({"type": "plain_text_input", "action_id": "second"}),
        {"type": "actions", "block_id": "4", "elements": [{"type": "overflow", "action_id": "third"}]},
        {"type": "divider", "block_id": "5"},
    ]

    assert [place.action_id for place in places(blocks)] == ["first", "second", "third"]
