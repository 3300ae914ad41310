"""Any bytes as the body of any request that has one: an error that says what is wrong, or a transfer; never a 500."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.api import ApiServer
from tests.core.plays import Play

from .conftest import Client, Desk

PATHS = (
    "/v1/transfers",
    "/v1/transfers/{id}/cancel",
    "/v1/transfers/{id}/accept",
    "/v1/transfers/{id}/decline",
    "/v1/transfers/{id}/release",
    "/v1/transfers/{id}/resolve",
    "/v1/callbacks/1/dial",
    "/v1/callbacks/1/drop",
    "/v1/action-urls",
)
NAMES = ("target", "mode", "call", "seat", "channel", "switchboard", "reason", "outcome", "action", "ttl_s", "note")
NASTY = st.sampled_from(
    ["110", "1001", "12345", "c", "a\r\nAction: Originate", "\0", "\u202e110", "万" * 9999, "${SHELL(id)}", "\ud800"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | NASTY
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=3)
OBJECTS = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), VALUES, max_size=8)
BODIES = st.binary(max_size=200) | (VALUES | OBJECTS).map(lambda value: json.dumps(value).encode())
KEYS = st.none() | st.sampled_from(["k", "", "k" * 300])
TYPES = st.sampled_from(["application/json", "text/plain", "application/json; charset=gbk", "multipart/form-data", "@"])
REQUESTS = st.tuples(st.sampled_from(PATHS), BODIES, KEYS, TYPES)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(REQUESTS, min_size=10, max_size=30))
def test_any_body_is_answered(requests: list[tuple[str, bytes, str | None, str]]) -> None:
    """4xx with an error_id and a message, or what was asked for; the server goes on answering."""
    asyncio.run(ask(requests))


async def ask(requests: list[tuple[str, bytes, str | None, str]]) -> None:
    """Send them to a server of their own."""
    desk = Desk(Play())
    desk.play.connect()
    server = ApiServer("127.0.0.1", 0, "a-token-of-the-tests", desk.services())
    await server.start()
    client = Client(server)
    try:
        running = await client.post("/v1/transfers", {"target": "110", "seat": "1001", "switchboard": "12345"})
        for template, body, key, kind in requests:
            path = template.replace("{id}", running["id"])
            headers = {"Content-Type": kind} | ({"Idempotency-Key": key} if key is not None else {})
            async with client.session.post(path, data=body, headers=headers) as answer:
                found: Any = await answer.json()
                assert answer.status < 500, (path, body, found)
                assert answer.status < 300 or {"error_id", "message"} <= set(found), (path, body, found)
        assert (await client.get(f"/v1/transfers/{running['id']}"))["id"] == running["id"]
    finally:
        await client.session.close()
        await server.stop()
