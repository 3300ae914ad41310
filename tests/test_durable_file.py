"""Files that are whole or not there; and no second way of writing one."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gateway.durable_file import (
    PRIVATE,
    STDOUT,
    USUAL,
    give_all_to_owner,
    give_to_owner,
    let_group_read,
    outgoing,
    packed_into,
    put_in_place,
    replace_text,
    sync_folder,
    write_new,
    write_whole,
)

ROOT = Path(__file__).resolve().parents[1]
APART = {
    "gateway/durable_file.py",
    "gateway/observability/tape.py",  # a tape that is put away keeps its content under either name
}
"""Modules that may name a file anew without making that durable, and why."""


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """Content and mode are those that were asked for, and nothing else is left."""
    path = tmp_path / "a"
    for data in (b"one", b"two"):
        write_whole(path, data, 0o640)
        assert (path.read_bytes(), path.stat().st_mode & 0o777) == (data, 0o640)
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_takes_nobodys_place(tmp_path: Path) -> None:
    """Whoever is second finds the first one's file, and leaves no piece of his own."""
    path = tmp_path / "a"
    write_new(path, b"one")
    with pytest.raises(FileExistsError):
        write_new(path, b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"one", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """An error on the way: the file of before, and no piece of another."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/inside").touch()
    with pytest.raises(OSError, match="folder"):
        write_whole(tmp_path / "folder", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    with pytest.raises(FileNotFoundError):
        put_in_place(tmp_path / "nothing", tmp_path / "a")
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        sync_folder(tmp_path / "file")


def test_there_is_one_way_to_put_a_file_in_place() -> None:
    """No module renames a file by itself, apart from those with a reason; and who makes one durable makes its name durable."""
    renames, syncs = set(), set()
    for path in (ROOT / "gateway").rglob("*.py"):
        name, tree = str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        for call in calls:
            words = ast.unparse(call.func)
            one = len(call.args) == 1  # a text's ``replace`` has two
            if words in ("os.replace", "os.rename") or (
                words.endswith((".replace", ".rename")) and one and not call.keywords
            ):
                renames.add(name)
            if words == "os.fsync":
                syncs.add(name)
        if name in syncs:
            assert name == "gateway/durable_file.py" or "sync_folder" in path.read_text(encoding="utf-8"), name
    # of the core these are channels, and of the lab caches, which are fetched or built again
    renames = {
        name
        for name in renames
        if not name.startswith(("gateway/core/", "gateway/debian/", "gateway/lab/", "gateway/provisioning/prompts.py"))
    }
    assert renames <= APART, renames - APART


# --- files that root has made ---------------------------------------------------------------------------------------------

NOBODY = 65534
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of others")


@root_only
def test_what_root_makes_belongs_to_the_folders_owner(tmp_path: Path) -> None:
    """A command that root runs once leaves files that the gateway's user can use; a file of somebody else stays his."""
    folder = tmp_path / "run"
    (folder / "audit").mkdir(parents=True)
    for name in ("one", "audit/lock", "theirs"):
        (folder / name).touch()
    os.chown(folder, NOBODY, NOBODY)
    os.chown(folder / "theirs", 1, 1)
    give_all_to_owner(folder)
    assert [(folder / name).stat().st_uid for name in ("one", "audit", "audit/lock")] == [NOBODY] * 3
    assert (folder / "theirs").stat().st_uid == 1


@root_only
def test_a_folder_of_root_is_left_to_root(tmp_path: Path) -> None:
    """Where root owns the folder, the gateway is root."""
    (tmp_path / "file").touch()
    give_all_to_owner(tmp_path)
    give_to_owner(tmp_path / "file")
    assert (tmp_path / "file").stat().st_uid == 0


@root_only
def test_a_command_of_root_leaves_an_audit_log_that_the_gateway_writes(tmp_path: Path) -> None:
    """`onekey token create` before the month's first line: lock and file belong to the owner of the run folder at once."""
    run = tmp_path / "run"
    run.mkdir()
    os.chown(run, NOBODY, NOBODY)
    site = tmp_path / "onekey.toml"
    site.write_text(
        'run_dir = "run"\n[api]\ntoken = "a-long-token-here"\n[[switchboards]]\nid = "12345"\nhost = "127.0.0.1"\n'
        'port = 9\nusername = "onekey"\nsecret = "a-long-secret-here"\nqueues = ["12345"]\n'
    )
    site.chmod(0o600)
    words = ["token", "create", "--config", str(site), "--scope", "read", "display"]
    subprocess.run([sys.executable, "-m", "gateway", *words], check=True, capture_output=True)
    made = list(run.rglob("*"))
    assert made
    assert {path.stat().st_uid for path in made} == {NOBODY}


# --- where a person asks for it ----------------------------------------------------------------------------------------------


def mode(path: Path) -> int:
    """The rights of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file behind it has the new text, its own mode, and nothing is left beside it."""
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    replace_text(link, "new")
    assert (link.is_symlink(), real.read_text(), mode(real)) == (True, "new", 0o640)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "real.yaml"]


