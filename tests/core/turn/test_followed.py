"""Presses that the dialplan has carried out by its plan: followed where it is the right one, mended where it is not."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.messages.answers import RulesLoaded, TimerFired
from gateway.core.messages.commands import (
    ComparePlan,
    FollowPress,
    HangUpLeg,
    ReleaseSeat,
    RingTarget,
    SetCallPlan,
    SetPlan,
    StartTimer,
    TakePress,
    TellSeat,
)
from gateway.core.messages.dialplan_events import (
    HomeAnswered,
    KeyPressed,
    LegFenced,
    LegStarted,
    PlanRefused,
    RungFailed,
)
from gateway.core.messages.link_events import LinkLost, PlanDiffers
from gateway.core.messages.queue_events import DeviceChanged
from gateway.core.messages.requests import ContextEdited
from gateway.core.rules.conditions import Hours, When
from gateway.core.rules.plan import CHARS_MAX, read, text
from gateway.core.rules.rule import Rule, Rung, Target, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.turn.plans import foreseen, now_of
from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import ChannelUid, DeviceState, Outcome, PressId, SeatId, SwitchboardId, TargetId
from tests.core.plays import CALLER, SETTINGS, A, B, Play, seen

T12345, T110, T119, T120 = (TargetId(id_) for id_ in ("12345", "110", "119", "120"))
TARGETS = {id_: Target(id=id_, name=id_) for id_ in (T12345, T110, T119, T120)}
PRESS = "12345.1000000.1"
RULES = RuleSet(
    targets=TARGETS,
    keys={},
    rules=(
        Rule(name="danger", from_=None, target=T110, ladder=(Rung(T119, 5), Rung(T110, 20)), terms=TransferPolicy(mode="consult", tag="[急]", accept_s=7), when=When(urgency="danger")),
        Rule(name="water", from_=None, target=T120, ladder=(), refuse="不转"),
        Rule(name="to 110", from_=None, target=T110, ladder=(Rung(T110, 25), Rung(T119, 20, (T120,)))),
        Rule(name="default", from_=None, target=None, ladder=()),
    ),
)  # fmt: skip


class Held:
    """What Asterisk holds: the globals of each switchboard, and the variables of the caller's channel."""

    def __init__(self, play: Play) -> None:
        self.play = play

    def plan(self, target: str, from_: SwitchboardId = A, home: SwitchboardId = A) -> str:
        """The plan by which the dialplan acts at a press."""
        name, held, own = f"ONEKEY_PLAN_{from_}_{target}", "", ""
        for item in self.play.out:
            if isinstance(item, SetPlan) and item.switchboard == home:
                held = dict(item.values).get(name, held)
            if isinstance(item, SetCallPlan) and item.channel == "c":
                own = dict(item.values).get(name, own)
        return own or held


def connected(rules: RuleSet = RULES) -> Play:
    """Seat 1001 has a caller."""
    play = Play(rules).both()
    play.connect()
    return play


def press(play: Play, plan: str, press_: str = PRESS, target: str = "110", mode: str = "") -> list[Any]:
    """Seat 1001 presses, and the dialplan acts by this plan."""
    name = "PJSIP/1001-0000000b"
    return play.tell(
        KeyPressed(A, play.at(), press=PressId(press_), target=TargetId(target), presser=ChannelUid("s"), presser_name=name, caller=CALLER, caller_uid=ChannelUid("c"), origin=ChannelUid(""), mode=mode, plan=plan)
    )  # fmt: skip


def leg(play: Play, plan: str, attempt: int = 1, target: str = "110", uid: str = "l", press_: str = PRESS) -> list[Any]:
    """The dialplan's leg has passed the fence."""
    play.channel(A, uid, f"PJSIP/{target}-{uid}", "down")
    return play.tell(
        LegStarted(A, play.at(), press=PressId(press_), attempt=attempt, by="dialplan", target=TargetId(target), uid=ChannelUid(uid), name=f"PJSIP/{target}-{uid}", caller=CALLER,
                   caller_uid=ChannelUid("c"), plan=plan, wanted=T110)
    )  # fmt: skip


