"""Presence and reports over HTTP: what is asked for is checked first, and passed on as it was meant."""

from __future__ import annotations

import pytest

from gateway.config.seat_patterns import too_wide
from gateway.core.messages.commands import LogSeat, PauseSeat
from gateway.security.principal import Principal
from gateway.services.known_seats import KnownSeats
from tests.store.contract import task

from .conftest import Client, Desk

SEAT = "/v1/seats/12345/1001"


async def test_a_pause_with_its_reason_and_queues(client: Client, desk: Desk) -> None:
    """The queues are asked, and the answer is the seat as it is until they have done it."""
    answer = await client.post(f"{SEAT}/pause", {"reason": "lunch", "queues": ["12345"]}, 202)
    assert (answer["seat"], answer["state"]) == ("1001", "ready")
    (order,) = desk.play.all(PauseSeat)
    assert (order.paused, order.reason, order.queue) == (True, "lunch", "12345")


async def test_a_seat_that_no_queue_has_logs_in_but_does_not_pause(client: Client, desk: Desk) -> None:
    """An unknown seat is 404, except for the log-in that makes it known; of it nothing is known yet."""
    assert (await client.post("/v1/seats/12345/1009/pause", {}, 404))["error_id"] == "not_found"
    answer = await client.post("/v1/seats/12345/1009/log_in", {"queues": ["12345"]}, 202)
    assert answer["state"] == "unknown"
    (order,) = desk.play.all(LogSeat)
    assert (order.seat, order.queue, order.logged_in) == ("1009", "12345", True)


@pytest.mark.parametrize(
    ("action", "body", "parameter"),
    [
        ("log_in", {}, "queues"),
        ("log_in", {"queues": []}, "queues"),
        ("pause", {"queues": ["a b"]}, "queues"),
        ("pause", {"queues": "12345"}, "queues"),
        ("pause", {"reason": "two;words"}, "reason"),
        ("ready", {"queues": ["12345"]}, "queues"),
        ("unpause", {"reason": "lunch"}, "reason"),
    ],
)
async def test_what_does_not_fit(
    client: Client, desk: Desk, action: str, body: dict[str, object], parameter: str
) -> None:
    """A clear error, and no queue is asked."""
    answer = await client.post(f"{SEAT}/{action}", body, 400)
    assert answer["details"]["parameter"] == parameter
    assert desk.play.all(PauseSeat) == desk.play.all(LogSeat) == []


@pytest.mark.parametrize(
    ("why", "status", "error_id", "told"),
    [
        ("QueueRemove: Member not dynamic", 409, "static_member", "Member not dynamic"),
        ("QueueRemove: Unable to remove interface: Not there", 409, "switchboard_refused", "Unable to remove interface: Not there"),
        ("no answer within 5 s", 503, "no_answer", "no answer within 5 s"),
    ],
)  # fmt: skip
async def test_what_the_switchboard_refuses_is_told(
    client: Client, desk: Desk, why: str, status: int, error_id: str, told: str
) -> None:
    """No 202 for what has not been done: the switchboard's words, and in Chinese what to do."""
    desk.refusals = [why]
    answer = await client.post(f"{SEAT}/log_out", {}, status)
    assert (answer["error_id"], answer["details"]["why"]) == (error_id, told)
    if error_id == "static_member":
        assert "示忙" in answer["message"]


async def test_a_seat_sees_its_targets_before_it_presses(client: Client, desk: Desk) -> None:
    """Counts and verdict of each target; another seat's token is refused, an unknown switchboard told, and nothing rings."""
    desk.play.connect()
    (shown,) = (await client.get("/v1/seats/12345/1001/targets"))["items"]
    wanted = {
        "key": "*1",
        "target": "110",
        "verdict": "rings",
        "rings": "110",
        "seats_free": 1,
        "waiting": 0,
        "endless": False,
    }
    assert {name: shown[name] for name in wanted} == wanted
    assert shown["expected_wait_s"] is None
    assert (shown["plan"].rpartition(":")[2], shown["plan_of"]) == ("110/25", "switchboard")
    assert shown["text"].startswith("*1 110：空闲 1，等待 0，预计等待 未知；按键即呼叫 110 / ")
    assert desk.play.rings() == []
    assert (await client.get("/v1/seats/999/1001/targets", 422))["error_id"] == "unknown_switchboard"
    desk.principals["one"] = Principal("one", frozenset(("read",)), "12345", "1002")
    answer = await client.get("/v1/seats/12345/1001/targets", 403, Authorization="Bearer one")
    assert answer["error_id"] == "not_your_seat"


