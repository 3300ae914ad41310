"""HTTP to other platforms, by a process of its own: no server of a stranger's shares a loop, a thread or memory with the calls (law 5).

``http_client_process`` bounds what it reads. Here is the second fence: an answer that is late is none, whoever is to blame, and a process
that answers nothing any more is ended and begun anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import structlog

from gateway.contexts.http_client_process import Ask, Told
from gateway.contexts.no_answer import NoAnswer
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits

log = structlog.get_logger("outward")

GRACE_S = 2.0
"""Time beyond its own that the process has to say that there was no answer."""
AGAIN_S = 1.0
"""Time for which a process that could not be started is not started again."""

NOTHING: tuple[int, Mapping[str, str], bytes] = (0, {}, b"")
"""No answer, without its reason."""


class Answer(NamedTuple):
    """A platform's answer: status (0: none in time, and then ``reason`` with its ``detail``), the headers that anybody reads, the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    reason: str = ""
    """One of ``NoAnswer``, empty where there is an answer."""
    detail: str = ""


def _none(reason: NoAnswer) -> Answer:
    return Answer(*NOTHING, reason)


class Outward:
    """An HTTP client that answers with a status and never raises. Its process begins with the first request, or with ``start``."""

    def __init__(self, limits: DoorLimits = DOOR_LIMITS, *, grace_s: float = GRACE_S) -> None:
        self._limits, self._grace_s = limits, grace_s
        self.restarts = 0
        """Processes that ended, or were ended, before their time."""
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._waiting: dict[int, asyncio.Future[Told]] = {}
        self._number = 0
        self._free = asyncio.Semaphore(limits.platform_at_once_max)
        self._not_before = 0.0
        self._closed = False

    @property
    def under_way(self) -> int:
        """Requests that wait for an answer."""
        return len(self._waiting) + self._starting.locked()

    @property
    def pid(self) -> int:
        """Its process; 0 while there is none."""
        return self._process.pid if self._process is not None else 0

    async def post(self, url: str, headers: dict[str, str], body: bytes, ca: str = "") -> Answer:
        """The answer to a post, without its body. No redirect is followed: it could lead anywhere. ``ca``: certificates of a private
        authority."""
        return await self._asked("POST", url, headers, body, self._limits.platform_send_s, ca=ca, bytes_max=0)

    async def ask(
        self, method: str, url: str, headers: dict[str, str], body: bytes | None, ca: str = "", *, sends: bool = False
    ) -> Answer:
        """Another platform's answer with its body; one that is too large is none. ``sends``: it has as long as to take a push."""
        limits = self._limits
        within_s = limits.platform_send_s if sends else limits.platform_ask_s
        bytes_max = limits.platform_answer_bytes_max
        return await self._asked(method, url, headers, body, within_s, ca=ca, bytes_max=bytes_max)

    async def start(self) -> None:
        """Begin its process before it is needed."""
        with contextlib.suppress(OSError):
            await self._there()

    async def close(self) -> None:
        """End its process; what is under way has no answer."""
        self._closed = True
        if self._process is not None:
            await self._end(self._process)
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    # --- one request --------------------------------------------------------------------------------------------------------

    async def _asked(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | None,
        within_s: float,
        *,
        ca: str,
        bytes_max: int,
    ) -> Answer:
        process: Process | None = None
        self._number += 1
        head, interim = self._limits.platform_head_bytes_max, self._limits.platform_interim_max
        ask = Ask(
            self._number,
            method,
            url=url,
            headers=headers,
            body=body,
            within_s=within_s,
            bytes_max=bytes_max,
            head_bytes_max=head,
            interim_max=interim,
            ca=ca,
        )
        loop = asyncio.get_running_loop()
        # The wait for a free place is part of the time: whoever asked counts from here.
        late_at = loop.time() + within_s
        try:
            async with asyncio.timeout(within_s + self._grace_s), self._free:
                ask.within_s = late_at - loop.time()  # what waiting has left of it
                if ask.within_s <= 0:
                    return _none(NoAnswer.LATE)
                process = await self._there()
                told = await self._told(process, ask)
        except TimeoutError:
            if process is not None:
                log.warning("outward_stuck", pid=process.pid, remedy="it is begun anew; what was asked is asked again")
                await self._end(process)
            return _none(NoAnswer.LATE)
        except (OSError, asyncio.IncompleteReadError):
            return _none(NoAnswer.PROCESS)
        return Answer(told.status, told.headers, told.body, told.reason, told.detail)

    async def _told(self, process: Process, ask: Ask) -> Told:
        data = msgspec.msgpack.encode(ask)
        answer: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        # Before it is sent: the answer may be there before the drain has ended.
        self._waiting[ask.id] = answer
        try:
            assert process.stdin is not None
            process.stdin.write(len(data).to_bytes(4, "big") + data)
            await process.stdin.drain()
            return await answer
        finally:
            self._waiting.pop(ask.id, None)

    # --- its process --------------------------------------------------------------------------------------------------------

    async def _there(self) -> Process:
        """The process that runs. Raises OSError."""
        async with self._starting:
            if self._process is not None:
                return self._process
            loop = asyncio.get_running_loop()
            if self._closed or loop.time() < self._not_before:
                raise OSError("no process speaks with platforms just now")
            # Also where the start fails: a machine without memory is not asked for one process after another.
            self._not_before = loop.time() + AGAIN_S
            memory = str(self._limits.platform_memory_bytes_max)
            argv = (sys.executable, "-m", "gateway.contexts.http_client_process", memory)
            process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
            self._process = process
            self._reading = loop.create_task(self._read(process), name="outward")
            return process

    async def _read(self, process: Process) -> None:
        """Hand on what it answers, until it ends."""
        assert process.stdout is not None
        decode, frame_max = msgspec.msgpack.Decoder(Told).decode, 2 * self._limits.platform_answer_bytes_max
        with contextlib.suppress(asyncio.IncompleteReadError, OSError, msgspec.MsgspecError):
            while (size := int.from_bytes(await process.stdout.readexactly(4), "big")) <= frame_max:
                told = decode(await process.stdout.readexactly(size))
                answer = self._waiting.get(told.id)
                if answer is not None and not answer.done():
                    answer.set_result(told)
        await self._end(process)

    async def _end(self, process: Process) -> None:
        """It answers no more: nobody waits for it."""
        # Both whoever reads and whoever was not answered in time end a process, and by then another may run.
        if self._process is process:
            self._process = None
            if not self._closed:
                self.restarts += 1
                log.warning("outward_ended", pid=process.pid)
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(OSError("its process has ended"))
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
