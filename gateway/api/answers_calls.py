"""Answers about calls: transfers, call-backs, seats, switchboards, reports, and what a press would do."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.api.alphabets import MODES, OneOf
from gateway.api.answers import Answer, Instant, Open
from gateway.api.answers_matters import Context
from gateway.api.queries import CALLBACK_STATES, STEPS
from gateway.core.machines.transfer import NEXT, state_name
from gateway.core.values.ids import Outcome, PressedBy, SeatState

REPORTS = ("seats", "queues", "transfers", "capacity", "forecast")
VERDICTS = ("rings", "busy", "down", "unknown", "refused")

Mode = Annotated[str, OneOf(MODES)]
State = Annotated[str, OneOf(tuple(state_name(state) for state in NEXT))]


class Transferer(Open):
    """转出坐席 / the transferring seat"""

    switchboard: str
    seat: str


class TransferStep(Open):
    """转接的一步 / a step of a transfer"""

    at: Instant
    state: str
    reason: str


class Transfer(Answer):
    """一次转接 / one transfer"""

    id: str
    home: str
    call: str
    context: str
    organisations: list[str]
    """those who may see it"""
    transferer: Transferer
    target: str
    mode: Annotated[str, OneOf((*MODES, "attended"))]
    by: Literal["gateway", "dialplan", "phone"]
    pressed_by: Annotated[str, OneOf(tuple(hand.value for hand in PressedBy))]
    """按键、话机转接键、话机咨询转、程序、话机按钮、控制台；空为不知道 / the hand behind it; empty where nobody saw it"""
    state: State
    outcome: Annotated[str, OneOf(tuple(outcome.value for outcome in Outcome))] | None
    reason: str
    pressed_at: Instant
    ringing_at: Instant
    answered_at: Instant
    ended_at: Instant
    history: list[TransferStep]


class Transfers(Open):
    """转接列表 / transfers"""

    items: list[Transfer]


class Trace(Answer):
    """一件事的全过程 / one matter over all calls and transfers"""

    context: Context
    history: list[dict[str, Any]]
    transfers: list[Transfer]
    related: list[Context]
    """others with one of its case numbers"""


class Button(Answer):
    """话机按键的链接 / the URL of a desk phone's button"""

    url: str
    expires_at: Instant


class Callback(Answer):
    """回拨任务 / a call-back task"""

    id: str
    """the transfer's"""
    at: Instant
    home: str
    context: str
    number: str
    """masked, e.g. 138****0001, unless read in full"""
    reason: str
    target: str
    seat: str
    """the seat that had the caller"""
    state: Annotated[str, OneOf(CALLBACK_STATES)]
    tries: Annotated[int, Field(ge=0)]
    tried_at: Instant
    note: str


class Callbacks(Open):
    """回拨任务列表 / call-back tasks"""

    items: list[Callback]


class SeatOfCall(Answer):
    """一次通话中的坐席 / a seat that a call rings at or is with"""

    switchboard: str
    seat: str
    name: str
    state: Annotated[str, OneOf(tuple(state.value for state in SeatState))]
    since: Instant


class Call(Answer):
    """进行中的通话 / a live call"""

    id: str
    home: str | None
    """null while the record of a caller of another home is not here"""
    caller_number: str
    state: str
    state_since: Instant
    """自何时起；null 为不知道 / since when; null: nobody saw it begin"""
    seats: list[SeatOfCall]
    """正在振铃或通话的坐席，最早的在前 / seats that it rings at or is with, the longest there first"""
    queue: str
    """正在等待或来自的队列 / the queue in which it waits, or that it came by; empty where none is known"""
    target: str | None
    """转接目标 / whom the running transfer is for"""
    context: str | None
    record: Literal["here", "on_its_way", "unverified", "none"]
    """whether what the caller has said is here"""
    transfer: str | None
    unverified: list[str]
    """switchboards where the call came with an id that is not believed"""
    organisations: list[str]
    since: Instant


class Calls(Open):
    """进行中的通话列表 / live calls"""

    items: list[Call]


class Seat(Answer):
    """坐席现状 / a seat now"""

    switchboard: str
    seat: str
    name: str
    """坐席上的人：站点配置 [seat_names]，否则为队列成员名；没有则为空 / the person there, by the site's word or the queue's; else empty"""
    state: Annotated[str, OneOf(tuple(state.value for state in SeatState))]
    since: Instant
    call: str
    why: str


class Seats(Open):
    """坐席列表 / seats"""

    items: list[Seat]


class Report(Answer):
    """报表 / a report"""

    report: Annotated[str, OneOf(REPORTS)]
    since: str
    until: str
    zone: str
    step: Annotated[str, OneOf(STEPS)] | None
    columns: list[str]
    items: list[dict[str, Any]]
    """one value for each column"""


class Prospect(Answer):
    """按下某键会怎样 / what a press of one key would do now"""

    key: str
    """the feature code, *1; empty for a target without a key"""
    target: str
    name: str
    mode: str
    """empty where the press would be refused by a rule"""
    rule: str
    verdict: Annotated[str, OneOf(VERDICTS)]
    reason: str
    rings: str
    """who is rung first; empty where nobody is"""
    skipped: list[str]
    """rungs that are passed over, with the reason"""
    seats_free: int | None
    seats_kept: int
    """free seats that the target keeps from this press for its own callers"""
    waiting: int | None
    longest_wait_s: float | None
    expected_wait_s: float | None
    """mean wait by Erlang C; null where not known or endless"""
    endless: bool
    """more comes than the seats there can carry"""
    text: str
    """a line in both languages"""
    plan: str
    """what the dialplan holds ready for this press (docs/transfers.md, The plan); empty where it holds nothing"""
    plan_of: Literal["call", "switchboard", ""]
    """whose plan it is"""


class Prospects(Open):
    """每个按键会怎样 / what each key would do"""

    items: list[Prospect]


class Switchboard(Answer):
    """未连接时，坐席、等待和话务均为 null / while it is not connected, seats, waits and load are null"""

    id: str
    connected: bool
    version: str
    problem: str | None
    seats_drift: int
    """seats that checks have found to contradict Asterisk since the gateway's start"""
    checked_at: str | None
    """the last check of the seats"""
    seats_ready: int | None
    seats_ringing: int | None
    seats_on_call: int | None
    seats_wrap_up: int | None
    seats_paused: int | None
    seats_total: int | None
    waiting: int | None
    longest_wait_s: float | None
    expected_wait_s: float | None
    """mean wait by Erlang C on the last half hour; null where unknown or without end"""
    arrivals_30m: int | None
    """waits that began in the last half hour"""
    handle_avg_s: float | None
    load_erlang: float | None
    seats_needed: int | None
    """in the next hour for 95 % within 15 s, by earlier weeks or the last half hour, whichever is more"""
    seats_needed_by: Literal["earlier_weeks", "last_half_hour"] | None
    seats_short: int | None
    """seats_needed beyond those that are there; null where these are not known"""


class Switchboards(Open):
    """总机列表 / switchboards"""

    items: list[Switchboard]
