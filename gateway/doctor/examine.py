"""``onekey doctor``: finds what is wrong with a configuration before a call does."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import tomllib
from pathlib import Path

from gateway.ami.protocol import LinkDown, NoAnswer
from gateway.config.settings import Config, SwitchboardConfig
from gateway.contexts.formats import work_order_form as form
from gateway.core.messages.link_events import Resynced
from gateway.core.rules.rule_set import RuleSet
from gateway.doctor import (
    asterisk_logs,
    asterisk_media,
    asterisk_modules,
    asterisk_safety,
    dialplan,
    gateway_running,
    own_files,
    platforms,
    tenant,
    texts,
)
from gateway.doctor.attach import attached
from gateway.doctor.causes import by_cause
from gateway.doctor.findings import Finding
from gateway.doctor.groups import groups
from gateway.doctor.records_ahead import records_ahead
from gateway.doctor.working.picture import picture
from gateway.doctor.working.running import running
from gateway.doctor.working.written import written
from gateway.rules import file as rules_file
from gateway.rules.file import RulesError
from gateway.security.secret_strength import weaknesses
from gateway.store import StoreError
from gateway.store.redis import store as redis_store
from gateway.store.sqlite.store import SqliteStore

VERSION_ADVISED = (22, 10, 1)


async def examine(config: Config, site: Path | None = None) -> list[Finding]:
    """All findings, one for each cause; the links of all switchboards are tried at once. ``site`` is the TOML file that ``config`` was read
    from; a lab has none."""
    rules, findings = _rules(config)
    findings += [*groups(config), *records_ahead(config)]
    findings += [*_form(config), *_folders(config), *own_files.findings(config), *_secrets(config, site)]
    findings += [*await _store(config), *_api(config)]
    told = await gateway_running.findings(config)
    names: set[str] = set()
    for board in config.switchboards:
        findings += written_of(config, board, rules, site)
        if board.folder is not None:
            names |= picture(board, board.folder).phones.keys()
    asked, *links = await asyncio.gather(
        platforms.findings(config, site), *(_link(config, board, rules) for board in config.switchboards)
    )
    findings += [*platforms.but_for(told, asked), *asked]
    return by_cause(findings + [finding for found in links for finding in found], names)


def written_of(config: Config, board: SwitchboardConfig, rules: RuleSet | None, site: Path | None) -> list[Finding]:
    """Findings of one switchboard's files; where they are not here it is said what was not seen."""
    ids = [one.id for one in config.switchboards]
    folder = board.folder
    if folder is None:
        remedy = texts.COPY_ITS_FILES(host=board.host, board=board.id)
        return [Finding("unknown", texts.NOT_SEEN_WITHOUT_A_FOLDER, board.id, remedy)] if board.port else []
    found = [one for one in dialplan.folder_of(board, folder, rules, ids) if one.level != "ok"]
    found += [
        *written(board, folder, rules, ids, str(site or "lab.json"), _far(config, board)),
        *asterisk_safety.unsafe(folder),
    ]
    if site is not None:  # a lab's logs end with it
        found += asterisk_logs.kept(folder, config.keep_days["asterisk"])
    ours = [config.api_public_url] if config.call_info else []
    found += asterisk_safety.records(folder, [*ours, *(peer.url for peer in config.peers)])
    wrong = any(one.level in ("error", "warning") for one in found)
    return found if wrong else [*found, Finding("ok", texts.CONFIGURATION_FILES_ARE_COMPLETE, str(folder))]


def _far(config: Config, board: SwitchboardConfig) -> list[dict[str, str]]:
    """Globals of the other switchboards whose files are here."""
    others = ((one, one.folder) for one in config.switchboards if one.id != board.id)
    return [picture(one, folder).globals_ for one, folder in others if folder is not None]


# --- the gateway's own side -----------------------------------------------------------------------------------------------


def _rules(config: Config) -> tuple[RuleSet | None, list[Finding]]:
    try:
        rules = rules_file.load(config.rules)
    except RulesError as error:
        remedy = texts.MEND_IT_THEN_RUN
        return None, [Finding("error", texts.ERRORS_IN_THE_RULES_FILE(error=error), str(config.rules), remedy)]
    return rules, [Finding("ok", texts.COUNT_OF_RULES(rules=len(rules.rules)), str(config.rules))]


def _form(config: Config) -> list[Finding]:
    try:
        fields = len(form.load(config.work_order).fields)
    except RulesError as error:
        remedy = texts.MEND_IT_THEN_RUN_ONEKEY
        what = texts.ERRORS_IN_THE_WORK_ORDER_FORM(error=error)
        return [Finding("error", what, str(config.work_order), remedy)]
    return [Finding("ok", texts.COUNT_OF_FIELDS(fields=fields), str(config.work_order))]


def _folders(config: Config) -> list[Finding]:
    folder = config.run_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return [Finding("ok", texts.RUN_FOLDER_IS_WRITABLE, str(config.run_dir))]
    remedy = texts.CHANGE_RUN_DIR_OR_THE_FOLDERS_RIGHTS
    return [Finding("error", texts.RUN_FOLDER_IS_NOT_WRITABLE, str(config.run_dir), remedy)]


