"""The campaign's checker: for each rule a made-up history that breaks it is caught, and a good one is not."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.checker import check
from simulators.history import Event, History, Line, Silence, Talk

PRESS, LEG, CALLER_UID = "12345.1.1", "12345-2.3", "12345-2.0"


def user_event(at: float, kind: str, **data: str) -> Event:
    return Event(at, "12345", "UserEvent", {"UserEvent": kind, **data})


def leg(
    at: float, uid: str = LEG, press: str = PRESS, *, by: str = "gateway", joined: float = 0.0, ended: float = 0.0
) -> list[Event]:
    """A leg's events: through the fence, into the bridge, gone."""
    events = [user_event(at, "OnekeyLeg", Press=press, Uniqueid=uid, CallerId=CALLER_UID, By=by)]
    events += [Event(joined, "12345", "BridgeEnter", {"Uniqueid": uid})] if joined else []
    events += [Event(ended, "12345", "Hangup", {"Uniqueid": uid, "Cause": "16"})] if ended else []
    return events


def transfer(id_: str = PRESS, outcome: str | None = "completed", ends: int = 1) -> dict[str, Any]:
    steps = [{"state": "requested", "at": None}, *[{"state": "ended", "at": None}] * ends]
    return {"id": id_, "outcome": outcome, "state": "ended", "history": steps}


def good() -> History:
    """A warm transfer: 2001 rings and joins, 1001 leaves, 2001 hangs up last, the caller hears busy for 2 s."""
    history = History(1, "12345", "caller", targets=("2001", "2002"), began=0.0, ended=30.0)
    for at, who, word, detail in (
        (1.0, "caller", "answered", ""),
        (1.0, "1001", "ringing", "x <1>"),
        (1.1, "1001", "answered", ""),
        (2.0, "1001", "pressing", "*1"),
        (2.3, "1001", "pressed", "*1"),
        (2.4, "2001", "ringing", "[12345转] <1>"),
        (4.0, "2001", "answered", ""),
        (6.0, "1001", "hanging_up", ""),
        (9.0, "2001", "hanging_up", ""),
        (11.0, "caller", "hung_up", ""),
    ):
        history.lines.append(Line(at, who, word, detail))
    history.events = [user_event(2.3, "OnekeyPress", Press=PRESS), *leg(2.4, joined=4.0, ended=9.0)]
    history.transfers = [transfer()]
    history.talk = [Talk("12345", "1001", 4.9, 4.8)]
    history.silences = [Silence(5.0, 2900.0), Silence(6.0, 4100.0, ringback=True)]
    return history


def rules_broken(history: History) -> list[str]:
    return [violation.rule for violation in check(history)]


def moved(history: History, who: str, word: str, to: float | None) -> None:
    """Move a line of a diary to another instant, or take it out."""
    line = next(line for line in history.lines if (line.who, line.word) == (who, word))
    history.lines.remove(line)
    if to is not None:
        history.lines.append(Line(to, who, word, line.detail))


def test_a_good_transfer_breaks_no_rule() -> None:
    """The history that the others are made from is good."""
    assert check(good()) == []


# --- caller_kept --------------------------------------------------------------------------------------------------------------


def test_a_caller_may_hang_up_at_any_time() -> None:
    """With a person, without one, and by the death of his phone."""
    for word in ("hanging_up", "died"):
        history = good()
        moved(history, "caller", "hung_up", None)
        history.say(5.0, "caller", word)
        assert check(history) == []


def test_a_call_that_ends_with_a_person_in_it_is_caught() -> None:
    """Nobody had hung up: the caller was dropped out of a conversation."""
    history = good()
    moved(history, "caller", "hung_up", 7.0)
    assert rules_broken(history) == ["caller_kept"]


def test_a_call_that_ends_before_anybody_answered_is_caught() -> None:
    """The caller waited in a queue and was dropped."""
    history = History(1, "12345", "caller", lines=[Line(1.0, "caller", "answered"), Line(5.0, "caller", "hung_up")])
    assert rules_broken(history) == ["caller_kept"]


def test_a_call_that_ends_because_the_last_person_was_cut_off_is_caught() -> None:
    """The last person's phone died, or its call was ended for it: the matter is not finished."""
    for word in ("died", "hung_up"):
        history = good()
        moved(history, "2001", "hanging_up", None)
        history.say(9.0, "2001", word)
        assert rules_broken(history) == ["caller_kept"]


def test_a_call_that_ends_while_the_target_still_rings_is_caught() -> None:
    """The seat has left, the target rings: the caller must wait for it with music."""
    history = good()
    for word in ("answered", "hanging_up"):
        moved(history, "2001", word, None)
    history.say(12.0, "2001", "cancelled")
    moved(history, "caller", "hung_up", 8.0)
    history.events = [user_event(2.3, "OnekeyPress", Press=PRESS), *leg(2.4, ended=12.0)]
    assert rules_broken(history) == ["caller_kept"]


