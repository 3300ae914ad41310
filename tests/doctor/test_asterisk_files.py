"""The doctor on configuration files: silent on what ships, and one defect at a time is found with its place and its cure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.config.settings import SwitchboardConfig, site_path
from gateway.core.rules.rule import Rule, Rung
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import TargetId
from gateway.doctor import asterisk_files
from gateway.doctor.asterisk_config import sections
from gateway.doctor.asterisk_files import files
from gateway.doctor.findings import Finding
from gateway.lab.render import Dirs, render
from gateway.provisioning import plan_file
from gateway.provisioning.prompts import prompt_texts
from gateway.rules import file as rules_file

SITE = site_path("dialplan").parent
RULES = site_path("transfer_rules.yaml")
MEMBER = "Event: QueueMember\nQueue: 12345\nLocation: PJSIP/1001\nStatus: 1\nPaused: 0"
VALUES: dict[str, Any] = {
    "sip_host": "127.30.1.1", "sip_port": 5060, "trunk_host": "127.30.1.2", "trunk_port": 5060,
    "peer_trunk_host": "127.30.1.4", "peer_trunk_port": 5060, "ami_host": "127.30.1.1",
    "ami_port": 5038, "ami_secret": "right-and-long-enough", "rtp_start": 10000, "rtp_end": 12000, "plan_old_s": 60, "music": [],
    "drop_s": 3,
    "sounds": "/s", "secure": False, "certificates": "/c", "eido_hosts": "127.30.1.7:8012", "trunk_word": "the-word-of-this-side", "peer_trunk_word": "the-word-of-the-other",
    "services": [{"number": n, "password": "p-password-of-a-lab"} for n in ("119", "120", "122", "water", "power", "gas", "heat")],
    "keys": [
        {"code": code, "action": key.action, "target": key.target, "mode": key.mode}
        for code, key in rules_file.load(RULES).keys.items()
    ],
}  # fmt: skip
SEATS = {"12345": ("1001", "1002"), "110": ("2001",)}
CONTEXTS = sorted(
    line.strip()[1:-1]
    for path in (SITE / "dialplan").glob("*.conf")
    for line in path.read_text("utf-8").splitlines()
    if line.startswith("[")
)
NAMED = [(context, extension) for context, extensions in asterisk_files.CONTEXTS.items() for extension in extensions]


def prompts(folder: Path) -> Path:
    """A folder with every prompt; what is in them no test hears."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in prompt_texts(SITE / "asterisk-conf/prompts/zh.txt"):
        (folder / f"{name}.wav").touch()
    return folder


def rendered(folder: Path, side: str) -> SwitchboardConfig:
    """A switchboard whose files are those that ship."""
    peer = "110" if side == "12345" else "12345"
    seats = [{"number": number, "password": "p-password-of-a-lab"} for number in SEATS[side]]
    dirs = Dirs.of(folder / side, Path("/m"), Path("/d"))
    values = {**VALUES, "switchboard": side, "peer": peer, "seats": seats, "sounds": prompts(folder / "sounds")}
    plan = plan_file.rendered(rules_file.load(RULES), side, list(SEATS))
    render(SITE, side, values, dirs, {plan_file.NAME: plan})
    return SwitchboardConfig(
        id=side, host="127.0.0.1", port=9, username="onekey", secret="right", queues=(side,), folder=dirs.etc
    )


@pytest.fixture
def board(tmp_path: Path) -> SwitchboardConfig:
    """12345 with sound files."""
    return rendered(tmp_path, "12345")


def etc(board: SwitchboardConfig) -> Path:
    """Its folder."""
    assert board.folder is not None
    return board.folder


def spoil(board: SwitchboardConfig, file: str, old: str, new: str) -> None:
    """One defect: all of ``old`` becomes ``new``."""
    path = etc(board) / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def errors(board: SwitchboardConfig) -> list[Finding]:
    """What is wrong with its files; each finding has a place and a cure."""
    findings = files(board, etc(board), rules_file.load(RULES))
    found = [finding for finding in findings if finding.level == "error"]
    for finding in found:
        assert finding.where
        assert finding.remedy
    return found


