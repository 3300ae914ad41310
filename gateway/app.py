"""The composition root: the only place that builds, starts and stops, and that knows all edges."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import re
import signal
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog

from gateway.ami import Executor, Link, LinkSettings
from gateway.api import ApiServer, Feed
from gateway.api.access import admin
from gateway.api.asked import Services
from gateway.api.connections import Door
from gateway.api.feed_records import publish
from gateway.config.settings import Config, ConfigError
from gateway.contexts.export_job import ContextExports, Exports
from gateway.contexts.formats.work_order_reload import FormInForce
from gateway.contexts.http_client import Outward
from gateway.contexts.outbox import Push
from gateway.contexts.peers import Peers
from gateway.contexts.service import Contexts
from gateway.core.messages.answers import CommandFailed, CommandSucceeded, RulesLoaded
from gateway.core.messages.commands import AmiCommand, FetchContext, FindTransfers, ForgetPresses, LookUp
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.records import AnyRecord, ContextRow, QueueRow, SeatRow
from gateway.core.switchboard import Switchboards
from gateway.core.turn import queue_waits
from gateway.core.turn.callbacks import OPEN_MAX
from gateway.core.values.ids import ChannelUid, SwitchboardId
from gateway.engine import Engine
from gateway.gc_timer import Garbage
from gateway.guards import descriptors
from gateway.observability import neglect
from gateway.observability.door_metrics import DoorMetrics
from gateway.observability.metrics import Metrics
from gateway.observability.replay import Start
from gateway.observability.same_caller import SameCaller
from gateway.observability.tape import Tape
from gateway.provisioning.plan_folders import write_plans
from gateway.reporting.job import Jobs
from gateway.reporting.queries import LOOK_BACK_S
from gateway.rules.reload import Loaded, RulesInForce
from gateway.security.audit import CHAIN, AuditLog
from gateway.security.principal import Principal
from gateway.security.secret_strength import weaknesses
from gateway.security.tokens import Tokens
from gateway.services.action_urls import ActionUrls
from gateway.services.auditing import Auditing
from gateway.services.callbacks import Callbacks, reopen
from gateway.services.capacity_feed import CapacityFeed
from gateway.services.durability import Durability
from gateway.services.forecast import Forecasts
from gateway.services.idempotency import IdempotencyKeys, Nonces
from gateway.services.kept_presses import KeptPresses
from gateway.services.known_seats import KnownSeats
from gateway.services.live import Live
from gateway.services.readiness import Readiness, of_forecasts, of_rules
from gateway.services.reports import Reports
from gateway.services.seats import Seats
from gateway.services.store_problems import store_errors_as_problems
from gateway.services.transfers import Transfers
from gateway.store import AnchorRow, CatchingUp, OnceRow, SeenRow, Store, StoreError, StoreRecord
from gateway.store.opening import open_store
from gateway.store.with_backlog import with_backlog

log = structlog.get_logger("app")

CLOSE_S = 5.0
"""How long the store may take to write what waits when the gateway stops."""
SEEN_S = 5.0
"""How much of a killed gateway's last time may count as a gap although it was seen."""
WAIT_S = 1800.0
"""How long before a gateway's end a wait may have begun that was not over: nobody waits longer, and a start reads all since then."""
FORECAST_AFTER_S = 15.0
"""After a start the cores belong to what has been missed, not to a report."""
Submit = Callable[[AnyEvent], None]


