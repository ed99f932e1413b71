"""Files that people give to Tandem in Slack. Needs ``files:read``, which the workspace may not have given."""

from __future__ import annotations

import urllib.request
from http.client import HTTPException

from slack_sdk import WebClient

from bot.errors import DeliveryError, FileNotReceived, FilesUnreadable, FileTooLarge, InstallationGone
from bot.slack.client import call

SCOPE = "files:read"
TIMEOUT_SECONDS = 2.0
"""Slack waits three seconds for the answer to a form, and the file is wanted within them."""


def check_scope(client: WebClient) -> None:
    """Raise FilesUnreadable unless the workspace lets Tandem read files."""
    granted = str(call(client.auth_test).headers.get("x-oauth-scopes", "")).replace(" ", "").split(",")
    if SCOPE not in granted:
        raise FilesUnreadable


def download(client: WebClient, file_id: str, *, most: int) -> bytes:
    """Return what is in a file; raise FileTooLarge over *most* bytes, FilesUnreadable or FileNotReceived."""
    try:
        file = call(client.files_info, file=file_id)["file"]
    except InstallationGone as error:
        raise FilesUnreadable from error
    except DeliveryError as error:
        raise FileNotReceived from error
    if file.get("size", 0) > most:
        raise FileTooLarge(megabytes=most // 1_000_000)
    request = urllib.request.Request(  # noqa: S310 - the address is Slack's own, for a file it was asked about
        file["url_private_download"], headers={"Authorization": f"Bearer {client.token}"}
    )
    proxies = {"http": client.proxy, "https": client.proxy} if client.proxy else {}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as reply:
            content: bytes = reply.read(most + 1)
    except (OSError, HTTPException) as error:
        raise FileNotReceived from error
    if len(content) > most:
        raise FileTooLarge(megabytes=most // 1_000_000)
    return content
