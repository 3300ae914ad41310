"""The command line's ``onekey work-order``: check the form, show a context in it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.config import Config

Where = Callable[..., None]


def add(commands: Any, where: Where, config: Callable[[argparse.Namespace], Config]) -> None:
    """Add the commands. ``where`` adds --lab and --config, ``config`` reads what they name."""
    orders = commands.add_parser("work-order", help="工单（警单）表单 / the work-order form").add_subparsers(
        required=True
    )

    check = orders.add_parser("check", help="检查表单文件 / check a form")
    check.add_argument("file", type=Path, nargs="?", help="默认为自带的表单 / default: the one that ships")
    where(check, required=False)
    check.set_defaults(command=lambda arguments: _check(arguments, config))

    show = orders.add_parser("show", help="一条来电信息填成的工单，掩码 / a context as a work order, masked")
    show.add_argument("id", help="上下文号 / a context's id")
    where(show)
    show.set_defaults(command=lambda arguments: _show(arguments, config(arguments)))


def _check(arguments: argparse.Namespace, config: Callable[[argparse.Namespace], Config]) -> None:
    from gateway.config import site_path
    from gateway.rules_file import form

    named = arguments.config is not None or arguments.lab is not None
    path = arguments.file or (config(arguments).work_order if named else site_path("work_order.yaml"))
    print(f"{path}: 正确 / correct: {len(form.load(path).fields)} 个字段 fields")


def _show(arguments: argparse.Namespace, config: Config) -> int:
    """The form on stdout; what did not fit into it on stderr."""
    from gateway.cli_records import with_store
    from gateway.core.view import context_view
    from gateway.rules_file import form
    from gateway.work_order import work_order

    row = with_store(config, lambda store, _audit: store.context(arguments.id))
    if row is None:
        print(f"错误 error: 没有这条记录 / no such record: {arguments.id}", file=sys.stderr)
        return 1
    filled, misfits = work_order(context_view(row, hidden=row.said.confidential), form.load(config.work_order))
    print(json.dumps(filled, ensure_ascii=False, indent=1))
    for misfit in misfits:
        print(f"提醒 warning: {misfit.field} ({misfit.source}): {misfit.rule}", file=sys.stderr)
    return 0
