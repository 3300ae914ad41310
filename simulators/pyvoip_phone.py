"""pyVoIP 1.6.8 as a phone that can be trusted, mended and extended in this one file.

Kept of pyVoIP: its SIP parser and generators, its digest, its call and RTP client classes, its SDP. Mended:

- no thread at all: one asyncio socket each for SIP and RTP (pyVoIP: 2 threads a phone, 3 a call, polling at 100 Hz);
- a call may be answered at once (pyVoIP: a fixed timer of 1.0 s), cancelled, refused with any status;
- 401, 480, 486, 603 end a call of ours (pyVoIP stays DIALING); Call-IDs are unique over restarts;
- ACK and BYE carry the dialogue's tags and a Via of their own (pyVoIP invents a tag in each ACK);
- OPTIONS, INFO, MESSAGE, UPDATE, NOTIFY and re-INVITE are answered;
- REFER, blind and with Replaces, is sent, also while the second call still rings; a call is forwarded by 302;
- RFC 4733 digits are sent; G.711 is decoded by table at full width (pyVoIP: 8 bits, and ``audioop``, gone since 3.13);
- a port for audio is one that the machine has free (pyVoIP: any that it has not given out itself);
- packets of 10, 20 or 30 ms leave by the clock, each received one keeps the instant at which it sounds (``rtp``);
- the other side can be put on hold, and a phone that comes back from hold begins its audio anew.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import time
import uuid
import warnings
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from simulators.listening import PACKET_S, Heard
from simulators.manners import Manner
from simulators.phone import Account, Diary, PhoneError, Ring
from simulators.rtp import EVENT, MIRRORED, SENDS, MendedRtp, direction, sdp, spoken

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pyVoIP's own syntax
    from pyVoIP.VoIP import CallState, VoIPCall, VoIPPhone  # isort: skip  # first: pyVoIP's modules import in a circle
    from pyVoIP import RTP, SIP

RTP_PORTS = (20000, 30000)
"""Apart from Asterisk's (10000 to 12000) and PJSIP's (16000 to 17000); below the ephemeral ones."""
WAIT_S = 8.0
"""How long the other side may take to answer a request on loopback, a busy CI machine included."""


def header(raw: bytes, name: str) -> str:
    """One header of a raw message, or an empty text."""
    found = re.search(rb"^" + name.encode() + rb"\s*:[ \t]*(.*?)\r?$", raw, re.I | re.M)
    return found[1].decode("utf-8", "replace") if found else ""


def uri_of(value: str) -> str:
    """``"x" <sip:a@b>;tag=1`` -> ``sip:a@b``."""
    found = re.search(r"<([^>]+)>", value)
    return found[1] if found else value.split(";", maxsplit=1)[0].strip()


@dataclass
class Dialogue:
    """What a request within a call needs: RFC 3261 section 12. ``local`` and ``remote`` are header values with tags."""

    call_id: str
    local: str
    remote: str
    target: str
    cseq: int = 100


class MendedCall(VoIPCall):
    """pyVoIP's call with mended RTP, and the dialogue that its requests need."""

    dialogue: Dialogue
    raw: bytes
    heard: Heard
    way = "sendrecv"
    """The direction of the audio, as this phone sees it (RFC 3264)."""
    version = 0
    """Of the session description that was sent last."""
    holding = False
    """Whether this phone's person has put the other side on hold: nothing is sent then."""

    def create_rtp_clients(self, codecs: Any, ip: str, port: int, request: Any, baseport: int) -> None:
        """One mended client: the phone has one audio stream."""
        if not self.RTPClients:
            phone = self.phone
            kinds = spoken(codecs, phone.manner.codecs)
            client = MendedRtp(kinds, ip, port, request.body["c"][0]["address"], baseport, self.sendmode)
            client.open(phone.tone_hz, phone.heard_now, phone.manner, phone.dice)
            self.RTPClients.append(client)

    @property
    def rtp(self) -> MendedRtp:
        """The audio stream. Raises PhoneError before there is one."""
        if not self.RTPClients:
            raise PhoneError(f"{self.phone.username}: the call has no audio yet")
        client: MendedRtp = self.RTPClients[0]
        return client

    def move_media(self, request: Any) -> None:
        """A re-INVITE: send where it says from now on."""
        for media in request.body.get("m", []):
            if media["type"] == "audio":
                self.rtp.outIP, self.rtp.outPort = request.body["c"][0]["address"], media["port"]

    def turn(self, way: str) -> None:
        """Another direction of the audio: a new stream begins where one is sent, as real phones do after hold."""
        if way != self.way:
            self.way, self.rtp.sends = way, way in SENDS and not self.holding
            self.rtp.begin_anew()

    def answer_to(self, offer: bytes) -> str:
        """The direction that answers an offered one."""
        way = MIRRORED.get(direction(offer), direction(offer))
        return {"sendrecv": "sendonly", "recvonly": "inactive"}.get(way, way) if self.holding else way

    def describe(self, way: str) -> str:
        """The session description to be sent now."""
        self.version += 1
        return sdp(self.rtp, self.session_id, int(self.session_id) + self.version, way)

    def end(self) -> None:
        """No more audio."""
        for client in self.RTPClients:
            client.stop()
        self.state = CallState.ENDED


