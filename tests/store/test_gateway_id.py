"""The place of a gateway: a random id in its run folder, made once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gateway.store.gateway_id import ID_FILE, known_place, place_of


def test_the_same_folder_is_the_same_gateway(tmp_path: Path) -> None:
    """The first start makes the id, for its owner alone; later ones, and whoever only looks, find it."""
    assert known_place(tmp_path) == ""
    first = place_of(tmp_path)
    assert (place_of(tmp_path), known_place(tmp_path)) == (first, first)
    assert first.startswith(f"{tmp_path}#")
    assert (tmp_path / ID_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [ID_FILE]


def test_a_folder_of_the_same_name_is_another_gateway(tmp_path: Path) -> None:
    """Two machines of one name, or two containers, have folders of one name: their ids differ all the same."""
    first = place_of(tmp_path)
    (tmp_path / ID_FILE).unlink()
    assert place_of(tmp_path) != first


@pytest.mark.parametrize("text", ["", "rubbish", "0123", "\n" * 3, "ä" * 16])
def test_a_file_that_somebody_has_spoilt_gets_a_new_id(tmp_path: Path, text: str) -> None:
    """Nothing that could be alike on two machines counts as an id."""
    (tmp_path / ID_FILE).write_text(text, encoding="latin-1")
    place = place_of(tmp_path)
    assert len(place.rpartition("#")[2]) == 16
    assert place_of(tmp_path) == place


def test_two_starts_at_once_agree(tmp_path: Path) -> None:
    """Whoever comes second takes the first one's id."""
    together, found = threading.Barrier(8), set[str]()

    def start() -> None:
        together.wait()
        found.add(place_of(tmp_path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {known_place(tmp_path)}
