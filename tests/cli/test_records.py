"""The commands about records: tokens, audit, trace, export, retention; and what they leave in store and log."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest

from gateway.cli import records as cli_records
from gateway.cli.main import main
from gateway.config import site_file
from gateway.config.settings import site_path
from gateway.core.values.case_details import CaseDetails
from gateway.security import tokens
from gateway.store import Store, StoreError
from gateway.store.sqlite.store import SqliteStore
from tests.store.contract import MATTERS, context, delivery, seat, task, transfer

SITE = """
[api]
token = "t"
[[switchboards]]
id = "12345"
host = "127.0.0.1"
port = 5038
username = "onekey"
secret = "s"
[[switchboards]]
id = "110"
host = "127.0.0.2"
port = 5038
username = "onekey"
secret = "s"
"""


class Site:
    """A site's folder, and the commands in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        (folder / "onekey.toml").write_text(SITE, encoding="utf-8")

    def toml(self, head: str) -> None:
        """Settings before the tables."""
        (self.folder / "onekey.toml").write_text(head + SITE, encoding="utf-8")

    def run(self, *words: str, code: int = 0) -> str:
        """What a command prints."""
        assert main([*words, "--config", str(self.folder / "onekey.toml")]) == code, self._capsys.readouterr().err
        return self._capsys.readouterr().out

    def store(self, *rows: Any) -> None:
        """Records that a gateway wrote."""

        async def work() -> None:
            store = SqliteStore(self.folder / "run/onekey.db")
            for row in rows:
                store.write(row)
            await store.flush()
            await store.close()

        asyncio.run(work())

    def lines(self) -> list[dict[str, Any]]:
        """The audit log."""
        return [
            json.loads(line)
            for path in sorted((self.folder / "run/audit").glob("*.jsonl"))
            for line in path.read_text().splitlines()
        ]


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    return Site(tmp_path, capsys)


def test_a_token_is_made_listed_and_revoked(site: Site) -> None:
    """It is shown once, kept as a digest, listed with what it may, and each step is in the audit log."""
    made = site.run(
        "token", "create", "值班台", "--scope", "full,read", "--switchboard", "110", "--seat", "2001"
    ).strip()
    [listed] = json.loads(site.run("token", "list", "--json"))
    assert (listed["scopes"], listed["switchboard"], listed["seat"]) == (["read", "full"], "110", "2001")
    assert made.encode() not in (site.folder / "run/onekey.db").read_bytes()
    site.run("token", "revoke", listed["id"])
    assert json.loads(site.run("token", "list", "--json"))[0]["revoked_at"]
    assert [line["what"] for line in site.lines()] == ["token_created", "token_revoked"]
    assert "0 处问题" in site.run("audit", "verify")
    site.run("token", "revoke", "nobody", code=1)
    site.run("token", "create", "x", "--scope", "everything", code=1)
    site.run("token", "create", "x", "--scope", "read", "--switchboard", "119", code=1)
    (site.folder / "transfer_rules.yaml").write_text(site_path("transfer_rules.yaml").read_text("utf-8"), "utf-8")
    site.run("token", "create", "x", "--scope", "read", "--switchboard", "119")


@pytest.mark.parametrize("word", ["\udcd6\udcd0", "\x1b[2J", "a\nb"])
def test_a_name_that_cannot_be_shown_is_refused(site: Site, capsys: pytest.CaptureFixture[str], word: str) -> None:
    """As one typed in a GBK terminal: it is told before anything is written; a Chinese name with a wide space is well."""
    for words in (
        ("create", word, "--scope", "read"),
        ("create", "x", "--scope", "read", "--seat", word),
        ("revoke", word),
    ):
        with pytest.raises(SystemExit):
            main(["token", *words, "--config", str(site.folder / "onekey.toml")])
        assert "UTF-8" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["export", "contexts", "--text", word, "-o", "x.csv", "--config", str(site.folder / "onekey.toml")])
    assert not (site.folder / "run").exists()
    site.run("token", "create", "张\u3000三", "--scope", "read")


