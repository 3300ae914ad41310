"""A real server with hand-written sources behind it, and a real client in front."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from gateway.api import ApiServer, Feed, Services
from gateway.api.access import admin
from gateway.api.feed_records import publish
from gateway.config.settings import CALLBACK_NUMBERS, PeerConfig
from gateway.contexts.export import export
from gateway.contexts.export_job import Job, pages
from gateway.contexts.formats.work_order import Form, FormField
from gateway.contexts.http_client import NOTHING, Answer
from gateway.contexts.outbox import Outbox
from gateway.contexts.peers import Peers
from gateway.contexts.service import Contexts
from gateway.core.messages.answers import CommandFailed, CommandSucceeded
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.records import AnyRecord, CallbackRow, ContextRow, TransferRow
from gateway.problems import Problem
from gateway.security.principal import Principal
from gateway.services.action_urls import ActionUrls
from gateway.services.callbacks import Callbacks
from gateway.services.idempotency import IdempotencyKeys, Nonces
from gateway.services.known_seats import KnownSeats
from gateway.services.live import Live
from gateway.services.requests import ContextQuery, ReportQuery, TransferQuery
from gateway.services.seats import Seats
from gateway.services.store_problems import store_errors_as_problems
from gateway.services.transfers import Transfers
from gateway.store import DeliveryRow, OnceRow, StoreError, StoreHealth, StoreRecord
from gateway.store.search import ContextSearch, fits
from tests.core.plays import KEY, A, B, Play

TOKEN = "a-token-of-the-tests"
WAIT_S = 10.0
"""Every wait has an end, so that a broken test fails instead of hanging."""

PEER = PeerConfig(switchboard="119", url="http://119.example", token="its-token", secret=b"a-secret-of-119")
View = dict[str, Any]
FORM = Form(
    (
        FormField(name="电话", source="caller_number"),
        FormField(name="编号", source="id"),
        FormField(name="内容", source="summary", chars_max=4),
    )
)


class Memory:
    """A store in a dict, which outlives the gateways of a test. ``down``: it can be neither read nor written."""

    def __init__(self) -> None:
        self.tasks: dict[str, CallbackRow] = {}
        self.onces: dict[str, OnceRow] = {}
        self.versions: dict[str, list[ContextRow]] = {}
        self.deliveries_made: list[DeliveryRow] = []
        self.transfers_kept: dict[str, TransferRow] = {}
        self.made: Callable[[], list[TransferRow]] = list
        """Transfers as the core has written them down."""
        self.asked: list[TransferQuery] = []
        self.down = False

    def write(self, record: StoreRecord, *with_it: StoreRecord) -> None:
        self.deliveries_made += [one for one in (record, *with_it) if isinstance(one, DeliveryRow)]
        if isinstance(record, TransferRow):
            self.transfers_kept[record.id] = record
        if isinstance(record, CallbackRow):
            self.tasks[record.id] = record
        elif isinstance(record, OnceRow):
            self.onces[record.id] = record
        elif isinstance(record, ContextRow):
            self.versions.setdefault(record.id, []).append(record)

    def health(self) -> StoreHealth:
        return StoreHealth(ok=not self.down, backlog=0, lost=0)

    async def context(self, id_: str) -> ContextRow | None:
        await self.flush()
        return self.versions[id_][-1] if id_ in self.versions else None

    async def context_versions(self, id_: str) -> list[ContextRow]:
        await self.flush()
        return self.versions.get(id_, [])

    async def edit_context(self, row: ContextRow, seen: int, with_it: Sequence[DeliveryRow] = ()) -> bool:
        await self.flush()
        if (self.versions[row.id][-1].version if row.id in self.versions else 0) != seen:
            return False
        self.write(row, *with_it)
        return True

    async def contexts(self, wish: ContextSearch, limit: int, cursor: str = "") -> tuple[list[ContextRow], str]:
        await self.flush()
        begin = int(cursor) if cursor else 0
        rows = [versions[-1] for versions in reversed(self.versions.values()) if fits(versions[-1], wish)]
        return rows[begin : begin + limit], str(begin + limit) if len(rows) > begin + limit else ""

    async def deliveries(self, state: str, limit: int, *, after: int = 0) -> list[DeliveryRow]:
        await self.flush()
        return [row for row in self.deliveries_made if row.state == state and row.number > after][:limit]

    async def delivery(self, id_: str) -> DeliveryRow | None:
        await self.flush()
        return next((row for row in self.deliveries_made if row.id == id_), None)

    def _transfers(self) -> dict[str, TransferRow]:
        return self.transfers_kept | {row.id: row for row in self.made()}

    async def transfer(self, id_: str) -> TransferRow | None:
        return self._transfers().get(id_)

    async def transfers(self, limit: int, before: float | None = None, **wishes: Any) -> list[TransferRow]:
        wished = {name: value for name, value in wishes.items() if name != "organisation"}
        self.asked.append(TransferQuery(limit, before, **wished))
        return [row for row in self._transfers().values() if wishes.get("call") in (None, row.call)][:limit]

    async def flush(self) -> None:
        if self.down:
            raise StoreError("the disk is full", "here", "make room")

    async def callback(self, id_: str) -> CallbackRow | None:
        await self.flush()
        return self.tasks.get(id_)

    async def callbacks(
        self, limit: int, before: float | None = None, state: str | None = None, home: str | None = None
    ) -> list[CallbackRow]:
        rows = sorted(self.tasks.values(), key=lambda row: -row.at)
        return [
            row
            for row in rows
            if state in (None, row.state) and home in (None, row.home) and (before is None or row.at < before)
        ][:limit]


class _Form:
    """The form that a test has set last."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def now(self) -> Form:
        return self._desk.form


