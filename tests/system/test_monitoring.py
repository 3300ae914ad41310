"""The files for Grafana and Prometheus: every query is valid, and names what a running gateway exposes."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from pathlib import Path

import yaml

from gateway.lab import debian

from .house import House

MONITORING = Path(__file__).resolve().parents[2] / "monitoring"


def queries() -> list[str]:
    """Every PromQL expression of dashboard and alerts."""
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))
    found = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return found + [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


async def test_every_query_names_what_a_running_gateway_exposes(house: House) -> None:
    """No panel is empty for a wrong name, and no alert sleeps for one; labels are those of the metric."""
    assert house.app is not None
    text = vars(type(house.app))["_metrics"](house.app)
    exposed = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M):
        exposed |= {f"{name}{end}" for end in ("_bucket", "_count", "_sum")} if kind == "histogram" else {name}
    named = {name for query in queries() for name in re.findall(r"\bonekey_\w+", query)}
    assert len(named) >= 12
    assert named <= exposed


def test_promtool_is_content(tmp_path: Path) -> None:
    """The alert rules, and each query of the dashboard as a rule, are read by Prometheus' own tool."""
    tree = debian.ensure("prometheus")
    rules = [{"record": f"check:query{number}", "expr": query} for number, query in enumerate(queries())]
    (tmp_path / "queries.yml").write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    for path in (MONITORING / "alerts.yml", tmp_path / "queries.yml"):
        words = [*tree.argv("promtool"), "check", "rules", str(path)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


async def test_the_tool_finds_what_is_wrong(tmp_path: Path) -> None:
    """A query that is none is refused: the check above can fail."""
    tree = await asyncio.to_thread(debian.ensure, "prometheus")
    (tmp_path / "bad.yml").write_text('{"groups": [{"name": "g", "rules": [{"record": "a", "expr": "sum(("}]}]}')
    words = [*tree.argv("promtool"), "check", "rules", str(tmp_path / "bad.yml")]
    done = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, check=False)
    assert done.returncode != 0
