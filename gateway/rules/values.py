"""From nodes that were read to the core's values, and errors that only show when parts are held against one another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import yaml

from gateway.core.rules.caller_lists import CallerLists, Listed
from gateway.core.rules.catalogue import Catalogue, Matter, parent
from gateway.core.rules.conditions import Hours, PressFacts, When
from gateway.core.rules.rule import RING_S, Example, Key, Rule, Rung, Target, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import SeatId, SwitchboardId, TargetId
from gateway.rules import texts
from gateway.rules.schema import ALSO_MAX, KEY_ACTIONS
from gateway.rules.yaml_reader import Reader
from gateway.rules.yaml_shapes import Items, Parts, many

POLICE = SwitchboardId("110")
"""Switchboard whose callers no list turns away."""
RULES_MAX = 5000
"""Five times what is measured; each is compared with those before it."""
_NONE = Parts(yaml.MappingNode("", []))


def rule_set(file: Parts, reader: Reader) -> RuleSet:
    """The rules of a file; what is wrong in it is told to the reader."""
    targets: dict[str, Any] = file.get("targets", {})
    rules: Items = file.get("rules", Items())
    return RuleSet(
        targets={TargetId(id_): _target(TargetId(id_), parts, reader) for id_, parts in targets.items()},
        keys=_keys(file.get("keys", _NONE), reader),
        rules=_rules(rules, file.at("rules"), reader),
        version=file.get("version", 1),
        catalogue=_catalogue(file.get("matters", _NONE), reader),
        divisions=dict(file.get("divisions", {})),
        callers=CallerLists({name: _listed(callers, reader) for name, callers in file.get("lists", {}).items()}),
    )


# --- targets, keys, matters, callers ----------------------------------------------------------------------------------------


def _target(id_: TargetId, parts: Parts, reader: Reader) -> Target:
    dial = parts.get("dial", ())
    if isinstance(dial, Parts):
        for switchboard in dial:
            if switchboard not in reader.names["targets"]:
                what = texts.UNKNOWN_SWITCHBOARD_IN_DIAL(switchboard=switchboard)
                reader.bad(dial.keys_[switchboard], what, texts.WRITE_THE_ID_OF_A_TARGET)
    by_switchboard = dial.items() if isinstance(dial, Parts) else [("", dial)] if dial else ()
    return Target(
        id=id_,
        name=parts.get("name", id_),
        organisation=parts.get("organisation", ""),
        division=parts.get("division", ""),
        kind=parts.get("kind", ""),
        queues=tuple(parts.get("queues", ())),
        dial=tuple((SwitchboardId(switchboard), string) for switchboard, string in by_switchboard),
        hours=hours(parts.get("hours")),
        hold_back=parts.get("hold_back", 0),
        sees_place=parts.get("sees_place") == "yes",
        sees_confidential=parts.get("sees_confidential") == "yes",
    )


def hours(items: Items | None) -> tuple[Hours, ...]:
    """Hours of the schema as the core's."""
    return tuple(
        Hours(_days(span.get("days", "1-7")), _minute(span["from"]), _minute(span["to"]))
        for span in items or ()
        if "from" in span and "to" in span
    )


def _days(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        begin, end = int(first), int(last or first)
        found.update(range(begin, end + 1) if begin <= end else [*range(begin, 8), *range(1, end + 1)])
    return tuple(sorted(found))


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)


def _keys(keys: Parts, reader: Reader) -> dict[str, Key]:
    found: dict[str, Key] = {}
    begins: dict[str, str] = {}  # every beginning of a key -> the key
    for code, deed in keys.items():
        heads = [code[:length] for length in range(1, len(code) + 1)]
        longer = begins.get(code) or next((head for head in heads if head in found), None)
        if longer is not None:
            what = texts.ONE_KEY_BEGINS_WITH_ANOTHER(code=code, longer=longer)
            remedy = texts.CHANGE_ONE_OR_THE_SHORTER
            reader.bad(keys.keys_[code], what, remedy)
            continue
        begins.update({head: begins.get(head, code) for head in heads})
        if isinstance(deed, Parts):
            if "target" in deed:
                found[code] = Key("transfer", TargetId(deed["target"]), deed.get("mode", ""))
        else:
            found[code] = Key(deed) if deed in KEY_ACTIONS else Key("transfer", TargetId(deed))
    return found


