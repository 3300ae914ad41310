"""The live feed: numbered, resumable, honest about what is lost, and never held up by a reader."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from gateway.api import ApiServer, Feed
from gateway.api.feed import Reader, Said
from gateway.api.feed_records import publish as publish_record
from gateway.guards.door_limits import DOOR_LIMITS
from tests.store.contract import context

from .conftest import TOKEN, WAIT_S, Client, Desk

Parsed = tuple[int | None, str, Any]


def parse(frame: bytes) -> Parsed:
    """Number, kind and data of one event."""
    fields = dict(line.split(": ", 1) for line in frame.decode().strip().split("\n"))
    return int(fields["id"]) if "id" in fields else None, fields["event"], json.loads(fields["data"])


def waiting(reader: Reader) -> list[Parsed | None]:
    """What a reader would get now; None is its end."""
    frames = []
    while not reader.queue.empty():
        frames.append(reader.queue.get_nowait())
    return [parse(frame) if frame is not None else None for frame in frames]


def publish(feed: Feed, count: int, size: int = 0) -> None:
    """So many events that carry their place in line."""
    for n in range(count):
        feed.publish("seat", {"n": n, "x": "x" * size})


# --- the feed itself ------------------------------------------------------------------------------------------------------


def test_events_are_numbered_in_order() -> None:
    """Each event has the next number, its kind and its data."""
    feed = Feed(last=0)
    reader = feed.join(None)
    feed.publish("seat", {"a": 1})
    feed.publish("transfer", {"b": "转"})
    assert waiting(reader) == [(1, "seat", {"a": 1}), (2, "transfer", {"b": "转"})]


def test_an_event_that_nobody_reads_is_not_put_into_words() -> None:
    """It is told when somebody wants it, once for all readers of a switchboard, and has the number of its time."""
    feed, told = Feed(last=0), []

    def say(reader: str) -> Said:
        told.append(reader)
        return "seat", {"a": 1}, None

    feed.publish_said(say)
    assert told == []
    assert [waiting(feed.join(0)), waiting(feed.join(0))] == [[(1, "seat", {"a": 1})]] * 2
    assert told == [""]
    assert [waiting(feed.join(0, switchboard="110")) for _ in range(2)] == [[(1, "seat", {"a": 1})]] * 2
    assert told == ["", "110"]


def test_text_with_line_ends_stays_one_event() -> None:
    """A line end in a value cannot end the event or begin another (law 8)."""
    feed = Feed(last=0)
    reader = feed.join(None)
    feed.publish("seat", {"why": "a\n\nevent: forged\r\ndata: {}"})
    frame = reader.queue.get_nowait()
    assert frame is not None
    assert frame.count(b"\n") == 4
    assert b"\r" not in frame


def test_a_new_reader_gets_only_what_is_new() -> None:
    """Without a number nothing of the past is told."""
    feed = Feed(last=0)
    publish(feed, 3)
    reader = feed.join(None)
    publish(feed, 1)
    assert [item[0] for item in waiting(reader) if item] == [4]


def test_a_reader_that_comes_back_gets_exactly_what_it_missed() -> None:
    """After number 2 of 5 come 3, 4, 5, once each, and then what is new."""
    feed = Feed(last=0)
    publish(feed, 5)
    reader = feed.join(2)
    publish(feed, 1)
    assert [item[0] for item in waiting(reader) if item] == [3, 4, 5, 6]


def test_a_reader_that_missed_nothing_is_told_nothing() -> None:
    """Coming back with the newest number is no loss."""
    feed = Feed(last=0)
    publish(feed, 5)
    assert waiting(feed.join(5)) == []


def test_everything_kept_is_given_back() -> None:
    """A reader that is ``feed_kept_max`` events behind gets all of them, and the next event does not drop it."""
    feed = Feed(last=0)
    publish(feed, DOOR_LIMITS.feed_kept_max)
    reader = feed.join(0)
    publish(feed, 1)
    assert [item[0] for item in waiting(reader) if item] == list(range(1, DOOR_LIMITS.feed_kept_max + 2))
    assert feed.dropped == 0


def test_a_number_too_old_is_told() -> None:
    """Where events between are not kept any more, the first thing said is which (law 7); then the rest follows."""
    feed = Feed(last=0)
    publish(feed, DOOR_LIMITS.feed_kept_max + 10)
    told, first, *_ = waiting(feed.join(3))
    assert told == (None, "missed", {"after": 3, "next": 11})
    assert first is not None
    assert first[0] == 11


def test_a_number_just_old_enough_is_not_told() -> None:
    """The number before the oldest kept event has lost nothing."""
    feed = Feed(last=0)
    publish(feed, DOOR_LIMITS.feed_kept_max + 10)
    first, *_ = waiting(feed.join(10))
    assert first is not None
    assert (first[0], first[1]) == (11, "seat")


def test_a_number_of_the_future_is_told() -> None:
    """A number that was never given is not taken for the newest."""
    feed = Feed(last=0)
    publish(feed, 2)
    assert waiting(feed.join(99)) == [(None, "missed", {"after": 99, "next": 3})]


def test_a_number_of_an_earlier_run_is_older_than_this_run() -> None:
    """After a restart a reader of the old gateway is told that it missed something, however many events there were."""
    old = Feed(last=1_700_000_000_000)
    publish(old, 50)
    feed = Feed()
    publish(feed, 60)
    told, first, *_ = waiting(feed.join(1_700_000_000_050))
    assert told is not None
    assert first is not None
    assert told[1] == "missed"
    assert told[2]["next"] == first[0]


def test_a_reader_too_far_behind_is_dropped_and_counted() -> None:
    """One event more than it may be behind: it is cut off, its queue ends, and the count says so."""
    feed = Feed(last=0)
    cut: list[str] = []
    reader = feed.join(None, lambda: cut.append("slow"))
    publish(feed, DOOR_LIMITS.feed_behind_max)
    assert (feed.dropped, cut) == (0, [])
    publish(feed, 1)
    assert (feed.dropped, cut) == (1, ["slow"])
    assert waiting(reader)[-1] is None


def test_a_slow_reader_costs_the_others_nothing() -> None:
    """Another reader gets every event in order while one stands still."""
    feed = Feed(last=0)
    feed.join(None)
    fast, seen = feed.join(None), []
    for _ in range(DOOR_LIMITS.feed_behind_max + 5):
        publish(feed, 1)
        seen += [item[0] for item in waiting(fast) if item]
    assert seen == list(range(1, DOOR_LIMITS.feed_behind_max + 6))
    assert feed.dropped == 1


def test_a_dropped_reader_comes_back_without_a_loss() -> None:
    """What it had not read is still kept."""
    feed = Feed(last=0)
    feed.join(None)
    publish(feed, DOOR_LIMITS.feed_behind_max + 1)
    assert [item[0] for item in waiting(feed.join(7)) if item] == list(range(8, DOOR_LIMITS.feed_behind_max + 2))


def test_a_reader_that_left_gets_nothing_more() -> None:
    """Its queue ends, and later events pass it by."""
    feed = Feed(last=0)
    reader = feed.join(None)
    feed.leave(reader)
    publish(feed, 1)
    assert waiting(reader) == [None]


def test_close_ends_every_reader() -> None:
    """Each reader gets its end, after what it had not read yet."""
    feed = Feed(last=0)
    readers = [feed.join(None), feed.join(None)]
    publish(feed, 1)
    feed.close()
    for reader in readers:
        event, end = waiting(reader)
        assert event is not None
        assert end is None


async def test_what_has_come_meanwhile_is_taken_at_once() -> None:
    """One write for many events, bounded in bytes; the end comes by itself."""
    feed = Feed(last=0)
    reader = feed.join(None)
    publish(feed, 3)
    assert (await reader.take()).count(b"event: seat") == 3
    publish(feed, 5, size=40_000)
    assert [(await reader.take()).count(b"event: seat") for _ in range(3)] == [2, 2, 1]
    publish(feed, 1)
    feed.close()
    assert [(await reader.take()).count(b"event: seat"), await reader.take()] == [1, b""]


def test_readers_share_the_writes() -> None:
    """The more they are, the longer each waits; and those that go give their share back."""
    feed = Feed(last=0)
    readers = [feed.join(None, who=str(number % 3)) for number in range(30)]
    assert feed.pace_s == pytest.approx(30 / DOOR_LIMITS.feed_writes_per_s_max)
    for reader in readers:
        feed.leave(reader)
        feed.leave(reader)
    assert (len(feed), feed.pace_s, feed.room("0")) == (0, 0.0, DOOR_LIMITS.feed_readers_per_token_max)


# --- over HTTP ------------------------------------------------------------------------------------------------------------


class Listener:
    """A browser's EventSource."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def opened(self) -> Listener:
        """The first thing sent is a comment: from then on nothing is missed."""
        assert await self._answer.content.readuntil(b"\n\n") == b": onekey\n\n"
        return self

    async def next(self) -> Parsed:
        """The next event."""
        return parse(await self._answer.content.readuntil(b"\n\n"))

    async def rest(self) -> bytes:
        """Everything until the server ends the answer."""
        return await self._answer.content.read()


