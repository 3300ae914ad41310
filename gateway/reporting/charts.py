"""Charts: who was occupied when, how long callers waited, how many seats were missing, and what a seat did all day.

Drawn without a display. An SVG keeps its texts as texts: whoever looks at it has a font with Chinese. A PNG needs one here; without,
its labels are English, names that the font cannot show are written as escapes, never as boxes, and the caller of this module says so.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import dates, font_manager
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from gateway.core.values.ids import SeatState
from gateway.reporting import ReportError, texts
from gateway.reporting.columns import EN, ZH, heading
from gateway.reporting.queries import Report
from gateway.reporting.seat_times import STATES_ZH, one_language

FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
)
"""Fonts with Chinese that a machine may have, the best first."""
LATIN = "DejaVu Sans"
"""Comes with matplotlib."""
COLOURS = {
    "ready": "#8fd19e", "ringing": "#ffe08a", "on_call.talk": "#3b7dd8", "on_call.hold": "#9a6fd0", "on_call.consult": "#d0569a",
    "on_call.three_way": "#173f7a", "wrap_up": "#f0a04b", "paused": "#c0c0c0", "offline": "#ececec", "unknown": "#d9534f",
}  # fmt: skip
SEATS_MAX = 60
"""Lines of a chart: more cannot be read. The busiest are shown."""


def chinese(extra: Sequence[Path] = ()) -> str:
    """A font that has Chinese: ``ONEKEY_FONT``, one of ``extra``, or one of the machine; empty where there is none."""
    given = [Path(os.environ["ONEKEY_FONT"])] if os.environ.get("ONEKEY_FONT") else []
    for path in [*given, *extra]:
        if path.is_file():
            font_manager.fontManager.addfont(path)
            return str(font_manager.FontProperties(fname=path).get_name())
    there = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in FONTS if name in there), "")


class Painter:
    """Draws reports with a font that has Chinese; an empty one: with none."""

    def __init__(self, font: str = "", lang: str = ZH) -> None:
        self._font, self._wanted = font, lang == ZH
        self._zh = self._wanted and bool(font)

    @contextmanager
    def _paper(self, path: Path) -> Iterator[None]:
        """The settings of one file, and whether it can show Chinese."""
        svg = path.suffix.lower() == ".svg"
        self._zh = self._wanted and (svg or bool(self._font))
        settings: dict[Any, Any] = {
            "font.family": [*filter(None, [self._font]), LATIN, "sans-serif"],
            "font.sans-serif": [LATIN, *FONTS, "sans-serif"],
            "svg.fonttype": "none",
        }
        with mpl.rc_context(settings), warnings.catch_warnings():
            if svg and not self._font:  # measured with a font that has them not, drawn by a viewer that has
                warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            yield

    def word(self, zh: str, en: str) -> str:
        """A text in the language of the chart, or in English where the font has no Chinese."""
        return zh if self._zh else en

    def name(self, text: str) -> str:
        """A name of the site's: group, queue or matter."""
        return text if self._zh else text.encode("ascii", "backslashreplace").decode()

    def draw(self, report: Report, path: Path) -> None:
        """The chart of a report with steps, as PNG or SVG by the path's ending. Raises ReportError."""
        if not report.rows:
            raise ReportError(texts.NOTHING_IS_RECORDED_TO_DRAW, texts.TAKE_ANOTHER_TIME)
        if not report.period.step:
            raise ReportError(texts.CHART_NEEDS_STEPS, texts.ADD_STEP_1_H)
        draw = {
            "seats": self._heat, "queues": self._waits, "capacity": self._seats, "forecast": self._seats,
            "transfers": self._transfers,
        }  # fmt: skip
        with self._paper(path):
            figure = draw[report.name](report)
            figure.suptitle(heading(report, ZH if self._zh else EN))
            self._save(figure, path)

    def lines(self, pieces: Mapping[str, Sequence[tuple[float, float, str]]], zone: str, path: Path) -> None:
        """The states of each seat, as lines of time: (since, until, state) by seat."""
        if not pieces:
            raise ReportError(texts.NOTHING_IS_RECORDED_TO_DRAW, texts.TAKE_ANOTHER_TIME)
        with self._paper(path):
            self._save(self._states(pieces, zone), path)

    def _states(self, pieces: Mapping[str, Sequence[tuple[float, float, str]]], zone: str) -> Canvas:
        shown = sorted(pieces)[:SEATS_MAX]
        figure, axes = plt.subplots(figsize=(14, 1.5 + 0.3 * len(shown)), layout="constrained")
        for row, seat in enumerate(shown):
            for state, colour in COLOURS.items():
                spans = [(_day(b), (e - b) / 86400) for b, e, what in pieces[seat] if what == state]
                axes.broken_barh(spans, (row - 0.4, 0.8), facecolors=colour)
        axes.set_yticks(range(len(shown)), [self.name(seat) for seat in shown])
        begin = min(b for seat in shown for b, _, _ in pieces[seat])
        end = max(e for seat in shown for _, e, _ in pieces[seat])
        _clock(axes, begin, end, ZoneInfo(zone))
        handles = [Rectangle((0, 0), 1, 1, color=colour) for colour in COLOURS.values()]
        words = [one_language(STATES_ZH[SeatState(state)], ZH if self._zh else EN) for state in COLOURS]
        figure.legend(handles, words, ncols=5, loc="outside lower center", fontsize=8)
        axes.set_title(f"{self.word(*texts.CHART_SEAT_STATES)} ({zone})")
        return figure

    # --- one chart for each report ------------------------------------------------------------------------------------

    def _heat(self, report: Report) -> Canvas:
        """Occupancy by seat and step."""
        lines = report.dicts()
        begins = _in_order(report)
        busy: dict[str, float] = {}
        cells: dict[tuple[str, str], float] = {}
        for line in lines:
            who = "/".join(str(line[key]) for key in report.keys[1:])
            busy[who] = busy.get(who, 0.0) + line["handle_s"]
            if line["occupancy"] is not None:
                cells[who, line["begin"]] = line["occupancy"]
        seats = sorted(sorted(busy, key=lambda who: -busy[who])[:SEATS_MAX])
        grid = [[100 * cells.get((seat, begin), float("nan")) for begin in begins] for seat in seats]
        figure, axes = plt.subplots(figsize=(14, 1.8 + 0.22 * len(seats)), layout="constrained")
        image = axes.imshow(grid, aspect="auto", cmap="YlOrRd", vmin=0, vmax=100, interpolation="nearest")
        figure.colorbar(image, ax=axes, label="%")
        axes.set_yticks(range(len(seats)), [self.name(seat) for seat in seats], fontsize=7)
        _begins(axes, begins)
        axes.set_title(self.word(*texts.CHART_OCCUPANCY))
        return figure

    def _waits(self, report: Report) -> Canvas:
        """Mean and longest wait, and the service level below."""
        begins, figure, (top, bottom) = self._two(report)
        for who, lines in self._by_who(report).items():
            at = [begins.index(line["begin"]) for line in lines]
            top.plot(
                at,
                [_nan(line["wait_avg_s"]) for line in lines],
                marker=".",
                label=f"{who} {self.word(*texts.CHART_AVERAGE)}",
            )
            longest = [_nan(line["wait_max_s"]) for line in lines]
            top.plot(at, longest, marker=".", linestyle=":", label=f"{who} {self.word(*texts.CHART_LONGEST)}")
            level = [100 * _nan(line["service_level"]) for line in lines]
            bottom.plot(at, level, marker=".", label=who)
        top.set_ylabel(self.word(*texts.CHART_WAIT))
        bottom.set_ylabel(self.word(*texts.CHART_SERVICE_LEVEL))
        bottom.set_ylim(0, 102)
        bottom.axhline(95, color="#d9534f", linewidth=0.8)
        return self._done(figure, (top, bottom), begins)

    def _seats(self, report: Report) -> Canvas:
        """Seats needed and there."""
        begins, figure, (top, bottom) = self._two(report)
        everybody = self._by_who(report)
        size = BARS / len(everybody)
        for number, (who, lines) in enumerate(everybody.items()):
            at = [begins.index(line["begin"]) for line in lines]
            beside = [place - BARS / 2 + size * (number + 0.5) for place in at]
            top.step(
                at,
                [_nan(line["seats_needed"]) for line in lines],
                label=f"{who} {self.word(*texts.CHART_NEEDED)}",
            )
            there = [_nan(line["seats_there"]) for line in lines]
            top.step(at, there, linestyle="--", label=f"{who} {self.word(*texts.CHART_ON_DUTY)}")
            bottom.bar(beside, [line["arrivals"] or 0 for line in lines], width=size, label=who)
        top.set_ylabel(self.word(*texts.CHART_SEATS))
        bottom.set_ylabel(self.word(*texts.CHART_ARRIVALS))
        return self._done(figure, (top, bottom), begins)

    def _transfers(self, report: Report) -> Canvas:
        """Transfers by step, and the time until an answer."""
        begins, figure, (top, bottom) = self._two(report)
        for who, lines in self._by_who(report).items():
            at = [begins.index(line["begin"]) for line in lines]
            top.plot(at, [line["transfers"] for line in lines], marker=".", label=who)
            bottom.plot(at, [_nan(line["press_to_answer_avg_s"]) for line in lines], marker=".", label=who)
        top.set_ylabel(self.word(*texts.CHART_TRANSFERS))
        bottom.set_ylabel(self.word(*texts.CHART_KEY_TO_ANSWER))
        return self._done(figure, (top, bottom), begins)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _two(self, report: Report) -> tuple[list[str], Canvas, tuple[Axes, Axes]]:
        begins = _in_order(report)
        figure, axes = plt.subplots(2, 1, sharex=True, figsize=(14, 8), layout="constrained")
        return begins, figure, (axes[0], axes[1])

    def _by_who(self, report: Report) -> dict[str, list[dict[str, Any]]]:
        """The lines of each row of the report, by the name that the chart shows."""
        found: dict[str, list[dict[str, Any]]] = {}
        for line in report.dicts():
            found.setdefault(self.name("/".join(str(line[key]) for key in report.keys[1:])), []).append(line)
        return dict(list(found.items())[:SEATS_MAX])

    def _done(self, figure: Canvas, axes: tuple[Axes, Axes], begins: list[str]) -> Canvas:
        for one in axes:
            one.grid(alpha=0.3)
            if len(one.get_legend_handles_labels()[1]) <= 12:
                one.legend(fontsize=8)
        _begins(axes[-1], begins)
        return figure

    def _save(self, figure: Canvas, path: Path) -> None:
        try:
            figure.savefig(path, dpi=110)
        except OSError as error:
            raise ReportError(texts.CANNOT_WRITE(path=path, error=error), texts.CHECK_PATH_AND_DISK) from None
        finally:
            plt.close(figure)


