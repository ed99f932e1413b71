"""The Web API: each method the way Slack answers it, refusals included."""

from __future__ import annotations

from playground.methods import account, chat, conversations, files, users, views
from playground.methods.calls import METHODS, Server, call_method

__all__ = [
    "METHODS",
    "Server",
    "account",
    "call_method",
    "chat",
    "conversations",
    "files",
    "users",
    "views",
]
