"""Passwords and words of a site: made once, in files of their own that only their owner reads, and found again by every further ``init``."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from gateway.durable_file import write_whole


class KeptSecrets:
    """The secrets of one site's folder, by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """The file of a secret."""
        return self.folder / name

    def get(self, name: str, length_bytes: int = 24) -> str:
        """A secret, made if there is none. Raises OSError."""
        path = self.path(name)
        if path.exists():
            return path.read_text(encoding="utf-8").strip()
        return self.put(name, secrets.token_hex(length_bytes))

    def put(self, name: str, value: str) -> str:
        """Keep a secret that was made elsewhere. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self.path(name), f"{value}\n".encode())
        owner = self.folder.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.chown(self.path(name), owner.st_uid, owner.st_gid)
        return value
