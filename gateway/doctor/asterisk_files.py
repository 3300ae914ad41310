"""The configuration files of an Asterisk, compared with what the gateway, the rules and the dialplan itself need.

Files are read as text, so that everything but the link itself is checked without an Asterisk.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.config.settings import SwitchboardConfig
from gateway.core.rules.rule import OTHER, Key
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import TargetId
from gateway.doctor import texts
from gateway.doctor.findings import Finding

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
    return found or [Finding("ok", texts.CONFIGURATION_FILES_ARE_COMPLETE, str(folder))]


def _variables_told(folder: Path) -> Iterable[Finding]:
    """Whether Asterisk tells each variable that is set: half of all its events, which nobody here reads, at the cost of each key."""
    path = folder / "stasis.conf"
    declined = sections(text_of(folder, path.name) if path.exists() else "").get("declined_message_types", [])
    if ("decline", "ast_channel_varset_type") not in declined:
        what = texts.ASTERISK_PUBLISHES_AN_EVENT
        remedy = texts.WHERE_NO_OTHER_PROGRAM_READS_VARSET
        yield Finding("warning", what, str(path), remedy)


def read_all(folder: Path, found: list[Finding]) -> dict[str, Sections]:
    """The files that concern us, by name without ``.conf``. What cannot be read is added to ``found``."""
    names = ("extensions", "features", "pjsip", "queues", "manager", "modules")
    return {name: sections(_read(folder, f"{name}.conf", found)) for name in names}


def text_of(folder: Path, name: str) -> str:
    """A file with what it includes; empty where it is not there or cannot be read."""
    return _read(folder, name, [])


def _read(folder: Path, name: str, found: list[Finding], depth: int = 0) -> str:
    """A file with its ``#include`` lines followed, all from ``folder`` as Asterisk does. What cannot be read is found."""
    path = folder / name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        remedy = texts.RENDER_THE_FILES_AGAIN
        found.append(Finding("error", texts.NAME_IS_MISSING(name=name), str(folder), remedy))
        return ""
    except (OSError, UnicodeDecodeError) as error:
        remedy = texts.CHECK_ITS_RIGHTS
        found.append(Finding("error", texts.CANNOT_READ(error=error), str(path), remedy))
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
    for context, needed in CONTEXTS.items():
        if context not in contexts:
            remedy = texts.RESTORE_CONTEXT_FROM_DIALPLAN(context=context)
            yield Finding("error", texts.DIALPLAN_HAS_NO_CONTEXT(context=context), where, remedy)
            continue
        extensions = {value.split(",")[0] for name, value in contexts[context] if name == "exten"}
        for extension in needed:
            if extension not in extensions:
                what = texts.HAS_NO_EXTENSION(context=context, extension=extension)
                yield Finding("error", what, where, texts.RESTORE_IT_FROM_DIALPLAN)
        for name, value in contexts[context]:
            if (
                name in ("exten", "same")
                and (match := re.search(r",(?:Goto|Gosub)\((\w[\w-]{0,79}),[^,()]{1,79},\d", value))
                and match[1] not in contexts
            ):
                what = texts.JUMP_LEADS_NOWHERE(context=context, match=match[1])
                yield Finding("error", what, where, texts.MEND_THE_JUMP(match=match[1]))


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
        remedy = texts.RESTORE_IT_FROM_ASTERISK_CONF_BOTH
        yield Finding("error", texts.THERE_IS_NO_TRANSFER_KEY, where, remedy)
    grouped = dict(features.get(GROUP, []))
    for name, sign in dict.fromkeys((code.name, code.sign) for code in keys.values()):
        if grouped.get(name) != sign:
            what = texts.GROUP_LACKS_THE_KEY(group=GROUP, name=name, sign=sign)
            yield Finding("error", what, where, texts.ADD_THE_KEY_TO_THE_GROUP(group=GROUP, name=name, sign=sign))
    yield from _lost(features, keys, where)


def _lost(features: Sections, keys: dict[str, _Code], where: str) -> Iterator[Finding]:
    """Features of several signs: ours of before lose keys in a call of three, a site's own are shut off by ours (docs/decisions/0023)."""
    ours = {code.name for code in keys.values()}
    ones = {code.sign for code in keys.values() if len(code.sign) == 1}
    for name, value in features.get("applicationmap", []):
        code = value.split(",")[0].strip()
        if name in ours and len(code) > 1:
            what = texts.KEY_IN_ITS_OLD_FORM(code=code)
            yield Finding(
                "error",
                what,
                where,
                texts.RENDER_FEATURES_AGAIN,
            )
        elif name not in ours and code[:1] in ones:
            what = texts.NO_SEAT_REACHES_THIS_FEATURE(code=code, name=name, code_2=code[0])
            yield Finding(
                "error",
                what,
                where,
                texts.GIVE_IT_ANOTHER_CODE(name=name, code=code[0]),
            )


def _compared(keys: dict[str, _Code], rules: RuleSet, peers: set[str], where: str) -> Iterator[Finding]:
    """``features.conf`` against the keys of the rules, both ways. Rules without keys leave them to the site."""
    remedy = texts.RENDER_FEATURES_AGAIN
    for code, key in rules.keys.items():
        if code not in keys:
            what = texts.KEY_HAS_NO_FEATURE_CODE(code=code)
            yield Finding("error", what, where, remedy)
        elif not _same(keys[code].does, key, peers):
            is_, shall = _said(keys[code].does), _said(key)
            what = texts.KEY_DOES_ANOTHER_THING(code=code, is_=is_, shall=shall)
            yield Finding("error", what, where, remedy)
    for code, key in ((code, found.does) for code, found in keys.items()):
        if rules.keys and code not in rules.keys:
            what = texts.KEY_CODE_IS_NOT_IN_THE_RULES(code=code)
            yield Finding("error", what, where, texts.OR_ADD_CODE_TO_KEYS(remedy=remedy, code=code))
        elif not rules.keys and key.action == "transfer" and key.target not in rules.targets:
            what = texts.KEY_TARGET_IS_NOT_IN_THE_RULES(code=code, target=key.target)
            yield Finding("error", what, where, texts.ADD_TARGET_TO_TARGETS(target=key.target))


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
            what = texts.THERE_IS_NOTHING_TO_DIAL(target=target, names=names)
            remedy = texts.ADD_DIAL_TO_GLOBALS(target=target)
            yield Finding("error", what, where, remedy)


