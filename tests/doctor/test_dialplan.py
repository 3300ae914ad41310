"""``onekey dialplan check``: silent on what ships; each damage to a site's tree is found with its place and its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.settings import SwitchboardConfig, site_path
from gateway.core.rules.plan import plan_globals
from gateway.core.values.ids import SwitchboardId
from gateway.doctor import dialplan, dialplan_steps
from gateway.doctor.asterisk_config import sections
from gateway.doctor.findings import Finding
from gateway.lab import boards
from gateway.provisioning import plan_file
from gateway.rules import file as rules_file

RULES = rules_file.load(site_path("transfer_rules.yaml"))
IDS = ["12345", "110"]


@pytest.fixture
def board(tmp_path: Path) -> SwitchboardConfig:
    """12345 with the files that ship and the plan of the rules."""
    plans = {side: {plan_file.NAME: plan_file.rendered(RULES, side, IDS)} for side in IDS}
    paper = boards.on_paper(site_path("dialplan").parent, tmp_path, boards.keys_of(RULES.keys), plans)
    return SwitchboardConfig(
        id="12345", host="127.0.0.1", port=1, username="onekey", secret="s", queues=("12345",), folder=paper["12345"]
    )


def found(board: SwitchboardConfig) -> list[Finding]:
    """What is found in its files; whatever is wrong has a cure."""
    assert board.folder is not None
    findings = dialplan.folder_of(board, board.folder, RULES, IDS)
    assert all(finding.remedy for finding in findings if finding.level != "ok")
    return findings


def damage(board: SwitchboardConfig, file: str, old: str, new: str) -> Finding:
    """The one finding after one change."""
    assert board.folder is not None
    path = board.folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    (finding,) = found(board)
    return finding


def test_what_ships_is_what_ships() -> None:
    """Both switchboards of the tree are without a finding."""
    assert [finding.level for finding in dialplan.tree(RULES)] == ["ok", "ok"]


def test_a_context_that_differs_is_shown_line_by_line(board: SwitchboardConfig) -> None:
    """The line that ships and the line that is there, under the context's name."""
    finding = damage(board, "dialplan/onekey-alone.conf", "Wait(0.2)", "Wait(9)")
    assert finding.level == "error"
    assert "[onekey-alone]" in finding.what
    assert "-same => n,Wait(0.2)" in finding.what
    assert "+same => n,Wait(9)" in finding.what


def test_a_context_that_was_emptied_is_found(board: SwitchboardConfig) -> None:
    """Its head alone is no context: also one of which no extension is asked for by name."""
    assert board.folder is not None
    path = board.folder / "dialplan/onekey-refer.conf"
    path.write_text("[onekey-refer]\n", encoding="utf-8")
    assert any("[onekey-refer] differs" in finding.what for finding in found(board))


def test_comments_and_spaces_are_no_difference(board: SwitchboardConfig) -> None:
    """What Asterisk does not see is not compared."""
    finding = damage(
        board, "dialplan/onekey-seat.conf", " same => n,Return()", "; ours\n   same  =>  n ,  Return()  ; back"
    )
    assert finding.level == "ok"


def test_a_site_may_have_its_own_seats_dialplan(board: SwitchboardConfig) -> None:
    """A context that is the site's to write is a warning."""
    assert (
        damage(
            board,
            "dialplan/onekey-from-seat.conf",
            "Wait(0.1)\n same => n,Goto(look)\n same => n(answered)",
            "Wait(0.2)\n same => n,Goto(look)\n same => n(answered)",
        ).level
        == "warning"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("PJSIP/110@trunk-110", "PJSIP/110@trunk-119", "[trunk-119]"),
        ("ONEKEY_DIAL_gas = PJSIP/gas", "ONEKEY_DIAL_gas = PJSIP/gaz", "[gaz]"),
        ("Local/s@onekey-queue/nm", "Local/s@onekey-line/nm", "[onekey-line]"),
        ("Local/s@onekey-queue/nm", "Local/t@onekey-queue/nm", "has no extension t"),
        ("ONEKEY_DIAL_gas = PJSIP/gas", "ONEKEY_DIAL_gas = PJSIP/gas&PJSIP/nobody", "[nobody]"),
        ("ONEKEY_DIAL_gas = PJSIP/gas", "ONEKEY_DIAL_gas = 96777", "not a dial string"),
    ],
)
def test_a_dial_string_that_leads_nowhere(board: SwitchboardConfig, old: str, new: str, said: str) -> None:
    """Each part of a dial string is an endpoint, or an extension of a context."""
    finding = damage(board, "extensions.conf", old, new)
    assert finding.level == "error"
    assert said in finding.what


