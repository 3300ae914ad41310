"""Presses that no gateway followed: the record that is made of them is the one that a gateway would have written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.messages.answers import TimerFired, TransfersFound
from gateway.core.messages.commands import Command, FindTransfers, FollowPress, ForgetPresses, ReadKept, StartTimer
from gateway.core.messages.kept import LegKept, PressKept
from gateway.core.messages.link_events import KeptRead, LinkLost, Resynced
from gateway.core.messages.records import CallbackRow, ContextRow, TransferRow
from gateway.core.rules.plan import text
from gateway.core.rules.rule import Rule, Rung, Target, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.turn.plans import foreseen, now_of
from gateway.core.values.ids import ChannelUid, Outcome, PressId, TargetId
from tests.core.plays import CALLER, SETTINGS, A, Play, seen

T12345, T110, T119, T120 = (TargetId(id_) for id_ in ("12345", "110", "119", "120"))
TARGETS = {id_: Target(id=id_, name=id_) for id_ in (T12345, T110, T119, T120)}
RULES = RuleSet(
    targets=TARGETS,
    keys={},
    rules=(
        Rule(name="water", from_=None, target=T120, ladder=(), refuse="不转"),
        Rule(name="to 110", from_=None, target=T110, ladder=(Rung(T110, 25), Rung(T119, 20)), terms=TransferPolicy(tag="[急]", decide_s=40)),
        Rule(name="default", from_=None, target=None, ladder=()),
    ),
)  # fmt: skip
PRESS = PressId("12345.2000000000.1")
"""Pressed at 2000.0."""
SEAT = "PJSIP/1001-0000000b"


def plan(play: Play, target: str = "110", mode: str = "") -> str:
    """The plan that lies ready, with the mode that a key asks for."""
    written = text(foreseen(play.core.world, A, TargetId(target), A, None, now_of(play.core.world, 2000.0)))
    parts = written.split(":")
    return ":".join([parts[0], mode or parts[1], *parts[2:]]) if parts[1] != "no" else written


def kept(play: Play, *legs: LegKept, mode: str = "", target: str = "110", **said: Any) -> PressKept:
    """What the dialplan has kept of a press of seat 1001 for caller ``c``."""
    return PressKept(
        press=PRESS,
        target=TargetId(target),
        presser_name=SEAT,
        presser=ChannelUid("s"),
        caller_uid=ChannelUid("c"),
        plan=plan(play, target, mode),
        legs=legs,
        **said,
    )


def leg(attempt: int, ended_at: float, cause: int = 16, joined_at: float = 0.0, **said: Any) -> LegKept:
    """A leg that has ended."""
    uid, target = ChannelUid(f"l{attempt}"), (T110, T119)[attempt - 1]
    return LegKept(attempt=attempt, ended_at=ended_at, cause=cause, uid=uid, target=target, joined_at=joined_at, **said)


def back(play: Play, *found: PressKept, channels: Any = (), at: float = 3000.0) -> list[Any]:
    """A gateway looks at the switchboard again; the store knows none of these presses."""
    out = play.tell(Resynced(A, at, version="22.10.1", channels=channels, members=play.members[A], kept=found))
    for item in list(out):
        if isinstance(item, FindTransfers):
            out += play.tell(TransfersFound(A, at + 0.1, (), item.presses))
    return out


def row(out: list[Any]) -> TransferRow:
    """The one record."""
    (found,) = (item for item in out if isinstance(item, TransferRow))
    return found


WHOLE = [
    ({"presser_left_at": 2005.0}, [leg(1, 2009.0, 31, 2002.0)], "warm", ("completed", "transferer_left")),
    ({"presser_left_at": 2000.1}, [leg(1, 2009.0, 31, 2002.0)], "blind", ("completed", "transferer_left")),
    ({"presser_left_at": 2002.1}, [leg(1, 2009.0, 31, 2002.0)], "silent", ("completed", "handed_over")),
    ({"presser_left_at": 2005.0}, [leg(1, 2009.0, 31, 2002.0)], "consult", ("agreed_there", "transferer_left")),
    ({"presser_left_at": 2005.0}, [leg(1, 2009.0, 31, 2002.0)], "conference", ("completed", "conferenced")),
    ({}, [leg(1, 2009.0, 16, 2002.0)], "warm", ("returned", "target_left")),
    ({}, [leg(1, 2001.0, 17), leg(2, 2004.0, 21)], "warm", ("declined", "declined")),
    ({}, [leg(1, 2001.0, 17), leg(2, 2004.0, 0)], "warm", ("failed", "no_answer")),
    ({"presser_left_at": 2000.5}, [leg(1, 2001.0, 17), leg(2, 2008.0, 16, 2003.0)], "warm", ("completed", "transferer_left")),
    ({}, [leg(1, 2003.0, 26, how="back")], "warm", ("returned", "taken_back")),
    ({"caller_left_at": 2002.0}, [leg(1, 2009.0, 16)], "warm", ("caller_hung_up", "caller_hung_up")),
    ({"caller_left_at": 2009.2}, [leg(1, 2009.0, 16, 2002.0)], "warm", ("completed", "caller_ended_three_party")),
    ({"caller_left_at": 2009.2}, [leg(1, 2009.0, 16, 2002.0, how="own")], "warm", ("returned", "target_left")),
    ({}, [leg(1, 2009.0, 21, offered=True, answer="no"), leg(2, 2010.0, 17)], "warm", ("failed", "busy")),
    ({"over": "UNKNOWN_TARGET"}, [], "warm", ("failed", "unknown_target")),
    ({"over": "NOBODY"}, [], "warm", ("failed", "trunk_down")),
    ({}, [leg(2, 2004.0, 17)], "warm", ("failed", "busy")),
]  # fmt: skip


@pytest.mark.parametrize(("said", "legs", "mode", "ended"), WHOLE)
def test_what_was_kept_becomes_one_record(said: Any, legs: Any, mode: str, ended: tuple[str, str]) -> None:
    """Press, legs and leavings are told to the machine in their order: outcome, reason and terms are the rule's; nothing is done any more."""
    play = Play(RULES).both()
    out = back(play, kept(play, *legs, mode=mode, **said))
    found = row(out)
    assert found.outcome is not None
    assert (found.outcome.value, found.reason) == ended
    assert (found.transferer, found.target, found.mode, found.terms.tag, found.pressed_at) == (
        "1001",
        "110",
        mode,
        "[急]",
        2000.0,
    )
    assert found.terms.decide_s == 40, "what no dialplan needs is found by the rule's digest"
    assert [line[1] for line in found.history if line[1] in ("by_plan", "ended")] == ["by_plan", "ended"]
    assert {type(item) for item in out if isinstance(item, Command)} <= {FindTransfers, ForgetPresses, StartTimer} | {
        type(item) for item in Play(RULES).attach()
    }


