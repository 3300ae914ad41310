"""``make bench-recordings``: who is on a recording across transfers, on an Asterisk without Debian's patch and on one with it.

As sites do it, MixMonitor records on the caller's channel from before the queue on. A call has five phases: caller and seat; a further
party joins by the product's own ``[onekey-join]``; the seat leaves; another joins; the first leaves. Each party sends a tone of its own. A
recording is whole if in each phase everybody who talks is on it. ``app_mixmonitor.so`` and the line that starts it are in this lab alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
import time
import wave
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.presses import Listener
from bench.report import FOLDER, keep
from gateway.config.settings import site_path
from gateway.lab import boards, lab
from gateway.provisioning.plan_file import NAME, rendered
from gateway.rules import file as rules_file
from simulators.listening import PRESENT, RATE_HZ, SAMPLES, amplitude
from simulators.phone import PhoneError
from simulators.stage import AsteriskStage

TONES_HZ = {"caller": 550, "seat": 650, "first": 850, "second": 950}
PHASE_S = 1.6
SETTLED_S = 0.4
"""Not judged at a phase's beginning: the join itself."""
EDGE_S = 0.3
"""Not judged at its end: the file is aligned by the caller's hanging up, to a packet or two."""
HEARD = 0.6
"""Of the 40 ms pieces of a phase: as stories judge who hears whom."""
AT_ONCE = 3
"""Calls in parallel: the lab has seven services, and each call takes two."""
SERVICES = (("119", "120"), ("122", "water"), ("power", "gas"))
WAIT_S = 10.0
Event = dict[str, str]


class Ami(Listener):
    """An ear that also speaks: actions, and events waited for."""

    def __init__(self, ami: dict[str, Any]) -> None:
        super().__init__(ami, self._look)
        self._waiting: list[tuple[Callable[[Event], bool], asyncio.Future[Event]]] = []
        self._number = 0

    def _look(self, event: Event) -> None:
        for wanted, future in list(self._waiting):
            if not future.done() and wanted(event):
                future.set_result(event)

    async def expect(self, wanted: Callable[[Event], bool], what: str, act: Callable[[], Any]) -> Event:
        """Do something and wait for what follows. Raises PhoneError."""
        entry = (wanted, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        try:
            await act()
            return await asyncio.wait_for(entry[1], WAIT_S)
        except TimeoutError:
            raise PhoneError(f"{what}: not within {WAIT_S:g} s") from None
        finally:
            self._waiting.remove(entry)

    async def originate(self, number: str, variables: dict[str, str]) -> Event:
        """Ring a phone and bring it to the caller; its entering the bridge."""
        self._number += 1
        lines = [f"Action: Originate\r\nActionID: r{self._number}\r\nChannel: PJSIP/{number}\r\nContext: onekey-join"]
        lines += ["Exten: s\r\nPriority: 1\r\nAsync: true\r\nTimeout: 8000\r\nCodecs: alaw,ulaw"]
        lines += [f"Variable: {name}={value}" for name, value in variables.items()]

        async def send() -> None:
            self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())

        return await self.expect(_enters(number), f"{number} joins", send)


def _enters(number: str) -> Callable[[Event], bool]:
    return lambda e: e.get("Event") == "BridgeEnter" and e.get("Channel", "").startswith(f"PJSIP/{number}-")


@dataclass
class Call:
    """One recorded call: its phases as (begin, end, who talks), in seconds of this machine's clock."""

    ident: str = ""
    phases: list[tuple[float, float, tuple[str, ...]]] = field(default_factory=list)

    async def phase(self, *who: str) -> None:
        """Everybody talks for a while."""
        since = time.time()
        await asyncio.sleep(PHASE_S)
        self.phases.append((since, time.time(), who))

    def missing(self, path: Path) -> list[tuple[int, str]]:
        """Who is not on the file although he talks: (phase from 1 on, who)."""
        with wave.open(str(path)) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        return missing(sound, self.phases)


