"""The door: how many come in, how long each may keep us waiting, and what a stranger gets who is no request."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import ClassVar

import pytest

from gateway.api import ApiServer
from gateway.api.connections import Door, address_of
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.observability.door_metrics import DoorMetrics

from .conftest import TOKEN, WAIT_S, Client, Desk

HALF = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
HURRIED = replace(DOOR_LIMITS, head_s=0.2, body_s=0.2, answer_s=0.3, keepalive_s=0.3)


class Wire:
    """A connection of which each byte is ours. All that a test has opened are closed with its server."""

    opened: ClassVar[list[Wire]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, server: ApiServer, host: str = "127.0.0.1", data: bytes = b"") -> Wire:
        """Connected from ``host``."""
        wire = cls(*await asyncio.open_connection("127.0.0.1", server.port, local_addr=(host, 0)))
        cls.opened.append(wire)
        wire.writer.write(data)
        return wire

    async def rest(self) -> bytes:
        """All that comes until the end."""
        found = b""
        async with asyncio.timeout(WAIT_S):
            try:
                while piece := await self.reader.read(65536):
                    found += piece
            except ConnectionResetError:
                pass
        return found

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of one answer."""
        async with asyncio.timeout(WAIT_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
            return int(head.split(b" ", 2)[1]), await self.reader.readexactly(int(lines[b"content-length"]))

    def close(self) -> None:
        """Gone."""
        self.writer.transport.abort()


@asynccontextmanager
async def door(desk: Desk, limits: DoorLimits, connections_max: int | None = None) -> AsyncIterator[ApiServer]:
    """A server with a door of its own, which leaves no task behind."""
    before = asyncio.all_tasks()
    server = ApiServer("127.0.0.1", 0, TOKEN, desk.services(), Door(limits, connections_max))
    await server.start()
    try:
        yield server
    finally:
        while Wire.opened:
            Wire.opened.pop().close()
        await server.stop()
        async with asyncio.timeout(WAIT_S):
            while asyncio.all_tasks() - before - {asyncio.current_task()}:
                await asyncio.sleep(0)


async def settled(server: ApiServer, count: int) -> None:
    """So many connections are in."""
    async with asyncio.timeout(WAIT_S):
        while len(server.door) != count:
            await asyncio.sleep(0)


# --- deadlines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"", HALF, WHOLE + HALF], ids=["nothing", "half a head", "half of a second head"])
async def test_a_head_that_does_not_come_is_not_waited_for(desk: Desk, sent: bytes) -> None:
    """The connection is cut off, counted, and its place is free."""
    async with door(desk, HURRIED) as server:
        wire = await Wire.to(server, data=sent)
        if sent.startswith(WHOLE):
            assert (await wire.answer())[0] == 200
            wire.writer.write(b"x")
        assert await wire.rest() == b""
        assert server.door.timed_out["head"] == 1
        await settled(server, 0)
        wire.close()


async def test_drops_of_a_head_do_not_move_its_deadline(desk: Desk) -> None:
    """A byte now and then is no request either."""
    async with door(desk, HURRIED) as server:
        wire = await Wire.to(server, data=HALF)

        async def drip() -> None:
            while True:
                wire.writer.write(b"x")
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        assert await wire.rest() == b""
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)
        assert server.door.timed_out["head"] == 1
        wire.close()


