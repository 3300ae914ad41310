"""The comparison of the seat log with CEL and queue_log: what agrees passes, each kind of error is found, rules need evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulators.seat_records import Verdict, Wait, compare, queue_log

LOG = """100|NONE|NONE|NONE|QUEUESTART|
100|c1|12345|NONE|ENTERQUEUE||13800000001|1
103|c1|12345|1001|CONNECT|3|s1|2
110|c1|12345|1001|COMPLETEAGENT|3|7|1
120|c2|12345|NONE|ENTERQUEUE||13800000002|1
125|c2|12345|NONE|ABANDON|1|1|5""".splitlines()
ROWS = [
    ["ANSWER", "103.4", "1001", "s1"],
    ["HANGUP", "110.5", "1001", "s1"],
    ["HANGUP", "110.6", "", "c1"],
    ["HANGUP", "125.5", "", "c2"],
]
TALK = {"1001": [(103.4, 105.0), (105.0, 110.5)], "1002": []}
ANSWERED = Wait("12345", "c1", 100.3, "answered", "1001", 3.1)
ABANDONED = Wait("12345", "c2", 120.9, "abandoned", "", 4.6)


def judged(**other: Any) -> Verdict:
    """The records above with something else in place of one."""
    given: dict[str, Any] = {
        "talk": TALK, "waits": [ANSWERED, ABANDONED], "rows": ROWS, "log": queue_log(LOG), "channels": {}, "moved": set(),
    }  # fmt: skip
    return compare(**{**given, **other})


def test_records_that_agree() -> None:
    """Nothing differs, nothing needs a rule, and the figures are there."""
    verdict = judged()
    assert (verdict.differences, verdict.explained) == ([], [])
    assert verdict.seats["1001"]["answers"] == verdict.seats["1001"]["queue_log_answers"] == 1
    assert verdict.queues["12345"]["abandoned"] == verdict.queues["12345"]["queue_log_abandoned"] == 1


def test_talk_that_differs_is_found_in_sum_and_by_stretch() -> None:
    """Too much here does not pay for too little there."""
    assert judged(talk={"1001": [(103.4, 112.0)]}).differences == [
        "seat 1001: 8.600 s logged, 7.100 s in CEL",
        "seat 1001: a stretch differs by 1.500 s from CEL",
    ]
    moved = judged(talk={"1001": [(96.3, 103.4)]}).differences
    assert moved == ["seat 1001: a stretch differs by 7.100 s from CEL"]
    assert (
        judged(talk={"1001": [(103.4, 110.5)], "1002": [(0.0, 9.0)]})
        .differences[0]
        .startswith("seat 1002: 9.000 s logged")
    )


def test_waits_that_differ_are_found() -> None:
    """Missing on either side, another end, another seat, another length."""
    assert "not in the gateway's log" in judged(waits=[ANSWERED]).differences[0]
    extra = Wait("12345", "c9", 140.0, "abandoned", "", 1.0)
    assert any("not in queue_log" in what for what in judged(waits=[ANSWERED, ABANDONED, extra]).differences)
    for wrong in (replace(ABANDONED, how="left"), replace(ABANDONED, wait_s=6.1)):
        assert len(judged(waits=[ANSWERED, wrong]).differences) == 1
    assert judged(waits=[replace(ANSWERED, seat="1002"), ABANDONED]).differences


def test_what_app_queue_bills_wrongly_is_explained_for_transferred_calls_alone() -> None:
    """20 s for a seat that left after 7: for a call that stayed it is a difference."""
    log = queue_log([line.replace("COMPLETEAGENT|3|7", "COMPLETEAGENT|3|20") for line in LOG])
    assert len(judged(log=log).differences) == 1
    verdict = judged(log=log, moved={"c1"})
    assert (verdict.differences, [rule for rule, _ in verdict.explained]) == ([], ["billed_past_leaving"])
    short = queue_log([line.replace("COMPLETEAGENT|3|7", "BLINDTRANSFER|110|x|3|2") for line in LOG])
    assert [rule for rule, _ in judged(log=short, moved={"c1"}).explained] == ["billed_until_transfer"]


def test_an_abandoned_wait_whose_caller_lived_on_was_taken_out() -> None:
    """By CEL his channel ended long after app_queue gave him up; one that ended with his wait is a difference."""
    waits = [ANSWERED, replace(ABANDONED, how="left")]
    lived = [row if row[3] != "c2" else ["HANGUP", "140.0", "", "c2"] for row in ROWS]
    verdict = judged(waits=waits, rows=lived)
    assert (verdict.differences, [rule for rule, _ in verdict.explained]) == ([], ["taken_out"])
    assert judged(waits=waits).differences


def test_a_leg_that_rang_out() -> None:
    """Its ring time over, the two records agree; cancelled, app_queue says abandoned, and home's CEL that the caller lived on."""
    leg = replace(ABANDONED, call="home1", how="rung_out")
    over = queue_log([line.replace("ABANDON|1|1|5", "EXITWITHTIMEOUT|1|1|5") for line in LOG])
    assert judged(log=over, waits=[ANSWERED, leg], moved={"home1"}).differences == []
    assert len(judged(log=over, waits=[ANSWERED, leg]).differences) == 1
    assert len(judged(log=over, moved={"home1"}).differences) == 1
    lived = [*ROWS, ["HANGUP", "140.0", "", "home1"]]
    verdict = judged(waits=[ANSWERED, leg], rows=lived, moved={"home1"})
    assert (verdict.differences, [rule for rule, _ in verdict.explained]) == ([], ["rung_out"])
    gone = [*ROWS, ["HANGUP", "125.4", "", "home1"]]
    assert len(judged(waits=[ANSWERED, leg], rows=gone, moved={"home1"}).differences) == 1
    given_up = replace(leg, how="abandoned")
    verdict = judged(log=over, waits=[ANSWERED, given_up], rows=gone, moved={"home1"})
    assert (verdict.differences, [rule for rule, _ in verdict.explained]) == ([], ["gone_before"])
    assert len(judged(log=over, waits=[ANSWERED, given_up], rows=lived, moved={"home1"}).differences) == 1


def test_a_leg_that_ended_before_home_had_told_of_it() -> None:
    """Our log has the leg's own id; that it is one, CEL says by the tag."""
    leg = replace(ABANDONED, how="rung_out")
    over = queue_log([line.replace("ABANDON|1|1|5", "EXITWITHTIMEOUT|1|1|5") for line in LOG])
    tagged = [*ROWS, ["CHAN_START", "120.9", "[12345转]", "c2"]]
    verdict = judged(log=over, waits=[ANSWERED, leg], rows=tagged)
    assert (verdict.differences, [rule for rule, _ in verdict.explained]) == ([], ["ended_before_told"])
    assert len(judged(log=over, waits=[ANSWERED, leg]).differences) == 1


def test_a_leg_is_abandoned_only_where_its_caller_has_gone() -> None:
    """Both records say abandoned, and home's CEL has the last word."""
    leg = replace(ABANDONED, call="home1")
    for at, differences in (("125.5", 0), ("140.0", 1)):
        rows = [*ROWS, ["HANGUP", at, "", "home1"]]
        assert len(judged(waits=[ANSWERED, leg], rows=rows, moved={"home1"}).differences) == differences
