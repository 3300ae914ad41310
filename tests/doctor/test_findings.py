"""Findings, as they are written for people."""

from __future__ import annotations

from gateway.doctor.findings import some


def test_some_of_many_names() -> None:
    """All of a few, the first of many and how many more there are."""
    assert some(["a", "b"]) == "a, b"
    assert some(["a", "b", "c", "d"], 2) == "a, b … +2"
