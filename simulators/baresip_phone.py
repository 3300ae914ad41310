"""baresip as the second, independent kind of phone: one process, driven over ``ctrl_tcp`` (JSON in netstrings).

It plays a wav file as its tone and writes what it hears into another, which is read while it grows. Its diary has the same
words as the other kind's.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
import wave
from pathlib import Path

import numpy as np

from simulators.listening import RATE_HZ, SAMPLES, Heard, tone
from simulators.phone import Account, Diary, PhoneError, Ring

DIGIT_S, GAP_S = 0.1, 0.06
"""A key sounds 100 ms, as with the other kind of phone."""
START_S = 10.0
RELEASE = "\x04"
"""baresip ends a digit when it is sent this key."""

# net_interface: where its audio comes from, for it binds no address, and the SDP must say so: Asterisk takes no other's (strictrtp)
CONFIG = """module_path {modules}
sip_listen {host}:{port}
net_interface 127.0.0.1
rtp_ports 16000-17000
audio_player aufile,{folder}/heard.wav
audio_source aufile,{folder}/tone.wav
audio_alert aufile,{folder}/silence.wav
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
module g711.so
module aufile.so
module_app account.so
module_app menu.so
module ctrl_tcp.so
ctrl_tcp_listen {host}:4444
call_max_calls 1
"""


class BaresipPhone:
    """A phone in a process of its own. ``argv`` starts baresip; ``folder`` is this phone's and is emptied."""

    def __init__(
        self,
        name: str,
        account: Account,
        host: str,
        tone_hz: int,
        *,
        argv: list[str],
        modules: Path,
        folder: Path,
        authority: Path | None = None,
    ) -> None:
        """``authority``: the certificate that the server's must be signed by; then the phone speaks TLS and SRTP, and nothing else."""
        self._authority, self._transport = authority, ";transport=tls" if authority is not None else ""
        self.name, self.account, self.host, self.tone_hz = name, account, host, tone_hz
        self.diary = Diary()
        self._argv, self._modules, self._folder = argv, modules, folder
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._answered_at = 0.0
        self._ring: Ring | None = None

    async def start(self) -> None:
        """Start the process and register."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._write_files()
        self._process = await asyncio.create_subprocess_exec(
            *self._argv,
            "-f",
            str(self._folder),
            cwd=self._folder,  # it asks for core dumps, and leaves one where it crashes
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reader = asyncio.create_task(self._read_output(), name=f"{self.name} output")
        await self.diary.wait("ready", within_s=START_S, who=self.name)
        self._stream = await self._connect()
        self._events = asyncio.create_task(self._read_events(), name=f"{self.name} events")
        await self._registered()

    async def _registered(self) -> None:
        """Wait for the registration; its event may have come before we listened, so the phone is asked as well."""
        deadline = time.monotonic() + START_S
        while self.diary.find("registered") is None:
            if time.monotonic() > deadline:
                raise PhoneError(f"{self.name}: {self.account.number} did not register within {START_S:g} s")
            await self._command("reginfo")
            await asyncio.sleep(0.05)

    def _write_files(self) -> None:
        for file, samples in (
            ("tone.wav", np.tile(tone(self.tone_hz), 50 * 60)),
            ("silence.wav", np.zeros(8000, np.int16)),
        ):
            with wave.open(str(self._folder / file), "wb") as out:
                out.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
                out.writeframes(samples.astype("<i2").tobytes())
        config = CONFIG.format(modules=self._modules, host=self.host, port=5060, folder=self._folder)
        account, registrar, media = self.account, f"{self.account.host}:{self.account.port}", ""
        if self._authority is not None:
            config += f"module srtp.so\nsip_cafile {self._authority}\nsip_verify_server yes\n"
            registrar, media = f"{registrar}{self._transport}", ";mediaenc=srtp-mand"
        (self._folder / "config").write_text(config)
        line = f"<sip:{account.number}@{registrar}>;auth_user={account.number};auth_pass={account.password}"
        (self._folder / "accounts").write_text(f"{line};answermode=manual;regint=60;audio_codecs=pcma,pcmu{media}\n")
        (self._folder / "accounts").chmod(0o600)
        (self._folder / "contacts").write_text("")

    async def _read_output(self) -> None:
        """The console says when it is ready; the rest is kept from blocking it."""
        assert self._process is not None
        assert self._process.stdout is not None
        while chunk := await self._process.stdout.read(4096):
            text = chunk.decode("utf-8", "replace")
            if "baresip is ready" in text:
                self.diary.note("ready")

    async def _connect(self) -> asyncio.StreamReader:
        reader, self._writer = await asyncio.open_connection(self.host, 4444)
        return reader

    async def _read_events(self) -> None:
        try:
            while True:
                size = int((await self._stream.readuntil(b":"))[:-1])
                message = json.loads(await self._stream.readexactly(size))
                await self._stream.readexactly(1)
                self._event(message)
        except (asyncio.IncompleteReadError, ConnectionError):
            return

    def _event(self, message: dict[str, object]) -> None:
        if message.get("response"):
            data = str(message.get("data", ""))
            if "User Agents" in data and "OK" in data and self.diary.find("registered") is None:
                self.diary.note("registered", self.account.number)
            return
        kind, peer = str(message.get("type", "")), str(message.get("peeruri", ""))
        number = re.sub(r"^sips?:|@.*$", "", peer)
        match kind:
            case "REGISTER_OK" if self.diary.find("registered") is None:
                self.diary.note("registered", str(message.get("accountaor", "")))
            case "CALL_INCOMING":
                shown = str(message.get("peerdisplayname", "") or "")
                line = self.diary.note("ringing", f"{shown} <{number}>")
                self._ring = Ring(line.at, number, shown, {})
            case "CALL_ESTABLISHED":
                self._answered_at = time.monotonic()
                self.diary.note("answered", number)
            case "CALL_RINGING" | "CALL_PROGRESS":
                self.diary.note("ringback")
            case "CALL_CLOSED":
                self.diary.note("hung_up", str(message.get("param", "")))
            case "CALL_TRANSFER_FAILED":
                self.diary.note("transfer_failed", str(message.get("param", "")))

    async def _command(self, command: str, parameters: str = "") -> None:
        if self._writer is None:
            raise PhoneError(f"{self.name}: the phone is off")
        text = json.dumps({"command": command, "params": parameters}).encode()
        self._writer.write(str(len(text)).encode() + b":" + text + b",")
        try:
            await self._writer.drain()
        except OSError:
            raise PhoneError(f"{self.name}: the phone is off") from None

    # --- the person -----------------------------------------------------------------------------------------------------

    async def call(self, number: str) -> None:
        """Dial."""
        self.diary.note("calling", number)
        await self._command("dial", f"sip:{number}@{self.account.host}:{self.account.port}")

    async def wait_ring(self, after: float = 0.0, within_s: float = 10.0) -> Ring:
        """The next ring since an instant."""
        await self.diary.wait("ringing", after=after, within_s=within_s, who=self.name)
        assert self._ring is not None
        return self._ring

    async def answer(self) -> None:
        """Take the ringing call; returns when it is established."""
        began = time.monotonic()
        await self._command("accept")
        await self.diary.wait("answered", after=began, who=self.name)

    async def decline(self, status: int = 486) -> None:
        """Refuse the ringing call."""
        await self._command("hangup", f"scode={status}")

    async def press(self, digits: str) -> float:
        """Press keys one after the other; returns the instant of the last one's end."""
        self.diary.note("pressing", digits)
        for digit in digits:
            await self._command("sndcode", digit)
            await asyncio.sleep(DIGIT_S)
            await self._command("sndcode", RELEASE)
            await asyncio.sleep(GAP_S)
        return self.diary.note("pressed", digits).at - GAP_S

    async def refer(self, number: str) -> None:
        """The transfer button."""
        self.diary.note("referring", number)
        await self._command("transfer", f"sip:{number}@{self.account.host}:{self.account.port}")

    async def hang_up(self) -> None:
        """End the call, if there is one: what comes a moment later is not meant."""
        if self._writer is None or not self._in_call:
            return
        at = self.diary.note("hanging_up").at
        await self._command("hangup")
        try:
            await self.diary.wait("hung_up", after=at, within_s=0.5, who=self.name)
        except PhoneError:
            await self._command("hangupall")  # a call that has been held is not baresip's current one

    @property
    def _in_call(self) -> bool:
        words = ("calling", "ringing", "answered", "hung_up")
        return next((line.word for line in reversed(self.diary.lines) if line.word in words), "hung_up") != "hung_up"

    async def hold(self) -> None:
        """Put the other side on hold."""
        self.diary.note("holding")
        await self._command("hold")

    async def resume(self) -> None:
        """Talk on."""
        self.diary.note("resuming")
        await self._command("resume")

    @property
    def crashed(self) -> bool:
        """Whether the program has ended by itself: baresip does where its own hold meets a re-INVITE."""
        return self._process is not None and self._process.returncode is not None

    def die(self) -> None:
        """Die as a phone that loses power: nothing is said to anyone."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        self._process, self._writer = None, None

    async def stop(self) -> None:
        """End the process: asked first, then made to."""
        for task in (self._reader, getattr(self, "_events", None)):
            if task is not None:
                task.cancel()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 3)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._process = None

    def heard(self) -> Heard:
        """What the file has so far, placed from the answer on: baresip writes without a gap, at the pace of the call."""
        heard = Heard()
        path = self._folder / "heard.wav"
        if not path.exists():
            return heard
        octets = path.read_bytes()[44:]
        samples = np.frombuffer(octets[: len(octets) // 2 * 2], dtype="<i2")
        for number in range(len(samples) // SAMPLES):
            at = self._answered_at + number * SAMPLES / RATE_HZ
            heard.add(at, np.asarray(samples[number * SAMPLES : (number + 1) * SAMPLES], dtype=np.int16))
        return heard
