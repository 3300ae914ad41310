"""The HTTP server as a browser, another system, a load balancer and an intruder meet it."""

from __future__ import annotations

import json
import socket

import aiohttp
import pytest

from gateway.api import ApiError, ApiServer
from gateway.core.messages.records import ContextRow
from gateway.security.principal import Principal
from gateway.services.requests import TransferQuery

from .conftest import TOKEN, Client, Desk

NUMBER = "13800000001"
READ = ["/v1/transfers", "/v1/callbacks", "/v1/calls", "/v1/seats", "/v1/switchboards"]
CLOSED = [*READ, "/v1/events", "/v1/contexts/x", "/v1/transfers/x", "/v1/nothing", "/", "/openapi.yaml"]


def context_path(desk: Desk) -> str:
    """A citizen is with a seat; the address of the context."""
    desk.play.connect()
    return f"/v1/contexts/{desk.play.all(ContextRow)[-1].id}"


def request(target: bytes, *headers: bytes, token: bytes = TOKEN.encode()) -> bytes:
    """A raw GET that ends its connection."""
    lines = [b"GET " + target + b" HTTP/1.1", b"Host: x", b"Connection: close", b"Authorization: Bearer " + token]
    return b"\r\n".join([*lines, *headers]) + b"\r\n\r\n"


# --- who may read ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CLOSED)
async def test_without_a_token_nothing_is_told(client: Client, path: str) -> None:
    """Every address but the three for machines answers 401, also one that does not exist: a stranger learns no address."""
    async with client.session.get(path, headers={"Authorization": ""}) as answer:
        body = await answer.json()
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert set(body) == {"error_id", "message", "details"}
    assert body["error_id"] == "no_token"


@pytest.mark.parametrize(
    "given",
    ["Bearer wrong", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer", "Bearer 令牌"],
)
async def test_a_wrong_token_is_no_token(client: Client, given: str) -> None:
    """A token that differs, another scheme, no scheme, no token: 401."""
    body = await client.get("/v1/seats", 401, Authorization=given)
    assert body["error_id"] == "no_token"


async def test_a_token_that_is_not_utf_8_is_a_wrong_one(client: Client) -> None:
    """Bytes that are no text are refused like any wrong token; they are no fault of the server."""
    status, answer = await client.raw(request(b"/v1/seats", token=b"\xff\xfe"))
    assert status == 401
    assert b'"no_token"' in answer


async def test_the_scheme_is_read_in_any_case(client: Client) -> None:
    """``bearer`` is ``Bearer`` (RFC 9110, 11.1)."""
    assert "items" in await client.get("/v1/seats", Authorization=f"bearer {TOKEN}")


@pytest.mark.parametrize("given", ["Bearer", "Bearer ", ""])
async def test_an_empty_token_in_the_configuration_opens_nothing(desk: Desk, given: str) -> None:
    """A site that forgot its token is closed, not open to whoever sends none."""
    server = ApiServer("127.0.0.1", 0, "", desk.services())
    await server.start()
    client = Client(server)
    try:
        await client.get("/v1/seats", 401, Authorization=given)
    finally:
        await client.session.close()
        await server.stop()


# --- errors ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "error_id"),
    [
        ("/v1/nothing", 404, "no_route"),
        ("/v1/seats/", 404, "no_route"),
        ("/v1/contexts/", 404, "no_route"),
        ("/v1/contexts/nobody", 404, "not_found"),
        ("/v1/transfers/12345.1.1", 404, "not_found"),
        ("/v1/transfers?limit=x", 400, "bad_parameter"),
        ("/v1/contexts/x?full=true", 400, "purpose_needed"),
    ],
)
async def test_an_error_has_one_shape(client: Client, path: str, status: int, error_id: str) -> None:
    """Whatever is wrong, the body is ``{error_id, message, details}``."""
    body = await client.get(path, status)
    assert set(body) == {"error_id", "message", "details"}
    assert body["error_id"] == error_id
    assert isinstance(body["details"], dict)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [*READ, "/v1/events", "/healthz"])
async def test_a_wrong_method_is_told_the_right_one(client: Client, method: str, path: str) -> None:
    """405 with the methods that are allowed, in the header and in the body."""
    async with client.session.request(method, path, data=b"{}") as answer:
        body = await answer.json()
        assert answer.status == 405
        assert "GET" in answer.headers["Allow"]
    assert body["error_id"] == "method_not_allowed"
    assert "GET" in body["details"]["allowed"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("", "没有这个地址"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "没有这个地址"),
        ("fr", "没有这个地址"),
        ("en", "there is no such address"),
        ("en-GB,en;q=0.9", "there is no such address"),
        ("EN", "there is no such address"),
    ],
)
async def test_the_message_is_in_the_readers_language(client: Client, language: str, words: str) -> None:
    """Chinese, unless the reader prefers English."""
    body = await client.get("/v1/nothing", 404, **{"Accept-Language": language})
    assert body["message"] == words


