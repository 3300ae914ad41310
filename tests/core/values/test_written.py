"""Texts in one form, and the place of what hides."""

from __future__ import annotations

import re

import pytest

from gateway.core.values.written import Hides, in_one_form


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("张　三", "张 三"), ("张\u00a0三", "张 三"), ("张\u2009三", "张 三"), ("　张三\u00a0", "张三"), ("a\tb", "a b"), ("\ufeff张三", "张三"),
        ("\r\n张三\r\n", "张三"), ("👨\u200d👩\u200d👧 来电", "👨\u200d👩\u200d👧 来电"), ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"), ("👍🏽", "👍🏽"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴\U000e0067\U000e0062\U000e007f"), ("", ""), ("abc", "abc"),
    ],
)  # fmt: skip
def test_blanks_and_emoji(written: str, form: str) -> None:
    """Every kind of blank is the one, ends of a line at the end of a field are gone, joined emoji stay joined."""
    assert in_one_form(written) == form
    assert in_one_form(form) == form


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\u0085"])
def test_ends_of_lines(end: str) -> None:
    """Of whatever system, they are one."""
    assert in_one_form(f"一楼{end}二楼 {end}{end}三楼{end}", lines=True) == "一楼\n二楼\n\n三楼"
    with pytest.raises(Hides) as hides:
        in_one_form(f"一楼{end}二楼")
    assert hides.value.at == 3


@pytest.mark.parametrize(
    ("written", "at", "name"),
    [
        ("a\u202eb", 2, "U+202E RIGHT-TO-LEFT OVERRIDE"), ("\u200b张", 1, "U+200B ZERO WIDTH SPACE"), ("a\x00", 2, "U+0000"),
        ("张\u200d三", 2, "U+200D ZERO WIDTH JOINER"), ("a\ud800", 2, "U+D800"), ("ab\ufeff", 3, "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("a\U000e0067", 2, "U+E0067 TAG LATIN SMALL LETTER G"), ("\u200d👩", 1, "U+200D ZERO WIDTH JOINER"), ("👩\u200d", 2, "U+200D ZERO WIDTH JOINER"),
    ],
)  # fmt: skip
def test_what_hides_is_named_with_its_place(written: str, at: int, name: str) -> None:
    """A character that does not show is refused, by its number, its name and where it stands."""
    with pytest.raises(Hides, match=re.escape(name)) as hides:
        in_one_form(written, lines=True)
    assert hides.value.at == at
