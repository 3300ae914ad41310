"""Buttons of desk phones: signed URLs that act once, and what a phone shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import structlog

from gateway.api import ApiServer
from gateway.core.messages.dialplan_events import LegOffered
from gateway.core.messages.link_events import LinkLost
from gateway.core.rules.rule import Rule, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import ChannelUid, PressId
from gateway.core.values.uui import encode
from gateway.security import action_url
from gateway.security.action_url import ActionToken
from gateway.security.principal import Principal
from tests.core.plays import KEY, RULES, A, Play

from .conftest import TOKEN, Client, Desk

SEAT = {"switchboard": "12345", "seat": "1001"}
RING = {"action": "transfer", **SEAT, "target": "110"}
OFFER = RuleSet(
    targets=RULES.targets,
    keys={},
    rules=(Rule(name="all", from_=None, target=None, ladder=(), terms=TransferPolicy(accept_s=20)),),
)


@pytest.fixture
def desk() -> Desk:
    """A citizen talks with seat 1001; a target must accept."""
    desk = Desk(Play(OFFER))
    desk.play.connect()
    return desk


async def url(client: Client, **body: Any) -> str:
    """A URL for a button."""
    return str((await client.post("/v1/action-urls", body, 201))["url"])


async def test_a_button_transfers(client: Client, desk: Desk) -> None:
    """A phone that knows no token fetches the URL, the target rings, and the line is Chinese with English beside it."""
    made = await client.post("/v1/action-urls", RING, 201)
    assert made["expires_at"] == "1970-01-01T02:23:20.000+00:00"  # 5000 s and an hour
    assert made["url"].startswith(f"http://127.0.0.1:{client.server.port}/v1/action/")
    assert len(made["url"]) < 255  # what a phone's setting holds
    assert await client.press(made["url"]) == (202, "正在呼叫 110 / ringing 110\n")
    assert [ring.target for ring in desk.play.rings()] == ["110"]


async def test_a_button_works_once(client: Client, desk: Desk) -> None:
    """A phone that tries again is told so, and nothing rings a second time."""
    made = await url(client, **RING)
    await client.press(made)
    assert await client.press(made) == (410, "链接已使用过 / this link has been used\n")
    assert len(desk.play.rings()) == 1


async def test_a_button_that_looks(client: Client, desk: Desk) -> None:
    """It shows what a press would do, as often as it likes until it expires, and presses nothing."""
    made = await url(client, action="look", **SEAT)
    for _ in range(2):
        status, text = await client.press(made)
        assert (status, text.count("\n")) == (200, 1)
        assert text.startswith("110：空闲 1，")
    assert await client.press(await url(client, action="look", **SEAT, target="12345")) == (200, "")
    assert desk.play.rings() == []
    desk.now += 3601
    assert (await client.press(made))[0] == 410


async def test_a_button_is_used_up_before_it_acts(client: Client, desk: Desk) -> None:
    """One that found no call is used, too: nobody can keep trying it until it fits."""
    made = await url(client, **{**RING, "seat": "1002"})
    assert await client.press(made) == (404, "没有这通电话 / there is no such call\n")
    assert (await client.press(made))[0] == 410


async def test_a_used_button_is_remembered_over_a_restart(client: Client, desk: Desk) -> None:
    """The next gateway with the same store knows it."""
    made = await url(client, **RING)
    await client.press(made)
    after = Desk(store=desk.store)
    after.play.connect()
    server = ApiServer("127.0.0.1", 0, TOKEN, after.services())
    await server.start()
    other = Client(server)
    try:
        assert (await other.press(made.replace(str(client.server.port), str(server.port))))[0] == 410
        assert after.play.rings() == []
    finally:
        await other.session.close()
        await server.stop()


async def test_a_button_expires(client: Client, desk: Desk) -> None:
    """At its last instant it is over."""
    made = await url(client, **RING, ttl_s=60)
    desk.now += 60
    assert await client.press(made) == (410, "链接已过期 / this link has expired\n")
    assert desk.play.rings() == []


def test_used_nonces_are_forgotten_when_they_expire() -> None:
    """What can be refused by its time takes no room."""
    once = Desk().nonces
    assert once.take("a", 100.0, 0.0)
    assert not once.take("a", 100.0, 99.0)
    assert once.take("b", 200.0, 100.0)
    assert (len(once), once.used("b")) == (1, True)


async def test_a_forged_button_is_refused(client: Client, desk: Desk) -> None:
    """Each changed character, another key's, a signed context id and rubbish are 403; nothing rings."""
    token = (await url(client, **RING)).rpartition("/")[2]
    forged = [token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(0, len(token), 7)]
    other = ActionToken(
        action="transfer",
        switchboard="12345",
        seat="1001",
        target="110",
        mode="",
        expires_at=9999999999,
        nonce="n",
        maker="1a2b3c4d",
    )
    forged += [
        action_url.mint(other, b"x" * 32),
        encode("c-1", 1, 1000.0, KEY),
        "x",
        "a.b.c",
        "%00",
        "x" * 5000,
        "键",
        "eA.eA",
    ]  # type: ignore[arg-type]
    for each in forged:
        status, text = await client.press(f"/v1/action/{each}")
        assert (status, text) == (403, "链接无效 / this link is not valid\n"), each
    assert desk.play.rings() == []
    assert (await client.press(f"/v1/action/{token}"))[0] == 202


