"""Lines of tables and keys in a TOML file."""

from __future__ import annotations

import random
import tomllib

import pytest

from gateway.config.toml_lines import line_of, lines_of

TEXT = '''# a comment = 1
name = "x" # [no.table]
"a key" = 1
long = """
port = 5
[api]
"""
quoted = \'\'\'
still = 1\'\'\'
list = [
  "x = 1", # ]
  [1, 2],
]
inline = { port = 1 }
api.host = "h"

[limits]  # [x]
ping_s = 1
[[push]]
url = "a"
[[push]]
url = "b"
[push.more]
deep = 1
[ a . "b c" ]
last=1
'''


def test_each_key_has_the_line_that_it_stands_on() -> None:
    """Texts and lists over several lines hide nothing and add nothing; a dotted key names its table too."""
    assert tomllib.loads(TEXT)
    assert lines_of(TEXT) == {
        ("name",): 2, ("a key",): 3, ("long",): 4, ("quoted",): 8, ("list",): 10, ("inline",): 14, ("api",): 15, ("api", "host"): 15,
        ("limits",): 17, ("limits", "ping_s"): 18, ("push",): 19, ("push", 0): 19, ("push", 0, "url"): 20, ("push", 1): 21,
        ("push", 1, "url"): 22, ("push", 1, "more"): 23, ("push", 1, "more", "deep"): 24, ("a", "b c"): 25, ("a", "b c", "last"): 26,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("place", "line"), [(("inline", "port"), 14), (("push", 1, "secret"), 21), (("nobody",), 0), ((), 0), (("x", 1), 0)]
)
def test_a_place_without_a_line_has_that_of_its_table(place: tuple[str | int, ...], line: int) -> None:
    """A key that is missing is looked for in its table; what is nowhere has no line."""
    assert line_of(place, lines_of(TEXT)) == line


def test_no_text_is_too_odd() -> None:
    """Whatever the file holds, lines are read in one pass and without an error; ``tomllib`` alone judges it."""
    dice = random.Random(20261130)
    for _ in range(300):
        text = "".join(dice.choice("[]=\"'.#{}\n\\ ax1,") for _ in range(120))
        assert all(0 < line <= text.count("\n") + 1 for line in lines_of(text).values()), text
