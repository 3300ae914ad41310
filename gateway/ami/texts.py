"""Texts for people of ``ami``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import Pair, Template, pair

IN_ONE_LINE = Template("{where}：{what}{remedy}")
"""In Chinese."""
CANNOT_BE_REACHED = pair("连接不上 AMI 端口（{why}）。", "The AMI port cannot be reached ({why}).")
CHECK_PORT_AND_FIREWALL = Pair(
    "请检查 Asterisk 是否在运行、manager.conf 的 enabled、bindaddr 和 port、以及防火墙。",
    "Check that Asterisk runs, enabled, bindaddr and port in manager.conf, and the firewall.",
)
NOT_AMI = pair("对方发来的不是 AMI（{why}）。", "What came from there is not AMI ({why}).")
CHECK_THE_PORT = Pair(
    "请检查端口号：网关需要 manager.conf 中的 port（通常 5038），而不是 SIP、HTTP 或 TLS 端口。",
    "Check the port: it must be the port of manager.conf (usually 5038), not one of SIP, HTTP or TLS.",
)
LOGIN_REFUSED = pair(
    "Asterisk 拒绝账号 {account} 登录（{message}）。", "Asterisk refused to log account {account} in ({message})."
)
CHECK_THE_ACCOUNT = pair(
    "请检查 manager.conf 的 [{account}] 段：secret 是否与网关配置一致，permit 和 deny 是否放行本机，allowmultiplelogin 是否为 yes；改后执行 manager reload。",
    "Check section [{account}] of manager.conf: secret as in the gateway's configuration, permit and deny letting this host in, allowmultiplelogin = yes; then run: manager reload.",
)
SILENT = pair("{after_s:g} 秒内没有等到 {waited_for}。", "No {waited_for} within {after_s:g} s.")
CHECK_WHETHER_IT_HANGS = Pair(
    "请检查 Asterisk 是否卡住（core show threads）、网络是否单向中断。",
    "Check whether Asterisk hangs (core show threads) and whether the network is cut in one direction.",
)
NOT_BOOTED = pair(
    "登录后 {after_s:g} 秒内没有收到 FullyBooted。", "No FullyBooted event within {after_s:g} s of the login."
)
CHECK_READ_SYSTEM = pair(
    "请检查 manager.conf 的 [{account}] 段 read 是否包含 system，以及 Asterisk 是否启动完毕（core waitfullybooted）。",
    "Check that read in section [{account}] of manager.conf has system, and that Asterisk has started (core waitfullybooted).",
)
TOO_OLD = pair(
    "Asterisk 版本为 {version}，需要 {needed} 或更高。", "This is Asterisk {version}; {needed} or later is needed."
)
UPGRADE_ASTERISK = Pair(
    "请升级 Asterisk（建议 22.10.1 或更高）；在此之前网关不接管这台交换机，按键由拨号方案自行转接。",
    "Upgrade Asterisk (22.10.1 or later is advised); until then the gateway leaves this switchboard alone and the dialplan transfers by itself.",
)
ACTION_REFUSED = pair("Asterisk 拒绝了 {action}（{message}）。", "Asterisk refused {action} ({message}).")
CHECK_WRITE_AND_APP_QUEUE = Pair(
    "请检查 manager.conf 中该账号的 write 是否包含 originate,call,reporting,agent,message，以及 app_queue 是否已加载。",
    "Check that write of this account in manager.conf has originate,call,reporting,agent,message, and that app_queue is loaded.",
)
RIGHTS_MISSING = pair(
    "该账号没有执行 {actions} 的权限，转接命令会失败。", "This account may not run {actions}: transfers will fail."
)
SET_WRITE = Pair(
    "请在 manager.conf 中把 write 设为 originate,call,reporting,agent,message，然后执行 manager reload。",
    "Set write = originate,call,reporting,agent,message in manager.conf, then run: manager reload.",
)
CONNECTION_HAS_ENDED = pair("连接中断（{why}）。", "The connection has ended ({why}).")
IT_RECONNECTS_BY_ITSELF = Pair(
    "网关会自动重连；若反复出现，请检查 Asterisk 日志和 manager.conf 的 writetimeout（应为 5000）。",
    "The gateway reconnects by itself; if this repeats, see Asterisk's log and writetimeout in manager.conf (5000).",
)
HELD = pair(
    "这台总机已由另一个网关接入：{holder}。",
    "Another gateway is attached to this switchboard: {holder}.",
)
STOP_ONE_OF_THEM = pair(
    "一台总机只能有一个网关：停掉其中一个（在该机器上 systemctl stop onekey）；它若已不在，{stale_s:g} 秒后本网关自动接管。",
    "A switchboard has one gateway: stop one of them (systemctl stop onekey on that machine); "
    "if it is gone, this one takes over after {stale_s:g} s.",
)
CLAIM_REFUSED = pair(
    "网关的名称太长，写不进这台总机（{why}）。", "The gateway's name cannot be written at this switchboard ({why})."
)
SHORTEN_THE_NAME = Pair(
    "请缩短网关配置中的 name 或 run_dir（汉字一个占 9 字节），然后重启网关。",
    "Shorten name or run_dir in the gateway's configuration (a Chinese character takes 9 bytes), then restart the gateway.",
)
LINK_FAILED = pair("网关程序出错，连接中断（{why}）。", "An error of the program has ended the link ({why}).")
KEEP_THE_LOG_AND_REPORT = Pair(
    "网关会自动重连；请保留日志并报告，必要时重启网关。",
    "The gateway reconnects by itself; keep the log and report it, restart the gateway if need be.",
)
