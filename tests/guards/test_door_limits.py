"""Each bound at the door is a setting: it stands in the configuration with a default and in the documents with its reason."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

import gateway
from gateway.config.settings import SITE, site_path
from gateway.guards.door_limits import DOOR_LIMITS, LEAST, SPANS, DoorLimits

NAMES = [field.name for field in fields(DoorLimits) if field.name != "trusted_proxies"]
AT_THE_DOOR = [
    *sorted(path.relative_to(Path(gateway.__file__).parent) for path in (Path(gateway.__file__).parent / "api").glob("*.py")),
    *(Path(f"{name}.py") for name in (
        "contexts/service", "contexts/outbox", "contexts/platform_queue", "contexts/peers", "contexts/peer_record", "contexts/imports", "contexts/http_client", "contexts/http_client_process", "contexts/export_job", "cli/forms", "config/settings", "config/site_file",
    )),
    Path("rules/catalogue_import.py"), Path("reporting/job.py"),
]  # fmt: skip
NO_SETTINGS = {
    # the format's: the same at every site, in openapi.yaml
    "TEXT_CHARS_MAX", "NAME_CHARS_MAX", "NOTE_CHARS_MAX", "QUEUES_MAX", "CELL_MAX", "DETAIL_CHARS_MAX",
    "CASE_CHARS_MAX", "PURPOSE_CHARS_MAX", "INSTANT_MAX", "DETAILS_MAX",
    # not what somebody may take, but how we do it: sizes of our own buffers and pages, our own pauses
    "CHUNK_BYTES", "PIECE_BYTES_MAX", "READ_BYTES", "PAGE", "ROWS", "READERS_AGAIN_S", "STOP_S", "GRACE_S", "AGAIN_S", "EYEBALLS_S", "FIRST_S", "LAST_S",
    "GONE", "TTL_S", "_EARLIEST_AT", "EXPORT_AGAIN_S", "LAST",
}  # fmt: skip
"""Numbers that are no bounds of what strangers may take, and why."""


def numbers(path: Path) -> set[str]:
    """Names of a module that stand for a number."""
    tree = ast.parse((Path(gateway.__file__).parent / path).read_text("utf-8"))
    found: set[str] = set()
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        names = target.elts if isinstance(target, ast.Tuple) else [target]
        values = value.elts if isinstance(value, ast.Tuple) and isinstance(target, ast.Tuple) else [value]
        for name, one in zip(names, values, strict=False):
            if isinstance(name, ast.Name) and one is not None and _is_number(one):
                found.add(name.id)
    return found


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_number(node.left) and _is_number(node.right)
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


@pytest.mark.parametrize("path", AT_THE_DOOR, ids=str)
def test_no_bound_at_the_door_is_a_constant(path: Path) -> None:
    """What a stranger may take stands in ``DoorLimits``, so that a site may set it."""
    assert numbers(path) - NO_SETTINGS == set()


def test_each_bound_is_a_span_or_has_a_least() -> None:
    """No setting can be so small that the gateway turns away its own."""
    assert set(NAMES) == set(SPANS) | set(LEAST)
    assert all(getattr(DOOR_LIMITS, name) >= least for name, least in LEAST.items())


@pytest.mark.parametrize("name", NAMES)
def test_each_bound_is_told_with_its_default_and_its_reason(name: str) -> None:
    """The example names each setting with the default that it has, and the table of limits each setting."""
    example = site_path("onekey.example.toml").read_text("utf-8")
    given = re.search(rf"^(?:# )?{name} = ([0-9.]+) +# .+ / .+", example, re.M)
    assert given is not None, "onekey.example.toml"
    assert float(given[1]) == getattr(DOOR_LIMITS, name)
    table = (SITE / "docs" / "security.md").read_text("utf-8").partition("## Limits")[2]
    assert f"`{name}`" in table, "docs/security.md"
