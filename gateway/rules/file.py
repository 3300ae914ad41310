"""``transfer_rules.yaml`` -> ``RuleSet``, or every error in it with file, line and column; ``work_order.yaml`` is read likewise (``contexts.formats.work_order_form``).

The only package that knows YAML. A text becomes nodes (``yaml_nodes``), each scalar as it was written, so that ``0110``, ``12:30``,
``on`` and ``*1`` cannot turn into 72, 750, true and an alias; one schema (``schema``, made of ``yaml_shapes``) reads them and is
written as JSON Schema; ``values`` makes the core's values of them, and ``checks`` looks at the rules as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.core.rules.rule_set import RuleSet
from gateway.guards.bounded_file import NotRegularError, TooLargeError, read_bounded
from gateway.rules import checks, texts, values
from gateway.rules.problems import Problem, RulesError
from gateway.rules.schema import (
    ACCEPT_S_MAX,
    ACCEPT_S_MIN,
    ALSO_MAX,
    DECIDE_S_MAX,
    DECIDE_S_MIN,
    FILE,
    MODES,
    json_schema,
)
from gateway.rules.yaml_nodes import DEPTH_MAX, compose, problem
from gateway.rules.yaml_reader import PROBLEMS_MAX, Reader, TooManyError
from gateway.rules.yaml_shapes import Names, Parts

__all__ = [
    "ACCEPT_S_MAX",
    "ACCEPT_S_MIN",
    "ALSO_MAX",
    "DECIDE_S_MAX",
    "DECIDE_S_MIN",
    "DEPTH_MAX",
    "MODES",
    "PROBLEMS_MAX",
    "SIZE_MAX",
    "Checked",
    "Problem",
    "RulesError",
    "check",
    "check_text",
    "json_schema",
    "load",
    "names_of",
    "parse",
]

SIZE_MAX = 2_000_000
"""Bytes; 1,000 rules and 10,000 matters are 800 kB. A larger file is a mistake, and composing it would stall a reload."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Rules without an error, and what is odd in them all the same."""

    rules: RuleSet
    warnings: tuple[Problem, ...]
    text: str


def load(path: Path) -> RuleSet:
    """Read a rules file. Raises RulesError with every error in it; an unreadable file is one."""
    return check(path).rules


def parse(text: str, path: str = "transfer_rules.yaml") -> RuleSet:
    """Parse the text of a rules file. Raises RulesError, and nothing else, whatever the text is."""
    return check_text(text, path).rules


def check(path: Path) -> Checked:
    """Read a rules file with its warnings. Raises RulesError as ``load`` does."""
    return check_text(read(path), str(path))


def read(path: Path) -> str:
    """The text of a YAML file. Raises RulesError where it cannot be one."""
    try:
        return read_bounded(path, SIZE_MAX).decode("utf-8")
    except (TooLargeError, NotRegularError) as error:
        raise RulesError(str(path), "", [Problem(1, 1, error.what, error.remedy)]) from None
    except UnicodeDecodeError as error:
        what = texts.BYTE_START_IS_NOT_UTF_8(start=error.start)
        remedy = texts.SAVE_THE_FILE_AS_UTF_8
        before = error.object[: error.start].decode("utf-8").split("\n")
        raise RulesError(str(path), "", [Problem(len(before), len(before[-1]) + 1, what, remedy)]) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        error = error if isinstance(error, OSError) else OSError(0, str(error))
        what = texts.CANNOT_READ_THE_FILE(strerror=error.strerror)
        raise RulesError(str(path), "", [Problem(1, 1, what, texts.CHECK_PATH_AND_RIGHTS)]) from None


def check_text(text: str, path: str = "transfer_rules.yaml") -> Checked:
    """Check the text of a rules file. Raises RulesError, and nothing else, whatever the text is."""
    if len(text) > SIZE_MAX:
        what = texts.FILE_IS_TOO_LARGE
        raise RulesError(path, "", [Problem(1, 1, what, texts.AT_MOST_SIZE_MAX_BYTES(size_max=SIZE_MAX))])
    node = compose(text, path)
    reader = Reader()
    rules: RuleSet | None = None
    file: Parts | None = None
    try:
        file = FILE.read(node, reader)
        if file is not None:
            whole = not reader.problems
            rules = values.rule_set(file, reader)
            if whole and len(rules.rules) == len(file["rules"]):
                checks.tell_errors(rules, file, reader)
    except TooManyError:
        what = texts.MORE_THAN_PROBLEMS_MAX_ERRORS(problems_max=PROBLEMS_MAX)
        last = max(found.line for found in reader.problems)
        reader.problems.append(Problem(last, 1, what, texts.IS_THIS_A_RULES_FILE))
    if reader.problems or rules is None or file is None:
        raise RulesError(path, text, reader.problems)
    odd = [problem(node.start_mark, what, remedy) for node, what, remedy in checks.unused_targets(rules, file)]
    return Checked(rules, tuple(odd), text)


def names_of(rules: RuleSet) -> Names:
    """Names that a file with these rules can use, by kind: for ``json_schema``."""
    return {
        "targets": rules.targets,
        "matters": rules.catalogue.matters,
        "matter_lists": rules.catalogue.lists,
        "classes": rules.catalogue.classes,
        "divisions": rules.divisions,
        "lists": rules.callers.lists,
    }
