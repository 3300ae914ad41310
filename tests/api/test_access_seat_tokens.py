"""A token of a seat acts for that seat, however the call or the transfer is named."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.messages.commands import AnswerOffer, ReleaseSeat
from gateway.core.messages.dialplan_events import LegOffered
from gateway.core.messages.queue_events import QueueJoined
from gateway.core.rules.rule import Rule, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import ChannelUid, PressId
from tests.api.conftest import Client, Desk
from tests.api.test_contexts import holds
from tests.core.plays import CALLER, RULES, A, B, Play

PRESS = "12345.1000000.1"
STRANGERS = [("12345", "1002"), ("110", "2002")]
"""Seats that have nothing to do with the call, at either end."""
WORDS = {"decline": {"reason": "not_ours"}, "resolve": {"outcome": "agreed_there"}}


def rules(mode: str = "warm", accept_s: int = 0) -> RuleSet:
    return RuleSet(
        targets=RULES.targets,
        keys={},
        rules=(
            Rule(name="all", from_=None, target=None, ladder=(), terms=TransferPolicy(mode=mode, accept_s=accept_s)),
        ),
    )


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Desk:
    """Two attached switchboards; a citizen talks with seat 1001 of 12345."""
    desk = Desk(Play(getattr(request, "param", RULES)))
    desk.play.connect()
    return desk


def of(desk: Desk, board: str, seat: str) -> dict[str, str]:
    return holds(desk, f"{board}/{seat}", "read", "transfer", board=board, seat=seat)


@pytest.mark.parametrize(
    "body",
    [
        {"call": "c"},
        {"channel": "s", "switchboard": "12345"},
        {"channel": "c", "switchboard": "12345"},
        {"seat": "1001", "switchboard": "12345"},
    ],
)
async def test_a_seat_begins_what_its_own_call_is(client: Client, desk: Desk, body: dict[str, str]) -> None:
    """Seat 1001 may name its caller in any way; seat 1002 is refused in each, and nothing rings."""
    answer = await client.post("/v1/transfers", {"target": "110", **body}, 403, **of(desk, "12345", "1002"))
    assert answer["error_id"] == ("not_your_seat" if "seat" in body else "not_your_call")
    assert desk.play.rings() == []
    await client.post("/v1/transfers", {"target": "110", **body}, 202, **of(desk, "12345", "1001"))
    assert len(desk.play.rings()) == 1


async def test_a_key_of_another_holder_gives_a_seat_nothing(client: Client, desk: Desk) -> None:
    """The answer that is remembered under an Idempotency-Key is its holder's alone."""
    body = {"target": "110", "call": "c"}
    await client.post("/v1/transfers", body, 202, **of(desk, "12345", "1001"), **{"Idempotency-Key": "k"})
    await client.post("/v1/transfers", body, 403, **of(desk, "12345", "1002"), **{"Idempotency-Key": "k"})


def bring(desk: Desk, action: str) -> None:
    """A transfer that seat 1001 has pressed, in a state that allows the action; seat 2001 is its target."""
    desk.play.press()
    desk.play.ring()
    if action in ("accept", "decline"):
        desk.play.state(A, "l", "up")
        desk.play.tell(LegOffered(A, desk.play.at(), PressId(PRESS), ChannelUid("l")))
    elif action in ("release", "resolve"):
        desk.play.answer()


HERE, THERE = ("12345", "1001"), ("110", "2001")
FOR = {
    "cancel": (rules(), {HERE}),
    "release": (rules(), {HERE}),
    "accept": (rules(accept_s=20), {THERE}),
    "decline": (rules(accept_s=20), {THERE}),
    "resolve": (rules("consult"), {HERE, THERE}),
}


@pytest.mark.parametrize("seat", [HERE, THERE, *STRANGERS], ids=["presser", "target", "beside", "beside there"])
@pytest.mark.parametrize(("desk", "action"), [(FOR[action][0], action) for action in FOR], indirect=["desk"])
async def test_each_word_is_for_one_side(client: Client, desk: Desk, action: str, seat: tuple[str, str]) -> None:
    """Taking back and letting go are for the seat that pressed, answering for the target, deciding for both; for the rest it is 403
    with what they are not, and nothing happens."""
    bring(desk, action)
    before = len(desk.play.out)
    status = 202 if seat in FOR[action][1] else 403
    answer = await client.post(f"/v1/transfers/{PRESS}/{action}", WORDS.get(action), status, **of(desk, *seat))
    assert (len(desk.play.out) > before) == (status == 202)
    if status == 403:
        assert (answer["error_id"], answer["details"]["seat"]) == ("not_your_call", seat[1])


