"""The command line's ``onekey prompts``: texts spoken into files."""

from __future__ import annotations

import argparse
from pathlib import Path


def fill(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of ``onekey prompts``."""
    prompts = parser.add_subparsers(required=True)
    speak = prompts.add_parser("make", help="把提示文字合成为 wav / speak the prompts into wav files")
    speak.add_argument("folder", type=Path, help="已有的同名文件保留 / files that are there are kept")
    speak.set_defaults(command=_make)


def _make(arguments: argparse.Namespace) -> None:
    from gateway.config.settings import site_path
    from gateway.provisioning import prompts

    prompts.make(site_path("asterisk-conf") / "prompts/zh.txt", arguments.folder)
    print(f"{arguments.folder}: {len(list(arguments.folder.glob('*.wav')))} 个提示音 / prompts")
