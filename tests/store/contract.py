"""What every store promises (``gateway/store/__init__.py``), as tests: a store runs them by subclassing ``StoreContract``."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest

from gateway.core.messages.records import CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.core.values.case_details import CaseDetails
from gateway.core.values.ids import ContextId, Outcome, PressId, SeatId, SeatState, SwitchboardId, TargetId
from gateway.store import AnchorRow, DeliveryRow, OnceRow, SeenRow, Store, StoreError, StoreRecord, TokenRow
from gateway.store.search import ContextSearch, fits

ROOT = Path(__file__).resolve().parents[2]
A, B = SwitchboardId("12345"), SwitchboardId("110")

CHILD = """
import asyncio, sys
from tests.store.contract import transfer
{imports}

async def main():
    store = {make}
    written = 0
    while True:
        for _ in range(40):
            store.write(transfer(written))
            written += 1
        await store.flush()
        print(written, flush=True)

asyncio.run(main())
"""


class Site(Protocol):
    """Where a store keeps its records. It outlives the gateways that open it."""

    child: tuple[str, str]
    """Import lines and an expression with which a process of its own opens the store."""

    def open(self, **settings: Any) -> Store:
        """A gateway's store, as after a start."""
        ...

    def failing(self) -> AbstractContextManager[None]:
        """While it lasts, the records' place takes none and gives none."""
        ...


def transfer(n: int = 0, **more: Any) -> TransferRow:
    """A transfer pressed at 1000 + n that still rings."""
    given: dict[str, Any] = {
        "id": PressId(f"12345.{n}.800"), "home": A, "call": f"12345-{n}.1", "context": ContextId("k7"),
        "transferer_switchboard": A, "transferer": SeatId("1001"), "target": TargetId("110"), "mode": "warm",
        "by": "gateway", "state": "ringing", "outcome": None, "reason": "", "pressed_at": 1000.0 + n,
        "ringing_at": 0.0, "answered_at": 0.0, "ended_at": 0.0, "history": ((1000.25, "requested", ""),),
    }  # fmt: skip
    return TransferRow(**given | more)


def context(n: int = 0, **more: Any) -> ContextRow:
    """The context of a caller who waits."""
    given: dict[str, Any] = {
        "id": ContextId(f"k{n}"), "version": 1, "at": 1000.0 + n, "home": A, "call": f"12345-{n}.1",
        "caller_number": "13800000001", "caller_name": "张三", "queue": "12345", "arrived_at": 1000.0 + n, "wait_s": -1,
        "seats": (), "transfers": (), "owner": A, "ended_at": 0.0,
    }  # fmt: skip
    return ContextRow(**given | more)


def seat(at: float, after: SeatState = SeatState.READY, seat: str = "1001", board: SwitchboardId = A) -> SeatRow:
    """A change of a seat."""
    return SeatRow(
        at=at,
        switchboard=board,
        seat=SeatId(seat),
        before=SeatState.UNKNOWN,
        after=after,
        why="why",
        call="12345-1.1",
        since=at - 1,
    )


def gap(since: float, until: float, board: SwitchboardId = A) -> GapRow:
    """A time that nobody watched."""
    return GapRow(board, since, until, "link")


def waited(n: int = 0) -> QueueRow:
    """A wait."""
    return QueueRow(
        at=1001.0 + n, switchboard=A, queue="q", call=f"c{n}", joined_at=1000.0 + n, left_at=1001.0 + n, how="answered"
    )


def task(n: int = 0, **more: Any) -> CallbackRow:
    """A call-back task made at 1000 + n."""
    id_ = PressId(f"12345.{n}.800")
    given: dict[str, Any] = {
        "id": id_, "at": 1000.0 + n, "home": A, "context": ContextId("k7"), "number": "13800000001",
        "reason": "caller_hung_up", "target": TargetId("110"), "seat": SeatId("1001"),
    }  # fmt: skip
    return CallbackRow(**given | more)


def once(n: int = 0, **more: Any) -> OnceRow:
    """A key that was used at 1000 + n and is kept for 100 s."""
    return OnceRow(**{"id": f"key:{n}", "at": 1000.0 + n, "expires_at": 1100.0 + n} | more)


def token(n: int = 0, **more: Any) -> TokenRow:
    """A token made at 1000 + n."""
    return TokenRow(
        **{
            "id": f"t{n}", "name": "值班台", "digest": "ab", "scopes": ("read", "full"), "switchboard": "110",
            "seat": "", "made_at": 1000.0 + n,
        } | more
    )  # fmt: skip


def delivery(n: int = 0, **more: Any) -> DeliveryRow:
    """A delivery that waits."""
    return DeliveryRow(
        **{"id": f"d{n}", "number": n + 1, "at": 1000.0, "to": "110", "subject": "k0", "body": "{}"} | more
    )


