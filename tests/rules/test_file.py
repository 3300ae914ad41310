"""``transfer_rules.yaml``: what is read, and what an administrator is told about each mistake."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.settings import site_path
from gateway.core.rules.conditions import PressFacts
from gateway.core.rules.rule import OTHER, RING_S, Decision, Key, Rule, Rung, Target, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import SeatId, SwitchboardId, TargetId
from gateway.rules.file import DEPTH_MAX, PROBLEMS_MAX, SIZE_MAX, Problem, RulesError, load, parse

GOOD = """\
version: 1
targets:
  "110":
    name: 110报警服务台
  "0110":
    name: 测试
keys:
  "*1": other
rules:
  - name: 去110
    when:
      target: "110"
    then:
      mode: warm
      ladder:
        - target: "110"
          ring_s: 25
      tag: "[{from}转]"
  - name: 默认
    then:
      mode: warm
"""


def problems(text: str) -> list[Problem]:
    """What is wrong with a text."""
    with pytest.raises(RulesError) as caught:
        parse(text)
    assert caught.value.problems
    assert all(problem.what and problem.remedy for problem in caught.value.problems)
    return caught.value.problems


def only(text: str) -> Problem:
    """The one thing that is wrong with a text."""
    (problem,) = problems(text)
    return problem


def changed(old: str, new: str) -> str:
    """The good text with one change."""
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def place(text: str, mark: str) -> tuple[int, int]:
    """Line and column, counted from 1, of the first occurrence of a word."""
    before = text[: text.index(mark)].split("\n")
    return len(before), len(before[-1]) + 1


# --- what is read ---------------------------------------------------------------------------------------------------------


def test_a_good_file_is_a_rule_set() -> None:
    """Every word of the file arrives; what a rule leaves out has its default."""
    t110, t0110 = TargetId("110"), TargetId("0110")
    assert parse(GOOD) == RuleSet(
        targets={t110: Target(id=t110, name="110报警服务台"), t0110: Target(id=t0110, name="测试")},
        keys={"*1": Key("transfer", OTHER)},
        rules=(
            Rule(
                name="去110",
                from_=None,
                target=t110,
                ladder=(Rung(t110, 25),),
                terms=TransferPolicy(mode="warm", tag="[{from}转]"),
            ),
            Rule(name="默认", from_=None, target=None, ladder=()),
        ),
    )


def test_the_shipped_rules_are_right() -> None:
    """The file that is delivered has no error, sends 12345 to 110, and calls a service in without anybody leaving."""
    rules = load(site_path("transfer_rules.yaml"))
    decision = rules.decide(
        PressFacts(switchboard=SwitchboardId("12345"), target=TargetId("110"), seat=SeatId("1001"), at=0.0)
    )
    assert isinstance(decision, Decision)
    assert (decision.rule, decision.ladder) == ("12345转110", (Rung(TargetId("110"), 25),))
    assert decision.terms == TransferPolicy(mode="warm", tag="[12345转]")
    fire = rules.decide(
        PressFacts(switchboard=SwitchboardId("110"), target=TargetId("119"), seat=SeatId("2001"), at=0.0)
    )
    assert isinstance(fire, Decision)
    assert fire.terms.mode == "conference"


def test_what_is_quoted_stays_what_it_is() -> None:
    """``0110`` is four characters, with or without quotes, and never the number 72."""
    for written in ('"0110"', "0110", "'0110'"):
        rule = parse(changed('target: "110"\n    then', f"target: {written}\n    then")).rules[0]
        assert rule.target == "0110"


def test_words_that_yaml_would_turn_into_something_else() -> None:
    """Names like ``on``, ``12:30``, ``1e3``, ``null`` and ``2026-01-01`` stay the words that were written."""
    for word in ("on", "12:30", "1e3", "null", "2026-01-01", "0x10", "~", "yes"):
        assert parse(changed("name: 默认", f"name: {word}")).rules[1].name == word


def test_windows_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    """A file saved by a Windows editor, with its mark and line ends, is read like any other."""
    path = tmp_path / "r.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load(path) == parse(GOOD)


def test_a_ladder_without_ring_time_has_the_default() -> None:
    """A rung that says nothing rings as long as the dialplan would."""
    assert parse(changed("\n          ring_s: 25", "")).rules[0].ladder == (Rung(TargetId("110"), RING_S),)


@pytest.mark.parametrize("seconds", ["5", "120"])
def test_the_limits_of_a_ring_time(seconds: str) -> None:
    """Both ends of the range are allowed."""
    assert parse(changed("ring_s: 25", f"ring_s: {seconds}")).rules[0].ladder[0].ring_s == int(seconds)


# --- the file as a whole ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "\n\n", "# 只有注释\n", "---\n", "---\n...\n"])
def test_an_empty_file(text: str) -> None:
    """An empty file is an error that says what a rules file needs; only one with an empty value is not empty."""
    problem = problems(text)[0]
    assert (problem.line, problem.column) <= (2, 4)
    assert "empty" in problem.what or "expected `key: value`" in problem.what


def test_a_tab() -> None:
    """A tab in the indentation is shown where it is, and the remedy is spaces."""
    text = changed('  "110":\n', '\t"110":\n')
    problem = only(text)
    assert problem.line == place(text, "\t")[0]
    assert "not valid YAML" in problem.what
    assert "not tabs" in problem.remedy


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    """A file saved as GBK is an error at the first character that shows it, and the remedy names both encodings."""
    path = tmp_path / "r.yaml"
    path.write_bytes(GOOD.encode("gbk"))
    with pytest.raises(RulesError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == place(GOOD, "报警")
    assert "not UTF-8" in problem.what
    assert "GBK" in problem.remedy


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is an error with its path."""
    with pytest.raises(RulesError, match="No such file"):
        load(tmp_path / "r.yaml")


