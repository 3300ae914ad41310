"""What the dialplan means for callers: who waits, who is alone, who dials whom. Keys and legs are in ``legs``.

One function for each context of ``dialplan/``, under its name. ``SHARED`` variables are ``Channel.shared``; those that are instants
are ``Channel.marks``. Where the dialplan takes Asterisk's lock, a function here has no ``await``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulators.toy.channels import UP, Channel
from simulators.toy.switchboard import Switchboard

if TYPE_CHECKING:
    from simulators.toy.legs import LegPlan
    from simulators.toy.presses import PressPlan
    from simulators.toy.trunk import TrunkPlan

LEG = re.compile(r"[0-9A-Za-z.-]*")
UUI = re.compile(r"[0-9A-Za-z._=%;-]*")
PROMPT_S = 0.9
EIDO = re.compile(r"<(https?://[0-9A-Za-z._~:/?=-]{1,250})>;purpose=emergency-eido")
NEVER = -1e9
"""An instant that is longer ago than anything."""


def send_eido(channel: Channel, caller: Channel | None) -> None:
    """``Call-Info``: where the caller's record is read, if a gateway has said so."""
    if caller is not None and (url := caller.get("ONEKEY_EIDO")):
        channel.sent["Call-Info"] = f"<{url}>;purpose=emergency-eido"


@dataclass(frozen=True, slots=True)
class Globals:
    """The dialplan's globals. Spans in seconds; ``drop_s`` and ``unread_s`` as on the stage of the stories."""

    follow_s: float = 0.5
    plan_old_s: float = 60.0
    ring_s: float = 5.0
    drop_s: float = 0.0
    unread_s: float = 1.0
    return_s: float = 15.0


