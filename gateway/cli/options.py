"""Options that several commands share: which gateway is meant, and instants."""

from __future__ import annotations

import argparse
import atexit
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli import texts

if TYPE_CHECKING:
    from gateway.config.settings import Config


def add_where(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add ``--lab`` and ``--config``, one of which names the configuration."""
    group = parser.add_mutually_exclusive_group(required=required)
    group.add_argument("--lab", nargs="?", const="default", metavar="NAME", help=texts.ATTACH_TO_A_LAB)
    group.add_argument("--config", type=Path, metavar="FILE", help=texts.SITES_CONFIGURATION)


def is_named(arguments: argparse.Namespace) -> bool:
    """True where a configuration is named at all, where it need not be."""
    return arguments.config is not None or arguments.lab is not None


def configuration(arguments: argparse.Namespace) -> Config:
    """The configuration that ``--lab`` or ``--config`` names. What root makes in its run folder belongs to that folder's owner when the
    command ends. Raises ConfigError, LabError."""
    config = _read(arguments)
    if os.geteuid() == 0:
        from gateway.durable_file import give_all_to_owner

        for folder in (config.run_dir, config.store.with_name(f"{config.store.name}.columns")):
            atexit.register(give_all_to_owner, folder)
    return config


def _read(arguments: argparse.Namespace) -> Config:
    from gateway.config import site_file
    from gateway.lab import folders

    if arguments.config is not None:
        return site_file.load(arguments.config)
    return site_file.from_lab(folders.folder_of(arguments.lab) / "lab.json")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what a gateway would log off the terminal within the block: the doctor says the same in its own words."""
    log, nowhere = logging.getLogger("gateway"), logging.NullHandler()
    before = log.propagate
    log.addHandler(nowhere)
    log.propagate = False
    try:
        yield
    finally:
        log.propagate = before
        log.removeHandler(nowhere)


def iso(text: str) -> str:
    """An ISO 8601 text as it was given, once it has been read as an instant: the site's zone is known when the configuration is. For
    ``type=`` of an argument."""
    from gateway.guards.instants import NoInstant, instant_of

    try:
        instant_of(text)
    except NoInstant as error:
        raise argparse.ArgumentTypeError(error.line()) from None
    return text


def zone(text: str) -> str:
    """A time zone's name. For ``type=`` of an argument."""
    from gateway.guards.instants import NoInstant, zone_of

    try:
        zone_of(text)
    except NoInstant as error:
        raise argparse.ArgumentTypeError(error.line()) from None
    return text
