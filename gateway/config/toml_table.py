"""A TOML table read strictly: each setting by its type and range, and every error in one run, with where it stands and what to do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.core.values.nearest import nearest

LINE_BYTES_MAX = 200
"""Of a secret or an account's name: well within a line of AMI (1,022 bytes) and of an HTTP header."""
EXAMPLE = "见 onekey.example.toml"


class TomlReader:
    """Reads tables of the file at ``path``. ``problems``: where, what, what to do. What is wrong is read as its type's empty value."""

    def __init__(self, path: Path) -> None:
        self.path, self.problems = path, list[tuple[str, str, str]]()

    def bad(self, where: str, what: str, remedy: str) -> None:
        """Note a problem."""
        self.problems.append((where, what, remedy))

    def told(self, where: str) -> bool:
        """Whether this setting has a problem already: one is enough."""
        return any(problem[0] == where for problem in self.problems)

    def known(self, table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
        """Note every key that is none of these."""
        for key in table:
            if key not in keys:
                near = nearest(key, keys)
                hint = f"是否想写 {near[0]} / did you mean {near[0]}" if near else f"可用 / known: {', '.join(keys)}"
                self.bad(f"{where}{key}", "未知的设置 / unknown setting", hint)

    def get(self, table: Mapping[str, Any], key: str, kind: type, default: Any, where: str = "") -> Any:
        """A value of a type; without a default it must be there."""
        value = table.get(key, default)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if default is None and value in (None, ""):
            what = "是空的 / is empty" if key in table else "缺少此设置 / is missing"
            self.bad(f"{where}{key}", what, f"加上 {key} / add {key}")
            return kind()
        if not isinstance(value, kind) or isinstance(value, bool):
            self.bad(f"{where}{key}", f"类型应为 {kind.__name__} / must be {kind.__name__}", EXAMPLE)
            return kind()
        return value

    def span(self, table: Mapping[str, Any], key: str, default: float, where: str, *, zero: bool = False) -> float:
        """Seconds: a finite number above zero, or zero where that has a meaning."""
        value: float = self.get(table, key, float, default, where)
        if not (math.isfinite(value) and (value > 0 or (zero and value == 0))) and not self.told(f"{where}{key}"):
            what = "不能是负数 / must not be negative" if zero else "应大于 0 秒 / must be more than 0 s"
            self.bad(f"{where}{key}", what, "删去即用默认值 / leave it out for the default")
        return value

    def url(self, table: Mapping[str, Any], key: str, where: str) -> str:
        """The beginning of a URL, without the slash at its end; may be left out."""
        value: str = self.get(table, key, str, "", where)
        try:
            parts = urlsplit(value)
            fit = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        except ValueError:
            fit = False
        if value and not fit:
            what = "应写成 http://地址:端口 / must be written http://host:port"
            self.bad(f"{where}{key}", what, "改写，或删去 / write it so, or leave it out")
        return value.rstrip("/")

    def line(self, value: str, where: str) -> str:
        """A word that goes into a line of AMI or a header: one line, printable, of a length that fits."""
        if len(value.encode("utf-8", "surrogatepass")) > LINE_BYTES_MAX or (value and not value.isprintable()):
            what = f"应为一行可见字符，最多 {LINE_BYTES_MAX} 字节 / must be one printable line of at most {LINE_BYTES_MAX} bytes"
            self.bad(where, what, "换一个 / choose another")
        return value

    def secret(self, table: Mapping[str, Any], key: str, where: str) -> str:
        """A secret, in place or in a file beside ours."""
        if f"{key}_file" in table:
            name: str = self.get(table, f"{key}_file", str, None, where)
            if self.told(f"{where}{key}_file"):
                return ""
            file = self.path.parent / name
            try:
                secret = file.read_text(encoding="utf-8").strip()
                if not secret:  # an empty token would open the API to everyone
                    self.bad(f"{where}{key}_file", f"是空的 / is empty: {file}", "写入密码 / write the secret into it")
                return self.line(secret, f"{where}{key}_file")
            except (OSError, UnicodeDecodeError) as error:
                self.bad(
                    f"{where}{key}_file",
                    f"读不到 / cannot read {file}: {error}",
                    "检查路径和权限 / check path and rights",
                )
                return ""
        return self.line(str(self.get(table, key, str, None, where) or ""), f"{where}{key}")

    def table(self, raw: Mapping[str, Any], key: str) -> dict[str, Any]:
        """A table, empty where it is left out."""
        value = raw.get(key, {})
        if not isinstance(value, dict):
            self.bad(key, f"应写成 [{key}] / must be a table [{key}]", EXAMPLE)
            return {}
        return value

    def port(self, table: Mapping[str, Any], default: int | None, where: str) -> int:
        """A port of TCP."""
        port: int = self.get(table, "port", int, default, where)
        if not 0 < port < 65536 and not self.told(f"{where}port"):
            self.bad(
                f"{where}port",
                f"端口应在 1 到 65535 之间：{port} / a port is 1 to 65535, not {port}",
                "改成端口号 / fix it",
            )
        return port

    def flag(self, table: Mapping[str, Any], key: str, where: str) -> bool:
        """True or false, and false where it is left out."""
        value = table.get(key, False)
        if not isinstance(value, bool):
            what = "应为 true 或 false / must be true or false"
            self.bad(f"{where}{key}", what, "删去即为 false / leave it out for false")
        return value is True

    def tables(self, raw: Mapping[str, Any], key: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each table of ``[[key]]``, with where its settings stand."""
        for number, entry in enumerate(self.get(raw, key, list, []), 1):
            where = f"{key}[{number}]."
            if isinstance(entry, dict):
                yield where, entry
            else:
                self.bad(where, f"应写成 [[{key}]] / must be a table", EXAMPLE)