def test_a_call_that_ends_as_the_seat_leaves_just_after_the_failure_is_caught() -> None:
    """The seat cannot have read that its target has failed; long after it, it can."""
    for failed, broken in ((5.5, ["caller_kept"]), (4.0, [])):
        history = good()
        for word in ("answered", "hanging_up"):
            moved(history, "2001", word, None)
        history.say(failed, "2001", "cancelled")
        moved(history, "caller", "hung_up", 8.0)
        history.events = [user_event(2.3, "OnekeyPress", Press=PRESS), *leg(2.4, ended=failed)]
        assert rules_broken(history) == broken


def test_a_call_that_ends_long_after_the_last_person_left_is_caught() -> None:
    """The caller waited alone and was dropped."""
    history = good()
    moved(history, "caller", "hung_up", 25.0)
    assert rules_broken(history) == ["caller_kept"]


def test_a_target_that_has_not_accepted_has_not_talked() -> None:
    """It picks up and hangs up without its key: the seat before it was the last person, and was released by rule."""
    history = good()
    history.must_accept = True
    moved(history, "1001", "hanging_up", None)
    history.say(6.0, "1001", "hung_up")
    assert rules_broken(history) == ["caller_kept"]
    history.say(4.5, "2001", "pressed", "*8")
    assert check(history) == []


def test_the_death_of_the_home_switchboard_ends_a_call() -> None:
    """Nobody can keep a caller then; the death of the other switchboard is no excuse."""
    for side, broken in (("12345", []), ("110", ["caller_kept"])):
        history = good()
        moved(history, "caller", "hung_up", 7.0)
        history.deaths = [(side, 6.5)]
        assert rules_broken(history) == broken


def test_a_caller_who_waits_although_a_person_is_free_is_caught() -> None:
    """What the campaign saw at the end of its patience is a violation."""
    history = good()
    history.stranded = "for 20 s"
    assert rules_broken(history) == ["caller_kept"]


# --- one_target ---------------------------------------------------------------------------------------------------------------


def test_two_phones_that_ring_at_once_are_caught() -> None:
    """One after the other is how a queue asks its seats; at once is not, except where the rule rings several."""
    for since, several, broken in ((2.5, False, ["one_target"]), (4.1, False, []), (2.5, True, [])):
        history = good()
        history.several = several
        history.say(since, "2002", "ringing", "[12345转] <1>")
        history.say(since + 1.0, "2002", "cancelled")
        assert rules_broken(history) == broken


def test_two_legs_for_one_caller_are_caught() -> None:
    """Two presses, or one press twice: a second leg must not begin while the first one rings."""
    for began, broken in ((3.0, ["one_target"]), (4.5, [])):
        history = good()
        history.events += leg(began, "12345-2.9", ended=began + 0.5)
        assert rules_broken(history) == broken


def test_a_press_that_gateway_and_dialplan_have_both_rung_is_caught() -> None:
    """However short the second leg was: the fence has let it pass."""
    history = good()
    history.events += leg(5.0, "12345-2.9", by="dialplan", ended=5.001)
    assert rules_broken(history) == ["one_target"]


@pytest.mark.parametrize(("ended", "broken"), [(2.45, []), (3.6, ["one_target", "one_target"])])
def test_a_plan_that_was_mended_is_one_target(ended: float, broken: list[str]) -> None:
    """What rang by a stale plan was let go at once, and the gateway's leg rings in its place; one that rings on is caught."""
    history = good()
    history.events = [*leg(2.35, "12345-2.8", by="dialplan", ended=ended), *history.events]
    assert rules_broken(history) == broken


def test_a_switchboard_may_die_in_the_pause_of_its_ringing_tone() -> None:
    """4 s of pause, and 2 to 3 s until its death is known. Without a death the pause alone is allowed."""
    for deaths, broken in (([("110", 4.0), ("110", 7.5)], False), ([], True), ([("110", 1.0), ("110", 1.5)], True)):
        history = good()
        history.silences = [Silence(4.5, 5400.0, ringback=True)]
        history.deaths = deaths
        assert ("no_silence" in rules_broken(history)) is broken, deaths


