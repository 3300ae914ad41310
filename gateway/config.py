"""The gateway's configuration: a TOML file for a site, or the descriptor of a running lab. Every error in one run."""

from __future__ import annotations

import difflib
import json
import math
import os
import re
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.core.world import Settings

SITE = Path(__file__).resolve().parent.parent
PACKAGED = Path(__file__).resolve().parent / "_site"
_CORE = Settings(b"")
"""Where the core's defaults are read from."""
PUBLIC_URL = r"https?://[0-9A-Za-z._~:/-]{1,150}"
"""An address that goes into ``Call-Info``, through the dialplan."""
LINE_BYTES_MAX = 200
"""Of a secret or an account's name: well within a line of AMI (1,022 bytes) and of an HTTP header."""


def site_path(name: str) -> Path:
    """A file that ships with onekey (``dialplan``, ``transfer_rules.yaml``): in a checkout, or inside the wheel."""
    here = SITE / name
    return here if here.exists() else PACKAGED / name


class ConfigError(Exception):
    """A configuration that cannot be used. ``problems`` are (where, what, remedy), every one of the file."""

    def __init__(self, path: str, problems: list[tuple[str, str, str]]) -> None:
        self.path, self.problems = path, problems
        super().__init__("\n".join(f"{path}: {where}: {what}\n    → {remedy}" for where, what, remedy in problems))


@dataclass(frozen=True, slots=True)
class SwitchboardConfig:
    """An Asterisk to attach to. ``folder`` holds its configuration files where they can be read (for ``doctor``);
    ``plan_folder`` is where the gateway writes ``onekey-plan.conf``, if it may."""

    id: str
    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    queues: tuple[str, ...] = ()
    folder: Path | None = None
    plan_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class PushTarget:
    """The platform of a switchboard. ``full``: it gets numbers and places, the confidential apart. ``format``: how they are written."""

    switchboard: str
    url: str
    secret: bytes = field(repr=False)
    full: bool = False
    format: str = "json"


KEEP_DAYS = {
    "contexts": 1095,  # three years, as for processing records: PIPL, article 56
    "orders": 1825,  # contexts with a case number: the record of an order outlives its closing and a complaint about it
    "transfers": 1095,  # reasons and counts of transfers are evidence, as long as the contexts that they belong to
    "callbacks": 180,  # a closed task is a number that nobody needs any more, beyond the time of the logs
    "seats": 1095,  # seat changes, waits and gaps: reports compare a month with that of the years before
    "deliveries": 30,  # dead letters hold a whole record for another platform; who has not asked again in a month will not
    "tape": 180,  # explains decisions, as logs do: Cybersecurity Law, article 21
    "audit": 180,  # the law's six months are the least
}
"""Days for each class of records, and why."""


