"""Hints for mistyped words, out of however many."""

from __future__ import annotations

from gateway.core.values.nearest import CHARS_MAX, COMPARED_MAX, nearest

MATTERS = [f"{number:08d}" for number in range(10_000)]


class Word(str):
    """A word that counts how often it is asked anything a comparison asks."""

    asked = 0

    def __iter__(self):  # type: ignore[no-untyped-def]
        Word.asked += 1
        return super().__iter__()

    def __len__(self) -> int:
        Word.asked += 1
        return super().__len__()


def test_the_nearest_of_ten_thousand() -> None:
    """A slip in the last digits of a code finds its neighbours."""
    assert nearest("0000123x", MATTERS, 3, 0.4)[0].startswith("0000123")
    assert nearest("noise", ["noise_at_night", "nois"]) == ["nois"]
    assert nearest("", MATTERS) == nearest("9" * (CHARS_MAX + 1), MATTERS) == []


def test_few_are_compared_however_many_are_known() -> None:
    """Ten times the words, ten times the looks, and no comparison more."""
    looks = []
    for count in (1_000, 10_000):
        known = [Word(f"x{number:08d}") for number in range(count)]
        Word.asked = 0
        nearest("x0000000000000000000000000000000000000y", known, 3, 0.4)
        looks.append(Word.asked)
    assert looks[1] <= 12 * looks[0]
    assert looks[0] <= 1_000 + 50 * COMPARED_MAX
