"""The schema of ``transfer_rules.yaml``: every word, what it may be, and what it does. Read from top to bottom.

``docs/rules.md`` explains the words with examples; ``onekey rules schema`` writes this as JSON Schema for editors.
"""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from gateway.core.rules.rule import OTHER
from gateway.core.values.case_details import URGENCIES
from gateway.core.values.texts import SPOKEN
from gateway.rules.alphabets import (
    CODE,
    DATE,
    DAYS,
    DIAL,
    DIVISION,
    INSTANT,
    LANGUAGE,
    NAME,
    NUMBER,
    REASON,
    TAG,
    TARGET_ID,
    TIME,
    WORD,
)
from gateway.rules.yaml_reader import Reader, hint
from gateway.rules.yaml_shapes import Either, Field, Json, ListOf, Named, Names, Parts, Record, Table, Text, Whole, must

RING_S_MIN, RING_S_MAX = 5, 120
"""Shorter no person can answer; longer no caller waits."""
MODES = ("warm", "blind", "silent", "consult", "conference")
KEY_ACTIONS = ("cancel", "accept", "decline")
ACCEPT_S_MIN, ACCEPT_S_MAX = 5, 120
"""As for ringing: a person reads a tag in less than five seconds only by luck."""
DECIDE_S_MIN, DECIDE_S_MAX = 10, 1800
"""Half an hour of three people is no longer a negotiation."""
RELEASE_S_MIN, RELEASE_S_MAX = 5, 1800
ALSO_MAX = 5
"""Targets beside the first that ring at once."""
LIMIT_MAX = 6000
"""A hundred a second is more than any switchboard takes: no limit at all."""

A_TARGET = Named("未知的目标 / unknown target", ("targets",))
A_SWITCHBOARD = Named("未知的总机 / unknown switchboard", ("targets",))
A_MODE = Named("未知的转接方式 / unknown mode", (), MODES)
A_MATTER = Named("未知的事项 / unknown matter", ("matters", "matter_lists"))
A_CLASS = Named("未知的事项类别 / unknown class", ("classes",))
AN_URGENCY = Named("未知的紧急程度 / unknown urgency", (), URGENCIES)
A_LIST = Named("未知的来电名单 / unknown list of callers", ("lists",))
YES_NO = Named("应为 yes 或 no / expected yes or no", (), ("yes", "no"))


@dataclass(frozen=True)
class District:
    """A division code: one of those in the file, where it has any."""

    def read(self, node: yaml.Node, reader: Reader) -> str | None:
        """The code."""
        code = DIVISION.read(node, reader)
        if code is None or not reader.names.get("divisions"):
            return code
        return Named("未知的区划代码 / unknown division code", ("divisions",)).read(node, reader)

    def schema(self, names: Names) -> Json:
        """An enumeration where the file has divisions."""
        return Named("", ("divisions",)).schema(names) if names.get("divisions") else DIVISION.schema(names)


@dataclass(frozen=True)
class RungName:
    """A target, or several that ring at once: ``119-120``."""

    def read(self, node: yaml.Node, reader: Reader) -> str | None:
        """The name of a rung."""
        value = reader.text(node)
        for part in value.split("-") if value is not None else ():
            if part not in reader.names.get("targets", ()):
                known = reader.names.get("targets", ())
                reader.bad(node, f"未知的目标 / unknown target: {part[:60]}", hint(part, known))
                return None
        return value

    def schema(self, names: Names) -> Json:
        """A text of ids with hyphens between."""
        return Text(f"{TARGET_ID.pattern}(?:-{TARGET_ID.pattern})*").schema(names)


@dataclass(frozen=True)
class Codes(Table):
    """The matters; their classes become names."""

    def read(self, node: yaml.Node, reader: Reader) -> Parts | None:
        """Matters by code."""
        parts = super().read(node, reader)
        found = (value.get("class") for value in (parts or {}).values() if isinstance(value, Parts))
        reader.names["classes"] = dict.fromkeys(class_ for class_ in found if class_)
        return parts


def _several(item: Named | District | Text) -> ListOf:
    """A condition: one value or several, any of which will do."""
    return ListOf(
        item, single=True, empty=("列表是空的 / the list is empty", "写上值，或删去 / write a value, or leave it out")
    )


HOURS = ListOf(
    Record(
        {
            "days": Field(DAYS, "星期，周一为 1；不写为每天 / days of the week, Monday is 1; left out: every day"),
            "from": Field(TIME, "开始 / from", must("from")),
            "to": Field(TIME, "到（不含） / until", must("to")),
        }
    ),
    single=True,
    empty=("时段是空的 / no hours are named", "写上时段，或删去 / name hours, or leave them out"),
)

DIVISIONS = Table(DIVISION, NAME, opens="divisions")