MATTERS = (
    context(0),
    context(
        1,
        caller_number="+8613800000002",
        said=CaseDetails(summary="楼下烧烤店噪音扰民", matter="N01", district="120101"),
    ),
    context(
        2,
        caller_number="02287654321",
        said=CaseDetails(summary="下水道堵塞", location="南开区长江道12号", district="120104"),
    ),
    context(
        3, caller_number="", caller_name="", said=CaseDetails(summary="wifi 坏了 ＷＩＦＩ", cases=("GD-1", "JD-2"))
    ),
    context(
        4,
        seats=((A, SeatId("1001"), 1.0), (B, SeatId("2001"), 2.0)),
        organisations=(A, B),
        said=CaseDetails(cases=("GD-1",)),
    ),
    context(
        5,
        home=B,
        organisations=(B,),
        said=CaseDetails(summary='他说："救命" AND -x* (NEAR)', matter="P01", district="120101"),
    ),
)
"""Six matters that searches tell apart."""
SEARCHES = (
    {}, {"number": "13800000001"}, {"number": "138 0000 0002"}, {"number": "+86 13800000002"}, {"tail": "0001"}, {"tail": "4321"},
    {"tail": "0002", "organisation": "12345"}, {"matter": "N01"}, {"district": "120101"}, {"seat": "1001"}, {"seat": "2001"},
    {"switchboard": "110"}, {"switchboard": "12345", "organisation": "110"}, {"case": "GD-1"}, {"case": "JD-2"}, {"text": "噪音"}, {"text": "扰民"}, {"text": "音扰"}, {"text": "噪"}, {"text": "民"},
    {"text": "噪民"}, {"text": "烧烤 扰民"}, {"text": "wifi"}, {"text": "WI"}, {"text": "长江道12号"}, {"text": "张三"}, {"text": '"救命" AND'},
    {"text": "near"}, {"text": "，。"}, {"since": 1002.0}, {"until": 1002.0}, {"since": 1001.0, "until": 1003.0, "text": "下"},
    {"organisation": "110"}, {"organisation": "12345", "district": "120101"}, {"matter": "N01", "district": "120104"},
)  # fmt: skip


def ended(row: TransferRow) -> TransferRow:
    """That transfer, completed."""
    history = (*row.history, (1002.5, "completed", "transferer_left"))
    return transfer(int(row.pressed_at) - 1000, ended_at=1002.5, outcome=Outcome.COMPLETED, history=history)


async def read(store: Store, record: StoreRecord) -> StoreRecord | None:
    """What the store has in that record's place."""
    match record:
        case ContextRow():
            return await store.context(record.id)
        case TransferRow():
            return await store.transfer(record.id)
        case SeatRow():
            return next(iter(await store.seat_rows(record.at, record.at + 1)), None)
        case CallbackRow():
            return await store.callback(record.id)
        case QueueRow():
            return next(iter(await store.queue_rows(record.joined_at, record.joined_at + 1)), None)
        case SeenRow():
            return next((SeenRow(id_, at) for id_, at in (await store.seen()).items() if id_ == record.id), None)
        case TokenRow():
            return next((row for row in await store.tokens() if row.id == record.id), None)
        case AnchorRow():
            return await store.anchor(record.id)
        case DeliveryRow():
            return await store.delivery(record.id)
        case OnceRow():
            return next((row for row in await store.once(record.at, 9) if row.id == record.id), None)
        case GapRow():
            return next(iter(await store.gaps(record.since, record.until)), None)


@contextlib.asynccontextmanager
async def opened(site: Site, *records: StoreRecord, **settings: Any) -> AsyncIterator[Store]:
    """A store with these records, all of them durable; closed at the end."""
    store = site.open(**settings)
    try:
        for record in records:
            store.write(record)
        await store.flush()
        yield store
    finally:
        await store.close()


