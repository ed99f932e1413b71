"""The page: its files, the JSON calls it makes, and the stream of what one person's screen shows.

Nothing here is Slack's protocol. What a person does goes through `Person`, like in tests, so that the page can do no
more than a human in front of Slack.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from playground.errors import CannotDoThat
from playground.forms import places
from playground.workspace import Change, Channel, File, Json, Message, User

if TYPE_CHECKING:
    from playground.people import Person, Reply
    from playground.server import Playground

PAGE = Path(__file__).parent / "page"
HEARTBEAT = 15.0
MESSAGES_SHOWN = 300
LARGEST_FILE = 20 * 1024 * 1024
LONGEST_MOVE = timedelta(days=400)

# Nothing from elsewhere, nothing inline: what people or an app write cannot run here, whatever the page overlooks.
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
}
# Shown in the browser; anything else is only ever downloaded.
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"})
_COLORS = (
    "#0b7a75", "#b4532a", "#4b5fbf", "#8a4f9e", "#2f7d4f", "#a8395b",
    "#6a6f1f", "#3a6ea5", "#95602b", "#55606e", "#7a4ec2", "#1f7f9c",
)  # fmt: skip

Read = Callable[[Mapping[str, str]], Json]
Write = Callable[[Json], Json]


class _Refused(Exception):
    """The page asked for something that cannot be done; carries the sentence shown and the HTTP status."""

    def __init__(self, sentence: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(sentence)
        self.status = status


def routes(pg: Playground) -> list[BaseRoute]:
    """The routes of the page, to be added to the workspace's own."""
    page = _Page(pg)
    reads: dict[str, Read] = {
        "state": page.state,
        "messages": page.messages,
        "home": page.home,
        "views": page.views,
        "options": page.options,
        "news": page.news,
    }
    writes: dict[str, Write] = {
        "say": page.say,
        "action": page.action,
        "submit": page.submit,
        "close": page.close,
        "shortcut": page.shortcut,
        "home/open": page.open_home,
        "read": page.mark_read,
        "channels": page.create_channel,
        "channels/join": page.join_channel,
        "channels/invite": page.invite_app,
        "time": page.move_time,
    }
    return [
        Route("/", _index),
        *(Route(f"/ui/{name}", _reader(read), methods=["GET"]) for name, read in reads.items()),
        *(Route(f"/ui/{name}", _writer(write), methods=["POST"]) for name, write in writes.items()),
        Route("/ui/events", page.events, methods=["GET"]),
        Route("/ui/upload", _guarded(page.upload), methods=["POST"]),
        Route("/ui/files/{file_id}", page.file, methods=["GET"]),
        Mount("/page", _PageFiles(directory=PAGE)),
    ]


class _PageFiles(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_PAGE_HEADERS)
        return response


async def _index(_: Request) -> Response:
    return FileResponse(PAGE / "index.html", headers=_PAGE_HEADERS)