@pytest.mark.parametrize(
    ("path", "method", "token", "words"),
    [
        ("/v1/seats", "GET", "wrong", "a token is needed"),
        ("/v1/seats", "POST", TOKEN, "the method is not allowed"),
        ("/v1/contexts/x", "GET", TOKEN, "there is no such record"),
        ("/v1/transfers?limit=0", "GET", TOKEN, "a parameter is wrong"),
    ],
)
async def test_every_kind_of_error_speaks_english(
    client: Client, path: str, method: str, token: str, words: str
) -> None:
    """401, 405, 404 and 400 are all told in English to who asks for it."""
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    async with client.session.request(method, path, headers=headers) as answer:
        assert words in (await answer.json())["message"]


async def test_a_fault_of_ours_is_a_number_for_the_administrator(client: Client, desk: Desk) -> None:
    """500 has an incident id and no word of what broke inside."""
    desk.broken = True
    body = await client.get("/v1/seats", 500)
    assert body["error_id"] == "internal"
    assert len(body["details"]["incident"]) == 12
    assert "secret" not in json.dumps(body)


async def test_answers_are_neither_kept_nor_guessed_at(client: Client) -> None:
    """What may hold a citizen's data is stored by no cache, and its type is not guessed; errors likewise."""
    for path in ("/v1/calls", "/v1/nothing"):
        async with client.session.get(path) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


# --- personal data --------------------------------------------------------------------------------------------------------


async def test_a_number_is_masked_by_default(client: Client, desk: Desk) -> None:
    """A context shows 138****0001, and reading it so is not audited."""
    body = await client.get(context_path(desk))
    assert body["caller_number"] == "138****0001"
    assert desk.audits == []


async def test_no_address_shows_a_whole_number_unasked(client: Client, desk: Desk) -> None:
    """Lists, contexts and the state of calls hold the number nowhere."""
    path = context_path(desk)
    desk.play.press()
    for each in [path, *READ]:
        async with client.session.get(each) as answer:
            text = await answer.text()
        assert NUMBER not in text.replace("PJSIP/13800000001", ""), each


@pytest.mark.parametrize("purpose", ["", "&purpose=", "&purpose=%20%09", "&purpose=" + "x" * 201])
async def test_a_full_reading_needs_a_purpose(client: Client, desk: Desk, purpose: str) -> None:
    """No purpose, an empty one or a novel: 400, nothing shown, nothing audited."""
    body = await client.get(f"{context_path(desk)}?full=true{purpose}", 400)
    assert body["error_id"] == "purpose_needed"
    assert desk.audits == []


async def test_a_full_reading_is_audited_exactly_once(client: Client, desk: Desk) -> None:
    """With a purpose the whole number is shown, and who read what and why is written down once."""
    path = context_path(desk)
    body = await client.get(f"{path}?full=true&purpose=回拨%20投诉")
    assert body["caller_number"] == NUMBER
    assert desk.audits == [("admin@127.0.0.1", "context_read_full", path.rpartition("/")[2], "回拨 投诉")]


async def test_a_full_reading_of_nothing_is_not_audited(client: Client, desk: Desk) -> None:
    """Where there is no such context nobody has read anything."""
    await client.get("/v1/contexts/nobody?full=true&purpose=test", 404)
    assert desk.audits == []


@pytest.mark.parametrize("full", ["yes", "1", "", "TRUE"])
async def test_an_unclear_wish_is_refused(client: Client, desk: Desk, full: str) -> None:
    """``full`` is true or false; anything else is neither shown in full nor taken for no."""
    body = await client.get(f"{context_path(desk)}?full={full}&purpose=test", 400)
    assert body["details"]["parameter"] == "full"
    assert desk.audits == []


