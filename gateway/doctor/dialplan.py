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
from gateway.core.values.bilingual import Pair
from gateway.core.values.ids import SwitchboardId
from gateway.doctor import asterisk_media, asterisk_modules, dialplan_steps, texts
from gateway.doctor.asterisk_config import Sections, read_all
from gateway.doctor.asterisk_files import CONTEXTS, files
from gateway.doctor.asterisk_keys import our_queues
from gateway.doctor.attach import attached
from gateway.doctor.findings import Finding
from gateway.doctor.working.picture import database_files
from gateway.lab import boards
from gateway.provisioning.plan_file import NAME, rendered
from gateway.rules import file as rules_file
from gateway.rules.file import RulesError

SITES_OWN = frozenset({"onekey-from-pstn", "onekey-from-seat"})
"""Contexts that a site may well have of its own; the others hold the laws."""
SHOWN_MAX = 40
"""Lines of a difference; a context with more is another context."""
DIFFER_MAX = 3
"""Contexts that differ and are each told."""
_STEP = "                 "


async def site(config: Config, *, running: bool = True) -> list[Finding]:
    """A site, or a running lab: its files where they can be read, and its Asterisks where they answer."""
    try:
        rules: RuleSet | None = rules_file.load(config.rules)
    except RulesError as error:
        remedy = texts.MEND_IT_THEN_RUN
        return [Finding("error", texts.ERRORS_IN_THE_RULES_FILE(error=error), str(config.rules), remedy)]
    ids = [board.id for board in config.switchboards]
    found: list[Finding] = []
    for board in config.switchboards:
        if board.folder is None:
            what = texts.NO_FOLDER_IS_CONFIGURED
            found.append(Finding("warning", what, board.id, texts.ADD_FOLDER_TO_THAT_SWITCHBOARD))
        else:
            found += folder_of(board, board.folder, rules, ids)
            found += asterisk_media.written(board.folder) + asterisk_modules.written(board.folder)
    if running:
        asked = await asyncio.gather(*(_running(config, board, rules, ids) for board in config.switchboards))
        found += [finding for findings in asked for finding in findings]
    return found


def tree(rules: RuleSet) -> list[Finding]:
    """The files that ship, rendered for the two switchboards of the lab."""
    found: list[Finding] = []
    with tempfile.TemporaryDirectory() as folder:
        plans = {side: {NAME: rendered(rules, side, boards.SIDES)} for side in boards.SIDES}
        paper = boards.on_paper(site_path("dialplan").parent, Path(folder), boards.keys_of(rules.keys), plans)
        for side, etc in paper.items():
            board = SwitchboardConfig(
                id=side, host="127.0.0.1", port=1, username="onekey", secret="", queues=(side,), folder=etc
            )
            findings = folder_of(board, etc, rules, list(boards.SIDES))
            found += [Finding(f.level, f.what, f.where.replace(folder, "asterisk-conf"), f.remedy) for f in findings]
    return found


def folder_of(board: SwitchboardConfig, folder: Path, rules: RuleSet | None, ids: list[str]) -> list[Finding]:
    """Findings of the files of one switchboard. ``ids`` are all switchboards of the site."""
    found = [finding for finding in files(board, folder, rules) if finding.level != "ok"]
    read = read_all(folder, [])  # what cannot be read has been said
    where = str(folder / "extensions.conf")
    found += _drift(read["extensions"], where)
    globals_ = dict(read["extensions"].get("globals", []))
    found += _dials(globals_, read, where)
    found += _silent_leavers(globals_, read, board.queues, str(folder / "pjsip.conf"))
    if rules is not None:
        found += _plan(globals_, rules, ids, where, texts.IN_THE_FILE)
    return found or [Finding("ok", texts.AS_SHIPPED, str(folder))]


# --- the files ------------------------------------------------------------------------------------------------------------


def _drift(contexts: Sections, where: str) -> Iterator[Finding]:
    """Each context that ships against the site's of that name, line by line."""
    own = {
        name: [one for one in lines if one[0] != "include" or one[1] in CONTEXTS] for name, lines in contexts.items()
    }
    theirs = dialplan_steps.lines(
        own
    )  # what else comes over a trunk goes on to the site's own context (``onekey site init``)
    for name, ours in dialplan_steps.shipped(site_path("dialplan")).items():
        if name not in theirs or ours == theirs[name] or (not theirs[name] and CONTEXTS.get(name)):
            continue  # what is missing, as a whole or each extension of it, is told by the part about files
        shown = _some(dialplan_steps.difference(ours, theirs[name]))
        what = texts.CONTEXT_DIFFERS(name=name, shown=shown)
        level = "warning" if name in SITES_OWN else "error"
        yield Finding(level, what, where, texts.TAKE_NAME_FROM_DIALPLAN(name=name))


