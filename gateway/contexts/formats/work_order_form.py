"""``work_order.yaml`` -> ``Form``, or every error in it with file, line and column: the same reader as that of the rules.

It stands here because this package alone knows YAML; it knows nothing of rules.
"""

from __future__ import annotations

from pathlib import Path

from gateway.contexts.formats.work_order import FLAGS, INSTANTS, JOIN, KNOWN, LISTS, YES_NO, Form, FormField
from gateway.core.values.case_details import URGENCIES
from gateway.rules.problems import Problem, RulesError
from gateway.rules.yaml_nodes import compose
from gateway.rules.yaml_reader import PROBLEMS_MAX, Reader, TooManyError, hint
from gateway.rules.yaml_shapes import Either, Field, Named, Parts, Record, Table, Text, Whole, must

CHARS_MAX = 100_000
"""Of a field; and more than any context has is no limit."""

SOURCE = Named("来电信息没有这个字段 / a context has no such field", (), KNOWN)
DATE = Text(
    r"(?=.*%)(?:[^%]|%[YymdHMS]){1,60}",
    "日期格式只能用 %Y %y %m %d %H %M %S / a date format has %Y %y %m %d %H %M %S and nothing else with %",
    '例如 / e.g. "%Y-%m-%d %H:%M:%S"',
)
ONE = Record(
    {
        "from": Field(SOURCE, "来电信息的字段 / the field of a context"),
        "value": Field(Text(), "固定的值 / always this"),
        "values": Field(
            Table(
                Text(), Text(), empty=("没有写值 / no value is named", "写上值，或删去 / name values, or leave it out")
            ),
            "代码在表单上的写法 / the form's words for our codes",
        ),
        "else": Field(Text(), "没有写法的代码写成什么 / what stands for a code that has no word"),
        "date": Field(DATE, "日期格式（北京时间） / date format, in China's time"),
        "max": Field(Whole(1, CHARS_MAX), "最多多少字 / how many characters at most"),
        "join": Field(Text(), "列表各项之间写什么 / what stands between the items of a list"),
    }
)
FILE = Record(
    {
        "version": Field(Whole(1, 1), "格式版本 / version of the format", must("version")),
        "fields": Field(
            Table(
                Text(
                    r"[^\s].{0,59}", "字段名最多 60 字 / a field's name has at most 60 characters", "改短 / shorten it"
                ),
                Either(SOURCE, ONE),
                empty=("表单没有字段 / the form has no field", "至少写一个字段 / write at least one field"),
            ),
            "表单的字段 / the fields of the form",
            must("fields"),
        ),
    }
)
_NEEDS = "至少需要 version 和 fields / it needs version and fields"


def load(path: Path) -> Form:
    """Read a form. Raises RulesError with every error in it; an unreadable file is one."""
    from gateway.rules.file import read

    return parse(read(path), str(path))


def parse(text: str, path: str = "work_order.yaml") -> Form:
    """Parse the text of a form. Raises RulesError, and nothing else, whatever the text is."""
    node = compose(text, path, needs=_NEEDS)
    reader = Reader()
    fields: list[FormField] = []
    try:
        file = FILE.read(node, reader)
        for name, given in file.get("fields", {}).items() if file is not None else ():
            fields.append(FormField(name, given) if isinstance(given, str) else _field(name, given, reader))
    except TooManyError:
        what = f"错误超过 {PROBLEMS_MAX} 个，其余未列出 / more than {PROBLEMS_MAX} errors, the rest is not shown"
        last = max(found.line for found in reader.problems)
        reader.problems.append(Problem(last, 1, what, "这是表单文件吗？ / is this a form?"))
    if reader.problems:
        raise RulesError(path, text, reader.problems)
    return Form(tuple(fields))


def _field(name: str, given: Parts, reader: Reader) -> FormField:
    """One field that is more than a name; what does not go together is told."""
    source = given.get("from", "")
    if ("from" in given.nodes) == ("value" in given.nodes):
        what = "from 和 value 应有且只有一个 / exactly one of `from` and `value`"
        reader.bad(
            given.node, what, "from：来电信息的字段；value：固定的值 / from: a context's field; value: always this"
        )
    for word, kinds in (("date", INSTANTS), ("join", LISTS)):
        if word in given.nodes and source and source not in kinds:
            what = f"{source} 不能有 {word} / {source} has no {word}"
            reader.bad(given.at(word), what, f"可用于 / for: {', '.join(kinds)}")
    if "values" in given.nodes and source in (*INSTANTS, *LISTS):
        reader.bad(given.at("values"), f"{source} 不能有 values / {source} has no values", "删去 / leave it out")
    if "else" in given.nodes and "values" not in given.nodes:
        reader.bad(given.at("else"), "else 须与 values 同用 / else needs values", "加上 values / add values")
    words = given.get("values") or {}
    if isinstance(words, Parts):
        _codes(source, words, reader)
    return FormField(
        name,
        source,
        constant=given.get("value", ""),
        words=dict(words),
        otherwise=given.get("else"),
        date=given.get("date", ""),
        chars_max=given.get("max", 0),
        join=given.get("join", JOIN),
    )


def _codes(source: str, words: Parts, reader: Reader) -> None:
    """Where the codes are ours, one that is none was meant otherwise."""
    known = {"urgency": URGENCIES, **dict.fromkeys(FLAGS, tuple(YES_NO))}.get(source, ())
    for code, key in words.keys_.items():
        if known and code not in known:
            reader.bad(key, f"{source} 没有这个代码：{code[:60]} / {source} has no code {code[:60]}", hint(code, known))