def test_a_second_press_was_refused_as_with_a_gateway() -> None:
    """Another press's leg was on its way: nothing was decided for this one."""
    play = Play(RULES).both()
    found = row(back(play, kept(play, over="FENCED")))
    assert (found.outcome, found.reason, found.by) == (Outcome.FAILED, "already_ringing", "gateway")
    assert found.terms == TransferPolicy()


def test_a_rung_of_which_no_leg_could_be_made_is_told() -> None:
    """Its phone was not there: the history says so before the next one's reason."""
    play = Play(RULES).both()
    found = row(back(play, kept(play, leg(2, 2004.0, 17))))
    assert [line[2] for line in found.history if line[1] == "rung_failed"] == ["110: trunk_down"]


def test_a_refusal_has_the_reason_of_its_rule() -> None:
    """A plan that rings nobody names its text; the rules in force know whose that is."""
    play = Play(RULES).both()
    found = row(back(play, kept(play, target="120", over="NOBODY")))
    assert (found.outcome, found.reason) == (Outcome.FAILED, "不转")


def test_a_press_while_three_talked_was_refused_as_with_a_gateway() -> None:
    """The dialplan has seen that a target was there already."""
    play = Play(RULES).both()
    one = replace(kept(play, over="NOBODY"), plan="2:no:refused:00000001:-:00000000:-")
    assert (row(back(play, one)).outcome, row(back(play, one)).reason) == (Outcome.FAILED, "already_ringing")


def test_the_matter_knows_of_it() -> None:
    """The call was known before: its record has the transfer, and is the target's now; the call has ended meanwhile."""
    play = Play(RULES).both()
    play.connect()
    out = back(play, kept(play, leg(1, 2009.0, 31, 2002.0), presser_left_at=2005.0, caller_left_at=2009.5))
    context = [item for item in out if isinstance(item, ContextRow)][-1]
    assert context.transfers == (PRESS,)
    assert context.owner == "110"
    assert context.ended_at
    assert row(out).context == context.id


def test_a_caller_who_gave_up_is_called_back() -> None:
    """He hung up while 110 rang and nobody watched: there is a task for him all the same."""
    play = Play(RULES).both()
    play.connect()
    out = back(play, kept(play, leg(1, 2004.0, 16), caller_left_at=2003.0))
    (task,) = (item for item in out if isinstance(item, CallbackRow))
    assert (task.id, task.number, task.target, task.seat) == (PRESS, "13800000001", "110", "1001")


def test_it_is_forgotten_behind_its_record() -> None:
    """The entry goes after the record has been given out, never before; one that the store has to its end is not written again."""
    play = Play(RULES).both()
    out = back(play, kept(play, leg(1, 2004.0, 17), leg(2, 2005.0, 17)))
    kinds = [type(item) for item in out if isinstance(item, TransferRow | ForgetPresses)]
    assert kinds == [TransferRow, ForgetPresses]
    play.tell(
        Resynced(
            A, 3100.0, version="22.10.1", channels=(), members=play.members[A], kept=(kept(play, leg(1, 2004.0, 17)),)
        )
    )
    again = play.tell(TransfersFound(A, 3100.1, (PRESS,), ()))
    assert [type(item) for item in again] == [ForgetPresses]