def test_what_is_no_file(tmp_path: Path) -> None:
    """A folder or a pipe is refused without being read, which could take for ever."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(RulesError, match="not a regular file"):
            load(path)


def test_a_path_that_cannot_be() -> None:
    """A path with a NUL in it is an error like any other."""
    with pytest.raises(RulesError, match="cannot read"):
        load(Path("a\0b"))


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    """A file beyond the limit is refused before it is read, as is such a text."""
    path = tmp_path / "r.yaml"
    with path.open("wb") as file:
        file.truncate(SIZE_MAX + 1)
    with pytest.raises(RulesError, match="too large"):
        load(path)
    assert "too large" in only("#" * (SIZE_MAX + 1)).what


def test_yaml_that_is_nested_without_end() -> None:
    """Nesting that would exhaust a parser is refused at its limit."""
    problem = only("[" * 5000)
    assert (problem.line, problem.column) == (1, DEPTH_MAX + 1)
    assert "nested" in problem.what


def test_two_documents() -> None:
    """A second document in the file is an error, not silently left out."""
    assert "second document begins here" in only(f"{GOOD}---\nversion: 1\n").what


def test_a_character_that_yaml_does_not_allow() -> None:
    """A control character is an error and is not sent to the terminal."""
    problem = only(changed("去110", "去\x1b[31m110"))
    assert "\x1b" not in problem.what


def test_more_errors_than_anyone_reads() -> None:
    """After the hundredth error the reader stops and says so."""
    found = problems("\n".join(f"x{n}: 1" for n in range(500)))
    assert len(found) == PROBLEMS_MAX + 1
    assert "rest is not shown" in found[-1].what


def test_every_error_in_one_run() -> None:
    """Mistakes in different parts are all found, in the order of the file."""
    text = GOOD.replace("version: 1", "version: 2").replace("other", "othr").replace("ring_s: 25", "ring_s: 4")
    text = text.replace("mode: warm\n      ladder", "mode: wram\n      ladder")
    found = problems(text)
    assert [(problem.line, problem.column) for problem in found] == [
        place(text, mark) if mark != "2" else (1, 10) for mark in ("2", "othr", "wram", "4\n      tag")
    ]


# --- keys and values --------------------------------------------------------------------------------------------------------


def test_a_key_that_is_written_twice() -> None:
    """The second one is the error: which of both counts is not left to chance."""
    text = changed('  "0110":\n    name: 测试\n', '  "110":\n    name: 测试\n')
    problem = only(text)
    assert (problem.line, problem.column) == (5, 3)
    assert "duplicate key: 110" in problem.what


@pytest.mark.parametrize(
    ("old", "new", "mark", "near"),
    [
        ("keys:", "keyz:", "keyz", "keys"),
        ("name: 测试", "nam: 测试", "nam: 测", "name"),
        ("when:", "wen:", "wen", "when"),
        ("      ladder:", "      leader:", "leader", "ladder"),
        ("ring_s:", "ring:", "ring:", "ring_s"),
        ("other", "oter", "oter", "other"),
    ],
)
def test_an_unknown_word_names_the_nearest(old: str, new: str, mark: str, near: str) -> None:
    """A slip of the keyboard is shown where it is, with the word that was meant."""
    text = changed(old, new)
    problem = only(text)
    assert (problem.line, problem.column) == place(text, mark)
    assert f"did you mean {near}" in problem.remedy


def test_an_unknown_word_near_to_nothing_names_all() -> None:
    """Where nothing is near, all that is known is named."""
    assert "name, when, then" in only(changed("    when:", "    colour:")).remedy


@pytest.mark.parametrize(
    ("old", "new"), [("name: 测试", "name: &a 测试"), ('  "*1": other', "  *1: other"), ("name: 默认", "name: *a")]
)
def test_anchors_and_aliases(old: str, new: str) -> None:
    """``&`` and ``*`` are not supported, which an unquoted key ``*1`` runs into: the remedy is quotes."""
    text = changed(old, new)
    problem = only(text)
    assert (problem.line, problem.column) == place(text, new.strip().removeprefix("name: "))
    assert '"*1"' in problem.remedy


def test_an_unquoted_star_and_sign() -> None:
    """Also a key that YAML cannot even scan is an error that tells to quote it."""
    text = changed('"*1"', "*#1")
    problem = only(text)
    assert problem.line == place(text, "*#1")[0]
    assert "quote values with : # *" in problem.remedy


def test_an_unquoted_0110_that_is_no_target() -> None:
    """A number with a leading zero is compared as it is written, and the nearest target is named."""
    text = changed('  "0110":\n    name: 测试\n', "").replace('target: "110"\n    then', "target: 0110\n    then")
    problem = only(text)
    assert (problem.line, problem.column) == place(text, "0110")
    assert "unknown target: 0110" in problem.what
    assert "did you mean 110" in problem.remedy


def test_an_unquoted_12_30_for_a_number() -> None:
    """A time in the place of seconds is shown as it is written, never as 750."""
    text = changed("ring_s: 25", "ring_s: 12:30")
    problem = only(text)
    assert (problem.line, problem.column) == place(text, "12:30")
    assert "expected 5 to 120, not 12:30" in problem.what


@pytest.mark.parametrize("value", ["4", "121", "-5", "25.0", "0x19", "２５", "true", "twenty", "9999999", "1_0"])
def test_a_ring_time_that_is_none(value: str) -> None:
    """Only a whole number of seconds within the limits is a ring time."""
    text = changed("ring_s: 25", f"ring_s: {value}")
    problem = only(text)
    assert (problem.line, problem.column) == place(text, f"{value}\n      tag")


@pytest.mark.parametrize("old", ['"*1": other', "name: 默认", "ring_s: 25", "mode: warm\n      ladder"])
def test_an_empty_value(old: str) -> None:
    """A key without a value, also one that a ``#`` has cut off, is an error that tells to quote it."""
    key = old.split(": ", maxsplit=1)[0]
    rest = "\n      ladder" if "ladder" in old else ""
    problem = only(changed(old, f"{key}: #1{rest}"))
    assert "empty" in problem.what
    assert '"#"' in problem.remedy


