"""Where figures are kept: ``build/bench/report.json``. Whoever measures some of them leaves the others as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path("build/bench").absolute()
REPORT = FOLDER / "report.json"


def keep(figures: Mapping[str, Mapping[str, Any]]) -> None:
    """Put figures in the place of those of the same names, and print them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    before = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
    REPORT.write_text(json.dumps({**before, **figures}, ensure_ascii=False, indent=1), encoding="utf-8")
    for name, entry in figures.items():
        print(f"  {name:<36} {entry['value']:>10} {entry['unit']:<4} {entry['aim']}")
    print(f"→ {REPORT}")


def figure(value: float, unit: str, aim: str, runs: int, note: str) -> dict[str, Any]:
    """One entry of the report."""
    return {"value": round(value, 3), "unit": unit, "aim": aim, "runs": runs, "note": note}
