"""What is observed of a stage for the checker: AMI events, received audio, the gateway's words and log, CEL, and what is left."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from simulators.checker import presses, unheard
from simulators.ear import Ear
from simulators.history import Event, History, Silence, Talk, instant
from simulators.listening import amplitude, silences
from simulators.onekey import eventually, onekey
from simulators.persons import SEATS, quiet
from simulators.seat_records import joined
from simulators.stage import AsteriskStage
from simulators.stored import transfers
from simulators.story_rules import RING_S

KEPT = {
    "UserEvent",
    "Hangup",
    "BridgeEnter",
    "BridgeLeave",
    "Newchannel",
    "Newstate",
    "BlindTransfer",
    "AttendedTransfer",
}
RINGBACK_HZ = 450
GRACE_S = 10.0
OUTCOME_S = 2 * RING_S + GRACE_S + 8.0 + 12.0
"""Until every press has its outcome: its ring time, the gateway's grace, the look for what was kept (30 s after a snapshot), and a slow machine."""
QUIET_S = 20.0
DESCRIPTORS_MORE = 2
"""A client that is just closing may hold one; a leak goes on growing."""
LONG_MS = 1500.0


class Observer:
    """Watches one stage."""

    def __init__(self, stage: AsteriskStage) -> None:
        self.stage = stage
        self.unheard = 0
        boards = stage.lab["switchboards"]
        self._ears = {side: Ear(side, board["ami"], self._heard) for side, board in boards.items()}
        self._history: History | None = None
        self._log_at = 0
        self._descriptors: dict[int, int] = {}

    async def start(self) -> None:
        """Listen to both switchboards."""
        for ear in self._ears.values():
            await ear.start()

    async def stop(self) -> None:
        """Let go."""
        for ear in self._ears.values():
            await ear.stop()

    def _heard(self, event: Event) -> None:
        if self._history is not None and event.name in KEPT:
            self._history.events.append(event)

    def begin(self, history: History) -> None:
        """What comes from now on belongs to this transfer."""
        self._history = history

    # --- the caller's ear -----------------------------------------------------------------------------------------------

    def listen(self, history: History, caller: Any, epoch: float) -> None:
        """The long silences of the caller's call."""
        answered = caller.diary.find("answered", after=history.since - epoch)
        ended = caller.diary.find("hung_up", "hanging_up", "died", after=answered.at if answered else 0.0)
        if answered is None:
            return
        heard, until = caller.heard(), (ended.at if ended else time.monotonic()) - 0.1
        until = min([until, *(at - epoch for side, at in history.deaths if side == history.home)])
        for at, ms in silences(heard, answered.at, until, LONG_MS):
            before = [samples for _, samples in heard.between(at - 0.2, at - 0.01)]
            ringback = len(before) > 2 and amplitude(np.concatenate(before), RINGBACK_HZ) > 200
            packets = len(heard.between(at + 0.02, at + ms / 1000 - 0.02))
            history.silences.append(Silence(epoch + at, ms, ringback, packets))

    # --- afterwards -----------------------------------------------------------------------------------------------------

    async def end(self, history: History, *, crashed: bool) -> None:
        """Hang up every phone, see that everything is up, and gather what the gateway says and what is left.

        ``crashed``: a phone's program has ended by itself, perhaps with its call on hold, which Asterisk keeps for minutes.
        """
        await self.stage.clear()
        if crashed:
            for side in self._ears:
                await asyncio.to_thread(self.stage.console, side, "channel request hangup all")
        if not self.stage.gateway_lives:
            await self.stage.gateway_up()
        await eventually(self.stage.is_ready, "the gateway is attached", 40)
        for ear in self._ears.values():
            await asyncio.wait_for(ear.listening.wait(), 20)
        await self._network_hangs_up(history)
        await self._outcomes(history)
        await self._terms(history)
        history.left += await quiet(self.stage, self._left, QUIET_S)
        history.ended = time.time()
        history.log += self._log()
        self.unheard = sum(
            unheard(history, id_, at) and id_ not in {t["id"] for t in history.transfers}
            for id_, at in presses(history).items()
        )
        self._history = None

    async def _network_hangs_up(self, history: History) -> None:
        """A caller whose phone died without a goodbye: in the end his exchange says it for him. Callers have no RTP time-out."""
        if not any(line.who == history.caller and line.word == "died" for line in history.lines):
            return
        ear = self._ears[history.home]
        for item in await ear.ask("CoreShowChannels") or []:
            if item.get("Channel", "").startswith(f"PJSIP/{history.caller}-"):
                await ear.tell("Hangup", Channel=item["Channel"], Cause="16")

    async def _outcomes(self, history: History) -> None:
        async def done() -> bool:
            items = (await self.stage.get("/v1/transfers?limit=30"))["items"]
            wanted = set(presses(history)) | set(history.started)
            mine = [t for t in items if t["id"] in wanted or instant(t["pressed_at"]) >= history.began]
            history.transfers = mine
            known = {t["id"] for t in mine}
            missing = [
                id_ for id_, at in presses(history).items() if id_ not in known and not unheard(history, id_, at)
            ]
            return not missing and all(t["outcome"] for t in mine)

        await quiet(self.stage, lambda: _as_list(done), OUTCOME_S)

    async def _terms(self, history: History) -> None:
        """By which terms each was carried out: the API does not show them."""
        since = datetime.fromtimestamp(history.began, UTC).isoformat()
        rows = {row["id"]: row for row in await asyncio.to_thread(transfers, self.stage, since)}
        for transfer in history.transfers:
            transfer["terms"] = rows[transfer["id"]]["terms"] if transfer["id"] in rows else None

    async def _left(self) -> list[str]:
        left = []
        for side, ear in self._ears.items():
            channels, bridges = await ear.ask("CoreShowChannels"), await ear.ask("BridgeList")
            if channels is None or bridges is None:
                left.append(f"{side} does not answer")
            left += [f"channel {item['Channel']} on {side}" for item in channels or [] if "Channel" in item]
            left += [f"bridge {item['BridgeUniqueid']} on {side}" for item in bridges or [] if "BridgeUniqueid" in item]
        calls, transfers = await asyncio.gather(self.stage.get("/v1/calls"), self.stage.get("/v1/transfers?limit=30"))
        left += [f"the gateway's call {call.get('id')}" for call in calls["items"]]
        left += [f"the running transfer {t['id']}" for t in transfers["items"] if not t["outcome"]]
        pid = self.stage.gateway_pid
        now = len(os.listdir(f"/proc/{pid}/fd"))
        if not left:
            allowed = self._descriptors.setdefault(pid, now) + DESCRIPTORS_MORE
            left += [f"{now} descriptors of the gateway, {allowed} are allowed"] if now > allowed else []
        if left:
            await asyncio.sleep(0.1)
        return left

    def _log(self) -> list[str]:
        """Lines that must not be: a turn that failed, a traceback."""
        path, bad = self.stage.folder / "gateway.log", list[str]()
        if not path.exists():
            return bad
        with path.open("rb") as file:
            file.seek(self._log_at)
            for raw in file:
                text = raw.decode("utf-8", "replace").strip()
                if "turn_failed" in text or "Traceback" in text or '"level": "critical"' in text:
                    bad.append(text[:600])
            self._log_at = file.tell()
        return bad

    # --- seats ----------------------------------------------------------------------------------------------------------

    async def talk(self, histories: list[History]) -> list[History]:
        """Fill in each history's ``talk``, from the gateway's report and from CEL. Returns those that have any."""
        watched = [history for history in histories if history.watched]
        if not watched:
            return []
        words = ["report", "seats", "--lab", self.stage.name, "--json", "--detail"]
        report = json.loads(await asyncio.to_thread(onekey, *words))
        cel = {
            side: occupied(self.cel(side), seat_channels(watched, side), seat_channels(watched, side, dials=True))
            for side in SEATS
        }
        for history in watched:
            for seat in report:
                side, name = seat["switchboard"], seat["seat"]
                pieces = [
                    (piece["since"], piece["until"])
                    for piece in seat["intervals"]
                    if str(piece["state"]).startswith("on_call")
                ]
                logged = _within(pieces, history.began, history.ended)
                recorded = _within(cel[side].get(name, []), history.began, history.ended)
                if logged or recorded:
                    history.talk.append(Talk(side, name, logged, recorded))
        return watched

    def cel(self, side: str) -> list[list[str]]:
        """The rows of a switchboard's CEL file."""
        path = Path(self.stage.lab["dir"]) / side / "log/cel-custom/Master.csv"
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            return list(csv.reader(file))


