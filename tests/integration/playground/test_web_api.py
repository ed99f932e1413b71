"""The Web API answers and refuses as Slack's does."""

from __future__ import annotations

import io
import json
import urllib.request
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from playground import Person, Playground
from tests.integration.playground.tiny_app import MANIFEST, actions, button, modal, section, text_input

Json = dict[str, Any]


def refused(call: Any, **arguments: Any) -> str:
    """The error code with which *call* is refused."""
    with pytest.raises(SlackApiError) as refusal:
        call(**arguments)
    return str(refusal.value.response["error"])


def get(url: str, **headers: str) -> tuple[str, bytes]:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the playground's own address
    with urllib.request.urlopen(request) as response:  # noqa: S310
        return response.headers["content-type"], response.read()


def post(url: str, body: Json) -> int:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310
            return int(response.status)
    except HTTPError as error:
        with error:
            return error.code


# -- tokens and scopes


def test_auth_test_names_the_app_and_its_scopes(pg: Playground, client: WebClient) -> None:
    response = client.auth_test()

    assert response["user_id"] == pg.workspace.bot_user_id
    assert response.headers["x-oauth-scopes"].split(",") == sorted(MANIFEST["oauth_config"]["scopes"]["bot"])


def test_tokens_are_checked(pg: Playground) -> None:
    assert refused(WebClient(base_url=pg.api_url).auth_test) == "not_authed"
    assert refused(WebClient(token="xoxb-wrong", base_url=pg.api_url).auth_test) == "invalid_auth"
    assert refused(WebClient(token=pg.app_token, base_url=pg.api_url).auth_test) == "not_allowed_token_type"
    client = WebClient(base_url=pg.api_url)
    assert refused(client.apps_connections_open, app_token=pg.bot_token) == "not_allowed_token_type"


def test_a_scope_that_was_not_granted_is_named(pg: Playground, client: WebClient) -> None:
    with pytest.raises(SlackApiError) as refusal:
        client.team_info()

    assert refusal.value.response["error"] == "missing_scope"
    assert refusal.value.response["needed"] == "team:read"
    assert "chat:write" in refusal.value.response["provided"]
    assert [tuple(each) for each in pg.workspace.refusals] == [("team.info", "missing_scope", "needs team:read")]


def test_a_method_that_does_not_exist_is_unknown(client: WebClient) -> None:
    assert refused(client.api_call, api_method="chat.shout") == "unknown_method"


def test_a_revoked_token_and_an_uninstalled_app_are_refused(pg: Playground, client: WebClient) -> None:
    pg.revoke_token()
    assert refused(client.auth_test) == "token_revoked"
    pg.uninstall()
    assert refused(client.auth_test) == "account_inactive"


# -- people


def test_a_user_has_a_locale_when_asked_and_an_email_when_allowed(pg: Playground, ana: Person) -> None:
    client = WebClient(token=pg.bot_token, base_url=pg.api_url)

    plain, full = client.users_info(user=ana.id)["user"], client.users_info(user=ana.id, include_locale=True)["user"]

    assert "locale" not in plain
    assert (full["locale"], full["tz"], full["tz_offset"]) == ("fr-FR", "Europe/Paris", 3600)
    assert full["profile"]["email"] == "ana@belvarin.example"
    with Playground(MANIFEST, page=False, missing_scopes=["users:read.email"]) as private:
        bob = private.add_member("bob", "Bob Stone", email="bob@belvarin.example")
        client = WebClient(token=private.bot_token, base_url=private.api_url)
        assert "email" not in client.users_info(user=bob.id)["user"]["profile"]
        assert refused(client.users_lookupByEmail, email="bob@belvarin.example") == "missing_scope"


def test_people_are_listed_page_by_page(pg: Playground, client: WebClient) -> None:
    people = {pg.add_member(f"p{number}", f"Person {number}", guest=number == 3).id for number in range(7)}

    pages = [page["members"] for page in client.users_list(limit=3)]

    members = [member for page in pages for member in page]
    assert [len(page) for page in pages] == [3, 3, 2]
    assert {member["id"] for member in members} == people | {pg.workspace.bot_user_id}
    assert [member["name"] for member in members if member.get("is_restricted")] == ["p3"]
    assert refused(client.users_list, limit=2000) == "invalid_limit"
    assert refused(client.users_list, cursor="zz") == "invalid_cursor"


