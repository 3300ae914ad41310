"""Texts in two languages."""

from __future__ import annotations

import pytest

from gateway.core.values.bilingual import Pair, Template, both, pair, template


def test_chinese_stands_first() -> None:
    """One text in both languages."""
    assert both("没有记录", "nothing is recorded") == "没有记录 / nothing is recorded"


def test_fields_are_named_in_either_language() -> None:
    """A language may name the same fields as the other, or its own; formats are those of ``str.format``."""
    assert (
        template("超过 {most} 秒", "{what}: more than {most:g} s")(most=2.5, what="x")
        == "超过 2.5 秒 / x: more than 2.5 s"
    )
    assert Template("{n} 行 lines")(n=3) == "3 行 lines"


def test_a_field_may_have_any_name() -> None:
    """Also that of Python's own ``self``."""
    assert Template("{self}")(self="x") == "x"


def test_a_field_that_is_missing_is_an_error() -> None:
    """No text comes out with a hole in it."""
    with pytest.raises(KeyError):
        Template("{n} 行 lines")()


def test_languages_apart() -> None:
    """For answers after ``Accept-Language``, and parts of longer sentences."""
    assert pair("坐席{seat}", "seat {seat}")(seat="1001") == Pair("坐席1001", "seat 1001")