def _some(lines: Iterable[str]) -> str:
    shown = list(lines)
    left = len(shown) - SHOWN_MAX
    shown = shown[:SHOWN_MAX] + ([texts.LINES_LEFT(left=left)] if left > 0 else [])
    return "".join(f"\n{_STEP}{line}" for line in shown)


def _dials(globals_: dict[str, str], read: dict[str, Sections], where: str) -> Iterator[Finding]:
    """Findings on dial strings whose end is not there: an endpoint, or a context with that extension."""
    endpoints = (
        None
        if any(database_files(Path(where).parent))
        else {name for name, values in read["pjsip"].items() if ("type", "endpoint") in values}
    )
    for name, value in globals_.items():
        if not name.startswith(("ONEKEY_DIAL_", "ONEKEY_HOME_")):
            continue
        for dial in filter(None, value.split("&")):
            if any(f"@{context}" in dial for context in CONTEXTS if context not in read["extensions"]):
                continue  # that context is missing has been said
            if wrong := _unreachable(dial, endpoints, read["extensions"]):
                remedy = texts.CHANGE_NAME(name=name)
                yield Finding("error", texts.DIAL_IS_WRONG(name=name, dial=dial, wrong=wrong), where, remedy)


LEAVES = "CHANNEL(hangup_handler_push)=onekey-left,s,1"
"""Variable that an endpoint sets on each of its channels, so that the channel says how it left a caller."""


def _silent_leavers(
    globals_: dict[str, str], read: dict[str, Sections], queues: Iterable[str], where: str
) -> Iterator[Finding]:
    """Endpoints that can be with a caller and do not say how they left him: seats, trunks, and what a target dials."""
    ours = our_queues(read["queues"], read["pjsip"], queues)
    kept = (values for name, values in read["queues"].items() if name in ours)
    members = {value.split(",")[0] for values in kept for word, value in values if word == "member"}
    dialled = {dial for name, value in globals_.items() if name.startswith("ONEKEY_DIAL_") for dial in value.split("&")}
    found = (re.fullmatch(r"PJSIP/(?:[^@/]+@)?([^@/]+)", dial) for dial in members | dialled)
    for name in sorted({match[1] for match in found if match}):
        values = read["pjsip"].get(name, [])
        if ("type", "endpoint") in values and ("set_var", LEAVES) not in values:
            what = texts.CONTEXT_DOES_NOT_SAY_HOW_IT_LEFT(name=name)
            remedy = texts.ADD_A_LINE_TO_THAT_ENDPOINT(leaves=LEAVES)
            yield Finding("warning", what, where, remedy)


def _may_match(pattern: str, exten: str) -> bool:
    """True where an extension is a variable, or a pattern that takes names of this length; its letters are not compared."""
    if not pattern.startswith("_"):
        return pattern.startswith("$")
    body = "X".join(part.rpartition("]")[2] for part in pattern[1:].split("["))
    at_least = len(body.rstrip("!.")) + body.endswith(".")
    return len(exten) >= at_least if body.endswith(("!", ".")) else len(exten) == at_least


def _unreachable(dial: str, endpoints: set[str] | None, contexts: Sections) -> str:
    """Why a dial string leads nowhere; empty where it leads somewhere, or where nothing can be said of it. ``endpoints``: None where they
    are not in files."""
    if match := re.fullmatch(r"PJSIP/(?:[^@/]+@)?([^@/]+)", dial):
        return "" if endpoints is None or match[1] in endpoints else texts.NO_SUCH_ENDPOINT(match=match[1])
    if match := re.fullmatch(r"Local/([^@/]+)@([^@/]+?)(?:/\w+)?", dial):
        exten, context = match[1], match[2]
        if context not in contexts:
            return texts.THERE_IS_NO_CONTEXT(context=context)
        extensions = {value.split(",")[0].strip() for word, value in contexts[context] if word == "exten"}
        literal = exten in extensions or any(_may_match(one, exten) for one in extensions)
        return "" if literal else texts.CONTEXT_HAS_NO_EXTENSION_EXTEN(context=context, exten=exten)
    return "" if "/" in dial else texts.NOT_A_DIAL_STRING


