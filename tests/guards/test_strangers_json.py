"""A stranger's JSON: what is read, what is refused, and that bounds come before content."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.guards.strangers_json import DEPTH_MAX, DIGITS_MAX, VALUES_MAX, Unreadable, read, read_object

MAX = 64 * 1024


def rule(data: bytes) -> str:
    """Why a text is refused."""
    with pytest.raises(Unreadable) as refused:
        read(data, MAX)
    return refused.value.rule


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"[" * 60_000, "levels"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "levels"),
        (b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1), "levels"),
        (b"[[]", "levels"),
        (b'{"a":1,"a":2}', "once"),
        (b'{"x":{"a":1,"\\u0061":2}}', "once"),
        ('{"a":1}'.encode("utf-16"), "UTF-8"),
        ('{"a":1}'.encode("utf-32-le"), "JSON"),
        (b'\xef\xbb\xbf{"a":1}', "byte order mark"),
        (b'"\xff"', "UTF-8"),
        (b'{"a":"\\ud800"}', "surrogates"),
        (b"NaN", "NaN"),
        (b"[-Infinity]", "NaN"),
        (b"1e999", "double"),
        (b"1" * (DIGITS_MAX + 1), "digits"),
        (b"[" + b"{}," * VALUES_MAX + b"{}]", "values"),
        (b"[" + b"1," * VALUES_MAX + b"1]", "values"),
        (b"1e9999", "double"),
        (b"", "JSON"),
        (b"{", "levels"),
        (b"[1,]", "JSON"),
        (b'"' + b'\\"' * 30_000, "JSON"),
        (b" " * (MAX + 1), f"{MAX} bytes"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_rule(data: bytes, says: str) -> None:
    """Each in its own words, in which nothing of the text stands."""
    assert says in rule(data)


def test_brackets_in_texts_are_no_levels() -> None:
    """Only what nests counts."""
    assert read(json.dumps({"a": "[" * 1000, 'b"]': '\\"['}).encode(), MAX) == {"a": "[" * 1000, 'b"]': '\\"['}


def test_a_pair_of_surrogates_is_a_character() -> None:
    """As JSON spells characters beyond the first plane."""
    assert read(b'"\\ud83d\\ude00"', MAX) == "😀"


def test_an_object_is_asked_for() -> None:
    """A list is none."""
    assert read_object(b'{"a":[1,2.5]}', MAX) == {"a": [1, 2.5]}
    with pytest.raises(Unreadable, match="object"):
        read_object(b"[]", MAX)


def test_depth_is_exact() -> None:
    """As many levels as are allowed, mixed, and not one more."""
    deep = b'[{"a":' * (DEPTH_MAX // 2) + b"1" + b"}]" * (DEPTH_MAX // 2)
    assert read(deep, MAX)
    assert "levels" in rule(b"[" + deep + b"]")


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(VALUES)
def test_whatever_we_would_write_is_read_as_it_is(value: Any) -> None:
    """Strictness costs nobody a value."""
    assert read(json.dumps(value).encode(), MAX) == value
    assert read(json.dumps(value, ensure_ascii=False).encode(), MAX) == value


@given(st.binary(max_size=300))
def test_noise_is_refused_or_read_and_nothing_else(data: bytes) -> None:
    """No other error leaves it."""
    try:
        read(data, MAX)
    except Unreadable:
        pass