async def _nothing() -> None:
    """Nothing is waited for."""


class Desk:
    """What the gateway tells and does, over the core of a play, with a clock that a test sets."""

    def __init__(self, play: Play | None = None, store: Memory | None = None, **limits: int) -> None:
        self.play = (play or Play()).both()
        self.store = store or Memory()
        self.now = 5000.0
        self.mono = 70.0
        """The clock that is never set."""
        once = list(self.store.onces.values())
        world = self.play.core.world
        self.store.made = lambda: self.play.all(TransferRow)
        known = KnownSeats(world, {"12345": ("10[0-9][0-9]",)})
        keys = self.keys = IdempotencyKeys(once, self.store.write, limits.get("keys_max", 100))
        self.nonces = Nonces(once, self.store.write)
        durability: Any = SimpleNamespace(written=_nothing, kept=self._kept, durable=self._received)
        self.durability = durability
        clock = lambda: self.now  # noqa: E731
        store: Any = self.store
        self.transfers = Transfers(world, store, self._submit, clock, known, keys, durability)
        self.seats = Seats(world, self._ask, clock, known)
        self.action_urls = ActionUrls(world, self.transfers, self.seats, known, self.nonces, KEY, self._maker, clock)
        numbers = re.compile(CALLBACK_NUMBERS)
        per_minute = limits.get("per_minute", 10)
        self.callbacks = Callbacks(
            world, store, self._submit, lambda: None, per_minute, numbers, clock, lambda: self.mono, known
        )
        self.refusals: list[str] = []
        """What the switchboard says to the next command that a seat's presence needs."""
        self.feed = Feed(last=0)
        self.problems: list[View] = []
        self.reports: list[ReportQuery] = []
        self.audits: list[tuple[str, str, str, str]] = []
        self.audit_details: list[dict[str, str]] = []
        self.audit_broken = False
        self.disk = asyncio.Event()
        """Set while what was decided becomes durable at once."""
        self.disk.set()
        self.kept_after: list[int] = []
        """How many phones had been rung each time that an answer waited for the disk."""
        self.principals: dict[str, Principal] = {}
        self.peer_answers: list[tuple[int, dict[str, str], bytes]] = []
        """What the platform of 119 answers next; nothing where there is none."""
        self.peer_asked: list[tuple[str, str, dict[str, str], bytes | None]] = []
        self.peers = Peers(
            (PEER,),
            [A, B],
            self._ask_peer,
            self._submit,
            lambda uid: uid in world.arrivals,
            self._received,
            self._newest,
            5.0,
            clock=lambda: self.now,
            monotonic=lambda: self.mono,
        )
        self.push = Outbox(
            (),
            self.store,
            self._send,
            audit=lambda *_: None,
            sees_confidential=lambda _: False,
            name="tests",
            clock=lambda: self.now,
            monotonic=lambda: self.mono,
            audited=self._audited,  # type: ignore[arg-type]
        )
        self.contexts = Contexts(
            world,
            self.store,  # type: ignore[arg-type]
            self._submit,
            self._written,
            lambda record: publish(self.feed, record),
            lambda organisation: organisation == "110",
            lambda: self.now,
            self.peers.edit,
            self.push,
        )
        self.broken = False
        self.form = FORM
        self.heartbeat_s = 15.0
        self.rules: View = {
            "version": "0123456789abcdef", "path": "transfer_rules.yaml", "loaded_at": "2026-11-24T08:00:00.000+00:00",
            "loaded_by": "start", "rules": 10, "targets": 9, "problem": None, "keys_differ": [], "remedy": "",
        }  # fmt: skip

    def services(self) -> Services:
        """The services that the routes ask; what needs a store, a disk or a process of its own is made here by hand."""
        world = self.play.core.world
        by_hand: dict[str, Any] = {
            "audit": SimpleNamespace(write=self._audit, durable=self._audited),
            "durability": self.durability,
            "exports": SimpleNamespace(made=self._export),
            "form": _Form(self),
            "readiness": SimpleNamespace(now=lambda: (not self.problems, self.problems)),
            "reports": SimpleNamespace(text=self._report),
            "rules": SimpleNamespace(view=lambda: self.rules, reload=self._reload),
            "seats": SimpleNamespace(now=self._seats, ask=self.seats.ask, targets=self.seats.targets),
            "tokens": SimpleNamespace(principal=self._holder),
        }
        return Services(
            action_urls=self.action_urls,
            callbacks=self.callbacks,
            contexts=self.contexts,
            deliveries=self.push,
            feed=self.feed,
            live=Live(world, {}, {}, lambda: 2000.0),
            metrics=lambda _persons: "# TYPE onekey_turns counter\nonekey_turns_total 3.0\n",
            peers=self.peers,
            transfers=self.transfers,
            heartbeat_s=self.heartbeat_s,
            **by_hand,
        )

    def _audit(self, who: str, what: str, about: str = "", purpose: str = "", **details: str) -> None:
        self.audits.append((who, what, about, purpose))
        self.audit_details.append(details)

    async def _export(
        self, wish: ContextQuery, format_: str, full: bool, principal: Principal, begins: Callable[[], Awaitable[None]]
    ) -> tuple[Path, int]:
        """What the child process does, in this one."""
        await begins()
        job = Job(
            wish=ContextSearch(**asdict(wish), organisation=principal.switchboard),
            format=format_,
            full=full,
            excepted=principal.switchboard == "110",
        )
        folder = Path(tempfile.mkdtemp())
        self.exported = folder / f"out.{format_}"
        return self.exported, await export(pages(self.store, job), self.exported, format_, lambda _count: None)

    async def _ask_peer(self, method: str, url: str, headers: dict[str, str], body: bytes | None, _ca: str) -> Answer:
        self.peer_asked.append((method, url, headers, body))
        return Answer(*self.peer_answers.pop(0)) if self.peer_answers else Answer(*NOTHING)

    async def _newest(self, id_: str) -> ContextRow | None:
        with store_errors_as_problems():
            return await self.store.context(id_)

    async def _received(self) -> None:
        self._written()
        with store_errors_as_problems():
            await self.store.flush()

    async def _reload(self, by: str) -> bool:
        self.rules["loaded_by"] = by
        return self.rules["problem"] is None

    def _submit(self, event: AnyEvent) -> None:
        for item in self.play.tell(event):
            if isinstance(item, CallbackRow):
                self._record(item)

    async def _ask(self, event: AnyEvent) -> list[CommandSucceeded | CommandFailed]:
        self._submit(event)
        return [CommandFailed(event.switchboard, self.now, "k1", why) for why in self.refusals]

    def _record(self, record: AnyRecord) -> None:
        self.store.write(record)
        publish(self.feed, record)

    def _seats(self, principal: Principal) -> list[View]:
        if self.broken:
            raise RuntimeError("a secret of the engine room")
        return self.seats.now(principal)

    async def _report(self, wish: ReportQuery) -> str:
        self.reports.append(wish)
        if wish.zone == "Atlantis":
            raise Problem("bad_parameter", parameter="report", reason="there is no such time zone")
        span = {"since": "a", "until": "b", "zone": "Asia/Shanghai", "step": wish.step}
        return json.dumps({"report": wish.name, **span, "columns": ["seat"], "items": [{"seat": "1001"}]})

    async def _holder(self, token: str) -> Principal | None:
        return self.principals.get(token)

    async def _send(self, _url: str, _headers: dict[str, str], _body: bytes, _ca: str) -> Answer:
        return Answer(*NOTHING)

    async def _audited(self) -> None:
        if self.audit_broken:
            raise Problem("audit_down")

    async def _kept(self) -> None:
        self.kept_after.append(len(self.play.rings()))
        await self.disk.wait()

    def _written(self) -> None:
        """What the play has made reaches the store, as the engine's writing down does."""
        known = {id(row) for versions in self.store.versions.values() for row in versions}
        for row in self.play.all(ContextRow):
            if id(row) not in known:
                self.store.write(row)

    async def _maker(self, id_: str) -> Principal | None:
        known = {principal.id: principal for principal in self.principals.values()} | {admin(TOKEN).id: admin(TOKEN)}
        return known.get(id_)


