"""The doctor asks other platforms: a real gateway's API behind real TLS, with one thing wrong at a time; no record comes or goes."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.api import ApiServer
from gateway.config.settings import Config, PeerConfig, PushTarget
from gateway.doctor import platforms
from gateway.doctor.examine import examine
from gateway.doctor.findings import Finding
from gateway.guards.door_limits import DOOR_LIMITS
from gateway.lab import certificates
from gateway.security.principal import Principal
from tests.api.conftest import PEER, TOKEN, Desk, desk, server
from tests.doctor.test_asterisk_files import RULES

__all__ = ["desk", "server"]  # fixtures

STATUS = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def config(tmp_path: Path, desk: Desk) -> Config:
    """A site that knows no platform yet. The platform's clock is right."""
    desk.now = time.time()
    return Config(
        switchboards=(), run_dir=tmp_path / "run", rules=RULES, store=tmp_path / "run/onekey.db", signing_key=bytes(range(32)),
        api_port=0, api_token="a-long-token-here", name="ours",
    )  # fmt: skip


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two authorities: ``right`` signed for 127.0.0.1 and, by ``away``, for another address; ``wrong`` signed for nobody here."""
    folder = tmp_path_factory.mktemp("pki")
    certificates.make(folder / "right", {"here": ["127.0.0.1"], "away": ["127.0.0.9"]})
    certificates.make(folder / "wrong", {"here": ["127.0.0.1"]})
    return folder


def push(url: str, ca: Path | None = None, secret: bytes = PEER.secret) -> PushTarget:
    """The platform of 110."""
    return PushTarget(switchboard="110", url=url, secret=secret, ca=ca)


def peer(url: str, ca: Path | None = None, token: str = TOKEN, *, full: bool = False) -> PeerConfig:
    """The records of 110."""
    return PeerConfig(switchboard="110", url=url, token=token, ca=ca, full=full)


async def one(config: Config, *tables: PushTarget | PeerConfig) -> Finding:
    """The only finding about these."""
    pushes = tuple(table for table in tables if isinstance(table, PushTarget))
    peers = tuple(table for table in tables if isinstance(table, PeerConfig))
    (found,) = await platforms.findings(replace(config, push=pushes, peers=peers))
    return found


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server, of which nothing is left afterwards."""
    tasks = set[asyncio.Task[None]]()

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(joined, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)
        await server.wait_closed()


@asynccontextmanager
async def speaking(answer: Callable[[bytes], bytes]) -> AsyncIterator[int]:
    """The port of a server that answers each head so; an empty answer closes the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(await reader.readuntil(b"\r\n\r\n")))
        writer.close()
        await writer.wait_closed()

    async with listening(serve) as port:
        yield port


@asynccontextmanager
async def behind_tls(api: ApiServer, certificate: Path) -> AsyncIterator[str]:
    """The address of a reverse proxy with TLS before an API."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate.with_suffix(".pem"), certificate.with_suffix(".key"))

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65536):
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, out = await asyncio.open_connection("127.0.0.1", api.port)
        await asyncio.gather(pump(reader, out), pump(inner, writer))
        await out.wait_closed()

    async with listening(serve, tls) as port:
        yield f"https://127.0.0.1:{port}"


# --- what is right --------------------------------------------------------------------------------------------------------


async def test_a_platform_of_a_private_authority_is_found_well(
    config: Config, server: ApiServer, desk: Desk, pki: Path
) -> None:
    """Certificate, token and secret are tried to the end; nothing is stored, read in full or written into the audit log."""
    ca = pki / "right/trunk-ca.pem"
    async with behind_tls(server, pki / "right/here") as url:
        pushed = await one(config, push(f"{url}/v1/received", ca))
        fetched = await one(config, peer(url, ca))
        in_full = await one(config, peer(url, ca, full=True))
    assert [found.level for found in (pushed, fetched, in_full)] == ["ok"] * 3, (pushed, fetched, in_full)
    assert (pushed.where, fetched.where) == (f"push 110 {url}/v1/received", f"peers 110 {url}")
    assert "without a record" in pushed.what
    assert "no record was fetched" in fetched.what
    assert (desk.store.versions, desk.store.deliveries_made, desk.audits) == ({}, [], [])