def _plan(
    globals_: dict[str, str],
    rules: RuleSet,
    ids: Iterable[str],
    where: str,
    whose: Pair,
    minute: int = -1,
) -> Iterator[Finding]:
    """The plans of the dialplan against those of the rules. What a gateway has written goes by the hour, and by who is free just now."""
    wanted = dict(plan_globals(rules, [SwitchboardId(id_) for id_ in ids], minute=minute))
    remedy = texts.RUN_THE_GATEWAY(name=NAME)
    if not any(name in globals_ for name in wanted):
        what = texts.NO_STATIC_PLAN(name=NAME)
        yield Finding("warning", what, where, remedy)
        return
    bare = {name: globals_.get(name.replace(PREFIX, PREFIX + BARE, 1)) or held for name, held in globals_.items()}
    old = [
        f"{name}: {value} ≠ {globals_.get(name, '–')}"
        for name, value in wanted.items()
        if globals_.get(name) != value and not as_the_rules_say(value, bare.get(name, ""))
    ]
    if old:
        what = texts.STATIC_PLAN_IS_NOT_THAT_OF_THE_RULES(zh=whose.zh, en=whose.en, some=_some(old))
        yield Finding("error", what, where, remedy)


# --- the Asterisk that runs -----------------------------------------------------------------------------------------------


async def _running(config: Config, board: SwitchboardConfig, rules: RuleSet | None, ids: list[str]) -> list[Finding]:
    """Findings on the dialplan that an Asterisk has loaded, against its files where they can be read, else against what ships."""
    async with attached(config, board) as found:
        if isinstance(found, Finding):
            return [
                Finding(
                    "warning",
                    texts.NOT_COMPARED_WITH_WHAT_RUNS(what=found.what),
                    found.where,
                    found.remedy,
                )
            ]
        link, snapshot = found
        where = f"{board.id} {link.settings.where}"
        try:
            media = await asterisk_media.running(link, snapshot.version, board.folder, where)
            return [*await loaded(link, board, rules, ids), *media]
        except (LinkDown, NoAnswer) as error:
            return [Finding("warning", texts.LINK_WAS_LOST(error=error), f"{board.id} {link.settings.where}")]


async def loaded(link: Link, board: SwitchboardConfig, rules: RuleSet | None, ids: list[str]) -> list[Finding]:
    """Findings about what an Asterisk has loaded, against its files or what ships. Raises LinkDown, NoAnswer."""
    where = f"{board.id} {link.settings.where}"
    written, globals_ = _written(board)
    found: list[Finding] = []
    differ: dict[str, str] = {}
    for name, values in written.items():
        runs = await dialplan_steps.running(link, name)
        if isinstance(runs, str):
            remedy = texts.GIVE_THE_ACCOUNT_WRITE_REPORTING
            return [Finding("warning", texts.CANNOT_READ_WHAT_IS_LOADED(loaded=runs), where, remedy)]
        if runs is None:
            return []  # what answers is no Asterisk
        unlike = list(dialplan_steps.unlike(dialplan_steps.steps(values, globals_), runs))
        if unlike:
            differ[name] = _some(unlike)
    remedy = texts.RUN_DIALPLAN_RELOAD_ON_ITS_CONSOLE
    if len(differ) > DIFFER_MAX:  # nobody has reloaded: one cause
        names = "], [".join(list(differ)[:DIFFER_MAX]) + f"] … [+{len(differ) - DIFFER_MAX}"
        differ = {names: next(iter(differ.values()))}
    for name, some in differ.items():
        found.append(Finding("error", texts.WHAT_IS_LOADED_OF_NAME_DIFFERS(name=name, some=some), where, remedy))
    if rules is not None:
        wanted = [name for name, _ in plan_globals(rules, [SwitchboardId(id_) for id_ in ids])]
        held = await _globals(link, [*wanted, *(name.replace(PREFIX, PREFIX + BARE, 1) for name in wanted)])
        found += _plan(held, rules, ids, where, texts.AS_LOADED, local_minute(link.clock()))
    return found or [Finding("ok", texts.WHAT_IS_LOADED, where)]


def _written(board: SwitchboardConfig) -> tuple[Sections, dict[str, str]]:
    """The contexts of ours in the switchboard's files, or as they ship; and the globals."""
    ours = dialplan_steps.shipped(site_path("dialplan"))
    read = dialplan_steps.sections_shipped() if board.folder is None else read_all(board.folder, [])["extensions"]
    globals_ = {"ONEKEY_HERE": board.id, **dict(read.get("globals", []))}
    return {name: values for name, values in read.items() if name in ours}, globals_


async def _globals(link: Link, names: Iterable[str]) -> dict[str, str]:
    held = {}
    for name in names:
        reply = await link.request("Getvar", ("Variable", name))
        if reply.ok and reply.get("Value"):
            held[name] = reply.get("Value")
    return held