@pytest.mark.parametrize(("asked", "given"), [(PRIVATE, 0o600), (USUAL, 0o640)])
def test_a_new_file_has_the_mode_that_it_needs(tmp_path: Path, asked: int, given: int) -> None:
    """Personal data is its owner's alone; whatever else is as the umask has it."""
    before = os.umask(0o027)
    try:
        with outgoing(tmp_path / "new.csv", asked) as part:
            part.write_text("x")
    finally:
        os.umask(before)
    assert mode(tmp_path / "new.csv") == given


def test_a_block_that_fails_has_done_nothing(tmp_path: Path) -> None:
    """The last good file stands, and no piece of the new one."""
    path = tmp_path / "report.csv"
    path.write_text("good")

    def fail() -> None:
        with outgoing(path) as part:
            part.write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        fail()
    assert path.read_text() == "good"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    """It is a pipe afterwards, and whoever reads it has it all."""
    pipe, read = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    with outgoing(pipe) as part:
        part.write_text("whole")
    reader.join(10)
    assert (read, stat.S_ISFIFO(pipe.stat().st_mode)) == (["whole"], True)


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A dash is what the command prints to, and no file of that name."""
    with outgoing(STDOUT) as part:
        part.write_text("rows")
    assert capfdbinary.readouterr().out == b"rows"
    assert not Path("-").exists()


def test_a_device_is_written_into() -> None:
    """A device stays one; a full one is an error."""
    with outgoing(Path("/dev/null")) as part:
        part.write_text("rows")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)

    def fill() -> None:
        with outgoing(Path("/dev/full")) as part:
            part.write_text("rows")

    with pytest.raises(OSError, match="No space left"):
        fill()


def test_a_disk_that_is_full_is_met_when_a_library_is_done(tmp_path: Path) -> None:
    """Whatever is written stands there; a full disk is one error."""
    with packed_into(tmp_path / "x") as out:
        out.write(b"packed")
    assert (tmp_path / "x").read_bytes() == b"packed"

    def fill() -> None:
        with packed_into(Path("/dev/full")) as out:
            out.write(b"packed")

    with pytest.raises(OSError, match="No space left"):
        fill()


@root_only
def test_a_file_with_another_name_is_not_given(tmp_path: Path) -> None:
    """A file of the system's under a second name (a hard link) in a service's folder stays root's."""
    folder, system = tmp_path / "run", tmp_path / "shadow"
    folder.mkdir()
    system.touch()
    os.link(system, folder / "mine")
    os.chown(folder, NOBODY, NOBODY)
    give_all_to_owner(folder)
    assert system.stat().st_uid == 0


SWAPPED = """
import os, sys
from pathlib import Path
from gateway.durable_file import give_all_to_owner

run, outside = Path(sys.argv[1]), Path(sys.argv[2])

def swap(event, arguments):
    if event == "os.chown" and str(arguments[0]).endswith("file") and not (run / "moved").exists():
        (run / "inner").rename(run / "moved")
        (run / "inner").symlink_to(outside)

sys.addaudithook(swap)
give_all_to_owner(run)
"""


@root_only
def test_a_folder_that_becomes_a_link_meanwhile_leads_nowhere(tmp_path: Path) -> None:
    """The service's user puts a link in the place of a folder between the look and the gift: what it leads to stays root's."""
    run, outside = tmp_path / "run", tmp_path / "outside"
    (run / "inner").mkdir(parents=True)
    outside.mkdir()
    for folder in (run / "inner", outside):
        (folder / "file").touch()
    os.chown(run, NOBODY, NOBODY)
    subprocess.run([sys.executable, "-c", SWAPPED, str(run), str(outside)], check=True, cwd=ROOT)
    assert (run / "inner").is_symlink()
    assert (outside / "file").stat().st_uid == 0
    assert (run / "moved/file").stat().st_uid == NOBODY


@root_only
def test_a_configuration_is_read_by_its_folders_group(tmp_path: Path) -> None:
    """A folder of root's and of the service's group: root's files there are read by the group; a file that has a group already keeps it."""
    os.chown(tmp_path, 0, NOBODY)
    for name, group in (("ours", 0), ("theirs", 1)):
        (tmp_path / name).touch(mode=0o600)
        os.chown(tmp_path / name, 0, group)
        let_group_read(tmp_path / name)
    told = [(tmp_path / name).stat() for name in ("ours", "theirs")]
    assert [(one.st_uid, one.st_gid, stat.S_IMODE(one.st_mode)) for one in told] == [(0, NOBODY, 0o640), (0, 1, 0o600)]
