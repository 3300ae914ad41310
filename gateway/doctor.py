"""``onekey doctor``: finds what is wrong with a configuration before a call does.

Configuration files are read as text, so that everything but the link itself is checked without an Asterisk.
"""

from __future__ import annotations

import asyncio
import glob
import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gateway import rules_file
from gateway.ami import Link, LinkSettings, Refused
from gateway.config import Config, SwitchboardConfig
from gateway.core.events import AnyEvent, Resynced
from gateway.core.rules import Facts, Refusal, RuleSet
from gateway.core.terms import SeatId, SwitchboardId, TargetId
from gateway.rules_file import RulesError
from gateway.store import StoreError
from gateway.store.sqlite import SqliteStore

LINK_S = 8.0
"""How long a switchboard may take to answer the doctor."""
DEPTH_MAX = 8
"""Files that include one another; more is a circle."""
VERSION_ADVISED = (22, 10, 1)
CONTEXTS = {
    "hotline": ("s",),
    "from-pstn": (),
    "from-seat": (),
    "from-trunk": ("onekey-press",),
    "onekey-alone": ("s",),
    "onekey-fence": ("s",),
    "onekey-home-headers": ("s",),
    "onekey-join": ("s",),
    "onekey-leg-gone": ("s",),
    "onekey-nobody": ("s",),
    "onekey-none": (),
    "onekey-press": ("s",),
    "onekey-queue": ("s",),
    "onekey-refer": (),
    "onekey-refer-headers": ("s",),
    "onekey-ring": ("s", "leg", "static"),
    "onekey-seat": ("s",),
    "onekey-seat-gone": ("s",),
    "onekey-watchdog": ("s",),
}
"""Every context that the gateway, an endpoint or the dialplan names, with the extensions that are named."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``level`` is ok, warning or error; the texts are Chinese with English beside it."""

    level: str
    what: str
    where: str
    remedy: str = ""


async def examine(config: Config) -> list[Finding]:
    """All findings, the links of all switchboards tried at once."""
    rules, findings = _rules(config)
    findings += [*_folders(config), *await _store(config), *_api(config)]
    for board in config.switchboards:
        if board.folder is not None:
            findings += files(board, board.folder, rules)
    links = await asyncio.gather(*(_link(config, board) for board in config.switchboards))
    return findings + [finding for found in links for finding in found]


def describe(findings: list[Finding]) -> str:
    """A page for people: what is wrong first."""
    marks = {"error": "✘ 错误 error  ", "warning": "! 注意 warning", "ok": "✔ 正常 ok     "}
    order = {"error": 0, "warning": 1, "ok": 2}
    lines = []
    for finding in sorted(findings, key=lambda f: order[f.level]):
        lines.append(f"{marks[finding.level]} {finding.where}: {finding.what}")
        if finding.remedy:
            lines.append(f"                 → {finding.remedy}")
    errors = sum(finding.level == "error" for finding in findings)
    lines.append(f"\n{errors} 个错误 / errors" if errors else "\n可以投入使用 / ready for calls")
    return "\n".join(lines)


# --- the gateway's own side -----------------------------------------------------------------------------------------------


def _rules(config: Config) -> tuple[RuleSet | None, list[Finding]]:
    try:
        rules = rules_file.load(config.rules)
    except RulesError as error:
        remedy = "改好后运行 onekey rules check / mend it, then run `onekey rules check`"
        return None, [Finding("error", f"规则文件有误 / errors in the rules file:\n{error}", str(config.rules), remedy)]
    return rules, [Finding("ok", f"{len(rules.rules)} 条规则 / rules", str(config.rules))]


def _folders(config: Config) -> list[Finding]:
    folder = config.run_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return [Finding("ok", "运行目录可写 / the run folder is writable", str(config.run_dir))]
    remedy = "改 run_dir 或目录权限 / change run_dir or the folder's rights"
    return [Finding("error", "运行目录不可写 / the run folder is not writable", str(config.run_dir), remedy)]


