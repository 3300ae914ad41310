"""Errors of a file, for people and for the log."""

from __future__ import annotations

from gateway.rules.problems import LOGGED_MAX, Problem, RulesError


def error(*whats: str) -> RulesError:
    """A file with these errors, one a line."""
    return RulesError(
        "work_order.yaml", "a\n" * len(whats), [Problem(n, 1, what, "") for n, what in enumerate(whats, 1)]
    )


def test_the_log_gets_the_first_errors_without_numbers() -> None:
    """A telephone number that stands in a broken file, of the rules or of the form, is masked."""
    assert error("未知 13812345678 / unknown 13812345678").first() == ["1:1 未知 138******** / unknown 138********"]


def test_the_log_gets_some_of_many() -> None:
    """A file that is no such file at all does not fill the log."""
    assert len(error(*("x" for _ in range(100))).first()) == LOGGED_MAX
