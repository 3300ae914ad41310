"""A month of a large site, as files that ``onekey import`` takes: 750 seats, two million calls, a busy morning and a quiet night.

The format is that of ``docs/reports.md``; nothing here knows the gateway. Made by columns with numpy, day by day, so that memory does
not grow with the month: calls arrive by the hour's share, wait where the hour is busy, are abandoned by the impatient, and each answered
one goes to the seat whose turn it is: ringing, talk, hold and three-way for some, wrap-up, ready.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SHARE = np.array([8, 6, 5, 4, 4, 6, 12, 28, 62, 88, 92, 78, 60, 58, 78, 86, 80, 66, 50, 42, 36, 28, 20, 12], float)
"""Of a day's calls, by the hour of Shanghai: two calls a second in the busy hour at 70,000 a day."""
DAY_S = 86400.0
BEGIN = 1_793_462_400.0
"""2026-11-01 00:00 in Shanghai, seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Site:
    """Two switchboards: 12345 has most of the seats and calls."""

    seats: int = 750
    calls: int = 2_000_000
    days: int = 30
    seed: int = 1


def make(site: Site, folder: Path) -> dict[str, int]:
    """Write ``<table>-<day>.parquet`` files. Returns how many rows each table has."""
    folder.mkdir(parents=True, exist_ok=True)
    dice = np.random.default_rng(site.seed)
    counts = {"seat_log": 0, "queue_log": 0, "transfer": 0, "gap": 0}
    last: dict[int, tuple[float, str]] = {}
    for day in range(site.days):
        calls = site.calls // site.days
        tables = _day(site, BEGIN + day * DAY_S, calls, dice, last, day)
        for name, columns in tables.items():
            counts[name] += len(next(iter(columns.values())))
            _write(columns, folder / f"{name}-{day:02d}.parquet")
    gap = {"switchboard": np.array(["110"]), "since": np.array([BEGIN + 4 * DAY_S + 7200])}
    gap |= {"until": gap["since"] + 45.5, "why": np.array(["link"])}
    _write(gap, folder / "gap.parquet")
    counts["gap"] = 1
    return counts


Columns = dict[str, Any]


def _day(
    site: Site, begin: float, calls: int, dice: np.random.Generator, last: dict[int, tuple[float, str]], day: int
) -> dict[str, Columns]:
    hours = dice.choice(24, calls, p=SHARE / SHARE.sum())
    joined = np.sort(begin + hours * 3600.0 + dice.random(calls) * 3600.0)
    far = dice.random(calls) < 0.25
    busy = SHARE[((joined - begin) // 3600).astype(int).clip(0, 23)] / SHARE.max()
    waits = dice.exponential(2.0 + 9.0 * busy**3)
    lost = (dice.random(calls) < 0.02 + 0.03 * busy) & (waits > 3)
    names = np.char.add(f"c{day}-", np.arange(calls).astype("U8"))
    boards = np.where(far, "110", "12345")
    queue = {
        "at": joined + waits, "switchboard": boards, "queue": boards, "call": names, "joined_at": joined,
        "left_at": joined + waits, "how": np.where(lost, "abandoned", "answered"),
    }  # fmt: skip
    seat_of = _seats(site, far, dice)
    queue |= {"seat": np.where(lost, "", seat_of.astype("U6")), "ring_s": np.where(lost, 0.0, np.minimum(waits, 4.0))}
    log = _changes(joined + waits, ~lost, seat_of, boards, names, dice, last, begin)
    return {
        "seat_log": log,
        "queue_log": queue,
        "transfer": _transfers(site, joined + waits, ~lost, boards, seat_of, names, dice),
    }


def _seats(site: Site, far: Any, dice: np.random.Generator) -> Any:
    """In turn, with a little disorder: a seat is free again long before its next turn."""
    home = int(site.seats * 0.75)
    seats = np.empty(len(far), int)
    for there, first, count in ((False, 1001, home), (True, 5001, site.seats - home)):
        mine = np.flatnonzero(far == there)
        seats[mine] = first + np.arange(len(mine)) % count
    return seats


def _changes(
    answered: Any, taken: Any, seats: Any, boards: Any, names: Any, dice: np.random.Generator,
    last: dict[int, tuple[float, str]], begin: float,
) -> Columns:  # fmt: skip
    """Rows of the seats' log: ringing, talk, sometimes hold or three-way and talk again, wrap-up, ready."""
    order = np.flatnonzero(taken)
    order = order[np.lexsort((answered[order], seats[order]))]
    at, seat, board, call = answered[order], seats[order], boards[order], names[order]
    free = np.where(np.r_[seat[1:] != seat[:-1], True], 600.0, np.r_[at[1:] - at[:-1], 600.0])
    ring = np.where(free > 8, 3.0, 0.5)
    talk = np.minimum(dice.lognormal(4.8, 0.6, len(at)), np.maximum(5.0, free - 40))
    wrap = np.minimum(15.0 + 10 * dice.random(len(at)), np.maximum(1.0, free - talk - ring - 4))
    kind = dice.random(len(at))
    middle = np.where(kind < 0.2, "on_call.hold", np.where(kind < 0.25, "on_call.three_way", ""))
    steps = [("ringing", at - ring, None), ("on_call.talk", at, None)]
    parts: list[Columns] = []
    ends = at + talk
    for state, when, _ in steps:
        parts.append(
            {
                "at": when,
                "after": np.full(len(at), state),
                "who": np.arange(len(at)),
                "rank": np.full(len(at), len(parts)),
            }
        )
    some = np.flatnonzero(middle != "")
    third = talk[some] / 3
    parts.append({"at": at[some] + third, "after": middle[some], "who": some, "rank": np.full(len(some), 2)})
    back = np.full(len(some), "on_call.talk")
    parts.append({"at": at[some] + 2 * third, "after": back, "who": some, "rank": np.full(len(some), 3)})
    parts.append(
        {"at": ends, "after": np.full(len(at), "wrap_up"), "who": np.arange(len(at)), "rank": np.full(len(at), 4)}
    )
    ready = np.full(len(at), "ready")
    parts.append({"at": ends + wrap, "after": ready, "who": np.arange(len(at)), "rank": np.full(len(at), 5)})
    rows: Columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    sort = np.lexsort((rows["rank"], rows["who"]))
    rows = {name: values[sort] for name, values in rows.items()}
    who = rows.pop("who")
    rows.pop("rank")
    owner = seat[who]
    starts = np.r_[True, owner[1:] != owner[:-1]]
    before = np.concatenate([["ready"], rows["after"][:-1]]).astype("U20")
    since = np.concatenate([[begin], rows["at"][:-1]])
    for n in np.flatnonzero(starts):
        since[n], before[n] = last.get(int(owner[n]), (rows["at"][n], "unknown"))
    for n in np.flatnonzero(np.r_[starts[1:], True]):
        last[int(owner[n])] = (float(rows["at"][n]), str(rows["after"][n]))
    done = {
        "at": rows["at"], "switchboard": board[who], "seat": owner.astype("U6"), "before": before, "after": rows["after"],
        "why": np.full(len(who), "month"), "call": call[who], "since": since,
    }  # fmt: skip
    by_time = np.argsort(done["at"], kind="stable")
    return {name: values[by_time] for name, values in done.items()}