def seat_channels(histories: list[History], side: str, *, dials: bool = False) -> dict[str, str]:
    """The seats' channels on one switchboard, by unique id; with ``dials`` those alone on which the seat itself calls."""
    found: dict[str, str] = {}
    for history in histories:
        for event in history.events:
            seat = re.match(r"PJSIP/(\d{4})-", event.data.get("Channel", ""))
            calls = event.data.get("ChannelStateDesc") == "Ring" or not dials
            if event.side == side and event.name == "Newchannel" and seat is not None and calls:
                found[event.data["Uniqueid"]] = seat[1]
    return found


async def _as_list(done: Any) -> list[str]:
    return [] if await done() else ["not yet"]


def occupied(
    rows: list[list[str]], seats: dict[str, str], dialling: dict[str, str]
) -> dict[str, list[tuple[float, float]]]:
    """When each seat was in a bridge or dialled, which occupies it like talking, from CEL rows (event, instant, name, uniqueid, …).

    ``seats``: whose channel an id is; ``dialling``: those on which the seat itself calls.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    since: dict[str, float] = {}
    for row in rows:
        uid = row[3] if len(row) > 3 else ""
        if uid not in seats:
            continue
        kind, at = row[0], float(row[1])
        if kind == "BRIDGE_ENTER" or (kind == "CHAN_START" and uid in dialling):
            since.setdefault(uid, at)
        elif kind in ("BRIDGE_EXIT", "HANGUP") and uid in since:
            found.setdefault(seats[uid], []).append((since.pop(uid), at))
    return {seat: joined(spans) for seat, spans in found.items()}


def _within(pieces: list[tuple[float, float]], since: float, until: float) -> float:
    return sum(max(0.0, min(end, until) - max(begin, since)) for begin, end in pieces)
