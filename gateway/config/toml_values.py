"""Kinds of values of the site's file: each says what is wrong with a value, in Chinese and English, and what to do about it."""

from __future__ import annotations

import ipaddress
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo
from pydantic_core import PydanticCustomError

from gateway.config.seat_patterns import too_wide

LINE_BYTES_MAX = 200
"""Of a secret or an account's name: well within a line of AMI (1,022 bytes) and of an HTTP header."""
EXAMPLE = "见 onekey.example.toml / see onekey.example.toml"
DEFAULT = "删去即用默认值 / leave it out for the default"
WRONG = "site"
"""The kind of an error that brings its own words."""


@dataclass(slots=True)
class Reading:
    """One reading of a file: the folder that its paths are meant from, and the ids that have been read so far."""

    folder: Path
    boards: list[str] = field(default_factory=list)
    platforms: list[str] = field(default_factory=list)


def reading(info: ValidationInfo) -> Reading:
    """The reading that a value belongs to."""
    found = info.context
    assert isinstance(found, Reading)
    return found


class Table(BaseModel):
    """A table of the file: nothing is turned into another type, and nothing is taken that has no meaning."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


def wrong(what: str, remedy: str, at: str = "") -> PydanticCustomError:
    """An error of a value. ``at``: the setting of the same table that it is said of, where that is another; ``/name`` is one at the top."""
    return PydanticCustomError(WRONG, "{what}", {"what": what, "remedy": remedy, "at": at})


def missing(key: str | None, at: str = "") -> PydanticCustomError:
    """The error of a setting that must be there."""
    return wrong("缺少此设置 / is missing", f"加上 {key} / add {key}", at)


def _filled(value: str, info: ValidationInfo) -> str:
    if not value:
        raise wrong("是空的 / is empty", f"加上 {info.field_name} / add {info.field_name}")
    return value


def line(value: str) -> str:
    """A word that goes into a line of AMI or a header: one line, printable, of a length that fits."""
    if len(value.encode("utf-8", "surrogatepass")) > LINE_BYTES_MAX or not value.isprintable():
        what = f"应为一行可见字符，最多 {LINE_BYTES_MAX} 字节 / must be one printable line of at most {LINE_BYTES_MAX} bytes"
        raise wrong(what, "换一个 / choose another")
    return value


def _seconds(value: float) -> float:
    if not (math.isfinite(value) and value > 0):
        raise wrong("应大于 0 秒 / must be more than 0 s", DEFAULT)
    return value


def _seconds_or_never(value: float) -> float:
    if not (math.isfinite(value) and value >= 0):
        raise wrong("不能是负数 / must not be negative", DEFAULT)
    return value


def at_least(least: int, unit: str = "") -> AfterValidator:
    """A check that a whole number is not below its least."""
    zh, en = {"": ("", ""), "days": (" 天", " days")}[unit]

    def check(value: int) -> int:
        if value < least:
            raise wrong(f"至少为 {least}{zh} / must be at least {least}{en}", DEFAULT)
        return value

    return AfterValidator(check)


def _port(value: int) -> int:
    if not 0 < value < 65536:
        raise wrong(f"端口应在 1 到 65535 之间：{value} / a port is 1 to 65535, not {value}", "改成端口号 / fix it")
    return value


def _url(value: str) -> str:
    """The beginning of a URL, without the slash at its end; empty where there is none."""
    try:
        parts = urlsplit(value)
        fit = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
    except ValueError:
        fit = False
    if value and not fit:
        raise wrong(
            "应写成 http://地址:端口 / must be written http://host:port", "改写，或删去 / write it so, or leave it out"
        )
    return value.rstrip("/")


def _texts(value: Any) -> Any:
    """A list of names, each of which may be written as a number."""
    return tuple(map(str, value)) if isinstance(value, list) else value


def _narrow(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        if not pattern or too_wide(pattern):
            what = f"会把来电人或中继当作坐席：{pattern} / takes callers or trunks for seats: {pattern}"
            raise wrong(what, '写得更窄，如 "10[0-4][0-9]" / write it narrower, as "10[0-4][0-9]"')
    return patterns


def _addresses(proxies: tuple[str, ...]) -> tuple[str, ...]:
    for proxy in proxies:
        try:
            ipaddress.ip_address(proxy)
        except ValueError:
            what = f"不是 IP 地址：{proxy:.80} / not an IP address: {proxy:.80}"
            raise wrong(what, "逐个写反向代理的地址 / the address of each reverse proxy")
    return proxies


def _expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise wrong(f"不是有效的正则表达式：{error} / not a regular expression: {error}", DEFAULT)
    return pattern


def _secret_file(name: str, info: ValidationInfo) -> str:
    """The secret in a file beside ours. An empty one would open the API to everyone."""
    file = reading(info).folder / name
    try:
        secret: str = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise wrong(f"读不到 / cannot read {file}: {error}", "检查路径和权限 / check path and rights")
    if not secret:
        raise wrong(f"是空的 / is empty: {file}", "写入密码 / write the secret into it")
    return line(secret)


def secret_of(value: str | None, info: ValidationInfo) -> str | None:
    """A secret of its file, or in place; None where neither is given, and where its file is wrong, which has been said."""
    file = f"{info.field_name}_file"
    if file not in info.data:
        return None
    if info.data[file] is not None:
        return str(info.data[file])
    return value if value is None else line(_filled(value, info))


def _secret(value: str | None, info: ValidationInfo) -> str:
    found = secret_of(value, info)
    if found is None and f"{info.field_name}_file" in info.data:
        raise missing(info.field_name)
    return found or ""


Filled = Annotated[str, AfterValidator(_filled)]
Line = Annotated[Filled, AfterValidator(line)]
Span = Annotated[float, AfterValidator(_seconds)]
SpanOrNever = Annotated[float, AfterValidator(_seconds_or_never)]
Port = Annotated[int, AfterValidator(_port)]
Url = Annotated[str, AfterValidator(_url)]
Names = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Patterns = Annotated[Names, AfterValidator(_narrow)]
Addresses = Annotated[Names, AfterValidator(_addresses)]
Expression = Annotated[str, AfterValidator(_expression)]
SecretFile = Annotated[Annotated[Filled, AfterValidator(_secret_file)] | None, "a file beside ours"]
Secret = Annotated[str | None, AfterValidator(_secret)]
"""In place, or in the file that the setting of the same name with ``_file`` names; declared behind it."""
