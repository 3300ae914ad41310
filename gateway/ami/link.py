"""One switchboard's link: connect, log in, snapshot, then the ordered stream, until it is lost; then again.

    connect --> log in --> FullyBooted --> version, rights --> snapshot --> Resynced, what came meanwhile, live
       ^                                                                                     |
       '-- a pause with jitter, longer each time; the longest where a person must act  <-----' LinkLost, once

Events that come between login and the end of the snapshot are held and delivered behind it, in order: some repeat
what the snapshot shows already, and the last word on every channel is the newest.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from gateway.ami import encode, problem, snapshot
from gateway.ami.decode import Decoder
from gateway.ami.framing import FRAME_BYTES_MAX
from gateway.ami.problem import LinkFault, LinkProblem
from gateway.ami.protocol import LinkDown, MendedProtocol, NoAnswer, OneConnection, Reply
from gateway.ami.tenure import Tenure
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.link_events import CheckBegan, Checked, LinkLost
from gateway.core.values.ids import SwitchboardId

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """Where and how to reach one switchboard's AMI. Spans in seconds, each with its reason."""

    host: str
    username: str
    secret: str = field(repr=False)
    port: int = 5038
    connect_s: float = 5.0
    """TCP connection and login. Asterisk itself waits 1 s before it refuses a wrong secret."""
    boot_s: float = 60.0
    """Login to ``FullyBooted``. An Asterisk that loads every module takes 10 s; slow disks more."""
    snapshot_s: float = 10.0
    """The lists of a large site: some thousand channels at 3 kB."""
    action_s: float = 2.0
    """One command. Asterisk answers in under 1 ms; a seat that has pressed does not wait longer than this for words."""
    ping_s: float = 5.0
    """Between two Pings: a link that is dead without a sign is found after ``ping_s + pong_s``."""
    pong_s: float = 3.0
    """Ping to Pong. Above one lost TCP segment (200 ms to 1 s), far below a caller's patience."""
    backoff_s_min: float = 0.5
    """First pause after a loss: a restarted Asterisk takes about that long to listen."""
    backoff_s_max: float = 15.0
    """Longest pause, and the pause after a wrong secret: ``authlimit`` and the security log are spared."""
    drift_check_s: float = 0.0
    """Between two looks at the whole switchboard while it is attached, at the Ping that follows; 0: never."""
    settle_s: float = 1.0
    """From the end of such a look to its delivery: events of what it shows already are on their way, on a busy machine for
    some hundred milliseconds."""
    frame_bytes_max: int = FRAME_BYTES_MAX
    """Memory that one message may take."""

    def __post_init__(self) -> None:
        """Raises ``Refused`` where account or secret would leave their AMI line, ``ValueError`` on a bad number."""
        encode.action("Login", [("Username", self.username), ("Secret", self.secret)], "check")
        for name in self.__slots__:
            value = getattr(self, name)
            if isinstance(value, int | float) and not (value > 0 or (name == "drift_check_s" and value == 0)):
                raise ValueError(f"{name} must be more than 0")
        if self.backoff_s_max < self.backoff_s_min:
            raise ValueError("backoff_s_max must not be less than backoff_s_min")

    @property
    def where(self) -> str:
        """``user@host:port``, for messages."""
        return f"{self.username}@{self.host}:{self.port}"


