"""A site with years behind it: two stock Asterisks with names of their own, onekey laid beside by ``onekey site``, and calls that are heard."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from simulators import old_site
from simulators.old_site_stage import OldSiteStage
from simulators.onekey import ONEKEY, eventually
from simulators.stage import AsteriskPlay

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

STEPS_MAX = 12
"""Commands and edits from a stock Asterisk to a heard transfer, for both switchboards together (``site_minutes``)."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(run_folder: Path) -> AsyncIterator[OldSiteStage]:
    """One gateway for both switchboards. The folder is short: a socket's path may have 107 bytes only."""
    stage = OldSiteStage(run_folder / "old")
    try:
        await stage.up()
        yield stage
    finally:
        await stage.down()


async def connected(play: AsteriskPlay, number: str, caller: Any, seat: Any) -> None:
    """A citizen dials a number of the site, and a seat answers."""
    await caller.call(number)
    await seat.wait_ring(after=play.began)
    await seat.answer()
    await caller.diary.wait("answered", after=play.began, who="caller")
    await play.hears(caller, {seat})


async def over(site: OldSiteStage) -> None:
    """Everybody has hung up."""
    await site.clear()
    await site.empty()


async def test_the_key_moves_a_caller(site: OldSiteStage) -> None:
    """By the page's steps alone a key brings 110 into the call, by the site's own names; the record names 110 and both seats."""
    play = AsteriskPlay("old_site_key", site)
    caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "SIP-101"), ("110", "J01"))
    await connected(play, old_site.DAY, caller, seat)
    pressed = await play.press(seat)
    ring = await play.rings(far, pressed)
    assert (ring.name, ring.number) == ("[12345转]", "13800000001")
    await far.answer()
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    await seat.hang_up()
    await play.hears(caller, {far})
    transfer = (await site.transfers())[-1]
    assert (transfer["target"], transfer["transferer"]["seat"], transfer["outcome"]) == ("110", "SIP-101", "completed")
    await over(site)


async def test_a_caller_comes_back_into_his_own_queue(site: OldSiteStage) -> None:
    """The caller of the second queue whom 110 does not take comes back into the second: no seat of the first is rung."""
    play = AsteriskPlay("old_site_queues", site)
    caller, other, seat, far, also = await play.phones(
        ("12345", "13800000001"), ("12345", "SIP-101"), ("12345", "SIP-103"), ("110", "J01"), ("110", "J02")
    )
    far.refuse_with = also.refuse_with = 486
    await connected(play, old_site.COMPLAINT, caller, seat)
    seat.refuse_with = 486  # the seat that sent him does not want him back: he goes to the head of his queue
    await seat.refer("110")
    shown = ""

    def waits() -> bool:
        nonlocal shown
        shown = site.console("12345", "queue show zx-complaint")
        return "Callers:" in shown

    await eventually(lambda: asyncio.to_thread(waits), "he waits in zx-complaint", 30)
    seat.refuse_with = None
    since = time.monotonic()
    await seat.wait_ring(after=since, within_s=20)
    await seat.answer()
    await play.hears(caller, {seat})
    assert other.diary.find("ringing", "refusing") is None
    await over(site)


async def test_a_seat_asks_first_and_hands_over(site: OldSiteStage) -> None:
    """An attended transfer over a trunk that is called ``police``: the record says 110, and the caller belongs to 110."""
    play = AsteriskPlay("old_site_attended", site)
    caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "SIP-101"), ("110", "J01"))
    await connected(play, old_site.DAY, caller, seat)
    await seat.consult("110")
    await far.wait_ring(after=play.began)
    await far.answer()
    await play.hears(far, {seat})
    await seat.hand_over()
    await play.hears(caller, {far})
    transfer = (await site.transfers())[-1]
    assert transfer["target"] == "110"
    await over(site)