def test_a_path_need_not_be_utf_8(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor the name of whoever types: the audit log has both, with what is no letter written out."""
    monkeypatch.setenv("LOGNAME", "\udcd6")
    site.store(context())
    site.run("export", "contexts", "--full", "--purpose", "核查", "-o", str(site.folder / "\udcd0.csv"))
    assert {(line["who"], line["about"].rpartition("/")[2]) for line in site.lines()} == {
        ("\\udcd6@command line", "\\udcd0.csv")
    }


def test_audit_verify_finds_a_cut_tail(site: Site) -> None:
    """The store remembers the newest line: a log that ends sooner is found out, with exit code 1."""
    for name in ("a", "b"):
        site.run("token", "create", name, "--scope", "read")
    [path] = (site.folder / "run/audit").glob("*.jsonl")
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert "cut off" in site.run("audit", "verify", code=1)


def test_trace_tells_one_matter(site: Site) -> None:
    """By the context's id or a transfer's: context, versions, transfers, and what shares a case number."""
    row = context(1, said=CaseDetails(cases=("GD-1",)))
    site.store(row, context(2, said=CaseDetails(cases=("GD-1",))), context(3), transfer(5, context="k1", call=row.call))
    for id_ in ("k1", "12345.5.800"):
        found = json.loads(site.run("trace", "--json", id_))
        assert (found["context"]["id"], [one["id"] for one in found["related"]]) == ("k1", ["k2"])
        assert ([one["id"] for one in found["transfers"]], len(found["history"])) == (["12345.5.800"], 1)
    site.run("trace", "nobody", code=1)


HARMFUL = context(9, said=CaseDetails(summary='=HYPERLINK("http://x","点")', location="+1"), caller_name="@SUM(1)")


def test_csv_opens_in_excel(site: Site) -> None:
    """A byte order mark, Chinese headings, numbers masked, no formula; the file is its owner's alone."""
    site.store(*MATTERS, HARMFUL)
    out = site.folder / "out.csv"
    assert "7 条" in site.run("export", "contexts", "-o", str(out))
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert out.stat().st_mode & 0o777 == 0o600
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["编号 id"] for row in rows] == ["k9", "k5", "k4", "k3", "k2", "k1", "k0"]
    assert (rows[0]["摘要 summary"], rows[0]["地点 location"], rows[0]["来电人 caller_name"]) == (
        "'=HYPERLINK(\"http://x\",\"点\")", "'+1", "'@SUM(1)",
    )  # fmt: skip
    assert rows[-1]["来电号码 caller_number"] == "138****0001"


def test_a_full_export_needs_a_purpose_and_is_audited(site: Site) -> None:
    """Without one nothing is written; with one the numbers are whole and the log says who took them."""
    site.store(*MATTERS)
    out = site.folder / "out.csv"
    site.run("export", "contexts", "-o", str(out), "--full", code=1)
    assert not out.exists()
    number = ("--number", "138 0000 0001", "--matter", "A01")
    site.run("export", "contexts", "-o", str(out), "--full", "--purpose", "别的", *number)
    began, made = (line["details"] for line in site.lines()[-2:])
    assert began == {"format": "csv", "number": "138****0001", "matter": "A01"}
    assert made.keys() == {"contexts"}
    site.run("export", "contexts", "-o", str(out), "--full", "--purpose", "联席会议")
    assert "13800000001" in out.read_text(encoding="utf-8-sig")
    assert [(line["what"], line["purpose"], line["details"]) for line in site.lines()[2:]] == [
        ("contexts_exported_full", "联席会议", {"format": "csv"}),
        ("contexts_export_made", "联席会议", {"contexts": str(len(MATTERS))}),
    ]