class Link:
    """The link to one switchboard.

    ``on_event`` is called synchronously, in order; what it raises is logged and counted.
    ``clock`` gives seconds since 1970, for events to which Asterisk gives no time. ``jitter`` gives 0.0 to 1.0. ``tenure`` is the claim of a
    gateway that will have no other beside it.
    """

    def __init__(
        self,
        switchboard: SwitchboardId,
        settings: LinkSettings,
        on_event: Callable[[AnyEvent], None],
        clock: Callable[[], float],
        jitter: Callable[[], float] = random.random,
        tenure: Tenure | None = None,
        stamps: Callable[[float], float] = lambda stamp: stamp,
    ) -> None:
        self.switchboard = switchboard
        self.settings = settings
        self.clock = clock
        self.version = ""
        """Version of the Asterisk last seen, empty before the first."""
        self.problem: LinkProblem | None = None
        """Present problem, ``None`` where there is none. May stand while connected: rights that are missing."""
        self._on_event = on_event
        self._tenure = tenure
        self._jitter = jitter
        self._decoder = Decoder(switchboard, clock, stamps)
        self._stamps = stamps
        self._dropped_for = ""
        self._closing = asyncio.Event()
        self._protocol: MendedProtocol | None = None
        self._live = False
        self._heard_at = 0.0
        """When Asterisk last answered a Ping: until then we heard all of it."""
        self._counts: Counter[str] = Counter()

    # --- for everyone -----------------------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """True where the snapshot has been delivered and the connection stands: what we show is what is."""
        return self._live and self._protocol is not None and not self._protocol.gone.done()

    @property
    def events_by_name(self) -> dict[str, int]:
        """AMI events since the start, by their AMI name."""
        return self._decoder.seen

    @property
    def counts(self) -> dict[str, int]:
        """Since the start: decoded, malformed, actions, refused, unanswered, stray, losses, listener_errors."""
        counts = dict.fromkeys(("actions", "refused", "unanswered", "stray", "losses", "listener_errors"), 0)
        counts.update(self._counts, decoded=self._decoder.decoded, malformed=self._decoder.malformed)
        if self._protocol is not None:
            counts["actions"] += self._protocol.sent
            counts["stray"] += self._protocol.stray
        return counts

    async def request(self, action: str, *headers: encode.Header) -> Reply:
        """Send one action and wait for its answer, at most ``action_s`` seconds.

        Raises ``Refused`` (nothing was sent), ``LinkDown`` (while the link is down nothing is sent and nothing is
        kept for later; when it goes down meanwhile the outcome is unknown) or ``NoAnswer`` (unknown, too).
        """
        protocol = self._protocol
        if protocol is None or not self.connected:
            raise LinkDown(f"no link to {self.switchboard}" + (f": {self.problem.what.en}" if self.problem else ""))
        try:
            return await protocol.request(action, *headers, deadline_s=self.settings.action_s)
        except encode.Refused:
            self._counts["refused"] += 1
            raise
        except NoAnswer:
            self._counts["unanswered"] += 1
            raise

    async def run(self) -> None:
        """Keep the link up until ``close()``. Neither a fault of the other side nor an error of ours leaves this method."""
        # A link that had lived begins at the shortest pause again: only failures in a row make it longer.
        failures = 0
        while not self._closing.is_set():
            try:
                await self._unless_closed(self._session())
            except Exception as error:
                failures = 1 if self._live else failures + 1
                pause_s = self._lost(self._fault(error), failures)
                await self._unless_closed(asyncio.sleep(pause_s))
            finally:
                self._live = False

    def attach_anew(self, why: str) -> None:
        """Let go of a connection that stands, and make another: a snapshot then says how things are. ``why`` is the reason of the gap."""
        if self._protocol is not None and self._live:
            self._dropped_for = why
            self._protocol.drop(why)

    def close(self) -> None:
        """End ``run()``. No ``LinkLost`` follows: whoever closes knows."""
        self._closing.set()

    # --- one connection ---------------------------------------------------------------------------------------------

    async def _session(self) -> None:
        """From connecting to the loss, which it raises as ``LinkFault``; returns never."""
        held: list[AnyEvent] = []
        booted = asyncio.Event()

        def hold(frame: bytes) -> None:
            if frame.startswith(b"Event: FullyBooted"):
                booted.set()
            event = self._decoder.decode(frame)
            if event is not None:
                held.append(event)

        protocol = self._protocol = MendedProtocol(hold, self.settings.frame_bytes_max)
        manager = OneConnection(
            protocol, self.settings.host, self.settings.port, self.settings.username, self.settings.secret
        )
        try:
            await self._log_in(manager)
            await self._booted(protocol, booted)
            await self._claim(protocol)
            resynced = await self._snapshot(protocol)
            # no await from here to live: nothing can come between
            protocol.sink = self._frame
            self._live = True
            self._heard_at = self.clock()
            log.info("%s: linked to %s, Asterisk %s", self.switchboard, self.settings.where, self.version)
            for event in (resynced, *held):
                self.tell(event)
            held.clear()
            await self._watch(protocol)
        except LinkDown as down:
            if protocol.garbled is not None:
                raise problem.not_ami(self.settings.where, str(down)) from None
            raise problem.lost(self.settings.where, str(down)) from None
        finally:
            protocol.drop("closed by us")
            self._counts.update(actions=protocol.sent, stray=protocol.stray)
            self._counts["listener_errors"] += protocol.sink_errors
            self._protocol = None

    async def _log_in(self, manager: OneConnection) -> None:
        where, limit_s = self.settings.where, self.settings.connect_s
        try:
            async with asyncio.timeout(limit_s):
                answer = await manager.log_in()
        except TimeoutError:
            raise problem.silent(where, "connection and answer to the login", limit_s) from None
        except LinkDown:
            raise
        except OSError as error:
            raise problem.unreachable(where, os.strerror(error.errno) if error.errno else str(error)) from None
        if not manager.authenticated:
            raise problem.login_refused(where, self.settings.username, answer.message)

    async def _booted(self, protocol: MendedProtocol, booted: asyncio.Event) -> None:
        """``FullyBooted`` comes at once where Asterisk has started, and only to an account that reads ``system``."""
        waiting = asyncio.ensure_future(booted.wait())
        try:
            first: set[asyncio.Future[Any]] = {waiting, protocol.gone}
            await asyncio.wait(first, timeout=self.settings.boot_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if not booted.is_set():
            if protocol.gone.done():
                raise LinkDown(protocol.gone.result())
            raise problem.not_booted(self.settings.where, self.settings.username, self.settings.boot_s)

    async def _claim(self, protocol: MendedProtocol) -> None:
        """One gateway at a switchboard: take it before anything is asked of it, and say with each Ping that we are here."""
        if self._tenure is not None:

            async def ask(action: str, *headers: encode.Header) -> Reply:
                return await protocol.request(action, *headers, deadline_s=self.settings.action_s)

            where, limit_s = self.settings.where, self.settings.action_s
            try:
                await self._tenure.take(ask, self.switchboard, where)
            except NoAnswer:
                raise problem.silent(where, "answer to the claim", limit_s) from None
            except encode.Refused as refused:
                raise problem.claim_too_long(where, refused.what) from None

    async def _snapshot(self, protocol: MendedProtocol) -> AnyEvent:
        where, limit_s = self.settings.where, self.settings.snapshot_s

        async def ask(action: str, *headers: encode.Header) -> Reply:
            return await protocol.request(action, *headers, deadline_s=limit_s)

        try:
            about = await snapshot.ask_about(ask)
            self.version = about.version
            if snapshot.old(about.version):
                needed = ".".join(map(str, snapshot.VERSION_NEEDED))
                raise problem.too_old(where, about.version, needed)
            resynced = await snapshot.take(ask, self.switchboard, about.version, self.clock, self._stamps)
        except snapshot.Unanswerable as refused:
            raise problem.action_refused(where, refused.action, refused.message) from None
        except NoAnswer:
            raise problem.silent(where, "answer to the snapshot", limit_s) from None
        if not about.system_name:
            log.warning(
                "%s: systemname in asterisk.conf is empty; unique ids will not tell the switchboards apart",
                self.switchboard,
            )  # fmt: skip
        self.problem = problem.rights_missing(where, ", ".join(about.missing)) if about.missing else None
        if self.problem is not None:
            log.error("%s", self.problem.text())
        return resynced

    async def _watch(self, protocol: MendedProtocol) -> None:
        """Ping until the link is lost, and look at the whole switchboard now and then."""
        loop, every_s = asyncio.get_running_loop(), self.settings.drift_check_s
        check_at = loop.time() + every_s
        while True:
            await asyncio.wait({protocol.gone}, timeout=min(self.settings.ping_s, every_s or self.settings.ping_s))
            if protocol.gone.done():
                raise LinkDown(protocol.gone.result())
            try:
                await protocol.request("Ping", deadline_s=self.settings.pong_s)
                self._heard_at = self.clock()
                await self._claim(protocol)
            except NoAnswer:
                raise problem.silent(self.settings.where, "Pong", self.settings.pong_s) from None
            if every_s and loop.time() >= check_at:
                await self._check(protocol)
                check_at = loop.time() + every_s

    async def _check(self, protocol: MendedProtocol) -> None:
        """Look at the whole switchboard. A look that fails is left out: whether the link is good the Ping decides."""

        async def ask(action: str, *headers: encode.Header) -> Reply:
            return await protocol.request(action, *headers, deadline_s=self.settings.snapshot_s)

        # Said before the look: what changes while it is taken is not compared, for the look may show it or not.
        self.tell(CheckBegan(self.switchboard, self.clock()))
        try:
            seen = await snapshot.take(ask, self.switchboard, self.version, self.clock, self._stamps)
        except (snapshot.Unanswerable, NoAnswer) as why:
            log.warning("%s: the seats were not checked: %s", self.switchboard, why)
            return
        # Events that were on their way when the look was taken come first.
        await asyncio.wait({protocol.gone}, timeout=self.settings.settle_s)
        if not protocol.gone.done():
            self.tell(Checked(self.switchboard, seen.at, seen.channels, seen.members, seen.phones))

    # --- inside -----------------------------------------------------------------------------------------------------

    def _frame(self, frame: bytes) -> None:
        event = self._decoder.decode(frame)
        if event is not None:
            self._on_event(event)  # the protocol logs and counts what this raises

    def tell(self, event: AnyEvent) -> None:
        """Hand on an event of this switchboard that did not come as one: a snapshot, an answer. Never raises."""
        try:
            self._on_event(event)
        except Exception:
            self._counts["listener_errors"] += 1
            log.exception("%s: a listener failed on %s; the link goes on", self.switchboard, type(event).__name__)

    def _fault(self, error: Exception) -> LinkFault:
        """The fault that ended a connection. An error of the program is one, too: a link that it ended would never come back."""
        if isinstance(error, LinkFault):
            return error
        log.error("%s: an error of the program", self.switchboard, exc_info=error)
        return problem.failed(self.settings.where, f"{type(error).__name__}: {error}")

    def _lost(self, fault: LinkFault, failures: int) -> float:
        """Tell it once; seconds until the next try."""
        self.problem = fault.problem
        settings = self.settings
        longest_s = settings.backoff_s_max
        pause_s = longest_s if fault.patient else min(longest_s, settings.backoff_s_min * 2.0 ** min(failures - 1, 30))
        pause_s *= 0.5 + 0.5 * self._jitter()  # many gateways do not come back in step
        if failures & (failures - 1) == 0:  # 1st, 2nd, 4th, 8th … failure in a row
            log.error("%s: %s Next try in %.1f s.", self.switchboard, fault.problem.text(), pause_s)
        if self._live:
            self._live = False
            self._counts["losses"] += 1
            self.tell(LinkLost(self.switchboard, self.clock(), self._dropped_for or fault.why, self._heard_at))
            self._dropped_for = ""
        return pause_s

    async def _unless_closed(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` to its end or until ``close()``, whichever comes first; it has ended when this returns."""
        task = asyncio.create_task(work, name=f"ami {self.switchboard}")
        closing = asyncio.create_task(self._closing.wait(), name=f"ami {self.switchboard} closing")
        try:
            await asyncio.wait({task, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            closing.cancel()
            task.cancel()
            await asyncio.wait({task, closing})
        if not task.cancelled():
            task.result()
