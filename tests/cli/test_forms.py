"""``onekey eido`` and ``onekey work-order import``: a file of another platform becomes a context."""

from __future__ import annotations

import json
import os

import pytest

from gateway.core.values.case_details import CaseDetails
from tests.api.test_contexts_imports import STRANGER
from tests.cli.test_records import Site, site
from tests.store.contract import context

__all__ = ["site"]


def test_an_eido_is_read_and_imported_from_a_file(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """``check`` says what is taken, ``import`` makes the context once, ``show`` writes one out; a broken file is an error."""
    path = site.folder / "eido.json"
    path.write_text(json.dumps(STRANGER), encoding="utf-8")
    words = ["eido", "import", str(path), "--switchboard"]
    id_ = site.run(*words, "12345").strip()
    assert json.loads(site.run("trace", "--json", id_))["context"]["matter"] == "G7"
    assert [line["what"] for line in site.lines()] == ["context_brought_in"]
    site.run(*words, "12345", code=1)
    site.run(*words, "119", code=1)
    shown = json.loads(site.run("eido", "show", id_))
    assert shown["incidentComponent"]["incidentTypeInternalCode"] == "G7"
    assert shown["callComponent"][0]["callStateRegistryText"] == "callEnd"
    path.write_text("{}", encoding="utf-8")
    site.run(*words, "12345", code=1)
    path.write_text("{", encoding="utf-8")
    site.run(*words, "12345", code=1)


def test_an_eido_is_checked(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """What is taken is on stdout as JSON, what is not on stderr."""
    from gateway.cli.main import main

    path = site.folder / "eido.json"
    path.write_text(json.dumps(STRANGER), encoding="utf-8")
    assert main(["eido", "check", str(path)]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["summary"] == "smell of gas\nsecond <floor>"
    assert "$.vehicleComponent" in err
    path.write_text(json.dumps(STRANGER | {"eidoVersion": "2.0"}), encoding="utf-8")
    assert main(["eido", "check", str(path)]) == 1
    assert "$.eidoVersion" in capsys.readouterr().err


@pytest.mark.parametrize("group", ["eido", "work-order"])
def test_a_file_is_bounded_before_it_is_read(site: Site, capsys: pytest.CaptureFixture[str], group: str) -> None:
    """A file that is too large for the site's own bound, and a pipe, which has no end, are errors that say so."""
    from gateway.cli.main import main

    toml = site.folder / "onekey.toml"
    toml.write_text(f"{toml.read_text()}\n[limits]\nimport_bytes_max = 1024\n")
    (site.folder / "large.json").write_bytes(b" " * 1025)
    os.mkfifo(site.folder / "pipe.json")
    for name, words in (("large.json", "at most 1024 bytes"), ("pipe.json", "not a regular file")):
        given = [group, "import", str(site.folder / name), "--switchboard", "12345", "--config", str(toml)]
        assert main(given) == 1
        assert words in capsys.readouterr().err


def test_a_work_order_is_imported_from_a_file(site: Site) -> None:
    """The form that ``show`` wrote comes back as another context with the same words."""
    site.store(context(said=CaseDetails(summary="噪音", urgency="danger", cases=("GD-1",))))
    path = site.folder / "order.json"
    path.write_text(site.run("work-order", "show", "k0"), encoding="utf-8")
    id_ = site.run("work-order", "import", str(path), "--switchboard", "110").strip()
    found = json.loads(site.run("trace", "--json", id_))["context"]
    assert (found["summary"], found["urgency"], found["cases"], found["home"]) == ("噪音", "danger", ["GD-1"], "110")
    path.write_text("[]", encoding="utf-8")
    site.run("work-order", "import", str(path), "--switchboard", "110", code=1)