class Client:
    """A session with the token, and the raw socket for what no session would send."""

    def __init__(self, server: ApiServer) -> None:
        self.server = server
        self.session = aiohttp.ClientSession(
            f"http://127.0.0.1:{server.port}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=aiohttp.ClientTimeout(WAIT_S),
        )

    async def get(self, path: str, status: int = 200, **headers: str) -> Any:
        """The JSON of a path; the answer must have this status."""
        async with self.session.get(path, headers=headers) as answer:
            body = await answer.json()
            assert answer.status == status, body
            return body

    async def post(self, path: str, body: Any = None, status: int = 202, **headers: str) -> Any:
        """The JSON that answers a JSON body; the answer must have this status."""
        async with self.session.post(path, json=body, headers=headers) as answer:
            found = await answer.json()
            assert answer.status == status, found
            return found

    async def press(self, url: str) -> tuple[int, str]:
        """What a desk phone gets, which knows no token: status and line."""
        path = url.removeprefix(f"http://127.0.0.1:{self.server.port}")
        async with self.session.get(path, headers={"Authorization": ""}) as answer:
            assert answer.content_type == "text/plain"
            return answer.status, await answer.text()

    async def raw(self, request: bytes) -> tuple[int, bytes]:
        """Status and whole answer to bytes that are sent as they are. The request asks for the connection's end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        answer = b""
        try:
            async with asyncio.timeout(WAIT_S):
                writer.write(request)
                while piece := await reader.read(65536):
                    answer += piece
        except ConnectionResetError:
            pass  # the server has answered and did not read the rest
        finally:
            writer.transport.abort()
        return int(answer.split(b" ", 2)[1]), answer


@pytest.fixture
def desk() -> Desk:
    """Two attached switchboards with nobody calling."""
    return Desk()


@pytest.fixture
async def server(desk: Desk) -> AsyncIterator[ApiServer]:
    """A server on a free port of loopback; it leaves no task behind."""
    before = asyncio.all_tasks()
    server = ApiServer("127.0.0.1", 0, TOKEN, desk.services())
    await server.start()
    yield server
    await server.stop()
    async with asyncio.timeout(WAIT_S):
        while (
            asyncio.all_tasks() - before - {asyncio.current_task()}
        ):  # a connection's task ends one turn of the loop later
            await asyncio.sleep(0)


@pytest.fixture
async def client(server: ApiServer) -> AsyncIterator[Client]:
    """A client of that server."""
    client = Client(server)
    yield client
    await client.session.close()
