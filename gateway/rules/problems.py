"""Errors of a rules file, shown with its line and a caret below the place."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from gateway.core.values.fault import Fault
from gateway.core.values.numbers import mask_runs

SHOWN_MAX = 160
"""Characters of a source line that a message shows."""
LOGGED_MAX = 5
"""Errors of a file that a line of the log names: a file that is no rules file at all has hundreds."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error: where it is, what is wrong, what to do. Line and column count from 1."""

    line: int
    column: int
    what: str
    remedy: str


class RulesError(Fault):
    """A rules file that cannot be used, by the first of its errors. ``problems`` holds every one, in the order of the file."""

    def __init__(self, path: str, text: str, problems: list[Problem]) -> None:
        self.path, self.problems = path, sorted(problems, key=lambda p: (p.line, p.column))
        self._lines = text.splitlines()
        first = self.problems[0]
        super().__init__(first.what, f"{path}:{first.line}:{first.column}", first.remedy)

    def __str__(self) -> str:
        return "\n".join(self._show(problem) for problem in self.problems)

    def first(self) -> list[str]:
        """The first errors in short, for the log: place and what is wrong, without telephone numbers."""
        return [f"{one.line}:{one.column} {mask_runs(one.what)}" for one in self.problems[:LOGGED_MAX]]

    def _show(self, problem: Problem) -> str:
        shown = f"{self.path}:{problem.line}:{problem.column}: {problem.what}\n"
        if 0 < problem.line <= len(self._lines):
            source = self._lines[problem.line - 1]
            at = min(problem.column - 1, len(source))
            begin = max(0, at - SHOWN_MAX // 2)
            shown += f"    {mask_runs(plain(source[begin : begin + SHOWN_MAX]))}\n    {' ' * _cells(plain(source[begin:at]))}^\n"
        return shown + f"    → {problem.remedy}"


def plain(text: str) -> str:
    """Fit for a terminal: what does not print, an escape sequence say, shows as a dot or, for a tab, as a space."""
    return "".join(c if c.isprintable() or c == "\u3000" else " " if c == "\t" else "·" for c in text)


def _cells(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two, and the caret must stand below the right one."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
