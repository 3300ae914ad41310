"""Keys, targets and the trunks that lead home: the configuration against the rules, both ways."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.core.rules.rule import OTHER, Key
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import TargetId
from gateway.doctor import texts
from gateway.doctor.asterisk_config import Sections
from gateway.doctor.findings import Finding

GROUP = "onekey"
"""The group of keys that a seat's DYNAMIC_FEATURES names."""

WAYS_HOME = ("", "DO_", "JOINED_")
"""``ONEKEY_HOME_<way><peer>``: a press, a key about a leg, the word that the caller has his target."""
_HOME = re.compile(r"ONEKEY_HOME_(DO_|JOINED_)?([0-9A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Code:
    """A key's act, and the feature that leads to it: its name in ``[applicationmap]`` and its sign."""

    does: Key
    name: str
    sign: str


def keys_of(features: Sections) -> dict[str, Code]:
    """The keys that run a sub of ours, by code: what ``onekey-key`` is told of them, or a feature for each, as they once were."""
    found: dict[str, Code] = {}
    for name, value in features.get("applicationmap", []):
        sign = value.split(",")[0].strip()
        if match := re.search(r"onekey-key,s,1\(([^()]*+)\)", value):
            _, codes, deeds, _ = [*match[1].split(","), "", "", "", ""][:4]
            for code, deed in zip(codes.split("&"), deeds.split("&"), strict=False):
                if key := _does(deed):
                    found[code] = Code(key, name, sign)
        elif match := re.search(r"onekey-press,s,1\(([^,()]*+),?([^()]*+)\)", value):
            found[sign] = Code(Key("transfer", TargetId(match[1]), match[2]), name, sign)
        elif "onekey-take-back,s,1" in value:
            found[sign] = Code(Key("cancel"), name, sign)
        elif match := re.search(r"onekey-answer,s,1\((yes|no)\)", value):
            found[sign] = Code(Key("accept" if match[1] == "yes" else "decline"), name, sign)
    return found


def _does(deed: str) -> Key | None:
    """Key that the words of ``onekey-key`` stand for."""
    word, target, mode = [*deed.split("="), "", ""][:3]
    if word == "press":
        return Key("transfer", TargetId(target), mode)
    return {"back": Key("cancel"), "yes": Key("accept"), "no": Key("decline")}.get(deed)


def peers_of(globals_: dict[str, str]) -> set[str]:
    """The switchboards that the dialplan has a way home to: ``other`` is one of them."""
    return {match[2] for name in globals_ if (match := _HOME.fullmatch(name))}


def groups(features: Sections, keys: dict[str, Code], where: str) -> Iterator[Finding]:
    """Findings about the group of keys that seats have, and about keys that another feature hides."""
    if not any(code.does.action == "transfer" for code in keys.values()):
        remedy = texts.RESTORE_IT_FROM_ASTERISK_CONF_BOTH
        yield Finding("error", texts.THERE_IS_NO_TRANSFER_KEY, where, remedy)
    grouped = dict(features.get(GROUP, []))
    for name, sign in dict.fromkeys((code.name, code.sign) for code in keys.values()):
        if grouped.get(name) != sign:
            what = texts.GROUP_LACKS_THE_KEY(group=GROUP, name=name, sign=sign)
            yield Finding("error", what, where, texts.ADD_THE_KEY_TO_THE_GROUP(group=GROUP, name=name, sign=sign))
    yield from _lost(features, keys, where)


def _lost(features: Sections, keys: dict[str, Code], where: str) -> Iterator[Finding]:
    """Features of several signs: ours of before lose keys in a call of three, a site's own are shut off by ours (docs/decisions/0023)."""
    ours = {code.name for code in keys.values()}
    ones = {code.sign for code in keys.values() if len(code.sign) == 1}
    for name, value in features.get("applicationmap", []):
        code = value.split(",")[0].strip()
        if name in ours and len(code) > 1:
            what = texts.KEY_IN_ITS_OLD_FORM(code=code)
            yield Finding("error", what, where, texts.RENDER_FEATURES_AGAIN)
        elif name not in ours and code[:1] in ones:
            what = texts.NO_SEAT_REACHES_THIS_FEATURE(code=code, name=name, first=code[0])
            yield Finding("error", what, where, texts.GIVE_IT_ANOTHER_CODE(name=name, code=code[0]))


def compared(keys: dict[str, Code], rules: RuleSet, peers: set[str], where: str) -> Iterator[Finding]:
    """``features.conf`` against the keys of the rules, both ways. Rules without keys leave them to the site."""
    remedy = texts.RENDER_FEATURES_AGAIN
    for code, key in rules.keys.items():
        if code not in keys:
            what = texts.KEY_HAS_NO_FEATURE_CODE(code=code)
            yield Finding("error", what, where, remedy)
        elif not _same(keys[code].does, key, peers):
            is_, shall = _named(keys[code].does), _named(key)
            what = texts.KEY_DOES_ANOTHER_THING(code=code, found=is_, shall=shall)
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


def _named(key: Key) -> str:
    return " ".join(word for word in (key.action, key.target, key.mode) if word)


def targets(keys: dict[str, Code], rules: RuleSet | None, globals_: dict[str, str], where: str) -> Iterator[Finding]:
    """Targets that are named must be dialled by something: the dialplan alone knows what a target is."""
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


def shown(pjsip: Sections, globals_: dict[str, str], where: str) -> Iterator[Finding]:
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


def homes(globals_: dict[str, str], where: str) -> Iterator[Finding]:
    """Words of one side to a caller's home go by a way each: all of them or none."""
    for peer in sorted(peers_of(globals_)):
        for way in WAYS_HOME:
            if not globals_.get(name := f"ONEKEY_HOME_{way}{peer}"):
                what = texts.A_WAY_HOME_IS_MISSING(peer=peer, name=name)
                yield Finding("error", what, where, texts.ADD_NAME_TO_GLOBALS(name=name))


def our_queues(queues: Sections, pjsip: Sections, named: Iterable[str]) -> set[str]:
    """Queues that are onekey's business: those that the site's file names, and any in which a seat with keys stands. A help desk's is not."""

    def keyed(member: str) -> bool:
        lines = pjsip.get(member.removeprefix("PJSIP/"), [])
        features = (
            value.partition("=")[2] for word, value in lines if word == "set_var" and "DYNAMIC_FEATURES" in value
        )
        return any(GROUP in value.strip().split("#") for value in features)

    members = {
        name: [v.split(",")[0].strip() for word, v in lines if word == "member"] for name, lines in queues.items()
    }
    return {*named, *(name for name, some in members.items() if any(map(keyed, some)))}
