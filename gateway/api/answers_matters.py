"""Answers about matters: contexts, their history, what was taken of another platform's record, and pushes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from gateway.api.alphabets import OneOf
from gateway.api.answers import Answer, DateTime, Instant, Open
from gateway.core.values.case_details import URGENCIES


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
