"""``onekey report``: the command line of the reports."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli import texts
from gateway.cli.options import add_where, configuration, iso, zone

if TYPE_CHECKING:
    from gateway.config.settings import Config
    from gateway.reporting.seat_times import SeatTimes

REPORT_NAMES = {
    "seats": texts.WHO_DID_WHAT_FOR_HOW_LONG,
    "queues": texts.OFFERED_ANSWERED_WAITS,
    "transfers": texts.TRANSFERS_AND_OUTCOMES,
    "capacity": texts.SEATS_NEEDED,
    "forecast": texts.SEATS_NEEDED_IN_THE_NEXT_HOUR,
}
STEP_WORDS = ("5m", "15m", "30m", "1h", "day", "month")
LANGUAGES = ("zh", "en")
FORMATS = ("table", "csv", "json", "xlsx", "parquet", "png", "svg")
BASES = {
    "earlier_weeks": texts.BY_THE_WEEKS_BEFORE,
    "last_half_hour": texts.BY_THE_LAST_HALF_HOUR,
}
FILES = ("xlsx", "parquet", "png", "svg")


def fill(parser: argparse.ArgumentParser) -> None:
    """Add the reports to the parser of ``onekey report``."""
    reports = parser.add_subparsers(required=True)
    for name, help_ in REPORT_NAMES.items():
        report = reports.add_parser(name, help=help_)
        add_where(report)
        if name == "seats":
            _add_seats(report)
        else:
            report.add_argument("--since", help=texts.DEFAULT_TODAY)
            report.add_argument("--until", help=texts.DEFAULT_THE_DAYS_END)
        report.add_argument("--by", help=texts.BY_WHOM_IT_IS_COUNTED)
        report.add_argument("--step", choices=STEP_WORDS, help=texts.STEPS)
        report.add_argument("--zone", type=zone, help=texts.TIME_ZONE)
        report.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help=texts.LANGUAGE_OF_HEADINGS)
        report.add_argument("--wide", action="store_true", help=texts.ALL_COLUMNS)
        report.add_argument("--format", choices=FORMATS, default="table")
        report.add_argument("--out", type=Path, help=texts.FILE_FOR_SOME_FORMATS)
        report.add_argument("--timeline", action="store_true", help=texts.CHART_OF_STATES_OVER_TIME)
        report.add_argument("--explain", action="store_true", help=texts.FORMULA_AND_SOURCE_OF_EACH_COLUMN)
        report.set_defaults(report=name, command=_seats if name == "seats" else _report)


def _add_seats(report: argparse.ArgumentParser) -> None:
    report.add_argument("--since", type=iso, help=texts.DEFAULT_TODAY_OF_THE_LOG)
    report.add_argument("--until", type=iso, help=texts.DEFAULT_THE_DAYS_END)
    report.add_argument("--detail", action="store_true", help=texts.EVERY_INTERVAL)
    report.add_argument("--json", action="store_true", help=texts.LOG_FOR_PROGRAMS)


def _report(arguments: argparse.Namespace) -> int:
    return run(arguments, configuration(arguments))


def _seats(arguments: argparse.Namespace) -> int:
    """The log itself where its detail or its JSON is asked for; else the report of all formats."""
    from gateway.guards.instants import LATEST_AT, instant_of
    from gateway.reporting import seat_times as reports

    config = configuration(arguments)
    if not (arguments.detail or arguments.json):
        return run(arguments, config)
    here = arguments.zone or config.zone
    since = instant_of(arguments.since, here) if arguments.since is not None else 0.0
    now = time.time()
    until = instant_of(arguments.until, here) if arguments.until is not None else LATEST_AT
    times = asyncio.run(seat_times(config, since, until, now))
    shown = reports.format_seats(times, as_json=arguments.json, detail=arguments.detail, zone=here, lang=arguments.lang)
    print(shown)
    return 0


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Make a report and show it. Raises ReportError, StoreError."""
    from gateway.durable_file import USUAL, outgoing
    from gateway.reporting import ReportError, figures, output
    from gateway.reporting.job import ReportJob, make

    if arguments.explain:
        print(figures.explained(arguments.report))
        return 0
    if arguments.format in FILES and arguments.out is None:
        raise ReportError(texts.NEEDS_A_FILE(format=arguments.format), f"--out {arguments.report}.{arguments.format}")
    drawn = arguments.format in ("png", "svg") and arguments.report != "forecast"
    step = arguments.step or ("1h" if drawn else None)
    groups = {name: tuple(seats) for name, seats in config.groups.items()}
    wish = ReportJob(
        report=arguments.report,
        store=str(config.store),
        since=arguments.since,
        until=arguments.until,
        by=arguments.by,
        step=step,
        zone=arguments.zone or config.zone,
        groups=groups,
        url=config.store_url,
    )
    if arguments.timeline:
        _timeline(arguments, config)
        return 0
    report = make(wish)
    # a pipe is as wide as it must be: what reads it is no person, or pages by itself
    wide = arguments.wide or arguments.out is not None or not sys.stdout.isatty()
    columns_max = 0 if wide else shutil.get_terminal_size().columns
    look = output.Look(arguments.lang, columns_max, config.seat_names)
    if arguments.format in ("png", "svg"):
        with outgoing(arguments.out, USUAL) as part:
            _painter(arguments.out, arguments.lang).draw(report, part)
    elif arguments.format in FILES:
        with outgoing(arguments.out, USUAL) as part:
            output.write(report, arguments.format, part, look)
    else:
        text = output.text(report, arguments.format, look)
        if arguments.out is None:
            print(text)
        else:
            with outgoing(arguments.out, USUAL) as part:
                part.write_text(text, encoding="utf-8")
    if arguments.out is not None:
        print(f"→ {arguments.out}", file=sys.stderr)
    _warn(report)
    return 0