async def _store(config: Config) -> list[Finding]:
    try:
        store = SqliteStore(config.store)
    except StoreError as error:
        return [Finding("error", error.what, error.where, error.remedy)]
    await store.close()
    return [Finding("ok", "数据库可写 / the database is writable", str(config.store))]


def _api(config: Config) -> list[Finding]:
    where = f"{config.api_host}:{config.api_port}"
    findings = []
    if config.api_host not in ("127.0.0.1", "::1", "localhost") and not config.api_host.startswith("127."):
        remedy = "只监听本机，由反向代理加 TLS / listen on loopback and let a reverse proxy add TLS"
        findings.append(
            Finding("warning", "API 对外开放且没有 TLS / the API is open to others without TLS", where, remedy)
        )
    if config.api_token in ("", "change-me") or len(config.api_token) < 12:
        remedy = "用 12 位以上的随机令牌 / use a random token of 12 or more characters"
        findings.append(Finding("error", "API 令牌太弱 / the API token is weak", where, remedy))
    family = socket.AF_INET6 if ":" in config.api_host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.api_host, config.api_port))
        except OSError as error:
            what = f"API 端口不可用（网关已在运行？）：{error.strerror} / the API's port cannot be had (is the gateway up?)"
            findings.append(
                Finding("warning", what, where, "停掉占用的程序或换端口 / stop that program or change the port")
            )
    return findings or [Finding("ok", "API 端口空闲 / the API's port is free", where)]


# --- the link -------------------------------------------------------------------------------------------------------------


async def _link(config: Config, board: SwitchboardConfig) -> list[Finding]:
    """Log in, take a snapshot, log out: wrong secret, missing rights, version and systemname show here."""
    try:
        settings = LinkSettings(board.host, board.username, board.secret, board.port, action_s=config.action_s)
    except Refused as refused:
        what = f"账号或口令不能发给 Asterisk：{refused.what} / account or secret cannot be sent: {refused.what}"
        remedy = "改 username 或 secret / change username or secret"
        return [Finding("error", what, f"{board.id} {refused.where}", remedy)]
    seen: asyncio.Future[Resynced] = asyncio.get_running_loop().create_future()

    def on_event(event: AnyEvent) -> None:
        if isinstance(event, Resynced) and not seen.done():
            seen.set_result(event)

    link = Link(SwitchboardId(board.id), settings, on_event)
    task = asyncio.create_task(link.run(), name=f"doctor {board.id}")
    where = f"{board.id} {settings.where}"
    try:
        async with asyncio.timeout(LINK_S):
            while not seen.done() and link.problem is None:
                await asyncio.wait([seen], timeout=0.05)
    except TimeoutError:
        return [Finding("error", "没有应答 / no answer", where, "检查 Asterisk 是否在运行 / check that Asterisk runs")]
    finally:
        link.close()
        await asyncio.gather(task, return_exceptions=True)
    if link.problem is not None:
        problem = link.problem
        what, remedy = f"{problem.what_zh} / {problem.what_en}", f"{problem.remedy_zh} / {problem.remedy_en}"
        return [Finding("error", what, where, remedy)]
    return _seen(seen.result(), where)


def _seen(snapshot: Resynced, where: str) -> list[Finding]:
    findings = [Finding("ok", f"已接入 / attached: Asterisk {snapshot.version}", where)]
    version = tuple(int(part) for part in re.findall(r"\d+", snapshot.version)[:3])
    if version < VERSION_ADVISED:
        remedy = "升级到 22.10.1 以上 / upgrade to 22.10.1 or later"
        findings.append(
            Finding("warning", f"版本 {snapshot.version} 有已公布的漏洞 / has known advisories", where, remedy)
        )
    if not snapshot.members:
        remedy = "在 queues.conf 里加 member / add members in queues.conf"
        findings.append(
            Finding("warning", "没有队列成员，看不到坐席 / no queue member, so no seat is seen", where, remedy)
        )
    return findings


# --- configuration files --------------------------------------------------------------------------------------------------


