"""G.711 by table (ITU-T G.711): Python's ``audioop`` is gone since 3.13."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]


def _alaw_table() -> Samples:
    codes = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = (codes >> 4) & 7, codes & 15
    magnitude = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(codes & 0x80, magnitude, -magnitude).astype(np.int16)


def _ulaw_table() -> Samples:
    codes = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((codes & 15) << 3) + 0x84) << ((codes >> 4) & 7)) - 0x84
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)


TABLES: dict[int, Samples] = {0: _ulaw_table(), 8: _alaw_table()}
"""By RTP payload type (RFC 3551): 0 PCMU, 8 PCMA. Index: the code octet."""

_SORTED = {kind: (np.sort(table), np.argsort(table, kind="stable")) for kind, table in TABLES.items()}


def decode(payload: bytes, kind: int) -> Samples:
    """Octets to samples. ``kind`` is the RTP payload type."""
    return TABLES[kind][np.frombuffer(payload, dtype=np.uint8)]


def encode(samples: Samples, kind: int) -> bytes:
    """Samples to octets: the code whose value is nearest."""
    values, codes = _SORTED[kind]
    above = np.clip(np.searchsorted(values, samples), 1, 255)
    wide = values.astype(np.int32)
    nearer_below = np.abs(samples - wide[above - 1]) <= np.abs(wide[above] - samples)
    return codes[np.where(nearer_below, above - 1, above)].astype(np.uint8).tobytes()
