"""Seats on the toy PBX: presence by the API, reports of what happened, and the figures of /metrics."""

from __future__ import annotations

import re

import pytest

from gateway.reporting.job import ReportJob, make

from .house import House


async def seat(house: House, number: str, state: str, why: str = "") -> None:
    """A seat comes into a state."""
    seen: list[object] = []

    async def there() -> bool:
        found = [item for item in (await house.get("/v1/seats"))["items"] if item["seat"] == number]
        seen[:] = found
        return bool(found) and found[0]["state"] == state and why in ("", found[0]["why"])

    await house.until(there, lambda: f"not {state} {why}: {seen}")


async def test_pause_unpause_log_out_and_in(house: House) -> None:
    """What the API asks of a queue comes true there, and comes back as a change with its reason; no call reaches who is away."""
    house.people(("12345", "1001"))
    await seat(house, "1001", "ready")
    answer = await house.post("/v1/seats/12345/1001/pause", {"reason": "lunch"})
    assert answer["seat"] == "1001"
    await seat(house, "1001", "paused", "lunch")
    await house.post("/v1/seats/12345/1001/unpause", {})
    await seat(house, "1001", "ready")
    house.people(("12345", "1009"))
    await house.post("/v1/seats/12345/1009/log_in", {"queues": ["12345"]})
    await seat(house, "1009", "ready")
    await house.post("/v1/seats/12345/1009/log_out", {})
    await seat(house, "1009", "offline")


async def test_a_member_of_the_file_is_not_logged_out(house: House) -> None:
    """Asterisk refuses it, and so who asked is told so; the seat stays where it is."""
    house.people(("12345", "1001"))
    await seat(house, "1001", "ready")
    with pytest.raises(AssertionError, match="static_member"):
        await house.post("/v1/seats/12345/1001/log_out", {})
    await seat(house, "1001", "ready")


async def test_a_call_is_in_the_reports(house: House) -> None:
    """One call that a seat answers and one that is abandoned: waits, states and the capacity say so."""
    caller, agent, other = house.people(("12345", "13800000001"), ("12345", "1001"), ("12345", "13800000002"))
    await house.connect(caller, agent)
    await other.call()
    await house.pass_s(7)
    await other.hang_up()
    shown = (await house.get("/v1/switchboards"))["items"][0]
    assert (shown["id"], shown["seats_on_call"], shown["arrivals_30m"]) == ("12345", 1, 2)
    await house.finish(agent, caller)
    assert house.app is not None
    house.app.engine.write_down()
    await house.app.store.flush()
    store = str(house.config().store)
    (queue,) = make(ReportJob(report="queues", store=store, since="2000-01-01", until="2100-01-01")).dicts()
    assert (queue["queue"], queue["offered"], queue["answered"], queue["abandoned"]) == ("12345", 2, 1, 1)
    assert queue["wait_max_s"] >= queue["wait_avg_s"] >= 0
    seats = {
        line["seat"]: line
        for line in make(ReportJob(report="seats", store=store, since="2000-01-01", until="2100-01-01")).dicts()
    }
    assert (seats["1001"]["calls"], seats["1001"]["answered"]) == (1, 1)
    assert seats["1001"]["talk_s"] > 0


