"""Errors for people have one shape: what, where, and what to do."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from gateway.api import ApiError
from gateway.config.settings import ConfigError
from gateway.contexts.export import ExportError
from gateway.core.values.fault import Fault
from gateway.debian.errors import LabError
from gateway.doctor.findings import Finding
from gateway.guards.bounded_file import NotRegularError, TooLargeError
from gateway.reporting import ReportError
from gateway.rules.problems import Problem, RulesError
from gateway.store import StoreError

GATEWAY = Path(__file__).resolve().parents[3] / "gateway"
PATH = Path("f")


@pytest.mark.parametrize(
    ("fault", "shown", "line"),
    [
        (Fault("w", "p", "r"), "w\n    p\n    → r", "w (p) → r"),
        (Fault("w", "", "r"), "w\n    → r", "w → r"),
        (LabError("w", "p", "r"), "w\n    p\n    → r", "w (p) → r"),
        (ApiError("w", "p", "r"), "w\n    p\n    → r", "w (p) → r"),
        (StoreError("w", "p", "r"), "w (p) → r", "w (p) → r"),
        (ReportError("w", "r"), "w\n    → r", "w → r"),
        (ExportError("w", "r"), "w\n    → r", "w → r"),
        (ConfigError("f", [("a", "w", "r"), ("b", "v", "q")]), "f: a: w\n    → r\nf: b: v\n    → q", "w (f: a) → r"),
        (RulesError("f", "", [Problem(2, 1, "v", "q"), Problem(1, 3, "w", "r")]), "f:1:3: w\n    → r\nf:2:1: v\n    → q", "w (f:1:3) → r"),
    ],
)  # fmt: skip
def test_every_kind_is_a_fault_and_is_shown_as_before(fault: Fault, shown: str, line: str) -> None:
    """Lines for a terminal and one line for a log; who holds several shows them all, and is the first."""
    assert (str(fault), fault.line()) == (shown, line)


def test_a_fault_is_a_finding_of_the_doctor() -> None:
    """The doctor takes its three texts as they are."""
    assert Finding.of(Fault("w", "p", "r")) == Finding("error", "w", "p", "r")


def test_a_file_that_cannot_be_read_says_where_it_is() -> None:
    """Its path stands in the error, not only where it was asked for."""
    assert [error.where for error in (NotRegularError(PATH), TooLargeError(PATH, 1))] == ["f", "f"]


def test_no_other_error_has_the_shape_of_its_own() -> None:
    """Whatever is raised with a remedy is a Fault, so that the command line and the doctor know what to show."""
    own = []
    for path in sorted(GATEWAY.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.ClassDef) or not any(
                ast.unparse(base).endswith("Error") or ast.unparse(base) == "Exception" for base in node.bases
            ):
                continue
            names = {
                one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
            }
            if {"what", "remedy"} <= names:
                own.append(node.name)
    assert own == ["Fault"]
