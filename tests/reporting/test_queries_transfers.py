"""The report of transfers: who gave, who took, of which matter, with which outcome and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.core.messages.records import QueueRow, TransferRow
from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import ContextId, Outcome, PressId, SeatId, SwitchboardId, TargetId
from gateway.reporting import figures, output
from gateway.reporting.job import ReportJob, make
from gateway.store.columnar import imports, parquet
from tests.reporting.test_queries import MIDNIGHT, stored

A, B = SwitchboardId("12345"), SwitchboardId("110")


def press(
    call: str, pressed: float, outcome: Outcome | None, reason: str = "", answered: float = 0.0, matter: str = ""
) -> TransferRow:
    """A transfer of seat 1001 of 12345 to 110, at seconds since midnight; it ends 60 s after the press."""
    ended = MIDNIGHT + pressed + 60 if outcome is not None else 0.0
    return TransferRow(
        id=PressId(f"12345.{call}.100"), home=A, call=call, context=ContextId("c"), transferer_switchboard=A,
        transferer=SeatId("1001"), target=TargetId("110"), mode="warm", by="gateway", state="ended", outcome=outcome,
        reason=reason, pressed_at=MIDNIGHT + pressed, ringing_at=MIDNIGHT + pressed + 1,
        answered_at=MIDNIGHT + answered if answered else 0.0, ended_at=ended, history=(), said=RoutingDetails(matter),
    )  # fmt: skip


def wait(call: str, board: SwitchboardId, joined: float, left: float, how: str, seat: str = "") -> QueueRow:
    """A wait in the switchboard's own queue, at seconds since midnight."""
    joined, left = MIDNIGHT + joined, MIDNIGHT + left
    return QueueRow(
        at=left,
        switchboard=board,
        queue=str(board),
        call=call,
        joined_at=joined,
        left_at=left,
        how=how,
        seat=SeatId(seat),
    )


DAY = [
    # the citizen of each call was answered by 1001, then pressed for; 2001 took the first two, nobody the third and fourth
    *(wait(call, A, 0, 5, "answered", "1001") for call in ("a", "b", "c", "d")),
    press("a", 100, Outcome.COMPLETED, "transferer_left", 104, "noise"),
    wait("a", B, 100.5, 103.9, "answered", "2001"),
    press("b", 200, Outcome.RETURNED, "target_left", 208, "noise"),
    wait("b", B, 200.5, 208.2, "answered", "2001"),
    press("c", 300, Outcome.FAILED, "no_answer"),
    wait("c", B, 300.5, 325, "left"),
    wait("c", A, 361, 370, "answered", "1002"),  # back at home: no hand of the transfer
    press("d", 400, Outcome.FAILED, "busy"),
]


def lines(folder: Path, by: str, records: list[Any] = DAY) -> dict[tuple[str, ...], dict[str, Any]]:
    """The report by its keys behind the switchboard."""
    groups = {"夜班": ("12345/1001",), "接警": ("110/2001", "110/2002")}
    report = make(
        ReportJob(report="transfers", store=stored(folder, records), since="2026-11-01", by=by, groups=groups)
    )
    count = len(report.keys)
    return {row[:count]: named for row, named in zip(report.rows, report.dicts(), strict=True)}


def test_out_and_in_of_each_seat(tmp_path: Path) -> None:
    """The seat that pressed has all its transfers with their outcomes and reasons, the one that answered those it took."""
    found = lines(tmp_path, "seat")
    assert set(found) == {("12345", "1001", "out"), ("110", "2001", "in")}
    out, into = found["12345", "1001", "out"], found["110", "2001", "in"]
    assert [out[name] for name in ("transfers", "completed", "returned", "failed", "received")] == [4, 1, 1, 2, 2]
    assert out["reasons"] == "target_left 1, no_answer 1, busy 1"
    assert [into[name] for name in ("transfers", "completed", "returned", "failed")] == [2, 1, 1, 0]
    assert (into["press_to_answer_avg_s"], into["press_to_answer_max_s"]) == (6.0, 8.0)
    assert into["reasons"] == "target_left 1"


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        ("group", {("夜班", "out"): 4, ("接警", "in"): 2}),
        ("queue", {("12345", "12345", "out"): 4, ("110", "110", "in"): 3}),
        ("switchboard", {("12345", "out"): 4, ("110", "in"): 4}),
        (
            "matter",
            {("12345", "noise", "out"): 2, ("12345", "?", "out"): 2, ("110", "noise", "in"): 2, ("110", "?", "in"): 2},
        ),
    ],
)
def test_by_whom_else(tmp_path: Path, by: str, wanted: dict[tuple[str, ...], int]) -> None:
    """By group, queue, switchboard and matter: what rang no queue is in at the switchboard only, no recorded matter is ``?``."""
    assert {key: line["transfers"] for key, line in lines(tmp_path, by).items()} == wanted


