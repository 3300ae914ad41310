"""A lab with TLS and SRTP for phones and trunk: a transfer goes as ever, nothing of it travels in the clear, and a stranger gets no word in."""

from __future__ import annotations

import asyncio
import ssl
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from simulators.stage import AsteriskPlay, AsteriskStage
from simulators.stories import perform

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def secure(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsteriskStage]:
    """A lab of which phones and trunk speak TLS and SRTP alone."""
    stage = AsteriskStage("secure", tmp_path_factory.mktemp("secure"), secure=True)
    try:
        await stage.up()
        yield stage
    finally:
        await stage.down()


@pytest.mark.parametrize("name", ["warm_110_to_12345", "seat_leaves_while_ringing_target_answers"])
async def test_a_story_goes_as_ever(secure: AsteriskStage, name: str) -> None:
    """The story of the plain lab, its phones by TLS and SRTP: who hears whom is heard."""
    await perform(name, secure)


async def test_every_leg_of_a_transfer_is_encrypted(secure: AsteriskStage) -> None:
    """Three talk, over the trunk as well: each channel with a phone or a trunk has SRTP, and its signalling TLS."""
    play = AsteriskPlay("encrypted", secure)
    caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.answer()
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    told = [
        line
        for side in ("12345", "110")
        for line in await secure.values(side, "CHANNEL(rtp,secure,audio)", "CHANNEL(pjsip,secure)")
        if line[0].startswith("PJSIP/")
    ]
    assert sorted(line[0].rpartition("-")[0] for line in told) == [
        "PJSIP/1001", "PJSIP/13800000001", "PJSIP/2001", "PJSIP/trunk-110", "PJSIP/trunk-12345",
    ]  # fmt: skip
    assert {line[1:] for line in told} == {("1", "1")}
    await secure.clear()
    await secure.empty()


async def _greeted(host: str, port: int, context: ssl.SSLContext, user: str) -> bytes:
    """What a server answers to an OPTIONS over TLS; nothing where it does not take the connection."""
    try:
        reader, writer = await asyncio.open_connection(host, port, ssl=context)
        lines = [f"OPTIONS sip:{user}@{host}:{port};transport=tls SIP/2.0"]
        lines += [f"Via: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK{uuid.uuid4().hex};rport", "Max-Forwards: 70"]
        lines += [f"From: <sip:{user}@x>;tag=1", f"To: <sip:{user}@{host}>", f"Call-ID: {uuid.uuid4().hex}"]
        lines += ["CSeq: 1 OPTIONS", "Content-Length: 0"]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        try:
            return await asyncio.wait_for(reader.read(2048), 3)
        finally:
            writer.close()
    except (OSError, TimeoutError):
        return b""


async def test_the_trunk_takes_nobody_without_its_certificate(secure: AsteriskStage) -> None:
    """The trunk's port speaks to whoever has a certificate of the trunk's authority, and to nobody else; the phones' port to any client."""
    board, folder = secure.lab["switchboards"]["110"], Path(secure.lab["dir"]) / "certificates"
    known = ssl.create_default_context(cafile=str(folder / "trunk-ca.pem"))
    assert (await _greeted(board["sip"]["host"], board["sip"]["port"], known, "2001")).startswith(b"SIP/2.0 401")
    assert await _greeted(board["trunk"]["host"], board["trunk"]["port"], known, "110") == b""
    known.load_cert_chain(folder / "12345.pem", folder / "12345.key")
    assert (await _greeted(board["trunk"]["host"], board["trunk"]["port"], known, "110")).startswith(b"SIP/2.0 ")


async def test_nothing_is_offered_in_the_clear(secure: AsteriskStage) -> None:
    """No transport of a secure switchboard is UDP."""
    for side in ("12345", "110"):
        lines = [line.split() for line in secure.console(side, "pjsip show transports").splitlines()]
        kinds = {words[2] for words in lines if words[:1] == ["Transport:"] and words[1].startswith("transport-")}
        assert kinds == {"tls"}
