"""A snapshot after a clock was put back."""

from __future__ import annotations

from gateway.core.messages.link_events import LinkLost, Resynced
from gateway.core.messages.records import GapRow, SeatRow
from tests.core.plays import A, Play

YEARS_5 = 5 * 365 * 86400.0


def put_back(by_s: float) -> tuple[Play, float]:
    """A play whose clock is put back so far while seat 1001 talks, and the instant of the snapshot."""
    play = Play()
    play.attach()
    play.connect()
    now = play.at()
    play.tell(LinkLost(A, now + by_s, "clock", now + by_s))
    play.tell(Resynced(A, now, version="22.10.1", channels=(), members=play.members[A]))
    return play, now


def gaps(play: Play) -> list[GapRow]:
    """All gaps so far."""
    return [row for row in play.out if isinstance(row, GapRow)]


def test_a_clock_that_was_put_back_pins_no_seat() -> None:
    """An hour of two times is a gap, and what a seat does from then on has the instants of then."""
    play, now = put_back(3600.0)
    assert (gaps(play)[-1].since, gaps(play)[-1].until, gaps(play)[-1].why) == (now, now + 3600.0, "clock")
    rows = [row for row in play.out if isinstance(row, SeatRow) and row.switchboard == A]
    assert rows[-1].at == now
    assert rows[-1].since <= now


def test_years_that_are_to_come_are_not_hidden() -> None:
    """A clock that was years ahead hides a day at most."""
    play, now = put_back(YEARS_5)
    assert (gaps(play)[-1].since, gaps(play)[-1].until) == (now, now + 86400.0)


def test_two_machines_clocks_differ_a_little() -> None:
    """A snapshot that is a second older than what was heard before it is no clock that was put back."""
    play, now = put_back(1.0)
    assert gaps(play)[-1].why == "clock"
    assert gaps(play)[-1].until == now