async def test_a_seat_that_has_left_takes_back_what_it_pressed(client: Client, desk: Desk) -> None:
    """The target rings on while the caller is parked: the transfer is still that of the seat that pressed."""
    bring(desk, "cancel")
    desk.play.hang_up(A, "s")
    await client.post(f"/v1/transfers/{PRESS}/cancel", None, 403, **of(desk, "12345", "1002"))
    await client.post(f"/v1/transfers/{PRESS}/cancel", None, 202, **of(desk, "12345", "1001"))


async def test_of_a_leg_that_was_adopted_a_seat_of_the_call_says_what_is(client: Client, desk: Desk) -> None:
    """Where nobody knows who pressed, whoever talks with the caller may take back, and nobody else: not whose phone only rings."""
    desk.play.hang_up(A, "s")
    desk.play.ring(by="dialplan")
    transfer = desk.play.core.world.transfers[PressId(PRESS)]
    assert (transfer.transferer, transfer.caller) == ("", CALLER)
    await client.post(f"/v1/transfers/{PRESS}/cancel", None, 403, **of(desk, "12345", "1001"))
    await client.post(f"/v1/transfers/{PRESS}/cancel", None, 403, **of(desk, "110", "2001"))
    desk.play.answer()
    await client.post(f"/v1/transfers/{PRESS}/cancel", None, 409, **of(desk, "110", "2001"))  # it has come to its end


async def test_a_seat_of_a_switchboard_that_is_not_attached_is_not_seen(client: Client, desk: Desk) -> None:
    """What cannot be seen is not taken for granted (law 7), and nobody's question makes a switchboard known."""
    desk.play.press(target="119")
    await client.post(f"/v1/transfers/{PRESS}/accept", None, 403, **of(desk, "119", "3001"))
    assert set(desk.play.core.world.boards) == {"12345", "110"}


@pytest.mark.parametrize("desk", [rules(accept_s=20)], indirect=True)
async def test_a_token_of_a_whole_switchboard_and_the_administrator_are_as_before(client: Client, desk: Desk) -> None:
    """They act for any seat of the calls that they see."""
    bring(desk, "accept")
    board = holds(desk, "board", "transfer", board="110")
    await client.post(f"/v1/transfers/{PRESS}/accept", None, 202, **board)
    assert len(desk.play.all(AnswerOffer)) == 1
    await client.post(f"/v1/transfers/{PRESS}/cancel")


@pytest.mark.parametrize("method", ["dial", "pause", "action-url"])
async def test_other_addresses_name_the_seat(client: Client, desk: Desk, method: str) -> None:
    """Where a seat is named, only its own token is taken."""
    place: dict[str, Any] = {"switchboard": "12345", "seat": "1001"}
    path, body = {
        "dial": ("/v1/callbacks/x/dial", place),
        "pause": ("/v1/seats/12345/1001/pause", {}),
        "action-url": ("/v1/action-urls", {"action": "cancel", **place}),
    }[method]
    answer = await client.post(path, body, 403, **of(desk, "12345", "1002"))
    assert answer["error_id"] == "not_your_seat"
    assert desk.play.all(ReleaseSeat) == []


# --- a phone that only rings -------------------------------------------------------------------------------------------------


@pytest.fixture
def ringing(desk: Desk) -> Desk:
    """A second citizen (``d``) waits, and the phone of seat 1002 rings with that call."""
    desk.play.channel(A, "d", "PJSIP/13800000002-0000000e")
    name = "PJSIP/13800000002-0000000e"
    desk.play.tell(
        QueueJoined(
            A,
            desk.play.at(),
            queue="12345",
            channel=ChannelUid("d"),
            channel_name=name,
            caller_number="13800000002",
            caller_name="",
        )
    )
    desk.play.channel(A, "r", "PJSIP/1002-0000000f", "down", "d")
    desk.play.state(A, "r", "ringing")
    return desk


@pytest.mark.parametrize(
    "body", [{"call": "d"}, {"channel": "r", "switchboard": "12345"}, {"seat": "1002", "switchboard": "12345"}]
)
async def test_a_seat_that_only_rings_transfers_nobody(client: Client, ringing: Desk, body: dict[str, str]) -> None:
    """However the call is named; once the seat has answered it may."""
    headers = of(ringing, "12345", "1002")
    status = 404 if "seat" in body else 403
    await client.post("/v1/transfers", {"target": "110", **body}, status, **headers)
    assert ringing.play.rings() == []
    ringing.play.state(A, "r", "up")
    ringing.play.enter(A, "b9", "r", "d")
    await client.post("/v1/transfers", {"target": "110", **body}, 202, **headers)


