"""The tables of the site's file, a model each: settings with their kinds, and with the defaults of ``settings``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, create_model

from gateway.config import texts
from gateway.config.settings import KEEP_DAYS, PUBLIC_URL, SECRETS_FLOOR, SECRETS_MIN, Config
from gateway.config.toml_values import (
    EXAMPLE,
    Addresses,
    AuthorityFile,
    Expression,
    Filled,
    Line,
    Names,
    Patterns,
    Port,
    Secret,
    SecretFile,
    Span,
    SpanOrNever,
    Table,
    Url,
    at_least,
    missing,
    reading,
    secret_of,
    wrong,
)
from gateway.guards.door_limits import DOOR_LIMITS, LEAST, SPANS
from gateway.guards.instants import NoInstant, zone_of

DEFAULTS = Config(switchboards=(), run_dir=Path(), rules=Path(), store=Path(), signing_key=b"")
"""Where the defaults are read from, so that they stand in one place."""
KEEP_DAYS_MIN = {"audit": 180}
"""The least that a class may be kept, 1 by itself: the audit log is kept for six months whatever a site would like."""
FINITE_SPANS = ("transfer_grace_s", "action_s", "ping_s", "pong_s", "record_poll_s", "clock_settle_s")
OR_NEVER = ("rules_poll_s", "drift_check_s", "forecast_s", "media_settle_s", "unattended_s")
"""Spans of which 0 means never."""
COUNTS = {
    "parties_max": 3,  # caller, seat and the one that is called in
    "presses_per_minute_max": 1,
    "callback_ring_s": 5,  # nobody takes up a receiver faster
    "callbacks_per_minute_max": 1,
    "idempotency_keys_max": 1,
    "calls_per_number_max": 1,
}
"""Whole numbers, with the least that each may be."""
NAME_CHARS_MAX = 40
"""Characters of a person's name: the longest of China's minorities have some 30 characters."""
PUSH_FORMATS = ("json", "eido", "work_order")


def _table(name: str, doc: str, fields: dict[str, tuple[Any, Any]]) -> type[Table]:
    """A table whose settings are listed with their defaults elsewhere."""
    given: dict[str, Any] = fields
    made: type[Table] = create_model(name, __base__=Table, __doc__=doc, __module__=__name__, **given)
    return made


if TYPE_CHECKING:  # a class that is made at run time is no type for mypy
    LimitsTable: TypeAlias = Table
    RetentionTable: TypeAlias = Table
    SecretsTable: TypeAlias = Table
else:
    LimitsTable = _table(
        "LimitsTable",
        "``[limits]``.",
        {
            **{key: (Span, getattr(DEFAULTS, key)) for key in FINITE_SPANS},
            **{key: (SpanOrNever, getattr(DEFAULTS, key)) for key in OR_NEVER},
            **{key: (Annotated[int, at_least(least)], getattr(DEFAULTS, key)) for key, least in COUNTS.items()},
            **{key: (Span, getattr(DOOR_LIMITS, key)) for key in SPANS},
            **{key: (Annotated[int, at_least(least)], getattr(DOOR_LIMITS, key)) for key, least in LEAST.items()},
            "callback_numbers": (Expression, DEFAULTS.callback_numbers),
        },
    )
    RetentionTable = _table(
        "RetentionTable",
        "``[retention]``: days for each class of records.",
        {
            f"{name}_days": (Annotated[int, at_least(KEEP_DAYS_MIN.get(name, 1), "days")], days)
            for name, days in KEEP_DAYS.items()
        },
    )
    SecretsTable = _table(
        "SecretsTable",
        "``[secrets]``: characters that each kind of secret has at least.",
        {f"{name}_min": (Annotated[int, at_least(SECRETS_FLOOR[name])], chars) for name, chars in SECRETS_MIN.items()},
    )


def _call_info(wanted: bool, info: ValidationInfo) -> bool:
    """Others must be told where we are, in characters that a SIP header takes."""
    if wanted and not re.fullmatch(PUBLIC_URL, info.data.get("public_url", "http://said")):
        what = texts.NEEDS_PUBLIC_URL
        raise wrong(what, texts.WRITE_THE_ADDRESS_AT_WHICH_OTHERS)
    return wanted


class ApiTable(Table):
    """``[api]``."""

    host: str = DEFAULTS.api_host
    port: Port = DEFAULTS.api_port
    token_file: SecretFile = None
    token: Secret = Field(None, validate_default=True)
    public_url: Url = ""
    heartbeat_s: Span = DEFAULTS.heartbeat_s
    call_info: Annotated[bool, AfterValidator(_call_info)] = False
    trusted_proxies: Addresses = DOOR_LIMITS.trusted_proxies


class MetricsTable(Table):
    """``[metrics]``."""

    by_seat: bool = False


def _new_board(id_: str, info: ValidationInfo) -> str:
    if id_ in reading(info).boards:
        raise wrong(texts.TWO_SWITCHBOARDS_HAVE_THE_ID(id=id_), texts.CHANGE_ONE, at="/switchboards")
    reading(info).boards.append(id_)
    return id_


class SwitchboardTable(Table):
    """``[[switchboards]]``."""

    id: Annotated[Filled, AfterValidator(_new_board)]
    host: Filled
    port: Port = 5038
    username: Line
    secret_file: SecretFile = None
    secret: Secret = Field(None, validate_default=True)
    queues: Names = ()
    folder: str = ""
    plan_folder: str = ""
    seats: Patterns = ()
    trunks: dict[str, Filled] = Field(default_factory=dict)


def _new_platform(id_: str, info: ValidationInfo) -> str:
    if id_ in reading(info).platforms:
        what = texts.ID_HAS_A_PLATFORM_ALREADY(id=id_)
        raise wrong(what, texts.ONE_PUSH_FOR_EACH_SWITCHBOARD)
    reading(info).platforms.append(id_)
    return id_


def _needed(url: str) -> str:
    if not url:
        raise missing("url")
    return url


def _format(word: str) -> str:
    if word not in PUSH_FORMATS:
        what = texts.UNKNOWN_FORMAT(word=word)
        raise wrong(what, texts.KNOWN_PUSH_FORMATS(push_formats=", ".join(PUSH_FORMATS)))
    return word


class PushTable(Table):
    """``[[push]]``."""

    switchboard: Annotated[Filled, AfterValidator(_new_platform)]
    url: Annotated[Url, AfterValidator(_needed)] = Field("", validate_default=True)
    secret_file: SecretFile = None
    secret: Secret = Field(None, validate_default=True)
    full: bool = False
    format: Annotated[str, AfterValidator(_format)] = "json"
    ca_file: AuthorityFile = ""


def _not_ours(id_: str, info: ValidationInfo) -> str:
    if id_ in reading(info).boards:
        what = texts.ID_IS_ATTACHED_TO_THIS_GATEWAY(id=id_)
        raise wrong(what, texts.LEAVE_THIS_TABLE_OUT)
    return id_


def _token_to_fetch(value: str | None, info: ValidationInfo) -> str:
    """A token is needed where records are fetched; a ``url`` that is wrong was meant for that."""
    found = secret_of(value, info)
    if found is None and info.data.get("url", "wrong") and "token_file" in info.data:
        raise missing("token")
    return found or ""


def _secret_of_pushes(value: str | None, info: ValidationInfo) -> str:
    found = secret_of(value, info)
    if found is None and info.data.get("url", "wrong") == "" and "secret_file" in info.data:
        remedy = texts.URL_TO_FETCH
        raise wrong(texts.HAS_NEITHER_URL_NOR_SECRET, remedy, at="url")
    return found or ""


class PeerTable(Table):
    """``[[peers]]``."""

    switchboard: Annotated[Filled, AfterValidator(_not_ours)]
    url: Url = ""
    token_file: SecretFile = None
    token: Annotated[str | None, AfterValidator(_token_to_fetch)] = Field(None, validate_default=True)
    secret_file: SecretFile = None
    secret: Annotated[str | None, AfterValidator(_secret_of_pushes)] = Field(None, validate_default=True)
    full: bool = False
    ca_file: AuthorityFile = ""


def _some(entries: Any) -> Any:
    if not isinstance(entries, list) or not entries:
        raise wrong(texts.AT_LEAST_ONE_SWITCHBOARDS, EXAMPLE)
    return entries


def _moved(_value: Any) -> None:
    what, remedy = (texts.HAS_MOVED_TO_THE_RULES_FILE, texts.WRITE_IT_UNDER_THE_TARGET)
    raise wrong(what, remedy, at="privacy.confidential_open_to")


def _no_table(value: Any) -> Any:
    """The form was a table of this file once: whoever still has that is told where it went."""
    if isinstance(value, dict):
        what = texts.FORM_HAS_MOVED
        raise wrong(what, texts.NAME_THE_FORMS_FILE)
    return value


def _zone(name: str) -> str:
    try:
        zone_of(name)
    except NoInstant as error:
        raise wrong(error.what, error.remedy) from None
    return name


def _seat_names(names: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    """A name for each seat of a switchboard of this file; what parts the members in Asterisk's database stands in none."""
    boards = reading(info).boards
    for seat, name in names.items():
        if seat.partition("/")[0] not in boards or not seat.partition("/")[2]:
            raise wrong(texts.NOT_A_SEAT(seat=seat), texts.WRITE_A_SEAT(boards=", ".join(boards)))
        if not name.strip() or len(name) > NAME_CHARS_MAX or any(sign in name for sign in ";|,"):
            raise wrong(texts.NOT_A_PERSONS_NAME(seat=seat, most=NAME_CHARS_MAX), texts.SHORTEN_THE_NAME)
    return names


