"""Tables of the command line: drawn where somebody looks, plain where a program reads."""

from __future__ import annotations

import io
import re

import pytest

from gateway.cli.tables import ROWS_DRAWN_MAX, show
from gateway.reporting.text_table import table, width

HEAD = ["坐席 seat", "名称 name", "次数 calls"]
ROWS = [["1001", "一个很长的名字", "7"], ["1002", "[bold]x[/]", "1,234"]]


class Terminal(io.StringIO):
    """A terminal that keeps what is shown on it."""

    def isatty(self) -> bool:
        return True


def shown(rows: list[list[str]], columns: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lines of a terminal of so many columns, without colours."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    show(HEAD, rows, 2, terminal)
    return re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()).rstrip("\n").split("\n")


def test_a_pipe_gets_plain_text() -> None:
    """Not one character more than the table itself."""
    out = io.StringIO()
    show(HEAD, ROWS, 2, out)
    assert out.getvalue() == table(HEAD, ROWS, 2) + "\n"


def test_a_terminal_gets_columns_that_align(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chinese takes two columns each, numbers end in one column, and what a name holds is no markup."""
    lines = [line for line in shown(ROWS, 80, monkeypatch) if line.strip()]
    assert lines[0].split() == ["坐席", "seat", "名称", "name", "次数", "calls"]
    rows = [line for line in lines if line.lstrip().startswith("100")]
    assert rows[1].split() == ["1002", "[bold]x[/]", "1,234"]
    assert {width(row.rstrip()) for row in rows} == {width(lines[0].rstrip())}


def test_a_narrow_terminal_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that does not fit goes on in the line below; no line is wider than the terminal."""
    lines = shown(ROWS, 24, monkeypatch)
    assert max(width(line) for line in lines) <= 24
    text = "".join("".join(lines).split())
    assert all(character in text for row in ROWS for cell in row for character in cell)


@pytest.mark.parametrize("rows", [[], [["1", "2", "3"]] * (ROWS_DRAWN_MAX + 1)])
def test_nothing_and_too_much_are_plain(rows: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of rows are written at once, as into a file."""
    assert shown(rows, 80, monkeypatch) == table(HEAD, rows, 2).split("\n")
