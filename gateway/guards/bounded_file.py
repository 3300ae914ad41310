"""Files that somebody else has written, bounded before they are looked at."""

from __future__ import annotations

from pathlib import Path

from gateway.core.values.fault import Fault
from gateway.guards import texts


class TooLargeError(Fault):
    """A file that is larger than it may be."""

    def __init__(self, path: Path, bytes_max: int) -> None:
        remedy = texts.AT_MOST_BYTES_MAX_BYTES(bytes_max=bytes_max)
        super().__init__(texts.FILE_IS_TOO_LARGE, str(path), remedy)


class NotRegularError(Fault):
    """No file that ends: a pipe, a device, a folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(texts.NOT_A_REGULAR_FILE, str(path), texts.CHECK_THE_PATH)


def read_bounded(path: Path, bytes_max: int) -> bytes:
    """The content of a regular file of at most so many bytes. What its size says is not believed: it may grow while it is read, and
    some have none (``/proc``). Raises OSError, NotRegularError, TooLargeError; ValueError where the path itself is none."""
    if path.exists() and not path.is_file():
        raise NotRegularError(path)
    with path.open("rb") as file:
        data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise TooLargeError(path, bytes_max)
    return data