@dataclass(frozen=True, slots=True)
class PeerConfig:
    """The platform of another home, whose callers are put through to us. ``url`` and ``token``: where its records are fetched and
    edited (empty: not at all); ``secret`` signs what it pushes to us (empty: it pushes nothing); ``full``: fetched unmasked."""

    switchboard: str
    url: str = ""
    token: str = field(default="", repr=False)
    secret: bytes = field(default=b"", repr=False)
    full: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the gateway needs to know. Spans in seconds."""

    switchboards: tuple[SwitchboardConfig, ...]
    run_dir: Path
    rules: Path
    store: Path
    signing_key: bytes = field(repr=False)
    api_host: str = "127.0.0.1"
    api_port: int = 8012
    api_token: str = field(default="", repr=False)
    tape: Path | None = None
    transfer_grace_s: float = 10.0
    action_s: float = 2.0
    """An AMI action that is not answered by then has failed. Asterisk answers within a millisecond; a slow disk of the
    other side may take a second."""
    ping_s: float = 10.0
    pong_s: float = 3.0
    wrap_up_s: Mapping[str, float] = field(default_factory=dict)
    name: str = "onekey"
    api_public_url: str = ""
    """Where phones reach the API, for the URLs that are made for them; empty: at ``api_host`` and ``api_port``."""
    parties_max: int = _CORE.parties_max
    presses_per_minute_max: int = _CORE.presses_per_minute_max
    callback_ring_s: int = _CORE.callback_ring_s
    callbacks_per_minute_max: int = 10
    """Of the whole gateway: a few people call back, one at a time. A program gone wild must not ring citizens for ever."""
    idempotency_keys_max: int = 20_000
    """Keys that are remembered, for 24 h: a day of a large site's transfers, 20 MB. The oldest goes for one too many."""
    rules_poll_s: float = 1.0
    """How often the rules file is looked at; what has changed and then rested for one look is loaded. 0: never by itself."""
    drift_check_s: float = 300.0
    """How often the seats are compared with an attached switchboard; 0: never."""
    forecast_s: float = 300.0
    """How often earlier weeks are asked for the next hour, by a process of its own; 0: never."""
    metrics_by_seat: bool = False
    """Whether ``/metrics`` has a series for each seat: many, and about a person."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Seats (``12345/1001``) by the name of their group, for reports."""
    store_url: str = field(default="", repr=False)
    """``redis://…`` where records are kept on a Redis server; empty: in the file ``store``."""
    signing_keys_old: tuple[bytes, ...] = field(default=(), repr=False)
    """Keys that signed before: what they signed is still accepted."""
    heartbeat_s: float = 15.0
    """How long the live feed may be silent: proxies cut a connection that is."""
    push: tuple[PushTarget, ...] = ()
    """Platforms that get contexts pushed."""
    keep_days: Mapping[str, int] = field(default_factory=lambda: dict(KEEP_DAYS))
    """How long records of each class are kept."""
    tape_daily: bool = True
    """Whether the tape of a day that is over gets its date into its name. A lab's is one file: its stories replay it whole."""
    call_info: bool = False
    """Whether an INVITE carries ``Call-Info`` with the address of the context as an EIDO, below ``api_public_url``."""
    peers: tuple[PeerConfig, ...] = ()
    """Platforms that give us the records of their callers."""
    record_poll_s: float = 5.0
    """How often such a record is asked for again while its call lasts; a push is faster."""
    work_order: Path = field(default_factory=lambda: site_path("work_order.yaml"))
    """The file of the work-order form; the one that ships where the site has none."""

    @property
    def audit(self) -> Path:
        """The folder of the audit log."""
        return self.run_dir / "audit"

    @property
    def signing_keys(self) -> tuple[bytes, ...]:
        """The key that signs, then those that signed before."""
        return (self.signing_key, *self.signing_keys_old)

    def core(self) -> Settings:
        """What of it is the core's."""
        return Settings(
            self.signing_key,
            self.transfer_grace_s,
            dict(self.wrap_up_s),
            self.parties_max,
            self.presses_per_minute_max,
            self.callback_ring_s,
            signing_keys_old=self.signing_keys_old,
            records_come=bool(self.peers),
            records_url=f"{self.api_public_url}/v1/contexts" if self.call_info else "",
        )


def load(path: Path) -> Config:
    """Read a site's TOML file. Raises ConfigError with every error in it."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        remedy = "从 onekey.example.toml 复制一份 / copy onekey.example.toml"
        raise ConfigError(str(path), [("file", "找不到配置文件 / no such file", remedy)]) from None
    except (OSError, UnicodeDecodeError) as error:
        what = f"读不到：{error} / cannot read: {error}"
        raise ConfigError(str(path), [("file", what, "检查权限和编码 / check rights and encoding")]) from None
    except tomllib.TOMLDecodeError as error:
        what = f"不是有效的 TOML：{error} / not valid TOML: {error}"
        raise ConfigError(str(path), [("file", what, "参照 onekey.example.toml / see onekey.example.toml")]) from None
    return _Reader(path).config(raw)


def from_lab(path: Path) -> Config:
    """The configuration for a running lab, from its ``lab.json``."""
    try:
        lab = json.loads(path.read_text(encoding="utf-8"))
        folder = Path(lab["dir"])
        boards = tuple(
            SwitchboardConfig(
                id_,
                board["ami"]["host"],
                board["ami"]["port"],
                board["ami"]["user"],
                board["ami"]["secret"],
                (board["queue"],),
                Path(board["dir"]) / "etc",
                Path(board["dir"]) / "etc",
            )
            for id_, board in lab["switchboards"].items()
        )
        return Config(
            switchboards=boards,
            run_dir=folder,
            rules=Path(lab.get("rules") or site_path("transfer_rules.yaml")),
            store=folder / "onekey.db",
            signing_key=signing_key(folder / "signing.key"),
            api_host=lab["api"]["host"],
            api_port=lab["api"]["port"],
            api_token=lab["api"]["token"],
            api_public_url=f"http://{lab['api']['host']}:{lab['api']['port']}",
            call_info=True,
            tape=folder / "tape.jsonl",
            tape_daily=False,
            name=f"lab {lab['name']}",
        )
    except FileNotFoundError:
        remedy = "先运行 onekey lab up / run `onekey lab up` first"
        raise ConfigError(str(path), [("lab", "没有运行中的实验环境 / no lab is up", remedy)]) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        remedy = "onekey lab down，再 onekey lab up / run `onekey lab down`, then `onekey lab up`"
        raise ConfigError(str(path), [("lab", f"描述文件损坏 / damaged: {error!r}", remedy)]) from None


def signing_key(path: Path) -> bytes:
    """The site's signing key, 32 random bytes made with mode 0600 on first use. Raises ConfigError if it cannot be had."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
        key = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        what = f"签名密钥不可用：{error} / the signing key cannot be used: {error}"
        raise ConfigError(
            str(path), [("signing_key", what, "检查权限，或删除后重建 / check rights, or delete it")]
        ) from None
    if len(key) < 16:
        what = "签名密钥太短 / the signing key is too short"
        raise ConfigError(
            str(path), [("signing_key", what, "至少 16 字节，删除后会重建 / delete it, a new one is made")]
        )
    return key


