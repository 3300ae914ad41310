"""Findings of ``onekey site`` as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.installing import texts
from gateway.installing.difference import Lack


def shown(id_: str, lacks: Iterable[Lack]) -> Iterator[str]:
    """Lines about one switchboard: each lack with its place and remedy, and whose work it is."""
    lacks = list(lacks)
    yield texts.LACKS(id=id_, count=len(lacks)) if lacks else texts.NOTHING_LACKS(id=id_)
    for lack in lacks:
        yield f"  {lack.where}: {lack.what}  ({texts.BY_HAND if lack.by_hand else texts.BY_APPLY})"
        yield f"      → {lack.remedy}"


def changed(id_: str, paths: Iterable[str]) -> Iterator[str]:
    """Lines about what ``apply`` has changed, and what Asterisk must be told then; none where nothing has."""
    paths = list(paths)
    yield from (texts.CHANGED(path=path) for path in paths)
    if paths:
        yield texts.RELOAD(id=id_)
