"""Which Asterisk the ring runs on, and that the package made of the built one starts.

``make test ASTERISK=built`` runs all of this folder on the Asterisk without Debian's patch; what is of that one alone is skipped elsewhere.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.debian import packages
from gateway.lab import asterisk_deb, built
from gateway.lab.origin import Origin, of
from simulators.stage import AsteriskStage

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
WANTED = os.environ.get("ONEKEY_ASTERISK", "")


def on_the_built_one(test: Callable[..., object]) -> Callable[..., object] | None:
    """A test of the built Asterisk is one where that is asked for: ``make test ASTERISK=built``."""
    return test if WANTED == "built" else None


BIN = Path(sys.executable).parent


def onekey(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run onekey."""
    where = {**os.environ, **environment}
    return subprocess.run([str(BIN / "onekey"), *words], capture_output=True, text=True, check=False, env=where)


async def test_the_asterisk_that_was_asked_for_is_the_one_that_runs(stage: AsteriskStage) -> None:
    """The descriptor, the running process itself and ``lab status`` agree."""
    noted = stage.lab["asterisk"]
    if WANTED:
        assert noted["source"] == WANTED
    says = stage.console("12345", "core show version")
    assert noted["version"].removeprefix("Asterisk ") in says
    page = onekey("lab", "status", "--name", stage.name).stdout
    assert noted["version"] in page
    assert "补丁 patch: " in page


async def test_the_doctor_knows_which_one_runs(stage: AsteriskStage) -> None:
    """Without the patch: certain and well. Debian's: a warning that speaks of recordings. The codec is loaded on either."""
    done = onekey("doctor", "--lab", stage.name)
    assert done.returncode == 0, done.stdout
    assert "codec_a_mu" not in done.stdout
    if of(stage.lab["asterisk"]["version"]) is Origin.BUILT:
        assert done.stdout.count("certain: built by onekey") == 2
    if of(stage.lab["asterisk"]["version"]) is Origin.DEBIAN:
        assert done.stdout.count("recordings across transfers lose a person") == 2


async def test_the_dialplan_check_is_content_with_what_ships(stage: AsteriskStage) -> None:
    """Files and the Asterisk that runs: no error, on either kind."""
    done = onekey("dialplan", "check", "--lab", stage.name)
    assert done.returncode == 0, done.stdout


@on_the_built_one
async def test_the_built_one_has_the_source_without_the_patch(stage: AsteriskStage) -> None:
    """Its version has our mark, none of Debian's opus and AMR modules is there, and each that we may come to need is."""
    found = built.Built(Path(stage.lab["asterisk"]["modules"]).parents[4])
    assert of(stage.lab["asterisk"]["version"]) is Origin.BUILT
    assert found.manifest["patches"] == list(built.PATCHES)
    names = {path.name for path in found.modules.iterdir()}
    assert set(built.MODULES_MORE) <= names
    assert not [name for name in names if "open_source" in name or "_amr" in name]


@on_the_built_one
async def test_the_package_starts_with_a_labs_configuration(
    stage: AsteriskStage, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ``make asterisk-deb`` packs is unpacked and runs two switchboards; the libraries that it depends on lie beside it here."""
    ready = built.Built(Path(stage.lab["asterisk"]["modules"]).parents[4])
    deb = asterisk_deb.make(ready, tmp_path, print)
    spoken = list(packages.cache_dir().glob("prompts-*"))
    monkeypatch.setenv("ONEKEY_CACHE", str(tmp_path_factory.mktemp("c")))
    for path in spoken:  # nobody need speak them again
        (packages.cache_dir() / path.name).symlink_to(path)
    place = built.built_dir()
    subprocess.run(["dpkg-deb", "-x", str(deb), str(place)], check=True)
    shutil.copy(ready.root / built.MANIFEST, place)
    (place / "libraries").symlink_to(ready.root / "libraries")
    (place / "usr/share/asterisk/moh").symlink_to(ready.data / "moh")
    environment = {
        "ONEKEY_CACHE": os.environ["ONEKEY_CACHE"],
        "ONEKEY_ASTERISK": "built",
        "ONEKEY_RUN": f"/tmp/ok-deb-{os.getpid()}",
    }
    try:
        done = onekey("lab", "up", "--name", "deb", "--json", **environment)
        assert done.returncode == 0, done.stderr
        lab = json.loads(done.stdout)
        assert str(place) in lab["asterisk"]["modules"]
        loaded = onekey("lab", "console", "12345", "module show", "--name", "deb", **environment).stdout
        assert "bridge_softmix.so" in loaded
    finally:
        onekey("lab", "down", "--name", "deb", **environment)
        shutil.rmtree(environment["ONEKEY_RUN"], ignore_errors=True)
