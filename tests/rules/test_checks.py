"""``transfer_rules.yaml``: matters, conditions, terms and examples; what is wrong between rules; the JSON Schema of it all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.settings import site_path
from gateway.core.rules.caller_lists import Listed
from gateway.core.rules.conditions import Hours, PressFacts, When
from gateway.core.rules.rule import Decision, Rule, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import SeatId, SwitchboardId, TargetId
from gateway.rules import file as rules_file
from gateway.rules.checks import Covers
from gateway.rules.file import json_schema, names_of
from gateway.rules.problems import RulesError
from gateway.rules.schema import THEN, WHEN
from gateway.rules.values import RULES_MAX
from gateway.rules.yaml_nodes import compose
from tests.core.rules.test_conditions import CATALOGUE, FACTS, RULES, TARGETS
from tests.rules.test_file import Problem, allows_nothing_else, only, place, problems

GOOD = """\
version: 1
divisions: {"120100": 天津市, "120101": 和平区}
targets:
  "12345": {name: 热线, organisation: 政务服务办, kind: attached, queues: "12345"}
  "110": {name: 报警, dial: {"12345": PJSIP/110@trunk-110, "110": Local/s@onekey-queue/n}, hold_back: 2}
  "119": {name: 消防, division: "120101", dial: PJSIP/119, hours: [{days: 1-5, from: "08:30", to: "17:30"}]}
matters:
  codes:
    a: 甲
    a.b: {name: 乙, class: unclear}
    a.b.c: 丙
    d: 丁
  lists:
    theirs: [a.b, d]
lists:
  骚扰:
    - {number: "13800000001", reason: 恶意拨打, until: 2026-12-31}
keys:
  "*1": other
rules:
  - name: 第一
    when: {from: "12345", target: ["110", "119"], matter: [theirs, a], class: unclear, urgency: danger,
           district: "120100", language: zh, list: 骚扰, free_seats: 3,
           waiting: 4, expected_wait_s: 90, hours: {from: "22:00", to: "06:00"}}
    then: {mode: warm, ladder: [{target: "110"}], end: "119", release: 30, prompts: [ringing, busy], hold_back: 0, split: yes}
    examples:
      - {from: "12345", target: "110", matter: a.b.c, urgency: danger, district: "120101", language: zh, list: 骚扰,
         free_seats: 2, at: 2026-11-24T23:00, waiting: 5, expected_wait_s: 90, rings: ["110", "119"], mode: warm}
  - name: 拒绝
    when: {from: "12345", matter: d}
    then: {refuse: 均不受理}
  - name: 默认
    then: {limit: 5}
"""


def changed(old: str, new: str) -> str:
    """The good text with one change."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def at(text: str, mark: str) -> Problem:
    """The one thing that is wrong, which is shown where the mark stands."""
    problem = only(text)
    assert (problem.line, problem.column) == place(text, mark)
    return problem


# --- what is read -----------------------------------------------------------------------------------------------------------


def test_every_word_arrives() -> None:
    """Targets, matters, lists, conditions and terms are what was written."""
    rules = rules_file.parse(GOOD)
    police, fire = rules.targets[TargetId("110")], rules.targets[TargetId("119")]
    assert police.dial_at(SwitchboardId("12345")) == "PJSIP/110@trunk-110"
    assert police.dial_at(SwitchboardId("119")) == ""
    assert (police.hold_back, fire.division, fire.dial_at(SwitchboardId("110"))) == (2, "120101", "PJSIP/119")
    assert fire.hours == (Hours((1, 2, 3, 4, 5), 510, 1050),)
    assert rules.targets[TargetId("12345")].queues == ("12345",)
    assert rules.catalogue.class_of("a.b.c") == "unclear"
    assert rules.callers.lists == {"骚扰": (Listed("13800000001", "恶意拨打", 20818),)}
    first, refusing, last = rules.rules
    assert (first.from_, first.target) == ("12345", ("110", "119"))
    night = (Hours((1, 2, 3, 4, 5, 6, 7), 1320, 360),)
    assert first.when == When(
        matter=("theirs", "a"),
        class_="unclear",
        urgency="danger",
        district="120100",
        language="zh",
        list_="骚扰",
        hours=night,
        free_seats=3,
        waiting=4,
        expected_wait_s=90,
    )
    assert first.terms == TransferPolicy(release_s=30, hold_back=0, prompts=("ringing", "busy"), split=True)
    assert (first.end, refusing.refuse, last.limit) == ("119", "均不受理", 5)


