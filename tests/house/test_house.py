"""The house keeps its own rules: layers, types, style, names."""

from __future__ import annotations

import ast
import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulators import attack
from simulators.attacks import ATTACKS
from simulators.playbill import ALL

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
MODULES = [path for folder in ("gateway", "simulators", "bench") for path in (ROOT / folder).rglob("*.py")]


@pytest.mark.parametrize(
    "words",
    [
        ["lint-imports", "--no-cache"],
        ["mypy"],
        ["ruff", "check", "--no-cache", "."],
        ["ruff", "format", "--no-cache", "--check", "."],
    ],
    ids=["import contracts", "types", "lint", "format"],
)
def test_tool_is_content(words: list[str]) -> None:
    """Import contracts, types, lint and format hold."""
    done = subprocess.run([str(BIN / words[0]), *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_has_an_empty_name() -> None:
    """No module is called utils, helpers, common, manager, base or misc."""
    forbidden = {"utils", "helpers", "common", "manager", "base", "misc"}
    assert [path for path in MODULES if path.stem in forbidden] == []


def test_no_place_of_one_machine_is_committed() -> None:
    """No registry's host name, no absolute path of a work place and no password is in a tracked file."""
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    pattern = re.compile(
        r"(?:pypi|pythonhosted|deb\.debian|registry\.npmjs|files\.python)\S*\.(?:org|com|io)|/work/(?:main|shared)"
    )
    found = [
        (name, match[0])
        for name in files
        if name != "tests/house/test_house.py" and (ROOT / name).is_file()
        for match in [pattern.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))]
        if match
    ]
    assert found == []


def test_every_bare_hangup_of_the_dialplan_is_explained() -> None:
    """A Hangup stands only where no live caller can be: in these places and no others (law 2)."""
    allowed = {
        "onekey-from-seat.conf": 5,  # a seat's own line, each time after a look that it is still that seat's (below); a leg that its line has left
        "onekey-from-trunk.conf": 17,  # a call that is no trunk's, by where it comes in or by its word, or whose trunk nobody has named; a seat of theirs that called by itself; a leg of the other side, whose caller is at home; messengers that carry a key
        "onekey-alone.conf": 3,  # a trunk leg whose caller goes home; behind the busy tone of a finished matter; a trunk leg released
        "onekey-clean.conf": 3,  # a messenger, and the two halves of the silent leg
        "onekey-callback.conf": 2,  # the seat of a call-back, whose caller has a dialplan of his own
        "onekey-fence.conf": 1,  # a leg that lost
        "onekey-forward.conf": 2,  # what rang in place of a phone that forwards: its caller is in the queue, or with whoever asked
        "onekey-join.conf": 2,  # a leg whose caller is gone; an offer that was declined
        "onekey-queue.conf": 2,  # the far half of a Local leg
        "onekey-refer.conf": 2,  # the far half of a leg, whose caller waits; a colleague who has had his partner back, or one of three
        "onekey-kept.conf": 1,  # a messenger that forgets what is written down
        "onekey-key.conf": 1,  # the messenger that sends on what is no key
        "onekey-ring.conf": 3,  # a messenger; the far half of a Local leg that rang several
        "onekey-say.conf": 2,  # the two halves of a Local channel that plays a prompt
        "onekey-held.conf": 2,  # the two halves of the leg with the music
        "onekey-hotline.conf": 1,  # busy before it is answered: the hundred-and-first call of one number
        "onekey-home.conf": 1,  # a messenger
        "onekey-release.conf": 1,  # a messenger that looks whether a leg has joined
        "onekey-test.conf": 4,  # halves of Local channels of a test, behind none of which is a person
        "onekey-words.conf": 1,  # a messenger that speaks where no gateway does
    }
    found = {
        path.name: count
        for path in sorted((ROOT / "dialplan").glob("*.conf"))
        if (count := len(re.findall(r",Hangup\(", path.read_text(encoding="utf-8"))))
    }
    assert found == allowed


