"""The page of ``onekey lab status``: all that is needed to register a phone by hand."""

from __future__ import annotations

from gateway.core.values.bilingual import both
from gateway.lab import origin, texts
from gateway.lab.boards import Key, Lab

DEFAULT = "default"
"""The lab that ``--lab`` means where no name follows."""
MODES = {
    "": texts.TRANSFER_TO,
    "warm": texts.TRANSFER_TO,
    "blind": texts.SEND_TO_AT_ONCE,
    "silent": texts.HAND_OVER_TO,
    "consult": texts.CONSULT,
    "conference": texts.CALL_IN,
}
ACTIONS = {
    "cancel": texts.TAKE_THE_CALLER_BACK,
    "accept": texts.ACCEPT,
    "decline": texts.DECLINE,
}


def what_it_does(key: Key) -> str:
    """A key in words."""
    if key["action"] in ACTIONS:
        return ACTIONS[key["action"]]
    zh, en = MODES[key["mode"]]
    named = (key.get("name") or key["target"], key["target"])
    target_zh, target_en = texts.THE_OTHER_SWITCHBOARD if key["target"] == "other" else named
    return both(f"{zh}{target_zh}", f"{en} {target_en}")


def _named(name: str) -> str:
    """A lab's name as ``--lab`` takes it: nothing for the one that it means by itself."""
    return "" if name == DEFAULT else f" {name}"


def describe(lab: Lab) -> str:
    """A page for a person, Chinese first."""
    lines = [
        texts.LAB_NAME_VERSION(name=lab["name"], version=lab["asterisk"]["version"]),
        texts.PATCH_WORDS(words=origin.WORDS[origin.of(lab["asterisk"]["version"])]),
        texts.FOLDER_DIR(dir=lab["dir"]),
        "",
    ]
    transport = "TLS, SRTP" if lab.get("secure") else "UDP"
    for side, board in lab["switchboards"].items():
        alive = texts.UP if lab.get("alive", {}).get(side, True) else texts.DOWN
        sip = f"{board['sip']['host']}:{board['sip']['port']}"
        ami = board["ami"]
        lines += [
            texts.SIDE_ALIVE(side=side, alive=alive),
            texts.SIP_SERVER_SIP(sip=sip, transport=transport),
            texts.AMI_HOST(host=ami["host"], port=ami["port"], user=ami["user"], secret=ami["secret"]),
            texts.SEATS + "  ".join(f"{seat['number']}/{seat['password']}" for seat in board["seats"]),
            texts.CALLERS + "  ".join(f"{caller['number']}/{caller['password']}" for caller in board["callers"]),
            texts.CALLERS_DIAL_HOTLINE(hotline=board["hotline"]),
            texts.SERVICES + "  ".join(f"{service['number']}/{service['password']}" for service in board["services"]),
            "",
        ]
    lines.append(texts.KEYS_OF_A_SEAT)
    lines += [f"  {key['code']:<5}{what_it_does(key)}" for key in lab["keys"]]
    lines.append(texts.REFER_TRANSFER_BUTTON)
    api = lab["api"]
    gateway = lab["gateway"]["pid"]
    running = (
        texts.UP_PID_GATEWAY(gateway=gateway) if gateway else texts.NOT_RUNNING_ONEKEY_RUN_LAB(name=_named(lab["name"]))
    )
    lines += [
        "",
        texts.GATEWAY_RUNNING(running=running),
        f"API: http://{api['host']}:{api['port']}/v1  token {api['token']}",
    ]
    return "\n".join(lines)
