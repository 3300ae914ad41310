"""Files of reports: more rows than a sheet holds, and a disk that takes none."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from gateway.reporting import ReportError, output
from gateway.reporting.job import ReportJob, make
from tests.reporting.test_queries import MIDNIGHT, stored, wait


def report(folder: Path, queues: int) -> output.Report:
    """A report with so many rows."""
    waits = [wait(n, n + 4, "answered", "1001", queue=f"q{n:03}") for n in range(queues)]
    return make(ReportJob(report="queues", store=stored(folder, waits), since="2026-11-01"), MIDNIGHT + 86400)


def test_what_no_sheet_holds_goes_on_on_the_next(tmp_path: Path) -> None:
    """Every row is there once, and each sheet has its heading."""
    path = tmp_path / "r.xlsx"
    output.write(report(tmp_path, 7), "xlsx", path, rows_max=3)
    sheets = [list(sheet.iter_rows(values_only=True)) for sheet in load_workbook(path).worksheets]
    assert [len(sheet) - 1 for sheet in sheets] == [3, 3, 1]
    assert len({sheet[0] for sheet in sheets}) == 1
    assert [row[1] for sheet in sheets for row in sheet[1:]] == [f"q{n:03}" for n in range(7)]


def test_a_report_without_rows_has_a_heading(tmp_path: Path) -> None:
    """One sheet, nothing in it but that."""
    path = tmp_path / "r.xlsx"
    output.write(report(tmp_path, 0), "xlsx", path)
    (sheet,) = load_workbook(path).worksheets
    assert len(list(sheet.iter_rows())) == 1


@pytest.mark.parametrize("format_", ["xlsx"])
def test_a_full_disk_is_said_once(tmp_path: Path, format_: str, capfd: pytest.CaptureFixture[str]) -> None:
    """One error of ours, and no traceback beside it."""
    made = report(tmp_path, 3)
    with pytest.raises(ReportError, match="No space left"):
        output.write(made, format_, Path("/dev/full"))
    assert "Traceback" not in capfd.readouterr().err
