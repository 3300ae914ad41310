"""What a rule may ask, and the index that answers it: held against a plain reading of each condition."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.rules.caller_lists import CallerLists, Listed
from gateway.core.rules.catalogue import Catalogue, Matter
from gateway.core.rules.conditions import Accepts, Hours, PressFacts, When, local_day, local_minute, within
from gateway.core.rules.rule import Decision, Rule, Rung, Target, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import SeatId, SwitchboardId, TargetId

CODES = ["a", "a.b", "a.b.c", "a.d", "e", "e.f"]
CLASSES = {"a.b": "unclear", "e": "dispute", "e.f": "unclear"}
CATALOGUE = Catalogue(
    {code: Matter(code, code, CLASSES.get(code, "")) for code in CODES},
    {"theirs": ("a.b", "e.f"), "none": ()},
)
TARGETS = {TargetId(name): Target(id=TargetId(name), name=name) for name in ("12345", "110", "119")}
NIGHT = Hours((5,), 22 * 60, 6 * 60)
DAY = Hours((1, 2, 3, 4, 5), 8 * 60 + 30, 17 * 60 + 30)


def accepting(*values: str) -> st.SearchStrategy[Accepts]:
    """One value, several, or any."""
    several = st.lists(st.sampled_from(values), min_size=2, max_size=3, unique=True).map(tuple)
    return st.none() | st.none() | st.sampled_from(values) | several


WHENS = st.builds(
    When,
    matter=accepting(*CODES, "theirs", "none"),
    class_=accepting("unclear", "dispute"),
    urgency=accepting("normal", "danger"),
    district=accepting("120000", "120100", "120101", "130100"),
    language=accepting("zh", "zh-yue", "en"),
    list_=accepting("harass", "vip"),
    hours=st.lists(st.sampled_from([NIGHT, DAY]), max_size=2).map(tuple),
    free_seats=st.integers(0, 2),
    waiting=st.integers(0, 2),
    expected_wait_s=st.sampled_from([0, 0, 5, 60]),
)
RULES = st.builds(
    Rule,
    name=st.text("abc", min_size=1),
    from_=accepting("12345", "110"),
    target=accepting("110", "119"),
    ladder=st.just(()),
    terms=st.just(TransferPolicy()),
    when=WHENS,
)
FACTS = st.builds(
    PressFacts,
    switchboard=st.sampled_from([SwitchboardId("12345"), SwitchboardId("110")]),
    target=st.sampled_from(list(TARGETS)),
    seat=st.just(SeatId("1001")),
    at=st.just(0.0),
    asked=st.just(""),
    routing=st.builds(
        RoutingDetails,
        st.sampled_from(["", *CODES, "a.b.z", "x"]),
        st.sampled_from(["", "normal", "danger"]),
        st.sampled_from(["", "120000", "120100", "120101", "120101001", "130102"]),
        st.sampled_from(["", "zh", "zh-yue", "en", "fr"]),
    ),
    lists=st.frozensets(st.sampled_from(["harass", "vip"])),
    free_seats=st.dictionaries(st.sampled_from(list(TARGETS)), st.integers(0, 3)),
    minute=st.integers(-1, 10079),
    waiting=st.dictionaries(st.sampled_from(list(TARGETS)), st.integers(0, 3)),
    expected_wait_s=st.dictionaries(st.sampled_from(list(TARGETS)), st.sampled_from([0.0, 5.0, 59.9, math.inf])),
)


@given(rules=st.lists(RULES, max_size=12), facts=FACTS)
@settings(max_examples=400, deadline=None)
def test_the_index_finds_what_reading_rule_by_rule_finds(rules: list[Rule], facts: PressFacts) -> None:
    """The first rule without a misfit is the one that decides, whatever rules and facts are."""
    known = RuleSet(targets=TARGETS, keys={}, rules=tuple(rules), catalogue=CATALOGUE)
    passed = [rule for rule, _ in known.passed_over(facts)]
    plain = rules[len(passed)] if len(passed) < len(rules) else None
    assert known.first(facts) is plain


def rule(name: str, **when: object) -> Rule:
    """A rule for every press that asks this."""
    return Rule(name=name, from_=None, target=None, ladder=(), terms=TransferPolicy(), when=When(**when))  # type: ignore[arg-type]


def decides(*rules: Rule, **said: object) -> str:
    """The rule that decides, behind which the default stands."""
    facts = {
        word: said.pop(word) for word in ("lists", "free_seats", "minute", "waiting", "expected_wait_s") if word in said
    }
    known = RuleSet(
        targets=TARGETS,
        keys={},
        rules=(*rules, Rule(name="default", from_=None, target=None, ladder=())),
        catalogue=CATALOGUE,
    )
    given_ = PressFacts(
        switchboard=SwitchboardId("12345"),
        target=TargetId("110"),
        seat=SeatId(""),
        at=0.0,
        asked="",
        routing=RoutingDetails(**said),
        **facts,
    )  # type: ignore[arg-type]
    decided = known.decide(given_)
    assert isinstance(decided, Decision)
    return decided.rule


ASKING = {
    "matter": "a",
    "class_": "unclear",
    "urgency": ("normal", "urgent", "danger"),
    "district": "120000",
    "language": "zh",
    "list_": "harass",
    "hours": (Hours((1, 2, 3, 4, 5, 6, 7), 0, 1440),),
    "free_seats": 1000,
    "waiting": 1,
    "expected_wait_s": 1,
}


@pytest.mark.parametrize("word", ASKING)
def test_what_is_not_known_fits_no_condition(word: str) -> None:
    """However wide a condition is, a press of which nothing is known goes by the rule that asks nothing (law 7)."""
    assert decides(rule("asks", **{word: ASKING[word]})) == "default"


@pytest.mark.parametrize(
    ("when", "matter", "fits"),
    [
        ("a", "a.b.c", True), ("a.b", "a", False), ("a", "e", False), ("theirs", "a.b.c", True), ("theirs", "a.d", False),
        ("a.b", "a.b.new", True), ("a", "ab", False), ("a", "x.y", False),
    ],
)  # fmt: skip
def test_a_matter_covers_those_below_it(when: str, matter: str, fits: bool) -> None:
    """By code and by list; a code that the catalogue has not counts as the nearest above it that it has."""
    assert decides(rule("asks", matter=when), matter=matter) == ("asks" if fits else "default")


@pytest.mark.parametrize(
    ("matter", "class_"), [("a", ""), ("a.b", "unclear"), ("a.b.c", "unclear"), ("e.f", "unclear"), ("e", "dispute")]
)
def test_a_class_goes_down_the_tree_until_another_stands(matter: str, class_: str) -> None:
    """The nearest class above counts."""
    assert CATALOGUE.class_of(matter) == class_
    assert decides(rule("asks", class_=("unclear", "dispute")), matter=matter) == ("asks" if class_ else "default")


@pytest.mark.parametrize(
    ("when", "district", "fits"),
    [
        ("120100", "120101", True),
        ("120000", "120116", True),
        ("120101", "120100", False),
        ("120100", "130101", False),
        ("120101", "120101001", True),
    ],
)
def test_a_city_covers_its_districts(when: str, district: str, fits: bool) -> None:
    """A division code that ends in zeros is a province or a city."""
    assert decides(rule("asks", district=when), district=district) == ("asks" if fits else "default")


@pytest.mark.parametrize(("free", "fits"), [(0, True), (1, True), (2, False)])
def test_few_free_seats(free: int, fits: bool) -> None:
    """``free_seats: 2`` means fewer than two, of the target that is pressed."""
    assert decides(rule("asks", free_seats=2), free_seats={TargetId("110"): free}) == ("asks" if fits else "default")
    assert decides(rule("asks", free_seats=2), free_seats={TargetId("119"): free}) == "default"


@pytest.mark.parametrize(
    ("when", "known", "fits"),
    [
        ({"waiting": 2}, {"waiting": 2}, True),
        ({"waiting": 2}, {"waiting": 1}, False),
        ({"expected_wait_s": 30}, {"expected_wait_s": 30.0}, True),
        ({"expected_wait_s": 30}, {"expected_wait_s": 29.9}, False),
        ({"expected_wait_s": 3600}, {"expected_wait_s": math.inf}, True),
        ({"waiting": 1, "expected_wait_s": 30}, {"waiting": 9}, False),
    ],
)
def test_a_crowded_target(when: dict[str, int], known: dict[str, float], fits: bool) -> None:
    """At least as many callers, at least as long a wait, of the target that is pressed; all that is asked must be known."""
    here = {word: {TargetId("110"): count} for word, count in known.items()}
    elsewhere = {word: {TargetId("119"): count} for word, count in known.items()}
    assert decides(rule("asks", **when), **here) == ("asks" if fits else "default")
    assert decides(rule("asks", **when), **elsewhere) == "default"


@pytest.mark.parametrize(
    ("at", "inside"),
    [("5T22:00", True), ("6T05:59", True), ("6T06:00", False), ("5T21:59", False), ("7T01:00", False)],
)
def test_hours_over_midnight(at: str, inside: bool) -> None:
    """Friday 22:00 to 06:00 ends on Saturday morning."""
    day, _, time = at.partition("T")
    minute = (int(day) - 1) * 1440 + int(time[:2]) * 60 + int(time[3:])
    assert within((NIGHT,), minute) == inside


@given(st.integers(0, 4_000_000_000))
def test_local_time_is_that_of_china(at: int) -> None:
    """Minute of the week and day are those of the calendar, eight hours ahead of UTC."""
    local = datetime.fromtimestamp(at, timezone(timedelta(hours=8)))
    assert local_minute(at) == local.weekday() * 1440 + local.hour * 60 + local.minute
    assert local_day(at) == (local.date() - date(1970, 1, 1)).days


def test_what_is_said_later_stands() -> None:
    """A later word replaces, an empty one does not."""
    assert RoutingDetails("a", "normal", "", "zh").then(RoutingDetails("b", "", "120101")) == RoutingDetails(
        "b", "normal", "120101", "zh"
    )


@pytest.mark.parametrize(
    "number", ["13800000001", "+8613800000001", "008613800000001", "8613800000001", "138 0000 0001"]
)
def test_a_listed_number_is_known_in_every_spelling(number: str) -> None:
    """With and without the country code; until the last day, and not a day longer."""
    lists = CallerLists({"harass": (Listed("13800000001", "why", 100),), "vip": (Listed("13800000002", "why", 100),)})
    assert lists.of(number, 100) == {"harass"}
    assert lists.of(number, 101) == frozenset()
    assert "1380000" not in repr(lists)


def test_a_ladder_has_its_end_once() -> None:
    """The duty target is rung last, and not again where the ladder has it."""
    t110, t119 = TargetId("110"), TargetId("119")
    assert [r.target for r in Rule(name="x", from_=None, target=None, ladder=(), end=t119).rungs(t110)] == [t110, t119]
    assert [
        r.target for r in Rule(name="x", from_=None, target=None, ladder=(Rung(t119, 20),), end=t119).rungs(t110)
    ] == [t119]
