"""``onekey rules test|explain|diff|schema|catalogue|check``: what an administrator is told, and the exit codes."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.config.settings import site_path
from gateway.core.messages.records import TransferRow
from gateway.core.model.call import new_context
from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import ChannelUid, Outcome, PressId, SeatId, SwitchboardId, TargetId
from gateway.rules import file as rules_file
from gateway.rules.explain import difference
from gateway.store.sqlite.store import SqliteStore
from tests.cli.test_main import site

Captured = pytest.CaptureFixture[str]
SHIPPED = site_path("transfer_rules.yaml").read_text("utf-8")


def rules(folder: Path, old: str = "", new: str = "", name: str = "mine.yaml") -> Path:
    """The shipped rules with one change, in a file."""
    assert not old or SHIPPED.count(old) == 1
    path = folder / name
    path.write_text(SHIPPED.replace(old, new) if old else SHIPPED, encoding="utf-8")
    return path


def told(captured: Captured, *words: str, code: int = 0) -> str:
    """Run a command; what it says on stdout."""
    assert main(["rules", *words]) == code
    return captured.readouterr().out


# --- check and test -----------------------------------------------------------------------------------------------------------


def test_a_warning_is_told_and_is_an_error_where_that_is_asked(capsys: Captured, tmp_path: Path) -> None:
    """Exit 0 with the place of the idle target, exit 1 with ``--strict``."""
    path = rules(tmp_path, "  heat: {name: 供热服务热线}", "  heat: {name: 供热服务热线}\n  idle: {name: 无人用}")
    for words, code in (([], 0), (["--strict"], 1)):
        out = told(capsys, "check", str(path), *words, code=code)
        assert "names the target idle" in out
        assert "    idle: {name: 无人用}\n    ^" not in out
        assert "1 个提醒 warnings" in out


def test_the_examples_as_a_table(capsys: Captured) -> None:
    """Every rule, every example, what comes of it."""
    out = told(capsys, "test")
    assert out.count("✔") == 28
    assert "✘" not in out
    assert "  ✔ from=12345 target=110 matter=none\n      → 不转接 refused: 均不受理，请引导并向来电人解释" in out


# --- explain ------------------------------------------------------------------------------------------------------------------


def test_explain_tells_the_rule_and_why_none_before_it(capsys: Captured) -> None:
    """For each earlier rule the condition that did not fit and what is known; then the ladder with the free seats given."""
    words = [
        "--from",
        "12345",
        "--matter",
        "110.criminal",
        "--district",
        "120101",
        "--at",
        "2026-11-24T10:00",
        "--free-seats",
        "110=0",
    ]
    lines = told(capsys, "explain", *words).splitlines()
    assert lines[0].endswith("from=12345 target=110 matter=110.criminal district=120101 at=2@10:00 free_seats=110=0")
    assert "  ✘ 危险优先转110: urgency=danger (≠ ?)" in lines
    assert "  ✘ 骚扰名单须对方确认: list=骚扰 (≠ ?)" in lines
    assert "  ✔ 明确属于110: from=12345 target=110 matter=12345_to_110" in lines
    assert any(line.startswith("   1. 110: 空闲坐席 free seats 0") and "no free seat there" in line for line in lines)


def test_explain_tells_of_a_crowd(capsys: Captured, tmp_path: Path) -> None:
    """Callers who wait and the wait that is expected, given by hand; a rule that asks for more is passed over with what is known."""
    path = rules(
        tmp_path,
        "  - name: 明确属于110",
        '  - name: 拥挤\n    when: {target: "110", waiting: 3, expected_wait_s: 60}\n    then: {refuse: 对方拥挤}\n'
        "  - name: 明确属于110",
    )
    words = ["explain", str(path), "--from", "12345", "--waiting", "110=3", "--expected-wait"]
    assert "  ✘ 拥挤: expected_wait_s=>=60 (≠ 59)" in told(capsys, *words, "110=59")
    out = told(capsys, *words, "110=60")
    assert "waiting=110=3 expected_wait_s=110=60" in out
    assert "→ 不转接 refused: 对方拥挤" in out


def test_explain_tells_a_refusal(capsys: Captured) -> None:
    """The rule that refuses is named with its conditions and its words."""
    out = told(capsys, "explain", "--from", "110", "--matter", "none")
    assert "  ✔ 均不受理由首接解释: target=110,12345 class=nobody" in out
    assert "→ 不转接 refused: 均不受理，请引导并向来电人解释" in out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--from", "12354"], "did you mean 12345"), (["--from", "12345", "--matter", "110.crimnal"], "did you mean 110.criminal"),
        (["--from", "12345", "--urgency", "dangre"], "did you mean danger"), (["--from", "12345", "--district", "120107"], "did you mean"),
        (["--from", "12345", "--at", "noon"], "2026-11-24T10:30"), (["--from", "water"], "--target"),
        (["--from", "12345", "--free-seats", "110"], "110=3"), (["--from", "12345", "--list", "骚绕"], "骚扰"),
    ],
)  # fmt: skip
def test_explain_tells_what_was_meant(capsys: Captured, words: list[str], hint: str) -> None:
    """A word that the rules do not have is wrong usage, with the nearest."""
    with pytest.raises(SystemExit) as caught:
        main(["rules", "explain", *words])
    assert caught.value.code == 2
    assert hint in capsys.readouterr().err


def test_explain_without_a_gateway_knows_no_seats(capsys: Captured, tmp_path: Path) -> None:
    """The site's own rules are explained; free seats are told to be unknown."""
    assert main(["rules", "explain", "--from", "12345", "--config", str(site(tmp_path))]) == 0
    out, err = capsys.readouterr()
    assert "free seats are unknown" in err
    assert "free seats unknown" in out


