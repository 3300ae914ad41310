"""The plan of a press: as the rules say it, as it is written, and as the core follows the dialplan that goes by it."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.messages.answers import RulesLoaded
from gateway.core.messages.commands import RingTarget, SetPlan
from gateway.core.messages.dialplan_events import LegStarted
from gateway.core.rules.plan import plan_globals, pressed_for
from gateway.core.rules.rule import Rule, Rung, Target
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import ChannelUid, Outcome, PressId, SwitchboardId, TargetId
from tests.core.plays import CALLER, RULES, A, B, Play

T110, T119, T120 = TargetId("110"), TargetId("119"), TargetId("120")
LADDER = (Rung(T110, 25), Rung(T119, 20, (T120,)))
CLIMBED = RuleSet(
    targets={target: Target(id=target, name=target) for target in (TargetId("12345"), T110, T119, T120)},
    keys={},
    rules=(
        Rule(name="to 110", from_=A, target=T110, ladder=LADDER),
        Rule(name="default", from_=None, target=None, ladder=()),
    ),
)


def loaded(play: Play, text: str = "new") -> list[object]:
    """New rules."""
    return play.tell(RulesLoaded(SwitchboardId(""), play.at(), text, "digest"))


def restless(rules: RuleSet) -> Play:
    """A play that can load these rules; it begins with the usual ones."""
    return Play(read_rules=lambda _text: rules).both()


def test_the_plan_is_the_first_rule_that_fits_with_the_two() -> None:
    """From and target decide; a target that the rules do not know has no plan."""
    assert CLIMBED.static_plan(A, T110) == LADDER
    assert CLIMBED.static_plan(B, T110) == (Rung(T110, 25),)
    assert CLIMBED.static_plan(A, TargetId("999")) == ()


def test_the_plan_as_globals() -> None:
    """One global for each press, named by where the key is pressed, and the longest ladder in seconds."""
    plan = dict(plan_globals(CLIMBED, [B, A]))
    assert plan["ONEKEY_PLAN_12345_110"].startswith("2:warm:0:")
    assert plan["ONEKEY_PLAN_12345_110"].endswith(":110/25&119-120/20")
    assert plan["ONEKEY_PLAN_110_110"].endswith(":110/25")
    assert plan["ONEKEY_PLAN_S"] == "47"
    tags = {value for name, value in plan.items() if name.startswith("ONEKEY_PLAN_TAG_")}
    assert tags == {"[12345转]", "[110转]"}
    assert len(plan) == 2 * 4 + len(tags) + 4 + 1


def test_the_plan_says_who_sees_a_confidential_number() -> None:
    """Each target is named, so that an exception that is taken back does not stay; one that the rules have lost, too."""
    seen = replace(CLIMBED, targets={T110: replace(CLIMBED.targets[T110], sees_confidential=True)})
    plan = dict(plan_globals(seen, [A], CLIMBED))
    shown = {name: value for name, value in plan.items() if name.startswith("ONEKEY_PLAN_SHOWS_")}
    assert shown.pop("ONEKEY_PLAN_SHOWS_110") == "1"
    assert set(shown.values()) == {"0"}
    assert len(shown) == 3


def test_a_target_that_the_rules_have_lost_has_an_empty_plan() -> None:
    """The dialplan then rings what it dials for it, once: an old ladder is not kept."""
    assert dict(plan_globals(RULES, [A], CLIMBED))["ONEKEY_PLAN_12345_119"] == ""


def test_each_snapshot_brings_the_plan() -> None:
    """A switchboard that is attached (again) is told its plan, after everything that calls need."""
    play = Play()
    out = play.attach(board=A)
    (command,) = [item for item in out if isinstance(item, SetPlan)]
    stamp = ("ONEKEY_PLAN_AT", "1000")
    assert (command.switchboard, command.values) == (A, (*plan_globals(RULES, [A, B]), stamp))


def test_a_leg_tells_the_key_that_was_pressed() -> None:
    """The second rung of a ladder is known by its name and number; a rung that no ladder has is taken for itself."""
    assert pressed_for(CLIMBED, A, TargetId("119-120"), 2) == (T110, LADDER)
    assert pressed_for(CLIMBED, A, T110, 1) == (T110, LADDER)
    assert pressed_for(CLIMBED, A, TargetId("119-122"), 3) == (
        TargetId("119-122"),
        (Rung(TargetId("119-122"), 25),) * 3,
    )


def test_rules_loaded_while_a_target_rings() -> None:
    """A transfer that runs keeps its ladder; the next press goes by the new rules, and both dialplans hear of them."""
    play = restless(CLIMBED)
    play.connect()
    play.press()
    first = play.all(RingTarget)[-1]
    out = loaded(play)
    assert [type(item) for item in out] == [SetPlan, SetPlan]
    play.ring()
    play.hang_up(A, "l", 17)
    assert play.all(RingTarget) == [first]  # the rules that it began with have one rung
    assert play.transfer().outcome is Outcome.FAILED
    assert play.core.world.rules is CLIMBED


def test_a_switchboard_that_is_not_attached_hears_of_new_rules_later() -> None:
    """No command goes to a switchboard that we do not see; its next snapshot brings the plan."""
    play = Play(read_rules=lambda _text: CLIMBED)
    play.attach(board=A)
    assert [item.switchboard for item in loaded(play) if isinstance(item, SetPlan)] == [A]
    out = play.attach(board=B)
    (command,) = [item for item in out if isinstance(item, SetPlan)]
    assert dict(plan_globals(CLIMBED, [A, B])).items() <= dict(command.values).items()


def test_the_dialplan_rings_for_a_press_that_we_took_for_ours() -> None:
    """From its first leg on the dialplan's ladder counts, and the core rings nobody beside it."""
    play = Play(CLIMBED).both()
    play.connect()
    play.press()
    rung = len(play.all(RingTarget))
    press = play.transfer().id
    for attempt, target in ((1, "110"), (2, "119-120")):
        uid = f"d{attempt}"
        play.channel(A, uid, f"PJSIP/{target}-0000000{attempt}")
        play.tell(
            LegStarted(
                A, play.at(), press=PressId(press), attempt=attempt, by="dialplan", target=TargetId(target), uid=ChannelUid(uid),
                name=f"PJSIP/{target}-0000000{attempt}", caller=CALLER, caller_uid=ChannelUid("c"),
            )
        )  # fmt: skip
        play.state(A, uid, "ringing")
        play.hang_up(A, uid, 17)
    assert len(play.all(RingTarget)) == rung
    row = play.transfer()
    assert (row.by, row.reason) == ("dialplan", "busy")
    assert [reason for _, what, reason in row.history if what == "rung_failed"] == ["110: busy"]
