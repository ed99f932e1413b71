"""A local Slack workspace: Web API, Socket Mode, signed requests, people who type and click, and faults on demand.

It speaks Slack's protocol and knows nothing of the app that connects to it.
"""

from __future__ import annotations

from playground.clock import Clock
from playground.people import Person, Reply, Submission
from playground.server import Playground
from playground.workspace import Change, Delivery, Message, Refusal, Workspace

__all__ = [
    "Change",
    "Clock",
    "Delivery",
    "Message",
    "Person",
    "Playground",
    "Refusal",
    "Reply",
    "Submission",
    "Workspace",
]
