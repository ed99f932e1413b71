"""Files: an address to upload to, the upload, then sharing what was uploaded."""

from __future__ import annotations

import mimetypes
from dataclasses import replace

from playground import replies
from playground.errors import SlackError
from playground.methods.calls import Call, method
from playground.methods.chat import check_writable
from playground.methods.conversations import known_channel
from playground.payloads import file_payload
from playground.workspace import Channel, File, Json, Message, Upload


@method("files.getUploadURLExternal", "files:write", tier="tier4")
def get_upload_url(call: Call) -> Json:
    """An address to send one file to, of the announced length."""
    workspace = call.workspace
    name, length = call.required("filename"), call.number("length", 0)
    if length <= 0:
        raise SlackError("invalid_arguments", messages=["[ERROR] must be greater than 0 [json-pointer:/length]"])
    upload = Upload(
        file_id=workspace.new_id("F"),
        name=name,
        length=length,
        alt_text=call.text("alt_txt"),
    )
    workspace.uploads[upload.file_id] = upload
    return {"upload_url": f"{workspace.url}/upload/{upload.file_id}", "file_id": upload.file_id}


@method("files.completeUploadExternal", "files:write", tier="tier4")
def complete_upload(call: Call) -> Json:
    """Keep uploaded files, and post them when there is a `channel_id` (a user's id is refused, as in Slack)."""
    workspace = call.workspace
    given = call.json("files")
    if not isinstance(given, list) or not given or not all(isinstance(entry, dict) for entry in given):
        raise SlackError("invalid_arguments", messages=["[ERROR] missing required field: files"])
    keys = [key for key in (call.text("channel_id") or call.text("channels")).split(",") if key]
    channels = [known_channel(call, key) for key in keys]
    for channel in channels:
        check_writable(call, channel)
    files = [
        _kept(call, str(entry.get("id")), str(entry.get("title") or ""), [channel.id for channel in channels])
        for entry in given
    ]
    for channel in channels:
        _share(call, channel, files)
    return {"files": [file_payload(workspace, file) for file in files]}


def _kept(call: Call, file_id: str, title: str, channels: list[str]) -> File:
    workspace = call.workspace
    upload = workspace.uploads.get(file_id)
    if upload is None or upload.content is None:
        raise SlackError("file_not_found", file_id)
    del workspace.uploads[file_id]
    return workspace.put_file(
        File(
            id=file_id,
            name=upload.name,
            content=upload.content,
            mimetype=mimetypes.guess_type(upload.name)[0] or "application/octet-stream",
            user=workspace.bot_user_id,
            at=workspace.clock.now(),
            title=title,
            alt_text=upload.alt_text,
            channels=tuple(channels),
        )
    )


def _share(call: Call, channel: Channel, files: list[File]) -> None:
    workspace = call.workspace
    said = {"text": call.text("initial_comment"), "blocks": call.json("blocks")}
    content = replies.message_content(workspace, said) if any(said.values()) else {"text": ""}
    workspace.post(
        Message(
            ts=workspace.new_ts(),
            channel=channel.id,
            user=workspace.bot_user_id,
            bot_id=workspace.bot_id,
            at=workspace.clock.now(),
            thread_ts=call.text("thread_ts") or None,
            files=tuple(file.id for file in files),
            **content,
        ),
        kind="file",
    )


def _file(call: Call) -> File:
    file = call.workspace.files.get(call.required("file", "file_not_found"))
    if file is None:
        raise SlackError("file_not_found", call.text("file"))
    visible = any(call.workspace.bot_user_id in call.workspace.channels[channel].members for channel in file.channels)
    if file.user != call.workspace.bot_user_id and not visible:
        raise SlackError("file_not_found", file.id)
    return file


@method("files.info", "files:read", tier="tier4")
def files_info(call: Call) -> Json:
    """A file the app may see."""
    return {"file": file_payload(call.workspace, _file(call)), "comments": []}


@method("files.delete", "files:write", tier="tier3")
def files_delete(call: Call) -> Json:
    """Delete one of the app's files; messages that showed it no longer do."""
    workspace = call.workspace
    file = _file(call)
    if file.user != workspace.bot_user_id:
        raise SlackError("cant_delete_file", file.id)
    for channel_id in file.channels:
        for message in tuple(workspace.channels[channel_id].messages.values()):
            if file.id in message.files:
                left = tuple(each for each in message.files if each != file.id)
                workspace.edit(replace(message, files=left), kind="delete")
    del workspace.files[file.id]
    return {}
