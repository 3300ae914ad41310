"""Callers and seats: what a person can do with a phone, and who hears whom.

Each has a diary, as the phones of ``simulators.phone`` have: ``rang``, ``answered``, ``cancelled``, ``hung_up``, ``text``.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from simulators.toy.channels import RING, RINGING, UP, Channel
from simulators.toy.switchboard import CUT_S, Switchboard

CAUSE_OF_STATUS = {486: 17, 603: 21, 480: 19, 404: 1}
"""SIP status to the Q.850 cause that Asterisk makes of it."""
LONG_S = 30.0
"""The longest that anybody waits for anything (loop time)."""


class NotSo(Exception):
    """Something did not happen: who, what, and what was so instead."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a display shows at the first ring. ``headers`` are the INVITE's, lower case."""

    number: str
    name: str
    headers: dict[str, str]


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
    display: Shown | None = None
    diary: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.board.phones[self.number] = self
        self.board.pbx.queues[self.board.id].look(self.number)

    @property
    def name(self) -> str:
        """As the stories call people."""
        return self.number

    # --- what the switchboard tells the phone ---------------------------------------------------------------------------------

    def _note(self, word: str, detail: str = "") -> None:
        self.diary.append((word, detail))
        self.board.pbx.happened()

    def rung(self, channel: Channel) -> None:
        """An INVITE."""
        if self.refuse_with is not None or self.channel is not None:
            cause = CAUSE_OF_STATUS[self.refuse_with or 486]
            asyncio.get_running_loop().call_soon(self.board.hangup, channel, cause)
            return
        self.channel = channel
        self.display = Shown(
            channel.connected, channel.connected_name, {name.lower(): value for name, value in channel.sent.items()}
        )
        self.board.state(channel, RINGING)
        self._note("rang", channel.connected)

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
        self._note("text", text)

    # --- what the person does -------------------------------------------------------------------------------------------------

    async def call(self, number: str = "") -> None:
        """Dial: the hotline where no number is given."""
        board, number = self.board, number or self.board.id
        context = "onekey-from-seat" if self.number in board.pbx.queues[board.id].seats else "onekey-from-pstn"
        channel = board.new(f"PJSIP/{self.number}", RING, context, exten=number, number=self.number)
        channel.phone, self.channel = self, channel
        plan = board.pbx.plans[board.id]
        board.run(channel, plan.hotline(channel) if context == "onekey-from-pstn" else plan.seat_dials(channel))
        if context == "onekey-from-pstn":
            await self.until(lambda: channel.state == UP, "the hotline answers")

    async def wait_ring(self) -> Shown:
        """Wait until the phone rings; what it shows."""
        await self.until(lambda: self.rings, "rings")
        assert self.display is not None
        return self.display

    async def answer(self) -> None:
        """Take the call that rings."""
        channel = await self._my(RINGING)
        self.board.state(channel, UP)
        self._note("answered")

    async def decline(self, status: int = 486) -> None:
        """Refuse the call that rings."""
        channel, self.channel = await self._my(RINGING), None
        self._note("refused", str(status))
        self.board.hangup(channel, CAUSE_OF_STATUS[status])

    async def hang_up(self) -> None:
        """End the call; nothing where there is none."""
        channel, self.channel = self.channel, None
        if channel is not None:
            self._note("ended")
            self.board.hangup(channel, 16)

    async def press(self, key: str) -> None:
        """A key of the application map, in the live bridge."""
        channel = await self._my(UP)
        await self.until(lambda: channel.bridge, "talks")
        what, *words = self.board.pbx.keys(self.board.id)[key]
        plan = self.board.pbx.plans[self.board.id]
        if what == "press":
            plan.presses.press(channel, *words)
        elif what == "back":
            plan.legs.take_back(channel)
        else:
            plan.legs.answer_key(channel, what)

    async def refer(self, number: str) -> None:
        """The transfer button: REFER. The phone lets go at once."""
        channel = await self._my(UP)
        await self.until(lambda: channel.bridge, "talks")
        bridge, board = channel.bridge, self.board
        assert bridge is not None
        peer = next(member for member in bridge.members if member is not channel)
        headers = [("Result", "Success"), *channel.headers("Transferer"), *peer.headers("Transferee")]
        end = [("IsExternal", "Yes"), ("Context", "onekey-refer"), ("Extension", number)]
        board.say("BlindTransfer", [*headers, *bridge.headers(), *end])
        board.goto(peer, board.pbx.plans[board.id].refer(peer, number, channel.name))
        self.channel = None
        self._note("ended")
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
        self._note("ended")
        board.hangup(first, 16)
        board.hangup(second, 16)

    async def hold(self, held: bool = True) -> None:
        """The hold button."""
        channel = await self._my(UP)
        channel.held = held
        self.board.say("Hold" if held else "Unhold", channel.headers())

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
        return sum(1 for noted, _ in self.diary if noted == word)

    def texts(self) -> list[str]:
        """The texts that it has shown."""
        return [detail for word, detail in self.diary if word == "text"]

    def hears(self) -> set[str]:
        """The numbers of everybody who is heard: in the bridge, and behind trunks and Local channels there."""
        if self.channel is None or self.channel.gone:
            return set()
        return _people(self.channel, {self.channel}) - {self.number}

    async def until(self, look: object, what: str) -> None:
        """Wait until ``look()`` is true. Raises NotSo."""
        assert callable(look)
        if not await self.board.until(look, LONG_S):
            raise NotSo(f"{self.number} at {self.board.id}: not so: {what}; seen: {self.diary[-8:]}")


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