def test_what_rings_is_followed() -> None:
    """The plan is what the core would do: nothing is asked of Asterisk but to leave the words to us, and the transfer has its terms."""
    play = connected()
    plan = Held(play).plan("110")
    assert plan.endswith(":110/25&119-120/20")
    out = press(play, plan)
    assert [type(item) for item in out if isinstance(item, RingTarget | TakePress | HangUpLeg | FollowPress)] == [
        FollowPress
    ]
    leg(play, plan)
    play.state(A, "l", "ringing")
    row = play.transfer()
    assert (row.by, row.state, row.mode, row.target) == ("dialplan", "ringing", "warm", "110")
    assert row.ladder == RULES.rules[2].ladder
    assert play.core.world.plans_stale == {}


def test_a_rung_that_fails_is_told_before_the_next_rings() -> None:
    """The history has the first rung's reason although its channel ends behind the beginning of the second."""
    play = connected()
    plan = Held(play).plan("110")
    press(play, plan)
    leg(play, plan)
    play.state(A, "l", "ringing")
    play.tell(RungFailed(A, play.at(), PressId(PRESS), ChannelUid("l"), 17))
    leg(play, plan, 2, "119-120", "m")
    play.hang_up(A, "l", 17)
    play.state(A, "m", "ringing")
    row = play.transfer()
    assert row.state == "ringing"
    assert [reason for _, what, reason in row.history if what == "rung_failed"] == ["110: busy"]
    assert play.rings() == []
    play.hang_up(A, "m", 19)
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.FAILED, "no_answer")


@pytest.mark.parametrize("begun", [False, True])
def test_what_should_not_ring_is_let_go(begun: bool) -> None:
    """Another plan lay there: the press is taken, the leg ends though its caller wants somebody, and the right one rings."""
    play = connected()
    wrong = "2:warm:0:00000000:r:00000000:119/5"
    out = press(play, wrong)
    (taken,) = [item for item in out if isinstance(item, TakePress)]
    assert (taken.settled, taken.over) == (False, True)
    (ring,) = [item for item in out if isinstance(item, RingTarget)]
    assert (ring.target, ring.attempt) == ("110", 1)
    if begun:
        (ended,) = [item for item in leg(play, wrong, target="119", uid="x") if isinstance(item, HangUpLeg)]
        assert (ended.channel, ended.cause) == ("x", 26)
        play.state(A, "x", "ringing")
        play.hang_up(A, "x", 26)
    play.ring()
    row = play.transfer()
    assert (row.by, row.state) == ("gateway", "ringing")
    assert [reason for _, what, reason in row.history if what == "plan_stale"] == ["warm 119/5 -> 110"]
    assert play.core.world.plans_stale[A] == 1


def test_what_nobody_could_know_before_is_refused_behind() -> None:
    """A seat presses too often: the leg that rings by the plan ends, and the seat reads why."""
    play = Play(RULES, replace(SETTINGS, presses_per_minute_max=1)).both()
    play.connect()
    plan = Held(play).plan("119")
    press(play, plan, target="119")
    leg(play, plan, target="119")
    play.hang_up(A, "l", 17)
    play.core.world.presses[A, SeatId("1001")][0] += 1000.0
    out = press(play, plan, "12345.1000001.1", "119")
    assert [type(item) for item in out if isinstance(item, RingTarget)] == []
    row = play.transfer("12345.1000001.1")
    assert (row.outcome, row.reason) == (Outcome.FAILED, "too_many_presses")
    (ended,) = [
        item for item in leg(play, plan, target="119", uid="y", press_="12345.1000001.1") if isinstance(item, HangUpLeg)
    ]
    assert ended.channel == "y"


def test_a_plan_that_refuses_is_a_transfer_that_ended() -> None:
    """It has its one record, and its seat reads the rule's own words."""
    play = connected()
    plan = Held(play).plan("120")
    assert plan.startswith("2:no:-:")
    press(play, plan, target="120")
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.FAILED, "不转")
    assert "不转" in play.all(TellSeat)[-1].text
    assert play.core.world.plans_stale == {}


def test_a_plan_that_refuses_what_may_ring_now() -> None:
    """A fact is newer than the refusal: the gateway rings, and nothing has to be let go."""
    play = connected()
    out = press(play, "2:no:busy:00000000:c:00000000:-")
    assert [type(item) for item in out if isinstance(item, RingTarget | TakePress)] == [RingTarget]
    assert play.core.world.plans_stale[A] == 1


