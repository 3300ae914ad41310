"""The two Asterisks of ``old_site`` with onekey laid beside what they have, as ``docs/install.md`` says, and a gateway for both or one for each.

Every command and every edit of that page is done here, and counted.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

from simulators import old_site
from simulators.onekey import ONEKEY, ask, debian_tree, eventually, onekey
from simulators.phone import Account, PhoneError
from simulators.stage import AsteriskStage

BOOT_S = 90.0
"""An Asterisk that loads every module takes some seconds, on a busy machine many."""
AMI_PORT, API_PORT = 5038, 8012


def free_prefix() -> str:
    """A loopback block that nobody uses. Raises PhoneError."""
    for number in range(1, 255):
        prefix = f"127.46.{number}."
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip, socket.socket() as ami:
            try:
                sip.bind((f"{prefix}1", 5060))
                ami.bind((f"{prefix}3", AMI_PORT))
            except OSError:
                continue
        return prefix
    raise PhoneError("no block of loopback addresses is free below 127.46")


class OldSiteStage(AsteriskStage):
    """``two_gateways``: a gateway at each switchboard, whose sites know nothing of each other but a sheet."""

    def __init__(self, folder: Path, *, two_gateways: bool = False) -> None:
        super().__init__("old-site", folder)
        self.two_gateways = two_gateways
        self.steps: list[str] = []
        """Commands and edits, from a stock Asterisk to a gateway that runs."""
        self.sites: dict[str, Path] = {}
        """The folder of ``onekey site init`` behind each gateway, by its own switchboard."""
        self._asterisks: dict[str, subprocess.Popen[bytes]] = {}
        self._gateways: dict[str, asyncio.subprocess.Process] = {}
        self._argv: list[str] = []

    async def up(self) -> None:
        """A site as it was, then onekey, then a gateway that is attached."""
        self.folder.mkdir(parents=True, exist_ok=True)
        prefix = await asyncio.to_thread(self._before)
        sides = old_site.sides(prefix)
        await self._install(sides, prefix)
        await asyncio.gather(*(asyncio.to_thread(self._boot, side) for side in sides))
        self.lab = {
            "dir": str(self.folder),
            "asterisk": {"argv": self._argv, "version": "dfsg"},
            "phones": f"{prefix}100",
            "switchboards": {
                id_: {
                    "sip": {"host": side.sip, "port": 5060},
                    "ami": {"host": side.sip, "port": AMI_PORT, **self._ami(id_)},
                }
                for id_, side in sides.items()
            },
            "api": {"host": f"{prefix}7", "port": API_PORT, "token": self._token(next(iter(self.sites)))},
        }
        self.sides = sides
        for id_ in self.sites:
            await self.site_gateway_up(id_)

    def _before(self) -> str:
        """The two trees of before, and where their Asterisk is."""
        tree = json.loads(debian_tree("asterisk"))
        root = Path(tree["root"])
        modules = next(iter(root.glob("usr/lib/*/asterisk/modules")))
        self._argv = [*tree["start"], str(root / "usr/sbin/asterisk")]
        prefix = free_prefix()
        for id_, side in old_site.sides(prefix).items():
            old_site.write(side, self.folder / id_, modules, root / "usr/share/asterisk", AMI_PORT)
        return prefix

    async def _install(self, sides: dict[str, old_site.Side], prefix: str) -> None:
        """``docs/install.md``, step by step."""
        trees = {id_: self.folder / id_ / "etc" for id_ in sides}
        parts = list(sides) if self.two_gateways else [next(iter(sides))]
        for number, id_ in enumerate(parts):
            home = self.sites[id_] = self.folder / f"onekey-{id_}"
            path = self.folder / f"site-{id_}.toml"
            text = old_site.answers(prefix, trees, AMI_PORT, API_PORT)
            if self.two_gateways:
                peer = next(other for other in sides if other != id_)
                host = {"12345": 7, "110": 8}
                sheet = "" if number == 0 else f'sheet = "for-{id_}.toml"\n'
                text = (
                    f'name = "{id_}"\napi_host = "{prefix}{host[id_]}"\npublic_url = "http://{prefix}{host[id_]}:{API_PORT}"\n\n'
                    + old_site.board(id_, sides[id_], trees[id_], AMI_PORT, peer)
                    + f'\n[[peers]]\nid = "{peer}"\nurl = "http://{prefix}{host[peer]}:{API_PORT}"\n{sheet}'
                )
                if number:
                    home.mkdir(mode=0o750)
                    given = self.sites[peer] / f"for-{id_}.toml"
                    (home / given.name).write_bytes(given.read_bytes())
                    self.steps.append(f"edit: cp for-{id_}.toml")
            path.write_text(text, encoding="utf-8")
            self.steps.append("edit: site.toml")
            await self._command("site", "init", str(home), "--answers", str(path))
            try:
                await self._command("site", "apply", str(home))
            except PhoneError:
                pass  # it names what only a person can do, which is done now
            for side in sides if not self.two_gateways else [id_]:
                for old, new in old_site.by_hand(trees[side], sides[side]):
                    self.steps.append(f"edit: extensions.conf of {side}: {old.strip()} → {new.strip()}")
            await self._command("site", "diff", str(home))

    async def _command(self, *words: str) -> str:
        self.steps.append(f"onekey {' '.join(word for word in words if not word.startswith('/'))}")
        return await asyncio.to_thread(onekey, *words)

    def _boot(self, id_: str) -> None:
        """Start an Asterisk, as its restart at night would."""
        config = self.folder / id_ / "etc/asterisk.conf"
        with (self.folder / id_ / "output.log").open("ab") as output:
            self._asterisks[id_] = subprocess.Popen(
                [*self._argv, "-f", "-C", str(config)], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, umask=0o077, env={**os.environ, "TERM": "dumb"},
            )  # fmt: skip
        self.steps.append(f"asterisk -rx 'core restart when convenient' ({id_})")
        within = [*self._argv, "-C", str(config), "-rx", "core waitfullybooted"]
        for _ in range(300):
            done = subprocess.run(within, capture_output=True, text=True, check=False, timeout=BOOT_S)
            if "fully booted" in done.stdout:
                return
            if self._asterisks[id_].poll() is not None:
                raise PhoneError(f"{id_}: {(self.folder / id_ / 'output.log').read_text()[-800:]}")
        raise PhoneError(f"{id_} has not booted")

    def _secret(self, id_: str, name: str) -> str:
        return (self.sites[id_] / "secrets" / name).read_text(encoding="utf-8").strip()

    def _token(self, id_: str) -> str:
        return self._secret(id_, "api-token")

    def _ami(self, id_: str) -> dict[str, str]:
        home = id_ if id_ in self.sites else next(iter(self.sites))
        return {"user": "onekey", "secret": self._secret(home, f"ami-{id_}")}

    async def site_gateway_up(self, id_: str) -> None:
        """Start a gateway; return when it is attached."""
        config = self.sites[id_] / "onekey.toml"
        self.steps.append(f"systemctl start onekey ({id_})")
        with (self.sites[id_] / "out").open("ab") as out:
            self._gateways[id_] = await asyncio.create_subprocess_exec(
                *ONEKEY,
                "run",
                "--config",
                str(config),
                "--log",
                str(self.sites[id_] / "gateway.log"),
                stdout=out,
                stderr=out,
            )
        host = (
            self.lab["api"]["host"]
            if id_ == next(iter(self.sites))
            else f"{self.lab['api']['host'].rpartition('.')[0]}.8"
        )
        api = {"host": host, "port": API_PORT, "token": self._token(id_)}

        async def ready() -> bool:
            if self._gateways[id_].returncode is not None:
                raise PhoneError(f"the gateway of {id_} has stopped: {(self.sites[id_] / 'out').read_text()[-800:]}")
            return (await asyncio.to_thread(ask, api, "GET", "/readyz"))[0] == 200

        await eventually(ready, f"the gateway of {id_} attaches", 30)

    def asked_of(self, id_: str, path: str) -> Any:
        """A GET of the gateway at a switchboard; its body."""
        host = f"{self.lab['api']['host'].rpartition('.')[0]}.{'7' if id_ == next(iter(self.sites)) else '8'}"
        return ask({"host": host, "port": API_PORT, "token": self._token(id_)}, "GET", path)[1]

    async def down(self) -> None:
        """End everything that was begun."""
        await self.clear()
        for gateway in self._gateways.values():
            if gateway.returncode is None:
                gateway.send_signal(signal.SIGTERM)
                await gateway.wait()
        for process in self._asterisks.values():
            process.terminate()
            await asyncio.to_thread(process.wait)
        await asyncio.to_thread(shutil.rmtree, self.folder, True)

    def account(self, side: str, number: str) -> Account:
        """A seat's or a caller's account."""
        board = self.lab["switchboards"][side]
        return Account(number, old_site.PASSWORD, board["sip"]["host"], board["sip"]["port"])

    def console(self, side: str, command: str) -> str:
        """One command on a switchboard's own console."""
        argv = [*self._argv, "-C", str(self.folder / side / "etc/asterisk.conf"), "-rx", command]
        return subprocess.run(
            argv, capture_output=True, text=True, check=False, env={**os.environ, "TERM": "dumb"}
        ).stdout
