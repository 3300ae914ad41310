"""The command line's ``onekey rules``: check, test, explain, diff, schema, catalogue."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
import time
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli import texts
from gateway.cli.options import configuration

if TYPE_CHECKING:
    from gateway.config.settings import Config
    from gateway.core.messages.records import TransferRow
    from gateway.core.rules.conditions import PressFacts
    from gateway.core.rules.rule_set import RuleSet

Crowds = tuple[dict[str, float], dict[str, float], dict[str, float]]
"""By switchboard: free seats, callers who wait, the wait that is expected (seconds). One that is not there is not known."""


def fill(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey rules``."""
    rules = parser.add_subparsers(required=True)

    check = rules.add_parser("check", help=texts.CHECK_A_RULES_FILE)
    _file(check)
    check.add_argument("--strict", action="store_true", help=texts.WARNING_IS_AN_ERROR)
    check.set_defaults(command=_check)

    test = rules.add_parser("test", help=texts.EXAMPLES_OF_THE_RULES)
    _file(test)
    test.set_defaults(command=_test)

    _add_explain(rules)
    _add_diff(rules)

    schema = rules.add_parser("schema", help=texts.JSON_SCHEMA_FOR_EDITORS)
    _file(schema)
    schema.set_defaults(command=_schema)

    catalogue = rules.add_parser("catalogue", help=texts.LOAD_OWN_SCOPE_CATALOGUES)
    catalogue.add_argument("list", type=Path, help=texts.CODE_NAME_CLASS_LIST)
    catalogue.add_argument("--rules", type=Path, metavar="FILE", help=texts.RULES_FILE_DEFAULT)
    catalogue.add_argument("--add", action="store_true", help=texts.ADD_TO_ITS_CATALOGUE)
    catalogue.add_argument("--write", action="store_true", help=texts.WRITE_THE_RULES_FILE)
    named = catalogue.add_mutually_exclusive_group()
    named.add_argument("--lab", nargs="?", const="default", metavar="NAME", help=texts.WHOSE_LIMITS)
    named.add_argument("--config", type=Path, metavar="FILE", help=texts.WHOSE_LIMITS)
    catalogue.set_defaults(command=_catalogue)


def _add_explain(rules: Any) -> None:
    explain = rules.add_parser("explain", help=texts.WHICH_RULE_DECIDES)
    _file(explain)
    explain.add_argument("--from", dest="from_", required=True, metavar="ID", help=texts.WHERE_THE_KEY_IS_PRESSED)
    explain.add_argument("--target", metavar="ID", help=texts.DEFAULT_THE_OTHER_SWITCHBOARD)
    for word in ("matter", "urgency", "district", "language", "list", "mode"):
        explain.add_argument(f"--{word}", default="", help=argparse.SUPPRESS if word == "mode" else None)
    explain.add_argument("--at", default="", metavar="TIME", help=texts.LOCAL_DEFAULT_UNKNOWN)
    explain.add_argument("--free-seats", nargs="*", default=[], metavar="ID=N", help=texts.FREE_SEATS)
    explain.add_argument("--waiting", nargs="*", default=[], metavar="ID=N", help=texts.CALLERS_WHO_WAIT)
    explain.add_argument("--expected-wait", nargs="*", default=[], metavar="ID=S", help=texts.SECONDS_EXPECTED)
    explain.add_argument(
        "--lab",
        nargs="?",
        const="default",
        metavar="NAME",
        help=texts.LABS_SEATS_AND_WAITS_NOW,
    )
    explain.add_argument("--config", type=Path, metavar="FILE", help=texts.SITES_SEATS_AND_WAITS_NOW)
    explain.set_defaults(command=lambda arguments: _explain(arguments, explain))


def _add_diff(rules: Any) -> None:
    diff = rules.add_parser("diff", help=texts.WHAT_ANOTHER_RULES_FILE_CHANGES)
    diff.add_argument("old", type=Path)
    diff.add_argument("new", type=Path)
    diff.add_argument("--replay", type=int, default=0, metavar="DAYS", help=texts.ALSO_RECORDED_TRANSFERS)
    diff.add_argument("--lab", nargs="?", const="default", metavar="NAME", help=texts.WHOSE_RECORDS)
    diff.add_argument("--config", type=Path, metavar="FILE", help=texts.WHOSE_RECORDS)
    diff.set_defaults(command=lambda arguments: _diff(arguments, diff))


