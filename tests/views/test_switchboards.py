"""What people are shown: instants, masked numbers, and every row and model as plain values."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest

from gateway.core.messages.link_events import LinkLost
from gateway.core.messages.queue_events import MemberChanged, QueueJoined
from gateway.core.messages.records import ContextRow, GapRow, SeatRow, TransferRow
from gateway.core.messages.redaction import mask_place
from gateway.core.model.call import answered, ended, new_context
from gateway.core.model.settings import Settings
from gateway.core.values.case_details import CaseDetails
from gateway.core.values.ids import ChannelUid, DeviceState, SeatId, SeatState, SwitchboardId
from gateway.core.values.instants import instant
from gateway.core.values.numbers import mask, mask_text
from gateway.views import switchboards
from gateway.views.contexts import context_view
from gateway.views.plain import View
from gateway.views.records import record_view, transfer_view
from tests.core.plays import A, B, Play

NUMBER = "13800000001"


def a_context(number: str = NUMBER, name: str = "") -> ContextRow:
    """A caller has just arrived."""
    return new_context(A, ChannelUid("12345-1.0"), number, name, "12345", 1000.0)


# --- instants and numbers -------------------------------------------------------------------------------------------------


def test_an_instant_is_iso_8601_in_utc_with_milliseconds() -> None:
    """A program in any zone reads the same instant."""
    assert instant(1795465784.626346) == "2026-11-23T20:29:44.626+00:00"


def test_what_has_not_happened_has_no_instant() -> None:
    """0 is "not yet" and shown as nothing, not as 1970."""
    assert instant(0.0) is None


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("", ""),
        ("110", "***"),
        ("95599", "*****"),
        ("123456", "******"),
        ("1234567", "****567"),
        ("88001234", "*****234"),
        ("4008123123", "*******123"),
        ("13800000001", "138****0001"),
        ("+8613800000001", "+86*******0001"),
    ],
)
def test_a_masked_number_can_be_recognised_but_not_dialled(number: str, shown: str) -> None:
    """Length and ends stay; a short number is hidden whole."""
    assert mask(number) == shown


@pytest.mark.parametrize("length", range(1, 20))
def test_four_digits_at_least_stay_hidden(length: int) -> None:
    """Whatever the length, nobody finds a number by trying a few: local numbers of 7 and 8 digits too."""
    shown = mask("12345678901234567890"[:length])
    assert len(shown) == length
    assert shown.count("*") >= min(4, length)


# --- contexts -------------------------------------------------------------------------------------------------------------


def test_a_context_is_masked_unless_asked_for_in_full() -> None:
    """The number is hidden by default and whole in a full reading."""
    assert context_view(a_context())["caller_number"] == "138****0001"
    assert context_view(a_context(), full=True)["caller_number"] == NUMBER


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", ""),
        ("张三", "张三"),
        ("110", "110"),
        (NUMBER, "138****0001"),
        (f"张三 {NUMBER}", "张三 138****0001"),
        ("+8613800000001", "+86*******0001"),
        ("138-0000-0001", "138******0001"),
    ],
)
def test_a_name_does_not_give_the_number_away(name: str, shown: str) -> None:
    """Many phones send the number as the name, in one spelling or another: it is masked there too."""
    assert context_view(a_context(name=name))["caller_name"] == shown
    assert context_view(a_context(name=name), full=True)["caller_name"] == name


@pytest.mark.parametrize(
    ("number", "text", "shown"),
    [
        (NUMBER, f"来电{NUMBER}，噪音", f"来电{'*' * 11}，噪音"),
        (NUMBER, "138 0000 0001 / 138-0000-0001", f"{'*' * 13} / {'*' * 13}"),
        (NUMBER, "１３８０００００００１", "*" * 11),
        (NUMBER, "+86(138)0000，0001", f"+86({'*' * 13}"),
        (NUMBER, f"GD20261124{NUMBER}7", f"GD20261124{'*' * 11}7"),
        (NUMBER, "138楼0000室0001", "138楼0000室0001"),
        (NUMBER, "13900000002", "13900000002"),
        ("+8613800000001", NUMBER, "*" * 11),
        ("013800000001", NUMBER, "*" * 11),
        ("02287654321", "022-87654321 或 8765 4321", f"{'*' * 12} 或 {'*' * 9}"),
        ("+862287654321", "02287654321", "*" * 11),
        ("138****0001", "138****0001", "*" * 11),
        ("1001", "1001 打了 11001 和 1-001", "**** 打了 11001 和 1-001"),
        ("anonymous", "1001", "1001"),
        ("", "1001", "1001"),
    ],
)
def test_a_hidden_number_is_in_no_text(number: str, text: str, shown: str) -> None:
    """Name, place and summary show no digit of it in any spelling, in full or masked; others' numbers are as they were."""
    said = CaseDetails(summary=text, location=text, confidential=True)
    row = dataclasses.replace(a_context("", text), caller_number=number, said=said)  # one from elsewhere may be masked
    full, masked = context_view(row, full=True, hidden=True), context_view(row, hidden=True)
    assert (full["summary"], full["location"]) == (shown, shown)
    assert masked["summary"] == masked["caller_name"] == full["caller_name"] == mask_text(shown)
    assert masked["location"] == mask_place(mask_text(shown))
    assert context_view(row, full=True)["summary"] == text


