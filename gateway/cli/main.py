"""The command line: ``onekey``."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import select
import sys
from collections.abc import Sequence
from typing import Any

from gateway import __version__
from gateway.cli import texts

COMMANDS = {
    "lab": ("lab.fill", texts.TWO_SWITCHBOARD_LAB),
    "run": ("run.fill_run", texts.RUN_THE_GATEWAY),
    "doctor": ("run.fill_doctor", texts.FIND_WHAT_IS_WRONG_BEFORE),
    "site": ("site.fill", texts.INSTALL_BESIDE_AN_ASTERISK),
    "rules": ("rules.fill", texts.TRANSFER_RULES),
    "clock": ("clock.fill", texts.RECORDS_OF_A_WRONG_CLOCK),
    "dialplan": ("dialplan.fill", texts.THE_DIALPLAN),
    "prompts": ("prompts.fill", texts.PROMPTS),
    "report": ("reports.fill", texts.REPORTS),
    "import": ("imports.fill", texts.BRING_IN_LOGS_OF_ANOTHER_SYSTEM),
    "replay": ("replay.fill", texts.REPLAY_A_TAPE_AND_COMPARE),
    "token": ("records.fill_token", texts.TOKENS_OF_THE_API),
    "audit": ("records.fill_audit", texts.AUDIT_LOG),
    "trace": ("records.fill_trace", texts.ONE_MATTER_OVER_ALL_CALLS),
    "export": ("records.fill_export", texts.EXPORT_IN_BULK),
    "retention": ("records.fill_retention", texts.REMOVE_WHAT_IS_PAST_ITS_TIME),
    "work-order": ("forms.fill_work_order", texts.WORK_ORDER_FORM),
    "eido": ("forms.fill_eido", texts.NENA_EIDO),
    "demo": ("demo.fill", texts.PLAY_THE_STORIES),
}
"""Commands: the function of ``gateway.cli`` that fills the parser of each, and its help."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code: 0 done, 1 not done (and why, on stderr), 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a GBK terminal has no ✘, and a path need not be UTF-8
    arguments = _parser().parse_args(argv)
    from gateway.core.values.fault import Fault
    from gateway.observability.log import tracebacks_without_values

    tracebacks_without_values()
    try:
        code = int(arguments.command(arguments) or 0)
        sys.stdout.flush()  # here, where a reader that has gone is no error
        return code
    except Fault as error:
        print(texts.ERROR(error=error), file=sys.stderr)
        return 1
    except BrokenPipeError:
        if not _nobody_reads():
            raise
        return 0
    except OSError as error:
        what, remedy = error.strerror or repr(error), texts.CHECK_PATH
        print(texts.ERROR_OF_A_FILE(what=what, filename=error.filename or "", remedy=remedy), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _nobody_reads() -> bool:
    """True where it is our own output that nobody takes any more (``| head``): then nothing more is said there, at the interpreter's end either."""
    descriptor, look = sys.stdout.fileno(), select.poll()
    look.register(descriptor, 0)  # a pipe without a reader is in error, whatever is asked for
    gone = any(what & (select.POLLERR | select.POLLHUP) for _, what in look.poll(0))
    if gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    return gone


class Parser(argparse.ArgumentParser):
    """A parser whose options are added once it has words to read: only the command that was typed is imported."""

    fill = ""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Import the command, then parse. Overridden, since argparse calls it on no parser but the one that was chosen."""
        if self.fill:
            module, _, function = self.fill.partition(".")
            self.fill = ""
            getattr(importlib.import_module(f"gateway.cli.{module}"), function)(self)
        return super().parse_known_args(args, namespace)


class Version(argparse.Action):
    """Says the version, which is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_rest: object) -> None:
        """Print it and end."""
        print(f"onekey {_version()}")
        parser.exit()


def _version() -> str:
    """The version that was built; that of the source in a checkout."""
    try:
        with open(os.path.join(os.path.dirname(__file__), "../_site/VERSION"), encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return __version__


def _parser() -> Parser:
    parser = Parser(prog="onekey", description=texts.ONE_KEY_TRANSFER_GATEWAY)
    parser.add_argument("--version", action=Version, nargs=0, help="show program's version number and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (fill, help_) in COMMANDS.items():
        commands.add_parser(name, help=help_).fill = fill
    return parser