async def test_a_body_that_does_not_come_is_told(desk: Desk) -> None:
    """408 in our words, and the end of the connection."""
    async with door(desk, HURRIED) as server:
        head = f"POST /v1/received HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        wire = await Wire.to(server, data=head.encode() + b"{")
        status, body = await wire.answer()
        assert (status, json.loads(body)["error_id"]) == (408, "too_slow")
        assert await wire.rest() == b""
        assert server.door.timed_out["body"] == 1
        wire.close()


async def test_a_body_without_a_right_is_not_waited_for(desk: Desk) -> None:
    """Who may not ask is told so at once: nothing of the body is read first."""
    async with door(desk, replace(DOOR_LIMITS, body_s=WAIT_S * 10)) as server:
        wire = await Wire.to(server, data=b"POST /v1/transfers HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert (await wire.answer())[0] == 401
        wire.close()


async def test_an_idle_connection_ends(desk: Desk) -> None:
    """After an answer it is kept for a while, and no longer."""
    async with door(desk, HURRIED) as server:
        wire = await Wire.to(server, data=WHOLE)
        assert (await wire.answer())[0] == 200
        assert await wire.rest() == b""
        assert sum(server.door.timed_out.values()) == 0
        wire.close()


async def test_an_answer_that_nobody_takes_is_cut_off(desk: Desk) -> None:
    """A reader that reads nothing holds neither the connection nor the answer."""
    desk.problems = [{"what": "x" * 20_000_000, "where": "", "remedy": ""}]
    async with door(desk, HURRIED) as server:
        wire = await Wire.to(
            server, data=f"GET /readyz HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
        )
        wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
        async with asyncio.timeout(WAIT_S):
            while not server.door.timed_out["answer"]:
                await asyncio.sleep(0.01)
        await settled(server, 0)
        wire.close()


# --- caps -----------------------------------------------------------------------------------------------------------------


async def test_a_thousand_half_heads_push_out_their_own(desk: Desk) -> None:
    """A full door of half heads lets everybody in: the oldest of them goes."""
    async with door(desk, DOOR_LIMITS, 20) as server:
        wires = [await Wire.to(server, f"127.0.0.{2 + number % 3}", HALF) for number in range(100)]
        client = Client(server)
        assert await client.get("/healthz") == {"status": "ok"}
        assert len(server.door) <= 20
        assert server.door.displaced >= 80
        assert server.door.refused["full"] == 0
        await client.session.close()
        for wire in wires:
            wire.close()


async def test_an_address_has_its_share(desk: Desk) -> None:
    """Others come in as before; a proxy, which brings everybody, has no share but that of all."""
    limits = replace(DOOR_LIMITS, connections_per_address_max=5, trusted_proxies=("127.0.0.9",))
    async with door(desk, limits, 50) as server:
        wires = [await Wire.to(server, "127.0.0.2", HALF) for _ in range(12)]
        await settled(server, 5)
        wires += [
            await Wire.to(server, "127.0.0.3", HALF),
            *[await Wire.to(server, "127.0.0.9", HALF) for _ in range(12)],
        ]
        await settled(server, 18)
        assert server.door.displaced == 7
        for wire in wires:
            wire.close()
        await settled(server, 0)


async def test_who_is_one_too_many_is_told(desk: Desk) -> None:
    """Where all are busy the newcomer gets 503 in our words; nobody who is being answered is cut off."""
    limits = replace(DOOR_LIMITS, connections_per_address_max=3)
    async with door(desk, limits, 4) as server:
        head = f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
        readers = [await Wire.to(server, "127.0.0.2", head) for _ in range(3)]
        for wire in readers:
            await wire.reader.readuntil(b": onekey\n\n")
        share = await Wire.to(server, "127.0.0.2")
        assert json.loads((await share.answer())[1]) | {"message": ""} == {
            "error_id": "too_many_connections", "message": "", "details": {"why": "address"},
        }  # fmt: skip
        last = await Wire.to(server, "127.0.0.3", head)
        await last.reader.readuntil(b": onekey\n\n")
        full = await Wire.to(server, "127.0.0.4")
        assert json.loads((await full.answer())[1])["details"] == {"why": "full"}
        assert await full.rest() == b""
        desk.feed.publish("seat", {"n": 1})
        for wire in (*readers, last):
            assert b'"n":1' in await wire.reader.readuntil(b"\n\n") + await wire.reader.readuntil(b"\n\n")
            wire.close()
        assert server.door.refused == {"full": 1, "address": 1}
        share.close()
        full.close()


async def test_idle_connections_give_way_after_half_heads(desk: Desk) -> None:
    """A proxy's connection that waits for its next request outlives those that never made one."""
    async with door(desk, DOOR_LIMITS, 3) as server:
        idle = await Wire.to(server, data=WHOLE)
        await idle.answer()
        wires = [await Wire.to(server, data=HALF) for _ in range(10)]
        await settled(server, 3)
        idle.writer.write(WHOLE)
        assert (await idle.answer())[0] == 200
        for wire in (*wires, idle):
            wire.close()


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("", ""),
    ],
)
def test_what_counts_as_one_address(peer: str, address: str) -> None:
    """Of IPv6 a network: whoever has one address there has all of them."""
    assert address_of(peer) == address


