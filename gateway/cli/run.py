"""The command line's ``onekey run`` and ``onekey doctor``: a gateway, and what is wrong before it carries calls."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from gateway.cli import texts
from gateway.cli.options import add_where, configuration, quiet


def fill_run(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey run``."""
    add_where(parser)
    parser.add_argument("--log", type=Path, help=texts.LOG_FILE)
    parser.set_defaults(command=_run)


def fill_doctor(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey doctor``."""
    add_where(parser)
    parser.add_argument(
        "--call",
        action="store_true",
        help=texts.TRY_A_CALL,
    )
    parser.add_argument("--switchboard", default="", metavar="ID", help=texts.AT_WHICH_SWITCHBOARD)
    parser.add_argument("--entry", default="", metavar="CONTEXT,EXTEN", help=texts.WHERE_CALLS_GO_IN)
    parser.add_argument("--key", default="", metavar="CODE", help=texts.WHICH_KEY)
    parser.set_defaults(command=_doctor)


def _run(arguments: argparse.Namespace) -> None:
    import uvloop

    from gateway import app
    from gateway.observability import log

    config = configuration(arguments)
    reopen_log = log.configure(arguments.log)

    def started() -> None:
        address = f"http://{config.api_host}:{config.api_port}"
        print(texts.GATEWAY_RUNS(name=config.name, address=address), file=sys.stderr, flush=True)

    uvloop.run(app.run(config, started, reopen_log))


def _doctor(arguments: argparse.Namespace) -> int:
    from gateway.doctor import examine as doctor
    from gateway.doctor.findings import describe

    config = configuration(arguments)
    with quiet():
        findings = asyncio.run(doctor.examine(config, arguments.config))
        if arguments.call:
            from gateway.doctor.trial_call import call

            findings += asyncio.run(call(config, arguments.switchboard, arguments.entry, arguments.key))
    print(describe(findings))
    return int(any(finding.level == "error" for finding in findings))