@pytest.mark.parametrize(("word", "heard"), [("on", None), ("off", ()), ("[joined]", ("joined",))])
def test_prompts_on_off_or_some(word: str, heard: tuple[str, ...] | None) -> None:
    """``on`` and ``off`` are the words that were written, not true and false."""
    assert rules_file.parse(changed("[ringing, busy]", word)).rules[0].terms.prompts == heard


# --- each mistake -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "mark", "words"),
    [
        ("matter: d}", "matter: dd}", "dd}", "unknown matter: dd"),
        ("class: unclear, urgency", "class: unclaer, urgency", "unclaer", "unknown class"),
        ("urgency: danger,\n           ", "urgency: dangre,\n           ", "dangre", "unknown urgency"),
        ('district: "120100", lang', 'district: "120102", lang', '"120102"', "unknown division code"),
        ('district: "120100", lang', "district: 和平区, lang", "和平区, lang", "6, 9 or 12 digits"),
        ("list: 骚扰, free_seats: 3", "list: 骚绕, free_seats: 3", "骚绕", "unknown list"),
        ("language: zh, list: 骚扰, free_seats: 3", "language: 中文, list: 骚扰, free_seats: 3", "中文", "a language is a code"),
        ("free_seats: 3", "free_seats: few", "few", "expected 1 to 1000"),
        ("waiting: 4", "waiting: 0", "0, expected", "expected 1 to 1000"),
        ("expected_wait_s: 90, hours", "expected_wait_s: 2h, hours", "2h", "expected 1 to 3600"),
        ('"22:00"', "22h", "22h", "a time is hours:minutes"),
        ("days: 1-5", "days: Mon", "Mon", "days are 1 to 7"),
        ("PJSIP/119,", "PJSIP/119&SIP/x,", "PJSIP/119&", "a dial string is"),
        ("Local/s@onekey-queue/n", "Local/s@default/n", "Local/s@default", "a dial string is"),
        ('"12345": PJSIP', '"1234": PJSIP', '"1234"', "unknown switchboard"),
        ("kind: attached", "kind: atached", "atached", "unknown kind"),
        ("hold_back: 2", "hold_back: -2", "-2", "expected 0 to 1000"),
        ("    a: 甲", "    甲: 甲", "甲: 甲", "a matter code has ASCII"),
        ("    d: 丁", "    x.d: 丁", "x.d", "x, which is above the matter x.d"),
        ("    theirs:", "    a:", "a: [", "a list and a matter are both called a"),
        ("until: 2026-12-31", "until: 2026-12-32", "2026-12-32", "there is no such day"),
        ("until: 2026-12-31", "until: soon", "soon", "a date is written"),
        ("[ringing, busy]", "[ringing, bussy]", "bussy", "unknown prompt"),
        ('end: "119"', 'end: "110"', '"110", release', "the target 110 stands here twice"),
        ("release: 30", "release: 1", "1, prompts", "expected 5 to 1800"),
        ("mode: warm, ladder", "mode: blind, ladder", "30, prompts", "release is for warm only"),
        ("split: yes", "split: maybe", "maybe", "expected yes or no"),
        ("{refuse: 均不受理}", "{refuse: 均不受理, mode: warm}", "warm}\n  - name: 默认", "means nothing in a rule that refuses"),
        ("limit: 5", "limit: 0", "0}", "expected 1 to 6000"),
        ("2026-11-24T23:00", "2026-11-31T23:00", "2026-11-31", "there is no such time"),
    ],
)  # fmt: skip
def test_a_slip_is_shown_where_it_is(old: str, new: str, mark: str, words: str) -> None:
    """Line and column of the very word, what it should be, what was meant."""
    text = changed(old, new)
    shown = [problem for problem in problems(text) if (problem.line, problem.column) == place(text, mark)]
    assert [words in problem.what for problem in shown] == [True]
    assert shown[0].remedy


