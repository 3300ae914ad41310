"""Columns as people read them: one language, as many as fit, the zone named, codes in words, names of people."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from gateway.reporting import charts, columns, output
from gateway.reporting.figures import REPORTS
from gateway.reporting.job import ReportJob, make
from gateway.reporting.queries import Report
from gateway.reporting.text_table import width
from tests.reporting.test_queries import stored, wait
from tests.reporting.test_queries_transfers import DAY


@pytest.fixture
def waits(tmp_path: Path) -> Report:
    """A day of two queues by the hour."""
    rows = [wait(60 * n, 60 * n + 5, "answered", "1001", queue=queue) for n in range(90) for queue in ("day", "night")]
    return make(ReportJob(report="queues", store=stored(tmp_path, rows), since="2026-11-01", step="1h"))


def test_headings_are_in_one_language(waits: Report) -> None:
    """Chinese alone, seconds said; or the names in programs."""
    zh = output.text(waits, "table").splitlines()
    assert zh[0] == "队列报表  2026-11-01 00:00 至 2026-11-02 00:00（Asia/Shanghai）"
    assert zh[2].split()[:4] == ["开始", "总机", "队列", "呼入"]
    assert "平均等待（秒）" in zh[2]
    assert not any(character.isascii() and character.isalpha() for character in zh[2].replace("Asterisk", ""))
    en = output.text(waits, "table", output.Look("en")).splitlines()
    assert en[0].endswith("to 2026-11-02 00:00 (Asia/Shanghai)")
    assert en[2].split()[:4] == ["begin", "switchboard", "queue", "offered"]
    assert output.text(waits, "csv", output.Look("en")).startswith("\ufeffbegin,switchboard,queue,offered,")


@pytest.mark.parametrize("columns_max", [40, 80, 100, 132])
def test_a_terminal_gets_what_fits(waits: Report, columns_max: int) -> None:
    """Keys, then the columns that are asked for most; how many are left out is said, and how they are shown."""
    lines = output.text(waits, "table", output.Look(columns_max=columns_max)).splitlines()
    assert max(width(line) for line in lines[2:-2]) <= max(columns_max, 48)
    assert lines[-1].endswith("--wide 全部显示")
    assert lines[2].split()[3] == "呼入"
    assert "--wide" not in output.text(waits, "table")


def test_the_first_columns_are_those_of_the_report() -> None:
    """Each named one exists."""
    for name, first in columns.FIRST.items():
        assert set(first) <= {figure.name for figure in REPORTS[name]}
    assert set(columns.FIRST) == set(REPORTS)


def test_codes_are_said_in_words(tmp_path: Path) -> None:
    """in and out, mode, outcome and reasons, where the language is Chinese; programs have the codes."""
    store = stored(tmp_path, DAY)
    report = make(ReportJob(report="transfers", store=store, since="2026-11-01", by="switchboard"))
    text = output.text(report, "csv")
    assert "转出" in text
    assert "转入" in text
    assert ",out," in output.text(report, "csv", output.Look("en"))
    by_mode = output.text(make(ReportJob(report="transfers", store=store, since="2026-11-01", by="mode")), "csv")
    assert "三方转接" in by_mode
    assert '"mode":"warm"' in output.text(
        make(ReportJob(report="transfers", store=store, since="2026-11-01", by="mode")), "json"
    )


def test_seats_have_their_people(tmp_path: Path) -> None:
    """A column behind the seat, where the site gives names; elsewhere there is none."""
    report = make(ReportJob(report="transfers", store=stored(tmp_path, DAY), since="2026-11-01", by="seat"))
    look = output.Look(names={"12345/1001": "张三"})
    assert "姓名" in output.text(report, "table", look)
    assert "张三" in output.text(report, "csv", look)
    assert "姓名" not in output.text(report, "table")


def test_a_spreadsheet_is_ready_to_be_read(waits: Report, tmp_path: Path) -> None:
    """Heads and keys stand still, columns are wide enough, numbers are numbers of their kind, a filter on each head."""
    output.write(waits, "xlsx", tmp_path / "r.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx").active
    assert (sheet.title, sheet.freeze_panes) == ("队列报表", "D2")
    assert sheet.auto_filter.ref is not None
    assert sheet["A1"].value == "开始"
    assert sheet.column_dimensions["A"].width >= width("2026-11-01 00:00")
    heads = {cell.value: cell.column_letter for cell in sheet[1]}
    assert sheet[f"{heads['接通率']}2"].number_format == "0.0%"
    assert sheet[f"{heads['呼入']}2"].number_format == "#,##0"


def test_bars_stand_beside_each_other_and_charts_have_titles(tmp_path: Path) -> None:
    """Two switchboards in one half hour: no bar hides another's, and the chart says of when and in which zone it is."""
    rows = [wait(60 * n, 60 * n + 5, "answered", "1001") for n in range(90)]
    report = make(
        ReportJob(
            report="capacity", store=stored(tmp_path, rows), since="2026-11-01", until="2026-11-01T02:00", step="30m"
        )
    )
    charts.Painter().draw(report, tmp_path / "c.svg")
    text = (tmp_path / "c.svg").read_text(encoding="utf-8")
    assert "坐席配备报表" in text
    assert "Asia/Shanghai" in text
    charts.Painter(lang="en").draw(report, tmp_path / "e.svg")
    assert "坐席" not in (tmp_path / "e.svg").read_text(encoding="utf-8")


def test_an_axis_of_time_has_whole_hours(tmp_path: Path) -> None:
    """A day from 07:41 on has its labels at 08:00, 10:00 … and none at odd minutes."""
    begin = 1793490060.0
    pieces = {"12345/1001": [(begin, begin + 36000, "ready")]}
    charts.Painter().lines(pieces, "Asia/Shanghai", tmp_path / "t.svg")
    text = (tmp_path / "t.svg").read_text(encoding="utf-8")
    import re

    labels = re.findall(r">([0-9-]* ?[0-9]{2}:[0-9]{2})<", text)
    assert labels
    assert all(label.endswith(":00") for label in labels)