def files(board: SwitchboardConfig, folder: Path, rules: RuleSet | None) -> list[Finding]:
    """What one switchboard's configuration files say. ``folder`` is its etc."""
    found: list[Finding] = []
    texts: dict[str, str] = {}
    for name in ("extensions", "features", "pjsip", "queues", "manager"):
        texts[name] = _read(folder, f"{name}.conf", found)
    found += _dialplan(sections(texts["extensions"]), str(folder / "extensions.conf"))
    found += _keys(board, texts, rules, str(folder / "features.conf"))
    found += _seats(sections(texts["pjsip"]), sections(texts["queues"]), board, str(folder))
    found += _manager(sections(texts["manager"]), str(folder / "manager.conf"))
    return found or [Finding("ok", "配置文件齐全 / the configuration files are complete", str(folder))]


def _read(folder: Path, name: str, found: list[Finding], depth: int = 0) -> str:
    """A file with its ``#include`` lines followed, all from ``folder`` as Asterisk does. What cannot be read is found."""
    path = folder / name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        remedy = "重新渲染配置 / render the files again"
        found.append(Finding("error", f"缺少 {name} / {name} is missing", str(folder), remedy))
        return ""
    except (OSError, UnicodeDecodeError) as error:
        remedy = "检查权限，用 UTF-8 保存 / check its rights, save it as UTF-8"
        found.append(Finding("error", f"读不到：{error} / cannot read: {error}", str(path), remedy))
        return ""

    def include(match: re.Match[str]) -> str:
        names = sorted(glob.glob(match[1].strip(), root_dir=folder)) if depth < DEPTH_MAX else []
        return "\n".join(_read(folder, each, found, depth + 1) for each in names)

    return re.sub(r'^#(?:try)?include\s+[<"]?([^<>";\n]+)[>"]?\s*(?:;.*)?$', include, text, flags=re.M)


def sections(text: str) -> dict[str, list[tuple[str, str]]]:
    """An Asterisk configuration as section -> (name, value) in order; sections of one name are joined."""
    found: dict[str, list[tuple[str, str]]] = {}
    current: list[tuple[str, str]] = []
    for raw in text.splitlines():
        line = re.sub(r"(?<!\\);.*", "", raw).strip()
        if head := re.match(r"\[([^\]]+)\](?:\(([^)]*)\))?", line):
            current = found.setdefault(head[1], [])
            for template in (head[2] or "").split(","):
                current += found.get(template.strip(), [])
        elif pair := re.match(r"([^=]+?)\s*=>?\s*(.*)", line):
            current.append((pair[1], pair[2].strip()))
    return found


def _dialplan(contexts: dict[str, list[tuple[str, str]]], where: str) -> Iterable[Finding]:
    for context, needed in CONTEXTS.items():
        if context not in contexts:
            remedy = f"从 dialplan/ 补回 [{context}] / restore [{context}] from dialplan/"
            yield Finding("error", f"拨号方案缺少 [{context}] / the dialplan has no [{context}]", where, remedy)
            continue
        extensions = {value.split(",")[0] for name, value in contexts[context] if name == "exten"}
        for extension in needed:
            if extension not in extensions:
                what = f"[{context}] 缺少分机 {extension} / has no extension {extension}"
                yield Finding("error", what, where, "从 dialplan/ 补回 / restore it from dialplan/")
        for name, value in contexts[context]:
            if (
                name == "exten"
                and (match := re.match(r"[^,]+,1,Goto\((\w[\w-]*),", value))
                and match[1] not in contexts
            ):
                what = f"[{context}] 跳到不存在的 [{match[1]}] / jumps to [{match[1]}], which is missing"
                yield Finding("error", what, where, f"补上 [{match[1]}] 或改跳转 / add [{match[1]}] or mend the jump")


