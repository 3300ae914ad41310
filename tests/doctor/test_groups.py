"""Groups of a site's file: seats that are named twice or that nobody knows are told, and counted once or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateway.config.settings import Config, SwitchboardConfig
from gateway.doctor.groups import groups


def board(id_: str, *seats: str) -> SwitchboardConfig:
    """A switchboard with these patterns of seats."""
    return SwitchboardConfig(id=id_, host="h", port=5038, username="u", secret="s", seats=seats)


SITE = Config(
    switchboards=(board("110", "20[0-9][0-9]"), board("12345")),
    run_dir=Path("run"),
    rules=Path("rules"),
    store=Path("store"),
    signing_key=b"",
)


def test_seats_twice_and_unknown() -> None:
    """Each is named with its group; a group that is right has no finding."""
    named = {
        "甲": ("110/2001", "12345/1001"),
        "乙": ("110/2001", "110/2001", "999/1", "110/9999", "12345/9999", "2001"),
    }
    found = [(finding.where, finding.what.partition(" / ")[2]) for finding in groups(replace(SITE, groups=named))]
    assert found == [
        ("[groups] 乙", "the seat 110/2001 is named twice: it counts once"),
        ("[groups] 乙", "999/1 is of no switchboard of this file"),
        ("[groups] 乙", "110/9999 fits none of the patterns in seats of its switchboard"),
        ("[groups] 乙", "2001 is of no switchboard of this file"),
    ]
