"""Kinds of values of the site's file: each says what is wrong with a value, in Chinese and English, and what to do about it."""

from __future__ import annotations

import ipaddress
import math
import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo
from pydantic_core import PydanticCustomError

from gateway.config import texts
from gateway.config.seat_patterns import too_wide
from gateway.core.values.bilingual import Pair

LINE_BYTES_MAX = 200
"""Longest secret or account name: well within a line of AMI (1,022 bytes) and of an HTTP header."""
EXAMPLE = texts.SEE_THE_EXAMPLE
DEFAULT = texts.LEAVE_IT_OUT_FOR_THE_DEFAULT
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
    return wrong(texts.IS_MISSING, texts.ADD_KEY(key=key), at)


def _filled(value: str, info: ValidationInfo) -> str:
    if not value:
        raise wrong(texts.IS_EMPTY, texts.ADD_FIELD_NAME(field_name=info.field_name))
    return value


def line(value: str) -> str:
    """A word that goes into a line of AMI or a header: one line, printable, of a length that fits."""
    if len(value.encode("utf-8", "surrogatepass")) > LINE_BYTES_MAX or not value.isprintable():
        what = texts.MUST_BE_ONE_PRINTABLE_LINE(line_bytes_max=LINE_BYTES_MAX)
        raise wrong(what, texts.CHOOSE_ANOTHER)
    return value


def _seconds(value: float) -> float:
    if not (math.isfinite(value) and value > 0):
        raise wrong(texts.MUST_BE_MORE_THAN_0_S, DEFAULT)
    return value


def _seconds_or_never(value: float) -> float:
    if not (math.isfinite(value) and value >= 0):
        raise wrong(texts.MUST_NOT_BE_NEGATIVE, DEFAULT)
    return value


def at_least(least: int, unit: str = "") -> AfterValidator:
    """A check that a whole number is not below its least."""
    zh, en = {"": Pair("", ""), "days": texts.DAYS}[unit]

    def check(value: int) -> int:
        if value < least:
            raise wrong(texts.MUST_BE_AT_LEAST(least=least, zh=zh, en=en), DEFAULT)
        return value

    return AfterValidator(check)


def _port(value: int) -> int:
    if not 0 < value < 65536:
        raise wrong(texts.PORT_IS_1_TO_65535(value=value), texts.FIX_THE_PORT)
    return value


def _url(value: str) -> str:
    """The beginning of a URL, without the slash at its end; empty where there is none."""
    try:
        parts = urlsplit(value)
        fit = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
    except ValueError:
        fit = False
    if value and not fit:
        raise wrong(texts.MUST_BE_AN_ADDRESS, texts.WRITE_IT_SO)
    return value.rstrip("/")


def _texts(value: Any) -> Any:
    """A list of names, each of which may be written as a number."""
    return tuple(map(str, value)) if isinstance(value, list) else value


def _narrow(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        if not pattern or too_wide(pattern):
            what = texts.TAKES_CALLERS_OR_TRUNKS_FOR_SEATS(pattern=pattern)
            raise wrong(what, texts.WRITE_IT_NARROWER)
    return patterns


def _addresses(proxies: tuple[str, ...]) -> tuple[str, ...]:
    for proxy in proxies:
        try:
            ipaddress.ip_address(proxy)
        except ValueError:
            what = texts.NOT_AN_IP_ADDRESS(proxy=proxy)
            raise wrong(what, texts.ADDRESS_OF_EACH_REVERSE_PROXY)
    return proxies


def _expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise wrong(texts.NOT_A_REGULAR_EXPRESSION(error=error), DEFAULT)
    return pattern


def _authority(name: str, info: ValidationInfo) -> str:
    """A file of certificates beside ours: one that TLS does not take would fail every push of the day, each with a word about TLS."""
    file = reading(info).folder / name
    try:
        if name:
            ssl.create_default_context(cafile=str(file))
    except ssl.SSLError as error:
        raise wrong(texts.NO_CERTIFICATES(file=file, error=error.reason or error), texts.PEM_OF_THE_AUTHORITY)
    except OSError as error:
        raise wrong(texts.CANNOT_READ_FILE(file=file, error=error), texts.CHECK_PATH_AND_RIGHTS)
    return name


def _secret_file(name: str, info: ValidationInfo) -> str:
    """The secret in a file beside ours. An empty one would open the API to everyone."""
    file = reading(info).folder / name
    try:
        secret: str = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise wrong(texts.CANNOT_READ_FILE(file=file, error=error), texts.CHECK_PATH_AND_RIGHTS)
    if not secret:
        raise wrong(texts.IS_EMPTY_FILE(file=file), texts.WRITE_THE_SECRET)
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
AuthorityFile = Annotated[str, AfterValidator(_authority)]
SecretFile = Annotated[Annotated[Filled, AfterValidator(_secret_file)] | None, "a file beside ours"]
Secret = Annotated[str | None, AfterValidator(_secret)]
"""A secret in place, or in the file that the setting of the same name with ``_file`` names; declared behind it."""
