"""A matter as a ladder: every line in its order, in words, in one language, masked as the trace is."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.contexts import texts
from gateway.contexts.trace import trace
from gateway.contexts.trace_ladder import EDITED, drawn
from gateway.core.messages.records import ContextRow, TransferRow
from gateway.core.values.case_details import FIELDS
from gateway.core.values.ids import PressedBy
from gateway.store.sqlite.store import SqliteStore
from gateway.views.plain import View
from tests.core.plays import A, Play

ZONE = "Asia/Shanghai"


def told(play: Play, path: Path) -> View:
    """The trace of the only call of a play, from a store."""

    async def ask() -> View:
        store = SqliteStore(path)
        for row in play.out:
            if isinstance(row, ContextRow | TransferRow):
                store.write(row)
        await store.flush()
        found = await trace(store, play.all(ContextRow)[-1].id)
        await store.close()
        assert found is not None
        return found

    return asyncio.run(ask())


def transferred() -> Play:
    """1001 puts its caller through to 110, 2001 answers, 1001 leaves, everybody hangs up."""
    play = Play().both()
    play.connect()
    play.press()
    play.ring()
    play.answer()
    play.hang_up(A, "s")
    play.hang_up(A, "c")
    return play


def test_the_ladder_tells_a_transfer_in_its_order(tmp_path: Path) -> None:
    """Arrival, answer, press with mode and hand, ringing, three talk, the end: one line each, instants in the zone."""
    lines = drawn(told(transferred(), tmp_path / "onekey.db"), ZONE).splitlines()
    assert lines[0].endswith("来电号码 138****0001  首接 12345（Asia/Shanghai）")
    words = [line.split(" s  ", 1)[1].split(None, 1) for line in lines[1:]]
    assert words[0] == ["来电人", "来电，队列 12345"]
    assert words[1] == ["12345/1001", "接听（等待 3 秒）"]
    assert words[2] == ["12345/1001", "转接 → 110（三方转接，按键）"]
    said = [" ".join(line) for line in words]
    assert [n for n, line in enumerate(said) if "振铃" in line] < [
        n for n, line in enumerate(said) if "三方通话" in line
    ]
    assert "12345/1001 转接完成：来电已移交对方" in said
    assert said[-1] == "来电人 通话结束"
    assert lines[1].startswith("  01-01 08:1")
    assert "13800000001" not in "\n".join(lines)


def test_the_other_language_and_the_names_of_people(tmp_path: Path) -> None:
    """English throughout, and who sat there, where the site says so."""
    text = drawn(told(transferred(), tmp_path / "onekey.db"), "UTC", "en", {"12345/1001": "Zhang San"})
    assert "12345/1001 Zhang San" in text
    assert "transfers → 110 (warm, by key)" in text
    assert "the call ends" in text
    assert not any("\u4e00" <= character <= "\u9fff" for character in text)


def test_one_that_failed_says_why(tmp_path: Path) -> None:
    """Busy: the outcome and the reason in words; the caller is still there, and the call has no end yet."""
    play = Play().both()
    play.connect()
    play.press(target="nowhere")
    text = drawn(told(play, tmp_path / "onekey.db"), ZONE)
    assert "转接失败：该按键没有对应的转接目标" in text
    assert "通话结束" not in text


def test_every_word_has_its_line() -> None:
    """Hands and edited fields are listed completely."""
    assert set(texts.LADDER_HANDS) == {hand.value for hand in PressedBy}
    assert set(FIELDS) <= set(EDITED)