def test_a_character_that_does_not_show() -> None:
    """A zero-width space in a name is named by its number, since nobody could see it."""
    text = changed("name: 默认", "name: 默\u200b认")
    problem = only(text)
    assert (problem.line, problem.column) == place(text, "默\u200b认")
    assert "U+200B" in problem.what


@pytest.mark.parametrize(
    ("old", "new", "mark"),
    [
        ("    name: 110报警服务台", "    - x", "- x"),
        ("name: 默认", "name: [a, b]", "[a"),
        ("name: 默认", "name: {a: b}", "{a"),
        ("ring_s: 25", "ring_s: [25]", "[25]"),
        ('    when:\n      target: "110"', "    when: 110", "110\n    then:\n      mode: warm\n      ladder"),
        ('        - target: "110"\n          ring_s: 25', '        target: "110"', 'target: "110"\n      tag'),
        ('"*1": other', "- other", "- other"),
        ('"*1": other', "[a]: other", "[a]"),
    ],
)
def test_a_value_of_another_kind(old: str, new: str, mark: str) -> None:
    """A list, a single value and pairs are not taken for one another; the place and the remedy are named."""
    text = changed(old, new)
    assert place(text, mark) in [(problem.line, problem.column) for problem in problems(text)]


@pytest.mark.parametrize("part", ["targets", "rules"])
@pytest.mark.parametrize("value", ["5", "[]", "{}", "x", "~"])
def test_a_part_that_is_nothing(part: str, value: str) -> None:
    """A part that is empty or of another kind is an error at its value."""
    lines = GOOD.split("\n")
    begin = lines.index(f"{part}:")
    end = next((n for n in range(begin + 1, len(lines)) if lines[n][:1] not in (" ", "")), len(lines))
    found = problems("\n".join([*lines[:begin], f"{part}: {value}", *lines[end:]]))
    assert (begin + 1, len(part) + 3) in [(problem.line, problem.column) for problem in found]


