"""Who is turned away leaves a trace, and what is used up stays so."""

from __future__ import annotations

import asyncio

import structlog

from gateway.api.denials import Denials
from gateway.guards.door_limits import DOOR_LIMITS
from gateway.security.principal import Principal

from .conftest import Client, Desk

RING = {"action": "transfer", "switchboard": "12345", "seat": "1001", "target": "110"}


class Asked:
    """A request, as far as a trace needs it."""

    def __init__(self, remote: str = "127.0.0.9") -> None:
        self.remote, self.method = remote, "GET"


async def test_wrong_tokens_are_counted_and_told(client: Client, desk: Desk) -> None:
    """One line for an address and reason, whatever the number of tries; none of them says what was tried."""
    with structlog.testing.capture_logs() as lines:
        for number in range(5):
            await client.get("/v1/calls", 401, Authorization=f"Bearer guess-{number}")
    told = [line for line in lines if line["event"] == "denied"]
    assert [(line["why"], line["remote"], line["method"]) for line in told] == [("no_token", "127.0.0.1", "GET")]
    assert "guess" not in repr(lines)
    assert client.server.denials.counts == {"no_token": 5}


async def test_a_good_token_for_another_thing_is_told_by_its_name(client: Client, desk: Desk) -> None:
    """403 says who asked: an administrator finds the token that is used for what it may not do."""
    desk.principals["reader"] = Principal("wallboard", frozenset(("read",)), id="t1")
    with structlog.testing.capture_logs() as lines:
        await client.post("/v1/rules/reload", None, 403, Authorization="Bearer reader")
    (line,) = [line for line in lines if line["event"] == "denied"]
    assert (line["why"], line["who"]) == ("scope_needed", "wallboard")


async def test_a_forged_button_is_counted(client: Client) -> None:
    """An action URL needs no token: one that nobody made leaves its trace as well."""
    assert (await client.press("/v1/action/forged"))[0] == 403
    assert client.server.denials.counts == {"forged": 1}


def test_a_flood_is_one_line_a_minute() -> None:
    """Each address has its own; the next line says how many were left out."""
    now = [0.0]
    denials = Denials(clock=lambda: now[0])
    with structlog.testing.capture_logs() as lines:
        for _ in range(1000):
            denials.note("no_token", Asked())  # type: ignore[arg-type]
        denials.note("no_token", Asked("127.0.0.8"))  # type: ignore[arg-type]
        denials.note("not_found", Asked())  # type: ignore[arg-type]
        now[0] = DOOR_LIMITS.denied_s
        denials.note("no_token", Asked())  # type: ignore[arg-type]
    assert [(line["remote"], line["more"]) for line in lines] == [
        ("127.0.0.9", None),
        ("127.0.0.8", None),
        ("127.0.0.9", 999),
    ]
    assert denials.counts == {"no_token": 1002}


async def test_a_used_button_is_durable_before_it_is_answered(client: Client, desk: Desk) -> None:
    """110 rings first; the phone reads its line once the disk has it: a gateway killed behind the answer refuses the URL."""
    desk.play.connect()
    made = await client.post("/v1/action-urls", RING, 201)
    desk.disk.clear()
    press = asyncio.create_task(client.press(made["url"]))
    async with asyncio.timeout(5):
        while not desk.kept_after:
            await asyncio.sleep(0)
    assert desk.kept_after == [1]
    assert not press.done()
    desk.disk.set()
    assert (await press)[0] == 202


async def test_a_request_with_a_key_is_durable_before_it_is_answered(client: Client, desk: Desk) -> None:
    """So that a second try after a kill is known again."""
    desk.play.connect()
    body = {"target": "110", "seat": "1001", "switchboard": "12345"}
    desk.disk.clear()
    asked = asyncio.create_task(client.post("/v1/transfers", body, 202, **{"Idempotency-Key": "k-1"}))
    async with asyncio.timeout(5):
        while not desk.kept_after:
            await asyncio.sleep(0)
    assert not asked.done()
    desk.disk.set()
    await asked


async def test_a_request_without_a_key_waits_for_no_disk(client: Client, desk: Desk) -> None:
    """Nothing has to be known again."""
    desk.play.connect()
    desk.disk.clear()
    await client.post("/v1/transfers", {"target": "110", "seat": "1001", "switchboard": "12345"})
    assert desk.kept_after == []
