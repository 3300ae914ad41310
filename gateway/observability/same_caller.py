"""Many calls of one number at once: counted, and told to whoever watches. The dialplan bounds them (``ONEKEY_CALLS_MAX``), gateway or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import structlog

from gateway.core.model.call import Call
from gateway.core.values.numbers import mask

log = structlog.get_logger("callers")


def calls_by_number(calls: Iterable[Call]) -> Counter[str]:
    """Count of live calls by number. Calls without one are not counted: they are of different people."""
    numbers = (call.context.caller_number for call in calls)
    return Counter(number for number in numbers if number.strip("0+") and number != "anonymous")


class SameCaller:
    """The alarm: above ``most`` calls of a number, told once until it has fewer again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._told: set[str] = set()

    def look(self, calls: Iterable[Call]) -> None:
        """Look at all live calls."""
        above = {number: count for number, count in calls_by_number(calls).items() if count > self._most}
        for number in above.keys() - self._told:
            log.warning("many_calls_of_one_number", number=mask(number), calls=above[number], most=self._most)
        self._told = set(above)
