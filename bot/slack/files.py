"""Files that people give to Tandem in Slack. Needs ``files:read``, which the workspace may not have given."""

from __future__ import annotations

import urllib.request
from http.client import HTTPException

from slack_sdk import WebClient

from bot.errors import FileNotReceived, FilesUnreadable, FileTooLarge
from bot.slack.client import call

SCOPE = "files:read"
TIMEOUT_SECONDS = 2.0
"""Slack waits three seconds for the answer to a form, and the file is wanted within them."""


def check_scope(client: WebClient) -> None:
    """Raise FilesUnreadable unless the workspace lets Tandem read files."""
    granted = str(call(client.auth_test).headers.get("x-oauth-scopes", "")).replace(" ", "").split(",")
    if SCOPE not in granted:
        raise FilesUnreadable


def download(client: WebClient, address: str, *, most: int) -> bytes:
    """Return what is at a file's ``url_private_download``, taken from a payload that Slack signed.

    Raises FileTooLarge over *most* bytes, FilesUnreadable or FileNotReceived.
    """
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {client.token}"})  # noqa: S310 - as said
    proxies = {"http": client.proxy, "https": client.proxy} if client.proxy else {}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as reply:
            if reply.headers.get_content_type() == "text/html":
                # Instead of an error Slack sends the page to sign in on.
                raise FilesUnreadable
            content: bytes = reply.read(most + 1)
    except (OSError, HTTPException) as error:
        raise FileNotReceived from error
    if len(content) > most:
        raise FileTooLarge(megabytes=most // 1_000_000)
    return content
