"""``onekey doctor``: finds what is wrong with a configuration before a call does."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import stat
import tomllib
from pathlib import Path

from gateway.ami.protocol import LinkDown, NoAnswer
from gateway.config.settings import Config, SwitchboardConfig
from gateway.contexts.formats import work_order_form as form
from gateway.core.messages.link_events import Resynced
from gateway.core.rules.rule_set import RuleSet
from gateway.doctor import asterisk_logs, asterisk_media, asterisk_modules, asterisk_safety
from gateway.doctor.asterisk_files import files
from gateway.doctor.attach import attached
from gateway.doctor.findings import Finding
from gateway.rules import file as rules_file
from gateway.rules.file import RulesError
from gateway.security.secret_strength import weaknesses
from gateway.store import StoreError
from gateway.store.redis import store as redis_store
from gateway.store.sqlite.store import SqliteStore

VERSION_ADVISED = (22, 10, 1)


async def examine(config: Config, site: Path | None = None) -> list[Finding]:
    """All findings, the links of all switchboards tried at once. ``site`` is the TOML file that ``config`` was read from."""
    rules, findings = _rules(config)
    findings += [*_form(config), *_folders(config), *_secrets(config, site), *await _store(config), *_api(config)]
    for board in config.switchboards:
        if board.folder is not None:
            findings += [*files(board, board.folder, rules), *asterisk_safety.unsafe(board.folder)]
            if site is not None:  # a lab's logs end with it
                findings += asterisk_logs.kept(board.folder, config.keep_days["asterisk"])
            ours = [config.api_public_url] if config.call_info else []
            findings += asterisk_safety.records(board.folder, [*ours, *(peer.url for peer in config.peers)])
    links = await asyncio.gather(*(_link(config, board) for board in config.switchboards))
    return findings + [finding for found in links for finding in found]


# --- the gateway's own side -----------------------------------------------------------------------------------------------


def _rules(config: Config) -> tuple[RuleSet | None, list[Finding]]:
    try:
        rules = rules_file.load(config.rules)
    except RulesError as error:
        remedy = "改好后运行 onekey rules check / mend it, then run `onekey rules check`"
        return None, [Finding("error", f"规则文件有误 / errors in the rules file:\n{error}", str(config.rules), remedy)]
    return rules, [Finding("ok", f"{len(rules.rules)} 条规则 / rules", str(config.rules))]


def _form(config: Config) -> list[Finding]:
    try:
        fields = len(form.load(config.work_order).fields)
    except RulesError as error:
        remedy = "改好后运行 onekey work-order check / mend it, then run `onekey work-order check`"
        what = f"工单表单有误 / errors in the work-order form:\n{error}"
        return [Finding("error", what, str(config.work_order), remedy)]
    return [Finding("ok", f"工单表单 {fields} 个字段 / fields of the work-order form", str(config.work_order))]


def _folders(config: Config) -> list[Finding]:
    folder = config.run_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return [Finding("ok", "运行目录可写 / the run folder is writable", str(config.run_dir))]
    remedy = "改 run_dir 或目录权限 / change run_dir or the folder's rights"
    return [Finding("error", "运行目录不可写 / the run folder is not writable", str(config.run_dir), remedy)]


def _secrets(config: Config, site: Path | None) -> list[Finding]:
    """Secrets with which a gateway does not start; files with a password, a token or the signing key that others may read."""
    findings = [Finding.of(weak) for weak in weaknesses(config)]
    for path in _secret_files(config, site):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue  # the configuration that names it says so itself
        if mode & (stat.S_IRGRP | stat.S_IROTH):
            what = f"密钥文件可被他人读取（{mode:04o}） / others may read this file of secrets ({mode:04o})"
            findings.append(Finding("warning", what, str(path), f"chmod 600 {path}"))
    return findings


def _secret_files(config: Config, site: Path | None) -> list[Path]:
    """Where the secrets of a site stand. A lab's files are rendered with mode 0600 by the lab itself."""
    key = config.run_dir / "signing.key"
    if site is None:
        return [key]
    try:
        raw = tomllib.loads(site.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [key]  # it was read a moment ago
    tables = [raw.get("api", {}), *(table for name in ("switchboards", "push", "peers") for table in raw.get(name, []))]
    names = [table[word] for table in tables for word in ("token_file", "secret_file") if word in table]
    names += raw.get("signing_keys_old", [])
    written = any(word in table for table in tables for word in ("token", "secret")) or _password(raw.get("store", ""))
    inline = [site] if written else []
    key = site.parent / raw["signing_key"] if "signing_key" in raw else key
    return list(dict.fromkeys([*inline, *(site.parent / name for name in names), key]))


def _password(store: str) -> bool:
    """Whether the address of a Redis server has one in it, as ``redis://:word@host`` or ``?password=word``."""
    scheme, _, rest = store.partition("://")
    return bool(rest) and scheme in ("redis", "rediss", "unix") and ("@" in rest or "password=" in rest)


async def _store(config: Config) -> list[Finding]:
    """Nothing is made: a database on the mount point of a disk that is away would hide behind it when it is back."""
    path = config.store
    try:
        if config.store_url:
            await asyncio.to_thread(redis_store.examine, config.store_url)
            return [
                Finding(
                    "ok", "Redis 可用 / Redis answers, and keeps what it takes", redis_store.shown(config.store_url)
                )
            ]
        if path.exists():
            await SqliteStore(path).close()
            return [Finding("ok", "数据库可写 / the database is writable", str(path))]
        place = next(folder for folder in path.absolute().parents if folder.exists())
        fit = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    except StoreError as error:
        return [Finding.of(error)]
    except OSError as error:
        what = f"看不到数据库所在目录：{error} / cannot look into the database's folder: {error}"
        return [Finding("error", what, str(path), "检查权限 / check its rights")]
    if not fit:
        what = "数据库无法新建 / the database cannot be made"
        return [Finding("error", what, str(path), f"检查权限 / check the rights of {place}")]
    what = "还没有数据库，网关启动时新建；若本来有，先挂上它的磁盘 / no database yet, the gateway makes one when it starts; if there was one, mount its disk first"
    return [Finding("ok", what, str(path))]


def _api(config: Config) -> list[Finding]:
    where = f"{config.api_host}:{config.api_port}"
    findings = []
    if config.api_host not in ("127.0.0.1", "::1", "localhost") and not config.api_host.startswith("127."):
        remedy = "只监听本机，由反向代理加 TLS / listen on loopback and let a reverse proxy add TLS"
        findings.append(
            Finding("warning", "API 对外开放且没有 TLS / the API is open to others without TLS", where, remedy)
        )
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
    """Log in, take a snapshot, log out: wrong secret, missing rights, version and systemname show here, and what its sound is worth."""
    async with attached(config, board) as found:
        version = "" if isinstance(found, Finding) else found[1].version
        media = asterisk_media.written(board.folder, version) if board.folder is not None else []
        media += asterisk_modules.written(board.folder) if board.folder is not None else []
        if isinstance(found, Finding):
            return [found, *media]
        link, snapshot = found
        where = f"{board.id} {link.settings.where}"
        seats = dict.fromkeys(str(member.seat) for member in snapshot.members)
        try:
            media += await asterisk_media.running(link, version, board.folder, where)
            media += await asterisk_safety.running(link, seats, where)
        except (LinkDown, NoAnswer) as error:
            media.append(
                Finding("warning", f"连接中断 / the link was lost: {error}", where, "再运行一次 / run it again")
            )
        return [*_seen(snapshot, where), *media]


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
