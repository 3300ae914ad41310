"""The configuration files of an Asterisk, compared with what the gateway, the rules and the dialplan itself need.

Files are read as text, so that everything but the link itself is checked without an Asterisk.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.config.settings import SwitchboardConfig, site_path
from gateway.core.rules.rule import OTHER, Key
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import TargetId
from gateway.doctor.findings import Finding
from gateway.doctor.working import texts as working_texts

DEPTH_MAX = 8
"""Files that include one another; more is a circle."""
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
    "onekey-test": ("hear", "caller", "seat", "target", "idle", "press", "speak", "listen"),
    "onekey-whose": ("s", "take", "of", "line"),
    "onekey-words": ("s", "later"),
}
"""Every context that the gateway, an endpoint or the dialplan names, with the extensions that are named."""

GROUP = "onekey"
"""The group of keys that a seat's DYNAMIC_FEATURES names."""
JAIL = "onekey-refer"
"""The one context in which a seat's transfer button may end."""
FORWARDS = "onekey-forward"
"""The one context in which a phone's 302 may end."""

WAYS_HOME = ("", "DO_", "JOINED_")
"""``ONEKEY_HOME_<way><peer>``: a press, a key about a leg, the word that the caller has his target."""
_HOME = re.compile(r"ONEKEY_HOME_(DO_|JOINED_)?([0-9A-Za-z]+)")

Sections = dict[str, list[tuple[str, str]]]
"""A file: section -> (name, value) in order."""


def files(board: SwitchboardConfig, folder: Path, rules: RuleSet | None) -> list[Finding]:
    """Findings of one switchboard's configuration files. ``folder`` is its etc."""
    found: list[Finding] = []
    read = read_all(folder, found)
    globals_ = dict(read["extensions"].get("globals", []))
    features, extensions = str(folder / "features.conf"), str(folder / "extensions.conf")
    keys = _keys_of(read["features"])
    found += _dialplan(read["extensions"], extensions)
    found += _groups(read["features"], keys, features)
    if rules is not None:
        found += _compared(keys, rules, _peers(globals_), features)
    found += _targets(keys, rules, globals_, extensions)
    found += _shown(read["pjsip"], globals_, str(folder))
    found += _homes(globals_, extensions)
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


def read_all(folder: Path, found: list[Finding]) -> dict[str, Sections]:
    """The files that concern us, by name without ``.conf``. What cannot be read is added to ``found``."""
    names = ("extensions", "features", "pjsip", "queues", "manager", "modules")
    read = {name: sections(_read(folder, f"{name}.conf", found)) for name in names}
    for name, values in by_wizard(text_of(folder, "pjsip_wizard.conf")).items():
        read["pjsip"].setdefault(name, []).extend(values)
    return read


WIZARD = re.compile(r"(?:endpoint|aor)/(.+)")


def by_wizard(text: str) -> Sections:
    """Endpoints of ``pjsip_wizard.conf`` as the wizard makes them: lines of ``endpoint/`` and ``aor/``, and what its own words stand for."""
    found: Sections = {}
    for name, values in sections(text).items():
        if ("type", "wizard") not in values:
            continue
        lines = [("type", "endpoint")]
        for word, value in values:
            if match := WIZARD.fullmatch(word):
                lines.append((match[1], value))
            elif word == "transport":
                lines.append((word, value))
            elif word in ("inbound_auth/password", "outbound_auth/password"):
                lines += [("auth", f"{name}-auth"), ("password", value)]
            elif word in ("inbound_auth/username", "outbound_auth/username"):
                lines.append(("username", value))
        found[name] = lines
    return found


def text_of(folder: Path, name: str) -> str:
    """A file with what it includes; empty where it is not there or cannot be read."""
    return _read(folder, name, [])


def _read(folder: Path, name: str, found: list[Finding], depth: int = 0) -> str:
    """A file with its ``#include`` lines followed, all from ``folder`` as Asterisk does. What cannot be read is found."""
    path = folder / name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        remedy = "重新渲染配置 / render the files again"
        found.append(Finding("error", f"缺少 {name} / {name} is missing", str(folder), remedy))
        return ""
    except (OSError, UnicodeDecodeError) as error:
        remedy = "检查权限，用 UTF-8 保存 / check its rights, save it as UTF-8"
        found.append(Finding("error", f"读不到：{error} / cannot read: {error}", str(path), remedy))
        return ""

    def include(match: re.Match[str]) -> str:
        names = sorted(glob.glob(match[1].strip(), root_dir=folder)) if depth < DEPTH_MAX else []
        return "\n".join(_read(folder, each, found, depth + 1) for each in names)

    return re.sub(r'^#(?:try)?include\s+[<"]?([^<>";\n]+)[>"]?\s*(?:;.*)?$', include, text, flags=re.M)


