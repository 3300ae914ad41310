"""The commands about records: tokens, the audit log, traces, exports and retention. Each is filled when it is called for."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.cli.options import add_where, configuration, instant
from gateway.core.values.fault import Fault

if TYPE_CHECKING:
    from gateway.config.settings import Config
    from gateway.security.audit import AuditLog
    from gateway.store import Store

T = TypeVar("T")
FILTERS = {
    "number": (r"\+?[0-9][0-9 -]{2,30}", "来电号码 / the caller's number"),
    "tail": ("[0-9]{3,20}", "号码末几位 / its end"),
    "matter": ("[0-9A-Za-z._-]{1,40}", "事项代码 / code of the matter"),
    "district": ("[0-9]{6}", "区划代码 / division code"),
    "seat": ("[0-9A-Za-z._-]{1,80}", "坐席 / seat"),
    "case": (".{1,60}", "工单号或警单号 / number of a work order or police order"),
    "text": (".{1,100}", "文字，可两字 / words, two characters will do"),
    "switchboard": ("[0-9A-Za-z.-]{1,100}", "涉及的总机 / a switchboard that it was given to"),
}
"""Filters of an export: the words of ``GET /v1/contexts``, and what each may be."""


def fill_token(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey token``."""
    tokens = parser.add_subparsers(required=True)
    create = _command(tokens.add_parser("create", help="新建，只显示一次 / make one; it is shown once"), _token_create)
    create.add_argument("name", type=_printable, help="给谁用 / who holds it")
    create.add_argument(
        "--scope", action="append", required=True, help="read full edit transfer supervise admin；可重复 / repeat"
    )
    create.add_argument("--switchboard", default="", help="只限此总机 / of this switchboard only")
    create.add_argument("--seat", type=_printable, default="", help="只限此坐席 / of this seat only")
    create.add_argument("--days", type=int, default=0, help="有效天数，默认直到吊销 / default: until it is revoked")
    listed = _command(tokens.add_parser("list", help="列出 / list them"), _token_list)
    listed.add_argument("--json", action="store_true")
    revoked = _command(tokens.add_parser("revoke", help="吊销 / revoke one"), _token_revoke)
    revoked.add_argument("id", type=_printable)


