"""The composition root: the only place that builds, starts and stops, and that knows all edges."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import re
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from gateway.ami import Executor, Link, LinkSettings
from gateway.api import ApiServer, Feed, Sources
from gateway.api.access import admin
from gateway.api.connections import Door
from gateway.api.feed_records import publish
from gateway.config.settings import Config, ConfigError
from gateway.contexts.export import ExportError
from gateway.contexts.export_job import Exports, Job
from gateway.contexts.formats.work_order_reload import FormInForce
from gateway.contexts.http_client import Outward
from gateway.contexts.outbox import Push
from gateway.contexts.peers import Peers
from gateway.contexts.service import Contexts
from gateway.core.messages.commands import AnyCommand, FetchContext, FindTransfers, ForgetPresses
from gateway.core.messages.events import AnyEvent, CommandFailed, CommandSucceeded, RulesLoaded
from gateway.core.messages.records import AnyRecord, ContextRow, QueueRow, SeatRow, TransferRow
from gateway.core.queries.capacity import capacities
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
from gateway.problems import Problem
from gateway.provisioning import plan_file
from gateway.reporting import ReportError
from gateway.reporting.job import Jobs, ReportJob
from gateway.reporting.period import ZONE, check
from gateway.reporting.queries import LOOK_BACK_S
from gateway.rules.reload import Loaded, RulesInForce
from gateway.security import rights
from gateway.security.audit import CHAIN, AuditError, AuditLog
from gateway.security.principal import Principal
from gateway.security.secret_strength import weaknesses
from gateway.security.tokens import Tokens
from gateway.services.callbacks import Callbacks, reopen
from gateway.services.desk import Desk
from gateway.services.forecast import Forecasts
from gateway.services.idempotency import Once
from gateway.services.kept_presses import KeptPresses
from gateway.services.known_seats import KnownSeats
from gateway.services.requests import ContextQuery, ReportQuery, TransferQuery
from gateway.services.store_problems import store_errors_as_problems
from gateway.services.transfers import Asking
from gateway.store import AnchorRow, CatchingUp, SeenRow, Store, StoreError, StoreRecord
from gateway.store.opening import open_store
from gateway.store.search import ContextSearch
from gateway.store.with_backlog import with_backlog
from gateway.views import switchboards
from gateway.views.records import transfer_view

log = structlog.get_logger("app")

KEPT_S = 2.0
"""How long an answer waits for a used button, or a request's key, to be durable. A disk that takes longer is an alarm of its own."""
CLOSE_S = 5.0
"""How long the store may take to write what waits when the gateway stops."""


SEEN_S = 5.0
"""How much of a killed gateway's last time may count as a gap although it was seen."""


EXPORT_AGAIN_S = 10
"""When to ask again where an export is under way."""


WAIT_S = 1800.0
"""How long before a gateway's end a wait may have begun that was not over: nobody waits longer, and a start reads all since then."""


CAPACITY_S = 1.0
"""How often the live feed shows the capacity where something has changed: a person reads no faster."""


FORECAST_AFTER_S = 15.0
"""After a start the cores belong to what has been missed, not to a report."""
Submit = Callable[[AnyEvent], None]


