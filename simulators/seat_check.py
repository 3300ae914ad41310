"""The log of seats checked against Asterisk: random calls with transfers through real queues, nothing broken, then compared.

``python -m simulators.seat_check --n 300 --seed 1``: the people and labs of the campaign, and between its transfers plain calls
that are answered or abandoned. ``build/check-seats/report.json`` has the figures; the exit code is 1 where anything differs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from simulators.beside import SETUP_S
from simulators.campaign import STAGES, Campaign, alone, reported
from simulators.history import History
from simulators.observed import Observer, seat_channels
from simulators.onekey import onekey
from simulators.persons import CALLERS, SEATS
from simulators.phone import PhoneError
from simulators.plans import RULES, Plan
from simulators.seat_records import RULES as EXPLANATIONS
from simulators.seat_records import Span, Wait, compare, queue_log
from simulators.stage import AsteriskStage

PLAIN_SHARE = 0.3
"""Calls without a transfer: a queue's ordinary day, with callers who give up."""
KINDS = {"answered": 0.5, "abandoned": 0.35, "nobody": 0.15}
FOLDER = Path("build/check-seats")


@dataclass
class SeatCheck(Campaign):
    """A campaign without faults that is judged by its records."""

    differences: list[str] = field(default_factory=list)
    explained: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    boards: dict[str, Any] = field(default_factory=dict)
    plain: Counter[str] = field(default_factory=Counter)
    not_played: list[str] = field(default_factory=list)
    drift: int = 0
    checked_after: int = 0
    """Calls after which both switchboards had been checked for drift."""

    def _stage(self, name: str) -> AsteriskStage:
        limits = "drift_check_s = 2\nping_s = 2"
        return AsteriskStage(name, self.folder / name, rules=RULES["answer"], proxied=True, limits=limits)

    async def _one(self, stage: AsteriskStage, observer: Observer, plan: Plan) -> History:
        dice = random.Random(f"plain {self.seed}/{plan.number}")
        if dice.random() < PLAIN_SHARE:
            history = await self._plain(stage, observer, plan, dice)
        else:
            history = await super()._one(stage, observer, plan)
        boards = (await stage.get("/v1/switchboards"))["items"]
        self.checked_after += all(board["checked_at"] for board in boards)
        drift = sum(board["seats_drift"] for board in boards)
        if drift:
            self.drift += drift
            self.differences.append(f"{plan.number}: checks have found {drift} seats that contradict {stage.name}")
        return history

    async def _plain(self, stage: AsteriskStage, observer: Observer, plan: Plan, dice: random.Random) -> History:
        """One call without a transfer."""
        kind = dice.choices(list(KINDS), list(KINDS.values()))[0]
        self.plain[kind] += 1
        history = History(plan.number, plan.home, CALLERS[plan.home], began=time.time())
        observer.begin(history)
        try:
            caller = await stage.phone(plan.home, CALLERS[plan.home])
            seat = await stage.phone(plan.home, SEATS[plan.home][0]) if kind != "nobody" else None
            await caller.call(plan.home)
            if kind == "answered":
                assert seat is not None
                await seat.wait_ring(within_s=SETUP_S)
                await asyncio.sleep(dice.uniform(0.1, 4.0))
                await seat.answer()
                await caller.diary.wait("answered", within_s=SETUP_S)
                await asyncio.sleep(dice.uniform(0.3, 5.0))
                await (seat if dice.random() < 0.5 else caller).hang_up()
            else:
                await asyncio.sleep(dice.uniform(0.5, 7.0))
                await caller.hang_up()
        except PhoneError as why:
            history.left.append(str(why))
        await observer.end(history, crashed=False)
        return history

    # --- judging --------------------------------------------------------------------------------------------------------

    def _judge(self, plan: Plan, history: History) -> None:
        self.played.append(plan)
        self.outcomes.update(t.get("outcome") or "none" for t in history.transfers)
        self.not_played += [f"{plan.number}: {what}" for what in history.left]
        if len(self.played) % 10 == 0:
            print(f"{len(self.played):>5} / {len(self.numbers)}  {time.monotonic() - self._began:6.0f} s", flush=True)

    async def _judge_talk(self, observer: Observer, histories: list[History]) -> None:
        """A stage has played its last call: its records are compared."""
        stage = observer.stage
        moved = {t["call"] for t in await stage.transfers()}  # also of calls that were given up with a phone's program
        await stage.gateway_down()  # everything is written down
        words = ["report", "seats", "--lab", stage.name, "--json", "--detail"]
        seats = json.loads(await asyncio.to_thread(onekey, *words))
        for side in SEATS:
            for record in (
                log := Path(stage.lab["dir"]) / side / "log/queue_log",
                log.parent / "cel-custom/Master.csv",
            ):
                shutil.copy(record, stage.folder / f"{side}-{record.name}")  # to look into a difference
            verdict = compare(
                _talk(seats, side), _waits(stage, side), observer.cel(side),
                queue_log(log.read_text(encoding="utf-8").splitlines()), seat_channels(histories, side), moved,
                [row for other in SEATS if other != side for row in observer.cel(other)],
            )  # fmt: skip
            self.boards[f"{stage.name.rpartition('-')[2]}/{side}"] = asdict(verdict)
            for what in verdict.differences:
                print(f"  ✘ {stage.name} {side}: {what}", flush=True)
                self.differences.append(f"{stage.name} {side}: {what}")
            for rule, what in verdict.explained:
                self.explained[rule] += 1
                self.examples.setdefault(rule, what)

    def report(self) -> dict[str, Any]:
        """What ``report.json`` holds."""
        seats = [seat for board in self.boards.values() for seat in board["seats"].values()]
        queues = [queue for board in self.boards.values() for queue in board["queues"].values()]

        def total(of: list[dict[str, float]], name: str) -> float:
            return round(sum(one.get(name, 0.0) for one in of), 3)

        figures = {
            name: total(seats, name) for name in ("talk_s", "cel_s", "stretches", "answers", "queue_log_answers")
        }
        for name in ("waits", "abandoned", "answered_wait_s", "abandoned_wait_s"):
            figures |= {name: total(queues, name), f"queue_log_{name}": total(queues, f"queue_log_{name}")}
        return {
            "seed": self.seed,
            "calls": len(self.played),
            "plain": dict(self.plain),
            "seconds": round(time.monotonic() - self._began, 1),
            "outcomes": dict(self.outcomes),
            "seats": len(seats),
            **figures,
            "seat_apart_s_max": round(
                max((abs(s.get("talk_s", 0) - s.get("cel_s", 0)) for s in seats), default=0.0), 3
            ),
            "stretch_apart_s_max": max((s.get("stretch_apart_s_max", 0.0) for s in seats), default=0.0),
            "drift": self.drift,
            "checked_for_drift_after": self.checked_after,
            "void_because_a_phone_program_crashed": self.void,
            "explained": {
                rule: {"times": n, "why": EXPLANATIONS[rule], "example": self.examples[rule]}
                for rule, n in self.explained.items()
            },
            "differences": self.differences,
            "not_played": self.not_played,
            "boards": self.boards,
        }