def test_a_place_does_not_begin_with_a_number() -> None:
    """What is shown of a place masks a telephone number in it, as wherever else."""
    row = dataclasses.replace(a_context(), said=CaseDetails(location=NUMBER))
    assert context_view(row)["location"] == "138***…"


def test_a_wait_that_is_not_over_is_unknown() -> None:
    """Nobody has answered: no number of seconds is shown, not -1 and not 0 (law 7)."""
    assert context_view(a_context())["wait_s"] is None


def test_a_wait_of_no_time_is_zero() -> None:
    """A caller who was answered at once has waited 0 s, which is not unknown."""
    row = answered(a_context(), A, "12345", SeatId("1001"), 0, 1000.0)
    assert context_view(row)["wait_s"] == 0


def test_seats_of_a_context_have_their_instants() -> None:
    """Who had the caller, where and since when, oldest first."""
    row = answered(answered(a_context(), A, "12345", SeatId("1001"), 3, 1003.0), B, "110", SeatId("2001"), 1, 1060.0)
    assert context_view(row)["seats"] == [
        {"switchboard": "12345", "seat": "1001", "answered_at": "1970-01-01T00:16:43.000+00:00"},
        {"switchboard": "110", "seat": "2001", "answered_at": "1970-01-01T00:17:40.000+00:00"},
    ]


def test_a_live_matter_has_no_end() -> None:
    """``ended_at`` is empty until the caller has left."""
    assert context_view(a_context())["ended_at"] is None
    assert context_view(ended(a_context(), 1100.0))["ended_at"] == "1970-01-01T00:18:20.000+00:00"


# --- transfers ------------------------------------------------------------------------------------------------------------


def test_a_running_transfer_has_no_outcome() -> None:
    """Pressed and ringing: what has not happened yet is empty."""
    play = Play().both()
    play.connect()
    play.press()
    play.ring()
    shown = transfer_view(play.transfer())
    assert (shown["state"], shown["outcome"], shown["answered_at"], shown["ended_at"]) == ("ringing", None, None, None)
    assert shown["transferer"] == {"switchboard": "12345", "seat": "1001"}
    assert shown["pressed_at"] < shown["ringing_at"]


def test_an_ended_transfer_has_outcome_reason_and_history() -> None:
    """The seat left, caller and target talk: the words of the core stand in the view, the history oldest first."""
    play = Play().both()
    play.connect()
    play.press()
    play.ring()
    play.answer()
    play.leave(A, "b1", "s")
    play.hang_up(A, "s")
    shown = transfer_view(play.transfer())
    assert (shown["state"], shown["outcome"], shown["reason"]) == ("ended", "completed", "transferer_left")
    assert [step["at"] for step in shown["history"]] == sorted(step["at"] for step in shown["history"])
    assert shown["history"][-1]["state"] == "ended"


# --- the live feed --------------------------------------------------------------------------------------------------------


def test_every_kind_of_record_has_a_word_of_its_own() -> None:
    """The feed tells contexts, transfers, seats and gaps apart, and a context in it is masked."""
    play = Play().both()
    play.connect()
    play.press()
    context, transfer = play.all(ContextRow)[-1], play.all(TransferRow)[-1]
    assert record_view(context) == ("context", context_view(context))
    assert record_view(transfer) == ("transfer", transfer_view(transfer))
    assert NUMBER not in json.dumps(record_view(context))


def test_a_change_of_a_seat_is_told_from_where_to_where() -> None:
    """A seat row becomes from, to, why, and the call."""
    row = SeatRow(
        at=1000.0,
        switchboard=A,
        seat=SeatId("1001"),
        before=SeatState.READY,
        after=SeatState.RINGING,
        why="rings",
        call="12345-1.0",
        since=990.0,
    )
    assert record_view(row) == (
        "seat",
        {
            "switchboard": "12345",
            "seat": "1001",
            "at": "1970-01-01T00:16:40.000+00:00",
            "from": "ready",
            "to": "ringing",
            "why": "rings",
            "call": "12345-1.0",
        },
    )