def sections(text: str) -> Sections:
    """An Asterisk configuration as section -> (name, value) in order; sections of one name are joined."""
    found: Sections = {}
    current: list[tuple[str, str]] = []
    for raw in text.splitlines():
        line = re.sub(r"(?<!\\);.*", "", raw).strip()
        if head := re.match(r"\[([^\]]+)\](?:\(([^)]*)\))?", line):
            current = found.setdefault(head[1], [])
            for template in (head[2] or "").split(","):
                current += found.get(template.strip(), [])
        elif pair := re.match(r"([^=]+)=>?(.*)", line):
            current.append((pair[1].rstrip(), pair[2].strip()))
    return found


def _dialplan(contexts: Sections, where: str) -> Iterable[Finding]:
    missing = [context for context in CONTEXTS if context not in contexts]
    if len(missing) > len(CONTEXTS) // 2:
        yield Finding("error", working_texts.DIALPLAN_NOT_INCLUDED(contexts=len(missing)), where, working_texts.INCLUDE_IT)
        return
    for together in _by_file(missing):
        context = "], [".join(together)
        remedy = f"从 dialplan/ 补回 [{context}] / restore [{context}] from dialplan/"
        yield Finding("error", f"拨号方案缺少 [{context}] / the dialplan has no [{context}]", where, remedy)
    for context, needed in CONTEXTS.items():
        if context not in contexts:
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
                and match[1] not in CONTEXTS
            ):
                what = f"[{context}] 跳到不存在的 [{match[1]}] / jumps to [{match[1]}], which is missing"
                yield Finding("error", what, where, f"补上 [{match[1]}] 或改跳转 / add [{match[1]}] or mend the jump")


def _by_file(contexts: list[str]) -> list[list[str]]:
    """Contexts that are missing, those of one file of ``dialplan/`` together: one file that was lost is one cause."""
    found: dict[str, list[str]] = {}
    for path in sorted(site_path("dialplan").glob("*.conf")):
        for context in re.findall(r"^\[([\w-]+)\]", path.read_text(encoding="utf-8"), re.M):
            if context in contexts:
                found.setdefault(path.name, []).append(context)
    return list(found.values())


# --- keys, targets, trunks ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Code:
    """What a key does, and the feature that leads to it: its name in ``[applicationmap]`` and its sign."""

    does: Key
    name: str
    sign: str


def _keys_of(features: Sections) -> dict[str, _Code]:
    """The keys that run a sub of ours, by code: what ``onekey-key`` is told of them, or a feature for each, as they once were."""
    found: dict[str, _Code] = {}
    for name, value in features.get("applicationmap", []):
        sign = value.split(",")[0].strip()
        if match := re.search(r"onekey-key,s,1\(([^()]*+)\)", value):
            _, codes, deeds, _ = [*match[1].split(","), "", "", "", ""][:4]
            for code, deed in zip(codes.split("&"), deeds.split("&"), strict=False):
                if key := _does(deed):
                    found[code] = _Code(key, name, sign)
        elif match := re.search(r"onekey-press,s,1\(([^,()]*+),?([^()]*+)\)", value):
            found[sign] = _Code(Key("transfer", TargetId(match[1]), match[2]), name, sign)
        elif "onekey-take-back,s,1" in value:
            found[sign] = _Code(Key("cancel"), name, sign)
        elif match := re.search(r"onekey-answer,s,1\((yes|no)\)", value):
            found[sign] = _Code(Key("accept" if match[1] == "yes" else "decline"), name, sign)
    return found


def _does(deed: str) -> Key | None:
    """What stands for a key in the words of ``onekey-key``."""
    word, target, mode = [*deed.split("="), "", ""][:3]
    if word == "press":
        return Key("transfer", TargetId(target), mode)
    return {"back": Key("cancel"), "yes": Key("accept"), "no": Key("decline")}.get(deed)


def _peers(globals_: dict[str, str]) -> set[str]:
    """The switchboards that the dialplan has a way home to: ``other`` is one of them."""
    return {match[2] for name in globals_ if (match := _HOME.fullmatch(name))}


def _groups(features: Sections, keys: dict[str, _Code], where: str) -> Iterator[Finding]:
    if not any(code.does.action == "transfer" for code in keys.values()):
        remedy = "从 asterisk-conf/both/features.conf 补回 / restore it from asterisk-conf/both/features.conf"
        yield Finding("error", "[applicationmap] 里没有转接按键 / there is no transfer key", where, remedy)
    grouped = dict(features.get(GROUP, []))
    for name, sign in dict.fromkeys((code.name, code.sign) for code in keys.values()):
        if grouped.get(name) != sign:
            what = f"[{GROUP}] 里没有 {name} => {sign}，坐席按不了 / [{GROUP}] has no {name} => {sign}: no seat has the key"
            yield Finding("error", what, where, f"在 [{GROUP}] 加 {name} => {sign} / add {name} => {sign} to [{GROUP}]")
    yield from _lost(features, keys, where)


