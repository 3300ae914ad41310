"""``transfer_rules.yaml`` -> ``RuleSet``, or every error in it with file, line and column.

The only module that knows YAML. The file is composed into nodes, never loaded: each scalar is read as the text that was
written and converted by our own schema, so ``0110``, ``12:30``, ``on`` and ``*1`` cannot turn into 72, 750, true and an
alias.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from gateway.core.rules import OTHER, RING_S, Key, Rule, RuleSet, Rung, Target, Terms
from gateway.core.terms import SwitchboardId, TargetId
from gateway.rules_error import Problem, RulesError, plain

__all__ = ["Problem", "RulesError", "load", "parse"]

SIZE_MAX = 2_000_000
"""Bytes; 1,000 rules are 300 kB. A larger file is a mistake, and composing it would stall a reload."""
DEPTH_MAX = 20
"""Levels of nesting; the schema needs six. YAML nested by the thousand exhausts a parser's stack."""
PROBLEMS_MAX = 100
"""A file with more errors is not a rules file; looking for the nearest name of each could take minutes."""
RING_S_MIN, RING_S_MAX = 5, 120
"""Shorter no person can answer; longer no caller waits."""
MODES = ("warm", "blind", "silent", "consult", "conference")
KEY_ACTIONS = ("cancel", "accept", "decline")
ACCEPT_S_MIN, ACCEPT_S_MAX = 5, 120
"""As for ringing: a person reads a tag in less than five seconds only by luck."""
DECIDE_S_MIN, DECIDE_S_MAX = 10, 1800
"""Half an hour of three people is no longer a negotiation."""
ALSO_MAX = 5
"""Targets beside the first that ring at once."""

_Parts = dict[str, tuple[yaml.Node, yaml.Node]]
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(path: Path) -> RuleSet:
    """Read a rules file. Raises RulesError with every error in it; an unreadable file is one."""
    try:
        if path.exists() and not path.is_file():
            what = "规则文件不是普通文件 / the rules file is not a regular file"
            raise RulesError(str(path), "", [Problem(1, 1, what, "检查路径 / check the path")])
        size = path.stat().st_size
        if size > SIZE_MAX:
            what = f"文件过大（{size} 字节） / the file is too large ({size} bytes)"
            raise RulesError(str(path), "", [Problem(1, 1, what, f"最多 {SIZE_MAX} 字节 / at most {SIZE_MAX} bytes")])
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"第 {error.start} 字节不是 UTF-8 / byte {error.start} is not UTF-8"
        remedy = "用 UTF-8 保存（不是 GBK） / save the file as UTF-8 (not GBK)"
        before = error.object[: error.start].decode("utf-8").split("\n")
        raise RulesError(str(path), "", [Problem(len(before), len(before[-1]) + 1, what, remedy)]) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        error = error if isinstance(error, OSError) else OSError(0, str(error))
        what = f"读不到规则文件：{error.strerror} / cannot read the rules file: {error.strerror}"
        raise RulesError(str(path), "", [Problem(1, 1, what, "检查路径和权限 / check path and rights")]) from None
    return parse(text, str(path))


def parse(text: str, path: str = "transfer_rules.yaml") -> RuleSet:
    """Parse the text of a rules file. Raises RulesError, and nothing else, whatever the text is."""
    if len(text) > SIZE_MAX:
        what = "文件过大 / the file is too large"
        raise RulesError(path, "", [Problem(1, 1, what, f"最多 {SIZE_MAX} 字节 / at most {SIZE_MAX} bytes")])
    node = _compose(text, path)
    reader = _Reader()
    rules: RuleSet | None = None
    try:
        rules = reader.rule_set(node)
    except _TooManyError:
        what = f"错误超过 {PROBLEMS_MAX} 个，其余未列出 / more than {PROBLEMS_MAX} errors, the rest is not shown"
        last = max(problem.line for problem in reader.problems)
        reader.problems.append(Problem(last, 1, what, "这是规则文件吗？ / is this a rules file?"))
    if reader.problems or rules is None:
        raise RulesError(path, text, reader.problems)
    return rules


