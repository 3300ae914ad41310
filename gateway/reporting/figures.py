"""Every column of every report: what it is called, how it is computed, and why so. The glossary shows this very table."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

WITHIN_S = (10, 15, 20, 30, 60)
"""The thresholds of answering, seconds."""
GOAL_S = 15
"""Threshold of the service level: GB/T 33358-2016 wants a 12345 call answered within 15 s."""
SHORT_ABANDON_S = 5
"""An abandoned call that was shorter is counted apart: nobody could have answered it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One column. ``unit`` is ``""`` (a count), ``s``, ``ratio`` (0 to 1) or ``text``; ``sql`` computes it from the report's rows."""

    name: str
    zh: str
    unit: str
    sql: str
    formula: str
    _: KW_ONLY
    source: str = "own definition"

    @property
    def title(self) -> str:
        """Chinese first, its name in programs beside it."""
        return f"{self.zh} {self.name}"


def _state(name: str, zh: str, *states: str) -> Figure:
    listed = ", ".join(f"'{state}'" for state in states)
    return Figure(
        name, zh, "s", f"coalesce(sum(s) filter (state in ({listed})), 0)", f"time in state {', '.join(states)}"
    )


HANDLE = "'on_call.talk', 'on_call.hold', 'on_call.consult', 'on_call.three_way', 'wrap_up'"
_HANDLE_S = f"coalesce(sum(s) filter (state in ({HANDLE})), 0)"
_READY_S = "coalesce(sum(s) filter (state = 'ready'), 0)"
_CUSTOM = "customary in call centres (ITU-T E.800 series)"

SEATS = (
    Figure("calls", "通话次数", "", "sum(calls)", "times the seat came into a call (from no on_call state into one); found in a call after a gap: unless it was in that call before it, or nobody knows"),
    Figure("answered", "接听", "", "sum(answered)", "calls that the seat answered (from ringing into a call, also where a gap was between)"),
    Figure("missed", "未接", "", "sum(missed)", "times the seat rang and did not come into a call; where nobody saw the end of the ringing it is none"),
    _state("talk_s", "通话", "on_call.talk"),
    _state("hold_s", "保持", "on_call.hold"),
    _state("consult_s", "协商", "on_call.consult"),
    _state("three_way_s", "三方", "on_call.three_way"),
    _state("wrap_up_s", "话后处理", "wrap_up"),
    Figure("handle_s", "处理时长", "s", _HANDLE_S, "talk + hold + consult + three-way + wrap-up", source=_CUSTOM),
    Figure("handle_avg_s", "平均处理", "s", f"{_HANDLE_S} / nullif(sum(calls), 0)", "handle_s / calls", source=_CUSTOM),
    _state("ready_s", "空闲", "ready"),
    _state("ringing_s", "振铃", "ringing"),
    _state("paused_s", "示忙", "paused"),
    _state("offline_s", "离线", "offline"),
    Figure("unknown_s", "未知", "s", "coalesce(sum(s) filter (state = 'unknown'), 0)", "time in gaps, or in state unknown", source="law 7"),
    Figure(
        "occupancy", "占用率", "ratio", f"{_HANDLE_S} / nullif({_HANDLE_S} + {_READY_S}, 0)",
        "handle_s / (handle_s + ready_s); empty where both are 0", source=_CUSTOM,
    ),
)  # fmt: skip
"""Over rows (state, s, calls, answered, missed)."""

DARK_PART_MAX = 0.05
"""Part of a step that may be unseen for its counts to be those of the step: 90 s of a half hour. A restart hides seconds."""
_UNSEEN = Figure(
    "unseen_s",
    "无监测时长",
    "s",
    "",
    "time in gaps of the switchboard, as far as it lies in the step and before now",
    source="law 7",
)
_ANSWERED, _ABANDONED = "count(*) filter (how = 'answered')", "count(*) filter (how = 'abandoned')"


def _within(seconds: int) -> str:
    return f"count(*) filter (how = 'answered' and wait_s <= {seconds})"


def _level(name: str, zh: str, below: str, formula: str, source: str) -> Figure:
    return Figure(name, zh, "ratio", f"{_within(GOAL_S)} / nullif({below}, 0)", formula, source=source)


