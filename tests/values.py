"""Any value of a class of the core, made from its type hints: for everything that writes values down and reads them back."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from typing import Any

from hypothesis import strategies as st

PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: st.text(max_size=12) | st.sampled_from(["", "12345.1795466155662999.800", "噪音扰民", '"\\\r\n\u2028']),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(-1.0, 4e9) | st.just(1795466155.662999),
    bool: st.booleans(),
    types.NoneType: st.none(),
}


def of(hint: Any) -> st.SearchStrategy[Any]:
    """Every value that a hint of a field allows."""
    if hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, typing.NewType):
        return of(hint.__supertype__)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(hint)
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        return st.builds(hint, **{field.name: of(hints[field.name]) for field in dataclasses.fields(hint)})
    inner = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return st.lists(of(inner[0]), max_size=3).map(tuple) if inner[-1] is ... else st.tuples(*map(of, inner))
    if isinstance(hint, types.UnionType):
        return st.one_of(*map(of, inner))
    raise TypeError(f"no values are known for {hint}")
