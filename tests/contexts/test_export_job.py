"""An export of contexts, as far as it is bounded."""

from __future__ import annotations

import pytest

from gateway.contexts.export import ExportError
from gateway.contexts.export_job import Job, pages
from gateway.core.messages.records import ContextRow
from gateway.store.search import ContextSearch
from tests.store.contract import context


class Shelf:
    """A store of some contexts, two on a page."""

    def __init__(self, count: int) -> None:
        self._rows = [context(n) for n in range(count)]

    async def contexts(self, _wish: ContextSearch, _limit: int, cursor: str = "") -> tuple[list[ContextRow], str]:
        first = int(cursor or 0)
        return self._rows[first : first + 2], str(first + 2) if first + 2 < len(self._rows) else ""


@pytest.mark.parametrize(("count", "rows_max"), [(5, 5), (0, 1)])
async def test_what_is_within_the_bound_is_whole(count: int, rows_max: int) -> None:
    """Every context is there."""
    job = Job(wish=ContextSearch(), format="csv", full=False, rows_max=rows_max)
    found = [view async for page in pages(Shelf(count), job) for view in page]  # type: ignore[arg-type]
    assert len(found) == count


async def test_more_than_the_bound_is_no_half_file() -> None:
    """An export that is cut off would look whole: it is refused, with what to do."""
    job = Job(wish=ContextSearch(), format="csv", full=False, rows_max=4)
    with pytest.raises(ExportError, match="more than 4 contexts"):
        _ = [page async for page in pages(Shelf(5), job)]  # type: ignore[arg-type]
