"""What people do reaches the app and comes back, over Socket Mode, as in Slack."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError

from playground import Person, Playground
from playground.errors import CannotDoThat
from tests.integration.playground.tiny_app import TinyApp, actions, button, modal, options, plain, text_input


def test_a_command_is_answered_in_place_for_its_author_alone(pg: Playground, ana: Person, tiny: TinyApp) -> None:
    reply = ana.slash("/tiny hello")

    assert reply.acked
    assert reply.error is None
    assert [message.text for message in ana.ephemerals] == ["You said: hello"]
    assert pg.workspace.record[-1].kind == "response"
    assert pg.workspace.record[-1].user == ana.id


def test_people_channels_and_links_typed_in_a_command_come_escaped(pg: Playground, ana: Person, tiny: TinyApp) -> None:
    general = pg.create_channel("general", [ana.id])

    ana.slash(f"/tiny log @ana, @Ana Martin and <@{ana.id}> in #general & <b> https://example.com/x")

    assert tiny.heard[-1]["text"] == (
        f"log <@{ana.id}|ana>, <@{ana.id}|ana> and <@{ana.id}|ana> in <#{general.id}|general>"
        " &amp; &lt;b&gt; <https://example.com/x>"
    )


def test_a_command_payload_has_the_fields_slack_sends(pg: Playground, ana: Person, tiny: TinyApp) -> None:
    ana.slash("/tiny hello")

    body = tiny.heard[-1]
    assert body["user_id"] == ana.id
    assert body["user_name"] == "ana"
    assert body["channel_name"] == "directmessage"
    assert body["team_id"] == pg.workspace.team_id
    assert body["api_app_id"] == pg.workspace.app_id
    assert body["response_url"].startswith(pg.url + "/commands/")


def test_a_command_nobody_acks_fails_for_the_person(pg: Playground, ana: Person, tiny: TinyApp) -> None:
    pg.dispatcher.ack_timeout = 0.1

    reply = ana.slash("/tiny silence")

    assert not reply.acked
    assert reply.error == "operation_timeout"


def test_a_command_fails_at_once_when_no_app_is_connected(ana: Person) -> None:
    reply = ana.slash("/tiny hello")

    assert (reply.acked, reply.error) == (False, "dispatch_failed")
    assert reply.seconds < 0.5


def test_a_form_is_opened_filled_in_and_closed(ana: Person, tiny: TinyApp) -> None:
    ana.slash("/tiny form")
    assert ana.wait_for_view()["callback_id"] == "form"

    submission = ana.submit({"name": "Ada"})

    assert submission.closed
    assert ana.view is None
    sent = tiny.payloads("view_submission")[-1]["view"]["state"]["values"]
    assert sent == {"name": {"name_text": {"type": "plain_text_input", "value": "Ada"}}}


def test_a_required_field_left_empty_never_reaches_the_app(ana: Person, tiny: TinyApp) -> None:
    ana.shortcut("tiny_form")

    submission = ana.submit()

    assert submission.errors == {"name": "Please complete this required field."}
    assert not submission.sent
    assert tiny.payloads("view_submission") == []


def test_errors_stay_beside_their_field_and_what_was_typed_stays_too(ana: Person, tiny: TinyApp) -> None:
    tiny.answer = {"response_action": "errors", "errors": {"name": "Too short"}}
    ana.slash("/tiny form")

    submission = ana.submit({"name": "A"})

    assert submission.errors == {"name": "Too short"}
    assert not submission.closed
    assert ana.wait_for_view()["state"]["values"]["name"]["name_text"]["value"] == "A"


def test_errors_for_a_block_that_is_not_an_input_are_refused(pg: Playground, ana: Person, tiny: TinyApp) -> None:
    tiny.answer = {"response_action": "errors", "errors": {"nowhere": "Too short"}}
    ana.slash("/tiny form")

    submission = ana.submit({"name": "Ada"})

    assert submission.error == "invalid_response"
    assert pg.workspace.refusals[-1].method == "view_submission"


def test_an_answer_can_update_push_or_clear(ana: Person, tiny: TinyApp) -> None:
    ana.slash("/tiny form")
    tiny.answer = {"response_action": "update", "view": modal(text_input("name"), text_input("age"))}
    ana.submit({"name": "Ada"})
    updated = ana.wait_for_view()
    assert [block["block_id"] for block in updated["blocks"]] == ["name", "age"]
    # What was typed under the same ids is kept over an update, as in Slack.
    assert updated["state"]["values"]["name"]["name_text"]["value"] == "Ada"

    tiny.answer = {"response_action": "push", "view": modal(text_input("city"))}
    ana.submit({"age": "36"})
    assert len(ana.views) == 2
    assert ana.wait_for_view()["previous_view_id"] == updated["id"]
    assert ana.wait_for_view()["root_view_id"] == updated["id"]

    tiny.answer = {"response_action": "clear"}
    ana.submit({"city": "London"})
    assert ana.views == []


def test_at_most_three_modals_are_stacked(pg: Playground, ana: Person, tiny: TinyApp) -> None:
    tiny.form = modal(actions(button("push", "More")))
    ana.slash("/tiny form")
    ana.click("More")
    ana.click("More")
    assert len(ana.views) == 3

    # Bolt answers the failed push with a server error, so the click is not acked.
    ana.click("More")

    assert len(ana.views) == 3
    assert pg.workspace.refusals[-1].error == "push_limit_reached"


def test_closing_a_modal_tells_the_app_that_asked(ana: Person, tiny: TinyApp) -> None:
    tiny.form = modal(text_input("name"), notify_on_close=True)
    ana.slash("/tiny form")

    ana.close_view()

    assert ana.view is None
    assert tiny.payloads("view_closed")[-1]["is_cleared"] is False


def test_a_choice_that_is_not_offered_cannot_be_made(ana: Person, tiny: TinyApp) -> None:
    select = {"type": "static_select", "action_id": "fruit", "options": options("apple", "pear")}
    tiny.form = modal({"type": "input", "block_id": "b", "label": plain("Fruit"), "element": select})
    ana.slash("/tiny form")

    with pytest.raises(CannotDoThat, match="plum"):
        ana.submit({"fruit": "plum"})

    ana.submit({"fruit": "Pear"})
    sent = tiny.payloads("view_submission")[-1]["view"]["state"]["values"]["b"]["fruit"]
    assert sent["selected_option"]["value"] == "pear"


def test_an_external_select_offers_what_the_app_suggests(ana: Person, tiny: TinyApp) -> None:
    select = {"type": "external_select", "action_id": "external", "min_query_length": 1}
    tiny.form = modal({"type": "input", "block_id": "b", "label": plain("Fruit"), "element": select})
    ana.slash("/tiny form")

    suggested = ana.options("external", "ap")
    ana.submit({"external": "apricot"})

    assert [option["value"] for option in suggested["options"]] == ["apple", "apricot"]
    sent = tiny.payloads("view_submission")[-1]["view"]["state"]["values"]["b"]["external"]
    assert sent["selected_option"]["value"] == "apricot"


def test_a_button_in_a_message_can_replace_it(pg: Playground, ana: Person, tiny: TinyApp) -> None:
    tiny.client.chat_postMessage(channel=ana.id, text="Ready?", blocks=[actions(button("replace", "Yes", value="7"))])

    reply = ana.click("Yes")

    assert reply.acked
    payload = tiny.payloads("block_actions")[-1]
    assert payload["actions"][0]["value"] == "7"
    assert payload["container"]["message_ts"] == payload["message"]["ts"]
    assert payload["channel"] == {"id": ana.dm.id, "name": "directmessage"}
    assert [message.text for message in ana.inbox] == ["Replaced"]
    assert [delivery.kind for delivery in pg.workspace.record] == ["message", "response"]


def test_what_is_picked_in_a_message_comes_with_the_next_click(ana: Person, tiny: TinyApp) -> None:
    picker = {"type": "static_select", "action_id": "pick", "options": options("apple", "pear")}
    tiny.client.chat_postMessage(
        channel=ana.id, text="Which?", blocks=[actions(picker, button("replace", "Done"), block_id="choice")]
    )

    ana.click("pick", value="pear")
    ana.click("Done")

    state = tiny.payloads("block_actions")[-1]["state"]["values"]
    assert state["choice"]["pick"]["selected_option"]["value"] == "pear"


def test_a_message_shortcut_carries_the_message(ana: Person, tiny: TinyApp) -> None:
    tiny.client.chat_postMessage(channel=ana.id, text="Reverse mentoring")

    ana.shortcut("about", message=ana.inbox[-1])

    assert ana.ephemerals[-1].text == "About: Reverse mentoring"


def test_opening_the_home_tab_publishes_it(ana: Person, tiny: TinyApp) -> None:
    home = ana.open_home()

    assert home["blocks"][0]["text"]["text"] == "Welcome"
    assert tiny.events("app_home_opened")[-1]["tab"] == "home"
    assert "view" not in tiny.events("app_home_opened")[-1]
    ana.open_home()
    assert tiny.events("app_home_opened")[-1]["view"]["id"] == home["id"]


def test_what_is_said_in_the_direct_message_is_an_event(ana: Person, tiny: TinyApp) -> None:
    ana.say("Good morning <!channel> & all")

    event = tiny.events("message")[-1]
    assert event["text"] == "Good morning &lt;!channel&gt; &amp; all"
    assert (event["channel_type"], event["user"]) == ("im", ana.id)


def test_the_app_hears_of_people_who_join_change_and_leave(pg: Playground, tiny: TinyApp) -> None:
    bob = pg.add_member("bob", "Bob Stone", email="bob@belvarin.example")
    pg.change_user(bob.id, tz="Asia/Singapore")
    pg.change_user(bob.id, deleted=True)

    assert tiny.events("team_join")[-1]["user"]["profile"]["email"] == "bob@belvarin.example"
    assert [event["user"]["deleted"] for event in tiny.events("user_change")] == [False, True]
    with pytest.raises(CannotDoThat, match="deactivated"):
        bob.slash("/tiny hello")


def test_an_event_that_is_not_subscribed_to_is_not_sent(pg: Playground, ana: Person, tiny: TinyApp) -> None:
    channel = pg.create_channel("general", [ana.id], app_member=True)

    reply = ana.say("Hello", channel.id)

    assert reply.acked
    assert tiny.events("message") == []


def test_a_trigger_opens_one_view(ana: Person, tiny: TinyApp) -> None:
    ana.slash("/tiny form")
    trigger = tiny.heard[-1]["trigger_id"]

    with pytest.raises(SlackApiError) as refused:
        tiny.client.views_open(trigger_id=trigger, view=tiny.form)

    assert refused.value.response["error"] == "exchanged_trigger_id"


def test_the_app_hears_of_its_own_messages_and_what_becomes_of_them(ana: Person, tiny: TinyApp) -> None:
    posted = tiny.client.chat_postMessage(channel=ana.id, text="Draft")
    tiny.client.chat_update(channel=ana.dm.id, ts=posted["ts"], text="Final")
    tiny.client.chat_delete(channel=ana.dm.id, ts=posted["ts"])

    said, changed, deleted = (body["event"] for body in tiny.wait_for_events("message", 3))

    assert (said["text"], said["ts"]) == ("Draft", posted["ts"])
    assert (changed["subtype"], changed["previous_message"]["text"]) == ("message_changed", "Draft")
    assert changed["message"]["text"] == "Final"
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", posted["ts"])


def test_a_payload_sent_twice_has_one_identity(pg: Playground, ana: Person, tiny: TinyApp) -> None:
    pg.faults.double_envelopes(1)
    ana.say("Once")

    first, second = tiny.wait_for_events("message", 2)
    assert first["event_id"] == second["event_id"]
