"""The known word that somebody meant: a hint in an error, and never dearer than one.

``difflib`` compares each pair of words in quadratic time. Of ten thousand matters it took 1.2 s for one word of 40 characters.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

CHARS_MAX = 40
"""A longer word is none that was mistyped."""
COMPARED_MAX = 64
"""Words that are compared: those that begin alike, as codes of one branch do."""


def nearest(word: str, known: Iterable[str], most: int = 1, alike: float = 0.6) -> list[str]:
    """At most so many known words, the nearest first. Looks at each known word once, and compares a few."""
    if not word or len(word) > CHARS_MAX:
        return []
    pool = [one for one in known if len(one) <= CHARS_MAX]
    begun = 0
    while len(pool) > COMPARED_MAX and begun < len(word):
        begun += 1
        longer = [one for one in pool if one.startswith(word[:begun])]
        if not longer:
            break
        pool = longer
    return difflib.get_close_matches(word, pool[:COMPARED_MAX], most, alike)
