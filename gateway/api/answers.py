"""Answers of the API, a model each: ``openapi.yaml`` has its components from them, and from the models of bodies and edits.

They describe and do not check: every answer is held against the document by tests, and none is built twice where calls are waiting.
``answers_matters`` are those about records, ``answers_calls`` those about calls and seats.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

Instant = TypeAliasType("Instant", Annotated[str | None, Field(description="ISO 8601, UTC, milliseconds")])
DateTime = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


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
