"""Progress of a long command."""

from __future__ import annotations

import io
import threading

import pytest

from gateway.cli.progress import bar
from tests.cli.test_tables import Terminal


def test_a_bar_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows how many of how many, with no thread beside the work."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    terminal, before = Terminal(), threading.enumerate()
    with bar(200, terminal) as told:
        told(50)
        assert "50/200" in terminal.getvalue()
        assert "25%" in terminal.getvalue()
        assert threading.enumerate() == before
        told(200)
    assert "200/200" in terminal.getvalue()


def test_a_count_where_the_end_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """No share of nothing."""
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    with bar(0, terminal) as told:
        told(7)
    assert "7" in terminal.getvalue()
    assert "%" not in terminal.getvalue()


def test_nothing_where_there_is_no_terminal() -> None:
    """A log of a nightly export has no bars in it."""
    out = io.StringIO()
    with bar(10, out) as told:
        told(10)
    assert out.getvalue() == ""


def test_a_bar_of_work_that_fails_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is the work's own, and the terminal has its cursor again."""
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()

    def work() -> None:
        with bar(10, terminal) as told:
            told(3)
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        work()
    assert terminal.getvalue().endswith("\x1b[?25h")
