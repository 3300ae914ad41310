"""The command line's ``onekey demo``: the stories, played."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from gateway.cli import texts


def fill(parser: argparse.ArgumentParser) -> None:
    """Make a parser that of ``onekey demo``."""
    parser.add_argument("stories", nargs="*", help=texts.DEFAULT_ALL)
    parser.set_defaults(command=_demo)


def _demo(arguments: argparse.Namespace) -> int:
    """The stories belong to the simulators, which are strangers: they are run, not imported."""
    words = [sys.executable, "-m", "simulators.demo", *arguments.stories]
    return subprocess.run(words, env={**os.environ, "PYTHONUNBUFFERED": "1"}, check=False).returncode
