"""A play, and what it needs of the stage that it is played on.

A story is told once and played on two stages: on real switchboards (``simulators.stage``), where who hears whom is read from received audio
and time passes, and on the toy PBX, where the bridges say it and time skips. A story asks nothing of a stage beyond ``Stage``; one that must
is a story of real calls alone (``simulators.playbill`` says why).
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from simulators.phone import Phone, PhoneError, Ring
from simulators.platform import Platform

LISTEN_S = 0.4
"""How long a phase is listened to: 20 packets of each party."""
SETTLE_S = 0.12
"""After a change, before listening: a person needs longer to say a word."""
READING_S = 1.1
"""A seat that hangs up sooner after its target has failed cannot have read it; its caller goes on to another person."""
KEY = "*1"


class StoryFailed(Exception):
    """A story did not go as it must: what was expected, and what was so instead."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """What somebody was told by a voice that is nobody's: for how long, and which words; None where they are not understood."""

    seconds: float
    words: tuple[str, ...] | None


class Gateway(Protocol):
    """One of two gateways, each at a switchboard of its own and attached to no other."""

    side: str

    async def up(self) -> None:
        """Start it; return when it is attached to its switchboard."""

    async def down(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """Stop it; SIGKILL for one that dies."""

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """One request of its API: status and decoded body, 0 where nobody answers."""


class Stage(Protocol):
    """Two switchboards and a gateway, as a story meets them."""

    platform: Platform | None
    """110's, where contexts are pushed to."""
    at_once_s: float
    """The longest that anything may take here for which no deadline is waited for."""

    # --- time -----------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """The instant, on the clock of every phone here."""

    async def pass_s(self, span_s: float) -> None:
        """Let a time pass."""

    async def eventually(self, look: Callable[[], Any], what: str, within_s: float = 8.0) -> Any:
        """What ``look`` returns, or what it returns comes to, once that is true. Raises PhoneError with ``what``."""

    # --- a play begins and ends -----------------------------------------------------------------------------------------

    def play(self, name: str) -> Play:
        """A performance here."""

    def deal(self, name: str) -> str:
        """Make ready for the phones of a play. Returns what is needed to get the same again, empty where nothing was left to chance."""

    async def phone(self, side: str, number: str, kind: Any = "pyvoip") -> Any:
        """A registered phone; ``kind`` counts where there are several."""

    async def clear(self) -> None:
        """End every phone."""

    async def empty(self) -> None:
        """Wait until nothing is left of any call. Raises PhoneError naming what is."""

    # --- the gateway ----------------------------------------------------------------------------------------------------

    @property
    def gateway_lives(self) -> bool:
        """Whether there is one, frozen or not."""

    async def is_ready(self) -> bool:
        """Whether the gateway says that transfers work."""

    async def gateway_up(self) -> None:
        """Start the gateway; return when it is attached to both switchboards."""

    async def gateway_down(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """Stop the gateway; SIGKILL for one that dies."""

    def gateway_frozen(self) -> AbstractContextManager[None]:
        """Within the block the gateway does nothing, and loses nothing."""

    def apart(self) -> AbstractAsyncContextManager[Mapping[str, Gateway]]:
        """Within the block each switchboard has a gateway of its own instead of the common one."""

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """One request of the API: status and decoded body, 0 where nobody answers."""

    async def get(self, path: str) -> Any:
        """A GET of the API. Raises PhoneError on anything but 200."""

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """A POST of the API. Raises PhoneError on anything but 2xx."""

    async def text(self, path: str) -> str:
        """A GET of the API that answers with text."""

    async def transfers(self) -> list[dict[str, Any]]:
        """All transfers, oldest first."""

    def log_lines(self) -> list[str]:
        """What the gateway has logged, from the first on."""

    def backlog_waits(self) -> int:
        """Records that wait on disk for a store that takes nothing."""

    # --- switchboards and what happens to them ----------------------------------------------------------------------------

    async def trunk_legs(self, *sides: str) -> list[str]:
        """The trunk legs that live at these switchboards, at all where none is named."""

    async def waiting(self, side: str) -> list[str]:
        """The numbers of the callers in a switchboard's queue, its head first."""

    async def restart(self, side: str, *, kill: bool = False) -> None:
        """Stop one switchboard (``kill``: with no goodbye), and start it again."""

    def drops(self, span_s: float, side: str = "12345") -> AbstractAsyncContextManager[None]:
        """Within the block, whoever leaves a caller within so many seconds of joining him has not been with him (``ONEKEY_DROP_S``)."""

    def broken(self, fault: str) -> AbstractAsyncContextManager[str]:
        """Within the block something is wrong with a place where records go, which is given: a word of the alarm that must follow."""

    # --- ears: of phones of this stage ------------------------------------------------------------------------------------

    async def heard_by(self, listener: Any, expected: Collection[Any], within_s: float) -> tuple[float, set[str]]:
        """The names of everybody whom the listener hears, as soon as that is ``expected``, and since when; at the latest in ``within_s``."""

    def silence_ms(self, listener: Any, since: float, until: float) -> float | None:
        """The longest silence that somebody has heard in a time; None where there is no sound to be measured."""

    def prompts(self, listener: Any, since: float) -> Prompts:
        """What a voice that is nobody's has said to somebody since an instant."""


@dataclass
class Play:
    """One performance. ``ladder`` holds (ms since the curtain, who, what)."""

    name: str
    stage: Stage
    began: float = 0.0
    since: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    """When it began, as the API writes an instant: what was pressed before is another play's."""
    measures: dict[str, float] = field(default_factory=dict)
    notes: list[tuple[float, str, str]] = field(default_factory=list)
    cast: list[Any] = field(default_factory=list)
    _exact_keys: bool = True

    def __post_init__(self) -> None:
        self.began = self.began or self.stage.now

    def say(self, who: str, what: str, at: float | None = None) -> None:
        """Add a line to the ladder."""
        self.notes.append((at if at is not None else self.now, who, what))

    def must(self, true: Any, what: str) -> None:
        """A fact that the story holds. Raises StoryFailed if it is not so."""
        if not true:
            raise StoryFailed(f"{self.name}: {what}")

    def ladder(self) -> list[dict[str, Any]]:
        """Everything that happened, in order, in ms since the beginning."""
        lines = list(self.notes)
        for phone in self.cast:
            lines += [(line.at, phone.name, f"{line.word} {line.detail}".strip()) for line in phone.diary.lines]
        return [
            {"ms": round(1000 * (at - self.began), 1), "who": who, "what": what}
            for at, who, what in sorted(lines)
            if at >= self.began - 0.001
        ]

    # --- time -----------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """The instant, on the stage's clock."""
        return self.stage.now

    async def pass_s(self, span_s: float) -> None:
        """Let a time pass in which something must not happen, or a deadline ends."""
        await self.stage.pass_s(span_s)

    async def eventually(self, look: Callable[[], Any], what: str, within_s: float = 8.0) -> Any:
        """What ``look`` comes to, once it is true. Raises PhoneError with ``what``."""
        return await self.stage.eventually(look, what, within_s)

    # --- scenes that many stories share -----------------------------------------------------------------------------------

    async def phones(self, *roles: tuple[str, str] | tuple[str, str, Any]) -> list[Any]:
        """Registered phones, in the order asked for."""
        self.cast = list(await asyncio.gather(*(self.stage.phone(*role) for role in roles)))
        return self.cast

    async def connect(self, caller: Phone, seat: Phone) -> None:
        """The caller dials the hotline and a seat answers."""
        hotline = "12345" if seat.account.number.startswith("1") else "110"
        await caller.call(hotline)
        await seat.wait_ring(after=self.began)
        await seat.answer()
        await caller.diary.wait("answered", after=self.began, who="caller")
        await self.hears(caller, {seat})

    async def hears(self, listener: Phone, expected: Collection[Phone], within_s: float = 3.0) -> None:
        """The listener hears exactly these parties, for most of a listening time."""
        names = {phone.name for phone in expected}
        since, heard = await self.stage.heard_by(listener, expected, within_s)
        self.must(heard == names, f"{listener.name} hears {sorted(heard)}, not {sorted(names)}")
        self.say(listener.name, f"hears {', '.join(sorted(heard)) or 'nobody'}", since)

    async def press(self, seat: Phone, key: str = KEY) -> float:
        """A key; returns the instant at which its last digit ended, or where the phone does not know it, that at which it began."""
        began = self.now
        ended = await seat.press(key)
        self._exact_keys = seat.exact_keys
        return ended if self._exact_keys else began

    async def refer(self, seat: Phone, number: str) -> None:
        """The transfer button of a phone that has a caller."""
        await seat.refer(number)

    async def rings(self, phone: Phone, pressed: float) -> Ring:
        """The far phone rings, with the tag and the signed id on its first ring."""
        ring = await phone.wait_ring(after=pressed)
        if self._exact_keys:
            self.measures["press_to_ring_ms"] = round(1000 * (ring.at - pressed), 1)
        return ring

    def rang(self, phone: Phone, after: float = 0.0) -> int:
        """How often a phone has rung since an instant."""
        return sum(1 for line in phone.diary.lines if line.word == "ringing" and line.at >= after)

    def texts(self, phone: Phone, after: float = 0.0) -> list[str]:
        """The texts that a phone has shown since an instant."""
        return [line.detail for line in phone.diary.lines if line.word == "text" and line.at >= after]

    def shows_context(self, ring: Ring, caller: Phone, home: str) -> None:
        """The far phone's display: the tag, the caller's number, and (where the phone shows headers) the signed id."""
        self.must(ring.name.startswith(f"[{home}转]"), f"the display shows {ring.name!r}, not the tag [{home}转]")
        self.must(ring.number == caller.account.number, f"the display shows {ring.number}, not the caller's number")
        if ring.headers:
            self.must("user-to-user" in ring.headers, f"no User-to-User among {sorted(ring.headers)}")
            info = ring.headers.get("call-info", "")
            self.must(info.endswith("?format=eido>;purpose=emergency-eido"), f"Call-Info is {info!r}")

    async def context_from(self, ring: Ring) -> dict[str, Any]:
        """The record that the far side fetches with the id from the header."""
        octets = ring.headers["user-to-user"].split(";")[0]
        context_id = bytes.fromhex(octets).decode().split(".")[1]
        record: dict[str, Any] = await self.stage.get(f"/v1/contexts/{context_id}")
        self.say("far side", f"GET /v1/contexts/{context_id}: version {record['version']}")
        return record

    async def pressed_transfers(self) -> list[dict[str, Any]]:
        """The transfers that were pressed in this play, oldest first."""
        # of a transfer that a gateway found under way nobody knows when it was pressed
        return [t for t in await self.stage.transfers() if (t["pressed_at"] or "") >= self.since]

    async def state(self, state: str, within_s: float = 8.0) -> dict[str, Any]:
        """The last transfer comes into this state."""
        found: dict[str, Any] = {}

        async def there() -> bool:
            found.update((await self.pressed_transfers() or [{}])[-1])
            return found.get("state") == state

        try:
            await self.eventually(there, state, within_s)
        except PhoneError:
            self.must(False, f"the transfer is {found.get('state')} ({found.get('outcome')}), not {state}")
        return found

    async def outcome(
        self, outcome: str, reason: str = "", number: int = -1, within_s: float = 8.0, *, of: int = 1
    ) -> dict[str, Any]:
        """The last transfer ends like this, and exactly once. ``number`` asks for another than the last, ``of`` for so many at least."""
        found: dict[str, Any] = {}

        async def ended() -> bool:
            transfers = await self.pressed_transfers()
            found.update(transfers[number] if len(transfers) >= max(of, -number) else {})
            return bool(found.get("outcome"))

        try:
            await self.eventually(ended, "the transfer ends", within_s)
        except PhoneError:
            self.must(False, f"the transfer has no outcome, it is {found.get('state')}")
        self.must(found["outcome"] == outcome, f"the outcome is {found['outcome']} ({found['reason']}), not {outcome}")
        self.must(not reason or found["reason"] == reason, f"the reason is {found['reason']}, not {reason}")
        ends = [line for line in found["history"] if line["state"] == "ended"]
        self.must(len(ends) == 1, f"the transfer ended {len(ends)} times")
        self.say("gateway", f"{found['outcome']}: {found['reason']}")
        return found

    def measure_silence(self, caller: Phone, since: float, at_most_ms: float = float("inf")) -> None:
        """The longest silence that the caller has heard since an instant; on a stage with sound it is no longer than ``at_most_ms``."""
        if not self._exact_keys:
            return  # while a key is down the caller hears nothing of the seat; here its end is not known
        silence = self.stage.silence_ms(caller, since, self.now - 0.1)
        if silence is None:
            return
        silence = round(max(silence, self.measures.get("caller_silence_ms", 0.0)), 1)
        self.measures["caller_silence_ms"] = silence
        self.must(silence < at_most_ms, f"{silence} ms of silence")

    def at_once(self, took_s: float, what: str) -> None:
        """What has happened waited for no deadline."""
        self.must(took_s < self.stage.at_once_s, f"{what} after {took_s:.1f} s, not at once")

    async def read(self, seat: Phone, after: float) -> str:
        """The seat reads why its transfer has failed, as a person does: a second later it goes on."""
        text = await seat.diary.wait("text", after=after, who="seat")
        await self.pass_s(READING_S)
        return text.detail

    async def finish(self, last: Phone, caller: Phone) -> None:
        """The last person hangs up; the caller's call ends, and nothing is left."""
        began = self.now
        await last.hang_up()
        await caller.diary.wait("hung_up", after=began - 0.1, within_s=6, who="caller")


Story = Callable[[Any], Coroutine[Any, Any, None]]
"""Of a ``Play``; those of real calls alone, of an ``AsteriskPlay``."""
