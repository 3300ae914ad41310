"""Manners of simulated phones: what real ones differ in and no standard forbids. Each phone of each story is dealt its own.

A deal follows from a seed, the story's name and the phone's place in it: ``ONEKEY_MANNERS=<seed>`` deals the same again. The seed and each
phone's manner stand in the play's ladder.
"""

from __future__ import annotations

import itertools
import os
import random
from dataclasses import dataclass

SEED = "ONEKEY_MANNERS"
"""The environment variable that names the seed of a run."""
ALAW, ULAW = 8, 0
"""RTP payload types (RFC 3551 section 6)."""
CODECS = ((ALAW,), (ULAW,), (ALAW, ULAW), (ULAW, ALAW))
"""One law only, or both in either order of preference."""
PACKETS_MS = (10, 20, 30)
GAPS_MS = (60, 60, 150, 400)
"""Between two digits of a key: a phone's own button is quick, a finger is not."""

STREAM_BITS = (16, 32, 32)
"""What each stream draws as it begins, in bits: sequence number, timestamp, SSRC (RFC 3550 section 5.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """One phone's manner. ``seed`` gives the numbers at which each of its streams begins: all of RFC 3550's 16 and 32 bits."""

    codecs: tuple[int, ...] = (ALAW, ULAW)
    packet_ms: int = 20
    seed: int = 1
    jump: int | None = None
    """How far the sequence number jumps where a stream begins anew; None: anywhere."""
    gap_ms: int = 60

    def __str__(self) -> str:
        laws = " then ".join({ALAW: "A-law", ULAW: "µ-law"}[kind] for kind in self.codecs)
        return f"{laws}{' only' if len(self.codecs) == 1 else ''}, {self.packet_ms} ms, keys {self.gap_ms} ms apart"


def beginning(low: int, high: int, codec: int, *, stream: int = 1) -> Manner:
    """A phone of one law whose so-manieth stream begins between these sequence numbers: whether a translator takes the next speaker's,
    or softmix's number 0, for a late one."""
    for seed in itertools.count():
        dice = random.Random(seed)
        numbers = [dice.randrange(2**bits) for _ in range(stream) for bits in STREAM_BITS]
        if low <= numbers[-len(STREAM_BITS)] < high:
            return Manner(codecs=(codec,), seed=seed)
    raise AssertionError("there is always another seed")


class Dealer:
    """Deals manners to the phones of one play after another."""

    patched = False
    """Whether the Asterisk has Debian's patch for opus. There no dialplan cures a seat that speaks µ-law only behind the own queue's A-law
    (docs/decisions/0006): no seat is dealt that. On any other Asterisk every phone is dealt everything."""

    def __init__(self, seed: str = "") -> None:
        self.seed = seed or os.environ.get(SEED, "") or str(random.SystemRandom().randrange(10**6))
        self.fixed: dict[str, Manner] = {}
        """Manners that a story demands, by the phone's number."""
        self.begin("")

    def begin(self, play: str) -> None:
        """Another play begins: what it is dealt depends on nothing that was played before."""
        self._play, self._dealt = play, 0
        self.fixed = {}

    def deal(self, number: str) -> Manner:
        """The next phone's manner."""
        self._dealt += 1
        dice = random.Random(f"{self.seed} {self._play} {self._dealt}")
        laws = [law for law in CODECS if ALAW in law or not (self.patched and number[:1] in "12" and len(number) == 4)]
        dealt = Manner(
            codecs=dice.choice(laws),
            packet_ms=dice.choice(PACKETS_MS),
            seed=dice.randrange(2**32),
            gap_ms=dice.choice(GAPS_MS),
        )
        return self.fixed.get(number, dealt)
