"""Pages that call-takers, supervisors and administrators read: each exists in Chinese, and says as much."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CHINESE = ".zh-CN.md"
READ = ("admin", "call-takers", "doctor", "glossary", "install", "phones", "reports", "rules", "transfers", "upgrade")
"""Pages of people who do not write programs."""
WHOLE = ("glossary", "rules", "transfers")
"""Those whose twin has every part of the English page; the stories' own headings are English on both sides."""
LINK = re.compile(r"\]\(([^)\s]+)\)")


def prose(path: Path) -> str:
    """A page without its code: blocks between fences, and what stands between backticks in a line."""
    blocks = re.sub(r"(?ms)^```.*?^```$", "", path.read_text(encoding="utf-8"))
    return re.sub(r"`[^`\n]+`", "", blocks)


def page(name: str) -> str:
    """A page of ``docs``, without its code."""
    return prose(DOCS / name)


def anchors(path: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"(?m)^#+ (.+)$", path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", re.sub(LINK, "]", head)).strip().lower().replace(" ", "-") for head in heads}


def headings(text: str) -> Counter[str]:
    """Number of headings by level, the stories left out."""
    return Counter(re.findall(r"(?m)^(#+) (?!\w+_\w+$)", text.partition("\n## The stories\n")[0]))


@pytest.mark.parametrize("name", READ)
def test_a_page_and_its_chinese_twin_name_each_other(name: str) -> None:
    """At the top, so that nobody reads on in a language that is not their own."""
    assert f"({name}{CHINESE})" in "".join(page(f"{name}.md").splitlines()[:4])
    assert f"({name}.md)" in "".join(page(f"{name}{CHINESE}").splitlines()[:4])


def test_the_chinese_readme_lists_every_chinese_page() -> None:
    """A page that nothing leads to is not read."""
    text = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    assert {path.name for path in DOCS.glob(f"*{CHINESE}") if f"docs/{path.name}" not in text} == set()


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_twin_has_every_heading(name: str) -> None:
    """As many of each level, that of the stories as well."""
    english = headings(page(f"{name}.md"))
    if "\n## The stories\n" in page(f"{name}.md"):
        english["##"] += 1
    assert headings(page(f"{name}{CHINESE}")) == english


@pytest.mark.parametrize(
    "path", sorted([*DOCS.glob(f"*{CHINESE}"), ROOT / "README.zh-CN.md"]), ids=lambda path: path.name
)
def test_links_of_chinese_pages_lead_somewhere(path: Path) -> None:
    """To a file that is there, and to a heading of it."""
    lost = []
    for link in LINK.findall(prose(path)):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if "://" not in link and (not target.exists() or (anchor and anchor not in anchors(target))):
            lost.append(link)
    assert lost == []
