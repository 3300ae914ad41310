"""A hand-written AMI server for tests: speaks as Asterisk 22.10.1 does, and fails on request.

It knows nothing of ``gateway``. Every wait has an end, so that a broken test fails instead of hanging.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self

Action = dict[str, list[str]]
WAIT_S = 5.0


class Changes:
    """Lets a test wait for a condition instead of sleeping."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def happened(self) -> None:
        """Look again, everyone."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return once ``condition()`` is true; fail after ``WAIT_S`` seconds."""
        async with asyncio.timeout(WAIT_S):
            while not condition():
                future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(future)
                await future


class FakeAmi:
    """One switchboard's AMI port on loopback."""

    def __init__(self) -> None:
        self.banner = "Asterisk Call Manager/11.0.0"
        self.secret = "right"
        self.version = "22.10.1+dfsg"
        self.system_name = "12345"
        self.boots = True
        self.rights = [
            "Getvar",
            "Hangup",
            "MessageSend",
            "Originate",
            "Ping",
            "QueueAdd",
            "QueuePause",
            "QueueRemove",
            "QueueStatus",
            "Redirect",
            "Setvar",
            "Status",
        ]
        self.mute: set[str] = set()  # actions that are read and never answered
        self.refuse: dict[str, str] = {}  # action -> Asterisk's message
        self.slice_bytes = 0  # write in pieces of this size, 0: whole
        self.after_login = ""  # sent in the same piece as the login's answer
        self.during_snapshot = ""  # sent between Status's answer and its list
        self.channels: list[str] = []
        self.members: list[str] = []
        self.phones: list[str] = []
        self.modules: set[str] | None = {"codec_a_mu.so"}  # None: func_module.so is not loaded
        self.getvar: Callable[[str], str] | None = None  # values of globals and functions; None: it tells nothing
        self.dialplan: Callable[[str], list[str]] | None = (
            None  # events of ListDialplan by context; None: no list at all
        )
        self.withheld: set[str] = set()  # events of a test that the account is not told
        self.actions: list[Action] = []
        self.logins = 0
        self.changes = Changes()
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Close the port and every connection."""
        assert self._server is not None
        self._server.close()
        self.cut()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._server.wait_closed()

    def names(self) -> list[str]:
        """Names of the actions that have arrived, in order."""
        return [action["Action"][0] for action in self.actions]

    def of(self, name: str) -> list[Action]:
        """The actions of one name."""
        return [action for action in self.actions if action["Action"][0] == name]

    async def saw(self, name: str, times: int = 1) -> Action:
        """Wait for the n-th action of that name."""
        await self.changes.until(lambda: len(self.of(name)) >= times)
        return self.of(name)[times - 1]

    def cut(self) -> None:
        """Break every connection as a network does."""
        for writer in list(self._writers):
            writer.transport.abort()

    def say(self, text: str | bytes) -> None:
        """Send to every connection; ``text`` has LF line ends where it is a string."""
        data = text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode()
        for writer in self._writers:
            for piece in self._sliced(data):
                writer.write(piece)

    def answer(self, action: Action, text: str) -> None:
        """Answer one action by hand. ``text`` begins with ``Response:``."""
        first, _, rest = text.partition("\n")
        self.say(f"{first}\nActionID: {action['ActionID'][0]}\n{rest}\n\n")

    def _sliced(self, data: bytes) -> list[bytes]:
        size = self.slice_bytes or len(data)
        return [data[i : i + size] for i in range(0, len(data), size)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            writer.write(f"{self.banner}\r\n".encode())
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                action: Action = {}
                for line in text.split("\r\n"):
                    if line:
                        key, _, value = line.partition(": ")
                        action.setdefault(key, []).append(value)
                self.actions.append(action)
                self._react(action)
                self.changes.happened()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.transport.abort()
            self.changes.happened()

    def _react(self, action: Action) -> None:
        name = action["Action"][0]
        if name in self.mute:
            return
        if name in self.refuse:
            self.answer(action, f"Response: Error\nMessage: {self.refuse[name]}")
        elif name == "Login":
            self._login(action)
        elif name == "CoreSettings":
            version, system = self.version, self.system_name
            self.answer(action, f"Response: Success\nAsteriskVersion: {version}\nSystemName: {system}")
        elif name == "ListCommands":
            listed = "\n".join(f"{right}: Something. (Priv: all)" for right in self.rights)
            self.answer(action, f"Response: Success\n{listed}")
        elif name == "Ping":
            self.answer(action, "Response: Success\nPing: Pong\nTimestamp: 1795465784.626346")
        elif name == "Status":
            self._list(action, self.channels, "StatusComplete", self.during_snapshot)
        elif name == "QueueStatus":
            self._list(action, self.members, "QueueStatusComplete")
        elif name == "DeviceStateList":
            self._list(action, self.phones, "DeviceStateListComplete")
        elif name == "Getvar" and self.getvar is not None and "Channel" not in action:
            value = self.getvar(action["Variable"][0])
            self.answer(action, f"Response: Success\nVariable: {action['Variable'][0]}\nValue: {value}")
        elif name == "ShowDialPlan" and self.dialplan is not None:
            self._list(action, self.dialplan(action["Context"][0]), "ShowDialPlanComplete")
        elif name in ("Originate", "QueuePenalty") and self.getvar is not None:
            self.answer(action, "Response: Success\nMessage: Done")
            for event in ("Newchannel", "UserEvent") if name == "Originate" else ("QueueMemberPenalty",):
                if event not in self.withheld:
                    self.say(
                        f"Event: {event}\nPrivilege: of it\nChannel: Local/hear@onekey-test-1;1\nUniqueid: 12345-1.1\nChannelState: 0\nLinkedid: 12345-1.1\n\n"
                    )
        elif name == "Getvar" and action["Variable"][0].startswith("IFMODULE("):
            module = action["Variable"][0][len("IFMODULE(") : -1]
            value = "" if self.modules is None else str(int(module in self.modules))
            self.answer(action, f"Response: Success\nVariable: {action['Variable'][0]}\nValue: {value}")
        elif name == "Getvar" and action["Variable"][0].startswith("PJSIP_ENDPOINT("):
            self.answer(action, f"Response: Success\nVariable: {action['Variable'][0]}\nValue: ")
        else:
            self.answer(action, "Response: Success\nMessage: Done")

    def _login(self, action: Action) -> None:
        self.logins += 1
        if action["Secret"] != [self.secret]:
            self.answer(action, "Response: Error\nMessage: Authentication failed")
            for writer in self._writers:
                writer.close()
            return
        boot = "Event: FullyBooted\nPrivilege: system,all\nStatus: Fully Booted\n\n" if self.boots else ""
        answer = f"Response: Success\nActionID: {action['ActionID'][0]}\nMessage: Authentication accepted\n\n"
        self.say(answer + boot + self.after_login)

    def _list(self, action: Action, items: list[str], complete: str, between: str = "") -> None:
        action_id = action["ActionID"][0]
        text = f"Response: Success\nActionID: {action_id}\nEventList: start\nMessage: will follow\n\n" + between
        text += "".join(f"{item}\nActionID: {action_id}\n\n" for item in items)
        self.say(f"{text}Event: {complete}\nActionID: {action_id}\nEventList: Complete\nListItems: {len(items)}\n\n")
