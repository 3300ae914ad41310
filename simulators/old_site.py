"""Two Asterisks as a site has had them for years, before onekey: stock configuration, and names of the site's own.

12345: seats ``SIP-101`` to ``SIP-103`` in a context ``internal``, queues ``zx-day`` and ``zx-complaint`` behind numbers of their own, a trunk
``police``, a line ``city``; a feature ``rec`` on ``##9``. 110: seats ``J01``, ``J02``, queue ``alarm``, a trunk ``city12345``. Nothing here knows onekey.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PASSWORD = "a-phone-of-the-lab-1"  # noqa: S105 - of phones on loopback, which end with the test
DAY, COMPLAINT, ALARM = "88880001", "88880002", "66660110"
"""Numbers that citizens dial."""


@dataclass(frozen=True, slots=True)
class Side:
    """One Asterisk: its addresses, who is there, and where the other one is."""

    name: str
    sip: str
    trunk: str
    far_trunk: str
    seats: tuple[str, ...]
    callers: tuple[str, ...]
    queues: dict[str, tuple[str, ...]]
    numbers: dict[str, str]
    trunk_endpoint: str
    trunk_context: str


def sides(prefix: str) -> dict[str, Side]:
    """Both, on addresses of a loopback block (``127.45.0.``)."""
    return {
        "12345": Side(
            "12345", f"{prefix}1", f"{prefix}2", f"{prefix}4", ("SIP-101", "SIP-102", "SIP-103"), ("13800000001", "13800000002"),
            {"zx-day": ("SIP-101", "SIP-102"), "zx-complaint": ("SIP-103",)}, {DAY: "zx-day", COMPLAINT: "zx-complaint"}, "police", "from-police",
        ),
        "110": Side(
            "110", f"{prefix}3", f"{prefix}4", f"{prefix}2", ("J01", "J02"), ("13900000001",), {"alarm": ("J01", "J02")}, {ALARM: "alarm"}, "city12345", "from-city",
        ),
    }  # fmt: skip


def write(side: Side, folder: Path, modules: Path, data: Path, ami_port: int) -> Path:
    """Its tree below ``folder``; the folder of its configuration files."""
    etc = folder / "etc"
    for path in (etc, folder / "lib/keys", folder / "run", folder / "spool", folder / "log"):
        path.mkdir(parents=True, exist_ok=True)
    for name, text in _files(side, folder, modules, data, ami_port).items():
        (etc / name).write_text(text, encoding="utf-8")
    return etc


def _files(side: Side, folder: Path, modules: Path, data: Path, ami_port: int) -> dict[str, str]:
    directories = {
        "astetcdir": folder / "etc", "astmoddir": modules, "astvarlibdir": folder / "lib", "astdbdir": folder / "lib", "astkeydir": folder / "lib/keys",
        "astdatadir": data, "astagidir": folder / "lib", "astspooldir": folder / "spool", "astrundir": folder / "run", "astlogdir": folder / "log",
    }  # fmt: skip
    lines = "".join(f"{name} => {path}\n" for name, path in directories.items())
    return {
        "asterisk.conf": f"[directories]\n{lines}\n[options]\n;verbose = 3\n",
        "modules.conf": "[modules]\nautoload=yes\nnoload = chan_alsa.so\nnoload = chan_console.so\nnoload = chan_iax2.so\nnoload = chan_unistim.so\nnoload = res_prometheus.so\n",
        "logger.conf": "[general]\n[logfiles]\nmessages.log => notice,warning,error\n",
        "manager.conf": f"[general]\nenabled = yes\nport = {ami_port}\nbindaddr = {side.sip}\n\n[crm]\nsecret = a-secret-of-the-crm\ndeny = 0.0.0.0/0\npermit = 127.0.0.0/255.0.0.0\nread = call\n",
        "features.conf": "[general]\n\n[featuremap]\n;blindxfer => #1\n\n[applicationmap]\nrec => ##9,self,Playback,beep\n",
        "queues.conf": "[general]\npersistentmembers = yes\nautofill = yes\n\n" + "".join(_queue(*one) for one in side.queues.items()),
        "musiconhold.conf": f"[default]\nmode = files\ndirectory = {data}/moh\n",
        "rtp.conf": "[general]\nrtpstart = 10000\nrtpend = 20000\n",
        "extensions.conf": _extensions(side),
        "pjsip.conf": _pjsip(side),
    }  # fmt: skip


def _queue(name: str, members: tuple[str, ...]) -> str:
    return (
        f"[{name}]\nstrategy = leastrecent\ntimeout = 15\nringinuse = no\n"
        + "".join(f"member => PJSIP/{one}\n" for one in members)
        + "\n"
    )


def _extensions(side: Side) -> str:
    incoming = "".join(
        f"exten => {number},1,Answer()\n same => n,Queue({queue},t,,,300)\n same => n,Hangup()\n\n"
        for number, queue in side.numbers.items()
    )
    pattern = "_SIP-XXX" if side.name == "12345" else "_JXX"
    return f"""[general]
