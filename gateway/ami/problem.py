"""Why a link is down: what, where, and what to do, in Chinese and English, for ``doctor``, ``readyz`` and the log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkProblem:
    """One problem of one link. ``id`` is stable; ``where`` is ``user@host:port``; the texts are whole sentences."""

    id: str
    where: str
    what_zh: str
    what_en: str
    remedy_zh: str
    remedy_en: str

    def text(self, language: str = "en") -> str:
        """Fault and remedy in one line. ``language`` is ``zh`` or ``en``."""
        if language.startswith("zh"):
            return f"{self.where}：{self.what_zh}{self.remedy_zh}"
        return f"{self.where}: {self.what_en} {self.remedy_en}"


class LinkFault(Exception):
    """A link cannot go on. ``patient``: a person must act first, so the next try comes after the longest pause."""

    def __init__(self, problem: LinkProblem, why: str, patient: bool = False) -> None:
        super().__init__(why)
        self.problem = problem
        self.why = why
        self.patient = patient


def unreachable(where: str, why: str) -> LinkFault:
    """No TCP connection: port closed, no route, no answer in time."""
    problem = LinkProblem(
        "ami_unreachable",
        where,
        f"连接不上 AMI 端口（{why}）。",
        f"The AMI port cannot be reached ({why}).",
        "请检查 Asterisk 是否在运行、manager.conf 的 enabled、bindaddr 和 port、以及防火墙。",
        "Check that Asterisk runs, enabled, bindaddr and port in manager.conf, and the firewall.",
    )
    return LinkFault(problem, f"unreachable: {why}")


def not_ami(where: str, why: str) -> LinkFault:
    """Something answers, but it does not speak AMI, or not as we know it."""
    problem = LinkProblem(
        "ami_garbled",
        where,
        f"对方发来的不是 AMI（{why}）。",
        f"What came from there is not AMI ({why}).",
        "请检查端口号：网关需要 manager.conf 中的 port（通常 5038），而不是 SIP、HTTP 或 TLS 端口。",
        "Check the port: it must be the port of manager.conf (usually 5038), not one of SIP, HTTP or TLS.",
    )
    return LinkFault(problem, why)


def login_refused(where: str, account: str, message: str) -> LinkFault:
    """Wrong secret, no such account, address not permitted, or the account is in use."""
    problem = LinkProblem(
        "ami_login_refused",
        where,
        f"Asterisk 拒绝账号 {account} 登录（{message}）。",
        f"Asterisk refused to log account {account} in ({message}).",
        f"请检查 manager.conf 的 [{account}] 段：secret 是否与网关配置一致，"
        "permit 和 deny 是否放行本机，allowmultiplelogin 是否为 yes；改后执行 manager reload。",
        f"Check section [{account}] of manager.conf: secret as in the gateway's configuration, permit and deny letting "
        "this host in, allowmultiplelogin = yes; then run: manager reload.",
    )
    return LinkFault(problem, f"login refused: {message}", patient=True)


def silent(where: str, waited_for: str, after_s: float) -> LinkFault:
    """Connected, but an answer that must come does not."""
    problem = LinkProblem(
        "ami_silent",
        where,
        f"{after_s:g} 秒内没有等到 {waited_for}。",
        f"No {waited_for} within {after_s:g} s.",
        "请检查 Asterisk 是否卡住（core show threads）、网络是否单向中断。",
        "Check whether Asterisk hangs (core show threads) and whether the network is cut in one direction.",
    )
    return LinkFault(problem, f"no {waited_for} within {after_s:g} s")


def not_booted(where: str, account: str, after_s: float) -> LinkFault:
    """Logged in, but ``FullyBooted`` does not come."""
    problem = LinkProblem(
        "ami_not_booted",
        where,
        f"登录后 {after_s:g} 秒内没有收到 FullyBooted。",
        f"No FullyBooted event within {after_s:g} s of the login.",
        f"请检查 manager.conf 的 [{account}] 段 read 是否包含 system，"
        "以及 Asterisk 是否启动完毕（core waitfullybooted）。",
        f"Check that read in section [{account}] of manager.conf has system, and that Asterisk has started "
        "(core waitfullybooted).",
    )
    return LinkFault(problem, f"no FullyBooted within {after_s:g} s", patient=True)


def too_old(where: str, version: str, needed: str) -> LinkFault:
    """An Asterisk that has the faults which the transfer cannot live with."""
    problem = LinkProblem(
        "asterisk_too_old",
        where,
        f"Asterisk 版本为 {version}，需要 {needed} 或更高。",
        f"This is Asterisk {version}; {needed} or later is needed.",
        "请升级 Asterisk（建议 22.10.1 或更高）；在此之前网关不接管这台交换机，按键由拨号方案自行转接。",
        "Upgrade Asterisk (22.10.1 or later is advised); until then the gateway leaves this switchboard alone and the "
        "dialplan transfers by itself.",
    )
    return LinkFault(problem, f"Asterisk {version} is older than {needed}", patient=True)


def action_refused(where: str, action: str, message: str) -> LinkFault:
    """An action of the snapshot was refused."""
    problem = LinkProblem(
        "ami_action_refused",
        where,
        f"Asterisk 拒绝了 {action}（{message}）。",
        f"Asterisk refused {action} ({message}).",
        "请检查 manager.conf 中该账号的 write 是否包含 originate,call,reporting,agent,message，"
        "以及 app_queue 是否已加载。",
        "Check that write of this account in manager.conf has originate,call,reporting,agent,message, "
        "and that app_queue is loaded.",
    )
    return LinkFault(problem, f"{action} refused: {message}", patient=True)


def rights_missing(where: str, actions: str) -> LinkProblem:
    """The link is up and sees, but some commands will be refused."""
    return LinkProblem(
        "ami_rights_missing",
        where,
        f"该账号没有执行 {actions} 的权限，转接命令会失败。",
        f"This account may not run {actions}: transfers will fail.",
        "请在 manager.conf 中把 write 设为 originate,call,reporting,agent,message，然后执行 manager reload。",
        "Set write = originate,call,reporting,agent,message in manager.conf, then run: manager reload.",
    )


def lost(where: str, why: str) -> LinkFault:
    """A link that was up has ended."""
    problem = LinkProblem(
        "ami_lost",
        where,
        f"连接中断（{why}）。",
        f"The connection has ended ({why}).",
        "网关会自动重连；若反复出现，请检查 Asterisk 日志和 manager.conf 的 writetimeout（应为 5000）。",
        "The gateway reconnects by itself; if this repeats, see Asterisk's log "
        "and writetimeout in manager.conf (5000).",
    )
    return LinkFault(problem, why)
