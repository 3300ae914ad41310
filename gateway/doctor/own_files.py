"""The gateway's own files: whether the user that it runs as may write what it must. A command that root has run once may have left some."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.config.settings import Config
from gateway.doctor import texts
from gateway.doctor.findings import Finding
from gateway.store.tenure import pid_of

NAMES_MAX = 6
"""Files in one finding."""
LOOKED_AT_MAX = 10_000
"""Files that are looked at: some years of tapes, audit logs and segments are some hundred."""


@dataclass(frozen=True, slots=True)
class User:
    """A user of this machine, by number, with his groups."""

    uid: int
    groups: frozenset[int]

    @property
    def name(self) -> str:
        """His name, or his number where he has none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    def may_write(self, path: Path) -> bool:
        """True where he may write this file, or make files in this folder. Raises OSError."""
        if self.uid == 0:
            return True
        status = path.stat()
        needed = 0o3 if stat.S_ISDIR(status.st_mode) else 0o2
        if status.st_uid == self.uid:
            return status.st_mode >> 6 & needed == needed
        if status.st_gid in self.groups:
            return status.st_mode >> 3 & needed == needed
        return status.st_mode & needed == needed


def user_of(config: Config) -> User:
    """The user that the gateway runs as: of the process that runs, else the owner of the run folder, else whoever asks."""
    for path in (f"/proc/{pid_of(config.store)}", config.run_dir):
        try:
            status = os.stat(path)
        except OSError:
            continue
        return _user(status.st_uid, status.st_gid)
    return _user(os.geteuid(), os.getegid())


def _user(uid: int, gid: int) -> User:
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        return User(uid, frozenset({gid}))
    return User(uid, frozenset({gid, *(one.gr_gid for one in grp.getgrall() if name in one.gr_mem)}))


def findings(config: Config) -> list[Finding]:
    """An error where he may not write some of them, with the command that gives them to him."""
    user, closed = user_of(config), []
    for path in _written(config):
        try:
            if not user.may_write(path):
                closed.append(path)
        except OSError:
            continue  # gone meanwhile, or in a closed folder, which is told
    if not closed:
        return []
    names = ", ".join(str(path) for path in closed[:NAMES_MAX]) + (" …" if len(closed) > NAMES_MAX else "")
    what = texts.USER_MAY_NOT_WRITE(user=user.name, names=names)
    remedy = f"chown -R {user.name}: {config.run_dir} && chmod -R u+rwX {config.run_dir}"
    return [Finding("error", what, str(config.run_dir), remedy)]


def _written(config: Config) -> Iterator[Path]:
    """Files and folders that a gateway writes: its run folder with all that is in it, and what a site has elsewhere."""
    seen = 0
    for folder, folders, files in os.walk(config.run_dir, onerror=None):
        here = Path(folder)
        if here == config.run_dir:
            folders[:] = [
                name
                for name in folders
                if not (here / name / "asterisk.conf").exists() and not (here / name / "etc").exists()
            ]
        yield here
        for name in files:
            if name.endswith((".key", ".toml", ".token", ".pem")):
                continue  # read only
            yield here / name
            seen += 1
        if seen > LOOKED_AT_MAX:
            return
    beside = (config.store, config.tape, config.store.with_name(f"{config.store.name}.columns"))
    yield from (
        path for path in beside if path is not None and path.exists() and not path.is_relative_to(config.run_dir)
    )
