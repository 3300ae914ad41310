"""One switchboard's AMI port on loopback: actions in, answers and events out, and faults on request.

Framing and words as Asterisk 22.10.1 writes them (``timestampevents=yes``, ``systemname`` set). What an action does is the
switchboard's; it is looked up in ``actions`` by its name in lower case.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from simulators.toy.channels import Header

Action = dict[str, list[str]]
SECRET = "of-a-toy-on-loopback-7q"  # noqa: S105 - a real start refuses a weak one
EVERY_RIGHT = (
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
)


def frame(headers: Iterable[Header]) -> bytes:
    """Headers to one message."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode() + b"\r\n"


class Refusal(Exception):
    """An action that Asterisk refuses; the text is its ``Message``."""


class Connection(asyncio.Protocol):
    """One client. Bytes only; it knows whether it has logged in."""

    def __init__(self, port: AmiPort) -> None:
        self.port = port
        self.transport: asyncio.Transport | None = None
        self.logged_in = False
        self.stalled = False
        self._in = self._out = b""
        self._piece: asyncio.Handle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.port.connections.add(self)
        self.send(b"Asterisk Call Manager/11.0.0\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self.port.connections.discard(self)
        if self._piece is not None:
            self._piece.cancel()
        self.transport = None

    def data_received(self, data: bytes) -> None:
        self._in += data
        self._read()

    def _read(self) -> None:
        while not self.stalled and self.transport is not None and b"\r\n\r\n" in self._in:
            text, _, self._in = self._in.partition(b"\r\n\r\n")
            action: Action = {}
            for line in text.decode().split("\r\n"):
                name, _, value = line.partition(": ")
                action.setdefault(name, []).append(value)
            self.port.take(self, action)

    def send(self, data: bytes) -> None:
        """Send, as the faults that are asked for allow."""
        cut_in = self.port.cut_in
        if cut_in and cut_in in data and self.transport is not None:
            self.port.cut_in = b""
            self.transport.write(self._out + data[: len(data) // 2])  # a connection that breaks in mid-message
            self.transport.close()
            return
        self._out += data
        self._flow()
        if (behind := self.port.cut_behind) and behind in data:
            self.port.cut_behind = b""
            if self.transport is not None:
                self.transport.close()  # what was written arrives, what the other side says to it does not

    def _flow(self) -> None:
        if self.stalled or self.transport is None or not self._out:
            return
        size = self.port.slice_bytes
        if not size:
            self.transport.write(self._out)
            self._out = b""
        elif self._piece is None:
            self._piece = asyncio.get_running_loop().call_soon(self._send_piece)

    def _send_piece(self) -> None:
        """One slice a turn of the loop, so that the reader meets each by itself."""
        self._piece = None
        size = self.port.slice_bytes or len(self._out)
        if self.transport is not None and not self.stalled:
            self.transport.write(self._out[:size])
            self._out = self._out[size:]
            self._flow()

    def stall(self, stalled: bool) -> None:
        """Nothing goes either way, and nothing is lost: a link that is half open, or a side that is frozen."""
        self.stalled = stalled
        self._flow()
        self._read()

    def abort(self) -> None:
        """End as a network does."""
        if self.transport is not None:
            self.transport.abort()


class AmiPort:
    """The port. Faults: ``cut``, ``stall`` and ``flow``, ``slice_bytes``, ``cut_in``, ``cut_behind``, ``refuse``, ``late_s``, ``rights``."""

    def __init__(self, system_name: str) -> None:
        self.system_name = system_name
        self.number = 0
        self.version = "22.10.1~dfsg+~cs6.15.60671435-1"
        self.rights: tuple[str, ...] = EVERY_RIGHT
        self.actions: dict[str, Callable[[Action], tuple[list[Header], list[bytes]]]] = {}
        self.seen: list[Action] = []
        self.slice_bytes = 0
        self.cut_in = b""
        """Where these bytes are to be sent, half of their message is, and the connection ends."""
        self.cut_behind = b""
        """Behind the message that has these bytes the connection ends."""
        self.refuse: dict[str, str] = {}
        """Action to the message with which it is refused."""
        self.loses: set[str] = set()
        """Events of which nobody hears, by name: a fault that AMI should not have, and that a check must find."""
        self.late_s: dict[str, float] = {}
        """Action to how late it is done and answered."""
        self.connections: set[Connection] = set()
        self.stalls_new = False
        self._server: asyncio.Server | None = None
        self._late: set[asyncio.TimerHandle] = set()
        self._last = 0.0
        self.told: list[bytes] = []
        """Every event since the beginning, as it went out."""

    # --- life ---------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Listen on a free port of loopback; on the same one again after a restart."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), "127.0.0.1", self.number, reuse_address=True)
        self.number = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End the port and every connection."""
        for timer in self._late:
            timer.cancel()
        self._late.clear()
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()
            self._server = None

    # --- faults -------------------------------------------------------------------------------------------------------

    def cut(self) -> None:
        """Break every connection as a network does."""
        for connection in list(self.connections):
            connection.abort()

    def stall(self) -> None:
        """The connections that stand neither read nor write any more; new ones do."""
        for connection in self.connections:
            connection.stall(True)

    def flow(self) -> None:
        """What was stalled goes on, with everything that waited."""
        for connection in list(self.connections):
            connection.stall(False)

    # --- out ------------------------------------------------------------------------------------------------------------

    def now(self) -> float:
        """Asterisk's clock: never twice the same microsecond."""
        self._last = max(time.time(), self._last + 1e-6)
        return self._last

    def tell(self, event: str, privilege: str, headers: Iterable[Header]) -> None:
        """One event to everyone who has logged in, unless it is one that is lost."""
        if event in self.loses:
            return
        head = [("Event", event), ("Privilege", f"{privilege},all"), ("Timestamp", f"{self.now():.6f}")]
        data = frame([*head, ("SystemName", self.system_name), *headers])
        self.told.append(data)
        for connection in list(self.connections):
            if connection.logged_in:
                connection.send(data)

    # --- in -------------------------------------------------------------------------------------------------------------

    def take(self, connection: Connection, action: Action) -> None:
        """One action, now or late."""
        self.seen.append(action)
        late_s = self.late_s.get(action["Action"][0])
        if not late_s:
            self._do(connection, action)
            return
        self._late.add(asyncio.get_running_loop().call_later(late_s, self._do, connection, action))

    def _do(self, connection: Connection, action: Action) -> None:
        name = action["Action"][0]
        id_ = ("ActionID", action.get("ActionID", [""])[0])
        try:
            if name == "Login":
                self._log_in(connection, action, id_)
                return
            if not connection.logged_in:
                raise Refusal("Permission denied")
            if name in self.refuse:
                raise Refusal(self.refuse[name])
            do = self.actions.get(name.lower())
            if do is None or (name in EVERY_RIGHT and name not in self.rights):
                raise Refusal("Permission denied" if do else "Invalid/unknown command")
            headers, items = do(action)
        except Refusal as refusal:
            connection.send(frame([("Response", "Error"), id_, ("Message", str(refusal))]))
            return
        connection.send(frame([("Response", "Success"), id_, *headers]))
        if ("EventList", "start") in headers:
            for item in items:
                connection.send(item[:-2] + frame([id_]))
            complete = f"{name}Complete"
            ended = [("Event", complete), id_, ("EventList", "Complete"), ("ListItems", str(len(items)))]
            connection.send(frame(ended))

    def _log_in(self, connection: Connection, action: Action, id_: Header) -> None:
        if action.get("Secret") != [SECRET]:
            raise Refusal("Authentication failed")
        connection.send(frame([("Response", "Success"), id_, ("Message", "Authentication accepted")]))
        booted = [("Event", "FullyBooted"), ("Privilege", "system,all"), ("Uptime", "1"), ("LastReload", "1")]
        connection.send(frame([*booted, ("Status", "Fully Booted")]))
        connection.logged_in = True

    # --- what every Asterisk answers ------------------------------------------------------------------------------------

    def core_settings(self, _: Action) -> tuple[list[Header], list[bytes]]:
        """``CoreSettings``."""
        return [("AsteriskVersion", self.version), ("SystemName", self.system_name)], []

    def list_commands(self, _: Action) -> tuple[list[Header], list[bytes]]:
        """``ListCommands``: what this account may do."""
        return [(name, "as in Asterisk.  (Priv: all)") for name in (*self.rights, "CoreSettings", "ListCommands")], []

    def ping(self, _: Action) -> tuple[list[Header], list[bytes]]:
        """``Ping``."""
        return [("Ping", "Pong"), ("Timestamp", f"{self.now():.6f}")], []
