"""What a simulated person can do with a phone, whichever kind of phone it is.

``Phone`` is what every phone of a story can do, on the toy PBX as well; ``SipPhone`` speaks real SIP and RTP. Instants are seconds of the
stage's clock: ``time.monotonic()`` of this process, and the loop's own time on the toy.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from simulators.listening import Heard


class PhoneError(Exception):
    """A phone could not do what its person wanted: which phone, what, and what it saw instead."""


@dataclass(frozen=True, slots=True)
class Account:
    """A SIP account. ``host`` and ``port`` are the registrar's."""

    number: str
    password: str = field(repr=False)
    host: str
    port: int = 5060


@dataclass(frozen=True, slots=True)
class Ring:
    """What the display shows at the first ring. ``headers`` has the INVITE's User-to-User, Call-Info and X- headers, lower case."""

    at: float
    number: str
    name: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a phone's diary."""

    at: float
    word: str
    detail: str = ""


class Diary:
    """What a phone did and saw, in order; awaited by word. ``clock`` gives its instants."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.lines: list[Happening] = []
        self._clock = clock
        self._changed = asyncio.Event()

    def note(self, word: str, detail: str = "") -> Happening:
        """Write a line and wake whoever waits."""
        line = Happening(self._clock(), word, detail)
        self.lines.append(line)
        self._changed.set()
        self._changed = asyncio.Event()
        return line

    def find(self, *words: str, after: float = 0.0) -> Happening | None:
        """The first line with one of these words since an instant."""
        return next((line for line in self.lines if line.word in words and line.at >= after), None)

    async def wait(self, *words: str, after: float = 0.0, within_s: float = 10.0, who: str = "") -> Happening:
        """The first such line, waited for. Raises PhoneError when it does not come."""
        return await self.until(lambda: self.find(*words, after=after), f"{who}: {' or '.join(words)}", within_s)

    async def until(self, look: Callable[[], Happening | None], what: str, within_s: float) -> Happening:
        """Wait until ``look`` finds something in the diary."""
        deadline = self._clock() + within_s
        while (found := look()) is None:
            left = deadline - self._clock()
            try:
                await asyncio.wait_for(self._changed.wait(), max(left, 0.001))
            except TimeoutError:
                if self._clock() >= deadline:
                    seen = ", ".join(f"{line.word} {line.detail}".strip() for line in self.lines[-8:])
                    raise PhoneError(f"{what}: not within {within_s:g} s; seen: {seen}") from None
        return found


class Phone(Protocol):
    """A phone of a story. Words of its diary: registered, calling, ringback, ringing, answered, pressing, pressed, text, referring, handing_over,
    transferred, transfer_failed, holding, resuming, forwarding, hanging_up; and how a call ended: refused, cancelled, declined, hung_up.
    """

    diary: Diary
    refuse_with: int | None
    """Refuse every call at once with this SIP status."""
    numbers_sent: set[str]
    """Every longer run of digits in what has come to this phone, whatever it shows."""

    @property
    def name(self) -> str:
        """Whose phone it is: the number, as the stories call people."""

    @property
    def account(self) -> Account:
        """Its line."""

    @property
    def exact_keys(self) -> bool:
        """Whether ``press`` knows the instant at which the last digit has ended."""

    async def start(self) -> None:
        """Register; returns when the registrar has confirmed."""

    async def stop(self) -> None:
        """Hang up, unregister, let go of everything."""

    async def call(self, number: str) -> None:
        """Dial; returns when the call is on its way."""

    async def wait_ring(self, after: float = 0.0, within_s: float = 10.0) -> Ring:
        """The next ring since an instant."""

    async def answer(self) -> None:
        """Take the ringing call."""

    async def decline(self, status: int = 486) -> None:
        """Refuse the ringing call: 486 busy here, 603 decline."""

    async def press(self, digits: str) -> float:
        """Press keys. Returns the instant at which the last digit ended."""

    async def refer(self, number: str) -> None:
        """The transfer button: REFER to a number. Raises PhoneError where the phone has none."""

    async def hold(self) -> None:
        """Put the other side on hold."""

    async def resume(self) -> None:
        """Talk on."""

    async def consult(self, number: str) -> None:
        """A second call beside the first: the attended transfer's first half."""

    async def hand_over(self) -> None:
        """REFER with Replaces, out of the first call and naming the second: its second half."""

    async def hang_up(self) -> None:
        """End the call that was begun last; does nothing where there is none."""

    def vanish(self) -> None:
        """Die as a phone that loses power: nothing is said to anyone."""


class SipPhone(Phone, Protocol):
    """A phone that speaks real SIP and RTP (RFC 4733 for keys); its ``hand_over`` also names a second call that still rings."""

    tone_hz: int
    """The tone by which it is known in what others hear."""

    async def forward(self, number: str) -> None:
        """Send the ringing call elsewhere: 302. ``forward_with_302`` does it for every call."""

    def heard(self) -> Heard:
        """What has been heard in the current or last call."""
