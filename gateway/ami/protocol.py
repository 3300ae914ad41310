"""panoramisk's protocol and manager, mended (docs/decisions/0003-panoramisk.md).

Kept: ``Manager`` connects, logs in and builds actions with their ids; ``AMIProtocol`` is what it drives. Mended here,
through the public ``protocol_factory``: frames are cut on bytes; answers are matched by ActionID, lists included; an
action is sent once or refused, and ends with its link; nothing that a callback does reaches the connection; no
reconnecting and no pinging behind our back (``link`` does both, and checks the Pong).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import panoramisk
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from gateway.ami import encode
from gateway.ami.framing import Framer, FramingError
from gateway.ami.wire import raw

log = logging.getLogger(__name__)
_quiet = logging.getLogger(__name__ + ".panoramisk")  # its messages lack the host and repeat what link says better
_quiet.setLevel(logging.CRITICAL)

_ACTION_ID = b"\r\nActionID:"
_EVENT_LIST = b"\r\nEventList:"
_A_YEAR_S = 31_536_000


class LinkDown(ConnectionError):
    """The action was not sent, or its answer can no longer come. Says why the link is down."""


class NoAnswer(TimeoutError):
    """No answer within the deadline. What the action should do may have happened nevertheless."""


class Reply:
    """The answer to one action: the headers of its response (the first of a name wins), and the events of a list."""

    __slots__ = ("_headers", "frame", "items")

    def __init__(self, frame: bytes, items: list[bytes]) -> None:
        self.frame = frame
        self.items = items
        self._headers: dict[str, str] = {}
        for line in frame.decode("utf-8", "replace").split("\r\n"):
            key, colon, value = line.partition(":")
            if colon:
                self._headers.setdefault(key, value.strip())

    def get(self, key: str) -> str:
        """A header, empty where it is absent."""
        return self._headers.get(key, "")

    @property
    def ok(self) -> bool:
        """True where Asterisk accepted the action."""
        return self.get("Response") in ("Success", "Follows", "Goodbye")

    @property
    def message(self) -> str:
        """Asterisk's own words."""
        return self.get("Message") or self.get("Response")


class _Pending:
    __slots__ = ("answer", "first", "items")

    def __init__(self, answer: asyncio.Future[Reply]) -> None:
        self.answer = answer
        self.first: bytes | None = None  # the response that opened a list
        self.items: list[bytes] = []


def _drop_frame(_: bytes) -> None:
    """Where frames go when nobody listens any more."""