class App:
    """A gateway: links, engine, store and API of one configuration."""

    def __init__(self, config: Config, heard: Callable[[Submit], Submit] = lambda submit: submit) -> None:
        """``heard`` stands between the links and the engine: a bench looks at its clock there."""
        self.config = config
        self._heard = heard
        self.feed = Feed(limits=config.door)
        self.store = open_store(config.store, config.store_url, config.run_dir, gateway=True)
        self.sender = Outward(config.door)
        self.tokens = Tokens(self.store.tokens, time.time, time.monotonic)
        self.audit = AuditLog(config.audit, config.signing_keys, anchor=self._anchor)
        self.tape = Tape(config.tape, daily=config.tape_daily) if config.tape else None
        self.links: dict[str, Link] = {}
        self.executors: dict[str, Executor] = {}
        self.engine: Engine
        self.api: ApiServer
        self.desk: Desk
        self.push: Push
        self.peers: Peers
        self.rules: RulesInForce
        self.form: FormInForce
        self._tasks: list[asyncio.Task[None]] = []
        self._watch: list[asyncio.Task[None]] = []
        self.metrics: Metrics
        self._seen_timer: asyncio.TimerHandle | None = None
        self._capacity_timer: asyncio.TimerHandle | None = None
        self._shown: dict[str, dict[str, Any]] = {}
        self._jobs = Jobs(config.door.report_s)
        self._exports = Exports(config.run_dir / "exports", config.store, config.store_url, config.door)
        self._same_caller = SameCaller(config.calls_per_number_max)
        self.forecasts = Forecasts(self._report, self._capacity_soon)

    async def start(self) -> None:
        """Load the rules and what had not ended, attach to every switchboard, open the API."""
        config = self.config
        self.rules = RulesInForce(config.rules, self._apply, self._loaded_by)
        self.form = FormInForce(config.work_order)
        rules = self.rules.now.rules
        await asyncio.to_thread(self._exports.clear)
        waiting = await self._caught_up()
        left = with_backlog(self.store, waiting)
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
        core = Switchboards(
            [SwitchboardId(board.id) for board in config.switchboards],
            rules,
            config.core(),
            transfers=open_transfers,
            contexts=open_contexts,
            read_rules=self.rules.meant,
            seats=seats,
            seen=seen,
            waiting=waiting_calls,
            tasks=open_tasks,
        )
        self.push = Push(
            config.push,
            left,
            self.sender,
            self.audit.write,
            self._excepted,
            config.name,
            audited=self.audit.settled,
            here=[board.id for board in config.switchboards],
            form=lambda: self.form.now,
            limits=config.door,
        )
        if config.push or config.peers:
            await self.sender.start()
        await self.push.start()
        self.engine = Engine(core, self._execute, self._record, tape=self.tape)
        self._kept_presses = KeptPresses(self.store, self.engine.write_down, self.engine.submit, time.time)
        self.peers = Peers(
            config.peers,
            [SwitchboardId(board.id) for board in config.switchboards],
            self.sender.ask,
            self.engine.submit,
            core.world.arrivals.__contains__,
            self._durable,
            self._newest,
            config.record_poll_s,
            limits=config.door,
        )
        by_seat, platforms = config.metrics_by_seat, self.push.platforms
        self.metrics = Metrics(core.world, self.engine, self.rules, platforms, self.forecasts.now, by_seat=by_seat)
        self._make_links()
        once = Once(
            await left.once(time.time(), config.door.nonces_max + config.idempotency_keys_max),
            self.store.write,
            config.idempotency_keys_max,
        )
        waiting.clear()
        self.desk = self._desk(once)
        door = Door(config.door, descriptors.for_connections(config.door.connections_max, descriptors.raised()))
        self.api = ApiServer(config.api_host, config.api_port, config.api_token, self._sources(), door)
        self.metrics.also(DoorMetrics(door, self.feed, self.api.denials.counts))
        await self.api.start()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(link.run(), name=f"link {id_}") for id_, link in self.links.items()]
        self._watch = [loop.create_task(self._write_plans(self.rules.now), name="plan")]
        self._watch.append(loop.create_task(self.tokens.watch(), name="tokens"))
        if config.rules_poll_s:
            self._watch.append(loop.create_task(self.rules.watch(config.rules_poll_s), name="rules"))
            self._watch.append(loop.create_task(self.form.watch(config.rules_poll_s), name="form"))
        if config.forecast_s:
            watch = self.forecasts.watch(config.forecast_s, FORECAST_AFTER_S)
            self._watch.append(loop.create_task(watch, name="forecasts"))
        self._seen()
        log.info("started", name=config.name, api=f"http://{config.api_host}:{config.api_port}", rules=len(rules.rules))

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
            self.executors[board.id] = Executor(link)

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

    async def stop(self) -> None:
        """Let go of everything. Calls go on: Asterisk holds them."""
        await self.api.stop()
        for task in self._watch:
            task.cancel()
        await asyncio.gather(*self._watch, return_exceptions=True)
        self._seen()
        for timer in (self._seen_timer, self._capacity_timer):
            if timer is not None:
                timer.cancel()
        for link in self.links.values():
            link.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.peers.stop()
        await self.engine.close()
        await self.push.stop()
        await self.sender.close()
        await asyncio.to_thread(self.audit.close)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.store.close(), CLOSE_S)
        if self.tape is not None:
            await asyncio.to_thread(self.tape.close)
        log.info("stopped", name=self.config.name)

    # --- the rules ----------------------------------------------------------------------------------------------------------

    def reload(self, by: str) -> None:
        """Read the rules file again, beside whatever runs."""
        task = asyncio.get_running_loop().create_task(self._reloaded(by), name="reload")
        self._watch = [*(task for task in self._watch if not task.done()), task]

    async def _reloaded(self, by: str) -> None:
        await self.rules.reload(by)
        await self.form.reload()

    def _apply(self, loaded: Loaded) -> None:
        """New rules: the core decides by them from the next press on, and tells the dialplans their plan."""
        self.engine.submit(RulesLoaded(SwitchboardId(""), loaded.at, loaded.text, loaded.version))
        task = asyncio.get_running_loop().create_task(self._write_plans(loaded), name="plan")
        self._watch = [*(task for task in self._watch if not task.done()), task]

    async def _write_plans(self, loaded: Loaded) -> None:
        """The static plan into the folders that the configuration names: for an Asterisk that restarts without us."""
        ids = [board.id for board in self.config.switchboards]
        for board in self.config.switchboards:
            if board.plan_folder is None:
                continue
            text = plan_file.rendered(loaded.rules, board.id, ids)
            try:
                if await asyncio.to_thread(plan_file.write, board.plan_folder, text):
                    log.info(
                        "plan_written", switchboard=board.id, folder=str(board.plan_folder), version=loaded.version
                    )
            except OSError as error:
                remedy = "检查 plan_folder 的权限 / check the rights of plan_folder"
                log.error("plan_not_written", switchboard=board.id, why=str(error), remedy=remedy)

    def _loaded_by(self, who: str, what: str, changes: str) -> None:
        """A load stands in the audit log. The diff is masked: it may hold the numbers of caller lists."""
        self.audit.write(who, what, str(self.config.rules), changes=changes)

    def _seen(self) -> None:
        """Write down now and again that we are here: what follows the last time is a gap if we are killed (law 7)."""
        self._seen_timer = asyncio.get_running_loop().call_later(SEEN_S, self._seen)
        for id_, link in self.links.items():
            if link.connected:
                self.store.write(SeenRow(id_, time.time()))

    # --- wiring ---------------------------------------------------------------------------------------------------------

    async def _execute(self, command: AnyCommand) -> CommandSucceeded | CommandFailed:
        if isinstance(command, FetchContext):
            return self.peers.execute(command)
        if isinstance(command, FindTransfers):
            return await self._kept_presses.find(command)
        executor = self.executors.get(command.switchboard)
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
            self._capacity_soon()
        self._publish(record)

    def _publish(self, record: AnyRecord) -> None:
        publish(self.feed, record)

    def _anchor(self, number: int, mac: str) -> None:
        """The newest line of the audit log; said by its thread, and the store takes records from any."""
        self.store.write(AnchorRow(CHAIN, number, mac))

    async def _audited(self) -> None:
        try:
            await self.audit.settled()
        except AuditError:
            raise Problem("audit_down")

    def _desk(self, once: Once) -> Desk:
        engine, world, config = self.engine, self.engine.core.world, self.config
        seats = KnownSeats(world, {board.id: board.seats for board in config.switchboards})
        asking = Asking(world, engine.submit, engine.ask, once, config.signing_key, time.time, seats)
        limit, numbers = config.callbacks_per_minute_max, re.compile(config.callback_numbers)
        tasks = Callbacks(world, self.store, engine.submit, engine.write_down, limit, numbers, time.time)
        return Desk(asking, tasks, self._stored_transfer, self._maker)

    async def _maker(self, id_: str) -> Principal | None:
        """Who has made something with a token: that of the configuration, or one of the store."""
        configured = admin(self.config.api_token)
        return configured if id_ == configured.id else await self.tokens.maker(id_)

    def _sources(self) -> Sources:
        world = self.engine.core.world
        return Sources(
            contexts=self._contexts(),
            deliveries=self.push,
            transfers=self._transfers,
            callbacks=self.desk.tasks.listed,
            export=self._export,
            calls=lambda principal: switchboards.calls_view(world, principal.sees),
            seats=lambda: switchboards.seats_view(world),
            switchboards=self._switchboards,
            report=self._report,
            ready=self._ready,
            metrics=self._metrics,
            audit=self.audit.write,
            audited=self._audited,
            kept=self._kept,
            principal=self.tokens.principal,
            heartbeat_s=self.config.heartbeat_s,
            received=self.peers.take,
            rules=self.rules.view,
            reload_rules=self.rules.reload,
            feed=self.feed,
            asks=self.desk,
            form=lambda: self.form.now,
            public_url=self.config.api_public_url,
        )

    def _contexts(self) -> Contexts:
        engine = self.engine
        edges = (engine.submit, engine.write_down, self._publish, self._excepted)
        return Contexts(engine.core.world, self.store, *edges, time.time, self.peers.edit, self.push, self.config.door)

    def _excepted(self, organisation: str) -> bool:
        """Whether the rules show it numbers that callers want kept confidential."""
        return self.rules.now.rules.sees_confidential(organisation)

    async def _stored_transfer(self, id_: str) -> TransferRow | None:
        await self._written()
        return await self.store.transfer(id_)

    async def _transfers(self, wish: TransferQuery, principal: Principal) -> list[dict[str, Any]]:
        await self._written()
        with store_errors_as_problems():
            rows = await self.store.transfers(
                wish.limit,
                wish.before,
                running=wish.running,
                call=wish.call,
                seat=wish.seat,
                organisation=principal.switchboard or None,
            )
        return [transfer_view(row) for row in rows if rights.sees(principal, row)]

    async def _written(self) -> None:
        """What the last turns decided is in the store, if it takes anything."""
        self.engine.write_down()
        with contextlib.suppress(StoreError):
            await self.store.flush()

    async def _kept(self) -> None:
        """What was decided is durable before it is answered, if the store takes it in good time: the phones ring already."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._written(), KEPT_S)

    async def _newest(self, id_: str) -> ContextRow | None:
        """The stored version of a record; None where there is none. Raises Problem where the store cannot say."""
        with store_errors_as_problems():
            return await self.store.context(id_)

    async def _durable(self) -> None:
        """What the last turns decided is in the store. Raises Problem if it is not."""
        self.engine.write_down()
        with store_errors_as_problems():
            await self.store.flush()

    def _switchboards(self, principal: Principal) -> list[dict[str, Any]]:
        views = switchboards.switchboards_view(self.engine.core.world, time.time(), self.forecasts.now)
        for shown in views:
            link = self.links.get(shown["id"])
            if link is not None and link.problem is not None and principal.sees((shown["id"],)):
                shown["problem"] = link.problem.text("zh")  # account and address: for those whose switchboard it is
        return views

    def _ready(self) -> tuple[bool, list[dict[str, Any]]]:
        problems = []
        for id_, link in self.links.items():
            if link.problem is not None or not link.connected:
                text = link.problem.text("zh") if link.problem is not None else "正在连接 / connecting"
                remedy = link.problem.remedy_en if link.problem is not None else ""
                problems.append({"what": text, "where": f"switchboard {id_}", "remedy": remedy})
        health = self.store.health()
        if not health.ok or health.lost:
            counts = (
                f"{health.backlog} 条等待，{health.lost} 条丢失 / {health.backlog} records wait, {health.lost} are lost"
            )
            what = f"{health.problem or '数据库曾写不进 / the store was down'}；{counts}"
            remedy = "通话照常；恢复后自动补写 / calls go on; what waits is written when it is well again"
            if health.ok:
                remedy = "见日志 records_lost，重启后消失 / see records_lost in the log; gone after a restart"
            problems.append({"what": what, "where": "store", "remedy": remedy})
        if self.audit.problem:
            what = f"审计日志写不进：{self.audit.problem} / the audit log cannot be written: {self.audit.problem}"
            problems.append(
                {"what": what, "where": str(self.config.audit), "remedy": "检查磁盘和权限 / check disk and rights"}
            )
        if self.engine.faults:
            what = f"{self.engine.faults} 个事件处理失败 / events failed"
            problems.append(
                {
                    "what": what,
                    "where": "engine",
                    "remedy": "见日志 turn_failed、not_written / see turn_failed and not_written in the log",
                }
            )
        ready = not problems
        problems += neglect.problems(self.engine.core.world, time.time())  # transfers work
        problems += self.push.problems()  # transfers work without them
        problems += self.api.door.problems()
        if self.rules.trouble is not None:
            # Shown, but no reason to take the gateway out of service: transfers work by the rules before.
            what = f"规则文件有误，仍用版本 {self.rules.now.version} / the rules file is broken, version {self.rules.now.version} stays in force"
            remedy = "onekey rules check，改好后保存即生效 / then mend and save it"
            problems.append({"what": what, "where": str(self.config.rules), "remedy": remedy})
        if self.forecasts.trouble:
            what = f"做不出预测 / no forecast: {self.forecasts.trouble}"
            problems.append({"what": what, "where": "reports", "remedy": self.forecasts.remedy})
        if self.form.trouble is not None:
            what = "工单表单有误，仍用之前的 / the work-order form is broken, the one before stays in force"
            problems.append({"what": what, "where": str(self.config.work_order), "remedy": "onekey work-order check"})
        return ready, problems

    def _metrics(self, persons: bool = True) -> str:
        return self.metrics.text(self.store.health(), time.time(), persons=persons)

    async def _report(self, wish: ReportQuery) -> str:
        """A report by a process of its own, over what has been written down."""
        steps_max, ahead = self.config.door.report_steps_max, wish.name == "forecast"
        try:  # what cannot be is said without beginning a process
            check(wish.since, wish.until, wish.step, wish.zone or ZONE, steps_max, ahead=ahead)
        except ReportError as error:
            raise Problem("bad_parameter", parameter="report", reason=error.what, remedy=error.remedy) from None
        await self._written()
        groups = {name: tuple(seats) for name, seats in self.config.groups.items()}
        span = (wish.since, wish.until, wish.by, wish.step, wish.zone or ZONE)
        try:
            return await self._jobs.run(
                ReportJob(
                    wish.name,
                    str(self.config.store),
                    *span,
                    wish.format,
                    groups,
                    self.config.store_url,
                    steps_max,
                    wish.organisation,
                )
            )
        except ReportError as error:
            raise Problem("bad_parameter", parameter="report", reason=error.what, remedy=error.remedy) from None
        except StoreError as error:
            log.error("report_failed", report=wish.name, why=error.what, where=error.where, remedy=error.remedy)
            raise Problem("report_failed", what=error.what, remedy=error.remedy) from None

    async def _export(
        self, wish: ContextQuery, format_: str, full: bool, principal: Principal, begins: Callable[[], Awaitable[None]]
    ) -> tuple[Path, int]:
        """A file of contexts, made by a process of its own, and how many it has."""
        if not self._exports.busy:
            await self._written()
        if self._exports.busy:  # from here to the lock nothing is awaited
            raise Problem("export_running", retry_after_s=EXPORT_AGAIN_S)
        asked = ContextSearch(**asdict(wish), organisation=principal.switchboard)
        try:
            return await self._exports.run(Job(asked, format_, full, self._excepted(principal.switchboard)), begins)
        except ExportError as error:
            raise Problem("no_export", reason=str(error)) from None
        except StoreError as error:
            log.error("export_failed", why=error.what)
            raise Problem("store_down") from None

    def _capacity_soon(self) -> None:
        """Seats or callers have changed: readers of the live feed see the capacity, at most once a second."""
        if self._capacity_timer is None:
            self._capacity_timer = asyncio.get_running_loop().call_later(CAPACITY_S, self._capacity)

    def _capacity(self) -> None:
        self._capacity_timer = None
        self._same_caller.look(self.engine.core.world.calls.values())
        for id_, now in capacities(self.engine.core.world, time.time(), self.forecasts.now).items():
            shown = switchboards.capacity_view(now)
            if shown == self._shown.get(id_):
                continue
            if now.short and not self._shown.get(id_, {}).get("seats_short"):
                seats = {"short": now.short, "needed": now.needed, "there": now.there}
                log.warning("seats_short", switchboard=id_, **seats, basis=now.basis)
            self._shown[id_] = shown
            self.feed.publish("capacity", {"switchboard": id_, **shown})


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
        if hasattr(app, "api"):
            await app.stop()
        else:
            await asyncio.to_thread(app.audit.close)
            await app.store.close()
