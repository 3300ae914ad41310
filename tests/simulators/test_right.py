"""Whether what rang was right by the newest facts: for each way to be wrong a made-up history, and a good one."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.history import Event, History, Told
from simulators.plans import BO_TAG, BO_TAG_ANEW
from simulators.right import THREE_TALK, by_plan, by_rules, corrected, digest, rang_right
from simulators.story_rules import RING_S

PRESS = "12345.1.1"


def plan(tag: str = "[12345转]", *, mode: str = "warm", accept: int = 0, rungs: str = f"110/{RING_S}") -> str:
    """A plan as it lies ready."""
    return f"2:{mode}:{accept}:{digest(tag)}:r:00000000:{rungs}"


def history(at: float = 10.0, written: str = "", tag: str = "[12345转]", rang: str = "110", **said: str) -> History:
    """One press of 110 at 12345, its leg and its record."""
    written = written or plan(tag)
    made = History(1, "12345", "caller")
    press = {"UserEvent": "OnekeyPress", "Press": PRESS, "Target": "110", "Plan": written, "Mode": "", **said}
    leg = {"UserEvent": "OnekeyLeg", "Press": PRESS, "By": "dialplan", "Attempt": "1", "Target": rang}
    made.events = [Event(at, "12345", "UserEvent", press), Event(at + 0.01, "12345", "UserEvent", leg)]
    record: dict[str, Any] = {
        "id": PRESS,
        "terms": {"tag": tag},
        "reason": "",
        "pressed_at": "1970-01-01T00:00:10+00:00",
        "history": [],
    }
    made.transfers = [record]
    return made


def test_what_the_rules_say_is_right() -> None:
    """No fact has moved: the switchboard's own plan."""
    assert list(rang_right(history())) == []
    assert len(by_plan(history())) == 1


def test_a_plan_of_before_an_edit_is_wrong_once_it_was_known() -> None:
    """The language was written down five seconds before the press: only its tag is right. Half a second before, either is."""
    for told_at, found in ((5.0, 2), (9.5, 0)):
        made = history()
        made.facts = [Told("language", "bo", told_at), Told("language", "", 0.0, told_at + 0.05)]
        if told_at == 9.5:  # the record must be by the newest, though
            made.transfers[0]["terms"]["tag"] = BO_TAG
        assert len(list(rang_right(made))) == found, told_at
    made = history(tag=BO_TAG)
    made.facts = [Told("language", "bo", 5.0), Told("language", "", 0.0, 5.05)]
    assert list(rang_right(made)) == []


def test_a_plan_by_nobodys_facts_is_wrong() -> None:
    """Nobody has said that the caller speaks Tibetan."""
    assert len(list(rang_right(history(tag=BO_TAG)))) == 2


def test_facts_of_before_are_right_where_nothing_came_through() -> None:
    """The gateway was dead from before the edit until long after: Asterisk could not know, and the record is not compared."""
    made = history()
    made.facts, made.away = [Told("language", "bo", 5.0), Told("language", "", 0.0, 5.05)], [(4.0, 12.0)]
    assert list(rang_right(made)) == []


def test_a_reload_makes_another_tag_right_while_it_lasts() -> None:
    """The rules were loaded anew and back again around the press."""
    made = history(tag=BO_TAG_ANEW)
    made.facts = [
        Told("language", "bo", 1.0), Told("language", "", 0.0, 1.1), Told("bo tag", BO_TAG_ANEW, 9.0, 11.0)
    ]  # fmt: skip
    assert list(rang_right(made)) == []
    made.facts[-1] = Told("bo tag", BO_TAG_ANEW, 1.0, 3.0)
    assert len(list(rang_right(made))) == 2


@pytest.mark.parametrize(
    "made",
    [
        history(rang="119"),
        history(written=plan(mode="blind")),
        history(written=plan(accept=7)),
        history(written=plan(rungs="119/5")),
        history(written=plan(rungs=f"f!110/{RING_S}")),
        history(written="2:warm"),
        history(written=f"2:warm:0:00000000:r:00000000:110/{RING_S}"),
    ],
    ids=["another phone", "another mode", "another acceptance", "another target", "passed over", "cut", "bare"],
)
def test_what_is_not_as_the_rules_say_is_found(made: History) -> None:
    """Each thing that a plan says, and whom it rang."""
    assert list(rang_right(made))


def test_a_key_that_asks_for_a_mode_has_it() -> None:
    """Its own mode, and the rest as the rules say."""
    assert list(rang_right(history(written=plan(mode="blind"), Mode="blind"))) == []


def test_a_ladder_is_climbed_in_its_order() -> None:
    """122, then 119 and 120 at once."""
    assert by_rules("12345", "122", "bo", BO_TAG, 5).rungs == "122/5&119-120/5"
    made = history(written=plan(rungs="122/5&119-120/5"), Target="122", rang="122")
    assert list(rang_right(made)) == []
    made.events[1].data["Attempt"] = "2"
    assert len(list(rang_right(made))) == 1


def test_corrections_are_counted() -> None:
    """A press of which the history says that something else was rung."""
    made = history()
    assert corrected(made) == 0
    made.transfers[0]["history"] = [{"state": "plan_stale"}]
    assert corrected(made) == 1


def test_a_press_is_refused_while_three_talk_and_only_then() -> None:
    """The dialplan knows by itself that a target is with the caller: an earlier press's leg has joined and not gone."""
    made = history(written=THREE_TALK)
    made.events = made.events[:1]
    assert len(list(rang_right(made))) == 1
    leg = {"UserEvent": "OnekeyLeg", "Press": "12345.0.1", "By": "dialplan", "Uniqueid": "1.7"}
    made.events += [Event(7.0, "12345", "UserEvent", leg), Event(8.0, "12345", "BridgeEnter", {"Uniqueid": "1.7"})]
    assert list(rang_right(made)) == []
    made.events.append(Event(9.0, "12345", "Hangup", {"Uniqueid": "1.7"}))
    assert len(list(rang_right(made))) == 1
