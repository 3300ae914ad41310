"""The stage of real calls: a lab of its own, a gateway process that can be killed, and phones.

Everything goes through the ``onekey`` command, as a person would: the simulators import nothing of the gateway.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from simulators import apart, pjsip_home
from simulators.ami_proxy import AmiProxy
from simulators.data_faults import FAULTS
from simulators.listening import TONES_HZ, longest_silence_ms, voice_s, who_is_heard
from simulators.manners import SEED, Dealer
from simulators.onekey import ANSWER_S, ONEKEY, ask, debian_tree, eventually, onekey
from simulators.phone import Account, PhoneError, SipPhone
from simulators.pjsip_phone import PjsipPhone
from simulators.platform import Platform
from simulators.play import LISTEN_S, SETTLE_S, Play, Prompts
from simulators.pyvoip_phone import PyVoipPhone
from simulators.site import configuration
from simulators.story_rules import RING_S, RULES

PROMPT_BEGINS_S = 0.6
"""From the press: until then the seat hears its own key, and the far phone's first ring."""


class AsteriskStage:
    """One lab with one gateway (``simulators.play.Stage``). ``folder`` keeps its log files; ``name`` is the lab's."""

    at_once_s = 1.0
    """A busy machine takes a fifth of it for what no deadline is waited for."""

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        ring_s: int = RING_S,
        rules: str = RULES,
        dtmf_events: bool = False,
        plan_old_s: int = 60,
        proxied: bool = False,
        limits: str = "",
        platform: bool = False,
        secure: bool = False,
    ) -> None:
        self.name, self.folder = name, folder
        self.platform: Platform | None = Platform() if platform else None
        """Where contexts of 110 are pushed to; then the gateway's database has a folder of its own, as on a disk of its own."""
        self.secure = secure
        """Whether phones and trunk speak TLS and SRTP; then each phone is PJSIP, which can."""
        self._limits = limits
        """Lines of ``[limits]`` in the gateway's configuration, where it has a site's."""
        self.proxies: dict[str, AmiProxy] = {}
        """Where ``proxied``: the wire between gateway and each switchboard's AMI, which can be made to fail."""
        self.lab: dict[str, Any] = {}
        self.phones: list[Any] = []
        self.comes_back = False
        """Whether a gateway that is not there is started as soon as it is asked something."""
        self._rules = rules.replace("RING_S", str(ring_s))
        self._ring_s, self._dtmf_events, self._plan_old_s = ring_s, dtmf_events, plan_old_s
        self._proxied = proxied
        self._gateway: asyncio.subprocess.Process | None = None
        self._starts = 0
        self._tree: dict[str, Any] | None = None
        self.manners = Dealer()
        """How each phone of each play speaks RTP."""
        self._addresses = 0
        self._cast = 0

    # --- time and plays -------------------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """The instant: ``time.monotonic()``, as in every diary here."""
        return time.monotonic()

    async def pass_s(self, span_s: float) -> None:
        """Let a time pass."""
        await asyncio.sleep(span_s)

    async def eventually(self, look: Callable[[], Any], what: str, within_s: float = 8.0) -> Any:
        """What ``look`` comes to, once it is true. Raises PhoneError with ``what``."""
        return await eventually(look, what, within_s)

    def play(self, name: str) -> AsteriskPlay:
        """A performance here."""
        return AsteriskPlay(name, self)

    def deal(self, name: str) -> str:
        """Deal the phones of a play how they speak RTP. Returns the setting that deals the same again."""
        self.manners.begin(name)
        return f"{SEED}={self.manners.seed} deals the same phones"

    # --- up and down --------------------------------------------------------------------------------------------------

    async def up(self) -> None:
        """Start both switchboards and the gateway."""
        self.folder.mkdir(parents=True, exist_ok=True)
        rules = self.rules_file
        rules.write_text(self._rules, encoding="utf-8")
        words = ["lab", "up", "--name", self.name, "--json", "--ring-s", str(self._ring_s), "--rules", str(rules)]
        words += ["--plan-old-s", str(self._plan_old_s), "--drop-s", "0", "--unread-ms", "1000"]
        words += ["--dtmf-events"] * self._dtmf_events + ["--secure"] * self.secure
        self.lab = json.loads(await asyncio.to_thread(onekey, *words, say=print))
        self.manners.patched = self.patched
        if self._sited:
            await self._lay_wires()
        await self.gateway_up()

    @property
    def patched(self) -> bool:
        """Whether this Asterisk carries Debian's patch for opus, which drops frames that it takes for late (docs/decisions/0006)."""
        return "dfsg" in self.lab["asterisk"]["version"]

    @property
    def _sited(self) -> bool:
        """Whether the gateway has a site's configuration instead of the lab's."""
        return self._proxied or self.platform is not None

    @property
    def database(self) -> Path:
        """The gateway's database."""
        return Path(self.lab["dir"]) / ("disk/onekey.db" if self.platform is not None else "onekey.db")

    async def _lay_wires(self) -> None:
        """A site's configuration that leads the gateway through a proxy for each AMI, and to the platform."""
        wires = {side: (board["ami"]["host"], board["ami"]["port"]) for side, board in self.lab["switchboards"].items()}
        for side, wire in wires.items() if self._proxied else ():
            self.proxies[side] = proxy = AmiProxy(*wire)
            await proxy.start()
            wires[side] = (proxy.host, proxy.port)
        if self.platform is not None:
            await self.platform.start()
        self.config.touch(mode=0o600)
        text = configuration(self.lab, self.database, self.rules_file, wires, self._limits, self.platform)
        self.config.write_text(text, encoding="utf-8")

    @property
    def rules_file(self) -> Path:
        """The rules that every gateway of this stage goes by."""
        return self.folder / "transfer_rules.yaml"

    @property
    def config(self) -> Path:
        """The gateway's configuration file where it has a site's."""
        return self.folder / "onekey.toml"

    async def down(self) -> None:
        """End everything of this stage."""
        await self.clear()
        await self.gateway_down()
        for proxy in self.proxies.values():
            await proxy.stop()
        if self.platform is not None:
            await self.platform.stop()
        await asyncio.to_thread(onekey, "lab", "down", "--name", self.name)

    async def gateway_up(self, *, nofile: int = 0) -> None:
        """Start the gateway, with so many descriptors at most (0: as many as we have); return when it is attached to both switchboards."""
        self._starts += 1
        where = ["--config", str(self.config)] if self._sited else ["--lab", self.name]
        with (self.folder / f"gateway-{self._starts}.out").open("wb") as out:
            few = ["prlimit", f"--nofile={nofile}:{nofile}"] if nofile else []
            self._gateway = await asyncio.create_subprocess_exec(
                *few, *ONEKEY, "run", *where, "--log", str(self.folder / "gateway.log"), stdout=out, stderr=out
            )
        await eventually(self.is_ready, "the gateway attaches to both switchboards", 60)

    async def is_ready(self) -> bool:
        """Whether the gateway says that transfers work."""
        if self._gateway is not None and self._gateway.returncode is not None:
            out = (self.folder / f"gateway-{self._starts}.out").read_text()
            raise PhoneError(f"the gateway has stopped: {out[-800:]}")
        status, _ = await self.ask("GET", "/readyz")
        return status == 200

    async def gateway_down(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """Stop the gateway; SIGKILL for a gateway that dies."""
        if self._gateway is not None and self._gateway.returncode is None:
            self._gateway.send_signal(sign)
            await self._gateway.wait()
        self._gateway = None

    @property
    def gateway_lives(self) -> bool:
        """Whether there is a gateway, frozen or not."""
        return bool(self.gateway_pid)

    @contextlib.contextmanager
    def gateway_frozen(self) -> Iterator[None]:
        """Within the block the gateway's process is stopped; what comes for it waits."""
        frozen = self._gateway
        if frozen is None:
            yield
            return
        frozen.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            if frozen.returncode is None:
                frozen.send_signal(signal.SIGCONT)

    @contextlib.asynccontextmanager
    async def apart(self) -> AsyncIterator[dict[str, apart.Gateway]]:
        """Within the block each switchboard has a gateway of its own instead of the common one."""
        async with apart.apart(self) as gateways:
            yield gateways

    @property
    def gateway_pid(self) -> int:
        """The gateway's process id; 0 if it does not run."""
        return self._gateway.pid if self._gateway is not None else 0

    async def restart(self, side: str, *, kill: bool = False, start: bool = True) -> None:
        """Stop one switchboard (``kill``: with no goodbye), and start it again where asked for."""
        words = ["lab", "restart", side, "--name", self.name]
        words += ["--kill"] * kill + ["--no-start"] * (not start)
        await asyncio.to_thread(onekey, *words)

    @contextlib.asynccontextmanager
    async def drops(self, span_s: float, side: str = "12345") -> AsyncIterator[None]:
        """Within the block, whoever leaves a caller within so many seconds of joining him has not been with him."""
        self.console(side, f"dialplan set global ONEKEY_DROP_S {span_s:g}")
        try:
            yield
        finally:
            self.console(side, "dialplan set global ONEKEY_DROP_S 0")

    @contextlib.asynccontextmanager
    async def broken(self, fault: str) -> AsyncIterator[str]:
        """Within the block something is wrong with a place where records go: a word of the alarm that must follow."""
        begin, word = FAULTS[fault]
        async with begin(self):
            yield word

    # --- phones -------------------------------------------------------------------------------------------------------

    def account(self, side: str, number: str) -> Account:
        """A seat's or a caller's account."""
        board = self.lab["switchboards"][side]
        for entry in (*board["seats"], *board["callers"], *board["services"]):
            if entry["number"] == number:
                return Account(number, entry["password"], board["sip"]["host"], board["sip"]["port"])
        raise PhoneError(f"the lab has no account {number} at {side}")

    def _address(self) -> str:
        """A loopback address for one phone."""
        prefix = self.lab["phones"].rsplit(".", 1)[0]
        self._addresses += 1
        return f"{prefix}.{100 + self._addresses % 150}"

    async def phone(self, side: str, number: str, kind: str | type[PyVoipPhone] = "pyvoip") -> Any:
        """A registered phone: ``pyvoip`` or ``pjsip``, or of a kind that a story brings; the first plays both parts where PJSIP is not to be had."""
        tone_hz = TONES_HZ[self._cast % len(TONES_HZ)]
        self._cast += 1
        name, account, host = number, self.account(side, number), self._address()
        manner = self.manners.deal(number)
        phone: Any
        wanted = kind == "pjsip" or self.secure
        home = await asyncio.to_thread(pjsip_home.find, debian_tree) if wanted else None
        if self.secure and home is None:
            raise PhoneError(
                f"{name}: PJSIP is not to be had here, and the other kind of phone speaks neither TLS nor SRTP"
            )
        if home is not None:
            folder = self.folder / "pjsip" / f"{number}-{self._cast}"
            authority = Path(self.lab["dir"]) / "certificates/trunk-ca.pem" if self.secure else None
            phone = PjsipPhone(
                name, account, host, tone_hz, home=home, folder=folder, manner=manner, authority=authority
            )
        else:
            make = kind if isinstance(kind, type) else PyVoipPhone
            phone = make(name, account, host, tone_hz, manner=manner)
        self.phones.append(phone)
        await phone.start()
        return phone

    async def _phones_tree(self) -> dict[str, Any]:
        """Where SIPp is."""
        if self._tree is None:
            self._tree = json.loads(await asyncio.to_thread(debian_tree, "phones"))
        return self._tree

    @property
    def tones(self) -> dict[str, int]:
        """Each phone's tone, by name."""
        return {phone.name: phone.tone_hz for phone in self.phones}

    async def unregister(self, account: Account) -> None:
        """Take a phone that died off the network: another registers in its place and leaves. Raises PhoneError."""
        phone = PyVoipPhone(account.number, account, self._address(), TONES_HZ[0])
        await phone.start()
        await phone.stop()

    async def clear(self) -> None:
        """End every phone, and wait until both switchboards are empty."""
        phones, self.phones, self._cast = self.phones, [], 0
        await asyncio.gather(*(phone.stop() for phone in phones))

    # --- looking --------------------------------------------------------------------------------------------------------

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """One request; its status and decoded body, 0 where nobody answers."""
        return await asyncio.to_thread(ask, self.lab["api"], method, path, body, headers)

    async def text(self, path: str) -> str:
        """A GET of the API that answers with text. Raises PhoneError where it does not."""
        return await asyncio.to_thread(self._text, path)

    def _text(self, path: str) -> str:
        api = self.lab["api"]
        request = urllib.request.Request(f"http://{api['host']}:{api['port']}{path}")
        request.add_header("Authorization", f"Bearer {api['token']}")
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S) as response:
                return str(response.read().decode())
        except OSError as error:
            raise PhoneError(f"GET {path}: {error}") from None

    async def get(self, path: str) -> Any:
        """A GET of the API; raises PhoneError on anything but 200."""
        await self._awake()
        status, body = await self.ask("GET", path)
        if status != 200:
            raise PhoneError(f"GET {path}: {status} {body}")
        return body

    async def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        """A POST of the API; raises PhoneError on anything but 2xx."""
        await self._awake()
        status, answer = await self.ask("POST", path, body, headers)
        if not 200 <= status < 300:
            raise PhoneError(f"POST {path}: {status} {answer}")
        return answer

    async def _awake(self) -> None:
        if self.comes_back and not self.gateway_lives:
            await self.gateway_up()

    async def transfers(self) -> list[dict[str, Any]]:
        """All transfers, oldest first."""
        return list(reversed((await self.get("/v1/transfers?limit=500"))["items"]))

    def console(self, side: str, command: str) -> str:
        """One command on a switchboard's own console."""
        config = Path(self.lab["dir"]) / side / "etc/asterisk.conf"
        argv = [*self.lab["asterisk"]["argv"], "-C", str(config), "-rx", command]
        return subprocess.run(
            argv, capture_output=True, text=True, check=False, env={**os.environ, "TERM": "dumb"}
        ).stdout

    async def values(self, side: str, *variables: str) -> list[tuple[str, ...]]:
        """Variables and functions of every channel of a switchboard, asked over AMI."""
        ami = self.lab["switchboards"][side]["ami"]
        reader, writer = await asyncio.open_connection(ami["host"], ami["port"])
        await reader.readline()

        async def answer(action: str, **headers: str) -> dict[str, str]:
            lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in headers.items())]
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            text = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
            return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)

        try:
            await answer("Login", Username=ami["user"], Secret=ami["secret"], Events="off")
            told = []
            for channel in [line[0] for line in self.channels(side)]:
                answers = [await answer("Getvar", Channel=channel, Variable=variable) for variable in variables]
                told.append((channel, *(one.get("Value", "") for one in answers)))
            return told
        finally:
            writer.close()

    async def manage(self, side: str, actions: list[str]) -> None:
        """Send actions (lines of ``Key: value``) over AMI all at once, as nobody but a gateway may. Raises PhoneError where one is refused."""
        ami = self.lab["switchboards"][side]["ami"]
        reader, writer = await asyncio.open_connection(ami["host"], ami["port"])
        await reader.readline()
        try:
            login = f"Action: Login\r\nUsername: {ami['user']}\r\nSecret: {ami['secret']}\r\nEvents: off\r\n\r\n"
            writer.write((login + "".join(f"{action}\r\n\r\n" for action in actions)).encode())
            for action in ("Login", *actions):
                answer = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
                if "Success" not in answer:
                    raise PhoneError(f"{action}: {answer.strip()}")
        finally:
            writer.close()

    async def set_variable(self, side: str, name: str, value: str, channel: str = "") -> None:
        """Set a variable of a channel, or a global."""
        where = f"Channel: {channel}\r\n" if channel else ""
        await self.manage(side, [f"Action: Setvar\r\n{where}Variable: {name}\r\nValue: {value}"])

    def channels(self, side: str) -> list[list[str]]:
        """The channels of a switchboard: name, context, exten, priority, state, application, … (``concise``)."""
        lines = self.console(side, "core show channels concise").splitlines()
        return [line.split("!") for line in lines if line.count("!") > 10]

    async def trunk_legs(self, *sides: str) -> list[str]:
        """The trunk legs that live at these switchboards, at all where none is named."""
        told = [await asyncio.to_thread(self.channels, side) for side in sides or ("12345", "110")]
        return [channel[0] for side in told for channel in side if channel[0].startswith("PJSIP/trunk-")]

    async def waiting(self, side: str) -> list[str]:
        """The numbers of the callers in a switchboard's queue, its head first."""
        told = await asyncio.to_thread(self.console, side, f"queue show {side}")
        return re.findall(r"^ *[0-9]+\. PJSIP/([0-9]+)-", told, re.M)

    def log_lines(self) -> list[str]:
        """What the gateways of this stage have logged, from the first on."""
        path = self.folder / "gateway.log"
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def backlog_waits(self) -> int:
        """Records that wait on disk for a store that takes nothing; the first line says what the file is, and has no room either where
        the disk takes no byte."""
        path = Path(self.lab["dir"]) / "onekey.db.backlog"
        return max(0, path.read_bytes().count(b"\n") - 1) if path.is_file() else 0

    async def empty(self, within_s: float = 12.0) -> None:
        """Wait until no channel is left on either switchboard. Raises PhoneError naming what is."""
        left: list[str] = []

        def none_left() -> bool:
            left[:] = [channel[0] for side in ("12345", "110") for channel in self.channels(side)]
            return not left

        try:
            await eventually(lambda: asyncio.to_thread(none_left), "no channel is left", within_s)
        except PhoneError as error:
            raise PhoneError(f"{error}: {left}") from None

    # --- ears -----------------------------------------------------------------------------------------------------------

    async def heard_by(
        self, listener: SipPhone, expected: Collection[SipPhone], within_s: float
    ) -> tuple[float, set[str]]:
        """Whose tones sound in most of a listening time, as soon as these are the expected ones, and since when."""
        names = {phone.name for phone in expected}
        tones = {name: hz for name, hz in self.tones.items() if name != listener.name}
        heard: set[str] = set()
        since = time.monotonic()
        deadline = since + within_s
        while time.monotonic() < deadline:
            since = time.monotonic() + SETTLE_S
            await asyncio.sleep(SETTLE_S + LISTEN_S)
            heard = who_is_heard(listener.heard(), tones, since, since + LISTEN_S - 0.04)
            if heard == names:
                break
        return since, heard

    def silence_ms(self, listener: SipPhone, since: float, until: float) -> float | None:
        """The longest silence that somebody has heard in a time."""
        return longest_silence_ms(listener.heard(), since, until)

    def prompts(self, listener: SipPhone, since: float) -> Prompts:
        """For how long something has sounded since an instant that is nobody's tone. Nobody here understands words."""
        seconds = voice_s(listener.heard(), self.tones, since + PROMPT_BEGINS_S, time.monotonic())
        return Prompts(seconds, None)


class AsteriskPlay(Play):
    """A performance of real calls: what only a real stage has is there too."""

    stage: AsteriskStage