def test_somebody_is_found_by_address_while_active(pg: Playground, ana: Person, client: WebClient) -> None:
    assert client.users_lookupByEmail(email="ANA@belvarin.example")["user"]["id"] == ana.id

    pg.change_user(ana.id, deleted=True)

    assert refused(client.users_lookupByEmail, email="ana@belvarin.example") == "users_not_found"
    assert client.users_info(user=ana.id)["user"]["deleted"] is True


# -- messages


def test_a_message_to_a_person_arrives_in_the_direct_message(pg: Playground, ana: Person, client: WebClient) -> None:
    response = client.chat_postMessage(channel=ana.id, text="Hello")

    assert response["channel"] == ana.dm.id == client.conversations_open(users=ana.id)["channel"]["id"]
    assert [message.text for message in ana.inbox] == ["Hello"]
    delivery = pg.workspace.record[-1]
    assert (delivery.kind, delivery.user, delivery.ts) == ("message", ana.id, response["ts"])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": [{"type": "blink"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("y" * 3000)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        ({"text": "x", "metadata": {"event_type": "t"}}, "invalid_metadata_format"),
        ({"text": "x", "channel": "C0000000000"}, "channel_not_found"),
        ({"text": "x", "channel": "U0000000000"}, "channel_not_found"),
    ],
)
def test_a_message_slack_would_refuse_is_refused(
    pg: Playground, ana: Person, client: WebClient, arguments: Json, error: str
) -> None:
    assert refused(client.chat_postMessage, **{"channel": ana.id, **arguments}) == error
    assert pg.workspace.record == []
    assert pg.workspace.refusals[-1].error == error


def test_a_message_of_nothing_is_refused(ana: Person, client: WebClient) -> None:
    # Called by name: the method of the client warns before it sends.
    assert refused(client.api_call, api_method="chat.postMessage", json={"channel": ana.id}) == "no_text"


def test_where_blocks_are_wrong_is_said(ana: Person, client: WebClient) -> None:
    with pytest.raises(SlackApiError) as refusal:
        client.chat_postMessage(channel=ana.id, text="x", blocks=[actions(button("a", "x" * 76))])

    pointed = "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"
    assert refusal.value.response["errors"] == [pointed]
    assert refusal.value.response["response_metadata"]["messages"] == [f"[ERROR] {pointed}"]


def test_people_and_places_the_app_cannot_write_to(pg: Playground, ana: Person, client: WebClient) -> None:
    elsewhere = pg.create_channel("elsewhere", [ana.id])
    archived = pg.create_channel("archived", [ana.id], app_member=True)
    pg.workspace.archive_channel(archived.id)
    bob = pg.add_member("bob", "Bob Stone")
    between = pg.workspace.dm(ana.id, bob.id)
    pg.change_user(bob.id, deleted=True)

    assert refused(client.chat_postMessage, channel=elsewhere.id, text="x") == "not_in_channel"
    assert refused(client.chat_postMessage, channel=archived.id, text="x") == "is_archived"
    assert refused(client.chat_postMessage, channel=between.id, text="x") == "channel_not_found"
    assert refused(client.chat_postMessage, channel=bob.id, text="x") == "user_disabled"
    assert refused(client.conversations_open, users=bob.id) == "user_disabled"
    assert refused(client.conversations_open, users=pg.workspace.bot_user_id) == "cannot_dm_bot"
    assert refused(client.conversations_open, users="U0000000000") == "user_not_found"


def test_without_a_messages_tab_nobody_is_written_to() -> None:
    manifest = {**MANIFEST, "features": {**MANIFEST["features"], "app_home": {"messages_tab_enabled": False}}}
    with Playground(manifest, page=False) as pg:
        ana = pg.add_member("ana", "Ana Martin")
        client = WebClient(token=pg.bot_token, base_url=pg.api_url)

        assert refused(client.chat_postMessage, channel=ana.id, text="x") == "messages_tab_disabled"


def test_the_same_client_msg_id_posts_once(pg: Playground, ana: Person, client: WebClient) -> None:
    first = client.chat_postMessage(channel=ana.id, text="Once", client_msg_id="7f6c")
    again = client.chat_postMessage(channel=ana.id, text="Once", client_msg_id="7f6c")

    assert first["ts"] == again["ts"]
    assert len(ana.inbox) == len(pg.workspace.record) == 1


