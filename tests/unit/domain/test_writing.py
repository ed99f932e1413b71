"""What people write, as it is kept."""

from __future__ import annotations

import pytest

from bot.domain.writing import as_typed, with_names


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("R&amp;D", "R&D"),
        ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("<https://example.com/?a=1&amp;b=2>", "https://example.com/?a=1&b=2"),
        ("<http://example.com|example.com>", "example.com"),
        ("<@U1|ana> 45m", "<@U1|ana> 45m"),
    ],
)
def test_a_commands_text_is_read_as_it_was_typed(sent: str, typed: str) -> None:
    assert as_typed(sent) == typed


def test_people_in_what_was_typed_are_shown_by_name() -> None:
    assert with_names("<@U1|ana.goh> <@U2> 45m") == "@ana.goh <@U2> 45m"
