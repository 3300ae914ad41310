"""A finding of the doctor, and how it is written for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from gateway.core.values.fault import Fault


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


def describe(findings: list[Finding], fine: str = "可以投入使用 / ready for calls") -> str:
    """A page for people: what is wrong first."""
    marks = {"error": "✘ 错误 error  ", "warning": "! 注意 warning", "unknown": "? 未核对 unseen", "ok": "✔ 正常 ok     "}
    order = {"error": 0, "warning": 1, "unknown": 2, "ok": 3}
    lines = []
    for finding in sorted(findings, key=lambda f: order[f.level]):
        lines.append(f"{marks[finding.level]} {finding.where}: {finding.what}")
        if finding.remedy:
            lines.append(f"                 → {finding.remedy}")
    errors = sum(finding.level == "error" for finding in findings)
    unknown = sum(finding.level == "unknown" for finding in findings)
    if not errors and unknown:
        fine = f"没有发现错误，有 {unknown} 项未能核对 / no error was found; {unknown} things could not be checked"
    lines.append(f"\n{errors} 个错误 / errors" if errors else f"\n{fine}")
    return "\n".join(lines)
