"""What a site's files lack, and what is done about it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli.main import main
from simulators import old_site

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two trees of before, and ``site.toml``."""
    sides = old_site.sides("127.45.0.")
    trees = {
        id_: old_site.write(side, tmp_path / id_, Path("modules"), Path("data"), 5038) for id_, side in sides.items()
    }
    (tmp_path / "site.toml").write_text(old_site.answers("127.45.0.", trees, 5038, 8012), encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(site: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command of ``onekey site``: its code and what it printed."""
    (site / "sounds").mkdir()

    def command(name: str, *words: str) -> tuple[int, str]:
        more = ["--sounds", str(site / "sounds")] if name == "init" else []
        code = main(["site", name, str(site / "onekey"), *words, *more])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return command


def by_hand(site: Path) -> None:
    for id_, side in old_site.sides("127.45.0.").items():
        old_site.by_hand(site / id_ / "etc", side)


def test_everything_that_lacks_is_named_and_then_nothing(site: Path, run: Run) -> None:
    """``init`` writes, ``diff`` names what is missing, ``apply`` does it but for the queues, a person does those, and nothing lacks."""
    assert run("init", "--answers", str(site / "site.toml"))[0] == 0
    code, said = run("diff")
    assert code == 1
    assert '#include "onekey/extensions.conf"' in said
    code, said = run("apply")
    assert code == 1
    assert "Goto(onekey-hotline,zx-complaint,1)" in said
    assert "#include" not in said
    by_hand(site)
    assert run("diff") == (
        0,
        "12345: 什么都不缺 / 12345: nothing is lacking\n110: 什么都不缺 / 110: nothing is lacking\n",
    )


def test_apply_twice_adds_nothing(site: Path, run: Run) -> None:
    """The lines stand there once, and what the files were is kept as it was at first."""
    run("init", "--answers", str(site / "site.toml"))
    run("apply")
    once = (site / "12345/etc/extensions.conf").read_text()
    run("init")
    run("apply")
    assert (site / "12345/etc/extensions.conf").read_text() == once
    assert "onekey" not in (site / "12345/etc/extensions.conf.before-onekey").read_text()


def test_init_again_writes_the_same(site: Path, run: Run) -> None:
    """Secrets are made once; what we have added is not read as the site's own; the site's rules and configuration stay as they are."""
    run("init", "--answers", str(site / "site.toml"))
    run("apply")
    (site / "onekey/transfer_rules.yaml").write_text((site / "onekey/transfer_rules.yaml").read_text() + "# ours\n")
    before = {path: path.read_bytes() for path in sorted((site / "onekey").rglob("*")) if path.is_file()}
    run("init")
    assert {path: path.read_bytes() for path in sorted((site / "onekey").rglob("*")) if path.is_file()} == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Queue(zx-day,t,,,300)", "Queue(zx-day,cb(onekey-seat^s^1))", ""),
        ("Queue(zx-day,t,,,300)", "Queue(zx-day,c)", "zx-day"),
        ("Queue(zx-day,t,,,300)", "Goto(onekey-hotline,zx-day,1)", ""),
        ("Queue(zx-complaint,t,,,300)", "Queue(zx-nobody,t)", "zx-complaint"),
        (
            "[internal]\n",
            "[internal]\nexten => 110,1,Dial(PJSIP/110@city)\n",
            "exten => 110,1,Goto(onekey-from-seat,110,1)",
        ),
    ],
    ids=["options of its own", "no b", "goto", "nobody enters", "dials itself"],
)
def test_what_only_a_person_can_do(site: Path, run: Run, old: str, new: str, said: str) -> None:
    """Each is named with the line that is to be written."""
    by_hand(site)
    path = site / "12345/etc/extensions.conf"
    text = path.read_text()
    for queue in ("zx-day", "zx-complaint"):
        if f"Queue({queue}," in old:
            text = text.replace(f"Goto(onekey-hotline,{queue},1)", f"Queue({queue},t,,,300)")
    path.write_text(text.replace(old, new))
    run("init", "--answers", str(site / "site.toml"))
    code, found = run("apply")
    assert said in found
    assert code == int(bool(said))


def test_a_queue_or_an_endpoint_that_is_nowhere(site: Path, run: Run) -> None:
    """A name that was mistyped is found before Asterisk refuses the file."""
    text = (site / "site.toml").read_text()
    (site / "site.toml").write_text(text.replace('"SIP-102"', '"SIP-1O2"').replace('"zx-complaint"', '"zx-complain"'))
    run("init", "--answers", str(site / "site.toml"))
    _, said = run("apply")
    assert "SIP-1O2" in said
    assert "queues.conf has no queue zx-complain" in said


def test_another_machines_files_are_not_compared_in_silence(site: Path, run: Run) -> None:
    """Where the tree is not here, that is said, with what to copy where."""
    (site / "site.toml").write_text(
        (site / "site.toml").read_text().replace(str(site / "110/etc"), "/nowhere/asterisk")
    )
    run("init", "--answers", str(site / "site.toml"))
    _, said = run("diff")
    assert "/nowhere/asterisk is not on this machine" in said


def test_without_answers_and_without_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked where nobody can answer."""
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    code, said = run("init")
    assert code == 1
    assert "--answers" in said


NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file to a group")
@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_what_root_writes_the_service_reads(site: Path, run: Run, umask: int) -> None:
    """In a folder of root's and of the service's group, as the package has it: configuration and rules are read by that group, whatever the umask;
    a second ``init`` mends what an older one has left to root alone."""
    folder = site / "onekey"
    folder.mkdir(mode=0o750)
    os.chown(folder, 0, NOBODY)
    before = os.umask(umask)
    try:
        assert run("init", "--answers", str(site / "site.toml"))[0] == 0
        files = [folder / name for name in ("onekey.toml", "transfer_rules.yaml")]
        assert [(one.stat().st_gid, one.stat().st_mode & 0o777) for one in files] == [(NOBODY, 0o640)] * 2
        for one in files:
            os.chown(one, 0, 0)
        assert run("init")[0] == 0
        assert [one.stat().st_gid for one in files] == [NOBODY] * 2
    finally:
        os.umask(before)
