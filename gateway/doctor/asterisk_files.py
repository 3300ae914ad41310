"""The configuration files of an Asterisk, compared with what the gateway, the rules and the dialplan itself need.

Files are read as text, so that everything but the link itself is checked without an Asterisk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.config.settings import SwitchboardConfig, site_path
from gateway.core.rules.rule_set import RuleSet
from gateway.doctor import texts
from gateway.doctor.asterisk_config import Sections, read_all, sections, text_of
from gateway.doctor.asterisk_keys import GROUP, compared, groups, homes, keys_of, our_queues, peers_of, shown, targets
from gateway.doctor.findings import Finding

CONTEXTS = {
    "onekey-hotline": ("s",),
    "onekey-caller": ("s",),
    "onekey-from-pstn": (),
    "onekey-from-seat": (),
    "onekey-from-trunk": ("onekey-press", "onekey-do", "onekey-joined", "checked", "pressed-by"),
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
    "onekey-hidden": ("s",),
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
    return found or [Finding("ok", texts.CONFIGURATION_FILES_ARE_COMPLETE, str(folder))]


def _variables_told(folder: Path) -> Iterable[Finding]:
    """Finding where Asterisk publishes each variable that is set: half of all its events, which nobody here reads, at the cost of each key."""
    path = folder / "stasis.conf"
    declined = sections(text_of(folder, path.name) if path.exists() else "").get("declined_message_types", [])
    if ("decline", "ast_channel_varset_type") not in declined:
        what = texts.ASTERISK_PUBLISHES_AN_EVENT
        remedy = texts.WHERE_NO_OTHER_PROGRAM_READS_VARSET
        yield Finding("warning", what, str(path), remedy)


def _dialplan(contexts: Sections, where: str) -> Iterable[Finding]:
    missing = [context for context in CONTEXTS if context not in contexts]
    if len(missing) > len(CONTEXTS) // 2:
        yield Finding("error", texts.DIALPLAN_NOT_INCLUDED(contexts=len(missing)), where, texts.INCLUDE_DIALPLAN)
        return
    for together in _by_file(missing):
        names = "], [".join(together)
        remedy = texts.RESTORE_CONTEXT_FROM_DIALPLAN(context=names)
        yield Finding("error", texts.DIALPLAN_HAS_NO_CONTEXT(context=names), where, remedy)
    for context, needed in CONTEXTS.items():
        if context not in contexts:
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
                and match[1] not in CONTEXTS
            ):
                what = texts.JUMP_LEADS_NOWHERE(context=context, match=match[1])
                yield Finding("error", what, where, texts.MEND_THE_JUMP(match=match[1]))


def _by_file(contexts: list[str]) -> list[list[str]]:
    """Contexts that are missing, those of one file of ``dialplan/`` together: one file that was lost is one cause."""
    found: dict[str, list[str]] = {}
    for path in sorted(site_path("dialplan").glob("*.conf")):
        for context in re.findall(r"^\[([\w-]+)\]", path.read_text(encoding="utf-8"), re.M):
            if context in contexts:
                found.setdefault(path.name, []).append(context)
    return list(found.values())


def _seats(pjsip: Sections, queues: Sections, board: SwitchboardConfig, where: str) -> Iterator[Finding]:
    for queue in board.queues:
        if queue not in queues:
            remedy = texts.ADD_QUEUE_TO_QUEUES(queue=queue)
            yield Finding("error", texts.THERE_IS_NO_QUEUE(queue=queue), where, remedy)
    ours = our_queues(queues, pjsip, board.queues)
    sections_ = (section for name, section in queues.items() if name in ours)
    members = {value.split(",")[0] for section in sections_ for name, value in section if name == "member"}
    for member in sorted(members):
        seat = member.removeprefix("PJSIP/")
        values = pjsip.get(seat, [])
        if ("type", "endpoint") not in values:
            what = texts.QUEUE_MEMBER_HAS_NO_ENDPOINT(member=member)
            yield Finding("error", what, where, texts.ADD_SEAT_TO_PJSIP(seat=seat))
            continue
        yield from seat_lines(seat, values, where)


def seat_lines(seat: str, values: list[tuple[str, str]], where: str) -> Iterator[Finding]:
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
