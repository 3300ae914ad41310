"""Pages that call-takers, supervisors and administrators read: each exists in Chinese and says no less there, and no link of any page leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulators.playbill import ALL

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TWINS = sorted(path.name.removesuffix(".zh-CN.md") for path in DOCS.glob("*.zh-CN.md"))
OURS = {"architecture"}
"""Pages for who works on onekey, in English."""
PLACES = {"FILE"}
"""Words that stand for the reader's own, and are translated."""
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md"])


def prose(path: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """Names by which the headings of a page are linked, as GitHub makes them."""
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE))
    return {heading.strip().replace(" ", "-") for heading in kept}


def names(path: Path) -> set[str]:
    """Settings, paths and codes of a page: spans of code in one word, without a place for the reader's own (``<id>``)."""
    return {
        span for span in re.findall(r"`([^`\n]+)`", prose(path)) if not re.search(r"[ <>\u4e00-\u9fff]", span)
    } - PLACES


def test_each_page_that_people_of_a_site_read_exists_in_chinese() -> None:
    """Those for who works on onekey are named above; any other page has a twin."""
    assert {path.stem for path in DOCS.glob("*.md") if ".zh-CN" not in path.name} - OURS == set(TWINS)


@pytest.mark.parametrize("name", TWINS)
def test_twins_lead_to_one_another(name: str) -> None:
    """Who has opened the wrong language is one step from the other; the Chinese list of pages has the Chinese one."""
    assert f"[中文]({name}.zh-CN.md)" in (DOCS / f"{name}.md").read_text(encoding="utf-8")
    assert f"[English]({name}.md)" in (DOCS / f"{name}.zh-CN.md").read_text(encoding="utf-8")
    assert f"(docs/{name}.zh-CN.md)" in (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TWINS)
def test_the_chinese_page_says_no_less(name: str) -> None:
    """It has as many headings, and every setting, command and code that the English one names; stories stay on the English page."""
    english, chinese = DOCS / f"{name}.md", DOCS / f"{name}.zh-CN.md"
    text = chinese.read_text(encoding="utf-8")
    stories = anchors(english) & set(ALL)
    assert {span for span in names(english) - stories if span not in text} == set()
    assert len(anchors(chinese)) == len(anchors(english) - stories)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_link_leads_nowhere(page: Path) -> None:
    """File and heading are there."""
    lost = []
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]+`", "", prose(page))):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if "://" not in link and (not target.exists() or (anchor and anchor not in anchors(target))):
            lost.append(link)
    assert lost == []
