"""A file is read again when it has changed and rested, once for each change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.rules.watched_file import Signature, changes, signature

A, B, C = (1, 1, 1), (2, 1, 1), (3, 1, 2)


class LastLookError(Exception):
    """The script of looks is at its end."""


@pytest.mark.parametrize(
    ("seen", "loaded_at"),
    [
        ([A, A, A], []),
        ([B, B, B], [2]),
        ([B, C, C, C], [3]),  # an editor that writes in two steps
        ([B, A, A], []),  # taken back before it rested
        ([B, B, C, C], [2, 4]),
        ([None, B, B], [3]),  # replaced: for one look there is none
        ([None, None, A, A], [2, 4]),
        ([B, B, A, A], [2, 4]),
    ],
)
async def test_each_change_that_rests_is_one_item(seen: list[Signature], loaded_at: list[int]) -> None:
    """The looks after which the file is read again, counted from 1."""
    looks: Iterator[Signature] = iter(seen)
    count = 0

    def look(_path: Path) -> Signature:
        nonlocal count
        for one in looks:
            count += 1
            return one
        raise LastLookError

    found = []
    try:
        async for _ in changes(Path("f"), A, 0.0, look):
            found.append(count)
    except LastLookError:
        pass
    assert found == loaded_at


async def test_a_file_that_is_written_is_read_again(tmp_path: Path) -> None:
    """On a disk: written, replaced and removed are changes."""
    path = tmp_path / "f"
    path.write_text("a")
    watched = changes(path, signature(path), 0.0)
    path.write_text("ab")
    await anext(watched)
    (tmp_path / "g").write_text("cd")
    (tmp_path / "g").rename(path)
    await anext(watched)
    path.unlink()
    await anext(watched)
    assert signature(path) is None
    await watched.aclose()
