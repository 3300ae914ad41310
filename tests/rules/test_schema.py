"""``transfer_rules.yaml``: keys, modes, several targets at once, times of acceptance and decision, and each mistake in them."""

from __future__ import annotations

import pytest

from gateway.core.rules.rule import OTHER, Key, Rung, TransferPolicy
from gateway.core.values.ids import TargetId
from gateway.rules.file import ACCEPT_S_MAX, ACCEPT_S_MIN, ALSO_MAX, DECIDE_S_MAX, DECIDE_S_MIN, MODES, Problem, parse
from tests.rules.test_file import only, place, problems

GOOD = """\
version: 1
targets:
  "110": {name: 110}
  "119": {name: 119}
  "120": {name: 120}
  water: {name: 供水}
keys:
  "*1": other
  "*2": "119"
  "*51": water
  "*6": {target: other, mode: consult}
  "*7": {target: "120"}
  "*0": cancel
  "*8": accept
  "*9": decline
rules:
  - name: 依次
    when:
      target: "119"
    then:
      mode: silent
      accept_s: 20
      decide_s: 60
      ladder:
        - target: "119"
          ring_s: 10
          also: ["120", water]
        - target: "110"
  - name: 默认
    then: {}
"""


def changed(old: str, new: str) -> str:
    """The good text with one change."""
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def at(text: str, mark: str) -> Problem:
    """The one thing that is wrong, which is shown where the mark stands."""
    problem = only(text)
    assert (problem.line, problem.column) == place(text, mark)
    return problem


# --- what is read -----------------------------------------------------------------------------------------------------------


def test_every_form_of_a_key() -> None:
    """A target, the other side, a target with or without a mode, and the three words that are no target."""
    assert parse(GOOD).keys == {
        "*1": Key("transfer", OTHER),
        "*2": Key("transfer", TargetId("119")),
        "*51": Key("transfer", TargetId("water")),
        "*6": Key("transfer", OTHER, "consult"),
        "*7": Key("transfer", TargetId("120")),
        "*0": Key("cancel"),
        "*8": Key("accept"),
        "*9": Key("decline"),
    }


def test_terms_and_ladder_of_a_rule() -> None:
    """Mode, times and every rung with those who ring beside it; of what is left out the default."""
    first, last = parse(GOOD).rules
    assert first.terms == TransferPolicy(mode="silent", accept_s=20, decide_s=60)
    t110, t119 = TargetId("110"), TargetId("119")
    assert first.ladder == (Rung(t119, 10, (TargetId("120"), TargetId("water"))), Rung(t110, 25))
    assert first.ladder[0].name == "119-120-water"
    assert (last.terms, last.ladder) == (TransferPolicy(), ())


@pytest.mark.parametrize("mode", MODES)
def test_every_mode(mode: str) -> None:
    """A rule and a key may name any of the five modes."""
    assert parse(changed("mode: silent", f"mode: {mode}")).rules[0].terms.mode == mode
    assert parse(changed("mode: consult", f"mode: {mode}")).keys["*6"].mode == mode


@pytest.mark.parametrize(
    ("word", "was", "low", "high"),
    [("accept_s", 20, ACCEPT_S_MIN, ACCEPT_S_MAX), ("decide_s", 60, DECIDE_S_MIN, DECIDE_S_MAX)],
)
def test_the_limits_of_a_time(word: str, was: int, low: int, high: int) -> None:
    """Both ends are allowed, one second beyond is shown where it is written, with the range."""
    for seconds in (low, high):
        assert getattr(parse(changed(f"{word}: {was}", f"{word}: {seconds}")).rules[0].terms, word) == seconds
    for seconds in (low - 1, high + 1):
        text = changed(f"{word}: {was}", f"{word}: {seconds}")
        line, column = place(text, f"{word}: {seconds}")
        problem = only(text)
        assert (problem.line, problem.column) == (line, column + len(word) + 2)
        assert f"expected {low} to {high}, not {seconds}" in problem.what


