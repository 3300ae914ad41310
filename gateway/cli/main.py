"""The command line: ``onekey``."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway import __version__
from gateway.cli import rules as cli_rules


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code: 0 done, 1 not done (and why, on stderr), 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a GBK terminal has no ✘, and a path need not be UTF-8
    arguments = _parser().parse_args(argv)
    from gateway.api import ApiError
    from gateway.config.settings import ConfigError
    from gateway.debian.errors import LabError
    from gateway.reporting import ReportError
    from gateway.rules.file import RulesError
    from gateway.store import StoreError

    try:
        return int(arguments.command(arguments) or 0)
    except (ApiError, ConfigError, LabError, ReportError, RulesError, StoreError) as error:
        print(f"错误 error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        remedy = "检查路径、权限和磁盘 / check path, rights and disk"
        print(
            f"错误 error: {error.strerror or repr(error)}\n    {error.filename or ''}\n    → {remedy}", file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="onekey", description="12345 与 110 一键转接网关 / one-key transfer gateway")
    parser.add_argument("--version", action="version", version=f"onekey {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _lab_parser(commands)

    run = commands.add_parser("run", help="运行网关 / run the gateway")
    _where(run)
    run.add_argument("--log", type=Path, help="日志文件（默认输出到终端） / log file (default: the terminal)")
    run.set_defaults(command=_run)

    doctor = commands.add_parser("doctor", help="来电之前先找出配置问题 / find what is wrong before a call does")
    _where(doctor)
    doctor.set_defaults(command=_doctor)

    cli_rules.add(commands, _config)

    _dialplan_parser(commands)

    prompts = commands.add_parser("prompts", help="提示音 / prompts").add_subparsers(required=True)
    speak = prompts.add_parser("make", help="把提示文字合成为 wav / speak the prompts into wav files")
    speak.add_argument("folder", type=Path, help="已有的同名文件保留 / files that are there are kept")
    speak.set_defaults(command=_prompts_make)

    report = commands.add_parser("report", help="报表 / reports").add_subparsers(required=True)
    seats = report.add_parser("seats", help="谁做了什么、多久 / who did what for how long")
    _where(seats)
    seats.add_argument(
        "--since", type=_iso, help="ISO 8601，默认今天（逐段时最早） / default: today (of the log: the beginning)"
    )
    seats.add_argument("--until", type=_iso, help="ISO 8601，默认该日结束或现在 / default: the day's end, or now")
    seats.add_argument("--detail", action="store_true", help="逐段列出 / every interval")
    seats.add_argument("--json", action="store_true", help="日志，供程序读取 / the log, for programs")
    seats.set_defaults(command=_report_seats)
    from gateway.cli import reports as cli_reports

    cli_reports.add(report, _where, seats)
    parser.set_defaults(find_config=_config)

    bring = commands.add_parser(
        "import", help="导入其他系统的坐席和队列日志 / bring in logs of another system, for reports"
    )
    bring.add_argument(
        "folder", type=Path, help="Parquet 或 CSV，格式见 docs/reports.md / in the format of docs/reports.md"
    )
    bring.add_argument("--name", required=True, help="这批数据的名称 / what this import is called")
    _where(bring)
    bring.set_defaults(command=lambda a: cli_reports.bring_in(a, _config(a)))

    replay = commands.add_parser("replay", help="重放磁带，核对每个决定 / replay a tape and compare each decision")
    replay.add_argument("tape", type=Path, nargs="+", help="跨日的按先后列出 / of several days, oldest first")
    _where(replay)
    replay.set_defaults(command=_replay)

    from gateway.cli import forms as cli_forms
    from gateway.cli import records as cli_records

    cli_records.add(commands, _where, _config, _instant)
    cli_forms.add(commands, _where, _config)

    demo = commands.add_parser("demo", help="演示全部场景 / play the stories")
    demo.add_argument("stories", nargs="*", help="默认全部 / default: all")
    demo.set_defaults(command=_demo)
    return parser


def _lab_parser(commands: Any) -> None:
    lab = commands.add_parser("lab", help="两台总机的实验环境 / the two-switchboard lab").add_subparsers(required=True)
    for name, function, help_ in (
        ("up", _lab_up, "启动 / start"),
        ("down", _lab_down, "停止并清除 / stop and clean up"),
        ("status", _lab_status, "注册话机所需的一切 / all that a phone needs"),
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
    again.set_defaults(command=_lab_restart)

    console = lab.add_parser("console", help="在一台总机的控制台执行一条命令 / one command on a switchboard's console")
    console.add_argument("side", choices=("12345", "110"))
    console.add_argument("words", nargs="+", metavar="COMMAND")
    console.add_argument("--name", default="default")
    console.set_defaults(command=_lab_console)

    tree = lab.add_parser("tree", help="取得一组 Debian 软件 / fetch a set of Debian packages, print where it is")
    tree.add_argument(
        "set", choices=("asterisk", "fonts", "music", "phones", "prometheus", "python311", "redis", "voices")
    )
    tree.set_defaults(command=_lab_tree)

    package = lab.add_parser(
        "asterisk-deb", help="不带补丁的 Asterisk，做成软件包 / an Asterisk without the patch, as a package for a site"
    )
    package.add_argument("folder", type=Path, help="软件包写到哪里 / where the package is written")
    package.set_defaults(command=_lab_asterisk_deb)


def _dialplan_parser(commands: Any) -> None:
    dialplan = commands.add_parser("dialplan", help="拨号方案 / the dialplan").add_subparsers(required=True)
    check = dialplan.add_parser("check", help="与随附的文件和规则比较 / compare with what ships and with the rules")
    _where(check, required=False)
    check.set_defaults(command=_dialplan_check)
    for name, function, help_ in (
        ("plan", _dialplan_plan, "没有网关时按键呼叫谁（onekey-plan.conf） / whom a key rings without a gateway"),
        ("keys", _dialplan_keys, "由规则生成 features.conf / features.conf from the rules"),
    ):
        command = dialplan.add_parser(name, help=help_)
        _where(command, required=False)
        command.add_argument("--switchboard", required=True, metavar="ID")
        command.add_argument("--rules", type=Path, help="规则文件 / rules file (default: that of the configuration)")
        command.set_defaults(command=function)


def _where(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    group = parser.add_mutually_exclusive_group(required=required)
    group.add_argument("--lab", nargs="?", const="default", metavar="NAME", help="接入实验环境 / attach to a lab")
    group.add_argument("--config", type=Path, metavar="FILE", help="站点配置 / a site's configuration")


def _iso(text: str) -> str:
    _instant(text)
    return text


def _instant(text: str) -> float:
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r}: 例如 / e.g. 2026-11-23T08:00") from None


def _config(arguments: argparse.Namespace):  # type: ignore[no-untyped-def]  # Config is imported where it is needed
    from gateway.config import site_file
    from gateway.lab import lab

    if arguments.config is not None:
        return site_file.load(arguments.config)
    return site_file.from_lab(lab.folder_of(arguments.lab) / "lab.json")


# --- lab --------------------------------------------------------------------------------------------------------------


def _lab_up(arguments: argparse.Namespace) -> None:
    from gateway.config.settings import site_path
    from gateway.lab import lab, words
    from gateway.provisioning.plan_file import NAME, rendered
    from gateway.rules import file as rules_file

    # An error in the rules shows now, not when a gateway attaches.
    rules = rules_file.load(arguments.rules or site_path("transfer_rules.yaml"))
    found = lab.up(
        site_path("dialplan").parent,
        arguments.name,
        keys=lab.keys_of(rules.keys),
        drop_s=arguments.drop_s,
        unread_ms=arguments.unread_ms,
        plan_old_s=arguments.plan_old_s,
        ring_s=arguments.ring_s,
        dtmf_events=arguments.dtmf_events,
        secure=arguments.secure,
        rules=arguments.rules,
        source=arguments.asterisk,
        files={side: {NAME: rendered(rules, side, lab.SIDES)} for side in lab.SIDES},
    )
    print(json.dumps(found, ensure_ascii=False, indent=1) if arguments.json else words.describe(found))


def _lab_down(arguments: argparse.Namespace) -> None:
    from gateway.lab import lab

    existed = lab.down(arguments.name)
    text = "已停止并清除 / stopped, nothing is left" if existed else "没有在运行 / nothing was up"
    print(json.dumps({"existed": existed}) if arguments.json else text)


def _lab_status(arguments: argparse.Namespace) -> int:
    from gateway.lab import lab, words

    found = lab.status(arguments.name)
    print(json.dumps(found, ensure_ascii=False, indent=1) if arguments.json else words.describe(found))
    return 0 if all(found["alive"].values()) else 1


def _lab_restart(arguments: argparse.Namespace) -> None:
    from gateway.lab import lab

    lab.restart(arguments.name, arguments.side, kill=arguments.kill, start=not arguments.no_start)
    print("已停止 / stopped" if arguments.no_start else "已重启 / restarted")


def _lab_console(arguments: argparse.Namespace) -> None:
    from gateway.lab import lab

    print(lab.console(arguments.name, arguments.side, " ".join(arguments.words)), end="")


def _lab_tree(arguments: argparse.Namespace) -> None:
    from gateway.debian import packages

    found = packages.ensure(arguments.set)
    print(json.dumps({"root": str(found.root), "start": found.start}))


def _lab_asterisk_deb(arguments: argparse.Namespace) -> None:
    from gateway.config.settings import site_path
    from gateway.debian import packages
    from gateway.lab import asterisk, asterisk_deb, built

    found = built.ensure(asterisk.modules_of(site_path("dialplan").parent))
    print(asterisk_deb.make(found, arguments.folder, packages.say_on_stderr))


# --- the gateway ------------------------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace) -> None:
    import uvloop

    from gateway import app
    from gateway.observability import log

    config = _config(arguments)
    log.configure(arguments.log)

    def started() -> None:
        address = f"http://{config.api_host}:{config.api_port}"
        print(
            f"网关已启动 / the gateway runs: {config.name}  {address}  (Ctrl-C 停止 / stops it)",
            file=sys.stderr,
            flush=True,
        )

    uvloop.run(app.run(config, started))


def _doctor(arguments: argparse.Namespace) -> int:
    from gateway.doctor import examine as doctor
    from gateway.doctor.findings import describe

    findings = asyncio.run(doctor.examine(_config(arguments), arguments.config))
    print(describe(findings))
    return int(any(finding.level == "error" for finding in findings))


def _dialplan_check(arguments: argparse.Namespace) -> int:
    from gateway.config.settings import site_path
    from gateway.doctor import dialplan as dialplan_check
    from gateway.doctor.findings import describe
    from gateway.rules import file as rules_file

    if arguments.config is None and arguments.lab is None:
        findings = dialplan_check.tree(rules_file.load(site_path("transfer_rules.yaml")))
    else:
        findings = asyncio.run(dialplan_check.site(_config(arguments)))
    print(describe(findings, "拨号方案没有错误 / no error in the dialplan"))
    return int(any(finding.level == "error" for finding in findings))


def _planned(arguments: argparse.Namespace) -> tuple[Any, list[str]]:
    """The rules, and the switchboards of the configuration; without one the shipped rules and the lab's two."""
    from gateway.config.settings import ConfigError, site_path
    from gateway.lab import lab
    from gateway.rules import file as rules_file

    path, ids = site_path("transfer_rules.yaml"), list(lab.SIDES)
    if arguments.config is not None or arguments.lab is not None:
        config = _config(arguments)
        path, ids = config.rules, [board.id for board in config.switchboards]
    if arguments.switchboard not in ids:
        what = f"没有总机 {arguments.switchboard} / there is no switchboard {arguments.switchboard}"
        raise ConfigError("--switchboard", [(arguments.switchboard, what, f"可用 / known: {', '.join(ids)}")])
    return rules_file.load(arguments.rules or path), ids