def test_a_number_of_a_caller_is_in_no_message() -> None:
    """Neither the message nor the line of the file that it shows has it (personal data)."""
    with pytest.raises(RulesError) as caught:
        rules_file.parse(changed("until: 2026-12-31", "until: 13800000001"))
    assert "1380000" not in str(caught.value)
    assert "138********" in str(caught.value)


# --- between rules ----------------------------------------------------------------------------------------------------------


def with_rule(text: str) -> str:
    """The good file with one more rule before the default."""
    return GOOD.replace("  - name: 默认", f"  - {text}\n  - name: 默认")


@pytest.mark.parametrize(
    "when",
    [
        '{from: "12345", matter: d}', '{from: "12345", target: "110", matter: d, urgency: normal}',
        '{from: "12345", matter: d, hours: {from: "08:00", to: "09:00"}}',
    ],
)  # fmt: skip
def test_a_rule_that_an_earlier_one_covers(when: str) -> None:
    """It is never reached: told with the one that is in front of it."""
    text = with_rule(f"{{name: 太晚, when: {when}, then: {{}}}}")
    assert "never reached: 拒绝 covers all of it" in at(text, "{name: 太晚").what


@pytest.mark.parametrize(
    "when", ['{from: ["12345", "110"], matter: d}', '{from: "12345", matter: a}', '{target: "119"}']
)
def test_a_rule_that_is_reached_sometimes_is_right(when: str) -> None:
    """One press that only it fits is enough."""
    rules_file.parse(with_rule(f"{{name: 也行, when: {when}, then: {{}}}}"))


@given(rules=st.lists(RULES, min_size=1, max_size=8), facts=st.lists(FACTS, max_size=20))
@settings(max_examples=150, deadline=None)
def test_a_rule_that_is_told_to_be_covered_never_decides(rules: list[Rule], facts: list[PressFacts]) -> None:
    """Whatever is pressed."""
    known = RuleSet(targets=TARGETS, keys={}, rules=tuple(rules), catalogue=CATALOGUE)
    covers = Covers(known)
    unreached = [rule for number, rule in enumerate(rules) if covers.first(number) is not None]
    for fact in facts:
        first = known.first(fact)
        assert all(first is not rule for rule in unreached)


@pytest.mark.parametrize(
    ("earlier", "later", "covers"),
    [
        ("waiting: 2", "waiting: 3", True),
        ("waiting: 3", "waiting: 2", False),
        ("expected_wait_s: 30", "expected_wait_s: 30", True),
        ("expected_wait_s: 30", "waiting: 30", False),
    ],
)
def test_a_crowd_covers_a_larger_one(earlier: str, later: str, covers: bool) -> None:
    """Whoever asks for two callers is there before who asks for three."""
    rules = [
        f"{{name: {name}, when: {{matter: a.b, {when}}}, then: {{}}}}"
        for name, when in (("两人", earlier), ("三人", later))
    ]
    text = with_rule("\n  - ".join(rules))
    if covers:
        assert "never reached: 两人 covers all of it" in at(text, "{name: 三人").what
    else:
        rules_file.parse(text)


def test_more_rules_than_can_be_compared() -> None:
    """One error, at the first of them that is too many."""
    text = with_rule(
        "\n  - ".join(f"{{name: r{number}, when: {{matter: d}}, then: {{}}}}" for number in range(RULES_MAX))
    )
    assert f"too many rules: {RULES_MAX + 3}" in at(text, f"{{name: r{RULES_MAX - 2},").what


def test_a_ladder_that_leads_back() -> None:
    """Where the key is pressed nobody is rung by it."""
    text = changed('ladder: [{target: "110"}]', 'ladder: [{target: "110"}, {target: "12345"}]')
    assert any("the ladder leads back to 12345" in problem.what for problem in problems(text))