async def test_a_transfer_stands_at_both_hands(house: House) -> None:
    """The seat that pressed has it out, with the queue that gave it the caller; the seat that answered has it in."""
    cast = await house.pressed("*1", ("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await cast[2].answer()
    await house.state("three_party")
    await cast[1].hang_up()
    await house.outcome("completed")
    await house.finish(cast[2], cast[0])
    assert house.app is not None
    house.app.engine.write_down()
    await house.app.store.flush()
    store = str(house.config().store)
    for by, hands in {
        "seat": [("110", "2001", "in"), ("12345", "1001", "out")],
        "queue": [("110", "110", "in"), ("12345", "12345", "out")],
    }.items():
        report = make(ReportJob(report="transfers", store=store, since="2000-01-01", until="2100-01-01", by=by))
        assert [(row[:3], row[3]) for row in report.rows] == [(hand, 1) for hand in hands]


async def test_a_seat_knows_before_it_presses(house: House) -> None:
    """Free, then rung by this very press, then taken: each time the seat is told what a press does."""
    caller, agent, far = house.people(("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await house.connect(caller, agent)

    async def told() -> tuple[str, str, int]:
        items = (await house.get("/v1/seats/12345/1001/targets"))["items"]
        (found,) = [item for item in items if item["key"] == "*1"]
        return found["verdict"], found["reason"], found["seats_free"]

    await seat(house, "2001", "ready")
    assert await told() == ("rings", "", 1)
    await agent.press("*1")
    await far.wait_ring()
    assert await told() == ("refused", "already_ringing", 0)
    await far.answer()
    await house.state("three_party")
    await agent.hang_up()
    await house.outcome("completed")
    assert await told() == ("busy", "full", 0)
    await house.finish(far, caller)


async def test_a_target_that_rings_out_is_not_abandoned(house: House) -> None:
    """Nobody answers at 110, and the caller is with his seat all the time; one who hangs up meanwhile has abandoned."""
    cast = await house.pressed("*1", ("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await house.outcome("failed")
    await house.finish(cast[0], cast[0])
    cast = await house.pressed("*1", ("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await cast[0].hang_up()
    await house.outcome("caller_hung_up")
    await house.empty()
    assert house.app is not None
    house.app.engine.write_down()
    await house.app.store.flush()
    report = make(ReportJob(report="queues", store=str(house.config().store), since="2000-01-01", until="2100-01-01"))
    (line,) = [line for line in report.dicts() if line["queue"] == "110"]
    assert (line["offered"], line["abandoned"], line["rung_out"]) == (1, 1, 1)


async def test_metrics_follow_the_conventions(house: House) -> None:
    """Base units, ``_total``, histograms; press to ringing and waits are counted; no seat is a label."""
    cast = await house.pressed("*1", ("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await cast[2].answer()
    await house.state("three_party")
    await cast[1].hang_up()
    await house.outcome("completed")
    await house.finish(cast[2], cast[0])
    assert house.app is not None
    house.app.engine.write_down()
    text = house.app.services.metrics(True)
    for name in ("onekey_press_to_ring_seconds", "onekey_press_to_answer_seconds"):
        assert f'{name}_count{{home="12345",target="110"}} 1.0' in text
    assert 'onekey_queue_wait_seconds_count{how="answered",queue="12345",switchboard="12345"} 1.0' in text
    assert 'onekey_transfers_total{home="12345",outcome="completed",target="110"} 1.0' in text
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    counters = [name for name, kind in kinds.items() if kind == "counter"]
    assert counters
    assert all(name.endswith("_total") for name in counters)
    assert "1001" not in text


async def checked(house: House, times: int = 2) -> None:
    """Whole checks of every switchboard have ended since now."""
    assert house.app is not None
    boards = house.app.engine.core.world.boards.values()
    for _ in range(times):
        before = {board.id: board.checked_at for board in boards}
        await house.until(
            lambda before=before: all(board.checked_at > before[board.id] for board in boards), "no check ends"
        )


async def test_checks_find_nothing_while_a_transfer_goes_its_way(house: House) -> None:
    """At rest, in a call, ringing, three together, two left, over: each is compared, and nothing contradicts."""
    await checked(house)
    caller, agent, far = await house.pressed("*1", ("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await far.answer()
    await house.state("three_party")
    await checked(house)
    await agent.hang_up()
    await house.outcome("completed")
    await checked(house)
    await house.finish(far, caller)
    await checked(house)
    shown = (await house.get("/v1/switchboards"))["items"]
    assert [item["seats_drift"] for item in shown] == [0, 0]
    assert all(item["checked_at"] for item in shown)


async def test_a_lost_event_is_found_and_set_right(house: House) -> None:
    """The end of a call is told by nobody: the seat would talk for ever."""
    caller, agent = house.people(("12345", "13800000001"), ("12345", "1001"))
    await house.connect(caller, agent)
    house.pbx.boards["12345"].ami.loses = {"Hangup", "BridgeLeave"}
    await agent.hang_up()
    await house.until(lambda: agent.channel is None, "the seat has hung up")
    await seat(house, "1001", "ready", "drift")
    house.drift_expected = 1
    assert (await house.get("/v1/switchboards"))["items"][0]["seats_drift"] == 1
    assert house.app is not None
    assert 'onekey_seat_drift_total{switchboard="12345"} 1.0' in house.app.services.metrics(True)
    house.pbx.boards["12345"].ami.loses = set()
    await house.until(lambda: not house.pbx.left(), "the caller's call ends")
    house.pbx.boards["12345"].ami.cut()
    await house.until(lambda: house.lost("12345"), "the link is lost")
    await house.attached()
    await house.empty()
