"""What the dialplan has kept of presses: read whole, in its alphabet, or not at all."""

from __future__ import annotations

import asyncio

import pytest

from gateway.ami.actions import actions
from gateway.ami.encode import Refused
from gateway.ami.kept import presses
from gateway.ami.protocol import Reply
from gateway.core.messages.commands import ForgetPresses
from gateway.core.messages.kept import LegKept, PressKept
from gateway.core.values.ids import ChannelUid, PressId, SwitchboardId, TargetId

PRESS = "12345.1795999685884570.170"
PLAN = "2:warm:0:2815768a:r:91eab65a:110/5"
SOUND = {
    "press": f"110,PJSIP/1001-00000001,12345-1795999685.1,12345-1795999684.0,{PLAN}",
    "leg-1": "1795999687495,31,12345-1795999685.2,110,1795999685905,,,own",
    "leg-2": "1795999688495,21,12345-1795999685.3,119,,1,no,",
    "seat": "1795999686912",
    "caller": "1795999689497",
}


def read(entries: dict[str, str], *, press: str = PRESS, ok: bool = True) -> tuple[PressKept, ...]:
    """What is read of these entries, recorded as Asterisk 22 lists them."""
    frames = [
        f"Event: DBGetTreeResponse\r\nKey: /onekey-kept/{press}/{name}\r\nVal: {value}\r\nActionID: 7\r\n\r\n".encode()
        for name, value in entries.items()
    ]
    asked: list[tuple[object, ...]] = []

    async def ask(*words: object) -> Reply:
        asked.append(words)
        return Reply(
            b"Response: Success\r\n\r\n" if ok else b"Response: Error\r\nMessage: Permission denied\r\n\r\n", frames
        )

    found = asyncio.run(presses(ask))
    assert asked == [("DBGetTree", ("Family", "onekey-kept"))]
    return found


def test_a_press_is_read_whole() -> None:
    """Who pressed for what, by which plan, each leg with its end, and who has left when."""
    assert read(SOUND) == (
        PressKept(
            press=PressId(PRESS),
            target=TargetId("110"),
            presser_name="PJSIP/1001-00000001",
            presser=ChannelUid("12345-1795999685.1"),
            caller_uid=ChannelUid("12345-1795999684.0"),
            plan=PLAN,
            legs=(
                LegKept(
                    attempt=1,
                    ended_at=1795999687.495,
                    cause=31,
                    uid=ChannelUid("12345-1795999685.2"),
                    target=TargetId("110"),
                    joined_at=1795999685.905,
                    how="own",
                ),
                LegKept(
                    attempt=2,
                    ended_at=1795999688.495,
                    cause=21,
                    uid=ChannelUid("12345-1795999685.3"),
                    target=TargetId("119"),
                    offered=True,
                    answer="no",
                ),
            ),
            presser_left_at=1795999686.912,
            caller_left_at=1795999689.497,
        ),
    )


@pytest.mark.parametrize(
    ("note", "over"), [("1,29,", "NOBODY"), ("1,,FENCED", "FENCED"), ("1,20,UNKNOWN_TARGET", "UNKNOWN_TARGET")]
)
def test_why_nobody_was_rung(note: str, over: str) -> None:
    """A refusal, another press's leg, or nothing that is dialled."""
    assert [one.over for one in read({"press": SOUND["press"], "over": note})] == [over]


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "110,PJSIP/1001-1,u.1,c.1",
        f"110,PJSIP/1001-1,u.1,,{PLAN}",
        f"110 x,PJSIP/1001-1,u.1,c.1,{PLAN}",
        f"110,PJSIP/1001-1\x07,u.1,c.1,{PLAN}",
        "110,PJSIP/1001-1,u.1,c.1," + "2" * 481,
        "110,PJSIP/1001-1,u.1,c.1,2:warm:0:x)${SHELL(x)}",
    ],
)
def test_an_entry_that_is_none_is_left_out(entry: str) -> None:
    """Cut, empty, too long, or with what no dialplan of ours writes: nothing is guessed of it."""
    assert read({"press": entry, "seat": "1795999686912"}) == ()


def test_notes_of_nobodys_press_are_left_out() -> None:
    """Without the entry that says what was pressed, and under a name that is none."""
    assert read({"seat": "1795999686912"}) == ()
    assert read(SOUND, press="a/b") == ()
    assert [one.legs for one in read({"press": SOUND["press"], "leg-1": "x", "leg-2": "1,2,3"})] == [()]


def test_a_switchboard_that_does_not_tell_has_none() -> None:
    """No right, or no such action: the snapshot goes on without."""
    assert read(SOUND, ok=False) == ()


def test_forgetting_is_a_messengers() -> None:
    """It needs no right of AMI that onekey does not have; only ids are named."""
    ((action, headers),) = actions(ForgetPresses("1", SwitchboardId("12345"), "", (PressId(PRESS), PressId("110.1.2"))))
    assert action == "Originate"
    assert ("Channel", "Local/forget@onekey-kept/n") in headers
    assert ("Variable", f"ONEKEY_PRESSES={PRESS}&110.1.2") in headers
    for bad in ((), (PressId("a&b"),), (PressId(""),)):
        with pytest.raises(Refused):
            actions(ForgetPresses("1", SwitchboardId("12345"), "", bad))
