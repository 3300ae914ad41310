"""``make bench-seats``: 10,000 seats and 500 calls/s on one gateway process on one core, for ten minutes.

Three processes: this one asks and writes; ``seats_transfer`` is both switchboards; ``seats_gateway`` is the whole gateway (links, core,
commands, SQLite store, live feed, metrics, API) on one core. One call in a hundred is transferred. Nothing counts until the load has
been up for ``RISE_S``, when as many calls end as begin; at the end every call must be in the store, and every transfer as completed.
The figures stand beside those of ``make bench`` in ``build/bench/report.json``.

    python -m bench.seats_load --seconds 600 --calls 500 --seats 10000 --transferred 0.01
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import socket
import sqlite3
import statistics
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.report import FOLDER, keep
from bench.seats_gateway import STEPS_PER_S
from bench.seats_speaker import WRAP_UP_S, Play
from simulators.toy.ami import SECRET

RULES = Path("transfer_rules.yaml").resolve()
RISE_S = 25.0
"""Until as many calls end as begin: the longest call lasts 21 s."""
PARTS = 10
LAG_MS_AIM = 50.0
CALLS_AIM, SEATS_AIM = 500.0, 10_000
PRIORITY = -15
"""Of the processes of the bench, where it may: the core is to be theirs, whoever else is on the machine."""
STEP_PER_S = 50
"""Where the aim is missed, this much less is tried next."""
TRIES_S = 60.0
"""How long each lower load is tried."""


@dataclass
class Result:
    """What one load came to. ``parts`` are the figures of each tenth, ``played`` the speaker's sums."""

    wish: Play
    parts: list[dict[str, Any]] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)
    played: dict[str, float] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    ended_otherwise: list[str] = field(default_factory=list)

    def total(self, name: str) -> float:
        """A figure summed over all parts."""
        return float(sum(part[name] for part in self.parts))

    def lag_ms(self, part: float) -> float:
        """A quantile of the lag over all parts."""
        return quantile_ms([one["lags"] for one in self.parts], part)

    @property
    def growing(self) -> bool:
        """Whether the last third lags clearly more than the first: more than the aim, and twice as much."""
        third = max(1, len(self.parts) // 3)
        first, last = (
            quantile_ms([p["lags"] for p in some], 0.5) for some in (self.parts[:third], self.parts[-third:])
        )
        return last > LAG_MS_AIM and last > 2 * first

    def per_minute(self, values: list[float]) -> float:
        """How much a figure of each part grows in a minute: the slope of the line through them."""
        ends = list(itertools.accumulate(part["seconds"] / 60 for part in self.parts))
        return statistics.linear_regression(ends, values).slope

    @property
    def faults(self) -> list[str]:
        """What went wrong: empty where every call that was played is in the records, and every record in the store."""
        last, played = self.last, self.played
        wrong = [
            f"{last[name]} {name}"
            for name in ("faults", "lost", "malformed", "losses", "commands_failed", "drift")
            if last[name]
        ]
        wrong += [f"{played[name]} {name}" for name in ("no_seat", "unanswered") if played.get(name)]
        wrong += [f"{last[name]} {name} left over" for name in ("calls", "transfers") if last[name]]
        for name in ("calls", "waits", "transfers"):
            if (stored := self.stored.get(name, 0)) != (said := played.get(name, 0)):
                wrong.append(f"{stored} {name} in the store, {said} played")
        return wrong + self.ended_otherwise

    @property
    def sustained(self) -> bool:
        """Whether the gateway kept up."""
        return self.lag_ms(0.99) <= LAG_MS_AIM and not self.growing and not self.faults


def quantile_ms(counted: list[dict[str, int]], part: float) -> float:
    """A quantile of lags that were counted by steps, ms."""
    steps: Counter[int] = Counter()
    for counts in counted:
        steps.update({int(step): count for step, count in counts.items()})
    seen, goal = 0, part * steps.total()
    for step in sorted(steps):
        seen += steps[step]
        if seen >= goal:
            return 1000 * step / STEPS_PER_S
    return 0.0


def site(folder: Path, ports: dict[str, int], drift_check_s: float | None) -> Path:
    """The configuration of the gateway under test."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        api = free.getsockname()[1]
    lines = [
        f"name = 'seats'\nrun_dir = '{folder}'\nrules = '{RULES}'",
        f"[api]\nport = {api}\ntoken = 'bench-seats'",
        "[limits]" + (f"\ndrift_check_s = {drift_check_s}" if drift_check_s is not None else ""),
        "[wrap_up_s]",
    ]
    lines += [f"'{id_}' = {WRAP_UP_S}" for id_ in ports]
    for id_, port in ports.items():
        lines.append(
            f"[[switchboards]]\nid = '{id_}'\nhost = '127.0.0.1'\nport = {port}\nusername = 'onekey'\nsecret = '{SECRET}'"
        )
        lines.append(f"queues = ['{id_}']")
    path = folder / "onekey.toml"
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


async def _start(module: str, argument: str, core: int, wrap: list[str] | None = None) -> Process:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *(wrap or []),
        "-m",
        module,
        argument,
        stdin=PIPE,
        stdout=PIPE,
        limit=2**24,
        start_new_session=True,
    )
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(child.pid, {cores[core % len(cores)]})
    _prefer(child.pid)
    return child


def _prefer(pid: int) -> None:
    """Linux shares cores out between sessions first, and then within each: both are told."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, PRIORITY)
        Path(f"/proc/{pid}/autogroup").write_text(str(PRIORITY), encoding="ascii")


async def _line(child: Process, *, ask: bool = True) -> Any:
    """The child's next line; ``ask`` writes one first."""
    assert child.stdin is not None
    assert child.stdout is not None
    if ask:
        child.stdin.write(b"\n")
    if not (line := await child.stdout.readline()):
        raise RuntimeError(f"a process of the bench has ended: {await child.wait()}")
    return line.decode().strip()


async def _end(child: Process) -> None:
    if child.stdin is not None:
        child.stdin.close()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(child.wait(), 60)
    if child.returncode is None:
        child.kill()
        await child.wait()


def stored(database: Path) -> dict[str, int]:
    """What is in the store that has been closed: calls, waits, and transfers that were completed."""
    asked = {
        "calls": "select count(*) from context where ended_at > 0",
        "waits": "select count(*) from queue_log where how = 'answered'",
        "transfers": "select count(*) from transfer where json_extract(cast(row as text), '$.outcome') = 'completed'",
    }
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return {name: connection.execute(sql).fetchone()[0] for name, sql in asked.items()}


def ended_otherwise(database: Path) -> list[str]:
    """Transfers in the store that were not completed: how they ended, how many, and when they were pressed (seconds since 1970)."""
    words = "coalesce(json_extract(cast(row as text), '$.outcome'), 'open') || ' ' || json_extract(cast(row as text), '$.reason')"
    sql = f"select {words} as how, count(*), min(pressed_at), max(pressed_at) from transfer where how not like 'completed %' group by how"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(sql).fetchall()
    return [
        f"{count} transfers {how.strip()}, pressed from {first:.1f} to {last:.1f}" for how, count, first, last in rows
    ]


async def run(wish: Play, drift_check_s: float | None = None, wrap: list[str] | None = None) -> Result:
    """One load. ``drift_check_s`` is the site's default where none is said; ``wrap`` goes before the gateway's ``-m``: a profiler's
    words."""
    result = Result(wish)
    whole = replace(wish, seconds=RISE_S + wish.seconds + 5)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="onekey-seats-", dir=FOLDER) as name:
        speaker = await _start("bench.seats_transfer", json.dumps(asdict(whole)), 0)
        gateway: Process | None = None
        try:
            config = site(Path(name), json.loads(await _line(speaker, ask=False)), drift_check_s)
            gateway = await _start("bench.seats_gateway", str(config), 1, wrap)
            await _line(gateway, ask=False)
            assert speaker.stdin is not None
            speaker.stdin.write(b"\n")
            await asyncio.sleep(RISE_S)
            await _line(gateway)
            for number in range(PARTS):
                await asyncio.sleep(wish.seconds / PARTS)
                result.parts.append(part := json.loads(await _line(gateway)))
                p50, p99 = (quantile_ms([part["lags"]], q) for q in (0.5, 0.99))
                print(
                    f"  {number + 1:>2}/{PARTS}  {part['events'] / part['seconds']:8.0f} events/s  "
                    f"CPU {100 * part['cpu_s'] / part['seconds']:5.1f} %  lag p50 {p50:7.1f} p99 {p99:7.1f} ms  "
                    f"{part['rss_mb']:6.1f} MB  backlog {part['backlog']:>5}  collector {part['gc_ms_max']:5.1f} ms", flush=True,
                )  # fmt: skip
            result.played = json.loads(await _line(speaker, ask=False))
            await asyncio.sleep(WRAP_UP_S + 1)
            result.last = json.loads(await _line(gateway))
        finally:
            if gateway is not None:
                await _end(gateway)
            await _end(speaker)
        result.stored = stored(Path(name) / "onekey.db")
        result.ended_otherwise = ended_otherwise(Path(name) / "onekey.db")
    return result


