from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from benchmarks.report import Comparison, figure, page

TWICE_AS_SLOW = Comparison(
    what="round trip", unit="ms", ours=[2.0, 4.0, 90.0], peer="bare app", peers=[1.0, 2.0, 3.0], promised=1.5
)


def test_medians_are_compared_so_that_one_slow_turn_decides_nothing() -> None:
    assert TWICE_AS_SLOW.ratio == 2


@pytest.mark.parametrize(("promised", "holds"), [(1.5, False), (2.0, True), (None, True)])
def test_a_promise_holds_up_to_the_ratio_it_names(promised: float | None, holds: bool) -> None:
    assert replace(TWICE_AS_SLOW, promised=promised).holds is holds


def test_the_page_says_what_was_measured_where_and_when() -> None:
    document = page("Commands", "In turns.", "make bench", [TWICE_AS_SLOW], today=date(2026, 9, 1))

    assert document.startswith("# Commands\n\nIn turns.\n\n```console\n$ make bench\n```\n")
    assert "01 September 2026" in document
    assert "| round trip, ms | **4** (3–47) | **2** (1.5–2.5) (bare app) | 2.00 | ≤ 1.5 |" in document


@pytest.mark.parametrize(("value", "text"), [(0.000123456, "0.000123"), (1.23456, "1.23"), (1234.5, "1234")])
def test_figures_have_three_digits_and_no_exponent(value: float, text: str) -> None:
    assert figure(value) == text