# --- diff ---------------------------------------------------------------------------------------------------------------------


def test_the_same_rules_make_no_difference(capsys: Captured, tmp_path: Path) -> None:
    """Names, comments and order of what cannot meet apart."""
    path = str(rules(tmp_path, "name: 邀请119,", "name: 叫119,"))
    assert "不同 different: 0" in told(capsys, "diff", path, str(site_path("transfer_rules.yaml")))


def test_diff_tells_what_is_done_otherwise(capsys: Captured, tmp_path: Path) -> None:
    """Old and new deed, how many combinations, and presses as examples."""
    path = rules(tmp_path, "when: {class: [unclear, dispute], target", "when: {class: unclear, target")
    path.write_text(
        path.read_text("utf-8").replace(
            '      - {from: "12345", target: "110", matter: 12345.society.help.wages, mode: consult}\n', ""
        ),
        "utf-8",
    )
    out = told(capsys, "diff", str(site_path("transfer_rules.yaml")), str(path))
    assert "- consult 110 25s [12345转]\n+ warm 110 25s [12345转]" in out
    assert "from=12345 target=110 matter=12345.society.help.wages" in out


def test_a_file_with_many_conditions_is_compared_in_part() -> None:
    """Never more than so many combinations, and it says how many there are."""
    many = "".join(f'    "m{number}": x\n' for number in range(20))
    rule = "".join(
        f"  - {{name: r{number}, when: {{matter: m{number}, urgency: [normal, danger], language: [zh, en]}}, then: {{}}}}\n"
        for number in range(20)
    )
    text = SHIPPED.replace("matters:\n  codes:\n", f"matters:\n  codes:\n{many}").replace(
        "\nrules:\n", f"\nrules:\n{rule}"
    )
    parsed = rules_file.parse(text)
    found = difference(parsed, parsed, 1000)
    assert 500 < found.compared <= 1000 < found.possible
    assert f"compared: {found.compared} / {found.possible}" in found.text()


def transfer(number: int, at: float, mode: str = "warm", **said: str) -> TransferRow:
    """A recorded transfer 12345 -> 110."""
    return TransferRow(
        id=PressId(f"12345.{number}.1"), home=SwitchboardId("12345"), call="c", context=new_context(SwitchboardId("12345"), ChannelUid("c"), "", "", "", 0.0).id,
        transferer_switchboard=SwitchboardId("12345"), transferer=SeatId("1001"), target=TargetId("110"), mode=mode, by="gateway", state="ended", outcome=Outcome.COMPLETED, reason="transferer_left",
        pressed_at=at, ringing_at=0.0, answered_at=0.0, ended_at=at + 60, history=(), said=RoutingDetails(**said),
    )  # fmt: skip


def test_replay_names_the_transfers_that_would_have_gone_elsewhere(capsys: Captured, tmp_path: Path) -> None:
    """By what was known of each when it was pressed; a mode that the key asked for stays asked; older ones are left out."""
    now = time.time()
    (tmp_path / "run").mkdir()
    store = SqliteStore(tmp_path / "run/onekey.db")

    async def record() -> None:
        for row in (
            transfer(1, now - 9 * 86400),
            transfer(2, now - 60),
            transfer(3, now - 50, "consult"),
            transfer(4, now - 40, matter="110.criminal"),
        ):
            store.write(row)
        await store.flush()
        await store.close()

    asyncio.run(record())
    old = str(site_path("transfer_rules.yaml"))
    new = str(
        rules(
            tmp_path,
            "matter: 12345_to_110}\n    then:\n      mode: warm",
            "matter: 12345_to_110}\n    then:\n      mode: silent",
        ).rename(tmp_path / "new.yaml")
    )
    Path(new).write_text(
        Path(new)
        .read_text("utf-8")
        .replace('district: "120101", rings: ["110"], mode: warm', 'district: "120101", rings: ["110"]'),
        "utf-8",
    )
    out = told(capsys, "diff", old, new, "--replay", "7", "--config", str(site(tmp_path)))
    replay = out.partition("recorded transfers (7 d)")[2]
    assert "12345.4.1 from=12345 target=110 matter=110.criminal" in replay
    assert "compared: 3; 不同 different: 1" in replay


# --- schema and catalogue -----------------------------------------------------------------------------------------------------


def test_the_schema_is_json_with_the_names_of_the_file(capsys: Captured) -> None:
    """For an editor that completes while somebody types."""
    schema = json.loads(told(capsys, "schema"))
    assert "water" in json.dumps(schema["properties"]["keys"])
    assert "12345.society.help.noise" in json.dumps(schema["properties"]["rules"])


def test_a_catalogue_is_written_only_if_the_file_is_right_then(capsys: Captured, tmp_path: Path) -> None:
    """The report is on stderr; a rule that would name a matter that is gone leaves the file as it was."""
    path = rules(tmp_path)
    own = tmp_path / "own.csv"
    own.write_text("code,name,class,list\n12345.market.report.eggs,臭鸡蛋,unclear,\n坏,坏,,\n", encoding="utf-8")
    assert main(["rules", "catalogue", str(own), "--rules", str(path), "--write"]) == 1
    assert path.read_text("utf-8") == SHIPPED
    capsys.readouterr()
    assert main(["rules", "catalogue", str(own), "--rules", str(path), "--write", "--add"]) == 1
    err = capsys.readouterr().err
    assert f"{own}:3:1: " in err
    assert "1 行符合 rows fit, 1 行不符合 do not" in err
    assert rules_file.load(path).catalogue.class_of("12345.market.report.eggs") == "unclear"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mine.yaml", "own.csv"]