async def test_what_has_not_changed_is_not_sent_again(client: Client, desk: Desk) -> None:
    """The same version is 304 for its tag; the next version is sent."""
    path = context_path(desk)
    async with client.session.get(path) as answer:
        tag = answer.headers["ETag"]
    async with client.session.get(path, headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304
    desk.play.press()
    async with client.session.get(path, headers={"If-None-Match": tag}) as answer:
        assert answer.status == 200


async def test_a_masked_copy_does_not_stand_for_the_full_one(client: Client, desk: Desk) -> None:
    """The tag of the masked reading does not answer a full one."""
    path = context_path(desk)
    async with client.session.get(path) as answer:
        tag = answer.headers["ETag"]
    body = await client.get(f"{path}?full=true&purpose=test", 200, **{"If-None-Match": tag})
    assert body["caller_number"] == NUMBER


# --- machines -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_machines_need_no_token(client: Client, path: str) -> None:
    """Load balancer and Prometheus read without a token."""
    async with client.session.get(path, headers={"Authorization": ""}) as answer:
        assert answer.status == 200


async def test_a_process_that_runs_is_healthy_though_not_ready(client: Client, desk: Desk) -> None:
    """A lost switchboard is no reason to restart the gateway: healthz stays 200 while readyz is 503."""
    desk.problems = [{"what": "连接中断", "where": "switchboard 110", "remedy": "检查"}]
    assert await client.get("/healthz") == {"status": "ok"}
    await client.get("/readyz", 503)


async def test_readyz_says_why_and_what_to_do(client: Client, desk: Desk) -> None:
    """Every problem is told with what, where and remedy."""
    assert await client.get("/readyz") == {"ready": True, "problems": []}
    desk.problems = [{"what": "连接中断", "where": "switchboard 110", "remedy": "检查"}]
    assert await client.get("/readyz", 503) == {"ready": False, "problems": desk.problems}


async def test_metrics_are_prometheus_text(client: Client) -> None:
    """Content type and text are those of Prometheus' format 0.0.4."""
    async with client.session.get("/metrics") as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert "onekey_turns_total 3.0" in await answer.text()


# --- parameters -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        *(f"limit={value}" for value in ("", "0", "501", "-1", "x", "1.5", "nan", "inf", "1e2", "%00", "%FF", "9" * 5000)),
        *(f"before={value}" for value in ("", "-1", "x", "nan", "inf", "-inf", "1e13", "%F0%9F", "9" * 5000)),
    ],
)  # fmt: skip
async def test_a_damaged_parameter_is_the_readers_fault(client: Client, desk: Desk, query: str) -> None:
    """400 names the parameter and its bounds, and the store is not asked."""
    body = await client.get(f"/v1/transfers?{query}", 400)
    assert body["error_id"] == "bad_parameter"
    assert body["details"]["parameter"] == query.partition("=")[0]
    assert {"minimum", "maximum"} < set(body["details"])
    assert desk.store.asked == []


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", TransferQuery(50)),
        ("?limit=1", TransferQuery(1)),
        ("?limit=500", TransferQuery(500)),
        ("?before=0", TransferQuery(50, 0.0)),
        ("?limit=7&before=1795465784.5", TransferQuery(7, 1795465784.5)),
        ("?state=running", TransferQuery(50, None, True)),
        ("?state=ended&call=12345-1.7", TransferQuery(50, None, False, "12345-1.7")),
        ("?seat=1001", TransferQuery(50, None, None, None, "1001")),
        ("?nobody=knows", TransferQuery(50)),
    ],
)
async def test_limit_and_before_reach_the_store(client: Client, desk: Desk, query: str, asked: TransferQuery) -> None:
    """What is asked for is what the store is asked; fifty, from now, by default."""
    await client.get(f"/v1/transfers{query}")
    assert desk.store.asked == [asked]


@pytest.mark.parametrize("query", ["state=", "state=open", "call=", "call=%20", "seat=a%22", "seat=%FF"])
async def test_a_damaged_filter_is_the_readers_fault(client: Client, desk: Desk, query: str) -> None:
    """A filter that no transfer can meet is 400 and names itself, instead of an empty list."""
    body = await client.get(f"/v1/transfers?{query}", 400)
    assert body["details"]["parameter"] == query.partition("=")[0]
    assert desk.store.asked == []


# --- strange requests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wire",
    [
        request(b"/v1/" + b"x" * 100_000),
        request(b"/v1/seats?x=" + b"x" * 100_000),
        request(b"/v1/seats", b"X-Long: " + b"x" * 100_000),
        request(b"/v1/seats", *[b"X-%d: x" % n for n in range(20_000)]),
    ],
    ids=["path", "query", "header", "many headers"],
)
async def test_what_is_too_long_is_refused_and_the_server_goes_on(client: Client, wire: bytes) -> None:
    """A request of 100 kB is the sender's fault (4xx); the next reader is served."""
    status, _ = await client.raw(wire)
    assert 400 <= status < 500
    await client.get("/v1/seats")


