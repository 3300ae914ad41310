"""Problems of a gateway for people: what, where and remedy, Chinese first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

from gateway.ami import Link, problem
from gateway.services.readiness import Readiness


def asked(links: Mapping[str, Any]) -> tuple[bool, list[dict[str, str]]]:
    """The readiness of a gateway that has nothing wrong but its links."""
    healthy = SimpleNamespace(health=lambda: SimpleNamespace(ok=True, lost=0))
    audit, engine = SimpleNamespace(problem=""), SimpleNamespace(faults=0)
    found = Readiness(
        cast(Mapping[str, Link], links), cast(Any, healthy), cast(Any, audit), cast(Any, "audit"), cast(Any, engine), ()
    ).now()
    return cast(tuple[bool, list[dict[str, str]]], found)


def test_the_remedy_of_a_link_is_read_in_chinese_too() -> None:
    """An administrator reads what to do in the language of what is wrong."""
    lost = SimpleNamespace(connected=False, problem=problem.lost("onekey@127.0.0.1:5038", "EOF").problem)
    ready, [found] = asked({"12345": lost})
    assert not ready
    assert re.search("[\u4e00-\u9fff]", found["remedy"])
    assert " / " in found["remedy"]
