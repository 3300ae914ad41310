"""``onekey report``: the command line of the reports, and ``onekey import``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.config.settings import Config
from gateway.reporting.seat_times import SeatTimes

REPORT_NAMES = {
    "seats": "坐席做了什么、多久 / who did what for how long",
    "queues": "呼入、接通、等待 / offered, answered, waits",
    "transfers": "转接与结果 / transfers and outcomes",
    "capacity": "需要与在岗的坐席 / seats needed and there",
    "forecast": "下一小时需要的坐席 / seats needed in the next hour",
}
STEP_WORDS = ("5m", "15m", "30m", "1h", "day", "month")
FORMATS = ("table", "csv", "json", "xlsx", "parquet", "png", "svg")
BASES = {
    "earlier_weeks": ("，按前几周同一时段", ", by the same half hours of earlier weeks"),
    "last_half_hour": ("，按近半小时", ", by the last half hour"),
}
FILES = ("xlsx", "parquet", "png", "svg")


def add(commands: Any, where: Callable[[argparse.ArgumentParser], None], seats: argparse.ArgumentParser) -> None:
    """The reports beside ``seats``, whose parser is there already, and ``import``."""
    for name, help_ in REPORT_NAMES.items():
        parser = seats if name == "seats" else commands.add_parser(name, help=help_)
        if name != "seats":
            where(parser)
            parser.add_argument("--since", help="ISO 8601，默认今天 / default: today")
            parser.add_argument("--until", help="ISO 8601，默认该日结束或现在 / default: the day's end, or now")
            parser.set_defaults(command=lambda a: run(a, a.find_config(a)))
        parser.add_argument(
            "--by", help="按谁统计 / by whom it is counted: seat group queue switchboard matter target outcome …"
        )
        parser.add_argument("--step", choices=STEP_WORDS, help="步长 / steps")
        parser.add_argument("--zone", default="Asia/Shanghai", help="时区 / time zone")
        parser.add_argument("--format", choices=FORMATS, default="table")
        parser.add_argument("--out", type=Path, help="文件（xlsx、parquet、png、svg 必需） / file")
        parser.add_argument("--timeline", action="store_true", help="坐席状态时间线图 / a chart of states over time")
        parser.add_argument(
            "--explain", action="store_true", help="每一列的公式和来源 / formula and source of each column"
        )
        parser.set_defaults(report=name)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Make a report and show it. Raises ReportError, StoreError."""
    from gateway.reporting import ReportError, figures, output
    from gateway.reporting.job import ReportJob, make

    if arguments.explain:
        print(figures.explained(arguments.report))
        return 0
    if arguments.format in FILES and arguments.out is None:
        raise ReportError(
            f"{arguments.format} 需要文件名 / needs a file", f"--out {arguments.report}.{arguments.format}"
        )
    drawn = arguments.format in ("png", "svg") and arguments.report != "forecast"
    step = arguments.step or ("1h" if drawn else None)
    groups = {name: tuple(seats) for name, seats in config.groups.items()}
    span = (arguments.since, arguments.until, arguments.by, step, arguments.zone)
    wish = ReportJob(arguments.report, str(config.store), *span, groups=groups, url=config.store_url)
    if arguments.timeline:
        _timeline(arguments, config)
        return 0
    report = make(wish)
    if arguments.format in ("png", "svg"):
        _painter(arguments.out).draw(report, arguments.out)
    elif arguments.format in FILES:
        output.write(report, arguments.format, arguments.out)
    else:
        text = output.text(report, arguments.format)
        if arguments.out is None:
            print(text)
        else:
            arguments.out.write_text(text, encoding="utf-8")
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
            when = f"{worst.get('begin', '')} {worst['switchboard']}"
            zh, en = BASES[worst["basis"]] if "basis" in worst else ("", "")
            print(
                f"警告：{len(short)} 段坐席不足，最多缺 {worst['short']:.0f}（{when}{zh}） / "
                f"warning: too few seats in {len(short)} steps, at most {worst['short']:.0f} ({when}{en})",
                file=sys.stderr,
            )


def _painter(path: Path) -> Any:
    """With a font of the machine's, else with one from Debian's archive, else with none, which is said where the file needs one."""
    try:
        from gateway.reporting.charts import Painter, chinese
    except ImportError:
        from gateway.reporting import ReportError

        remedy = "pip install 'onekey[charts]'"
        raise ReportError("没有 matplotlib，画不了图 / no matplotlib, no charts", remedy) from None
    if font := chinese():
        return Painter(font)
    from gateway.debian import packages
    from gateway.debian.errors import LabError

    why = ""
    try:
        font = chinese(sorted(packages.ensure("fonts").root.glob("usr/share/fonts/**/*.tt[cf]")))
    except LabError as error:
        why = f": {error}"
    if not font and path.suffix.lower() != ".svg":
        print(
            "没有中文字体，PNG 用英文；可设 ONEKEY_FONT，或改用 --format svg / no font with Chinese: a PNG is in English; "
            f"set ONEKEY_FONT, or take --format svg{why}",
            file=sys.stderr,
        )
    return Painter(font)


async def seat_times(config: Config, since: float, until: float, now: float) -> list[SeatTimes]:
    """Every interval of every seat in [since, until) as far as it is known now, from the store's own log. Raises StoreError."""
    from gateway.reporting import seat_times as reports
    from gateway.store.columnar.log_rows import unseen
    from gateway.store.opening import open_reading

    store, until = open_reading(config.store, config.store_url), min(until, now)
    rows, gaps = await store.seat_rows(since, until), await store.gaps(since, until)
    return reports.seat_times(rows, [*gaps, *unseen(await store.seen(), now)], since, until)


def _timeline(arguments: argparse.Namespace, config: Config) -> None:
    """Every interval of every seat, from the store's own log."""
    import asyncio
    import time

    from gateway.reporting import ReportError
    from gateway.reporting.period import period

    if arguments.out is None:
        raise ReportError("时间线需要文件名 / a timeline needs a file", "--out seats.png")
    now = time.time()
    span = period(arguments.since, arguments.until, None, arguments.zone, now)
    times = asyncio.run(seat_times(config, span.since, span.until, now))
    pieces = {f"{t.switchboard}/{t.seat}": [(i.since, i.until, i.state.value) for i in t.intervals] for t in times}
    _painter(arguments.out).lines(pieces, arguments.zone, arguments.out)
    print(f"→ {arguments.out}", file=sys.stderr)


def bring_in(arguments: argparse.Namespace, config: Config) -> int:
    """``onekey import``: logs of another system, in the format of ``docs/reports.md``."""
    from gateway.store.columnar.parquet import bring_in as copy

    counts = copy(config.store, arguments.folder, arguments.name, config.store_url, config.door.logs_bytes_max)
    print("已导入 / imported: " + ", ".join(f"{table} {count}" for table, count in counts.items() if count))
    return 0
