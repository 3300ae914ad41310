"""Columns of a report as people read them: headings and values in one language, and as many as a terminal is wide.

A heading in two languages is twice as wide as it must be, and eighteen of them fit no terminal. What is left out is said, and ``--wide`` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.core.values.reasons import Reason
from gateway.core.values.texts import REASONS
from gateway.reporting import texts
from gateway.reporting.figures import OUTCOMES, Figure
from gateway.reporting.queries import Report
from gateway.reporting.text_table import width

ZH, EN = "zh", "en"
LANGUAGES = (ZH, EN)
NO_NAMES: Mapping[str, str] = {}
FIRST: Mapping[str, Sequence[str]] = {
    "seats": ("calls", "occupancy", "handle_avg_s", "answered", "missed", "talk_s", "ready_s", "wrap_up_s", "paused_s", "handle_s"),
    "queues": ("offered", "answered", "abandoned", "connect_rate", "service_level", "wait_avg_s", "wait_max_s", "within_15_s", "unseen_s"),
    "transfers": ("transfers", "received", "completed", "failed", "reasons", "press_to_answer_avg_s", "caller_hung_up", "declined"),
    "capacity": ("arrivals", "seats_needed", "seats_there", "short", "load_erlang", "expected_level", "handle_avg_s", "unseen_s"),
    "forecast": ("arrivals", "seats_needed", "seats_there", "short", "basis", "load_erlang", "handle_avg_s", "weeks"),
}  # fmt: skip
"""Columns by report, the most asked for first: where there is room for few it is these."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, its unit (``text`` for a key), and its values in the words of the language."""

    name: str
    title: str
    unit: str
    word: Callable[[Any], Any]


def columns(report: Report, lang: str, names: Mapping[str, str] = NO_NAMES) -> list[Column]:
    """All columns of a report in a language. Where the site names the people at its seats (``12345/1001``), the last key is their name."""
    keys = [Column(key, key_title(key, lang), "text", _word(key, lang)) for key in report.keys]
    people = [Column("name", texts.COLUMN_NAME[lang], "text", str)] if named(report, names) else []
    return [*keys, *people, *(Column(f.name, title(f, lang), f.unit, _word(f.name, lang)) for f in report.figures)]


def rows(report: Report, shown: Sequence[Column], names: Mapping[str, str] = NO_NAMES) -> list[list[Any]]:
    """The rows under these columns, values in the words of the language and numbers as they are."""
    at = {name: number for number, name in enumerate(report.columns)}
    found = []
    for row in report.rows:
        person = names.get(f"{row[at['switchboard']]}/{row[at['seat']]}", "") if named(report, names) else ""
        found.append([person if one.name == "name" else one.word(row[at[one.name]]) for one in shown])
    return found


def named(report: Report, names: Mapping[str, str]) -> bool:
    """True where the rows are seats and the site names people."""
    return bool(names) and {"switchboard", "seat"} <= set(report.keys)


def key_title(key: str, lang: str) -> str:
    """The heading of a key."""
    return KEYS_ZH[key] if lang == ZH else key


def title(figure: Figure, lang: str) -> str:
    """The heading of a figure. English is its name in programs, which has its unit; Chinese says seconds itself."""
    if lang == EN:
        return figure.name
    return texts.IN_S(zh=figure.zh) if figure.unit == "s" else figure.zh


def fitting(report: Report, shown: Sequence[Column], cells: Sequence[Sequence[str]], columns_max: int) -> list[int]:
    """Numbers of the columns that fit beside each other: the keys, then the most asked for; 0 has room for all. One figure is always there."""
    widths = [
        max([width(column.title), *(width(row[n]) for row in cells)], default=0) + 2 for n, column in enumerate(shown)
    ]
    keys = [n for n, column in enumerate(shown) if column.name in report.keys or column.name == "name"]
    rest = [n for n in range(len(shown)) if n not in keys]
    if not columns_max or sum(widths) - 2 <= columns_max:
        return list(range(len(shown)))
    order = {name: number for number, name in enumerate(FIRST[report.name])}
    left, taken = columns_max + 2 - sum(widths[n] for n in keys), list[int]()
    for n in sorted(rest, key=lambda n: (order.get(shown[n].name, len(order)), n)):
        if not taken or widths[n] <= left:
            taken.append(n)
            left -= widths[n]
    return sorted([*keys, *taken])


def heading(report: Report, lang: str) -> str:
    """The report's name, its time and the zone of its instants: no row says in which zone it is."""
    period = report.period
    name = texts.REPORT_NAMES[report.name].zh if lang == ZH else texts.REPORT_NAMES[report.name].en
    since, until = period.text(period.since), period.text(period.until)
    words = texts.REPORT_HEADING(name=name, since=since, until=until, zone=period.zone)
    return words.zh if lang == ZH else words.en


def _word(name: str, lang: str) -> Callable[[Any], Any]:
    """The words of a column's values: codes of ours are said as people say them where that is Chinese."""
    if lang == EN:
        return _same
    if name == "reasons":
        return _reasons
    words = WORDS_ZH.get(name)
    return _same if words is None else lambda value: words.get(value, value)


def _same(value: Any) -> Any:
    return value


def _reasons(value: Any) -> Any:
    """``busy 3, declined 1`` in Chinese."""
    if not value:
        return value
    pairs = (one.rpartition(" ") for one in str(value).split(", "))
    return texts.REASON_COMMA.join(f"{REASONS_ZH.get(why, why)} {count}" for why, _, count in pairs)


KEYS_ZH = {
    "begin": texts.COLUMN_START, "switchboard": texts.COLUMN_SWITCHBOARD, "seat": texts.COLUMN_SEAT, "queue": texts.COLUMN_QUEUE, "group": texts.COLUMN_GROUP, "target": texts.COLUMN_TARGET, "mode": texts.COLUMN_MODE,
    "outcome": texts.COLUMN_OUTCOME, "reason": texts.COLUMN_REASON, "matter": texts.COLUMN_MATTER, "direction": texts.COLUMN_DIRECTION,
}  # fmt: skip
REASONS_ZH = {reason.value: words.zh for reason, words in REASONS.items() if isinstance(reason, Reason)}
WORDS_ZH: Mapping[str, Mapping[Any, str]] = {
    "direction": texts.DIRECTIONS_ZH,
    "mode": texts.MODES_ZH,
    "outcome": dict(OUTCOMES),
    "reason": REASONS_ZH,
    "basis": texts.BASES_ZH,
}