def _guarded(handler: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """Turn refusals into answers, and let no other site act through the browser of whoever runs this."""

    async def guarded(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
            return _problem("This page only answers itself.", HTTPStatus.FORBIDDEN)
        try:
            answer: Response = await handler(request)
        except _Refused as error:
            return _problem(str(error), error.status)
        except (CannotDoThat, ValueError) as error:
            return _problem(str(error), HTTPStatus.BAD_REQUEST)
        except KeyError as error:
            return _problem(str(error.args[0]), HTTPStatus.NOT_FOUND)
        return answer

    return guarded


def _problem(sentence: str, status: HTTPStatus) -> Response:
    return JSONResponse({"error": sentence}, status_code=status)


def _reader(read: Read) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(read, dict(request.query_params)))

    return _guarded(answer)


def _writer(write: Write) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        # A form on another site could be posted without asking the browser; JSON cannot.
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise _Refused("JSON is expected.", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        body = await request.json()
        if not isinstance(body, dict):
            raise _Refused("An object is expected.")
        # In a thread: it waits for the app, which calls back through this very server.
        return JSONResponse(await run_in_threadpool(write, body))

    return _guarded(answer)


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise _Refused(f"“{name}” is missing.")
    return value


def _optional(given: Mapping[str, Any], name: str) -> str | None:
    return _text(given, name) if given.get(name) is not None else None


def _taken(reply: Reply) -> Json:
    return {"ok": reply.error is None, "error": reply.error}


class _Page:
    """What the page can ask. `user` in each call is whom the page acts as."""

    def __init__(self, pg: Playground) -> None:
        self._pg = pg
        self._workspace = pg.workspace
        self.turn = 0
        """How often time began to move or came to rest: odd while it moves, so that the page knows what is newer."""

    # -- what is to be seen

    def state(self, given: Mapping[str, str]) -> Json:
        """Everything the page draws around a conversation."""
        workspace = self._workspace
        with workspace.lock:
            me = self._viewer(given.get("user"))
            workspace.app_dm(me.id)
            manifest = workspace.manifest
            return {
                "workspace": {"name": workspace.name, "url": self._pg.url},
                "now": workspace.clock.now().isoformat(),
                "frozen": workspace.clock.frozen,
                "turn": self.turn,
                "me": _user(me),
                "users": [_user(user) for user in workspace.users.values()],
                "channels": [
                    self.channel(channel, me.id) for channel in workspace.channels.values() if _sees(channel, me.id)
                ],
                "commands": [
                    {"command": each.command, "description": each.description, "usage_hint": each.usage_hint}
                    for each in manifest.commands.values()
                ],
                "shortcuts": [
                    {
                        "callback_id": each.callback_id,
                        "name": each.name,
                        "type": each.type,
                        "description": each.description,
                    }
                    for each in manifest.shortcuts.values()
                ],
                "app": {
                    "id": workspace.app_id,
                    "name": manifest.bot_name,
                    "description": manifest.description,
                    "bot_user_id": workspace.bot_user_id,
                    "home_tab": manifest.home_tab,
                    "writable": not manifest.messages_tab_read_only,
                    "connected": self._pg.connected,
                },
                "guide": self._guide(me),
            }

    def messages(self, given: Mapping[str, str]) -> Json:
        """The newest messages of a conversation, oldest first."""
        with self._workspace.lock:
            user_id = self._viewer(given.get("user")).id
            channel = self._seen_channel(user_id, _text(given, "channel"))
            seen = self._workspace.seen_by(user_id, channel.id)[-MESSAGES_SHOWN:]
            return {"messages": [self.message(message, user_id) for message in seen]}

    def home(self, given: Mapping[str, str]) -> Json:
        """What the app last published on this person's Home tab."""
        return {"view": self._person(given).home}

    def views(self, given: Mapping[str, str]) -> Json:
        """This person's modals, bottom first."""
        return {"views": self._person(given).views}

    def options(self, given: Mapping[str, str]) -> Json:
        """What the app suggests in an external select."""
        return self._person(given).options(
            _text(given, "action_id"),
            given.get("query", ""),
            message=given.get("ts"),
            view=given.get("view_id"),
            block_id=given.get("block_id"),
            channel=given.get("channel"),
        )

    def news(self, _: Mapping[str, str]) -> Json:
        """Who has unread messages from the app, the latest first."""
        workspace = self._workspace
        with workspace.lock:
            waiting = [
                (max(channel.messages), channel.with_user)
                for channel in workspace.channels.values()
                if channel.type == "app" and channel.with_user and workspace.unread(channel.with_user, channel.id)[0]
            ]
        return {"users": [user_id for _, user_id in sorted(waiting, reverse=True)]}

    # -- what a person does

    def say(self, given: Json) -> Json:
        """Say something, or run the slash command it begins with."""
        person, text, channel = self._person(given), _text(given, "text"), _text(given, "channel")
        if text.split(" ", 1)[0] in self._workspace.manifest.commands:
            return _taken(person.slash(text, channel))
        if text.startswith("/"):
            raise _Refused(f"{text.split()[0]} is not a command here.")
        # An event nobody acknowledged is sent again by Slack; the person who wrote sees nothing of it.
        person.say(text, channel)
        return {"ok": True, "error": None}

    def action(self, given: Json) -> Json:
        """Use a button, select or picker of a message, a modal or the Home tab."""
        person, action_id, block_id = self._person(given), _text(given, "action_id"), _text(given, "block_id")
        ts, view_id, channel = _optional(given, "ts"), _optional(given, "view_id"), _optional(given, "channel")
        person.fill(self._typed(given), message=ts, view=view_id, channel=channel)
        value = given.get("value")
        return _taken(person.click(action_id, ts, value, view_id, block_id=block_id, channel=channel))

    def submit(self, given: Json) -> Json:
        """Submit the modal on top as filled in."""
        view_id = _text(given, "view_id")
        done = self._person(given).submit(self._typed(given), view=view_id)
        return {
            "ok": done.acked and not done.errors and done.error is None,
            "errors": dict(done.errors),
            "error": done.error,
        }

    def close(self, given: Json) -> Json:
        """Close the modal on top."""
        return _taken(self._person(given).close_view(_text(given, "view_id")))

    def shortcut(self, given: Json) -> Json:
        """Run a global shortcut."""
        return _taken(self._person(given).shortcut(_text(given, "callback_id")))

    def open_home(self, given: Json) -> Json:
        """Open the app's "home" or "messages" tab."""
        return _taken(self._person(given).look_at(_optional(given, "tab") or "home"))

    def mark_read(self, given: Json) -> Json:
        """Remember what this person has seen."""
        user_id = self._person(given).id
        channel = self._seen_channel(user_id, _text(given, "channel"))
        self._workspace.mark_read(user_id, channel.id, _text(given, "ts"))
        return {"ok": True}

    def create_channel(self, given: Json) -> Json:
        """Make a channel with this person in it."""
        user_id, name = self._person(given).id, _text(given, "name")
        channel = self._workspace.create_channel(name, [user_id], app_member=False)
        return {"channel": self.channel(channel, user_id)}

    def join_channel(self, given: Json) -> Json:
        """Join a public channel."""
        user_id = self._person(given).id
        self._workspace.join_channel(self._seen_channel(user_id, _text(given, "channel")).id, user_id)
        return {"ok": True}

    def invite_app(self, given: Json) -> Json:
        """Add the app to a channel this person is in."""
        user_id = self._person(given).id
        channel = self._seen_channel(user_id, _text(given, "channel"))
        if user_id not in channel.members:
            raise _Refused(f"You are not in #{channel.name}.", HTTPStatus.FORBIDDEN)
        self._workspace.join_channel(channel.id, self._workspace.bot_user_id)
        return {"ok": True}

    def move_time(self, given: Json) -> Json:
        """Move the workspace's time on; answers once everything due on the way has happened.

        `told` is to how many people the app wrote meanwhile.
        """
        seconds = given.get("seconds")
        if not isinstance(seconds, int) or not 0 < seconds <= LONGEST_MOVE.total_seconds():
            raise _Refused("Time moves forward, by at most 400 days.")
        with self._workspace.lock:
            if self.turn % 2:
                raise _Refused("Time is already being moved.", HTTPStatus.CONFLICT)
            self.turn += 1
            self._tell_time()
            before = len(self._workspace.record)
        try:
            self._pg.move_to(self._workspace.clock.now() + timedelta(seconds=seconds))
        finally:
            self.turn += 1
            self._tell_time()
        told = {each.user for each in self._workspace.record[before:] if each.kind == "message" and each.user}
        return {"now": self._workspace.clock.now().isoformat(), "turn": self.turn, "told": len(told)}

    async def upload(self, request: Request) -> Response:
        """Keep a file; with a channel, post it there."""
        async with request.form(max_files=1, max_part_size=LARGEST_FILE) as form:
            given = {name: value for name, value in form.items() if isinstance(value, str)}
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise _Refused("“file” is missing.")
            content = await file.read(LARGEST_FILE + 1)
            name, mimetype = file.filename or "file", file.content_type or "application/octet-stream"
        if len(content) > LARGEST_FILE:
            raise _Refused("A file may have 20 MB here.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        kept = await run_in_threadpool(
            lambda: self._person(given).upload(name, content, mimetype, channel=given.get("channel"))
        )
        return JSONResponse({"file": _file(kept)})

    async def file(self, request: Request) -> Response:
        """The bytes of a file."""
        file = self._workspace.files.get(request.path_params["file_id"])
        if file is None:
            return _problem("There is no such file.", HTTPStatus.NOT_FOUND)
        shown = file.mimetype in _SHOWN
        headers = _FILE_HEADERS if shown else {**_FILE_HEADERS, "Content-Disposition": "attachment"}
        return Response(
            file.content, media_type=file.mimetype if shown else "application/octet-stream", headers=headers
        )

    async def events(self, request: Request) -> Response:
        """Server-sent events: what changes on this person's screen."""
        user_id = request.query_params.get("user", "")
        if user_id not in self._workspace.users:
            return _problem("Nobody here is known by that.", HTTPStatus.NOT_FOUND)
        return _EventStream(_Feed(self, self._pg, user_id))

    # -- as the page knows things

    def channel(self, channel: Channel, user_id: str) -> Json:
        """A conversation as this person sees it in the list."""
        workspace = self._workspace
        unread, mentions = workspace.unread(user_id, channel.id) if user_id in channel.members else (0, 0)
        others = [workspace.users[each] for each in sorted(channel.members - {user_id}) if each in workspace.users]
        return {
            "id": channel.id,
            "name": channel.name if channel.type == "channel" else ", ".join(user.real_name for user in others),
            "type": channel.type,
            "member": user_id in channel.members,
            "app_member": workspace.bot_user_id in channel.members,
            "members": len(channel.members),
            "unread": unread,
            "mentions": mentions,
            "with": others[0].id if channel.is_dm and others else None,
            "topic": channel.topic,
        }

    def message(self, message: Message, user_id: str) -> Json:
        """A message as this person sees it, with what the person has picked in it."""
        workspace = self._workspace
        return {
            "ts": message.ts,
            "channel": message.channel,
            "user": message.user,
            "username": message.username,
            "is_app": message.is_app,
            "text": message.text,
            "blocks": message.blocks,
            "attachments": message.attachments,
            "edited": message.edited,
            "ephemeral": message.ephemeral_to is not None,
            "files": [_file(workspace.files[file_id]) for file_id in message.files],
            "at": message.at.isoformat(),
            "state": {"values": workspace.message_states.get((user_id, message.channel, message.ts), {})},
        }

    def _guide(self, me: User) -> list[str]:
        guide = self._pg.guide
        if isinstance(guide, list):
            return guide
        return guide.get(me.locale[:2], guide.get("en", []))

    def _viewer(self, key: str | None) -> User:
        """Whom the page acts as; at first, the first person the guide names, since that is who can try it."""
        if key:
            return self._workspace.user(key)
        people = self._workspace.people()
        if not people:
            raise _Refused("Nobody is in this workspace yet.", HTTPStatus.NOT_FOUND)
        guide = self._pg.guide
        lines = guide if isinstance(guide, list) else [line for each in guide.values() for line in each]
        for line in lines:
            named = [user for user in people if user.real_name in line or f"<@{user.id}" in line]
            if named:
                return min(named, key=lambda user: max(line.find(user.real_name), line.find(f"<@{user.id}")))
        return people[0]

    def _person(self, given: Mapping[str, Any]) -> Person:
        return self._pg.person(_text(given, "user"))

    def _seen_channel(self, user_id: str, key: str) -> Channel:
        channel = self._workspace.channel(key)
        if not _sees(channel, user_id):
            raise KeyError(f"There is no channel {key!r}.")
        return channel

    def _typed(self, given: Json) -> Json:
        """What stands in the form, as far as it is still there: the app may have changed it meanwhile."""
        state = given.get("state")
        if not isinstance(state, dict):
            return {}
        with self._workspace.lock:
            view = self._workspace.views.get(str(given.get("view_id")))
            said = self._workspace.message(str(given.get("channel")), str(given.get("ts")), user=str(given.get("user")))
            blocks = view.body["blocks"] if view is not None else said.blocks if said is not None else []
            typed: Json = {}
            for place in places(blocks):
                if place.keeps_state and place.action_id in state.get(place.block_id, {}):
                    human = state[place.block_id][place.action_id]
                    typed.setdefault(place.block_id, {})[place.action_id] = human
            return typed

    def _tell_time(self) -> None:
        self._workspace.publish(Change(kind="time", data={"now": self._workspace.clock.now()}))


class _Feed:
    """What one connection of the page is told. Made and read in the server's loop, fed from any thread."""

    def __init__(self, page: _Page, pg: Playground, user_id: str) -> None:
        self._page = page
        self._pg = pg
        self._user_id = user_id
        self._loop = asyncio.get_running_loop()
        self._changes: asyncio.Queue[Change] = asyncio.Queue()
        self.close = pg.workspace.subscribe(self._hear)

    def _hear(self, change: Change) -> None:
        if change.user in (None, self._user_id) or change.kind == "user":
            # The loop may have been closed between the last event and the end of this feed.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._changes.put_nowait, change)

    async def lines(self) -> AsyncIterator[bytes]:
        """The stream, until the playground stops."""
        yield _event({"type": "hello"})
        while not self._pg.stopping.is_set():
            try:
                change = await asyncio.wait_for(self._changes.get(), HEARTBEAT)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            batch = [change]
            while not self._changes.empty():
                batch.append(self._changes.get_nowait())
            for each in _without_stale_times(batch):
                for event in self._events(each):
                    yield _event(event)

    def _events(self, change: Change) -> list[Json]:
        workspace = self._pg.workspace
        with workspace.lock:
            match change.kind:
                case "views":
                    return [{"type": "views", "views": self._pg.person(self._user_id).views}]
                case "home":
                    return [{"type": "home", "view": self._pg.person(self._user_id).home}]
                case "user":
                    return [{"type": "user", "user": _user(change.data["user"])}]
                case "time":
                    now = workspace.clock.now().isoformat()
                    return [{"type": "time", "now": now, "turn": self._page.turn}]
                case "app":
                    return [{"type": "app", "connected": self._pg.connected}]
                case _:
                    return self._channel_events(change)

    def _channel_events(self, change: Change) -> list[Json]:
        channel = self._pg.workspace.channels.get(change.channel or "")
        if channel is None or not _sees(channel, self._user_id):
            return []
        about = {"channel": channel.id}
        match change.kind:
            case "message" | "ephemeral":
                message = self._page.message(change.data["message"], self._user_id)
                # The unread marks first: reading the conversation then clears them.
                return [*self._unread(channel), {"type": "message", **about, "message": message}]
            case "message_changed":
                message = self._page.message(change.data["message"], self._user_id)
                return [{"type": "message_changed", **about, "message": message}]
            case "message_deleted":
                return [{"type": "message_deleted", **about, "ts": change.data["ts"]}]
            case "channel":
                return [{"type": "channel", "channel": self._page.channel(channel, self._user_id)}]
            case "unread":
                return self._unread(channel)
            case _:
                return []

    def _unread(self, channel: Channel) -> list[Json]:
        if self._user_id not in channel.members:
            return []
        unread, mentions = self._pg.workspace.unread(self._user_id, channel.id)
        return [{"type": "unread", "channel": channel.id, "unread": unread, "mentions": mentions}]


class _EventStream(StreamingResponse):
    def __init__(self, feed: _Feed) -> None:
        super().__init__(feed.lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Here and not in the generator: one that is dropped half-way ends only when it is collected.
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._feed.close()


def _event(body: Json) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


def _without_stale_times(batch: list[Change]) -> list[Change]:
    """A long move tells of many instants; only the last of those that wait is still true."""
    last = max((at for at, change in enumerate(batch) if change.kind == "time"), default=-1)
    return [change for at, change in enumerate(batch) if change.kind != "time" or at == last]


def _sees(channel: Channel, user_id: str) -> bool:
    return channel.type == "channel" or user_id in channel.members


def _user(user: User) -> Json:
    words = [word for word in re.split(r"[\s-]+", user.real_name) if word]
    color = _COLORS[int(hashlib.sha256(user.id.encode()).hexdigest(), 16) % len(_COLORS)]
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "title": user.title,
        "department": user.department,
        "site": user.site,
        "locale": user.locale,
        "tz": user.tz,
        "avatar_color": color,
        "initials": "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper(),
        "guest": user.guest,
        "deleted": user.deleted,
        "is_bot": user.is_bot,
    }


def _file(file: File) -> Json:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "alt": file.alt_text,
        "mimetype": file.mimetype,
        "size": len(file.content),
    }