async def test_another_spelling_is_no_token(client: Client) -> None:
    """Padding and the spare bits of base64 make no second token of the same bytes."""
    payload, _, mac = (await url(client, **RING)).rpartition("/")[2].partition(".")
    assert action_url.read(f"{payload}.{mac}", KEY) is not None
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelt = letters[letters.index(mac[-1]) ^ 1]  # 32 bytes leave two spare bits in the last letter
    for each in (f"{payload}.{mac}=", f"{payload}.{mac[:-1]}{spelt}", f"{payload}\n.{mac}"):
        assert action_url.read(each, KEY) is None


async def test_a_head_presses_nothing(client: Client, desk: Desk) -> None:
    """A phone or proxy that looks whether the URL is there does not use it up."""
    made = await url(client, **RING)
    async with client.session.head(made) as answer:
        assert answer.status == 405
    assert (await client.press(made))[0] == 202


async def test_a_seat_cancels_its_transfer(client: Client, desk: Desk) -> None:
    """The seat that pressed takes its caller back."""
    desk.play.press()
    desk.play.ring()
    assert await client.press(await url(client, action="cancel", **SEAT)) == (
        202,
        "正在收回 / taking the caller back\n",
    )
    assert desk.play.transfer().state == "cancelling"


def offer(desk: Desk) -> None:
    """Seat 2001 has taken up the receiver and must accept."""
    desk.play.press()
    desk.play.ring()
    desk.play.state(A, "l", "up")
    desk.play.tell(LegOffered(A, desk.play.at(), PressId("12345.1000000.1"), ChannelUid("l")))


@pytest.mark.parametrize(("action", "shown"), [("accept", "已接受 / accepted"), ("decline", "已拒绝 / declined")])
async def test_the_other_seat_answers(client: Client, desk: Desk, action: str, shown: str) -> None:
    """The target's seat accepts or declines for the call that it has."""
    offer(desk)
    made = await url(client, action=action, switchboard="110", seat="2001")
    assert await client.press(made) == (202, f"{shown}\n")


@pytest.mark.parametrize(
    ("action", "seat"), [("accept", SEAT), ("decline", SEAT), ("cancel", {"switchboard": "110", "seat": "2001"})]
)
async def test_a_button_of_the_other_side_does_nothing(
    client: Client, desk: Desk, action: str, seat: dict[str, str]
) -> None:
    """The seat that pressed cannot accept for the target, nor the target cut itself off by taking back: 409."""
    offer(desk)
    before = len(desk.play.out)
    status, text = await client.press(await url(client, action=action, **seat))
    assert (status, text) == (409, "此操作属于另一方坐席 / this is for the other side's seat to do\n")
    assert len(desk.play.out) == before


async def test_a_button_without_a_transfer(client: Client) -> None:
    """A seat that talks, but transfers nobody, is told so: 409."""
    status, text = await client.press(await url(client, action="cancel", **SEAT))
    assert (status, text) == (409, "当前没有进行中的转接 / no transfer is under way\n")


async def test_a_second_press_while_it_rings(client: Client, desk: Desk) -> None:
    """Two URLs of one seat: the second is told that a transfer runs (law 4)."""
    await client.press(await url(client, **RING))
    assert (await client.press(await url(client, **RING)))[0] == 409
    assert len(desk.play.rings()) == 1