def test_who_took_it_is_not_guessed(tmp_path: Path) -> None:
    """Answered, but no queue has told by whom, and from a queue that nobody has seen: ``?`` (law 7)."""
    records = [press("x", 100, Outcome.COMPLETED, "", 104)]
    assert set(lines(tmp_path, "seat", records)) == {("12345", "1001", "out"), ("110", "?", "in")}
    assert set(lines(tmp_path, "queue", records)) == {("12345", "?", "out"), ("110", "?", "in")}


def test_a_declined_offer_and_the_seat_that_then_took_it(tmp_path: Path) -> None:
    """Of two seats that picked up, the one before the answer has it; a seat that declined has its refusal."""
    taken = [
        press("e", 100, Outcome.COMPLETED, "", 130),
        wait("e", B, 101, 105, "answered", "2001"),
        wait("e", B, 110, 115, "answered", "2002"),
    ]
    assert ("110", "2002", "in") in lines(tmp_path, "seat", taken)
    declined = [press("f", 100, Outcome.DECLINED, "busy_here"), wait("f", B, 101, 105, "answered", "2001")]
    assert lines(tmp_path / "2", "seat", declined)["110", "2001", "in"]["declined"] == 1


def test_one_that_runs(tmp_path: Path) -> None:
    """What has not ended is counted as running and has no outcome."""
    (line,) = [line for key, line in lines(tmp_path, "switchboard", [press("g", 5, None)]).items() if key[-1] == "out"]
    assert (line["running"], line["failed"], line["reasons"]) == (1, 0, None)


def test_reasons_in_every_format(tmp_path: Path) -> None:
    """The text column is a text in the table, in CSV, in XLSX and in Parquet."""
    report = make(ReportJob(report="transfers", store=stored(tmp_path, DAY), since="2026-11-01", step="1h"))
    assert "busy 1" in output.text(report, "table", output.Look("en"))
    assert "对方坐席全忙 1" in output.text(report, "csv")
    for format_ in ("xlsx", "parquet"):
        output.write(report, format_, tmp_path / f"r.{format_}")
        assert (tmp_path / f"r.{format_}").stat().st_size > 500


def test_files_of_an_older_onekey_have_no_matter(tmp_path: Path) -> None:
    """An import without the column is taken, and its matter is not known."""
    (tmp_path / "in").mkdir()
    names = [name for name in parquet.FORMATS["transfer"] if name != "matter"]
    row = dict.fromkeys(names, "") | {"id": "p", "home": "110", "call": "c", "transferer_switchboard": "110"}
    row |= {"transferer": "2001", "target": "12345", "outcome": "completed", "ringing_at": 0, "answered_at": 0}
    row |= {"pressed_at": MIDNIGHT + 5, "ended_at": MIDNIGHT + 9}
    text = ",".join(names) + "\n" + ",".join(str(row[name]) for name in names) + "\n"
    (tmp_path / "in/transfer.csv").write_text(text)
    store = tmp_path / "onekey.db"
    assert imports.bring_in(store, tmp_path / "in", "old")["transfer"] == 1
    found = make(ReportJob(report="transfers", store=str(store), since="2026-11-01", by="matter")).rows
    assert [row[:3] for row in found] == [("110", "?", "out"), ("12345", "?", "in")]


def test_every_outcome_has_a_column() -> None:
    """No outcome of the core is left out of the report."""
    assert [name for name, _ in figures.OUTCOMES] == [outcome.value for outcome in Outcome]


def test_an_organisation_counts_what_it_has_to_do_with(tmp_path: Path) -> None:
    """Home, presser and target have a transfer in their report; of those between others it tells nothing."""
    other = replace(press("e", 500, Outcome.COMPLETED, answered=505, matter="fire"), target=TargetId("119"))
    folder = stored(tmp_path, [*DAY, other])

    def pressed(organisation: str) -> dict[str, int]:
        asked = ReportJob(report="transfers", store=folder, since="2026-11-01", by="target", organisation=organisation)
        return {line["target"]: line["transfers"] for line in make(asked).dicts()}

    assert pressed("") == pressed("12345") == {"110": 4, "119": 1}
    assert pressed("110") == {"110": 4}
    assert pressed("119") == {"119": 1}
    assert pressed("122'; --") == {}
