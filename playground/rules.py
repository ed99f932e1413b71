"""The grammar Block Kit's tables are written in.

A rule is a function of the check under way, a value and where that value is. It reports in Slack's words: "must be
less than 76 characters [json-pointer:/blocks/0/text]".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Check:
    """One check under way: where it is and what it has found."""

    surface: str
    problems: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[str] = field(default_factory=set)
    focused: int = 0
    # Parts of a container count for its surface, but some blocks cannot stand in one.
    nested: bool = False

    def complain(self, what: str, at: str) -> None:
        """Report that *what* is wrong *at* a JSON pointer."""
        self.problems.append(f"[ERROR] {what} [json-pointer:{at}]")


Rule = Callable[[Check, Any, str], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """An object's fields: a rule each, those that must be there, and what must hold between them."""

    fields: Mapping[str, Rule]
    required: tuple[str, ...] = ()
    also: Rule | None = None


def string(most: int, *, least: int = 0) -> Rule:
    """Text of *least* to *most* characters."""

    def rule(check: Check, value: Any, at: str) -> None:
        if not isinstance(value, str):
            check.complain("must be a string", at)
        elif len(value) > most:
            check.complain(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            check.complain(f"must be more than {least - 1} characters", at)

    return rule


def matching(pattern: re.Pattern[str], what: str, most: int = 3000) -> Rule:
    """A string of a form, named in the complaint."""

    def rule(check: Check, value: Any, at: str) -> None:
        if not isinstance(value, str) or len(value) > most or not pattern.fullmatch(value):
            check.complain(f"must be a valid {what}", at)

    return rule


def boolean(check: Check, value: Any, at: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        check.complain("must be a boolean", at)


def integer(least: int, most: int) -> Rule:
    """A whole number of a range."""

    def rule(check: Check, value: Any, at: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            check.complain("must be an integer", at)
        elif not least <= value <= most:
            check.complain(f"must be between {least} and {most}", at)

    return rule


def number(check: Check, value: Any, at: str) -> None:
    """Any number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        check.complain("must be a number", at)


def positive(check: Check, value: Any, at: str) -> None:
    """A number above zero."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        check.complain("must be a number greater than 0", at)


def one_of(*allowed: str) -> Rule:
    """One of a few words."""

    def rule(check: Check, value: Any, at: str) -> None:
        if value not in allowed:
            check.complain(f"must be one of: {', '.join(allowed)}", at)

    return rule


def anything(check: Check, value: Any, at: str) -> None:
    """A part that only Slack can judge."""


def array(item: Rule, most: int, *, least: int = 1) -> Rule:
    """A list of *least* to *most* items, each following *item*."""

    def rule(check: Check, value: Any, at: str) -> None:
        if not isinstance(value, list):
            check.complain("must be an array", at)
            return
        if len(value) > most:
            check.complain(f"no more than {most} items allowed", at)
        if len(value) < least:
            check.complain(f"no fewer than {least} items allowed", at)
        for index, one in enumerate(value):
            item(check, one, f"{at}/{index}")

    return rule


def structure(shape: Shape) -> Rule:
    """An object of a shape: unknown fields are refused, as Slack does."""

    def rule(check: Check, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            check.complain("must be an object", at)
            return
        before = len(check.problems)
        fields = shape.fields
        for key, part in value.items():
            known = fields.get(key)
            if known is None:
                check.complain(f"invalid additional property: {key}", at)
            else:
                known(check, part, f"{at}/{key}")
        for key in shape.required:
            if key not in value:
                check.complain(f"missing required field: {key}", at)
        if shape.also is not None and len(check.problems) == before:
            shape.also(check, value, at)

    return rule


def typed(shapes: Mapping[str, Rule], allowed: Iterable[str] | None = None) -> Rule:
    """An object whose `type` says what it is; only the *allowed* types may stand here."""
    here = frozenset(shapes if allowed is None else allowed)

    def rule(check: Check, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            check.complain("must be an object", at)
            return
        kind = value.get("type")
        if kind is None:
            check.complain("missing required field: type", at)
        elif not isinstance(kind, str) or kind not in here:
            check.complain(f"unsupported type: {kind}", f"{at}/type")
        else:
            shapes[kind](check, value, at)

    return rule
