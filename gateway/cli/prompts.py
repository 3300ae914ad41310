"""The command line's ``onekey prompts``: texts spoken into files."""

from __future__ import annotations

import argparse
from pathlib import Path

from gateway.cli import texts


def fill(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey prompts``."""
    prompts = parser.add_subparsers(required=True)
    speak = prompts.add_parser("make", help=texts.SPEAK_THE_PROMPTS_INTO_WAV_FILES)
    speak.add_argument("folder", type=Path, help=texts.FILES_THAT_ARE_THERE_ARE_KEPT)
    speak.set_defaults(command=_make)


def _make(arguments: argparse.Namespace) -> None:
    from gateway.config.settings import site_path
    from gateway.provisioning import prompts

    prompts.make(site_path("asterisk-conf") / "prompts/zh.txt", arguments.folder)
    print(texts.COUNT_OF_PROMPTS(folder=arguments.folder, count=len(list(arguments.folder.glob("*.wav")))))
