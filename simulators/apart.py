"""Two gateways, each attached to its own switchboard and to nothing else: as two organisations run them.

Each has a store, an API and an audit log of its own. They share the signing key, and each holds a token of the other's. The records of 12345's
callers reach 110 by fetch and by push; the other way round as well.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulators.onekey import ONEKEY, ask, eventually, onekey
from simulators.phone import PhoneError

if TYPE_CHECKING:
    from simulators.stage import AsteriskStage

LAST = {"12345": "8", "110": "9"}
"""Of each gateway's loopback address, in the lab's block."""


class Gateway:
    """One of the two. ``config`` is its file; its log files lie beside it."""

    def __init__(self, stage: AsteriskStage, side: str, config: Path, host: str, token: str) -> None:
        self.stage, self.side, self.config = stage, side, config
        self.api = {"host": host, "port": stage.lab["api"]["port"], "token": token}
        self._process: asyncio.subprocess.Process | None = None

    async def up(self) -> None:
        """Start it; return when it is attached to its switchboard."""
        with (self.config.parent / "out").open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                *ONEKEY, "run", "--config", str(self.config), "--log", str(self.config.parent / "gateway.log"),
                stdout=out, stderr=out,
            )  # fmt: skip
        await eventually(self._ready, f"the gateway of {self.side} attaches", 20)

    async def _ready(self) -> bool:
        assert self._process is not None
        if self._process.returncode is not None:
            raise PhoneError(f"{self.side}: {(self.config.parent / 'out').read_text()[-800:]}")
        return (await self.ask("GET", "/readyz"))[0] == 200

    async def down(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """Stop it; SIGKILL for one that dies."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(sign)
            await self._process.wait()

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """One request of its API; status and decoded body, 0 where nobody answers."""
        return await asyncio.to_thread(ask, self.api, method, path, body, headers)


@asynccontextmanager
async def apart(stage: AsteriskStage) -> AsyncIterator[dict[str, Gateway]]:
    """The stage's own gateway makes room for one at each switchboard, by switchboard; afterwards it is back."""
    await stage.gateway_down()
    gateways = {side: _gateway(stage, side) for side in LAST}
    for gateway in gateways.values():
        peer = next(other for other in gateways.values() if other is not gateway)
        words = ["--scope", "read", "--scope", "edit", "--switchboard", peer.side]
        made = await asyncio.to_thread(onekey, "token", "create", "--config", str(gateway.config), *words, peer.side)
        token = max(re.findall(r"[0-9A-Za-z_-]{20,}", made), key=len)
        (peer.config.parent / "peer.token").write_text(token)
    try:
        await asyncio.gather(*(gateway.up() for gateway in gateways.values()))
        yield gateways
    finally:
        await asyncio.gather(*(gateway.down() for gateway in gateways.values()))
        await stage.gateway_up()


def _gateway(stage: AsteriskStage, side: str) -> Gateway:
    """A gateway's folder, made anew."""
    lab = stage.lab
    board, peer = lab["switchboards"][side], next(other for other in LAST if other != side)
    prefix, port = lab["api"]["host"].rpartition(".")[0], lab["api"]["port"]
    folder = stage.folder / f"apart-{side}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    peer_secret = "qN7-vX2_kR9-wT4_zB8-mL3_hD6"  # noqa: S105 - both know it, and it is as long as a site's must be
    token, host, peer_url = secrets.token_urlsafe(18), f"{prefix}.{LAST[side]}", f"http://{prefix}.{LAST[peer]}:{port}"
    lines = {
        "": {"name": side, "run_dir": str(folder), "signing_key": f"{lab['dir']}/signing.key", "rules": str(stage.rules_file)},
        "[api]": {"host": host, "port": port, "token": token},
        "[limits]": {"record_poll_s": 0.2},
        "[[switchboards]]": {
            "id": side, "host": board["ami"]["host"], "port": board["ami"]["port"], "username": board["ami"]["user"],
            "secret": board["ami"]["secret"], "queues": [board["queue"]],
        },
        "[[peers]]": {"switchboard": peer, "url": peer_url, "token_file": "peer.token", "secret": peer_secret},
    }  # fmt: skip
    (folder / "peer.token").write_text("none yet")
    config = folder / "onekey.toml"
    config.touch(mode=0o600)
    text = [
        line
        for table, values in lines.items()
        for line in (table, *(f"{k} = {json.dumps(v)}" for k, v in values.items()))
    ]
    config.write_text("\n".join(text) + "\n", encoding="utf-8")
    return Gateway(stage, side, config, host, token)
