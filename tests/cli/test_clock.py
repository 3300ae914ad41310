"""``onekey clock``: nothing is put right under a gateway that runs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.config import site_file
from gateway.core.values.holder import Holder
from gateway.store import SeenRow
from gateway.store.sqlite.clock_repair import survey
from gateway.store.tenure import StoreTenure, holder_of
from tests.cli.test_records import SITE
from tests.store.sqlite.test_clock_repair import A, stored

RUNS = Holder(place="h:/run", name="12345", host="h", pid=4242, api="127.0.0.1:8080", since=1.0)


async def test_a_gateway_that_runs_is_named_and_nothing_is_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused with the gateway's name while one runs, and done when it has stopped; looking is always allowed."""
    site = tmp_path / "onekey.toml"
    site.write_text(f'store = "{tmp_path}/onekey.db"\n{SITE}', encoding="utf-8")
    store = await stored(tmp_path, SeenRow(A, time.time() + 1e6))
    assert site_file.load(site).store == store
    now, found = time.time(), survey(store, time.time())
    running = StoreTenure(store, "", RUNS)
    running.take()
    assert main(["clock", "--config", str(site)]) == 1
    assert main(["clock", "--write", "--config", str(site)]) == 1
    said = capsys.readouterr().err
    assert ("4242" in said, "127.0.0.1:8080" in said) == (True, True)
    assert survey(store, now) == found
    assert holder_of(store) == RUNS
    running.release()
    assert main(["clock", "--write", "--config", str(site)]) == 0
    assert survey(store, now) == []
    assert holder_of(store) is None
