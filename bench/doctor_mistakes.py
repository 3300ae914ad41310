"""Mistakes that people make in a site, each planted in a healthy one (``bench.doctor``), and words of the finding that it deserves."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.doctor import Planted
from gateway.config.settings import PeerConfig, PushTarget
from gateway.core.values.holder import Holder

EXT, PJSIP, QUEUES, FEATURES, MANAGER = "extensions.conf", "pjsip.conf", "queues.conf", "features.conf", "manager.conf"
ASTERISK, MODULES, WIZARD = "asterisk.conf", "modules.conf", "pjsip_wizard.conf"
NOBODY = 65534
"""A user who is not root: the gateway's."""

Changes = dict[str, Any]
"""Tables of a site's file by name."""
Plant = Callable[[Planted], AbstractAsyncContextManager[None] | None]


@dataclass(frozen=True, slots=True)
class Mistake:
    """The healthy site, what is done to it, and what the doctor says: words of its finding. ``also``: findings that come beside it."""

    tree: str
    plant: Plant
    said: str
    also: int = 0


def edit(file: str, old: str, new: str, count: int = -1) -> Plant:
    """Other words in a file."""
    return lambda site: site.spoil(file, old, new, count)


def loaded(name: str, value: str) -> Plant:
    """Another value in the Asterisk that runs."""
    return lambda site: site.values.__setitem__(name, value)


def board(**changes: object) -> Plant:
    """Another value in the switchboard's table of the site's file."""
    return lambda site: site.set(**changes)


def both(*plants: Plant) -> Plant:
    """Several edits that make one mistake."""

    def plant(site: Planted) -> None:
        for one in plants:
            one(site)

    return plant


# --- of files that are lost, or another's ---------------------------------------------------------------------------------


def _lost(site: Planted) -> None:
    assert site.etc is not None
    (site.etc / "dialplan/onekey-take-back.conf").unlink()


def _no_prompts(site: Planted) -> None:
    assert site.etc is not None
    shutil.rmtree(site.etc.parents[1] / "sounds")


def _one_prompt(site: Planted) -> None:
    assert site.etc is not None
    (site.etc.parents[1] / "sounds/busy.wav").unlink()


def roots(name: str) -> Plant:
    """A file or folder of the run folder that root has made, where the gateway is not root. Whoever is not root himself plants one that
    nobody may write."""

    def plant(site: Planted) -> None:
        run = site.config.run_dir
        path = run / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        if os.geteuid() == 0:
            for one in (run, path.parent):
                os.chown(one, NOBODY, NOBODY)
        else:
            path.chmod(0o400)

    return plant


# --- of what runs ---------------------------------------------------------------------------------------------------------


def _clock(seconds: float) -> Plant:
    def plant(site: Planted) -> None:
        site.values["STRFTIME(,,%s%3q)"] = f"{(time.time() + seconds) * 1000:.0f}"

    return plant


def _another(site: Planted) -> None:
    other = Holder(
        place="elsewhere:/run",
        name="other",
        host="elsewhere",
        pid=7,
        api="10.0.0.9:8012",
        since=time.time(),
        at=time.time(),
    )
    site.values["ONEKEY_GATEWAY"] = other.written()


def withheld(*events: str) -> Plant:
    """Events of which the account is not told."""
    return lambda site: site.ami.withheld.update(events)


def _not_reloaded(site: Planted) -> None:
    before = site.ami.dialplan
    assert before is not None
    site.ami.dialplan = lambda context: [one.replace("Wait(0.2", "Wait(9") for one in before(context)][
        : -1 if context == "onekey-say" else None
    ]


def _secret(site: Planted) -> None:
    site.ami.secret = "another-secret"


def _down(site: Planted) -> None:
    site.set(port=9)


def api_at(port: int) -> Changes:
    """The API's port."""
    return {"api_port": port}


def push_at(port: int, **changes: object) -> Changes:
    """The platform of 110, to which records are pushed."""
    target = PushTarget(
        switchboard="110", url=f"http://127.0.0.1:{port}/v1/received", secret=b"a-secret-of-both-sides-1"
    )
    return {"push": (replace(target, **changes),)}  # type: ignore[arg-type]


