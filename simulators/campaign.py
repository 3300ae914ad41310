"""The campaign: many random transfers on real Asterisk, with people as people are and things that break, and a checker over it.

``python -m simulators.campaign --n 100 --seed 1``. Every random decision comes from the seed: ``--only K`` plays transfer K again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from simulators.checker import check, long_silences
from simulators.history import History
from simulators.observed import Observer
from simulators.persons import NotPlayed, PhoneCrashed, Scene
from simulators.phone import PhoneError
from simulators.plans import FAULTS, RULES, TRIGGERS, Plan, draw
from simulators.right import by_plan, corrected
from simulators.stage import AsteriskStage
from simulators.story_rules import RING_S

STAGES = 4
"""Labs side by side: most of a transfer is waiting for people."""
TRANSFER_S_MAX = 150.0
FOLDER = Path("build/campaign")


@dataclass
class Campaign:
    """What is to be played, and what has come of it."""

    seed: int
    numbers: Sequence[int]
    folder: Path
    triggers: Sequence[str] = ("key", "refer")
    fault_share: float = 0.5
    faults: Sequence[str] = tuple(FAULTS)
    stages: int = STAGES
    violations: list[dict[str, Any]] = field(default_factory=list)
    played: list[Plan] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    unheard: int = 0
    void: int = 0
    pressed: int = 0
    corrected: int = 0
    """Presses by a plan, and those of which something else was rung than the plan said."""
    calm: int = 0
    calm_corrected: int = 0
    """Of those, in transfers in which nothing was broken, and nobody's facts moved."""
    exercised: Counter[str] = field(default_factory=Counter)
    silence_ms: dict[str, float] = field(default_factory=dict)
    """The longest silence of a caller: after a death, in a ringing tone, otherwise."""
    _todo: list[Plan] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    # --- the run --------------------------------------------------------------------------------------------------------

    async def run(self) -> dict[str, Any]:
        """Play everything and return the report. Nothing is left running, however it ends."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        names = [f"c{os.getpid()}-{number}" for number in range(1, min(self.stages, len(self.numbers)) + 1)]
        stages = [self._stage(name) for name in names]
        try:
            async with asyncio.TaskGroup() as group:
                for stage in stages:
                    group.create_task(stage.up())
            await self._draw(stages[0])
            async with asyncio.TaskGroup() as group:
                for stage in stages:
                    group.create_task(self._work(stage), name=stage.name)
        finally:
            await asyncio.gather(*(stage.down() for stage in stages), return_exceptions=True)
        return self.report()

    def _stage(self, name: str) -> AsteriskStage:
        return AsteriskStage(name, self.folder / name, rules=RULES["answer"], proxied=True)

    async def _draw(self, stage: AsteriskStage) -> None:
        """The plans. A trigger that this gateway does not have is left out."""
        status, _ = await stage.ask("POST", "/v1/transfers", {})
        if status in (0, 404, 405, 501):
            self.triggers = [trigger for trigger in self.triggers if trigger != "http"]
        self._todo = [
            draw(self.seed, number, triggers=self.triggers, fault_share=self.fault_share, faults=self.faults)
            for number in self.numbers
        ]

    async def _work(self, stage: AsteriskStage) -> None:
        """One stage plays plans until none is left; it keeps to one kind of rules for as long as it can."""
        observer = Observer(stage)
        rules, histories = "answer", list[History]()
        await observer.start()
        try:
            while self._todo:
                plan = next((plan for plan in self._todo if plan.rules == rules), self._todo[0])
                self._todo.remove(plan)
                if plan.rules != rules:
                    rules = plan.rules
                    await _load(stage, rules)
                history = await self._one(stage, observer, plan)
                histories.append(history)
                self._judge(plan, history)
            await self._judge_talk(observer, histories)
        finally:
            await observer.stop()

    async def _one(self, stage: AsteriskStage, observer: Observer, plan: Plan) -> History:
        history = History(
            plan.number,
            plan.home,
            "",
            several=plan.mode == "ladder",
            must_accept=plan.mode == "accept",
            watched=not any(fault.name.startswith(("gateway", "link", "far", "trunk")) for fault in plan.faults),
            began=time.time(),
        )
        observer.begin(history)
        scene, void = Scene(plan, stage, history, self.seed), False
        try:
            await asyncio.wait_for(scene.play(), TRANSFER_S_MAX)
        except PhoneCrashed:
            void = True
        except NotPlayed as why:
            history.left.append(f"the call before the press did not come about: {why}")
        except TimeoutError:
            history.left.append(f"the campaign's own people were not done within {TRANSFER_S_MAX:g} s")
        except PhoneError as why:
            history.left.append(f"not whole again: {why}")
        except Exception as why:  # a fault of the campaign's own: it is shown, and the others are played
            history.left.append("".join(traceback.format_exception(why))[-1500:])
        caller = scene.phones.get("caller")
        if caller is not None:
            observer.listen(history, caller, scene.epoch)
        await observer.end(history, crashed=void)
        for role in scene.dead:
            with contextlib.suppress(PhoneError):
                await stage.unregister(scene.phones[role].account)
        self.unheard += observer.unheard
        self.void += void
        self.exercised.update(
            event.data.get("UserEvent", "") + (f" by {event.data['By']}" if event.data.get("By") else "")
            for event in history.events
            if event.name == "UserEvent"
        )
        return History(plan.number, plan.home, "", left=history.left) if void else history

    # --- judging --------------------------------------------------------------------------------------------------------

    def _judge(self, plan: Plan, history: History) -> None:
        self.played.append(plan)
        self.outcomes.update(t.get("outcome") or "none" for t in history.transfers)
        self.pressed += len(by_plan(history))
        self.corrected += corrected(history)
        if not plan.faults:
            self.calm += len(by_plan(history))
            self.calm_corrected += corrected(history)
        for _, ms, kind in long_silences(history):
            self.silence_ms[kind] = max(self.silence_ms.get(kind, 0.0), round(ms))
        self._note(plan, history, [(v.rule, v.what) for v in check(history)])
        if len(self.played) % 10 == 0:
            spent = time.monotonic() - self._began
            print(
                f"{len(self.played):>5} / {len(self.numbers)}  {spent:6.0f} s  违例 violations {len(self.violations)}",
                flush=True,
            )

    async def _judge_talk(self, observer: Observer, histories: list[History]) -> None:
        plans = {plan.number: plan for plan in self.played}
        for history in await observer.talk(histories):
            found = [(v.rule, v.what) for v in check(history) if v.rule == "talk_agrees"]
            self._note(plans[history.number], history, found)

    def _note(self, plan: Plan, history: History, found: list[tuple[str, str]]) -> None:
        for rule, what in found:
            print(f"  ✘ {self.seed}/{plan.number} {rule}: {what}", flush=True)
            self.violations.append(
                {
                    "seed": self.seed,
                    "number": plan.number,
                    "rule": rule,
                    "what": what,
                    "plan": asdict(plan),
                    "ladder": history.ladder(),
                }
            )
        if found:
            lines = [
                json.dumps(asdict(plan), ensure_ascii=False, indent=1),
                *(f"✘ {rule}: {what}" for rule, what in found),
            ]
            lines += [f"{rung['ms']:>8} ms  {rung['who']:<16} {rung['what']}" for rung in history.ladder()]
            lines += [
                f"{1000 * (silence.at - history.began):>8.0f} ms  silence {silence}" for silence in history.silences
            ]
            (self.folder / f"{plan.number}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def report(self) -> dict[str, Any]:
        """What ``report.json`` holds."""
        return {
            "seed": self.seed,
            "transfers": len(self.played),
            "seconds": round(time.monotonic() - self._began, 1),
            "faults": dict(Counter(fault.name for plan in self.played for fault in plan.faults)),
            "transfers_with_faults": sum(bool(plan.faults) for plan in self.played),
            "by_trigger": dict(Counter(plan.trigger for plan in self.played)),
            "by_mode": dict(Counter(plan.mode for plan in self.played)),
            "by_direction": dict(Counter(plan.direction for plan in self.played)),
            "outcomes": dict(self.outcomes),
            "dialplan_events": dict(sorted(self.exercised.items())),
            "caller_silence_ms_max": self.silence_ms,
            "presses_by_a_plan": self.pressed,
            "presses_corrected": self.corrected,
            "presses_without_faults": self.calm,
            "presses_without_faults_corrected": self.calm_corrected,
            "presses_nobody_could_hear": self.unheard,
            "void_because_a_phone_program_crashed": self.void,
            "violations": self.violations,
        }


async def _load(stage: AsteriskStage, rules: str) -> None:
    """Other rules for this stage: the gateway is stopped as an administrator stops it, and started again."""
    await stage.gateway_down()
    (stage.folder / "transfer_rules.yaml").write_text(RULES[rules].replace("RING_S", str(RING_S)), encoding="utf-8")
    await stage.gateway_up()


def _words(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="campaign", description="随机转接与故障 / random transfers and faults")
    parser.add_argument("--n", type=int, default=100, help="转接次数 / transfers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, action="append", help="只重放这一个 / play this one alone")
    parser.add_argument("--stages", type=int, default=STAGES, help="并行的实验环境 / labs side by side")
    parser.add_argument("--fault-share", type=float, default=0.5)
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--triggers", default=",".join(TRIGGERS))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    return parser.parse_args(argv)


async def main(argv: list[str]) -> int:
    """Run a campaign. Returns 1 if anything was violated."""
    words = _words(argv)
    numbers = words.only or range(1, words.n + 1)
    campaign = Campaign(
        words.seed,
        list(numbers),
        words.folder.resolve(),
        triggers=words.triggers.split(","),
        fault_share=words.fault_share,
        faults=words.faults.split(","),
        stages=words.stages,
    )
    report, path = await reported(campaign, without="violations")
    print(f"{report['transfers']} 次转接 / transfers, {len(report['violations'])} 个违例 / violations → {path}")
    return int(bool(report["violations"]))


async def reported(campaign: Campaign, *, without: str) -> tuple[dict[str, Any], Path]:
    """Run it to its end, or until SIGTERM, which ends it in good order. Returns its report and where that is; all of it but one part is
    printed."""
    own = asyncio.current_task()
    assert own is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, own.cancel)
    report = await campaign.run()
    path = campaign.folder / "report.json"
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    print(json.dumps({k: v for k, v in report.items() if k != without}, ensure_ascii=False, indent=1))
    return report, path


def alone(program: Callable[[list[str]], Coroutine[Any, Any, int]], name: str) -> NoReturn:
    """Run a program that has labs of its own, in a folder that goes with them, and exit with its code."""
    os.environ.setdefault("ONEKEY_RUN", f"/tmp/onekey-{name}-{os.getpid()}")  # noqa: S108  a socket's path is short
    try:
        code = asyncio.run(program(sys.argv[1:]))
    finally:
        run = Path(os.environ["ONEKEY_RUN"])
        if run.exists() and not any(run.iterdir()):
            run.rmdir()
    raise SystemExit(code)


if __name__ == "__main__":
    alone(main, "campaign")
