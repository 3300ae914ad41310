"""``onekey dialplan check``: what a site's dialplan has that ours has not, and the other way round; in the files, and in the
Asterisk that runs."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.ami import Link
from gateway.ami.protocol import LinkDown, NoAnswer
from gateway.config.settings import Config, SwitchboardConfig, site_path
from gateway.core.rules.conditions import local_minute
from gateway.core.rules.plan import BARE, PREFIX, as_the_rules_say, plan_globals
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import SwitchboardId
from gateway.doctor import asterisk_media, asterisk_modules, asterisk_safety, dialplan_steps
from gateway.doctor.asterisk_files import Sections, files, read_all, sections
from gateway.doctor.attach import attached
from gateway.doctor.findings import Finding
from gateway.lab import lab
from gateway.provisioning.plan_file import NAME, rendered
from gateway.rules import file as rules_file
from gateway.rules.file import RulesError

SITES_OWN = frozenset({"onekey-from-pstn", "onekey-from-seat"})
"""Contexts that a site may well have of its own; the others hold the laws."""
SHOWN_MAX = 40
"""Lines of a difference; a context with more is another context."""
_STEP = "                 "


async def site(config: Config, *, running: bool = True) -> list[Finding]:
    """A site, or a running lab: its files where they can be read, and its Asterisks where they answer."""
    try:
        rules: RuleSet | None = rules_file.load(config.rules)
    except RulesError as error:
        remedy = "改好后运行 onekey rules check / mend it, then run `onekey rules check`"
        return [Finding("error", f"规则文件有误 / errors in the rules file:\n{error}", str(config.rules), remedy)]
    ids = [board.id for board in config.switchboards]
    found: list[Finding] = []
    for board in config.switchboards:
        if board.folder is None:
            what = "没有写 folder，不检查文件 / no folder is configured: its files are not checked"
            found.append(Finding("warning", what, board.id, "在该总机下加 folder / add folder to that switchboard"))
        else:
            found += folder_of(board, board.folder, rules, ids)
    if running:
        asked = await asyncio.gather(*(_running(config, board, rules, ids) for board in config.switchboards))
        found += [finding for findings in asked for finding in findings]
    return found


def tree(rules: RuleSet) -> list[Finding]:
    """The files that ship, rendered for the two switchboards of the lab."""
    found: list[Finding] = []
    with tempfile.TemporaryDirectory() as folder:
        plans = {side: {NAME: rendered(rules, side, lab.SIDES)} for side in lab.SIDES}
        paper = lab.on_paper(site_path("dialplan").parent, Path(folder), lab.keys_of(rules.keys), plans)
        for side, etc in paper.items():
            board = SwitchboardConfig(
                side, "127.0.0.1", port=1, username="onekey", secret="", queues=(side,), folder=etc
            )
            findings = folder_of(board, etc, rules, list(lab.SIDES))
            found += [Finding(f.level, f.what, f.where.replace(folder, "asterisk-conf"), f.remedy) for f in findings]
    return found


def folder_of(board: SwitchboardConfig, folder: Path, rules: RuleSet | None, ids: list[str]) -> list[Finding]:
    """Findings of the files of one switchboard. ``ids`` are all switchboards of the site."""
    found = [finding for finding in files(board, folder, rules) if finding.level != "ok"]
    found += asterisk_safety.unsafe(folder)
    read = read_all(folder, [])  # what cannot be read has been said
    where = str(folder / "extensions.conf")
    found += asterisk_media.written(folder) + asterisk_modules.written(folder)
    found += _drift(read["extensions"], where)
    globals_ = dict(read["extensions"].get("globals", []))
    found += _dials(globals_, read, where)
    found += _silent_leavers(globals_, read, str(folder / "pjsip.conf"))
    if rules is not None:
        found += _plan(globals_, rules, ids, where, ("文件里", "in the files"))
    return found or [Finding("ok", "与随附的拨号方案和规则一致 / as shipped, and as the rules say", str(folder))]


# --- the files ------------------------------------------------------------------------------------------------------------


def _drift(contexts: Sections, where: str) -> Iterator[Finding]:
    """Each context that ships against the site's of that name, line by line."""
    theirs = dialplan_steps.lines(contexts)
    for name, ours in dialplan_steps.shipped(site_path("dialplan")).items():
        if name not in theirs or ours == theirs[name]:
            continue  # what is missing is told by the doctor's part
        shown = _some(dialplan_steps.difference(ours, theirs[name]))
        what = f"[{name}] 与随附的不同（- 随附，+ 现用） / [{name}] differs (- shipped, + here):{shown}"
        level = "warning" if name in SITES_OWN else "error"
        yield Finding(
            level,
            what,
            where,
            f"从 dialplan/ 取 [{name}]，或确认改动 / take [{name}] from dialplan/, or keep it knowingly",
        )


