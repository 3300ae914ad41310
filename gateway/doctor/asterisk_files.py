"""The configuration files of an Asterisk, compared with what the gateway, the rules and the dialplan itself need.

Files are read as text, so that everything but the link itself is checked without an Asterisk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.config.settings import SwitchboardConfig
from gateway.core.rules.rule_set import RuleSet
from gateway.doctor.asterisk_config import Sections, read_all, sections, text_of
from gateway.doctor.asterisk_keys import GROUP, compared, groups, homes, keys_of, peers_of, shown, targets
from gateway.doctor.findings import Finding

CONTEXTS = {
    "hotline": ("s",),
    "from-pstn": (),
    "from-seat": (),
    "from-trunk": ("onekey-press", "onekey-do", "onekey-joined", "checked", "pressed-by"),
    "onekey-alone": ("s",),
    "onekey-answer": ("s",),
    "onekey-button": ("s",),
    "onekey-by-plan": ("s", "three", "climb"),
    "onekey-callback": ("s",),
    "onekey-clean": ("s", "left", "two", "pair", "in", "out"),
    "onekey-called-back": ("s", "answered"),
    "onekey-consult-gone": ("s",),
    "onekey-consulted": ("s", "answered", "stop"),
    "onekey-do-headers": ("s",),
    "onekey-fence": ("s",),
    "onekey-fork": ("s",),
    "onekey-fork-branch": ("s",),
    "onekey-forward": ("s",),
    "onekey-forwards": ("s",),
    "onekey-handed": ("s",),
    "onekey-handing": ("s",),
    "onekey-held": ("in", "gone", "music"),
    "onekey-home-answer": ("s",),
    "onekey-home-headers": ("s",),
    "onekey-join": ("s", "again"),
    "onekey-kept": ("press", "leg", "gone", "forget"),
    "onekey-left": ("s",),
    "onekey-key": ("s", "signs", "on"),
    "onekey-leg-gone": ("s",),
    "onekey-nobody": ("s",),
    "onekey-none": (),
    "onekey-press": ("s", "pressed", "carried", "remember"),
    "onekey-queue": ("s",),
    "onekey-refer": (),
    "onekey-release": ("s", "rung", "go", "joins"),
    "onekey-ring": ("s", "leg"),
    "onekey-say": ("whisper", "play"),
    "onekey-second": ("s",),
    "onekey-sent": ("s", "freed"),
    "onekey-seat": ("s",),
    "onekey-seat-gone": ("s",),
    "onekey-stranger": ("s",),
    "onekey-take-back": ("s", "do"),
    "onekey-whose": ("s", "take", "of", "line"),
    "onekey-words": ("s", "later"),
}
"""Every context that the gateway, an endpoint or the dialplan names, with the extensions that are named."""
JAIL = "onekey-refer"
"""The one context in which a seat's transfer button may end."""
FORWARDS = "onekey-forward"
"""The one context in which a phone's 302 may end."""


def files(board: SwitchboardConfig, folder: Path, rules: RuleSet | None) -> list[Finding]:
    """Findings of one switchboard's configuration files. ``folder`` is its etc."""
    found: list[Finding] = []
    read = read_all(folder, found)
    globals_ = dict(read["extensions"].get("globals", []))
    features, extensions = str(folder / "features.conf"), str(folder / "extensions.conf")
    keys = keys_of(read["features"])
    found += _dialplan(read["extensions"], extensions)
    found += groups(read["features"], keys, features)
    if rules is not None:
        found += compared(keys, rules, peers_of(globals_), features)
    found += targets(keys, rules, globals_, extensions)
    found += shown(read["pjsip"], globals_, str(folder))
    found += homes(globals_, extensions)
    found += _seats(read["pjsip"], read["queues"], board, str(folder))
    found += _manager(read["manager"], str(folder / "manager.conf"))
    found += _variables_told(folder)
    return found or [Finding("ok", "配置文件齐全 / the configuration files are complete", str(folder))]


def _variables_told(folder: Path) -> Iterable[Finding]:
    """Whether Asterisk tells each variable that is set: half of all its events, which nobody here reads, at the cost of each key."""
    path = folder / "stasis.conf"
    declined = sections(text_of(folder, path.name) if path.exists() else "").get("declined_message_types", [])
    if ("decline", "ast_channel_varset_type") not in declined:
        what = (
            "Asterisk 把每次变量赋值都作为事件发出，按键到振铃约慢四分之一 / Asterisk publishes an event for each variable that is set, which "
            "makes a key about a quarter slower"
        )
        remedy = (
            "没有别的程序使用 VarSet 时：复制 asterisk-conf/both/stasis.conf，重启 Asterisk / where no other program reads VarSet, copy "
            "asterisk-conf/both/stasis.conf and restart Asterisk"
        )
        yield Finding("warning", what, str(path), remedy)


