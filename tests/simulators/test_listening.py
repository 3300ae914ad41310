"""Who hears whom: tones told apart, noise that is nobody, silence measured to a packet."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from simulators import codec
from simulators.listening import (
    AMPLITUDE,
    PACKET_S,
    RATE_HZ,
    SAMPLES,
    TONES_HZ,
    Heard,
    Placing,
    amplitude,
    first_heard,
    is_loud,
    longest_silence_ms,
    silences,
    tone,
    who_is_heard,
)

Samples = npt.NDArray[np.int16]
PARTIES = dict(zip(("citizen", "1001", "2001"), TONES_HZ, strict=False))
QUIET: Samples = np.zeros(SAMPLES, np.int16)


def mixed(*hz: int) -> Samples:
    """Several tones at once, as a conference mixes them."""
    total: npt.NDArray[np.int32] = np.sum([tone(each).astype(np.int32) for each in hz], axis=0)
    return total.astype(np.int16)


def noise(rms: float, packets: int) -> list[Samples]:
    """White noise, the same in every run."""
    dice = np.random.default_rng(12345)
    return [dice.normal(0.0, rms, SAMPLES).astype(np.int16) for _ in range(packets)]


def heard(*packets: Samples, since: float = 0.0) -> Heard:
    """Packets one after another."""
    found = Heard()
    for n, packet in enumerate(packets):
        found.add(since + n * PACKET_S, packet)
    return found


# --- who ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("party", PARTIES)
def test_a_tone_is_heard_with_its_party(party: str) -> None:
    """One party speaks: it is heard, and nobody else."""
    assert who_is_heard(heard(*[tone(PARTIES[party])] * 10), PARTIES, 0.0, 1.0) == {party}


def test_two_tones_at_once_are_told_apart() -> None:
    """Each pair of the ten tones, mixed, is heard as these two and no third."""
    every = {str(hz): hz for hz in TONES_HZ}
    for one, other in combinations(TONES_HZ, 2):
        assert who_is_heard(heard(*[mixed(one, other)] * 5), every, 0.0, 1.0) == {str(one), str(other)}


def test_three_tones_do_not_clip() -> None:
    """Three parties, the most that a transfer has, are all heard and none at the edge of the range."""
    packet = mixed(*PARTIES.values())
    assert int(np.abs(packet.astype(np.int32)).max()) < 32767
    assert who_is_heard(heard(*[packet] * 5), PARTIES, 0.0, 1.0) == set(PARTIES)


@pytest.mark.parametrize("kind", codec.TABLES)
def test_tones_survive_g_711(kind: int) -> None:
    """After encoding and decoding two parties are still these two."""
    packet = codec.decode(codec.encode(mixed(TONES_HZ[0], TONES_HZ[2]), kind), kind)
    assert who_is_heard(heard(*[packet] * 5), PARTIES, 0.0, 1.0) == {"citizen", "2001"}


@pytest.mark.parametrize("shift", [1, 40, 79, 159])
def test_packets_need_not_begin_where_the_tone_does(shift: int) -> None:
    """A stream that was cut into packets elsewhere, as a mixer does, is heard the same."""
    stream = np.tile(tone(TONES_HZ[1]), 12)[shift : shift + 10 * SAMPLES]
    assert who_is_heard(heard(*np.split(stream, 10)), PARTIES, 0.0, 1.0) == {"1001"}


@pytest.mark.parametrize("rms", [10.0, 100.0, 1000.0])
def test_comfort_noise_is_not_a_party(rms: float) -> None:
    """Noise, soft or loud, is heard as nobody."""
    assert who_is_heard(heard(*noise(rms, 50)), {str(hz): hz for hz in TONES_HZ}, 0.0, 2.0) == set()


def test_a_party_is_heard_through_noise() -> None:
    """Comfort noise under a tone hides nobody."""
    packets = [(tone(TONES_HZ[0]) + hiss).astype(np.int16) for hiss in noise(100.0, 20)]
    assert who_is_heard(heard(*packets), PARTIES, 0.0, 1.0) == {"citizen"}


def test_the_tone_of_a_busy_line_is_not_a_party() -> None:
    """450 Hz, the tone of Chinese call progress, is none of the parties' tones."""
    assert who_is_heard(heard(*[tone(450)] * 10), {str(hz): hz for hz in TONES_HZ}, 0.0, 1.0) == set()