def test_an_export_has_the_filters_of_the_search(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Each narrows it, several together; what cannot be looked for is wrong usage."""
    site.store(*MATTERS)
    out = site.folder / "out.csv"
    for words, ids in (
        (["--tail", "0001"], ["k5", "k4", "k0"]), (["--matter", "N01"], ["k1"]), (["--district", "120101"], ["k5", "k1"]), (["--seat", "2001"], ["k4"]),
        (["--case", "GD-1"], ["k4", "k3"]), (["--text", "噪音"], ["k1"]), (["--switchboard", "110"], ["k5", "k4"]),
        (["--switchboard", "110", "--case", "GD-1"], ["k4"]), (["--number", "138 0000 0002"], ["k1"]), (["--tail", "9999"], []),
    ):  # fmt: skip
        site.run("export", "contexts", "-o", str(out), *words)
        with out.open(encoding="utf-8-sig", newline="") as file:
            assert [row["编号 id"] for row in csv.DictReader(file)] == ids, words
    with pytest.raises(SystemExit):
        site.run("export", "contexts", "-o", str(out), "--tail", "x")
    site.run("export", "contexts", "-o", str(out), "--tail", "00001", code=1)
    site.run("export", "contexts", "-o", str(out), "--tail", "00001", "--full", "--purpose", "核实")
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert [row["编号 id"] for row in csv.DictReader(file)] == ["k5", "k4", "k0"]


def test_parquet_and_xlsx_hold_the_same_rows(site: Site) -> None:
    """Types are kept in Parquet; in XLSX a text that looks like a formula is a text."""
    site.store(*MATTERS, HARMFUL)
    table, book = site.folder / "out.parquet", site.folder / "out.xlsx"
    site.run("export", "contexts", "--format", "parquet", "-o", str(table))
    found = parquet.read_table(table)
    assert (found.num_rows, found["wait_s"].to_pylist()[0], found["confidential"].to_pylist()[0]) == (7, None, False)
    assert found["summary"].to_pylist()[0].startswith("=HYPERLINK")
    site.run("export", "contexts", "--format", "xlsx", "-o", str(book))
    import zipfile

    sheet = zipfile.ZipFile(book).read("xl/worksheets/sheet1.xml").decode()
    assert (sheet.count("<row "), "<f>" in sheet, "噪音扰民" in sheet) == (8, False, True)


def test_retention_says_first_what_would_go(site: Site) -> None:
    """A dry run removes nothing; then ended contexts past their class's time go, and what runs or is an order stays."""
    old = time.time() - 1200 * 86400
    rows = [
        context(n, arrived_at=old, ended_at=0.0 if n == 2 else old, said=CaseDetails(cases=("GD",) if n == 1 else ()))
        for n in range(3)
    ]
    site.store(*rows, context(3, arrived_at=time.time(), ended_at=time.time()))
    assert "contexts: 将删除 would go 1" in site.run("retention", "--dry-run")
    assert "contexts: 已删除 gone 1" in site.run("retention")
    assert "contexts: 将删除 would go 0" in site.run("retention", "--dry-run")
    assert json.loads(site.run("trace", "--json", "k1"))["context"]["id"] == "k1"
    site.run("trace", "k0", code=1)
    details = site.lines()[-1]["details"]
    assert (details["contexts"], details["orders"], details["transfers"]) == ("1", "0", "0")


def test_every_class_has_its_time(site: Site) -> None:
    """Transfers, call-backs, seats, dead letters and tapes go like contexts; what is open, and the context of who waits to be
    called back, stays; the audit log says what went."""
    old = time.time() - 4000 * 86400
    site.toml('tape = "run/tape.jsonl"\n')
    rows = [
        context(1, arrived_at=old, ended_at=old), context(2, arrived_at=old, ended_at=old), task(2, at=old, context="k2"),
        context(3, arrived_at=old, at=old, home="119"), context(4, arrived_at=old, at=old),
        task(3, at=old, state="done"), transfer(1, ended_at=old, pressed_at=old), transfer(2, pressed_at=old),
        seat(old), seat(old + 1), seat(old + 2), delivery(1, state="dead", at=old),
    ]  # fmt: skip
    site.store(*rows)
    tapes = [site.folder / f"run/tape{day}.jsonl" for day in ("-2020-01-01", "-2020-01-01.2", "-2999-01-01", "")]
    for path in tapes:
        path.touch()
    said = site.run("retention", "--dry-run")
    expected = {
        "contexts": 2,
        "orders": 0,
        "transfers": 1,
        "callbacks": 1,
        "seats": 2,
        "deliveries": 1,
        "tape": 2,
        "audit": 0,
    }
    assert {name: int(count) for name, count in re.findall(r"(\w+): 将删除 would go (\d+)", said)} == expected
    assert all(path.exists() for path in tapes)
    site.run("retention")
    assert [path.exists() for path in tapes] == [False, False, True, True]
    assert "transfers: 将删除 would go 0" in site.run("retention", "--dry-run")
    for id_ in ("k2", "k4"):  # of who waits to be called back; of a call that nobody has seen end
        assert json.loads(site.run("trace", "--json", id_))["context"]["id"] == id_
    assert site.lines()[-1]["details"] == {
        "contexts": "2", "orders": "0", "transfers": "1", "callbacks": "1", "seats": "2", "deliveries": "1", "seat_files": "0", "tape": "2",
    }  # fmt: skip


def test_a_command_has_the_gateway_s_backlog(site: Site) -> None:
    """Where the database is on a disk of its own, what a command could not write waits in ``run_dir``, as the gateway's records do."""
    site.toml('store = "data/x.db"\n')
    site.run("token", "list")
    with contextlib.closing(sqlite3.connect(site.folder / "data" / "x.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(StoreError, match="locked"):
            cli_records.with_store(site_file.load(site.folder / "onekey.toml"), _minted)
    assert not (site.folder / "data" / "x.db.backlog").exists()
    assert "TokenRow" in (site.folder / "run" / "x.db.backlog").read_text()
    site.run("token", "list")  # brings it home, too
    assert "一个名字" in site.run("token", "list")


async def _minted(store: Store, _audit: Any) -> None:
    store.write(tokens.mint("一个名字", ("read",), "", "", time.time(), 1)[1])


@pytest.mark.parametrize("days", ["-5", "0", "3651", "999999999", "1.5", "", "٣", "x"])
def test_a_token_lives_for_days_that_a_calendar_has(site: Site, days: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is no number of 1 to 3650 makes no token at all."""
    with pytest.raises(SystemExit):
        main(
            ["token", "create", "x", "--scope", "read", f"--days={days}", "--config", str(site.folder / "onekey.toml")]
        )
    assert "3650" in capsys.readouterr().err
    assert json.loads(site.run("token", "list", "--json")) == []


def test_a_token_beyond_all_calendars_is_listed_and_revoked(site: Site) -> None:
    """One that an older onekey made can be seen, and taken back."""

    async def made() -> None:
        store = SqliteStore(site.folder / "run/onekey.db")
        _, row = tokens.mint("old", ("read",), "", "", time.time(), 999_999_999)
        store.write(row)
        await store.flush()
        await store.close()

    site.run("token", "list")
    asyncio.run(made())
    (listed,) = json.loads(site.run("token", "list", "--json"))
    assert listed["expires_at"].isdecimal()
    site.run("token", "revoke", listed["id"])


def test_an_export_to_a_dash_and_to_a_device(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The rows go where they are asked for; no file of that name is made, and a device stays one."""
    (tmp_path / "onekey.toml").write_text(SITE, encoding="utf-8")
    words = ["export", "contexts", "--config", str(tmp_path / "onekey.toml"), "-o"]
    assert main([*words, "-"]) == 0
    assert capfdbinary.readouterr().out.startswith("\ufeff编号 id".encode())
    assert main([*words, "/dev/full"]) == 1
    assert "No space left" in capfdbinary.readouterr().err.decode()


def test_an_export_and_a_report_are_of_one_zone(site: Site) -> None:
    """An instant without an offset is in the site's zone, whatever the machine's is; what is shown has its offset."""
    at = 1795456800.0  # 2026-11-24T02:00 in Shanghai, a day earlier in UTC

    async def made() -> None:
        store = SqliteStore(site.folder / "run/onekey.db")
        store.write(context(1, arrived_at=at, ended_at=at + 60))
        store.write(context(2, arrived_at=at + 86400 + 3600, ended_at=at + 90060))
        await store.flush()
        await store.close()

    site.run("token", "list")
    asyncio.run(made())
    site.run("export", "contexts", "--since", "2026-11-24", "--until", "2026-11-25", "-o", str(site.folder / "day.csv"))
    (row,) = csv.DictReader((site.folder / "day.csv").read_text("utf-8-sig").splitlines())
    assert row["来电时间 arrived_at"] == "2026-11-24T02:00:00+08:00"