def test_a_matter_makes_a_plan_of_the_call() -> None:
    """An edit writes the presses that it changes, and no other; what is taken back is emptied."""
    play = connected()
    edit(play, "danger")
    (command,) = play.all(SetCallPlan)
    assert {name for name, _ in command.values} == {"ONEKEY_PLAN_12345_110", "ONEKEY_PLAN_110_110", "ONEKEY_PLANS"}
    plan = Held(play).plan("110")
    assert plan.split(":")[1:3] == ["consult", "7"]
    assert plan.endswith(":119/5&110/20")
    press(play, plan)
    leg(play, plan, target="119")
    assert play.core.world.plans_stale == {}
    assert (play.transfer().mode, play.transfer().terms.accept_s) == ("consult", 7)
    edit(play, "normal")
    assert dict(play.all(SetCallPlan)[-1].values) == {
        "ONEKEY_PLAN_12345_110": "",
        "ONEKEY_PLAN_110_110": "",
        "ONEKEY_PLANS": "",
    }
    edit(play, "normal")
    assert len(play.all(SetCallPlan)) == 2


def edit(play: Play, urgency: str) -> None:
    """The seat writes down how urgent it is."""
    call = play.core.world.calls[ChannelUid("c")]
    said = replace(call.context.said, urgency=urgency)
    play.tell(ContextEdited(A, play.at(), call=ChannelUid("c"), version=call.context.version, said=said, by="seat"))


def test_a_gateway_that_comes_back_reads_the_plan_off_the_leg() -> None:
    """Target, mode, ladder and every term are those of the press, which nobody but the dialplan saw."""
    written = connected()
    edit(written, "danger")
    plan = Held(written).plan("110")
    marks = {"caller": CALLER, "caller_uid": ChannelUid("c")}
    of_leg = {"press": PressId(PRESS), "attempt": 2, "by": "dialplan", "target": T110, "plan": plan, "wanted": T110}
    play = Play(RULES)
    play.attach(
        seen("c", CALLER, "b1", **marks),
        seen("s", "PJSIP/1001-0000000b", "b1"),
        seen("l", "PJSIP/trunk-110-l", "b1", **marks, **of_leg),
    )
    row = play.transfer()
    assert (row.state, row.target, row.mode, row.transferer) == ("consulting", "110", "consult", "1001")
    assert row.terms == replace(RULES.rules[0].terms, tag="[急]")
    assert row.ladder == RULES.rules[0].ladder
    assert ("by_plan", "consult 119/5&110/20") in [line[1:] for line in row.history]


@pytest.mark.parametrize("mode", ["blind", "silent"])
def test_the_dialplan_lets_the_seat_go(mode: str) -> None:
    """Where the plan's mode lets the seat go, its dialplan does so, with or without a gateway."""
    play = connected()
    parts = Held(play).plan("110").split(":")
    plan = ":".join(["2", mode, *parts[2:]])
    press(play, plan, mode=mode)
    leg(play, plan)
    play.state(A, "l", "up")
    play.enter(A, "b1", "l")
    assert play.all(ReleaseSeat) == []
    assert (play.transfer().outcome, play.transfer().mode) == (Outcome.COMPLETED, mode)


def test_a_leg_that_the_fence_refused_ends_its_press() -> None:
    """Another press's leg, of which the gateway does not know, rings: this press is used up."""
    play = connected()
    press(play, Held(play).plan("110"))
    play.tell(
        LegFenced(
            A,
            play.at(),
            press=PressId(PRESS),
            attempt=1,
            by="dialplan",
            taken="",
            uid=ChannelUid("l"),
            caller_uid=ChannelUid("c"),
        )
    )
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.FAILED, "already_ringing")


def test_a_plan_that_is_none_is_counted() -> None:
    """By home and place, for the metrics."""
    play = connected()
    play.tell(PlanRefused(A, play.at(), press=PressId(PRESS), place="call", target=T110, caller_uid=ChannelUid("c")))
    assert play.core.world.plans_bad == {(A, "call"): 1}


THREE_TALK = "2:no:refused:00000001:-:00000000:-"