def old_key(path: Path) -> bytes:
    """A signing key that signed before; it must be there."""
    if not path.exists():
        what = "找不到旧签名密钥 / no such old signing key"
        raise ConfigError(str(path), [("signing_keys_old", what, "检查路径，或删去 / check the path, or leave it out")])
    return signing_key(path)


_TOP = (
    "name", "run_dir", "rules", "store", "signing_key", "signing_keys_old", "tape", "api", "limits", "privacy", "push", "peers", "retention",
    "wrap_up_s", "switchboards", "groups", "metrics", "work_order",
)  # fmt: skip
_API = ("host", "port", "token", "token_file", "public_url", "heartbeat_s", "call_info")
_KEEP_DAYS_MIN = {"audit": 180}
"""The least that a class may be kept, 1 by itself: the audit log is kept for six months whatever a site would like."""
_SPANS = ("transfer_grace_s", "action_s", "ping_s", "pong_s", "record_poll_s")
_COUNTS = {
    "parties_max": 3,  # caller, seat and the one that is called in
    "presses_per_minute_max": 1,
    "callback_ring_s": 5,  # nobody takes up a receiver faster
    "callbacks_per_minute_max": 1,
    "idempotency_keys_max": 1,
}
"""Whole numbers, with the least that each may be."""
_PUSH = ("switchboard", "url", "secret", "secret_file", "full", "format")
_PEER = ("switchboard", "url", "token", "token_file", "secret", "secret_file", "full")
PUSH_FORMATS = ("json", "eido", "work_order")
_OR_NEVER = ("rules_poll_s", "drift_check_s", "forecast_s")
"""Spans of which 0 means never."""
_LIMITS = (*_SPANS, *_OR_NEVER, *_COUNTS)
_BOARD = ("id", "host", "port", "username", "secret", "secret_file", "queues", "folder", "plan_folder")


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path, self.problems = path, list[tuple[str, str, str]]()

    def bad(self, where: str, what: str, remedy: str) -> None:
        self.problems.append((where, what, remedy))

    def known(self, table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
        for key in table:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                hint = f"是否想写 {near[0]} / did you mean {near[0]}" if near else f"可用 / known: {', '.join(keys)}"
                self.bad(f"{where}{key}", "未知的设置 / unknown setting", hint)

    def get(self, table: Mapping[str, Any], key: str, kind: type, default: Any, where: str = "") -> Any:
        value = table.get(key, default)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if default is None and value in (None, ""):
            what = "是空的 / is empty" if key in table else "缺少此设置 / is missing"
            self.bad(f"{where}{key}", what, f"加上 {key} / add {key}")
            return kind()
        if not isinstance(value, kind) or isinstance(value, bool):
            self.bad(f"{where}{key}", f"类型应为 {kind.__name__} / must be {kind.__name__}", "见 onekey.example.toml")
            return kind()
        return value

    def span(self, table: Mapping[str, Any], key: str, default: float, where: str, *, zero: bool = False) -> float:
        """Seconds: a finite number above zero, or zero where that has a meaning."""
        value: float = self.get(table, key, float, default, where)
        if not (math.isfinite(value) and (value > 0 or (zero and value == 0))) and not self.told(f"{where}{key}"):
            what = "不能是负数 / must not be negative" if zero else "应大于 0 秒 / must be more than 0 s"
            self.bad(f"{where}{key}", what, "删去即用默认值 / leave it out for the default")
        return value

    def count(self, table: Mapping[str, Any], key: str, least: int) -> int:
        """A whole number of the limits, not below ``least``."""
        where = f"limits.{key}"
        value: int = self.get(table, key, int, getattr(_DEFAULTS, key), "limits.")
        if value < least and not self.told(where):
            what = f"至少为 {least} / must be at least {least}"
            self.bad(where, what, "删去即用默认值 / leave it out for the default")
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

    def call_info(self, api: Mapping[str, Any], public_url: str) -> bool:
        """Whether ``Call-Info`` is wanted: then others must be told where we are, in characters that a SIP header takes."""
        wanted = api.get("call_info", False)
        if not isinstance(wanted, bool):
            self.bad(
                "api.call_info", "应为 true 或 false / must be true or false", "删去即为 false / leave it out for false"
            )
        elif wanted and not re.fullmatch(PUBLIC_URL, public_url):
            what = "Call-Info 需要 public_url（字母、数字和 . - _ ~ : /） / needs public_url, of letters, digits and . - _ ~ : /"
            self.bad("api.call_info", what, "写上对方能访问的地址 / write the address at which others reach the API")
        return wanted is True

    def told(self, where: str) -> bool:
        """Whether this setting has a problem already: one is enough."""
        return any(problem[0] == where for problem in self.problems)

    def line(self, value: str, where: str) -> str:
        """A word that goes into a line of AMI or a header: one line, printable, of a length that fits."""
        if len(value.encode("utf-8", "surrogatepass")) > LINE_BYTES_MAX or (value and not value.isprintable()):
            what = f"应为一行可见字符，最多 {LINE_BYTES_MAX} 字节 / must be one printable line of at most {LINE_BYTES_MAX} bytes"
            self.bad(where, what, "换一个 / choose another")
        return value

    def secret(self, table: Mapping[str, Any], key: str, where: str) -> str:
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
        value = raw.get(key, {})
        if not isinstance(value, dict):
            self.bad(key, f"应写成 [{key}] / must be a table [{key}]", "见 onekey.example.toml")
            return {}
        return value

    def config(self, raw: Mapping[str, Any]) -> Config:
        self.known(raw, _TOP, "")
        here = self.path.parent
        api, limits = self.table(raw, "api"), self.table(raw, "limits")
        self.known(api, _API, "api.")
        self.known(limits, _LIMITS, "limits.")
        run_dir = here / self.get(raw, "run_dir", str, "run")
        spans: dict[str, Any] = {key: self.span(limits, key, getattr(_DEFAULTS, key), "limits.") for key in _SPANS}
        for key in _OR_NEVER:
            spans[key] = self.span(limits, key, getattr(_DEFAULTS, key), "limits.", zero=True)
        counts: dict[str, Any] = {key: self.count(limits, key, least) for key, least in _COUNTS.items()}
        boards = self.boards(raw)
        tape = self.get(raw, "tape", str, "")
        wraps = self.table(raw, "wrap_up_s")
        wrap_up = {queue: self.span(wraps, queue, 0.0, "wrap_up_s.", zero=True) for queue in wraps}
        metrics = self.table(raw, "metrics")
        self.known(metrics, ("by_seat",), "metrics.")
        by_seat = metrics.get("by_seat", False)
        if not isinstance(by_seat, bool):
            self.bad(
                "metrics.by_seat",
                "应为 true 或 false / must be true or false",
                "删去即为 false / leave it out for false",
            )
        named = self.table(raw, "groups")
        groups = {name: tuple(map(str, self.get(named, name, list, [], "groups."))) for name in named}
        token = self.secret(api, "token", "api.")
        host, port = self.get(api, "host", str, "127.0.0.1", "api."), self.port(api, 8012, "api.")
        public_url = self.url(api, "public_url", "api.")
        call_info = self.call_info(api, public_url)
        rules = here / self.get(raw, "rules", str, "transfer_rules.yaml")
        name = self.get(raw, "name", str, "onekey")
        key_file = here / self.get(raw, "signing_key", str, str(run_dir / "signing.key"))
        store, store_url = self.store(raw, run_dir)
        keep = self.table(raw, "retention")
        self.known(keep, tuple(f"{name}_days" for name in KEEP_DAYS), "retention.")
        days = {name: self.days(keep, name) for name in KEEP_DAYS}
        if "privacy" in raw:
            what = "已移到规则文件 / has moved to the rules file"
            self.bad(
                "privacy.confidential_open_to", what, "在目标下写 sees_confidential: yes / write it under the target"
            )
        old_keys = [here / str(name) for name in self.get(raw, "signing_keys_old", list, [])]
        push, peers, form = self.push(raw), self.peers(raw, boards), self.form(raw)
        heartbeat_s = self.span(api, "heartbeat_s", _DEFAULTS.heartbeat_s, "api.")
        if self.problems:
            raise ConfigError(str(self.path), self.problems)
        return Config(
            switchboards=boards,
            run_dir=run_dir,
            rules=rules,
            store=store,
            store_url=store_url,
            signing_key=signing_key(key_file),
            signing_keys_old=tuple(map(old_key, old_keys)),
            heartbeat_s=heartbeat_s,
            push=push,
            peers=peers,
            work_order=form,
            keep_days=days,
            api_host=host,
            api_port=port,
            api_token=token,
            tape=here / tape if tape else None,
            wrap_up_s=wrap_up,
            groups=groups,
            metrics_by_seat=bool(by_seat),
            name=name,
            api_public_url=public_url,
            call_info=call_info,
            **spans,
            **counts,
        )

    def store(self, raw: Mapping[str, Any], run_dir: Path) -> tuple[Path, str]:
        """A file, or the URL of a Redis server; then the backlog lies in ``run_dir``."""
        where: str = self.get(raw, "store", str, "")
        url = where.startswith(("redis://", "rediss://", "unix://"))
        return (self.path.parent / where if where and not url else run_dir / "onekey.db"), where if url else ""

    def push(self, raw: Mapping[str, Any]) -> tuple[PushTarget, ...]:
        """The platforms that get contexts pushed."""
        targets: list[PushTarget] = []
        for number, entry in enumerate(self.get(raw, "push", list, []), 1):
            where = f"push[{number}]."
            if not isinstance(entry, dict):
                self.bad(where, "应写成 [[push]] / must be a table", "见 onekey.example.toml")
                continue
            self.known(entry, _PUSH, where)
            url = self.url(entry, "url", where)
            if not url and not self.told(f"{where}url"):
                self.bad(f"{where}url", "缺少此设置 / is missing", "加上 url / add url")
            full = entry.get("full", False)
            if not isinstance(full, bool):
                self.bad(f"{where}full", "应为 true 或 false / must be true or false", "见 onekey.example.toml")
            format_ = self.get(entry, "format", str, "json", where)
            if format_ not in PUSH_FORMATS and not self.told(f"{where}format"):
                what = f"未知的格式：{format_} / unknown format: {format_}"
                self.bad(f"{where}format", what, f"可用 / known: {', '.join(PUSH_FORMATS)}")
            board = self.get(entry, "switchboard", str, None, where)
            if board in [target.switchboard for target in targets] and board:
                what = f"{board} 已有一个平台 / {board} has a platform already"
                self.bad(f"{where}switchboard", what, "每个总机一个 [[push]] / one [[push]] for each switchboard")
            targets.append(PushTarget(board, url, self.secret(entry, "secret", where).encode(), full is True, format_))
        return tuple(targets)

    def peers(self, raw: Mapping[str, Any], boards: Sequence[SwitchboardConfig]) -> tuple[PeerConfig, ...]:
        """The platforms whose records reach us."""
        peers = []
        for number, entry in enumerate(self.get(raw, "peers", list, []), 1):
            where = f"peers[{number}]."
            if not isinstance(entry, dict):
                self.bad(where, "应写成 [[peers]] / must be a table", "见 onekey.example.toml")
                continue
            self.known(entry, _PEER, where)
            id_ = self.get(entry, "switchboard", str, None, where)
            if any(board.id == id_ for board in boards):
                what = f"{id_} 已接入本网关 / {id_} is attached to this gateway"
                self.bad(f"{where}switchboard", what, "删去这一段 / leave this table out")
            url = self.url(entry, "url", where)
            given = {key: any(name in entry for name in (key, f"{key}_file")) for key in ("token", "secret")}
            token = self.secret(entry, "token", where) if url or given["token"] else ""
            secret = self.secret(entry, "secret", where) if given["secret"] else ""
            if not url and not secret and not self.told(f"{where}secret"):
                what = "既没有 url 也没有 secret / has neither url nor secret"
                self.bad(
                    f"{where}url",
                    what,
                    "写 url（获取）或 secret（接收推送） / url to fetch, or secret for what it pushes",
                )
            full = entry.get("full", False)
            if not isinstance(full, bool):
                self.bad(f"{where}full", "应为 true 或 false / must be true or false", "见 onekey.example.toml")
            peers.append(PeerConfig(id_, url, token, secret.encode(), full is True))
        return tuple(peers)

    def form(self, raw: Mapping[str, Any]) -> Path:
        """The file of the work-order form. It was a table of this file once: whoever still has that is told where it went."""
        if isinstance(raw.get("work_order"), dict):
            what = "表单已移到自己的 YAML 文件 / the form has moved to a YAML file of its own"
            remedy = 'work_order = "work_order.yaml"（放在各表之前 / above the tables），onekey work-order check'
            self.bad("work_order", what, remedy)
            return _DEFAULTS.work_order
        name: str = self.get(raw, "work_order", str, "")
        return self.path.parent / name if name else _DEFAULTS.work_order

    def days(self, table: Mapping[str, Any], name: str) -> int:
        """Days for which a class is kept, not below its least."""
        key, least = f"{name}_days", _KEEP_DAYS_MIN.get(name, 1)
        value: int = self.get(table, key, int, KEEP_DAYS[name], "retention.")
        if value < least and not self.told(f"retention.{key}"):
            what = f"至少为 {least} 天 / must be at least {least} days"
            self.bad(f"retention.{key}", what, "删去即用默认值 / leave it out for the default")
        return value

    def port(self, table: Mapping[str, Any], default: int | None, where: str) -> int:
        port: int = self.get(table, "port", int, default, where)
        if not 0 < port < 65536 and not self.told(f"{where}port"):
            self.bad(
                f"{where}port",
                f"端口应在 1 到 65535 之间：{port} / a port is 1 to 65535, not {port}",
                "改成端口号 / fix it",
            )
        return port

    def boards(self, raw: Mapping[str, Any]) -> tuple[SwitchboardConfig, ...]:
        entries = raw.get("switchboards", [])
        if not isinstance(entries, list) or not entries:
            self.bad(
                "switchboards", "至少写一个 [[switchboards]] / at least one [[switchboards]]", "见 onekey.example.toml"
            )
            return ()
        boards = []
        for number, entry in enumerate(entries, 1):
            where = f"switchboards[{number}]."
            if not isinstance(entry, dict):
                self.bad(where, "应写成 [[switchboards]] / must be a table", "见 onekey.example.toml")
                continue
            self.known(entry, _BOARD, where)
            queues = tuple(str(queue) for queue in self.get(entry, "queues", list, [], where))
            folder = self.get(entry, "folder", str, "", where)
            plan = self.get(entry, "plan_folder", str, "", where)
            boards.append(
                SwitchboardConfig(
                    self.get(entry, "id", str, None, where),
                    self.get(entry, "host", str, None, where),
                    self.port(entry, 5038, where),
                    self.line(self.get(entry, "username", str, None, where) or "", f"{where}username"),
                    self.secret(entry, "secret", where),
                    queues,
                    self.path.parent / folder if folder else None,
                    self.path.parent / plan if plan else None,
                )
            )
        ids = [board.id for board in boards if board.id]
        for id_ in sorted({id_ for id_ in ids if ids.count(id_) > 1}):
            self.bad("switchboards", f"编号重复：{id_} / two switchboards have the id {id_}", "改一个 / change one")
        return tuple(boards)


_DEFAULTS = Config((), Path(), Path(), Path(), b"")
"""Where the defaults are read from, so that they stand in one place."""
