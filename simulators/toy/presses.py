"""What the dialplan means for a press: the plan that lies ready, its ladder, the words to the seat, and a mode that lets the seat go.

``onekey-press``, ``onekey-by-plan``, ``onekey-words`` and ``onekey-release``.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace

from simulators.toy.channels import Channel
from simulators.toy.legs import LegPlan
from simulators.toy.orders import Order, Press
from simulators.toy.plan import HomePlan
from simulators.toy.switchboard import Switchboard

PLAN = re.compile(
    r"2:(no:[a-z_-]+|[a-z]+:[0-9]{1,4}):[0-9a-f]{8}:[cr-]{1,2}:[0-9a-f]{8}:"
    r"(-|([dfch]!)?[0-9A-Za-z.-]+/[0-9]{1,4}(&([dfch]!)?[0-9A-Za-z.-]+/[0-9]{1,4})*)"
)
CHARS_MAX = 480


class PressPlan:
    """The keys and buttons of one switchboard."""

    def __init__(self, board: Switchboard, home: HomePlan, legs: LegPlan) -> None:
        self.board, self.home, self.legs = board, home, legs
        home.presses = self
        legs.climb = self.climb

    # --- the key ------------------------------------------------------------------------------------------------------

    def press(self, channel: Channel, target: str, mode: str) -> None:
        """``onekey-press`` on the seat's channel, inside the live bridge."""
        if not channel.get("ONEKEY_CALLER"):
            self._say(channel, Press("", target, mode, "", "", channel.name, channel.uid), "", "")
            return
        self.pressed(channel, target, mode, channel.name, channel.uid)

    def pressed(self, channel: Channel, target: str, mode: str, presser: str, presser_id: str) -> None:
        """Also for a phone's own transfer button."""
        board = self.board
        id_ = f"{board.id}.{int(board.ami.now() * 1e6)}.{random.randint(100, 999)}"
        caller, caller_id, origin = (channel.get(f"ONEKEY_{name}") for name in ("CALLER", "CALLER_ID", "ORIGIN"))
        press = Press(id_, target, mode, caller, caller_id, presser, presser_id)
        if not origin:
            self.carried(channel, press)
            return
        self._say(channel, press, origin, "home")
        self._remember(press)
        self.home.trunk.press_home(press, origin)
        self._later(press, "ringing")

    def carried(self, channel: Channel, press: Press) -> None:
        """At the caller's home, by key, by button or over the trunk."""
        press = self._three(replace(press, plan=self._plan(channel, press)))
        self._say(channel, press, "", press.plan)
        caller = self.board.find(press.caller)
        if press.fields[1] == "no":
            if caller is not None:
                caller.shared[f"ONEKEY_END_{press.id}"] = "29"
            self._later(press, press.fields[2])
            return
        self._remember(press)
        self.climb(press, 0)
        owner = caller.shared.get(f"ONEKEY_TAKEN_{press.id}", "") if caller is not None else ""
        if press.fields[1] == "blind" and press.presser_id and owner.startswith("dialplan") and caller is not None:
            if not press.presser.startswith("PJSIP/trunk-"):
                caller.shared["ONEKEY_RETURN"] = press.presser.partition("/")[2].rpartition("-")[0]
            self.release(press.presser)
        self._later(press, "ringing")

    def _three(self, press: Press) -> Press:
        """``onekey-by-plan,three``: a target is with the caller already, and so is whoever called it in."""
        caller = self.board.find(press.caller)
        if caller is None or caller.shared.get("ONEKEY_LEG") != "joined" or press.fields[1] in ("no", "conference"):
            return press
        leg, _, presser = caller.shared.get("ONEKEY_THREE", "").partition("&")
        if not presser or self.board.find(leg) is None or self.board.find(presser) is None:
            return press
        return replace(press, plan="2:no:refused:00000001:-:00000000:-")

    def release(self, name: str) -> None:
        """``onekey-release``: a seat, or its trunk leg, that its mode lets go has said no goodbye."""
        if (channel := self.board.find(name)) is not None:
            self.board.pbx.later(0.0, lambda: self.board.hangup(channel, 26))

    def _remember(self, press: Press) -> None:
        if (caller := self.board.find(press.caller)) is not None:
            caller.shared.update(ONEKEY_JOINED_HOME="", ONEKEY_PENDING=press.id)
            caller.marks["PENDING_AT"] = self.board.loop_time

    def _say(self, channel: Channel, press: Press, origin: str, plan: str) -> None:
        said = {"Press": press.id, "Target": press.target, "Mode": press.mode, "Presser": press.presser}
        rest = {"Caller": press.caller, "CallerId": press.caller_id, "Origin": origin, "Plan": plan}
        self.board.user_event(
            channel, "OnekeyPress", **said, Uniqueid=press.presser_id, Linkedid=channel.linkedid, **rest
        )

    # --- the plan -----------------------------------------------------------------------------------------------------

    def _plan(self, channel: Channel, press: Press) -> str:
        """``onekey-by-plan``: the caller's own, the switchboard's, or the target alone. One that goes by free seats counts no longer without
        a gateway: then the same without them does, where there is one."""
        board, name = self.board, f"{press.id.partition('.')[0]}_{press.target}"
        caller = board.find(press.caller)
        held = board.globals.get
        own = caller.get(f"ONEKEY_PLAN_{name}") if caller is not None else ""
        plan = self._sound(
            channel,
            press,
            (("call", own or held(f"ONEKEY_PLAN_{name}", "")), ("global", held(f"ONEKEY_PLAN_{name}", ""))),
        )
        if plan and plan.split(":")[4].startswith("c") and self._alone_too_long():
            bare = caller.get(f"ONEKEY_PLAN_BARE_{name}") if caller is not None else ""
            plan = self._sound(channel, press, (("bare", bare or held(f"ONEKEY_PLAN_BARE_{name}", "")),))
        if not plan:
            return self._bare_target(press.mode or "warm", press.target)
        return f"2:{press.mode}:{plan.split(':', 2)[2]}" if press.mode and plan.split(":")[1] != "no" else plan

    def _bare_target(self, mode: str, target: str) -> str:
        return f"2:{mode}:0:00000000:r:00000000:{target}/{self.home.settings.ring_s:g}"

    def _alone_too_long(self) -> bool:
        at = self.board.globals.get("ONEKEY_PLAN_AT", "")
        return self.board.ami.now() - float(at or 0) > self.home.settings.plan_old_s

    def _sound(self, channel: Channel, press: Press, held: tuple[tuple[str, str], ...]) -> str:
        """The first of these that is a plan; one that is none is said."""
        for place, plan in held:
            if plan and len(plan) <= CHARS_MAX and PLAN.fullmatch(plan):
                return plan
            if plan:
                self._bad(channel, press, place)
        return ""

    def _bad(self, channel: Channel, press: Press, place: str) -> None:
        said = {"Press": press.id, "Place": place, "Target": press.target, "Caller": press.caller}
        self.board.user_event(channel, "OnekeyPlanBad", **said, CallerId=press.caller_id)

    def climb(self, press: Press, behind: int, place: str = "") -> None:
        """The next rung that can be rung. ``place``: where a plan was sought whose predecessor rang nobody."""
        board, fields = self.board, press.fields
        rungs, dialled = fields[6].split("&"), False
        caller = board.find(press.caller)
        tag = board.globals.get(f"ONEKEY_PLAN_TAG_{fields[3]}") or f"[{press.id.partition('.')[0]}转]"
        for attempt, rung in enumerate(rungs[behind:], behind + 1):
            if rung[1:2] == "!":
                continue
            target, _, ring_s = rung.partition("/")
            dialled = dialled or "-" in target or target in self.home.dials
            more = "1" if attempt < len(rungs) else ""
            uui = caller.get("ONEKEY_UUI") if caller is not None else ""
            who = (press.id, str(attempt), "dialplan", target, press.caller, press.caller_id)
            if self.legs.begin(Order(*who, uui, fields[2], ring_s, tag, more, press)):
                return
        if behind == 0 and not dialled and caller is not None and (other := self._instead(caller, press, place)):
            self.climb(other, 0, "target" if place else "global")
            return
        if caller is not None:
            caller.shared.update({f"ONEKEY_END_{press.id}": "20", "ONEKEY_PENDING": ""})

    def _instead(self, channel: Channel, press: Press, place: str) -> Press | None:
        """A plan that names nobody who is dialled here rings nobody: the switchboard's own counts then, and then the key's target alone."""
        mode = press.fields[1]
        alone = self._bare_target(mode, press.target)
        if press.fields[6] == alone.split(":")[6]:
            return None
        self._bad(channel, press, "global" if place else "call")
        held = self.board.globals.get(f"ONEKEY_PLAN_{press.id.partition('.')[0]}_{press.target}", "")
        sound = place != "global" and len(held) <= CHARS_MAX and PLAN.fullmatch(held) and not held.startswith("2:no:")
        return replace(press, plan=f"2:{mode}:{held.split(':', 2)[2]}" if sound else alone)

    # --- words where no gateway follows ---------------------------------------------------------------------------------

    def _later(self, press: Press, word: str) -> None:
        """``onekey-words,later``."""
        if not press.presser_id or press.presser.startswith("PJSIP/trunk-"):
            return
        half = self.board.local("s@onekey-words")
        half.set("ONEKEY_PRESS", press.id)
        half.set("ONEKEY_CALLER", press.caller)
        half.set("ONEKEY_SAY_TO", press.presser)
        half.set("ONEKEY_SAY", word)
        half.set("ONEKEY_PLAN", press.plan)
        self.board.invite(half)

    async def words(self, half: Channel) -> None:
        """``onekey-words,s``."""
        board = self.board
        await board.until(lambda: False, self.home.settings.follow_s)
        caller, seat = board.find(half.get("ONEKEY_CALLER")), board.find(half.get("ONEKEY_SAY_TO"))
        if caller is None or seat is None or caller.shared.get(f"ONEKEY_FOLLOWED_{half.get('ONEKEY_PRESS')}"):
            return
        fields = half.get("ONEKEY_PLAN").split(":")
        if fields[1:2] == ["no"]:
            if (why := board.globals.get(f"ONEKEY_PLAN_WHY_{fields[3]}")) and seat.phone is not None:
                seat.phone.reads(why)
        elif len(fields) > 4 and not fields[4].endswith("r"):
            return
        if half.get("ONEKEY_SAY") == "-":
            return
        whisper = board.local("whisper@onekey-say")
        whisper.set("ONEKEY_SAY_TO", half.get("ONEKEY_SAY_TO"))
        whisper.set("ONEKEY_SAY", half.get("ONEKEY_SAY"))
        board.invite(whisper)
