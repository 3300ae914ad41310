"""Errors of the store, as the asker is told them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.problems import Problem
from gateway.store import StoreError


@contextmanager
def store_errors_as_problems() -> Iterator[None]:
    """A store that cannot be read is an error that the asker is told."""
    try:
        yield
    except StoreError as error:
        raise Problem("store_down", what=error.what, remedy=error.remedy)