TARGETS = Table(
    TARGET_ID,
    Record(
        {
            "name": Field(NAME, "名称 / name for people"),
            "organisation": Field(NAME, "单位名称或代码 / name or code of the organisation"),
            "division": Field(District(), "所属区划（GB/T 2260） / its division"),
            "kind": Field(
                Named("未知的类型 / unknown kind", (), ("attached", "trunk")),
                "attached：已接入、看得到坐席；trunk：只能拨打 / attached: we see its seats; trunk: it can only be dialled",
            ),
            "queues": Field(ListOf(WORD, single=True), "它的队列 / its queues"),
            "dial": Field(
                Either(DIAL, Table(TARGET_ID, DIAL)), "拨号串，或按总机分别写 / what is dialled, or that by switchboard"
            ),
            "hours": Field(
                HOURS, "服务时间，不写为全天；之外跳过 / when it is open; a ladder passes it over at other times"
            ),
            "hold_back": Field(Whole(0, 1000), "留给其来电人的空闲坐席数 / free seats kept for its own callers"),
            "sees_confidential": Field(
                YES_NO, "来电人要求保密时仍可见号码 / it sees numbers that callers want kept confidential"
            ),
        }
    ),
    empty=("没有目标 / there is no target", "至少写一个目标 / write at least one target"),
    opens="targets",
)

MATTERS = Record(
    {
        "codes": Field(
            Codes(
                CODE,
                Either(
                    NAME,
                    Record(
                        {
                            "name": Field(NAME, "名称 / name", must("name")),
                            "class": Field(WORD, "类别，下级同此 / its class, and that of all below it"),
                        }
                    ),
                ),
                opens="matters",
            ),
            "事项：代码与名称，点表示上下级 / matters: code and name; dots make the tree",
        ),
        "lists": Field(
            Table(WORD, ListOf(Named("未知的事项 / unknown matter", ("matters",)), single=True), opens="matter_lists"),
            "目录，如 12345_to_110；包含下级 / lists of matters, such as 12345_to_110; those below are included",
        ),
    }
)

LISTS = Table(
    WORD,
    ListOf(
        Record(
            {
                "number": Field(NUMBER, "来电号码 / the caller's number", must("number")),
                "reason": Field(NAME, "原因 / why", must("reason")),
                "until": Field(DATE, "有效到（含） / the last day on which it counts", must("until")),
            }
        )
    ),
    opens="lists",
)

KEYS = Table(
    Text("[0-9*#A-D]{1,10}", "按键只能用 0-9 * # A-D / a key has 0-9 * # A-D only", '例如 / e.g. "*1"'),
    Either(
        Named("未知的按键动作 / unknown action of a key", ("targets",), (OTHER, *KEY_ACTIONS)),
        Record(
            {
                "target": Field(
                    Named("未知的目标 / unknown target", ("targets",), (OTHER,)), "转给谁 / to whom", must("target")
                ),
                "mode": Field(A_MODE, "转接方式，先于规则 / the mode, before that of the rule"),
            }
        ),
    ),
)

WHEN = Record(
    {
        "from": Field(_several(A_SWITCHBOARD), "按键的总机 / the switchboard at which the key is pressed"),
        "target": Field(_several(A_TARGET), "按键指的目标 / the target that the key means"),
        "matter": Field(
            _several(A_MATTER), "事项代码（含下级）或目录名 / matter codes, with all below, or lists of them"
        ),
        "class": Field(_several(A_CLASS), "事项类别 / class of the matter"),
        "urgency": Field(_several(AN_URGENCY), "紧急程度 / urgency"),
        "district": Field(_several(District()), "区划（市含其区县） / division; a city's code covers its districts"),
        "hours": Field(HOURS, "时段 / hours"),
        "language": Field(_several(LANGUAGE), "来电人的语言 / the caller's language"),
        "free_seats": Field(Whole(1, 1000), "目标的空闲坐席少于 / the target has fewer free seats than"),
        "waiting": Field(Whole(1, 1000), "目标至少有几人在等待 / at least so many callers wait at the target"),
        "expected_wait_s": Field(
            Whole(1, 3600), "目标的预计等待至少几秒 / a caller is expected to wait there at least so many seconds"
        ),
        "list": Field(_several(A_LIST), "来电人在名单上 / the caller is on a list"),
    }
)

LADDER = ListOf(
    Record(
        {
            "target": Field(A_TARGET, "呼叫谁 / who is rung", must("target")),
            "also": Field(ListOf(A_TARGET), "同时呼叫 / who is rung at the same time"),
            "ring_s": Field(Whole(RING_S_MIN, RING_S_MAX), "振铃秒数 / seconds of ringing"),
        }
    ),
    empty=("振铃顺序是空的 / the ladder is empty", "写上目标，或删去 ladder / name a target, or leave `ladder` out"),
)

