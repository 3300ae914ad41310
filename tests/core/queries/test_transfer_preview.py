"""What a seat is told before it presses: the same as what a press then does, and nothing comes of the telling."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.messages.link_events import LinkLost
from gateway.core.messages.queue_events import MemberChanged, QueueJoined
from gateway.core.messages.records import TransferRow
from gateway.core.queries.transfer_preview import Preview, previews
from gateway.core.rules.conditions import When
from gateway.core.rules.rule import OTHER, Key, Rule, Rung, Target, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import ChannelUid, DeviceState, SeatId, SwitchboardId, TargetId
from tests.core.plays import A, B, Play

SEAT = SeatId("1001")
T110, T119 = TargetId("110"), TargetId("119")
TARGETS = {
    id_: Target(id=id_, name=name) for id_, name in ((TargetId("12345"), "热线"), (T110, "报警"), (T119, "消防"))
}
KEYS = {"*1": Key("transfer", OTHER), "*6": Key("transfer", OTHER, "consult"), "*0": Key("cancel")}
DEFAULT = Rule(name="default", from_=None, target=None, ladder=())


def play(*rules: Rule, kept: int = 0) -> Play:
    """A citizen talks with seat 1001; 110 has one free seat, of which it may keep some; 119 is only dialled."""
    targets = {**TARGETS, T110: replace(TARGETS[T110], hold_back=kept)}
    found = Play(RuleSet(targets=targets, keys=KEYS, rules=(*rules, DEFAULT))).both()
    found.connect()
    return found


def told(play: Play, key: str = "*1", where: SwitchboardId = A, seat: SeatId = SEAT) -> Preview:
    """What the seat is told of one key."""
    before = len(play.out)
    (found,) = [prospect for prospect in previews(play.core.world, where, seat, 3000.0) if prospect.key == key]
    assert len(play.out) == before
    return found


def seat_there(play: Play, seat: str = "2001", *, paused: bool) -> None:
    """A seat of 110 comes or goes."""
    play.tell(
        MemberChanged(
            B, play.at(), queue="110", seat=SeatId(seat), device=DeviceState.NOT_IN_USE, paused=paused, pause_reason=""
        )
    )


def test_a_free_seat_rings() -> None:
    """Every key, and the targets without one; the mode is that of the key or of the rule."""
    found = previews(play().core.world, A, SEAT, 3000.0)
    assert [(p.key, p.target, p.mode, p.verdict, p.rings) for p in found] == [
        ("*1", "110", "warm", "rings", "110"),
        ("*6", "110", "consult", "rings", "110"),
        ("", "119", "warm", "unknown", "119"),
    ]
    assert found[0].crowd.free == 1
    assert found[2].crowd.free is found[2].crowd.waiting is None


def test_the_other_switchboard_is_another_there() -> None:
    """The same key at 110 means 12345; nobody of the hotline is kept from its own caller."""
    assert told(play(), where=B, seat=SeatId("2001")).target == "12345"


def test_busy_kept_and_passed_over() -> None:
    """No free seat, the last seat kept, and a further rung instead: each as the press then does it."""
    empty = play()
    seat_there(empty, paused=True)
    assert (told(empty).verdict, told(empty).reason, told(empty).crowd.free) == ("busy", "full", 0)
    kept = play(kept=1)
    assert (told(kept).verdict, told(kept).reason, told(kept).crowd.kept) == ("refused", "held_back", 1)
    kept.press()
    assert kept.all(TransferRow)[-1].reason == "held_back"
    laddered = play(Rule(name="both", from_=None, target=T110, ladder=(Rung(T110, 20), Rung(T119, 20))), kept=1)
    assert (told(laddered).verdict, told(laddered).rings, told(laddered).skipped) == (
        "unknown",
        "119",
        ("110: held_back",),
    )


@pytest.mark.parametrize(("waiting", "verdict"), [(0, "rings"), (1, "refused")])
def test_a_rule_that_asks_for_the_crowd(waiting: int, verdict: str) -> None:
    """What the rule will see is what the seat is told."""
    crowded = play(
        Rule(
            name="crowded",
            from_=None,
            target=T110,
            ladder=(),
            terms=TransferPolicy(),
            when=When(waiting=1),
            refuse="对方拥挤，请先登记",
        )
    )
    for n in range(waiting):
        name = f"PJSIP/13900000001-0000001{n}"
        crowded.channel(B, f"w{n}", name)
        crowded.tell(
            QueueJoined(
                B,
                2990.0,
                queue="110",
                channel=ChannelUid(f"w{n}"),
                channel_name=name,
                caller_number="13900000001",
                caller_name="",
            )
        )
    found = told(crowded)
    assert (found.verdict, found.crowd.waiting) == (verdict, waiting)
    assert found.crowd.longest_wait_s == (10.0 if waiting else None)
    assert found.reason == ("对方拥挤，请先登记" if waiting else "")


def test_what_is_not_seen_is_unknown() -> None:
    """A switchboard that is not heard: no count is told, and a press tries it all the same."""
    dark = play()
    dark.tell(LinkLost(B, dark.at(), "cut"))
    found = told(dark)
    assert (found.verdict, found.reason, found.crowd.free, found.crowd.waiting) == ("down", "down", None, None)
    assert "空闲 未知" in found.text


def test_a_transfer_that_runs_and_a_seat_without_a_call() -> None:
    """While one rings another is refused; without a call the rules are asked with what is known."""
    running = play()
    running.press()
    assert (told(running).verdict, told(running).reason) == ("refused", "already_ringing")
    assert told(running, seat=SeatId("1002")).verdict == "rings"


def test_the_line_is_chinese_first() -> None:
    """Counts, what is kept, and what a press would do; English behind the stroke."""
    waits = play(kept=1)
    waits.tell(
        MemberChanged(
            B,
            waits.at(),
            queue="110",
            seat=SeatId("2002"),
            device=DeviceState.NOT_IN_USE,
            paused=False,
            pause_reason="",
        )
    )
    waits.core.world.flow(B).add(2900.0, arrivals=3, handled_s=30.0, calls=3)
    assert told(waits).text == (
        "*1 报警：空闲 2（保留 1），等待 0，预计等待 0秒；按键即呼叫 110 / "
        "110: 2 free (1 kept), 0 waiting, expected wait 0 s; a press rings 110"
    )
    waits.core.world.flow(B).add(2950.0, arrivals=1000, handled_s=3000.0, calls=10)
    assert "预计等待 无止境" in told(waits).text
    laddered = play(Rule(name="both", from_=None, target=T110, ladder=(Rung(T110, 20), Rung(T119, 20))), kept=1)
    assert "跳过 110（对方仅余自留坐席，暂不能转入），对方坐席未知，按键照常呼叫 119" in told(laddered).text
