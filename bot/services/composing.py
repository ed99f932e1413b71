"""Which composer writes which kind of message: kind → the letter, from the records, at the moment it is sent.

A composer returns None when its message is no longer worth sending. It reads, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.domain.letters import Letter
from bot.domain.outbox import OutboxMessage
from bot.ports import UnitOfWork
from bot.services.base import Programme

Composer = Callable[[UnitOfWork, OutboxMessage, Programme, datetime], Letter | None]

COMPOSERS: Mapping[str, Composer] = {}