async def test_a_switchboard_that_is_none(client: Client) -> None:
    """An unknown one is 422."""
    assert (await client.post("/v1/seats/999/1001/pause", {}, 422))["error_id"] == "unknown_switchboard"


async def test_a_report_is_passed_on(client: Client, desk: Desk) -> None:
    """Time, step and format arrive as they were written; words that are none are refused here, times by who reads them."""
    await client.get("/v1/reports/queues?since=2026-11-24&step=15m&by=queue")
    (wish,) = desk.reports
    assert (wish.name, wish.since, wish.until, wish.by, wish.step, wish.format) == (
        "queues", "2026-11-24", None, "queue", "15m", "json",
    )  # fmt: skip
    for query in ("step=7m", "by=person", "format=xlsx", "zone=Atlantis"):
        assert (await client.get(f"/v1/reports/seats?{query}", 400))["error_id"] == "bad_parameter"
    assert (await client.get("/v1/reports/nobody", 404))["error_id"] == "not_found"


NO_SEATS = ["13800000001", "110", "trunk-110", "pstn", "nosuch"]
"""A caller, a target, a trunk, the network, nothing."""


@pytest.mark.parametrize("name", NO_SEATS)
async def test_only_a_seat_is_asked_to_be_there(client: Client, desk: Desk, name: str) -> None:
    """Neither a caller's phone nor a service nor a trunk logs in, is given a call-back or a button, or has targets; nor is a call that
    such a one is in transferred by its name."""
    desk.play.connect()
    desk.store.write(task())
    place = {"switchboard": "12345", "seat": name}
    before = len(desk.play.out)
    for path, body in (
        (f"/v1/seats/12345/{name}/log_in", {"queues": ["12345"]}),
        (f"/v1/callbacks/{task().id}/dial", place),
        ("/v1/action-urls", {"action": "cancel", **place}),
    ):
        answer = await client.post(path, body, 422)
        assert (answer["error_id"], answer["details"]["seat"]) == ("unknown_seat", name)
    assert (await client.get(f"/v1/seats/12345/{name}/targets", 422))["error_id"] == "unknown_seat"
    assert (await client.post("/v1/transfers", {"target": "110", **place}, 404))["error_id"] == "no_call"
    assert len(desk.play.out) == before


async def test_a_seat_is_known_by_the_queues_or_by_the_configuration(desk: Desk) -> None:
    """Where a switchboard's seats are written down, these and those in its queues; else those that its queues have shown."""
    world = desk.play.core.world
    written, unwritten = KnownSeats(world, {"12345": ("10[0-4][0-9]",)}), KnownSeats(world, {})
    assert [written.known("12345", name) for name in ("1001", "1049", "1050", "2001")] == [True, True, False, False]
    assert [unwritten.known("12345", name) for name in ("1001", "1002", "1049")] == [True, True, False]
    assert not written.known("119", "1001")


@pytest.mark.parametrize("pattern", ["*", "1*", "[0-9]*", "1" + "[0-9]" * 10, "trunk-*", "p*"])
def test_a_pattern_that_takes_callers_for_seats(pattern: str) -> None:
    """It is none."""
    assert too_wide(pattern)
    assert not too_wide("10[0-4][0-9]")


async def test_a_report_is_of_the_holders_transfers(client: Client, desk: Desk) -> None:
    """Whoever supervises one switchboard counts the transfers that it has to do with; a token of none counts all."""
    desk.principals["s"] = Principal("s", frozenset(("supervise",)), "110")
    await client.get("/v1/reports/transfers", Authorization="Bearer s")
    await client.get("/v1/reports/transfers")
    assert [asked.organisation for asked in desk.reports] == ["110", ""]