def missing(
    sound: np.ndarray[Any, np.dtype[np.int16]], phases: list[tuple[float, float, tuple[str, ...]]]
) -> list[tuple[int, str]]:
    """Who talks in a phase and is not on the recording.

    No two phases have the same parties, so a phase in which just these sound together for half of its time is whole, wherever in the file
    it is: on a busy machine a recording runs behind the clock. Else the clock says who it is; the recording ends when the last phase ends.
    """
    total_s, stop = len(sound) / RATE_HZ, phases[-1][1]
    together = sounding_together(sound)
    found = []
    for number, (since, until, who) in enumerate(phases, 1):
        if together[frozenset(who)] >= (until - since) / 2:
            continue
        low = int((total_s - (stop - since) + SETTLED_S) * RATE_HZ)
        high = int((total_s - (stop - until) - EDGE_S) * RATE_HZ)
        part = sound[max(low, 0) : max(high, 0)]
        found += [(number, name) for name in who if not sounds(part, TONES_HZ[name])]
    return found


def sounding_together(sound: np.ndarray[Any, np.dtype[np.int16]]) -> dict[frozenset[str], float]:
    """How long (s) just these parties sound at once. A packet that is lost takes nobody away: 0.2 s decide."""
    size = 2 * SAMPLES
    pieces = [sound[at : at + size] for at in range(0, len(sound) - size + 1, size)]
    there = {
        name: np.array([amplitude(piece, hz) > PRESENT for piece in pieces], float) for name, hz in TONES_HZ.items()
    }
    around = {name: np.convolve(present, np.full(5, 0.2), "same") > 0.5 for name, present in there.items()}
    found: defaultdict[frozenset[str], float] = defaultdict(float)
    for number in range(len(pieces)):
        found[frozenset(name for name, present in around.items() if present[number])] += size / RATE_HZ
    return found


def sounds(part: np.ndarray[Any, np.dtype[np.int16]], hz: int) -> bool:
    """Whether a tone is there in most of a time, judged 40 ms at a time: a packet that came late shifts a tone, and it is heard all the same."""
    pieces = [part[at : at + 2 * SAMPLES] for at in range(0, len(part) - 2 * SAMPLES + 1, 2 * SAMPLES)]
    return bool(pieces) and sum(amplitude(piece, hz) > PRESENT for piece in pieces) > HEARD * len(pieces)


async def one(stage: AsteriskStage, ami: Ami, place: int) -> Call:
    """A call with its five phases, 2 → 3 → 2 → 3 → 2. Raises PhoneError."""
    caller_number, seat_number = f"1380000000{place + 1}", str(1001 + place)
    numbers = {"caller": caller_number, "seat": seat_number}
    numbers["first"], numbers["second"] = SERVICES[place]
    phones = {}
    for role, number in numbers.items():
        phones[role] = await stage.phone("12345", number)
        phones[role].tone_hz = TONES_HZ[role]
    call = Call()
    caller, seat = phones["caller"], phones["seat"]
    for role in ("first", "second"):
        phones[role].answer_after_s = 0.05
    began = time.monotonic()
    entered = await ami.expect(_enters(caller_number), "the caller is connected", lambda: _connect(caller, seat, began))
    call.ident = entered["Uniqueid"]
    variables = {"ONEKEY_CALLER": entered["Channel"], "ONEKEY_CALLER_ID": call.ident, "ONEKEY_ACCEPT_S": "0"}
    variables |= {"ONEKEY_UUI": "", "ONEKEY_PRESS": "recording"}
    await call.phase("caller", "seat")
    await ami.originate(numbers["first"], variables)
    await call.phase("caller", "seat", "first")
    await seat.hang_up()
    await call.phase("caller", "first")
    await ami.originate(numbers["second"], variables)
    await call.phase("caller", "first", "second")
    await phones["first"].hang_up()
    await call.phase("caller", "second")
    await caller.hang_up()
    return call


async def _connect(caller: Any, seat: Any, began: float) -> None:
    await caller.call("12345")
    await seat.wait_ring(after=began)
    await seat.answer()