async def test_near_the_cap_somebody_is_told(desk: Desk) -> None:
    """As what, where and remedy; not before."""
    async with door(desk, DOOR_LIMITS, 5) as server:
        wires = [await Wire.to(server, data=HALF) for _ in range(3)]
        await settled(server, 3)
        assert server.door.problems() == []
        wires.append(await Wire.to(server, data=HALF))
        await settled(server, 4)
        (problem,) = server.door.problems()
        assert set(problem) == {"what", "where", "remedy"}
        for wire in wires:
            wire.close()


async def test_the_door_is_counted(desk: Desk) -> None:
    """Each connection stands in one phase, and no label is an address."""
    async with door(desk, DOOR_LIMITS, 9) as server:
        half, idle = await Wire.to(server, data=HALF), await Wire.to(server, data=WHOLE)
        await idle.answer()
        await settled(server, 2)
        metrics = {family.name: family for family in DoorMetrics(server.door, desk.feed, {}).collect()}
        phases = {sample.labels["phase"]: sample.value for sample in metrics["onekey_api_connections"].samples}
        assert phases == {"heading": 1, "idle": 1, "busy": 0}
        assert metrics["onekey_api_connections_max"].samples[0].value == 9
        half.close()
        idle.close()


# --- what is no request -----------------------------------------------------------------------------------------------------

SECRET = "ok_secret_of_somebody"


