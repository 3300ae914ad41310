"""Words that people read: one word for one thing, and none that call-takers have stumbled over (issue 13, the trial's table)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READ = ("gateway", "dialplan", "asterisk-conf", "monitoring", "docs", "simulators", "scripts")
"""Folders that hold texts for people; pages of decisions and the list of changes say what once was."""
FILES = ("README.md", "README.zh-CN.md", "onekey.example.toml", "transfer_rules.yaml", "work_order.yaml")
KINDS = {".py", ".conf", ".txt", ".md", ".yaml", ".yml", ".json", ".toml", ".j2"}
BETTER = {
    "对方不可达": "对方无法接通",
    "线路拥塞": "线路繁忙",
    "中继不通": "线路不通",
    "中继已满": "线路已占满",
    "空闲坐席留给其来电人": "对方仅余自留坐席，暂不能转入",
    "请重按": "请重新按键",
    "通话方数": "通话人数",
    "网关离线期间": "网关中断期间",
    "未经核实": "来源未验证",
    "来电人已交给": "来电已移交",
    "商定本方": "商定由本方受理",
    "商定对方": "商定由对方受理",
    "未成原因": "未成功原因",
    "未见": "无监测时长",
    "温转": "三方转接",
    "立即转": "直接转接",
    "磁带": "事件记录",
    "呼叫上下文": "来电信息",
    "对方全忙": "对方坐席全忙",
    "对方不通": "对方未接通",
    "转到water": "转到供水",
    "对方总机": "对方平台",
}
"""By a word that is not written: the one that is."""
ALONE = {r"(?<!通)话后(?!处理)": "话后处理", r"(?<!平均等待)耐心(?!等)": "平均等待耐心"}
"""The same by pattern, where the word is a part of the better one."""
PERSONS = ("话务员", "接警员")


def pages() -> list[Path]:
    """Every file that people read something of."""
    found = [path for folder in READ for path in (ROOT / folder).rglob("*") if path.suffix in KINDS]
    return [path for path in [*found, *(ROOT / name for name in FILES)] if "decisions" not in path.parts]


@pytest.mark.parametrize("pattern", [*map(re.escape, BETTER), *ALONE])
def test_a_word_that_was_stumbled_over_stands_nowhere(pattern: str) -> None:
    """Each has a better one in the table above, and in the glossary."""
    found = {str(path.relative_to(ROOT)) for path in pages() if re.search(pattern, path.read_text(encoding="utf-8"))}
    assert found == set()


def test_persons_are_called_by_where_they_sit() -> None:
    """坐席 is the place; a person is 话务员 at 12345 and 接警员 at 110: no page has one of the two words for both."""
    for path in pages():
        text = path.read_text(encoding="utf-8")
        for line in text.splitlines():
            if "110" in line and PERSONS[0] in line:
                assert PERSONS[1] in line, f"{path.name}: {line}"