def _transfers(
    site: Site, answered: Any, taken: Any, boards: Any, seats: Any, names: Any, dice: np.random.Generator
) -> Columns:
    """One in twenty answered calls goes on to the other switchboard."""
    some = np.flatnonzero(taken & (dice.random(len(taken)) < 0.05))
    pressed = answered[some] + 20 + 40 * dice.random(len(some))
    rang, said = pressed + 0.02, pressed + 3 + dice.exponential(4, len(some))
    good = dice.random(len(some)) < 0.93
    home = boards[some]
    return {
        "id": np.char.add(np.char.add(home, ".t."), names[some]), "home": home, "call": names[some],
        "transferer_switchboard": home, "transferer": seats[some].astype("U6"), "target": np.where(home == "110", "12345", "110"),
        "mode": np.full(len(some), "warm"), "by": np.full(len(some), "gateway"),
        "outcome": np.where(good, "completed", "failed"), "reason": np.where(good, "transferer_left", "no_answer"),
        "pressed_at": pressed, "ringing_at": rang, "answered_at": np.where(good, said, 0.0), "ended_at": said + 30,
    }  # fmt: skip


def _write(columns: Columns, path: Path) -> None:
    import duckdb

    connection = duckdb.connect(":memory:")
    try:
        # numpy's fixed-width texts are not DuckDB's
        plain = {name: v.astype(object) if v.dtype.kind == "U" else v for name, v in columns.items()}
        connection.register("columns", plain)
        connection.execute(f"copy (select * from columns) to '{path}' (format parquet, compression zstd)")  # noqa: S608
    finally:
        connection.close()


def main() -> None:
    """``python -m simulators.month FOLDER``."""
    parser = argparse.ArgumentParser(
        description="一个大型热线一个月的记录 / a month of a large site, for onekey import"
    )
    parser.add_argument("folder", type=Path)
    usual = Site()
    for name in ("seats", "calls", "days", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    given = parser.parse_args()
    counts = make(Site(given.seats, given.calls, given.days, given.seed), given.folder)
    print(" ".join(f"{name} {count}" for name, count in counts.items()))


if __name__ == "__main__":
    main()