def _keys(board: SwitchboardConfig, texts: dict[str, str], rules: RuleSet | None, where: str) -> Iterable[Finding]:
    globals_ = dict(sections(texts["extensions"]).get("globals", []))
    keys = [
        (name, value, match)
        for name, value in sections(texts["features"]).get("applicationmap", [])
        if (match := re.search(r"onekey-press,s,1\(([^)]*)\)", value))
    ]
    if not keys:
        remedy = "从 asterisk-conf/both/features.conf 补回 / restore it from asterisk-conf/both/features.conf"
        yield Finding("error", "[applicationmap] 里没有转接按键 / there is no transfer key", where, remedy)
    for name, value, match in keys:
        key, target = value.split(",")[0], match[1]
        if f"ONEKEY_DIAL_{target}" not in globals_:
            what = f"按键 {key}（{name}）的目标 {target} 不存在 / key {key} ({name}): there is no target {target}"
            remedy = f"在 [globals] 加 ONEKEY_DIAL_{target} / add ONEKEY_DIAL_{target} to [globals]"
            yield Finding("error", what, where, remedy)
        elif rules is not None:
            facts = Facts(SwitchboardId(board.id), TargetId(target), SeatId(""), 0.0)
            if isinstance(rules.decide(facts), Refusal):
                what = (
                    f"按键 {key} 的目标 {target} 不在规则文件里 / key {key}: target {target} is not in the rules file"
                )
                yield Finding("error", what, where, f'在 targets 里加 "{target}" / add "{target}" to targets')


def _seats(
    pjsip: dict[str, list[tuple[str, str]]],
    queues: dict[str, list[tuple[str, str]]],
    board: SwitchboardConfig,
    where: str,
) -> Iterable[Finding]:
    for queue in board.queues:
        if queue not in queues:
            remedy = f"在 queues.conf 加 [{queue}] / add [{queue}] to queues.conf"
            yield Finding("error", f"没有队列 {queue} / there is no queue {queue}", where, remedy)
    members = {value.split(",")[0] for section in queues.values() for name, value in section if name == "member"}
    for member in sorted(members):
        seat = member.removeprefix("PJSIP/")
        values = pjsip.get(seat, [])
        if ("type", "endpoint") not in values:
            what = f"队列成员 {member} 没有话机账号 / queue member {member} has no endpoint"
            yield Finding("error", what, where, f"在 pjsip.conf 加 [{seat}] / add [{seat}] to pjsip.conf")
            continue
        variables = [value.split("=")[0] for name, value in values if name == "set_var"]
        if "DYNAMIC_FEATURES" not in variables:
            what = f"坐席 {seat} 没有转接按键 / seat {seat} has no transfer key"
            yield Finding("error", what, where, "加 set_var = DYNAMIC_FEATURES=onekey / add that line to the seat")
        if "TRANSFER_CONTEXT" not in variables:
            what = f"坐席 {seat} 的转接键没有限制范围 / the transfer button of seat {seat} is not jailed"
            yield Finding(
                "error", what, where, "加 set_var = TRANSFER_CONTEXT=onekey-refer / add that line to the seat"
            )


def _manager(manager: dict[str, list[tuple[str, str]]], where: str) -> Iterable[Finding]:
    general = dict(manager.get("general", []))
    if general.get("webenabled", "no").lower() in ("yes", "true", "on", "1"):
        yield Finding("error", "AMI 经 HTTP 开放 / AMI is open over HTTP", where, "webenabled = no")
    if general.get("bindaddr", "0.0.0.0") in ("0.0.0.0", "::"):  # noqa: S104 - looked for, not bound
        remedy = "bindaddr 设为内网或回环地址 / set bindaddr to an inside or loopback address"
        yield Finding("error", "AMI 监听所有地址 / AMI listens on every address", where, remedy)
    for account, values in manager.items():
        rights = set(re.split(r"\s*,\s*", dict(values).get("write", "")))
        for right in sorted(rights & {"system", "command", "config", "all"}):
            what = f"账号 {account} 有危险权限 {right} / account {account} has the dangerous right {right}"
            yield Finding("error", what, where, f"从 write 里删去 {right} / remove {right} from write")
