"""The command line's ``onekey run`` and ``onekey doctor``: a gateway, and what is wrong before it carries calls."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from gateway.cli.options import add_where, configuration, quiet


def fill_run(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey run``."""
    add_where(parser)
    parser.add_argument("--log", type=Path, help="日志文件（默认输出到终端） / log file (default: the terminal)")
    parser.set_defaults(command=_run)


def fill_doctor(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey doctor``."""
    add_where(parser)
    parser.add_argument(
        "--call",
        action="store_true",
        help="再试打一通：真的队列和按键，不惊动任何人 / try one call as well: the real queue and key, and nobody is disturbed",
    )
    parser.add_argument(
        "--switchboard", default="", metavar="ID", help="在哪台总机试打 / at which switchboard (default: the first)"
    )
    parser.add_argument(
        "--entry", default="", metavar="CONTEXT,EXTEN", help="来电从哪里进来 / where a citizen's call goes in"
    )
    parser.add_argument(
        "--key", default="", metavar="CODE", help="试哪个按键 / which key (default: the first that transfers)"
    )
    parser.set_defaults(command=_doctor)


def _run(arguments: argparse.Namespace) -> None:
    import uvloop

    from gateway import app
    from gateway.observability import log

    config = configuration(arguments)
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

    config = configuration(arguments)
    quiet()
    findings = asyncio.run(doctor.examine(config, arguments.config))
    if arguments.call:
        from gateway.doctor.trial_call import call

        findings += asyncio.run(call(config, arguments.switchboard, arguments.entry, arguments.key))
    print(describe(findings))
    return int(any(finding.level == "error" for finding in findings))