class SiteTable(Table):
    """The whole file. ``switchboards`` stands before ``peers``, which may name none of them."""

    name: str = DEFAULTS.name
    zone: Annotated[str, AfterValidator(_zone)] = DEFAULTS.zone
    run_dir: str = "run"
    rules: str = "transfer_rules.yaml"
    store: str = ""
    signing_key: str = ""
    signing_keys_old: Names = ()
    tape: str = ""
    api: ApiTable = Field(default_factory=dict, validate_default=True)
    limits: LimitsTable = Field(default_factory=dict, validate_default=True)
    privacy: Annotated[None, BeforeValidator(_moved)] = None
    switchboards: Annotated[list[SwitchboardTable], BeforeValidator(_some)] = Field([], validate_default=True)
    push: list[PushTable] = Field(default_factory=list)
    peers: list[PeerTable] = Field(default_factory=list)
    retention: RetentionTable = Field(default_factory=dict, validate_default=True)
    wrap_up_s: dict[str, SpanOrNever] = Field(default_factory=dict)
    groups: dict[str, Names] = Field(default_factory=dict)
    seat_names: Annotated[dict[str, Line], AfterValidator(_seat_names)] = Field(default_factory=dict)
    metrics: MetricsTable = MetricsTable()
    work_order: Annotated[str, BeforeValidator(_no_table)] = ""
    secrets: SecretsTable = Field(default_factory=dict, validate_default=True)
