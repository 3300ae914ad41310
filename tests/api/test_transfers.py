"""Transfers over HTTP: a real server, the real asking and the real core; only Asterisk is a play."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gateway.api import ApiServer
from gateway.core.messages.commands import AnswerOffer, ReleaseSeat
from gateway.core.messages.dialplan_events import LegDeclined, LegEnded, LegOffered
from gateway.core.messages.link_events import LinkLost
from gateway.core.rules.rule import Key, Rule, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import ChannelUid, PressId
from tests.core.plays import RULES, A, B, Play

from .conftest import Client, Desk

SEAT = {"target": "110", "seat": "1001", "switchboard": "12345"}
PRESS = "12345.1000000.1"


def offering(mode: str = "warm", accept_s: int = 0) -> RuleSet:
    """Rules of one mode, under which a target has so many seconds to accept."""
    rule = Rule(name="all", from_=None, target=None, ladder=(), terms=TransferPolicy(mode=mode, accept_s=accept_s))
    return RuleSet(targets=RULES.targets, keys={}, rules=(rule,))


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Desk:
    """Two attached switchboards under the rules that a test is marked with; a citizen talks with seat 1001."""
    desk = Desk(Play(getattr(request, "param", RULES)))
    desk.play.connect()
    return desk


# --- begin ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        SEAT,
        {"target": "110", "call": "c"},
        {"target": "110", "channel": "s", "switchboard": "12345"},
        {"target": "110", "channel": "c", "switchboard": "12345", "mode": "consult"},
    ],
)
async def test_a_transfer_begins(client: Client, desk: Desk, body: dict[str, str]) -> None:
    """Call, seat or channel name the call; the target rings once, and 202 has the transfer with an id of the dialplan's form."""
    view = await client.post("/v1/transfers", body)
    assert re.fullmatch(r"12345\.5000000000\.[1-9]\d\d", view["id"])
    assert (view["state"], view["target"], view["mode"]) == ("requested", "110", body.get("mode", "warm"))
    assert view["transferer"] == {"switchboard": "12345", "seat": "1001"}
    assert [(ring.press, ring.caller) for ring in desk.play.rings()] == [(view["id"], "PJSIP/13800000001-0000000a")]
    assert await client.get(f"/v1/transfers/{view['id']}") == view


async def test_a_seat_of_the_other_side_sends_the_caller_on(client: Client, desk: Desk) -> None:
    """The call of a far seat is found through the trunk; the press bears its switchboard, the ringing is at home."""
    desk.play.press()
    desk.play.ring()
    desk.play.answer()
    desk.play.leave(A, "b1", "s")
    desk.play.hang_up(A, "s")
    view = await client.post("/v1/transfers", {"target": "12345", "seat": "2001", "switchboard": "110"})
    assert view["id"].startswith("110.")
    assert (view["home"], view["transferer"]["seat"]) == ("12345", "2001")
    assert desk.play.rings()[-1].switchboard == A


@pytest.mark.parametrize(
    "body",
    [
        {"target": "110", "call": "nobody"},
        {**SEAT, "seat": "1002"},
        {"target": "110", "channel": "nobody", "switchboard": "12345"},
    ],
)
async def test_no_such_call(client: Client, desk: Desk, body: dict[str, str]) -> None:
    """Where nobody talks nothing rings: 404."""
    assert (await client.post("/v1/transfers", body, 404))["error_id"] == "no_call"
    assert desk.play.rings() == []


async def test_a_transfer_of_that_call_runs_already(client: Client, desk: Desk) -> None:
    """409 names the one that runs, and no second transfer is written down (law 4)."""
    first = await client.post("/v1/transfers", SEAT)
    body = await client.post("/v1/transfers", {"target": "110", "call": "c"}, 409)
    assert (body["error_id"], body["details"]) == ("already_running", {"transfer": first["id"]})
    assert len(desk.play.rings()) == 1
    assert set(desk.play.core.world.transfers) == {first["id"]}


@pytest.mark.parametrize("desk", [RuleSet(targets=RULES.targets, keys={"*1": Key("cancel")}, rules=())], indirect=True)
async def test_no_rule_fits(client: Client, desk: Desk) -> None:
    """A press that no rule takes has ended at once: 422 with its id."""
    body = await client.post("/v1/transfers", SEAT, 422)
    assert body["error_id"] == "no_rule"
    assert desk.play.transfer(body["details"]["transfer"]).state == "ended"