@pytest.mark.parametrize("text", ["5", "x", "[1]", "- version: 1", '"a"'])
def test_a_file_of_another_kind(text: str) -> None:
    """A file that is one value or a list is one error at its beginning."""
    problem = only(text)
    assert (problem.line, problem.column) == (1, 1)
    assert "key: value" in problem.what


@pytest.mark.parametrize("part", ["version", "targets", "rules"])
def test_a_part_that_is_missing(part: str) -> None:
    """What a rules file must have is named when it is not there."""
    lines = GOOD.split("\n")
    begin = next(n for n, line in enumerate(lines) if line.startswith(part))
    end = next((n for n in range(begin + 1, len(lines)) if lines[n][:1] not in (" ", "")), len(lines))
    assert any(f"{part} is missing" in problem.what for problem in problems("\n".join(lines[:begin] + lines[end:])))


def test_keys_may_be_left_out() -> None:
    """A site without keys of its own writes none."""
    assert parse(changed('keys:\n  "*1": other\n', "")).keys == {}


# --- targets, keys, tags --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id_", ["11 0", "1-1-0", "一一零", "a" * 33, "110&PJSIP/x"])
def test_a_target_id_that_would_mean_something_elsewhere(id_: str) -> None:
    """A target's id goes into the dialplan: letters and digits only (law 8)."""
    text = changed('"0110":', f'"{id_}":')
    problem = only(text)
    assert (problem.line, problem.column) == place(text, f'"{id_}"')


@pytest.mark.parametrize("key", ["*1 ", "E", "12345678901", "＊1"])
def test_a_key_that_no_phone_has(key: str) -> None:
    """A key has the signs of a phone only."""
    text = changed('"*1"', f'"{key}"')
    problem = only(text)
    assert (problem.line, problem.column) == place(text, f'"{key}"')


@pytest.mark.parametrize("sign", "^(),&|$;{}")
def test_a_tag_that_would_mean_something_in_the_dialplan(sign: str) -> None:
    """A tag goes through the dialplan: what means something there is refused, not repaired (law 8)."""
    text = changed('tag: "[{from}转]"', f'tag: "a{sign}b"')
    problem = only(text)
    assert (problem.line, problem.column) == place(text, f'"a{sign}b"')