def site_that_records(folder: Path) -> Path:
    """The files that ship, with a recording before the queue: for this lab alone."""
    ours = site_path("dialplan").parent
    for name in ("asterisk-conf", "dialplan"):
        shutil.copytree(ours / name, folder / name)
    modules, hotline = folder / "asterisk-conf/both/modules.conf", folder / "dialplan/onekey-hotline.conf"
    modules.write_text(modules.read_text(encoding="utf-8") + "load = app_mixmonitor.so\n", encoding="utf-8")
    text = hotline.read_text(encoding="utf-8")
    text, times = re.subn(r"^(.*,Answer\(\))$", r"\1\n same => n,MixMonitor(${UNIQUEID}.wav)", text, flags=re.M)
    if times != 1:
        raise SystemExit(f"{hotline}: {times} lines with Answer()")
    hotline.write_text(text, encoding="utf-8")
    return folder


def up(source: str, folder: Path) -> AsteriskStage:
    """A lab that records, without a gateway, on this Asterisk."""
    rules = rules_file.load(site_path("transfer_rules.yaml"))
    stage = AsteriskStage(f"recordings-{os.getpid()}", folder)
    files = {side: {NAME: rendered(rules, side, boards.SIDES)} for side in boards.SIDES}
    found = lab.up(
        site_that_records(folder / "site"), stage.name, keys=boards.keys_of(rules.keys), files=files, source=source
    )
    stage.lab = json.loads(json.dumps(found))
    return stage


async def measure(source: str, calls: int) -> dict[str, Any]:
    """So many recorded calls on one Asterisk: how many recordings are whole, and who was missing where."""
    with tempfile.TemporaryDirectory() as folder:
        stage = await asyncio.to_thread(up, source, Path(folder))
        try:
            return await _measure(stage, calls)
        finally:
            await stage.clear()
            await asyncio.to_thread(lab.down, stage.name)


async def _measure(stage: AsteriskStage, calls: int) -> dict[str, Any]:
    board = stage.lab["switchboards"]["12345"]
    ami, whole, gone, done = Ami(board["ami"]), 0, Counter[str](), 0
    await ami.start()
    try:
        while done < calls:
            places = range(min(AT_ONCE, calls - done))
            finished = await asyncio.gather(*(one(stage, ami, place) for place in places))
            await stage.clear()
            await stage.empty()  # the files are closed
            for call in finished:
                path = Path(board["dir"]) / "spool/monitor" / f"{call.ident}.wav"
                if lost := call.missing(path):
                    kept = FOLDER / "recordings" / f"{stage.lab['asterisk']['source']}-{path.name}"
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, kept)
                    kept.with_suffix(".json").write_text(json.dumps({"missing": lost, "phases": call.phases}))
                whole += not lost
                gone.update(f"phase {number}: {who}" for number, who in lost)
            done += len(finished)
            print(f"  {done}/{calls}: {whole} 份完整 / whole", flush=True)
    finally:
        await ami.stop()
    return {
        "whole": whole,
        "of": done,
        "missing": dict(sorted(gone.items())),
        "version": stage.lab["asterisk"]["version"],
    }


def entry(found: dict[str, Any], aim: str) -> dict[str, Any]:
    """A figure for the report."""
    lost = ", ".join(f"{what} {times}" for what, times in found["missing"].items()) or "nobody"
    note = f"of {found['of']} on {found['version']}, MixMonitor on the caller through 2, 3, 2, 3, 2 parties; missing: {lost}"
    return {"value": found["whole"], "unit": "", "aim": aim, "runs": found["of"], "note": note}


def main() -> int:
    """Measure both, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=36)
    parser.add_argument("--only", choices=("built", "debian"), help="one of the two alone")
    words = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for source, name, aim in (
        ("built", "recordings_whole", f">= {words.calls}"),
        ("debian", "recordings_whole_patched", ""),
    ):
        if words.only in (None, source):
            print(f"{source}: {words.calls} 通录音 / recorded calls", flush=True)
            keep({name: entry(asyncio.run(measure(source, words.calls)), aim)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
