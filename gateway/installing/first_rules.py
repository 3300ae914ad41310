"""The rules that a site begins with: the shipped ones where it dials all of their targets, else as many as it can dial."""

from __future__ import annotations

from pathlib import Path

from gateway.config.site_answers import Answers
from gateway.core.rules.rule import OTHER, Key
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import TargetId
from gateway.installing.snippets import rendered

ACTIONS = {"cancel": "cancel", "accept": "accept", "decline": "decline"}


def first_rules(answers: Answers, shipped: RuleSet, text: str, templates: Path) -> str:
    """The text of ``transfer_rules.yaml``. ``text`` is that of the shipped rules."""
    reached = {target for board in answers.switchboards for target in board.ways}
    if set(map(str, shipped.targets)) <= reached:
        return text
    switchboards = {board.id for board in answers.switchboards} | {far.id for far in answers.peers}
    targets = []
    for id_ in sorted(reached, key=lambda one: (one not in switchboards, one)):
        known = shipped.targets.get(TargetId(id_))
        name = known.name if known is not None and known.name else id_
        sees = known is not None and known.sees_confidential
        attached = id_ in {board.id for board in answers.switchboards}
        targets.append(
            {
                "id": id_,
                "name": name,
                "attached": attached,
                "sees_confidential": sees,
                "switchboard": id_ in switchboards,
            }
        )
    keys = [(code, _means(key)) for code, key in shipped.keys.items() if _can(key, reached, len(switchboards))]
    return rendered(templates, "transfer_rules.yaml", {"targets": targets, "keys": keys})


def _can(key: Key, reached: set[str], switchboards: int) -> bool:
    if key.action != "transfer":
        return True
    return switchboards > 1 if key.target == OTHER else key.target in reached


def _means(key: Key) -> str:
    if key.action != "transfer":
        return ACTIONS[key.action]
    target = "other" if key.target == OTHER else f'"{key.target}"'
    return f"{{target: {target}, mode: {key.mode}}}" if key.mode else target
