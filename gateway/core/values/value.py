"""Decorator of the core's values: events that enter it, commands and records that leave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True)
def value(cls: type[_T]) -> type[_T]:
    """A dataclass whose fields never change: mypy refuses every assignment to one, anywhere in the gateway.

    ``dataclass(frozen=True)`` would refuse it at run time, too, and for that write each field through
    ``object.__setattr__``: a value would take four times as long to make, and each message that matters is one.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def named_value(cls: type[_T]) -> type[_T]:
    """Such a value of many fields: nobody could read by position which is which, so each is given by its name. Those of its base stay
    as they are."""
    return dataclass(slots=True, unsafe_hash=True, kw_only=True)(cls)