async def test_a_seat_dials_a_colleague_by_his_number(site: OldSiteStage) -> None:
    """101 is the endpoint ``SIP-101``; what else the site's own context dials goes on as before."""
    play = AsteriskPlay("old_site_colleague", site)
    one, two = await play.phones(("12345", "SIP-102"), ("12345", "SIP-101"))
    await one.call("101")
    await two.wait_ring(after=play.began)
    await two.answer()
    await play.hears(two, {one})
    await over(site)


async def test_the_steps_are_few(site: OldSiteStage, tmp_path: Path) -> None:
    """The page's commands and edits are counted as they are done."""
    print(json.dumps(site.steps, ensure_ascii=False, indent=1))
    assert len(site.steps) <= STEPS_MAX


@pytest.mark.parametrize("pattern", ["police", "zx-day"])
async def test_nothing_of_the_site_is_gone(site: OldSiteStage, pattern: str) -> None:
    """Its files are as they were, but for a line at the end of six and the queue's own; each stands beside itself as it was."""
    for name in ("pjsip.conf", "extensions.conf", "features.conf", "manager.conf", "modules.conf", "asterisk.conf"):
        before = (site.folder / "12345/etc" / f"{name}.before-onekey").read_text(encoding="utf-8")
        now = (site.folder / "12345/etc" / name).read_text(encoding="utf-8")
        lost = [line for line in before.splitlines() if line not in now.splitlines() and ",Queue(" not in line]
        assert lost == []
    assert pattern in site.console("12345", "queue show" if pattern == "zx-day" else "pjsip show endpoints")


async def test_what_nobody_uses_is_closed(site: OldSiteStage) -> None:
    """The Asterisk that runs has taken what was written: an INVITE with Replaces is known by its header first, and is nobody's."""
    assert "Replaces: /./" in site.console("12345", "pjsip show identify onekey-refused")
    shown = site.console("12345", "pjsip show settings")
    assert re.search(r"endpoint_identifier_order\s*: header,ip,username,anonymous", shown)
    assert re.search(r"allow_subscribe\s*: false", site.console("12345", "pjsip show endpoint SIP-101"))


# --- a gateway at each switchboard ------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def two(site: OldSiteStage, run_folder: Path) -> AsyncIterator[OldSiteStage]:
    """Two sites that know nothing of each other's AMI: each has its own gateway, and one has given the other a sheet."""
    stage = OldSiteStage(run_folder / "two", two_gateways=True)
    try:
        await stage.up()
        yield stage
    finally:
        await stage.down()


async def test_two_gateways_by_one_sheet(two: OldSiteStage) -> None:
    """What 12345's seat has is transferred and heard; 110's gateway has the record by push, and believes the id that came with the ring."""
    play = AsteriskPlay("old_site_two_gateways", two)
    caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "SIP-101"), ("110", "J01"))
    await connected(play, old_site.DAY, caller, seat)
    pressed = await play.press(seat)
    ring = await play.rings(far, pressed)
    assert (ring.name, ring.number) == ("[12345转]", "13800000001")
    await far.answer()
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))

    def there() -> bool:
        return [call["record"] for call in two.asked_of("110", "/v1/calls")["items"]] == ["here"]

    await eventually(lambda: asyncio.to_thread(there), "110's gateway has the record", 15)
    await seat.hang_up()
    await play.hears(caller, {far})
    assert (await two.transfers())[-1]["outcome"] == "completed"
    await over(two)


async def test_the_doctor_has_the_other_gateway_take_a_push(two: OldSiteStage) -> None:
    """From either side: address and secret are right. No record comes of it."""
    before = two.asked_of("110", "/v1/contexts")
    for id_ in ("12345", "110"):
        words = ("doctor", "--config", str(two.sites[id_] / "onekey.toml"))
        done = await asyncio.to_thread(subprocess.run, [*ONEKEY, *words], capture_output=True, text=True, check=False)
        assert "takes pushes: address, certificate and secret are right" in done.stdout, done.stdout
    assert two.asked_of("110", "/v1/contexts") == before