def _dialplan_plan(arguments: argparse.Namespace) -> None:
    from gateway.provisioning.plan_file import rendered

    rules, ids = _planned(arguments)
    print(rendered(rules, arguments.switchboard, ids), end="")


def _dialplan_keys(arguments: argparse.Namespace) -> None:
    from gateway.config.settings import site_path
    from gateway.lab import lab
    from gateway.provisioning.features_file import features

    rules, ids = _planned(arguments)
    peer = next((id_ for id_ in ids if id_ != arguments.switchboard), arguments.switchboard)
    print(features(site_path("asterisk-conf"), lab.keys_of(rules.keys), peer), end="")


def _prompts_make(arguments: argparse.Namespace) -> None:
    from gateway.config.settings import site_path
    from gateway.provisioning import prompts

    prompts.make(site_path("asterisk-conf") / "prompts/zh.txt", arguments.folder)
    print(f"{arguments.folder}: {len(list(arguments.folder.glob('*.wav')))} 个提示音 / prompts")


def _report_seats(arguments: argparse.Namespace) -> int:
    """The log itself where its detail or its JSON is asked for; else the report of all formats."""
    from gateway.cli import reports as cli_reports
    from gateway.reporting import seat_times

    config = _config(arguments)
    if not (arguments.detail or arguments.json):
        return cli_reports.run(arguments, config)
    since = _instant(arguments.since) if arguments.since is not None else 0.0
    now = time.time()
    until = _instant(arguments.until) if arguments.until is not None else now
    times = asyncio.run(cli_reports.seat_times(config, since, until, now))
    print(seat_times.format_seats(times, as_json=arguments.json, detail=arguments.detail))
    return 0


