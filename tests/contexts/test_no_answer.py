"""Why another platform gave no answer: each place at which a request fails has its own words and its own remedy."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.contexts import texts
from gateway.contexts.http_client import Outward
from gateway.contexts.no_answer import NoAnswer, Unreadable, down, patience_s, reason_of
from gateway.lab import certificates

MULTIPLE = (
    "Multiple exceptions: [Errno 111] Connect call failed ('::1', 1), [Errno 111] Connect call failed ('127.0.0.1', 1)"
)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (socket.gaierror(-2, "Name or service not known"), NoAnswer.NAME),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), NoAnswer.REFUSED),
        (OSError(MULTIPLE), NoAnswer.REFUSED),
        (OSError(errno.EHOSTUNREACH, "No route to host"), NoAnswer.UNREACHABLE),
        (ConnectionResetError(), NoAnswer.CLOSED),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), NoAnswer.TLS),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), NoAnswer.CERTIFICATE),
        (TimeoutError(), NoAnswer.LATE),
        (ValueError("Invalid IPv6 URL"), NoAnswer.ADDRESS),
        (Unreadable(NoAnswer.TOO_LONG), NoAnswer.TOO_LONG),
        (MemoryError(), NoAnswer.PROCESS),
    ],
)
def test_each_failure_is_a_reason_of_its_own(error: BaseException, reason: NoAnswer) -> None:
    """The resolver, the port, the route, TLS, HTTP, the clock."""
    if isinstance(error, ssl.SSLCertVerificationError):
        error.verify_message = "self-signed certificate"
    assert reason_of(error)[0] is reason


def test_every_reason_has_words_and_a_remedy() -> None:
    """In both languages; a status, too, by itself or by its hundred."""
    assert set(texts.NO_ANSWER) == set(texts.NO_ANSWER_REMEDIES) == set(NoAnswer)
    assert down(1.0, 0, "certificate", "expired").why.zh == "证书不被信任（expired）"
    assert down(1.0, 418).why.zh == "418"
    assert down(1.0, 418).remedy == texts.STATUS_REMEDIES[4]
    assert down(1.0, 308).remedy.zh.startswith("把 url 改为最终地址")
    assert down(1.0, 199).remedy == texts.NO_ANSWER_REMEDIES["process"]


@pytest.mark.parametrize(
    ("value", "span_s"),
    [
        ("120", 120.0), ("0", 0.0), ("999999", 3600.0), ("Thu, 01 Jan 1970 00:01:10 GMT", 60.0), ("Thu, 01 Jan 1970 00:00:01 GMT", 0.0),
        ("", 0.0), ("-5", 0.0), ("soon", 0.0), ("1e9", 0.0), ("9" * 40, 0.0),
    ],
)  # fmt: skip
def test_patience_is_asked_for_in_seconds_or_by_a_date(value: str, span_s: float) -> None:
    """From nothing to the most that is waited; nonsense asks for nothing."""
    assert patience_s(value, 10.0, 3600.0) == span_s


# --- servers -----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def outward() -> AsyncIterator[Outward]:
    outward = Outward()
    yield outward
    await outward.close()


class Server:
    """A server that says one thing, with TLS or without."""

    def __init__(self, said: bytes) -> None:
        self._said = said
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, tls: ssl.SSLContext | None = None) -> int:
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", 0, ssl=tls)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            writer.write(self._said)
            await reader.read(100)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()


OK = b"HTTP/1.1 204 No Content\r\n\r\n"


async def test_a_stranger_at_the_port_is_told_apart(outward: Outward) -> None:
    """A banner of SSH, a connection that is dropped, a port where nobody is."""
    ssh, dropper = Server(b"SSH-2.0-OpenSSH_9.2p1\r\n"), Server(b"")
    one, other = await ssh.start(), await dropper.start()
    assert (await outward.post(f"http://127.0.0.1:{one}/", {}, b"x")).reason == "not_http"
    assert (await outward.post(f"https://127.0.0.1:{one}/", {}, b"x")).reason == "tls"
    assert (await outward.post(f"http://127.0.0.1:{other}/", {}, b"x")).reason == "closed"
    assert (await outward.post("http://127.0.0.1:1/", {}, b"x")).reason == "refused"
    assert (await outward.post("http://no-such-name.invalid/", {}, b"x")).reason == "name"
    await ssh.stop()
    await dropper.stop()


async def test_a_private_authority_is_trusted_where_it_is_named(outward: Outward, tmp_path: Path) -> None:
    """Without its file the certificate is refused by that name; with it the platform is heard; a file that is none is said."""
    certificates.make(tmp_path / "pki", {"110": ["127.0.0.1"]})
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "pki" / "110.pem", tmp_path / "pki" / "110.key")
    server = Server(OK)
    url = f"https://127.0.0.1:{await server.start(tls)}/"
    refused = await outward.post(url, {}, b"x")
    assert (refused.status, refused.reason) == (0, "certificate")
    assert "unable to get local issuer certificate" in refused.detail
    assert (await outward.post(url, {}, b"x", str(tmp_path / "pki" / "trunk-ca.pem"))).status == 204
    assert (await outward.post(url, {}, b"x", str(tmp_path / "away.pem"))).reason == "authority"
    assert (
        await outward.post(url.replace("127.0.0.1", "localhost"), {}, b"x", str(tmp_path / "pki" / "trunk-ca.pem"))
    ).reason == "certificate"
    await server.stop()