def test_a_ladder_that_names_a_target_twice() -> None:
    """In two rungs, or beside another."""
    text = changed('ladder: [{target: "110"}]', 'ladder: [{target: "110"}, {target: "12345", also: ["110"]}]')
    assert any("the target 110 stands here twice" in problem.what for problem in problems(text))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("matter: a.b.c, urgency", "matter: a, urgency", "the example fails: 默认 decides"),
        ("free_seats: 2, at", "free_seats: 3, at", "the example fails: 默认 decides"),
        ("waiting: 5", "waiting: 3", "the example fails: 默认 decides"),
        ("expected_wait_s: 90, rings", "expected_wait_s: 89, rings", "the example fails: 默认 decides"),
        ("waiting: 5, ", "", "the example fails: 默认 decides"),
        ("at: 2026-11-24T23:00, ", "", "the example fails: 默认 decides"),
        ('rings: ["110", "119"]', 'rings: ["119"]', "the example fails: it rings 110, 119"),
        (
            'rings: ["110", "119"], mode: warm',
            'rings: ["110", "119"], mode: blind',
            "the example fails: the mode is warm",
        ),
    ],
)
def test_an_example_that_does_not_hold(old: str, new: str, words: str) -> None:
    """The example is shown, with what happens instead."""
    text = changed(old, new)
    assert words in at(text, '{from: "12345", target: "110", matter: a').what


@pytest.mark.parametrize(
    ("word", "from_"), [("refuse: 骚扰", ""), ("limit: 1", ""), ("refuse: 骚扰", 'from: ["12345", "110"], ')]
)
def test_no_caller_of_110_is_refused_for_being_on_a_list(word: str, from_: str) -> None:
    """The rule is an error unless it is for 12345 alone."""
    rule = f"{{name: 名单, when: {{{from_}list: 骚扰}}, then: {{{word}}}}}"
    assert "no caller of 110 is refused" in only(with_rule(rule)).what
    rules_file.parse(
        with_rule(rule.replace("list:", 'from: "12345", list:') if not from_ else rule.replace(', "110"]', "]"))
    )


def test_a_target_that_nobody_names_is_a_warning() -> None:
    """It can be asked for over HTTP, so it is no error."""
    text = changed('  "119": {name: 消防', '  gas: {name: 燃气}\n  "119": {name: 消防')
    (warning,) = rules_file.check_text(text).warnings
    assert (warning.line, warning.column) == place(text, "gas: {name")
    assert "names the target gas" in warning.what


def test_every_shipped_rule_has_an_example() -> None:
    """And no target is idle; the examples themselves are held by every check."""
    checked = rules_file.check(site_path("transfer_rules.yaml"))
    assert checked.warnings == ()
    assert [rule.name for rule in checked.rules.rules if not rule.examples] == []


@pytest.mark.parametrize("target", ["12345", "110", "119", "120", "122", "water", "power", "gas", "heat"])
@pytest.mark.parametrize("from_", ["12345", "110"])
@pytest.mark.parametrize("at", [0.0, 1764000000.0])
def test_a_plain_press_decides_as_it_always_did(from_: str, target: str, at: float) -> None:
    """Without a recorded matter the policy's rules stand aside: warm between the two, services join."""
    rules = rules_file.load(site_path("transfer_rules.yaml"))
    decided = rules.decide(
        PressFacts(switchboard=SwitchboardId(from_), target=TargetId(target), seat=SeatId("1"), at=at, minute=600)
    )
    assert isinstance(decided, Decision)
    mode = "warm" if target in ("12345", "110") else "conference"
    assert (decided.terms, [(rung.name, rung.ring_s) for rung in decided.ladder]) == (
        TransferPolicy(mode=mode, tag=f"[{from_}转]"),
        [(target, 25)],
    )


# --- the JSON Schema --------------------------------------------------------------------------------------------------------


