"""The command line's ``onekey lab``: two real Asterisks on loopback, for testers."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from gateway.cli import texts


def fill(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey lab``."""
    lab = parser.add_subparsers(required=True)
    for name, function, help_ in (
        ("up", _up, texts.START),
        ("down", _down, texts.STOP_AND_CLEAN_UP),
        ("status", _status, texts.ALL_THAT_A_PHONE_NEEDS),
    ):
        command = lab.add_parser(name, help=help_)
        command.add_argument("--name", default="default", help=texts.SEVERAL_CAN_RUN_SIDE_BY_SIDE)
        command.add_argument("--json", action="store_true")
        if name == "up":
            command.add_argument("--ring-s", type=int, default=25, help=texts.RING_TIME_OF_THE_STATIC_PLAN)
            command.add_argument("--plan-old-s", type=int, default=60, help=texts.TIME_THAT_FREE_SEATS_COUNT)
            command.add_argument("--drop-s", type=int, default=3, help=texts.TARGET_THAT_LEAVES_SOONER)
            command.add_argument("--unread-ms", type=int, default=5000, help=texts.SEAT_THAT_LEAVES_SOONER)
            command.add_argument("--rules", type=Path, help=texts.RULES_FILE_DEFAULT)
            command.add_argument(
                "--asterisk",
                choices=("built", "debian", "machine"),
                default="",
                help=texts.COMPILED_HERE_WITHOUT_THE_PATCH,
            )
            command.add_argument("--secure", action="store_true", help=texts.TLS_AND_SRTP_FOR_PHONES)
            command.add_argument("--dtmf-events", action="store_true", help=texts.AMI_REPORTS_DIGITS)
        command.set_defaults(command=function)

    again = lab.add_parser("restart", help=texts.RESTART_ONE_SWITCHBOARD)
    again.add_argument("side", choices=("12345", "110"))
    again.add_argument("--name", default="default")
    again.add_argument("--kill", action="store_true", help=texts.WITH_NO_GOODBYE)
    again.add_argument("--no-start", action="store_true", help=texts.STOP)
    again.set_defaults(command=_restart)

    console = lab.add_parser("console", help=texts.ONE_COMMAND_ON_A_SWITCHBOARDS_CONSOLE)
    console.add_argument("side", choices=("12345", "110"))
    console.add_argument("words", nargs="+", metavar="COMMAND")
    console.add_argument("--name", default="default")
    console.set_defaults(command=_console)

    tree = lab.add_parser("tree", help=texts.FETCH_A_SET_OF_DEBIAN_PACKAGES)
    tree.add_argument(
        "set", choices=("asterisk", "fonts", "music", "phones", "prometheus", "python311", "redis", "voices")
    )
    tree.set_defaults(command=_tree)

    package = lab.add_parser("asterisk-deb", help=texts.ASTERISK_WITHOUT_THE_PATCH)
    package.add_argument("folder", type=Path, help=texts.WHERE_THE_PACKAGE_IS_WRITTEN)
    package.set_defaults(command=_asterisk_deb)


def _up(arguments: argparse.Namespace) -> None:
    from gateway.config.settings import site_path
    from gateway.lab import boards, lab, words
    from gateway.provisioning.plan_file import NAME, rendered
    from gateway.rules import file as rules_file

    # An error in the rules shows now, not when a gateway attaches.
    rules = rules_file.load(arguments.rules or site_path("transfer_rules.yaml"))
    found = lab.up(
        site_path("dialplan").parent,
        arguments.name,
        keys=boards.keys_of(rules.keys, rules.targets),
        drop_s=arguments.drop_s,
        unread_ms=arguments.unread_ms,
        plan_old_s=arguments.plan_old_s,
        ring_s=arguments.ring_s,
        dtmf_events=arguments.dtmf_events,
        secure=arguments.secure,
        rules=arguments.rules,
        source=arguments.asterisk,
        files={side: {NAME: rendered(rules, side, boards.SIDES)} for side in boards.SIDES},
    )
    print(json.dumps(found, ensure_ascii=False, indent=1) if arguments.json else words.describe(found))


def _down(arguments: argparse.Namespace) -> None:
    from gateway.lab import lab

    existed = lab.down(arguments.name)
    text = texts.STOPPED_NOTHING_IS_LEFT if existed else texts.NOTHING_WAS_UP
    print(json.dumps({"existed": existed}) if arguments.json else text)


def _status(arguments: argparse.Namespace) -> int:
    from gateway.lab import lab, words

    found = lab.status(arguments.name)
    print(json.dumps(found, ensure_ascii=False, indent=1) if arguments.json else words.describe(found))
    return 0 if all(found["alive"].values()) else 1


def _restart(arguments: argparse.Namespace) -> None:
    from gateway.lab import lab

    lab.restart(arguments.name, arguments.side, kill=arguments.kill, start=not arguments.no_start)
    print(texts.STOPPED if arguments.no_start else texts.RESTARTED)


def _console(arguments: argparse.Namespace) -> None:
    from gateway.lab import lab

    print(lab.console(arguments.name, arguments.side, " ".join(arguments.words)), end="")


def _tree(arguments: argparse.Namespace) -> None:
    from gateway.debian import packages

    found = packages.ensure(arguments.set)
    print(json.dumps({"root": str(found.root), "start": found.start}))


def _asterisk_deb(arguments: argparse.Namespace) -> None:
    from gateway.config.settings import site_path
    from gateway.debian import packages
    from gateway.lab import asterisk, asterisk_deb, built

    found = built.ensure(asterisk.modules_of(site_path("dialplan").parent))
    print(asterisk_deb.make(found, arguments.folder, packages.say_on_stderr))
