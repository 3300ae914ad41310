"""Cells that no spreadsheet computes."""

from __future__ import annotations

import pytest

from gateway.guards.csv_cells import harmless


@pytest.mark.parametrize(
    "text", ["=1+1", "+86", "-1", "@x", "\t=1", "\r", "＝1+1", "＋1", "－1", "＠x", "　=1", " ＝1"]
)
def test_what_would_be_computed_is_quoted(text: str) -> None:
    """Half-width and full-width signs, also behind a space that nobody sees."""
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["噪音", "1001", "", "a=b", -1, -1.5, None, True])
def test_the_rest_stays_as_it_is(value: object) -> None:
    """Numbers are numbers, and words are words."""
    assert harmless(value) == value
