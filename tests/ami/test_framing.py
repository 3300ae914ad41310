"""Bytes to frames, whatever the network does to them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ami.framing import Framer

from .conftest import RECORDED

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
ROUGH = st.lists(
    st.sampled_from([b"\r\n", b"\n", b"\r", b"Event: X", b"Name: \xe6\xb1\x9f", b"no colon", b": "]), max_size=40
)


def cut(data: bytes, points: list[int]) -> list[bytes]:
    """``data`` in pieces that end at ``points``."""
    edges = [0, *sorted({p % (len(data) + 1) for p in points}), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


def fed(pieces: list[bytes], frame_bytes_max: int = 65_536) -> tuple[list[bytes], bool]:
    """All frames, and whether the framer broke."""
    framer = Framer(frame_bytes_max)
    return [frame for piece in pieces for frame in framer.feed(piece)], framer.broken is not None


@given(ROUGH, st.lists(st.integers(0, 2000), max_size=30), st.integers(5, 40))
def test_slicing_changes_nothing(parts: list[bytes], points: list[int], frame_bytes_max: int) -> None:
    """Any slicing of any bytes gives the same frames and the same verdict, at the size limit, too."""
    data = BANNER + b"".join(parts) + b"\r\n\r\n"
    limit = max(frame_bytes_max, len(BANNER))
    assert (
        fed(cut(data, points), limit) == fed([data], limit) == fed([data[i : i + 1] for i in range(len(data))], limit)
    )


@given(st.lists(st.integers(0, 10**6), max_size=200))
def test_recorded_stream_in_any_slices(points: list[int]) -> None:
    """A real Asterisk's stream gives the same frames in any slices."""
    data = RECORDED[0].read_bytes()
    assert fed(cut(data, points)) == fed([data])


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_stream_is_whole(path: Path) -> None:
    """Every message of a real stream is one frame, and nothing of it is lost but the line ends."""
    data = path.read_bytes()
    frames, broken = fed([data])
    assert not broken
    whole = data[: data.rindex(b"\r\n\r\n") + 4].replace(b"\r\n\r\n\r\n", b"\r\n\r\n")  # some end twice
    assert BANNER + b"".join(frame + b"\r\n\r\n" for frame in frames) == whole


def test_character_across_a_border() -> None:
    """A Chinese character that a segment border cuts arrives whole."""
    frame = "Event: X\r\nName: 王小明".encode()
    data = BANNER + frame + b"\r\n\r\n"
    for border in range(len(data)):
        assert fed([data[:border], data[border:]])[0] == [frame]


def test_carriage_returns_without_end() -> None:
    """Carriage returns belong to their line end, however many, and count towards the limit however they arrive."""
    data = BANNER + b"Event: A\r\r\nB: 1\r\r\n\r\r\r\nEvent: C\r\n\r\n"
    assert fed([data], 40) == fed([data[i : i + 1] for i in range(len(data))], 40)
    assert fed([data])[0] == [b"Event: A\r\nB: 1", b"Event: C"]
    assert fed([BANNER + b"Event: A\r\n" + b"\r" * 200 + b"\n"], 40) == ([], True)


def test_lone_line_feeds() -> None:
    """Lone LFs end lines and frames; inside, lines come out with CR LF."""
    assert fed([BANNER + b"Event: A\nB: 1\n\nEvent: C\r\nD: 2\n\r\n"])[0] == [b"Event: A\r\nB: 1", b"Event: C\r\nD: 2"]


def test_empty_frames_are_nothing() -> None:
    """Empty lines between messages make no frames."""
    assert fed([BANNER + b"\r\n\r\n\n\nEvent: A\r\n\r\n\r\n\r\n\r\n"])[0] == [b"Event: A"]


def test_frame_too_long_breaks_early() -> None:
    """A frame over the limit breaks the stream before memory fills; frames before it are delivered."""
    framer = Framer(100)
    assert framer.feed(BANNER + b"Event: A\r\n\r\n") == [b"Event: A"]
    for _ in range(3):
        framer.feed(b"x" * 50)
    assert "longer than 100 bytes" in str(framer.broken)
    assert framer.feed(b"\r\n\r\nEvent: B\r\n\r\n") == []


def test_frame_at_the_limit_is_whole() -> None:
    """A frame of exactly the limit passes, one byte more does not."""
    for size in (1, 7, 1000):
        for length, verdict in ((100, ([b"x" * 100], False)), (101, ([], True))):
            data = BANNER + b"x" * length + b"\r\n\r\n"
            assert fed([data[i : i + size] for i in range(0, len(data), size)], 100) == verdict


@pytest.mark.parametrize("first", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"x" * 200])
def test_not_ami(first: bytes) -> None:
    """A port that does not greet as Asterisk does is told apart at the first line."""
    framer = Framer(100)
    assert framer.feed(first) == []
    assert "not Asterisk's banner" in str(framer.broken)


def test_banner_in_pieces() -> None:
    """The banner is found across slices and is no part of the first frame."""
    framer = Framer()
    assert [framer.feed(bytes([byte])) for byte in BANNER] == [[]] * len(BANNER)
    assert framer.banner == "Asterisk Call Manager/11.0.0"
    assert framer.feed(b"Response: Success\r\n\r\n") == [b"Response: Success"]