async def test_the_feed_is_an_event_stream(client: Client, desk: Desk) -> None:
    """Its type is that of server-sent events; no cache keeps it and no proxy holds it back."""
    async with client.session.get("/v1/events") as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Accel-Buffering"] == "no"
        listener = await Listener(answer).opened()
        desk.feed.publish("seat", {"seat": "1001", "why": "振铃"})
        assert await listener.next() == (1, "seat", {"seat": "1001", "why": "振铃"})


async def test_a_broken_connection_is_resumed(client: Client, desk: Desk) -> None:
    """A reader that lost its connection after number 1 gets 2 and 3 with ``Last-Event-ID: 1``, then what is new."""
    async with client.session.get("/v1/events") as answer:
        listener = await Listener(answer).opened()
        publish(desk.feed, 1)
        assert (await listener.next())[0] == 1
    publish(desk.feed, 2)
    async with client.session.get("/v1/events", headers={"Last-Event-ID": "1"}) as answer:
        listener = await Listener(answer).opened()
        publish(desk.feed, 1)
        assert [(await listener.next())[0] for _ in range(3)] == [2, 3, 4]


async def test_a_number_too_old_is_told_over_http(client: Client, desk: Desk) -> None:
    """The first event says ``missed`` and has no number of its own, so that the reader's place is not changed by it."""
    publish(desk.feed, DOOR_LIMITS.feed_kept_max + 2)
    async with client.session.get("/v1/events", headers={"Last-Event-ID": "1"}) as answer:
        listener = await Listener(answer).opened()
        assert await listener.next() == (None, "missed", {"after": 1, "next": 3})
        assert (await listener.next())[0] == 3


