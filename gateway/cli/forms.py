"""The command line's ``onekey work-order`` and ``onekey eido``: a context in the words of other platforms, and theirs as a context."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli import texts
from gateway.cli.options import add_where, configuration, is_named
from gateway.core.values.fault import Fault

if TYPE_CHECKING:
    from gateway.config.settings import Config
    from gateway.contexts.imports import ImportedCase
    from gateway.guards.door_limits import DoorLimits
    from gateway.security.audit import AuditLog
    from gateway.store import Store
    from gateway.views.plain import View


def fill_work_order(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey work-order``."""
    orders = parser.add_subparsers(required=True)
    check = orders.add_parser("check", help=texts.CHECK_A_FORM)
    check.add_argument("file", type=Path, nargs="?", help=texts.DEFAULT_THE_ONE)
    add_where(check, required=False)
    check.set_defaults(command=_check)
    _add_show(orders, texts.CONTEXT_AS_A_WORK_ORDER, _order_of)
    _add_import(orders, _told_by_order)


def fill_eido(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey eido``."""
    eidos = parser.add_subparsers(required=True)
    read = eidos.add_parser("check", help=texts.VALIDATE_ONE)
    read.add_argument("file", type=Path)
    read.set_defaults(command=_check_eido)
    _add_show(eidos, texts.CONTEXT_AS_AN_EIDO, _eido_of)
    _add_import(eidos, _told_by_eido)


def _add_show(group: Any, help_: str, show: Callable[[View, Config], View]) -> None:
    shown = group.add_parser("show", help=help_)
    shown.add_argument("id", help=texts.CONTEXTS_ID)
    add_where(shown)
    shown.set_defaults(command=lambda arguments: _show(arguments, configuration(arguments), show))


def _add_import(group: Any, read: Callable[[Any, Config], ImportedCase]) -> None:
    brought = group.add_parser("import", help=texts.NEW_CONTEXT_FROM_A_FILE)
    brought.add_argument("file", type=Path)
    brought.add_argument("--switchboard", required=True, metavar="ID", help=texts.ITS_HOME)
    add_where(brought)
    brought.set_defaults(command=lambda arguments: _import(arguments, configuration(arguments), read))


def _check(arguments: argparse.Namespace) -> None:
    from gateway.config.settings import site_path
    from gateway.contexts.formats import work_order_form as form

    path = arguments.file or (
        configuration(arguments).work_order if is_named(arguments) else site_path("work_order.yaml")
    )
    print(texts.FORM_IS_CORRECT(path=path, fields=len(form.load(path).fields)))


# --- there ----------------------------------------------------------------------------------------------------------------


def _show(arguments: argparse.Namespace, config: Config, show: Callable[[View, Config], View]) -> int:
    from gateway.cli.records import no_record, with_store
    from gateway.views.contexts import context_view

    row = with_store(config, lambda store, _audit: store.context(arguments.id))
    if row is None:
        raise no_record(arguments.id)
    shown = show(context_view(row, hidden=row.said.confidential), config)
    print(json.dumps(shown, ensure_ascii=False, indent=1))
    return 0


def _order_of(view: View, config: Config) -> View:
    """The form; what did not fit into it on stderr."""
    from gateway.contexts.formats import work_order_form as form
    from gateway.contexts.formats.work_order import work_order

    filled, misfits = work_order(view, form.load(config.work_order))
    for misfit in misfits:
        print(texts.WARNING_OF_A_SOURCE(field=misfit.field, source=misfit.source, rule=misfit.rule), file=sys.stderr)
    return dict(filled)


def _eido_of(view: View, _config: Config) -> View:
    from gateway.contexts.formats.eido import to_eido

    return to_eido(view)


# --- and back -------------------------------------------------------------------------------------------------------------


def _told_by_order(body: Any, config: Config) -> ImportedCase:
    from gateway.contexts.formats import work_order_form as form
    from gateway.contexts.formats.work_order import NotAnOrder
    from gateway.contexts.imports import of_work_order

    if not isinstance(body, dict):
        raise NotAnOrder("$", texts.JSON_OBJECT)
    return of_work_order(body, form.load(config.work_order))


def _told_by_eido(body: Any, _config: Config | None) -> ImportedCase:
    from gateway.contexts.imports import of_eido

    return of_eido(body)


def _read(path: Path, limits: DoorLimits, read: Callable[[Any], ImportedCase]) -> ImportedCase:
    """The case that a file tells; fields that are not taken are named on stderr. Raises Fault."""
    from gateway.contexts.formats.eido_reading import NotEido
    from gateway.contexts.formats.work_order import NotAnOrder
    from gateway.guards.bounded_file import read_bounded
    from gateway.guards.strangers_json import Unreadable
    from gateway.guards.strangers_json import read as read_json

    try:
        data = read_bounded(path, limits.import_bytes_max)
        told = read(read_json(data, limits.import_bytes_max, limits.json))
    except (NotEido, NotAnOrder) as error:
        raise Fault(f"{path}: {error.where}", "", error.rule) from None
    except Unreadable as unreadable:
        what = texts.CANNOT_BE_READ_AS_JSON(path=path, rule=unreadable.rule)
        raise Fault(what, "", texts.CHECK_THE_FILE) from None
    for one in told.left:
        print(texts.WARNING_OF_A_FIELD(field=one["field"], rule=one["rule"]), file=sys.stderr)
    return told


def _check_eido(arguments: argparse.Namespace) -> None:
    from gateway.core.values.instants import instant
    from gateway.guards.door_limits import DOOR_LIMITS

    told = _read(arguments.file, DOOR_LIMITS, lambda body: _told_by_eido(body, None))
    others = {"caller_number": told.caller_number, "arrived_at": instant(told.arrived_at)}
    print(json.dumps({**told.details, **others}, ensure_ascii=False, indent=1))


def _import(arguments: argparse.Namespace, config: Config, read: Callable[[Any, Config], ImportedCase]) -> None:
    from gateway.cli.records import who, with_store
    from gateway.contexts.imports import context_of
    from gateway.core.values.ids import SwitchboardId

    boards = [board.id for board in config.switchboards]
    if arguments.switchboard not in boards:
        raise Fault(f"--switchboard {arguments.switchboard}", "", texts.KNOWN_BOARDS(boards=" ".join(boards)))
    told = _read(arguments.file, config.door, lambda body: read(body, config))
    row = context_of(told, SwitchboardId(arguments.switchboard), who(), time.time())

    async def work(store: Store, audit: AuditLog) -> bool:
        if (told.key and await store.context(told.key)) or not await store.edit_context(row, 0):
            return False
        audit.write(who(), "context_brought_in", f"{row.id} {','.join(sorted(told.details))}")
        return True

    if not with_store(config, work):
        raise Fault(texts.THERE_IS_SUCH_A_RECORD_ALREADY, "", f"onekey trace {row.id}")
    print(row.id)