QUEUES = (
    Figure("offered", "呼入", "", f"{_ANSWERED} + {_ABANDONED}", "answered + abandoned"),
    Figure("answered", "接通", "", _ANSWERED, "waits that a seat's answer ended"),
    Figure("abandoned", "放弃", "", _ABANDONED, "waits that the caller's hanging up ended"),
    Figure(
        "abandoned_short", f"{SHORT_ABANDON_S}秒内放弃", "",
        f"count(*) filter (how = 'abandoned' and wait_s <= {SHORT_ABANDON_S})", f"abandoned within {SHORT_ABANDON_S} s",
    ),
    Figure(
        "rung_out", "转入未接", "", "count(*) filter (how = 'rung_out')",
        "target legs of transfers that nobody took, their ring time over or taken back; the caller never left; in no ratio",
    ),
    Figure("left", "转走", "", "count(*) filter (how = 'left')", "waits that a transfer or the dialplan ended; in no ratio"),
    Figure("unknown", "未知", "", "count(*) filter (how = 'unknown')", "waits whose end nobody saw; in no ratio", source="law 7"),
    Figure("wait_avg_s", "平均等待", "s", "avg(wait_s) filter (how = 'answered')", "mean wait of answered calls (ASA)", source=_CUSTOM),
    Figure("wait_sum_s", "总等待", "s", "coalesce(sum(wait_s), 0)", "sum of all waits, however they ended"),
    Figure("wait_max_s", "最长等待", "s", "max(wait_s)", "longest wait, however it ended"),
    *(
        Figure(f"within_{n}_s", f"{n}秒内接通", "", _within(n), f"answered after a wait of at most {n} s")
        for n in WITHIN_S
    ),
    Figure("connect_rate", "接通率", "ratio", f"{_ANSWERED} / nullif({_ANSWERED} + {_ABANDONED}, 0)", "answered / offered", source=_CUSTOM),
    _level(
        "service_level", "服务水平",
        f"{_ANSWERED} + count(*) filter (how = 'abandoned' and wait_s > {GOAL_S})",
        f"within_{GOAL_S}_s / (answered + abandoned after more than {GOAL_S} s)", "GB/T 33358-2016 (15 s); NENA-STA-020.1",
    ),
    _level(
        "service_level_perf", "Asterisk 服务水平", _ANSWERED,
        f"within_{GOAL_S}_s / answered", "Asterisk app_queue, ServicelevelPerf",
    ),
    _level(
        "service_level_perf2", "Asterisk 服务水平2", f"{_ANSWERED} + {_ABANDONED}",
        f"within_{GOAL_S}_s / (answered + abandoned)", "Asterisk app_queue, ServicelevelPerf2",
    ),
    _UNSEEN,
)  # fmt: skip
"""Over rows (how, wait_s): one for each wait, in the step in which it began. A caller who comes back to a queue waits anew. A step more
than ``DARK_PART_MAX`` of which was not seen, and in which no wait was, has a row without counts."""

OUTCOMES = (
    ("completed", "完成"), ("declined", "被拒"), ("returned", "退回"), ("caller_hung_up", "来电人挂机"), ("agreed_here", "商定由本方受理"),
    ("agreed_there", "商定由对方受理"), ("first_receiver_keeps", "首接负责"), ("out_of_scope_explained", "不受理已说明"), ("failed", "失败"),
)  # fmt: skip

TRANSFERS = (
    Figure("transfers", "转接", "", "count(*)", "presses that became a transfer, refused ones included; at the hand that gave it (out) or that it was meant for (in)"),
    *(Figure(name, zh, "", f"count(*) filter (outcome = '{name}')", f"outcome {name}") for name, zh in OUTCOMES),
    Figure("running", "进行中", "", "count(*) filter (ended_at = 0)", "not ended"),
    Figure("received", "对方接听", "", "count(*) filter (answered_at > 0)", "answered by the target"),
    Figure(
        "press_to_ring_avg_s", "按键到振铃", "s", "avg(ringing_at - pressed_at) filter (ringing_at > 0)",
        "mean of ringing_at - pressed_at where it rang",
    ),
    Figure(
        "press_to_answer_avg_s", "按键到接听", "s", "avg(answered_at - pressed_at) filter (answered_at > 0)",
        "mean of answered_at - pressed_at where it was answered",
    ),
    Figure(
        "press_to_answer_max_s", "最长按键到接听", "s", "max(answered_at - pressed_at) filter (answered_at > 0)",
        "longest of these",
    ),
    Figure(
        "reasons", "未成功原因", "text",
        "array_to_string(list_transform(list_reverse_sort(list_transform(map_entries(histogram(reason) filter (outcome <> 'completed' "
        "and reason <> '')), lambda e: {'n': e.value, 'why': e.key})), lambda e: e.why || ' ' || e.n), ', ')",
        "reasons of those that ended otherwise than completed, each with its count, the most frequent first",
    ),
)  # fmt: skip
"""Over rows of ``transfer``, in the step of the press."""

