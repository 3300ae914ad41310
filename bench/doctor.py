"""Figures ``doctor_found`` and ``doctor_false``: mistakes that are planted in healthy sites, one at a time, and what ``onekey doctor`` says.

    python -m bench.doctor          plants them all, prints those that were not found, and keeps the figures

Each site is a folder of files as an Asterisk has them, with an AMI on loopback that answers as that Asterisk would. A mistake is found if a
finding about it is there that the healthy site has not; ``bench/doctor_mistakes.py`` has the list.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.report import figure, keep
from gateway.config.settings import SECRETS_MIN, Config, SwitchboardConfig, site_path
from gateway.doctor import dialplan_steps
from gateway.doctor.asterisk_config import Sections, read_all
from gateway.doctor.examine import examine
from gateway.doctor.findings import Finding
from gateway.doctor.working.picture import SEAT, TRUNK
from gateway.lab.render import Dirs, render
from gateway.provisioning import plan_file
from gateway.provisioning.prompts import prompt_texts
from gateway.rules import file as rules_file
from tests.ami.fake_server import FakeAmi

SITE = site_path("dialplan").parent
IDS = ["12345", "110"]
SECRET = "right-and-long-enough"
VERSION = "22.10.1+onekey"
PEER = {"12345": "110", "110": "12345"}
WORDS = {"12345": "the-word-of-this-side", "110": "the-word-of-the-other"}


@dataclass(slots=True)
class Planted:
    """A site before it is looked at: its configuration, its files, and how its Asterisk answers."""

    config: Config
    etc: Path | None
    ami: FakeAmi
    values: dict[str, str]
    read: dict[str, Any] = field(default_factory=dict)
    """What its Asterisk has loaded, once it was asked: sections of extensions.conf."""

    @property
    def board(self) -> SwitchboardConfig:
        """Its switchboard."""
        return self.config.switchboards[0]

    def set(self, **changes: Any) -> None:
        """Change the switchboard's table of the site's file."""
        self.config = replace(self.config, switchboards=(replace(self.board, **changes),))

    def spoil(self, file: str, old: str, new: str, count: int = -1) -> None:
        """One defect: ``old`` becomes ``new`` in a file; also in what that Asterisk has loaded. It must be there."""
        assert self.etc is not None
        path = self.etc / file
        text = path.read_text(encoding="utf-8")
        assert old in text, (file, old)
        path.write_text(text.replace(old, new, count), encoding="utf-8")


# --- healthy sites --------------------------------------------------------------------------------------------------------


def _rendered(folder: Path, side: str, seats: Iterable[str], *, secure: bool = False) -> Path:
    """Files that ship, with seats of these names; their etc."""
    rules = rules_file.load(site_path("transfer_rules.yaml"))
    sounds = folder / "sounds"
    sounds.mkdir()
    for name in prompt_texts(SITE / "asterisk-conf/prompts/zh.txt"):
        (sounds / f"{name}.wav").touch()
    keys = [{"code": c, "action": k.action, "target": k.target, "mode": k.mode} for c, k in rules.keys.items()]
    services = ("119", "120", "122", "water", "power", "gas", "heat")
    values = {
        "switchboard": side, "peer": PEER[side], "sip_host": "127.30.1.1", "sip_port": 5060, "trunk_host": "127.30.1.2", "trunk_port": 5060,
        "peer_trunk_host": "127.30.1.4", "peer_trunk_port": 5060, "ami_host": "127.30.1.1", "ami_port": 5038, "ami_secret": SECRET,
        "rtp_start": 10000, "rtp_end": 12000, "plan_old_s": 60, "music": [], "drop_s": 3, "sounds": sounds, "secure": secure,
        "certificates": "/c", "eido_hosts": "127.30.1.7:8012", "trunk_word": WORDS[side], "peer_trunk_word": WORDS[PEER[side]],
        "seats": [{"number": name, "password": f"password-of-{name}"} for name in seats],
        "services": [{"number": name, "password": "p-password-of-a-lab"} for name in services],
        "keys": keys,
    }  # fmt: skip
    dirs = Dirs.of(folder / side, Path("/m"), Path("/d"))
    render(SITE, side, values, dirs, {plan_file.NAME: plan_file.rendered(rules, side, IDS)})
    return dirs.etc


def shipped(folder: Path, side: str = "12345", *, secure: bool = False) -> tuple[SwitchboardConfig, Path | None]:
    """Files as they ship."""
    etc = _rendered(folder, side, ("1001", "1002") if side == "12345" else ("2001",), secure=secure)
    return _board(side, (side,), etc), etc


def own(folder: Path) -> tuple[SwitchboardConfig, Path | None]:
    """A site that has run for years: names, queues, a trunk, features and an entry of its own; one seat by the wizard."""
    etc = _rendered(folder, "12345", ("SIP-101", "SIP-102"))
    queues = (etc / "queues.conf").read_text(encoding="utf-8").replace("[12345]", "[zx-day]")
    second = queues[queues.index("[zx-day]") :].replace("[zx-day]", "[zx-complaint]")
    second = re.sub(r"^member.*\n", "", second, flags=re.M) + "member => PJSIP/SIP-103,0,SIP-103,PJSIP/SIP-103\n"
    internal = "\n[helpdesk]\nmember => PJSIP/office\n"
    (etc / "queues.conf").write_text(f"{queues}\n{second}{internal}", encoding="utf-8")
    for name in ("pjsip.conf", "extensions.conf"):
        text = (etc / name).read_text(encoding="utf-8")
        (etc / name).write_text(
            text.replace("trunk-110", "police").replace("_QUEUE = 12345", "_QUEUE = zx-day"), encoding="utf-8"
        )
    with (etc / "extensions.conf").open("a", encoding="utf-8") as file:
        file.write(OWN_ENTRY)
    with (etc / "pjsip.conf").open("a", encoding="utf-8") as file:
        file.write(OFFICE)
    (etc / "pjsip_wizard.conf").write_text(WIZARD, encoding="utf-8")
    features = (etc / "features.conf").read_text(encoding="utf-8")
    features = features.replace("[featuremap]", "[featuremap]\nblindxfer = #1\natxfer = #2\n")
    (etc / "features.conf").write_text(
        features.replace("[applicationmap]", "[applicationmap]\nrec => #9,self,MixMonitor,x.wav"), "utf-8"
    )
    return _board("12345", ("zx-day", "zx-complaint"), etc), etc


OWN_ENTRY = """
[incoming]
exten => 02212345,1,NoOp(a citizen)
 same => n,Goto(day,s,1)