def only(board: SwitchboardConfig) -> Finding:
    """The one error that there is."""
    (found,) = errors(board)
    return found


# --- files that are sound -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", SEATS)
def test_what_ships_has_no_error(tmp_path: Path, side: str) -> None:
    """The rendered files of either switchboard are found complete."""
    board = rendered(tmp_path, side)
    (finding,) = files(board, etc(board), rules_file.load(RULES))
    assert finding == Finding("ok", "配置文件齐全 / the configuration files are complete", str(board.folder))


def test_every_context_that_ships_is_known_to_the_doctor() -> None:
    """No context is added to ``dialplan/`` without the doctor looking for it."""
    assert sorted(asterisk_files.CONTEXTS) == CONTEXTS


# --- the dialplan ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_missing_context_is_found(board: SwitchboardConfig, context: str) -> None:
    """Each context of the dialplan is missed when it is misspelt, by name and with its source."""
    file = next(p for p in (etc(board) / "dialplan").glob("*.conf") if f"\n[{context}]\n" in p.read_text("utf-8"))
    spoil(board, f"dialplan/{file.name}", f"\n[{context}]\n", "\n[somewhere]\n")
    found = next(f for f in errors(board) if f"the dialplan has no [{context}]" in f.what)
    assert found.where == str(etc(board) / "extensions.conf")
    assert "dialplan/" in found.remedy


@pytest.mark.parametrize(("context", "extension"), NAMED)
def test_a_missing_extension_is_found(board: SwitchboardConfig, context: str, extension: str) -> None:
    """A context without the extension that is jumped to is as bad as none."""
    for path in (etc(board) / "dialplan").glob("*.conf"):
        head, mark, tail = path.read_text("utf-8").partition(f"\n[{context}]\n")
        if mark:
            body, again, rest = tail.partition("\n[")
            path.write_text(head + mark + body.replace(f"exten => {extension},", "exten => elsewhere,") + again + rest)
    found = only(board)
    assert f"[{context}]" in found.what
    assert f"has no extension {extension}" in found.what
    assert "dialplan/" in found.remedy


def test_a_jump_into_nothing_is_found(board: SwitchboardConfig) -> None:
    """A Goto to a context that does not exist is named with both ends."""
    spoil(board, "dialplan/onekey-from-pstn.conf", "Goto(onekey-hotline,", "Goto(onekey-hotlnie,")
    found = only(board)
    assert "[onekey-from-pstn]" in found.what
    assert "[onekey-hotlnie]" in found.what
    assert "[onekey-hotlnie]" in found.remedy


# --- keys, targets, trunks ------------------------------------------------------------------------------------------------


def test_a_target_that_nothing_dials_is_found(board: SwitchboardConfig) -> None:
    """Without ONEKEY_DIAL_110 it is said who names that target: the list of targets, each rule, each key."""
    spoil(board, "extensions.conf", "ONEKEY_DIAL_110 =", "ONEKEY_DAIL_110 =")
    found = only(board)
    assert "nothing to dial for target 110 (see targets, 危险优先转110, " in found.what
    assert "12345转110, *1, *6, *7)" in found.what
    assert found.where == str(etc(board) / "extensions.conf")
    assert "ONEKEY_DIAL_110" in found.remedy


@pytest.mark.parametrize("dialled", ["PJSIP/1001", "PJSIP/111@1001", "Local/s@onekey-queue/n&PJSIP/1001"])
def test_a_target_whose_phone_would_show_itself_is_warned_of(board: SwitchboardConfig, dialled: str) -> None:
    """An endpoint that is dialled and has a callerid of its own is named, wherever it stands among what is dialled."""
    spoil(board, "extensions.conf", "ONEKEY_DIAL_110 =", f"ONEKEY_DIAL_111 = {dialled}\nONEKEY_DIAL_110 =")
    (found,) = files(board, etc(board), rules_file.load(RULES))
    assert (found.level, "endpoint 1001 of target 111 has a callerid" in found.what) == ("warning", True)
    assert "[1001]" in found.remedy


