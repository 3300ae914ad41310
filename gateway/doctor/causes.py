"""One finding for each cause: what a template or a forgotten line makes of every seat is said once, with their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from gateway.doctor.findings import Finding

NAMES_MAX = 6
"""Names in one finding; the others are counted."""


def by_cause(findings: Iterable[Finding], names: Iterable[str]) -> list[Finding]:
    """Findings in their order without repetitions; those that differ by one of ``names`` alone (seats, phones) are one, with all of them."""
    known = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w.-])(?:{known})(?![\w-])") if known else None
    groups: dict[tuple[str, str, str, str], list[tuple[Finding, str]]] = {}
    for finding in findings:
        named = dict.fromkeys(pattern.findall(finding.what)) if pattern else {}
        name = next(iter(named)) if len(named) == 1 else ""
        parts = (finding.what, finding.where, finding.remedy)
        if name:
            alone = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
            parts = (alone.sub("\0", finding.what), alone.sub("\0", finding.where), alone.sub("\0", finding.remedy))
        group = groups.setdefault((finding.level, *parts), [])
        if not any(finding == one for one, _ in group):
            group.append((finding, name))
    return [_one(what, group) for (_, what, _, _), group in groups.items()]


def _one(what: str, group: list[tuple[Finding, str]]) -> Finding:
    first = group[0][0]
    if len(group) == 1:
        return first
    names = [name for _, name in group]
    left = len(names) - NAMES_MAX
    shown = ", ".join(names[:NAMES_MAX]) + (f" … +{left}" if left > 0 else "")
    return replace(first, what=what.replace("\0", shown))
