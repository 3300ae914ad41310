"""What AMI asks of a switchboard, carried out: ``Hangup``, ``Setvar``, ``Originate``, ``MessageSend``, ``Getvar``, ``Status``."""

from __future__ import annotations

import asyncio

from simulators.toy.ami import Action, Refusal, frame
from simulators.toy.channels import NOBODY, Channel, Header
from simulators.toy.switchboard import Switchboard

Answer = tuple[list[Header], list[bytes]]
"""Headers of the response, and the items of a list."""


class Actions:
    """The actions of one switchboard, entered at its port."""

    def __init__(self, board: Switchboard) -> None:
        self.board = board
        board.ami.actions |= {
            "coresettings": board.ami.core_settings, "listcommands": board.ami.list_commands, "ping": board.ami.ping,
            "status": self._status, "hangup": self._hangup, "setvar": self._setvar, "originate": self._originate,
            "messagesend": self._message, "getvar": self._getvar, "dbgettree": self._tree,
        }  # fmt: skip

    def _wanted(self, action: Action) -> Channel:
        channel = self.board.find(action.get("Channel", [""])[0])
        if channel is None:
            raise Refusal("No such channel")
        return channel

    def _hangup(self, action: Action) -> Answer:
        channel = self._wanted(action)
        cause = int(action.get("Cause", ["16"])[0])
        self.board.say("HangupRequest", [*channel.headers(), ("Cause", str(cause))])
        self.board.hangup(channel, cause)
        return [("Message", "Channel Hungup")], []

    def _setvar(self, action: Action) -> Answer:
        name, value = action["Variable"][0], action.get("Value", [""])[0]
        if "Channel" not in action:
            self.board.globals[name] = value
            return [("Message", "Variable Set")], []
        channel = self._wanted(action)
        if name.startswith("SHARED("):
            channel.shared[name[7:-1]] = value
        elif name == "GROUP(onekey)":
            channel.group = value
        else:
            channel.set(name.lstrip("_"), value, inherit=name.startswith("__"))
        self.board.pbx.happened()
        return [("Message", "Variable Set")], []

    def _getvar(self, action: Action) -> Answer:
        """A global; or whether a phone holds; and how many packets it has sent and been sent: 50 a second since the channel began, for everybody speaks."""
        name = action["Variable"][0]
        if "Channel" not in action:
            return [("Variable", name), ("Value", self.board.globals.get(name, ""))], []
        channel = self._wanted(action)
        packets = int(50 * (self.board.ami.now() - channel.created_at))
        known = {
            "CHANNEL(rtcp,all)": f"rxcount={packets};txcount={packets}",
            "CHANNEL(rtp,hold)": str(int(channel.held)),
        }
        value = known.get(name, "")
        return [("Variable", name), ("Value", value)], []

    def _tree(self, _: Action) -> Answer:
        """``DBGetTree``: the toy keeps nothing of a press that nobody follows; stories on real Asterisk do."""
        return [("EventList", "start"), ("Message", "Result will follow")], []

    def _message(self, action: Action) -> Answer:
        number = action["Destination"][0].removeprefix("pjsip:")
        phone = self.board.phones.get(number)
        if phone is None or not phone.registered:
            raise Refusal("Message failed to send.")
        phone.reads(action["Body"][0])
        return [("Message", "Message successfully sent")], []

    def _originate(self, action: Action) -> Answer:
        uid, other = action.get("ChannelId", [""])[0], action.get("OtherChannelId", [""])[0]
        variables = dict(text.partition("=")[::2] for text in action.get("Variable", []))
        if uid in self.board.channels or other in self.board.channels:
            headers = [
                ("Response", "Failure"),
                ("Channel", action["Channel"][0]),
                ("Reason", "0"),
                ("Uniqueid", NOBODY),
            ]
            asyncio.get_running_loop().call_soon(self.board.say, "OriginateResponse", headers)
            return [("Message", "Originate successfully queued")], []
        asyncio.get_running_loop().call_soon(self._begin, action, uid, other, variables)
        return [("Message", "Originate successfully queued")], []

    def _begin(self, action: Action, uid: str, other: str, variables: dict[str, str]) -> None:
        if uid in self.board.channels or not self.board.up:
            return
        dial = action["Channel"][0]
        if dial.startswith("Local/"):
            channel = self.board.local(dial.removeprefix("Local/").removesuffix("/n"), uid, other)
        else:
            channel = self.board.outgoing(dial, uid=uid)
            shown, _, number = action.get("CallerID", [""])[0].partition(" <")
            channel.connected, channel.connected_name = number.rstrip(">"), shown.strip('"')
        for name, value in variables.items():
            channel.set(name, value)
        if dial.startswith("Local/"):
            self.board.invite(channel)
            return
        channel.context = action["Context"][0]
        self.board.run(channel, self._answered_then(channel, int(action["Timeout"][0]) / 1000))

    async def _answered_then(self, channel: Channel, within_s: float) -> None:
        if await self.board.reach(channel, within_s) and not channel.gone:
            await self.board.pbx.plan_of(channel)

    def _status(self, action: Action) -> Answer:
        names = action.get("Variables", [""])[0].split(",")
        now = self.board.ami.now()
        items = []
        for channel in self.board.channels.values():
            seen = [("Event", "Status"), ("Privilege", "Call"), *channel.headers(), ("Type", channel.technology)]
            seen += [("BridgeID", channel.bridge.uid if channel.bridge else ""), ("Application", "")]
            seen += [("Seconds", str(int(now - channel.created_at)))]
            seen += [("Variable", f"{name}={channel.variables.get(name, '(null)')}") for name in names if name]
            items.append(frame(seen))
        return [("EventList", "start"), ("Message", "Channel status will follow")], items
