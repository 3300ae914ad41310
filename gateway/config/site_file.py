"""The configuration read: a site's TOML file, or the descriptor of a running lab."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.config.seat_patterns import too_wide
from gateway.config.settings import (
    KEEP_DAYS,
    PUBLIC_URL,
    SECRETS_FLOOR,
    SECRETS_MIN,
    Config,
    ConfigError,
    PeerConfig,
    PushTarget,
    SwitchboardConfig,
    site_path,
)
from gateway.config.toml_table import EXAMPLE, TomlReader
from gateway.durable_file import sync_folder
from gateway.guards.door_limits import DOOR_LIMITS, LEAST, SPANS, DoorLimits

_TOP = (
    "name", "run_dir", "rules", "store", "signing_key", "signing_keys_old", "tape", "api", "limits", "privacy", "push", "peers", "retention",
    "wrap_up_s", "switchboards", "groups", "metrics", "work_order", "secrets",
)  # fmt: skip
_API = ("host", "port", "token", "token_file", "public_url", "heartbeat_s", "call_info", "trusted_proxies")
_KEEP_DAYS_MIN = {"audit": 180}
"""The least that a class may be kept, 1 by itself: the audit log is kept for six months whatever a site would like."""
_SPANS = ("transfer_grace_s", "action_s", "ping_s", "pong_s", "record_poll_s")
_COUNTS = {
    "parties_max": 3,  # caller, seat and the one that is called in
    "presses_per_minute_max": 1,
    "callback_ring_s": 5,  # nobody takes up a receiver faster
    "callbacks_per_minute_max": 1,
    "idempotency_keys_max": 1,
    "calls_per_number_max": 1,
}
"""Whole numbers, with the least that each may be."""
_PUSH = ("switchboard", "url", "secret", "secret_file", "full", "format")
_PEER = ("switchboard", "url", "token", "token_file", "secret", "secret_file", "full")
_PUSH_FORMATS = ("json", "eido", "work_order")
_OR_NEVER = ("rules_poll_s", "drift_check_s", "forecast_s", "media_settle_s", "unattended_s")
"""Spans of which 0 means never."""
_LIMITS = (*_SPANS, *_OR_NEVER, *_COUNTS, *SPANS, *LEAST, "callback_numbers")
_BOARD = ("id", "host", "port", "username", "secret", "secret_file", "queues", "folder", "plan_folder", "seats")
_DEFAULTS = Config((), Path(), Path(), Path(), b"")
"""Where the defaults are read from, so that they stand in one place."""


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
    return _Site(path).config(raw)


def from_lab(path: Path) -> Config:
    """The configuration for a running lab, from its ``lab.json``."""
    try:
        lab = json.loads(path.read_text(encoding="utf-8"))
        folder = Path(lab["dir"])
        boards = tuple(
            SwitchboardConfig(
                id_,
                board["ami"]["host"],
                port=board["ami"]["port"],
                username=board["ami"]["user"],
                secret=board["ami"]["secret"],
                queues=(board["queue"],),
                folder=Path(board["dir"]) / "etc",
                plan_folder=Path(board["dir"]) / "etc",
                seats=tuple(seat["number"] for seat in board.get("seats", ())),
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
                file.flush()
                os.fsync(descriptor)
            sync_folder(path.parent)  # what it has signed must not outlive it
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


class _Site(TomlReader):
    """A site's file."""

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
        numbers, secrets_min = self.numbers(limits), self.secrets_min(raw)
        boards = self.boards(raw)
        tape = self.get(raw, "tape", str, "")
        wraps = self.table(raw, "wrap_up_s")
        wrap_up = {queue: self.span(wraps, queue, 0.0, "wrap_up_s.", zero=True) for queue in wraps}
        metrics = self.table(raw, "metrics")
        self.known(metrics, ("by_seat",), "metrics.")
        by_seat = self.flag(metrics, "by_seat", "metrics.")
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
        door = self.door(api, limits)
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
            metrics_by_seat=by_seat,
            name=name,
            api_public_url=public_url,
            call_info=call_info,
            callback_numbers=numbers,
            door=door,
            secrets_min=secrets_min,
            **spans,
            **counts,
        )

    def door(self, api: Mapping[str, Any], limits: Mapping[str, Any]) -> DoorLimits:
        """The bounds at the API's door."""
        given: dict[str, Any] = {key: self.span(limits, key, getattr(DOOR_LIMITS, key), "limits.") for key in SPANS}
        given |= {key: self.count(limits, key, least, DOOR_LIMITS) for key, least in LEAST.items()}
        proxies = self.get(api, "trusted_proxies", list, list(DOOR_LIMITS.trusted_proxies), "api.")
        for proxy in proxies:
            try:
                ipaddress.ip_address(str(proxy))
            except ValueError:
                what = f"不是 IP 地址：{proxy!s:.80} / not an IP address"
                self.bad("api.trusted_proxies", what, "逐个写反向代理的地址 / the address of each reverse proxy")
        return DoorLimits(**given, trusted_proxies=tuple(map(str, proxies)))

    def store(self, raw: Mapping[str, Any], run_dir: Path) -> tuple[Path, str]:
        """A file, or the URL of a Redis server; then the backlog lies in ``run_dir``."""
        where: str = self.get(raw, "store", str, "")
        url = where.startswith(("redis://", "rediss://", "unix://"))
        return (self.path.parent / where if where and not url else run_dir / "onekey.db"), where if url else ""

    def push(self, raw: Mapping[str, Any]) -> tuple[PushTarget, ...]:
        """The platforms that get contexts pushed."""
        targets: list[PushTarget] = []
        for where, entry in self.tables(raw, "push"):
            self.known(entry, _PUSH, where)
            url = self.url(entry, "url", where)
            if not url and not self.told(f"{where}url"):
                self.bad(f"{where}url", "缺少此设置 / is missing", "加上 url / add url")
            full = self.flag(entry, "full", where)
            format_ = self.get(entry, "format", str, "json", where)
            if format_ not in _PUSH_FORMATS and not self.told(f"{where}format"):
                what = f"未知的格式：{format_} / unknown format: {format_}"
                self.bad(f"{where}format", what, f"可用 / known: {', '.join(_PUSH_FORMATS)}")
            board = self.get(entry, "switchboard", str, None, where)
            if board in [target.switchboard for target in targets] and board:
                what = f"{board} 已有一个平台 / {board} has a platform already"
                self.bad(f"{where}switchboard", what, "每个总机一个 [[push]] / one [[push]] for each switchboard")
            targets.append(PushTarget(board, url, self.secret(entry, "secret", where).encode(), full, format_))
        return tuple(targets)

    def peers(self, raw: Mapping[str, Any], boards: Sequence[SwitchboardConfig]) -> tuple[PeerConfig, ...]:
        """The platforms whose records reach us."""
        peers = []
        for where, entry in self.tables(raw, "peers"):
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
            full = self.flag(entry, "full", where)
            peers.append(PeerConfig(id_, url, token, secret.encode(), full))
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

    def secrets_min(self, raw: Mapping[str, Any]) -> dict[str, int]:
        """How long each kind of secret must be, not below its floor."""
        table, found = self.table(raw, "secrets"), dict[str, int]()
        self.known(table, tuple(f"{name}_min" for name in SECRETS_MIN), "secrets.")
        for name, default in SECRETS_MIN.items():
            found[name] = self.get(table, f"{name}_min", int, default, "secrets.")
            if found[name] < SECRETS_FLOOR[name] and not self.told(f"secrets.{name}_min"):
                what = f"至少为 {SECRETS_FLOOR[name]} / must be at least {SECRETS_FLOOR[name]}"
                self.bad(f"secrets.{name}_min", what, "删去即用默认值 / leave it out for the default")
        return found

    def count(self, table: Mapping[str, Any], key: str, least: int, defaults: object = _DEFAULTS) -> int:
        """A whole number of the limits, not below ``least``."""
        where = f"limits.{key}"
        value: int = self.get(table, key, int, getattr(defaults, key), "limits.")
        if value < least and not self.told(where):
            what = f"至少为 {least} / must be at least {least}"
            self.bad(where, what, "删去即用默认值 / leave it out for the default")
        return value

    def seats(self, entry: Mapping[str, Any], where: str) -> tuple[str, ...]:
        """Patterns of the seats of a switchboard; one that takes a caller's number for a seat is none."""
        patterns = tuple(map(str, self.get(entry, "seats", list, [], where)))
        for pattern in patterns:
            if not pattern or too_wide(pattern):
                what = f"会把来电人或中继当作坐席：{pattern} / takes callers or trunks for seats: {pattern}"
                self.bad(f"{where}seats", what, '写得更窄，如 "10[0-4][0-9]" / write it narrower, as "10[0-4][0-9]"')
        return patterns

    def numbers(self, table: Mapping[str, Any]) -> str:
        """The pattern of the numbers that may be called back."""
        pattern: str = self.get(table, "callback_numbers", str, _DEFAULTS.callback_numbers, "limits.")
        try:
            re.compile(pattern)
        except re.error as error:
            what = f"不是有效的正则表达式：{error} / not a regular expression: {error}"
            self.bad("limits.callback_numbers", what, "删去即用默认值 / leave it out for the default")
        return pattern

    def call_info(self, api: Mapping[str, Any], public_url: str) -> bool:
        """Whether ``Call-Info`` is wanted: then others must be told where we are, in characters that a SIP header takes."""
        wanted = self.flag(api, "call_info", "api.")
        if wanted and not re.fullmatch(PUBLIC_URL, public_url):
            what = "Call-Info 需要 public_url（字母、数字和 . - _ ~ : /） / needs public_url, of letters, digits and . - _ ~ : /"
            self.bad("api.call_info", what, "写上对方能访问的地址 / write the address at which others reach the API")
        return wanted

    def boards(self, raw: Mapping[str, Any]) -> tuple[SwitchboardConfig, ...]:
        entries = raw.get("switchboards", [])
        if not isinstance(entries, list) or not entries:
            self.bad("switchboards", "至少写一个 [[switchboards]] / at least one [[switchboards]]", EXAMPLE)
            return ()
        boards = []
        for where, entry in self.tables(raw, "switchboards"):
            self.known(entry, _BOARD, where)
            queues = tuple(str(queue) for queue in self.get(entry, "queues", list, [], where))
            folder = self.get(entry, "folder", str, "", where)
            plan = self.get(entry, "plan_folder", str, "", where)
            boards.append(
                SwitchboardConfig(
                    self.get(entry, "id", str, None, where),
                    self.get(entry, "host", str, None, where),
                    port=self.port(entry, 5038, where),
                    username=self.line(self.get(entry, "username", str, None, where) or "", f"{where}username"),
                    secret=self.secret(entry, "secret", where),
                    queues=queues,
                    folder=self.path.parent / folder if folder else None,
                    plan_folder=self.path.parent / plan if plan else None,
                    seats=self.seats(entry, where),
                )
            )
        ids = [board.id for board in boards if board.id]
        for id_ in sorted({id_ for id_ in ids if ids.count(id_) > 1}):
            self.bad("switchboards", f"编号重复：{id_} / two switchboards have the id {id_}", "改一个 / change one")
        return tuple(boards)