async def test_another_program_gets_no_message(config: Config) -> None:
    """It is asked OPTIONS and nothing else: one that looks at nothing would keep what it is sent. What was not seen is said."""
    heads: list[bytes] = []

    def answer(head: bytes) -> bytes:
        heads.append(head)
        return STATUS % 405

    async with speaking(answer) as port:
        found = await one(config, push(f"http://127.0.0.1:{port}/orders"))
    assert (found.level, "405" in found.what) == ("unknown", True)
    assert [head.split(b" ")[0] for head in heads] == [b"OPTIONS"]
    assert b"webhook-signature: v1," in heads[0].lower()
    assert "/v1/deliveries" in found.remedy


async def test_a_peer_that_only_pushes_is_not_seen(config: Config) -> None:
    """Whether it reaches us is seen from its side."""
    found = await one(config, PeerConfig(switchboard="110", secret=PEER.secret))
    assert (found.level, found.where, "onekey doctor" in found.remedy) == ("unknown", "peers 110", True)


# --- one thing wrong ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("certificate", "authority", "said", "remedy"),
    [
        ("right/here", "", "unable to get local issuer", 'ca_file = "110-ca.pem"'),
        ("right/here", "wrong/trunk-ca.pem", "certificate is not trusted", "ca_file is not the CA that signed it"),
        ("right/away", "right/trunk-ca.pem", "mismatch", "-ext subjectAltName"),
        ("right/here", "right/gone.pem", "file of the private CA cannot be used", "openssl x509 -in"),
    ],
)
async def test_a_certificate_that_is_not_believed(
    config: Config, server: ApiServer, pki: Path, certificate: str, authority: str, said: str, remedy: str
) -> None:
    """Without ``ca_file``, with another authority's, for another name, with a file that is gone: each has its own remedy, and push and
    peer of one server are one finding."""
    ca = pki / authority if authority else None
    async with behind_tls(server, pki / certificate) as url:
        found = await one(config, push(f"{url}/v1/received", ca), peer(url, ca))
    assert (found.level, said in found.what, remedy in found.remedy) == ("error", True, True), found
    assert found.where == f"push 110 {url}/v1/received, peers 110 {url}"


@pytest.mark.parametrize(
    ("url", "level", "said", "remedy"),
    [
        ("http://no-such-name.invalid/x", "error", "its name is not known", "getent ahosts no-such-name.invalid"),
        ("https://127.0.0.1:1/x", "warning", "refuses connections", "curl -sv -o /dev/null https://127.0.0.1:1/x"),
        (
            "http://us:pass@127.0.0.1:1/x",
            "warning",
            "refuses connections",
            "curl -sv -o /dev/null http://127.0.0.1:1/x",
        ),
    ],
)
async def test_a_name_and_a_port_that_are_wrong(config: Config, url: str, level: str, said: str, remedy: str) -> None:
    """Each by its own words; a password in the address is not shown."""
    found = await one(config, push(url))
    assert (found.level, said in found.what, remedy in found.remedy) == (level, True, True), found
    assert "pass" not in f"{found.where}{found.what}{found.remedy}"


async def test_tls_where_none_is_and_the_other_way_round(config: Config, server: ApiServer, pki: Path) -> None:
    """Not one word for both."""
    tls = await one(config, peer(f"https://127.0.0.1:{server.port}"))
    async with behind_tls(server, pki / "right/here") as url:
        plain = await one(config, peer(url.replace("https", "http")))
    assert ("TLS could not be agreed on" in tls.what, "openssl s_client" in tls.remedy) == (True, True)
    assert plain.level in ("error", "warning")
    assert "curl -sv" in plain.remedy


@pytest.mark.parametrize(
    ("answer", "level", "said"),
    [
        (STATUS % 500, "warning", "500"),
        (STATUS % 302, "error", "302"),
        (STATUS % 404, "warning", "404"),
        (STATUS % 401, "warning", "401"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "error", "is not HTTP"),
        (b"", "warning", "closed the connection"),
    ],
)
async def test_an_answer_that_is_none(config: Config, answer: bytes, level: str, said: str) -> None:
    """What may be gone tomorrow is a warning, what is ours to write an error."""
    async with speaking(lambda _head: answer) as port:
        found = await one(config, push(f"http://127.0.0.1:{port}/"))
    assert (found.level, said in found.what, bool(found.remedy)) == (level, True, True), found