def peer_at(port: int) -> Changes:
    """The platform of 110, whose records are fetched."""
    return {"peers": (PeerConfig(switchboard="110", url=f"http://127.0.0.1:{port}", token="a-token-of-110"),)}


def site(**changes: object) -> Plant:
    """Other tables of the site's file."""

    def plant(planted: Planted) -> None:
        planted.config = replace(planted.config, **changes)  # type: ignore[arg-type]

    return plant


def _answers(status: int, answer: object, at: Callable[[int], Changes] = api_at) -> Plant:
    """Something at the API's port, or where a platform should be, that answers so."""

    def plant(site: Planted) -> AbstractAsyncContextManager[None]:
        body = json.dumps(answer).encode()
        text = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body

        async def told(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(text)
            await writer.drain()
            writer.close()

        @asynccontextmanager
        async def there() -> AsyncIterator[None]:
            server = await asyncio.start_server(told, "127.0.0.1", 0)
            site.config = replace(site.config, **at(server.sockets[0].getsockname()[1]))
            async with server:
                yield

        return there()

    return plant


STORE_DOWN = {"what": "数据库写不进 / the store is down", "where": "store", "remedy": "检查磁盘 / check the disk"}
SEATS = "set_var = DYNAMIC_FEATURES=onekey     ; the key\n"

MISTAKES: dict[str, Mistake] = {
    # dialplan
    "dialplan/ is not included": Mistake("own", edit(EXT, '#include "dialplan/*.conf"', ""), "does not include dialplan/"),
    "one file of dialplan/ lost": Mistake("own", _lost, "the dialplan has no [onekey-take-back], [onekey-do-headers]"),
    "a step of ours changed": Mistake("shipped", edit("dialplan/onekey-alone.conf", "Wait(0.2)", "Wait(9)", 1), "[onekey-alone] differs"),
    "our queue with an option more": Mistake("shipped", edit("dialplan/onekey-hotline.conf", "cib(onekey-seat", "tcib(onekey-seat"), "[onekey-hotline] differs"),
    "a jump into nothing": Mistake("own", edit("dialplan/onekey-from-pstn.conf", "onekey-hotline,s,1", "hotlnie,s,1"), "[hotlnie]", also=1),
    # the site's own way into its queues
    "own Queue() without b": Mistake("own", edit(EXT, "Queue(zx-day,cb(onekey-seat^s^1))", "Queue(zx-day,c)"), "b(onekey-seat^s^1)"),
    "own Queue() without c": Mistake("own", edit(EXT, "Queue(zx-day,cb(", "Queue(zx-day,b("), "缺 c："),
    "own Queue() without onekey-alone": Mistake("own", edit(EXT, "Queue(zx-day,cb(onekey-seat^s^1))\n same => n,Goto(onekey-alone,s,1)", "Queue(zx-day,cb(onekey-seat^s^1))\n same => n,Hangup()"), "Goto(onekey-alone,s,1)"),
    "own Queue() without a caller's name": Mistake("own", edit(EXT, "exten => s,1,Gosub(onekey-caller,s,1(zx-day))", "exten => s,1,Answer()"), "缺 ONEKEY_CALLER"),
    "own Queue() of another name than the caller's": Mistake("own", edit(EXT, "1,Gosub(onekey-caller,s,1(zx-complaint))", "1,Gosub(onekey-caller,s,1(zx-day))"), "onekey-caller,s,1(zx-complaint)"),
    "a caller named by hand, without his queue": Mistake("own", edit(EXT, "1,Gosub(onekey-caller,s,1(zx-complaint))", "1,Set(__ONEKEY_CALLER=${CHANNEL})\n same => n,Set(__ONEKEY_CALLER_ID=${UNIQUEID})"), "ONEKEY_QUEUE=zx-complaint"),
    # trunks and targets
    "trunk in the site's own context": Mistake("own", edit(PJSIP, "[police]\ntype = endpoint\ncontext = onekey-from-trunk", "[police]\ntype = endpoint\ncontext = from-city"), "arrive in [from-city]"),
    "trunk without ONEKEY_TRUNK": Mistake("own", edit(PJSIP, "set_var = ONEKEY_TRUNK=110", "; "), "does not say which switchboard", also=1),
    "ONEKEY_TRUNK of another": Mistake("own", edit(PJSIP, "set_var = ONEKEY_TRUNK=110", "set_var = ONEKEY_TRUNK=119"), "ONEKEY_TRUNK of police", also=1),
    "trunk with direct_media": Mistake("own", edit(PJSIP, "identify_by = ip\naors = police", "identify_by = ip\naors = police\ndirect_media = yes"), "direct_media is on"),
    "a dial string to a trunk that is not there": Mistake("own", edit(EXT, "ONEKEY_DIAL_110 = PJSIP/110@police", "ONEKEY_DIAL_110 = PJSIP/110@polise"), "no endpoint [polise]"),
    "no way home": Mistake("own", edit(EXT, "ONEKEY_HOME_110 =", "ONEKEY_HOEM_110 ="), "ONEKEY_HOME_110 is missing"),
    "a target that nothing dials": Mistake("own", edit(EXT, "ONEKEY_DIAL_water =", "ONEKEY_DAIL_water ="), "nothing to dial for target water"),
    # keys
    "disconnect=*0": Mistake("own", edit(FEATURES, "blindxfer = #1", "blindxfer = #1\ndisconnect = *0"), "feature disconnect by *0"),
    "atxfer=*2": Mistake("own", edit(FEATURES, "atxfer = #2", "atxfer = *2"), "feature atxfer by *2"),
    "own application on *9": Mistake("own", edit(FEATURES, "rec => #9", "rec => *9"), "no seat reaches feature *9 (rec)"),
    "own application on *99": Mistake("own", edit(FEATURES, "rec => #9", "rec => *99"), "no seat reaches feature *99 (rec)"),
    "FEATUREMAP in the dialplan": Mistake("own", edit(EXT, "Set(QUEUE_PRIO=0)", "Set(FEATUREMAP(atxfer)=*3)"), "by *3"),
    "FEATUREMAP at a seat": Mistake("own", edit(PJSIP, "set_var = ONEKEY_SEAT=SIP-101", "set_var = ONEKEY_SEAT=SIP-101\nset_var = FEATUREMAP(parkcall)=*70"), "by *70"),
    "a key that only features.conf has": Mistake("shipped", edit(FEATURES, "*1&", "*11&"), "key *1 of the rules has no feature code", also=1),
    "another target behind a key": Mistake("shipped", edit(FEATURES, "press=119=", "press=120="), "key *2 does transfer 120"),
    "keys that no group has": Mistake("shipped", edit(FEATURES, "\nonekey-1 => *\n", "\n"), "no seat has the key"),
    # seats
    "DYNAMIC_FEATURES missing": Mistake("shipped", edit(PJSIP, SEATS, ""), "has no transfer key", also=1),
    "TRANSFER_CONTEXT missing": Mistake("own", edit(PJSIP, "set_var = TRANSFER_CONTEXT=onekey-refer   ; the", "; the"), "is not jailed"),
    "TRANSFER_CONTEXT missing, members come by themselves": Mistake("dynamic", edit("pjsip.d/all.conf", "set_var = TRANSFER_CONTEXT=onekey-refer   ; the", "; the"), "is not jailed"),
    "FORWARD_CONTEXT missing": Mistake("own", edit(PJSIP, "set_var = FORWARD_CONTEXT=onekey-forward", ""), "forwards takes callers with it"),
    "ONEKEY_SEAT missing": Mistake("own", edit(PJSIP, "set_var = ONEKEY_SEAT=SIP-101", ""), "seats without ONEKEY_SEAT"),
    "ONEKEY_SEAT of another": Mistake("own", edit(PJSIP, "set_var = ONEKEY_SEAT=SIP-101", "set_var = ONEKEY_SEAT=SIP-102"), "is not the endpoint's own name"),
    "ONEKEY_SEAT missing in the wizard": Mistake("own", edit(WIZARD, "endpoint/set_var = ONEKEY_SEAT=SIP-103", ""), "seats without ONEKEY_SEAT"),
    "direct_media = yes": Mistake("own", edit(PJSIP, "direct_media = no                     ; digits", "direct_media = yes ; digits"), "direct_media is on"),
    "direct_media not written": Mistake("own", edit(WIZARD, "endpoint/direct_media = no\n", ""), "direct_media is on"),
    "dtmf_mode = inband": Mistake("own", edit(WIZARD, "rfc4733", "inband"), "no key is read"),
    "a member without an endpoint": Mistake("own", edit(QUEUES, "PJSIP/SIP-102,0,SIP-102,PJSIP/SIP-102", "PJSIP/SIP-1O2,0,SIP-102,PJSIP/SIP-1O2"), "PJSIP/SIP-1O2 has no endpoint", also=1),
    "a seat in no queue": Mistake("own", edit(QUEUES, "member => PJSIP/SIP-102,0,SIP-102,PJSIP/SIP-102", ""), "seats in no queue"),
    # queues
    "one of two queues not in the site's file": Mistake("own", board(queues=("zx-day",)), "does not name"),
    "a queue of the site's file that is not there": Mistake("own", board(queues=("zx-day", "zx-complaint", "alrm")), "there is no queue alrm"),
    "ONEKEY_QUEUE is not there": Mistake("own", edit(EXT, "ONEKEY_QUEUE = zx-day", "ONEKEY_QUEUE = zx-dya"), "there is no such queue"),
    "ringinuse = yes": Mistake("own", edit(QUEUES, "ringinuse = no", "ringinuse = yes", 1), "[zx-day] ringinuse"),
    "ringinuse not written": Mistake("shipped", edit(QUEUES, "ringinuse = no", ";"), "[12345] ringinuse"),
    "leavewhenempty = yes": Mistake("own", edit(QUEUES, "leavewhenempty = no", "leavewhenempty = yes", 1), "thrown out"),
    "joinempty = no": Mistake("own", edit(QUEUES, "joinempty = yes", "joinempty = no", 1), "turned away while"),
    "maxlen": Mistake("own", edit(QUEUES, "retry = 1", "retry = 1\nmaxlen = 5", 1), "beyond that are turned away"),
    # the switchboard itself
    "systemname empty": Mistake("own", edit(ASTERISK, "systemname = 12345", ";"), "systemname is –"),
    "systemname of the other": Mistake("own", edit(ASTERISK, "systemname = 12345", "systemname = 110"), "systemname is 110"),
    "ONEKEY_HERE of the other": Mistake("own", edit(EXT, "ONEKEY_HERE = 12345", "ONEKEY_HERE = 110"), "ONEKEY_HERE is 110"),
    "ONEKEY_RING_S missing": Mistake("own", edit(EXT, "ONEKEY_RING_S = 25", ";"), "without a figure"),
    "prompts folder missing": Mistake("own", _no_prompts, "folder of prompts is not there"),
    "a prompt missing": Mistake("own", _one_prompt, "prompts are missing"),
    "ONEKEY_SOUNDS missing": Mistake("own", edit(EXT, "ONEKEY_SOUNDS =", "ONEKEY_SOUND ="), "no ONEKEY_SOUNDS"),
    "a module missing": Mistake("own", edit(MODULES, "load = func_global.so", ";"), "the dialplan does not run"),
    "a module forbidden": Mistake("dynamic", edit(MODULES, "noload = chan_sip.so", "noload = app_queue.so"), "the dialplan does not run"),
    # the gateway's account
    "AMI read lacks user": Mistake("own", edit(MANAGER, "read = system,call,user,agent", "read = system,call,agent"), "lacks user in read"),
    "AMI read lacks agent": Mistake("own", edit(MANAGER, "read = system,call,user,agent", "read = system,call,user"), "lacks agent in read"),
    "AMI write lacks message": Mistake("own", edit(MANAGER, "agent,message", "agent"), "lacks message in write"),
    "no such AMI account": Mistake("own", edit(MANAGER, "[onekey]", "[gateway]"), "there is no account [onekey]"),
    "AMI rights that are dangerous": Mistake("own", edit(MANAGER, "write = originate", "write = command,originate"), "dangerous right command"),
    "timestampevents off": Mistake("own", edit(MANAGER, "timestampevents = yes", ";"), "timestampevents is off"),
    "AMI secret of another": Mistake("own", _secret, "Asterisk refused to log account onekey in"),
    "nobody at AMI's port": Mistake("own", _down, "cannot be reached"),
    # what runs is not what is written
    "files changed and not loaded": Mistake("own", loaded("ONEKEY_RETURN_S", "99"), "what runs has 99"),
    "dialplan not reloaded": Mistake("own", _not_reloaded, "[onekey-say]"),
    "systemname written and not loaded": Mistake("own", loaded("SYSTEMNAME", ""), "systemname is –"),
    "a module that did not load": Mistake("own", loaded("IFMODULE(app_bridgeaddchan.so)", "0"), "not loaded in the Asterisk that runs"),
    "a queue that did not load": Mistake("own", loaded("QUEUE_EXISTS(zx-complaint)", "0"), "the Asterisk that runs has no such queue"),
    "clocks apart": Mistake("own", _clock(60.0), "differ by +"),
    "a second gateway": Mistake("own", _another, "another gateway is attached"),
    # an Asterisk on another machine
    "remote: no ONEKEY_HERE": Mistake("remote", loaded("ONEKEY_HERE", ""), "ONEKEY_HERE is –"),
    "remote: ONEKEY_RING_S missing": Mistake("remote", loaded("ONEKEY_RING_S", ""), "without a figure"),
    "remote: a target that nothing dials": Mistake("remote", loaded("ONEKEY_DIAL_119", ""), "there is nothing to dial for it"),
    "remote: a trunk that is not there": Mistake("remote", loaded("PJSIP_ENDPOINT(trunk-110,context)", ""), "there is no such endpoint"),
    "remote: a trunk in another context": Mistake("remote", loaded("PJSIP_ENDPOINT(trunk-110,context)", "from-city"), "arrive in [from-city]"),
    "remote: direct_media": Mistake("remote", loaded("PJSIP_ENDPOINT(1001,direct_media)", "true"), "direct_media is on"),
    "remote: a member without a phone": Mistake("remote", loaded("PJSIP_ENDPOINT(1001,context)", ""), "queue members without an endpoint"),
    "remote: atxfer=*2": Mistake("remote", loaded("FEATUREMAP(atxfer)", "*2"), "feature atxfer by *2 as it runs"),
    "remote: no events of presses": Mistake("remote", withheld("UserEvent"), "told no events of user"),
    "remote: no events of queues": Mistake("remote", withheld("QueueMemberPenalty"), "told no events of agent"),
    # the gateway itself
    "audit log of root": Mistake("own", roots("audit/audit-2026-11.jsonl"), "may not write"),
    "report columns of root": Mistake("own", roots("onekey.db.columns/lock"), "may not write"),
    "tape of root": Mistake("own", roots("tape.jsonl"), "may not write"),
    "the gateway is not ready": Mistake("own", _answers(503, {"ready": False, "problems": [STORE_DOWN]}), "the store is down"),
    "the gateway has something to say": Mistake("own", _answers(200, {"ready": True, "problems": [STORE_DOWN]}), "the store is down"),
    "a gateway of another token": Mistake("own", _answers(200, {"ready": True}), "does not know this configuration's token"),
    "another program at the API's port": Mistake("own", _answers(404, {}), "is no gateway"),
    # other platforms
    "nobody at a platform's port": Mistake("own", site(**push_at(1)), "the port refuses connections"),
    "a platform's authority is gone": Mistake("own", site(**push_at(1, url="https://127.0.0.1:1/", ca=Path("/gone.pem"))), "the file of the private CA cannot be used"),
    "a push to another address of a gateway": Mistake("own", _answers(401, {"error_id": "no_token", "details": {}}, push_at), "it has no such address"),
    "a push that is sent elsewhere": Mistake("own", _answers(302, {}, push_at), "302 sends elsewhere"),
    "a peer's token is another": Mistake("own", _answers(401, {"error_id": "no_token", "details": {}}, peer_at), "does not accept the token", also=1),
    "a peer's token may not read": Mistake("own", _answers(403, {"error_id": "scope_needed", "details": {"scope": "read"}}, peer_at), "no right to read", also=1),
    "a peer that is no gateway": Mistake("own", _answers(404, {}, peer_at), "is not onekey's interface", also=1),
}  # fmt: skip
