"""The files for Grafana and Prometheus: every query is valid, and names metrics, labels and values that a gateway exposes."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from gateway.config.settings import PushTarget
from gateway.core.model.flow import CALLS_MIN
from gateway.debian import packages

from .house import House

MONITORING = Path(__file__).resolve().parents[2] / "monitoring"
RULES = [
    rule
    for group in yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
Labels = dict[str, set[str]]


def queries() -> list[tuple[str, str]]:
    """Every PromQL expression of dashboard and alerts, with the text that names labels of its result."""
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))
    found = [(target["expr"], target["legendFormat"]) for panel in dashboard["panels"] for target in panel["targets"]]
    return found + [(rule["expr"], rule["annotations"]["summary"]) for rule in RULES]


def exposed(house: House) -> dict[str, Labels]:
    """The labels of every sample that the gateway exposes now, with their values."""
    assert house.app is not None
    house.app.engine.write_down()
    found: dict[str, Labels] = {}
    for family in text_string_to_metric_families(house.app.services.metrics(True)):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for name, value in sample.labels.items():
                labels.setdefault(name, set()).add(value)
    return found


def wrong(query: str, shown: str, there: dict[str, Labels]) -> Iterator[str]:
    """What a query, or the text beside it, names and no gateway exposes."""
    known: set[str] = set()
    for name, matchers in re.findall(r"\b(onekey_\w+)(?:\{([^}]*)\})?", query):
        if name not in there:
            yield f"no metric {name}"
            continue
        known |= set(there[name])
        for label, kind, wanted in re.findall(r'(\w+)(=~|=)"([^"]*)"', matchers):
            values = there[name].get(label, set())
            if not any(re.fullmatch(wanted if kind == "=~" else re.escape(wanted), value) for value in values):
                yield f"{name} has no {label}{kind}{wanted}, but {sorted(values)}"
    kept = [set(re.split(r"[,\s]+", names.strip())) for names in re.findall(r"\bby\s*\(([^)]*)\)", query)]
    for names in kept:
        yield from (f"no label {name} in {query}" for name in names - known)
    result = set.intersection(*kept) if kept else known
    named = set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", shown))
    yield from (f"{query} gives no label {name} to show" for name in named - result)


async def a_day(house: House) -> None:
    """One transfer that is taken, one that nobody takes, a caller who gives up, and a link that was lost for a moment; and calls
    enough to expect a wait."""
    for _ in range(CALLS_MIN):
        caller, seat = house.people(("12345", "13800000001"), ("12345", "1001"))
        await house.connect(caller, seat)
        await house.finish(caller, caller)
    caller, seat, far = await house.pressed("*1", ("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await far.answer()
    await house.state("three_party")
    await seat.hang_up()
    await house.outcome("completed")
    await house.finish(far, caller)
    caller, _, _ = await house.pressed("*1", ("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
    await house.outcome("failed")
    await house.finish(caller, caller)
    (other,) = house.people(("110", "13900000001"))
    await other.call()
    await other.hang_up()
    await house.empty()
    house.pbx.boards["110"].ami.cut()
    await house.until(lambda: house.lost("110"), "the link is lost")
    await house.attached()


async def test_every_query_names_what_a_running_gateway_exposes(bare: House) -> None:
    """No panel is empty and no alert sleeps for a wrong name: metrics, labels, and the values that are asked for."""
    bare.push = (PushTarget(switchboard="110", url="http://127.0.0.1:1/", secret=b"nobody listens there"),)
    await bare.gateway_up()
    await a_day(bare)
    there = exposed(bare)
    found = queries()
    assert len({name for query, _ in found for name in re.findall(r"\bonekey_\w+", query)}) >= 15
    assert [what for query, shown in found for what in wrong(query, shown, there)] == []


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("onekey_nothing", ""),
        ("sum by (board) (onekey_link_up)", ""),
        ('onekey_queue_wait_seconds_bucket{how="answered", le="15"}', ""),
        ('onekey_transfers_total{result="failed"}', ""),
        ("sum by (switchboard) (onekey_seats)", "{{state}}"),
        ("onekey_link_up", "{{ $labels.home }}"),
    ],
)
async def test_a_wrong_name_is_found(house: House, query: str, shown: str) -> None:
    """The check above can fail, for a metric, a label, a value and what is shown."""
    assert list(wrong(query, shown, exposed(house)))


# --- by Prometheus' own tool -------------------------------------------------------------------------------------------------

UP = 'onekey_link_up{switchboard="110"}'
WAITS = 'onekey_queue_wait_seconds_{}{{switchboard="110", queue="110", how="{}"{}}}'
FIRES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "OnekeySwitchboardUnseen": ({UP: "0x60"}, {"switchboard": "110"}),
    "OnekeyGatewayDown": ({"up": "0x60"}, {}),
    "OnekeyStoreDown": ({"onekey_store_up": "0x60"}, {}),
    "OnekeyBacklogDown": ({"onekey_store_up": "0x60", "onekey_store_in_memory": "7x60"}, {}),
    "OnekeyPlatformDown": ({'onekey_push_up{to="110"}': "0x60"}, {"to": "110"}),
    "OnekeyRecordsLost": ({"onekey_store_lost_total": "0+1x60"}, {}),
    "OnekeyStoreBehind": ({"onekey_store_backlog": "1001x60"}, {}),
    "OnekeyTurnFaults": ({"onekey_turn_faults_total": "0+1x60"}, {}),
    "OnekeySilentParty": (
        {'onekey_silent_parties_total{switchboard="12345"}': "0+1x60"}, {"switchboard": "12345"},
    ),
    "OnekeySlowRing": (
        {f'onekey_press_to_ring_seconds_bucket{{home="12345", target="110", le="{le}"}}': f"0+{n}x60"
         for le, n in (("1.0", 0), ("2.0", 1), ("+Inf", 1))},
        {"home": "12345", "target": "110"},
    ),
    "OnekeyTransfersFail": (
        {f'onekey_transfers_total{{home="12345", target="110", outcome="{outcome}"}}': "0+1x60"
         for outcome in ("failed", "completed")},
        {"home": "12345", "target": "110"},
    ),
    "OnekeySeatsShort": ({'onekey_seats_short{switchboard="110"}': "2x60"}, {"switchboard": "110"}),
    "OnekeyServiceLevelLow": (
        {WAITS.format("bucket", "answered", ', le="15.0"'): "0+1x60", WAITS.format("count", "answered", ""): "0+2x60"},
        {"switchboard": "110"},
    ),
    "OnekeyLongWait": ({'onekey_longest_wait_seconds{switchboard="110"}': "61x60"}, {"switchboard": "110"}),
    "OnekeyDoorFull": ({'onekey_api_connections{phase="busy"}': "900x60", "onekey_api_connections_max": "1000x60"}, {}),
    "OnekeyDoorRefuses": ({'onekey_api_refused_total{why="full"}': "0+9x60", "onekey_api_displaced_total": "0+9x60"}, {}),
    "OnekeyDoorSlow": ({'onekey_api_timed_out_total{what="head"}': "0+20x60"}, {"what": "head"}),
    "OnekeyManyCallsOfOneNumber": ({"onekey_calls_of_one_number_max": "21x60"}, {}),
    "OnekeyFeedRefused": ({"onekey_feed_refused_total": "0+1x60"}, {}),
    "OnekeyPlanBad": ({'onekey_plan_bad_total{switchboard="110"}': "0x50 1x9"}, {"switchboard": "110"}),
    "OnekeyPlanStale": ({'onekey_plan_stale_total{switchboard="110"}': "0+1x60"}, {"switchboard": "110"}),
    "OnekeySeatDrift": ({'onekey_seat_drift_total{switchboard="110"}': "0x50 1x9"}, {"switchboard": "110"}),
}  # fmt: skip
"""For each alert what makes it fire within an hour, minute by minute, and the labels that it then has."""
QUIET = {
    "onekey_store_up": "1x60", "onekey_store_in_memory": "3x60", 'onekey_push_up{to="110"}': "1x60",
    UP: "1x60", "onekey_turns_total": "0+9x60", "onekey_store_lost_total": "0x60", "onekey_store_backlog": "3x60",
    'onekey_api_connections{phase="busy"}': "90x60", "onekey_api_connections_max": "1000x60", "onekey_feed_refused_total": "9x60",
    "onekey_calls_of_one_number_max": "3x60",
    'onekey_api_refused_total{why="full"}': "90x60", "onekey_api_displaced_total": "9x60", 'onekey_api_timed_out_total{what="head"}': "0+1x60",
    "onekey_turn_faults_total": "7x60", 'onekey_seats_short{switchboard="110"}': "0x60",
    'onekey_longest_wait_seconds{switchboard="110"}': "20x60", 'onekey_seat_drift_total{switchboard="110"}': "4x60",
    'onekey_silent_parties_total{switchboard="110"}': "2x60",
    'onekey_plan_bad_total{switchboard="110"}': "3x60", 'onekey_plan_stale_total{switchboard="110"}': "3x60",
    'onekey_transfers_total{home="12345", target="110", outcome="failed"}': "0+1x60",
    'onekey_transfers_total{home="12345", target="110", outcome="completed"}': "0+9x60",
    WAITS.format("bucket", "answered", ', le="15.0"'): "0+39x60", WAITS.format("count", "answered", ""): "0+39x60",
    WAITS.format("bucket", "abandoned", ', le="15.0"'): "0+9x60", WAITS.format("count", "abandoned", ""): "0+10x60", WAITS.format("count", "rung_out", ""): "0+9x60",
}  # fmt: skip
"""A good hour: no alert fires, not for a fault of long ago either, nor for transfers that nobody took at 110, nor for callers who gave
up before anybody could have been late."""


def test_dashboard_and_alert_have_one_service_level() -> None:
    """That of the glossary; they differ in the time only, and in what is too little."""
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))
    (shown,) = [panel["targets"][0]["expr"] for panel in dashboard["panels"] if "within 15 s" in panel["title"]]
    (alert,) = [rule["expr"] for rule in RULES if rule["alert"] == "OnekeyServiceLevelLow"]
    assert " ".join(alert.split()).replace("[1h]", "[30m]") == f"{shown} < 0.95"


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    """Prometheus' own tool."""
    argv = packages.ensure("prometheus").argv("promtool")
    return subprocess.run([*argv, *words], capture_output=True, text=True, check=False)