CAPACITY = (
    Figure("arrivals", "呼入", "", "", "waits that began in the step; this and what follows from it, and seats_there, empty where more than 5 % of the step was not seen"),
    Figure("handle_avg_s", "平均处理", "s", "", "handle time of the switchboard's seats / their calls: of the step, or of the whole period where the step has fewer than 10 calls", source=_CUSTOM),
    Figure("load_erlang", "话务量", "erlang", "", "arrivals * handle_avg_s / seen time of the step", source="ITU-T E.500"),
    Figure("seats_there", "在岗坐席", "seats", "", "(ready + ringing + handle time) / seen time of the step: its length, cut by the period and by now, less unseen_s"),
    Figure("seats_needed", "需要坐席", "seats", "", "fewest seats with which Erlang C answers 95 % within 15 s", source="Erlang C (Cooper, 1981); GB/T 33358-2016"),
    Figure("short", "缺口", "seats", "", "seats_needed - seats_there, where that is more than 0"),
    Figure("expected_level", "预计服务水平", "ratio", "", "Erlang C with the whole seats that were there", source="Erlang C"),
    Figure("patience_s", "平均等待耐心", "s", "", "sum of all waits / abandoned calls; empty without one", source="maximum likelihood of an exponential patience"),
    Figure("expected_abandon", "预计放弃率", "ratio", "", "Erlang A with the seats that were there and this patience", source="Erlang A (Palm, 1957; Mandelbaum and Zeltyn, 2007)"),
    _UNSEEN,
)  # fmt: skip
"""For each switchboard and step; computed in ``staffing``."""

FORECAST = (
    Figure("arrivals", "预计呼入", "", "", "median of the waits that began in the same half hour of the same weekday in the last 6 weeks, at least 2 of them recorded; else those of the last half hour"),
    Figure("weeks", "参考周数", "", "", "how many of these weeks are recorded: with waits within half a day, and at most 90 s of the half hour in gaps", source="law 7"),
    Figure("basis", "依据", "text", "", "earlier_weeks, last_half_hour, or unknown where neither tells"),
    Figure("arrivals_last", "近半小时呼入", "", "", "waits that began in the last half hour"),
    Figure("handle_avg_s", "平均处理", "s", "", "median of the mean handle times of these half hours; of the last half hour where they have none", source=_CUSTOM),
    Figure("load_erlang", "话务量", "erlang", "", "arrivals * handle_avg_s / 30 min", source="ITU-T E.500"),
    Figure("seats_there", "在岗坐席", "seats", "", "of the last half hour"),
    Figure("seats_needed", "需要坐席", "seats", "", "fewest seats with which Erlang C answers 95 % within 15 s", source="Erlang C (Cooper, 1981); GB/T 33358-2016"),
    Figure("short", "缺口", "seats", "", "seats_needed - seats_there, where that is more than 0"),
)  # fmt: skip
"""For each half hour to come and each switchboard; computed in ``forecast``."""

REPORTS: dict[str, tuple[Figure, ...]] = {
    "seats": SEATS,
    "queues": QUEUES,
    "transfers": TRANSFERS,
    "capacity": CAPACITY,
    "forecast": FORECAST,
}


def explained(report: str) -> str:
    """The columns of a report, one a line."""
    return "\n".join(f"{f.title} [{f.unit or '1'}]\n    = {f.formula}\n    ({f.source})" for f in REPORTS[report])


def glossary() -> str:
    """The table in ``docs/glossary.md``."""
    lines = ["| report | column | 中文 | unit | formula | source |", "|---|---|---|---|---|---|"]
    for report, figures in REPORTS.items():
        lines += [f"| {report} | `{f.name}` | {f.zh} | {f.unit or '1'} | {f.formula} | {f.source} |" for f in figures]
    return "\n".join(lines) + "\n"
