"""Files that somebody else has written, bounded before they are looked at."""

from __future__ import annotations

from pathlib import Path


class TooLargeError(ValueError):
    """A file that is larger than it may be."""

    def __init__(self, bytes_max: int) -> None:
        self.what = "文件过大 / the file is too large"
        self.remedy = f"最多 {bytes_max} 字节 / at most {bytes_max} bytes"
        super().__init__(f"{self.what}: {self.remedy}")


class NotRegularError(ValueError):
    """No file that ends: a pipe, a device, a folder."""

    what = "不是普通文件 / not a regular file"
    remedy = "检查路径 / check the path"

    def __init__(self) -> None:
        super().__init__(f"{self.what}: {self.remedy}")


def read_bounded(path: Path, bytes_max: int) -> bytes:
    """The content of a regular file of at most so many bytes. What its size says is not believed: it may grow while it is read, and
    some have none (``/proc``). Raises OSError, NotRegularError, TooLargeError; ValueError where the path itself is none."""
    if path.exists() and not path.is_file():
        raise NotRegularError
    with path.open("rb") as file:
        data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise TooLargeError(bytes_max)
    return data