class MendedProtocol(AMIProtocol):  # type: ignore[misc]  # 1.4 ships no types
    """One connection. ``sink`` gets each event frame, in order, synchronously; ``gone`` resolves once, with why."""

    def __init__(self, sink: Callable[[bytes], None], frame_bytes_max: int) -> None:
        self.sink = sink
        self.gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.garbled: FramingError | None = None
        self.sent = 0
        self.stray = 0  # answers that nobody waits for: late, or to a line that Asterisk could not read
        self.sink_errors = 0
        self.transport: asyncio.Transport | None = None
        self._framer = Framer(frame_bytes_max)
        self._pending: dict[bytes, _Pending] = {}
        self._lists = 0

    # --- what asyncio calls -----------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        for frame in self._framer.feed(data):
            if not frame.startswith(b"Event:"):
                self._response(frame)
            elif not (self._lists and self._list_item(frame)):
                try:
                    self.sink(frame)
                except Exception:
                    self.sink_errors += 1
                    log.exception("a listener failed on an AMI event; the connection goes on")
        if self._framer.broken is not None:
            self.garbled = self._framer.broken
            self.drop(str(self.garbled))

    def connection_lost(self, exc: Exception | None) -> None:
        self.drop(f"connection broken: {exc}" if exc else "closed by the other side")

    # --- what panoramisk's Manager calls ----------------------------------------------------------------------------

    def send(self, data: Any, as_list: bool | None = None) -> Any:
        """Send an action for ``Manager``; its future becomes a panoramisk ``Message``, without a list's items."""
        action = data if isinstance(data, Action) else Action(data, as_list=as_list)
        future = getattr(action, "future", action)  # a later panoramisk makes the action itself the future

        def answered(answer: asyncio.Future[Reply]) -> None:
            if answer.exception() is None and not future.done():  # a link that ended leaves panoramisk's future open
                message = Message.from_line(answer.result().frame.decode("utf-8", "replace"))
                future.set_result(message or Message({"Response": "Error", "Message": "an answer that is none"}))

        headers = [(key, str(value)) for key, value in action.items() if key.lower() not in ("action", "actionid")]
        self._send(action["Action"], headers, action["ActionID"]).add_done_callback(answered)
        return future

    def close(self) -> None:
        """``Manager`` closes; unlike panoramisk's, nothing is kept for sending again."""
        self.drop("closed by us")

    # --- what link calls --------------------------------------------------------------------------------------------

    async def request(self, name: str, *headers: encode.Header, deadline_s: float) -> Reply:
        """Send one action and wait for its whole answer.

        Raises ``Refused`` before anything is sent, ``LinkDown`` when the connection is or goes down, ``NoAnswer`` after
        ``deadline_s`` seconds (an answer that comes later is counted as stray and dropped).
        """
        action_id = Action.action_id_generator()
        answer = self._send(name, headers, action_id)
        # A timer of our own: each call has an action, and asyncio.timeout() takes as long as all the rest of it.
        timer = asyncio.get_running_loop().call_later(deadline_s, _time_up, answer, name, deadline_s)
        try:
            return await answer
        finally:
            timer.cancel()
            self._forget(action_id.encode())

    def drop(self, why: str) -> None:
        """End the connection now. Every action that waits fails with ``LinkDown``; no frame is delivered any more."""
        if self.gone.done():
            return
        self.gone.set_result(why)
        self.sink = _drop_frame
        waiting, self._pending, self._lists = list(self._pending.values()), {}, 0
        for pending in waiting:
            if not pending.answer.done():
                pending.answer.set_exception(LinkDown(why))
                pending.answer.exception()  # seen, also where nobody waits
        if self.transport is not None:
            self.transport.abort()  # close() would wait for a dead peer to take what is buffered

    # --- inside -----------------------------------------------------------------------------------------------------

    def _send(self, name: str, headers: Any, action_id: str) -> asyncio.Future[Reply]:
        if self.gone.done():
            raise LinkDown(self.gone.result())
        assert self.transport is not None
        data = encode.action(name, headers, action_id)
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._pending[action_id.encode()] = _Pending(answer)
        self.transport.write(data)
        self.sent += 1
        return answer

    def _forget(self, action_id: bytes) -> None:
        pending = self._pending.pop(action_id, None)
        if pending is not None and pending.first is not None:
            self._lists -= 1

    def _response(self, frame: bytes) -> None:
        action_id = raw(frame, _ACTION_ID) or b""
        pending = self._pending.get(action_id)
        if pending is None or pending.first is not None:
            self.stray += 1
            if self.stray & (self.stray - 1) == 0:  # 1st, 2nd, 4th, 8th …
                log.warning("an AMI answer that nobody waits for: %.80s", Reply(frame, []).message)
        elif (raw(frame, _EVENT_LIST) or b"").lower() == b"start":
            pending.first = frame
            self._lists += 1
        else:
            self._finish(action_id, Reply(frame, []))

    def _list_item(self, frame: bytes) -> bool:
        action_id = raw(frame, _ACTION_ID) or b""
        pending = self._pending.get(action_id)
        if pending is None or pending.first is None:
            return False
        state = (raw(frame, _EVENT_LIST) or b"").lower()
        if not state:
            pending.items.append(frame)
        elif state == b"complete":
            self._finish(action_id, Reply(pending.first, pending.items))
        else:
            self._finish(action_id, Reply(b"Response: Error\r\nMessage: Asterisk broke the list off", []))
        return True

    def _finish(self, action_id: bytes, reply: Reply) -> None:
        pending = self._pending[action_id]
        self._forget(action_id)
        if not pending.answer.done():
            pending.answer.set_result(reply)


def _time_up(answer: asyncio.Future[Reply], name: str, deadline_s: float) -> None:
    if not answer.done():
        answer.set_exception(NoAnswer(f"{name} was not answered within {deadline_s:g} s"))


class OneConnection(panoramisk.Manager):  # type: ignore[misc]  # 1.4 ships no types
    """panoramisk's ``Manager`` for exactly one connection: it connects and logs in; it neither pings nor reconnects."""

    def __init__(self, protocol: MendedProtocol, host: str, port: int, username: str, secret: str) -> None:
        super().__init__(
            host=host, port=port, username=username, secret=secret, protocol_factory=lambda: protocol, log=_quiet,
            loop=asyncio.get_running_loop(), ping_delay=_A_YEAR_S,
        )  # fmt: skip
        self.pinger: asyncio.TimerHandle | None
        self._protocol = protocol

    def connection_made(self, f: asyncio.Future[Any]) -> None:
        """A failed connection ends here; panoramisk would start its own endless reconnecting."""
        if f.cancelled() or f.exception() is not None or self._protocol.gone.done():
            return
        super().connection_made(f)
        if self.pinger is not None:
            self.pinger.cancel()
            self.pinger = None

    def login(self, future: asyncio.Future[Any]) -> bool:
        """As panoramisk's, without starting its pinger, which never looks at the Pong."""
        self.authenticated = bool(future.result().success)
        return self.authenticated

    async def log_in(self) -> Any:
        """Connect, send ``Login``, and return Asterisk's answer as a panoramisk ``Message``.

        Raises ``OSError`` where there is no connection, ``LinkDown`` where it ended without an answer. Has no
        deadline of its own.
        """
        await self.connect()
        answer = self.authenticated_future
        if answer is not None:
            await asyncio.wait({answer, self._protocol.gone}, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
        raise LinkDown(self._protocol.gone.result())
