"""The gateway that runs, asked as a supervisor asks it: whether it is ready, and what it says is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import http.client
import json
import socket
import time
from collections.abc import Collection
from typing import Any

from gateway.config.settings import Config
from gateway.doctor import texts
from gateway.doctor.findings import Finding
from gateway.store.tenure import holder_of

RECORDED_S = 15.0
"""Beyond ``transfer_grace_s``, from the end of a call to the record of its transfer: the gateway waits for whoever may still come back to it."""
ANSWER_BYTES_MAX = 1_000_000
"""Far more than all that a gateway can say of itself; whoever else listens there is not read for ever."""


async def findings(config: Config) -> list[Finding]:
    """Findings of the gateway at the API's address about itself; where none is there, about that address."""
    where = f"{config.api_host}:{config.api_port}"
    holder = holder_of(config.store)
    try:
        status, answer = await asyncio.to_thread(_asked, config)
    except ConnectionRefusedError:
        if holder is not None:
            return [Finding("error", texts.GATEWAY_DOES_NOT_ANSWER(holder=holder), where, texts.LOOK_AT_ITS_LOG)]
        return [_free(config, where)]
    except (OSError, http.client.HTTPException, ValueError) as error:
        what = texts.NO_GATEWAY_ANSWERS_THERE(error=str(error) or type(error).__name__)
        return [Finding("error" if holder else "warning", what, where, texts.STOP_THAT_PROGRAM_OR_CHANGE)]
    if not isinstance(answer.get("ready"), bool):
        what = texts.NO_GATEWAY_ANSWERS_THERE(error=f"HTTP {status}")
        return [Finding("warning", what, where, texts.STOP_THAT_PROGRAM_OR_CHANGE)]
    return _told(answer, where)


def _told(answer: dict[str, Any], where: str) -> list[Finding]:
    ready, problems = answer["ready"], answer.get("problems")
    if problems is None:
        return [Finding("error", texts.ANOTHER_GATEWAY_ANSWERS, where, texts.ITS_TOKEN_IS_ANOTHERS)]
    level = "warning" if ready else "error"
    found = [
        Finding(level, str(one.get("what", "")), f"{where} {one.get('where', '')}", str(one.get("remedy", "")))
        for one in problems
    ]
    if ready:
        return [Finding("ok", texts.GATEWAY_IS_READY, where), *found]
    return found or [Finding("error", texts.GATEWAY_IS_NOT_READY, where, texts.LOOK_AT_ITS_LOG)]


async def recorded(config: Config, calls: Collection[str], where: str) -> Finding:
    """A finding on whether the gateway records a transfer of one of these calls (unique ids), and how it ended."""
    until = time.monotonic() + config.transfer_grace_s + RECORDED_S
    while True:
        try:
            _, answer = await asyncio.to_thread(_asked, config, "/v1/transfers?limit=20")
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Finding("error", texts.NO_GATEWAY_ANSWERS_THERE(error=error), where, texts.LOOK_AT_ITS_LOG)
        for one in answer.get("items", []):
            if one.get("call") in calls and one.get("outcome"):
                state = f"{one.get('id')}: {one['outcome']}"
                return Finding("ok", texts.TRANSFER_WAS_RECORDED(state=state), where)
        if time.monotonic() >= until:
            return Finding("error", texts.TRANSFER_WAS_NOT_RECORDED, where, texts.LOOK_AT_ITS_LOG)
        await asyncio.sleep(0.2)


def _asked(config: Config, path: str = "/readyz") -> tuple[int, dict[str, Any]]:
    """Status and JSON of an address of its API. Raises OSError, HTTPException, ValueError."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.api_host, config.api_host)  # noqa: S104 - asked, not bound
    connection = http.client.HTTPConnection(host, config.api_port, timeout=config.action_s)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Authorization": f"Bearer {config.api_token}"})
        response = connection.getresponse()
        answer = json.loads(response.read(ANSWER_BYTES_MAX))
        return response.status, answer if isinstance(answer, dict) else {}


def _free(config: Config, where: str) -> Finding:
    """A finding on whether a gateway could have the API's address."""
    family = socket.AF_INET6 if ":" in config.api_host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.api_host, config.api_port))
        except OSError as error:
            what = texts.APIS_PORT_CANNOT_BE_HAD(strerror=error.strerror)
            level = "error" if error.errno == errno.EADDRNOTAVAIL else "warning"
            return Finding(level, what, where, texts.STOP_THAT_PROGRAM_OR_CHANGE)
    return Finding("ok", texts.APIS_PORT_IS_FREE, where)
