"""The process of one PJSIP phone, as the phone sees it: wishes in, events out, JSON lines both ways."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulators.phone import PhoneError
from simulators.pjsip_home import Home

MODULE = "simulators.pjsip_program"
WISH_S = 10.0
STOP_S = 4.0


class PjsipProcess:
    """One process. ``happened`` gets each event, in order."""

    def __init__(self, name: str, home: Home, happened: Callable[[dict[str, Any]], None]) -> None:
        self._name, self._home, self._happened = name, home, happened
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._wishes: dict[int, asyncio.Future[str]] = {}
        self._count = itertools.count(1)

    async def start(self, folder: Path, settings: dict[str, Any]) -> None:
        """Start it in a folder of its own; what it prints beside its lines stands in ``errors.txt`` there."""
        with (folder / "errors.txt").open("wb") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *self._home.argv,
                "-m",
                MODULE,
                cwd=folder,
                env=self._home.environment,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        self._reader = asyncio.create_task(self._read(self._process), name=f"{self._name} events")
        self._write(settings)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            message = json.loads(line)
            if "done" in message:
                waiting = self._wishes.pop(message["done"], None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message["error"])
            else:
                self._happened(message)
        await process.wait()
        for waiting in self._wishes.values():
            if not waiting.done():
                waiting.set_result("the program has ended")
        self._happened({"event": "over", "status": process.returncode})

    def _write(self, line: dict[str, Any]) -> None:
        if self._process is None or self._process.stdin is None or self._process.returncode is not None:
            raise PhoneError(f"{self._name}: the phone is off")
        self._process.stdin.write(json.dumps(line).encode() + b"\n")

    async def wish(self, do: str, **words: Any) -> None:
        """Something to be done now. Raises PhoneError with PJSIP's own words if it cannot be."""
        number = next(self._count)
        waiting = self._wishes[number] = asyncio.get_running_loop().create_future()
        self._write({"wish": number, "do": do, **words})
        try:
            error = await asyncio.wait_for(waiting, WISH_S)
        except TimeoutError:
            raise PhoneError(f"{self._name}: {do}: PJSIP did not react within {WISH_S:g} s") from None
        if error:
            raise PhoneError(f"{self._name}: {do}: {error}")

    @property
    def runs(self) -> bool:
        """Whether it has been started and not been stopped."""
        return self._process is not None

    @property
    def crashed(self) -> bool:
        """Whether it has ended by itself."""
        return self._process is not None and self._process.returncode is not None

    def kill(self) -> None:
        """End it at once; nothing is said to anyone."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        self._process = None

    async def stop(self) -> None:
        """End it: asked first, by the end of its input, then made to."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._reader is not None:
            await self._reader
