"""The workspace itself: who is in it, what was said, what is open on each person's screen.

Everything here is shared by the threads of a test (or of a rehearsal) and the server's event loop. One re-entrant
lock covers it all; `Workspace.wait_for` waits on a condition of that lock, so nothing ever polls. Whoever holds the
lock must not wait for the app.
"""

from __future__ import annotations

import hashlib
import string
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from playground.clock import Clock
from playground.errors import SlackError
from playground.manifest import Manifest
from playground.rates import Buckets, RateLimits

if TYPE_CHECKING:
    from playground.company import Company, Member

Json = dict[str, Any]
Kind = Literal["message", "update", "delete", "ephemeral", "view", "home", "file", "response"]
ChannelType = Literal["channel", "im", "app", "mpim"]
T = TypeVar("T")

TRIGGER_LIFETIME = 3.0
RESPONSE_URL_LIFETIME = timedelta(minutes=30)
RESPONSE_URL_USES = 5
MODAL_STACK = 3

_BASE36 = string.digits + string.ascii_uppercase


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody of the workspace, the app's own bot user included. `name` is the handle people type after "@"."""

    id: str
    name: str
    real_name: str
    email: str = ""
    title: str = ""
    department: str = ""
    team: str = ""
    site: str = ""
    country: str = ""
    region: str = ""
    locale: str = "en-US"
    tz: str = "Europe/Paris"
    guest: bool = False
    deleted: bool = False
    is_bot: bool = False
    updated: int = 0
    do_not_disturb: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An uploaded file; `title` and `alt_text` are what the app gave with it."""

    id: str
    name: str
    content: bytes
    mimetype: str
    user: str
    at: datetime
    title: str = ""
    alt_text: str = ""
    channels: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Upload:
    """A file announced by the app; `content` once its bytes have come."""

    file_id: str
    name: str
    length: int
    alt_text: str
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as its readers see it. `user` is who wrote it, `ephemeral_to` the only one who sees it, if any."""

    ts: str
    channel: str
    user: str
    text: str
    at: datetime
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    bot_id: str | None = None
    username: str | None = None
    metadata: Json | None = None
    client_msg_id: str | None = None
    thread_ts: str | None = None
    edited_at: datetime | None = None
    files: tuple[str, ...] = ()
    ephemeral_to: str | None = None

    @property
    def is_app(self) -> bool:
        """Whether the app wrote it."""
        return self.bot_id is not None

    @property
    def edited(self) -> bool:
        """Whether it has been changed since it was posted."""
        return self.edited_at is not None


@dataclass(slots=True, kw_only=True)
class Channel:
    """A conversation. `type` is "app" for the DM with the app.

    `with_user` is then the person; in an "im" it is one of the two; it is None elsewhere.
    """

    id: str
    name: str
    type: ChannelType
    created: datetime
    members: set[str] = field(default_factory=set)
    topic: str = ""
    archived: bool = False
    with_user: str | None = None
    messages: dict[str, Message] = field(default_factory=dict)
    ephemerals: dict[str, dict[str, Message]] = field(default_factory=dict)

    @property
    def is_dm(self) -> bool:
        """Whether it is between two."""
        return self.type in ("im", "app")