static = yes
writeprotect = no

[globals]
OPERATOR = {side.seats[0]}

[incoming]
{incoming}[internal]
exten => {pattern},1,Dial(PJSIP/${{EXTEN}},20,tT)
 same => n,Hangup()
exten => _9X.,1,Dial(PJSIP/${{EXTEN:1}}@city,60)
 same => n,Hangup()

[{side.trunk_context}]
exten => _X.,1,Goto(incoming,{next(iter(side.numbers))},1)
"""


def _pjsip(side: Side) -> str:
    endpoints = "".join(_phone(name, "internal", "seat") for name in side.seats) + "".join(
        _phone(name, "incoming", "line") for name in side.callers
    )
    return f"""[seats]
type = transport
protocol = udp
bind = {side.sip}:5060

[trunks]
type = transport
protocol = udp
bind = {side.trunk}:5060

[seat](!)
type = endpoint
transport = seats
disallow = all
allow = alaw,ulaw
media_address = {side.sip}
bind_rtp_to_media_address = yes
set_var = DYNAMIC_FEATURES=rec

[line](!)
type = endpoint
transport = seats
disallow = all
allow = alaw,ulaw
media_address = {side.sip}
bind_rtp_to_media_address = yes

{endpoints}[{side.trunk_endpoint}]
type = endpoint
transport = trunks
context = {side.trunk_context}
disallow = all
allow = alaw
media_address = {side.trunk}
bind_rtp_to_media_address = yes
aors = {side.trunk_endpoint}

[{side.trunk_endpoint}]
type = aor
contact = sip:{side.far_trunk}:5060

[{side.trunk_endpoint}]
type = identify
endpoint = {side.trunk_endpoint}
match = {side.far_trunk}
"""


def _phone(name: str, context: str, template: str) -> str:
    return f"""[{name}]({template})
context = {context}
auth = {name}
aors = {name}
callerid = {name} <{name}>

[{name}]
type = auth
auth_type = userpass
username = {name}
password = {PASSWORD}

[{name}]
type = aor
max_contacts = 1
remove_existing = yes

"""


def answers(prefix: str, trees: dict[str, Path], ami_port: int, api_port: int) -> str:
    """``site.toml`` for one gateway that attaches to both."""
    both = sides(prefix)
    text = [
        f'name = "old site"\napi_host = "{prefix}7"\napi_port = {api_port}\npublic_url = "http://{prefix}7:{api_port}"\n'
    ]
    for id_, side in both.items():
        peer = next(other for other in both if other != id_)
        text.append(board(id_, side, trees[id_], ami_port, peer))
    return "\n".join(text)


def board(id_: str, side: Side, tree: Path, ami_port: int, peer: str) -> str:
    """A table of ``site.toml``."""
    values = {
        "id": id_, "tree": str(tree), "ami_host": side.sip, "ami_port": ami_port, "seats": list(side.seats),
        "queues": list(side.queues), "lines": list(side.callers),
    }  # fmt: skip
    lines = [f"{key} = {value!r}".replace("'", '"') for key, value in values.items()]
    return "\n".join(["[[switchboards]]", *lines, f'trunks = {{"{peer}" = "{side.trunk_endpoint}"}}', ""])


def by_hand(etc: Path, side: Side) -> list[tuple[str, str]]:
    """What a person changes in ``extensions.conf``, as ``onekey site diff`` says: old line, new line."""
    path = etc / "extensions.conf"
    changed = []
    text = path.read_text(encoding="utf-8")
    for queue in side.queues:
        old, new = f" same => n,Queue({queue},t,,,300)", f" same => n,Goto(onekey-hotline,{queue},1)"
        text = text.replace(old, new)
        changed.append((old, new))
    path.write_text(text, encoding="utf-8")
    return changed
