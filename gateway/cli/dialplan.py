"""The command line's ``onekey dialplan``: compare it with what ships, print its plan and its keys."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli import texts
from gateway.cli.options import add_where, configuration, is_named, quiet

if TYPE_CHECKING:
    from gateway.core.rules.rule_set import RuleSet


def fill(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey dialplan``."""
    dialplan = parser.add_subparsers(required=True)
    check = dialplan.add_parser("check", help=texts.COMPARE_WITH_WHAT_SHIPS)
    add_where(check, required=False)
    check.set_defaults(command=_check)
    for name, function, help_ in (
        ("plan", _plan, texts.WHOM_A_KEY_RINGS),
        ("keys", _keys, texts.KEYS_OF_THE_RULES),
    ):
        command = dialplan.add_parser(name, help=help_)
        add_where(command, required=False)
        command.add_argument("--switchboard", required=True, metavar="ID")
        command.add_argument("--rules", type=Path, help=texts.RULES_FILE)
        command.set_defaults(command=function)


def _check(arguments: argparse.Namespace) -> int:
    from gateway.config.settings import site_path
    from gateway.doctor import dialplan as dialplan_check
    from gateway.doctor.findings import describe
    from gateway.rules import file as rules_file

    if not is_named(arguments):
        findings = dialplan_check.tree(rules_file.load(site_path("transfer_rules.yaml")))
    else:
        with quiet():
            findings = asyncio.run(dialplan_check.site(configuration(arguments)))
    print(describe(findings, texts.NO_ERROR_IN_THE_DIALPLAN))
    return int(any(finding.level == "error" for finding in findings))


def _planned(arguments: argparse.Namespace) -> tuple[RuleSet, list[str]]:
    """The rules, and the switchboards of the configuration; without one the shipped rules and the lab's two."""
    from gateway.config.settings import ConfigError, site_path
    from gateway.lab import boards
    from gateway.rules import file as rules_file

    path, ids = site_path("transfer_rules.yaml"), list(boards.SIDES)
    if is_named(arguments):
        config = configuration(arguments)
        path, ids = config.rules, [board.id for board in config.switchboards]
    if arguments.switchboard not in ids:
        what = texts.THERE_IS_NO_SWITCHBOARD(switchboard=arguments.switchboard)
        raise ConfigError("--switchboard", [(arguments.switchboard, what, texts.KNOWN_IDS(ids=", ".join(ids)))])
    return rules_file.load(arguments.rules or path), ids


def _plan(arguments: argparse.Namespace) -> None:
    from gateway.provisioning.plan_file import rendered

    rules, ids = _planned(arguments)
    print(rendered(rules, arguments.switchboard, ids), end="")


def _keys(arguments: argparse.Namespace) -> None:
    from gateway.config.settings import site_path
    from gateway.lab import boards
    from gateway.provisioning.features_file import features

    rules, ids = _planned(arguments)
    peer = next((id_ for id_ in ids if id_ != arguments.switchboard), arguments.switchboard)
    print(features(site_path("asterisk-conf"), boards.keys_of(rules.keys), peer), end="")
