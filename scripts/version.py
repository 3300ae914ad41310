"""The version of what is built here: the released one where its tag is checked out, else one that rises with each commit and comes before it.

``0.2.0.dev1203`` < ``0.2.0.dev1204`` < ``0.2.0``. Asked by the build backend (``pyproject.toml``) and by ``scripts/package.py``.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def version(root: Path = ROOT) -> str:
    """The version of the tree at ``root``; the released one where git knows nothing of it."""
    text = (root / "gateway/__init__.py").read_text(encoding="utf-8")
    match = re.search(r'__version__ = "([^"]+)"', text)
    assert match is not None
    number = match[1]
    if f"v{number}" in _git(root, "tag", "--points-at", "HEAD").split():
        return number
    count = _git(root, "rev-list", "--count", "HEAD").strip()
    return f"{number}.dev{count}" if count else number


def debian_version(version: str) -> str:
    """The same for a Debian package, where ``~`` sorts before the end."""
    return version.replace(".dev", "~dev")


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


if __name__ == "__main__":
    print(version())