def dialplans(play: Play, target: str, mode: str) -> str:
    """By which plan the dialplan acts: what lies ready, with the key's mode; and where three talk it refuses by itself (``onekey-by-plan``)."""
    parts = Held(play).plan(target).split(":")
    plan = ":".join([parts[0], mode or parts[1], *parts[2:]]) if parts[1] != "no" else ":".join(parts)
    leg_is_there, presser_is_there = (
        "l" in play.core.world.board(A).channels,
        "s" in play.core.world.board(A).channels,
    )
    first = next(iter(play.core.world.transfers.values()), None)
    joined = first is not None and first.answered_at > 0 and first.terms.mode in ("warm", "consult")
    refused = joined and leg_is_there and presser_is_there and plan.split(":")[1] not in ("no", "conference")
    return THREE_TALK if refused else plan


@pytest.mark.parametrize("seed", range(60))
def test_a_press_among_parties_who_are_there_is_as_decided(seed: int) -> None:
    """Whoever is with the caller already: what the dialplan does is what the core would do, for any key; nothing is put right."""
    dice = random.Random(seed)
    play = connected()
    before = dice.choice(["nobody", "joined", "target left", "seat left"])
    if before != "nobody":
        mode = dice.choice(["warm", "consult", "conference"])
        plan = dialplans(play, "110", mode)
        press(play, plan, mode=mode)
        play.ring(by="dialplan")
        play.answer()
        if before == "target left":
            play.hang_up(A, "l")
        elif before == "seat left":
            play.hang_up(A, "s")
    play.tell(TimerFired(A, play.at(), "plans"))  # free seats have moved, and have been written
    target, mode, again = (
        dice.choice(["110", "119", "120"]),
        dice.choice(["", "warm", "blind", "conference"]),
        "12345.2000000.2",
    )
    plan = dialplans(play, target, mode)
    if before == "seat left":
        again = "110.9000000.7"
        plan = Held(play).plan(target, B)
        carried(play, plan, target=target)
    else:
        press(play, plan, press_=again, target=target, mode=mode)
    assert play.core.world.plans_stale == {}
    row = play.transfer(again)
    assert (row.outcome is not None) == plan.startswith("2:no"), row
    if plan == THREE_TALK:
        assert row.reason == "already_ringing"


# --- over the trunk -------------------------------------------------------------------------------------------------------


def far(play: Play, plan: str = "home", press_: str = "110.9000000.7", target: str = "119") -> list[Any]:
    """Seat 2001, which has the caller through the trunk, presses: home is asked."""
    return play.tell(
        KeyPressed(B, play.at(), press=PressId(press_), target=TargetId(target), presser=ChannelUid("f"), presser_name="PJSIP/2001-0000000d", caller="PJSIP/trunk-12345-0000000c",
                   caller_uid=ChannelUid("t"), origin=ChannelUid("l"), mode="", plan=plan)
    )  # fmt: skip


def with_110() -> Play:
    """The caller is with 2001, behind the leg ``l``; 1001 has left."""
    play = connected()
    plan = Held(play).plan("110")
    press(play, plan)
    play.ring(by="dialplan")
    play.answer()
    play.hang_up(A, "s")
    return play


def carried(play: Play, plan: str, press_: str = "110.9000000.7", target: str = "119") -> list[Any]:
    """Home says that it carries a far press out."""
    return play.tell(
        KeyPressed(A, play.at(), press=PressId(press_), target=TargetId(target), presser=ChannelUid("l"), presser_name="PJSIP/trunk-110-l", caller=CALLER, caller_uid=ChannelUid("c"),
                   origin=ChannelUid(""), mode="", plan=plan)
    )  # fmt: skip


@pytest.mark.parametrize("home_first", [False, True])
def test_a_far_press_is_its_seats(home_first: bool) -> None:
    """Whichever of the two switchboards is heard first: one transfer, of the far seat, behind its trunk leg."""
    play = with_110()
    plan = Held(play).plan("119", B)
    if home_first:
        carried(play, plan)
        far(play)
    else:
        assert [type(item) for item in far(play)] == [FollowPress, StartTimer]
        carried(play, plan)
    transfer = play.core.world.transfers[PressId("110.9000000.7")]
    assert (transfer.by, transfer.transferer_switchboard, transfer.transferer) == ("dialplan", "110", "2001")
    assert (transfer.transferer_leg, transfer.transferer_channel, transfer.far_caller) == (
        "l",
        "f",
        "PJSIP/trunk-12345-0000000c",
    )
    assert play.rings() == []


