"""What a submitted form holds: block id → action id → state, as Slack sends it; both ids are the field's name here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Values: TypeAlias = Mapping[str, Mapping[str, Any]]


def chosen(values: Values, field: str) -> str | None:
    """Return the value of the option chosen in *field*; None for none, or where the form has no such field."""
    option = _state(values, field).get("selected_option")
    return str(option["value"]) if option else None


def all_chosen(values: Values, field: str) -> tuple[str, ...]:
    """Return the values of all options chosen in *field*."""
    return tuple(str(option["value"]) for option in _state(values, field).get("selected_options") or ())


def _state(values: Values, field: str) -> Mapping[str, Any]:
    state: Mapping[str, Any] = values.get(field, {}).get(field, {})
    return state