def test_a_target_of_a_ladder_that_nothing_dials_is_found(board: SwitchboardConfig) -> None:
    """Also a target that only rings beside another on some rung needs something to dial."""
    rung = Rung(TargetId("110"), 25, also=(TargetId("127"),))
    rules = RuleSet(targets={}, keys={}, rules=(Rule(name="两路", from_=None, target=TargetId("128"), ladder=(rung,)),))
    dialled = [f.what for f in files(board, etc(board), rules) if "nothing to dial" in f.what]
    assert [what.split("target ")[1] for what in dialled] == ["128 (see 两路)", "127 (see 两路)"]


def test_without_rules_the_keys_are_checked_all_the_same(board: SwitchboardConfig) -> None:
    """A broken rules file does not hide a key that dials nothing."""
    spoil(board, "features.conf", "press=119=", "press=199=")
    found = [f for f in files(board, etc(board), None) if f.level == "error"]
    assert ["target 199 (see *2)" in f.what for f in found] == [True]


def test_a_key_of_the_rules_without_a_code_is_found(board: SwitchboardConfig) -> None:
    """A key that the rules promise and no phone has."""
    spoil(board, "features.conf", "(*,*1&*2&", "(*,*1&*39&")
    found = errors(board)[0]
    assert "key *2 of the rules has no feature code" in found.what
    assert found.where == str(etc(board) / "features.conf")
    assert "render features.conf" in found.remedy


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("press=119=", "press=120=", "key *2 does transfer 120, in the rules transfer 119"),
        (
            "press=110=&",
            "press=12345=&",
            "key *1 does transfer 12345, in the rules transfer other",
        ),
        ("=consult", "=warm", "key *6 does transfer 110 warm, in the rules transfer other consult"),
        ("&back", "&press=119=", "key *0 does transfer 119, in the rules cancel"),
        ("&no", "&yes", "key *9 does accept, in the rules decline"),
    ],
)
def test_a_code_that_does_something_else_is_found(board: SwitchboardConfig, old: str, new: str, said: str) -> None:
    """Target, mode and action of each code are those of the rules, or both are named."""
    spoil(board, "features.conf", old, new)
    found = only(board)
    assert said in found.what
    assert "render features.conf" in found.remedy


def test_a_code_that_the_rules_do_not_have_is_found(board: SwitchboardConfig) -> None:
    """A key that somebody wrote into features.conf alone."""
    spoil(board, "features.conf", "(*,", "(*,*99&")
    spoil(board, "features.conf", ",press=110=", ",press=119=&press=110=")
    found = only(board)
    assert "key *99 is not in the rules file" in found.what
    assert '"*99"' in found.remedy


def test_rules_without_keys_leave_them_to_the_site(board: SwitchboardConfig) -> None:
    """A site whose rules name no key keeps its own, but each target of a key must be one of the rules."""
    rules = replace(rules_file.load(RULES), keys={})
    assert [f.level for f in files(board, etc(board), rules)] == ["ok"]
    spoil(board, "extensions.conf", "ONEKEY_DIAL_110 =", "ONEKEY_DIAL_111 = PJSIP/111\nONEKEY_DIAL_110 =")
    spoil(board, "features.conf", "press=119=", "press=111=")
    (found,) = files(board, etc(board), rules)
    assert "key *2: target 111 is not in the rules file" in found.what
    assert '"111"' in found.remedy


def test_a_key_outside_the_group_is_found(board: SwitchboardConfig) -> None:
    """A code that [onekey] does not list is a key of no seat."""
    spoil(board, "features.conf", "\nonekey-1 => *\n", "\n")
    found = only(board)
    assert "[onekey] has no onekey-1 => *" in found.what
    assert "onekey-1 => *" in found.remedy


def test_a_key_in_the_form_of_before_is_found(board: SwitchboardConfig) -> None:
    """A feature of several signs loses keys in a call of three: the file is rendered again."""
    text = (etc(board) / "features.conf").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "onekey-key,s,1(" in line)
    before = "\n".join(
        f'old-{n} => {code},self,Gosub,"{sub}"'
        for n, (code, sub) in enumerate({"*1": "onekey-press,s,1(110,)", "*0": "onekey-take-back,s,1"}.items())
    )
    spoil(board, "features.conf", line, before)
    spoil(board, "features.conf", "\nonekey-1 => *\n", "\nold-0 => *1\nold-1 => *0\n")
    found = [f for f in errors(board) if "old form" in f.what]
    assert [f.what.rpartition("key ")[2].split(" ")[0] for f in found] == ["*1", "*0"]
    assert all("render features.conf" in f.remedy for f in found)