def _file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", help=texts.DEFAULT_THE_SHIPPED_RULES)


def _path(file: Path | None) -> Path:
    from gateway.config.settings import site_path

    return file or site_path("transfer_rules.yaml")


def _check(arguments: argparse.Namespace) -> int:
    from gateway.rules import file as rules_file

    path = _path(arguments.file)
    checked = rules_file.check(path)
    rules = checked.rules
    if checked.warnings:
        print(rules_file.RulesError(str(path), checked.text, list(checked.warnings)))
    counts = texts.COUNTS_OF_RULES(
        targets=len(rules.targets), rules=len(rules.rules), matters=len(rules.catalogue.matters)
    )
    odd = texts.COUNT_OF_WARNINGS(warnings=len(checked.warnings)) if checked.warnings else ""
    print(texts.RULES_ARE_CORRECT(path=path, counts=counts, odd=odd))
    return int(bool(checked.warnings) and arguments.strict)


def _test(arguments: argparse.Namespace) -> None:
    from gateway.rules import explain as rules_explained
    from gateway.rules import file as rules_file

    print(rules_explained.examples_table(rules_file.load(_path(arguments.file))))


def _schema(arguments: argparse.Namespace) -> None:
    from gateway.rules import file as rules_file

    names = rules_file.names_of(rules_file.load(_path(arguments.file)))
    print(json.dumps(rules_file.json_schema(names), ensure_ascii=False, indent=1))


# --- explain ------------------------------------------------------------------------------------------------------------------