async def test_an_unknown_target(client: Client, desk: Desk) -> None:
    """A target that the rules do not know is 422, in the reader's language."""
    body = await client.post("/v1/transfers", {**SEAT, "target": "911"}, 422, **{"Accept-Language": "en"})
    assert (body["error_id"], body["message"]) == ("unknown_target", "there is no such target")
    assert desk.play.rings() == []


async def test_too_many_presses(client: Client, desk: Desk) -> None:
    """A seat that presses for ever is 429 with the time after which it may again."""
    for _ in range(desk.play.core.world.settings.presses_per_minute_max):
        await client.post("/v1/transfers", {**SEAT, "mode": "warm"})
        press = desk.play.rings()[-1].press
        desk.play.tell(
            LegEnded(A, desk.now, press=press, attempt=1, status="FAILURE", caller_uid=ChannelUid("c"))
        )  # the trunk did not take it
    async with client.session.post("/v1/transfers", json=SEAT) as answer:
        assert answer.status == 429
        assert answer.headers["Retry-After"] == "60"
        assert (await answer.json())["error_id"] == "too_many_presses"


async def test_too_many_parties(client: Client, desk: Desk) -> None:
    """A conference that is full is 409."""
    for n in range(4):
        desk.play.channel(A, f"p{n}", f"PJSIP/trunk-119-{n}")
        desk.play.enter(A, "b1", f"p{n}")
    body = await client.post("/v1/transfers", {**SEAT, "mode": "conference"}, 409)
    assert body["error_id"] == "too_many_parties"


@pytest.mark.parametrize("body", [SEAT, {"target": "110", "call": "c"}])
async def test_a_home_that_is_not_connected(client: Client, desk: Desk, body: dict[str, str]) -> None:
    """What cannot be carried out is 503 and names the switchboard; nothing is begun."""
    desk.play.tell(LinkLost(A, desk.now, "gone"))
    answer = await client.post("/v1/transfers", body, 503)
    assert (answer["error_id"], answer["details"]) == ("not_connected", {"switchboard": "12345"})
    assert desk.play.rings() == []


async def test_a_switchboard_that_nobody_knows(client: Client, desk: Desk) -> None:
    """Its name is 422 with those that are known, and the core does not learn it."""
    body = await client.post("/v1/transfers", {**SEAT, "switchboard": "119"}, 422)
    assert (body["error_id"], body["details"]["known"]) == ("unknown_switchboard", ["110", "12345"])
    assert set(desk.play.core.world.boards) == {A, B}


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"call": "c"}, "target"),
        ({"target": "110"}, "call"),
        ({**SEAT, "call": "c"}, "call"),
        ({"target": "110", "seat": "1001"}, "switchboard"),
        ({"target": "110", "call": "c", "switchboard": "12345"}, "switchboard"),
        ({**SEAT, "mode": "silently"}, "mode"),
        ({**SEAT, "mode": None}, "mode"),
        ({**SEAT, "target": "110\r\nAction: Logoff"}, "target"),
        ({**SEAT, "target": 110}, "target"),
        ({**SEAT, "seat": "1001@evil"}, "seat"),
        ({"target": "110", "call": ["c"]}, "call"),
        ({**SEAT, "tagret": "x"}, "tagret"),
    ],
)
async def test_a_damaged_wish_is_refused(client: Client, desk: Desk, body: dict[str, Any], parameter: str) -> None:
    """A field that is missing, too much, of another kind or outside its alphabet is named, never repaired (law 8)."""
    answer = await client.post("/v1/transfers", body, 400)
    assert (answer["error_id"], answer["details"]["parameter"]) == ("bad_parameter", parameter)
    assert desk.play.rings() == []


# --- Idempotency-Key ------------------------------------------------------------------------------------------------------


async def test_the_same_key_has_the_same_answer(client: Client, desk: Desk) -> None:
    """A client that did not hear the answer hears it again, however the call has gone on; the target rings once."""
    first = await client.post("/v1/transfers", SEAT, **{"Idempotency-Key": "k1"})
    desk.play.ring(first["id"])
    again = dict(reversed(SEAT.items()))  # the order of fields says nothing
    assert await client.post("/v1/transfers", again, **{"Idempotency-Key": "k1"}) == first
    assert len(desk.play.rings()) == 1


