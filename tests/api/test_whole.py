"""The whole gateway behind its HTTP door, with no Asterisk to reach: engine, store, feed and restart as ``app`` wires them."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp

from gateway.app import App
from gateway.config import settings
from gateway.config.settings import Config, SwitchboardConfig
from gateway.core.model.call import Call, new_context
from gateway.core.values.ids import ChannelUid
from gateway.store.sqlite.store import SqliteStore
from tests.core.plays import A
from tests.store.contract import context, ended, task, transfer

from .conftest import TOKEN, WAIT_S

OFF = 9
"""The discard port: nobody listens there, so the link is never up."""


def site(folder: Path) -> Config:
    """One switchboard that cannot be reached, and an API on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    board = SwitchboardConfig(id="12345", host="127.0.0.1", port=OFF, username="onekey", secret="s")
    rules = settings.site_path("transfer_rules.yaml")
    return Config(
        switchboards=(board,),
        run_dir=folder,
        rules=rules,
        store=folder / "onekey.db",
        signing_key=b"k" * 32,
        api_port=port,
        api_token=TOKEN,
    )


@asynccontextmanager
async def running(site: Config) -> AsyncIterator[tuple[App, aiohttp.ClientSession]]:
    """A gateway and a client of it."""
    app = App(site)
    await app.start()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    base = f"http://127.0.0.1:{site.api_port}"
    async with aiohttp.ClientSession(base, headers=headers, timeout=aiohttp.ClientTimeout(WAIT_S)) as session:
        try:
            yield app, session
        finally:
            await app.stop()


async def test_an_export_is_made_by_a_process_of_its_own(tmp_path: Path) -> None:
    """Over the door of a whole gateway: every format, in full too; one at a time; nothing is left in the folder."""
    here = site(tmp_path)
    await stored(here, *(context(n) for n in range(3)))
    left = here.run_dir / "exports/tmp_of_a_killed_gateway.csv"
    left.parent.mkdir()
    left.touch()
    async with running(here) as (app, session):
        for format_, begins in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("parquet", b"PAR1")):
            async with session.get(f"/v1/exports/contexts?format={format_}&tail=0001") as answer:
                assert answer.status == 200
                assert (await answer.read()).startswith(begins)
        async with session.get("/v1/exports/contexts?full=true&purpose=x") as answer:
            assert (await answer.text()).count("13800000001") == 3
        await app.exports.one.acquire()
        async with session.get("/v1/exports/contexts?full=true&purpose=y") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "10")
        here.store.rename(tmp_path / "elsewhere.db")
        app.exports.one.release()
        async with session.get("/v1/exports/contexts") as answer:
            assert answer.status == 503
    assert list(left.parent.iterdir()) == []
    lines = [json.loads(line) for path in here.audit.glob("*.jsonl") for line in path.read_text().splitlines()]
    assert [line["purpose"] for line in lines if line["what"] == "contexts_exported_full"] == ["x"]


async def test_of_two_exports_at_once_one_is_told_to_wait(tmp_path: Path) -> None:
    """Both come while none is under way, and wait for what is being written down."""
    here = site(tmp_path)
    await stored(here, context())
    async with running(here) as (app, session):
        waiting, go = asyncio.Semaphore(0), asyncio.Event()

        async def written() -> None:
            waiting.release()
            await go.wait()

        vars(app.durability)["written"] = written

        async def status() -> int:
            async with session.get("/v1/exports/contexts") as answer:
                await answer.read()
                return answer.status

        both = [asyncio.create_task(status()) for _ in range(2)]
        async with asyncio.timeout(WAIT_S):
            await waiting.acquire()
            await waiting.acquire()
            go.set()
            assert sorted(await asyncio.gather(*both)) == [200, 429]


async def stored(site: Config, *records: Any) -> None:
    """What an earlier gateway has left."""
    store = SqliteStore(site.store)
    for record in records:
        store.write(record)
    await store.flush()
    await store.close()


