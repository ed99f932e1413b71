"""Identifiers: random and opaque, so that one in a button's value tells nothing and cannot be guessed."""

from __future__ import annotations

import secrets


def new_id() -> str:
    """Return 16 random URL-safe characters (96 bits)."""
    return secrets.token_urlsafe(12)
