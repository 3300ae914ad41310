"""G.711: our tables against the standard library's own, and there and back."""

from __future__ import annotations

import audioop

import numpy as np
import pytest

from simulators.codec import TABLES, decode, encode

PCMU, PCMA = 0, 8
EVERY_CODE = bytes(range(256))
EVERY_SAMPLE = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)


def values(lin: bytes) -> list[int]:
    """Little-endian 16-bit samples."""
    return [int(value) for value in np.frombuffer(lin, dtype="<i2")]


def test_mu_law_decodes_as_the_standard_library_does() -> None:
    """All 256 codes have the value that ``audioop`` gives them."""
    assert decode(EVERY_CODE, PCMU).tolist() == values(audioop.ulaw2lin(EVERY_CODE, 2))


def test_a_law_decodes_as_the_standard_library_does() -> None:
    """All 256 codes have the value that ``audioop`` gives them."""
    assert decode(EVERY_CODE, PCMA).tolist() == values(audioop.alaw2lin(EVERY_CODE, 2))


@pytest.mark.parametrize("kind", [PCMU, PCMA])
def test_every_value_goes_there_and_back(kind: int) -> None:
    """What a code decodes to is encoded as a code of that value: a second trip loses nothing."""
    once = decode(EVERY_CODE, kind)
    assert decode(encode(once, kind), kind).tolist() == once.tolist()


@pytest.mark.parametrize("kind", [PCMU, PCMA])
def test_codes_go_there_and_back(kind: int) -> None:
    """Every octet survives; only mu-law has two zeros, of which one is used."""
    back = encode(decode(EVERY_CODE, kind), kind)
    changed = [code for code in range(256) if back[code] != code]
    assert len(changed) == (1 if kind == PCMU else 0)
    assert all(TABLES[kind][code] == 0 for code in changed)


@pytest.mark.parametrize("kind", [PCMU, PCMA])
def test_every_sample_becomes_the_nearest_value(kind: int) -> None:
    """No code would be closer to any of the 65,536 samples, at the ends of the range neither."""
    got = decode(encode(EVERY_SAMPLE, kind), kind).astype(np.int32)
    table = np.unique(TABLES[kind]).astype(np.int32)
    wide = EVERY_SAMPLE.astype(np.int32)
    above = np.clip(np.searchsorted(table, wide), 1, len(table) - 1)
    nearest = np.minimum(np.abs(wide - table[above - 1]), np.abs(table[above] - wide))
    assert np.array_equal(np.abs(got - wide), nearest)


@pytest.mark.parametrize("kind", [PCMU, PCMA])
def test_nothing_is_nothing(kind: int) -> None:
    """An empty packet has no samples, and no samples are an empty packet."""
    assert len(decode(b"", kind)) == 0
    assert encode(np.zeros(0, np.int16), kind) == b""


@pytest.mark.parametrize("kind", [PCMU, PCMA])
def test_silence_stays_silent(kind: int) -> None:
    """Zeros come back as the smallest value there is: 0 in mu-law, 8 in A-law, which has no zero."""
    heard = decode(encode(np.zeros(160, np.int16), kind), kind)
    assert int(np.abs(heard).max()) == (0 if kind == PCMU else 8)


def test_a_payload_type_that_is_not_g_711_is_no_sound() -> None:
    """A telephone-event packet (101) is not decoded as if it were speech."""
    with pytest.raises(KeyError):
        decode(b"\x01", 101)