def entries(asked: Result, kept: Result | None, tried: list[str]) -> dict[str, Any]:
    """The report's entries: ``asked`` is the load of the aim, ``kept`` the highest that was sustained, None where none was."""
    wish, parts = asked.wish, asked.parts
    cpu_s, seconds, events = (asked.total(name) for name in ("cpu_s", "seconds", "events"))
    what = f"{wish.seats} seats and {wish.calls_per_s:g} calls/s for {wish.seconds:g} s, {wish.transferred:.0%} transferred"
    p99s = [quantile_ms([part["lags"]], 0.99) for part in parts]
    rss = [part["rss_mb"] for part in parts]
    load = f"load of the machine at the end {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
    lag = (
        f"{what}: an event's writing to the end of its turn; median {asked.lag_ms(0.5):.1f}, max {asked.lag_ms(1.0):.1f}; "
        f"p99 by tenth: {_short(p99s)}; {load}"
    )
    cpu = (
        f"CPU of the gateway's process, all threads, {100 * cpu_s / seconds:.0f} % of one core ({100 * asked.total('reader_cpu_s') / seconds:.0f} % "
        f"reads and decides, the rest writes); collector at most {max(part['gc_ms_max'] for part in parts):.0f} ms; faults: {asked.faults or 'none'}"
    )
    press = f"from a press, as it is written, to the request to ring, as it is read; median {asked.played['press_ms_p50']:.1f}, max {asked.played['press_ms_max']:.1f}"
    sustained = f"whole gateway on one core, SQLite, no reader of the live feed, {asked.last['checks']} checks for drift (longest turn {asked.last['check_ms_max']:.0f} ms); tried: {'; '.join(tried)}"
    found = {
        "seats_sustained": (kept.wish.seats if kept else 0, "", ">= 10000", sustained),
        "calls_per_s_sustained": (kept.wish.calls_per_s if kept else 0.0, "1/s", ">= 500", sustained),
        "lag_ms_p99": (asked.lag_ms(0.99), "ms", "<= 50", lag),
        "lag_ms_p99_growth": (asked.per_minute(p99s), "ms/min", "none", f"slope over the tenths of {what}"),
        "events_per_s": (events / seconds, "1/s", "", f"AMI events, {what}"),
        "us_per_event": (1e6 * cpu_s / events, "µs", "", cpu),
        "seats_press_ms_p99": (asked.played["press_ms_p99"], "ms", "", f"{asked.played.get('transfers', 0)} presses under {what}: {press}"),
        "seats_rss_mb_growth": (rss[-1] - rss[0], "MB", "flat", f"resident memory at the end of each tenth of {what}: {_short(rss)}"),
    }  # fmt: skip
    return {
        name: {"value": round(value, 3), "unit": unit, "aim": aim, "runs": 1, "note": note}
        for name, (value, unit, aim, note) in found.items()
    }