@pytest.mark.parametrize("last", ["", "x", "-1", "1.5", "1e3", "9" * 16, "0x10", "٣", "1 2"])
async def test_a_damaged_last_event_id_is_refused(client: Client, last: str) -> None:
    """400, and no stream that would seem to be resumed."""
    body = await client.get("/v1/events", 400, **{"Last-Event-ID": last})
    assert body["details"] == {"parameter": "Last-Event-ID"}


async def test_stop_ends_live_readers(client: Client, desk: Desk, server: ApiServer) -> None:
    """Who listens is given what was published, and then the end of the stream."""
    async with client.session.get("/v1/events") as answer:
        listener = await Listener(answer).opened()
        publish(desk.feed, 1)
        await server.stop()
        assert parse(await listener.rest())[0] == 1


class Stuck:
    """A reader that asks for the feed and then reads no more."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.setblocking(False)
        self.port = port

    async def start(self) -> None:
        """Returns when the server has opened the stream."""
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self.socket, ("127.0.0.1", self.port))
        head = f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        await loop.sock_sendall(self.socket, head.encode())
        seen = b""
        while b": onekey" not in seen:
            seen += await loop.sock_recv(self.socket, 4096)

    async def ended(self) -> None:
        """Read on until the connection is over."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(WAIT_S):
            try:
                while await loop.sock_recv(self.socket, 1 << 20):
                    pass
            except ConnectionResetError:
                pass


async def test_a_stuck_reader_is_cut_off_and_the_others_miss_nothing(client: Client, desk: Desk) -> None:
    """While one reader stands still a second gets every event; the first is dropped and its connection ended."""
    stuck = Stuck(client.server.port)
    with stuck.socket:
        await stuck.start()
        async with client.session.get("/v1/events") as answer:
            listener = await Listener(answer).opened()
            number = 0
            while not desk.feed.dropped:
                number += 1
                publish(desk.feed, 1, size=30_000)
                assert (await listener.next())[0] == number
                assert number < 20 * DOOR_LIMITS.feed_behind_max
            assert number > DOOR_LIMITS.feed_behind_max
            publish(desk.feed, 1)
            assert (await listener.next())[0] == number + 1
        await stuck.ended()


async def test_stop_does_not_wait_for_a_stuck_reader(desk: Desk) -> None:
    """A reader that is behind, but not yet far enough to be dropped, does not keep the gateway from ending."""
    server = ApiServer("127.0.0.1", 0, TOKEN, desk.services())
    await server.start()
    stuck = Stuck(server.port)
    with stuck.socket:
        await stuck.start()
        publish(desk.feed, DOOR_LIMITS.feed_behind_max - 1, size=30_000)
        async with asyncio.timeout(WAIT_S):
            await server.stop()
    assert desk.feed.dropped == 0


async def test_what_was_told_before_a_wish_is_told_anew(client: Client, desk: Desk) -> None:
    """A reader that comes back gets what it missed as it may be told by now: without the number, which the caller wants kept since; what
    is another caller's stays as it was."""
    rows = [context(0), replace(context(0), version=2), context(1)]
    wish = replace(context(0), version=3, said=replace(context(0).said, confidential=True))
    for row in rows:
        publish_record(desk.feed, row)
    before = [event[2] for event in waiting(desk.feed.join(0)) if event is not None]  # a reader puts them into words
    assert {one["caller_number"] for one in before} == {"138****0001"}
    publish_record(desk.feed, wish)
    async with client.session.get("/v1/events", headers={"Last-Event-ID": "0"}) as answer:
        await answer.content.readuntil(b"\n\n")
        told = [parse(await answer.content.readuntil(b"\n\n"))[2] for _ in range(4)]
    assert [one["caller_number"] for one in told if one["id"] == "k0"] == ["***********"] * 3
    assert [one["version"] for one in told] == [1, 2, 1, 3]
    (other,) = [one for one in told if one["id"] == "k1"]
    assert other["caller_number"] == "138****0001"