class MendedSip(SIP.SIPClient):
    """pyVoIP's SIP generators over one asyncio socket."""

    def gen_call_id(self) -> str:
        """Unique, also over restarts."""
        return f"{uuid.uuid4().hex}@{self.myIP}"


@dataclass
class _Waiter:
    """A request of ours that waits for its final response."""

    method: str
    call_id: str
    done: asyncio.Future[bytes] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class PyVoipPhone(VoIPPhone):
    """A phone of pyVoIP. ``host`` is its own loopback address; see ``simulators.phone.SipPhone`` for what it can do."""

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

    @property
    def exact_keys(self) -> bool:
        """It sends each digit's packets itself, and so knows when the last has left."""
        return True

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

    async def stop(self) -> None:
        """Hang up, unregister, close."""
        if self._transport is None:
            return
        await self.hang_up()
        await self.hang_up()  # the first of two
        for task in list(self._tasks):
            task.cancel()
        try:
            await asyncio.wait_for(self._register(leaving=True), 1.0)
        except (TimeoutError, PhoneError):
            pass  # the registrar is gone, which is what some stories are about
        self.vanish()

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

    async def call(self, number: str) -> None:
        """Dial. The answer, or the refusal, is noted in the diary."""
        self.heard_now = Heard()
        task = asyncio.get_running_loop().create_task(self._dial(number), name=f"{self.name} dials {number}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.diary.note("calling", number)

    async def _dial(self, number: str) -> None:
        port = self.request_port()
        voices = {kind: RTP.PayloadType(kind) for kind in self.manner.codecs}
        media = {port: {**voices, EVENT: RTP.PayloadType.EVENT}}
        call_id, session = self.sip.gen_call_id(), self.sip.sessID.next()
        invite = self._first_invite(number, session, media, call_id)
        raw = await self._ask_invite(invite, call_id)
        if int(raw.split()[1]) == 401:
            self._acknowledge_refusal(invite, raw)
            challenge = SIP.SIPMessage(raw)
            invite = self._first_invite(number, session, media, call_id)
            invite = invite.replace("\r\nContent-Length", f"\r\n{self._authorization(challenge)}Content-Length", 1)
            raw = await self._ask_invite(invite, call_id)
        status = int(raw.split()[1])
        if status != 200:
            self._acknowledge_refusal(invite, raw)
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

    def _authorization(self, challenge: Any) -> str:
        digest = self.sip.gen_authorization(challenge).decode()
        realm, nonce = challenge.authentication["realm"], challenge.authentication["nonce"]
        return (
            f'Authorization: Digest username="{self.username}",realm="{realm}",nonce="{nonce}",'
            f'uri="sip:{self.server};transport=UDP",response="{digest}",algorithm=MD5\r\n'
        )

    def _acknowledge(self, dialogue: Dialogue, raw: bytes) -> None:
        """ACK of a 200: a request of its own within the dialogue (RFC 3261 section 13.2.2.4)."""
        number = header(raw, "CSeq").split()[0]
        self._send(self._in_dialogue(dialogue, "ACK", number))

    def _acknowledge_refusal(self, invite: str, raw: bytes) -> None:
        """ACK of anything else: the INVITE's own Via and number (section 17.1.1.3)."""
        wire = invite.encode()
        lines = [
            f"ACK {invite.split()[1]} SIP/2.0",
            f"Via: {header(wire, 'Via')}",
            "Max-Forwards: 70",
            f"From: {header(wire, 'From')}",
            f"To: {header(raw, 'To')}",
            f"Call-ID: {header(wire, 'Call-ID')}",
            f"CSeq: {header(wire, 'CSeq').split()[0]} ACK",
            "Content-Length: 0",
        ]
        self._send("\r\n".join(lines) + "\r\n\r\n")

    def _in_dialogue(self, dialogue: Dialogue, method: str, number: str = "") -> str:
        if not number:
            dialogue.cseq += 1
            number = str(dialogue.cseq)
        lines = [
            f"{method} {dialogue.target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.myIP}:{self.sip.myPort};branch={self.sip.gen_branch()};rport",
            "Max-Forwards: 70",
            f"From: {dialogue.local}",
            f"To: {dialogue.remote}",
            f"Call-ID: {dialogue.call_id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:{self.username}@{self.myIP}:{self.sip.myPort}>",
            "Content-Length: 0",
        ]
        return "\r\n".join(lines) + "\r\n\r\n"

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
        """A response made of the request's own headers; the To tag is the call's."""
        tag = self.sip.tagLibrary.setdefault(header(raw, "Call-ID"), self.sip.gen_tag())
        to = header(raw, "To")
        vias = re.findall(rb"^Via\s*:.*?$", raw.replace(b"\r\n", b"\n"), re.I | re.M)
        lines = [
            f"SIP/2.0 {status} {phrase}",
            *(via.decode() for via in vias),
            f"From: {header(raw, 'From')}",
            f"To: {to if 'tag=' in to else f'{to};tag={tag}'}",
            f"Call-ID: {header(raw, 'Call-ID')}",
            f"CSeq: {header(raw, 'CSeq')}",
            f"Contact: <{contact or f'sip:{self.username}@{self.myIP}:{self.sip.myPort}'}>",
            "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, MESSAGE",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self._send("\r\n".join(lines) + "\r\n\r\n" + body)

    def _invited(self, raw: bytes, call: MendedCall | None) -> None:
        if call is not None:
            if call.state == CallState.ANSWERED:
                call.move_media(SIP.SIPMessage(raw))
                way = call.answer_to(raw)
                self._respond(raw, 200, "OK", call.describe(way))
                call.turn(way)
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
        shown = re.match(r'\s*"?([^"<]*?)"?\s*<', remote)
        number = re.search(r"sips?:([^@;>]+)@", remote)
        names = {n.decode().lower() for n in re.findall(rb"^(X-[\w-]+|User-to-User|Call-Info)\s*:", raw, re.I | re.M)}
        headers = {name: header(raw, name) for name in names}
        line = self.diary.note("ringing", f"{shown[1] if shown else ''} <{number[1] if number else ''}>")
        self._ring = Ring(line.at, number[1] if number else "", shown[1] if shown else "", headers)

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

    # --- the person -----------------------------------------------------------------------------------------------------

    async def wait_ring(self, after: float = 0.0, within_s: float = 10.0) -> Ring:
        """The next ring since an instant."""
        await self.diary.wait("ringing", after=after, within_s=within_s, who=self.name)
        assert self._ring is not None
        return self._ring

    async def answer(self) -> None:
        """Take the ringing call."""
        self._answer(self._ringing())

    async def decline(self, status: int = 486) -> None:
        """Refuse the ringing call."""
        call = self._ringing()
        self._respond(call.raw, status, "Busy Here" if status == 486 else "Decline")
        self._over(call, "declined", str(status))

    async def forward(self, number: str) -> None:
        """Send the ringing call elsewhere: 302."""
        call = self._ringing()
        self._redirect(call.raw, number)
        self._over(call, "forwarded", number)

    def _ringing(self) -> MendedCall:
        if self.current is None or self.current.state != CallState.RINGING:
            raise PhoneError(f"{self.name}: the phone does not ring")
        return self.current

    async def press(self, digits: str) -> float:
        """Press keys one after the other; returns the instant of the last one's end."""
        if self.current is None or self.current.state != CallState.ANSWERED:
            raise PhoneError(f"{self.name}: no call to press {digits} in")
        rtp = self.current.rtp
        count = len(rtp.digit_ended) + len(digits)
        for digit in digits:
            rtp.digit(digit)
        self.diary.note("pressing", digits)
        while len(rtp.digit_ended) < count and self.current is not None:
            await asyncio.sleep(PACKET_S / 4)
        ended = rtp.digit_ended.get(count, time.monotonic())
        self.diary.note("pressed", digits)
        return ended

    def mute(self, muted: bool = True) -> None:
        """Say nothing, or talk again. Raises PhoneError without a call."""
        if self.current is None or self.current.state != CallState.ANSWERED:
            raise PhoneError(f"{self.name}: no call to be silent in")
        self.current.rtp.muted = muted
        self.diary.note("silent" if muted else "talking")

    async def hold(self) -> None:
        """Put the other side on hold (RFC 3264 section 8.4). Raises PhoneError without a call."""
        await self._reinvite("holding", "sendonly")

    async def resume(self) -> None:
        """Talk on; the phone's audio begins anew. Raises PhoneError without a call."""
        await self._reinvite("resuming", "sendrecv")

    async def _reinvite(self, word: str, way: str) -> None:
        call = self.current
        if call is None or call.state != CallState.ANSWERED:
            raise PhoneError(f"{self.name}: no call, {word} is not possible")
        self.diary.note(word)
        call.holding = way != "sendrecv"
        call.turn(way)
        body = call.describe(way)
        text = self._in_dialogue(call.dialogue, "INVITE")
        text = text.replace("Content-Length: 0", f"Content-Type: application/sdp\r\nContent-Length: {len(body)}") + body
        raw = await self._ask(text, "INVITE", call.dialogue.call_id)
        if int(raw.split()[1]) != 200:
            raise PhoneError(f"{self.name}: {word}: {raw.splitlines()[0]!r}")
        call.move_media(SIP.SIPMessage(raw))
        self._acknowledge(call.dialogue, raw)

    async def refer(self, number: str) -> None:
        """The transfer button: REFER (RFC 3515) to a number."""
        if self.current is None or self.current.state != CallState.ANSWERED:
            raise PhoneError(f"{self.name}: no call to transfer to {number}")
        self.diary.note("referring", number)
        await self._refer(self.current.dialogue, f"sip:{number}@{self.server}:{self.port}")

    async def _refer(self, dialogue: Dialogue, target: str) -> None:
        text = self._in_dialogue(dialogue, "REFER")
        text = text.replace("\r\nContent-Length", f"\r\nRefer-To: <{target}>\r\nContent-Length", 1)
        raw = await self._ask(text, "REFER", dialogue.call_id)
        if not 200 <= int(raw.split()[1]) < 300:
            self.diary.note("transfer_failed", raw.split()[1].decode())

    async def say_in_call(self, method: str, line: str, body: str) -> bytes:
        """Any request inside the call, with one more header: the final response. For people who mean no good."""
        if self.current is None:
            raise PhoneError(f"{self.name}: no call to send {method} in")
        dialogue = self.current.dialogue
        text = self._in_dialogue(dialogue, method)
        text = text.replace("\r\nContent-Length: 0", f"\r\n{line}\r\nContent-Length: {len(body.encode())}", 1) + body
        return await self._ask(text, method, dialogue.call_id)

    async def consult(self, number: str) -> None:
        """The attended transfer's first half: a second call beside the first."""
        if self.current is None:
            raise PhoneError(f"{self.name}: no call to hand over to {number}")
        self._handed_over, self._consulted = self.current, number
        await self.call(number)

    async def hand_over(self) -> None:
        """Its second half: REFER with Replaces (RFC 3891), out of the first call and naming the second, also while that rings."""
        talking = self.current is not None and self.current is not self._handed_over
        second = self.current.dialogue if talking else self._early
        if self._handed_over is None or second is None:
            raise PhoneError(f"{self.name}: nobody has been consulted")
        tags = [re.search(r"tag=([^;>]+)", side) for side in (second.remote, second.local)]
        to_tag, from_tag = (tag[1] if tag else "" for tag in tags)
        replaces = quote(f"{second.call_id};to-tag={to_tag};from-tag={from_tag}", safe="")
        self.diary.note("handing_over", self._consulted)
        target = f"sip:{self._consulted}@{self.server}:{self.port}?Replaces={replaces}"
        await self._refer(self._handed_over.dialogue, target)

    async def hang_up(self) -> None:
        """End the call that was begun last: CANCEL while it is dialled, BYE, 486 while it rings."""
        call = self.current
        if self._dialling:
            self._cancel()
            return
        if call is None:
            return
        if call.state == CallState.RINGING:
            await self.decline()
            return
        bye = self._in_dialogue(call.dialogue, "BYE")
        self._over(call, "hanging_up")
        try:
            await asyncio.wait_for(self._ask(bye, "BYE", call.dialogue.call_id), 1.0)
        except (TimeoutError, PhoneError):
            pass  # the other side has hung up at the same time

    async def leave_saying(self, reason: str) -> None:
        """Hang up, with a Reason of its own (RFC 3326)."""
        call = self.current
        if call is None:
            raise PhoneError(f"{self.name}: no call to leave")
        bye = self._in_dialogue(call.dialogue, "BYE").replace(
            "\r\nContent-Length", f"\r\nReason: {reason}\r\nContent-Length", 1
        )
        self._over(call, "hanging_up", reason)
        await self._ask(bye, "BYE", call.dialogue.call_id)

    def _cancel(self) -> None:
        wire = self._invite.encode()
        lines = [
            f"CANCEL {self._invite.split()[1]} SIP/2.0",
            f"Via: {header(wire, 'Via')}",
            "Max-Forwards: 70",
            f"From: {header(wire, 'From')}",
            f"To: {header(wire, 'To')}",
            f"Call-ID: {self._invite_call_id}",
            f"CSeq: {header(wire, 'CSeq').split()[0]} CANCEL",
            "Content-Length: 0",
        ]
        self._send("\r\n".join(lines) + "\r\n\r\n")

    def heard(self) -> Heard:
        """What has been heard in the current or last call."""
        return self.current.heard if self.current is not None else self.heard_now


def media_types(audio: dict[str, Any]) -> dict[str, Any]:
    """The codecs of an audio line that this phone speaks."""
    types: dict[str, Any] = {}
    for kind in audio["methods"]:
        if kind in ("0", "8"):
            types[kind] = RTP.PayloadType(int(kind))
        elif "telephone-event" in str(audio["attributes"].get(kind, {}).get("rtpmap", {})):
            types[kind] = RTP.PayloadType.EVENT
    return types


class _Wire(asyncio.DatagramProtocol):
    def __init__(self, phone: PyVoipPhone) -> None:
        self._phone = phone

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._phone.received(data)