async def test_the_same_key_with_another_body(client: Client, desk: Desk) -> None:
    """A key that is used for something else is the client's mistake: 422."""
    await client.post("/v1/transfers", SEAT, **{"Idempotency-Key": "k1"})
    body = await client.post("/v1/transfers", {**SEAT, "mode": "consult"}, 422, **{"Idempotency-Key": "k1"})
    assert body["error_id"] == "key_reused"


async def test_a_key_lasts_a_day(client: Client, desk: Desk) -> None:
    """After 24 h the key is free again: what was a repetition is a new wish, which meets the transfer that runs."""
    await client.post("/v1/transfers", SEAT, **{"Idempotency-Key": "k1"})
    desk.now += 24 * 3600 - 1
    await client.post("/v1/transfers", SEAT, 202, **{"Idempotency-Key": "k1"})
    desk.now += 1
    await client.post("/v1/transfers", SEAT, 409, **{"Idempotency-Key": "k1"})


async def test_a_key_outlives_the_gateway(client: Client, desk: Desk) -> None:
    """The next gateway with the same store gives the same answer and rings nobody."""
    first = await client.post("/v1/transfers", SEAT, **{"Idempotency-Key": "k1"})
    after = Desk(store=desk.store)
    server = ApiServer("127.0.0.1", 0, "a-token-of-the-tests", after.services())
    await server.start()
    other = Client(server)
    try:
        assert await other.post("/v1/transfers", SEAT, **{"Idempotency-Key": "k1"}) == first
    finally:
        await other.session.close()
        await server.stop()
    assert after.play.rings() == []


async def test_an_error_is_not_remembered(client: Client, desk: Desk) -> None:
    """Nothing had begun: the same key with the same body begins it once the link is back."""
    desk.play.tell(LinkLost(A, desk.now, "gone"))
    await client.post("/v1/transfers", SEAT, 503, **{"Idempotency-Key": "k1"})
    desk.play.core.world.board(A).connected = True
    await client.post("/v1/transfers", SEAT, 202, **{"Idempotency-Key": "k1"})


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "键"])
async def test_a_key_that_is_none(client: Client, desk: Desk, key: str) -> None:
    """Empty, too long or not visible ASCII: 400, and nothing begins."""
    body = await client.post("/v1/transfers", SEAT, 400, **{"Idempotency-Key": key})
    assert body["error_id"] == "bad_key"
    assert desk.play.rings() == []


async def test_keys_are_bounded() -> None:
    """The oldest key goes for one too many; the others keep their answers."""
    desk = Desk(keys_max=2)
    once = desk.keys
    for n in range(3):
        once.keep(f"k{n}", "same", {"n": n}, desk.now)
    assert [once.answer(f"k{n}", "same", desk.now) for n in range(3)] == [None, {"n": 1}, {"n": 2}]


# --- what is said of one that runs ------------------------------------------------------------------------------------------


def bring(desk: Desk, state: str) -> None:
    """A transfer that was pressed by key, in a state."""
    play = desk.play
    play.press()
    if state != "requested":
        play.ring()
    if state == "offered":
        play.state(A, "l", "up")
        play.tell(LegOffered(A, play.at(), PressId(PRESS), ChannelUid("l")))
    if state == "blonde":
        play.hang_up(A, "s")
    if state in ("three_party", "consulting"):
        play.answer()
    if state == "ended":
        play.hang_up(A, "l", 17)
    if state == "cancelling":
        play.hang_up(A, "c")
    assert play.transfer().state == state


ALLOWED = {
    "requested": {"cancel"},
    "ringing": {"cancel"},
    "offered": {"cancel", "accept", "decline"},
    "blonde": {"cancel"},
    "three_party": {"cancel", "release"},
    "consulting": {"cancel", "accept", "decline", "release", "resolve"},
    "cancelling": set[str](),
    "ended": set[str](),
}
WORDS = {"decline": {"reason": "not_ours"}, "resolve": {"outcome": "agreed_there"}}


@pytest.mark.parametrize("action", ["cancel", "accept", "decline", "release", "resolve"])
@pytest.mark.parametrize(
    ("desk", "state"),
    [(offering("consult" if state == "consulting" else "warm", 20 * (state == "offered")), state) for state in ALLOWED],
    indirect=["desk"],
)
async def test_what_each_state_allows(client: Client, desk: Desk, state: str, action: str) -> None:
    """202 where the state answers the wish, else 409 with the state, and then nothing happens."""
    bring(desk, state)
    before = len(desk.play.out)
    status = 202 if action in ALLOWED[state] else 409
    body = await client.post(f"/v1/transfers/{PRESS}/{action}", WORDS.get(action), status)
    if status == 202:
        assert body == await client.get(f"/v1/transfers/{PRESS}")
        assert len(desk.play.out) > before
    else:
        assert (body["error_id"], body["details"]) == ("wrong_state", {"state": state})
        assert len(desk.play.out) == before