def test_variables_that_asterisk_tells_everybody_are_found(board: SwitchboardConfig) -> None:
    """Each variable as an event costs a quarter of the time from key to ring: said, and no error, for another program may read them."""
    (etc(board) / "stasis.conf").unlink()
    (found,) = [f for f in files(board, etc(board), None) if "an event for each variable" in f.what]
    assert found.level == "warning"


def test_a_feature_of_the_site_that_no_seat_reaches_is_found(board: SwitchboardConfig) -> None:
    """Keys take their first sign for themselves."""
    spoil(
        board,
        "features.conf",
        "[applicationmap]",
        "[applicationmap]\nrecord => *3,self,MixMonitor,x.wav\npage => #3,self,NoOp",
    )
    found = only(board)
    assert "no seat reaches feature *3 (record)" in found.what


def test_no_key_at_all_is_found(board: SwitchboardConfig) -> None:
    """A features.conf without a transfer key: nobody could press anything."""
    spoil(board, "features.conf", "onekey-key,", "somewhere-else,")
    found = errors(board)
    assert "there is no transfer key" in found[0].what
    assert "features.conf" in found[0].remedy


@pytest.mark.parametrize("gone", ["ONEKEY_HOME_DO_110", "ONEKEY_HOME_110", "ONEKEY_HOME_JOINED_110"])
def test_half_a_way_home_is_found(board: SwitchboardConfig, gone: str) -> None:
    """A press, a key about a leg and the word of its end go home by a way each: one that is missing is named."""
    spoil(board, "extensions.conf", f"\n{gone} =", f"\n;{gone} =")
    found = only(board)
    assert f"of the ways home to 110, {gone} is missing" in found.what
    assert gone in found.remedy


# --- seats ----------------------------------------------------------------------------------------------------------------


def test_a_member_without_a_phone_is_found(board: SwitchboardConfig) -> None:
    """A queue member that no endpoint stands behind would be rung in vain."""
    spoil(board, "pjsip.conf", "[1002](seat)", "[1092](seat)")
    found = only(board)
    assert "queue member PJSIP/1002 has no endpoint" in found.what
    assert found.where == str(etc(board))
    assert "[1002]" in found.remedy


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("DYNAMIC_FEATURES=onekey", "has no transfer key"),
        ("TRANSFER_CONTEXT=onekey-refer", "is not jailed"),
        ("FORWARD_CONTEXT=onekey-forward", "that forwards takes callers with it"),
    ],
)
def test_a_seat_without_key_or_jail_is_found(board: SwitchboardConfig, variable: str, words: str) -> None:
    """Each seat is told by its number, with the line that it lacks."""
    spoil(board, "pjsip.conf", f"set_var = {variable}", f";set_var = {variable}")
    found = errors(board)
    assert [f"seat {seat} {words}" in f.what or f"of seat {seat} {words}" in f.what for seat, f in
            zip(SEATS["12345"], found, strict=True)] == [True, True]  # fmt: skip
    assert {f.remedy.split(" / ")[0] for f in found} == {f"加 set_var = {variable}"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("DYNAMIC_FEATURES=onekey", "DYNAMIC_FEATURES=onekeys#other", "is onekeys#other, without onekey"),
        ("TRANSFER_CONTEXT=onekey-refer", "TRANSFER_CONTEXT=onekey-from-seat", "leads to [onekey-from-seat]"),
    ],
)
def test_a_seat_with_other_keys_or_another_jail_is_found(
    board: SwitchboardConfig, old: str, new: str, words: str
) -> None:
    """The two variables are there, but what they say is not ours: what they say is told."""
    spoil(board, "pjsip.conf", f"set_var = {old}", f"set_var = {new}")
    found = errors(board)
    assert [words in f.what for f in found] == [True, True]
    assert {f.remedy.split(" / ")[0] for f in found} == {f"加 set_var = {old}"}