@pytest.mark.parametrize("tag", ["'a\"b'", "'a\\b'", '"{to}"', '"' + "转" * 41 + '"', '"a\\nb"'])
def test_a_tag_that_no_phone_shows(tag: str) -> None:
    """Quotes, backslashes, other placeholders, line ends and endless tags are refused."""
    assert only(changed('tag: "[{from}转]"', f"tag: {tag}")).line == place(GOOD, "tag:")[0]


# --- rules ------------------------------------------------------------------------------------------------------------------


def test_a_rule_behind_the_default() -> None:
    """A rule that is never reached is the error, and the remedy is the order."""
    text = f"{GOOD}  - name: 太晚\n    then:\n      mode: warm\n"
    problem = only(text)
    assert (problem.line, problem.column) == place(text, "name: 太晚")
    assert "never reached" in problem.what
    assert "put the default last" in problem.remedy


def test_no_default() -> None:
    """A file whose last rule does not fit always is incomplete."""
    text = GOOD[: GOOD.index("  - name: 默认")]
    problem = only(text)
    assert (problem.line, problem.column) == place(text, "- name: 去110")
    assert "no default rule" in problem.what


def test_nothing_is_said_about_the_order_of_rules_that_cannot_be_read() -> None:
    """A slip inside the default is one error, and not also a missing default."""
    assert (
        "unknown key"
        in only(GOOD.replace("  - name: 默认\n    then:\n      mode:", "  - name: 默认\n    then:\n      mod:")).what
    )


def test_two_rules_of_one_name() -> None:
    """A name that is taken is the error at the second rule: logs name rules."""
    text = changed("name: 默认", "name: 去110")
    problem = only(text)
    assert problem.line == GOOD[: GOOD.index("name: 默认")].count("\n") + 1
    assert "two rules are named 去110" in problem.what


@pytest.mark.parametrize(
    ("old", "said"), [("name: 默认\n    then", "no name"), ("then:\n      mode: warm\n      ladder", "no `then`")]
)
def test_a_rule_without_a_part(old: str, said: str) -> None:
    """A rule has a name and says what happens."""
    new = old.replace("name: 默认\n    ", "").replace("then:\n      mode: warm\n      ", "when2:\n      ")
    assert any(said in problem.what for problem in problems(changed(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('      target: "110"\n    then', '      target: "119"\n    then', "unknown target: 119"),
        ('      target: "110"\n    then', '      from: "119"\n    then', "unknown switchboard: 119"),
        ('- target: "110"', '- target: "119"', "unknown target: 119"),
        ("mode: warm\n      ladder", "mode: cold\n      ladder", "unknown mode: cold"),
    ],
)
def test_a_word_that_stands_for_nothing(old: str, new: str, said: str) -> None:
    """A target, switchboard or mode that does not exist is shown where it is written, with those that do."""
    text = changed(old, new)
    problem = only(text)
    written = '"119"' if "119" in new else "cold"
    assert (problem.line, problem.column) == place(text, written)
    assert said in problem.what
    assert "did you mean" in problem.remedy or "known" in problem.remedy


def test_a_ladder_without_rungs() -> None:
    """An empty ladder would ring nobody."""
    assert "ladder is empty" in only(changed('\n        - target: "110"\n          ring_s: 25', " []")).what


def test_a_rung_without_a_target() -> None:
    """A rung that names no target is the error."""
    assert "target is missing" in only(changed('- target: "110"\n          ring_s', "- ring_s")).what


# --- how it is shown --------------------------------------------------------------------------------------------------------


def test_the_caret_stands_below_the_place() -> None:
    """The line of the file is shown, and the caret below the error, also behind Chinese characters of two columns."""
    with pytest.raises(RulesError) as caught:
        parse('version: 1\ntargets: {"110": {name: 报警, 名: x}}\nrules: [{name: a, then: {}}]\n', "r.yaml")
    lines = str(caught.value).split("\n")
    assert lines[0].startswith("r.yaml:2:29: 未知的键：名 / unknown key: 名")
    assert lines[1] == '    targets: {"110": {name: 报警, 名: x}}'
    assert lines[2] == "    " + " " * (28 + 2) + "^"
    assert lines[3].startswith("    → ")


def test_a_long_line_is_shown_around_the_place() -> None:
    """Of a line without end only the part around the error is shown, and the caret is still below it."""
    with pytest.raises(RulesError) as caught:
        parse("version: 1\n" + "a" * 100 + ": {" + "b: 1, " * 100 + "b: 1}\n", "r.yaml")
    for source, caret in zip(
        *[iter(str(caught.value).split("\n")[1::4])], *[iter(str(caught.value).split("\n")[2::4])], strict=True
    ):
        assert len(source) <= 170
        assert source[caret.index("^")] in "avb"


# --- whatever is in it ------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [*GOOD.split(), "\n", "\n  ", "\n    ", "\n      ", "- ", ": ", "&a ", "*a ", "*1", "!!int ", "{", "}", "[", "]", "|", ">", "?",
     "%", "@", "`", "---\n", "...\n", "<<: ", "#", '"', "'", "\t", "\0", "\x1b", "\ufeff", "\u2028", "\u0085", "\ud800", "0110", "12:30", "~"]
)  # fmt: skip