def test_a_queue_member_without_an_endpoint(board: SwitchboardConfig) -> None:
    """The doctor's findings are among them."""
    assert (
        "PJSIP/1099"
        in damage(board, "queues.conf", "PJSIP/1006,0,1006,PJSIP/1006", "PJSIP/1099,0,1006,PJSIP/1099").what
    )


@pytest.mark.parametrize(
    ("section", "names"), [("[service](!)", "gas"), ("[trunk-110]", "trunk-110"), ("[seat](!)", "1001")]
)
def test_who_does_not_say_how_he_left(board: SwitchboardConfig, section: str, names: str) -> None:
    """A seat, a trunk or a service without the handler: each is named, with the line that it needs."""
    assert board.folder is not None
    path = board.folder / "pjsip.conf"
    before, head, after = path.read_text(encoding="utf-8").partition(section)
    kept = [line for line in after.split("\n\n", 1)[0].splitlines() if "onekey-left" not in line]
    path.write_text(
        "\n".join([before + head + kept[0], *kept[1:]]) + "\n\n" + after.split("\n\n", 1)[1], encoding="utf-8"
    )
    findings = found(board)
    assert {finding.level for finding in findings} == {"warning"}
    assert any(f"[{names}]" in finding.what and dialplan.LEAVES in finding.remedy for finding in findings)


def test_a_plan_that_is_older_than_the_rules(board: SwitchboardConfig) -> None:
    """The ladders that differ are shown, ours first."""
    ours = dict(plan_globals(RULES, [SwitchboardId("12345")]))["ONEKEY_PLAN_12345_110"]
    theirs = ours.replace("110/25", "119/20")
    finding = damage(board, plan_file.NAME, f"ONEKEY_PLAN_12345_110 = {ours}", f"ONEKEY_PLAN_12345_110 = {theirs}")
    assert finding.level == "error"
    assert f"ONEKEY_PLAN_12345_110: {ours} ≠ {theirs}" in finding.what


def test_no_plan_is_a_warning(board: SwitchboardConfig) -> None:
    """Without the file, or with one that nothing includes, a key rings its target alone."""
    assert damage(board, "extensions.conf", '#tryinclude "onekey-plan.conf"', "").level == "warning"


def test_what_is_loaded_is_compared_step_by_step() -> None:
    """Names of extensions are what the globals made of them; a step that was never loaded, or is no longer written, shows."""
    text = "[c]\nexten => ${HERE},1,Set(A=(1))\n same => n(on),Return()\n same => 7,Wait(1)\nexten => s,hint,PJSIP/1\n"
    written = dialplan_steps.steps(sections(text)["c"], {"HERE": "110"})
    assert written == {("110", 1): "Set(A=(1))", ("110", 2): "Return()", ("110", 7): "Wait(1)"}
    loaded = {("110", 1): "Set(A=(1))", ("110", 2): "NoOp()", ("x", 1): "Wait(1)"}
    assert list(dialplan_steps.unlike(written, loaded)) == [
        "110,2: Return() ≠ NoOp()",
        "110,7: Wait(1) ≠ –",
        "x,1: – ≠ Wait(1)",
    ]


def test_a_semicolon_that_is_no_comment_is_no_difference() -> None:
    """The file has ``\\;``, and the Asterisk that runs tells what its reader made of it."""
    text = "[c]\nexten => s,1,Set(A=<b>\\;purpose=c) ; a comment\n"
    assert dialplan_steps.steps(sections(text)["c"], {}) == {("s", 1): "Set(A=<b>;purpose=c)"}