def test_metadata_is_given_back_only_when_asked_for(ana: Person, client: WebClient) -> None:
    metadata = {"event_type": "nudge", "event_payload": {"id": "42"}}
    client.chat_postMessage(channel=ana.id, text="Hello", metadata=metadata)

    [without] = client.conversations_history(channel=ana.dm.id)["messages"]
    [with_it] = client.conversations_history(channel=ana.dm.id, include_all_metadata=True)["messages"]

    assert "metadata" not in without
    assert with_it["metadata"] == metadata


def test_history_is_newest_first_page_by_page_and_between_two_moments(
    pg: Playground, ana: Person, client: WebClient
) -> None:
    stamps = []
    for number in range(5):
        stamps.append(client.chat_postMessage(channel=ana.id, text=str(number))["ts"])
        pg.clock.move_by(timedelta(seconds=1))

    first = client.conversations_history(channel=ana.dm.id, limit=2)
    second = client.conversations_history(channel=ana.dm.id, limit=2, cursor=first["response_metadata"]["next_cursor"])
    between = client.conversations_history(channel=ana.dm.id, oldest=stamps[1], latest=stamps[3])
    inclusive = client.conversations_history(channel=ana.dm.id, oldest=stamps[1], latest=stamps[3], inclusive=True)

    assert first["has_more"]
    assert [message["text"] for message in first["messages"] + second["messages"]] == ["4", "3", "2", "1"]
    assert [message["text"] for message in between["messages"]] == ["2"]
    assert [message["text"] for message in inclusive["messages"]] == ["3", "2", "1"]


def test_a_message_is_changed_and_deleted_by_its_author_alone(pg: Playground, ana: Person, client: WebClient) -> None:
    posted = client.chat_postMessage(channel=ana.id, text="Draft", blocks=[section("Draft")])
    ana.say("Mine")
    theirs = ana.inbox[-1].ts

    client.chat_update(channel=ana.dm.id, ts=posted["ts"], text="Kept its blocks")
    assert ana.inbox[0].blocks[0]["text"]["text"] == "Draft"
    client.chat_update(channel=ana.dm.id, ts=posted["ts"], text="Final", blocks=[])
    assert (ana.inbox[0].text, ana.inbox[0].blocks, ana.inbox[0].edited) == ("Final", [], True)
    assert refused(client.chat_update, channel=ana.dm.id, ts=theirs, text="x") == "cant_update_message"
    assert refused(client.chat_delete, channel=ana.dm.id, ts=theirs) == "cant_delete_message"
    assert refused(client.chat_update, channel=ana.dm.id, ts="1.000000", text="x") == "message_not_found"
    client.chat_delete(channel=ana.dm.id, ts=posted["ts"])

    assert [message.text for message in ana.inbox] == ["Mine"]
    assert [delivery.kind for delivery in pg.workspace.record] == ["message", "update", "update", "delete"]


def test_an_ephemeral_message_is_seen_by_one_member(pg: Playground, ana: Person, client: WebClient) -> None:
    bob = pg.add_member("bob", "Bob Stone")
    channel = pg.create_channel("general", [ana.id], app_member=True)

    client.chat_postEphemeral(channel=channel.id, user=ana.id, text="For you")

    assert [message.text for message in ana.ephemerals] == ["For you"]
    assert bob.ephemerals == []
    assert refused(client.chat_postEphemeral, channel=channel.id, user=bob.id, text="x") == "user_not_in_channel"


# -- rates


def test_a_conversation_takes_one_message_a_second_after_a_small_burst(
    pg: Playground, ana: Person, client: WebClient
) -> None:
    burst = pg.workspace.limits.channel.burst
    for _ in range(burst):
        client.chat_postMessage(channel=ana.id, text="x")

    with pytest.raises(SlackApiError) as refusal:
        client.chat_postMessage(channel=ana.id, text="x")

    assert refusal.value.response.status_code == 429
    assert refusal.value.response["error"] == "ratelimited"
    assert refusal.value.response.headers["Retry-After"] == "1"
    pg.clock.move_by(timedelta(seconds=1))
    client.chat_postMessage(channel=ana.id, text="x")
    assert len(ana.inbox) == burst + 1


def test_the_workspace_takes_so_many_messages_at_once(pg: Playground, client: WebClient) -> None:
    people = [pg.add_member(f"p{number}", f"Person {number}") for number in range(pg.workspace.limits.workspace.burst)]
    for person in people:
        client.chat_postMessage(channel=person.id, text="x")
    late = pg.add_member("late", "Late Comer")

    assert refused(client.chat_postMessage, channel=late.id, text="x") == "ratelimited"