@pytest.mark.parametrize("packets", [0, 1])
def test_too_little_is_nobody(packets: int) -> None:
    """Without two packets nothing is claimed."""
    assert who_is_heard(heard(*[tone(TONES_HZ[0])] * packets), PARTIES, 0.0, 1.0) == set()


def test_only_the_time_asked_about_counts() -> None:
    """One party speaks for half a second, then another: each half is heard as its own."""
    both = heard(*[tone(PARTIES["1001"])] * 25, *[tone(PARTIES["2001"])] * 25)
    assert who_is_heard(both, PARTIES, 0.0, 0.5) == {"1001"}
    assert who_is_heard(both, PARTIES, 0.5, 1.0) == {"2001"}


def test_a_word_in_passing_is_not_being_heard() -> None:
    """A party that sounds in less than half of a time is not heard in it."""
    assert who_is_heard(heard(*[tone(TONES_HZ[0])] * 8, *[QUIET] * 12), PARTIES, 0.0, 0.4) == set()


def test_an_amplitude_is_what_was_sent() -> None:
    """A tone has its amplitude at its own frequency and none at another's."""
    packet = tone(TONES_HZ[3])
    assert amplitude(packet, TONES_HZ[3]) == pytest.approx(AMPLITUDE, rel=0.01)
    assert amplitude(packet, TONES_HZ[4]) < 1.0


# --- since when -----------------------------------------------------------------------------------------------------------


def test_a_first_sound_is_found_to_a_packet() -> None:
    """After 15 silent packets the tone begins at 0.3 s, and is found there."""
    found = first_heard(heard(*[QUIET] * 15, *[tone(TONES_HZ[0])] * 5), TONES_HZ[0], 0.0)
    assert found == pytest.approx(0.3, abs=PACKET_S)


def test_a_first_sound_after_missing_packets_is_not_dated_back() -> None:
    """Nothing came for five seconds: the tone began when it came, not with the last packet before the hole."""
    found = heard(QUIET)
    for n in range(5):
        found.add(5.0 + n * PACKET_S, tone(TONES_HZ[0]))
    assert first_heard(found, TONES_HZ[0], 0.0) == pytest.approx(5.0, abs=PACKET_S)


def test_a_tone_that_never_comes_is_none() -> None:
    """Another party's tone is no first sound of this one."""
    assert first_heard(heard(*[tone(TONES_HZ[1])] * 10), TONES_HZ[0], 0.0) is None


# --- silence --------------------------------------------------------------------------------------------------------------


def test_a_tone_is_loud_and_silence_is_not() -> None:
    """A party is sound; zeros, A-law's idle noise and soft comfort noise are silence."""
    idle = codec.decode(codec.encode(QUIET, 8), 8)
    assert is_loud(tone(TONES_HZ[0]))
    assert not any(is_loud(packet) for packet in (QUIET, idle, *noise(60.0, 5)))