@dataclass(slots=True, kw_only=True)
class OpenView:
    """A modal on somebody's screen, or somebody's Home tab. `body` is the app's view with ids filled in."""

    id: str
    user: str
    body: Json
    hash: str
    state: Json
    root_id: str
    previous_id: str | None = None

    @property
    def type(self) -> str:
        """Modal or home."""
        return str(self.body["type"])

    @property
    def external_id(self) -> str:
        """The id the app gave it, "" when it gave none."""
        return str(self.body.get("external_id") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What somebody really received. `user` is the reader when there is one; None for a channel's message."""

    kind: Kind
    at: datetime
    channel: str | None
    user: str | None
    ts: str | None
    text: str
    blocks: list[Json]
    client_msg_id: str | None = None
    metadata: Json | None = None
    view: Json | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error Slack gave the app."""

    method: str
    error: str
    detail: str

    def __iter__(self) -> Iterator[str]:
        return iter((self.method, self.error, self.detail))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that changed on screens, told to subscribers.

    kind: message, message_changed, message_deleted, ephemeral, views, home, channel, user, unread, time, toast, app,
    closing. `user` is whom it concerns (None: everybody who sees `channel`); `data` holds `message`, `ts`, `text`,
    `now`, `connected`… by kind.
    """

    kind: str
    user: str | None = None
    channel: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Trigger:
    """What proves that a person has just acted: good for one view, for three seconds of real time."""

    id: str
    user: str
    made_at: float
    used: bool = False
    view_id: str | None = None


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """Where the app may answer an interaction. `message_ts` is the message acted upon, when there was one."""

    id: str
    user: str
    channel: str
    made_at: datetime
    message_ts: str | None = None
    uses: int = 0


class Workspace:
    """The state of one workspace with one installed app, and the record of what people received."""

    def __init__(
        self,
        manifest: Manifest,
        company: Company | None = None,
        *,
        clock: Clock,
        limits: RateLimits | None = None,
        missing_scopes: Iterable[str] = (),
        knows_client_msg_ids: bool = True,
    ) -> None:
        self.manifest = manifest
        self.clock = clock
        self.limits = limits or RateLimits()
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.name = company.name if company is not None else "Playground"
        seed = hashlib.sha256(f"{self.name}/{manifest.name}".encode()).hexdigest()
        self.team_id = f"T{seed[:9].upper()}"
        self.app_id = f"A{seed[9:18].upper()}"
        self.bot_id = f"B{seed[18:27].upper()}"
        self.bot_user_id = f"U{seed[27:36].upper()}"
        self.domain = "".join(c for c in self.name.lower() if c.isalnum()) or "playground"
        self.scopes = manifest.scopes - frozenset(missing_scopes)
        self.knows_client_msg_ids = knows_client_msg_ids
        self.url = ""
        self.token_revoked = False
        self.uninstalled = False

        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.uploads: dict[str, Upload] = {}
        self.stacks: dict[str, list[OpenView]] = {}
        self.homes: dict[str, OpenView] = {}
        self.views: dict[str, OpenView] = {}
        self.record: list[Delivery] = []
        self.refusals: list[Refusal] = []
        self.last_read: dict[tuple[str, str], str] = {}
        self.message_states: dict[tuple[str, str, str], Json] = {}
        self.buckets = Buckets()

        self._by_email: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        self._by_real_name: dict[str, str] = {}
        self._channels_by_name: dict[str, str] = {}
        self._dms: dict[frozenset[str], str] = {}
        self._external_ids: dict[str, str] = {}
        self._ephemeral_places: dict[str, dict[str, Channel]] = {}
        self._client_msg_ids: dict[tuple[str, str], str] = {}
        self._triggers: dict[str, Trigger] = {}
        self._response_urls: dict[str, ResponseUrl] = {}
        self._last_tick = 0
        self._subscribers: list[Callable[[Change], None]] = []

        self._add_user(
            User(
                id=self.bot_user_id,
                name="".join(c for c in manifest.bot_name.lower() if c.isalnum() or c in "-_."),
                real_name=manifest.bot_name,
                is_bot=True,
            )
        )
        if company is not None:
            for member in company.members:
                self._add_user(_user_of(member))
            for channel in company.channels:
                members = set(channel.members) | ({self.bot_user_id} if channel.app_member else set())
                self._add_channel(
                    Channel(
                        id=channel.channel_id,
                        name=channel.name,
                        type="channel",
                        created=clock.now(),
                        members=members,
                        topic=channel.topic,
                    )
                )
        clock.on_move(lambda moment: self.publish(Change(kind="time", data={"now": moment})))

    # -- telling and waiting

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call *listener* with every change, in order; returns how to stop.

        It is called in the thread that made the change, with the workspace locked: it must be quick and must not wait
        (`loop.call_soon_threadsafe(queue.put_nowait, change)` is what a page does).
        """
        with self.lock:
            self._subscribers.append(listener)

        def unsubscribe() -> None:
            with self.lock:
                if listener in self._subscribers:
                    self._subscribers.remove(listener)

        return unsubscribe

    def publish(self, change: Change) -> None:
        """Tell subscribers and everybody who waits."""
        with self.changed:
            for listener in tuple(self._subscribers):
                listener(change)
            self.changed.notify_all()

    def wait_for(self, found: Callable[[], T | None], timeout: float, *, what: str) -> T:
        """Return what *found* gives as soon as it is not None; TimeoutError naming *what* after *timeout* seconds."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while (result := found()) is None:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise TimeoutError(f"Waited {timeout:g} s for {what}.")
                self.changed.wait(remaining)
            return result

    # -- identifiers

    def new_id(self, prefix: str) -> str:
        """A Slack-like id that no other object has: the same in the same story, another one at another time.

        Apps keep ids. Made from the time, those of a workspace that is started again do not meet the earlier ones.
        """
        return prefix + _base36(self._tick()).rjust(10, "0")

    def new_ts(self) -> str:
        """The `ts` of a message said now: never twice the same, always increasing."""
        micros = self._tick()
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    # -- people

    def user(self, key: str) -> User:
        """The user with this id, e-mail or handle (with or without "@"); KeyError when there is none."""
        with self.lock:
            if key in self.users:
                return self.users[key]
            found = self._by_email.get(key.lower()) or self._by_name.get(key.removeprefix("@").lower())
            if found is None:
                raise KeyError(f"Nobody here is known as {key!r}.")
            return self.users[found]

    def find_user(self, key: str) -> User | None:
        """As `user`, or None."""
        try:
            return self.user(key)
        except KeyError:
            return None

    def user_by_email(self, email: str) -> User | None:
        """Who has this address, deactivated or not."""
        with self.lock:
            found = self._by_email.get(email.lower())
            return self.users[found] if found is not None else None

    def named(self, name: str) -> User | None:
        """The active user with this handle or full name, as people write after "@"."""
        with self.lock:
            found = self._by_name.get(name.lower()) or self._by_real_name.get(name.lower())
            return self.users[found] if found is not None else None

    def people(self) -> list[User]:
        """Everybody who is not a bot, in the order they joined."""
        with self.lock:
            return [user for user in self.users.values() if not user.is_bot]

    def put_user(self, user: User) -> User:
        """Add or replace a user."""
        with self.lock:
            self._add_user(replace(user, updated=int(self.clock.now().timestamp())))
            stored = self.users[user.id]
            if stored.deleted:
                self.clear_stack(stored.id)
            self.publish(Change(kind="user", user=user.id, data={"user": stored}))
            return stored

    # -- conversations

    def channel(self, key: str) -> Channel:
        """The conversation with this id or name (with or without "#"); KeyError when there is none."""
        found = self.find_channel(key)
        if found is None:
            raise KeyError(f"There is no channel {key!r}.")
        return found

    def find_channel(self, key: str) -> Channel | None:
        """As `channel`, or None."""
        with self.lock:
            found = key if key in self.channels else self._channels_by_name.get(key.removeprefix("#"))
            return self.channels[found] if found is not None else None

    def create_channel(self, name: str, members: Iterable[str], *, app_member: bool, topic: str = "") -> Channel:
        """Make a public channel; ValueError when the name is taken."""
        with self.lock:
            if name in self._channels_by_name:
                raise ValueError(f"There is already a channel named {name!r}.")
            everyone = {self.user(member).id for member in members}
            channel = Channel(
                id=self.new_id("C"),
                name=name,
                type="channel",
                created=self.clock.now(),
                members=everyone | ({self.bot_user_id} if app_member else set()),
                topic=topic,
            )
            self._add_channel(channel)
            self.publish(Change(kind="channel", channel=channel.id))
            return channel

    def join_channel(self, channel_id: str, user_id: str) -> None:
        """Make somebody (or the app) a member."""
        with self.lock:
            self.channel(channel_id).members.add(user_id)
            self.publish(Change(kind="channel", channel=channel_id))

    def archive_channel(self, channel_id: str) -> None:
        """Archive a channel: nobody can write there any more."""
        with self.lock:
            self.channel(channel_id).archived = True
            self.publish(Change(kind="channel", channel=channel_id))

    def leave_channel(self, channel_id: str, user_id: str) -> None:
        """Take somebody (or the app) out."""
        with self.lock:
            self.channel(channel_id).members.discard(user_id)
            self.publish(Change(kind="channel", channel=channel_id))

    def app_dm(self, user_id: str) -> Channel:
        """The direct conversation of this person and the app, made when first needed."""
        return self.dm(user_id, self.bot_user_id)

    def has_dm(self, *user_ids: str) -> bool:
        """Whether exactly these people have a direct conversation already."""
        return frozenset(user_ids) in self._dms

    def dm(self, *user_ids: str) -> Channel:
        """The direct conversation of exactly these people, made when first needed."""
        key = frozenset(user_ids)
        with self.lock:
            if key in self._dms:
                return self.channels[self._dms[key]]
            group = len(key) > 2
            with_app = self.bot_user_id in key
            people = [user_id for user_id in user_ids if user_id != self.bot_user_id]
            names = "--".join(sorted(self.users[user_id].name for user_id in key))
            # The same people always have the same conversation, also in a workspace that is started again.
            digest = hashlib.sha256("/".join(sorted(key)).encode()).hexdigest()[:10].upper()
            channel = Channel(
                id=f"{'G' if group else 'D'}{digest}",
                name=f"mpdm-{names}-1" if group else "",
                type="mpim" if group else "app" if with_app else "im",
                created=self.clock.now(),
                members=set(key),
                with_user=None if group else people[-1],
            )
            self.channels[channel.id] = channel
            self._dms[key] = channel.id
            self.publish(Change(kind="channel", channel=channel.id))
            return channel

    def unread(self, user_id: str, channel_id: str) -> tuple[int, int]:
        """How many messages this person has not read there, and how many of them mention the person."""
        with self.lock:
            channel = self.channels[channel_id]
            since = self.last_read.get((user_id, channel_id), "0")
            count = mentions = 0
            for ts in reversed(channel.messages):
                if ts <= since:
                    break
                message = channel.messages[ts]
                if message.user == user_id:
                    continue
                count += 1
                mentions += channel.is_dm or f"<@{user_id}" in message.text
            return count, mentions

    def mark_read(self, user_id: str, channel_id: str, ts: str) -> None:
        """Remember that this person has seen everything up to *ts*."""
        with self.lock:
            self.last_read[user_id, channel_id] = max(ts, self.last_read.get((user_id, channel_id), "0"))
            self.publish(Change(kind="unread", user=user_id, channel=channel_id))

    # -- messages

    def post(self, message: Message, *, kind: Kind | None = None) -> Message:
        """Show *message* in its channel, to everybody there or to `ephemeral_to` alone, and record it."""
        with self.lock:
            channel = self.channels[message.channel]
            if message.ephemeral_to is not None:
                channel.ephemerals.setdefault(message.ephemeral_to, {})[message.ts] = message
                self._ephemeral_places.setdefault(message.ephemeral_to, {})[channel.id] = channel
            else:
                channel.messages[message.ts] = message
                if message.client_msg_id and self.knows_client_msg_ids:
                    self._client_msg_ids[message.channel, message.client_msg_id] = message.ts
            if message.is_app:
                self._record_message(kind or ("ephemeral" if message.ephemeral_to else "message"), message)
            change = "ephemeral" if message.ephemeral_to else "message"
            self.publish(
                Change(kind=change, user=message.ephemeral_to, channel=message.channel, data={"message": message})
            )
            return message

    def posted_as(self, channel_id: str, client_msg_id: str) -> Message | None:
        """The message already posted there with this `client_msg_id`."""
        with self.lock:
            ts = self._client_msg_ids.get((channel_id, client_msg_id))
            return self.channels[channel_id].messages.get(ts) if ts is not None else None

    def edit(self, message: Message, *, kind: Kind = "update") -> Message:
        """Replace the message with this channel and ts."""
        with self.lock:
            shelf = self._shelf(message)
            previous, shelf[message.ts] = shelf[message.ts], message
            if message.is_app:
                self._record_message(kind, message)
            self.publish(
                Change(
                    kind="message_changed",
                    user=message.ephemeral_to,
                    channel=message.channel,
                    data={"message": message, "previous": previous},
                )
            )
            return message

    def remove(self, message: Message) -> None:
        """Delete a message."""
        with self.lock:
            del self._shelf(message)[message.ts]
            if message.is_app:
                self._record_message("delete", message)
            self.publish(
                Change(
                    kind="message_deleted",
                    user=message.ephemeral_to,
                    channel=message.channel,
                    data={"ts": message.ts, "message": message},
                )
            )

    def message(self, channel_id: str, ts: str, *, user: str | None = None) -> Message | None:
        """The message of that channel and ts; with *user*, also one only that person sees."""
        with self.lock:
            channel = self.channels.get(channel_id)
            if channel is None:
                return None
            found = channel.messages.get(ts)
            if found is None and user is not None:
                found = channel.ephemerals.get(user, {}).get(ts)
            return found

    def seen_by(self, user_id: str, channel_id: str) -> list[Message]:
        """What this person sees in that conversation, oldest first, ephemeral messages included."""
        with self.lock:
            channel = self.channels[channel_id]
            own = channel.ephemerals.get(user_id)
            if not own:
                return list(channel.messages.values())
            return sorted((*channel.messages.values(), *own.values()), key=lambda message: message.ts)

    def ephemerals(self, user_id: str) -> list[Message]:
        """Every ephemeral message this person has on screen, oldest first."""
        with self.lock:
            places = self._ephemeral_places.get(user_id, {}).values()
            found = [message for channel in places for message in channel.ephemerals[user_id].values()]
        return sorted(found, key=lambda message: message.ts)

    def refuse(self, method: str, error: str, detail: str) -> None:
        """Remember an error given to the app."""
        with self.changed:
            self.refusals.append(Refusal(method=method, error=error, detail=detail))
            self.changed.notify_all()

    def put_file(self, file: File) -> File:
        """Store a file."""
        with self.lock:
            self.files[file.id] = file
            return file

    # -- views

    def stack(self, user_id: str) -> list[OpenView]:
        """The modals open on this person's screen, bottom first."""
        with self.lock:
            return list(self.stacks.get(user_id, ()))

    def push_view(self, view: OpenView, *, root: bool) -> list[OpenView]:
        """Put a modal on top of the stack, or, as *root*, in place of the whole stack; returns what it closed."""
        with self.lock:
            closed = self.clear_stack(view.user, tell=False) if root else []
            self.stacks.setdefault(view.user, []).append(view)
            self._keep_view(view)
            self._view_changed("view", view)
            return closed

    def replace_view(self, view: OpenView) -> None:
        """Show *view* in the place of the one with the same id."""
        with self.lock:
            stack = self.stacks.get(view.user, [])
            if self.homes.get(view.user) is self.views.get(view.id) and view.type == "home":
                self.homes[view.user] = view
            for index, open_view in enumerate(stack):
                if open_view.id == view.id:
                    stack[index] = view
            self._keep_view(view)
            self._view_changed("home" if view.type == "home" else "view", view)

    def pop_view(self, user_id: str) -> OpenView | None:
        """Close the top modal; None when nothing is open."""
        with self.lock:
            stack = self.stacks.get(user_id)
            if not stack:
                return None
            top = stack.pop()
            self._forget_view(top)
            self.publish(Change(kind="views", user=user_id))
            return top

    def clear_stack(self, user_id: str, *, tell: bool = True) -> list[OpenView]:
        """Close every modal of this person; returns them, bottom first."""
        with self.lock:
            closed = self.stacks.pop(user_id, [])
            for view in closed:
                self._forget_view(view)
            if closed and tell:
                self.publish(Change(kind="views", user=user_id))
            return closed

    def put_home(self, view: OpenView) -> None:
        """Show *view* as this person's Home tab."""
        with self.lock:
            previous = self.homes.get(view.user)
            if previous is not None:
                self._forget_view(previous)
            self.homes[view.user] = view
            self._keep_view(view)
            self._view_changed("home", view)

    def view_by_external_id(self, external_id: str) -> OpenView | None:
        """The open view with this `external_id`."""
        with self.lock:
            return self.views.get(self._external_ids.get(external_id, ""))

    def view_payload(self, view: OpenView) -> Json:
        """The view as Slack describes it, state included."""
        body = view.body
        payload: Json = {
            "id": view.id,
            "team_id": self.team_id,
            "type": body["type"],
            "blocks": body["blocks"],
            "private_metadata": body.get("private_metadata", ""),
            "callback_id": body.get("callback_id", ""),
            "state": {"values": {block_id: dict(values) for block_id, values in view.state.items()}},
            "hash": view.hash,
            "title": body.get("title"),
            "clear_on_close": bool(body.get("clear_on_close", False)),
            "notify_on_close": bool(body.get("notify_on_close", False)),
            "close": body.get("close"),
            "submit": body.get("submit"),
            "previous_view_id": view.previous_id,
            "root_view_id": view.root_id,
            "app_id": self.app_id,
            "external_id": view.external_id,
            "app_installed_team_id": self.team_id,
            "bot_id": self.bot_id,
        }
        if view.type == "home":
            payload["title"] = {"type": "plain_text", "text": "View Title", "emoji": True}
        return payload

    def new_hash(self) -> str:
        """What tells two versions of a view apart."""
        return f"{int(self.clock.now().timestamp())}.{self.new_id('')[-8:].lower()}"

    # -- proofs of an interaction

    def new_trigger(self, user_id: str, view_id: str | None = None) -> str:
        """A trigger id for something this person has just done (in the modal *view_id*, if there)."""
        with self.lock:
            moment = time.monotonic()
            # Only the last minute's are worth an exact refusal; the rest would just fill memory.
            while self._triggers:
                oldest = next(iter(self._triggers.values()))
                if moment - oldest.made_at < 60:
                    break
                del self._triggers[oldest.id]
            number = self._tick()
            digest = hashlib.sha256(f"{self.team_id}{number}".encode()).hexdigest()[:32]
            trigger = Trigger(
                id=f"{number}.{self._team_number}.{digest}", user=user_id, made_at=moment, view_id=view_id
            )
            self._triggers[trigger.id] = trigger
            return trigger.id

    def exchange_trigger(self, trigger_id: str) -> Trigger:
        """Use up a trigger; SlackError when it is unknown, used, or older than three seconds."""
        with self.lock:
            trigger = self._triggers.get(trigger_id)
            if trigger is None:
                code = "expired_trigger_id" if trigger_id.count(".") == 2 else "invalid_trigger_id"
                raise SlackError(code, trigger_id)
            if trigger.used:
                raise SlackError("exchanged_trigger_id", trigger_id)
            if time.monotonic() - trigger.made_at > TRIGGER_LIFETIME:
                raise SlackError("expired_trigger_id", trigger_id)
            trigger.used = True
            return trigger

    def new_response_url(self, user_id: str, channel_id: str, message_ts: str | None = None) -> ResponseUrl:
        """Where the app may answer what this person has just done in that channel."""
        with self.lock:
            number = self._tick()
            digest = hashlib.sha256(f"{self.app_id}{number}".encode()).hexdigest()[:24]
            response = ResponseUrl(
                id=f"{self.team_id}/{number}/{digest}",
                user=user_id,
                channel=channel_id,
                made_at=self.clock.now(),
                message_ts=message_ts,
            )
            self._response_urls[response.id] = response
            return response

    def use_response_url(self, url_id: str) -> ResponseUrl:
        """Use a response URL once; SlackError when it is unknown, too old or used up."""
        with self.lock:
            response = self._response_urls.get(url_id)
            if response is None:
                raise SlackError("invalid_url", url_id, status=404)
            if self.clock.now() - response.made_at > RESPONSE_URL_LIFETIME:
                raise SlackError("expired_url", url_id, status=404)
            if response.uses >= RESPONSE_URL_USES:
                raise SlackError("used_url", url_id, status=404)
            response.uses += 1
            return response

    # -- inside

    def _tick(self) -> int:
        """Microseconds since 1970, a little ahead of the clock where it must be to give each number once."""
        with self.lock:
            self._last_tick = max(int(self.clock.now().timestamp() * 1_000_000), self._last_tick + 1)
            return self._last_tick

    @property
    def _team_number(self) -> int:
        return int(self.team_id[1:], 16)

    def _add_user(self, user: User) -> None:
        previous = self.users.get(user.id)
        if previous is not None:
            self._by_email.pop(previous.email.lower(), None)
            self._by_name.pop(previous.name.lower(), None)
            self._by_real_name.pop(previous.real_name.lower(), None)
        self.users[user.id] = user
        if user.email:
            self._by_email[user.email.lower()] = user.id
        self._by_name[user.name.lower()] = user.id
        self._by_real_name[user.real_name.lower()] = user.id

    def _add_channel(self, channel: Channel) -> None:
        self.channels[channel.id] = channel
        self._channels_by_name[channel.name] = channel.id

    def _shelf(self, message: Message) -> dict[str, Message]:
        """Where the message is kept: with its channel's, or with those one person sees there."""
        channel = self.channels[message.channel]
        return channel.messages if message.ephemeral_to is None else channel.ephemerals[message.ephemeral_to]

    def _record_message(self, kind: Kind, message: Message) -> None:
        channel = self.channels[message.channel]
        self.record.append(
            Delivery(
                kind=kind,
                at=self.clock.now(),
                channel=message.channel,
                user=message.ephemeral_to or (channel.with_user if channel.is_dm else None),
                ts=message.ts,
                text=message.text,
                blocks=message.blocks,
                client_msg_id=message.client_msg_id,
                metadata=message.metadata,
                files=message.files,
            )
        )

    def _keep_view(self, view: OpenView) -> None:
        previous = self.views.get(view.id)
        if previous is not None and previous.external_id != view.external_id:
            self._external_ids.pop(previous.external_id, None)
        self.views[view.id] = view
        if view.external_id:
            self._external_ids[view.external_id] = view.id

    def _forget_view(self, view: OpenView) -> None:
        self.views.pop(view.id, None)
        self._external_ids.pop(view.external_id, None)

    def _view_changed(self, kind: Kind, view: OpenView) -> None:
        self.record.append(
            Delivery(
                kind=kind,
                at=self.clock.now(),
                channel=None,
                user=view.user,
                ts=None,
                text=str((view.body.get("title") or {}).get("text", "")),
                blocks=view.body["blocks"],
                view=view.body,
            )
        )
        self.publish(Change(kind="home" if kind == "home" else "views", user=view.user))


def _user_of(member: Member) -> User:
    return User(
        id=member.user_id,
        name=member.username,
        real_name=member.real_name,
        email=member.email,
        title=member.title,
        department=member.department,
        team=member.team,
        site=member.site,
        country=member.country,
        region=member.region,
        locale=member.locale,
        tz=member.tz,
        guest=member.guest,
    )


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
    return digits


def epoch(moment: datetime) -> int:
    """Seconds since 1970, as Slack gives moments."""
    return int(moment.astimezone(UTC).timestamp())