def test_a_gap_is_told_as_a_gap() -> None:
    """What was not seen has a beginning, an end and a reason (law 7)."""
    assert record_view(GapRow(A, 1000.0, 1001.5, "link lost")) == (
        "gap",
        {
            "switchboard": "12345",
            "since": "1970-01-01T00:16:40.000+00:00",
            "until": "1970-01-01T00:16:41.500+00:00",
            "why": "link lost",
        },
    )


# --- now ------------------------------------------------------------------------------------------------------------------


def states(play: Play) -> dict[str, str]:
    """Each seat's state as it is shown."""
    return {seat["seat"]: seat["state"] for seat in switchboards.seats_view(play.core.world)}


def board(play: Play, id_: SwitchboardId, at: float = 2000.0) -> View:
    """A switchboard as it is shown."""
    return next(shown for shown in switchboards.switchboards_view(play.core.world, at) if shown["id"] == id_)


def call_state(play: Play) -> tuple[str, str | None]:
    """State and transfer of the only call."""
    (shown,) = switchboards.calls_view(play.core.world)
    return shown["state"], shown["transfer"]


def test_a_call_says_seat_queue_target_and_since_when() -> None:
    """A supervisor needs no second list: waiting since when and where, then whose call it is, then whom it is for."""
    play = Play().both()
    wait(play, 1500.0)
    (shown,) = switchboards.calls_view(play.core.world)
    assert (shown["state"], shown["queue"], shown["seats"], shown["target"]) == ("waiting", "12345", [], None)
    assert shown["state_since"] == "1970-01-01T00:25:00.000+00:00"
    play = Play().both()
    play.connect()
    (shown,) = switchboards.calls_view(play.core.world)
    assert [(one["switchboard"], one["seat"], one["state"]) for one in shown["seats"]] == [
        ("12345", "1001", "on_call.talk")
    ]
    assert (shown["state"], shown["state_since"]) == ("bridged", instant(play.all(ContextRow)[-1].seats[0][2]))
    play.press()
    (shown,) = switchboards.calls_view(play.core.world)
    assert (shown["target"], shown["state_since"]) == ("110", instant(play.transfer().history[-1][0]))


def test_a_seat_has_the_name_of_its_person() -> None:
    """The queue's word, and before it the site's; a member that is called by its number has none."""
    play = Play(settings=Settings(signing_key=b"k" * 16, seat_names={(A, SeatId("1002")): "李四"})).both()
    for seat, name in (("1001", "张三"), ("1002", "lisi"), ("1003", "")):
        play.tell(
            MemberChanged(
                A, play.at(), queue="12345", seat=SeatId(seat), device=DeviceState.NOT_IN_USE, paused=False, name=name
            )
        )
    names = {
        seat["seat"]: seat["name"] for seat in switchboards.seats_view(play.core.world) if seat["switchboard"] == A
    }
    assert (names["1001"], names["1002"], names["1003"]) == ("张三", "李四", "")


def wait(play: Play, at: float) -> None:
    """A citizen joins the queue at an instant."""
    play.channel(A, "c", "PJSIP/13800000001-0000000a")
    play.tell(
        QueueJoined(
            A,
            at,
            queue="12345",
            channel=ChannelUid("c"),
            channel_name="PJSIP/13800000001-0000000a",
            caller_number=NUMBER,
            caller_name="",
        )
    )


def test_seats_are_in_order() -> None:
    """A page of seats does not jump about: by switchboard, then by seat."""
    seats = switchboards.seats_view(Play().both().core.world)
    assert [(seat["switchboard"], seat["seat"]) for seat in seats] == [
        ("110", "2001"),
        ("12345", "1001"),
        ("12345", "1002"),
    ]


def test_a_seat_that_talks_is_shown_with_its_call() -> None:
    """State and call stand together; the colleague stays ready."""
    play = Play().both()
    play.connect()
    seats = {seat["seat"]: seat for seat in switchboards.seats_view(play.core.world)}
    assert (seats["1001"]["state"], seats["1001"]["call"]) == ("on_call.talk", "c")
    assert (seats["1002"]["state"], seats["1002"]["call"]) == ("ready", "")