exten => 02212346,1,Gosub(onekey-caller,s,1(zx-complaint))
 same => n,Queue(zx-complaint,tcb(onekey-seat^s^1),,,300)
 same => n,Goto(onekey-alone,s,1)
[day]
exten => s,1,Gosub(onekey-caller,s,1(zx-day))
 same => n,Set(QUEUE_PRIO=0)
 same => n(wait),Queue(zx-day,cb(onekey-seat^s^1))
 same => n,Goto(onekey-alone,s,1)
[office]
exten => 800,1,Queue(helpdesk,t)
[from-police]
exten => _X.,1,Goto(office,800,1)
[onekey-from-trunk](+)
include => from-police
"""
OFFICE = """
[office]
type = endpoint
context = onekey-none
message_context = onekey-none
allow_transfer = no
allow_subscribe = no
disallow = all
allow = alaw
transport = transport-seats
auth = office
direct_media = yes
"""
"""A phone that is nobody's seat: what it may do is the site's own business."""
WIZARD = f"""
[wizard-seat](!)
type = wizard
transport = transport-seats
accepts_auth = yes
accepts_registrations = yes
endpoint/context = {SEAT}
endpoint/message_context = onekey-none
endpoint/allow_subscribe = no
endpoint/send_diversion = no
endpoint/disallow = all
endpoint/allow = alaw,ulaw
endpoint/direct_media = no
endpoint/rtp_symmetric = no
endpoint/dtmf_mode = rfc4733
endpoint/set_var = CHANNEL(hangup_handler_push)=onekey-left,s,1
endpoint/set_var = DYNAMIC_FEATURES=onekey
endpoint/set_var = TRANSFER_CONTEXT=onekey-refer
endpoint/set_var = FORWARD_CONTEXT=onekey-forward
aor/max_contacts = 1

