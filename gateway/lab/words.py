"""What ``onekey lab status`` prints: all that is needed to register a phone by hand."""

from __future__ import annotations

from gateway.lab.lab import Lab


def describe(lab: Lab) -> str:
    """A page for a person, Chinese first."""
    lines = [
        f"实验环境 lab: {lab['name']}    {lab['asterisk']['version']}",
        f"目录 folder: {lab['dir']}",
        "",
    ]
    for side, board in lab["switchboards"].items():
        alive = "运行中 up" if lab.get("alive", {}).get(side, True) else "已停止 DOWN"
        sip = f"{board['sip']['host']}:{board['sip']['port']}"
        ami = board["ami"]
        lines += [
            f"【{side}】 {alive}",
            f"  SIP 服务器 server     {sip} (UDP)",
            f"  AMI                   {ami['host']}:{ami['port']}  用户 user {ami['user']}  密码 {ami['secret']}",
            "  坐席 seats            " + "  ".join(f"{seat['number']}/{seat['password']}" for seat in board["seats"]),
            "  来电人 callers        "
            + "  ".join(f"{caller['number']}/{caller['password']}" for caller in board["callers"]),
            f"  来电人拨 callers dial {board['hotline']}",
            "",
        ]
    lines.append("坐席按键 keys of a seat, during a call (RFC 4733):")
    lines += [f"  {key}  {words['zh']} / {words['en']}" for key, words in lab["keys"].items()]
    api = lab["api"]
    gateway = lab["gateway"]["pid"]
    running = f"运行中 up (pid {gateway})" if gateway else "未运行 not running：onekey run --lab"
    lines += ["", f"网关 gateway: {running}", f"API: http://{api['host']}:{api['port']}/v1  token {api['token']}"]
    return "\n".join(lines)
