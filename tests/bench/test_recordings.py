"""Who is on a recording: the judge of ``make bench-recordings`` on sounds that are known, and the lab that records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.recordings import TONES_HZ, missing, site_that_records
from gateway.lab.asterisk import modules_of

PHASES = [
    ("caller", "seat"),
    ("caller", "seat", "first"),
    ("caller", "first"),
    ("caller", "first", "second"),
    ("caller", "second"),
]


def recording(
    phases: list[tuple[str, ...]], gap_s: float = 0.3
) -> tuple[np.ndarray, list[tuple[float, float, tuple[str, ...]]]]:
    """A file in which each phase's parties sound for 1.6 s, after a wait in the queue; and when each phase was."""
    at, sound, spans = 100.0, [np.zeros(8000, np.int16)], []
    for who in phases:
        n = np.arange(int((1.6 + gap_s) * 8000))
        part = sum((3000 * np.sin(2 * np.pi * TONES_HZ[name] * n / 8000) for name in who), np.zeros(len(n)))
        part[: int(gap_s * 8000)] = 0  # the next one joins
        spans.append((at + gap_s, at + gap_s + 1.6, who))
        at += gap_s + 1.6
        sound.append(part.astype(np.int16))
    return np.concatenate(sound), spans


def test_a_whole_recording_misses_nobody() -> None:
    """Each party is heard in each phase in which he talks."""
    sound, spans = recording(PHASES)
    assert missing(sound, spans) == []


@pytest.mark.parametrize(("phase", "who"), [(1, "seat"), (3, "first"), (5, "second"), (5, "caller")])
def test_who_is_not_on_it_is_named_with_his_phase(phase: int, who: str) -> None:
    """One party of one phase is left out of the sound, and found missing there alone."""
    heard = [tuple(name for name in names if (number, name) != (phase, who)) for number, names in enumerate(PHASES, 1)]
    sound, spans = recording(heard)
    talked = [(since, until, names) for (since, until, _), names in zip(spans, PHASES, strict=True)]
    assert missing(sound, talked) == [(phase, who)]


def test_a_recording_that_is_cut_off_misses_those_before() -> None:
    """Half a file is no whole recording."""
    sound, spans = recording(PHASES)
    assert missing(sound[: len(sound) // 2], spans)


def test_only_that_lab_records(tmp_path: Path) -> None:
    """The copy loads MixMonitor and starts it before the queue; what ships does neither."""
    site = site_that_records(tmp_path)
    ours = Path(__file__).resolve().parents[2]
    assert set(modules_of(site)) - set(modules_of(ours)) == {"app_mixmonitor.so"}
    text = (site / "dialplan/onekey-hotline.conf").read_text(encoding="utf-8")
    # behind the first line that no jump leaves out
    assert (
        text.index("Answer()")
        < text.index("MixMonitor(")
        < text.index("Set(__ONEKEY_CALLER=")
        < text.index(",Return()")
    )
    assert text.index("Gosub(onekey-caller,") < text.index(",Queue(")
    assert "MixMonitor(" not in (ours / "dialplan/onekey-hotline.conf").read_text(encoding="utf-8")


def test_a_packet_that_came_late_hides_nobody() -> None:
    """The tone goes on a half period later: the two halves would cancel one another if a phase were judged as one."""
    sound, spans = recording(PHASES)
    middle = int(len(sound) - 0.8 * 8000)
    shifted = np.concatenate([sound[:middle], -sound[middle:]])
    assert missing(shifted, spans) == []


@pytest.mark.parametrize("phase", [1, 2, 3, 4])
def test_a_recording_that_runs_behind_the_clock_is_whole_all_the_same(phase: int) -> None:
    """On a busy machine 0.7 s of a phase are not written: what lies before it is where the clock does not look for it."""
    sound, spans = recording(PHASES)
    begin = int(8000 * (1.0 + 1.9 * phase - 0.8))
    behind = np.concatenate([sound[:begin], sound[begin + 5600 :]])
    assert missing(behind, spans) == []


@pytest.mark.parametrize(("phase", "who"), [(3, "first"), (5, "second")])
def test_a_person_who_is_missing_is_missed_behind_the_clock_as_well(phase: int, who: str) -> None:
    """What the patch does to a recording is found on a busy machine, too."""
    heard = [tuple(name for name in names if (number, name) != (phase, who)) for number, names in enumerate(PHASES, 1)]
    sound, spans = recording(heard)
    talked = [(since, until, names) for (since, until, _), names in zip(spans, PHASES, strict=True)]
    begin = int(8000 * 1.5)
    assert (phase, who) in missing(np.concatenate([sound[:begin], sound[begin + 4000 :]]), talked)