def said_of(read: Callable[[], RuleSet]) -> RulesError | None:
    """The error that reading ends with, if it does; any other error ends the test."""
    try:
        read()
    except RulesError as error:
        return error
    return None


def allows_nothing_else(text: str) -> None:
    """Either a rule set that can decide, or errors with places and remedies."""
    error = said_of(lambda: parse(text))
    if error is None:
        assert parse(text).rules[-1].target is None
    else:
        assert error.problems
        assert all(p.line >= 1 and p.column >= 1 and p.what and p.remedy for p in error.problems)
        assert str(error)


@given(text=st.lists(WORDS, max_size=60).map("".join) | st.text(max_size=200))
@settings(max_examples=400, deadline=None)
def test_no_text_makes_it_raise_anything_else(text: str) -> None:
    """Whatever the text, there is a rule set or a ``RulesError`` with line, column and remedy."""
    allows_nothing_else(text)


@given(at=st.integers(0, len(GOOD)), cut=st.integers(0, 12), put=st.lists(WORDS, max_size=3).map("".join))
@settings(max_examples=400, deadline=None)
def test_no_slip_in_a_good_file_makes_it_raise_anything_else(at: int, cut: int, put: str) -> None:
    """Also a good file with a part taken out or put in is read, or is a ``RulesError``."""
    allows_nothing_else(GOOD[:at] + put + GOOD[at + cut :])


@given(
    content=st.binary(max_size=200)
    | st.lists(WORDS, max_size=40).map(lambda words: "".join(words).encode("utf-8", "replace"))
)
@settings(max_examples=150, deadline=None)
def test_no_file_makes_it_raise_anything_else(content: bytes) -> None:
    """Whatever bytes a file has, ``load`` raises ``RulesError`` or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.yaml"
        path.write_bytes(content)
        error = said_of(lambda: load(path))
        assert error is None or str(error).startswith(str(path))


@pytest.mark.parametrize(("blank", "name"), [("\u00a0", "U+00A0"), ("\u3000", "U+3000"), ("\u2003", "U+2003")])
def test_a_wide_blank_in_an_indentation_is_named(blank: str, name: str) -> None:
    """In its own line, though the parser stumbles lines later."""
    text = f"version: 1\nrules:\n  - name: a\n{blank}{blank}  then: {{mode: warm}}\n    examples: []\n"
    with pytest.raises(RulesError) as refused:
        parse(text)
    (problem,) = refused.value.problems
    assert (problem.line, problem.column) == (4, 1)
    assert name in problem.what


def test_a_second_document_has_a_remedy_of_its_own() -> None:
    """It is the three dashes that are too much, and no indentation."""
    with pytest.raises(RulesError) as refused:
        parse("version: 1\n---\nversion: 1\n")
    (problem,) = refused.value.problems
    assert "---" in problem.what
    assert "---" in problem.remedy