# -- views


def test_a_view_needs_a_trigger_that_is_known(client: WebClient) -> None:
    assert refused(client.views_open, trigger_id="1.2.abc", view=modal(section("x"))) == "expired_trigger_id"
    assert refused(client.views_open, trigger_id="nonsense", view=modal(section("x"))) == "invalid_trigger_id"


def test_a_trigger_is_good_for_three_seconds(
    pg: Playground, ana: Person, client: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = pg.workspace.new_trigger(ana.id)
    monkeypatch.setattr("playground.workspace.TRIGGER_LIFETIME", 0.0)

    assert refused(client.views_open, trigger_id=trigger, view=modal(section("x"))) == "expired_trigger_id"


def test_a_faulty_view_is_refused_with_where_it_is_wrong(pg: Playground, ana: Person, client: WebClient) -> None:
    view = {**modal(text_input("name")), "title": {"type": "plain_text", "text": "x" * 25}}

    with pytest.raises(SlackApiError) as refusal:
        client.views_open(trigger_id=pg.workspace.new_trigger(ana.id), view=view)

    assert refusal.value.response["error"] == "invalid_arguments"
    assert refusal.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    assert ana.view is None


def test_an_update_of_an_outdated_view_conflicts(pg: Playground, ana: Person, client: WebClient) -> None:
    shown = client.views_open(trigger_id=pg.workspace.new_trigger(ana.id), view=modal(section("1")))["view"]

    client.views_update(view_id=shown["id"], hash=shown["hash"], view=modal(section("2")))

    arguments = {"view_id": shown["id"], "hash": shown["hash"], "view": modal(section("3"))}
    assert refused(client.views_update, **arguments) == "hash_conflict"
    assert ana.wait_for_view()["blocks"][0]["text"]["text"] == "2"


def test_a_view_is_found_by_its_external_id_which_is_used_once(pg: Playground, ana: Person, client: WebClient) -> None:
    view = modal(section("1"), external_id="mine")
    client.views_open(trigger_id=pg.workspace.new_trigger(ana.id), view=view)

    client.views_update(external_id="mine", view=modal(section("2"), external_id="mine"))

    assert ana.wait_for_view()["blocks"][0]["text"]["text"] == "2"
    trigger = pg.workspace.new_trigger(ana.id)
    assert refused(client.views_push, trigger_id=trigger, view=view) == "duplicate_external_id"
    ana.close_view()
    assert refused(client.views_update, external_id="mine", view=view) == "not_found"


def test_a_view_of_more_than_250_kb_is_too_large(pg: Playground, ana: Person, client: WebClient) -> None:
    view = modal(*[section("x" * 3000) for _ in range(90)])

    assert refused(client.views_open, trigger_id=pg.workspace.new_trigger(ana.id), view=view) == "view_too_large"


def test_a_home_tab_is_published_without_a_trigger(pg: Playground, ana: Person, client: WebClient) -> None:
    client.views_publish(user_id=ana.id, view={"type": "home", "blocks": [section("Hi")]})

    assert ana.home is not None
    assert pg.workspace.record[-1].kind == "home"
    assert refused(client.views_publish, user_id="U0", view={"type": "home", "blocks": []}) == "user_not_found"
    assert refused(client.views_publish, user_id=ana.id, view=modal(section("x"))) == "invalid_arguments"


# -- files


def test_a_file_is_uploaded_shared_and_read(pg: Playground, ana: Person, client: WebClient) -> None:
    response = client.files_upload_v2(
        channel=ana.dm.id,
        filename="chart.png",
        title="Sessions",
        alt_txt="A bar chart",
        content=b"png",
        initial_comment="Here it is",
    )

    [message] = ana.inbox
    assert message.text == "Here it is"
    file = pg.workspace.files[message.files[0]]
    assert (file.content, file.title, file.alt_text, file.mimetype) == (b"png", "Sessions", "A bar chart", "image/png")
    assert pg.workspace.record[-1].kind == "file"
    address = client.files_info(file=response["file"]["id"])["file"]["url_private_download"]
    assert get(address, Authorization=f"Bearer {pg.bot_token}") == ("image/png", b"png")
    # Without a token Slack shows a page to sign in on, with status 200.
    assert get(address)[0].startswith("text/html")


def test_a_file_is_not_shared_with_a_users_id(ana: Person, client: WebClient) -> None:
    with pytest.raises(SlackApiError) as refusal:
        client.files_upload_v2(channel=ana.id, filename="a.txt", content="x")

    assert refusal.value.response["error"] == "channel_not_found"


def test_a_file_somebody_posts_can_be_read_by_the_app(pg: Playground, ana: Person, client: WebClient) -> None:
    file = ana.upload("people.csv", b"email,name", "text/csv", channel=ana.dm.id)

    info = client.files_info(file=file.id)["file"]

    assert (info["name"], info["size"], info["user"]) == ("people.csv", 10, ana.id)
    assert get(info["url_private"], Authorization=f"Bearer {pg.bot_token}")[1] == b"email,name"
    private = ana.upload("secret.csv", b"x", "text/csv")
    assert refused(client.files_info, file=private.id) == "file_not_found"


# -- conversations


def test_channels_are_listed_with_their_members(pg: Playground, ana: Person, client: WebClient) -> None:
    channel = pg.create_channel("general", [ana.id], app_member=True, topic="Everything")

    [listed] = client.conversations_list()["channels"]

    assert (listed["name"], listed["is_member"], listed["topic"]["value"]) == ("general", True, "Everything")
    members = client.conversations_members(channel=channel.id)["members"]
    assert set(members) == {ana.id, pg.workspace.bot_user_id}
    assert client.conversations_info(channel=channel.id)["channel"]["id"] == channel.id
    assert refused(client.conversations_list, types="im") == "missing_scope"
    assert refused(client.conversations_history, channel=channel.id) == "missing_scope"


def test_several_people_share_one_group_message(pg: Playground, ana: Person, client: WebClient) -> None:
    bob = pg.add_member("bob", "Bob Stone")

    group = client.conversations_open(users=[ana.id, bob.id])["channel"]["id"]
    client.chat_postMessage(channel=group, text="Meet")

    assert client.conversations_open(users=f"{bob.id},{ana.id}")["channel"]["id"] == group
    assert [message.text for message in pg.workspace.seen_by(bob.id, group)] == ["Meet"]


# -- response URLs


def test_a_response_url_takes_five_answers_within_half_an_hour(pg: Playground, ana: Person) -> None:
    answering = pg.workspace.new_response_url(ana.id, ana.dm.id)
    url = f"{pg.url}/commands/{answering.id}"

    assert [post(url, {"text": f"answer {number}"}) for number in range(6)] == [200] * 5 + [404]
    late = pg.workspace.new_response_url(ana.id, ana.dm.id)
    pg.clock.move_by(timedelta(minutes=31))
    assert post(f"{pg.url}/commands/{late.id}", {"text": "too late"}) == 404
    assert [refusal.error for refusal in pg.workspace.refusals] == ["used_url", "expired_url"]


def test_a_response_url_checks_its_blocks(pg: Playground, ana: Person) -> None:
    answering = pg.workspace.new_response_url(ana.id, ana.dm.id)

    assert post(f"{pg.url}/commands/{answering.id}", {"blocks": [{"type": "blink"}]}) == 400
    assert pg.workspace.refusals[-1].error == "invalid_blocks"


def test_an_answer_in_channel_is_for_everybody_and_one_can_be_deleted(pg: Playground, ana: Person) -> None:
    url = f"{pg.url}/actions/{pg.workspace.new_response_url(ana.id, ana.dm.id).id}"
    post(url, {"text": "All of you", "response_type": "in_channel"})
    [message] = ana.inbox
    assert ana.ephemerals == []

    acted_on = pg.workspace.new_response_url(ana.id, ana.dm.id, message.ts)
    assert post(f"{pg.url}/actions/{acted_on.id}", {"delete_original": True}) == 200

    assert ana.inbox == []


def test_a_body_that_is_no_json_object_is_refused(pg: Playground) -> None:
    for body, error in ((b"{", "invalid_json"), (b"[]", "json_not_object")):
        request = urllib.request.Request(pg.api_url + "auth.test", body, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request) as response:  # noqa: S310
            assert json.load(response)["error"] == error


def test_forms_and_json_carry_the_same_arguments(pg: Playground, ana: Person) -> None:
    body = io.BytesIO(
        f"token={pg.bot_token}&channel={ana.id}&text=Hi&blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D".encode()
    )
    with urllib.request.urlopen(pg.api_url + "chat.postMessage", body.read()) as response:  # noqa: S310
        answer = json.load(response)

    assert answer["ok"]
    assert ana.inbox[-1].blocks[0]["type"] == "divider"