def _warn(report: Any) -> None:
    """Steps in which seats were, or will be, missing."""
    if report.name in ("capacity", "forecast"):
        short = [line for line in report.dicts() if (line["short"] or 0) >= 0.5]
        if short:
            worst = max(short, key=lambda line: line["short"])
            when = " ".join(
                filter(None, (worst.get("begin") or report.period.text(report.period.since), worst["switchboard"]))
            )
            zh, en = BASES[worst["basis"]] if "basis" in worst else ("", "")
            print(
                texts.WARNING_TOO_FEW_SEATS(short_count=len(short), short=worst["short"], when=when, zh=zh, en=en),
                file=sys.stderr,
            )


def _painter(path: Path, lang: str) -> Any:
    """With a font of the machine's, else with one from Debian's archive, else with none, which is said where the file needs one."""
    try:
        from gateway.reporting.charts import Painter, chinese
    except ImportError:
        from gateway.reporting import ReportError

        remedy = "pip install 'onekey[charts]'"
        raise ReportError(texts.NO_MATPLOTLIB, remedy) from None
    if font := chinese():
        return Painter(font, lang)
    from gateway.debian import packages
    from gateway.debian.errors import LabError

    why = ""
    try:
        font = chinese(sorted(packages.ensure("fonts").root.glob("usr/share/fonts/**/*.tt[cf]")))
    except LabError as error:
        why = f": {error}"
    if not font and lang != LANGUAGES[1] and path.suffix.lower() != ".svg":
        print(texts.NO_FONT_WITH_CHINESE(why=why), file=sys.stderr)
    return Painter(font, lang)


async def seat_times(config: Config, since: float, until: float, now: float) -> list[SeatTimes]:
    """Every interval of every seat in [since, until) as far as it is known now, imported ones too. Raises StoreError."""
    return await asyncio.to_thread(_seat_times, config, since, until, now)


def _seat_times(config: Config, since: float, until: float, now: float) -> list[SeatTimes]:
    """Every interval of every seat in [since, until) as far as it is known now, imported ones too. Raises StoreError."""
    from gateway.reporting import seat_times as reports
    from gateway.reporting.queries import ahead
    from gateway.store.columnar.log_reading import gap_rows, seat_rows
    from gateway.store.columnar.session import NEVER, opened

    with opened(config.store, config.store_url, NEVER, now=now) as connection:
        beyond = ahead(connection, now)
        last = min(until, max([now, *beyond.values()]))
        rows, gaps = seat_rows(connection, since, last), gap_rows(connection, since, last)
    return reports.seat_times(rows, gaps, since, min(until, now), {id_: min(until, at) for id_, at in beyond.items()})


def _timeline(arguments: argparse.Namespace, config: Config) -> None:
    """Every interval of every seat, from the store's own log."""
    from gateway.durable_file import USUAL, outgoing
    from gateway.reporting import ReportError
    from gateway.reporting.period import period

    if arguments.out is None:
        raise ReportError(texts.TIMELINE_NEEDS_A_FILE, "--out seats.png")
    now = time.time()
    zone_here = arguments.zone or config.zone
    span = period(arguments.since, arguments.until, None, zone_here, now)
    times = asyncio.run(seat_times(config, span.since, span.until, now))
    pieces = {f"{t.switchboard}/{t.seat}": [(i.since, i.until, i.state.value) for i in t.intervals] for t in times}
    with outgoing(arguments.out, USUAL) as part:
        _painter(arguments.out, arguments.lang).lines(pieces, zone_here, part)
    print(f"→ {arguments.out}", file=sys.stderr)
