"""The line of pyVoIP's phone, mended: one asyncio socket, registration, and what SIP asks of a call."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import warnings
from dataclasses import dataclass, field
from typing import Any

from simulators.listening import Heard
from simulators.manners import Manner
from simulators.phone import Account, Diary, PhoneError, Ring
from simulators.rtp import EVENT

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pyVoIP's own syntax
    from pyVoIP.VoIP import CallState, VoIPPhone  # isort: skip  # first: pyVoIP's modules import in a circle
    from pyVoIP import RTP, SIP
from simulators.pyvoip_call import MendedCall, MendedSip, media_types
from simulators.sip_texts import Dialogue, acknowledged, authorization, header, response, shown, uri_of, within

RTP_PORTS = (20000, 30000)
"""Apart from Asterisk's (10000 to 12000) and PJSIP's (16000 to 17000); below the ephemeral ones."""
WAIT_S = 8.0
"""How long the other side may take to answer a request on loopback, a busy CI machine included."""


@dataclass
class _Waiter:
    """A request of ours that waits for its final response."""

    method: str
    call_id: str
    done: asyncio.Future[bytes] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class PyVoipLine(VoIPPhone):
    """A phone's line: its registration, and the SIP of its calls. ``host`` is its own loopback address. Its person is ``PyVoipPhone``."""

    def __init__(
        self, name: str, account: Account, host: str, tone_hz: int, port: int = 5060, manner: Manner | None = None
    ) -> None:
        low, high = RTP_PORTS
        super().__init__(
            account.host,
            account.port,
            account.number,
            account.password,
            myIP=host,
            sipPort=port,
            rtpPortLow=low,
            rtpPortHigh=high,
        )
        self.name, self.account, self.tone_hz = name, account, tone_hz
        self.manner = manner or Manner()
        self.dice = random.Random(self.manner.seed)
        """Where each stream of this phone begins."""
        self.diary = Diary()
        self.heard_now = Heard()
        self.current: MendedCall | None = None
        self.answer_after_s: float | None = None
        """Answer by itself after so many seconds of ringing; None: a person does it."""
        self.first_packet_after_s = 0.0
        """How long this phone takes from its answer to its first packet of audio; real ones take up to a fifth of a second."""
        self.refuse_with: int | None = None
        """Refuse every call at once with this status."""
        self.forward_with_302: str | None = None
        """Forward every call at once to this number."""
        self.numbers_sent: set[str] = set()
        """Every longer run of digits in the requests that have come: what the phone has been told, whatever it shows."""
        self.sip = MendedSip(
            account.host, account.port, account.number, account.password, phone=self, myIP=host, myPort=port
        )
        self.headers_sent: set[str] = set()
        """The names, in lower case, of all headers in the requests that have come."""
        self._waiters: list[_Waiter] = []
        self._transport: asyncio.DatagramTransport | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ring: Ring | None = None
        self._handed_over: MendedCall | None = None
        self._dialling = False
        self._early: Dialogue | None = None
        """The call that is being dialled, since it rings at the other side."""
        self._consulted = ""

    @property
    def crashed(self) -> bool:
        """Never: it has no program of its own."""
        return False

    def request_port(self, blocking: bool = True) -> int:
        """A port for audio that nobody holds at this moment (pyVoIP asks its own list only)."""
        while True:
            port = int(super().request_port(blocking))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
                try:
                    trial.bind((self.myIP, port))
                except OSError:
                    continue
            return port

    @property
    def _contact(self) -> str:
        return f"sip:{self.username}@{self.myIP}:{self.sip.myPort}"

    # --- the wire -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Bind and register. Raises PhoneError with what the registrar said."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Wire(self), local_addr=(self.myIP, self.sip.myPort)
        )
        await self._register(leaving=False)
        self.diary.note("registered", f"{self.account.number}@{self.server}, {self.manner}")

    async def refresh(self) -> None:
        """Register once more: a registration lasts two minutes. Raises PhoneError."""
        await self._register(leaving=False)

    def vanish(self) -> None:
        """Die as a phone that loses power: nothing is said to anyone."""
        for call in [*self.calls.values(), *([self.current] if self.current else [])]:
            call.end()
        self.calls.clear()
        self.current = None
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def _send(self, text: str) -> None:
        if self._transport is not None:
            self._transport.sendto(text.encode(), (self.server, self.port))

    async def _ask(self, text: str, method: str, call_id: str) -> bytes:
        """Send a request and wait for its final response."""
        waiter = _Waiter(method, call_id)
        self._waiters.append(waiter)
        self._send(text)
        try:
            return await asyncio.wait_for(waiter.done, WAIT_S)
        except TimeoutError:
            raise PhoneError(f"{self.name}: no answer to {method} within {WAIT_S:g} s") from None
        finally:
            self._waiters.remove(waiter)

    async def _register(self, *, leaving: bool) -> None:
        first = self.sip.gen_first_response(deregister=leaving)
        raw = await self._ask(first, "REGISTER", header(first.encode(), "Call-ID"))
        if b" 401 " in raw.splitlines()[0]:
            second = self.sip.gen_register(SIP.SIPMessage(raw), deregister=leaving)
            raw = await self._ask(second, "REGISTER", header(second.encode(), "Call-ID"))
        if b" 200 " not in raw.splitlines()[0]:
            raise PhoneError(f"{self.name}: registration of {self.account.number} refused: {raw.splitlines()[0]!r}")

    def received(self, raw: bytes) -> None:
        """One datagram: a response to what we asked, or a request."""
        line = raw.split(b"\r\n", 1)[0].decode("utf-8", "replace")
        if line.startswith("SIP/2.0"):
            self._response(raw, int(line.split()[1]))
        elif line:
            self._request(raw, line.split()[0])

    # --- responses ------------------------------------------------------------------------------------------------------

    def _response(self, raw: bytes, status: int) -> None:
        method, call_id = header(raw, "CSeq").split()[-1], header(raw, "Call-ID")
        if status < 200:
            if status in (180, 183) and method == "INVITE":
                self._early = self._dialled(self._invite, raw)
                self.diary.note("ringback", str(status))
            return
        for waiter in self._waiters:
            if waiter.method == method and waiter.call_id == call_id and not waiter.done.done():
                waiter.done.set_result(raw)
                return
        if method == "INVITE" and status == 200 and self.current is not None:
            self._acknowledge(self.current.dialogue, raw)  # our ACK was lost

    async def _dial(self, number: str) -> None:
        port = self.request_port()
        voices = {kind: RTP.PayloadType(kind) for kind in self.manner.codecs}
        media = {port: {**voices, EVENT: RTP.PayloadType.EVENT}}
        call_id, session = self.sip.gen_call_id(), self.sip.sessID.next()
        invite = self._first_invite(number, session, media, call_id)
        raw = await self._ask_invite(invite, call_id)
        if int(raw.split()[1]) == 401:
            self._send(acknowledged(invite, raw))
            challenge = SIP.SIPMessage(raw)
            digest = self.sip.gen_authorization(challenge).decode()
            allowed = authorization(challenge.authentication, self.username, self.server, digest)
            invite = self._first_invite(number, session, media, call_id)
            invite = invite.replace("\r\nContent-Length", f"\r\n{allowed}\r\nContent-Length", 1)
            raw = await self._ask_invite(invite, call_id)
        status = int(raw.split()[1])
        if status != 200:
            self._send(acknowledged(invite, raw))
            self._back()
            self.diary.note("refused", str(status))
            return
        message = SIP.SIPMessage(raw)
        call = MendedCall(self, CallState.DIALING, message, session, self.myIP, ms=media, sendmode="sendrecv")
        call.dialogue = self._dialled(invite, raw)
        call.heard = self.heard_now
        self.current = self.calls[call_id] = call
        audio = next(media for media in message.body["m"] if media["type"] == "audio")
        codecs = {int(kind): media_type for kind, media_type in media_types(audio).items()}
        call.create_rtp_clients(codecs, self.myIP, port, message, audio["port"])
        self._acknowledge(call.dialogue, raw)
        call.rtp.start()
        call.state = CallState.ANSWERED
        self.diary.note("answered", number)

    @staticmethod
    def _dialled(invite: str, raw: bytes) -> Dialogue:
        """The dialogue that an INVITE of ours and a response make. Its requests are numbered on from the INVITE's (section 12.2.1.1)."""
        wire = invite.encode()
        local, remote, number = header(wire, "From"), header(raw, "To"), int(header(wire, "CSeq").split()[0])
        return Dialogue(header(wire, "Call-ID"), local, remote, uri_of(header(raw, "Contact")), number)

    def _first_invite(self, number: str, session: int, media: dict[int, dict[int, Any]], call_id: str) -> str:
        text: str = self.sip.gen_invite(number, str(session), media, "sendrecv", self.sip.gen_branch(), call_id)
        return text.replace("a=ptime:20\r\n", f"a=ptime:{self.manner.packet_ms}\r\n")  # of the same length

    async def _ask_invite(self, invite: str, call_id: str) -> bytes:
        """An INVITE may ring for a minute."""
        self._invite, self._invite_call_id, self._dialling = invite, call_id, True
        waiter = _Waiter("INVITE", call_id)
        self._waiters.append(waiter)
        self._send(invite)
        try:
            return await asyncio.wait_for(waiter.done, 90)
        finally:
            self._dialling, self._early = False, None
            self._waiters.remove(waiter)

    def _acknowledge(self, dialogue: Dialogue, raw: bytes) -> None:
        """ACK of a 200: a request of its own within the dialogue (RFC 3261 section 13.2.2.4)."""
        number = header(raw, "CSeq").split()[0]
        self._send(self._in_dialogue(dialogue, "ACK", number))

    def _in_dialogue(self, dialogue: Dialogue, method: str, number: str = "") -> str:
        via = f"SIP/2.0/UDP {self.myIP}:{self.sip.myPort};branch={self.sip.gen_branch()};rport"
        return within(dialogue, method, via=via, contact=self._contact, number=number)

    # --- requests -------------------------------------------------------------------------------------------------------

    def _request(self, raw: bytes, method: str) -> None:
        self.numbers_sent.update(re.findall(r"\d{7,}", raw.decode("utf-8", "replace")))
        head = raw.partition(b"\r\n\r\n")[0]
        self.headers_sent.update(name.decode().lower() for name in re.findall(rb"^([\w-]+)\s*:", head, re.M))
        call_id = header(raw, "Call-ID")
        call = self.calls.get(call_id)
        if method == "INVITE":
            self._invited(raw, call)
        elif method == "ACK":
            return
        elif method == "BYE":
            self._respond(raw, 200, "OK")
            if call is not None:
                self._over(call, "hung_up", header(raw, "Reason"))
        elif method == "CANCEL":
            self._respond(raw, 200, "OK")
            if call is not None and call.state == CallState.RINGING:
                self._respond(call.raw, 487, "Request Terminated")
                self._over(call, "cancelled", header(raw, "Reason"))
        else:
            if method == "MESSAGE":
                self.diary.note("text", raw.partition(b"\r\n\r\n")[2].decode("utf-8", "replace"))
            self._respond(raw, 200, "OK")
            if method == "NOTIFY" and call is not None:
                self._notified(raw, call)

    def _notified(self, raw: bytes, call: MendedCall) -> None:
        """How a transfer of ours goes (RFC 3515). One that has gone well ends this call, as a phone does."""
        status = re.search(rb"^SIP/2\.0 ([2-6]\d\d)", raw.partition(b"\r\n\r\n")[2])
        if status is None:
            return
        if status[1].startswith(b"2"):
            self.diary.note("transferred", status[1].decode())
            self._over(call, "hung_up")
            self._send(self._in_dialogue(call.dialogue, "BYE"))
        else:
            self.diary.note("transfer_failed", status[1].decode())

    def _respond(self, raw: bytes, status: int, phrase: str, body: str = "", contact: str = "") -> None:
        tag = self.sip.tagLibrary.setdefault(header(raw, "Call-ID"), self.sip.gen_tag())
        self._send(response(raw, f"{status} {phrase}", tag=tag, contact=contact or self._contact, body=body))

    def _invited(self, raw: bytes, call: MendedCall | None) -> None:
        if call is not None:
            if call.state == CallState.ANSWERED:
                call.move_media(SIP.SIPMessage(raw))
                way = call.answer_to(raw)
                self._respond(raw, 200, "OK", call.describe(way))
                call.turn(way)
            return
        if ";tag=" in header(raw, "To"):  # about a call that is over here: it rings nobody (RFC 3261 section 12.2.2)
            self._respond(raw, 481, "Call/Transaction Does Not Exist")
            return
        busy = self.current is not None and self.current.state in (CallState.ANSWERED, CallState.RINGING)
        if self.forward_with_302:
            self._redirect(raw, self.forward_with_302)
            return
        if self.refuse_with or busy:
            self._respond(raw, self.refuse_with or 486, "Busy Here")
            self.diary.note("refusing", str(self.refuse_with or 486))
            return
        self.heard_now = Heard()
        message = SIP.SIPMessage(raw)
        call = MendedCall(self, CallState.RINGING, message, random.randint(1, 100000), self.myIP, sendmode="sendrecv")
        if not set(self.manner.codecs) & set(call.rtp.assoc):
            call.end()
            self._respond(raw, 488, "Not Acceptable Here")
            self.diary.note("refusing", "488")
            return
        call.raw, call.heard = raw, self.heard_now
        tag = self.sip.tagLibrary.setdefault(header(raw, "Call-ID"), self.sip.gen_tag())
        target = uri_of(header(raw, "Contact"))
        local, remote = f"{header(raw, 'To')};tag={tag}", header(raw, "From")
        call.dialogue = Dialogue(header(raw, "Call-ID"), local, remote, target)
        self.current = self.calls[call.dialogue.call_id] = call
        self._respond(raw, 180, "Ringing")
        self._note_ring(raw, remote)
        if self.answer_after_s is not None:
            asyncio.get_running_loop().call_later(self.answer_after_s, self._answer_by_itself, call)

    def _redirect(self, raw: bytes, number: str) -> None:
        """302 (RFC 3261 section 21.3.3): the Contact says where else to ring."""
        self.diary.note("forwarding", number)
        self._respond(raw, 302, "Moved Temporarily", contact=f"sip:{number}@{self.server}:{self.port}")

    def _note_ring(self, raw: bytes, remote: str) -> None:
        number, name, headers = shown(raw, remote)
        line = self.diary.note("ringing", f"{name} <{number}>")
        self._ring = Ring(line.at, number, name, headers)

    def _answer_by_itself(self, call: MendedCall) -> None:
        if call.state == CallState.RINGING:
            self._answer(call)

    def _answer(self, call: MendedCall) -> None:
        self._respond(call.raw, 200, "OK", call.describe("sendrecv"))
        if self.first_packet_after_s:
            asyncio.get_running_loop().call_later(self.first_packet_after_s, self._begin_audio, call)
        else:
            call.rtp.start()
        call.state = CallState.ANSWERED
        self.diary.note("answered", self._ring.number if self._ring else "")

    @staticmethod
    def _begin_audio(call: MendedCall) -> None:
        if call.state == CallState.ANSWERED:
            call.rtp.start()

    def _over(self, call: MendedCall, word: str, detail: str = "") -> None:
        call.end()
        self.calls.pop(call.dialogue.call_id, None)
        if self.current is call:
            self._back()
        self.diary.note(word, detail)

    def _back(self) -> None:
        """The other of two calls is the current one again, if there is one."""
        self.current = next(reversed(self.calls.values()), None)


class _Wire(asyncio.DatagramProtocol):
    def __init__(self, phone: PyVoipLine) -> None:
        self._phone = phone

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._phone.received(data)