@pytest.mark.parametrize("desk", [offering(accept_s=20)], indirect=True)
async def test_a_target_that_waits_while_the_seat_has_left_can_be_accepted(client: Client, desk: Desk) -> None:
    """In blonde there is nothing to accept while the target rings; once it has answered its phone there is."""
    bring(desk, "blonde")
    await client.post(f"/v1/transfers/{PRESS}/accept", None, 409)
    desk.play.state(A, "l", "up")
    desk.play.tell(LegOffered(A, desk.play.at(), PressId(PRESS), ChannelUid("l")))
    await client.post(f"/v1/transfers/{PRESS}/accept")
    assert [(answer.channel, answer.accept) for answer in desk.play.all(AnswerOffer)] == [("l", True)]


@pytest.mark.parametrize("desk", [offering(accept_s=20)], indirect=True)
async def test_an_offer_that_was_declined_is_over(client: Client, desk: Desk) -> None:
    """Between the word and the end of the leg nobody can accept any more: 409."""
    bring(desk, "offered")
    desk.play.tell(LegDeclined(A, desk.play.at(), PressId(PRESS), ChannelUid("l"), "busy"))
    body = await client.post(f"/v1/transfers/{PRESS}/accept", None, 409)
    assert body["details"] == {"state": "offered"}


@pytest.mark.parametrize("desk", [offering(accept_s=20)], indirect=True)
async def test_a_reason_reaches_the_target_leg(client: Client, desk: Desk) -> None:
    """The word of a decline is the leg's."""
    bring(desk, "offered")
    await client.post(f"/v1/transfers/{PRESS}/decline", {"reason": "not_ours"})
    assert [(answer.accept, answer.reason) for answer in desk.play.all(AnswerOffer)] == [(False, "not_ours")]


@pytest.mark.parametrize("desk", [offering("consult")], indirect=True)
async def test_a_consultation_is_decided(client: Client, desk: Desk) -> None:
    """The outcome that is told is the transfer's."""
    bring(desk, "consulting")
    view = await client.post(f"/v1/transfers/{PRESS}/resolve", {"outcome": "agreed_there"})
    assert (view["state"], view["outcome"], view["reason"]) == ("ended", "agreed_there", "decided")


async def test_a_seat_is_released(client: Client, desk: Desk) -> None:
    """The transferring seat's channel is let go, nobody else's."""
    bring(desk, "three_party")
    await client.post(f"/v1/transfers/{PRESS}/release")
    assert [release.channel for release in desk.play.all(ReleaseSeat)] == ["s"]


@pytest.mark.parametrize(
    ("action", "body", "parameter"),
    [
        ("decline", {}, "reason"),
        ("decline", {"reason": ""}, "reason"),
        ("decline", {"reason": "no way"}, "reason"),
        ("decline", {"reason": "x" * 41}, "reason"),
        ("decline", {"reason": 'x"),System(rm'}, "reason"),
        ("resolve", {"outcome": "completed"}, "outcome"),
        ("resolve", {}, "outcome"),
        ("cancel", {"reason": "x"}, "reason"),
    ],
)
async def test_a_damaged_word_is_refused(client: Client, desk: Desk, action: str, body: Any, parameter: str) -> None:
    """A reason is one plain word, an outcome one of four, and what is asked without words has none."""
    bring(desk, "three_party")
    answer = await client.post(f"/v1/transfers/{PRESS}/{action}", body, 400)
    assert answer["details"]["parameter"] == parameter


async def test_no_such_transfer(client: Client) -> None:
    """404 for an id that nobody knows."""
    assert (await client.post("/v1/transfers/12345.1.1/cancel", None, 404))["error_id"] == "not_found"


async def test_a_transfer_whose_home_is_not_connected(client: Client, desk: Desk) -> None:
    """What cannot be carried out now is 503, and is not done later behind the asker's back."""
    bring(desk, "ringing")
    desk.play.tell(LinkLost(A, desk.now, "gone"))
    before = len(desk.play.out)
    await client.post(f"/v1/transfers/{PRESS}/cancel", None, 503)
    assert len(desk.play.out) == before
