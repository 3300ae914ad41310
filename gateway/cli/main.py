"""The command line: ``onekey``."""

from __future__ import annotations

import argparse
import importlib
import io
import sys
from collections.abc import Sequence
from typing import Any

from gateway import __version__

COMMANDS = {
    "lab": ("lab.fill", "两台总机的实验环境 / the two-switchboard lab"),
    "run": ("run.fill_run", "运行网关 / run the gateway"),
    "doctor": ("run.fill_doctor", "来电之前先找出配置问题 / find what is wrong before a call does"),
    "rules": ("rules.fill", "转接规则 / transfer rules"),
    "dialplan": ("dialplan.fill", "拨号方案 / the dialplan"),
    "prompts": ("prompts.fill", "提示音 / prompts"),
    "report": ("reports.fill", "报表 / reports"),
    "import": (
        "reports.fill_import",
        "导入其他系统的坐席和队列日志 / bring in logs of another system, for reports",
    ),
    "replay": ("replay.fill", "重放事件记录，核对每个决定 / replay a tape and compare each decision"),
    "token": ("records.fill_token", "接口令牌 / tokens of the API"),
    "audit": ("records.fill_audit", "审计日志 / the audit log"),
    "trace": ("records.fill_trace", "一件事的全过程 / one matter over all calls and transfers"),
    "export": ("records.fill_export", "批量导出 / export in bulk"),
    "retention": ("records.fill_retention", "按类别清理过期记录 / remove what is past its time, by class"),
    "work-order": ("forms.fill_work_order", "工单（警单）表单 / the work-order form"),
    "eido": ("forms.fill_eido", "NENA EIDO（docs/eido.md）"),
    "demo": ("demo.fill", "演示全部场景 / play the stories"),
}
"""Commands: the function of ``gateway.cli`` that fills the parser of each, and its help."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code: 0 done, 1 not done (and why, on stderr), 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a GBK terminal has no ✘, and a path need not be UTF-8
    arguments = _parser().parse_args(argv)
    from gateway.core.values.fault import Fault

    try:
        return int(arguments.command(arguments) or 0)
    except Fault as error:
        print(f"错误 error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        what, remedy = error.strerror or repr(error), "检查路径、权限和磁盘 / check path, rights and disk"
        print(f"错误 error: {what}\n    {error.filename or ''}\n    → {remedy}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


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


def _parser() -> Parser:
    parser = Parser(prog="onekey", description="12345 与 110 一键转接网关 / one-key transfer gateway")
    parser.add_argument("--version", action="version", version=f"onekey {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (fill, help_) in COMMANDS.items():
        commands.add_parser(name, help=help_).fill = fill
    return parser