def _lost(features: Sections, keys: dict[str, _Code], where: str) -> Iterator[Finding]:
    """Features of several signs: ours of before lose keys in a call of three, a site's own are shut off by ours (docs/decisions/0023)."""
    ours = {code.name for code in keys.values()}
    ones = {code.sign for code in keys.values() if len(code.sign) == 1}
    for name, value in features.get("applicationmap", []):
        code = value.split(",")[0].strip()
        if name in ours and len(code) > 1:
            what = f"按键 {code} 用旧写法，三方通话中按了可能无效 / key {code} stands in its old form: in a call of three it may do nothing"
            yield Finding(
                "error",
                what,
                where,
                "由规则文件重新生成 features.conf / render features.conf from the rules file again",
            )
        elif name not in ours and code[:1] in ones:
            what = f"功能码 {code}（{name}）与按键同以 {code[0]} 开头，坐席按不到 / no seat reaches feature {code} ({name}): keys begin with {code[0]}"
            yield Finding(
                "error",
                what,
                where,
                f"把 {name} 换成不以 {code[0]} 开头的码 / give {name} a code that does not begin with {code[0]}",
            )


def _compared(keys: dict[str, _Code], rules: RuleSet, peers: set[str], where: str) -> Iterator[Finding]:
    """``features.conf`` against the keys of the rules, both ways. Rules without keys leave them to the site."""
    remedy = "由规则文件重新生成 features.conf / render features.conf from the rules file again"
    for code, key in rules.keys.items():
        if code not in keys:
            what = f"规则中的按键 {code} 没有功能码 / key {code} of the rules has no feature code"
            yield Finding("error", what, where, remedy)
        elif not _same(keys[code].does, key, peers):
            is_, shall = _said(keys[code].does), _said(key)
            what = f"按键 {code} 是 {is_}，规则中是 {shall} / key {code} does {is_}, in the rules {shall}"
            yield Finding("error", what, where, remedy)
    for code, key in ((code, found.does) for code, found in keys.items()):
        if rules.keys and code not in rules.keys:
            what = f"按键 {code} 不在规则文件里 / key {code} is not in the rules file"
            yield Finding("error", what, where, f'{remedy}，或在 keys 里加 "{code}" / or add "{code}" to keys')
        elif not rules.keys and key.action == "transfer" and key.target not in rules.targets:
            what = f"按键 {code} 的目标 {key.target} 不在规则文件里 / key {code}: target {key.target} is not in the rules file"
            yield Finding("error", what, where, f'在 targets 里加 "{key.target}" / add "{key.target}" to targets')


def _same(found: Key, key: Key, peers: set[str]) -> bool:
    target = found.target in peers if key.target == OTHER else found.target == key.target
    return (found.action, found.mode) == (key.action, key.mode) and target


def _said(key: Key) -> str:
    return " ".join(word for word in (key.action, key.target, key.mode) if word)


def _targets(keys: dict[str, _Code], rules: RuleSet | None, globals_: dict[str, str], where: str) -> Iterator[Finding]:
    """Whoever is named must be dialled by something: the dialplan alone knows what a target is."""
    named: dict[TargetId, list[str]] = {}
    for target in rules.targets if rules is not None else ():
        named.setdefault(target, []).append("targets")
    for rule in rules.rules if rules is not None else ():
        for target in rule.names:
            named.setdefault(target, []).append(rule.name)
    for code, key in ((code, found.does) for code, found in keys.items()):
        if key.action == "transfer":
            named.setdefault(key.target, []).append(code)
    for target, by in named.items():
        if not globals_.get(f"ONEKEY_DIAL_{target}"):
            names = ", ".join(by)
            what = f"目标 {target} 没有拨号（见 {names}） / there is nothing to dial for target {target} (see {names})"
            remedy = f"在 [globals] 加 ONEKEY_DIAL_{target} / add ONEKEY_DIAL_{target} to [globals]"
            yield Finding("error", what, where, remedy)


def _shown(pjsip: Sections, globals_: dict[str, str], where: str) -> Iterator[Finding]:
    """An endpoint's own ``callerid`` is shown on a target's phone in place of the caller's number and the tag."""
    for name, dialled in globals_.items():
        if not name.startswith("ONEKEY_DIAL_"):
            continue
        for endpoint in re.findall(r"PJSIP/(?:[^@&]*@)?([^/&@]+)", dialled):
            if "callerid" in dict(pjsip.get(endpoint, [])):
                target = name.removeprefix("ONEKEY_DIAL_")
                what = (
                    f"目标 {target} 的账号 {endpoint} 有 callerid，话机上看不到来电号码和标签"
                    f" / endpoint {endpoint} of target {target} has a callerid: its phone shows neither caller nor tag"
                )
                remedy = (
                    f"从 pjsip.conf 的 [{endpoint}] 删去 callerid / remove callerid from [{endpoint}] in pjsip.conf"
                )
                yield Finding("warning", what, where, remedy)


def _homes(globals_: dict[str, str], where: str) -> Iterator[Finding]:
    """What one side tells a caller's home goes by a way each: all of them or none."""
    for peer in sorted(_peers(globals_)):
        for way in WAYS_HOME:
            if not globals_.get(name := f"ONEKEY_HOME_{way}{peer}"):
                what = f"通往 {peer} 的 {name} 没有写 / of the ways home to {peer}, {name} is missing"
                yield Finding("error", what, where, f"在 [globals] 加 {name} / add {name} to [globals]")


# --- seats, the manager ---------------------------------------------------------------------------------------------------


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