def _secrets(config: Config, site: Path | None) -> list[Finding]:
    """Secrets with which a gateway does not start; files with a password, a token or the signing key that others may read."""
    findings = [Finding.of(weak) for weak in weaknesses(config)]
    for path in _secret_files(config, site):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue  # the configuration that names it says so itself
        if mode & (stat.S_IRGRP | stat.S_IROTH):
            what = texts.OTHERS_MAY_READ_THIS_FILE(mode=mode)
            findings.append(Finding("warning", what, str(path), f"chmod 600 {path}"))
    return findings


def _secret_files(config: Config, site: Path | None) -> list[Path]:
    """Where the secrets of a site stand. A lab's files are rendered with mode 0600 by the lab itself."""
    key = config.run_dir / "signing.key"
    if site is None:
        return [key]
    try:
        raw = tomllib.loads(site.read_text(encoding="utf-8-sig"))
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
    """True where the address of a Redis server has one in it, as ``redis://:word@host`` or ``?password=word``."""
    scheme, _, rest = store.partition("://")
    return bool(rest) and scheme in ("redis", "rediss", "unix") and ("@" in rest or "password=" in rest)


async def _store(config: Config) -> list[Finding]:
    """Nothing is made: a database on the mount point of a disk that is away would hide behind it when it is back."""
    path = config.store
    try:
        if config.store_url:
            await asyncio.to_thread(redis_store.examine, config.store_url)
            return [Finding("ok", texts.REDIS_ANSWERS, redis_store.shown(config.store_url))]
        if path.exists():
            await SqliteStore(path).close()
            return [Finding("ok", texts.DATABASE_IS_WRITABLE, str(path))]
        place = next(folder for folder in path.absolute().parents if folder.exists())
        fit = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    except StoreError as error:
        return [Finding.of(error)]
    except OSError as error:
        what = texts.CANNOT_LOOK_INTO_THE_DATABASES_FOLDER(error=error)
        return [Finding("error", what, str(path), texts.CHECK_THE_FOLDERS_RIGHTS)]
    if not fit:
        what = texts.DATABASE_CANNOT_BE_MADE
        return [Finding("error", what, str(path), texts.CHECK_THE_RIGHTS_OF_PLACE(place=place))]
    what = texts.NO_DATABASE_YET
    return [Finding("ok", what, str(path))]


def _api(config: Config) -> list[Finding]:
    """Warnings about who reaches the API."""
    if config.api_host in ("127.0.0.1", "::1", "localhost") or config.api_host.startswith("127."):
        return []
    where = f"{config.api_host}:{config.api_port}"
    return [Finding("warning", texts.API_IS_OPEN_TO_OTHERS, where, texts.LISTEN_ON_LOOPBACK_AND_LET)]


# --- the link -------------------------------------------------------------------------------------------------------------


async def _link(config: Config, board: SwitchboardConfig, rules: RuleSet | None) -> list[Finding]:
    """Log in, take a snapshot, log out: wrong secret, missing rights, version and systemname show here, and what its sound is worth."""
    ids = [one.id for one in config.switchboards]
    async with attached(config, board) as found:
        version = "" if isinstance(found, Finding) else found[1].version
        media = asterisk_media.written(board.folder, version) if board.folder is not None else []
        media += asterisk_modules.written(board.folder) if board.folder is not None else []
        if isinstance(found, Finding):
            return [found, *media]
        link, snapshot = found
        where = f"{board.id} {link.settings.where}"
        seats = list(dict.fromkeys(str(member.seat) for member in snapshot.members))
        seen = picture(board, board.folder) if board.folder is not None else None
        try:
            media += await asterisk_media.running(link, version, board.folder, where)
            media += await asterisk_safety.running(link, seats, where)
            media += await running(link, board, seen, seats, rules, where, far=_far(config, board))
            media += await tenant.findings(link, config, board, where)
            media += await dialplan.loaded(link, board, rules, ids)
        except (LinkDown, NoAnswer) as error:
            media.append(Finding("warning", texts.LINK_WAS_LOST(error=error), where, texts.RUN_IT_AGAIN))
        return [*_seen(snapshot, where), *media]


def _seen(snapshot: Resynced, where: str) -> list[Finding]:
    findings = [Finding("ok", texts.ATTACHED_ASTERISK_VERSION(version=snapshot.version), where)]
    version = tuple(int(part) for part in re.findall(r"\d+", snapshot.version)[:3])
    if version < VERSION_ADVISED:
        remedy = texts.UPGRADE_TO_22
        findings.append(Finding("warning", texts.HAS_KNOWN_ADVISORIES(version=snapshot.version), where, remedy))
    if not snapshot.members:
        remedy = texts.ADD_MEMBERS_IN_QUEUES
        findings.append(Finding("warning", texts.NO_QUEUE_MEMBER, where, remedy))
    return findings
