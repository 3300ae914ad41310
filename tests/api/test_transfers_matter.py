"""``POST /v1/transfers`` with what is known of the matter: checked against the rules, kept with the call."""

from __future__ import annotations

import pytest

from gateway.config.settings import site_path
from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import ChannelUid
from gateway.rules import file as rules_file
from tests.api.conftest import Client, Desk
from tests.core.plays import Play

SEAT = {"target": "110", "seat": "1001", "switchboard": "12345"}


@pytest.fixture
def desk() -> Desk:
    """The shipped rules; a citizen talks with seat 1001."""
    desk = Desk(Play(rules_file.load(site_path("transfer_rules.yaml"))))
    desk.play.connect()
    return desk


async def test_a_matter_decides(client: Client, desk: Desk) -> None:
    """An unclear matter is a consultation, and the call remembers what was said."""
    said = {"matter": "12345.society.help.noise", "urgency": "normal", "district": "120101", "language": "zh"}
    view = await client.post("/v1/transfers", {**SEAT, **said})
    assert view["mode"] == "consult"
    assert desk.play.core.world.calls[ChannelUid("c")].routing == RoutingDetails(**said)


@pytest.mark.parametrize(
    ("word", "value", "nearest"),
    [("matter", "110.crimnal", "110.criminal"), ("urgency", "dangre", "danger"), ("district", "120107", "120106")],
)
async def test_a_word_that_the_rules_do_not_know(
    client: Client, desk: Desk, word: str, value: str, nearest: str
) -> None:
    """422 with the nearest names; nothing rings, nothing is remembered."""
    body = await client.post("/v1/transfers", {**SEAT, word: value}, 422)
    assert body["error_id"] == f"unknown_{word}"
    assert nearest in body["details"]["nearest"]
    assert desk.play.rings() == []
    assert desk.play.core.world.calls[ChannelUid("c")].routing == RoutingDetails()


@pytest.mark.parametrize(
    ("word", "value"), [("matter", "甲"), ("district", "和平"), ("language", "ZH!"), ("urgency", ""), ("matter", 7)]
)
async def test_a_word_in_no_alphabet(client: Client, word: str, value: object) -> None:
    """400 with the pattern."""
    body = await client.post("/v1/transfers", {**SEAT, word: value}, 400)
    assert (body["error_id"], body["details"]["parameter"]) == ("bad_parameter", word)


async def test_a_refusing_rule_says_why(client: Client, desk: Desk) -> None:
    """Nobody's matter: 409 with the rule's words, and the caller stays with the seat."""
    body = await client.post("/v1/transfers", {**SEAT, "matter": "none.commercial"}, 409)
    assert (body["error_id"], body["details"]["reason"]) == ("refused", "均不受理，请引导并向来电人解释")
    assert desk.play.rings() == []


async def test_another_matter_under_the_same_key_is_another_request(client: Client) -> None:
    """``Idempotency-Key`` stands for one request, with what it says of the matter."""
    await client.post("/v1/transfers", {**SEAT, "matter": "110.criminal"}, **{"Idempotency-Key": "k"})
    await client.post("/v1/transfers", {**SEAT, "matter": "110.criminal"}, **{"Idempotency-Key": "k"})
    body = await client.post("/v1/transfers", {**SEAT, "matter": "110.traffic"}, 422, **{"Idempotency-Key": "k"})
    assert body["error_id"] == "key_reused"
