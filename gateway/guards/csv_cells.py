"""Cells of a CSV file that no spreadsheet computes: OWASP, "CSV Injection"."""

from __future__ import annotations

from typing import TypeVar

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Characters that begin a formula. Excel takes the full-width signs of Chinese input for the narrow ones."""

V = TypeVar("V")


def harmless(value: V) -> V | str:
    """A value as it is; a text that a spreadsheet would take for a formula with an apostrophe before it."""
    begins = isinstance(value, str) and value.lstrip(" \u3000").startswith(FORMULA)
    return f"'{value}" if begins else value