async def test_nor_does_whoever_acts_for_that_seat(client: Client, ringing: Desk) -> None:
    """A token of the switchboard, and a button, that name the seat mean the call it talks in."""
    board = holds(ringing, "board", "transfer", board="12345")
    body = {"target": "110", "seat": "1002", "switchboard": "12345"}
    await client.post("/v1/transfers", body, 404, **board)
    made = await client.post("/v1/action-urls", {"action": "transfer", **body}, 201)
    assert (await client.press(made["url"]))[0] == 404
    assert ringing.play.rings() == []


async def test_of_two_lines_the_one_that_talks_is_meant(client: Client, ringing: Desk) -> None:
    """A seat talks, and its second line rings with another citizen, whose channel is the older by name: the first is transferred."""
    ringing.play.channel(A, "a", "PJSIP/1001-000000aa", "down", "d")  # "a" sorts before "s"
    ringing.play.state(A, "a", "ringing")
    body = {"target": "110", "seat": "1001", "switchboard": "12345"}
    answer = await client.post("/v1/transfers", body, 202, **of(ringing, "12345", "1001"))
    assert answer["call"] == "c"


async def test_a_seat_reads_in_full_whom_it_talks_with(client: Client, ringing: Desk) -> None:
    """While the call lives: not with whom its phone rings, nor with whom its neighbour talks; masked it reads both."""
    contexts = {call.uid: call.context.id for call in ringing.play.core.world.calls.values()}
    headers = holds(ringing, "s", "read", "full", board="12345", seat="1002")
    for call in ("c", "d"):
        path = f"/v1/contexts/{contexts[ChannelUid(call)]}"
        assert (await client.get(path, **headers))["full"] is False
        for more in ("", "/history"):
            refused = await client.get(f"{path}{more}?full=true&purpose=x", 403, **headers)
            assert refused["error_id"] == "not_your_call"
    listed = await client.get("/v1/contexts?full=true&purpose=x", **headers)
    assert [item["full"] for item in listed["items"]] == [False, False]
    await client.get("/v1/exports/contexts?full=true&purpose=x", 403, **headers)
    ringing.play.state(A, "r", "up")
    ringing.play.enter(A, "b9", "r", "d")
    shown = await client.get(f"/v1/contexts/{contexts[ChannelUid('d')]}?full=true&purpose=x", **headers)
    assert shown["caller_number"] == "13800000002"


@pytest.mark.parametrize("desk", [rules(accept_s=20)], indirect=True)
async def test_what_is_offered_may_be_answered_and_not_passed_on(client: Client, desk: Desk) -> None:
    """Seat 2001 has taken the receiver up and has yet to accept: it answers the offer, and neither reads in full nor transfers."""
    bring(desk, "accept")
    desk.play.state(B, "f", "up")
    desk.play.enter(B, "b2", "t", "f")  # at 110 it is bridged with the trunk; the caller is not in there
    headers = holds(desk, "s", "read", "full", "transfer", board="110", seat="2001")
    context = desk.play.core.world.calls[ChannelUid("c")].context.id
    await client.get(f"/v1/contexts/{context}?full=true&purpose=x", 403, **headers)
    await client.post("/v1/transfers", {"target": "12345", "call": "c"}, 403, **headers)
    await client.post("/v1/transfers", {"target": "12345", "seat": "2001", "switchboard": "110"}, 404, **headers)
    await client.post(f"/v1/transfers/{PRESS}/accept", None, 202, **headers)


async def test_a_bystander_answers_no_offer(client: Client, desk: Desk) -> None:
    """A seat of the home that is in the conversation, and did not press, is not the target."""
    desk.play.channel(A, "x", "PJSIP/1002-00000010", "up", "c")
    desk.play.enter(A, "b1", "x")
    bring(desk, "accept")
    refused = await client.post(f"/v1/transfers/{PRESS}/accept", None, 403, **of(desk, "12345", "1002"))
    assert refused["details"]["needs"] == "target"


@pytest.mark.parametrize(
    ("action", "board", "status"),
    [("cancel", "12345", 202), ("cancel", "110", 403), ("accept", "110", 202), ("accept", "12345", 403)],
)
@pytest.mark.parametrize("desk", [rules(accept_s=20)], indirect=True)
async def test_a_switchboard_speaks_for_its_own_side(
    client: Client, desk: Desk, action: str, board: str, status: int
) -> None:
    """A token without a seat takes back what its switchboard pressed, and answers what its switchboard is offered."""
    bring(desk, "accept")
    await client.post(f"/v1/transfers/{PRESS}/{action}", None, status, **holds(desk, "board", "transfer", board=board))