def _dialplan(contexts: Sections, where: str) -> Iterable[Finding]:
    for context, needed in CONTEXTS.items():
        if context not in contexts:
            remedy = f"从 dialplan/ 补回 [{context}] / restore [{context}] from dialplan/"
            yield Finding("error", f"拨号方案缺少 [{context}] / the dialplan has no [{context}]", where, remedy)
            continue
        extensions = {value.split(",")[0] for name, value in contexts[context] if name == "exten"}
        for extension in needed:
            if extension not in extensions:
                what = f"[{context}] 缺少分机 {extension} / has no extension {extension}"
                yield Finding("error", what, where, "从 dialplan/ 补回 / restore it from dialplan/")
        for name, value in contexts[context]:
            if (
                name in ("exten", "same")
                and (match := re.search(r",(?:Goto|Gosub)\((\w[\w-]{0,79}),[^,()]{1,79},\d", value))
                and match[1] not in contexts
            ):
                what = f"[{context}] 跳到不存在的 [{match[1]}] / jumps to [{match[1]}], which is missing"
                yield Finding("error", what, where, f"补上 [{match[1]}] 或改跳转 / add [{match[1]}] or mend the jump")


def _seats(pjsip: Sections, queues: Sections, board: SwitchboardConfig, where: str) -> Iterator[Finding]:
    for queue in board.queues:
        if queue not in queues:
            remedy = f"在 queues.conf 加 [{queue}] / add [{queue}] to queues.conf"
            yield Finding("error", f"没有队列 {queue} / there is no queue {queue}", where, remedy)
    members = {value.split(",")[0] for section in queues.values() for name, value in section if name == "member"}
    for member in sorted(members):
        seat = member.removeprefix("PJSIP/")
        values = pjsip.get(seat, [])
        if ("type", "endpoint") not in values:
            what = f"队列成员 {member} 没有话机账号 / queue member {member} has no endpoint"
            yield Finding("error", what, where, f"在 pjsip.conf 加 [{seat}] / add [{seat}] to pjsip.conf")
            continue
        yield from _seat(seat, values, where)


def _seat(seat: str, values: list[tuple[str, str]], where: str) -> Iterator[Finding]:
    """The variables by which a seat has keys, and its transfer button and its forwards a jail. Of one name the last counts."""
    pairs = (value.partition("=") for name, value in values if name == "set_var")
    variables = {name.strip(): value.strip() for name, _, value in pairs}
    features = variables.get("DYNAMIC_FEATURES")
    remedy = f"加 set_var = DYNAMIC_FEATURES={GROUP} / add that line to the seat"
    if features is None:
        what = f"坐席 {seat} 没有转接按键 / seat {seat} has no transfer key"
        yield Finding("error", what, where, remedy)
    elif GROUP not in features.split("#"):
        what = f"坐席 {seat} 的 DYNAMIC_FEATURES 是 {features}，不含 {GROUP} / DYNAMIC_FEATURES of seat {seat} is {features}, without {GROUP}"
        yield Finding("error", what, where, remedy)
    jail = variables.get("TRANSFER_CONTEXT")
    remedy = f"加 set_var = TRANSFER_CONTEXT={JAIL} / add that line to the seat"
    if jail is None:
        what = f"坐席 {seat} 的转接键没有限制范围 / the transfer button of seat {seat} is not jailed"
        yield Finding("error", what, where, remedy)
    elif jail != JAIL:
        what = f"坐席 {seat} 的转接键通向 [{jail}] / the transfer button of seat {seat} leads to [{jail}]"
        yield Finding("error", what, where, remedy)
    if variables.get("FORWARD_CONTEXT") != FORWARDS:
        what = (
            f"坐席 {seat} 的话机设置呼叫转移时会把来电人转走"
            f" / a phone of seat {seat} that forwards takes callers with it"
        )
        remedy = f"加 set_var = FORWARD_CONTEXT={FORWARDS} / add that line to the seat"
        yield Finding("error", what, where, remedy)


def _manager(manager: Sections, where: str) -> Iterable[Finding]:
    general = dict(manager.get("general", []))
    if general.get("webenabled", "no").lower() in ("yes", "true", "on", "1"):
        yield Finding("error", "AMI 经 HTTP 开放 / AMI is open over HTTP", where, "webenabled = no")
    if general.get("bindaddr", "0.0.0.0") in ("0.0.0.0", "::"):  # noqa: S104 - looked for, not bound
        remedy = "bindaddr 设为内网或回环地址 / set bindaddr to an inside or loopback address"
        yield Finding("error", "AMI 监听所有地址 / AMI listens on every address", where, remedy)
    for account, values in manager.items():
        rights = {right.strip() for right in dict(values).get("write", "").split(",")}
        for right in sorted(rights & {"system", "command", "config", "all"}):
            what = f"账号 {account} 有危险权限 {right} / account {account} has the dangerous right {right}"
            yield Finding("error", what, where, f"从 write 里删去 {right} / remove {right} from write")