async def test_a_button_while_the_link_is_lost(client: Client, desk: Desk) -> None:
    """503 with its line."""
    made = await url(client, **RING)
    desk.play.tell(LinkLost(A, desk.now, "gone"))
    assert await client.press(made) == (503, "总机未连接 / the switchboard is not connected\n")


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({**RING, "action": "release"}, 400, "action"),
        ({"action": "transfer", **SEAT}, 400, "target"),
        ({"action": "cancel", **SEAT, "target": "110"}, 400, "target"),
        ({**RING, "seat": "../x"}, 400, "seat"),
        ({**RING, "ttl_s": 0}, 400, "ttl_s"),
        ({**RING, "ttl_s": 86401}, 400, "ttl_s"),
        ({**RING, "ttl_s": True}, 400, "ttl_s"),
        ({**RING, "ttl_s": 1.5}, 400, "ttl_s"),
        ({**RING, "switchboard": "119"}, 422, "119"),
        ({**RING, "target": "911"}, 422, "911"),
    ],
)
async def test_a_button_that_could_not_work_is_not_made(client: Client, body: Any, status: int, told: str) -> None:
    """What is wrong is told when the URL is made, not when somebody presses."""
    assert told in (await client.post("/v1/action-urls", body, status))["details"].values()


async def test_a_fault_does_not_write_the_token_down(client: Client, desk: Desk) -> None:
    """The log of a fault names the address, not the right that its path holds."""
    made = await url(client, **RING)
    desk.play.core.world.calls.clear()
    desk.play.core.world.boards[A].of_seat = None  # type: ignore[assignment]  # broken inside
    with structlog.testing.capture_logs() as logs:
        async with client.session.get(made) as answer:
            assert answer.status == 500
    assert [entry["path"] for entry in logs if entry["event"] == "request_failed"] == ["/v1/action/{token}"]
    assert made.rpartition("/")[2] not in str(logs)


async def test_a_site_says_where_phones_reach_it(desk: Desk) -> None:
    """Behind a proxy the URL begins with the public one."""
    services = replace(desk.services(), public_url="https://onekey.example")
    server = ApiServer("127.0.0.1", 0, TOKEN, services)
    await server.start()
    client = Client(server)
    try:
        assert (await url(client, **RING)).startswith("https://onekey.example/v1/action/")
    finally:
        await client.session.close()
        await server.stop()


async def test_a_button_is_worth_what_its_makers_token_is(client: Client, desk: Desk) -> None:
    """Revoked, expired or without the scope: the button of that token is void, also one that looks; it is not used up by that."""
    desk.principals["t"] = Principal("t (1a2b3c4d)", frozenset(("transfer", "read")), "12345", id="1a2b3c4d")
    headers = {"Authorization": "Bearer t"}
    ring = (await client.post("/v1/action-urls", RING, 201, **headers))["url"]
    look = (await client.post("/v1/action-urls", {"action": "look", **SEAT}, 201, **headers))["url"]
    held = desk.principals.pop("t")
    for made in (ring, look):
        assert (await client.press(made))[0] == 410
    desk.principals["t"] = replace(held, scopes=frozenset(("read",)))
    assert (await client.press(ring))[0] == 410
    assert desk.play.rings() == []
    desk.principals["t"] = replace(held, switchboard="110")
    assert (await client.press(ring))[0] == 403
    desk.principals["t"] = held
    assert (await client.press(ring))[0] == 202


async def test_a_button_is_revoked_by_whoever_may_make_it(client: Client, desk: Desk) -> None:
    """Then it is void; another seat's token revokes none, and what looks may be revoked as well."""
    for body in (RING, {"action": "look", **SEAT}):
        made = await url(client, **body)
        other = {"Authorization": "Bearer s"}
        desk.principals["s"] = Principal("s", frozenset(("transfer",)), "12345", "1002")
        await client.post("/v1/action-urls/revoke", {"url": made}, 403, **other)
        desk.principals["s"] = Principal("s", frozenset(("transfer",)), "12345", "1001")
        assert await client.post("/v1/action-urls/revoke", {"url": made}, 200, **other) == {"revoked": True}
        await client.post("/v1/action-urls/revoke", {"url": made}, 410, **other)
        assert (await client.press(made))[0] == 410
    assert desk.play.rings() == []
    await client.post("/v1/action-urls/revoke", {"url": "http://x/v1/action/x"}, 403)


async def test_a_button_that_looks_is_for_whoever_may_read(client: Client, desk: Desk) -> None:
    """What a press would do is a reading."""
    desk.principals["t"] = Principal("t", frozenset(("transfer",)), "12345")
    await client.post("/v1/action-urls", {"action": "look", **SEAT}, 403, Authorization="Bearer t")