async def get(session: aiohttp.ClientSession, path: str) -> Any:
    """The JSON of a path."""
    async with session.get(path) as answer:
        assert answer.status == 200
        return await answer.json()


async def test_tasks_that_were_being_dialled_are_open_after_a_start(tmp_path: Path) -> None:
    """A gateway that ended while it dialled leaves no task that nobody may take; the others stay as they are."""
    here = site(tmp_path)
    await stored(here, task(0, state="dialling", tries=2), task(1, state="done"), task(2))
    async with running(here) as (_, session):
        items = (await get(session, "/v1/callbacks"))["items"]
        assert [(item["state"], item["tries"]) for item in items] == [("open", 0), ("done", 0), ("open", 2)]


async def test_a_drop_is_kept_and_published(tmp_path: Path) -> None:
    """The live feed tells of it, and the next gateway knows it."""
    here = site(tmp_path)
    await stored(here, task())
    async with running(here) as (app, session):
        reader = app.feed.join(None)
        async with session.post(f"/v1/callbacks/{task().id}/drop", json={"note": "重复"}) as answer:
            assert answer.status == 202
        async with asyncio.timeout(WAIT_S):
            frame = await reader.queue.get() or b""
        assert b"event: callback\n" in frame
        assert json.loads(frame.decode().split("data: ")[1])["number"] == "138****0001"
    async with running(here) as (_, session):
        assert [item["note"] for item in (await get(session, "/v1/callbacks?state=dropped"))["items"]] == ["重复"]


async def test_transfers_are_filtered_by_the_store(tmp_path: Path) -> None:
    """State, call and seat of the query reach the rows."""
    here = site(tmp_path)
    await stored(here, ended(transfer(0)), transfer(1))
    async with running(here) as (_, session):
        for query, pressed in [("state=running", [1]), ("state=ended", [0]), ("call=12345-1.1", [1]), ("seat=9", [])]:
            items = (await get(session, f"/v1/transfers?{query}"))["items"]
            assert [item["id"] for item in items] == [transfer(n).id for n in pressed], query


async def test_what_waits_for_its_home_is_not_connected(tmp_path: Path) -> None:
    """After a restart a transfer that ran is neither unknown nor ended: 503 until its home is seen again; an ended one 409."""
    here = site(tmp_path)
    await stored(here, replace(ended(transfer(0)), state="ended"), transfer(1))
    async with running(here) as (_, session):
        for n, status in ((0, 409), (1, 503), (2, 404)):
            async with session.post(f"/v1/transfers/{transfer(n).id}/cancel") as answer:
                assert answer.status == status, await answer.text()


async def test_a_transfer_begins_and_its_key_survives(tmp_path: Path) -> None:
    """The engine takes the press at once; the same key gives the same answer from the next gateway, which has no such call."""
    here = replace(site(tmp_path), idempotency_keys_max=5)
    body, headers = {"target": "110", "call": "12345-1.1"}, {"Idempotency-Key": "k"}
    async with running(here) as (app, session):
        app.links["12345"].close()  # from here on the test says whether the switchboard is there
        await asyncio.gather(*app.link_tasks)
        uid, world = ChannelUid("12345-1.1"), app.engine.core.world
        context = new_context(A, uid, "13800000001", "", "12345", 1000.0)
        world.calls[uid] = Call(home=A, uid=uid, name="PJSIP/13800000001-0000000a", context=context)
        async with session.post("/v1/transfers", json=body) as answer:
            assert answer.status == 503
        world.board(A).connected = True
        async with session.post("/v1/transfers", json=body, headers=headers) as answer:
            assert answer.status == 202
            first = await answer.json()
        assert [item["id"] for item in (await get(session, "/v1/transfers?state=running"))["items"]] == [first["id"]]
    async with running(here) as (_, session), session.post("/v1/transfers", json=body, headers=headers) as answer:
        assert (answer.status, await answer.json()) == (202, first)