class App:
    """A gateway: links, engine, store and services of one configuration. Each part registers its own end where it begins, so that a start
    that fails half-way takes down what it had put up, and a stop takes down all of it, last first."""

    store: Store
    audit: AuditLog
    tape: Tape | None
    tokens: Tokens
    rules: RulesInForce
    form: FormInForce
    durability: Durability
    reports: Reports
    forecasts: Forecasts
    push: Push
    engine: Engine
    exports: Exports
    peers: Peers
    metrics: Metrics
    nonces: Nonces
    capacity: CapacityFeed
    services: Services
    api: ApiServer

    def __init__(self, config: Config, heard: Callable[[Submit], Submit] = lambda submit: submit) -> None:
        """``heard`` stands between the links and the engine: a bench looks at its clock there."""
        self.config = config
        self._heard = heard
        self.feed = Feed(limits=config.door)
        self.store = open_store(config.store, config.store_url, config.run_dir, gateway=True)
        self.sender = Outward(config.door)
        self.links: dict[str, Link] = {}
        self.link_tasks: list[asyncio.Task[None]] = []
        self._executors: dict[str, Executor] = {}
        self._watch: list[asyncio.Task[None]] = []
        self._seen_timer: asyncio.TimerHandle | None = None
        self._ends = contextlib.AsyncExitStack()
        self._ends.push_async_callback(self._close_store)

    async def start(self) -> None:
        """Load the rules and what had not ended, attach to every switchboard, open the API. Whatever stands in the way of it is raised,
        and nothing is left behind."""
        async with self._ends as ends:
            self._open(ends)
            waiting = await self._caught_up()
            left = with_backlog(self.store, waiting)
            core = await self._core(left)
            await self._begin_engine(core, left, ends)
            await self._serve(left, ends)
            waiting.clear()
            self._attach()
            self._ends = ends.pop_all()
        config, rules = self.config, self.rules.now.rules
        log.info("started", name=config.name, api=f"http://{config.api_host}:{config.api_port}", rules=len(rules.rules))

    async def stop(self) -> None:
        """Let go of everything. Calls go on: Asterisk holds them."""
        await self._ends.aclose()
        log.info("stopped", name=self.config.name)

    # --- the steps of a start -----------------------------------------------------------------------------------------------

    def _open(self, ends: contextlib.AsyncExitStack) -> None:
        """What is read and written on the disk beside the store, and what needs no engine."""
        config = self.config
        self.tape = Tape(config.tape, daily=config.tape_daily) if config.tape else None
        if self.tape is not None:
            ends.push_async_callback(asyncio.to_thread, self.tape.close)
        self.audit = AuditLog(config.audit, config.signing_keys, anchor=self._anchor)
        ends.push_async_callback(asyncio.to_thread, self.audit.close)
        self.tokens = Tokens(self.store.tokens, time.time, time.monotonic)
        self.rules = RulesInForce(config.rules, self._apply, self._loaded_by)
        self.form = FormInForce(config.work_order)
        # neither is there yet; both are when anything is decided
        self.durability = Durability(lambda: self.engine.write_down(), self.store)  # noqa: PLW0108
        self.reports = Reports(config, Jobs(config.door.report_s), self.durability)
        self.forecasts = Forecasts(self.reports.text, lambda: self.capacity.soon())  # noqa: PLW0108

    async def _caught_up(self) -> list[StoreRecord]:
        """What a gateway before this one left in its backlog comes first. Returns what waits there on, where the store takes nothing."""
        while True:
            try:
                await self.store.flush()
            except CatchingUp:
                continue
            except StoreError as error:
                waiting = await self.store.waiting()
                log.warning("started_from_backlog", records=len(waiting), why=str(error))
                return waiting
            return []

    async def _core(self, left: Store) -> Switchboards:
        """The core, with what the store says had not ended."""
        config = self.config
        await reopen(left)
        open_transfers, open_contexts = await left.open_transfers(), await left.open_contexts()
        recent = time.time() - LOOK_BACK_S  # a seat that has not been there for longer has gone for good
        seats = [row for row in await left.last_seats() if row.at > recent]
        seen = await left.seen()
        waiting_calls = await _waiting(left, open_contexts, seen)
        open_tasks = list(reversed(await left.callbacks(OPEN_MAX, state="open")))
        if self.tape is not None:
            rows = (tuple(open_transfers), tuple(open_contexts))
            ends = (tuple(waiting_calls), tuple(open_tasks))
            self.tape("start", Start(*rows, self.rules.now.text, tuple(seats), seen, *ends))
        return Switchboards(
            [SwitchboardId(board.id) for board in config.switchboards],
            self.rules.now.rules,
            config.core(),
            transfers=open_transfers,
            contexts=open_contexts,
            read_rules=self.rules.meant,
            seats=seats,
            seen=seen,
            waiting=waiting_calls,
            tasks=open_tasks,
        )

    async def _begin_engine(self, core: Switchboards, left: Store, ends: contextlib.AsyncExitStack) -> None:
        """The engine, and what stands beside it: other platforms, metrics, the capacity in the feed, links that do not run yet."""
        config = self.config
        here = [SwitchboardId(board.id) for board in config.switchboards]
        self.push = Push(
            config.push,
            left,
            self.sender,
            self.audit.write,
            self._sees_confidential,
            config.name,
            audited=self.audit.settled,
            here=list(here),
            form=lambda: self.form.now,
            limits=config.door,
        )
        ends.push_async_callback(self.sender.close)
        if config.push or config.peers:
            await self.sender.start()
        ends.push_async_callback(self.push.stop)
        await self.push.start()
        self.engine = Engine(core, self._execute, self._record, tape=self.tape)
        ends.push_async_callback(self.engine.close)
        self._kept_presses = KeptPresses(self.store, self.engine.write_down, self.engine.submit, time.time)
        self.peers = Peers(
            config.peers,
            here,
            ask=self.sender.ask,
            submit=self.engine.submit,
            lives=core.world.arrivals.__contains__,
            flushed=self.durability.durable,
            newest=self._newest,
            poll_s=config.record_poll_s,
            limits=config.door,
        )
        ends.push_async_callback(self.peers.stop)
        by_seat, platforms, forecasts = config.metrics_by_seat, self.push.platforms, self.forecasts.now
        self.metrics = Metrics(core.world, self.engine, self.rules, platforms, forecasts, by_seat=by_seat)
        same_caller = SameCaller(config.calls_per_number_max)
        self.capacity = CapacityFeed(core.world, forecasts, self.feed.publish, same_caller, time.time)
        ends.callback(self.capacity.close)
        self._make_links()
        ends.push_async_callback(self._detach)

    async def _serve(self, left: Store, ends: contextlib.AsyncExitStack) -> None:
        """The services, and the API before them."""
        config = self.config
        self.exports = Exports(config.run_dir / "exports", config.store, config.store_url, config.door)
        await asyncio.to_thread(self.exports.clear)
        once = await left.once(time.time(), config.door.nonces_max + config.idempotency_keys_max)
        door = Door(config.door, descriptors.for_connections(config.door.connections_max, descriptors.raised()))
        self.services = self._services(once, door)
        self.api = ApiServer(config.api_host, config.api_port, config.api_token, self.services, door)
        self.metrics.also(DoorMetrics(door, self.feed, self.api.denials.counts))
        ends.push_async_callback(self._watch_no_more)
        ends.push_async_callback(self.api.stop)
        await self.api.start()

    def _attach(self) -> None:
        """From here on things happen: links run, files are watched, the gateway is seen."""
        config, loop = self.config, asyncio.get_running_loop()
        self.link_tasks = [loop.create_task(link.run(), name=f"link {id_}") for id_, link in self.links.items()]
        self._begin_watch("plan", self._write_plans(self.rules.now))
        self._begin_watch("tokens", self.tokens.watch())
        if config.rules_poll_s:
            self._begin_watch("rules", self.rules.watch(config.rules_poll_s))
            self._begin_watch("form", self.form.watch(config.rules_poll_s))
        if config.forecast_s:
            self._begin_watch("forecasts", self.forecasts.watch(config.forecast_s, FORECAST_AFTER_S))
        self._seen()

    def _begin_watch(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._watch = [*(task for task in self._watch if not task.done()), task]

    def _make_links(self) -> None:
        """A link and an executor for each switchboard."""
        config = self.config
        heard = self._heard(self.engine.submit)
        for board in config.switchboards:
            settings = LinkSettings(
                host=board.host,
                username=board.username,
                secret=board.secret,
                port=board.port,
                action_s=config.action_s,
                ping_s=config.ping_s,
                pong_s=config.pong_s,
                drift_check_s=config.drift_check_s,
            )
            link = Link(SwitchboardId(board.id), settings, heard)
            self.links[board.id] = link
            self._executors[board.id] = Executor(link)

    # --- the ends -----------------------------------------------------------------------------------------------------------

    async def _watch_no_more(self) -> None:
        for task in self._watch:
            task.cancel()
        await asyncio.gather(*self._watch, return_exceptions=True)

    async def _detach(self) -> None:
        """The last time that the gateway was seen is now."""
        self._note_seen()
        if self._seen_timer is not None:
            self._seen_timer.cancel()
        for link in self.links.values():
            link.close()
        await asyncio.gather(*self.link_tasks, return_exceptions=True)

    async def _close_store(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.store.close(), CLOSE_S)

    # --- the rules ----------------------------------------------------------------------------------------------------------

    def reload(self, by: str) -> None:
        """Read the rules file again, beside whatever runs."""
        self._begin_watch("reload", self._reloaded(by))

    async def _reloaded(self, by: str) -> None:
        await self.rules.reload(by)
        await self.form.reload()

    def _apply(self, loaded: Loaded) -> None:
        """New rules: the core decides by them from the next press on, and tells the dialplans their plan."""
        self.engine.submit(RulesLoaded(SwitchboardId(""), loaded.at, loaded.text, loaded.version))
        self._begin_watch("plan", self._write_plans(loaded))

    async def _write_plans(self, loaded: Loaded) -> None:
        folders = {board.id: board.plan_folder for board in self.config.switchboards}
        await write_plans(loaded.rules, loaded.version, folders)

    def _loaded_by(self, who: str, what: str, changes: str) -> None:
        """A load stands in the audit log. The diff is masked: it may hold the numbers of caller lists."""
        self.audit.write(who, what, str(self.config.rules), changes=changes)

    def _seen(self) -> None:
        """Write down now and again that we are here: what follows the last time is a gap if we are killed (law 7)."""
        self._seen_timer = asyncio.get_running_loop().call_later(SEEN_S, self._seen)
        self._note_seen()

    def _note_seen(self) -> None:
        for id_, link in self.links.items():
            if link.connected:
                self.store.write(SeenRow(id_, time.time()))

    # --- wiring ---------------------------------------------------------------------------------------------------------

    async def _execute(self, command: AmiCommand | LookUp) -> CommandSucceeded | CommandFailed:
        if isinstance(command, FetchContext):
            return self.peers.execute(command)
        if isinstance(command, FindTransfers):
            return await self._kept_presses.find(command)
        executor = self._executors.get(command.switchboard)
        if executor is None:
            return CommandFailed(command.switchboard, time.time(), command.id, "switchboard is not attached")
        if isinstance(command, ForgetPresses):
            return await self._kept_presses.forget(command, executor.execute)
        return await executor.execute(command)

    def _record(self, record: AnyRecord) -> None:
        if isinstance(record, ContextRow):
            self.push.offer(record)
        else:
            self.store.write(record)
        self.metrics.observe(record)
        if isinstance(record, SeatRow | QueueRow | ContextRow):
            self.capacity.soon()
        publish(self.feed, record)

    def _anchor(self, number: int, mac: str) -> None:
        """The newest line of the audit log; said by its thread, and the store takes records from any."""
        self.store.write(AnchorRow(CHAIN, number, mac))

    async def _maker(self, id_: str) -> Principal | None:
        """Who has made something with a token: that of the configuration, or one of the store."""
        configured = admin(self.config.api_token)
        return configured if id_ == configured.id else await self.tokens.maker(id_)

    def _sees_confidential(self, organisation: str) -> bool:
        """Whether the rules show it numbers that callers want kept confidential."""
        return self.rules.now.rules.sees_confidential(organisation)

    async def _newest(self, id_: str) -> ContextRow | None:
        """The stored version of a record; None where there is none. Raises Problem where the store cannot say."""
        with store_errors_as_problems():
            return await self.store.context(id_)

    def _services(self, once: list[OnceRow], door: Door) -> Services:
        config, engine, world, store = self.config, self.engine, self.engine.core.world, self.store
        known = KnownSeats(world, {board.id: board.seats for board in config.switchboards})
        keys = IdempotencyKeys(once, store.write, config.idempotency_keys_max)
        transfers = Transfers(
            world, store, submit=engine.submit, clock=time.time, seats=known, keys=keys, durability=self.durability
        )
        seats = Seats(world, engine.ask, time.time, known)
        self.nonces = Nonces(once, store.write)
        limit, numbers = config.callbacks_per_minute_max, re.compile(config.callback_numbers)
        told = (engine.submit, engine.write_down, lambda record: publish(self.feed, record), self._sees_confidential)
        return Services(
            action_urls=ActionUrls(
                world,
                transfers,
                seats=seats,
                known=known,
                nonces=self.nonces,
                key=config.signing_key,
                maker=self._maker,
                clock=time.time,
            ),
            audit=Auditing(self.audit),
            callbacks=Callbacks(
                world,
                store,
                submit=engine.submit,
                written=engine.write_down,
                per_minute_max=limit,
                numbers=numbers,
                clock=time.time,
                seats=known,
            ),
            contexts=Contexts(
                world, store, *told, clock=time.time, at_home=self.peers.edit, outbox=self.push, limits=config.door
            ),
            deliveries=self.push,
            durability=self.durability,
            exports=ContextExports(self.exports, self.durability, self._sees_confidential),
            feed=self.feed,
            form=self.form,
            live=Live(world, self.links, self.forecasts.now, time.time),
            metrics=lambda persons: self.metrics.text(store.health(), time.time(), persons=persons),
            peers=self.peers,
            readiness=self._readiness(door),
            reports=self.reports,
            rules=self.rules,
            seats=seats,
            tokens=self.tokens,
            transfers=transfers,
            heartbeat_s=config.heartbeat_s,
            public_url=config.api_public_url,
        )

    def _readiness(self, door: Door) -> Readiness:
        aside = (
            lambda: neglect.problems(self.engine.core.world, time.time()),
            self.push.problems,
            door.problems,
            lambda: of_rules(self.rules, self.config.rules),
            lambda: of_forecasts(self.forecasts),
            self.form.problems,
        )
        return Readiness(self.links, self.store, self.audit, self.config.audit, self.engine, aside)


async def _waiting(left: Store, contexts: list[ContextRow], seen: Mapping[str, float]) -> list[ChannelUid]:
    """The calls whose wait in a queue was not over. A context does not say that of a wait without a seat: its row does."""
    open_ = [
        one for one in contexts if queue_waits.unanswered(one) and one.arrived_at > seen.get(one.home, 0.0) - WAIT_S
    ]
    rows = await left.queue_rows(min(one.arrived_at for one in open_), math.inf) if open_ else []
    return queue_waits.untold(open_, rows)


async def run(config: Config, started: Callable[[], None] = lambda: None) -> None:
    """Run a gateway until SIGTERM or SIGINT; SIGHUP loads the rules again. Raises ConfigError where a secret is one that a guess finds."""
    if weak := weaknesses(config):
        raise ConfigError(config.name, [(one.where, one.what, one.remedy) for one in weak])
    config.run_dir.mkdir(parents=True, exist_ok=True)
    app = App(config)
    garbage = Garbage()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    try:
        await app.start()
        garbage.start()
        loop.add_signal_handler(signal.SIGHUP, app.reload, "SIGHUP")
        pid_file = config.run_dir / "gateway.pid"
        pid_file.write_text(str(os.getpid()))
        started()
        await stop.wait()
        pid_file.unlink(missing_ok=True)
    finally:
        garbage.stop()
        await app.stop()