def as_written(node: Any) -> Any:
    """A file as our reader sees it: every scalar the text that was written."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: as_written(value) for key, value in node.value}
    return [as_written(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else node.value


SHIPPED = site_path("transfer_rules.yaml").read_text("utf-8")


@pytest.mark.parametrize("text", [GOOD, SHIPPED], ids=["good", "shipped"])
@pytest.mark.parametrize("read", [yaml.safe_load, lambda text: as_written(compose(text, ""))], ids=["editor", "reader"])
def test_what_is_right_is_right_by_the_schema(text: str, read: Callable[[str], Any]) -> None:
    """As an editor's YAML reads it, and as we do; with the names of the file and without."""
    for names in ({}, names_of(rules_file.parse(text))):
        schema = json_schema(names)
        jsonschema.Draft202012Validator.check_schema(schema)
        content = json.loads(json.dumps(read(text), default=str).replace(": true", ': "yes"'))
        assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(content)] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mode: warm, ladder", "mode: wram, ladder"), ("release: 30", "release: 1"), ("matter: d}", "matter: dd}"),
        ("limit: 5", "limmit: 5"), ('end: "119"', 'end: "911"'), ("PJSIP/119,", "SIP/119,"), ("version: 1", "version: 2"),
        ("days: 1-5", "days: Mon"), ("    a: 甲", "    甲: 甲"), ("then: {refuse: 均不受理}", "{}"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_wrong_by_the_schema(old: str, new: str) -> None:
    """What the reader tells an editor underlines, too: both come from one description."""
    text = changed(old, new) if "{}" not in new else changed(f"    {old}\n", "")
    assert problems(text)
    validator = jsonschema.Draft202012Validator(json_schema(names_of(rules_file.parse(GOOD))))
    assert not validator.is_valid(json.loads(json.dumps(yaml.safe_load(text), default=str)))


# --- the page ---------------------------------------------------------------------------------------------------------------


def words_of(schema: Any) -> set[str]:
    """Every key that the schema knows by name."""
    if isinstance(schema, list):
        return set().union(*map(words_of, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*map(words_of, schema.values()))


@pytest.mark.parametrize("name", ["docs/rules.md", "docs/rules.zh-CN.md"])
def test_the_page_explains_every_word_and_its_example_is_right(name: str) -> None:
    """The pieces of the page are one correct file, and no word of the schema is missing from it; in both languages."""
    page = (Path(__file__).parents[2] / name).read_text("utf-8")
    text = "".join(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL))
    checked = rules_file.check_text(text, name)
    assert checked.warnings == ()
    assert {word for word in words_of(json_schema({})) if f"`{word}`" not in page and f"{word}:" not in text} == set()
    assert {word for word in [*THEN.fields, *WHEN.fields] if f"`{word}`" not in page} == set()


# --- whatever is in it ------------------------------------------------------------------------------------------------------

LINES = GOOD.split("\n")
BITS = st.sampled_from(
    [
        *"{}[],:-\"'#*&|>?%@` \t\n\0",
        "乱",
        "other",
        "110",
        "a.b",
        "骚扰",
        "~",
        "---\n",
        "{a: ",
        "1e999999",
        "0x1",
        "!!python/object:os.system",
    ]
)


@given(at=st.integers(0, len(GOOD)), cut=st.integers(0, 30), put=st.lists(BITS, max_size=4).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_slip_makes_check_raise_anything_else(at: int, cut: int, put: str) -> None:
    """A part taken out or put in: checked rules, or a ``RulesError`` with places and remedies."""
    allows_nothing_else(GOOD[:at] + put + GOOD[at + cut :])


@given(order=st.permutations(range(len(LINES))), keep=st.integers(5, len(LINES)))
@settings(max_examples=100, deadline=None)
def test_no_order_of_lines_makes_check_raise_anything_else(order: list[int], keep: int) -> None:
    """Lines in another order, or missing."""
    allows_nothing_else("\n".join(LINES[number] for number in order[:keep]))


# --- targets that nobody names --------------------------------------------------------------------------------------------

WITH_OTHER = """\
version: 1
targets:
  "12345": {name: 热线}
  "110": {name: 报警}
  water: {name: 供水}
keys:
  "*1": other
rules:
  - name: 默认
    then: {mode: warm, end: seat}
"""
EXAMPLE = '    examples:\n      - {from: "12345", target: "110", mode: warm}\n'


@pytest.mark.parametrize(("text", "odd"), [(WITH_OTHER + EXAMPLE, ["water"]), (WITH_OTHER, [])])
def test_a_key_for_the_other_switchboard_names_it(text: str, odd: list[str]) -> None:
    """Nobody is advised to remove 110 while a key means it; a service that no key names is told, once it is known that it is none."""
    warnings = rules_file.check_text(text, "rules.yaml").warnings
    assert [one.what.rsplit(" ", 1)[1] for one in warnings] == odd
