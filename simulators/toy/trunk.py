"""What the dialplan means between two switchboards: targets that arrive, far presses, far keys.

Only exact extensions can be reached over a trunk, and a header is taken as it is or not at all.
"""

from __future__ import annotations

import asyncio

from simulators.toy.channels import Channel
from simulators.toy.plan import EIDO, LEG, NEVER, UUI, HomePlan
from simulators.toy.switchboard import Switchboard


class TrunkPlan:
    """``from-trunk`` of one switchboard, and its own calls over the trunk."""

    def __init__(self, board: Switchboard, home: HomePlan) -> None:
        self.board, self.home = board, home
        home.trunk = self
        self._errands: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """End the errands that are under way."""
        errands = list(self._errands)
        for errand in errands:
            errand.cancel()
        await asyncio.gather(*errands, return_exceptions=True)

    # --- coming in ------------------------------------------------------------------------------------------------------------

    async def arrives(self, channel: Channel) -> None:
        """``from-trunk``: by its extension."""
        extens = {self.board.id: self._target, "onekey-press": self._press, "onekey-do": self._do}
        do = (extens | {"onekey-joined": self._joined}).get(channel.exten)
        if do is None:
            self.board.hangup(channel, 1)
            return
        await do(channel)

    async def _target(self, channel: Channel) -> None:
        """A transfer target: our queue, at once or not at all."""
        uui, leg = channel.sent.get("User-to-User", ""), channel.sent.get("X-Onekey-Leg", "")
        channel.set("ONEKEY_UUI", uui if UUI.fullmatch(uui) else "", inherit=True)
        if (eido := EIDO.fullmatch(channel.sent.get("Call-Info", ""))) is not None:
            channel.set("ONEKEY_EIDO", eido[1], inherit=True)
        channel.set("ONEKEY_ORIGIN", leg if LEG.fullmatch(leg) else "", inherit=True)
        channel.set("ONEKEY_CALLER", channel.name, inherit=True)
        channel.set("ONEKEY_CALLER_ID", channel.uid, inherit=True)
        who = {"Channel": channel.name, "Uniqueid": channel.uid}
        origin, uui = channel.get("ONEKEY_ORIGIN"), channel.get("ONEKEY_UUI")
        self.board.user_event(channel, "OnekeyArrival", **who, Origin=origin, Uui=uui)
        if await self.seat_or_nobody(channel, self.home.settings.ring_s) and await self.home.alone(channel):
            await self.home.waits(channel, 20)

    async def seat_or_nobody(self, channel: Channel, ring_s: float) -> bool:
        """Our queue, each free seat once. False where nobody answered: then the channel has ended."""
        board = self.board
        queue = board.pbx.queues[board.id]
        board.ring(channel)
        if not queue.free():
            board.hangup(channel, 17)
            return False
        since = board.loop_time
        if await queue.wait(channel, self.home.seat, once=True, within_s=ring_s):
            return True
        board.hangup(channel, 19 if board.loop_time - since >= ring_s - 1 else 21)
        return False

    def _checked(self, channel: Channel) -> Channel | None:
        """The leg of ours that the headers name; None where there is none or a header has something else in it."""
        if not all(LEG.fullmatch(value) for value in channel.sent.values()):
            return None
        return self.board.find(channel.sent.get("X-Onekey-Leg", "") or "-")

    async def _press(self, channel: Channel) -> None:
        """A press of one of their seats, no gateway having answered: carried out here, where the caller is."""
        leg = self._checked(channel)
        press, target = channel.sent.get("X-Onekey-Press", ""), channel.sent.get("X-Onekey-Target", "")
        if leg is None or not press or not target:
            self.board.hangup(channel, 21)
            return
        for name, value in (("PRESS", press), ("TARGET", target)):
            channel.set(f"ONEKEY_{name}", value)
        for name in ("ONEKEY_CALLER", "ONEKEY_CALLER_ID"):
            channel.set(name, leg.get(name))
        if not await self.home.legs.static(channel):
            self.board.hangup(channel, 19)
            return
        self.board.answer(channel)
        self.board.hangup(channel, 16)

    async def _do(self, channel: Channel) -> None:
        """A key of one of their seats about a leg of ours."""
        leg, what = self._checked(channel), channel.sent.get("X-Onekey-Do", "")
        if leg is None or what not in ("back", "yes", "no"):
            self.board.hangup(channel, 21)
            return
        if what == "back":
            self.home.legs.take_back_here(leg.get("ONEKEY_CALLER"), leg.uid)
        else:
            leg.shared["ONEKEY_ACCEPTED"] = what
            self.board.pbx.happened()
        self.board.hangup(channel, 16)

    async def _joined(self, channel: Channel) -> None:
        """Their seat has left: has the caller somebody else by now (``joined``), or nobody and nobody on the way (``over``)? Answering
        is a yes."""
        leg = self._checked(channel)
        uid = leg.get("ONEKEY_CALLER_ID") if leg is not None else ""
        joined = self.board.group_count(f"joined-{uid}") > 1
        if channel.sent.get("X-Onekey-Do") == "over":
            yes = not joined and not self.board.group_count(uid) and not self._pending(uid)
        else:
            yes = joined
        if leg is None or not yes:
            self.board.hangup(channel, 21)
            return
        self.board.answer(channel)
        self.board.hangup(channel, 16)

    def _pending(self, uid: str) -> bool:
        """Whether a leg of that caller's is about to ring."""
        caller = self.board.channels.get(uid)
        since_s = self.board.loop_time - caller.marks.get("PENDING_AT", NEVER) if caller is not None else 0.0
        return caller is not None and bool(caller.shared.get("ONEKEY_PENDING")) and since_s <= 4.0

    # --- going out ------------------------------------------------------------------------------------------------------------

    async def _ask(self, extension: str, origin: str, within_s: float, **headers: str) -> bool:
        """Originate over the trunk to the home of ``origin``: whether it was answered."""
        home = origin.partition("-")[0]
        channel = self.board.outgoing(f"PJSIP/{extension}@trunk-{home}")
        channel.sent = {"X-Onekey-Leg": origin} | {f"X-Onekey-{name}": value for name, value in headers.items()}
        answered = await self.board.reach(channel, within_s)
        self.board.hangup(channel, 16)
        return answered

    async def press_home(self, half: Channel) -> bool:
        """The watchdog of a far press: home is asked to ring the target there, behind its own fence."""
        origin, press = half.get("ONEKEY_ORIGIN"), half.get("ONEKEY_PRESS")
        within_s = float(self.board.globals.get("ONEKEY_PLAN_S") or self.home.settings.ring_s) + 5
        return await self._ask("onekey-press", origin, within_s, Press=press, Target=half.get("ONEKEY_TARGET"))

    async def ask_home(self, caller: Channel, what: str) -> bool:
        """Whether the caller has another person at home (``joined``), or nobody is left or on the way there (``over``)."""
        return await self._ask("onekey-joined", caller.get("ONEKEY_ORIGIN"), 2.0, Do=what)

    def do_at_home(self, origin: str, what: str) -> None:
        """A key about a leg of the other switchboard's."""

        async def errand() -> None:
            await self._ask("onekey-do", origin, 5.0, Do=what)

        task = asyncio.get_running_loop().create_task(errand(), name=f"{self.board.id} {what}")
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