def played(series: dict[str, str], alerts: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """A test of ``promtool test rules``: an hour of these series, and what each alert then says."""
    rules = [{"eval_time": "59m", "alertname": name, "exp_alerts": fired} for name, fired in alerts.items()]
    lines = [{"series": name, "values": values} for name, values in series.items()]
    return {"interval": "1m", "input_series": lines, "alert_rule_test": rules}


def fired(rule: dict[str, Any], labels: dict[str, str], series: dict[str, str]) -> dict[str, Any]:
    """An alert as promtool expects it; its value, where it shows one, is that of its only series."""
    value = next(iter(series.values())).partition("x")[0]
    summary = rule["annotations"]["summary"].replace("{{ $value }}", value)
    for name, value in labels.items():
        summary = summary.replace("{{ $labels.%s }}" % name, value)  # noqa: UP031 - braces
    return {"exp_labels": {**labels, **rule["labels"]}, "exp_annotations": {"summary": summary}}


def test_promtool_reads_every_query(tmp_path: Path) -> None:
    """The alert rules, and each query of the dashboard as a rule, are read by Prometheus' own tool."""
    rules = [{"record": f"check:query{number}", "expr": query} for number, (query, _) in enumerate(queries())]
    (tmp_path / "queries.yml").write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    for path in (MONITORING / "alerts.yml", tmp_path / "queries.yml"):
        done = promtool("check", "rules", str(path))
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_fires_when_it_must_and_only_then(tmp_path: Path) -> None:
    """Each alert on its own trouble with its words, and none in a good hour."""
    assert set(FIRES) == {rule["alert"] for rule in RULES}
    by_name = {rule["alert"]: rule for rule in RULES}
    tests = [played(series, {name: [fired(by_name[name], labels, series)]}) for name, (series, labels) in FIRES.items()]
    tests.append(played(QUIET, {name: [] for name in FIRES}))
    path = tmp_path / "test.yml"
    path.write_text(json.dumps({"rule_files": [str(MONITORING / "alerts.yml")], "tests": tests}, ensure_ascii=False))
    done = promtool("test", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


async def test_the_tool_finds_what_is_wrong(tmp_path: Path) -> None:
    """A query that is none is refused: the checks above can fail."""
    (tmp_path / "bad.yml").write_text('{"groups": [{"name": "g", "rules": [{"record": "a", "expr": "sum(("}]}]}')
    done = await asyncio.to_thread(promtool, "check", "rules", str(tmp_path / "bad.yml"))
    assert done.returncode != 0