@pytest.mark.parametrize(
    "target", [b"/v1/%FF%FE", b"/v1/\xff\xfe", b"/v1/contexts/%FF", b"/v1/contexts/%00", b"/v1/contexts/%2e%2e%2fseats"]
)
async def test_a_path_that_is_no_text_is_not_found(client: Client, target: bytes) -> None:
    """Bytes that are not UTF-8, NUL and dots lead nowhere; they break nothing."""
    status, answer = await client.raw(request(target))
    assert status in (400, 404)
    assert b"Traceback" not in answer


async def test_a_purpose_that_is_no_text_breaks_nothing(client: Client, desk: Desk) -> None:
    """A purpose of odd bytes is the reader's business; the answer is no 500."""
    path = context_path(desk).encode()
    status, _ = await client.raw(request(path + b"?full=true&purpose=\xff\xfe"))
    assert status in (200, 400)


async def test_headers_that_are_no_text_are_passed_over(client: Client) -> None:
    """A language and a tag of odd bytes change nothing."""
    status, answer = await client.raw(
        request(b"/v1/nothing", b"Accept-Language: \xff\xfe", b"If-None-Match: \xff", b"X-\xc3\xa4: \xff")
    )
    assert status in (400, 404)
    assert b"Traceback" not in answer


# --- start and stop -------------------------------------------------------------------------------------------------------


async def test_a_taken_port_is_told_with_what_where_and_remedy(desk: Desk) -> None:
    """The error names the address and what to change; the server that could not start is stopped without fuss."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = ApiServer("127.0.0.1", port, TOKEN, desk.services())
        with pytest.raises(ApiError) as caught:
            await server.start()
        await server.stop()
    assert "port is taken" in caught.value.what
    assert caught.value.where == f"127.0.0.1:{port}"
    assert "[api]" in caught.value.remedy
    assert str(caught.value).splitlines()[1:] == [f"    {caught.value.where}", f"    → {caught.value.remedy}"]


async def test_an_address_of_another_machine_is_told(desk: Desk) -> None:
    """Where the address is not ours the message does not speak of a taken port (192.0.2.1 is nobody's, RFC 5737)."""
    server = ApiServer("192.0.2.1", 8012, TOKEN, desk.services())
    with pytest.raises(ApiError) as caught:
        await server.start()
    assert "cannot listen" in caught.value.what
    assert caught.value.where == "192.0.2.1:8012"


async def test_a_stopped_server_gives_its_port_back(desk: Desk) -> None:
    """After ``stop`` nobody listens, and the same port can be taken at once."""
    first = ApiServer("127.0.0.1", 0, TOKEN, desk.services())
    await first.start()
    await first.stop()
    second = ApiServer("127.0.0.1", first.port, TOKEN, desk.services())
    await second.start()
    await second.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{first.port}/healthz"):
            pass


# --- what a stranger is told -----------------------------------------------------------------------------------------------


async def test_a_stranger_is_told_yes_or_no(client: Client, desk: Desk) -> None:
    """Accounts, addresses and paths of what is wrong are for a token that supervises; no other token is shown them either."""
    desk.problems = [{"what": "onekey@10.0.0.1:5038", "where": "/var/lib/onekey", "remedy": "x"}]
    desk.principals["s"] = Principal("s", frozenset(("supervise",)))
    desk.principals["r"] = Principal("r", frozenset(("read", "transfer")), "110", "2001")
    for token in ("", "Bearer nobody", "Bearer r", "Basic x"):
        assert await client.get("/readyz", 503, Authorization=token) == {"ready": False}
    for token in (f"Bearer {TOKEN}", "Bearer s"):
        assert (await client.get("/readyz", 503, Authorization=token))["problems"] == desk.problems
    desk.problems = []
    assert await client.get("/readyz", 200, Authorization="") == {"ready": True}


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/metrics", "/v1/calls", "/v1/calls?x", "/nothing", "/v1/action/x"]
)
async def test_no_answer_tells_a_version(client: Client, path: str) -> None:
    """Neither of the server nor of its language."""
    for headers in ({}, {"Authorization": ""}):
        async with client.session.get(path, headers=headers) as answer:
            await answer.read()
            assert "Server" not in answer.headers


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/octet-stream"],
)
async def test_a_body_says_that_it_is_json(client: Client, desk: Desk, kind: str) -> None:
    """What a page of another origin may send without asking is no request; nothing comes of it."""
    desk.play.connect()
    body = b'{"target": "110", "seat": "1001", "switchboard": "12345"}'
    async with client.session.post("/v1/transfers", data=body, headers={"Content-Type": kind}) as answer:
        assert (answer.status, (await answer.json())["error_id"]) == (400, "bad_body")
    assert desk.play.rings() == []
    async with client.session.post(
        "/v1/transfers", data=body, headers={"Content-Type": "application/json; charset=utf-8"}
    ) as answer:
        assert answer.status == 202