@pytest.mark.parametrize("how", ["timer", "answer"])
def test_a_far_press_that_never_comes_home_is_rung_by_the_gateway(how: str) -> None:
    """The trunk has lost it, or refuses it: a gateway that sees both sides carries it out."""
    play = with_110()
    far(play)
    press_ = PressId("110.9000000.7")
    event = TimerFired(A, play.at(), f"sent:{press_}") if how == "timer" else HomeAnswered(B, play.at(), press_, 38)
    out = play.tell(event)
    assert [(item.target, item.press) for item in out if isinstance(item, RingTarget)] == [("119", press_)]


# --- for random worlds ------------------------------------------------------------------------------------------------------


def random_rules(dice: random.Random) -> RuleSet:
    """A few rules with conditions of every kind that a plan knows."""
    ids = [T12345, T110, T119, T120]

    def rung() -> Rung:
        also = (dice.choice([T119, T120]),) if dice.random() < 0.2 else ()
        first = dice.choice([one for one in ids if one not in also])
        return Rung(first, dice.randint(5, 60), also)

    def when() -> When:
        kinds: list[dict[str, Any]] = [
            {}, {"urgency": dice.choice(["normal", "urgent", "danger"])}, {"language": dice.choice(["bo", "kk"])},
            {"free_seats": dice.randint(1, 3)}, {"waiting": 1}, {"hours": (Hours((1, 2, 3, 4, 5, 6, 7), 0, dice.randint(1, 60)),)},
        ]  # fmt: skip
        return When(**dice.choice(kinds))

    rules = [
        Rule(
            name=f"rule {number}",
            from_=dice.choice([None, A, B]),
            target=dice.choice([None, *ids]),
            ladder=tuple(rung() for _ in range(dice.randint(0, 4))),
            terms=TransferPolicy(
                mode=dice.choice(["warm", "blind", "silent", "consult", "conference"]),
                tag=dice.choice(["[{from}转]", "[急]", "a,b", "(x)"]),
                accept_s=dice.choice([0, 0, 9]),
                hold_back=dice.choice([-1, 0, 1, 2]),
                prompts=dice.choice([None, (), ("ringing",)]),
            ),
            when=when(),
            refuse=dice.choice(["", "", "", "不转接"]),
            end=dice.choice([TargetId(""), T120]),
        )
        for number in range(dice.randint(1, 8))
    ]
    targets = {id_: Target(id=id_, name=id_, hold_back=dice.choice([0, 0, 1])) for id_ in ids}
    return RuleSet(targets=targets, keys={}, rules=(*rules, Rule(name="default", from_=None, target=None, ladder=())))


@pytest.mark.parametrize("seed", range(60))
def test_plan_and_decision_agree(seed: int) -> None:
    """Whatever the rules and whatever has happened: once the plans have been written, a press by what Asterisk holds is followed."""
    dice = random.Random(seed)
    rules = random_rules(dice)
    play = Play(rules, read_rules=lambda _text: rules).both()
    play.connect()
    for number in range(12):
        match dice.choice(["edit", "seat", "rules", "none"]):
            case "edit":
                edit(play, dice.choice(["normal", "urgent", "danger"]))
            case "seat":
                state = dice.choice([DeviceState.IN_USE, DeviceState.NOT_IN_USE, DeviceState.UNAVAILABLE])
                board, seat = dice.choice([(A, "1001"), (A, "1002"), (B, "2001")])
                play.tell(DeviceChanged(board, play.at(), SeatId(seat), state))
            case "rules":
                rules = random_rules(dice)
                play.tell(RulesLoaded(SwitchboardId(""), play.at(), "new", "digest"))
            case _:
                pass
        for board in (A, B):
            play.tell(TimerFired(board, play.at(), f"heartbeat:{board}"))
        play.tell(TimerFired(A, play.at(), "plans"))
        target, mode = dice.choice(list(rules.targets)), dice.choice(["", "", "consult"])
        plan = Held(play).plan(target)
        if mode and not plan.startswith("2:no:"):
            plan = ":".join(["2", mode, *plan.split(":")[2:]])
        name = f"12345.{2000000 + number}.1"
        press(play, plan, name, target, mode)
        assert play.core.world.plans_stale == {}, (plan, play.transfer(name))
        row = play.transfer(name)
        if row.ended_at:
            continue
        found = read(plan, rules, A)
        assert found is not None
        assert (found.ladder, found.terms.mode, found.terms.accept_s) == (row.ladder, row.mode, row.terms.accept_s)
        leg(play, plan, found.first, row.ladder[found.first - 1].name, f"l{number}", name)
        play.tell(RungFailed(A, play.at(), PressId(name), ChannelUid(f"l{number}"), 17))
        play.hang_up(A, f"l{number}", 26)
        for later in range(found.first + 1, len(row.ladder) + 1):
            if not found.marks[later - 1] and not play.transfer(name).ended_at:
                leg(play, plan, later, row.ladder[later - 1].name, f"l{number}-{later}", name)
                play.tell(RungFailed(A, play.at(), PressId(name), ChannelUid(f"l{number}-{later}"), 17))
                play.hang_up(A, f"l{number}-{later}", 17)
        assert play.transfer(name).ended_at