class HomePlan:
    """The dialplan of one switchboard as callers and seats meet it. ``legs`` and ``trunk`` are its other parts."""

    def __init__(self, board: Switchboard, settings: Globals, dials: dict[str, str]) -> None:
        self.board, self.settings = board, settings
        self.dials = dials
        self.trunk: TrunkPlan
        self.legs: LegPlan
        self.presses: PressPlan

    async def hotline(self, caller: Channel) -> None:
        """``onekey-from-pstn`` and ``onekey-hotline``."""
        caller.context = "onekey-hotline"
        self.board.user_event(caller, "OnekeyCaller", Channel=caller.name, Uniqueid=caller.uid, Queue=self.board.id)
        self.board.answer(caller)
        caller.set("ONEKEY_CALLER", caller.name, inherit=True)
        caller.set("ONEKEY_CALLER_ID", caller.uid, inherit=True)
        await self.waits(caller, 0)

    async def waits(self, caller: Channel, priority: int) -> None:
        """``onekey-hotline,queue``: the queue, then ``onekey-alone``, until the matter has ended."""
        while True:
            caller.context = "onekey-hotline"
            await self.board.pbx.queues[self.board.id].wait(caller, self.seat, priority=priority)
            if not await self.alone(caller):
                return
            priority = 20

    async def alone(self, caller: Channel) -> bool:
        """``onekey-alone``: True where the caller goes to the head of the queue, False where the channel has ended."""
        looks = over = 0
        while True:
            caller.context = "onekey-alone"
            what = self._look(caller, looks)
            if what == "finished":
                return await self._finished(caller)
            if what == "back":
                again = await self._back(caller)
                if again != "look":
                    return again == "queue"
                looks = 0
                continue
            if what == "ask" and await self.trunk.ask_home(caller, "joined"):
                caller.shared["ONEKEY_JOINED_HOME"] = "1"
            elif what == "ask":
                over = over + 1 if await self.trunk.ask_home(caller, "over") else 0
                if over == 2:
                    caller.shared["ONEKEY_PENDING"] = ""
            if what in ("park", "ask"):
                caller.set("ONEKEY_WAITED", "1")
            looks = 1 if what == "ask" else looks + 1
            await self._pause(caller, 0.05 if what == "settle" else 0.2)

    async def _pause(self, caller: Channel, span_s: float) -> None:
        """``Wait``. A caller who is taken into a bridge meanwhile (``Bridge``) goes on here when it has ended."""
        await self.board.until(lambda: caller.bridge, span_s)
        await self.board.out_of_bridge(caller)

    def _look(self, caller: Channel, looks: int) -> str:
        """One look: ``finished``, ``park``, ``ask`` (home), ``settle`` or ``back``."""
        shared, marks, now = caller.shared, caller.marks, self.board.loop_time
        far, limit_s = caller.get("ONEKEY_ORIGIN") != "", 4.0
        if far:
            limit_s = self.settings.ring_s + 5
        if shared.get("ONEKEY_JOINED_HOME") == "1":
            return "finished"
        if self.board.group_count(caller.uid):
            return "park"
        if shared.get("ONEKEY_PENDING") and now - marks.get("PENDING_AT", NEVER) <= limit_s:
            return "ask" if far and looks >= 5 else "park"
        leg = shared.get("ONEKEY_LEG", "")
        if leg == "joined" and looks < 40:
            return "settle"
        if now - marks.get("FAILED_AT", NEVER) <= self.settings.unread_s:
            return "back"
        seat_cause, gone_at = shared.get("ONEKEY_SEAT_CAUSE", ""), marks.get("GONE_AT", NEVER)
        if leg.startswith("gone") and now - gone_at <= 2.0:
            if not seat_cause and looks < 10:
                return "settle"
            if marks.get("SEAT_GONE_AT", NEVER) <= gone_at:
                return "finished" if leg[5:] == "16" else "back"
        if caller.get("ONEKEY_WAITED"):
            return "back"
        if not seat_cause and looks < 20:
            return "settle"
        if now - marks.get("SEAT_GONE_AT", NEVER) > 2.0:
            return "back"  # a seat that left long ago was not the last
        return "finished" if seat_cause == "16" else "back"

    async def _back(self, caller: Channel) -> str:
        """Nobody came: ``queue``, ``look`` (the seat that sent the caller has had him again), or ``ended``."""
        waited = caller.get("ONEKEY_WAITED")
        caller.set("ONEKEY_WAITED", "")
        caller.shared.update(ONEKEY_LEG="", ONEKEY_PENDING="", ONEKEY_SEAT_CAUSE="")
        caller.marks["FAILED_AT"] = NEVER
        if caller.get("ONEKEY_ORIGIN") and waited:
            self.board.hangup(caller, 27)
            return "ended"
        self.board.user_event(caller, "OnekeyBack", Channel=caller.name, Uniqueid=caller.uid)
        sender = caller.shared.pop("ONEKEY_RETURN", "")
        if sender:
            ring_s = self.settings.return_s
            status = await self.dial(caller, [f"PJSIP/{sender}"], ring_s, prepare=lambda leg: self.seat(leg, caller))
            if status == "ANSWER":
                return "look"
        return "queue"

    async def _finished(self, caller: Channel) -> bool:
        self.board.user_event(caller, "OnekeyFinished", Channel=caller.name, Uniqueid=caller.uid)
        if caller.get("ONEKEY_ORIGIN"):
            self.board.hangup(caller, 31)
            return False
        await self._pause(caller, 2.0)  # the busy tone
        self.board.hangup(caller, 16)
        return False

    def seat(self, channel: Channel, caller: Channel) -> None:
        """``onekey-seat`` on a seat's channel before its phone rings."""
        if uui := channel.get("ONEKEY_UUI"):
            channel.sent["User-to-User"] = uui
        send_eido(channel, channel)
        self.board.caller_of[channel.device] = channel.get("ONEKEY_CALLER")
        channel.handlers.append(lambda: self._seat_gone(channel))

    def _seat_gone(self, channel: Channel) -> None:
        caller = self.board.find(channel.get("ONEKEY_CALLER"))
        if channel.state == UP and caller is not None:
            caller.marks["SEAT_GONE_AT"] = self.board.loop_time
            caller.shared["ONEKEY_SEAT_CAUSE"] = str(channel.cause)

    async def dial(
        self, channel: Channel, dials: list[str], within_s: float, *, prepare: Callable[[Channel], None] | None = None
    ) -> str:
        """``Dial``: its DIALSTATUS. The first that answers talks with ``channel`` until the bridge ends."""
        board = self.board
        legs = [board.outgoing(dial, parent=channel) for dial in dials]
        for leg in legs:
            leg.own = False
            leg.connected, leg.connected_name = channel.number, channel.shown
            if prepare is not None:
                prepare(leg)

        def end() -> None:
            for leg in legs:
                if leg.bridge is None:
                    board.hangup(leg, 26)

        channel.cleanups.append(end)
        board.ring(channel)
        for leg in legs:
            board.invite(leg)

        def first() -> Channel | None:
            return next((leg for leg in legs if not leg.gone and leg.state == UP), None)

        await board.until(lambda: first() or channel.bridge or all(leg.gone for leg in legs), within_s)
        answered = first() if channel.bridge is None else None
        timed_out = answered is None and not all(leg.gone for leg in legs)
        for leg in legs:
            if leg is not answered:
                board.hangup(leg, 26)
        channel.cleanups.remove(end)
        if answered is not None:
            board.answer(channel)
            board.bridge(answered, channel)
        await board.out_of_bridge(channel)
        if answered is not None:
            return "ANSWER"
        return "NOANSWER" if timed_out else "BUSY" if any(leg.cause == 17 for leg in legs) else "CHANUNAVAIL"

    async def refer(self, channel: Channel, wanted: str, presser: str) -> None:
        """``onekey-refer`` on the channel whose peer's phone has let go."""
        channel.context, channel.exten = "onekey-refer", wanted
        if channel.get("ONEKEY_CALLER") != channel.name:
            self.board.hangup(channel, 16)
            return
        channel.set("ONEKEY_WAITED", "1")
        channel.shared["ONEKEY_SEAT_CAUSE"] = ""
        if not channel.get("ONEKEY_ORIGIN"):
            channel.shared["ONEKEY_RETURN"] = presser.partition("/")[2].rpartition("-")[0]
        if wanted in self.dials or channel.get("ONEKEY_ORIGIN"):
            self.presses.pressed(channel, wanted, "", presser, "")
        if await self.alone(channel):
            await self.waits(channel, 20)

    async def seat_dials(self, channel: Channel) -> None:
        """``onekey-from-seat``: a colleague by number, or a target by its id, to speak with it before handing a caller over."""
        board, wanted = self.board, channel.exten
        if wanted in board.pbx.queues[board.id].seats:
            await self.dial(channel, [f"PJSIP/{wanted}"], 30.0)
            return
        if wanted not in self.dials:
            board.hangup(channel, 1)
            return
        caller = board.find(board.caller_of.get(channel.device, ""))

        def consulted(leg: Channel) -> None:
            leg.handlers.append(lambda: self.legs.leg_gone(leg))
            leg.sent["X-Onekey-Leg"] = leg.uid
            if caller is not None and caller.get("ONEKEY_UUI"):
                leg.sent["User-to-User"] = caller.get("ONEKEY_UUI")
            send_eido(leg, caller)

        await self.dial(channel, [self.dials[wanted]], self.settings.ring_s, prepare=consulted)

    async def callback(self, channel: Channel) -> None:
        """``onekey-callback``: the seat has answered; now the caller who hung up is dialled."""
        channel.context = "onekey-callback"
        number = re.sub(r"[^0-9+]", "", channel.get("ONEKEY_NUMBER"))
        status = await self.dial(channel, [f"PJSIP/{number}"], float(channel.get("ONEKEY_RING_S")))
        who = {"Channel": channel.name, "Uniqueid": channel.uid}
        self.board.user_event(channel, "OnekeyCalledBack", Task=channel.get("ONEKEY_PRESS"), Status=status, **who)