[SIP-103](wizard-seat)
inbound_auth/username = SIP-103
inbound_auth/password = password-of-SIP-103
endpoint/set_var = ONEKEY_SEAT=SIP-103
"""


def dynamic(folder: Path) -> tuple[SwitchboardConfig, Path | None]:
    """A site whose seats log in by themselves: no member stands in a file; phones in a folder of their own; modules load by themselves."""
    etc = _rendered(folder, "12345", ("1001", "1002"))
    queues = (etc / "queues.conf").read_text(encoding="utf-8")
    (etc / "queues.conf").write_text(re.sub(r"^member.*\n", "", queues, flags=re.M), encoding="utf-8")
    (etc / "pjsip.d").mkdir()
    (etc / "pjsip.conf").rename(etc / "pjsip.d/all.conf")
    (etc / "pjsip.conf").write_text("#include pjsip.d/*.conf\n", encoding="utf-8")
    (etc / "pjsip.conf").chmod(0o600)
    (etc / "modules.conf").write_text("[modules]\nautoload = yes\nnoload = chan_sip.so\n", encoding="utf-8")
    return replace(_board("12345", ("12345",), etc), seats=("10[0-4][0-9]",)), etc


def remote(folder: Path) -> tuple[SwitchboardConfig, Path | None]:
    """A switchboard on another machine: what can be known of it, it tells itself."""
    return _board("12345", ("12345",), None), None


TREES: dict[str, Callable[[Path], tuple[SwitchboardConfig, Path | None]]] = {
    "shipped": shipped,
    "police": lambda folder: shipped(folder, "110"),
    "secure": lambda folder: shipped(folder, secure=True),
    "own": own,
    "dynamic": dynamic,
    "remote": remote,
}
"""Healthy sites."""


def _board(side: str, queues: tuple[str, ...], etc: Path | None) -> SwitchboardConfig:
    return SwitchboardConfig(
        id=side, host="127.0.0.1", port=0, username="onekey", secret=SECRET, queues=queues, folder=etc
    )


# --- an Asterisk that answers ---------------------------------------------------------------------------------------------


def answer(planted: Planted, name: str) -> str:
    """What its Asterisk answers to ``Getvar``: what stands in ``values``, else as a healthy one whose files are loaded."""
    if name in planted.values:
        return planted.values[name]
    clock = {
        "EPOCH": f"{time.time():.0f}",
        "STRFTIME(,,%s%3q)": f"{time.time() * 1000:.0f}",
        "SYSTEMNAME": planted.board.id,
    }
    if name in clock:
        return clock[name]
    if name.startswith(("IFMODULE(codec_opus", "IFMODULE(format_ogg", "IFMODULE(res_format", "IFMODULE(codec_amr")):
        return "0"
    if name.startswith(("IFMODULE(", "QUEUE_EXISTS(", "DIALPLAN_EXISTS(")):
        return "1"
    if name.startswith("PJSIP_ENDPOINT("):
        endpoint, _, word = name[len("PJSIP_ENDPOINT(") : -1].partition(",")
        context = TRUNK if endpoint.startswith("trunk-") else SEAT
        told = {"context": context, "message_context": "onekey-none", "direct_media": "false", "dtmf_mode": "rfc4733"}
        return told.get(word, "")
    return _globals(planted).get(name, "")


def _globals(planted: Planted) -> dict[str, str]:
    if "globals" not in planted.read:
        planted.read["globals"] = _held(planted)
    held: dict[str, str] = planted.read["globals"]
    return held


def _held(planted: Planted) -> dict[str, str]:
    if planted.etc is not None:
        return dict(_sections(planted).get("globals", []))
    rules = rules_file.load(site_path("transfer_rules.yaml"))
    plain = {"ONEKEY_HERE": "12345", "ONEKEY_QUEUE": "12345", "ONEKEY_SOUNDS": "/s"}
    figures = {
        "ONEKEY_RING_S": "25",
        "ONEKEY_RETURN_S": "15",
        "ONEKEY_DROP_S": "3",
        "ONEKEY_UNREAD_MS": "5000",
        "ONEKEY_ID_MS": "100",
    }
    dials = {f"ONEKEY_DIAL_{target}": f"PJSIP/{target}" for target in rules.targets} | {
        "ONEKEY_DIAL_110": "PJSIP/110@trunk-110"
    }
    homes = {f"ONEKEY_HOME_{way}110": "PJSIP/onekey-press@trunk-110" for way in ("", "DO_", "JOINED_")}
    plan = re.findall(r"^(ONEKEY_PLAN\w+)\s*=\s*(.*)$", plan_file.rendered(rules, "12345", IDS), re.M)
    return plain | figures | dials | homes | dict(plan)


def _sections(planted: Planted) -> Sections:
    if "sections" not in planted.read:
        here = planted.etc is not None
        planted.read["sections"] = (
            read_all(planted.etc or Path(), [])["extensions"] if here else dialplan_steps.sections_shipped()
        )
    read: Sections = planted.read["sections"]
    return read


def loaded(planted: Planted, context: str) -> list[str]:
    """The steps of a context as its Asterisk has loaded them: those of its files, or as they ship."""
    held = {"ONEKEY_HERE": planted.board.id, **_globals(planted)}
    steps = dialplan_steps.steps(_sections(planted).get(context, []), held)
    items = []
    for (exten, priority), step in steps.items():
        application, _, data = step.partition("(")
        items.append(
            f"Event: ListDialplan\nContext: {context}\nExtension: {exten}\nPriority: {priority}\n"
            f"Application: {application}\nAppData: {data[:-1]}"
        )
    return items


async def looked_at(folder: Path, tree: str, plant: Callable[[Planted], Any] | None = None) -> list[Finding]:
    """What the doctor says about a site, healthy or with one mistake in it, but for what is well."""
    board, etc = TREES[tree](folder)
    run = folder / "run"
    run.mkdir()
    async with AsyncExitStack() as ends:
        ami = FakeAmi()
        seat = "SIP-101" if tree == "own" else "2001" if board.id == "110" else "1001"
        queue = board.queues[0]
        ami.secret, ami.version, ami.system_name = SECRET, VERSION, board.id
        ami.members = [f"Event: QueueMember\nQueue: {queue}\nLocation: PJSIP/{seat}\nStatus: 1\nPaused: 0\nPenalty: 0"]
        ami.modules = {"codec_a_mu.so"}
        config = Config(
            switchboards=(board,),
            run_dir=run,
            rules=site_path("transfer_rules.yaml"),
            store=run / "onekey.db",
            signing_key=bytes(range(32)),
            api_host="127.0.0.1",
            api_port=0,
            api_token="a-long-token-here",
            tape=run / "tape.jsonl",
            secrets_min=SECRETS_MIN,
        )
        planted = Planted(config, etc, ami, {})
        ami.getvar, ami.dialplan = lambda name: answer(planted, name), lambda context: loaded(planted, context)
        await ends.enter_async_context(ami)
        planted.set(port=ami.port)
        if plant is not None and (end := plant(planted)) is not None:
            await ends.enter_async_context(end)
        return [one for one in await examine(planted.config) if one.level != "ok"]


def beside(found: Iterable[Finding], healthy: Iterable[Finding]) -> list[Finding]:
    """Findings that a healthy site has not. Folders differ from one look to the next."""
    known = {one.what for one in healthy}
    return [one for one in found if one.what not in known]


async def measure() -> tuple[list[str], list[str], int]:
    """Mistakes that were not found, findings on healthy sites, and how many mistakes there are."""
    from bench.doctor_mistakes import MISTAKES

    healthy: dict[str, list[Finding]] = {}
    for tree in TREES:
        with tempfile.TemporaryDirectory() as folder:
            healthy[tree] = await looked_at(Path(folder), tree)
    false = [
        f"{tree}: {one.what}" for tree, found in healthy.items() for one in found if one.level in ("error", "warning")
    ]
    missed = []
    for name, mistake in MISTAKES.items():
        with tempfile.TemporaryDirectory() as folder:
            found = beside(await looked_at(Path(folder), mistake.tree, mistake.plant), healthy[mistake.tree])
        if not any(mistake.said in one.what for one in found):
            missed.append(name)
    return missed, false, len(MISTAKES)


def main() -> None:
    """Measure, print what was missed, keep the figures."""
    missed, false, planted = asyncio.run(measure())
    for line in (*missed, *false):
        print(f"  ✘ {line}")
    keep(figures(missed, false, planted))


def figures(missed: list[str], false: list[str], planted: int) -> dict[str, dict[str, Any]]:
    """Both figures of the report."""
    note = f"of {planted} planted" + (f"; not: {', '.join(missed)}" if missed else "")
    return {
        "doctor_found": figure(planted - len(missed), "", f"{planted}", planted, note),
        "doctor_false": figure(len(false), "", "0", len(TREES), f"errors and warnings on {len(TREES)} healthy sites"),
    }


if __name__ == "__main__":
    main()
