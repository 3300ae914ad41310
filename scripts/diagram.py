"""Draws the state diagram of the transfer machine into a page, from the table ``NEXT``. With ``--check``: only compares."""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gateway.core.machines.transfer import NEXT, state_name

BEGIN, END = "<!-- diagram: drawn by `make docs` from NEXT -->", "<!-- end of diagram -->"


def diagram() -> str:
    """The table as Mermaid."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> requested"]
    for state, following in NEXT.items():
        names = sorted(state_name(other) for other in following if other is not state)
        lines += [f"    {state_name(state)} --> {name}" for name in names]
    lines += ["    ended --> [*]", "```"]
    return "\n".join(lines)


def main(words: list[str]) -> int:
    """Write or compare. Returns 1 where the page differs."""
    path = Path(words[-1])
    text = path.read_text(encoding="utf-8")
    page = re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", f"{BEGIN}\n{diagram()}\n{END}", text, flags=re.S)
    if "--check" in words:
        if page != text:
            print(f"{path}: the diagram is not what NEXT says; run `make docs`")
        return int(page != text)
    path.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