def test_what_was_pressed_around_a_snapshot_is_looked_for_again() -> None:
    """It is kept half a second later; and a store that was silent is asked again. Nothing is closed as not seen meanwhile."""
    play = Play(RULES).both()
    one = kept(play, leg(1, 2004.0, 17), leg(2, 2005.0, 17))
    out = play.tell(Resynced(A, 3000.0, version="22.10.1", channels=(), members=play.members[A]))
    (timer,) = (item for item in out if isinstance(item, StartTimer) and item.timer.startswith("kept"))
    assert timer.after_s == 2
    out = play.tell(TimerFired(A, 3002.0, timer.timer))
    assert [type(item) for item in out] == [ReadKept, StartTimer]
    for at in (3002.1, 3032.1):
        (asked,) = play.tell(KeptRead(A, at, (one,)))
        assert isinstance(asked, FindTransfers)
        assert asked.presses == (PRESS,)
    assert row(play.tell(TransfersFound(A, 3033.0, (), (PRESS,)))).reason == "busy"


def test_a_link_that_is_lost_is_not_asked() -> None:
    """The next snapshot looks by itself."""
    play = Play(RULES).both()
    play.tell(LinkLost(A, 3001.0, "cut", 3000.9))
    assert play.tell(TimerFired(A, 3002.0, f"kept:{A}")) == []


def test_a_press_that_was_followed_too_late_is_forgotten() -> None:
    """The dialplan has kept it, and the gateway knows it all the same: one record."""
    play = Play(RULES).both()
    play.connect()
    play.press(PRESS)
    out = play.tell(KeptRead(A, 3000.0, (kept(play),)))
    assert [type(item) for item in out] == [ForgetPresses]


def test_a_press_between_two_rungs_waits() -> None:
    """Its next leg may be about to begin: no end is written; long after, it is."""
    play = Play(RULES).both()
    one = kept(play, leg(1, 2999.9, 17))
    out = back(play, one)
    assert not [item for item in out if isinstance(item, TransferRow | ForgetPresses)]
    later = play.tell(TransfersFound(A, 3100.0, (), (PRESS,)))
    assert (row(later).outcome, row(later).reason) == (Outcome.FAILED, "not_seen")


def test_a_leg_that_lives_stands_where_it_would_stand() -> None:
    """The seat has left and three have talked before: the adopted transfer ended then, and the seat that pressed is known."""
    play = Play(RULES).both()
    one = kept(play, mode="warm", presser_left_at=2005.0)
    caller = seen("c", CALLER, "b1", caller=CALLER, caller_uid=ChannelUid("c"))
    alive = seen(
        "l1", "PJSIP/trunk-110-l1", "b1", caller=CALLER, caller_uid=ChannelUid("c"), press=PRESS, attempt=1, by="dialplan",
        target=T110, joined=True, joined_at=2002.0, plan=one.plan, wanted=T110,
    )  # fmt: skip
    out = back(play, one, channels=(caller, alive))
    found = row(out)
    assert (found.outcome, found.reason, found.transferer) == (Outcome.COMPLETED, "transferer_left", "1001")
    assert (found.answered_at, found.ended_at) == (2002.0, 2005.0)
    assert [item.press for item in out if isinstance(item, FollowPress)] == [PRESS]
    assert [item.presses for item in out if isinstance(item, ForgetPresses)] == [(PRESS,)]


def test_a_leg_that_lives_with_its_seat_goes_on() -> None:
    """Three talk as the gateway comes back: what follows ends it as any transfer."""
    play = Play(RULES).both()
    one = kept(play, mode="consult")
    caller = seen("c", CALLER, "b1", caller=CALLER, caller_uid=ChannelUid("c"))
    seat = seen("s", SEAT, "b1")
    alive = seen(
        "l1", "PJSIP/trunk-110-l1", "b1", caller=CALLER, caller_uid=ChannelUid("c"), press=PRESS, attempt=1, by="dialplan",
        target=T110, joined=True, joined_at=2002.0, plan=one.plan, wanted=T110,
    )  # fmt: skip
    out = back(play, one, channels=(caller, seat, alive))
    assert row(out).state == "consulting"
    assert any(isinstance(item, StartTimer) and item.after_s == 40 for item in out)
    play.hang_up(A, "s")
    assert play.transfer(PRESS).reason == "transferer_left"


def test_many_are_forgotten_in_several_commands() -> None:
    """No line of AMI holds a hundred ids."""
    play = Play(RULES, SETTINGS).both()
    ids = [PressId(f"12345.{2_000_000_000 + n}.1") for n in range(25)]
    one = kept(play, leg(1, 2004.0, 17), leg(2, 2005.0, 17))
    many = tuple(
        PressKept(
            press=id_,
            target=one.target,
            presser_name=one.presser_name,
            presser=one.presser,
            caller_uid=one.caller_uid,
            plan=one.plan,
            legs=one.legs,
        )
        for id_ in ids
    )
    out = back(play, *many)
    assert [len(item.presses) for item in out if isinstance(item, ForgetPresses)] == [10, 10, 5]