def _catalogue(matters: Parts, reader: Reader) -> Catalogue:
    codes: Parts = matters.get("codes", _NONE)
    found: dict[str, Matter] = {}
    for code, value in codes.items():
        name, class_ = (value.get("name", ""), value.get("class", "")) if isinstance(value, Parts) else (value, "")
        above = parent(code)
        if above and above not in codes.nodes:
            what = texts.MATTER_ABOVE_IS_MISSING(code=code, above=above)
            reader.bad(codes.keys_[code], what, texts.WRITE_ABOVE_FIRST(above=above))
        found[code] = Matter(code, name, class_)
    lists: Parts = matters.get("lists", _NONE)
    for name in lists:
        if name in codes.nodes:
            what = texts.LIST_AND_A_MATTER(name=name)
            reader.bad(lists.keys_[name], what, texts.RENAME_ONE)
    return Catalogue(found, {name: tuple(members) for name, members in lists.items()})


def _listed(callers: Items, reader: Reader) -> tuple[Listed, ...]:
    found = []
    for caller in callers:
        try:
            day = date.fromisoformat(caller.get("until", "1970-01-01"))
        except ValueError:
            reader.bad(caller.at("until"), texts.THERE_IS_NO_SUCH_DAY, texts.EXAMPLE_DATE)
            continue
        found.append(Listed(caller.get("number", ""), caller.get("reason", ""), (day - date(1970, 1, 1)).days))
    return tuple(found)


# --- rules ------------------------------------------------------------------------------------------------------------------


def _rules(items: Items, node: yaml.Node, reader: Reader) -> tuple[Rule, ...]:
    found: list[Rule] = []
    names: set[str] = set()
    if len(items) > RULES_MAX:
        what = texts.TOO_MANY_RULES(items=len(items))
        reader.bad(items.nodes[RULES_MAX], what, texts.AT_MOST_RULES_MAX(rules_max=RULES_MAX))
        return ()
    default: str | None = None
    for parts, item in zip(items, items.nodes, strict=True):
        if "name" not in parts or "then" not in parts:
            continue
        rule = _rule(parts, reader)
        if rule.name in names:
            reader.bad(item, texts.TWO_RULES_ARE_NAMED_NAME(name=rule.name), texts.RENAME_ONE_RULE)
        if items.sound and default is not None:
            what = texts.RULE_AFTER_THE_DEFAULT(default=default)
            reader.bad(item, what, texts.PUT_THE_DEFAULT_LAST)
        if rule.is_default:
            default = rule.name
        names.add(rule.name)
        found.append(rule)
    if found and default is None and items.sound:  # of a rule that could not be read nobody knows what was meant
        remedy = texts.END_WITH_A_RULE
        reader.bad(node, texts.THERE_IS_NO_DEFAULT_RULE, remedy)
    return tuple(found)


def _rule(parts: Parts, reader: Reader) -> Rule:
    when: Parts = parts.get("when", _NONE)
    then: Parts = parts["then"]
    ladder = _ladder(then.get("ladder", Items()), when, reader)
    end = then.get("end", "seat")
    if end != "seat" and any(end in rung.targets for rung in ladder):
        what = texts.TARGET_END_STANDS_HERE_TWICE(end=end)
        reader.bad(then.at("end"), what, texts.NAME_ANOTHER_DUTY_TARGET)
    rule = Rule(
        name=parts["name"],
        from_=many(when.get("from")),
        target=many(when.get("target")),
        ladder=ladder,
        terms=_terms(then),
        when=_when(when),
        refuse=then.get("refuse", ""),
        limit=then.get("limit", 0),
        end=TargetId(end) if end != "seat" else TargetId(""),
        examples=tuple(_examples(parts.get("examples", Items()), reader)),
    )
    _keep_the_law(rule, when, then, reader)
    return rule


def _when(when: Parts) -> When:
    return When(
        matter=many(when.get("matter")),
        class_=many(when.get("class")),
        urgency=many(when.get("urgency")),
        district=many(when.get("district")),
        language=many(when.get("language")),
        list_=many(when.get("list")),
        hours=hours(when.get("hours")),
        free_seats=when.get("free_seats", 0),
        waiting=when.get("waiting", 0),
        expected_wait_s=when.get("expected_wait_s", 0),
    )


