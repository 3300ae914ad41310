"""Charts: every label is a word and never a box, whatever fonts the machine has. Warnings are errors, a missing glyph is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.core.values.ids import SeatId, SeatState
from gateway.debian import packages
from gateway.reporting import charts
from gateway.reporting.job import ReportJob, make
from tests.cli.test_main import site
from tests.reporting.test_queries import MIDNIGHT, READY, TALK, log, stored, wait
from tests.reporting.test_queries_transfers import DAY

GROUPS = {"夜班": ("12345/1001",)}
RECORDS = [*log((0, READY), (60, TALK), (120, READY)), wait(50, 60, "answered", "1001"), *DAY]
WISHES = {"seats": "group", "queues": None, "transfers": "group", "capacity": None}


@pytest.fixture(scope="module")
def font() -> str:
    """WenQuanYi Micro Hei, as ``onekey report`` fetches it."""
    return charts.chinese(sorted(packages.ensure("fonts").root.glob("usr/share/fonts/**/*.tt[cf]")))


@pytest.mark.parametrize("ending", ["png", "svg"])
@pytest.mark.parametrize("name", list(WISHES))
def test_chinese_labels_have_their_glyphs(tmp_path: Path, font: str, name: str, ending: str) -> None:
    """With a font that has Chinese no chart asks for a glyph that is not there."""
    wish = ReportJob(
        report=name, store=stored(tmp_path, RECORDS), since="2026-11-01", by=WISHES[name], step="1h", groups=GROUPS
    )
    charts.Painter(font).draw(make(wish), tmp_path / f"c.{ending}")
    assert (tmp_path / f"c.{ending}").stat().st_size > 5000


def test_a_glyph_that_is_missing_is_found(tmp_path: Path) -> None:
    """The check above can fail: a painter that takes a font without Chinese for one with it draws boxes."""
    wish = ReportJob(report="queues", store=stored(tmp_path, RECORDS), since="2026-11-01", step="1h")
    with pytest.raises(UserWarning, match="Glyph"):
        charts.Painter(charts.LATIN).draw(make(wish), tmp_path / "c.png")


def test_without_a_font_a_png_is_english_and_an_svg_chinese(tmp_path: Path) -> None:
    """A PNG has no box, and the names that it cannot show are escapes; an SVG has its texts, for the font of who looks at it."""
    report = make(
        ReportJob(
            report="seats", store=stored(tmp_path, RECORDS), since="2026-11-01", by="group", step="1h", groups=GROUPS
        )
    )
    painter = charts.Painter()
    painter.draw(report, tmp_path / "c.png")
    assert painter.word("占用率", "occupancy") == "occupancy"
    assert painter.name("夜班") == "\\u591c\\u73ed"
    painter.draw(report, tmp_path / "c.svg")
    text = (tmp_path / "c.svg").read_text(encoding="utf-8")
    assert "占用率" in text
    assert "夜班" in text
    assert "sans-serif" in text


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_line_of_time_for_each_seat(tmp_path: Path, font: str, ending: str) -> None:
    """Every state has its colour and its word in the legend; nothing recorded is no chart."""
    assert set(charts.COLOURS) == {state.value for state in SeatState}
    pieces = {"12345/1001": [(MIDNIGHT + 60 * n, MIDNIGHT + 60 * n + 60, s.value) for n, s in enumerate(SeatState)]}
    charts.Painter(font).lines(pieces, "Asia/Shanghai", tmp_path / f"t.{ending}")
    if ending == "svg":
        text = (tmp_path / "t.svg").read_text(encoding="utf-8")
        assert all(word in text for word in ("12345/1001", "空闲", "话后处理", "坐席状态", "11-01 00:0"))
        assert [colour for colour in charts.COLOURS.values() if text.count(colour) < 2] == []
    with pytest.raises(charts.ReportError, match="nothing is recorded"):
        charts.Painter(font).lines({}, "Asia/Shanghai", tmp_path / "u.png")


def test_the_timeline_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``report seats --timeline`` draws what the log has; where no font can be had, it is said once and drawn all the same."""
    monkeypatch.setenv("ONEKEY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))  # no apt-get, so no font is fetched
    monkeypatch.setattr(charts, "FONTS", ())
    config = site(tmp_path)
    (tmp_path / "run").mkdir()
    stored(tmp_path / "run", [*log((0, READY), (60, TALK)), *log((30, READY), seat="1002")])
    words = ["report", "seats", "--timeline", "--since", "2026-11-01", "--config", str(config), "--out"]
    assert main([*words, str(tmp_path / "t.png")]) == 0
    assert capsys.readouterr().err.count("没有中文字体") == 1
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")
    assert main([*words, str(tmp_path / "t.svg")]) == 0
    assert "没有中文字体" not in capsys.readouterr().err
    text = (tmp_path / "t.svg").read_text(encoding="utf-8")
    assert text.index("12345/1001") < text.index("12345/1002")
    assert SeatId("1003") not in text
