"""The least a program can do to start: import the modules it is told to, and connect to Slack over Socket Mode."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys

from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient


def main() -> None:
    """Import, connect, wait to be ended."""
    for module in sys.argv[1:]:
        with contextlib.suppress(ImportError):  # Tandem's trace names what libraries tried in vain, too
            importlib.import_module(module)
    app_token = os.environ["SLACK_APP_TOKEN"]
    client = SocketModeClient(
        app_token=app_token, web_client=WebClient(token=app_token, base_url=os.environ["SLACK_API_URL"])
    )
    client.connect()
    signal.pause()


if __name__ == "__main__":
    main()
