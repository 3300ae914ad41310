"""Who hears whom: tones in received audio, and silence.

Each party sends one tone that is a multiple of 50 Hz, so any 40 ms hold whole periods, wherever they begin: the tones are
orthogonal there and a discrete Fourier sum at one frequency (Goertzel's question, asked with numpy) separates them exactly.
The multiples are different primes: none is a harmonic of another. Packets of any length are heard in blocks of 20 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

RATE_HZ = 8000
PACKET_S = 0.02
SAMPLES = 160
"""Samples of 20 ms."""
PACKET_S_MAX = 0.06
"""No phone's packet is longer."""

TONES_HZ = tuple(50 * prime for prime in (11, 13, 17, 19, 23, 29, 31, 37, 41, 43))
"""550 to 2150 Hz: inside the telephone band, none near the 450 Hz of Chinese call-progress tones."""
AMPLITUDE = 3000.0
"""Of 32767: three mixed parties do not clip."""
PRESENT = 500.0
"""A tone counts as heard from this amplitude on: a sixth of what is sent, ten times what A-law leaves as noise."""
LOUD_RMS = 150.0
"""A packet is not silent from this RMS on; A-law's idle noise is about 8."""

Samples = npt.NDArray[np.int16]


def tone(hz: int, samples: int = SAMPLES) -> Samples:
    """The beginning of a tone."""
    t = np.arange(samples) / RATE_HZ
    return np.round(AMPLITUDE * np.sin(2 * np.pi * hz * t)).astype(np.int16)


@dataclass
class Heard:
    """Received audio: packets with the instant at which each began to sound (monotonic seconds)."""

    times: list[float] = field(default_factory=list)
    packets: list[Samples] = field(default_factory=list)

    def add(self, at: float, samples: Samples) -> None:
        """One more packet, in order."""
        self.times.append(at)
        self.packets.append(samples)

    def between(self, since: float, until: float) -> list[tuple[float, Samples]]:
        """The packets that began in a time."""
        low, high = np.searchsorted(self.times, [since, until])
        return list(zip(self.times[low:high], self.packets[low:high], strict=True))

    def blocks(self, since: float, until: float) -> list[tuple[float, Samples]]:
        """The same time in blocks of 20 ms, whatever the length of the packets; a block runs on over a gap between two of them."""
        packets = self.between(since, until)
        if all(len(samples) == SAMPLES for _, samples in packets):
            return packets
        starts = np.concatenate([at + np.arange(len(samples)) / RATE_HZ for at, samples in packets])
        sound = np.concatenate([samples for _, samples in packets])
        ends = range(SAMPLES, len(sound) + 1, SAMPLES)
        return [(float(starts[end - SAMPLES]), sound[end - SAMPLES : end]) for end in ends]


def amplitude(samples: Samples, hz: int) -> float:
    """The amplitude of a tone in some samples (whole 20 ms)."""
    n = np.arange(len(samples))
    return float(2 * abs(np.dot(samples.astype(np.float64), np.exp(-2j * np.pi * hz * n / RATE_HZ))) / len(samples))


def who_is_heard(heard: Heard, tones: Mapping[str, int], since: float, until: float) -> set[str]:
    """The parties whose tone sounds in most of a time. Empty if nothing was received."""
    packets = heard.blocks(since, until)
    pairs = [np.concatenate([a, b]) for (_, a), (_, b) in pairwise(packets)]
    if not pairs:
        return set()
    return {
        name for name, hz in tones.items() if sum(amplitude(pair, hz) > PRESENT for pair in pairs) > 0.6 * len(pairs)
    }


def first_heard(heard: Heard, hz: int, after: float) -> float | None:
    """When a tone is first heard after an instant, to a packet."""
    packets = heard.blocks(after, float("inf"))
    for (at, a), (next_at, b) in pairwise(packets):
        if amplitude(np.concatenate([a, b]), hz) > PRESENT:
            return at if amplitude(a, hz) > PRESENT else next_at
    return None


def voice_s(heard: Heard, tones: Mapping[str, int], since: float, until: float) -> float:
    """How long (s) something sounds that is none of these tones: a prompt, music, a dial tone."""
    packets = heard.blocks(since, until)
    return PACKET_S * sum(_beside(np.concatenate([a, b]), tones) > LOUD_RMS for (_, a), (_, b) in pairwise(packets))


def _beside(samples: Samples, tones: Mapping[str, int]) -> float:
    """RMS of what is left of some samples (whole 40 ms) when the tones are taken out; they are orthogonal there."""
    n = np.arange(len(samples))
    left = samples.astype(np.complex128)
    for hz in tones.values():
        for sign in (1, -1):
            wave = np.exp(sign * 2j * np.pi * hz * n / RATE_HZ)
            left -= wave * (np.vdot(wave, samples) / len(samples))
    return float(np.sqrt(np.mean(np.abs(left) ** 2)))


def is_loud(samples: Samples) -> bool:
    """Whether a packet is not silent."""
    return bool(np.sqrt(np.mean(np.square(samples.astype(np.float64)))) > LOUD_RMS)


def longest_silence_ms(heard: Heard, since: float, until: float) -> float:
    """The longest time without any sound, in ms: silent packets and missing ones alike. A whole silent time is its length."""
    at, longest = since, 0.0
    for began, samples in heard.between(since - PACKET_S_MAX, until):
        if is_loud(samples):
            longest = max(longest, began - at)
            at = max(at, began + len(samples) / RATE_HZ)
    return 1000 * max(longest, until - at, 0.0)


class Placing:
    """When each packet sounds: by its RTP time stamp, as a phone's jitter buffer plays it, not by its arrival.

    A time stamp that is more than ``slack_s`` away from the arrival begins a new stretch.
    """

    def __init__(self, slack_s: float = 0.2) -> None:
        self._slack_s = slack_s
        self._origin: tuple[float, int, int] | None = None

    def place(self, arrival: float, ssrc: int, stamp: int) -> float:
        """The instant at which a packet begins to sound. ``stamp`` counts samples modulo 2**32."""
        if self._origin is not None:
            at, first, source = self._origin
            moved = ((stamp - first + 2**31) % 2**32 - 2**31) / RATE_HZ
            if source == ssrc and abs(at + moved - arrival) < self._slack_s:
                return at + moved
        self._origin = (arrival, stamp, ssrc)
        return arrival


def silences(heard: Heard, since: float, until: float, longer_than_ms: float = 20.0) -> list[tuple[float, float]]:
    """Every silence of a time, as (begin, length in ms), longer than a packet."""
    found, at = [], since
    for began, samples in [*heard.between(since - PACKET_S_MAX, until), (until, np.zeros(0, np.int16))]:
        if not len(samples) or is_loud(samples):
            if 1000 * (began - at) > longer_than_ms:
                found.append((at, 1000 * (began - at)))
            at = max(at, began + len(samples) / RATE_HZ)
    return found
