"""What one human can do in Slack: type a command, click, fill in a form, read.

Every call is what the person's own client would send; it waits for the app's ack and gives back what the person saw.
Values are in human terms, see `playground.forms`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from playground import forms, modals, replies
from playground.dispatch import Answer, Dispatcher
from playground.errors import CannotDoThat, SlackError
from playground.forms import NotAccepted, Place
from playground.payloads import message_event, message_payload
from playground.workspace import Change, Channel, File, Json, Message, OpenView, ResponseUrl, User, Workspace

# "@" and a handle, or a full name as the client's autocompletion writes it (up to four words, the longest known wins).
_MENTION = re.compile(r"@([\w.'’-]+(?: [\w.'’-]+){0,3})")
_CHANNEL_MENTION = re.compile(r"(?<![\w&/])#([\w-]+)")
_RAW_USER = re.compile(r"&lt;@([UW][A-Z0-9]+)(?:\|[^&]*)?&gt;")
_LINK = re.compile(r"(?<![<|])(https?://[^\s<>]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How the app took it. `error` is Slack's word ("operation_timeout", "dispatch_failed"…) when it went wrong."""

    acked: bool
    seconds: float
    response: Json | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What became of a form. `errors` by block id; `sent` is False when Slack's client kept it back itself.

    `closed` says whether the submitted modal is gone from the screen.
    """

    acked: bool
    seconds: float
    errors: Mapping[str, str] = field(default_factory=dict)
    closed: bool = False
    sent: bool = True
    response: Json | None = None
    error: str | None = None


class Person:
    """One human at a keyboard. Cheap to make; everything it knows is in the workspace."""

    def __init__(self, workspace: Workspace, dispatcher: Dispatcher, user_id: str) -> None:
        self.workspace = workspace
        self.dispatcher = dispatcher
        self.id = user_id

    def __repr__(self) -> str:
        return f"Person({self.user.name})"

    @property
    def user(self) -> User:
        """Who this is, as the workspace knows them now."""
        return self.workspace.users[self.id]

    # -- reading

    @property
    def dm(self) -> Channel:
        """The direct conversation with the app."""
        return self.workspace.app_dm(self.id)

    @property
    def inbox(self) -> list[Message]:
        """The direct conversation with the app as this person sees it, oldest first."""
        return self.workspace.seen_by(self.id, self.dm.id)

    @property
    def ephemerals(self) -> list[Message]:
        """Every message on screen that only this person sees, oldest first, wherever it is."""
        return self.workspace.ephemerals(self.id)

    @property
    def views(self) -> list[Json]:
        """The modals open, bottom first, as Slack describes a view, what is filled in included."""
        with self.workspace.lock:
            return [self.workspace.view_payload(view) for view in self.workspace.stack(self.id)]

    @property
    def view(self) -> Json | None:
        """The modal on top, or None."""
        with self.workspace.lock:
            stack = self.workspace.stack(self.id)
            return self.workspace.view_payload(stack[-1]) if stack else None

    @property
    def home(self) -> Json | None:
        """The Home tab last published for this person."""
        with self.workspace.lock:
            shown = self.workspace.homes.get(self.id)
            return self.workspace.view_payload(shown) if shown is not None else None

    def wait_for_view(self, timeout: float = 3.0, *, callback_id: str | None = None) -> Json:
        """The modal on top once there is one (with this `callback_id`, if given); TimeoutError otherwise."""

        def found() -> Json | None:
            view = self.view
            return view if view is not None and callback_id in (None, view["callback_id"]) else None

        return self.workspace.wait_for(found, timeout, what=f"a modal for {self.user.name}")

    def wait_for_message(
        self, predicate: Callable[[Message], bool] = lambda message: message.is_app, timeout: float = 3.0
    ) -> Message:
        """The newest message of the DM with the app, or seen by this person alone, that *predicate* accepts."""

        def found() -> Message | None:
            seen = {message.ts: message for message in (*self.inbox, *self.ephemerals)}
            return next((seen[ts] for ts in sorted(seen, reverse=True) if predicate(seen[ts])), None)

        return self.workspace.wait_for(found, timeout, what=f"a message to {self.user.name}")

    # -- commands and shortcuts

    def slash(self, text: str, channel: str | None = None) -> Reply:
        """Type a slash command ("/name and its text"), in the DM with the app unless *channel* is given."""
        self._check_active()
        command, _, rest = text.strip().partition(" ")
        known = self.workspace.manifest.commands.get(command)
        if known is None:
            raise CannotDoThat(f"{command} is not a command of this app.")
        with self.workspace.lock:
            place = self._place(channel)
            typed = escape(rest.strip())
            payload = {
                "token": self.dispatcher.verification_token,
                "team_id": self.workspace.team_id,
                "team_domain": self.workspace.domain,
                "channel_id": place.id,
                "channel_name": "directmessage" if place.is_dm else place.name,
                "user_id": self.id,
                "user_name": self.user.name,
                "command": command,
                "text": mention(self.workspace, typed, labels=True) if known.should_escape else typed,
                "api_app_id": self.workspace.app_id,
                "is_enterprise_install": "false",
                "response_url": "",
                "trigger_id": self.workspace.new_trigger(self.id),
            }
            answering = self.workspace.new_response_url(self.id, place.id)
            payload["response_url"] = self._response_url("commands", answering)
        answer = self.dispatcher.interact("slash_commands", payload)
        return self._reply(answer, command, answering)

    def shortcut(self, callback_id: str, message: Message | None = None) -> Reply:
        """Run a global shortcut, or a message shortcut on *message*."""
        self._check_active()
        known = self.workspace.manifest.shortcuts.get(callback_id)
        if known is None:
            raise CannotDoThat(f"{callback_id!r} is not a shortcut of this app.")
        if (known.type == "message") != (message is not None):
            raise CannotDoThat(f"{callback_id!r} is a {known.type} shortcut.")
        with self.workspace.lock:
            payload = {
                "type": "shortcut",
                **self.dispatcher.common(self.id),
                "action_ts": self.workspace.new_ts(),
                "callback_id": callback_id,
                "trigger_id": self.workspace.new_trigger(self.id),
            }
            if message is not None:
                place = self.workspace.channel(message.channel)
                answering = self.workspace.new_response_url(self.id, place.id)
                payload |= {
                    "type": "message_action",
                    "channel": self._channel_summary(place),
                    "message_ts": message.ts,
                    "message": message_payload(self.workspace, message),
                    "response_url": self._response_url("app", answering),
                }
        return self._reply(self._interact(payload), known.name)

    def say(self, text: str, channel: str | None = None, *, files: Sequence[str] = ()) -> Reply:
        """Say something, in the DM with the app unless *channel* is given; waits for the event's ack if it has one.

        *files* are ids of files uploaded before, see `upload`.
        """
        with self.workspace.lock:
            place = self._place(channel)
            if place.type == "app" and self.workspace.manifest.messages_tab_read_only:
                raise CannotDoThat("Sending messages to this app has been turned off.")
            typed = mention(self.workspace, escape(text), labels=False)
            said = self.workspace.post(
                Message(
                    ts=self.workspace.new_ts(),
                    channel=place.id,
                    user=self.id,
                    text=typed,
                    at=self.workspace.clock.now(),
                    client_msg_id=str(uuid.uuid4()),
                    files=tuple(files),
                )
            )
            self.workspace.mark_read(self.id, place.id, said.ts)
        return self._tell(said)

    def upload(self, name: str, content: bytes, mimetype: str, channel: str | None = None) -> File:
        """Upload a file; with *channel*, post it there, and the app hears of it as of any message."""
        with self.workspace.lock:
            place = self._place(channel) if channel is not None else None
            file = File(
                id=self.workspace.new_id("F"),
                name=name,
                content=content,
                mimetype=mimetype,
                user=self.id,
                at=self.workspace.clock.now(),
                title=name,
                channels=(place.id,) if place is not None else (),
            )
            self.workspace.put_file(file)
        if place is not None:
            self.say("", place.id, files=[file.id])
        return file

    # -- the Home tab

    def open_home(self, timeout: float = 3.0) -> Json:
        """Open the app's Home tab; returns what the app published for it (TimeoutError when it never did)."""
        self.look_at("home")
        return self.workspace.wait_for(lambda: self.home, timeout, what=f"the Home tab of {self.user.name}")

    def look_at(self, tab: str) -> Reply:
        """Open the app's "home" or "messages" tab; the app hears of it."""
        self._check_active()
        with self.workspace.lock:
            event: Json = {
                "type": "app_home_opened",
                "user": self.id,
                "channel": self.dm.id,
                "tab": tab,
                "event_ts": self.workspace.new_ts(),
            }
            if tab == "home" and (shown := self.home) is not None:
                event["view"] = shown
        return _plain(self.dispatcher.emit_and_wait(event))

    # -- clicks

    def click(
        self,
        what: str,
        message: Message | str | None = None,
        value: Any = None,
        view: Json | str | None = None,
        *,
        block_id: str | None = None,
        channel: str | None = None,
    ) -> Reply:
        """Use a button, select, picker, checkbox or overflow, found by its action id or its text.

        Looked for in *message* (or its ts, with *channel* when not in the DM) or *view* if given; else in the modal on
        top, then in the messages this person sees, newest first, then in the Home tab. *value* is what is picked.
        """
        self._check_active()
        place, shown, said = self._find(what, message, view, block_id, channel)
        value = self._from_suggestions(place, value, shown, said)
        with self.workspace.lock:
            if place.is_input and not place.block.get("dispatch_action"):
                raise CannotDoThat(f"{what!r} is an input: it is sent with the form, with submit().")
            action_ts = self.workspace.new_ts()
            entry = forms.action(place, value, self.workspace, action_ts)
            payload: Json = {
                "type": "block_actions",
                **self.dispatcher.common(self.id),
                "trigger_id": self.workspace.new_trigger(self.id, shown.id if shown is not None else None),
                "actions": [entry],
            }
            self._remember(place, value, shown, said)
            payload |= self._container(shown, said)
        return self._reply(self._interact(payload), place.label or "It")

    def fill(
        self,
        values: Mapping[str, Any],
        message: Message | str | None = None,
        view: Json | str | None = None,
        *,
        channel: str | None = None,
    ) -> dict[str, str]:
        """Fill in fields of *message* or *view* without sending anything; returns Slack's complaints by block id."""
        blocks, shown, said = self._screens(message, view, channel)[0]
        given = self._given(blocks, values, shown, said)
        with self.workspace.lock:
            state = shown.state if shown is not None else self._message_state(said)
            return self._put(state, given)

    def options(
        self,
        action_id: str,
        query: str = "",
        message: Message | str | None = None,
        view: Json | str | None = None,
        *,
        block_id: str | None = None,
        channel: str | None = None,
    ) -> Json:
        """What the app suggests in an external select for *query*: `options` or `option_groups`."""
        place, shown, said = self._find(action_id, message, view, block_id, channel)
        return self._suggestions(place, query, shown, said)

    # -- modals

    def submit(self, values: Mapping[str, Any] | None = None, view: Json | str | None = None) -> Submission:
        """Fill in the modal on top (or *view*) and submit it.

        *values* by action id or block id; those not given keep what is filled in already.
        """
        self._check_active()
        shown = self._modal(view)
        given = self._given(shown.body["blocks"], values or {}, shown, None)
        with self.workspace.lock:
            problems = self._put(shown.state, given)
            problems |= self._missing(shown, problems)
            if problems:
                return Submission(acked=False, seconds=0.0, errors=problems, sent=False)
            payload = {
                "type": "view_submission",
                **self.dispatcher.common(self.id),
                "trigger_id": self.workspace.new_trigger(self.id, shown.id),
                "view": self.workspace.view_payload(shown),
                "response_urls": self._response_urls(shown),
            }
        answer = self._interact(payload)
        return self._submitted(shown, answer)

    def close_view(self, view: Json | str | None = None) -> Reply:
        """Close the modal on top; the app hears of it if it asked to (`notify_on_close`)."""
        with self.workspace.lock:
            shown = self._modal(view)
            if shown.body.get("clear_on_close"):
                closed = self.workspace.clear_stack(self.id)
            else:
                self.workspace.pop_view(self.id)
                closed = [shown]
        answer = Answer(acked=True, seconds=0.0)
        for each in reversed(closed):
            answer = self.tell_closed(each, cleared=len(closed) > 1)
        return _plain(answer)

    def tell_closed(self, view: OpenView, *, cleared: bool) -> Answer:
        """Send `view_closed` for a view that is gone, if its app wants to know."""
        if not view.body.get("notify_on_close"):
            return Answer(acked=True, seconds=0.0)
        return self._interact(self.closed_payload(view, cleared=cleared))

    def closed_payload(self, view: OpenView, *, cleared: bool) -> Json:
        """The `view_closed` interaction."""
        return {
            "type": "view_closed",
            **self.dispatcher.common(self.id),
            "view": self.workspace.view_payload(view),
            "is_cleared": cleared,
        }

    # -- inside

    def _tell(self, said: Message) -> Reply:
        """Send the events of something said, if the app is there to hear it."""
        bot = self.workspace.bot_user_id
        if bot not in self.workspace.channels[said.channel].members:
            return Reply(acked=True, seconds=0.0)
        event = message_event(self.workspace, said)
        if f"<@{bot}>" in said.text and event["channel_type"] == "channel":
            self.dispatcher.emit({**event, "type": "app_mention"})
        return _plain(self.dispatcher.emit_and_wait(event))

    def _place(self, channel: str | None) -> Channel:
        self._check_active()
        if channel is None:
            return self.dm
        try:
            place = self.workspace.channel(channel)
        except KeyError as error:
            raise CannotDoThat(error.args[0]) from None
        if self.id not in place.members:
            raise CannotDoThat(f"{self.user.name} is not in {channel}.")
        if place.archived:
            raise CannotDoThat(f"{channel} is archived.")
        return place

    def _channel_summary(self, channel: Channel) -> Json:
        return {"id": channel.id, "name": "directmessage" if channel.is_dm else channel.name}

    def _check_active(self) -> None:
        if self.user.deleted:
            raise CannotDoThat(f"{self.user.name} was deactivated and cannot use Slack.")

    def _response_url(self, kind: str, answering: ResponseUrl) -> str:
        return f"{self.workspace.url}/{kind}/{answering.id}"

    def _interact(self, payload: Json) -> Answer:
        if not self.workspace.manifest.interactive:
            return Answer(acked=False, seconds=0.0, error="interactivity_disabled")
        return self.dispatcher.interact("interactive", payload)

    def _find(
        self,
        what: str,
        message: Message | str | None,
        view: Json | str | None,
        block_id: str | None,
        channel: str | None,
    ) -> tuple[Place, OpenView | None, Message | None]:
        for blocks, shown, said in self._screens(message, view, channel):
            named = [
                place
                for place in forms.places(blocks)
                if place.action_id == what and block_id in (None, place.block_id)
            ] or [place for place in forms.places(blocks) if place.label == what and block_id in (None, place.block_id)]
            if named:
                return named[0], shown, said
        raise CannotDoThat(f"{self.user.name} sees nothing named {what!r} to click.")

    def _screens(
        self, message: Message | str | None, view: Json | str | None, channel: str | None
    ) -> list[tuple[list[Json], OpenView | None, Message | None]]:
        workspace = self.workspace
        if message is not None:
            place = message.channel if isinstance(message, Message) else channel or self.dm.id
            ts = message if isinstance(message, str) else message.ts
            said = workspace.message(place, ts, user=self.id)
            if said is None:
                raise CannotDoThat(f"{self.user.name} does not see that message (any more).")
            return [(said.blocks, None, said)]
        if view is not None:
            shown = self._view(view)
            return [(shown.body["blocks"], shown, None)]
        screens: list[tuple[list[Json], OpenView | None, Message | None]] = [
            (shown.body["blocks"], shown, None) for shown in workspace.stack(self.id)[-1:]
        ]
        seen = {said.ts: said for said in (*self.inbox, *self.ephemerals)}
        screens += [(seen[ts].blocks, None, seen[ts]) for ts in sorted(seen, reverse=True)]
        home = workspace.homes.get(self.id)
        if home is not None:
            screens.append((home.body["blocks"], home, None))
        return screens

    def _view(self, view: Json | str) -> OpenView:
        view_id = view if isinstance(view, str) else str(view["id"])
        shown = self.workspace.views.get(view_id)
        if shown is None or shown.user != self.id:
            raise CannotDoThat(f"{self.user.name} does not see that view (any more).")
        return shown

    def _modal(self, view: Json | str | None) -> OpenView:
        stack = self.workspace.stack(self.id)
        if not stack:
            raise CannotDoThat(f"{self.user.name} has no modal open.")
        if view is not None and self._view(view) is not stack[-1]:
            raise CannotDoThat("Only the modal on top can be used.")
        return stack[-1]

    def _container(self, shown: OpenView | None, said: Message | None) -> Json:
        """The part of an interaction that says where it happened."""
        if shown is not None:
            return {"container": {"type": "view", "view_id": shown.id}, "view": self.workspace.view_payload(shown)}
        if said is None:
            raise CannotDoThat("An interaction happens in a view or in a message.")
        channel = self.workspace.channel(said.channel)
        ephemeral = said.ephemeral_to is not None
        answering = self.workspace.new_response_url(self.id, channel.id, said.ts)
        container: Json = {
            "container": {
                "type": "message",
                "message_ts": said.ts,
                "channel_id": channel.id,
                "is_ephemeral": ephemeral,
            },
            "channel": self._channel_summary(channel),
            "state": {"values": self._message_state(said)},
            "response_url": self._response_url("actions", answering),
        }
        if not ephemeral:
            container["message"] = message_payload(self.workspace, said, with_metadata=True)
        return container

    def _remember(self, place: Place, value: Any, shown: OpenView | None, said: Message | None) -> None:
        if place.keeps_state:
            state = shown.state if shown is not None else self._message_state(said)
            state.setdefault(place.block_id, {})[place.action_id] = forms.filled(place.element, value, self.workspace)

    def _message_state(self, said: Message | None) -> Json:
        """What this person has picked in the message's selects and pickers; changing it changes what is kept."""
        if said is None:
            return {}
        key = (self.id, said.channel, said.ts)
        state = forms.initial_state(said.blocks, self.workspace.message_states.get(key))
        self.workspace.message_states[key] = state
        return state

    def _given(
        self, blocks: list[Json], values: Mapping[str, Any], shown: OpenView | None, said: Message | None
    ) -> list[tuple[Place, Any]]:
        """Which field each of *values* is for; CannotDoThat when there is no such field."""
        given: list[tuple[Place, Any]] = []
        used: set[str] = set()
        for place in forms.places(blocks):
            if not place.keeps_state:
                continue
            of_block = values.get(place.block_id)
            if isinstance(of_block, Mapping) and place.action_id in of_block:
                used.add(place.block_id)
                human = of_block[place.action_id]
            elif place.action_id in values:
                used.add(place.action_id)
                human = values[place.action_id]
            elif place.block_id in values and place.is_input:
                used.add(place.block_id)
                human = of_block
            else:
                continue
            given.append((place, self._from_suggestions(place, human, shown, said)))
        if unknown := sorted(values.keys() - used):
            raise CannotDoThat(f"There is no field {', '.join(unknown)} to fill in.")
        return given

    def _put(self, state: Json, given: list[tuple[Place, Any]]) -> dict[str, str]:
        """Put values in a form's state, where they stay on screen; returns complaints by block id."""
        problems: dict[str, str] = {}
        for place, human in given:
            try:
                filled = forms.filled(place.element, human, self.workspace)
            except NotAccepted as error:
                problems[place.block_id] = str(error)
            else:
                state.setdefault(place.block_id, {})[place.action_id] = filled
        return problems

    def _missing(self, shown: OpenView, known: Mapping[str, str]) -> dict[str, str]:
        """The required fields that are empty, but for those with a *known* problem."""
        return {
            place.block_id: forms.REQUIRED
            for place in forms.places(shown.body["blocks"])
            if place.is_input
            and not place.block.get("optional")
            and place.block_id not in known
            and forms.is_empty(shown.state[place.block_id][place.action_id])
        }

    def _submitted(self, shown: OpenView, answer: Answer) -> Submission:
        if not answer.acked:
            self._toast("We had some trouble connecting. Try again?")
            return Submission(acked=False, seconds=answer.seconds, error=answer.error)
        body = answer.body or {}
        try:
            errors = self._respond(shown, body)
        except SlackError as error:
            self.workspace.refuse("view_submission", error.code, error.detail)
            self._toast("We had some trouble connecting. Try again?")
            return Submission(acked=True, seconds=answer.seconds, response=answer.body, error=error.code)
        return Submission(
            acked=True,
            seconds=answer.seconds,
            errors=errors,
            closed=shown.id not in self.workspace.views,
            response=answer.body,
        )

    def _respond(self, shown: OpenView, body: Json) -> dict[str, str]:
        """Do what the app's answer to a submission says."""
        workspace = self.workspace
        action = body.get("response_action")
        with workspace.lock:
            match action:
                case None:
                    if body:
                        raise SlackError("invalid_response", f"response_action is missing: {sorted(body)}")
                    if workspace.stack(self.id)[-1:] == [shown]:
                        workspace.pop_view(self.id)
                case "errors":
                    return self._errors(shown, body.get("errors"))
                case "update":
                    current = workspace.views.get(shown.id)
                    if current is not None:
                        modals.update_view(workspace, current, body.get("view"))
                case "push":
                    modals.push_modal(workspace, self.id, body.get("view"))
                case "clear":
                    workspace.clear_stack(self.id)
                case _:
                    raise SlackError("invalid_response", f"unknown response_action {action!r}")
        return {}

    def _errors(self, shown: OpenView, errors: Any) -> dict[str, str]:
        inputs = {str(block["block_id"]) for block in shown.body["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors:
            raise SlackError("invalid_response", "errors must name at least one block.")
        for block_id, message in errors.items():
            if block_id not in inputs:
                raise SlackError("invalid_response", f"errors names {block_id!r}, which is not an input block.")
            if not isinstance(message, str) or not message:
                raise SlackError("invalid_response", f"The error of {block_id!r} must be a sentence.")
        self.workspace.publish(Change(kind="views", user=self.id))
        return dict(errors)

    def _response_urls(self, shown: OpenView) -> list[Json]:
        urls = []
        for place in forms.places(shown.body["blocks"]):
            if place.element.get("response_url_enabled"):
                value = shown.state[place.block_id][place.action_id]
                channel = value.get("selected_conversation") or value.get("selected_channel")
                if channel is not None:
                    answering = self.workspace.new_response_url(self.id, channel)
                    urls.append(
                        {
                            "block_id": place.block_id,
                            "action_id": place.action_id,
                            "channel_id": channel,
                            "response_url": self._response_url("app", answering),
                        }
                    )
        return urls

    def _from_suggestions(self, place: Place, human: Any, shown: OpenView | None, said: Message | None) -> Any:
        """*human*, with the choices of an external select looked up among what the app suggests for each.

        The app is asked here, with nothing locked: it may well call back before it answers.
        """
        if place.element["type"] not in ("external_select", "multi_external_select") or human in (None, "", []):
            return human

        def option(choice: Any) -> Json:
            if isinstance(choice, dict):
                return choice
            suggestions = self._suggestions(place, str(choice), shown, said)
            return forms.picked(forms.offered(suggestions), choice, place.element)

        return [option(choice) for choice in human] if isinstance(human, list) else option(human)

    def _suggestions(self, place: Place, query: str, shown: OpenView | None, said: Message | None) -> Json:
        payload: Json = {
            "type": "block_suggestion",
            **self.dispatcher.common(self.id),
            "action_id": place.action_id,
            "block_id": place.block_id,
            "value": query,
        }
        with self.workspace.lock:
            container = self._container(shown, said)
        container.pop("response_url", None)
        answer = self._interact(payload | container)
        if not answer.acked:
            raise CannotDoThat(f"The app gave no options for {place.action_id!r}: {answer.error}.")
        return answer.body or {}

    def _reply(self, answer: Answer, what: str, answering: ResponseUrl | None = None) -> Reply:
        if not answer.acked:
            app = self.workspace.manifest.bot_name
            reason = "did not respond in time" if answer.error == "operation_timeout" else "is not connected"
            self._toast(f"{what} failed: {app} {reason}.")
            return _plain(answer)
        if answering is not None and answer.body:
            try:
                with self.workspace.lock:
                    replies.reply(self.workspace, answering, answer.body)
            except SlackError as error:
                self.workspace.refuse("ack", error.code, error.detail)
                self._toast(f"{what} failed with the error “{error.code}”.")
                return Reply(acked=True, seconds=answer.seconds, response=answer.body, error=error.code)
        return _plain(answer)

    def _toast(self, text: str) -> None:
        self.workspace.publish(Change(kind="toast", user=self.id, data={"text": text, "kind": "error"}))


def escape(text: str) -> str:
    """The three characters Slack escapes in what people type."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mention(workspace: Workspace, typed: str, *, labels: bool) -> str:
    """*typed* (escaped) with people, channels and links as Slack sends them; *labels* adds "|name"."""

    def tag(user: User) -> str:
        return f"<@{user.id}|{user.name}>" if labels else f"<@{user.id}>"

    def by_id(match: re.Match[str]) -> str:
        user = workspace.users.get(match[1])
        return tag(user) if user is not None else match[0]

    def by_name(match: re.Match[str]) -> str:
        words = match[1].split(" ")
        for count in range(len(words), 0, -1):
            name = " ".join(words[:count])
            rest = match[1][len(name) :]
            bare = name.rstrip(".'’-")
            for known in (name, bare):
                user = workspace.named(known)
                if user is not None:
                    return tag(user) + name[len(known) :] + rest
        return match[0]

    def channel(match: re.Match[str]) -> str:
        try:
            found = workspace.channel(match[1])
        except KeyError:
            return match[0]
        return f"<#{found.id}|{found.name}>"

    typed = _LINK.sub(r"<\1>", typed)
    typed = re.sub(r"(?<![\w<])" + _MENTION.pattern, by_name, typed)
    typed = _RAW_USER.sub(by_id, typed)
    return _CHANNEL_MENTION.sub(channel, typed)


def _plain(answer: Answer) -> Reply:
    return Reply(acked=answer.acked, seconds=answer.seconds, response=answer.body, error=answer.error)
