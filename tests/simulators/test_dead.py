"""What differs between two performances of one story is told, press by press."""

from __future__ import annotations

from typing import Any

from simulators.dead import unlike


def performance(*tags: str, **said: Any) -> dict[str, Any]:
    """One press, and what phones showed."""
    record = {"target": "110", "outcome": "completed", "terms": {"tag": "[12345转]"}, "rungs": [], **said}
    return {"records": [record], "tags": list(tags)}


def test_the_same_is_nothing_to_tell() -> None:
    """Two performances that agree."""
    assert unlike(performance("[12345转]"), performance("[12345转]")) == []


def test_each_difference_is_named() -> None:
    """A field of a record, a tag, a record too many."""
    assert unlike(performance(), performance(outcome="failed")) == [
        "press 1: outcome is completed with the gateway, failed without"
    ]
    assert unlike(performance("[12345转]"), performance("[藏语转]")) == [
        "phones showed ['[12345转]'] with the gateway, ['[藏语转]'] without"
    ]
    two = performance()
    two["records"] *= 2
    assert unlike(performance(), two)[0].startswith("1 transfers with the gateway, 2 without")
