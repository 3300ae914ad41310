"""What the dialplan means for keys and target legs: the press and its watchdog, ringing, the fence, joining, taking back.

Where the dialplan takes Asterisk's lock, a function here has no ``await``.
"""

from __future__ import annotations

import asyncio
import random

from simulators.toy.channels import Channel
from simulators.toy.plan import NEVER, PROMPT_S, HomePlan, send_eido
from simulators.toy.switchboard import Switchboard


class LegPlan:
    """``onekey-press``, ``onekey-watchdog``, ``onekey-ring``, ``onekey-fence``, ``onekey-join`` and the further keys."""

    def __init__(self, board: Switchboard, home: HomePlan) -> None:
        self.board, self.home = board, home
        home.legs = self

    # --- the key ------------------------------------------------------------------------------------------------------

    def press(self, channel: Channel, target: str, mode: str) -> None:
        """``onekey-press`` on the seat's channel, inside the live bridge."""
        if not channel.get("ONEKEY_CALLER"):
            self._say_press(channel, "", target, mode, channel.name, channel.uid)
            return
        self.pressed(channel, target, mode, channel.name, channel.uid)

    def pressed(self, channel: Channel, target: str, mode: str, presser: str, presser_id: str) -> None:
        board = self.board
        press = f"{board.id}.{int(board.ami.now() * 1e6)}.{random.randint(100, 999)}"
        self._say_press(channel, press, target, mode, presser, presser_id)
        if (caller := board.find(channel.get("ONEKEY_CALLER"))) is not None:
            caller.shared.update(ONEKEY_JOINED_HOME="", ONEKEY_PENDING=press)
            caller.marks["PENDING_AT"] = board.loop_time
        names = ("ONEKEY_CALLER", "ONEKEY_CALLER_ID", "ONEKEY_ORIGIN")
        dog = board.local("s@onekey-watchdog")
        for name in names:
            dog.set(name, channel.get(name))
        dog.set("ONEKEY_PRESS", press)
        dog.set("ONEKEY_TARGET", target)
        dog.set("ONEKEY_PRESSER", presser if presser_id else "")
        board.invite(dog)

    def _say_press(self, channel: Channel, press: str, target: str, mode: str, presser: str, presser_id: str) -> None:
        said = {"Press": press, "Target": target, "Mode": mode, "Presser": presser, "Uniqueid": presser_id}
        if press:
            caller, caller_id = channel.get("ONEKEY_CALLER"), channel.get("ONEKEY_CALLER_ID")
            rest = {"Caller": caller, "CallerId": caller_id, "Origin": channel.get("ONEKEY_ORIGIN")}
        else:
            rest = {"Caller": "", "CallerId": "", "Origin": ""}
        self.board.user_event(channel, "OnekeyPress", **said, Linkedid=channel.linkedid, **rest)

    async def watchdog(self, half: Channel) -> None:
        """``onekey-watchdog`` on a Local half of its own."""
        await self.board.until(lambda: False, self.home.settings.watchdog_s)
        caller = self.board.find(half.get("ONEKEY_CALLER"))
        if caller is None or caller.shared.get(f"ONEKEY_TAKEN_{half.get('ONEKEY_PRESS')}"):
            return
        if half.get("ONEKEY_PRESSER"):
            whisper = self.board.local("whisper@onekey-say")
            whisper.set("ONEKEY_SAY_TO", half.get("ONEKEY_PRESSER"))
            whisper.set("ONEKEY_SAY", "ringing")
            self.board.invite(whisper)
        if not half.get("ONEKEY_ORIGIN"):
            await self.static(half)
            return
        joined = await self.home.trunk.press_home(half)
        if not caller.gone:
            if joined:
                caller.shared["ONEKEY_JOINED_HOME"] = "1"
            caller.shared["ONEKEY_PENDING"] = ""

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
        await self.leg(half)

    async def static(self, half: Channel) -> bool:
        """``onekey-ring,static``: the ladder of the static plan, rung by rung."""
        caller, target = self.board.find(half.get("ONEKEY_CALLER")), half.get("ONEKEY_TARGET")
        half.set("ONEKEY_BY", "dialplan")
        half.set("ONEKEY_ACCEPT_S", "0")
        half.set("ONEKEY_TAG", f"[{self.board.id}转]")
        half.set("ONEKEY_UUI", caller.get("ONEKEY_UUI") if caller else "")
        name = f"ONEKEY_PLAN_{half.get('ONEKEY_PRESS').partition('.')[0]}_{target}"
        rungs = (self.board.globals.get(name) or f"{target}/{self.home.settings.ring_s}").split("&")
        for number, rung in enumerate(rungs, 1):
            half.set("ONEKEY_ATTEMPT", str(number))
            half.set("ONEKEY_TARGET", rung.partition("/")[0])
            half.set("ONEKEY_RING_S", rung.partition("/")[2])
            half.set("ONEKEY_MORE", "1" if number < len(rungs) else "")
            if await self.leg(half):
                return True
            if caller is None or caller.gone or caller.shared.get("ONEKEY_TAKEN_BACK"):
                break
        return False

    async def leg(self, half: Channel) -> bool:
        """``onekey-ring,leg``: whether the target has answered."""
        board, target = self.board, half.get("ONEKEY_TARGET")
        said = {"Press": half.get("ONEKEY_PRESS"), "Attempt": half.get("ONEKEY_ATTEMPT")}
        callers = {"Caller": half.get("ONEKEY_CALLER"), "CallerId": half.get("ONEKEY_CALLER_ID")}
        half.context, half.exten = "onekey-ring", "leg"
        dial = "Local/s@onekey-fork/n" if "-" in target else self.home.dials.get(target, "")
        caller = board.find(half.get("ONEKEY_CALLER"))
        if not dial:
            board.user_event(half, "OnekeyLegEnd", **said, Status="UNKNOWN_TARGET", **callers)
            if caller is not None:
                caller.shared["ONEKEY_PENDING"] = ""
            return False
        leg = board.outgoing(dial)
        shown = target == board.id or board.globals.get(f"ONEKEY_PLAN_SHOWS_{target}") == "1"
        number = caller.number if caller else ""
        if caller is not None and caller.get("ONEKEY_CONFIDENTIAL") and not shown:
            number = "anonymous"
        leg.connected, leg.connected_name = number, half.get("ONEKEY_TAG")
        answered = self.fence(leg, half) and await board.reach(leg, float(half.get("ONEKEY_RING_S")))
        if answered and not leg.gone:
            board.run(leg, self.join(leg))
            await asyncio.sleep(0)  # the leg runs by itself, and is in the bridge before this channel has said so
        board.user_event(half, "OnekeyLegEnd", **said, Status="SUCCESS" if answered else "FAILED", **callers)
        return answered

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

    def fence(self, leg: Channel, half: Channel) -> bool:
        """``onekey-fence``: whether this leg may ring. One step: nothing else runs meanwhile."""
        board = self.board
        press, attempt, by = (half.get(f"ONEKEY_{name}") for name in ("PRESS", "ATTEMPT", "BY"))
        for name in ("PRESS", "ATTEMPT", "BY", "TARGET", "CALLER", "CALLER_ID", "UUI", "ACCEPT_S", "RING_S", "MORE"):
            leg.set(f"ONEKEY_{name}", half.get(f"ONEKEY_{name}"))
        leg.set("ONEKEY_LEG_HERE", leg.uid, inherit=True)
        caller, uid = board.find(leg.get("ONEKEY_CALLER")), leg.get("ONEKEY_CALLER_ID")
        said = {"Press": press, "Attempt": attempt, "By": by}
        who = {"Channel": leg.name, "Uniqueid": leg.uid, "Caller": leg.get("ONEKEY_CALLER"), "CallerId": uid}
        leg.context = "onekey-fence"
        taken = caller.shared.get(f"ONEKEY_TAKEN_{press}", "") if caller is not None else ""
        owner, _, number = taken.partition(":")
        wins = caller is not None and (owner == by and int(number) < int(attempt) if taken else True)
        if wins and not taken and board.group_count(uid):
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
        board.user_event(leg, "OnekeyLeg", **said, Target=leg.get("ONEKEY_TARGET"), **who)
        leg.context = "from-trunk" if leg.is_trunk else "from-seat"
        return True

    def leg_gone(self, leg: Channel) -> None:
        """``onekey-leg-gone``: the caller's dialplan, which may be looking for it just now, reads how."""
        board, caller = self.board, self.board.find(leg.get("ONEKEY_CALLER"))
        if caller is None:
            return
        if not leg.get("ONEKEY_JOINED"):
            caller.marks["FAILED_AT"] = board.loop_time
            if leg.get("ONEKEY_MORE") and leg.cause == 26:
                caller.shared["ONEKEY_TAKEN_BACK"] = leg.uid
            if leg.get("ONEKEY_MORE") and not caller.shared.get("ONEKEY_TAKEN_BACK"):
                caller.marks["PENDING_AT"] = board.loop_time
                caller.shared["ONEKEY_PENDING"] = leg.get("ONEKEY_PRESS")
            return
        if board.group_count(f"joined-{leg.get('ONEKEY_CALLER_ID')}") > 1:
            return
        cause = (16 if leg.cause == 31 else 27) if leg.is_trunk else leg.cause
        if caller.shared.get("ONEKEY_TAKEN_BACK") == leg.uid:
            cause = 26
        if board.loop_time - caller.marks.get("JOINED_AT", NEVER) < self.home.settings.drop_s:
            cause = 26
        caller.marks["GONE_AT"] = board.loop_time
        caller.shared["ONEKEY_LEG"] = f"gone-{cause}"

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
            caller.marks["JOINED_AT"] = board.loop_time
            if caller.bridge is not None:
                board.join(caller.bridge, leg)
            else:
                board.bridge(leg, caller)
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