def test_a_ladder_that_is_too_long_is_cut_behind_a_whole_rung() -> None:
    """Asterisk shows no more of a variable: what is left is a plan, and rings."""
    rungs = tuple(Rung(T119, 5 + number) for number in range(80))
    play = connected(
        RuleSet(targets=TARGETS, keys={}, rules=(Rule(name="long", from_=None, target=None, ladder=rungs),))
    )
    plan = Held(play).plan("110")
    assert CHARS_MAX - 10 < len(plan) <= CHARS_MAX
    press(play, plan)
    assert play.core.world.plans_stale == {}
    transfer = play.core.world.transfers[PressId(PRESS)]
    assert (transfer.by, len(transfer.ladder)) == ("dialplan", plan.count("&") + 1)


def test_a_plan_is_read_as_it_was_written() -> None:
    """And what is none is none."""
    play = connected()
    world = play.core.world
    written = foreseen(world, A, T110, A, None, now_of(world, 1000.0))
    assert read(text(written), RULES, A) == written
    for bad in (
        "",
        "2:warm:0:2815",
        "3" + text(written)[1:],
        text(written) + "&",
        text(written).replace("/", "|"),
        "2:no:x",
    ):
        assert read(bad, RULES, A) is None


@pytest.mark.parametrize("tag", ["a,b", "(x)", "a;b", "${X}", "\u202ex", "x" * 901])
def test_a_tag_that_cannot_be_set_costs_no_plan(tag: str) -> None:
    """One text that no variable may hold would keep all plans from being written: the plan goes without it."""
    play = connected(
        RuleSet(
            targets=TARGETS,
            keys={},
            rules=(Rule(name="odd", from_=None, target=None, ladder=(), terms=TransferPolicy(tag=tag)),),
        )
    )
    held = [value for item in play.all(SetPlan) for _, value in item.values]
    assert tag not in held
    assert Held(play).plan("110").split(":")[3] == "00000000"
    press(play, Held(play).plan("110"))
    assert play.core.world.plans_stale == {}


def test_said_is_kept_over_a_restart() -> None:
    """What people wrote down before a gateway died decides after it, too."""
    before = connected()
    edit(before, "danger")
    context = before.core.world.calls[ChannelUid("c")].context
    after = Play(RULES, contexts=[context])
    assert after.core.world.calls[ChannelUid("c")].routing == RoutingDetails(urgency="danger")


def test_globals_are_read_back_and_mended() -> None:
    """What somebody at Asterisk's console has changed or lost is written again, alone, and counted; a link that comes back is asked, not
    told everything again."""
    play = connected()
    known = dict(play.core.world.plans[A])
    timer = next(item.timer for item in play.all(StartTimer) if item.timer.startswith("compare"))
    out = play.tell(TimerFired(A, play.at(), timer))
    (asked,) = (item for item in out if isinstance(item, ComparePlan))
    assert dict(asked.values) == known
    out = play.tell(PlanDiffers(A, play.at(), ("ONEKEY_PLAN_12345_110", "ONEKEY_HERE")))
    (set_,) = (item for item in out if isinstance(item, SetPlan))
    assert dict(set_.values).keys() == {"ONEKEY_PLAN_12345_110", "ONEKEY_PLAN_AT"}
    assert dict(set_.values)["ONEKEY_PLAN_12345_110"] == known["ONEKEY_PLAN_12345_110"]
    assert play.core.world.plans_changed[A] == 1
    play.tell(LinkLost(A, play.at(), "cut", 0.0))
    assert play.tell(TimerFired(A, play.at(), timer)) == []
    out = play.attach()
    assert [type(item) for item in out if isinstance(item, SetPlan | ComparePlan)] == [ComparePlan]
