"""Globals read back: only what is surely otherwise is named."""

from __future__ import annotations

import asyncio

from gateway.ami.globals_back import ASKED_AT_ONCE, differing
from gateway.ami.protocol import Reply

HELD = {"ONEKEY_PLAN_12345_110": "2:warm:0:2815768a:r:5f3de08b:110/25", "ONEKEY_PLAN_TAG_2815768a": "[12345转]"}


async def ask(_action: str, asked: tuple[str, str]) -> Reply:
    """As Asterisk answers: an unset global is empty; one is not told."""
    if asked[1] == "ONEKEY_PLAN_S":
        return Reply(b"Response: Error\r\nMessage: Permission denied\r\n\r\n", [])
    value = HELD.get(asked[1], "")
    return Reply(f"Response: Success\r\nVariable: {asked[1]}\r\nValue: {value}\r\n\r\n".encode(), [])


def test_what_differs_is_named() -> None:
    """The same, another, one that is lost, one that is empty on both sides, one that is not told."""
    values = [
        *HELD.items(), ("ONEKEY_PLAN_12345_119", "2:warm:0:0:r:0:119/5"), ("ONEKEY_PLAN_12345_120", ""), ("ONEKEY_PLAN_S", "9"),
        ("ONEKEY_PLAN_12345_122", "x"),
    ]  # fmt: skip
    assert asyncio.run(differing(ask, values)) == ("ONEKEY_PLAN_12345_119", "ONEKEY_PLAN_12345_122")


def test_many_are_asked_some_at_a_stretch() -> None:
    """Every one is asked."""
    values = [(f"ONEKEY_PLAN_12345_x{n}", "y") for n in range(2 * ASKED_AT_ONCE + 1)]
    assert len(asyncio.run(differing(ask, values))) == len(values)