def _talk(seats: list[dict[str, Any]], side: str) -> dict[str, list[Span]]:
    """When the gateway says that each seat was in a call."""
    return {
        seat["seat"]: [
            (piece["since"], piece["until"]) for piece in seat["intervals"] if piece["state"].startswith("on_call")
        ]
        for seat in seats
        if seat["switchboard"] == side
    }


def _waits(stage: AsteriskStage, side: str) -> list[Wait]:
    """The gateway's waits, from the table that ``docs/reports.md`` describes."""
    ask = "select queue, call, joined_at, how, seat, left_at from queue_log where switchboard = ?"
    with closing(sqlite3.connect(Path(stage.lab["dir"]) / "onekey.db")) as store:
        rows = store.execute(ask, (side,)).fetchall()
    return [
        Wait(queue, call, joined_at, how, seat or "", max(0.0, left_at - joined_at), None, left_at)
        for queue, call, joined_at, how, seat, left_at in rows
    ]


async def main(argv: list[str]) -> int:
    """Play, compare, report. 1 where anything differs or nothing was played."""
    parser = argparse.ArgumentParser(
        prog="check-seats", description="坐席日志与 Asterisk 记录核对 / seats against Asterisk"
    )
    parser.add_argument("--n", type=int, default=300, help="通话数 / calls")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stages", type=int, default=STAGES, help="并行的实验环境 / labs side by side")
    words = parser.parse_args(argv)
    check = SeatCheck(words.seed, range(1, words.n + 1), FOLDER.resolve(), fault_share=0.0, stages=words.stages)
    check.triggers = ("key", "refer", "http")
    report, path = await reported(check, without="boards")
    print(f"{report['calls']} 次通话 / calls, {len(report['differences'])} 处差异 / differences → {path}")
    return int(bool(report["differences"]) or not report["stretches"] or not check.checked_after)


if __name__ == "__main__":
    alone(main, "seats")