def _in_order(report: Report) -> list[str]:
    """The begins of the steps. Rows come by step; as texts the hours of a clock that is put back would not."""
    return list(dict.fromkeys(str(line["begin"]) for line in report.dicts()))


def _day(at: float) -> float:
    return float(dates.date2num(datetime.fromtimestamp(at, UTC)))  # type: ignore[no-untyped-call]


def _nan(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _begins(axes: Axes, begins: Sequence[str]) -> None:
    """Labels at whole hours where there are enough of them, else at every so-manieth step."""
    whole = [n for n, text in enumerate(begins) if text[13:16] in (":00", "")]
    places = whole if len(whole) >= LABELS_MIN else list(range(len(begins)))
    places = places[:: max(1, -(-len(places) // LABELS_MAX))]
    axes.set_xticks(places, [begins[n][5:] for n in places], rotation=60, fontsize=7)


LABELS_MIN, LABELS_MAX = 3, 25
"""Labels of an axis: fewer whole hours than these are no axis; the longest day has 25, more are not read."""
BARS = 0.8
"""Part of a step that its bars take together: they stand beside each other, and a gap parts the steps."""
TICKS_S = (60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)
"""Distances of labels on an axis of time: each divides the next unit, so that labels fall on whole minutes, hours or days."""


def _clock(axes: Axes, begin: float, end: float, zone: ZoneInfo) -> None:
    """Labels of an axis of time at whole units of the zone's clock, a dozen at most."""
    every = next((s for s in TICKS_S if (end - begin) / s <= 12), TICKS_S[-1])
    midnight = datetime.fromtimestamp(begin, zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    first = midnight + -(-(begin - midnight) // every) * every
    places = [first + n * every for n in range(int(max(0.0, end - first) // every) + 1)] or [begin]
    form = "%H:%M" if every < 86400 and end - begin < 86400 else "%m-%d %H:%M" if every < 86400 else "%m-%d"
    words = [datetime.fromtimestamp(at, zone).strftime(form) for at in places]
    if form == "%H:%M":
        words[0] = datetime.fromtimestamp(places[0], zone).strftime("%m-%d %H:%M")
    axes.set_xlim(_day(begin), _day(end))
    axes.set_xticks([_day(at) for at in places], words)
