"""``work_order.yaml`` -> ``Form``, or every error in it with file, line and column: the same reader as that of the rules.

It stands here because this package alone knows YAML; it knows nothing of rules.
"""

from __future__ import annotations

from pathlib import Path

from gateway.contexts import texts
from gateway.contexts.formats.work_order import FLAGS, INSTANTS, JOIN, KNOWN, LISTS, YES_NO, Form, FormField
from gateway.core.values.case_details import URGENCIES
from gateway.rules.problems import Problem, RulesError
from gateway.rules.yaml_nodes import compose
from gateway.rules.yaml_reader import PROBLEMS_MAX, Reader, TooManyError, hint
from gateway.rules.yaml_shapes import Either, Field, Named, Parts, Record, Table, Text, Whole, must

CHARS_MAX = 100_000
"""Longest field; more than any context has is no limit."""

SOURCE = Named(texts.CONTEXT_HAS_NO_SUCH_FIELD, (), KNOWN)
DATE = Text(r"(?=.*%)(?:[^%]|%[YymdHMS]){1,60}", texts.DATE_FORMAT_HAS_Y, texts.EXAMPLE_DATE_FORMAT)
ONE = Record(
    {
        "from": Field(SOURCE, texts.FIELD_OF_A_CONTEXT),
        "value": Field(Text(), texts.ALWAYS),
        "values": Field(
            Table(Text(), Text(), empty=(texts.NO_VALUE_IS_NAMED, texts.NAME_VALUES)),
            texts.FORMS_WORDS_FOR_OUR_CODES,
        ),
        "else": Field(Text(), texts.WHAT_STANDS_FOR_A_CODE),
        "date": Field(DATE, texts.DATE_FORMAT),
        "max": Field(Whole(1, CHARS_MAX), texts.HOW_MANY_CHARACTERS_AT_MOST),
        "join": Field(Text(), texts.WHAT_STANDS_BETWEEN_THE_ITEMS),
    }
)
FILE = Record(
    {
        "version": Field(Whole(1, 1), texts.VERSION_OF_THE_FORMAT, must("version")),
        "fields": Field(
            Table(
                Text(r"[^\s].{0,59}", texts.FIELDS_NAME_HAS_AT_MOST, texts.SHORTEN_IT),
                Either(SOURCE, ONE),
                empty=(texts.FORM_HAS_NO_FIELD, texts.WRITE_AT_LEAST_ONE_FIELD),
            ),
            texts.FIELDS_OF_THE_FORM,
            must("fields"),
        ),
    }
)
_NEEDS = texts.WHAT_A_FORM_NEEDS


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
            fields.append(FormField(name=name, source=given) if isinstance(given, str) else _field(name, given, reader))
    except TooManyError:
        what = texts.MORE_THAN_PROBLEMS_MAX_ERRORS(problems_max=PROBLEMS_MAX)
        last = max(found.line for found in reader.problems)
        reader.problems.append(Problem(last, 1, what, texts.IS_THIS_A_FORM))
    if reader.problems:
        raise RulesError(path, text, reader.problems)
    return Form(tuple(fields))


def _field(name: str, given: Parts, reader: Reader) -> FormField:
    """One field that is more than a name; what does not go together is told."""
    source = given.get("from", "")
    if ("from" in given.nodes) == ("value" in given.nodes):
        what = texts.EXACTLY_ONE_OF_FROM_AND_VALUE
        reader.bad(given.node, what, texts.FROM_A_CONTEXTS_FIELD)
    for word, kinds in (("date", INSTANTS), ("join", LISTS)):
        if word in given.nodes and source and source not in kinds:
            what = texts.SOURCE_HAS_NO_WORD(source=source, word=word)
            reader.bad(given.at(word), what, texts.FOR_KINDS(kinds=", ".join(kinds)))
    if "values" in given.nodes and source in (*INSTANTS, *LISTS):
        reader.bad(given.at("values"), texts.SOURCE_HAS_NO_VALUES(source=source), texts.LEAVE_IT_OUT)
    if "else" in given.nodes and "values" not in given.nodes:
        reader.bad(given.at("else"), texts.ELSE_NEEDS_VALUES, texts.ADD_VALUES)
    words = given.get("values") or {}
    if isinstance(words, Parts):
        _codes(source, words, reader)
    return FormField(
        name=name,
        source=source,
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
            reader.bad(key, texts.SOURCE_HAS_NO_CODE(source=source, code=code[:60]), hint(code, known))
