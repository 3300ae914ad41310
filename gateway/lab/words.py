"""The page of ``onekey lab status``: all that is needed to register a phone by hand."""

from __future__ import annotations

from gateway.lab import origin
from gateway.lab.boards import Key, Lab

MODES = {
    "": ("转到", "transfer to"),
    "warm": ("转到", "transfer to"),
    "blind": ("立即转到", "send to, at once,"),
    "silent": ("直接交给", "hand over to"),
    "consult": ("三方协商：", "consult"),
    "conference": ("邀请加入：", "call in"),
}
ACTIONS = {
    "cancel": "收回来电人、取消转接 / take the caller back, cancel",
    "accept": "接受 / accept",
    "decline": "不接受 / decline",
}


def what_it_does(key: Key) -> str:
    """A key in words."""
    if key["action"] in ACTIONS:
        return ACTIONS[key["action"]]
    zh, en = MODES[key["mode"]]
    target_zh, target_en = ("对方总机", "the other switchboard") if key["target"] == "other" else (key["target"],) * 2
    return f"{zh}{target_zh} / {en} {target_en}"


def describe(lab: Lab) -> str:
    """A page for a person, Chinese first."""
    lines = [
        f"实验环境 lab: {lab['name']}    {lab['asterisk']['version']}",
        f"补丁 patch: {origin.WORDS[origin.of(lab['asterisk']['version'])]}",
        f"目录 folder: {lab['dir']}",
        "",
    ]
    transport = "TLS, SRTP" if lab.get("secure") else "UDP"
    for side, board in lab["switchboards"].items():
        alive = "运行中 up" if lab.get("alive", {}).get(side, True) else "已停止 DOWN"
        sip = f"{board['sip']['host']}:{board['sip']['port']}"
        ami = board["ami"]
        lines += [
            f"【{side}】 {alive}",
            f"  SIP 服务器 server     {sip} ({transport})",
            f"  AMI                   {ami['host']}:{ami['port']}  用户 user {ami['user']}  密码 {ami['secret']}",
            "  坐席 seats            " + "  ".join(f"{seat['number']}/{seat['password']}" for seat in board["seats"]),
            "  来电人 callers        "
            + "  ".join(f"{caller['number']}/{caller['password']}" for caller in board["callers"]),
            f"  来电人拨 callers dial {board['hotline']}",
            "  服务 services         "
            + "  ".join(f"{service['number']}/{service['password']}" for service in board["services"]),
            "",
        ]
    lines.append("坐席按键 keys of a seat, during a call (RFC 4733):")
    lines += [f"  {key['code']:<5}{what_it_does(key)}" for key in lab["keys"]]
    lines.append(
        "坐席话机的转接键（REFER）可拨 transfer button (REFER): 110  12345  119  120  122  water  power  gas  heat"
    )
    api = lab["api"]
    gateway = lab["gateway"]["pid"]
    running = f"运行中 up (pid {gateway})" if gateway else "未运行 not running：onekey run --lab"
    lines += ["", f"网关 gateway: {running}", f"API: http://{api['host']}:{api['port']}/v1  token {api['token']}"]
    return "\n".join(lines)