def _some(lines: Iterable[str]) -> str:
    shown = list(lines)
    left = len(shown) - SHOWN_MAX
    shown = shown[:SHOWN_MAX] + ([f"… {left} 行 / lines"] if left > 0 else [])
    return "".join(f"\n{_STEP}{line}" for line in shown)


def _dials(globals_: dict[str, str], read: dict[str, Sections], where: str) -> Iterator[Finding]:
    """What is dialled must be there: an endpoint, or a context with that extension."""
    endpoints = {name for name, values in read["pjsip"].items() if ("type", "endpoint") in values}
    for name, value in globals_.items():
        if not name.startswith(("ONEKEY_DIAL_", "ONEKEY_HOME_")):
            continue
        for dial in filter(None, value.split("&")):
            if wrong := _unreachable(dial, endpoints, read["extensions"]):
                remedy = f"改 {name}，或补上它 / change {name}, or add it"
                yield Finding("error", f"{name} = {dial}：{wrong}", where, remedy)


LEAVES = "CHANNEL(hangup_handler_push)=onekey-left,s,1"
"""What an endpoint sets on each of its channels, so that it says how it left a caller."""


def _silent_leavers(globals_: dict[str, str], read: dict[str, Sections], where: str) -> Iterator[Finding]:
    """Endpoints that can be with a caller and do not say how they left him: seats, trunks, and what a target dials."""
    members = {value.split(",")[0] for values in read["queues"].values() for word, value in values if word == "member"}
    dialled = {dial for name, value in globals_.items() if name.startswith("ONEKEY_DIAL_") for dial in value.split("&")}
    found = (re.fullmatch(r"PJSIP/(?:[^@/]+@)?([^@/]+)", dial) for dial in members | dialled)
    for name in sorted({match[1] for match in found if match}):
        values = read["pjsip"].get(name, [])
        if ("type", "endpoint") in values and ("set_var", LEAVES) not in values:
            what = f"[{name}] 挂机时不说明如何离开来电人 / [{name}] does not say how it left a caller when it hangs up"
            remedy = f"在该 endpoint 加一行 / add a line to that endpoint: set_var = {LEAVES}"
            yield Finding("warning", what, where, remedy)


def _may_match(pattern: str, exten: str) -> bool:
    """Whether an extension is a variable, or a pattern that takes names of this length; its letters are not compared."""
    if not pattern.startswith("_"):
        return pattern.startswith("$")
    body = re.sub(r"\[[^\]]*\]", "X", pattern[1:])
    at_least = len(body.rstrip("!.")) + body.endswith(".")
    return len(exten) >= at_least if body.endswith(("!", ".")) else len(exten) == at_least


def _unreachable(dial: str, endpoints: set[str], contexts: Sections) -> str:
    """Why a dial string leads nowhere; empty where it leads somewhere, or where nothing can be said of it."""
    if match := re.fullmatch(r"PJSIP/(?:[^@/]+@)?([^@/]+)", dial):
        return (
            "" if match[1] in endpoints else f"pjsip.conf 里没有 [{match[1]}] / pjsip.conf has no endpoint [{match[1]}]"
        )
    if match := re.fullmatch(r"Local/([^@/]+)@([^@/]+?)(?:/\w+)?", dial):
        exten, context = match[1], match[2]
        if context not in contexts:
            return f"没有 [{context}] / there is no [{context}]"
        extensions = {value.split(",")[0].strip() for word, value in contexts[context] if word == "exten"}
        literal = exten in extensions or any(_may_match(one, exten) for one in extensions)
        return "" if literal else f"[{context}] 没有分机 {exten} / [{context}] has no extension {exten}"
    return "" if "/" in dial else "不是拨号字符串 / not a dial string"