def _short(values: list[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in values)


def measure(wish: Play, drift_check_s: float | None = None) -> dict[str, Any]:
    """The load that is asked for; where it is not sustained, lower ones until one is."""
    tried: list[str] = []
    asked: Result | None = None
    now = wish
    while True:
        size = f"{now.seats} seats, {now.calls_per_s:g} calls/s, {now.seconds:g} s"
        print(f"{now.seats} 坐席，每秒 {now.calls_per_s:g} 个呼叫，{now.seconds:g} 秒 / {size}", flush=True)
        result = asyncio.run(run(now, drift_check_s))
        asked = asked or result
        verdict = "sustained" if result.sustained else "not sustained"
        tried.append(
            f"{now.calls_per_s:g}/s for {now.seconds:g} s {verdict}, lag p99 {result.lag_ms(0.99):.1f} ms"
            + (f", {'; '.join(result.faults)}" if result.faults else "")
        )
        print(f"  {tried[-1]}", flush=True)
        if result.sustained or now.calls_per_s <= STEP_PER_S:
            return entries(asked, result if result.sustained else None, tried)
        now = replace(now, calls_per_s=now.calls_per_s - STEP_PER_S, seconds=min(now.seconds, TRIES_S))


def main() -> int:
    """Measure, and write the figures beside those that are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--calls", type=float, default=CALLS_AIM)
    parser.add_argument("--seats", type=int, default=SEATS_AIM)
    parser.add_argument("--transferred", type=float, default=0.01, help="share of the calls that are transferred")
    parser.add_argument(
        "--drift-check", type=float, help="seconds between two looks at both switchboards; default: as a site"
    )
    said = parser.parse_args()
    keep(measure(Play(said.seats, said.calls, said.seconds, said.transferred), said.drift_check))
    return 0


if __name__ == "__main__":
    sys.exit(main())