def _compose(text: str, path: str) -> yaml.Node:
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                what = "不支持锚点和别名（& 和 *） / anchors and aliases (& and *) are not supported"
                remedy = '按键请加引号："*1" / quote a key: "*1"'
                raise RulesError(path, text, [_problem(event.start_mark, what, remedy)])
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEPTH_MAX:
                what = "嵌套过深 / nested too deeply"
                raise RulesError(
                    path, text, [_problem(event.start_mark, what, f"最多 {DEPTH_MAX} 层 / {DEPTH_MAX} levels")]
                )
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = plain(str(error.problem))
        what = f"不是有效的 YAML：{said} / not valid YAML: {said}"
        remedy = "缩进用空格，不用制表符；含 : # * 的值加引号 / indent with spaces, not tabs; quote values with : # *"
        raise RulesError(path, text, [_problem(mark, what, remedy)]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = plain(str(error).replace("\n", " "))
        what = f"不是有效的 YAML：{said} / not valid YAML: {said}"
        raise RulesError(path, text, [Problem(1, 1, what, "检查文件内容 / check the file")]) from None
    if node is None:
        what = "规则文件是空的 / the rules file is empty"
        remedy = "至少需要 version、targets 和 rules / it needs version, targets and rules"
        raise RulesError(path, text, [Problem(1, 1, what, remedy)])
    return node


def _problem(mark: Any, what: str, remedy: str) -> Problem:
    return Problem((mark.line if mark else 0) + 1, (mark.column if mark else 0) + 1, what, remedy)


class _TooManyError(Exception):
    pass


class _Reader:
    """Walks the nodes and gathers problems; a broken part is passed over so that the rest is checked as well."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def bad(self, node: yaml.Node, what: str, remedy: str) -> None:
        if len(self.problems) >= PROBLEMS_MAX:
            raise _TooManyError
        self.problems.append(_problem(node.start_mark, plain(what), remedy))

    # --- shapes ----------------------------------------------------------------------------------------------------

    def mapping(self, node: yaml.Node, known: tuple[str, ...] | None) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Key text -> (key node, value node). ``known`` None: any key."""
        if not isinstance(node, yaml.MappingNode):
            remedy = '检查缩进；含 # 的键请加引号 / check the indentation; quote a key with #: "#"'
            self.bad(node, "这里应为“键: 值” / expected `key: value` pairs here", remedy)
            return {}
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = self.text(key)
            if name is None:
                continue
            if name in found:
                self.bad(key, f"键重复：{name} / duplicate key: {name}", "删去一个 / remove one of them")
            elif known is not None and name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"是否想写 {near[0]} / did you mean {near[0]}" if near else f"可用 / known: {', '.join(known)}"
                self.bad(key, f"未知的键：{name} / unknown key: {name}", hint)
            else:
                found[name] = (key, value)
        return found

    def items(self, node: yaml.Node) -> Iterator[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self.bad(
                node, "这里应为列表（- 开头） / expected a list (lines with -)", "检查缩进 / check the indentation"
            )
            return
        yield from node.value

    def text(self, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self.bad(node, "这里应为一个值 / expected a single value", "检查缩进 / check the indentation")
            return None
        value: str = node.value
        if value == "":
            self.bad(node, "值是空的 / the value is empty", '含 # 的值请加引号："#" / quote a value with #: "#"')
            return None
        hidden = next((c for c in value if not (c.isprintable() or c == "\u3000")), None)
        if hidden is not None:
            what = f"值里有不可见字符 U+{ord(hidden):04X} / invisible character U+{ord(hidden):04X} in a value"
            self.bad(node, what, "删去它；值只写一行 / remove it; write a value in one line")
            return None
        return value

    def whole(self, node: yaml.Node, low: int, high: int) -> int | None:
        value = self.text(node)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= 6 and low <= int(value) <= high):
            self.bad(
                node,
                f"应为 {low} 到 {high} 的整数，而不是 {value[:40]} / expected {low} to {high}, not {value[:40]}",
                "改成数字 / write a number",
            )
            return None
        return int(value)

    def one_of(self, node: yaml.Node, known: Sequence[str], what: str) -> str | None:
        value = self.text(node)
        if value is None or value in known:
            return value
        near = difflib.get_close_matches(value, known, 1)
        hint = f"是否想写 {near[0]} / did you mean {near[0]}" if near else f"可用 / known: {', '.join(known)}"
        self.bad(node, f"{what}: {value[:60]}", hint)
        return None

    # --- the schema ------------------------------------------------------------------------------------------------

    def rule_set(self, node: yaml.Node) -> RuleSet | None:
        top = self.mapping(node, ("version", "targets", "keys", "rules"))
        for needed in ("version", "targets", "rules"):
            if needed not in top and isinstance(node, yaml.MappingNode):
                self.bad(node, f"缺少 {needed} / {needed} is missing", f"补上 {needed}: / add {needed}:")
        version = self.whole(top["version"][1], 1, 1) if "version" in top else None
        targets = self.targets(top["targets"][1]) if "targets" in top else {}
        keys = self.keys(top["keys"][1], list(targets)) if "keys" in top else {}
        rules = self.rules(top["rules"][1], list(targets)) if "rules" in top else ()
        return RuleSet(targets, keys, rules, version or 1)

    def targets(self, node: yaml.Node) -> dict[TargetId, Target]:
        found: dict[TargetId, Target] = {}
        for id_, (key, value) in self.mapping(node, None).items():
            if not (id_.isascii() and id_.isalnum() and len(id_) <= 32):
                self.bad(
                    key,
                    f"目标编号只能用字母和数字：{id_} / a target id has letters and digits only: {id_}",
                    '例如 / e.g. "110"',
                )
                continue
            parts = self.mapping(value, ("name", "organisation"))
            name = self._part(parts, "name", self.text) or id_
            found[TargetId(id_)] = Target(TargetId(id_), name, self._part(parts, "organisation", self.text) or "")
        if isinstance(node, yaml.MappingNode) and not node.value:
            self.bad(node, "没有目标 / there is no target", "至少写一个目标 / write at least one target")
        return found

    def keys(self, node: yaml.Node, targets: list[TargetId]) -> dict[str, Key]:
        found: dict[str, Key] = {}
        for code, (key, value) in self.mapping(node, None).items():
            if not (1 <= len(code) <= 10 and set(code) <= set("0123456789*#ABCD")):
                self.bad(
                    key, f"按键只能用 0-9 * # A-D：{code} / a key has 0-9 * # A-D only: {code}", '例如 / e.g. "*1"'
                )
                continue
            longer = next((other for other in found if other.startswith(code) or code.startswith(other)), None)
            if longer is not None:
                what = f"按键 {code} 与 {longer} 一个是另一个的开头 / of the keys {code} and {longer} one begins with the other"
                self.bad(
                    key, what, "换一个，否则短的要等一秒 / change one, or the shorter has to wait for a second digit"
                )
                continue
            deed = self.key(value, targets)
            if deed is not None:
                found[code] = deed
        return found

    def key(self, node: yaml.Node, targets: list[TargetId]) -> Key | None:
        """``other``, a target's id, ``cancel``, ``accept``, ``decline``, or ``{target: …, mode: …}``."""
        known = [OTHER, *targets]
        unknown = "未知的按键动作 / unknown action of a key"
        if not isinstance(node, yaml.MappingNode):
            value = self.one_of(node, [*known, *KEY_ACTIONS], unknown)
            if value is None or value in KEY_ACTIONS:
                return Key(value) if value is not None else None
            return Key("transfer", TargetId(value))
        parts = self.mapping(node, ("target", "mode"))
        if "target" not in parts:
            self.bad(node, "缺少 target / target is missing", "加上 target: / add target:")
        target = self._part(parts, "target", lambda n: self.one_of(n, known, "未知的目标 / unknown target"))
        mode = self._part(parts, "mode", lambda n: self.one_of(n, MODES, "未知的转接方式 / unknown mode")) or ""
        return Key("transfer", TargetId(target), mode) if target is not None else None

    def rules(self, node: yaml.Node, targets: list[TargetId]) -> tuple[Rule, ...]:
        found: list[Rule] = []
        names: set[str] = set()
        default: str | None = None
        unread = False
        for item in self.items(node):
            before = len(self.problems)
            rule = self.rule(item, targets)
            if rule is None or len(self.problems) > before:
                unread = True  # what was meant is not known, so nothing is said about the order
                continue
            if rule.name in names:
                self.bad(item, f"规则重名：{rule.name} / two rules are named {rule.name}", "改一个名字 / rename one")
            if default is not None:
                self.bad(
                    item,
                    f"默认规则“{default}”之后的规则永远用不到 / a rule after the default ({default}) is never reached",
                    "把默认规则放在最后 / put the default last",
                )
            if rule.from_ is None and rule.target is None:
                default = rule.name
            names.add(rule.name)
            found.append(rule)
        if isinstance(node, yaml.SequenceNode) and not node.value:
            self.bad(node, "没有规则 / there is no rule", "至少写一条默认规则 / write at least a default rule")
        elif found and default is None and not unread:
            self.bad(
                node,
                "没有默认规则 / there is no default rule",
                "最后加一条没有 when 的规则 / end with a rule without `when`",
            )
        return tuple(found)

    def rule(self, node: yaml.Node, targets: list[TargetId]) -> Rule | None:
        parts = self.mapping(node, ("name", "when", "then"))
        if not parts:
            return None
        name = self._part(parts, "name", self.text)
        if "name" not in parts:
            self.bad(node, "规则没有名字 / the rule has no name", "加上 name: / add name:")
        if "then" not in parts:
            self.bad(node, "规则缺少 then / the rule has no `then`", "加上 then: / add then:")
            return None
        when = self.mapping(parts["when"][1], ("from", "target")) if "when" in parts else {}
        unknown = "未知的目标 / unknown target"
        from_ = self._part(when, "from", lambda n: self.one_of(n, targets, "未知的总机 / unknown switchboard"))
        target = self._part(when, "target", lambda n: self.one_of(n, targets, unknown))
        then = self.mapping(parts["then"][1], ("mode", "ladder", "tag", "accept_s", "decide_s"))
        mode = self._part(then, "mode", lambda n: self.one_of(n, MODES, "未知的转接方式 / unknown mode")) or "warm"
        ladder = self.ladder(then["ladder"][1], targets) if "ladder" in then else ()
        tag = self._part(then, "tag", self.tag) or "[{from}转]"
        accept_s = self._part(then, "accept_s", lambda n: self.whole(n, ACCEPT_S_MIN, ACCEPT_S_MAX)) or 0
        decide_s = self._part(then, "decide_s", lambda n: self.whole(n, DECIDE_S_MIN, DECIDE_S_MAX)) or Terms().decide_s
        if name is None:
            return None
        where = SwitchboardId(from_) if from_ else None, TargetId(target) if target else None
        return Rule(name, *where, ladder, Terms(mode, tag, accept_s, decide_s))

    def ladder(self, node: yaml.Node, targets: list[TargetId]) -> tuple[Rung, ...]:
        rungs: list[Rung] = []
        for item in self.items(node):
            parts = self.mapping(item, ("target", "also", "ring_s"))
            if "target" not in parts:
                self.bad(item, "缺少 target / target is missing", "加上 target: / add target:")
                continue
            target = self.one_of(parts["target"][1], targets, "未知的目标 / unknown target")
            ring_s = self._part(parts, "ring_s", lambda n: self.whole(n, RING_S_MIN, RING_S_MAX)) or RING_S
            also = self.also(parts["also"][1], targets, target) if "also" in parts else ()
            if target is not None:
                rungs.append(Rung(TargetId(target), ring_s, also))
        if isinstance(node, yaml.SequenceNode) and not node.value:
            remedy = "写上目标，或删去 ladder / name a target, or leave `ladder` out"
            self.bad(node, "振铃顺序是空的 / the ladder is empty", remedy)
        return tuple(rungs)

    def also(self, node: yaml.Node, targets: list[TargetId], target: str | None) -> tuple[TargetId, ...]:
        """Further targets that ring at the same time."""
        found: list[TargetId] = []
        for item in self.items(node):
            value = self.one_of(item, targets, "未知的目标 / unknown target")
            if value is not None and (value == target or value in found):
                what = f"目标重复：{value} / the target {value} stands here twice"
                self.bad(item, what, "删去一个 / remove one of them")
            elif value is not None:
                found.append(TargetId(value))
        if len(found) > ALSO_MAX:
            what = f"同时振铃的目标过多 / too many targets at once: {len(found) + 1}"
            self.bad(node, what, f"最多 {ALSO_MAX + 1} 个 / at most {ALSO_MAX + 1}")
        return tuple(found)

    def tag(self, node: yaml.Node) -> str | None:
        """A caller-ID tag goes through the dialplan: nothing that means something there (law 8)."""
        value = self.text(node)
        if value is None:
            return None
        if len(value) > 40 or set(value.replace("{from}", "")) & set('^(),"&|$;{}\\'):
            self.bad(
                node,
                f'标签不能含 ^ ( ) , " & | $ ; \\ 且最长 40 字：{value[:60]} / '
                'a tag has no ^ ( ) , " & | $ ; \\ and at most 40 characters',
                "换掉这些字符 / use other characters",
            )
            return None
        return value

    @staticmethod
    def _part(parts: _Parts, name: str, read: Callable[[yaml.Node], str | int | None]) -> Any:
        return read(parts[name][1]) if name in parts else None