def _plan(
    globals_: dict[str, str],
    rules: RuleSet,
    ids: Iterable[str],
    where: str,
    whose: tuple[str, str],
    minute: int = -1,
) -> Iterator[Finding]:
    """The plans of the dialplan against those of the rules. What a gateway has written goes by the hour, and by who is free just now."""
    wanted = dict(plan_globals(rules, [SwitchboardId(id_) for id_ in ids], minute=minute))
    remedy = (
        f"运行网关，或用 onekey dialplan plan 生成 {NAME} / run the gateway, or make {NAME} with `onekey dialplan plan`"
    )
    if not any(name in globals_ for name in wanted):
        what = f"没有静态方案（{NAME}）：没有网关时按键只呼叫目标本身 / no static plan: without a gateway a key rings its target alone"
        yield Finding("warning", what, where, remedy)
        return
    bare = {name: globals_.get(name.replace(PREFIX, PREFIX + BARE, 1)) or held for name, held in globals_.items()}
    old = [
        f"{name}: {value} ≠ {globals_.get(name, '–')}"
        for name, value in wanted.items()
        if globals_.get(name) != value and not as_the_rules_say(value, bare.get(name, ""))
    ]
    if old:
        zh, en = whose
        what = f"{zh}的静态方案与规则不符（规则 ≠ 现用） / the static plan {en} is not that of the rules (rules ≠ here):{_some(old)}"
        yield Finding("error", what, where, remedy)


# --- the Asterisk that runs -----------------------------------------------------------------------------------------------


async def _running(config: Config, board: SwitchboardConfig, rules: RuleSet | None, ids: list[str]) -> list[Finding]:
    """What an Asterisk has loaded, against its files where they can be read, else against what ships."""
    async with attached(config, board) as found:
        if isinstance(found, Finding):
            return [
                Finding(
                    "warning",
                    f"没有比较运行中的 / not compared with what runs: {found.what}",
                    found.where,
                    found.remedy,
                )
            ]
        link, snapshot = found
        where = f"{board.id} {link.settings.where}"
        try:
            media = await asterisk_media.running(link, snapshot.version, board.folder, where)
            return [*await _loaded(link, board, rules, ids), *media]
        except (LinkDown, NoAnswer) as error:
            return [Finding("warning", f"连接中断 / the link was lost: {error}", f"{board.id} {link.settings.where}")]


async def _loaded(link: Link, board: SwitchboardConfig, rules: RuleSet | None, ids: list[str]) -> list[Finding]:
    where = f"{board.id} {link.settings.where}"
    written, globals_ = _written(board)
    found: list[Finding] = []
    for name, values in written.items():
        loaded = await dialplan_steps.running(link, name)
        if isinstance(loaded, str):
            remedy = "给账号 write = reporting / give the account write = reporting"
            return [
                Finding("warning", f"不能读取运行中的拨号方案：{loaded} / cannot read what is loaded", where, remedy)
            ]
        unlike = list(dialplan_steps.unlike(dialplan_steps.steps(values, globals_), loaded))
        if unlike:
            what = f"运行中的 [{name}] 与文件不同（文件 ≠ 运行） / what is loaded of [{name}] differs (file ≠ loaded):{_some(unlike)}"
            found.append(
                Finding("error", what, where, "在控制台执行 dialplan reload / run `dialplan reload` on its console")
            )
    if rules is not None:
        wanted = [name for name, _ in plan_globals(rules, [SwitchboardId(id_) for id_ in ids])]
        held = await _globals(link, [*wanted, *(name.replace(PREFIX, PREFIX + BARE, 1) for name in wanted)])
        found += _plan(held, rules, ids, where, ("运行中", "that is loaded"), local_minute(link.clock()))
    return found or [Finding("ok", "运行中的拨号方案与文件一致 / what is loaded is what is written", where)]


def _written(board: SwitchboardConfig) -> tuple[Sections, dict[str, str]]:
    """The contexts of ours in the switchboard's files, or as they ship; and the globals."""
    ours = dialplan_steps.shipped(site_path("dialplan"))
    if board.folder is None:
        texts = (path.read_text(encoding="utf-8") for path in sorted(site_path("dialplan").glob("*.conf")))
        read = sections("\n".join(texts))
    else:
        read = read_all(board.folder, [])["extensions"]
    globals_ = {"ONEKEY_HERE": board.id, **dict(read.get("globals", []))}
    return {name: values for name, values in read.items() if name in ours}, globals_


async def _globals(link: Link, names: Iterable[str]) -> dict[str, str]:
    held = {}
    for name in names:
        reply = await link.request("Getvar", ("Variable", name))
        if reply.ok and reply.get("Value"):
            held[name] = reply.get("Value")
    return held
