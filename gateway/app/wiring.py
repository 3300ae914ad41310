"""The steps of a start in their order, and the ends in the other."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import structlog

from gateway.ami import Executor, Link, LinkSettings, problem
from gateway.ami.protocol import LinkDown, NoAnswer
from gateway.ami.tenure import Tenure
from gateway.api import ApiServer
from gateway.api.connections import Door
from gateway.app.answering import newest, services
from gateway.app.execution import execute, keep
from gateway.app.parts import Parts, Submit
from gateway.app.recovery import caught_up, core_of
from gateway.config.settings import Config
from gateway.contexts.export_job import Exports
from gateway.contexts.formats.work_order_reload import FormInForce
from gateway.contexts.outbox import Outbox
from gateway.contexts.peers import Peers
from gateway.core.messages.answers import RulesLoaded
from gateway.core.switchboard import Switchboards
from gateway.core.turn.resync import CLOCK
from gateway.core.values.ids import SwitchboardId
from gateway.engine import Engine
from gateway.guards import descriptors
from gateway.guards.steady_clock import StampClock
from gateway.observability.door_metrics import DoorMetrics
from gateway.observability.metrics import Metrics
from gateway.observability.same_caller import SameCaller
from gateway.observability.tape import Tape
from gateway.provisioning.plan_folders import write_plans
from gateway.reporting.job import Jobs
from gateway.rules.reload import Loaded, RulesInForce
from gateway.security.audit import CHAIN, AuditLog
from gateway.security.tokens import Tokens
from gateway.services.capacity_feed import CapacityFeed
from gateway.services.durability import Durability
from gateway.services.forecast import Forecasts
from gateway.services.kept_presses import KeptPresses
from gateway.services.reports import Reports
from gateway.store import AnchorRow, SeenRow, Store
from gateway.store.with_backlog import with_backlog

log = structlog.get_logger("app")

CLOSE_S = 5.0
"""Longest time that the store may take to write what waits when the gateway stops."""
SEEN_S = 5.0
"""Part of a killed gateway's last time that may count as a gap although it was seen."""
CLOCK_LOOK_S = 1.0
"""Seconds between two looks at the machine's clock."""
FORECAST_AFTER_S = 15.0
"""After a start the cores belong to what has been missed, not to a report."""