def _shown(pjsip: Sections, globals_: dict[str, str], where: str) -> Iterator[Finding]:
    """An endpoint's own ``callerid`` is shown on a target's phone in place of the caller's number and the tag."""
    for name, dialled in globals_.items():
        if not name.startswith("ONEKEY_DIAL_"):
            continue
        for endpoint in re.findall(r"PJSIP/(?:[^@&]*@)?([^/&@]+)", dialled):
            if "callerid" in dict(pjsip.get(endpoint, [])):
                target = name.removeprefix("ONEKEY_DIAL_")
                what = texts.CALLERID_HIDES_THE_CALLER(target=target, endpoint=endpoint)
                remedy = texts.REMOVE_CALLERID(endpoint=endpoint)
                yield Finding("warning", what, where, remedy)


def _homes(globals_: dict[str, str], where: str) -> Iterator[Finding]:
    """What one side tells a caller's home goes by a way each: all of them or none."""
    for peer in sorted(_peers(globals_)):
        for way in WAYS_HOME:
            if not globals_.get(name := f"ONEKEY_HOME_{way}{peer}"):
                what = texts.A_WAY_HOME_IS_MISSING(peer=peer, name=name)
                yield Finding("error", what, where, texts.ADD_NAME_TO_GLOBALS(name=name))


# --- seats, the manager ---------------------------------------------------------------------------------------------------


def _seats(pjsip: Sections, queues: Sections, board: SwitchboardConfig, where: str) -> Iterator[Finding]:
    for queue in board.queues:
        if queue not in queues:
            remedy = texts.ADD_QUEUE_TO_QUEUES(queue=queue)
            yield Finding("error", texts.THERE_IS_NO_QUEUE(queue=queue), where, remedy)
    members = {value.split(",")[0] for section in queues.values() for name, value in section if name == "member"}
    for member in sorted(members):
        seat = member.removeprefix("PJSIP/")
        values = pjsip.get(seat, [])
        if ("type", "endpoint") not in values:
            what = texts.QUEUE_MEMBER_HAS_NO_ENDPOINT(member=member)
            yield Finding("error", what, where, texts.ADD_SEAT_TO_PJSIP(seat=seat))
            continue
        yield from _seat(seat, values, where)


def _seat(seat: str, values: list[tuple[str, str]], where: str) -> Iterator[Finding]:
    """The variables by which a seat has keys, and its transfer button and its forwards a jail. Of one name the last counts."""
    pairs = (value.partition("=") for name, value in values if name == "set_var")
    variables = {name.strip(): value.strip() for name, _, value in pairs}
    features = variables.get("DYNAMIC_FEATURES")
    remedy = texts.ADD_DYNAMIC_FEATURES(group=GROUP)
    if features is None:
        what = texts.SEAT_HAS_NO_TRANSFER_KEY(seat=seat)
        yield Finding("error", what, where, remedy)
    elif GROUP not in features.split("#"):
        what = texts.DYNAMIC_FEATURES_LACKS_THE_GROUP(seat=seat, features=features, group=GROUP)
        yield Finding("error", what, where, remedy)
    jail = variables.get("TRANSFER_CONTEXT")
    remedy = texts.ADD_TRANSFER_CONTEXT(jail=JAIL)
    if jail is None:
        what = texts.TRANSFER_BUTTON_IS_NOT_JAILED(seat=seat)
        yield Finding("error", what, where, remedy)
    elif jail != JAIL:
        what = texts.TRANSFER_BUTTON_LEADS_ELSEWHERE(seat=seat, jail=jail)
        yield Finding("error", what, where, remedy)
    if variables.get("FORWARD_CONTEXT") != FORWARDS:
        what = texts.FORWARDING_PHONE_TAKES_CALLERS(seat=seat)
        remedy = texts.ADD_FORWARD_CONTEXT(forwards=FORWARDS)
        yield Finding("error", what, where, remedy)


def _manager(manager: Sections, where: str) -> Iterable[Finding]:
    general = dict(manager.get("general", []))
    if general.get("webenabled", "no").lower() in ("yes", "true", "on", "1"):
        yield Finding("error", texts.AMI_IS_OPEN_OVER_HTTP, where, "webenabled = no")
    if general.get("bindaddr", "0.0.0.0") in ("0.0.0.0", "::"):  # noqa: S104 - looked for, not bound
        remedy = texts.SET_BINDADDR_TO_AN_INSIDE
        yield Finding("error", texts.AMI_LISTENS_ON_EVERY_ADDRESS, where, remedy)
    for account, values in manager.items():
        rights = {right.strip() for right in dict(values).get("write", "").split(",")}
        for right in sorted(rights & {"system", "command", "config", "all"}):
            what = texts.ACCOUNT_HAS_THE_DANGEROUS_RIGHT(account=account, right=right)
            yield Finding("error", what, where, texts.REMOVE_RIGHT_FROM_WRITE(right=right))
