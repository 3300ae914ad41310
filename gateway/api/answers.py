"""Answers of the API, a model each: ``openapi.yaml`` has its components from them, and from the models of bodies and edits.

They describe and do not check: every answer is held against the document by tests, and none is built twice where calls are waiting.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel
from typing_extensions import TypeAliasType

from gateway.api.alphabets import MODES, OneOf
from gateway.api.bodies import ButtonBody, LogInBody, PauseBody, QueuesBody, TransferBody
from gateway.api.queries import CALLBACK_STATES, STEPS
from gateway.contexts.case_models import ContextPatch, NewCase
from gateway.core.machines.transfer import NEXT, state_name
from gateway.core.values.case_details import URGENCIES
from gateway.core.values.ids import Outcome, PressedBy, SeatState

REPORTS = ("seats", "queues", "transfers", "capacity", "forecast")
VERDICTS = ("rings", "busy", "down", "unknown", "refused")

Instant = TypeAliasType("Instant", Annotated[str | None, Field(description="ISO 8601, UTC, milliseconds")])
DateTime = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Mode = Annotated[str, OneOf(MODES)]
State = Annotated[str, OneOf(tuple(state_name(state) for state in NEXT))]


class Open(BaseModel):
    """An object that may have more fields one day."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Answer(Open):
    """An object that has these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Health(Open):
    """进程在运行 / the process runs"""

    status: Literal["ok"]


class ReadinessProblem(Open):
    """妨碍转接的问题 / a reason why transfers do not work"""

    what: str
    where: str
    remedy: str


class Ready(Open):
    """是否可以转接 / whether transfers work now"""

    ready: bool
    problems: list[ReadinessProblem] = []
    """for a token with the scope supervise"""


class RulesProblem(Answer):
    """规则文件中的一处错误 / one error of the rules file"""

    line: int
    column: int
    what: str
    remedy: str


class RulesFailure(Answer):
    """最近一次未能加载的原因 / why the last try failed"""

    at: DateTime
    by: str
    problems: list[RulesProblem]


class KeyDiffers(Answer):
    """与网关启动时不同的按键 / a key that is not what it was when the gateway started"""

    key: str
    was: str
    now: str


class Rules(Answer):
    """生效中的规则 / the rules in force"""

    version: str
    """规则文件的摘要 / digest of the file"""
    path: str
    loaded_at: DateTime
    loaded_by: str
    """start, file, SIGHUP, or api and an address"""
    rules: int
    targets: int
    problem: RulesFailure | None
    """最近一次未能加载的原因 / why the last try failed"""
    keys_differ: list[KeyDiffers]
    """与网关启动时不同的按键，须 Asterisk 自己重新加载 / keys that Asterisk has to reload itself"""
    remedy: str


class Error(Answer):
    """错误 / an error"""

    error_id: str
    message: str
    """语言随 Accept-Language / in the language of Accept-Language"""
    details: dict[str, Any]
    """bad_parameter：parameter 及其规则；多处有误时 problems 逐项列出，首项同前 / of bad_parameter: parameter and its rule; where several fields
    do not fit, problems lists each, the first of them as it stands here"""


class ContextSeat(Open):
    """接听过的坐席 / a seat that has had the caller"""

    switchboard: str
    seat: str
    answered_at: Instant


class ContextQueue(Open):
    """排过的队列 / a queue in which the caller has waited"""

    switchboard: str
    queue: str
    wait_s: int
    answered_at: Instant


class Context(Answer):
    """来电信息 / a call context"""

    id: str
    version: Annotated[int, Field(ge=1)]
    home: str
    """home switchboard and first receiver"""
    call: str
    """Asterisk's unique id of the caller's channel"""
    full: bool
    """whether number and place are shown in full"""
    caller_number: str
    """masked, e.g. 138****0001, unless read in full"""
    caller_name: str
    confidential: bool
    """the number is hidden from other organisations"""
    language: str
    """BCP 47"""
    location: str
    """its beginning only unless read in full"""
    district: str
    """GB/T 2260"""
    longitude: float | None
    """WGS 84; null unless read in full"""
    latitude: float | None
    matter: str
    """code of the scope catalogues"""
    summary: str
    """telephone numbers in it masked unless read in full"""
    urgency: Annotated[str, OneOf(("", *URGENCIES))]
    cases: list[str]
    """numbers of work orders and police orders"""
    recordings: list[str]
    """references to recordings"""
    queue: str
    arrived_at: Instant
    wait_s: int | None
    """seconds until the first seat answered"""
    seats: list[ContextSeat]
    queues: list[ContextQueue]
    transfers: list[str]
    owner: str
    organisations: list[str]
    """those who may see the matter, the home first"""
    changed_at: Instant
    changed_by: str
    """who made this version; empty where the call itself did"""
    ended_at: Instant


class Contexts(Open):
    """一页上下文 / a page of contexts"""

    items: list[Context]
    next: str | None
    """the next page's cursor"""


class ContextTold(Answer):
    """无 read 权限的令牌修改后得到的回答 / what answers an edit by a token without the scope read"""

    id: str
    version: int
    full: Literal[False]
    changed_at: Instant


class NotTaken(Answer):
    """未采用的一项 / a field that was not taken"""

    field: str
    rule: str


class TakenIn(Answer):
    """采用的与未采用的 / what was taken, and what was not"""

    context: Context | ContextTold
    left: list[NotTaken]
    """未采用的部分 / what was not taken"""


class WorkOrder(RootModel[dict[str, str]]):
    """表单字段由站点设定 / the site names the fields"""


class Eido(Open):
    """gateway/contexts/formats/eido.schema.json 为完整模式 / gateway/contexts/formats/eido.schema.json is the whole schema"""

    id: str = Field(alias="$id")
    lastUpdateTimeStamp: DateTime  # noqa: N815 - NENA's own names
    updatedByAgencyReference: dict[str, Any]  # noqa: N815
    eidoVersion: Literal["1.0"]  # noqa: N815
    issuingElementIdentification: str  # noqa: N815
    agencyComponent: Annotated[list[dict[str, Any]], Field(min_length=1)]  # noqa: N815


class Change(Open):
    """一个字段的修改 / a change of one field"""

    field: str
    before: Any
    after: Any


class Version(Answer):
    """一个版本 / one version"""

    version: int
    at: Instant
    by: str
    changes: list[Change]


class History(Open):
    """谁在何时改了什么 / who changed what and when"""

    items: list[Version]


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


class Delivery(Answer):
    """一次推送 / a push to another platform"""

    id: str
    """the same over all tries"""
    at: Instant
    to: str
    context: str
    state: Literal["waiting", "dead"]
    tries: int
    next_at: Instant
    why: str


class Deliveries(Open):
    """推送列表 / pushes"""

    items: list[Delivery]


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


COMPONENTS: tuple[type[BaseModel], ...] = (
    Health, Ready, Rules, Error, Context, Delivery, Deliveries, Contexts, WorkOrder, Eido, ContextTold, TakenIn, NewCase,
    ContextPatch, History, Trace, Transfer, Transfers, TransferBody, ButtonBody, Button, Callback, Callbacks, Call, Calls, Seat,
    PauseBody, LogInBody, QueuesBody, Report, Seats, Prospects, Switchboard, Switchboards,
)  # fmt: skip
"""Models that the document names, in its order."""
NAMES = {
    "NewCase": "ContextNew",
    "TransferBody": "TransferWish",
    "ButtonBody": "ButtonWish",
    "PauseBody": "SeatPause",
    "LogInBody": "SeatLogIn",
    "QueuesBody": "SeatQueues",
}
"""Names of components that programs have been made from, where the model's is another."""
