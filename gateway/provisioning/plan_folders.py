"""The static plan in the folders of every switchboard: for an Asterisk that restarts without a gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import structlog

from gateway.core.rules.rule_set import RuleSet
from gateway.provisioning import plan_file, texts

log = structlog.get_logger("app")


async def write_plans(rules: RuleSet, version: str, folders: Mapping[str, Path | None]) -> None:
    """Write it into the folder of each switchboard that has one. A folder that takes nothing is an error in the log."""
    for id_, folder in folders.items():
        if folder is None:
            continue
        text = plan_file.rendered(rules, id_, list(folders))
        try:
            if await asyncio.to_thread(plan_file.write, folder, text):
                log.info("plan_written", switchboard=id_, folder=str(folder), version=version)
        except OSError as error:
            remedy = texts.CHECK_THE_RIGHTS_OF_PLAN_FOLDER
            log.error("plan_not_written", switchboard=id_, why=str(error), remedy=remedy)
