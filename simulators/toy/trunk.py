"""What the dialplan means between two switchboards: targets that arrive, far presses, far keys.

Only exact extensions can be reached over a trunk, and a header is taken as it is or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from simulators.toy.channels import Channel
from simulators.toy.orders import Press
from simulators.toy.plan import EIDO, LEG, NEVER, UUI, HomePlan
from simulators.toy.switchboard import Switchboard


class TrunkPlan:
    """``onekey-from-trunk`` of one switchboard, and its own calls over the trunk."""

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
        """``onekey-from-trunk``: by its extension."""
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
        """A press of one of their seats: carried out here, where the caller is, by the same steps as one of ours."""
        leg = self._checked(channel)
        id_, target = channel.sent.get("X-Onekey-Press", ""), channel.sent.get("X-Onekey-Target", "")
        caller = self.board.find(leg.get("ONEKEY_CALLER")) if leg is not None else None
        if leg is None or caller is None or not id_ or not target:
            self.board.hangup(channel, 21)
            return
        presser_id = "" if channel.sent.get("X-Onekey-Gone") else leg.uid
        mode = channel.sent.get("X-Onekey-Mode", "")
        self.home.presses.carried(channel, Press(id_, target, mode, caller.name, caller.uid, leg.name, presser_id))
        names = f"ONEKEY_END_{id_}", f"ONEKEY_TAKEN_{id_}"

        def over() -> bool:
            owner = caller.shared.get(names[1], "").partition(":")[0]
            taken_over = owner in ("gateway", "nobody") or bool(caller.shared.get(f"ONEKEY_OVER_{id_}"))
            return caller.gone or bool(caller.shared.get(names[0])) or taken_over

        await self.board.until(over)
        end = caller.shared.get(names[0], "")
        if end == "16":
            self.board.answer(channel)
        taken = caller.shared.get(names[1], "").startswith("gateway") or bool(caller.shared.get(f"ONEKEY_OVER_{id_}"))
        self.board.hangup(channel, int(end) if end else 19 if caller.gone else 31 if taken else 29)

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
        return (await self._asked(extension, origin, within_s, **headers))[1] == 16

    async def _asked(self, extension: str, origin: str, within_s: float, **headers: str) -> tuple[Channel, int]:
        """A messenger, and the cause with which it ended: 16 where it was answered."""
        home = origin.partition("-")[0]
        channel = self.board.outgoing(f"PJSIP/{extension}@trunk-{home}")
        channel.sent = {"X-Onekey-Leg": origin} | {f"X-Onekey-{name}": value for name, value in headers.items()}
        answered = await self.board.reach(channel, within_s)
        self.board.hangup(channel, 16)
        return channel, 16 if answered else channel.cause

    def press_home(self, press: Press, origin: str) -> None:
        """The messenger of a far press: home is asked to ring the target there, behind its own fence."""
        within_s = float(self.board.globals.get("ONEKEY_PLAN_S") or self.home.settings.ring_s) + 5
        words = {"Press": press.id, "Target": press.target}
        words |= {"Mode": press.mode} if press.mode else {}
        words |= {} if press.presser_id else {"Gone": "gone"}

        async def errand() -> None:
            messenger, cause = await self._asked("onekey-press", origin, within_s, **words)
            self.board.user_event(messenger, "OnekeyHomeAnswer", Press=press.id, Cause=str(cause))
            caller = self.board.find(press.caller)
            if cause == 31 or caller is None or caller.shared.get("ONEKEY_PENDING") != press.id:
                return
            if cause == 16:
                caller.shared["ONEKEY_JOINED_HOME"] = "1"
            caller.shared["ONEKEY_PENDING"] = ""
            self.board.pbx.happened()

        self._send(errand(), f"{self.board.id} press")

    async def ask_home(self, caller: Channel, what: str) -> bool:
        """Whether the caller has another person at home (``joined``), or nobody is left or on the way there (``over``)."""
        return await self._ask("onekey-joined", caller.get("ONEKEY_ORIGIN"), 2.0, Do=what)

    def do_at_home(self, origin: str, what: str) -> None:
        """A key about a leg of the other switchboard's."""

        async def errand() -> None:
            await self._ask("onekey-do", origin, 5.0, Do=what)

        self._send(errand(), f"{self.board.id} {what}")

    def _send(self, errand: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(errand, name=name)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