def test_a_switchboard_counts_its_own_seats() -> None:
    """Ready of total, each switchboard for itself."""
    play = Play().both()
    play.connect()
    assert (board(play, A)["seats_ready"], board(play, A)["seats_total"]) == (1, 2)
    assert (board(play, B)["seats_ready"], board(play, B)["seats_total"]) == (1, 1)


def test_the_longest_wait_is_counted_from_joining() -> None:
    """A caller who joined 12.3 s ago has waited 12.3 s."""
    play = Play().both()
    wait(play, 1500.0)
    assert (board(play, A, 1512.34)["waiting"], board(play, A, 1512.34)["longest_wait_s"]) == (1, 12.3)


def test_a_wait_is_never_negative() -> None:
    """Two clocks meet: an instant before the joining is a wait of 0."""
    play = Play().both()
    wait(play, 1500.0)
    assert board(play, A, 1499.0)["longest_wait_s"] == 0.0


def test_nobody_waiting_has_no_longest_wait() -> None:
    """No caller: no number, not 0 s."""
    shown = board(Play().both(), A)
    assert (shown["waiting"], shown["longest_wait_s"]) == (0, None)


def test_a_switchboard_not_yet_seen_says_so() -> None:
    """Before the first snapshot it is not connected, with the reason."""
    shown = board(Play(), A)
    assert (shown["connected"], shown["version"], shown["problem"]) == (False, "", "not connected yet")


def test_a_lost_link_is_shown_with_its_reason_and_its_seats_as_unknown() -> None:
    """What we do not hear we do not claim to know (law 7); the other switchboard is not touched."""
    play = Play().both()
    assert board(play, A)["problem"] is None
    play.tell(LinkLost(A, play.at(), "closed by the other side"))
    assert (board(play, A)["connected"], board(play, A)["problem"]) == (False, "closed by the other side")
    assert states(play) == {"2001": "ready", "1001": "unknown", "1002": "unknown"}


def test_a_call_goes_from_waiting_to_bridged_to_the_state_of_its_transfer() -> None:
    """The state of a call is the word for what the caller is in."""
    play = Play().both()
    assert switchboards.calls_view(play.core.world) == []
    wait(play, 1500.0)
    assert call_state(play) == ("waiting", None)
    play = Play().both()
    play.connect()
    assert call_state(play) == ("bridged", None)
    play.press()
    assert call_state(play) == ("requested", "12345.1000000.1")
    play.ring()
    assert call_state(play)[0] == "ringing"
    play.answer()
    assert call_state(play)[0] == "three_party"


def test_a_caller_between_two_persons_is_alone() -> None:
    """Neither in a queue nor in a bridge."""
    play = Play().both()
    play.connect()
    play.leave(A, "b1", "c")
    assert call_state(play)[0] == "alone"


def test_a_live_call_is_masked() -> None:
    """The list of calls shows no whole number."""
    play = Play().both()
    play.connect()
    (shown,) = switchboards.calls_view(play.core.world)
    assert shown["caller_number"] == "138****0001"


@pytest.mark.parametrize(
    ("reference", "masked"),
    [
        ("2026/11/24/13800000001-12345.wav", "2026/11/24/138****0001-12345.wav"),
        ("rec/+8613800000001_1764000000.17.wav", "rec/+86138****0001_1764000000.17.wav"),
        ("out-138-0000-0001.wav", "out-138******0001.wav"),
        ("20261124080000138000000019.wav", "20261124080000138****00019.wav"),  # inside a longer run
        ("in/13912345678/1764000000.5.wav", "in/139****5678/1764000000.5.wav"),  # another person's
        ("02287654321-1764000000123.wav", "022****4321-1764000000123.wav"),
        ("%2B8613912345678.wav", "%2B861******5678.wav"),
        ("s3://rec/20261124-080000-1764000000.123.wav", "s3://rec/20261124-080000-1764000000.123.wav"),
        ("11031764000000123456789.wav", "11031764000000123456789.wav"),
    ],
)
def test_a_number_in_the_name_of_a_recording_is_masked(reference: str, masked: str) -> None:
    """Instants and ids of Asterisk stay as they are; in full all of it shows, a hidden number in no reading."""
    row = dataclasses.replace(a_context("+8613800000001"), said=CaseDetails(recordings=(reference,)))
    assert context_view(row)["recordings"] == [masked]
    assert context_view(row, full=True)["recordings"] == [reference]
    [hidden] = context_view(row, full=True, hidden=True)["recordings"]
    assert NUMBER not in re.sub("[-+]", "", hidden)
    assert (hidden == reference) is (NUMBER not in re.sub("[-+]", "", reference))