class App(Parts):
    """A gateway: links, engine, store and services of one configuration. Each part registers its own end where it begins, so that a start
    that fails half-way takes down what it had put up, and a stop takes down all of it, last first."""

    def __init__(
        self, config: Config, heard: Callable[[Submit], Submit] = lambda submit: submit, tenure: Tenure | None = None
    ) -> None:
        """``heard`` stands between the links and the engine: a bench looks at its clock there. ``tenure`` is the claim of a gateway that
        will have no other at its switchboards."""
        super().__init__(config)
        self._heard = heard
        self._tenure = tenure
        self._watch: list[asyncio.Task[None]] = []
        self._seen_timer: asyncio.TimerHandle | None = None
        self._ends = contextlib.AsyncExitStack()
        self._ends.push_async_callback(self._close_store)

    async def start(self) -> None:
        """Load the rules and what had not ended, attach to every switchboard, open the API. Whatever stands in the way of it is raised,
        and nothing is left behind."""
        async with self._ends as ends:
            self._open(ends)
            waiting = await caught_up(self.store)
            left = with_backlog(self.store, waiting)
            core = await core_of(self, left)
            await self._begin_engine(core, left, ends)
            await self._serve(left, ends)
            # The core has read it: from here on the store is the store alone, and no row that waited hides a newer one.
            waiting.clear()
            self._attach()
            # All is up: the ends stay until somebody stops us.
            self._ends = ends.pop_all()
        config, rules = self.config, self.rules.now.rules
        log.info("started", name=config.name, api=f"http://{config.api_host}:{config.api_port}", rules=len(rules.rules))

    async def stop(self) -> None:
        """Let go of everything. Calls go on: Asterisk holds them."""
        await self._ends.aclose()
        log.info("stopped", name=self.config.name)

    # --- the steps of a start -----------------------------------------------------------------------------------------------

    def _open(self, ends: contextlib.AsyncExitStack) -> None:
        """Open the files beside the store, and the services that need no engine."""
        config = self.config
        self.tape = Tape(config.tape, clock=self.clock.now, daily=config.tape_daily) if config.tape else None
        if self.tape is not None:
            ends.push_async_callback(asyncio.to_thread, self.tape.close)
        self.audit = AuditLog(config.audit, config.signing_keys, clock=self.clock.now, anchor=self._anchor)
        ends.push_async_callback(asyncio.to_thread, self.audit.close)
        self.tokens = Tokens(self.store.tokens, self.clock.now, time.monotonic)
        self.rules = RulesInForce(config.rules, self._apply, self._loaded_by, self.clock.now)
        self.form = FormInForce(config.work_order)
        # neither is there yet; both are when anything is decided
        self.durability = Durability(lambda: self.engine.write_down(), self.store)  # noqa: PLW0108
        self.reports = Reports(config, Jobs(config.door.report_s), self.durability)
        self.forecasts = Forecasts(self.reports.text, lambda: self.capacity.soon())  # noqa: PLW0108

    async def _begin_engine(self, core: Switchboards, left: Store, ends: contextlib.AsyncExitStack) -> None:
        """The engine, and what stands beside it: other platforms, metrics, the capacity in the feed, links that do not run yet."""
        config = self.config
        here = [SwitchboardId(board.id) for board in config.switchboards]
        self.outbox = Outbox(
            config.push,
            left,
            self.sender.post,
            audit=self.audit.write,
            sees_confidential=self.sees_confidential,
            sees_place=self.sees_place,
            name=config.name,
            clock=self.clock.now,
            monotonic=time.monotonic,
            audited=self.audit.settled,
            here=list(here),
            form=lambda: self.form.now,
            limits=config.door,
        )
        ends.push_async_callback(self.sender.close)
        if config.push or config.peers:
            await self.sender.start()
        ends.push_async_callback(self.outbox.stop)
        await self.outbox.start()
        self.engine = Engine(core, partial(execute, self), partial(keep, self), tape=self.tape, clock=self.clock.now)
        ends.push_async_callback(self.engine.close)
        self.kept_presses = KeptPresses(self.store, self.engine.write_down, self.engine.submit, self.clock.now)
        self.peers = Peers(
            config.peers,
            here,
            ask=self.sender.ask,
            submit=self.engine.submit,
            lives=core.world.arrivals.__contains__,
            flushed=self.durability.durable,
            newest=partial(newest, self),
            poll_s=config.record_poll_s,
            clock=self.clock.now,
            monotonic=time.monotonic,
            limits=config.door,
        )
        ends.push_async_callback(self.peers.stop)
        by_seat, platforms, forecasts = config.metrics_by_seat, self.outbox.platforms, self.forecasts.now
        self.metrics = Metrics(core.world, self.engine, self.rules, platforms, forecasts, by_seat=by_seat)
        same_caller = SameCaller(config.calls_per_number_max)
        self.capacity = CapacityFeed(core.world, forecasts, self.feed.publish, same_caller, self.clock.now)
        ends.callback(self.capacity.close)
        self._make_links()
        ends.push_async_callback(self._detach)

    async def _serve(self, left: Store, ends: contextlib.AsyncExitStack) -> None:
        """The services, and the API before them."""
        config = self.config
        self.exports = Exports(config.run_dir / "exports", config.store, config.store_url, config.door)
        await asyncio.to_thread(self.exports.clear)
        once = await left.once(self.clock.now(), config.door.nonces_max + config.idempotency_keys_max)
        door = Door(config.door, descriptors.for_connections(config.door.connections_max, descriptors.raised()))
        self.services = services(self, once, door)
        self.api = ApiServer(config.api_host, config.api_port, config.api_token, self.services, door)
        self.metrics.also(DoorMetrics(door, self.feed, self.api.denials.counts))
        ends.push_async_callback(self._watch_no_more)
        ends.push_async_callback(self.api.stop)
        await self.api.start()

    def _attach(self) -> None:
        """From here on things happen: links run, files are watched, the gateway is seen."""
        config, loop = self.config, asyncio.get_running_loop()
        self.link_tasks = [loop.create_task(link.run(), name=f"link {id_}") for id_, link in self.links.items()]
        for task, link in zip(self.link_tasks, self.links.values(), strict=True):
            task.add_done_callback(partial(self._link_ended, link))
        self._begin_watch("plan", self._write_plans(self.rules.now))
        self._begin_watch("tokens", self.tokens.watch())
        self._begin_watch("clock", self._watch_clock())
        if config.rules_poll_s:
            self._begin_watch("rules", self.rules.watch(config.rules_poll_s))
            self._begin_watch("form", self.form.watch(config.rules_poll_s))
        if config.forecast_s:
            self._begin_watch("forecasts", self.forecasts.watch(config.forecast_s, FORECAST_AFTER_S))
        self._seen()

    def _link_ended(self, link: Link, task: asyncio.Task[None]) -> None:
        """A link ends by itself only where it was closed. Any other end is told, and ends the gateway."""
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None:
            return
        why = f"{type(error).__name__}: {error}".rstrip(": ")
        self.dead_link = self.dead_link or problem.failed(link.settings.where, why)
        log.error("link_died", switchboard=link.switchboard, why=why, exc_info=error)
        self.link_died.set()

    def _begin_watch(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        task.add_done_callback(_tell_end)
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
            stamps = self.stamps[board.id] = StampClock(self.clock.now)
            link = Link(SwitchboardId(board.id), settings, heard, self.clock.now, tenure=self._tenure, stamps=stamps)
            self.links[board.id] = link
            self.executors[board.id] = Executor(link)

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
            if self._tenure is not None:
                with contextlib.suppress(LinkDown, NoAnswer):
                    await self._tenure.leave(link.request)
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

    async def _watch_clock(self) -> None:
        """Look at the machine's clock. Where a jump is believed every switchboard is attached anew: a gap parts the two times."""
        while True:
            await asyncio.sleep(CLOCK_LOOK_S)
            if (jump := self.clock.look()) is not None:
                log.warning("clock_jumped", before=jump.before, after=jump.after, by_s=jump.by_s)
                for link in self.links.values():
                    link.attach_anew(CLOCK)

    def _seen(self) -> None:
        """Write down now and again that we are here: what follows the last time is a gap if we are killed (law 7)."""
        self._seen_timer = asyncio.get_running_loop().call_later(SEEN_S, self._seen)
        self._note_seen()

    def _note_seen(self) -> None:
        for id_, link in self.links.items():
            if link.connected:
                self.store.write(SeenRow(id_, self.clock.now()))

    def _anchor(self, number: int, mac: str) -> None:
        """The newest line of the audit log; said by its thread, and the store takes records from any."""
        self.store.write(AnchorRow(CHAIN, number, mac))


def _tell_end(task: asyncio.Task[None]) -> None:
    """Log a work beside the calls that an error has ended: nobody waits for it before the gateway stops."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("watch_ended", watch=task.get_name(), why=str(error), exc_info=error)
