"""pyVoIP 1.6.8 as a phone that can be trusted, mended and extended: the phone here, its line, its call and the texts of SIP beside it.

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
import re
import time
import warnings
from urllib.parse import quote

from simulators.listening import PACKET_S, Heard
from simulators.phone import PhoneError, Ring

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pyVoIP's own syntax
    from pyVoIP.VoIP import CallState  # isort: skip  # first: pyVoIP's modules import in a circle
    from pyVoIP import SIP
from simulators.pyvoip_call import MendedCall
from simulators.pyvoip_line import PyVoipLine
from simulators.sip_texts import Dialogue, cancelled


class PyVoipPhone(PyVoipLine):
    """A phone of pyVoIP with a person at it; see ``simulators.phone.SipPhone`` for what it can do."""

    @property
    def exact_keys(self) -> bool:
        """It sends each digit's packets itself, and so knows when the last has left."""
        return True

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

    async def call(self, number: str) -> None:
        """Dial. The answer, or the refusal, is noted in the diary."""
        self.heard_now = Heard()
        task = asyncio.get_running_loop().create_task(self._dial(number), name=f"{self.name} dials {number}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.diary.note("calling", number)

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
            self._send(cancelled(self._invite, self._invite_call_id))
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

    def heard(self) -> Heard:
        """What has been heard in the current or last call."""
        return self.current.heard if self.current is not None else self.heard_now
