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

from gateway.cli import texts
from gateway.cli.options import add_where, configuration, iso
from gateway.core.values.fault import Fault

if TYPE_CHECKING:
    from gateway.config.settings import Config
    from gateway.security.audit import AuditLog
    from gateway.store import Store

T = TypeVar("T")
DAYS_MAX = 3650
"""Ten years: a token that lives longer is one that nobody remembers."""
FILTERS = {
    "number": (r"\+?[0-9][0-9 -]{2,30}", texts.CALLERS_NUMBER),
    "tail": ("[0-9]{3,20}", texts.ITS_END),
    "matter": ("[0-9A-Za-z._-]{1,40}", texts.CODE_OF_THE_MATTER),
    "district": ("[0-9]{6}", texts.DIVISION_CODE),
    "seat": ("[0-9A-Za-z._-]{1,80}", texts.SEAT),
    "case": (".{1,60}", texts.NUMBER_OF_A_WORK_ORDER),
    "text": (".{1,100}", texts.WORDS_TWO_CHARACTERS_WILL),
    "switchboard": ("[0-9A-Za-z.-]{1,100}", texts.SWITCHBOARD_THAT_IT_WAS_GIVEN),
}
"""Filters of an export: the words of ``GET /v1/contexts``, and what each may be."""


def fill_token(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey token``."""
    tokens = parser.add_subparsers(required=True)
    create = _command(tokens.add_parser("create", help=texts.MAKE_ONE), _token_create)
    create.add_argument("name", type=_printable, help=texts.WHO_HOLDS)
    create.add_argument("--scope", action="append", required=True, help=texts.SCOPES_MAY_BE_REPEATED)
    create.add_argument("--switchboard", default="", help=texts.OF_THIS_SWITCHBOARD)
    create.add_argument("--seat", type=_printable, default="", help=texts.OF_THIS_SEAT)
    create.add_argument("--days", type=_days, default=0, help=texts.DAYS_OF_A_TOKEN(most=DAYS_MAX))
    listed = _command(tokens.add_parser("list", help=texts.LIST_THEM), _token_list)
    listed.add_argument("--json", action="store_true")
    revoked = _command(tokens.add_parser("revoke", help=texts.REVOKE_ONE), _token_revoke)
    revoked.add_argument("id", type=_printable)


def fill_audit(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey audit``."""
    audit = parser.add_subparsers(required=True)
    _command(audit.add_parser("verify", help=texts.FIND_WHAT_WAS_REMOVED_OR_ALTERED), _audit_verify)


def fill_trace(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey trace``."""
    _command(parser, _trace)
    parser.add_argument("id", type=_printable, help=texts.TRANSFERS_ID_OR_A_CONTEXTS)
    parser.add_argument("--json", action="store_true", help=texts.FOR_PROGRAMS)
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help=texts.LANGUAGE_OF_LINES)


def fill_export(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey export``."""
    exports = parser.add_subparsers(required=True)
    contexts = _command(exports.add_parser("contexts", help=texts.CALL_CONTEXTS), _export)
    contexts.add_argument("--format", choices=("csv", "xlsx", "parquet"), default="csv")
    contexts.add_argument("--since", type=iso, help=texts.IN_THE_SITES_ZONE)
    contexts.add_argument("--until", type=iso, help="ISO 8601")
    for name, (alphabet, help_) in FILTERS.items():
        contexts.add_argument(f"--{name}", type=_written(alphabet), help=help_)
    contexts.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    contexts.add_argument("--full", action="store_true", help=texts.UNMASKED_NEEDS_PURPOSE)
    contexts.add_argument("--purpose", type=_printable, default="", help=texts.WRITTEN_TO_THE_AUDIT_LOG)


def fill_retention(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey retention``."""
    _command(parser, _retention)
    parser.add_argument("--dry-run", action="store_true", help=texts.ONLY_SAY_WHAT_WOULD_GO)


def _command(
    parser: argparse.ArgumentParser, function: Callable[[argparse.Namespace, Config], int]
) -> argparse.ArgumentParser:
    """The parser of a command about the records of one configuration."""
    add_where(parser)
    parser.set_defaults(command=lambda arguments: function(arguments, configuration(arguments)))
    return parser


def _days(word: str) -> int:
    """Days that a token is good for: a number that makes none for ever, and an end that a calendar has."""
    if not (word.isascii() and word.isdecimal() and 1 <= int(word[:9]) <= DAYS_MAX):
        raise argparse.ArgumentTypeError(texts.NOT_DAYS(word=word, most=DAYS_MAX))
    return int(word)


def _written(alphabet: str) -> Callable[[str], str]:
    def read(word: str) -> str:
        if not re.fullmatch(alphabet, word):
            raise argparse.ArgumentTypeError(f"{word!r}: {alphabet}")
        return _printable(word)

    return read


def _printable(word: str) -> str:
    """A text that goes into records or asks for some. A terminal that does not write UTF-8, as one in GBK, gives half letters."""
    from gateway.core.values.written import Hides, in_one_form

    try:
        return in_one_form(word)
    except Hides as hides:
        what = texts.HAS_CHARACTERS_THAT_CANNOT_BE_SHOWN
        raise argparse.ArgumentTypeError(f"{word!a}: {what} ({hides})") from None


def _shown(word: str) -> str:
    """Text of a path or word that need not be UTF-8, made fit for a record."""
    return word.encode("utf-8", "backslashreplace").decode()


def no_record(id_: str) -> Fault:
    """The error of an id that no record has."""
    return Fault(texts.NO_SUCH_RECORD(id=id_), "", texts.CHECK_THE_ID)


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
        anchor = lambda number, mac: store.write(AnchorRow(CHAIN, number, mac))  # noqa: E731 - a line of its own
        audit = AuditLog(config.audit, config.signing_keys, clock=time.time, anchor=anchor)
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
        raise Fault(", ".join(unknown), "", texts.KNOWN_SCOPES(scopes=" ".join(SCOPES)))
    if (arguments.switchboard and arguments.switchboard not in boards) or (
        arguments.seat and not arguments.switchboard
    ):
        raise Fault(f"--switchboard {arguments.switchboard}", "", texts.KNOWN_BOARDS(boards=" ".join(boards)))
    token, row = tokens.mint(arguments.name, scopes, arguments.switchboard, arguments.seat, time.time(), arguments.days)

    async def work(store: Store, audit: AuditLog) -> None:
        store.write(row)
        limits = {"scopes": " ".join(row.scopes), "switchboard": row.switchboard, "seat": row.seat}
        audit.write(who(), "token_created", row.id, name=row.name, **limits)

    with_store(config, work)
    print(texts.SHOWN_THIS_ONCE, file=sys.stderr)
    print(token)
    return 0


def _end_of(at: float) -> str | None:
    """The end of a token as text; that of one that an older onekey made beyond all calendars as its seconds."""
    from gateway.core.values.instants import instant

    try:
        return instant(at)
    except (ValueError, OverflowError, OSError):
        return f"{at:.0f}"


def _token_list(arguments: argparse.Namespace, config: Config) -> int:
    from gateway.cli.tables import show
    from gateway.core.values.instants import instant

    async def work(store: Store, _audit: AuditLog) -> list[dict[str, Any]]:
        return [
            {
                "id": row.id, "name": row.name, "scopes": list(row.scopes), "switchboard": row.switchboard, "seat": row.seat,
                "made_at": instant(row.made_at), "expires_at": _end_of(row.expires_at), "revoked_at": instant(row.revoked_at),
            }
            for row in await store.tokens()
        ]  # fmt: skip

    found = with_store(config, work)
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return 0
    rows = []
    for token in found:
        whose = "/".join(filter(None, (token["switchboard"], token["seat"]))) or "*"
        state = texts.REVOKED if token["revoked_at"] else texts.UNTIL(expires_at=token["expires_at"] or "—")
        rows.append([token["id"], token["name"], whose, " ".join(token["scopes"]), str(state)])
    if sys.stdout.isatty():
        show(texts.TOKEN_HEADS, rows, left=len(texts.TOKEN_HEADS))
    else:  # programs read it line by line
        for id_, name, whose, scopes, state in rows:
            print(f"{id_}  {name:<20} {whose:<12} {scopes:<30} {state}")
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
        raise Fault(texts.NO_SUCH_TOKEN(id=arguments.id), "", "onekey token list")
    print(texts.REVOKED_TAKES_EFFECT_WITHIN)
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
    print(texts.LINES_AND_PROBLEMS(lines=verdict.lines, problems=len(verdict.problems)))
    return int(bool(verdict.problems))


# --- contexts -----------------------------------------------------------------------------------------------------------


def _trace(arguments: argparse.Namespace, config: Config) -> int:
    from gateway.contexts import trace as trace_contexts
    from gateway.contexts.trace_ladder import drawn

    found = with_store(config, lambda store, _audit: trace_contexts.trace(store, arguments.id))
    if found is None:
        raise no_record(arguments.id)
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        print(drawn(found, config.zone, arguments.lang, config.seat_names))
    return 0


def _export(arguments: argparse.Namespace, config: Config) -> int:
    from gateway.cli.progress import bar
    from gateway.contexts.export import export
    from gateway.contexts.export_job import Job, pages
    from gateway.core.values.numbers import TAIL_SHOWN_MAX
    from gateway.guards.instants import instant_of
    from gateway.store.search import ContextSearch
    from gateway.views.contexts import search_view

    purpose = arguments.purpose.strip()
    if arguments.full and not purpose:
        raise Fault(texts.FULL_NEEDS_A_PURPOSE, "", texts.WHAT_IT_IS_FOR)
    if len(arguments.tail or "") > TAIL_SHOWN_MAX and not arguments.full:
        what = texts.OF_MORE_THAN_TAIL_SHOWN_MAX_DIGITS(tail_shown_max=TAIL_SHOWN_MAX)
        raise Fault(what, "", "--full --purpose …")
    given: dict[str, Any] = {name: getattr(arguments, name) or "" for name in FILTERS}
    since = instant_of(arguments.since, config.zone) if arguments.since else 0.0
    until = instant_of(arguments.until, config.zone) if arguments.until else 9e99
    wish = ContextSearch(since=since, until=until, **given)

    async def work(store: Store, audit: AuditLog) -> int:
        if arguments.full:
            about = {"format": arguments.format, **search_view(asdict(wish))}
            audit.write(who(), "contexts_exported_full", _shown(str(arguments.output)), purpose, **about)
            await audit.settled()

        total = 0 if any(given.values()) else await store.context_count(wish.since, wish.until)
        found = pages(store, Job(wish=wish, format=arguments.format, full=arguments.full))
        with bar(total) as progress:
            count = await export(found, arguments.output, arguments.format, progress, config.zone)
        if arguments.full:
            audit.write(who(), "contexts_export_made", _shown(str(arguments.output)), purpose, contexts=str(count))
        return count

    count = with_store(config, work)
    where = sys.stderr if _is_stdout(arguments.output) else sys.stdout
    print(texts.COUNT_OF_CONTEXTS(output=arguments.output, count=count), file=where)
    return 0


def _is_stdout(path: Path) -> bool:
    """True for the place that the command prints to: then nothing else is printed there."""
    return str(path) in ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


def _retention(arguments: argparse.Namespace, config: Config) -> int:
    from gateway.services import retention

    lines = with_store(
        config, lambda store, audit: retention.apply(config, store, audit, who(), time.time(), arguments.dry_run)
    )
    for line in lines:
        print(line)
    return 0
