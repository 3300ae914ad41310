"""Callers and seats: what a person can do with a phone (``simulators.phone.Phone``), and who hears whom.

Each has a diary in the words of all phones, and one more: ``prompt``, a word in the ear of this person alone.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from simulators.phone import Account, Diary, PhoneError, Ring
from simulators.toy.channels import RING, RINGING, UP, Channel
from simulators.toy.switchboard import CUT_S, Switchboard

CAUSE_OF_STATUS = {486: 17, 603: 21, 480: 19, 404: 1}
"""SIP status to the Q.850 cause that Asterisk makes of it."""
LONG_S = 30.0
"""The longest that anybody waits for anything (loop time)."""


def loop_time() -> float:
    """The clock of everybody here: it skips where the loop's does."""
    return asyncio.get_running_loop().time()


@dataclass(eq=False)
class Person:
    """Somebody with a phone at a switchboard."""

    board: Switchboard
    number: str
    registered: bool = True
    refuse_with: int | None = None
    """Refuse every call with this SIP status."""
    channel: Channel | None = None
    beside: Channel | None = None
    """A second call, to somebody to whom the first may be handed over."""
    display: Ring | None = None
    diary: Diary = field(default_factory=lambda: Diary(loop_time))
    numbers_sent: set[str] = field(default_factory=set)
    """Every longer run of digits in what this phone was told, whatever it shows."""

    def __post_init__(self) -> None:
        self.board.phones[self.number] = self
        self.board.pbx.queues[self.board.id].look(self.number)

    @property
    def name(self) -> str:
        """As the stories call people."""
        return self.number

    @property
    def account(self) -> Account:
        """As the stories name people's lines; there is no registrar."""
        return Account(self.number, "", self.board.id)

    @property
    def exact_keys(self) -> bool:
        """Whether the end of a key is known: here a key takes no time."""
        return True

    # --- what the switchboard tells the phone ---------------------------------------------------------------------------------

    def _note(self, word: str, detail: str = "") -> None:
        self.diary.note(word, detail)
        self.board.pbx.happened()

    def rung(self, channel: Channel) -> None:
        """An INVITE."""
        if self.refuse_with is not None or self.channel is not None:
            cause = CAUSE_OF_STATUS[self.refuse_with or 486]
            self._note("refusing", str(self.refuse_with or 486))
            asyncio.get_running_loop().call_soon(self.board.hangup, channel, cause)
            return
        self.channel = channel
        headers = {name.lower(): value for name, value in channel.sent.items()}
        self.display = Ring(loop_time(), channel.connected, channel.connected_name, headers)
        self._was_sent(channel.connected, channel.connected_name, *headers.values())
        self.board.state(channel, RINGING)
        self._note("ringing", f"{channel.connected_name} <{channel.connected}>")

    def _was_sent(self, *texts: str) -> None:
        self.numbers_sent.update(number for text in texts for number in re.findall(r"[0-9]{7,}", text))

    def picked_up(self, channel: Channel) -> None:
        """A call of this phone is answered, by it or by the other side."""
        self._note("answered", channel.connected)

    def told(self, word: str) -> None:
        """A prompt in the ear of this person alone."""
        self._note("prompt", word)

    def left(self, channel: Channel, why: str) -> None:
        """The other side has ended the call, or it was ended here."""
        if channel is self.beside:
            self.beside = None
        if channel is self.channel:
            self.channel = None
            self._note("hung_up" if channel.state == UP else "cancelled", why)

    def reads(self, text: str) -> None:
        """A SIP MESSAGE."""
        self._was_sent(text)
        self._note("text", text)

    # --- what the person does -------------------------------------------------------------------------------------------------

    async def call(self, number: str = "") -> None:
        """Dial: the hotline where no number is given."""
        board, number = self.board, number or self.board.id
        context = "onekey-from-seat" if self.number in board.pbx.queues[board.id].seats else "onekey-from-pstn"
        channel = board.new(f"PJSIP/{self.number}", RING, context, exten=number, number=self.number)
        channel.phone, self.channel = self, channel
        self._note("calling", number)
        plan = board.pbx.plans[board.id]
        board.run(channel, plan.hotline(channel) if context == "onekey-from-pstn" else plan.seat_dials(channel))
        if context == "onekey-from-pstn":
            await self.until(lambda: channel.state == UP, "the hotline answers")

    async def start(self) -> None:
        """Register."""
        self.registered = True
        self.board.pbx.queues[self.board.id].look(self.number)

    async def stop(self) -> None:
        """Hang up, unregister."""
        await self.hang_up()
        self.registered = False
        self.board.pbx.queues[self.board.id].look(self.number)

    async def wait_ring(self, after: float = 0.0, within_s: float = LONG_S) -> Ring:
        """Wait until the phone rings, and has begun to since an instant; what it shows."""
        await self.until(
            lambda: self.rings and self.display is not None and self.display.at >= after, "rings", within_s
        )
        assert self.display is not None
        return self.display

    async def answer(self) -> None:
        """Take the call that rings."""
        channel = await self._my(RINGING)
        self.board.state(channel, UP)

    async def decline(self, status: int = 486) -> None:
        """Refuse the call that rings."""
        channel, self.channel = await self._my(RINGING), None
        self._note("declined", str(status))
        self.board.hangup(channel, CAUSE_OF_STATUS[status])

    async def hang_up(self) -> None:
        """End the call; nothing where there is none."""
        channel, self.channel = self.channel, None
        if channel is not None:
            self._note("hanging_up")
            self.board.hangup(channel, 16)

    async def press(self, key: str) -> float:
        """A key of the application map, in the live bridge. Returns the instant of it."""
        channel = await self._my(UP)
        await self.until(lambda: channel.bridge, "talks")
        self._note("pressed", key)
        at = loop_time()
        what, *words = self.board.pbx.keys(self.board.id)[key]
        plan = self.board.pbx.plans[self.board.id]
        if what == "press":
            plan.presses.press(channel, *words)
        elif what == "back":
            plan.legs.take_back(channel)
        else:
            plan.legs.answer_key(channel, what)
        return at

    async def refer(self, number: str) -> None:
        """The transfer button: REFER. The phone lets go at once."""
        channel = await self._my(UP)
        await self.until(lambda: channel.bridge, "talks")
        bridge, board = channel.bridge, self.board
        assert bridge is not None
        self._note("referring", number)
        peer = next(member for member in bridge.members if member is not channel)
        headers = [("Result", "Success"), *channel.headers("Transferer"), *peer.headers("Transferee")]
        end = [("IsExternal", "Yes"), ("Context", "onekey-refer"), ("Extension", number)]
        board.say("BlindTransfer", [*headers, *bridge.headers(), *end])
        board.goto(peer, board.pbx.plans[board.id].refer(peer, number, channel.name))
        self.channel = None
        self._note("hanging_up")
        board.hangup(channel, 16)

    async def consult(self, number: str) -> None:
        """A second call beside the first: the attended transfer's first half."""
        await self._my(UP)
        board = self.board
        channel = board.new(f"PJSIP/{self.number}", RING, "onekey-from-seat", exten=number, number=self.number)
        channel.phone, self.beside = self, channel
        board.run(channel, board.pbx.plans[board.id].seat_dials(channel))

    async def hand_over(self) -> None:
        """REFER with Replaces: whoever was called beside goes to the caller of the first call, and this phone lets go of both."""
        first, second, board = await self._my(UP), self.beside, self.board
        assert second is not None
        self._note("handing_over", second.exten)
        await self.until(lambda: second.bridge and first.bridge, "talks with both")
        assert first.bridge is not None
        assert second.bridge is not None
        caller = next(member for member in first.bridge.members if member is not first)
        target = next(member for member in second.bridge.members if member is not second)
        headers = [("Result", "Success"), *first.headers("OrigTransferer"), *second.headers("SecondTransferer")]
        headers += [*caller.headers("Transferee"), *target.headers("TransferTarget"), ("IsExternal", "Yes")]
        board.say("AttendedTransfer", [*headers, ("DestType", "Bridge"), ("DestBridgeUniqueid", first.bridge.uid)])
        board.join(first.bridge, target)
        self.channel = self.beside = None
        self._note("hanging_up")
        board.hangup(first, 16)
        board.hangup(second, 16)

    async def hold(self, held: bool = True) -> None:
        """The hold button."""
        channel = await self._my(UP)
        channel.held = held
        self._note("holding" if held else "resuming")
        self.board.say("Hold" if held else "Unhold", channel.headers())

    async def resume(self) -> None:
        """The hold button, once more."""
        await self.hold(False)

    def vanish(self) -> None:
        """The phone loses its power: no goodbye; Asterisk notices that no packet comes."""
        channel, self.channel = self.channel, None
        if channel is not None:
            self.board.pbx.later(CUT_S, lambda: self.board.hangup(channel, 44))

    async def _my(self, state: int) -> Channel:
        await self.until(
            lambda: self.channel is not None and self.channel.state == state, f"has a call in state {state}"
        )
        assert self.channel is not None
        return self.channel

    # --- what the person sees and hears ---------------------------------------------------------------------------------------

    @property
    def rings(self) -> bool:
        """Whether the phone rings now."""
        return self.channel is not None and self.channel.state == RINGING

    @property
    def talks(self) -> bool:
        """Whether the phone is in a call that somebody else is in."""
        return bool(self.hears())

    def times(self, word: str) -> int:
        """How often the diary has this word."""
        return sum(1 for line in self.diary.lines if line.word == word)

    def texts(self) -> list[str]:
        """The texts that it has shown."""
        return [line.detail for line in self.diary.lines if line.word == "text"]

    def prompts(self, since: float = 0.0) -> list[str]:
        """The prompts that this person has heard since an instant, by their words."""
        return [line.detail for line in self.diary.lines if line.word == "prompt" and line.at >= since]

    def hears(self) -> set[str]:
        """The numbers of everybody who is heard: in the bridge, and behind trunks and Local channels there."""
        if self.channel is None or self.channel.gone:
            return set()
        return _people(self.channel, {self.channel}) - {self.number}

    async def until(self, look: object, what: str, within_s: float = LONG_S) -> None:
        """Wait until ``look()`` is true. Raises PhoneError."""
        assert callable(look)
        if not await self.board.until(look, within_s):
            seen = ", ".join(f"{line.word} {line.detail}".strip() for line in self.diary.lines[-8:])
            raise PhoneError(f"{self.number} at {self.board.id}: not so: {what}; seen: {seen}")


def _people(channel: Channel, seen: set[Channel]) -> set[str]:
    """Everybody in the bridge of this channel, and beyond."""
    found: set[str] = set()
    for mate in channel.bridge.members if channel.bridge is not None else ():
        if mate in seen:
            continue
        seen.add(mate)
        if mate.phone is not None:
            found.add(mate.phone.number)
        elif mate.peer is not None and mate.peer not in seen:
            seen.add(mate.peer)
            found |= _people(mate.peer, seen)
    return found