def _replay(arguments: argparse.Namespace) -> int:
    from gateway.core.switchboard import Switchboards
    from gateway.core.values.ids import SwitchboardId
    from gateway.observability import unfollowed
    from gateway.observability.replay import Start, compare
    from gateway.rules import file as rules_file

    config = _config(arguments)
    settings = config.core()
    ids = [SwitchboardId(board.id) for board in config.switchboards]

    def make(start: Start) -> Switchboards:
        rules = rules_file.parse(start.rules) if start.rules else rules_file.load(config.rules)
        rows: dict[str, Any] = {"transfers": start.transfers, "contexts": start.contexts}
        rows |= {"seats": start.seats, "seen": start.seen, "waiting": start.waiting, "tasks": start.tasks}
        return Switchboards(ids, rules, settings, **rows, read_rules=rules_file.parse)

    different = compare(arguments.tape[0], make, *arguments.tape[1:])
    for line in (*unfollowed.explained(arguments.tape), *different[:20]):
        print(line)
    print(f"不同 differences: {len(different)}")
    return int(bool(different))


# --- the demo -----------------------------------------------------------------------------------------------------------


def _demo(arguments: argparse.Namespace) -> int:
    """The stories belong to the simulators, which are strangers: they are run, not imported."""
    words = [sys.executable, "-m", "simulators.demo", *arguments.stories]
    return subprocess.run(words, env={**os.environ, "PYTHONUNBUFFERED": "1"}, check=False).returncode