def test_a_seat_may_have_keys_of_its_own_besides(board: SwitchboardConfig) -> None:
    """DYNAMIC_FEATURES is a list; ours need only be in it."""
    spoil(board, "pjsip.conf", "DYNAMIC_FEATURES=onekey", "DYNAMIC_FEATURES=record#onekey")
    assert errors(board) == []


def test_a_queue_that_does_not_exist_is_found(board: SwitchboardConfig) -> None:
    """The gateway is told of a queue that queues.conf has not."""
    found = only(replace(board, queues=("12345", "12346")))
    assert "there is no queue 12346" in found.what
    assert "[12346]" in found.remedy


# --- the manager ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "words", "remedy"),
    [
        ("webenabled = no", "webenabled = yes", "AMI is open over HTTP", "webenabled = no"),
        ("webenabled = no", "webenabled = on", "AMI is open over HTTP", "webenabled = no"),
        ("bindaddr = 127.30.1.1", "bindaddr = 0.0.0.0", "AMI listens on every address", "bindaddr"),
        ("bindaddr = 127.30.1.1", "bindaddr = ::", "AMI listens on every address", "bindaddr"),
        ("bindaddr = 127.30.1.1", ";", "AMI listens on every address", "bindaddr"),
    ],
)
def test_an_open_manager_is_found(board: SwitchboardConfig, old: str, new: str, words: str, remedy: str) -> None:
    """AMI over HTTP, or on every address, also where that is only Asterisk's own default."""
    spoil(board, "manager.conf", old, new)
    found = only(board)
    assert words in found.what
    assert found.where == str(etc(board) / "manager.conf")
    assert remedy in found.remedy


@pytest.mark.parametrize("right", ["system", "command", "config", "all"])
def test_a_dangerous_right_is_found(board: SwitchboardConfig, right: str) -> None:
    """Whoever steals the account could run programs: the right is named, and where to remove it."""
    spoil(board, "manager.conf", "write = originate,call", f"write = originate, {right} ,call")
    found = only(board)
    assert f"account onekey has the dangerous right {right}" in found.what
    assert f"remove {right} from write" in found.remedy


# --- files that cannot be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["extensions", "features", "pjsip", "queues", "manager"])
def test_a_missing_file_is_found(board: SwitchboardConfig, name: str) -> None:
    """Each of the five files is missed by name."""
    (etc(board) / f"{name}.conf").unlink()
    assert f"{name}.conf is missing" in errors(board)[0].what


@pytest.mark.parametrize("file", ["features.conf", "dialplan/onekey-hotline.conf"])
def test_a_file_in_another_encoding_is_found(board: SwitchboardConfig, file: str) -> None:
    """A comment saved as GBK stops the doctor in no file, an included one neither: it says which it is."""
    path = etc(board) / file
    path.write_bytes("; 热线\n".encode("gbk") + path.read_bytes())
    found = errors(board)[0]
    assert "cannot read" in found.what
    assert found.where == str(path)
    assert "UTF-8" in found.remedy


def test_includes_are_followed_as_asterisk_does(board: SwitchboardConfig, tmp_path: Path) -> None:
    """An absolute path, a comment behind it, #tryinclude, and a file that includes a file: all are read."""
    folder = etc(board)
    (tmp_path / "outer.conf").write_text('#tryinclude "inner.conf"\n')
    (folder / "extensions.conf").rename(folder / "inner.conf")
    (folder / "extensions.conf").write_text(f"#include {tmp_path / 'outer.conf'}  ; the site's own\n")
    assert errors(board) == []


def test_files_that_include_one_another_are_no_endless_work(board: SwitchboardConfig) -> None:
    """A circle of includes comes to an end."""
    spoil(board, "extensions.conf", "#include", '#include "extensions.conf"\n#include')
    assert errors(board) == []


def test_templates_give_their_values_to_sections() -> None:
    """``[1001](seat)`` has what ``[seat](!)`` has, and its own; comments are no values, an escaped semicolon is."""
    text = "[seat](!)\na = 1 ; one\n[1001](seat)\nb => x\\;y\n[1001]\nc=3\n"
    assert sections(text)["1001"] == [("a", "1"), ("b", "x\\;y"), ("c", "3")]