def test_who_lost_a_race_was_not_the_last_person() -> None:
    """Two phones answer at once and one is let go: the other's goodbye ends the call, though the loser hears of it later."""
    for several, broken in ((True, []), (False, ["caller_kept"])):
        history = good()
        history.several = several
        history.lines = [line for line in history.lines if not (line.who == "2001" and line.word == "hanging_up")]
        history.lines += [
            Line(4.02, "2002", "answered", ""),
            Line(4.1, "2001", "hanging_up", ""),
            Line(4.2, "2002", "hung_up", ""),
        ]
        history.lines = [line for line in history.lines if line.who != "1001" or line.at < 3.0]
        history.lines += [Line(3.5, "1001", "hanging_up", ""), Line(6.0, "caller", "hung_up", "")]
        history.lines = [line for line in history.lines if (line.at, line.who) != (11.0, "caller")]
        assert ("caller_kept" in rules_broken(history)) is bool(broken), several


def test_two_that_join_where_several_ring_are_caught() -> None:
    """The loser of a race is let go at once."""
    for until, broken in ((4.5, []), (8.0, ["one_target"])):
        history = good()
        history.several = True
        for at, word in ((2.4, "ringing"), (4.0, "answered"), (until, "hung_up")):
            history.say(at, "2002", word)
        assert rules_broken(history) == broken


# --- one_outcome --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "transfers",
    [
        [],
        [transfer(), transfer()],
        [transfer(outcome=None, ends=0)],
        [transfer(ends=2)],
        [transfer(), transfer("other")],
    ],
)
def test_a_press_without_exactly_one_outcome_is_caught(transfers: list[dict[str, Any]]) -> None:
    """None, two, none yet, one that ended twice, and a transfer that nobody pressed for."""
    history = good()
    history.transfers = transfers
    assert rules_broken(history) == ["one_outcome"]


def test_a_press_that_nobody_could_hear_needs_no_transfer() -> None:
    """The gateway was dead from before the press until after the call; if a leg still lives when it is back, it must know."""
    for back, broken in ((12.0, []), (6.0, ["one_outcome"])):
        history = good()
        history.transfers = []
        history.events = [user_event(2.3, "OnekeyPress", Press=PRESS), *leg(2.4, ended=9.0)]
        history.events.append(Event(4.0, "12345", "BridgeEnter", {"Uniqueid": LEG}))
        history.deaf = [(2.0, back)]
        assert rules_broken(history) == broken


def test_a_click_needs_an_outcome_like_a_press() -> None:
    """A transfer that was started over HTTP."""
    history = good()
    history.started = ["12345.9.9"]
    assert rules_broken(history) == ["one_outcome"]


# --- the rest -----------------------------------------------------------------------------------------------------------------


def test_silence_is_caught_but_for_keys_and_ringing_pauses() -> None:
    """3 s; a key that is held for 0.3 s is taken off; a ringing tone may pause for 4 s."""
    for silence, broken in (
        (Silence(4.0, 3100.0), ["no_silence"]),
        (Silence(1.0, 3200.0), []),
        (Silence(4.0, 4600.0, ringback=True), ["no_silence"]),
    ):
        history = good()
        history.silences = [silence]
        assert rules_broken(history) == broken


def test_a_death_may_take_a_little_longer_to_be_noticed() -> None:
    """Asterisk counts whole seconds; a silence that has nothing to do with the death is judged as any other."""
    for at, ms, broken in ((6.1, 3300.0, []), (6.1, 3500.0, ["no_silence"]), (7.0, 3300.0, ["no_silence"])):
        history = good()
        history.say(6.0, "2002", "died")
        history.silences = [Silence(at, ms)]
        assert rules_broken(history) == broken


def test_what_is_left_is_caught() -> None:
    """Each thing is one violation."""
    history = good()
    history.left = ["channel PJSIP/1001-1 on 12345", "3 descriptors"]
    assert rules_broken(history) == ["nothing_left", "nothing_left"]


def test_talk_that_disagrees_is_caught_where_everything_was_heard() -> None:
    """More than a second apart; not where the gateway could have missed something."""
    for watched, broken in ((True, ["talk_agrees"]), (False, [])):
        history = good()
        history.watched = watched
        history.talk = [Talk("12345", "1001", 4.0, 5.5)]
        assert rules_broken(history) == broken


def test_a_failed_turn_is_caught() -> None:
    """The gateway's core takes every event."""
    history = good()
    history.log = ['{"event": "turn_failed"}']
    assert rules_broken(history) == ["clean_log"]


def test_a_ladder_has_everything_in_order() -> None:
    """Phones, Asterisk and gateway in one list, in milliseconds."""
    history = good()
    history.transfers[0]["history"][0]["at"] = "1970-01-01T00:00:02.350+00:00"
    ladder = history.ladder()
    assert [rung["ms"] for rung in ladder if rung["ms"]] == sorted(rung["ms"] for rung in ladder if rung["ms"])
    assert {"ms": 2350, "who": "gateway says", "what": "45.1.1 requested"} in ladder
