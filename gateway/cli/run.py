"""The command line's ``onekey run`` and ``onekey doctor``: a gateway, and what is wrong before it carries calls."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from gateway.cli import texts
from gateway.cli.options import add_where, configuration


def fill_run(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey run``."""
    add_where(parser)
    parser.add_argument("--log", type=Path, help=texts.LOG_FILE)
    parser.set_defaults(command=_run)


def fill_doctor(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey doctor``."""
    add_where(parser)
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

    findings = asyncio.run(doctor.examine(configuration(arguments), arguments.config))
    print(describe(findings))
    return int(any(finding.level == "error" for finding in findings))