def fill_audit(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey audit``."""
    audit = parser.add_subparsers(required=True)
    _command(audit.add_parser("verify", help="核对：有无删改 / find what was removed or altered"), _audit_verify)


def fill_trace(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey trace``."""
    _command(parser, _trace)
    parser.add_argument("id", type=_printable, help="转接号或来电信息号 / a transfer's id or a context's")


def fill_export(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey export``."""
    exports = parser.add_subparsers(required=True)
    contexts = _command(exports.add_parser("contexts", help="来电信息 / call contexts"), _export)
    contexts.add_argument("--format", choices=("csv", "xlsx", "parquet"), default="csv")
    contexts.add_argument("--since", type=instant, default=0.0, help="ISO 8601")
    contexts.add_argument("--until", type=instant, default=9e99, help="ISO 8601")
    for name, (alphabet, help_) in FILTERS.items():
        contexts.add_argument(f"--{name}", type=_written(alphabet), help=help_)
    contexts.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    contexts.add_argument("--full", action="store_true", help="号码不掩码，须注明用途 / unmasked, needs --purpose")
    contexts.add_argument("--purpose", type=_printable, default="", help="写入审计日志 / written to the audit log")


def fill_retention(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey retention``."""
    _command(parser, _retention)
    parser.add_argument("--dry-run", action="store_true", help="只列出 / only say what would go")


def _command(
    parser: argparse.ArgumentParser, function: Callable[[argparse.Namespace, Config], int]
) -> argparse.ArgumentParser:
    """The parser of a command about the records of one configuration."""
    add_where(parser)
    parser.set_defaults(command=lambda arguments: function(arguments, configuration(arguments)))
    return parser


def _written(alphabet: str) -> Callable[[str], str]:
    def read(word: str) -> str:
        if not re.fullmatch(alphabet, word):
            raise argparse.ArgumentTypeError(f"{word!r}: {alphabet}")
        return _printable(word)

    return read


def _printable(word: str) -> str:
    """A text that goes into records or asks for some. A terminal that does not write UTF-8, as one in GBK, gives half letters."""
    if not word.replace("\N{IDEOGRAPHIC SPACE}", " ").isprintable():
        what = "有不能显示的字符；终端须用 UTF-8 / has characters that cannot be shown: the terminal must write UTF-8"
        raise argparse.ArgumentTypeError(f"{word!a}: {what}")
    return word


def _shown(word: str) -> str:
    """Text of a path or word that need not be UTF-8, made fit for a record."""
    return word.encode("utf-8", "backslashreplace").decode()


def no_record(id_: str) -> Fault:
    """The error of an id that no record has."""
    return Fault(f"没有这条记录 / no such record: {id_}", "", "核对编号 / check the id")


def who() -> str:
    """The person who types, for the audit log."""
    with contextlib.suppress(KeyError, OSError):
        return f"{_shown(getpass.getuser())}@command line"  # taken from the environment
    return "command line"


def with_store(config: Config, work: Callable[[Store, AuditLog], Awaitable[T]]) -> T:
    """Do something with the store and the audit log of a configuration; both are durable when it returns."""
    from gateway.security.audit import CHAIN, AuditLog
    from gateway.store import AnchorRow
    from gateway.store.opening import open_store

    async def run() -> T:
        store = open_store(config.store, config.store_url, config.run_dir)
        audit = AuditLog(
            config.audit, config.signing_keys, anchor=lambda number, mac: store.write(AnchorRow(CHAIN, number, mac))
        )
        try:
            found = await work(store, audit)
            await audit.settled()
            await store.flush()
            return found
        finally:
            try:
                audit.close()
            finally:
                await store.close()

    return asyncio.run(run())


# --- tokens -----------------------------------------------------------------------------------------------------------


def _token_create(arguments: argparse.Namespace, config: Config) -> int:
    from gateway.rules import file as rules_file
    from gateway.rules.problems import RulesError
    from gateway.security import tokens
    from gateway.security.principal import SCOPES

    scopes = tuple(scope for word in arguments.scope for scope in word.split(","))
    unknown = [scope for scope in scopes if scope not in SCOPES]
    boards = [board.id for board in config.switchboards]
    if arguments.switchboard and arguments.switchboard not in boards:
        # perhaps an organisation that is not attached: its platform reads what was given to it
        with contextlib.suppress(RulesError):
            boards += [target for target in rules_file.load(config.rules).targets if target not in boards]
    if unknown:
        raise Fault(", ".join(unknown), "", f"可用 / known: {' '.join(SCOPES)}")
    if (arguments.switchboard and arguments.switchboard not in boards) or (
        arguments.seat and not arguments.switchboard
    ):
        raise Fault(f"--switchboard {arguments.switchboard}", "", f"可用 / known: {' '.join(boards)}")
    token, row = tokens.mint(
        arguments.name, scopes, arguments.switchboard, arguments.seat, time.time(), max(0, arguments.days)
    )

    async def work(store: Store, audit: AuditLog) -> None:
        store.write(row)
        limits = {"scopes": " ".join(row.scopes), "switchboard": row.switchboard, "seat": row.seat}
        audit.write(who(), "token_created", row.id, name=row.name, **limits)

    with_store(config, work)
    print("只显示这一次 / shown this once:", file=sys.stderr)
    print(token)
    return 0


def _token_list(arguments: argparse.Namespace, config: Config) -> int:
    from gateway.core.values.instants import instant

    async def work(store: Store, _audit: AuditLog) -> list[dict[str, Any]]:
        return [
            {
                "id": row.id, "name": row.name, "scopes": list(row.scopes), "switchboard": row.switchboard, "seat": row.seat,
                "made_at": instant(row.made_at), "expires_at": instant(row.expires_at), "revoked_at": instant(row.revoked_at),
            }
            for row in await store.tokens()
        ]  # fmt: skip

    found = with_store(config, work)
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return 0
    for token in found:
        whose = "/".join(filter(None, (token["switchboard"], token["seat"]))) or "*"
        state = "已吊销 revoked" if token["revoked_at"] else f"至 until {token['expires_at'] or '—'}"
        print(f"{token['id']}  {token['name']:<20} {whose:<12} {' '.join(token['scopes']):<30} {state}")
    return 0


def _token_revoke(arguments: argparse.Namespace, config: Config) -> int:
    from dataclasses import replace

    async def work(store: Store, audit: AuditLog) -> bool:
        row = next((row for row in await store.tokens() if row.id == arguments.id), None)
        if row is None:
            return False
        store.write(replace(row, revoked_at=row.revoked_at or time.time()))
        audit.write(who(), "token_revoked", row.id, name=row.name)
        return True

    if not with_store(config, work):
        raise Fault(f"没有这个令牌 / no such token: {arguments.id}", "", "onekey token list")
    print("已吊销，两秒内生效 / revoked; takes effect within two seconds")
    return 0


# --- the audit log ------------------------------------------------------------------------------------------------------


def _audit_verify(_arguments: argparse.Namespace, config: Config) -> int:
    from gateway.security import audit
    from gateway.security.audit_verify import verify
    from gateway.store.opening import open_reading

    async def anchor() -> tuple[int, str] | None:
        found = await open_reading(config.store, config.store_url).anchor(audit.CHAIN)
        return (found.number, found.mac) if found is not None else None

    verdict = verify(config.audit, config.signing_keys, asyncio.run(anchor()))
    for file, row, what in verdict.problems:
        print(f"✘ {file}:{row}: {what}" if file else f"✘ {what}")
    print(f"{verdict.lines} 行 lines, {len(verdict.problems)} 处问题 problems")
    return int(bool(verdict.problems))


# --- contexts -----------------------------------------------------------------------------------------------------------


def _trace(arguments: argparse.Namespace, config: Config) -> int:
    from gateway.contexts import trace as trace_contexts

    found = with_store(config, lambda store, _audit: trace_contexts.trace(store, arguments.id))
    if found is None:
        raise no_record(arguments.id)
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0


def _export(arguments: argparse.Namespace, config: Config) -> int:
    from gateway.contexts.export import bar, export
    from gateway.contexts.export_job import Job, pages
    from gateway.core.values.numbers import TAIL_SHOWN_MAX
    from gateway.store.search import ContextSearch
    from gateway.views.contexts import search_view

    purpose = arguments.purpose.strip()
    if arguments.full and not purpose:
        raise Fault("--full 须注明 --purpose / --full needs a --purpose", "", "--purpose 用途 / what it is for")
    if len(arguments.tail or "") > TAIL_SHOWN_MAX and not arguments.full:
        what = f"--tail 超过 {TAIL_SHOWN_MAX} 位须 --full / of more than {TAIL_SHOWN_MAX} digits it needs --full"
        raise Fault(what, "", "--full --purpose …")
    given: dict[str, Any] = {name: getattr(arguments, name) or "" for name in FILTERS}
    wish = ContextSearch(since=arguments.since, until=arguments.until, **given)

    async def work(store: Store, audit: AuditLog) -> int:
        if arguments.full:
            about = {"format": arguments.format, **search_view(asdict(wish))}
            audit.write(who(), "contexts_exported_full", _shown(str(arguments.output)), purpose, **about)
            await audit.settled()

        total = 0 if any(given.values()) else await store.context_count(wish.since, wish.until)
        found = pages(store, Job(wish, arguments.format, arguments.full))
        count = await export(found, arguments.output, arguments.format, bar(total))
        if arguments.full:
            audit.write(who(), "contexts_export_made", _shown(str(arguments.output)), purpose, contexts=str(count))
        return count

    count = with_store(config, work)
    print(f"{arguments.output}: {count} 条 contexts")
    return 0


def _retention(arguments: argparse.Namespace, config: Config) -> int:
    from gateway.services import retention

    lines = with_store(
        config, lambda store, audit: retention.apply(config, store, audit, who(), time.time(), arguments.dry_run)
    )
    for line in lines:
        print(line)
    return 0
