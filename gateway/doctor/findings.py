"""A finding of the doctor, and how it is written for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from gateway.core.values.fault import Fault
from gateway.doctor import texts

NAMES_SHOWN = 6
"""Names in one finding: enough to see which kind they are of."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``level`` is ok, warning or error, or unknown: what could not be seen from here (law 7). The texts are Chinese with English beside it."""

    level: str
    what: str
    where: str
    remedy: str = ""

    @classmethod
    def of(cls, fault: Fault, level: str = "error") -> Self:
        """An error of ours, as a finding."""
        return cls(level, fault.what, fault.where, fault.remedy)


def some(names: Sequence[str], most: int = NAMES_SHOWN) -> str:
    """Names in one line, the first of them where they are many: ``a, b … +3``."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" … +{left}" if left > 0 else "")


def describe(findings: list[Finding], fine: str = texts.READY_FOR_CALLS) -> str:
    """A page for people: what is wrong first."""
    marks = {
        "error": texts.LEVEL_ERROR,
        "warning": texts.LEVEL_WARNING,
        "unknown": texts.LEVEL_UNKNOWN,
        "ok": texts.LEVEL_OK,
    }
    order = {"error": 0, "warning": 1, "unknown": 2, "ok": 3}
    lines = []
    for finding in sorted(findings, key=lambda f: order[f.level]):
        lines.append(f"{marks[finding.level]} {finding.where}: {finding.what}")
        if finding.remedy:
            lines.append(f"                 → {finding.remedy}")
    errors = sum(finding.level == "error" for finding in findings)
    unknown = sum(finding.level == "unknown" for finding in findings)
    fine = texts.COUNT_OF_UNKNOWNS(unknown=unknown) if unknown else fine
    lines.append(texts.COUNT_OF_ERRORS(errors=errors) if errors else f"\n{fine}")
    return "\n".join(lines)