THEN = Record(
    {
        "mode": Field(A_MODE, "转接方式，默认 warm / the mode; default warm"),
        "ladder": Field(LADDER, "依次呼叫；默认呼叫所按目标 / who is rung in order; default: the target of the key"),
        "tag": Field(TAG, "对方来电显示的前缀 / prefix of the caller's name on the far phone"),
        "accept_s": Field(
            Whole(ACCEPT_S_MIN, ACCEPT_S_MAX), "摘机后须确认接受的秒数 / seconds to accept after answering"
        ),
        "decide_s": Field(Whole(DECIDE_S_MIN, DECIDE_S_MAX), "协商秒数，到时首接负责 / seconds of a consultation"),
        "release": Field(
            Whole(RELEASE_S_MIN, RELEASE_S_MAX),
            "三方通话多少秒后释放坐席 / seconds of three parties until the seat is released",
        ),
        "end": Field(
            Named("未知的目标 / unknown target", ("targets",), ("seat",)),
            "都未接时：seat 由坐席继续（默认），或最后呼叫的值班目标 / nobody answers: the seat goes on, or a last target is rung",
        ),
        "prompts": Field(
            ListOf(Named("未知的提示音 / unknown prompt", (), ("on", "off", *SPOKEN)), single=True),
            "坐席听到的提示音：on、off 或名称 / prompts for the seat",
        ),
        "limit": Field(Whole(1, LIMIT_MAX), "此规则每分钟最多转接 / transfers of this rule in a minute"),
        "hold_back": Field(Whole(0, 1000), "代替目标的 hold_back / instead of the target's hold_back"),
        "split": Field(YES_NO, "一分为二：本方部分不移交 / two parts: ours stays with us"),
        "refuse": Field(REASON, "不转接，坐席看到的说明 / no transfer; what the seat reads"),
    }
)

EXAMPLE = Record(
    {
        "from": Field(A_SWITCHBOARD, "按键的总机 / pressed at", must("from")),
        "target": Field(A_TARGET, "按键指的目标 / the key's target", must("target")),
        "matter": Field(Named("未知的事项 / unknown matter", ("matters",)), "事项 / matter"),
        "urgency": Field(AN_URGENCY, "紧急程度 / urgency"),
        "district": Field(District(), "区划 / division"),
        "language": Field(LANGUAGE, "语言 / language"),
        "list": Field(_several(A_LIST), "来电人所在名单 / lists that the caller is on"),
        "at": Field(INSTANT, "当地时刻 / local time"),
        "free_seats": Field(Whole(0, 1000), "目标的空闲坐席 / free seats of the target"),
        "waiting": Field(Whole(0, 1000), "目标的等待人数 / callers who wait at the target"),
        "expected_wait_s": Field(Whole(0, 3600), "目标的预计等待秒数 / the wait expected at the target, seconds"),
        "rings": Field(ListOf(RungName(), single=True), "应依次呼叫 / who must be rung, in order"),
        "mode": Field(A_MODE, "应有的转接方式 / the mode that it must have"),
    }
)

RULE = Record(
    {
        "name": Field(NAME, "规则名 / name", ("规则没有名字 / the rule has no name", "加上 name: / add name:")),
        "when": Field(
            WHEN, "条件，须全部符合；不知道的不符合 / conditions, all of which must fit; what is not known does not"
        ),
        "then": Field(
            THEN, "怎么办 / what is done", ("规则缺少 then / the rule has no `then`", "加上 then: / add then:")
        ),
        "examples": Field(ListOf(EXAMPLE), "必须由本规则决定的例子 / presses that this rule must decide"),
    }
)

FILE = Record(
    {
        "version": Field(Whole(1, 1), "格式版本 / version of the format", must("version")),
        "divisions": Field(DIVISIONS, "区划代码与名称 / division codes and names"),
        "targets": Field(TARGETS, "能被呼叫的目标 / what can be rung", must("targets")),
        "matters": Field(MATTERS, "受理范围目录 / scope catalogues"),
        "lists": Field(LISTS, "来电人名单 / lists of callers"),
        "keys": Field(KEYS, "坐席按键 / keys of a seat's phone"),
        "rules": Field(
            ListOf(RULE, empty=("没有规则 / there is no rule", "至少写一条默认规则 / write at least a default rule")),
            "规则，第一条符合的生效 / rules; the first that fits decides",
            must("rules"),
        ),
    }
)


def json_schema(names: Names) -> Json:
    """JSON Schema (draft 2020-12) of a rules file. With the names of a file, editors complete them, too."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "transfer_rules.yaml"}
    return {**head, **FILE.schema(names)}
