"""The command line's ``onekey lab``: two real Asterisks on loopback, for testers."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def fill(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey lab``."""
    lab = parser.add_subparsers(required=True)
    for name, function, help_ in (
        ("up", _up, "启动 / start"),
        ("down", _down, "停止并清除 / stop and clean up"),
        ("status", _status, "注册话机所需的一切 / all that a phone needs"),
    ):
        command = lab.add_parser(name, help=help_)
        command.add_argument("--name", default="default", help="可同时运行多个 / several can run side by side")
        command.add_argument("--json", action="store_true")
        if name == "up":
            command.add_argument(
                "--ring-s", type=int, default=25, help="静态方案的振铃秒数 / ring time of the static plan"
            )
            command.add_argument(
                "--plan-old-s",
                type=int,
                default=60,
                help="无网关多久后不再看空闲坐席 / how long free seats count without a gateway",
            )
            command.add_argument(
                "--drop-s", type=int, default=3, help="接通后多快离开算中断 / a target that leaves sooner was cut off"
            )
            command.add_argument(
                "--unread-ms",
                type=int,
                default=5000,
                help="转接失败后坐席多快离开算未看到 / a seat that leaves sooner has not read",
            )
            command.add_argument("--rules", type=Path, help="规则文件 / rules file (default: the shipped one)")
            command.add_argument(
                "--asterisk",
                choices=("built", "debian", "machine"),
                default="",
                help="不带补丁自行构建的、Debian 的、本机的 / compiled here without the patch, Debian's, this machine's "
                "(default: ONEKEY_ASTERISK, else the machine's if it will do, else Debian's)",
            )
            command.add_argument(
                "--secure", action="store_true", help="话机和中继用 TLS 和 SRTP / TLS and SRTP for phones and trunk"
            )
            command.add_argument(
                "--dtmf-events", action="store_true", help="AMI 报告按键（仅测量用） / AMI reports digits"
            )
        command.set_defaults(command=function)

    again = lab.add_parser("restart", help="重启一台总机，练习故障 / restart one switchboard, to practise failures")
    again.add_argument("side", choices=("12345", "110"))
    again.add_argument("--name", default="default")
    again.add_argument("--kill", action="store_true", help="不告而别（kill -9） / with no goodbye")
    again.add_argument("--no-start", action="store_true", help="只停止 / stop only")
    again.set_defaults(command=_restart)

    console = lab.add_parser("console", help="在一台总机的控制台执行一条命令 / one command on a switchboard's console")
    console.add_argument("side", choices=("12345", "110"))
    console.add_argument("words", nargs="+", metavar="COMMAND")
    console.add_argument("--name", default="default")
    console.set_defaults(command=_console)

    tree = lab.add_parser("tree", help="取得一组 Debian 软件 / fetch a set of Debian packages, print where it is")
    tree.add_argument(
        "set", choices=("asterisk", "fonts", "music", "phones", "prometheus", "python311", "redis", "voices")
    )
    tree.set_defaults(command=_tree)

    package = lab.add_parser(
        "asterisk-deb", help="不带补丁的 Asterisk，做成软件包 / an Asterisk without the patch, as a package for a site"
    )
    package.add_argument("folder", type=Path, help="软件包写到哪里 / where the package is written")
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
    text = "已停止并清除 / stopped, nothing is left" if existed else "没有在运行 / nothing was up"
    print(json.dumps({"existed": existed}) if arguments.json else text)


def _status(arguments: argparse.Namespace) -> int:
    from gateway.lab import lab, words

    found = lab.status(arguments.name)
    print(json.dumps(found, ensure_ascii=False, indent=1) if arguments.json else words.describe(found))
    return 0 if all(found["alive"].values()) else 1


def _restart(arguments: argparse.Namespace) -> None:
    from gateway.lab import lab

    lab.restart(arguments.name, arguments.side, kill=arguments.kill, start=not arguments.no_start)
    print("已停止 / stopped" if arguments.no_start else "已重启 / restarted")


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