def _terms(then: Parts) -> TransferPolicy:
    default = TransferPolicy()
    prompts: Sequence[str] | None = then.get("prompts")
    heard = None if prompts is None or "on" in prompts else tuple(word for word in prompts if word != "off")
    return TransferPolicy(
        mode=then.get("mode", default.mode),
        tag=then.get("tag", default.tag),
        accept_s=then.get("accept_s", default.accept_s),
        decide_s=then.get("decide_s", default.decide_s),
        release_s=then.get("release", default.release_s),
        hold_back=then.get("hold_back", default.hold_back),
        prompts=heard,
        split=then.get("split") == "yes",
    )


def _ladder(items: Items, when: Parts, reader: Reader) -> tuple[Rung, ...]:
    rungs: list[Rung] = []
    seen: set[str] = set()
    from_ = when.get("from", ())
    for parts in items:
        if "target" not in parts:
            continue
        also: Items = parts.get("also", Items())
        named = [(parts["target"], parts.at("target")), *zip(also, also.nodes, strict=True)]
        for target, node in named:
            if target in seen:
                what = texts.TARGET_STANDS_HERE_TWICE(target=target)
                reader.bad(node, what, texts.REMOVE_ONE_OF_THEM)
            elif target in from_:
                what = texts.LADDER_LEADS_BACK_TO_TARGET(target=target)
                reader.bad(node, what, texts.CHANGE_FROM_OR_REMOVE)
            seen.add(target)
        if len(also) > ALSO_MAX:
            what = texts.TOO_MANY_TARGETS_AT_ONCE(also_count=len(also) + 1)
            reader.bad(parts.at("also"), what, texts.AT_MOST_ALSO_MAX(also_max=ALSO_MAX + 1))
        rungs.append(Rung(TargetId(parts["target"]), parts.get("ring_s", RING_S), tuple(map(TargetId, also))))
    return tuple(rungs)


def _keep_the_law(rule: Rule, when: Parts, then: Parts, reader: Reader) -> None:
    """Refuse what no rule may do, and what has no meaning together."""
    if rule.refuse and len(then) > 1:
        other = next(word for word in then if word != "refuse")
        what = texts.OTHER_MEANS_NOTHING_IN_A_RULE(other=other)
        reader.bad(then.at(other), what, texts.REMOVE_OTHER(other=other))
    if rule.when.list_ is not None and (rule.refuse or rule.limit) and POLICE in when.get("from", (POLICE,)):
        word = "refuse" if rule.refuse else "limit"
        what = texts.NO_CALLER_OF_110_IS_REFUSED
        remedy = texts.REMOVE_WORD(word=word)
        reader.bad(then.at(word), what, remedy)
    if rule.terms.release_s and rule.terms.mode != "warm":
        what = texts.RELEASE_IS_FOR_WARM(mode=rule.terms.mode)
        reader.bad(then.at("release"), what, texts.REMOVE_RELEASE)


def _examples(items: Items, reader: Reader) -> list[Example]:
    found = []
    for parts in items:
        if "from" not in parts or "target" not in parts:
            continue
        minute = _minute_of_week(parts, reader)
        target = TargetId(parts["target"])
        said = RoutingDetails(*(parts.get(word, "") for word in ("matter", "urgency", "district", "language")))
        free, waiting, wait_s = (
            {target: parts[word]} if word in parts else {} for word in ("free_seats", "waiting", "expected_wait_s")
        )
        lists = frozenset(parts.get("list", ()))
        from_ = SwitchboardId(parts["from"])
        facts = PressFacts(
            switchboard=from_,
            target=target,
            seat=SeatId(""),
            at=0.0,
            asked="",
            routing=said,
            lists=lists,
            free_seats=free,
            minute=minute,
            waiting=waiting,
            expected_wait_s=wait_s,
        )
        found.append(Example(facts, tuple(map(TargetId, parts.get("rings", ()))), parts.get("mode", "")))
    return found


def _minute_of_week(parts: Parts, reader: Reader) -> int:
    if "at" not in parts:
        return -1
    try:
        at = datetime.fromisoformat(parts["at"])
    except ValueError:
        reader.bad(parts.at("at"), texts.THERE_IS_NO_SUCH_TIME, texts.EXAMPLE_INSTANT)
        return -1
    return at.weekday() * 1440 + at.hour * 60 + at.minute
