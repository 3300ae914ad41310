"""Faults of imports that are named where they stand: file, line and column. ``python -m bench.imports`` plants every kind of the tests."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.report import figure, keep
from gateway.store.columnar.imports import ImportRefused, bring_in
from tests.store.columnar.planted import PLANTED


def missed() -> list[str]:
    """Kinds of faults that were taken, or named elsewhere."""
    found = []
    for name, planted in PLANTED.items():
        with tempfile.TemporaryDirectory() as folder:
            (logs := Path(folder) / "in").mkdir()
            planted.write(logs)
            try:
                bring_in(Path(folder) / "onekey.db", logs, "planted")
                found.append(name)
            except ImportRefused as refused:
                places = [(fault.file, fault.line, fault.column) for fault in refused.faults]
                found += [name] if planted.place not in places else []
    return found


def measure() -> dict[str, Any]:
    """The figure."""
    left = missed()
    note = "file, line and column of each" + (f"; not: {', '.join(left)}" if left else "")
    named = len(PLANTED) - len(left)
    return {"import_faults_named": figure(named, "", f"all of {len(PLANTED)}", len(PLANTED), note)}


def main() -> int:
    """0 where every fault is named."""
    figures = measure()
    keep(figures)
    return int(figures["import_faults_named"]["value"] != len(PLANTED))


if __name__ == "__main__":
    sys.exit(main())