def test_a_seats_line_looks_before_it_hangs_up() -> None:
    """A phone can put its caller into the seat's second line between any two steps: no step hangs up without having looked who is there."""
    text = (ROOT / "dialplan/onekey-from-seat.conf").read_text(encoding="utf-8")
    lines = [line for line in text.partition("\n[onekey-consulted]")[0].splitlines() if not line.startswith(";")]
    looks = [before for before, line in itertools.pairwise(lines) if ",Hangup(" in line]
    assert len(looks) == 4
    assert all('GotoIf($["${CHANNEL}" != "${ONEKEY_LINE}"]?' in look for look in looks)


def test_a_step_asks_nothing_that_its_own_condition_excludes() -> None:
    """Asterisk puts in every value of a step before it looks at the condition: asked about nobody, CHANNEL_EXISTS answers nothing, which ends the
    expression; and a lock is given back, or taken, whatever the condition says."""
    found = []
    for path in sorted((ROOT / "dialplan").glob("*.conf")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            asked = re.findall(r"CHANNEL_EXISTS\(\$\{(\w+)\}\)", line)
            excluded = any(re.search(rf'"\$\{{{name}\}}" !?= ""', line) for name in asked)
            if excluded or re.search(r"ExecIf\(.*\b(UN|TRY)?LOCK\(", line):
                found.append(f"{path.name}:{number}")
    assert found == []


def shipped_dialplan() -> dict[str, str]:
    """Each file of ``dialplan/`` without its comments."""
    return {
        path.name: re.sub(r"(?m)^\s*;.*$", "", path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "dialplan").glob("*.conf"))
    }


def test_every_context_bears_our_name() -> None:
    """A site has a ``from-trunk`` or ``hotline`` of its own, into which Asterisk would mix ours without a word."""
    heads = [head for text in shipped_dialplan().values() for head in re.findall(r"(?m)^\[([\w-]+)\]", text)]
    assert [head for head in heads if not head.startswith("onekey-")] == []
    assert [name for name in shipped_dialplan() if not name.startswith("onekey-")] == []


def test_the_dialplan_assumes_nothing_of_a_site() -> None:
    """No name of an endpoint is cut at a hyphen, none is told by its beginning, and no number or queue is written down."""
    wrong = {
        "an endpoint's or a systemname's first part": r"CUT\((?:ONEKEY_ORIGIN|ONEKEY_SENDER|ONEKEY_PRESSER|CHANNEL),-,1\)",
        "a trunk by its name": r"(?m)^(?!.*ONEKEY_TRUNK).*(?:PJSIP/trunk-|CHANNEL:12:)",  # beside ONEKEY_TRUNK alone, where a site has overlooked that
        "a numbering": r"exten => _?\[?[0-9][^,]*X|exten => \d{3,}",
        "a queue": r"Queue\((?!\$\{ONEKEY_QUEUE\})",
    }
    found = [
        (name, what, match[0])
        for name, text in shipped_dialplan().items()
        for what, pattern in wrong.items()
        for match in re.finditer(pattern, text)
    ]
    assert found == []


def test_a_target_is_dialled_where_a_tests_caller_is_looked_for() -> None:
    """`onekey doctor --call` rings nobody: what a target dials is read in the one step that asks, behind it, and in a seat's own line."""
    read = {
        name: re.findall(r"(?m)^.*\$\{ONEKEY_DIAL_.*$", text)
        for name, text in shipped_dialplan().items()
        if "${ONEKEY_DIAL_" in text
    }
    assert {name: len(lines) for name, lines in read.items()} == {
        "onekey-ring.conf": 2,  # the step; the fork, to which that step alone leads
        "onekey-from-seat.conf": 1,  # what a seat dials by itself: no phone takes part in a test
        "onekey-kept.conf": 1,  # whether there is anything
    }
    step = read["onekey-ring.conf"][0]
    assert step.startswith(
        'exten => leg,1(test),Set(LOCAL(dial)=${IF($["${IMPORT(${ONEKEY_CALLER},ONEKEY_TEST)}" != ""]?Local/target@onekey-test/n:'
    )
    assert "".join(shipped_dialplan().values()).count("@onekey-fork/") == step.count("@onekey-fork/") == 1