def _explain(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    from gateway.rules import explain as rules_explained
    from gateway.rules import file as rules_file

    config = configuration(arguments) if arguments.lab or arguments.config else None
    path = arguments.file or (config.rules if config is not None else _path(None))
    rules = rules_file.load(path)
    crowds = _crowds(config) if config is not None else ({}, {}, {})
    print(rules_explained.explanation(rules, _facts(arguments, parser, rules, crowds)))


def _facts(
    arguments: argparse.Namespace, parser: argparse.ArgumentParser, rules: RuleSet, crowds: Crowds
) -> PressFacts:
    """Facts that the command line gives; a word that the rules do not have is wrong usage, with what was meant."""
    from gateway.core.rules.conditions import PressFacts
    from gateway.core.values.case_details import URGENCIES, RoutingDetails
    from gateway.core.values.ids import SeatId, SwitchboardId, TargetId
    from gateway.rules.file import MODES

    def known(option: str, value: str, names: Collection[str]) -> str:
        if value and value not in names:
            from gateway.rules.yaml_reader import hint

            parser.error(f"--{option} {value}: {hint(value, names)}")
        return value

    from_ = known("from", arguments.from_, rules.targets)
    other = {"12345": "110", "110": "12345"}
    target = arguments.target or other.get(from_, "")
    if not target:
        parser.error(texts.TARGET_IS_MISSING)
    for option, counts in zip(("free-seats", "waiting", "expected-wait"), crowds, strict=True):
        for pair in vars(arguments)[option.replace("-", "_")]:
            id_, _, count = pair.partition("=")
            if not count.isdecimal():
                parser.error(texts.EXAMPLE_OF_AN_OPTION(option=option, pair=pair))
            counts[known(option, id_, rules.targets)] = int(count)
    free, waiting = ({TargetId(id_): int(count) for id_, count in counts.items()} for counts in crowds[:2])
    said = RoutingDetails(
        known("matter", arguments.matter, rules.catalogue.matters),
        known("urgency", arguments.urgency, URGENCIES),
        known("district", arguments.district, rules.divisions or [arguments.district]),
        arguments.language,
    )
    lists = frozenset([known("list", arguments.list, rules.callers.lists)] if arguments.list else [])
    minute = -1
    if arguments.at:
        try:
            at = datetime.fromisoformat(arguments.at)
        except ValueError:
            parser.error(texts.EXAMPLE_OF_AT(at=arguments.at))
        minute = at.weekday() * 1440 + at.hour * 60 + at.minute
    return PressFacts(
        switchboard=SwitchboardId(from_),
        target=TargetId(known("target", target, rules.targets)),
        seat=SeatId(""),
        at=0.0,
        asked=known("mode", arguments.mode, MODES),
        routing=said,
        lists=lists,
        free_seats=free,
        minute=minute,
        waiting=waiting,
        expected_wait_s={TargetId(id_): wait_s for id_, wait_s in crowds[2].items()},
    )


def _crowds(config: Config) -> Crowds:
    """Now, from the gateway that runs; empty and a word on stderr where none answers."""
    import urllib.error
    import urllib.request

    request = urllib.request.Request(
        f"http://{config.api_host}:{config.api_port}/v1/switchboards",
        headers={"Authorization": f"Bearer {config.api_token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=3) as answer:  # noqa: S310
            items = json.load(answer)["items"]
    except (OSError, ValueError, KeyError, urllib.error.URLError) as error:
        print(texts.NO_GATEWAY_ANSWERS(error=error), file=sys.stderr)
        return {}, {}, {}
    heard = [item for item in items if item["connected"]]
    free = {item["id"]: item["seats_ready"] for item in heard if item["seats_total"]}
    waits = {
        item["id"]: math.inf if item["expected_wait_s"] is None else item["expected_wait_s"]
        for item in heard
        if item["load_erlang"] is not None
    }
    return free, {item["id"]: item["waiting"] for item in heard}, waits


# --- diff ---------------------------------------------------------------------------------------------------------------------


def _diff(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    from gateway.rules import explain as rules_explained
    from gateway.rules import file as rules_file

    old, new = rules_file.load(arguments.old), rules_file.load(arguments.new)
    print(rules_explained.difference(old, new).text())
    if arguments.replay > 0:
        if not (arguments.lab or arguments.config):
            parser.error(texts.REPLAY_NEEDS_LAB_OR_CONFIG)
        rows = asyncio.run(
            _recorded(configuration(arguments), arguments.replay, bool(old.callers.lists or new.callers.lists))
        )
        print(texts.RECORDED_TRANSFERS(replay=arguments.replay))
        print(rules_explained.replayed(old, new, iter(rows)).text(20))


async def _recorded(config: Config, days: int, numbers: bool) -> list[tuple[TransferRow, str, int]]:
    """The transfers of the last days with the caller's number, where that is needed, and the local day of the press."""
    from gateway.core.rules.conditions import local_day
    from gateway.store.opening import open_reading

    since = time.time() - days * 86400
    store = open_reading(config.store, config.store_url)
    found: list[tuple[TransferRow, str, int]] = []
    before: float | None = None
    while rows := await store.transfers(500, before):
        for row in rows:
            if row.pressed_at < since:
                return found
            context = await store.context(row.context) if numbers else None
            found.append((row, context.caller_number if context is not None else "", local_day(row.pressed_at)))
        before = rows[-1].pressed_at
    return found


# --- catalogue ----------------------------------------------------------------------------------------------------------------


def _catalogue(arguments: argparse.Namespace) -> int:
    """Report what does not fit; print the YAML, or put it into the rules file if the whole file is right then."""
    from gateway.durable_file import replace_text
    from gateway.guards.door_limits import DOOR_LIMITS
    from gateway.rules import catalogue_import
    from gateway.rules import file as rules_file

    limits = configuration(arguments).door if arguments.lab or arguments.config else DOOR_LIMITS

    path = _path(arguments.rules)
    checked = rules_file.check(path)
    loaded = catalogue_import.load(arguments.list, checked.rules.catalogue if arguments.add else None, limits)
    if loaded.problems:
        print(rules_file.RulesError(str(arguments.list), "", list(loaded.problems)), file=sys.stderr)
    fitted = loaded.rows - len({problem.line for problem in loaded.problems if problem.line > 1})
    counts = texts.ROWS_THAT_FIT(fitted=fitted, problems=len(loaded.problems), lists=len(loaded.catalogue.lists))
    block = catalogue_import.as_yaml(loaded.catalogue)
    if not arguments.write:
        print(block, end="")
    else:
        text = catalogue_import.put_into(checked.text, block, str(path))
        rules_file.check_text(text, str(path))
        replace_text(path, text)
    print(f"{arguments.list}: {counts}", file=sys.stderr)
    return int(bool(loaded.problems))