# --- keys -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "both"),
    [
        ('"*51": water', '"*5": water\n  "*51": water', ("*51", "*5")),
        ('"*51": water', '"*51": water\n  "*5": water', ("*5", "*51")),
        ('"*9": decline', '"*9": decline\n  "*": cancel', ("*", "*1")),
        ('"*9": decline', '"*9": decline\n  "*123": cancel', ("*123", "*1")),
    ],
)
def test_a_key_that_begins_another(old: str, new: str, both: tuple[str, str]) -> None:
    """Whichever is written first, the later of the two is shown, and both are named."""
    text = changed(old, new)
    problem = at(text, f'"{both[0]}": ' if both[0] != "*51" else '"*51"')
    assert f"of the keys {both[0]} and {both[1]} one begins with the other" in problem.what


@pytest.mark.parametrize(
    ("old", "new", "mark", "words"),
    [
        ('"*2": "119"', '"*2": "118"', '"118"', "unknown action of a key: 118"),
        ('"*8": accept', '"*8": accpt', "accpt", "unknown action of a key: accpt"),
        ("target: other, mode", "target: othr, mode", "othr", "unknown target: othr"),
        ('"120"}', "cancel}", "cancel}", "unknown target: cancel"),
        ("mode: consult", "mode: consul", "consul}", "unknown mode: consul"),
        ("target: other, mode", "taget: other, mode", "taget", ""),
        ('{target: "120"}', "{mode: warm}", "{mode: warm}", "target is missing"),
        ('{target: "120"}', "[other]", "[other]", "expected a single value"),
    ],
)
def test_a_key_that_means_nothing(old: str, new: str, mark: str, words: str) -> None:
    """Line and column of the very word, what it should be, and what is known."""
    text = changed(old, new)
    shown = [problem for problem in problems(text) if (problem.line, problem.column) == place(text, mark)]
    assert [words in problem.what for problem in shown] == [True]
    assert shown[0].remedy


def test_the_nearest_action_is_named() -> None:
    """A slip in one of the three words is told with the word that was meant."""
    assert "did you mean accept" in at(changed('"*8": accept', '"*8": accpt'), "accpt").remedy


# --- terms ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["accept_s", "decide_s", "mode"])
def test_a_word_of_then_that_is_misspelt(word: str) -> None:
    """A slip in a word of ``then`` is shown where it is, with the word that was meant."""
    old = {"accept_s": "accept_s: 20", "decide_s": "decide_s: 60", "mode": "mode: silent"}[word]
    problem = at(changed(old, old.replace(word, f"{word}x")), f"{word}x")
    assert f"did you mean {word}" in problem.remedy


@pytest.mark.parametrize("value", ["0", "-1", "2.5", "soon", "０５", "1_0"])
def test_a_time_that_is_none(value: str) -> None:
    """Only a whole number of seconds is a time; 0 is written by leaving the line out."""
    text = changed("accept_s: 20", f"accept_s: {value}")
    assert at(text, f"{value}\n      decide").remedy


# --- several at once ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("also", "mark", "words"),
    [
        ('["118"]', '"118"', "unknown target: 118"),
        ('["120", wtaer]', "wtaer", "unknown target: wtaer"),
        ("[water, water]", "water]\n", "the target water stands here twice"),
        ('["120", "119"]', '"119"]', "the target 119 stands here twice"),
        ("water", "water\n        -", "expected a list"),
    ],
)
def test_a_target_beside_another_that_is_none(also: str, mark: str, words: str) -> None:
    """Unknown, written twice, or no list: the very word is shown."""
    assert words in at(changed('["120", water]', also), mark).what


def test_more_targets_at_once_than_may_be() -> None:
    """The list is shown, with how many there may be."""
    many = [f"t{number}" for number in range(ALSO_MAX + 1)]
    targets = "".join(f"  {name}: {{name: {name}}}\n" for name in many)
    text = changed('  "110": {name: 110}\n', f'  "110": {{name: 110}}\n{targets}')
    text = text.replace('["120", water]', f"[{', '.join(many)}]")
    problem = at(text, "[t0")
    assert f"too many targets at once: {ALSO_MAX + 2}" in problem.what
    assert f"at most {ALSO_MAX + 1}" in problem.remedy