async def test_a_platform_that_says_nothing_is_not_waited_for(config: Config) -> None:
    """It has the time that the gateway would give it, and no more."""
    limits = replace(DOOR_LIMITS, platform_ask_s=0.1, platform_send_s=0.1)

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(silent) as port:
        url = f"http://127.0.0.1:{port}"
        found = await one(replace(config, door=limits), push(url), peer(url))
    assert (found.level, "no answer in time" in found.what) == ("warning", True)


async def test_a_token_that_is_refused(config: Config, server: ApiServer, desk: Desk) -> None:
    """Another token, and one that has not the right: how to make one that does, with the file that it goes into."""
    url = f"http://127.0.0.1:{server.port}"
    refused = await one(config, peer(url, token="another-token-than-that"))
    desk.principals["reads"] = Principal("reads", frozenset(("read",)), id="t1")
    lacks = await one(config, peer(url, token="reads", full=True))
    assert (refused.level, "token of token_file (401)" in refused.what) == ("error", True)
    assert "onekey token create ours --switchboard 12345 --scope read --scope edit" in refused.remedy
    assert (lacks.level, "no right to full" in lacks.what, "--scope full" in lacks.remedy) == ("error", True, True)


async def test_a_secret_that_is_another(config: Config, server: ApiServer, desk: Desk, tmp_path: Path) -> None:
    """Told apart from clocks that differ; the command to compare names the file."""
    site = tmp_path / "onekey.toml"
    site.write_text('[[push]]\nswitchboard = "110"\nsecret_file = "run/push.key"\n', encoding="utf-8")
    target = push(f"http://127.0.0.1:{server.port}/v1/received", secret=b"another-secret-than-that")
    (found,) = await platforms.findings(replace(config, push=(target,)), site)
    assert (found.level, "secret of secret_file (401)" in found.what) == ("error", True)
    assert f"< {tmp_path}/run/push.key | sha256sum" in found.remedy
    desk.now += 3600
    clocks = await one(config, replace(target, secret=PEER.secret))
    assert (clocks.level, "clocks of both sides" in clocks.what, "timedatectl" in clocks.remedy) == (
        "error",
        True,
        True,
    )


async def test_a_path_that_is_another(config: Config, server: ApiServer) -> None:
    """The line with the right one stands in the remedy."""
    url = f"http://127.0.0.1:{server.port}"
    pushed = await one(config, push(f"{url}/v1/recieved"))
    fetched = await one(config, peer(f"{url}/onekey"))
    assert (pushed.level, f'url = "{url}/v1/received"' in pushed.remedy) == ("error", True)
    assert (fetched.level, f'url = "{url}"' in fetched.remedy) == ("error", True)


async def test_a_page_for_everything_is_no_gateway(config: Config) -> None:
    """A proxy's page of welcome, or of "not found", is not a gateway that has no such record."""
    for status in (200, 404):
        page = STATUS % status
        async with speaking(lambda _head, page=page: page) as port:  # type: ignore[misc]
            found = await one(config, peer(f"http://127.0.0.1:{port}"))
        assert (found.level, f"({status})" in found.what) == ("error", True)


# --- with the rest of the doctor ------------------------------------------------------------------------------------------


async def test_the_doctor_asks_them(config: Config, server: ApiServer) -> None:
    """Among its other findings."""
    url = f"http://127.0.0.1:{server.port}"
    found = await examine(replace(config, peers=(peer(url), replace(peer(url), switchboard="119", token="wrong"))))
    assert [(one.level, one.where) for one in found if one.where.startswith("peers")] == [
        ("ok", f"peers 110 {url}"),
        ("error", f"peers 119 {url}"),
    ]


async def test_what_a_running_gateway_tells_of_it_is_not_told_twice(config: Config) -> None:
    """One cause, one finding; what it tells of others stays."""
    told = [
        {"what": f"{where} is down", "where": where, "remedy": "look"}
        for where in ("push 110", "peers 110", "push 11", "store")
    ]
    body = json.dumps({"ready": True, "problems": told}).encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    async with speaking(lambda _head: answer) as port:
        site = replace(config, api_host="127.0.0.1", api_port=port, push=(push("http://127.0.0.1:1/"),))
        found = await examine(site)
    assert [one.where for one in found if one.level == "warning"] == [
        f"127.0.0.1:{port} peers 110",
        f"127.0.0.1:{port} push 11",
        f"127.0.0.1:{port} store",
        "push 110 http://127.0.0.1:1/",
    ]
