"""What the dialplan means for target legs: ringing, the fence, joining, taking back. Presses are in ``presses``.

Where the dialplan takes Asterisk's lock, a function here has no ``await``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from simulators.toy.channels import Channel
from simulators.toy.orders import Order, Press
from simulators.toy.plan import NEVER, PROMPT_S, HomePlan, send_eido
from simulators.toy.switchboard import Switchboard


class LegPlan:
    """``onekey-ring``, ``onekey-fence``, ``onekey-join`` and the further keys."""

    def __init__(self, board: Switchboard, home: HomePlan) -> None:
        self.board, self.home = board, home
        home.legs = self
        self.climb: Callable[[Press, int], None]
        self._planned: dict[str, Press | None] = {}
        """By leg: the press by whose plan it rings."""

    # --- words ----------------------------------------------------------------------------------------------------------

    async def say(self, half: Channel) -> None:
        """``onekey-say``: a prompt for one seat alone. It waits for nothing in the call, and lives no longer than the seat's channel."""
        seat = self.board.find(half.get("ONEKEY_SAY_TO"))
        if seat is None:
            return
        self.board.answer(half)
        if seat.phone is not None:
            seat.phone.told(half.get("ONEKEY_SAY"))
        await self.board.until(lambda: seat.gone, PROMPT_S)

    # --- ringing ------------------------------------------------------------------------------------------------------

    async def ring(self, half: Channel) -> None:
        """``onekey-ring,s``: the gateway's entry."""
        if (caller := self.board.find(half.get("ONEKEY_CALLER"))) is not None:
            press = half.get("ONEKEY_PRESS")
            if not caller.shared.get(f"ONEKEY_TAKEN_{press}"):
                caller.shared["ONEKEY_PENDING"] = press
            caller.marks["PENDING_AT"] = self.board.loop_time
        order = Order(
            half.get("ONEKEY_PRESS"), half.get("ONEKEY_ATTEMPT"), half.get("ONEKEY_BY"), half.get("ONEKEY_TARGET"),
            caller=half.get("ONEKEY_CALLER"), caller_id=half.get("ONEKEY_CALLER_ID"), uui=half.get("ONEKEY_UUI"),
            accept_s=half.get("ONEKEY_ACCEPT_S"), ring_s=half.get("ONEKEY_RING_S"), tag=half.get("ONEKEY_TAG"),
        )  # fmt: skip
        half.context, half.exten = "onekey-ring", "leg"
        leg = self._leg(order)
        status = "UNKNOWN_TARGET" if leg is None else "FAILED"
        if leg is not None and self.fence(leg, order) and await self.board.reach(leg, float(order.ring_s)):
            status = "SUCCESS"
            if not leg.gone:
                self.board.run(leg, self.join(leg))
                await asyncio.sleep(0)  # the leg runs by itself, and is in the bridge before this channel has said so
        self._leg_end(half, order, status)

    def begin(self, order: Order) -> bool:
        """``onekey-ring,leg`` for a press: the rung rings, and nobody waits for it. False where nothing could be rung."""
        leg, caller = self._leg(order), self.board.find(order.caller)
        if leg is None:
            if caller is not None:
                self._leg_end(caller, order, "UNKNOWN_TARGET")
            return False
        if self.fence(leg, order):
            self.board.run(leg, self._rings(leg, float(order.ring_s)))
        return True

    async def _rings(self, leg: Channel, ring_s: float) -> None:
        if await self.board.reach(leg, ring_s) and not leg.gone:
            await self.join(leg)

    def _leg_end(self, channel: Channel, order: Order, status: str) -> None:
        said = {"Press": order.press, "Attempt": order.attempt, "By": order.by, "Status": status}
        self.board.user_event(channel, "OnekeyLegEnd", **said, Caller=order.caller, CallerId=order.caller_id)

    def _leg(self, order: Order) -> Channel | None:
        """The channel of a rung, before its fence; None where its target is not dialled here."""
        board, target = self.board, order.target
        dial = "Local/s@onekey-fork/n" if "-" in target else self.home.dials.get(target, "")
        caller = board.find(order.caller)
        if not dial:
            if caller is not None:
                caller.shared["ONEKEY_PENDING"] = ""
            return None
        leg = board.outgoing(dial)
        shown = target == board.id or board.globals.get(f"ONEKEY_PLAN_SHOWS_{target}") == "1"
        number = caller.number if caller else ""
        if caller is not None and caller.get("ONEKEY_CONFIDENTIAL") and not shown:
            number = "anonymous"
        leg.connected, leg.connected_name = number, order.tag
        return leg

    async def fork(self, half: Channel) -> None:
        """``onekey-fork``: all that the target names, and the first that answers is the target."""
        dials = [self.home.dials[one] for one in half.get("ONEKEY_TARGET").split("-") if one in self.home.dials]

        def branch(leg: Channel) -> None:
            for name in ("ONEKEY_CALLER", "ONEKEY_CALLER_ID"):
                leg.set(name, half.get(name))
            leg.sent["X-Onekey-Leg"] = leg.uid
            if half.get("ONEKEY_UUI"):
                leg.sent["User-to-User"] = half.get("ONEKEY_UUI")
            send_eido(leg, self.board.find(half.get("ONEKEY_CALLER")))
            said = {"Press": half.get("ONEKEY_PRESS"), "Uniqueid": leg.uid}
            self.board.user_event(leg, "OnekeyBranch", **said, CallerId=half.get("ONEKEY_CALLER_ID"))

        status = await self.home.dial(half, dials, float(half.get("ONEKEY_RING_S")), prepare=branch)
        self.board.hangup(half, {"ANSWER": 16, "BUSY": 17, "NOANSWER": 19}.get(status, 20))

    async def queue_as_target(self, half: Channel) -> None:
        """``onekey-queue``: our own queue, for a caller who lives here."""
        for name in ("ONEKEY_CALLER", "ONEKEY_CALLER_ID", "ONEKEY_UUI"):
            half.set(name, half.get(name), inherit=True)
        if (caller := self.board.find(half.get("ONEKEY_CALLER"))) is not None:
            half.set("ONEKEY_EIDO", caller.get("ONEKEY_EIDO"), inherit=True)
        await self.home.trunk.seat_or_nobody(half, float(half.get("ONEKEY_RING_S")))

    # --- the fence and joining ----------------------------------------------------------------------------------------

    def fence(self, leg: Channel, order: Order) -> bool:
        """``onekey-fence``: whether this leg may ring. One step: nothing else runs meanwhile."""
        board = self.board
        press, attempt, by = order.press, order.attempt, order.by
        values = {
            "PRESS": press, "ATTEMPT": attempt, "BY": by, "TARGET": order.target, "CALLER": order.caller, "CALLER_ID": order.caller_id,
            "UUI": order.uui, "ACCEPT_S": order.accept_s, "RING_S": order.ring_s, "MORE": order.more,
            "PLAN": order.planned.plan if order.planned else "", "WANTED": order.planned.target if order.planned else order.target,
            "PRESSER": order.planned.presser if order.planned else "",
        }  # fmt: skip
        for name, value in values.items():
            leg.set(f"ONEKEY_{name}", value)
        self._planned[leg.uid] = order.planned
        leg.set("ONEKEY_LEG_HERE", leg.uid, inherit=True)
        caller, uid = board.find(leg.get("ONEKEY_CALLER")), leg.get("ONEKEY_CALLER_ID")
        said = {"Press": press, "Attempt": attempt, "By": by}
        who = {"Channel": leg.name, "Uniqueid": leg.uid, "Caller": leg.get("ONEKEY_CALLER"), "CallerId": uid}
        leg.context = "onekey-fence"
        taken = caller.shared.get(f"ONEKEY_TAKEN_{press}", "") if caller is not None else ""
        owner, _, number = taken.partition(":")
        wins = caller is not None and (owner == by and int(number) < int(attempt) if taken else True)
        over = caller is not None and bool(caller.shared.get(f"ONEKEY_OVER_{press}"))
        if over:
            wins = by == "gateway" and (owner != "gateway" or wins)
        if wins and not taken and not over and board.group_count(uid):
            assert caller is not None
            caller.shared[f"ONEKEY_TAKEN_{press}"] = "nobody:0"
            wins = False
        if not wins or caller is None:
            board.user_event(leg, "OnekeyFenced", **said, Taken=taken, **who)
            board.hangup(leg, 16)
            return False
        caller.shared[f"ONEKEY_TAKEN_{press}"] = f"{by}:{attempt}"
        leg.group = uid
        if not board.group_count(f"joined-{uid}"):
            caller.shared["ONEKEY_LEG"] = ""
        caller.shared.update(ONEKEY_LEG_ID=leg.uid, ONEKEY_TAKEN_BACK="", ONEKEY_PENDING="")
        leg.handlers.append(lambda: self.leg_gone(leg))
        leg.sent["X-Onekey-Leg"] = leg.uid
        if leg.get("ONEKEY_UUI"):
            leg.sent["User-to-User"] = leg.get("ONEKEY_UUI")
        send_eido(leg, caller)
        plan = {"Plan": leg.get("ONEKEY_PLAN"), "Wanted": leg.get("ONEKEY_WANTED")}
        board.user_event(leg, "OnekeyLeg", **said, Target=leg.get("ONEKEY_TARGET"), **who, **plan)
        leg.context = "onekey-from-trunk" if leg.is_trunk else "onekey-from-seat"
        return True

    def leg_gone(self, leg: Channel) -> None:
        """``onekey-leg-gone``: the caller's dialplan, which may be looking for it just now, reads how."""
        board, caller = self.board, self.board.find(leg.get("ONEKEY_CALLER"))
        if caller is None:
            return
        if not leg.get("ONEKEY_JOINED"):
            caller.marks["FAILED_AT"] = board.loop_time
            self._next(leg, caller)
            return
        if board.group_count(f"joined-{leg.get('ONEKEY_CALLER_ID')}") > 1:
            return
        cause = (16 if leg.cause == 31 else 27) if leg.is_trunk else leg.cause
        if caller.shared.get("ONEKEY_TAKEN_BACK") == leg.uid:
            cause = 26
        if board.loop_time - leg.marks.get("JOINED_AT", NEVER) < self.home.settings.drop_s:
            cause = 26
        caller.marks["GONE_AT"] = board.loop_time
        caller.shared["ONEKEY_LEG"] = f"gone-{cause}"

    def _next(self, leg: Channel, caller: Channel) -> None:
        """A leg has failed: the next rung of its plan, or its end."""
        board, press = self.board, leg.get("ONEKEY_PRESS")
        planned = self._planned.pop(leg.uid, None)
        if leg.cause == 26:
            caller.shared["ONEKEY_TAKEN_BACK"] = leg.uid
        if caller.shared.get(f"ONEKEY_TAKEN_{press}", "").partition(":")[0] != leg.get("ONEKEY_BY"):
            return
        if leg.get("ONEKEY_BY") == "dialplan" and caller.shared.get(f"ONEKEY_OVER_{press}"):
            return
        if planned is None or not leg.get("ONEKEY_MORE") or caller.shared.get("ONEKEY_TAKEN_BACK"):
            caller.shared[f"ONEKEY_END_{press}"] = str(leg.cause if leg.cause not in (0, 16) else 19)
            return
        caller.marks["PENDING_AT"] = board.loop_time
        caller.shared["ONEKEY_PENDING"] = press
        board.user_event(leg, "OnekeyRungFailed", Press=press, Uniqueid=leg.uid, Cause=str(leg.cause))
        self.climb(planned, int(leg.get("ONEKEY_ATTEMPT")))

    async def join(self, leg: Channel) -> None:
        """``onekey-join``: the target has answered; its leg joins the caller, wherever the caller is."""
        board = self.board
        leg.context = "onekey-join"
        if float(leg.get("ONEKEY_ACCEPT_S") or 0) > 0 and not await self._offer(leg):
            return
        leg.set("ONEKEY_JOINED", "1")
        leg.group = f"joined-{leg.get('ONEKEY_CALLER_ID')}"
        if (caller := board.find(leg.get("ONEKEY_CALLER"))) is not None:
            caller.shared["ONEKEY_LEG"] = "joined"
            planned = self._planned.get(leg.uid)
            if planned is not None and planned.fields[1] in ("warm", "consult"):
                caller.shared["ONEKEY_THREE"] = f"{leg.uid}&{planned.presser}"
            leg.marks["JOINED_AT"] = board.loop_time
            caller.shared[f"ONEKEY_END_{leg.get('ONEKEY_PRESS')}"] = "16"
            if caller.bridge is not None:
                board.join(caller.bridge, leg)
            else:
                board.bridge(leg, caller)
            if (planned := self._planned.get(leg.uid)) is not None and planned.fields[1] in ("blind", "silent"):
                self.home.presses.release(planned.presser)
            await board.out_of_bridge(leg)
        board.hangup(leg, 16)

    async def _offer(self, leg: Channel) -> bool:
        """``onekey-join,offer``: picked up, and must still accept. Silence is a no."""
        board, press = self.board, leg.get("ONEKEY_PRESS")
        callers = {"Caller": leg.get("ONEKEY_CALLER"), "CallerId": leg.get("ONEKEY_CALLER_ID")}
        board.user_event(leg, "OnekeyOffered", Press=press, Channel=leg.name, Uniqueid=leg.uid, **callers)

        def answered() -> bool:
            return bool(leg.shared.get("ONEKEY_ACCEPTED")) or not board.exists(leg.get("ONEKEY_CALLER"))

        await board.until(answered, float(leg.get("ONEKEY_ACCEPT_S")))
        answer = leg.shared.get("ONEKEY_ACCEPTED", "")
        if answer == "yes":
            return True
        if board.exists(leg.get("ONEKEY_CALLER")) or answer:
            reason = {"": "no_accept", "no": "declined"}.get(answer, answer)
            board.user_event(leg, "OnekeyDeclined", Press=press, Uniqueid=leg.uid, Reason=reason)
            board.hangup(leg, 21)
        else:
            board.hangup(leg, 16)
        return False

    # --- further keys -------------------------------------------------------------------------------------------------

    def take_back(self, channel: Channel) -> None:
        """``onekey-take-back`` on the channel of whoever pressed."""
        caller, uid, origin = (channel.get(f"ONEKEY_{name}") for name in ("CALLER", "CALLER_ID", "ORIGIN"))
        if not caller:
            return
        behind = origin or channel.get("ONEKEY_LEG_HERE")
        who = {"Presser": channel.name, "Uniqueid": channel.uid, "Caller": caller, "CallerId": uid, "Origin": behind}
        self.board.user_event(channel, "OnekeyTakeBack", **who)
        if origin:
            self.home.trunk.do_at_home(origin, "back")
        else:
            self.take_back_here(caller, channel.get("ONEKEY_LEG_HERE"))

    def take_back_here(self, caller_name: str, asker: str) -> None:
        """``onekey-take-back,do``: at home. A target cannot take back what it is itself."""
        caller = self.board.find(caller_name)
        if caller is None:
            return
        leg, pending = caller.shared.get("ONEKEY_LEG_ID", ""), caller.shared.get("ONEKEY_PENDING", "")
        if asker and asker == leg:
            return
        if pending:
            caller.shared[f"ONEKEY_TAKEN_{pending}"] = "nobody:0"
            caller.shared["ONEKEY_PENDING"] = ""
        found = self.board.find(leg) if leg else None
        if found is not None:
            caller.shared["ONEKEY_TAKEN_BACK"] = leg
            self.board.hangup(found, 16)

    def answer_key(self, channel: Channel, answer: str) -> None:
        """``onekey-answer``: accept or decline by key."""
        origin = channel.get("ONEKEY_ORIGIN")
        leg = origin or channel.get("ONEKEY_LEG_HERE")
        if not leg:
            return
        who = {"Presser": channel.name, "Uniqueid": channel.uid, "Leg": leg, "Answer": answer}
        self.board.user_event(channel, "OnekeyAnswer", **who)
        if origin:
            self.home.trunk.do_at_home(origin, answer)
        elif (found := self.board.find(leg)) is not None:
            found.shared["ONEKEY_ACCEPTED"] = answer
            self.board.pbx.happened()