def test_no_call_of_a_seat_is_dialled_in_its_own_line() -> None:
    """Dial would keep a caller who is handed over while its target rings, and bridge him with a seat's variables."""
    text = (ROOT / "dialplan/onekey-from-seat.conf").read_text(encoding="utf-8")
    assert re.findall(r"[,=]\s*Dial\(", text) == []


def transfers_page(name: str = "transfers.md") -> str:
    """``docs/transfers.md``, or its Chinese twin."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "heading"), [("transfers.md", "The dialplan's contexts"), ("transfers.zh-CN.md", "拨号方案的 context")]
)
def test_every_context_of_the_dialplan_is_explained(name: str, heading: str) -> None:
    """The table in each page of transfers has each context that ships, once, and no other."""
    heads = [
        line.strip()
        for path in (ROOT / "dialplan").glob("*.conf")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    shipped = sorted(line[1:-1] for line in heads if re.fullmatch(r"\[[\w-]+\]", line))
    table = transfers_page(name).partition(f"## {heading}")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(name for cell in cells for name in re.findall(r"`([^`]+)`", cell)) == shipped


def test_every_story_is_a_heading_with_its_sentence() -> None:
    """The page tells each story under its name, in the order and the words of the stories themselves."""
    told = "".join(f"### {name}\n{' '.join(str(story.__doc__).split())}\n" for name, story in ALL.items())
    assert transfers_page().partition("## The stories\n")[2].partition("\n\n")[2] == told


@pytest.mark.parametrize("name", ["docs/transfers.md", "docs/transfers.zh-CN.md"])
def test_transfers_page_is_drawn_from_the_table(name: str) -> None:
    """The diagram in each page of transfers is what ``NEXT`` says."""
    done = subprocess.run(
        [sys.executable, "scripts/diagram.py", "--check", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_attack_is_listed() -> None:
    """The security page names each attack that ``make attack`` plays, with what is tried."""
    assert attack.MODULES
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    assert [name for name, one in ATTACKS.items() if f"| `{name}` |" not in page or one.aim not in page] == []


def test_no_call_gives_seven_values_by_position() -> None:
    """Nobody can read which is which: from the seventh value on, at the latest, each has its name."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "gateway").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and len(node.args) >= 7
    ]
    assert found == []


def test_values_of_many_fields_are_given_by_name() -> None:
    """From the sixth field on nobody knows the order by heart."""
    found = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sorted((ROOT / "gateway").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for made in [" ".join(map(ast.unparse, node.decorator_list))]
        if re.search(r"\bdataclass\b|\bvalue\b", made) and "kw_only" not in made and "KW_ONLY" not in ast.unparse(node)
        if sum(isinstance(field, ast.AnnAssign) and "init=False" not in ast.unparse(field) for field in node.body) > 5
    ]
    assert found == []


def test_docstrings_begin_with_a_noun_or_a_verb() -> None:
    """A sentence that needs "what", "who" or "whether" for its subject lacks a noun: the glossary has it, or needs it. Texts below a constant too."""
    vague = {"What", "Whatever", "Who", "Whoever", "Whom", "Whose", "Which", "Whichever", "Whether", "How", "Of"}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value.value[:60]}"
        for path in sorted((ROOT / "gateway").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if re.split(r"\W", node.value.value.lstrip())[0] in vague
    ]
    assert found == []


def test_every_public_name_has_a_docstring() -> None:
    """Modules, and the classes and functions in them that others may take, say what they are; a method may have its words in a protocol."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"
        for path in sorted((ROOT / "gateway").rglob("*.py"))
        for module in [ast.parse(path.read_text(encoding="utf-8"))]
        for node in [module, *module.body]
        if isinstance(node, kinds) and not getattr(node, "name", "").startswith("_") and not ast.get_docstring(node)
    ]
    assert found == []