class StoreContract:
    """Subclass it with a fixture ``site``."""

    # --- what is written is read ----------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "record",
        [
            transfer(),
            ended(transfer()),
            context(),
            context(3, seats=((A, SeatId("1001"), 1003.5), (B, SeatId("2001"), 1004.0)), transfers=(PressId("1.2"),)),
            seat(1000.5, SeatState.THREE_WAY),
            gap(1000.25, 1060.125),
            task(2, state="dialling", tries=2, tried_at=1003.5, note="busy"),
            once(3, asked="ab", answer='{"id":"一"}'),
            QueueRow(
                at=1003.0,
                switchboard=A,
                queue="12345",
                call="c",
                joined_at=1000.25,
                left_at=1002.5,
                how="answered",
                seat=SeatId("1001"),
                ring_s=1.5,
            ),
            SeenRow("12345", 1003.5),
            MATTERS[3],
            token(),
            AnchorRow("audit", 7, "ab"),
            delivery(2, tries=3, next_at=1004.5, why="503"),
        ],
        ids=[
            "transfer",
            "ended transfer",
            "context",
            "context of two seats",
            "seat",
            "gap",
            "task",
            "once",
            "wait",
            "seen",
            "said",
            "token",
            "anchor",
            "delivery",
        ],
    )
    async def test_a_record_is_read_back_as_it_was_written(self, site: Site, record: StoreRecord) -> None:
        """Each kind of record comes back equal, also from a store that was opened later."""
        async with opened(site, record) as store:
            assert await read(store, record) == record
        async with opened(site) as store:
            assert await read(store, record) == record

    async def test_an_empty_store_has_nothing(self, site: Site) -> None:
        """A new store knows no id and lists nothing."""
        async with opened(site) as store:
            assert (await store.context("k0"), await store.transfer("1.2")) == (None, None)
            assert await store.transfers(10) == await store.open_transfers() == await store.open_contexts() == []
            assert await store.seat_rows(0.0, 9e9) == await store.gaps(0.0, 9e9) == []
            assert await store.callback("1.2") is None
            assert await store.callbacks(10) == await store.once(0.0, 10) == await store.queue_rows(0.0, 9e9) == []
            assert await store.seen() == {}
            assert await store.callbacks(10) == await store.once(0.0, 10) == []
            assert await store.contexts(ContextSearch(), 10) == ([], "")
            assert await store.context_versions("k0") == await store.tokens() == await store.deliveries("dead", 9) == []
            assert (await store.anchor("audit"), await store.delivery("d1")) == (None, None)

    async def test_the_last_write_of_a_transfer_wins(self, site: Site) -> None:
        """A transfer is listed once, as it was written last, also where all writes share a group."""
        async with opened(site, transfer(), transfer(state="three_party"), ended(transfer())) as store:
            assert await store.transfers(10) == [ended(transfer())]

    async def test_the_last_write_of_a_context_wins(self, site: Site) -> None:
        """A context is read in its newest version."""
        newest = context(version=2, wait_s=4)
        async with opened(site, context(), newest) as store:
            assert await store.context("k0") == newest
            assert await store.open_contexts() == [newest]

    async def test_what_had_not_ended_is_open_after_a_restart(self, site: Site) -> None:
        """The next gateway finds the transfers and contexts that run, oldest first, and none that ended."""
        rows = (
            transfer(2),
            transfer(0),
            transfer(1),
            ended(transfer(1)),
            context(5),
            context(4),
            context(6, ended_at=9.0),
        )
        async with opened(site, *rows):
            pass
        async with opened(site) as store:
            assert await store.open_transfers() == [transfer(0), transfer(2)]
            assert await store.open_contexts() == [context(4), context(5)]

    # --- order and limits -------------------------------------------------------------------------------------------------

    async def test_transfers_come_newest_first(self, site: Site) -> None:
        """The instant of the press orders them, not that of the writing; ``limit`` cuts off the oldest."""
        async with opened(site, transfer(1), transfer(3), transfer(0), transfer(2)) as store:
            assert [row.pressed_at for row in await store.transfers(10)] == [1003.0, 1002.0, 1001.0, 1000.0]
            assert [row.pressed_at for row in await store.transfers(2)] == [1003.0, 1002.0]

    async def test_many_of_one_instant_come_once_each(self, site: Site) -> None:
        """Nothing is left out or listed twice where they meet."""
        rows = [transfer(n, pressed_at=1000.0 + n // 450) for n in range(1000)]
        async with opened(site, *rows) as store:
            found = await store.transfers(2000)
            assert sorted(row.id for row in found) == sorted(row.id for row in rows)
            assert [row.pressed_at for row in found] == sorted((row.pressed_at for row in rows), reverse=True)

    async def test_before_leaves_out_its_own_instant(self, site: Site) -> None:
        """``before`` the last one seen is the next page: nothing twice."""
        async with opened(site, *map(transfer, range(4))) as store:
            assert [row.pressed_at for row in await store.transfers(2, before=1002.0)] == [1001.0, 1000.0]
            assert await store.transfers(2, before=1000.0) == []

    async def test_transfers_of_a_call_a_seat_and_a_state(self, site: Site) -> None:
        """Each wish leaves out what is otherwise, all of them together too, and the order and the limit stay."""
        other = transfer(2, call="12345-0.1", transferer=SeatId("1002"))
        async with opened(site, transfer(0), ended(transfer(1)), other, transfer(3)) as store:
            assert await store.transfers(9, running=True) == [transfer(3), other, transfer(0)]
            assert await store.transfers(9, running=False) == [ended(transfer(1))]
            assert await store.transfers(9, call="12345-0.1") == [other, transfer(0)]
            assert await store.transfers(2, seat="1001") == [transfer(3), ended(transfer(1))]
            assert await store.transfers(9, 1003.0, running=True, seat="1001") == [transfer(0)]
            assert await store.transfers(9, call="12345-0.1", seat="1003") == []

    async def test_the_last_write_of_a_task_wins(self, site: Site) -> None:
        """A task is listed once, in the state it was written in last, and not in the one before."""
        dialled = task(state="dialling", tries=1)
        async with opened(site, task(), dialled) as store:
            assert await store.callbacks(9) == await store.callbacks(9, state="dialling") == [dialled]
            assert await store.callbacks(9, state="open") == []

    async def test_tasks_come_newest_first(self, site: Site) -> None:
        """``limit`` cuts off the oldest, ``before`` leaves out its own instant, with a state and without."""
        async with opened(site, task(1), task(3), task(0, state="done"), task(2)) as store:
            assert await store.callbacks(2) == [task(3), task(2)]
            assert await store.callbacks(9, 1002.0) == [task(1), task(0, state="done")]
            assert await store.callbacks(9, 1003.0, "open") == [task(2), task(1)]

    async def test_a_home_gets_a_whole_page_of_its_tasks(self, site: Site) -> None:
        """Tasks of others take no place in it, with a state and without."""
        async with opened(site, *(task(n, home=B if n % 3 else A) for n in range(9))) as store:
            assert await store.callbacks(2, home=A) == [task(6), task(3)]
            assert await store.callbacks(2, 1006.0, "open", A) == [task(3), task(0)]
            assert await store.callbacks(2, state="done", home=A) == []

    async def test_what_has_expired_is_not_remembered(self, site: Site) -> None:
        """A key is remembered until its last instant; the newest are read, oldest first; a later write removes the expired."""
        async with opened(site, once(0), once(2), once(1)) as store:
            assert await store.once(1099.9, 9) == [once(0), once(1), once(2)]
            assert await store.once(1100.0, 9) == [once(1), once(2)]
            assert await store.once(1000.0, 2) == [once(1), once(2)]
            store.write(once(102))
            await store.flush()
            assert await store.once(0.0, 9) == [once(102)]

    async def test_seat_rows_are_led_by_the_row_in_force(self, site: Site) -> None:
        """The last change of each seat before the time comes first, then the time's own, oldest first."""
        early, last, other = seat(10.0), seat(20.0, SeatState.TALK), seat(15.0, SeatState.PAUSED, "2001", B)
        inside, also = seat(35.0), seat(31.0, SeatState.TALK, "2001", B)
        async with opened(site, early, other, last, also, inside) as store:
            assert await store.seat_rows(30.0, 40.0) == [other, last, also, inside]

    async def test_seat_rows_are_of_a_half_open_time(self, site: Site) -> None:
        """A change at ``since`` belongs to the time, one at ``until`` does not; a seat may have no row before."""
        async with opened(site, seat(30.0), seat(40.0, SeatState.TALK)) as store:
            assert await store.seat_rows(30.0, 40.0) == [seat(30.0)]

    async def test_changes_of_one_instant_keep_their_order(self, site: Site) -> None:
        """Two changes of a seat at the same instant come back as they were written."""
        rows = [seat(30.0, state) for state in (SeatState.TALK, SeatState.HOLD, SeatState.READY)]
        async with opened(site, *rows) as store:
            assert await store.seat_rows(30.0, 31.0) == rows

    async def test_gaps_that_touch_a_time(self, site: Site) -> None:
        """Gaps that reach into the time come in order; one that ends where it begins, or begins where it ends, does not."""
        within, over, left, right = gap(32.0, 33.0, B), gap(0.0, 99.0), gap(20.0, 30.0), gap(40.0, 50.0)
        async with opened(site, right, within, left, over) as store:
            assert await store.gaps(30.0, 40.0) == [over, within]

    # --- contexts: versions, edits, searches ---------------------------------------------------------------------------------

    async def test_every_version_of_a_context_is_kept(self, site: Site) -> None:
        """Who changed what and when can be read later, oldest first."""
        versions = [
            context(),
            context(version=2, wait_s=4),
            context(version=3, said=CaseDetails(summary="噪音"), by="甲"),
        ]
        async with opened(site, *versions, context(1)) as store:
            assert await store.context_versions("k0") == versions

    async def test_of_two_edits_of_one_version_one_wins(self, site: Site) -> None:
        """Both saw version 1; the store has the winner's words, and the other is told."""
        mine, yours = (context(version=2, said=CaseDetails(summary=word), by=word) for word in ("甲", "乙"))
        async with opened(site, context()) as store:
            won = await asyncio.gather(store.edit_context(mine, 1), store.edit_context(yours, 1))
            assert sorted(won) == [False, True]
            winner = mine if won[0] else yours
            assert await store.context("k0") == winner
            assert await store.context_versions("k0") == [context(), winner]
        async with opened(site) as store:
            assert await store.context("k0") == winner

    async def test_an_edit_comes_behind_what_was_written(self, site: Site) -> None:
        """A version that waits to be written counts as the newest; one that nobody wrote is not edited."""
        async with opened(site) as store:
            assert await store.edit_context(context(version=2), 1) is False
            store.write(context())
            store.write(context(version=2))
            assert await store.edit_context(context(version=2, by="x"), 1) is False
            assert await store.edit_context(context(version=3, by="x"), 2) is True

    async def test_of_two_who_begin_one_context_one_wins(self, site: Site) -> None:
        """Version 0 is a context that is not there: it begins once, and is found like any other."""
        mine, yours = (context(said=CaseDetails(summary=word, cases=("GD-1",)), by=word) for word in ("甲", "乙"))
        async with opened(site) as store:
            won = await asyncio.gather(store.edit_context(mine, 0), store.edit_context(yours, 0))
            assert sorted(won) == [False, True]
            winner = mine if won[0] else yours
            assert await store.context("k0") == winner
            assert (await store.contexts(ContextSearch(case="GD-1"), 5))[0] == [winner]

    async def test_what_goes_with_an_edit_stands_or_falls_with_it(self, site: Site) -> None:
        """The winner's deliveries wait, in their order and after a restart; the loser's were never there."""
        with_it = [delivery(0), delivery(1, to="119")]
        async with opened(site, context()) as store:
            assert await store.edit_context(context(version=2), 1, with_it) is True
            assert await store.edit_context(context(version=2, by="x"), 1, [delivery(2)]) is False
            assert await store.deliveries("waiting", 9) == with_it
        async with opened(site) as store:
            assert await store.deliveries("waiting", 9) == with_it
            assert await store.context("k0") == context(version=2)

    async def test_what_goes_with_a_record_is_written(self, site: Site) -> None:
        """Each of them is durable when ``flush`` returns, also what had to wait for the store."""
        async with opened(site) as store:
            with site.failing():
                store.write(context(), delivery(0), delivery(1, to="119"))
                with contextlib.suppress(StoreError):
                    await store.flush()
            store.write(context(1), delivery(2))
            await store.flush()
            assert [row.id for row in await store.deliveries("waiting", 9)] == ["d0", "d1", "d2"]
            assert await store.context("k0") == context()

    async def test_an_edit_that_the_store_cannot_take_is_refused(self, site: Site) -> None:
        """Whoever edits is told, and what was refused does not come later out of a backlog."""
        async with opened(site, context()) as store:
            with site.failing(), pytest.raises(StoreError, match="→"):
                await store.edit_context(context(version=2), 1)
            await store.flush()
            assert await store.context("k0") == context()

    @pytest.mark.parametrize("asked", SEARCHES, ids=str)
    async def test_a_search_finds_what_fits(self, site: Site, asked: dict[str, Any]) -> None:
        """An index gives the answer that the definition gives, newest first, also in pages of two."""
        wish = ContextSearch(**asked)
        expected = [row for row in reversed(MATTERS) if fits(row, wish)]
        async with opened(site, *MATTERS) as store:
            found, cursor = await store.contexts(wish, 50)
            assert (found, cursor) == (expected, "")
            paged: list[ContextRow] = []
            while True:
                some, cursor = await store.contexts(wish, 2, cursor)
                paged += some
                if not cursor:
                    break
            assert paged == expected

    @pytest.mark.parametrize(
        "asked",
        [{"number": "13800000001"}, {"tail": "0001"}, {"text": "13800000001"}, {"text": "138-0000-0001"}],
        ids=str,
    )
    async def test_a_hidden_number_is_in_no_answer_page_or_cursor(self, site: Site, asked: dict[str, Any]) -> None:
        """From whom a number is kept finds nothing by it, and no ``next`` tells that there was something; whoever sees it finds it."""
        water = SwitchboardId("water")
        said = CaseDetails(summary="来电13800000001，即 138-0000-0001，噪音", confidential=True)
        kept = [context(n, said=said, caller_name="13800000001", organisations=(A, B, water)) for n in (0, 1, 3, 4)]
        open_ = context(2, said=CaseDetails(summary=said.summary), organisations=(A, water))
        async with opened(site, kept[0], kept[1], open_, kept[2], kept[3]) as store:
            wish = ContextSearch(**asked, organisation="water")
            assert await store.contexts(wish, 1) == await store.contexts(wish, 9) == ([open_], "")
            for sees in ({"organisation": A}, {"organisation": B, "excepted": True}, {}):
                found, following = await store.contexts(ContextSearch(**asked, **sees), 9)
                assert (found[:2], following) == (kept[:1:-1], "")
            words = ContextSearch(text="噪音", organisation="water")
            first, cursor = await store.contexts(words, 2)
            rest, end = await store.contexts(words, 9, cursor)
            assert ([row.id for row in first + rest], end) == (["k4", "k3", "k2", "k1", "k0"], "")

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("13800000001", True), ("138", False), ("1380000000", False), ("tel02287654321", True), ("tel0228765432", False), ("te", True),
            ("wifi6", True), ("wif", True), ("12号楼", True), ("1", False), ("电1", False), ("１３８０００００００１", True),
        ],
    )  # fmt: skip
    async def test_digits_in_a_text_are_found_whole(self, site: Site, text: str, found: bool) -> None:
        """No beginning of a number finds it, so that nobody spells one out; words go on as before."""
        row = context(said=CaseDetails(summary="回电13800000001 或 tel02287654321，12号楼，wifi6"), caller_number="")
        wish = ContextSearch(text=text)
        async with opened(site, row) as store:
            assert await store.contexts(wish, 9) == ([row] if found else [], "")
            assert fits(row, wish) is found

    @pytest.mark.parametrize("text", ["🔥", "%", "_", "'", "，", "%%%", "——", '"'])
    async def test_signs_alone_find_nothing(self, site: Site, text: str) -> None:
        """A search that names no letter and no digit stands for nobody, alone and beside another condition."""
        row = context(said=CaseDetails(summary="100% 🔥，噪音", matter="N01"))
        async with opened(site, row) as store:
            for wish in (ContextSearch(text=text), ContextSearch(text=text, matter="N01")):
                assert await store.contexts(wish, 9) == ([], "")
                assert not fits(row, wish)

    async def test_a_mobile_number_with_the_zero_of_a_long_distance_trunk(self, site: Site) -> None:
        """The number is found as people write it, whatever a trunk has put before it."""
        row = context(caller_number="013800000001")
        async with opened(site, row) as store:
            for number in ("13800000001", "013800000001", "+8613800000001"):
                assert await store.contexts(ContextSearch(number=number), 9) == ([row], "")

    async def test_a_masked_reader_finds_ends_as_the_mask_shows_them(self, site: Site) -> None:
        """Four digits of a long number, three of a local one, none of a short one; who reads in full finds any, page and cursor alike."""
        numbers = ("13800000001", "+8613900000001", "7650001", "95001")
        rows = [context(n, caller_number=number) for n, number in enumerate(numbers)]
        shown = {"001": ["k2", "k1", "k0"], "0001": ["k1", "k0"], "00001": [], "5001": [], "50001": []}
        async with opened(site, *rows) as store:
            for tail, ids in shown.items():
                wish = ContextSearch(tail=tail, masked=True)
                found, cursor = await store.contexts(wish, 9)
                assert ([row.id for row in found], cursor) == (ids, "")
                assert (await store.contexts(wish, 1))[1] == ("" if len(ids) < 2 else {"k2": "3", "k1": "2"}[ids[0]])
            whole, _ = await store.contexts(ContextSearch(tail="0001"), 9)
            assert [row.id for row in whole] == ["k2", "k1", "k0"]
            assert (await store.contexts(ContextSearch(tail="50001"), 9))[0] == [rows[2]]

    async def test_a_beginning_finds_all_that_begins_so(self, site: Site) -> None:
        """However many words begin alike."""
        rows = [
            context(n, said=CaseDetails(summary=f"{chr(0x4E00 + n * 7)}a{n:04} 小{chr(0x4E00 + n)}"))
            for n in range(600)
        ]
        async with opened(site, *rows) as store:
            for text in ("a", "小"):
                assert (await store.contexts(ContextSearch(text=text), 1000))[0] == rows[::-1]

    async def test_a_context_is_found_by_its_newest_words_only(self, site: Site) -> None:
        """A later version replaces what it was found by."""
        before = context(said=CaseDetails(summary="噪音扰民", matter="N01", cases=("GD-1",)))
        after = context(version=2, said=CaseDetails(summary="道路积水", matter="W02", cases=("GD-2",)))
        async with opened(site, before, after) as store:
            for gone in ({"text": "噪音"}, {"matter": "N01"}, {"case": "GD-1"}):
                assert await store.contexts(ContextSearch(**gone), 9) == ([], "")
            for there in ({"text": "积水"}, {"matter": "W02"}, {"case": "GD-2"}, {}):
                assert await store.contexts(ContextSearch(**there), 9) == ([after], "")

    async def test_a_cursor_that_is_none_is_refused(self, site: Site) -> None:
        """A stranger's text is not taken for a cursor."""
        async with opened(site, context()) as store:
            with pytest.raises(ValueError, match="x"):
                await store.contexts(ContextSearch(), 9, "x")

    async def test_a_context_that_is_removed_is_gone(self, site: Site) -> None:
        """Nothing finds it any more, neither by id nor by words, and the others stay."""
        async with opened(site, *MATTERS) as store:
            await store.remove_context("k1")
            await store.remove_context("nobody")
            assert (await store.context("k1"), await store.context_versions("k1")) == (None, [])
            assert await store.contexts(ContextSearch(text="噪音"), 9) == ([], "")
            assert await store.contexts(ContextSearch(matter="N01"), 9) == ([], "")
            assert [row.id for row in (await store.contexts(ContextSearch(), 9))[0]] == ["k5", "k4", "k3", "k2", "k0"]
            assert (await store.context_count(0.0, 9e9), await store.context_count(1001.0, 1003.0)) == (5, 1)

    # --- what is past its time ----------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("dry_run", [True, False], ids=["said", "done"])
    async def test_what_is_past_its_time_goes_and_what_lives_stays(self, site: Site, dry_run: bool) -> None:
        """Ended transfers of ended calls, closed tasks, dead letters; not those that run, nor those of a call that lives."""
        rows = (
            transfer(1, ended_at=1100.0, call="old", context="k1"), transfer(2, call="old", context="k1"), transfer(3, ended_at=1100.0),
            transfer(4, ended_at=5000.0, call="old", context="k1"), context(7), task(1, state="done"), task(2, state="dropped"), task(3),
            task(4, state="dialling"), task(4000, state="done"), delivery(1, state="dead"), delivery(2), delivery(3, state="dead", at=5000.0),
        )  # fmt: skip
        async with opened(site, *rows) as store:
            for kind, count in (("transfers", 1), ("callbacks", 2), ("deliveries", 1)):
                assert await store.prune(kind, 4000.0, dry_run=dry_run) == count, kind
                assert await store.prune(kind, 4000.0, dry_run=True) == (count if dry_run else 0)
            assert len(await store.transfers(9)) == (4 if dry_run else 3)
            assert (await store.transfer("12345.1.800") is None) is not dry_run
            assert await store.transfers(9, call="old", seat="1001") == [
                row for row in (rows[3], rows[1], rows[0]) if dry_run or row != rows[0]
            ]
            assert len(await store.callbacks(9)) == (5 if dry_run else 3)
            assert len(await store.deliveries("dead", 9)) == (2 if dry_run else 1)
            assert await store.deliveries("waiting", 9) == [delivery(2)]

    async def test_more_than_goes_at_a_time_is_removed_and_what_runs_between_stays(self, site: Site) -> None:
        """Of many transfers those that still run stay, wherever they stand among them."""
        rows = [transfer(n, ended_at=0.0 if n % 3 == 0 else 3000.0) for n in range(1300)]
        running = [row for row in reversed(rows) if not row.ended_at]
        async with opened(site, *rows) as store:
            gone = len(rows) - len(running)
            for dry_run, count in ((True, gone), (False, gone), (False, 0)):
                assert await store.prune("transfers", 4000.0, dry_run=dry_run) == count
            assert await store.transfers(2000) == running

    async def test_a_log_is_cut_and_each_seat_keeps_its_state(self, site: Site) -> None:
        """Rows before the cut go, but for the last of each seat; what is read from the cut on is what it was."""
        rows = [seat(1000.0 + n, list(SeatState)[n % 3], str(1000 + n % 2)) for n in range(1200)]
        waits = [waited(n) for n in range(4)]
        gaps = [gap(1000.0, 1001.0), gap(1001.0, 9000.0), gap(8000.0, 9000.0)]
        async with opened(site, *rows, *waits, *gaps) as store:
            cut = 1000.0 + 1100
            before = await store.seat_rows(cut, 9e9)
            assert await store.prune("seats", cut, dry_run=True) == 1098
            assert await store.prune("seats", cut, dry_run=False) == 1098
            assert await store.prune("seats", cut, dry_run=False) == 0
            assert await store.seat_rows(cut, 9e9) == before
            assert len(await store.seat_rows(0.0, 9e9)) == 102
            assert await store.last_seats() == sorted(rows[-2:], key=lambda row: row.seat)
            assert await store.prune("waits", 1002.0, dry_run=False) == 2
            assert await store.queue_rows(0.0, 9e9) == waits[2:]
            assert await store.prune("gaps", 4000.0, dry_run=False) == 1
            assert await store.gaps(0.0, 9e9) == gaps[1:]
            store.write(seat(9000.0))
            await store.flush()
            assert (await store.seat_rows(9000.0, 9e9))[-1] == seat(9000.0)

    async def test_what_cannot_be_removed_is_told(self, site: Site) -> None:
        """A store that is down raises."""
        async with opened(site, transfer(1, ended_at=1100.0)) as store:
            with site.failing(), pytest.raises(StoreError, match="→"):
                await store.prune("transfers", 4000.0, dry_run=False)
            assert await store.transfer("12345.1.800")

    # --- tokens, deliveries --------------------------------------------------------------------------------------------------

    async def test_tokens_come_oldest_first_and_the_last_write_wins(self, site: Site) -> None:
        """A token that is revoked stays listed."""
        async with opened(site, token(1), token(0), token(1, revoked_at=1005.0)) as store:
            assert await store.tokens() == [token(0), token(1, revoked_at=1005.0)]

    async def test_deliveries_keep_their_order(self, site: Site) -> None:
        """By number, in their state; one that was delivered is not kept."""
        rows = (delivery(2), delivery(0), delivery(1), delivery(3, state="dead"), delivery(0, state="delivered"))
        async with opened(site, *rows) as store:
            assert await store.deliveries("waiting", 9) == [delivery(1), delivery(2)]
            assert await store.deliveries("waiting", 9, after=2) == [delivery(2)]
            assert await store.deliveries("waiting", 1) == [delivery(1)]
            assert await store.deliveries("dead", 9) == [delivery(3, state="dead")]
            assert await store.delivery("d0") is None

    # --- durable ------------------------------------------------------------------------------------------------------------

    async def test_close_writes_what_waits(self, site: Site) -> None:
        """Nobody flushed: after ``close`` the records are there."""
        store = site.open()
        for n in range(1000):
            store.write(transfer(n))
        await store.close()
        async with opened(site) as store:
            assert len(await store.transfers(2000)) == 1000

    async def test_flush_covers_all_that_was_written_before(self, site: Site) -> None:
        """When ``flush`` returns, nothing waits and every record is read."""
        async with opened(site, *map(transfer, range(1200))) as store:
            assert (store.health().ok, store.health().backlog, store.health().lost) == (True, 0, 0)
            assert len(await store.transfers(2000)) == 1200

    async def test_close_may_be_called_again(self, site: Site) -> None:
        """A second ``close`` does nothing."""
        store = site.open()
        await store.close()
        await store.close()

    async def test_a_closed_store_acknowledges_nothing(self, site: Site) -> None:
        """``flush`` after ``close`` is refused instead of waiting for ever."""
        store = site.open()
        await store.close()
        with pytest.raises(StoreError, match="closed"):
            await store.flush()

    @pytest.mark.parametrize("groups", [1, 5])
    async def test_kill_9_loses_nothing_that_was_acknowledged(self, site: Site, groups: int) -> None:
        """A gateway is killed while it writes: each record before its last returned ``flush`` is there, in order."""
        imports, make = site.child
        words = [sys.executable, "-c", CHILD.format(imports=imports, make=make)]
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            said = [child.stdout.readline() for _ in range(groups)]
            child.kill()
            said += child.stdout.read().splitlines(keepends=True)
        acknowledged = max(int(line) for line in said if line.endswith("\n"))
        async with opened(site) as store:
            found = {row.id for row in await store.transfers(10**6)}
        assert {transfer(n).id for n in range(acknowledged)} <= found
        assert found == {transfer(n).id for n in range(len(found))}

    # --- while it fails -----------------------------------------------------------------------------------------------------

    async def test_flush_says_that_the_store_is_down(self, site: Site) -> None:
        """While records are not taken ``flush`` raises what is wrong, where, and what to do."""
        async with opened(site) as store:
            with site.failing():
                store.write(transfer())
                with pytest.raises(StoreError) as caught:
                    await store.flush()
            error = caught.value
            assert error.what
            assert error.where
            assert "check" in error.remedy
            assert str(error) == f"{error.what} ({error.where}) → {error.remedy}"

    async def test_health_counts_what_waits(self, site: Site) -> None:
        """A store that is down says so, with the number of records that are not durable; then it is well again."""
        async with opened(site, transfer(9)) as store:
            with site.failing():
                for n in range(7):
                    store.write(transfer(n))
                with pytest.raises(StoreError):
                    await store.flush()
                health = store.health()
                assert (health.ok, health.backlog, health.lost) == (False, 7, 0)
                assert health.problem
            await store.flush()
            assert (store.health().ok, store.health().backlog, store.health().problem) == (True, 0, "")

    async def test_the_backlog_comes_home_in_order(self, site: Site) -> None:
        """What was written before, during and after a failure is all there, and the last write still wins."""
        async with opened(site, transfer(0), seat(30.0)) as store:
            with site.failing():
                for record in (transfer(0, state="three_party"), seat(31.0), transfer(1), gap(1.0, 2.0), context(1)):
                    store.write(record)
                    with pytest.raises(StoreError):
                        await store.flush()
            for record in (ended(transfer(0)), seat(32.0)):
                store.write(record)
            await store.flush()
            assert await store.transfers(10) == [transfer(1), ended(transfer(0))]
            assert await store.seat_rows(0.0, 99.0) == [seat(30.0), seat(31.0), seat(32.0)]
            assert (await store.gaps(0.0, 9.0), await store.context("k1")) == ([gap(1.0, 2.0)], context(1))

    async def test_two_failures_in_a_row(self, site: Site) -> None:
        """A store that fails again behind a recovery loses nothing of either time, and writes nothing twice."""
        async with opened(site) as store:
            for n in range(2):
                with site.failing():
                    store.write(seat(30.0 + n))
                    with pytest.raises(StoreError):
                        await store.flush()
                await store.flush()
            assert await store.seat_rows(0.0, 99.0) == [seat(30.0), seat(31.0)]

    async def test_the_backlog_outlives_the_gateway(self, site: Site) -> None:
        """Records that could not be written when the gateway stopped are written by the next one, and counted once."""
        store = site.open()
        with site.failing():
            store.write(transfer(1))
            with pytest.raises(StoreError):
                await store.flush()
            store.write(transfer(2))
            await store.close()
        async with opened(site, transfer(3)) as store:
            assert [row.pressed_at for row in await store.transfers(9)] == [1003.0, 1002.0, 1001.0]
            assert (store.health().ok, store.health().backlog) == (True, 0)
            with site.failing():
                store.write(transfer(4))
                with pytest.raises(StoreError):
                    await store.flush()
                assert store.health().backlog == 1

    async def test_the_backlog_is_bounded(self, site: Site) -> None:
        """What a full backlog refuses is counted, all the rest comes back, and nothing acknowledged is among the lost."""
        async with opened(site, transfer(999), backlog_bytes_max=4000) as store:
            with site.failing():
                for n in range(40):
                    store.write(transfer(n))
                    with pytest.raises(StoreError):
                        await store.flush()
                lost = store.health().lost
                assert 0 < lost < 40
                assert store.health().backlog == 40 - lost
            await store.flush()
            kept = [row.pressed_at for row in await store.transfers(99)]
            assert kept == [1999.0, *(1000.0 + n for n in reversed(range(40 - lost)))]
            assert store.health().lost == lost

    async def test_reading_while_it_is_down(self, site: Site) -> None:
        """A reader is told what is wrong and what to do, never given an empty list."""
        async with opened(site, transfer()) as store:
            with site.failing(), pytest.raises(StoreError, match="→"):
                await store.transfers(10)
            assert await store.transfers(10) == [transfer()]
