"""What a leg is rung for: a press, and the order to ring one rung of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Press:
    """One press as it is carried out at the caller's home. ``presser`` is the channel at home; empty ``presser_id``: it has gone."""

    id: str
    target: str
    mode: str
    caller: str
    caller_id: str
    presser: str
    presser_id: str
    plan: str = ""

    @property
    def fields(self) -> list[str]:
        """The plan's seven fields."""
        return self.plan.split(":")


@dataclass(frozen=True, slots=True)
class Order:
    """One rung, by a gateway or by the plan of a press. ``more``: whether a further rung follows by that plan."""

    press: str
    attempt: str
    by: str
    target: str
    caller: str
    caller_id: str
    uui: str
    accept_s: str
    ring_s: str
    tag: str
    more: str = ""
    planned: Press | None = None