@pytest.mark.parametrize(
    ("wire", "status", "error_id"),
    [
        (f"GET /v1/action/{SECRET}\x7f HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad_request"),
        (f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\x00abc\r\n\r\n", 400, "bad_request"),
        (f"{SECRET}\r\n\r\n", 400, "bad_request"),
        (f"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\nX: {SECRET}\r\n\r\n", 400, "bad_request"),
        (f"GET / HTTP/9.9\r\nHost: x\r\nX: {SECRET}\r\n\r\n", 400, "bad_request"),
        (f"GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: {SECRET}\r\n\r\n", 417, "bad_expectation"),
        ("GET / HTTP/1.1\r\n" + "".join(f"X-{n}: {SECRET}\r\n" for n in range(3000)), 431, "head_too_long"),
    ],
)
async def test_what_is_no_request_is_refused_in_our_words(
    desk: Desk, caplog: pytest.LogCaptureFixture, wire: str, status: int, error_id: str
) -> None:
    """JSON, nothing of what was sent in it, and no line of any library's log."""
    async with door(desk, DOOR_LIMITS) as server:
        with caplog.at_level(logging.DEBUG):
            client = await Wire.to(server, data=wire.encode("latin-1"))
            found, body = await client.answer()
        assert (found, json.loads(body)["error_id"]) == (status, error_id)
        assert SECRET not in body.decode()
        assert SECRET not in caplog.text
        client.close()


async def test_a_head_without_an_end_is_bounded(desk: Desk) -> None:
    """However fast it comes: 431 after so many bytes, and nothing more is kept."""
    async with door(desk, DOOR_LIMITS) as server:
        wire = await Wire.to(server, data=b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (DOOR_LIMITS.head_bytes_max // 6 + 1))
        assert (await wire.answer())[0] in (400, 431)
        wire.close()


@pytest.mark.parametrize(
    ("limits", "path", "body", "status", "words"),
    [
        ({"head_bytes_max": 8192}, "/healthz", None, 431, "8192"),
        ({"body_bytes_max": 16384}, "/v1/transfers", b'{"a":"%b"}' % (b"x" * 20_000), 413, ""),
        ({"json_depth_max": 10}, "/v1/transfers", b'{"a":%b}' % (b"[" * 12 + b"]" * 12), 400, "at most 10 levels"),
        ({"json_values_max": 1000}, "/v1/transfers", b'{"a":[%b1]}' % (b"1," * 1000), 400, "at most 1000 values"),
        ({"json_digits_max": 20}, "/v1/transfers", b'{"a":%b}' % (b"1" * 21), 400, "at most 20 digits"),
        ({"rows_max": 50}, "/v1/contexts?limit=51", None, 400, "50"),
        ({"rows_max": 50}, "/v1/transfers?limit=51", None, 400, "50"),
        ({"rows_max": 50}, "/v1/callbacks?limit=51", None, 400, "50"),
        ({"rows_max": 50}, "/v1/deliveries?limit=51", None, 400, "50"),
    ],
)
async def test_a_sites_own_bounds_hold(
    desk: Desk, limits: dict[str, int], path: str, body: bytes | None, status: int, words: str
) -> None:
    """What the site has set is what is refused, and what is within the default is refused by nothing else."""
    for door_limits, wanted in ((replace(DOOR_LIMITS, **limits), True), (DOOR_LIMITS, False)):  # type: ignore[arg-type]
        async with door(desk, door_limits) as server:
            method = "POST" if body else "GET"
            more = f"X-Long: {'y' * 5000}\r\nX-Longer: {'y' * 5000}\r\n" if "head_bytes_max" in limits else ""
            head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n{more}Content-Type: application/json\r\n"
            sent = body or b""
            wire = await Wire.to(server, data=f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
            found, text = await wire.answer()
            assert (found == status and words in text.decode()) is wanted, (found, text)
            wire.close()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", b"no gzip"),
        ("deflate", b"\x00" * 30),
        ("deflate", zlib.compress(b'{"a": 1}')[:-5] + b"xxxxx"),
        ("gzip", b"\x1f\x8b\x08\x00" + b"\xff" * 40),
    ],
)
@pytest.mark.parametrize("path", ["/v1/received", "/v1/transfers"])
async def test_a_body_that_is_not_as_it_is_said_to_be_encoded_is_the_senders_fault(
    client: Client, path: str, coding: str, body: bytes
) -> None:
    """400 in our words, with a token or without one."""
    async with client.session.post(path, data=body, headers={"Content-Encoding": coding}) as answer:
        assert answer.status == 400, await answer.text()
        assert (await answer.json())["error_id"] == "bad_body"


async def test_a_body_that_grows_is_too_large(client: Client) -> None:
    """A hundred megabytes of nothing, packed, are not unpacked."""
    packed = gzip.compress(b"\x00" * 50_000_000)
    async with client.session.post("/v1/received", data=packed, headers={"Content-Encoding": "gzip"}) as answer:
        assert (answer.status, (await answer.json())["error_id"]) == (413, "too_large")


# --- readers of the live feed -----------------------------------------------------------------------------------------------


async def test_a_token_has_so_many_readers(desk: Desk) -> None:
    """429 for one more, which another's token still may be; who has gone makes room."""
    limits = replace(DOOR_LIMITS, feed_readers_per_token_max=2, feed_readers_max=3)
    desk.feed = type(desk.feed)(last=0, limits=limits)
    async with door(desk, limits) as server:
        client = Client(server)
        readers = [await client.session.get("/v1/events") for _ in range(2)]
        assert (await client.get("/v1/events", 429))["error_id"] == "too_many_readers"
        assert desk.feed.refused == 1
        readers[0].close()
        async with asyncio.timeout(WAIT_S):
            while len(desk.feed) > 1:
                await asyncio.sleep(0.01)
                desk.feed.publish("seat", {})
        (await client.session.get("/v1/events")).close()
        readers[1].close()
        await client.session.close()