@pytest.mark.parametrize("ms", [0, 20, 60, 200, 1000])
def test_silent_packets_are_measured(ms: int) -> None:
    """Silence inside sound has its length, to within a packet."""
    loud = [tone(TONES_HZ[0])] * 10
    sound = heard(*loud, *[QUIET] * (ms // 20), *loud)
    assert longest_silence_ms(sound, 0.0, 0.4 + ms / 1000) == pytest.approx(ms, abs=20)


@pytest.mark.parametrize("ms", [20, 60, 200, 1000])
def test_missing_packets_are_silence(ms: int) -> None:
    """Nothing received is as silent as zeros received."""
    sound = heard(*[tone(TONES_HZ[0])] * 10)
    for n in range(10):
        sound.add(0.2 + ms / 1000 + n * PACKET_S, tone(TONES_HZ[0]))
    assert longest_silence_ms(sound, 0.0, 0.4 + ms / 1000) == pytest.approx(ms, abs=20)


def test_silence_at_either_end_counts() -> None:
    """Before the first sound and after the last."""
    sound = heard(*[tone(TONES_HZ[0])] * 5, since=1.0)
    assert longest_silence_ms(sound, 0.0, 1.1) == pytest.approx(1000, abs=20)
    assert longest_silence_ms(sound, 1.0, 3.1) == pytest.approx(2000, abs=20)


def test_a_time_without_any_sound_is_silent_from_end_to_end() -> None:
    """Nothing received at all: the silence is the whole time."""
    assert longest_silence_ms(Heard(), 2.0, 3.5) == pytest.approx(1500)


def test_the_longest_of_several_silences_is_told() -> None:
    """Silences are not added up."""
    loud = [tone(TONES_HZ[0])] * 5
    sound = heard(*loud, *[QUIET] * 3, *loud, *[QUIET] * 8, *loud)
    assert longest_silence_ms(sound, 0.0, 26 * PACKET_S) == pytest.approx(160, abs=20)


def test_sound_that_began_just_before_counts() -> None:
    """A packet under way when the time begins sounds into it."""
    sound = heard(*[tone(TONES_HZ[0])] * 10)
    assert longest_silence_ms(sound, 0.01, 0.19) == pytest.approx(0, abs=1)


def test_every_silence_is_listed_with_its_beginning() -> None:
    """Two silences: begin and length of each, to a packet."""
    loud = [tone(TONES_HZ[0])] * 5
    sound = heard(*loud, *[QUIET] * 3, *loud, *[QUIET] * 8, *loud)
    begins, lengths = zip(*silences(sound, 0.0, 26 * PACKET_S), strict=True)
    assert begins == pytest.approx((0.1, 0.26))
    assert lengths == pytest.approx((60, 160))


def test_a_single_late_packet_is_no_silence() -> None:
    """Sound without a hole longer than a packet has no silences."""
    assert silences(heard(*[tone(TONES_HZ[0])] * 20), 0.0, 0.4) == []


# --- when a packet sounds -------------------------------------------------------------------------------------------------


def test_a_packet_sounds_by_its_stamp_not_by_its_arrival() -> None:
    """Packets that come early and late sound 20 ms apart, as a jitter buffer plays them."""
    placing = Placing()
    arrivals = [10.0, 10.035, 10.041, 10.1]
    placed = [placing.place(at, 1, 7000 + n * SAMPLES) for n, at in enumerate(arrivals)]
    assert placed == pytest.approx([10.0, 10.02, 10.04, 10.06])


def test_a_stamp_that_wraps_goes_on() -> None:
    """After 2**32 - 1 comes 0, and the next packet sounds 20 ms later."""
    placing = Placing()
    assert placing.place(10.0, 1, 2**32 - SAMPLES) == 10.0
    assert placing.place(10.021, 1, 0) == pytest.approx(10.02)


def test_another_source_begins_anew() -> None:
    """A new SSRC has stamps of its own: its first packet sounds when it comes."""
    placing = Placing()
    placing.place(10.0, 1, 0)
    assert placing.place(10.05, 2, SAMPLES) == 10.05


def test_a_stamp_far_from_its_arrival_begins_anew() -> None:
    """A stream whose stamps stood still for a second is placed by its arrival again, and goes on from there."""
    placing = Placing()
    placing.place(10.0, 1, 0)
    assert placing.place(11.0, 1, SAMPLES) == 11.0
    assert placing.place(11.03, 1, 2 * SAMPLES) == pytest.approx(11.0 + SAMPLES / RATE_HZ)
