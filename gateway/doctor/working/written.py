"""Findings of one switchboard's files about whether a press would work and be recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.config.settings import SwitchboardConfig
from gateway.core.rules.rule_set import RuleSet
from gateway.doctor.findings import Finding
from gateway.doctor.working import feature_codes, own_queues, queues, seats, switchboard, trunks
from gateway.doctor.working.picture import picture


def written(
    board: SwitchboardConfig,
    folder: Path,
    rules: RuleSet | None,
    others: Iterable[str],
    where_toml: str = "onekey.toml",
    far: Iterable[Mapping[str, str]] = (),
) -> list[Finding]:
    """All of them. ``folder`` is its etc, ``others`` the switchboards of the same site's file, ``where_toml`` that file's place, ``far`` the
    globals of those others whose files are here."""
    seen = picture(board, folder)
    return [
        *switchboard.found(seen, far),
        *trunks.found(seen, others),
        *queues.found(seen, where_toml),
        *own_queues.found(seen),
        *seats.found(seen),
        *feature_codes.found(seen, rules),
    ]
